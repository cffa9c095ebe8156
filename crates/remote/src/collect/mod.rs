//! D1 to D9: what nobody needs any more, out of the store.
//!
//! 1. D1: ask what time it is in the store.
//! 2. D2: list and read the notes of earlier collections.
//! 3. D3: list and read all manifests, of all scopes. If one that is kept cannot be read, or any is a newer program's, delete nothing: what it names is
//!    not known.
//! 4. D4: list the objects: after the manifests, so that what these name is there.
//! 5. D5: remove the manifests that are beyond what is kept (M1, M2), and those that are older than the grace and name what is not
//!    there, or of another length.
//! 6. D6: write down the objects that no manifest names and no note has.
//! 7. D7: of what notes have that are as old as the grace, announce what nobody names now.
//! 8. D8: list and read the manifests again, and see that those notes are still there. What a manifest names now stays. If half of the
//!    grace is over since D1, stop.
//! 9. D9: delete the objects, those notes and the announcement.
//!
//! To remove a manifest:
//!
//! 1. M1: remove the notes that have an object which it names; all of them, if it cannot be read.
//! 2. M2: remove the manifest.
//!
//! Any number of collections may do so at the same time, and die anywhere. Why that is safe: `docs/remote.md` of the repository.

pub(crate) mod note;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use incrdir_naming::{SessionName, UnitName};

use crate::limits::NOTE_BYTES;
use crate::manifest::{MANIFEST_LIMIT, Manifest, SealError};
use crate::settle::{remove, time};
use crate::turns::Turns;
use crate::{Error, GRACE, Scope, Store, StoreError, Stored, layout, shelf};
use note::Placed;

/// What a collection of a store keeps.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StorePolicy {
    /// How many of the newest sessions of each scope are kept. Default: 3.
    pub keep: NonZeroUsize,
    /// Sessions that were pushed longer ago are not kept, the newest neither. Default: none is too old.
    pub max_age: Option<Duration>,
    /// The grace of the store: see [`GRACE`], its default. All who push there must have the same.
    pub grace: Duration,
    /// The most that may be deleted or given up, in per cent of what is stored. Default: 50.
    pub max_percent: u8,
    /// Whether to say only what would be done. Default: no.
    pub is_dry_run: bool,
}

impl Default for StorePolicy {
    fn default() -> Self {
        let keep = NonZeroUsize::MIN.saturating_add(2);
        Self { keep, max_age: None, grace: GRACE, max_percent: 50, is_dry_run: false }
    }
}

impl StorePolicy {
    /// Sets [`keep`](Self::keep).
    pub fn keep(self, keep: NonZeroUsize) -> Self {
        Self { keep, ..self }
    }

    /// Sets [`max_age`](Self::max_age).
    pub fn max_age(self, max_age: Option<Duration>) -> Self {
        Self { max_age, ..self }
    }

    /// Sets [`grace`](Self::grace).
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Sets [`max_percent`](Self::max_percent).
    pub fn max_percent(self, max_percent: u8) -> Self {
        Self { max_percent, ..self }
    }

    /// Sets [`is_dry_run`](Self::is_dry_run).
    pub fn dry_run(self, is_dry_run: bool) -> Self {
        Self { is_dry_run, ..self }
    }
}

/// What a collection of a store did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Sessions that stay.
    pub kept: Vec<(Scope, SessionName)>,
    /// Sessions that were removed because they are not kept any more. Their objects go after the grace.
    pub expired: Vec<(Scope, SessionName)>,
    /// Sessions that name objects which are not there, or of another length. They are removed when they are older than the grace.
    pub broken: Vec<(Scope, SessionName)>,
    /// Objects that were deleted.
    pub deleted: u64,
    /// Their bytes.
    pub deleted_bytes: u64,
    /// Objects that nobody names and that wait until the grace is over.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Bytes of all objects that there were.
    pub stored_bytes: u64,
}

/// What a manifest names, with the length of each object as it is stored, or why that cannot be told.
type Says = Result<BTreeMap<Placed, u64>, SealError>;

/// A manifest as far as collections need it.
struct Named {
    scope: Scope,
    session: SessionName,
    key: String,
    modified: SystemTime,
    says: Says,
}

impl Named {
    /// What it names, as far as that can be told.
    fn objects(&self) -> impl Iterator<Item = &Placed> {
        self.says.iter().flat_map(BTreeMap::keys)
    }

    fn may_name(&self, object: &Placed) -> bool {
        self.says.as_ref().map_or(true, |objects| objects.contains_key(object))
    }

    /// Whether it names what is not there, or what is damaged, because it has another length.
    fn is_broken(&self, there: &BTreeMap<Placed, u64>) -> bool {
        self.says.iter().flatten().any(|(object, len)| there.get(object) != Some(len))
    }

    fn read(&self) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { key: self.key.clone(), source };
        self.says.as_ref().map(drop).map_err(|source| unreadable(source.clone()))
    }
}

/// Removes from one unit of a store what nobody needs any more.
///
/// # Errors
///
/// [`Error::Store`] if the store fails; [`Error::Unreadable`] and [`Error::TooMuch`] if nothing may be deleted. What was done until
/// then is done, and harms nobody.
pub fn collect<S: Store>(store: &S, unit: &UnitName, policy: &StorePolicy) -> Result<Swept, Error> {
    let span = crate::observe::collect(unit);
    let swept = Collection { store, unit, policy }.run();
    crate::observe::ended(&span, &swept);
    swept
}

/// The units of which there are sessions or leftovers in a store, as far as their names can be read.
///
/// # Errors
///
/// [`Error::Store`].
pub fn units<S: Store>(store: &S) -> Result<Vec<UnitName>, Error> {
    let listed = store.list(layout::TOP)?;
    let units: BTreeSet<UnitName> =
        listed.iter().filter_map(|stored| layout::parse_unit(&stored.key)).collect();
    Ok(units.into_iter().collect())
}

struct Collection<'a, S> {
    store: &'a S,
    unit: &'a UnitName,
    policy: &'a StorePolicy,
}

/// A note of an earlier collection.
struct Note {
    key: String,
    is_ripe: bool,
    names: BTreeSet<Placed>,
}

impl<S: Store> Collection<'_, S> {
    fn run(&self) -> Result<Swept, Error> {
        let Self { store, unit, policy } = *self;
        // It has no scope, so no scope's clock.
        let clock: Scope = "collections".parse().expect("BUG: a good scope");
        let begun = match time(store, unit, &clock) {
            // Who may only read looks as of the last time that anybody wrote.
            Err(Error::Store(_)) if policy.is_dry_run => self.last_written()?,
            begun => begun?,
        };
        let notes = self.notes(begun)?;
        let mut known = BTreeMap::new();
        let manifests = self.manifests(&mut known)?;
        let there = self.objects()?;
        let sizes = |names: &BTreeSet<Placed>| sum(names.iter().filter_map(|name| there.get(name)));
        let (kept, expired) = self.divide(manifests, begun);
        kept.iter().try_for_each(Named::read)?;
        let is_newer = |it: &&Named| matches!(it.says, Err(SealError::Newer(_)));
        expired.iter().filter(is_newer).try_for_each(Named::read)?;
        let (stale, kept): (Vec<Named>, Vec<Named>) = kept
            .into_iter()
            .partition(|it| it.is_broken(&there) && is_past(it.modified, policy.grace, begun));
        let named: BTreeSet<&Placed> = kept.iter().flat_map(Named::objects).collect();
        let unnamed: BTreeSet<Placed> =
            there.keys().filter(|name| !named.contains(name)).cloned().collect();
        // Those that M1 removes are not believed any more.
        let given_up: BTreeSet<&Placed> =
            expired.iter().chain(&stale).flat_map(Named::objects).collect();
        let is_told = expired.iter().all(|it| it.says.is_ok());
        let believed =
            |note: &&Note| is_told && !note.names.iter().any(|name| given_up.contains(name));
        let ripe: BTreeSet<Placed> = notes
            .iter()
            .filter(|note| note.is_ripe)
            .filter(believed)
            .flat_map(|note| note.names.intersection(&unnamed))
            .cloned()
            .collect();
        let noted: BTreeSet<&Placed> = notes.iter().flat_map(|note| &note.names).collect();
        let unnoted: BTreeSet<Placed> =
            unnamed.iter().filter(|name| !noted.contains(name)).cloned().collect();
        let id = |it: &Named| (it.scope.clone(), it.session);
        let stored_bytes = sum(there.values());
        let mut swept = Swept {
            kept: kept.iter().map(id).collect(),
            expired: expired.iter().map(id).collect(),
            broken: stale
                .iter()
                .chain(kept.iter().filter(|it| it.is_broken(&there)))
                .map(id)
                .collect(),
            stored_bytes,
            ..Swept::default()
        };
        // What is given up now, and what was given up before.
        let lost: BTreeSet<Placed> = given_up
            .into_iter()
            .filter(|name| unnamed.contains(name))
            .chain(&ripe)
            .cloned()
            .collect();
        let percent = (u128::from(sizes(&lost)) * 100).div_ceil(u128::from(stored_bytes).max(1));
        let percent = u64::try_from(percent).unwrap_or(u64::MAX);
        let allowed = policy.max_percent;
        if percent > u64::from(allowed) {
            return Err(Error::TooMuch { percent, allowed });
        }
        if policy.is_dry_run {
            (swept.deleted, swept.deleted_bytes) = (ripe.len() as u64, sizes(&ripe));
        } else {
            for it in expired.iter().chain(&stale) {
                note::unlist(store, unit, &it.key, &|object| it.may_name(object))?;
                // Somebody may push that session again, and name other objects.
                known.remove(&it.key);
            }
            if !unnoted.is_empty() {
                note::write(store, &layout::note(unit, store.random()), &unnoted)?;
            }
            let deleted = self.delete(&notes, ripe, &mut known, begun, &clock)?;
            (swept.deleted, swept.deleted_bytes) = (deleted.len() as u64, sizes(&deleted));
        }
        let waiting = sizes(&unnamed).saturating_sub(swept.deleted_bytes);
        swept.waiting = (unnamed.len() as u64).saturating_sub(swept.deleted);
        swept.waiting_bytes = waiting;
        Ok(swept)
    }

    /// When anything of the unit was written last, by the store's clock.
    fn last_written(&self) -> Result<SystemTime, Error> {
        let mut last = SystemTime::UNIX_EPOCH;
        for prefix in [layout::manifests(self.unit), layout::objects(self.unit)] {
            for stored in self.store.list(&prefix)? {
                last = last.max(stored.modified);
            }
        }
        Ok(last)
    }

    /// D2. Announcements of collections that died long ago go, unless nothing is to be done.
    fn notes(&self, begun: SystemTime) -> Result<Vec<Note>, Error> {
        let Self { store, unit, policy } = *self;
        let is_old = |modified: SystemTime| is_past(modified, policy.grace, begun);
        if !policy.is_dry_run {
            for stored in store.list(&layout::announcements(unit))? {
                if is_old(stored.modified) {
                    remove(store, &stored.key)?;
                }
            }
        }
        let mut notes = Vec::new();
        for stored in store.list(&layout::notes(unit))? {
            // One that cannot be read says nothing, and is removed by whoever removes a manifest.
            if let Some(names) = note::read(store, &stored.key)? {
                let is_ripe = is_old(stored.modified);
                notes.push(Note { key: stored.key, is_ripe, names });
            }
        }
        Ok(notes)
    }

    /// D3, and D8 again: what manifests name that are listed now. `known` has what was read before.
    fn manifests(&self, known: &mut BTreeMap<String, Says>) -> Result<Vec<Named>, Error> {
        let Self { store, unit, .. } = *self;
        let listed: Vec<_> = store
            .list(&layout::manifests(unit))?
            .into_iter()
            .filter_map(|stored| Some((layout::parse_manifest(unit, &stored.key)?, stored)))
            .collect();
        let unread: Vec<Stored> = listed
            .iter()
            .map(|(_, stored)| stored.clone())
            .filter(|stored| !known.contains_key(&stored.key))
            .collect();
        let mut result = Ok(());
        let turns = Turns::default();
        store.concurrently(
            unread.into_iter(),
            |store, stored| (named_by(store, &stored, &turns), stored.key),
            |(says, key)| match says {
                Ok(says) => {
                    known.extend(says.map(|says| (key, says)));
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    result = Err(error);
                    ControlFlow::Break(())
                }
            },
        );
        result?;
        // Those that are gone meanwhile name nothing.
        let named = listed.into_iter().filter_map(|((scope, session), stored)| {
            let says = known.get(&stored.key)?.clone();
            Some(Named { scope, session, modified: stored.modified, key: stored.key, says })
        });
        Ok(named.collect())
    }

    /// D4: the objects that there are, and their lengths.
    fn objects(&self) -> Result<BTreeMap<Placed, u64>, Error> {
        let listed = self.store.list(&layout::objects(self.unit))?.into_iter();
        let parsed = listed
            .filter_map(|stored| Some((layout::parse_object(self.unit, &stored.key)?, stored.len)));
        Ok(parsed.collect())
    }

    /// Which sessions are kept, and which are not.
    fn divide(&self, manifests: Vec<Named>, begun: SystemTime) -> (Vec<Named>, Vec<Named>) {
        let mut scopes = BTreeMap::<Scope, Vec<Named>>::new();
        for it in manifests {
            scopes.entry(it.scope.clone()).or_default().push(it);
        }
        let (mut kept, mut expired) = (Vec::new(), Vec::new());
        for mut sessions in scopes.into_values() {
            sessions.sort_by_key(|it| std::cmp::Reverse(it.session));
            for (at, it) in sessions.into_iter().enumerate() {
                let is_too_old = self
                    .policy
                    .max_age
                    .is_some_and(|age| it.modified.checked_add(age).is_some_and(|end| end < begun));
                let stays = at < self.policy.keep.get() && !is_too_old;
                if stays { kept.push(it) } else { expired.push(it) }
            }
        }
        (kept, expired)
    }

    /// D7 to D9.
    fn delete(
        &self,
        notes: &[Note],
        mut ripe: BTreeSet<Placed>,
        known: &mut BTreeMap<String, Says>,
        begun: SystemTime,
        clock: &Scope,
    ) -> Result<BTreeSet<Placed>, Error> {
        let Self { store, unit, policy } = *self;
        let mut done: Vec<&Note> = notes.iter().filter(|note| note.is_ripe).collect();
        if done.is_empty() {
            return Ok(BTreeSet::new());
        }
        let announcement = layout::announcement(unit, store.random());
        if !ripe.is_empty() {
            note::write(store, &announcement, &ripe)?;
        }
        let manifests = self.manifests(known)?;
        for it in &manifests {
            it.read()?;
            ripe.retain(|name| !it.may_name(name));
        }
        let listed: BTreeSet<String> =
            store.list(&layout::notes(unit))?.into_iter().map(|stored| stored.key).collect();
        done.retain(|note| listed.contains(&note.key));
        ripe.retain(|name| done.iter().any(|note| note.names.contains(name)));
        let is_late = is_past(begun, policy.grace / 2, time(store, unit, clock)?);
        if is_late {
            ripe.clear();
            done.clear();
        }
        let mut result: Result<(), StoreError> = Ok(());
        let keys = ripe.iter().map(|(scope, name)| layout::object(unit, scope, *name));
        store.concurrently(
            keys,
            |store, key| remove(store, &key),
            |removed| match removed {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    result = Err(error);
                    ControlFlow::Break(())
                }
            },
        );
        result?;
        for note in done {
            remove(store, &note.key)?;
        }
        remove(store, &announcement)?;
        Ok(ripe)
    }
}

/// What a manifest names. `None`: it is gone.
fn named_by<S: Store>(
    store: &S,
    stored: &Stored,
    turns: &Turns,
) -> Result<Option<Says>, StoreError> {
    turns.take(
        stored.len,
        || shelf::read(store, &stored.key),
        |sealed| {
            let manifest = sealed.and_then(|sealed| sealed.manifest());
            manifest.and_then(|manifest| objects(&manifest).ok_or(SealError::Fields))
        },
    )
}

/// `None`: it names what cannot be named.
fn objects(manifest: &Manifest) -> Option<BTreeMap<Placed, u64>> {
    let scopes: Vec<Scope> =
        manifest.scopes.iter().map(|scope| scope.parse().ok()).collect::<Option<_>>()?;
    let placed = |object: &crate::manifest::Object| {
        let scope = scopes.get(usize::from(object.scope))?.clone();
        Some(((scope, object.name), object.stored.into()))
    };
    manifest.objects.iter().map(placed).collect()
}

/// A note is read as a whole.
const _: () = assert!(NOTE_BYTES >= MANIFEST_LIMIT);

/// Whether so much time has passed since then.
fn is_past(then: SystemTime, span: Duration, now: SystemTime) -> bool {
    then.checked_add(span).is_some_and(|end| end <= now)
}

/// Lengths are whatever the store says.
fn sum<'a>(lengths: impl Iterator<Item = &'a u64>) -> u64 {
    lengths.fold(0, |sum, len| sum.saturating_add(*len))
}
