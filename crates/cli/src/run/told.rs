//! What is said of a run: one short line, then remarks in lines of their own; and all of it in the document.

use std::time::{Duration, Instant};

use incrdir_naming::SessionName;
use incrdir_session::Audited;

use super::document::OneRun;
use super::telling::describe_damage;
use crate::output::say;
use crate::words;

/// What happened to a session.
pub(super) struct Told {
    /// For programs.
    pub(super) run: OneRun,
    /// How it was begun, in a few words.
    pub(super) begun: String,
    /// What became of it, in a few words.
    pub(super) ended: String,
    pub(super) published: Option<SessionName>,
    pub(super) remarks: Vec<String>,
}

impl Told {
    /// Notes how long something took.
    pub(super) fn took(&mut self, what: &'static str, took: Duration) {
        self.run.seconds.insert(what, took.as_secs_f64());
    }

    /// Says what went wrong, also with `--quiet`.
    pub(super) fn fail(&mut self, what: String) {
        say(&what);
        self.run.errors.push(what);
    }

    /// Says which published sessions the program wrote into, also with `--quiet`.
    pub(super) fn damage(&mut self, audited: &Audited) {
        let (damaged, skipped) = describe_damage(audited);
        damaged.iter().chain(&skipped).for_each(say);
        self.run.damaged.extend(damaged);
        self.run.errors.extend(skipped);
    }

    pub(super) fn print(&self) {
        let mut parts = vec![self.begun.clone(), self.ended.clone()];
        if let Some(collected) = &self.run.collected {
            let stopped = if collected.interrupted { ", stopped" } else { "" };
            match collected.removed {
                0 => parts.push(format!("collected 0{stopped}")),
                removed => parts.push(format!(
                    "collected {removed} ({}){stopped}",
                    words::bytes(collected.bytes)
                )),
            }
        }
        let all: f64 = self.run.seconds.values().sum();
        let all = Duration::try_from_secs_f64(all).unwrap_or_default();
        parts.push(format!("overhead {}", words::time(all)));
        say(parts.join("; "));
        self.remarks.iter().for_each(say);
    }
}

pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
