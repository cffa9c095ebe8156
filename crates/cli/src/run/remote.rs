//! `run --pull` and `--push`: the newest session of a store before the program runs, and the new one afterwards.
//!
//! What a store does never fails the build, unless --require-remote asks for that: it is said in a line, and the build goes on.

use std::collections::BTreeSet;

use incrdir_naming::{SessionName, UnitName};
use incrdir_remote::{Error, Objects, PullOptions, Pulled, Pushed};
use incrdir_session::{BeginOptions, Reading, Selection, Unit, Unrecorded, read_session};

use super::document::RunDocument;
use super::setting::Setting;
use super::store_args::StoreArgs;
use super::told::timed;
use crate::args::{Level, RunArgs, Seed};
use crate::config::Config;
use crate::failure::{Failure, chain};
use crate::output::say;
use crate::progress;
use crate::remote::{self, PullShown, PushShown, Whom};
use crate::root;

/// From which store, into which, and whom to trust there.
pub(super) struct Remote {
    pull: Option<String>,
    push: Option<String>,
    whom: Whom,
    is_required: bool,
}

/// What a pull or a push means for the run.
pub(super) enum After {
    GoOn,
    /// This signal came.
    Interrupted(i32),
    /// It failed, and it must not.
    Failed,
}

/// Why nothing could be pulled.
enum Unpulled {
    /// A unit is in the hands of somebody else.
    Stranger(Failure),
    Store(String),
}

impl Remote {
    /// `None`: there is no store. Options that contradict each other are refused.
    pub(super) fn of(args: &RunArgs, config: &Config) -> Result<Option<Self>, Failure> {
        let StoreArgs { pull, push, whom, require_remote } = &args.store;
        let pull = pull.clone().or(config.pull.value());
        let push = push.clone().or(config.push.value());
        let lonely = whom.given().or(require_remote.then_some("--require-remote"));
        let is_unrecorded = args.durability == Level::None;
        let clash = match (&pull, &push, lonely) {
            (None, None, Some(option)) => {
                return Err(format!("{option} is about a store: give --pull or --push too").into());
            }
            (None, None, None) => return Ok(None),
            (_, Some(_), _) if is_unrecorded => {
                "--push sends what is on record, and --durability none records nothing: leave out one of them"
            }
            (Some(_), ..) if is_unrecorded => {
                "--pull puts what it fetches on record, and --durability none records nothing: leave out one of them"
            }
            (Some(_), ..) if args.seed == Seed::None => {
                "--pull fetches what to start from, and --seed none starts from nothing: leave out one of them"
            }
            (_, None, _) if whom.signs() => "--sign-key signs what is pushed: give --push too",
            _ => "",
        };
        if !clash.is_empty() {
            return Err(clash.into());
        }
        let whom = whom.resolve(config, push.is_some())?;
        Ok(Some(Self { pull, push, whom, is_required: *require_remote }))
    }

    pub(super) fn pushes(&self) -> bool {
        self.push.is_some()
    }

    /// Pulls the unit, or else what it falls back to, as `begin` chooses what to start from.
    ///
    /// # Errors
    ///
    /// If a unit is a stranger's; and if nothing could be pulled and something must be.
    pub(super) fn pull(
        &self,
        setting: &Setting<'_>,
        options: &BeginOptions,
        document: &mut RunDocument,
    ) -> Result<After, Failure> {
        let Some(url) = &self.pull else { return Ok(After::GoOn) };
        let (quiet, signals) = (setting.args.quiet, setting.signals);
        let shown = document.pull.insert(PullShown::new(url, setting.unit));
        let failed = match self.pull_units(url, setting, options, shown) {
            Ok(()) => false,
            Err(Unpulled::Stranger(failure)) => return Err(failure),
            Err(Unpulled::Store(why)) => {
                if let Some(signal) = signals.seen() {
                    shown.why = Some(format!("interrupted by signal {signal}"));
                    return Ok(After::Interrupted(signal));
                }
                shown.why = Some(why);
                true
            }
        };
        if !quiet {
            shown.refusals().iter().for_each(say);
            shown.line().iter().for_each(say);
        }
        let Some(why) = shown.why.clone() else { return Ok(After::GoOn) };
        match (failed || !shown.unfit.is_empty(), self.is_required) {
            (true, true) => return Err(format!("nothing pulled: {why}").into()),
            (true, false) => {
                say(format_args!("nothing pulled, and the build goes on without it: {why}"));
            }
            // That what is here is as new is as usual.
            (false, _) if shown.here.is_none() && !quiet => {
                say(format_args!("nothing pulled: {why}"));
            }
            (false, _) => {}
        }
        Ok(After::GoOn)
    }

    fn pull_units(
        &self,
        url: &str,
        setting: &Setting<'_>,
        options: &BeginOptions,
        shown: &mut PullShown,
    ) -> Result<(), Unpulled> {
        let store = remote::open(url, &setting.signals.stop()).map_err(Unpulled::of)?;
        let begin = options.clone().fallbacks(Vec::new()).selection(Selection::default());
        let pull = PullOptions::new(begin.or_cold(true).tells_drawbacks(false));
        for unit in std::iter::once(setting.unit).chain(&options.fallbacks) {
            let pulled = self.pull_unit(&store, setting, unit, &pull, shown)?;
            if pulled.fetched.is_some() || pulled.here.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn pull_unit(
        &self,
        store: &Objects,
        setting: &Setting<'_>,
        unit: &UnitName,
        options: &PullOptions,
        shown: &mut PullShown,
    ) -> Result<Pulled, Unpulled> {
        let (vfs, root) = setting.cache.as_parts();
        let trusted = &setting.args.trust;
        let is_new = root::refuse_stranger_in(vfs, root, unit, trusted);
        let is_new = is_new.map_err(Unpulled::Stranger)?;
        let progress = setting.progress();
        let address = self.whom.address(unit);
        let (pulled, took) = timed(|| {
            incrdir_remote::pull(vfs, root, store, &address, options, &mut |moved| {
                progress::moved("pulling", moved);
            })
        });
        drop(progress);
        if let Some(unit) = Unit::open(vfs, root, unit).ok().flatten() {
            root::settle_unit(&unit, is_new, trusted).map_err(Unpulled::Stranger)?;
        }
        let pulled = pulled.map_err(|error| Unpulled::Store(remote::told(&error)))?;
        shown.add(unit, &pulled, took);
        Ok(pulled)
    }

    /// Pushes a session that was published.
    pub(super) fn push(
        &self,
        setting: &Setting<'_>,
        session: SessionName,
        document: &mut RunDocument,
    ) -> After {
        let Some(url) = &self.push else { return After::GoOn };
        let address = self.whom.address(setting.unit);
        let damaged = document.pull.as_ref().map(|pull| pull.damaged.clone()).unwrap_or_default();
        let shown = document.push.insert(PushShown::new(url, &address.scope, session));
        let progress = setting.progress();
        let (pushed, took) = timed(|| self.push_session(url, setting, session, damaged));
        drop(progress);
        match (pushed, setting.signals.seen()) {
            (Ok(pushed), _) => {
                shown.add(pushed, took);
                if !setting.args.quiet {
                    say(shown.line());
                }
                After::GoOn
            }
            (Err(_), Some(signal)) => {
                let why = format!("interrupted by signal {signal}");
                say(format_args!("{session} is published here, but not pushed: {why}"));
                shown.why = Some(why);
                After::Interrupted(signal)
            }
            (Err(why), None) => {
                say(format_args!("not pushed: {why}"));
                shown.seconds = took.as_secs_f64();
                shown.why = Some(why);
                if self.is_required { After::Failed } else { After::GoOn }
            }
        }
    }

    fn push_session(
        &self,
        url: &str,
        setting: &Setting<'_>,
        session: SessionName,
        damaged: BTreeSet<String>,
    ) -> Result<Pushed, String> {
        let (vfs, root) = setting.cache.as_parts();
        let store = remote::open(url, &setting.signals.stop()).map_err(|error| chain(&*error))?;
        let read = read_session(vfs, root, setting.unit, session, Unrecorded::Refuse);
        let snapshot = match read.map_err(|error| chain(&error))? {
            Reading::Found(snapshot) => snapshot,
            Reading::Nothing(rejected) => {
                let why = rejected.first().map(|rejected| chain(&rejected.why));
                return Err(why.unwrap_or_else(|| "it was collected meanwhile".into()));
            }
        };
        let address = self.whom.address(setting.unit);
        let options = remote::push_options().damaged(damaged);
        let pushed = incrdir_remote::push(&snapshot, &store, &address, &options, &mut |moved| {
            progress::moved("pushing", moved);
        });
        pushed.map_err(|error: Error| remote::told(&error))
    }
}

impl Unpulled {
    fn of(failure: Failure) -> Self {
        Self::Store(chain(&*failure))
    }
}
