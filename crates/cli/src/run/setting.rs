//! What all runs of the program have in common: with --on-reject there may be several.

use incrdir::Cache;
use incrdir_gc::Policy;
use incrdir_naming::UnitName;

use crate::args::RunArgs;
use crate::progress::Progress;
use crate::signals::Signals;

/// Where and how CMD is run.
pub(super) struct Setting<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) unit: &'a UnitName,
    pub(super) cache: &'a Cache,
    pub(super) policy: &'a Policy,
    pub(super) signals: &'a Signals,
}

impl Setting<'_> {
    /// Shows what incrdir itself does, unless nothing is to be printed.
    pub(super) fn progress(&self) -> Option<Progress> {
        (!self.args.quiet).then(Progress::new)
    }
}
