//! The end of a run: the session is published, given up, or given up and its source with it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitStatus;

use incrdir_session::{PublishError, Published, Working, abandon, publish};
use incrdir_vfs::CapVfs;

use super::full::is_full;
use super::status::{by_signal, code_of, how_it_failed};
use super::told::{Told, timed};
use crate::args::RunArgs;
use crate::at::NotRun;
use crate::failure::{OWN_FAILURE, chain, why_not_run};
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
            told.fail(chain(&*failure));
            (OWN_FAILURE, Some("could not be shown its session".into()))
        }
        Err(NotRun::Program(error)) => {
            let why = why_not_run(program, &error);
            told.fail(format!("cannot run `{}`: {why}", program.display()));
            let is_missing = error.kind() == ErrorKind::NotFound;
            let code = if is_missing { NOT_FOUND } else { NOT_EXECUTABLE };
            (code, Some("could not be run".into()))
        }
    };
    if let Some(how) = failed {
        let why = format!("`{}` {how}", program.display());
        give_up(session, &why, told);
        return code;
    }
    let (published, took) = timed(|| publish(session, args.hash));
    told.took("publish", took);
    let error = match published {
        Ok(published) => {
            published_as(&published, told);
            return code;
        }
        Err(error) => error,
    };
    let error = match (error, signals.seen()) {
        (PublishError::NotPublished { session, source }, Some(signal))
            if source.kind() == ErrorKind::Interrupted =>
        {
            let why = format!("it was interrupted by signal {signal} while it was being published");
            give_up(*session, &why, told);
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
        PublishError::NotPublished { source, .. } if source.kind() == ErrorKind::ResourceBusy => {
            "; another program has something in it open: give it more time with --patience, or keep it away from the cache"
        }
        _ => "",
    };
    told.fail(format!("{}{remedy}", chain(&error)));
    if is_full(error.cause().kind()) {
        // Before giving up makes room.
        told.fail(shortage());
    }
    match error {
        PublishError::NotPublished { session, .. } => {
            give_up(*session, "it could not be published", told);
        }
        PublishError::NotDurable { published, .. } => published_as(&published, told),
        // Whether it is published is for the next collection to see.
        error => told.ended = format!("left as it is ({})", chain(error.cause())),
    }
    OWN_FAILURE
}

fn published_as(published: &Published<CapVfs>, told: &mut Told) {
    told.damage(&published.audited);
    told.run.outcome = "published";
    told.run.published = Some(published.name.to_string());
    told.published = Some(published.name);
    told.ended = format!("published s-{}", published.name.key);
    if let Some(newer) = published.superseded_by {
        told.run.superseded_by = Some(newer.to_string());
        told.remarks.push(format!(
            "{} is superseded by the newer {newer}, which was published meanwhile",
            published.name
        ));
    }
}

fn give_up(session: Working<CapVfs>, why: &str, told: &mut Told) {
    let name = session.name();
    let (abandoned, took) = timed(|| abandon(session));
    told.took("abandon", took);
    told.run.reason = Some(why.into());
    told.ended = format!("abandoned, because {why}");
    match abandoned {
        Ok(abandoned) => {
            told.damage(&abandoned.audited);
            told.run.outcome = "abandoned";
            if abandoned.removed.failures > 0 {
                let first = abandoned.removed.errors.first();
                let left = format!(
                    "{} of {name} left to a later collection ({})",
                    abandoned.removed.failures,
                    first.map(|error| chain(error)).unwrap_or_default()
                );
                told.remarks.push(left.clone());
                told.run.errors.push(left);
            }
        }
        Err(error) => {
            let left = format!("{name} is left to a later collection ({})", chain(&error));
            told.ended = format!("given up, because {why}");
            told.remarks.push(left.clone());
            told.run.errors.push(left);
        }
    }
}
