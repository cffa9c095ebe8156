//! What `run --report FILE` writes: one document about all that was done, for programs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use incrdir_session::{Begun, SeedMode, Warmed};
use serde::Serialize;

use super::reason::why_not;
use crate::failure::{Failure, chain};
use crate::json::VERSION;
use crate::remote::{PullShown, PushShown};
use crate::words;

/// About a run, with each time that CMD was started.
#[derive(Debug, Serialize)]
pub(super) struct RunDocument {
    format: &'static str,
    version: u32,
    /// `None`: it did not come so far.
    pub(super) root: Option<String>,
    pub(super) unit: Option<String>,
    command: Vec<String>,
    /// What came of --pull.
    pub(super) pull: Option<PullShown>,
    pub(super) runs: Vec<OneRun>,
    /// What came of --push.
    pub(super) push: Option<PushShown>,
    /// What came of --warm.
    pub(super) warm: Option<WarmShown>,
    pub(super) exit_status: u8,
    /// Why incrdir itself failed.
    pub(super) error: Option<String>,
}

/// About the session that was filled for the next run.
#[derive(Debug, Serialize)]
pub(super) struct WarmShown {
    /// The one that waits.
    pub(super) session: Option<String>,
    /// Why there is none.
    pub(super) why: Option<String>,
    pub(super) seconds: f64,
}

/// About one session.
#[derive(Debug, Serialize)]
pub(super) struct OneRun {
    pub(super) session: String,
    pub(super) begin: BeginShown,
    /// How CMD saw its session, if not where it is.
    pub(super) at: Option<String>,
    /// `published`, `abandoned` or `left`.
    pub(super) outcome: &'static str,
    /// Its name from then on.
    pub(super) published: Option<String>,
    pub(super) superseded_by: Option<String>,
    /// Why it was abandoned or left.
    pub(super) reason: Option<String>,
    /// Published sessions that CMD wrote into.
    pub(super) damaged: Vec<String>,
    /// What became of the source that CMD rejected.
    pub(super) rejected: Option<String>,
    pub(super) collected: Option<CollectedShown>,
    pub(super) seconds: BTreeMap<&'static str, f64>,
    /// What went wrong on the way.
    pub(super) errors: Vec<String>,
    pub(super) exit_status: u8,
}

/// How a session was begun.
#[derive(Debug, Default, Serialize)]
pub(super) struct BeginShown {
    /// `None`: cold.
    pub(super) source: Option<String>,
    pub(super) source_unit: Option<String>,
    /// How it was to be seeded, and how it was.
    pub(super) asked: String,
    pub(super) seed: String,
    /// The session that was made into this one.
    pub(super) recycled: Option<String>,
    /// The session that was filled by --warm and became this one.
    pub(super) waited: Option<String>,
    pub(super) files_recycled: u64,
    pub(super) files_linked: u64,
    pub(super) files_cloned: u64,
    pub(super) files_copied: u64,
    pub(super) bytes_copied: u64,
    pub(super) unselected: u64,
    pub(super) is_moved: bool,
    /// Sessions that it was not started from.
    pub(super) not_from: Vec<NotFrom>,
    pub(super) recycling_failed: Option<String>,
    /// Why files were copied that were to be linked.
    pub(super) fallback: Option<String>,
    pub(super) attributes_lost: Option<String>,
    /// Pipes and the like, which are never taken over.
    pub(super) left_out: Vec<String>,
    /// Files in the source that were not published with it.
    pub(super) extra: Vec<String>,
    /// What the file system makes worse, if it was not said before.
    pub(super) drawbacks: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct NotFrom {
    pub(super) session: String,
    pub(super) unit: Option<String>,
    pub(super) reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CollectedShown {
    pub(super) removed: usize,
    pub(super) bytes: u64,
    pub(super) interrupted: bool,
    pub(super) errors: Vec<String>,
}

impl RunDocument {
    pub(super) fn new(command: &[OsString]) -> Self {
        Self {
            format: "incrdir-run",
            version: VERSION,
            root: None,
            unit: None,
            command: command.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
            pull: None,
            runs: Vec::new(),
            push: None,
            warm: None,
            exit_status: 0,
            error: None,
        }
    }

    /// Writes it into a file that is open.
    pub(super) fn write(&self, mut file: &File) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self)?;
        file.write_all(text.as_bytes())?;
        Ok(file.write_all(b"\n")?)
    }
}

impl WarmShown {
    pub(super) fn new(warmed: &Warmed, took: Duration) -> Self {
        let (session, why) = match warmed {
            Warmed::Now(session, _) | Warmed::Before(session) => (Some(session.to_string()), None),
            Warmed::Not(why) => (None, Some(why.to_string())),
        };
        Self { session, why, seconds: took.as_secs_f64() }
    }
}

impl OneRun {
    pub(super) fn new(session: String, begin: BeginShown) -> Self {
        Self {
            session,
            begin,
            at: None,
            outcome: "left",
            published: None,
            superseded_by: None,
            reason: None,
            damaged: Vec::new(),
            rejected: None,
            collected: None,
            seconds: BTreeMap::new(),
            errors: Vec::new(),
            exit_status: 0,
        }
    }
}

impl BeginShown {
    pub(super) fn new(report: &Begun, asked: SeedMode) -> Self {
        let seeded = &report.seeded;
        let not_from = report.rejected.iter().map(|rejected| NotFrom {
            session: rejected.session.to_string(),
            unit: rejected.unit.as_ref().map(ToString::to_string),
            reason: why_not(&rejected.why),
        });
        let paths = |paths: &[std::path::PathBuf]| {
            paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
        };
        Self {
            source: report.source.map(|source| source.to_string()),
            source_unit: report.source_unit.as_ref().map(ToString::to_string),
            asked: words::lower(asked),
            seed: words::lower(report.mode),
            recycled: report.recycled.map(|spare| spare.to_string()),
            waited: report.waited.map(|session| session.to_string()),
            files_recycled: seeded.recycled,
            files_linked: seeded.linked,
            files_cloned: seeded.cloned,
            files_copied: seeded.copied,
            bytes_copied: seeded.bytes,
            unselected: report.unselected,
            is_moved: report.is_moved,
            not_from: not_from.collect(),
            recycling_failed: report.recycling_failed.as_ref().map(why_not),
            fallback: seeded.fallback.as_ref().map(|error| chain(error)),
            attributes_lost: seeded.attributes_lost.as_ref().map(|error| chain(error)),
            left_out: paths(&seeded.left_out),
            extra: paths(&report.extra),
            drawbacks: report.drawbacks.iter().map(ToString::to_string).collect(),
        }
    }
}
