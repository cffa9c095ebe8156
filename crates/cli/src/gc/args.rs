//! The arguments of `gc`, and the policy that they make.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use incrdir_gc::{FreeSpace, Limits, Policy};
use incrdir_session::Retention;

use crate::args::Format;
use crate::config::Config;
use crate::values::{self, FreeShare, Size};

const GC_HELP: &str = "\
PATH may also be a target directory of cargo's, the directory of a profile in it (target/debug) or a project: then its directories \
of sessions are meant, target/*/incremental. With --recursive it may be any directory: all roots below it are found, whatever made \
them, without following symbolic links or entering other file systems.

With --recursive, it is also told which units of cargo's targets are not built any more, because cargo has no record of their last \
compilation, and which likely are not, because their package is not in Cargo.lock, or was compiled with other features or flags a week \
(or the --max-age) later. Nothing is deleted for that reason.

--max-age, --max-size and --free hold for all units of all PATHs together. They delete whole sessions of the units that have not been used \
for longest, also the last one. What is in use or pinned stays.

Of rustc's sessions, only those that it has published, or whose compiler is dead, are deleted, under the locks that rustc itself takes. A build \
that runs meanwhile does not notice, but that a crate may be compiled without help from before.

Foreign entries have a name that neither incrdir nor rustc gives. They are counted and never touched.

Exit status: 0, 1 if something failed, 2 for a usage error, 3 with --expect if there is no unit, 130 if interrupted.

Example: incrdir gc target/debug/incremental --keep 1 --dry-run
Example: incrdir gc --recursive ~/projects --max-age 30days --max-size 50GiB

The environment and the configuration file can set what is kept: `incrdir config --help`.

The JSON document is described in crates/cli/README.md in the repository.";

/// How many published sessions of a unit are kept.
const USUAL_KEEP: usize = 2;

#[derive(Debug, clap::Args)]
#[command(after_help = GC_HELP)]
pub(crate) struct GcArgs {
    /// Roots, directories of units, or a project, target or profile of cargo's
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub(super) paths: Vec<PathBuf>,
    /// Find all roots below each PATH
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// With --recursive, also enter what is mounted below PATH
    #[arg(long, requires = "recursive")]
    pub(super) cross_mounts: bool,
    /// Print what would be deleted, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How many published sessions of each unit to keep; 0 with a limit: whatever the limit leaves [default: 2]
    #[arg(long, value_name = "K", value_parser = values::count)]
    keep: Option<usize>,
    /// Delete units that nobody has used for so long
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    max_age: Option<Duration>,
    /// Delete until all units together take no more than this
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Size>,
    /// Delete until so much of the file system is free; `15%..20%`: starts when less than 15% is free, stops at 20%
    #[arg(long, value_name = "SHARE")]
    free: Option<FreeShare>,
    /// How old a leftover without a record must be; less than 1s counts as 1s [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    grace: Option<Duration>,
    /// How long quarantined sessions are kept [default: 7days]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    quarantine: Option<Duration>,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME", conflicts_with = "recursive")]
    pub(super) unit: Option<String>,
    /// Fail if there is no unit
    #[arg(long)]
    pub(super) expect: bool,
    /// Also print what stays, and why
    #[arg(long)]
    pub(super) all: bool,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
}

/// A policy, and the number of sessions that it was given.
pub(super) struct Chosen {
    pub(super) policy: Policy,
    pub(super) keep: usize,
}

impl GcArgs {
    /// The policy that the options make, and the settings where there is none, or why they do not go together.
    pub(super) fn policy(&self, config: &Config) -> Result<Chosen, &'static str> {
        let usual = Policy::default();
        let keep = self.keep.or(config.keep.value().map(NonZeroUsize::get)).unwrap_or(USUAL_KEEP);
        let limits = Limits::default()
            .max_age(self.max_age.or(config.max_age.value()))
            .max_bytes(self.max_size.or(config.max_size.value()).map(|Size(bytes)| bytes))
            .free(self.free.or(config.free.value()).map(FreeSpace::from));
        if keep == 0 && limits == Limits::default() {
            return Err(
                "--keep 0 would delete every session: say with --max-age, --max-size or --free when also the last one of a unit \
                 goes, or keep 1",
            );
        }
        // What the limits decide about has to be kept until then.
        let kept = NonZeroUsize::new(keep).unwrap_or(NonZeroUsize::MIN);
        let policy = usual
            .retention(Retention::keep(kept))
            .grace(self.grace.or(config.grace.value()).unwrap_or(usual.grace))
            .quarantine(self.quarantine.or(config.quarantine.value()).unwrap_or(usual.quarantine))
            .limits(limits);
        Ok(Chosen { policy, keep })
    }
}
