//! `incrdir run`: one program, one session.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use incrdir_gc::{Collected, Mode, Policy, collect};
use incrdir_session::{
    Audited, BeginOptions, Distrust, PublishError, Published, Rejection, Retention, SeedMode,
    Unrecorded, Working, abandon, begin, publish,
};
use incrdir_vfs::CapVfs;

use crate::args::RunArgs;
use crate::at::{self, NotRun};
use crate::child;
use crate::failure::{Failure, OWN_FAILURE, chain, why_not_run};
use crate::output::say;
use crate::report;
use crate::root;
use crate::signals::Signals;
use crate::{unit_id, words};

/// How long a session that may be alive on another host is spared, where locks do not exclude everybody.
pub(crate) const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// For how many rejected sessions the reason is printed: a unit of rustc's may hold thousands.
const MAX_REJECTED: usize = 3;

const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// What happened to the session, for the one line that is printed.
struct Told {
    begun: String,
    ended: String,
    times: Vec<(&'static str, Duration)>,
}

pub(crate) fn run(args: &RunArgs) -> ExitCode {
    match try_run(args) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => report::failure_of_run(failure),
    }
}

fn try_run(args: &RunArgs) -> Result<u8, Failure> {
    let unit = unit_id::unit(&args.unit, &args.keys)?;
    let signals = Signals::catch()?;
    let Some(mut stage) = at::prepare(&args.at, &args.root, &args.command, &signals)? else {
        return Ok(interrupted_before(signals.seen().unwrap_or_default()));
    };
    let cache = root::open(args, &signals)?;
    let (vfs, root) = cache.as_parts();
    let is_new_unit = root::refuse_stranger_in(vfs, root, &unit, &args.trust)?;
    let options = BeginOptions::new(concat!("incrdir ", env!("CARGO_PKG_VERSION")))
        .seed(args.seed.into())
        .retention(Retention::keep(args.keep))
        .unrecorded(if args.accept_unrecorded { Unrecorded::Accept } else { Unrecorded::Refuse })
        .or_cold(args.or_cold)
        .durability(args.durability.into())
        .digests(args.digests)
        .audit(args.audit.into());
    let policy = Policy::default().retention(options.retention);
    let (session, begin_time) = timed(|| match begin(vfs, root, &unit, &options) {
        Err(error) if is_full(error.kind()) => {
            let opened = incrdir_session::Unit::open(vfs, root, &unit).ok().flatten();
            match opened.map(|unit| collect(&unit, &policy, Mode::Collect)) {
                Some(Ok(report)) if report.removed() > 0 => begin(vfs, root, &unit, &options),
                _ => Err(error),
            }
        }
        begun => begun,
    });
    let mut session = match (session, signals.seen()) {
        (Ok(session), _) => session,
        (Err(error), Some(signal)) if error.kind() == ErrorKind::Interrupted => {
            return Ok(interrupted_before(signal));
        }
        (Err(error), _) => return Err(error.into()),
    };
    if let Err(failure) = root::settle_unit(session.unit(), is_new_unit, &args.trust) {
        // Somebody else was faster to make it.
        drop(abandon(session));
        return Err(failure);
    }
    let mut told = Told {
        begun: describe_begin(&session),
        ended: String::new(),
        times: vec![("begin", begin_time)],
    };
    // Opened now, so that what is collected is what the session was begun in. Without it nothing is.
    let unit = incrdir_session::Unit::open(vfs, root, &unit).ok().flatten();
    let status = match signals.seen() {
        Some(signal) => Ok(Ended::NotStarted(signal)),
        None => child::run(&args.command, &mut session, &mut stage, &signals).map(Ended::Program),
    };
    stage.end();
    if child::has_survivors()
        && let Err(error) = session.note_survivors()
    {
        say(format_args!(
            "cannot note that processes of CMD are still running, which may write into the session: {}",
            chain(&error)
        ));
    }
    let code = end(args, session, status, &signals, &mut told);
    if let Some(unit) = unit {
        let (collected, collect_time) = timed(|| collect(&unit, &policy, Mode::Collect));
        told.times.push(("collect", collect_time));
        told.ended.push_str(&describe_collection(collected));
    }
    if !args.quiet {
        let times: Vec<_> = told
            .times
            .iter()
            .map(|(what, took)| format!("{what} {}", words::time(*took)))
            .collect();
        let at = stage.told().map(|told| format!("; {told}")).unwrap_or_default();
        say(format_args!("{}{at}; {}; {}", told.begun, told.ended, times.join(", ")));
    }
    Ok(code)
}

fn interrupted_before(signal: i32) -> u8 {
    say(format_args!("interrupted by signal {signal} before CMD was started"));
    by_signal(signal)
}

/// Whether the disk is full: collecting may make room.
fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// What happened to the program.
enum Ended {
    Program(ExitStatus),
    /// This signal came before.
    NotStarted(i32),
}

/// Publishes or abandons, and returns the exit status.
fn end(
    args: &RunArgs,
    session: Working<CapVfs>,
    status: Result<Ended, NotRun>,
    signals: &Signals,
    told: &mut Told,
) -> u8 {
    let program = Path::new(&args.command[0]);
    let (code, failed) = match status {
        Ok(Ended::Program(status)) => {
            let signal = signals.seen();
            (code_of(status, signal), how_it_failed(status, signal))
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

fn describe_published(published: &Published<CapVfs>) -> String {
    report_damage(&published.audited);
    let mut text = format!("published {}", published.name);
    if let Some(newer) = published.superseded_by {
        text.push_str(&format!(" (superseded by the newer {newer})"));
    }
    text
}

/// Prints which published sessions the program wrote into, also with `--quiet`.
fn report_damage(audited: &Audited) {
    for damaged in &audited.damaged {
        say(words::damaged(damaged));
    }
    for skipped in &audited.skipped {
        say(format_args!("{} was not audited: {}", skipped.session, chain(&skipped.why)));
    }
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

/// `None`: it did not. A program that succeeds after a signal was interrupted all the same.
fn how_it_failed(status: ExitStatus, signal: Option<i32>) -> Option<String> {
    match (signal, child::signal_of(status), status.code()) {
        (Some(signal), ..) => Some(format!("was interrupted by signal {signal}")),
        (None, Some(signal), _) => Some(format!("was ended by signal {signal}")),
        (None, None, Some(0)) => None,
        (None, None, Some(code)) => Some(format!("exited with {code}")),
        (None, None, None) => Some("ended without an exit status".into()),
    }
}

/// As shells report it.
fn by_signal(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// As shells report it. A program that succeeded after a signal was still told to end.
fn code_of(status: ExitStatus, signal: Option<i32>) -> u8 {
    match (status.code(), child::signal_of(status).or(signal)) {
        (Some(0) | None, Some(signal)) => by_signal(signal),
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, None) => OWN_FAILURE,
    }
}

fn describe_begin(session: &Working<CapVfs>) -> String {
    let report = session.report();
    let seeded = &report.seeded;
    let mut text = match (report.source, report.mode) {
        (Some(source), _) => {
            let mut parts = Vec::new();
            for (number, what) in [
                (seeded.recycled, "recycled"),
                (seeded.linked, "linked"),
                (seeded.cloned, "cloned"),
                (seeded.copied, "copied"),
            ] {
                if number > 0 {
                    parts.push(format!("{} {what}", words::count(number, "file")));
                }
            }
            if seeded.copied > 0 {
                parts.push(words::bytes(seeded.bytes));
            }
            if parts.is_empty() {
                parts.push("no files".into());
            }
            let moved = if report.is_moved { ", which was copied or restored" } else { "" };
            format!("seeded from {source}{moved} ({})", parts.join(", "))
        }
        (None, SeedMode::None) => "cold start as asked".into(),
        (None, _) if report.rejected.is_empty() => "cold start, nothing is published yet".into(),
        (None, _) => "cold start".into(),
    };
    for rejected in report.rejected.iter().take(MAX_REJECTED) {
        text.push_str(&format!(", not from {}: {}", rejected.session, why_not(&rejected.why)));
    }
    if let Some(more) = report.rejected.len().checked_sub(MAX_REJECTED).filter(|more| *more > 0) {
        text.push_str(&format!(", nor from {more} more"));
    }
    if let Some(why) = &report.recycling_failed {
        text.push_str(&format!(", not recycled because: {}", why_not(why)));
    }
    if let Some(extra) = words::extra(&report.extra) {
        text.push_str(&format!(", {extra}"));
    }
    // With `auto`, copying what cannot be cloned is what was asked for.
    if let Some(fallback) = &seeded.fallback
        && report.mode == SeedMode::Link
    {
        text.push_str(&format!(", copied because: {}", chain(fallback)));
    }
    if let Some(lost) = &seeded.attributes_lost {
        text.push_str(&format!(", not all carried over: {}", chain(lost)));
    }
    if let Some(first) = seeded.left_out.first() {
        let count = seeded.left_out.len();
        text.push_str(&format!(
            ", left out {count} that are no files, such as `{}`",
            first.display()
        ));
    }
    text
}

fn why_not(why: &Rejection) -> String {
    match why {
        Rejection::Unavailable(error) => chain(error),
        Rejection::Seed(error) => chain(error),
        Rejection::Untrusted { why, quarantine } => match (&**why, quarantine) {
            (Distrust::Unrecorded, _) => {
                "it has no record of its files (accept it with --accept-unrecorded)".into()
            }
            (why, Some(quarantine)) => format!("{}; {}", chain(why), words::put_away(quarantine)),
            (why, None) => chain(why),
        },
        why => why.to_string(),
    }
}

fn describe_collection(collected: Result<Collected, incrdir_session::Error>) -> String {
    let report = match collected {
        Ok(report) => report,
        Err(error) => return format!(", nothing collected: {}", chain(&error)),
    };
    for damaged in &report.damaged {
        say(words::damaged(damaged));
    }
    let stopped = if report.interrupted { ", stopped" } else { "" };
    let mut text = format!(", collected {}{stopped}", report.removed());
    if report.removed() > 0 {
        text.push_str(&format!(" ({})", words::bytes(report.bytes())));
    }
    if let Some((entry, error)) = report.failures().next() {
        let count = report.failures().count();
        text.push_str(&format!(", {count} could not be, such as {entry}: {}", chain(error)));
    }
    text
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
