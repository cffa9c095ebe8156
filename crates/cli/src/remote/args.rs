//! The command line of `remote`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueHint};
use incrdir_naming::UnitName;

use super::whom::WhomArgs;
use crate::args::Format;
use crate::config::Config;
use crate::failure::Failure;
use crate::{unit_id, values};

const HELP: &str = "\
URL is file:///directory, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix. Credentials and all other settings of a \
provider are taken from the environment, under the names that its own tools use: AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT, \
GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME.

Whoever may write into a scope decides what those get who read it. So give each branch a scope of its own, and let only trusted \
builds write into main.

Builds push and pull by themselves: `incrdir run --pull URL --push URL`.

See also crates/cli/README.md in the repository.";

const PUSH_HELP: &str = "\
Sends what the store does not have yet. A session that is there already is left as it is; a push that was cut short is made good by the \
next one.

Exit status: 0, 1 if it was not pushed, 2 for a usage error, 130 if interrupted.

Example: incrdir remote push s3://my-bucket/incrdir --root ~/.cache/mytool --unit project";

const PULL_HELP: &str = "\
Fetches the newest session that may be believed, unless one here is as new, and publishes it. What is here already is not fetched. One that is \
damaged, or refused, is named, and the next older one taken.

Exit status: 0, 1 if the store failed or nothing that it has can be used, 2 for a usage error, 130 if interrupted.

Example: incrdir remote pull s3://my-bucket/incrdir --root ~/.cache/mytool --unit project";

const LS_HELP: &str = "\
AGE is how long ago a session was pushed, by the store's clock. STORED are the bytes of the objects that a session needs; others may need \
them too. Signatures are checked, but nobody is asked whether a key is trusted.

Exit status: 0, 1 if the store failed, 2 for a usage error, 130 if interrupted.

Example: incrdir remote ls s3://my-bucket/incrdir";

const COLLECT_HELP: &str = "\
Removes sessions that are not kept, and objects that no session needs. An object goes when two collections, at least a grace apart, have \
found that nobody needs it, so run it once a day. Any number may run at once, while others push and pull.

Exit status: 0, 1 if something failed, 2 for a usage error, 130 if interrupted.

Example: incrdir remote collect s3://my-bucket/incrdir --keep 3 --max-age 30days --dry-run

The JSON document is described in crates/cli/README.md in the repository.";

const KEYGEN_HELP: &str = "\
The file is for --sign-key, and only its owner may read it. The public key, which is printed, is for the --trust-key of those who read.

Exit status: 0, 1 if it could not be made, 2 for a usage error.

Example: incrdir remote keygen incrdir.key";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct RemoteArgs {
    #[command(subcommand)]
    pub(super) command: RemoteCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RemoteCommand {
    /// Send a published session into a store
    #[command(after_help = PUSH_HELP)]
    Push(PushArgs),
    /// Fetch the newest session from a store
    #[command(after_help = PULL_HELP)]
    Pull(PullArgs),
    /// List what a store has
    #[command(after_help = LS_HELP)]
    Ls(LsArgs),
    /// Delete from a store what nobody needs any more
    #[command(after_help = COLLECT_HELP)]
    Collect(CollectArgs),
    /// Make a key to sign with
    #[command(after_help = KEYGEN_HELP)]
    Keygen(KeygenArgs),
}

/// Which unit is meant.
#[derive(Debug, clap::Args)]
pub(super) struct UnitArgs {
    /// Directory that holds the units [default: INCRDIR_ROOT, or `root` of the configuration file]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    root: Option<PathBuf>,
    /// Name of the unit
    #[arg(long, value_name = "NAME")]
    unit: String,
    /// Something that the content depends on, as for `incrdir run`; may be repeated
    #[arg(long = "key", value_name = "STR")]
    keys: Vec<String>,
}

impl UnitArgs {
    pub(super) fn root(&self, config: &Config) -> Result<PathBuf, Failure> {
        config.root(self.root.as_deref(), "--root DIR")
    }

    pub(super) fn unit(&self) -> Result<UnitName, Failure> {
        unit_id::unit(&self.unit, &self.keys)
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct PushArgs {
    /// The store [default: INCRDIR_PUSH, or `push` of the configuration file]
    #[arg(value_parser = values::store)]
    pub(super) url: Option<String>,
    #[command(flatten)]
    pub(super) of: UnitArgs,
    /// Which session: the name of a published one, or the beginning of it [default: the newest]
    #[arg(long, value_name = "NAME")]
    pub(super) session: Option<String>,
    #[command(flatten)]
    pub(super) whom: WhomArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct PullArgs {
    /// The store [default: INCRDIR_PULL, or `pull` of the configuration file]
    #[arg(value_parser = values::store)]
    pub(super) url: Option<String>,
    #[command(flatten)]
    pub(super) of: UnitArgs,
    #[command(flatten)]
    pub(super) whom: WhomArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct LsArgs {
    /// The store [default: INCRDIR_PULL, or `pull` of the configuration file]
    #[arg(value_parser = values::store)]
    pub(super) url: Option<String>,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME")]
    pub(super) unit: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct CollectArgs {
    /// The store
    #[arg(value_parser = values::store)]
    pub(super) url: String,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME")]
    pub(super) unit: Option<String>,
    /// How many of the newest sessions of each unit and scope to keep
    #[arg(long, value_name = "K", default_value = "3", value_parser = values::keep)]
    pub(super) keep: NonZeroUsize,
    /// Remove also sessions that were pushed longer ago, the last one too
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(super) max_age: Option<Duration>,
    /// Delete nothing in a unit if it would be more than this part of what is stored
    #[arg(long, value_name = "P", default_value = "50", value_parser = values::percent)]
    pub(super) max_percent: u8,
    /// How long nobody must have needed an object, 24h or more [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(super) grace: Option<Duration>,
    /// Print what would be removed, and remove nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct KeygenArgs {
    /// The file to make
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
}

/// The store that was given, or the one that is set.
pub(super) fn url(
    given: Option<&String>,
    set: Option<String>,
    variable: &str,
) -> Result<String, Failure> {
    given.cloned().or(set).ok_or_else(|| {
        format!("which store? Give its URL, such as s3://bucket/prefix, or set {variable}").into()
    })
}
