//! The message and the exit status of a command that failed.

use std::process::ExitCode;

use crate::failure::{Failure, OWN_FAILURE, chain};
use crate::output::say;

/// Reports a failure of `ls`, `gc` or `verify`.
pub(crate) fn failure(failure: Failure) -> ExitCode {
    say(chain(&*failure));
    ExitCode::FAILURE
}

/// Reports a failure of incrdir itself in `run`, which must not be taken for one of the program.
pub(crate) fn failure_of_run(failure: Failure) -> ExitCode {
    say(chain(&*failure));
    ExitCode::from(OWN_FAILURE)
}
