//! Cuts units back to the limits of the policy, the least recently used one first.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::time::SystemTime;

use incrdir_naming::{EntryName, SessionName, UnitName};
use incrdir_session::{Census, Error, Unit, vfs_name};
use incrdir_vfs::{Vfs, failed};

use crate::decide::{Collector, fate_of, left};
use crate::evict::{Survey, Turn, survey};
use crate::operate::{Operated, Pass};
use crate::{Collected, Disposal, Fate, FreeSpace, Mode, Why, is_past, observe};

/// What everything takes.
struct Measured {
    bytes: u64,
    /// The published sessions of each unit of each root.
    sessions: BTreeMap<(usize, UnitName), Vec<SessionName>>,
}

/// A unit that may have to lose something.
#[derive(Clone)]
struct Candidate {
    root: usize,
    name: UnitName,
    last_use: Option<SystemTime>,
}

impl<V: Vfs> Pass<'_, '_, V> {
    pub(crate) fn cut(&mut self) -> ControlFlow<()> {
        let mut candidates = self.candidates();
        candidates.sort_by(|a, b| (a.last_use, &a.name).cmp(&(b.last_use, &b.name)));
        self.too_old(&mut candidates)?;
        self.too_big(&candidates)?;
        self.too_full(&candidates)
    }

    /// The units that were collected, with the time of their last use.
    fn candidates(&mut self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (root, swept) in self.all.roots.iter_mut().enumerate() {
            let Ok(swept) = swept else { continue };
            for (name, report) in &mut swept.units {
                let Ok(report) = report else { continue };
                let opened = Unit::open(self.vfs, self.places[root].root, name);
                let Ok(Some(unit)) = opened else { continue };
                // What cannot be looked at is not decided about.
                let Ok(Survey { last_use, .. }) = survey(&unit, self.now) else { continue };
                report.last_use = last_use;
                candidates.push(Candidate { root, name: name.clone(), last_use });
            }
        }
        candidates
    }

    fn too_old(&mut self, candidates: &mut Vec<Candidate>) -> ControlFlow<()> {
        let Some(age) = self.policy.limits.max_age else { return ControlFlow::Continue(()) };
        let now = self.now;
        let (old, young): (Vec<_>, Vec<_>) = std::mem::take(candidates)
            .into_iter()
            .partition(|candidate| candidate.last_use.is_none_or(|then| is_past(then, now, age)));
        *candidates = young;
        for candidate in &old {
            self.evict(candidate, Why::Unused, &mut |_| true)?;
        }
        ControlFlow::Continue(())
    }

    fn too_big(&mut self, candidates: &[Candidate]) -> ControlFlow<()> {
        let Some(most) = self.policy.limits.max_bytes else { return ControlFlow::Continue(()) };
        let mut measured = self.measure()?;
        let mut total = measured.bytes;
        self.all.bytes = Some(total);
        for (number, candidate) in candidates.iter().enumerate() {
            // Others delete at the same time: another pass, or who publishes. What went by them counts as well.
            if total > most && !self.still_holds(&measured, &candidates[..=number]) {
                measured = self.measure()?;
                total = measured.bytes;
            }
            if total <= most {
                break;
            }
            self.evict(candidate, Why::OverSize, &mut |freed| {
                total = total.saturating_sub(freed);
                total > most
            })?;
        }
        self.all.over_bytes = total.saturating_sub(most);
        ControlFlow::Continue(())
    }

    /// Whether nobody else has deleted what was measured of these units.
    fn still_holds(&self, measured: &Measured, candidates: &[Candidate]) -> bool {
        self.mode == Mode::DryRun
            || candidates.iter().all(|Candidate { root, name, .. }| {
                let sessions = measured.sessions.get(&(*root, name.clone()));
                let Some(sessions) = sessions.filter(|sessions| !sessions.is_empty()) else {
                    return true;
                };
                let report = report_in(&self.all, *root, name);
                let left = report.map(|report| left_of(sessions.clone(), report));
                let left = left.unwrap_or_default();
                if left.is_empty() {
                    return true;
                }
                let unit = Unit::open(self.vfs, self.places[*root].root, name).ok().flatten();
                unit.is_some_and(|unit| {
                    left.iter().all(|it| self.vfs.stat(unit.dir(), &vfs_name(*it)).is_ok())
                })
            })
    }

    /// What deleting all that is not gone, or would not be, would free. What another one is deleting right now counts as gone.
    fn measure(&mut self) -> ControlFlow<(), Measured> {
        let mut census = Census::default();
        let mut sessions = BTreeMap::new();
        let mut gone = 0_u64;
        let mut unknown = Vec::new();
        for (root, (swept, place)) in self.all.roots.iter().zip(self.places).enumerate() {
            let Ok(swept) = swept else { continue };
            let reports = swept.units.iter().filter_map(|(name, report)| {
                report.as_ref().ok().map(|report| (name.clone(), report.bytes()))
            });
            let (names, bytes): (Vec<_>, Vec<_>) = reports.unzip();
            if self.mode == Mode::DryRun {
                gone = bytes.into_iter().fold(gone, u64::saturating_add);
            }
            let mode = self.mode;
            let measured = self.vfs.for_all([place.root], names, |vfs, [root], name| {
                let mut of_unit = Census::default();
                let measured = measure(vfs, root, &name, mode, &mut of_unit);
                (name, of_unit, measured)
            });
            for (name, of_unit, measured) in measured {
                census.add(of_unit);
                match measured {
                    Ok(published) => drop(sessions.insert((root, name), published)),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {
                        return ControlFlow::Break(());
                    }
                    Err(error) => unknown.push(error),
                }
            }
        }
        self.all.unknown.append(&mut unknown);
        let bytes = census.own_bytes().saturating_sub(gone);
        ControlFlow::Continue(Measured { bytes, sessions })
    }

    fn too_full(&mut self, candidates: &[Candidate]) -> ControlFlow<()> {
        let Some(free) = self.policy.limits.free else { return ControlFlow::Continue(()) };
        let mut devices: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (number, place) in self.places.iter().enumerate() {
            match self.vfs.stat_dir(place.root) {
                Ok(stat) => devices.entry(stat.stat.id.device).or_default().push(number),
                Err(error) => self.cannot("look at", number, error),
            }
        }
        for roots in devices.into_values() {
            let Some(&root) = roots.first() else { continue };
            let dir = self.places[root].root;
            let lacking = match self.vfs.space(dir) {
                Ok(space) => free.lacking(space.available_bytes, space.bytes),
                Err(error) => {
                    self.cannot("ask for the free space of", root, error);
                    continue;
                }
            };
            // What is deleted may be free only later, so it counts as soon as it is gone.
            let mut lacking = lacking.saturating_sub(self.would_be_freed(&roots));
            let was_lacking = lacking > 0;
            for candidate in candidates.iter().filter(|candidate| roots.contains(&candidate.root)) {
                // Others delete, too: another pass for example.
                if lacking > 0 && self.mode == Mode::Collect {
                    lacking = lacking.min(self.lacks(root, free));
                }
                if lacking == 0 {
                    break;
                }
                self.evict(candidate, Why::LowSpace, &mut |freed| {
                    lacking = lacking.saturating_sub(freed);
                    lacking > 0
                })?;
            }
            // What was deleted may share its blocks with what is left.
            if was_lacking && lacking == 0 && self.mode == Mode::Collect {
                lacking = self.lacks(root, free);
            }
            self.all.lacking_space = self.all.lacking_space.saturating_add(lacking);
        }
        ControlFlow::Continue(())
    }

    /// How much less is free than is to be made free. What cannot be asked for is as it was.
    fn lacks(&self, root: usize, free: FreeSpace) -> u64 {
        let space = self.vfs.space(self.places[root].root);
        space.map_or(u64::MAX, |space| free.until(space.available_bytes, space.bytes))
    }

    /// In a dry run, what the steps before would have freed.
    fn would_be_freed(&self, roots: &[usize]) -> u64 {
        if self.mode == Mode::Collect {
            return 0;
        }
        let swept = roots.iter().filter_map(|root| self.all.roots[*root].as_ref().ok());
        let reports =
            swept.flat_map(|swept| &swept.units).filter_map(|(_, report)| report.as_ref().ok());
        reports.map(Collected::bytes).fold(0, u64::saturating_add)
    }

    fn cannot(&mut self, what: &'static str, root: usize, error: std::io::Error) {
        let path = self.vfs.path(self.places[root].root);
        self.all.unknown.push(incrdir_vfs::Error::new(what, path, error).into());
    }

    /// V1 to V3 for one unit. `goes_on` is told what each session has freed, and says whether the next one goes too.
    fn evict(
        &mut self,
        candidate: &Candidate,
        why: Why,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> ControlFlow<()> {
        let Candidate { root, name, last_use } = candidate;
        let _span = observe::evict(name, why);
        let Ok(Some(unit)) = Unit::open(self.vfs, self.places[*root].root, name) else {
            return ControlFlow::Continue(());
        };
        let Some(report) = report_of(&mut self.all, *root, name) else {
            return ControlFlow::Continue(());
        };
        let gone = std::mem::take(&mut report.gone);
        let collector = Collector::new(&unit, self.policy, self.mode, self.now, gone);
        let mut flow = ControlFlow::Continue(());
        let look = || survey(&unit, self.now);
        let Ok(seen) = look() else { return ControlFlow::Continue(()) };
        let turn = Turn { last_use: *last_use, why, newest: seen.sessions.last().copied() };
        let first = seen.stays(*last_use);
        for (number, session) in left_of(seen.sessions, report).into_iter().enumerate() {
            let stays = match number {
                0 => Ok(first),
                // Deleting the others took its time.
                _ if turn.newest == Some(session) => look().map(|seen| seen.stays(*last_use)),
                _ => Ok(None),
            };
            let decided = match stays {
                Ok(Some(why)) => Ok(left(why)),
                Ok(None) => collector.evict(session, turn),
                Err(error) => Err(error),
            };
            let is_stopped =
                matches!(&decided, Err(error) if error.kind() == ErrorKind::Interrupted);
            let (fate, bytes) = match decided {
                Err(_) if is_stopped => (Fate::Left(Why::Stopped), 0),
                decided => {
                    decided.unwrap_or_else(|error| (fate_of(&unit, session.into(), error), 0))
                }
            };
            // What is in use keeps the newer ones of its unit. A pin keeps its session alone.
            let goes_on_to_newer = matches!(fate, Fate::Removed(_) | Fate::Kept(Why::Pinned));
            let disposal = Disposal { entry: session.into(), fate, bytes };
            observe::disposal(&disposal);
            flow = (self.watch)(*root, name, &disposal);
            report.settle(disposal);
            if is_stopped || self.vfs.is_stopped() {
                flow = ControlFlow::Break(());
            }
            if flow.is_break() || !goes_on_to_newer || !goes_on(bytes) {
                break;
            }
        }
        report.gone = collector.into_parts().1;
        report.interrupted |= flow.is_break();
        flow
    }
}

/// Measures all sessions of a unit, whatever state they are in, and returns the published ones: one after the other, because most of
/// their files are links of each other and are looked at once.
fn measure<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    mode: Mode,
    census: &mut Census,
) -> Result<Vec<SessionName>, Error> {
    let Some(unit) = Unit::open(vfs, root, name)? else { return Ok(Vec::new()) };
    let catalog = unit.list()?;
    let sessions = catalog.sessions.iter().flat_map(|(key, found)| {
        let working = found.working.then(|| key.working());
        working.into_iter().chain(found.published.iter().map(|hash| key.published(*hash)))
    });
    // Those that nobody deletes right now went before.
    let tombstones = catalog.tombstones.iter().copied().filter(|_| mode == Mode::DryRun);
    let is_session = |entry: &EntryName| matches!(entry, EntryName::Quarantined(_));
    let quarantined = catalog.quarantined.iter().copied().filter(is_session);
    for tree in sessions.map(EntryName::from).chain(tombstones).chain(quarantined) {
        let name = vfs_name(tree);
        let measured = census.measure(vfs, unit.dir(), &name);
        measured.map_err(failed(vfs, "measure", unit.dir(), &name))?;
    }
    Ok(catalog.published().collect())
}

fn report_in<'a>(all: &'a Operated, root: usize, name: &UnitName) -> Option<&'a Collected> {
    let swept = all.roots.get(root)?.as_ref().ok()?;
    swept.units.iter().find(|(unit, _)| unit == name)?.1.as_ref().ok()
}

fn report_of<'a>(all: &'a mut Operated, root: usize, name: &UnitName) -> Option<&'a mut Collected> {
    let swept = all.roots.get_mut(root)?.as_mut().ok()?;
    let found = swept.units.iter_mut().find(|(unit, _)| unit == name)?;
    found.1.as_mut().ok()
}

/// The sessions that the unit may lose: in a dry run, some of those that are there would be gone.
fn left_of(sessions: Vec<SessionName>, report: &Collected) -> Vec<SessionName> {
    let is_gone = |session: &SessionName| {
        report.disposals.iter().any(|disposal| {
            disposal.entry == (*session).into() && matches!(disposal.fate, Fate::Removed(_))
        })
    };
    sessions.into_iter().filter(|session| !is_gone(session)).collect()
}
