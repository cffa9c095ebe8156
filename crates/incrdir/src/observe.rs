//! What a subscriber of `tracing` gets to see of what only this crate does; the layers below tell the rest.

use std::path::Path;

use incrdir_vfs::Chain;
use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{debug, debug_span};

const CRATE: &str = "incrdir";

/// Opening a cache.
pub(crate) fn open(dir: &Path) -> EnteredSpan {
    debug_span!(target: CRATE, "open", dir = dir.display().to_string(), is_new = Empty).entered()
}

pub(crate) fn started(pid: u32) {
    debug!(target: CRATE, pid, "started a program that may write into the session");
}

/// Only its lock file keeps the session alive for it.
pub(crate) fn not_noted(error: &incrdir_session::Error) {
    debug!(
        target: CRATE,
        error = Chain(error).to_string(),
        "could not note in the record that the program runs"
    );
}
