//! What `remote ls` and `remote collect` tell, for both ways of printing it.

use incrdir_naming::SessionName;
use incrdir_remote::{Scope, Shelf, Swept};
use serde::Serialize;

use crate::failure::chain;
use crate::json;

/// What `remote ls --format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct LsDocument {
    pub(super) format: &'static str,
    pub(super) version: u32,
    pub(super) store: String,
    pub(super) units: Vec<LsUnit>,
}

#[derive(Debug, Serialize)]
pub(super) struct LsUnit {
    pub(super) unit: String,
    pub(super) sessions: Vec<LsSession>,
    /// Objects, also those that no session needs.
    pub(super) objects: u64,
    /// Their bytes, as they are stored.
    pub(super) stored_bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct LsSession {
    pub(super) scope: String,
    pub(super) session: String,
    /// By the store's clock.
    pub(super) pushed: String,
    #[serde(skip)]
    pub(super) pushed_at: std::time::SystemTime,
    pub(super) files: Option<u64>,
    pub(super) bytes: Option<u64>,
    /// Of the objects that it needs.
    pub(super) stored_bytes: Option<u64>,
    pub(super) program: Option<String>,
    /// Keys whose signatures are right.
    pub(super) signed_by: Vec<String>,
    /// Why nothing is known of it.
    pub(super) error: Option<String>,
}

impl LsUnit {
    pub(super) fn new(unit: String, shelf: Shelf) -> Self {
        let sessions = shelf.sessions.into_iter().map(|shelved| {
            let mut session = LsSession {
                scope: shelved.scope.to_string(),
                session: shelved.session.to_string(),
                pushed: json::time(shelved.pushed),
                pushed_at: shelved.pushed,
                files: None,
                bytes: None,
                stored_bytes: None,
                program: None,
                signed_by: Vec::new(),
                error: None,
            };
            match shelved.says {
                Ok(said) => {
                    session.files = Some(said.files);
                    session.bytes = Some(said.bytes);
                    session.stored_bytes = Some(said.stored);
                    session.program = Some(said.program);
                    session.signed_by = said.signers.iter().map(ToString::to_string).collect();
                }
                Err(why) => session.error = Some(chain(&why)),
            }
            session
        });
        Self {
            unit,
            sessions: sessions.collect(),
            objects: shelf.objects,
            stored_bytes: shelf.bytes,
        }
    }
}

/// What `remote collect --format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct CollectDocument {
    pub(super) format: &'static str,
    pub(super) version: u32,
    pub(super) store: String,
    pub(super) dry_run: bool,
    pub(super) keep: usize,
    pub(super) max_age_seconds: Option<f64>,
    pub(super) max_percent: u8,
    pub(super) grace_seconds: f64,
    pub(super) units: Vec<CollectUnit>,
    /// Files in a directory, left behind by pushes that were killed.
    pub(super) leftover_files: u64,
    pub(super) leftover_bytes: u64,
    /// Why that is not known.
    pub(super) error: Option<String>,
    /// Units in which nothing more was done, for the reason that they name.
    pub(super) failed: usize,
    pub(super) interrupted: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct CollectUnit {
    pub(super) unit: String,
    pub(super) kept: Vec<CollectSession>,
    /// Not kept any more.
    pub(super) expired: Vec<CollectSession>,
    /// Sessions that need what is not there.
    pub(super) broken: Vec<CollectSession>,
    pub(super) deleted_objects: u64,
    pub(super) deleted_bytes: u64,
    /// Objects that nobody needs, until the grace is over.
    pub(super) waiting_objects: u64,
    pub(super) waiting_bytes: u64,
    /// Of all objects, before.
    pub(super) stored_bytes: u64,
    pub(super) error: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct CollectSession {
    pub(super) scope: String,
    pub(super) session: String,
}

impl CollectUnit {
    pub(super) fn new(unit: String, swept: Swept) -> Self {
        Self {
            unit,
            kept: named(swept.kept),
            expired: named(swept.expired),
            broken: named(swept.broken),
            deleted_objects: swept.deleted,
            deleted_bytes: swept.deleted_bytes,
            waiting_objects: swept.waiting,
            waiting_bytes: swept.waiting_bytes,
            stored_bytes: swept.stored_bytes,
            error: None,
        }
    }
}

fn named(sessions: Vec<(Scope, SessionName)>) -> Vec<CollectSession> {
    let named = |(scope, session): (Scope, SessionName)| CollectSession {
        scope: scope.to_string(),
        session: session.to_string(),
    };
    sessions.into_iter().map(named).collect()
}
