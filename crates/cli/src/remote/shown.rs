//! What came of a push and of a pull, for both ways of telling it.

use std::collections::BTreeSet;
use std::time::Duration;

use incrdir_naming::{SessionName, UnitName};
use incrdir_remote::{Fetched, Pulled, Pushed, Scope, Sent, Unfit};
use serde::Serialize;

use crate::failure::chain;
use crate::words::{bytes, count, time};

/// About a pull.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PullShown {
    pub(crate) store: String,
    /// Of which unit: another one than the run's, if it was pulled to start from.
    pub(crate) unit: String,
    /// The session as it is called here. `None`: none was pulled.
    pub(crate) session: Option<String>,
    /// As it is called in the store.
    pub(crate) remote: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) files: u64,
    /// How many of them were here already.
    pub(crate) known: u64,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    /// The newest session that was here before.
    pub(crate) here: Option<String>,
    /// Sessions of the store that were not taken.
    pub(crate) unfit: Vec<UnfitShown>,
    /// Why none was pulled.
    pub(crate) why: Option<String>,
    /// Objects that were found damaged, by their keys.
    #[serde(skip)]
    pub(crate) damaged: BTreeSet<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct UnfitShown {
    pub(crate) unit: String,
    pub(crate) scope: String,
    pub(crate) session: String,
    pub(crate) reason: String,
}

/// About a push.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PushShown {
    pub(crate) store: String,
    pub(crate) session: String,
    pub(crate) scope: String,
    /// Whether it is in the store now.
    pub(crate) pushed: bool,
    /// Whether it was before.
    pub(crate) before: bool,
    pub(crate) files: u64,
    /// How many of them the store had.
    pub(crate) known: u64,
    pub(crate) objects: u64,
    /// As they were sent.
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    /// Why it was not pushed.
    pub(crate) why: Option<String>,
}

impl PullShown {
    pub(crate) fn new(store: &str, unit: &UnitName) -> Self {
        Self { store: store.into(), unit: unit.to_string(), ..Self::default() }
    }

    /// Notes what came of pulling a unit. Reasons of units before stay.
    pub(crate) fn add(&mut self, unit: &UnitName, pulled: &Pulled, took: Duration) {
        let Pulled { fetched, unfit, here, .. } = pulled;
        self.unit = unit.to_string();
        self.seconds += took.as_secs_f64();
        self.here = here.map(|session| session.to_string());
        self.unfit.extend(unfit.iter().map(|(scope, session, why)| UnfitShown {
            unit: unit.to_string(),
            scope: scope.to_string(),
            session: session.to_string(),
            reason: chain(why),
        }));
        self.damaged.extend(unfit.iter().filter_map(|(.., why)| match why {
            Unfit::Damaged(key) => Some(key.clone()),
            _ => None,
        }));
        self.why = match (fetched, here, unfit.is_empty()) {
            (Some(_), ..) => None,
            (None, _, false) => Some("nothing that the store has can be used".into()),
            (None, Some(here), true) => Some(format!("the store has nothing newer than {here}")),
            (None, None, true) => {
                Some(format!("the store has nothing of {unit} in the scopes that are read"))
            }
        };
        if let Some(Fetched { session, remote, scope, files, known, objects, bytes, .. }) = fetched
        {
            self.session = Some(session.to_string());
            self.remote = Some(remote.to_string());
            self.scope = Some(scope.to_string());
            (self.files, self.known) = (*files, *known);
            (self.objects, self.bytes) = (*objects, *bytes);
        }
    }

    /// Which sessions were refused, and why, each in a line.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let told =
            |it: &UnfitShown| format!("not pulled: {} of {}: {}", it.session, it.scope, it.reason);
        self.unfit.iter().map(told).collect()
    }

    /// A line about what was pulled. `None`: nothing was.
    pub(crate) fn line(&self) -> Option<String> {
        let (session, scope) = (self.session.as_ref()?, self.scope.as_ref()?);
        let moved = moved(self.files, self.known, "here before", self.objects, self.bytes);
        Some(format!("pulled {} of {scope} ({moved}) in {}", short(session), took(self.seconds)))
    }
}

impl PushShown {
    pub(crate) fn new(store: &str, scope: &Scope, session: SessionName) -> Self {
        let (session, scope) = (session.to_string(), scope.to_string());
        Self { store: store.into(), session, scope, ..Self::default() }
    }

    pub(crate) fn add(&mut self, pushed: Pushed, took: Duration) {
        self.pushed = true;
        self.seconds = took.as_secs_f64();
        match pushed {
            Pushed::Before => self.before = true,
            Pushed::Now(Sent { files, known, objects, bytes, .. }) => {
                (self.files, self.known) = (files, known);
                (self.objects, self.bytes) = (objects, bytes);
            }
        }
    }

    /// A line for people.
    pub(crate) fn line(&self) -> String {
        let session = short(&self.session);
        if self.before {
            return format!("{session} is in the store already");
        }
        let moved = moved(self.files, self.known, "there before", self.objects, self.bytes);
        format!("pushed {session} to {} ({moved}) in {}", self.scope, took(self.seconds))
    }
}

fn moved(files: u64, known: u64, before: &str, objects: u64, stored: u64) -> String {
    let known = match known {
        0 => String::new(),
        known => format!(", {known} {before}"),
    };
    format!("{}{known}; {}, {}", count(files, "file"), count(objects, "object"), bytes(stored))
}

/// A session by the beginning of its name.
fn short(session: &str) -> &str {
    session.rsplit_once('-').map_or(session, |(key, _)| key)
}

fn took(seconds: f64) -> String {
    time(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}
