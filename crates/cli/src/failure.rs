//! How failures are said: operation, path, every cause, on one line.

use std::error::Error;
use std::process::ExitCode;

use crate::output::say;

/// Exit status of `run` when incrdir itself failed, as `env` and `docker run` have it.
pub(crate) const OWN_FAILURE: u8 = 125;

/// Anything that ends a command.
pub(crate) type Failure = Box<dyn Error>;

/// Says a failure of `ls`, `gc` or `verify`.
pub(crate) fn report(failure: Failure) -> ExitCode {
    say(chain(&*failure));
    ExitCode::FAILURE
}

/// An error and all its causes. A cause that only repeats what it is the cause of is not said twice.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}
