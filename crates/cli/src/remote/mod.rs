//! `incrdir remote`: sessions in an object store, for those who do it by hand.
//!
//! `push`, `pull`, `list`, `collect` and `keygen` are its commands; `table` and `document` are what `list` and `collect` print. `run --pull --push`
//! shares `whom` (scopes and keys), `store` (opening one, and what helps when it fails) and `shown` (what came of it).

mod args;
mod collect;
mod document;
mod key;
mod keygen;
mod list;
mod pull;
mod push;
mod shown;
mod store;
mod table;
mod whom;

use std::process::ExitCode;

use crate::failure::Failure;

pub(crate) use args::RemoteArgs;
pub(crate) use push::options as push_options;
pub(crate) use shown::{PullShown, PushShown};
pub(crate) use store::{open, told};
pub(crate) use whom::{Whom, WhomArgs, usual_scope};

use args::RemoteCommand;

pub(crate) fn remote(args: &RemoteArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        RemoteCommand::Push(args) => push::push(args),
        RemoteCommand::Pull(args) => pull::pull(args),
        RemoteCommand::Ls(args) => list::list(args),
        RemoteCommand::Collect(args) => collect::collect(args),
        RemoteCommand::Keygen(args) => keygen::keygen(args),
    }
}
