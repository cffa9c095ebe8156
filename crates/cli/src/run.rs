//! `incrdir run`: one program, one session.

mod document;
mod ending;
mod full;
mod reason;
mod remote;
mod setting;
mod status;
mod store_args;
mod telling;
mod told;

use std::fs::File;
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use incrdir_gc::{Mode, Policy, collect};
use incrdir_naming::SessionName;
use incrdir_session::{
    BeginOptions, Quarantine, Retention, SeedMode, SourceName, Unit, Unrecorded, Working, abandon,
    begin, reject, warm,
};
use incrdir_vfs::CapVfs;

use crate::args::RunArgs;
use crate::at::{self, Stage};
use crate::child;
use crate::config::Config;
use crate::failure::{Failure, OWN_FAILURE, chain};
use crate::output::say;
use crate::report;
use crate::root;
use crate::signals::Signals;
use crate::{unit_id, words};
use document::{BeginShown, OneRun, RunDocument, WarmShown};
use ending::{Ended, end};
use full::{is_full, shortage};
use remote::{After, Remote};
use setting::Setting;
use status::by_signal;
pub(crate) use store_args::StoreArgs;
use telling::{describe_begin, describe_drawbacks, remarks, remarks_of_collection};
use told::{Told, timed};

pub(crate) fn run(args: &RunArgs) -> ExitCode {
    let mut document = RunDocument::new(&args.command);
    // Before anything is done: who asks for a report does not want a run without one.
    let report = match args.report.as_deref().map(|path| (path, File::create(path))) {
        Some((path, Err(error))) => {
            let path = path.display();
            return report::failure_of_run(
                format!("cannot write --report `{path}`: {error}").into(),
            );
        }
        Some((path, Ok(file))) => Some((path, file)),
        None => None,
    };
    let (code, exit) = match try_run(args, &mut document) {
        Ok(code) => (code, ExitCode::from(code)),
        Err(failure) => {
            document.error = Some(chain(&*failure));
            (OWN_FAILURE, report::failure_of_run(failure))
        }
    };
    document.exit_status = code;
    if let Some((path, file)) = report
        && let Err(error) = document.write(&file)
    {
        say(format_args!("cannot write --report `{}`: {}", path.display(), chain(&*error)));
    }
    exit
}

/// How one run of CMD ended.
struct Ran {
    code: u8,
    /// The session that CMD started from and rejected.
    rejected: Option<SessionName>,
    /// The session that was published, and nothing failed.
    published: Option<SessionName>,
}

impl Ran {
    fn without_session(code: u8) -> Self {
        Self { code, rejected: None, published: None }
    }
}

fn try_run(args: &RunArgs, document: &mut RunDocument) -> Result<u8, Failure> {
    let unit = &unit_id::unit(&args.unit, &args.keys)?;
    document.unit = Some(unit.to_string());
    let fallbacks = args.start.fallbacks(&args.unit, &args.keys)?;
    let config = Config::load()?;
    let root = &config.root(args.root.as_deref(), "--root DIR")?;
    let remote = Remote::of(args, &config)?;
    let retention = retention(args, args.keep.or(config.keep.value()));
    let mut options = BeginOptions::new(concat!("incrdir ", env!("CARGO_PKG_VERSION")))
        .seed(args.seed.into())
        .retention(retention)
        .unrecorded(if args.accept_unrecorded { Unrecorded::Accept } else { Unrecorded::Refuse })
        .or_cold(args.or_cold)
        .durability(args.durability.into())
        .digests(args.digests || remote.as_ref().is_some_and(Remote::pushes))
        .audit(args.audit.into())
        .patience(args.patience)
        .tells_drawbacks(!args.no_drawbacks)
        .fallbacks(fallbacks)
        .selection(args.start.selection()?);
    let signals = &Signals::catch()?;
    let Some(mut stage) = at::prepare(&args.at, root, &args.command, &args.trust, signals)? else {
        return Ok(interrupted_before(signals.seen().unwrap_or_default()));
    };
    let cache = &root::open(root, args, signals)?;
    document.root = Some(cache.path().to_string_lossy().into_owned());
    let policy = &Policy::default().retention(retention);
    let setting = Setting { args, unit, cache, policy, signals };
    if let Some(remote) = &remote
        && let After::Interrupted(signal) = remote.pull(&setting, &options, document)?
    {
        return Ok(interrupted_before(signal));
    }
    let mut retries = args.start.retries;
    loop {
        let Ran { code, rejected, published } = setting.run_once(&options, stage, document)?;
        let Some(rejected) = rejected.filter(|_| retries > 0 && signals.seen().is_none()) else {
            let code = match (&remote, published) {
                (Some(remote), Some(session)) => match remote.push(&setting, session, document) {
                    After::GoOn => code,
                    After::Interrupted(signal) => by_signal(signal),
                    After::Failed => OWN_FAILURE,
                },
                _ => code,
            };
            if args.warm && signals.seen().is_none() {
                document.warm = setting.warm(&options);
            }
            return Ok(code);
        };
        retries -= 1;
        // Where it could not be quarantined, it is not to be taken again all the same.
        options.refused.push(rejected);
        let prepared = at::prepare(&args.at, root, &args.command, &args.trust, signals)?;
        let Some(next) = prepared else { return Ok(code) };
        stage = next;
    }
}

/// How many sessions are kept. With --on-reject, an older one for each retry has to be left when the oldest one has been made into the
/// new session: so many more are kept, or, where the user wants fewer, none is made into another.
fn retention(args: &RunArgs, keep: Option<NonZeroUsize>) -> Retention {
    let usual = Retention::default();
    if args.start.on_reject.is_none() {
        return keep.map_or(usual, Retention::keep);
    }
    let needed = usual.keep.saturating_add(args.start.retries as usize);
    match keep {
        Some(keep) if keep < needed => Retention::keep(keep).without_recycling(),
        keep => Retention::keep(keep.unwrap_or(needed)),
    }
}

impl Setting<'_> {
    fn run_once(
        &self,
        options: &BeginOptions,
        mut stage: Stage,
        document: &mut RunDocument,
    ) -> Result<Ran, Failure> {
        let Self { args, unit, cache, policy, signals } = *self;
        let (vfs, root) = cache.as_parts();
        let is_new_unit = root::refuse_stranger_in(vfs, root, unit, &args.trust)?;
        for other in &options.fallbacks {
            root::refuse_stranger_in(vfs, root, other, &args.trust)?;
        }
        let progress = self.progress();
        let (session, begin_time) = timed(|| self.begin(options));
        // Before CMD has the terminal.
        drop(progress);
        let mut session = match (session, signals.seen()) {
            (Ok(session), _) => session,
            (Err(error), Some(signal)) if error.kind() == ErrorKind::Interrupted => {
                return Ok(Ran::without_session(interrupted_before(signal)));
            }
            (Err(error), _) if is_full(error.kind()) => {
                say(chain(&error));
                say(self.shortage(args.seed.into()));
                return Ok(Ran::without_session(OWN_FAILURE));
            }
            (Err(error), _) => return Err(error.into()),
        };
        if let Err(failure) = root::settle_unit(session.unit(), is_new_unit, &args.trust) {
            // Somebody else was faster to make it.
            drop(abandon(session));
            return Err(failure);
        }
        let (begun, asked) = (session.report(), args.seed.into());
        let mut told = Told {
            run: OneRun::new(session.name().to_string(), BeginShown::new(begun, asked)),
            begun: describe_begin(begun),
            ended: String::new(),
            published: None,
            remarks: remarks(begun, asked),
        };
        told.remarks.extend(describe_drawbacks(&session));
        told.took("begin", begin_time);
        // Opened now, so that what is collected is what the session was begun in. Without it nothing is.
        let unit = Unit::open(vfs, root, unit).ok().flatten();
        let status = match signals.seen() {
            Some(signal) => Ok(Ended::NotStarted(signal)),
            None => {
                child::run(&args.command, &mut session, &mut stage, signals).map(Ended::Program)
            }
        };
        stage.end();
        if child::has_survivors()
            && let Err(error) = session.note_survivors()
        {
            told.fail(format!(
                "cannot note that processes of CMD are still running, which may write into the session: {}",
                chain(&error)
            ));
        }
        let progress = self.progress();
        let source = session.source();
        // It has what it started from already.
        let shortage = || self.shortage(SeedMode::None);
        let code = end(args, session, status, signals, &mut told, &shortage);
        let rejected = match (args.start.on_reject, source) {
            // Whoever is told to end may end with any status.
            (Some(status), Some(source)) if code == status && signals.seen().is_none() => {
                let rejected = self.reject(&source);
                told.remarks.push(format!("rejected {}: {rejected}", source.session));
                told.run.rejected = Some(rejected);
                Some(source.session)
            }
            _ => None,
        };
        if let Some(unit) = unit {
            let (collected, collect_time) = timed(|| collect(&unit, policy, Mode::Collect));
            told.took("collect", collect_time);
            match collected {
                Ok(report) => {
                    report.damaged.iter().for_each(|damaged| told.fail(words::damaged(damaged)));
                    let shown = telling::collected(&report);
                    told.remarks.extend(remarks_of_collection(&shown));
                    told.run.collected = Some(shown);
                }
                Err(error) => {
                    let why = format!("nothing collected: {}", chain(&error));
                    told.remarks.push(why.clone());
                    told.run.errors.push(why);
                }
            }
        }
        drop(progress);
        told.run.at = stage.told().map(Into::into);
        told.remarks.extend(stage.told().map(|how| format!("CMD saw its session {how}")));
        told.run.exit_status = code;
        if !args.quiet {
            told.print();
        }
        let published = told.published.filter(|_| code != OWN_FAILURE);
        document.runs.push(told.run);
        Ok(Ran { code, rejected, published })
    }

    /// Fills the next session. The build has ended as it has ended, so what fails is said, and no more.
    fn warm(&self, options: &BeginOptions) -> Option<WarmShown> {
        let (vfs, root) = self.cache.as_parts();
        let progress = self.progress();
        let (warmed, took) = timed(|| warm(vfs, root, self.unit, options));
        drop(progress);
        match warmed {
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            Err(error) => {
                let why = chain(&error);
                say(format_args!("cannot fill the next session: {why}"));
                Some(WarmShown { session: None, why: Some(why), seconds: took.as_secs_f64() })
            }
            Ok(warmed) => Some(WarmShown::new(&warmed, took)),
        }
    }

    /// What is known of a disk that is full.
    fn shortage(&self, seed: SeedMode) -> String {
        shortage(self.cache, self.unit, seed, self.policy)
    }

    /// Begins the session. Where the disk is full, collecting may make room: also by removing what waits, which is of no use to
    /// whoever could not take it over.
    fn begin(&self, options: &BeginOptions) -> Result<Working<CapVfs>, incrdir_session::Error> {
        let (vfs, root) = self.cache.as_parts();
        match begin(vfs, root, self.unit, options) {
            Err(error) if is_full(error.kind()) => {
                let opened = Unit::open(vfs, root, self.unit).ok().flatten();
                let policy = self.policy.keeps_waiting(false);
                match opened.map(|unit| collect(&unit, &policy, Mode::Collect)) {
                    Some(Ok(report)) if report.removed() > 0 => {
                        begin(vfs, root, self.unit, options)
                    }
                    _ => Err(error),
                }
            }
            begun => begun,
        }
    }

    /// Quarantines what CMD started from and found to be bad.
    fn reject(&self, source: &SourceName) -> String {
        let (vfs, root) = self.cache.as_parts();
        let program = self.args.command[0].display();
        let reason = format!("`{program}` rejected it, when it had been started from it");
        let quarantine = reject(vfs, root, source, &reason).unwrap_or_else(Quarantine::Failed);
        words::put_away(&quarantine)
    }
}

fn interrupted_before(signal: i32) -> u8 {
    say(format_args!("interrupted by signal {signal} before CMD was started"));
    by_signal(signal)
}
