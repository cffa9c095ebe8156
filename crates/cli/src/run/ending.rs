//! The end of a run: the session is published, given up, or given up and its source with it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use incrdir_session::{PublishError, Working, abandon, publish};
use incrdir_vfs::CapVfs;

use super::full::is_full;
use super::status::{by_signal, code_of, how_it_failed};
use super::telling::{describe_published, report_damage};
use super::told::{Told, timed};
use crate::args::RunArgs;
use crate::at::NotRun;
use crate::failure::{OWN_FAILURE, chain, why_not_run};
use crate::output::say;
use crate::signals::Signals;

const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// What happened to the program.
pub(super) enum Ended {
    Program(ExitStatus),
    /// This signal came before.
    NotStarted(i32),
}

/// Publishes or abandons, and returns the exit status. `shortage` says what is known of a disk that is full.
pub(super) fn end(
    args: &RunArgs,
    session: Working<CapVfs>,
    status: Result<Ended, NotRun>,
    signals: &Signals,
    told: &mut Told,
    shortage: &dyn Fn() -> String,
) -> u8 {
    let program = Path::new(&args.command[0]);
    let (code, failed) = match status {
        Ok(Ended::Program(status)) => {
            let signal = signals.seen();
            (code_of(status, signal), how_it_failed(status, signal, &args.publish_on))
        }
        Ok(Ended::NotStarted(signal)) => {
            (by_signal(signal), Some(format!("was not started after signal {signal}")))
        }
        Err(NotRun::Place(failure)) => {
            say(chain(&*failure));
            (OWN_FAILURE, Some("could not be shown its session".into()))
        }
        Err(NotRun::Program(error)) => {
            let why = why_not_run(program, &error);
            say(format_args!("cannot run `{}`: {why}", program.display()));
            let is_missing = error.kind() == ErrorKind::NotFound;
            let code = if is_missing { NOT_FOUND } else { NOT_EXECUTABLE };
            (code, Some("could not be run".into()))
        }
    };
    if let Some(how) = failed {
        let why = format!("`{}` {how}", program.display());
        told.ended = give_up(session, &why, &mut told.times);
        return code;
    }
    let (published, took) = timed(|| publish(session, args.hash));
    told.times.push(("publish", took));
    let error = match published {
        Ok(published) => {
            told.ended = describe_published(&published);
            return code;
        }
        Err(error) => error,
    };
    let error = match (error, signals.seen()) {
        (PublishError::NotPublished { session, source }, Some(signal))
            if source.kind() == ErrorKind::Interrupted =>
        {
            let why = format!("it was interrupted by signal {signal} while it was being published");
            told.ended = give_up(*session, &why, &mut told.times);
            return by_signal(signal);
        }
        (error, _) => error,
    };
    // Then a cause such as "no such file" does not say whose fault it is.
    let remedy = match &error {
        PublishError::NotPublished { session, .. }
            if matches!(session.path().try_exists(), Ok(false)) =>
        {
            "; the session's directory is gone: CMD must not remove it"
        }
        _ => "",
    };
    say(format_args!("{}{remedy}", chain(&error)));
    if is_full(error.cause().kind()) {
        // Before giving up makes room.
        say(shortage());
    }
    told.ended = match error {
        PublishError::NotPublished { session, .. } => {
            give_up(*session, "it could not be published", &mut told.times)
        }
        PublishError::NotDurable { published, .. } => describe_published(&published),
        // Whether it is published is for the next collection to see.
        error => format!("left as it is ({})", chain(error.cause())),
    };
    OWN_FAILURE
}

fn give_up(
    session: Working<CapVfs>,
    why: &str,
    times: &mut Vec<(&'static str, Duration)>,
) -> String {
    let name = session.name();
    let (abandoned, took) = timed(|| abandon(session));
    times.push(("abandon", took));
    let removed = match abandoned {
        Ok(abandoned) => {
            report_damage(&abandoned.audited);
            abandoned.removed
        }
        Err(error) => {
            return format!(
                "{name} given up, because {why}, and left to a later collection ({})",
                chain(&error)
            );
        }
    };
    if removed.failures == 0 {
        return format!("abandoned, because {why}");
    }
    let first = removed.errors.first().map(|error| chain(error)).unwrap_or_default();
    let left = removed.failures;
    format!("abandoned, because {why}, with {left} left to a later collection ({first})")
}
