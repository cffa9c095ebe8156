//! C1 to C5, in order: one collection of one unit.

use std::ops::ControlFlow;
use std::time::SystemTime;

use incrdir_naming::{EntryName, SessionName};
use incrdir_record::Record;
use incrdir_session::{Adopted, Census, Error, Unit, adopt};
use incrdir_vfs::{Step, Vfs, Work};

use crate::decide::{Collector, Decision, Free, fate_of, left};
use crate::plan::{Believed, Plan, plan};
use crate::{Collected, Disposal, Fate, Mode, Policy, Why, observe};

/// Collects one unit.
///
/// # Errors
///
/// If the unit cannot be listed. What fails of a single entry is in the report, and the pass goes on.
pub fn collect<V: Vfs>(unit: &Unit<V>, policy: &Policy, mode: Mode) -> Result<Collected, Error> {
    collect_watched(unit, policy, mode, &mut |_| ControlFlow::Continue(()))
}

/// Collects one unit, telling `watch` what happened to each entry as soon as it is known. Breaking stops the
/// collection there, and so does [`Vfs::is_stopped`], within an entry too. That harms nothing: the next one goes on.
///
/// # Errors
///
/// As [`collect`].
pub fn collect_watched<V: Vfs>(
    unit: &Unit<V>,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&Disposal) -> ControlFlow<()>,
) -> Result<Collected, Error> {
    let span = observe::collect(unit.name(), policy, mode);
    let collected = unit.list().map(|catalog| {
        let now = unit.vfs().now();
        let plan = plan(&catalog, now, policy);
        let collector = Collector::new(unit, policy, mode, now, Census::default());
        let collected = pass(collector, &plan, watch);
        Collected { foreign: catalog.foreign, listing_errors: catalog.errors, ..collected }
    });
    match &collected {
        Ok(collected) => observe::collected(&span, collected),
        Err(error) => observe::not_listed(&span, error),
    }
    collected
}

/// Carries out what was planned for a unit: the second half of [`collect_watched`], for who has listed it and looked at the [`Plan`].
/// `now`: the time that it was planned at. However old the plan is, nothing is deleted but what still is as it says; of what the
/// listing had that is not ours, the answer says nothing.
pub fn carry_out<V: Vfs>(
    unit: &Unit<V>,
    plan: &Plan,
    now: SystemTime,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&Disposal) -> ControlFlow<()>,
) -> Collected {
    let span = observe::collect(unit.name(), policy, mode);
    let collector = Collector::new(unit, policy, mode, now, Census::default());
    let collected = pass(collector, plan, watch);
    observe::collected(&span, &collected);
    collected
}

fn pass<V: Vfs>(
    collector: Collector<'_, V>,
    plan: &Plan,
    watch: &mut dyn FnMut(&Disposal) -> ControlFlow<()>,
) -> Collected {
    let unit = collector.unit;
    let mut decided = 0;
    let mut watch = |disposal: &Disposal| {
        decided += 1;
        unit.vfs().step(Step::new(Work::Collect, decided));
        let flow = watch(disposal);
        if unit.vfs().is_stopped() { ControlFlow::Break(()) } else { flow }
    };
    let mut pass = Pass {
        report: Collected::default(),
        fate_of: &|entry, error| fate_of(unit, entry, error),
        watch: &mut watch,
    };
    let flow = pass.run(&collector, plan);
    (pass.report.damaged, pass.report.gone) = collector.into_parts();
    pass.report.interrupted = flow.is_break();
    pass.report
}

struct Pass<'a> {
    report: Collected,
    /// What a failure means.
    fate_of: &'a dyn Fn(EntryName, Error) -> Fate,
    watch: &'a mut dyn FnMut(&Disposal) -> ControlFlow<()>,
}

impl Pass<'_> {
    fn note(&mut self, entry: impl Into<EntryName>, decided: Decision) -> ControlFlow<()> {
        let entry = entry.into();
        let (fate, bytes) = decided.unwrap_or_else(|error| ((self.fate_of)(entry, error), 0));
        let disposal = Disposal { entry, fate, bytes };
        observe::disposal(&disposal);
        let flow = (self.watch)(&disposal);
        self.report.disposals.push(disposal);
        flow
    }

    fn run<V: Vfs>(&mut self, collector: &Collector<'_, V>, plan: &Plan) -> ControlFlow<()> {
        for tombstone in &plan.tombstones {
            self.note(*tombstone, collector.bury(*tombstone, Why::Condemned))?;
        }
        if plan.incomplete {
            let kept = plan.quarantined.iter().map(|key| EntryName::Quarantined(*key));
            for entry in
                kept.chain(plan.quarantine_locks.iter().map(|key| EntryName::QuarantineLock(*key)))
            {
                self.note(entry, Ok((Fate::Kept(Why::Quarantined), 0)))?;
            }
        } else {
            self.quarantined(collector, plan)?;
        }
        for session in &plan.keep {
            self.note(*session, Ok((Fate::Kept(Why::Newest), 0)))?;
        }
        if plan.incomplete {
            return self.leave_all(plan);
        }
        let newest = plan.keep.first().copied();
        // Of several that wait, the newest stays.
        for believed in plan.working.iter().rev() {
            self.note(believed.key.working(), collector.working(*believed, newest))?;
        }
        for believed in &plan.lockless {
            self.note(believed.key.working(), collector.lockless(*believed))?;
        }
        self.births(collector, &plan.births)?;
        self.orphans(collector, &plan.orphans)?;
        self.published(collector, plan)?;
        // Last: what is left of sessions that are gone is gone, too.
        for pin in &plan.pins {
            self.note(*pin, collector.pin(*pin))?;
        }
        ControlFlow::Continue(())
    }

    fn quarantined<V: Vfs>(
        &mut self,
        collector: &Collector<'_, V>,
        plan: &Plan,
    ) -> ControlFlow<()> {
        for key in &plan.quarantined {
            self.note(EntryName::Quarantined(*key), collector.quarantined(*key))?;
        }
        for key in &plan.quarantine_locks {
            self.note(EntryName::QuarantineLock(*key), collector.quarantine_lock(*key))?;
        }
        ControlFlow::Continue(())
    }

    /// C1: what a torn or failing listing does not show may be there all the same.
    fn leave_all(&mut self, plan: &Plan) -> ControlFlow<()> {
        let working = plan.working.iter().chain(&plan.lockless).map(|b| b.key.working().into());
        let obsolete = plan.obsolete.iter().map(|session| (*session).into());
        let orphans = plan.orphans.iter().map(|b| EntryName::Lock(b.key));
        let births = plan.births.iter().map(|b| EntryName::Birth(b.key));
        for entry in working.chain(obsolete).chain(orphans).chain(births).chain(plan.pins.clone()) {
            self.note(entry, Ok(left(Why::IncompleteListing)))?;
        }
        ControlFlow::Continue(())
    }

    fn births<V: Vfs>(
        &mut self,
        collector: &Collector<'_, V>,
        births: &[Believed],
    ) -> ControlFlow<()> {
        for believed in births {
            let name = EntryName::Birth(believed.key);
            let step = match collector.is_free(*believed, name) {
                Ok(Free::Yes { len }) => collector.lock_file(name, len, Why::Stillborn),
                Ok(Free::No(why)) => Ok(left(why)),
                Err(error) => Err(error),
            };
            self.note(name, step)?;
        }
        ControlFlow::Continue(())
    }

    /// C4 for lock files without a session. They are all seen free first; the one listing that follows can
    /// be relied on for each of them, because a session whose lock is free has lost its writer, and from
    /// then on its names are only ever removed; or its lock file is still empty, and a writer that comes to it writes into
    /// it before anything else. One listing for all keeps a pass linear.
    fn orphans<V: Vfs>(
        &mut self,
        collector: &Collector<'_, V>,
        orphans: &[Believed],
    ) -> ControlFlow<()> {
        let mut free = Vec::new();
        for believed in orphans {
            let name = EntryName::Lock(believed.key);
            match collector.is_free(*believed, name) {
                Ok(Free::Yes { len }) => free.push((believed.key, len)),
                Ok(Free::No(why)) => self.note(name, Ok(left(why)))?,
                Err(error) => self.note(name, Err(error))?,
            }
        }
        if free.is_empty() {
            return ControlFlow::Continue(());
        }
        let again = collector.unit.list();
        for (key, len) in free {
            let name = EntryName::Lock(key);
            let step = match &again {
                Err(_) => Ok(left(Why::IncompleteListing)),
                Ok(catalog) if !catalog.errors.is_empty() => Ok(left(Why::IncompleteListing)),
                Ok(catalog) => match catalog.sessions.get(&key) {
                    Some(found) if !found.working && found.published.is_empty() => {
                        collector.lock_file(name, len, Why::NoSession)
                    }
                    _ => Ok(left(Why::Changed)),
                },
            };
            self.note(name, step)?;
        }
        ControlFlow::Continue(())
    }

    fn published<V: Vfs>(&mut self, collector: &Collector<'_, V>, plan: &Plan) -> ControlFlow<()> {
        if collector.mode == Mode::Collect {
            for session in &plan.adopt {
                match adopt(collector.unit, *session) {
                    Ok(Adopted::Done | Adopted::Gone) => {}
                    Err(error) => self.note(*session, Err(error))?,
                }
            }
        }
        if plan.obsolete.is_empty() {
            return ControlFlow::Continue(());
        }
        if collector.mode == Mode::DryRun {
            let newest = collector.newest_record(plan).unwrap_or_default();
            let obsolete = self.all_but_the_last_warm(collector, plan, &newest)?;
            return obsolete.iter().try_for_each(|session| {
                self.note(*session, collector.would_be_obsolete(*session))
            });
        }
        let Some((guard, stays)) = collector.guard(&plan.keep) else {
            return plan
                .obsolete
                .iter()
                .try_for_each(|session| self.note(*session, Ok(left(Why::NoGuard))));
        };
        let flow = self.obsolete(collector, &stays, plan);
        let _ = guard.release();
        flow
    }

    /// Notes the session that stays because the newer ones come from a cold start, and returns the others.
    fn all_but_the_last_warm<V: Vfs>(
        &mut self,
        collector: &Collector<'_, V>,
        plan: &Plan,
        newest: &Record,
    ) -> ControlFlow<(), Vec<SessionName>> {
        let warm = collector.is_cold(newest).then(|| collector.last_warm(plan)).flatten();
        if let Some(warm) = warm {
            self.note(warm, Ok((Fate::Kept(Why::LastWarm), 0)))?;
        }
        let others = plan.obsolete.iter().filter(|session| Some(**session) != warm);
        ControlFlow::Continue(others.copied().collect())
    }

    /// Makes durable what stays, if that was promised, and deletes the others.
    fn obsolete<V: Vfs>(
        &mut self,
        collector: &Collector<'_, V>,
        stays: &Record,
        plan: &Plan,
    ) -> ControlFlow<()> {
        let sessions = self.all_but_the_last_warm(collector, plan, stays)?;
        if let Err(error) = collector.sync_for(stays) {
            // The reason is told once.
            let mut error = Some(error);
            return sessions.iter().try_for_each(|session| {
                self.note(*session, error.take().map_or(Ok(left(Why::Unsynced)), Err))
            });
        }
        sessions.iter().try_for_each(|session| self.note(*session, collector.obsolete(*session)))
    }
}
