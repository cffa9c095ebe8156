//! What a subscriber of `tracing` gets to see of lock files: races that were lost, ways that did not work, and waiting.
//!
//! All of it is here, one function for each thing that is told, so that the protocol shows only its steps. Without a subscriber
//! each of them is a comparison.

use std::time::Duration;

use incrdir_vfs::{LockKind, Name, Vfs};
use tracing::span::EnteredSpan;
use tracing::{debug, debug_span, trace};

const CRATE: &str = "incrdir_lockfs";

/// The path of a lock file, when somebody asks.
fn path<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> String {
    vfs.path(dir).join(name).display().to_string()
}

/// Taking the lock of a name, and waiting for it.
pub(crate) fn acquire<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    patience: Duration,
) -> EnteredSpan {
    debug_span!(target: CRATE, "acquire", path = path(vfs, dir, name), ?patience).entered()
}

pub(crate) fn pause(pause: Duration) {
    debug!(target: CRATE, ?pause, "the lock is held: waiting");
}

pub(crate) fn busy<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name, kind: LockKind) {
    debug!(target: CRATE, path = path(vfs, dir, name), ?kind, "the lock is busy");
}

pub(crate) fn not_found<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) {
    trace!(target: CRATE, path = path(vfs, dir, name), "there is no such lock file");
}

/// What was locked is not the file of the name any more.
pub(crate) fn replaced<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) {
    debug!(
        target: CRATE,
        path = path(vfs, dir, name),
        "the lock file was removed or replaced meanwhile: trying again"
    );
}

pub(crate) fn taken<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) {
    debug!(
        target: CRATE,
        path = path(vfs, dir, name),
        "the name of the new lock file is taken, or the file was"
    );
}

pub(crate) fn made_directly<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) {
    debug!(
        target: CRATE,
        path = path(vfs, dir, name),
        "no rename refuses to replace here: the lock file is made under its own name, and not born locked"
    );
}

/// The rename reported an error of what it had done.
pub(crate) fn renamed_all_the_same<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    error: &std::io::Error,
) {
    debug!(
        target: CRATE,
        path = path(vfs, dir, name),
        %error,
        "the rename of the lock file was reported as failed, and is done"
    );
}
