//! The part of the command line of `run` that is about stores.

use crate::remote::WhomArgs;
use crate::values;

/// What the command line says of stores.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// If nothing here is as new, start from the newest session of this store, such as s3://bucket/prefix [default: INCRDIR_PULL, or
    /// `pull` of the configuration file]
    #[arg(long, value_name = "URL", value_parser = values::store)]
    pub(super) pull: Option<String>,
    /// Send the session into this store when it has been published; records digests, as --digests does [default: INCRDIR_PUSH, or
    /// `push` of the configuration file]
    #[arg(long, value_name = "URL", value_parser = values::store)]
    pub(super) push: Option<String>,
    #[command(flatten)]
    pub(super) whom: WhomArgs,
    /// Fail with 125 if the store fails, or if nothing that it has can be used
    #[arg(long)]
    pub(super) require_remote: bool,
}
