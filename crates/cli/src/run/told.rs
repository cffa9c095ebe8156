//! The one line that is printed at the end, and how long things took.

use std::time::{Duration, Instant};

use crate::at::Stage;
use crate::output::say;
use crate::words;

/// What happened to the session, for the one line that is printed.
pub(super) struct Told {
    pub(super) begun: String,
    /// What its file system makes worse, on a line of its own.
    pub(super) drawbacks: Option<String>,
    pub(super) ended: String,
    pub(super) times: Vec<(&'static str, Duration)>,
}

impl Told {
    pub(super) fn print(&self, stage: &Stage) {
        let times: Vec<_> = self
            .times
            .iter()
            .map(|(what, took)| format!("{what} {}", words::time(*took)))
            .collect();
        let at = stage.told().map(|told| format!("; {told}")).unwrap_or_default();
        say(format_args!("{}{at}; {}; {}", self.begun, self.ended, times.join(", ")));
        if let Some(drawbacks) = &self.drawbacks {
            say(drawbacks);
        }
    }
}

pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
