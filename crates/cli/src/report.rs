//! How a command that failed says so, and which exit status it has.

use std::process::ExitCode;

use crate::failure::{Failure, OWN_FAILURE, chain};
use crate::output::say;

/// Says a failure of `ls`, `gc` or `verify`.
pub(crate) fn failure(failure: Failure) -> ExitCode {
    say(chain(&*failure));
    ExitCode::FAILURE
}

/// Says a failure of incrdir's own in `run`, which must not be taken for one of the program.
pub(crate) fn failure_of_run(failure: Failure) -> ExitCode {
    say(chain(&*failure));
    ExitCode::from(OWN_FAILURE)
}
