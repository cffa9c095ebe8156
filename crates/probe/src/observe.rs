//! What a subscriber of `tracing` gets to see: a span for each probe. What was found out is in the [`Findings`].

use incrdir_vfs::{Chain, Vfs};
use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{Span, debug_span, warn};

use crate::Findings;

const CRATE: &str = "incrdir_probe";

pub(crate) fn probe<V: Vfs>(vfs: &V, dir: &V::Dir) -> EnteredSpan {
    let dir = vfs.path(dir).display().to_string();
    debug_span!(target: CRATE, "probe", dir, file_system = Empty, cut_short = Empty).entered()
}

pub(crate) fn probed(span: &Span, findings: &Findings) {
    if let Some(error) = &findings.left {
        let error = Chain(error).to_string();
        warn!(target: CRATE, error, "the scratch directory could not be removed");
    }
    if span.is_disabled() {
        return;
    }
    if let Ok(info) = &findings.info {
        span.record("file_system", &*info.name);
    }
    if findings.is_cut_short {
        span.record("cut_short", true);
    }
}
