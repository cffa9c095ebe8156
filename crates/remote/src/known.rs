//! What need not be sent, because the store has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use incrdir_naming::SessionName;

use crate::collect::note;
use crate::limits::{LOOKED_IN, SMALL};
use crate::manifest::{Digest, File, Is, Manifest, Object, ObjectName, check};
use crate::{Address, Error, Scope, Store, Stored, layout, shelf};

/// An object in the store, without the number that a manifest gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Placed {
    pub(crate) scope: Scope,
    pub(crate) name: ObjectName,
    pub(crate) stored: u32,
    pub(crate) whole: u32,
}

/// What is known to be there, and to stay there for half of the grace.
#[derive(Default)]
pub(crate) struct Known {
    /// Files by their contents, and where these are.
    files: BTreeMap<(Digest, u64), Vec<(Placed, u32)>>,
    /// Objects with nothing else in them, by what is in them.
    objects: BTreeMap<Digest, Placed>,
    /// Objects that nobody names yet, by what is in them: a push was cut short.
    recent: BTreeMap<Digest, (ObjectName, u32)>,
}

impl Known {
    /// Where the content of a file is, if it is known.
    pub(crate) fn file(&self, digest: Digest, len: u64) -> Option<&[(Placed, u32)]> {
        self.files.get(&(digest, len)).map(Vec::as_slice)
    }

    /// An object with exactly this in it.
    pub(crate) fn object(&self, scope: &Scope, digest: Digest, whole: u32) -> Option<Placed> {
        let named = self.objects.get(&digest).filter(|placed| placed.whole == whole).cloned();
        named.or_else(|| {
            let (name, stored) = *self.recent.get(&digest)?;
            Some(Placed { scope: scope.clone(), name, stored, whole })
        })
    }

    /// Looks into the store (P2, P3): into manifests that are listed now, at what is being deleted, and at what is there, in this order.
    /// What is being deleted may be named by a manifest all the same, which its writer is about to take back.
    pub(crate) fn look<S: Store>(
        store: &S,
        address: &Address,
        listed: &[(Scope, SessionName)],
        damaged: &BTreeSet<String>,
        now: SystemTime,
    ) -> Result<Self, Error> {
        let announced = note::announced(store, &address.unit)?;
        let there = there(store, address)?;
        // One of another length is damaged.
        let is_safe = |scope: &Scope, object: &Object| {
            let placed = (scope.clone(), object.name);
            let is_whole = |stored: &Stored| {
                stored.len == u64::from(object.stored) && !damaged.contains(&stored.key)
            };
            there.get(&placed).is_some_and(is_whole) && !announced.contains(&placed)
        };
        let (mut known, mut cut) = (Self::default(), BTreeSet::new());
        for scope in address.scopes() {
            let sessions = listed.iter().filter(|(of, _)| of == scope).map(|(_, session)| *session);
            for session in sessions.take(LOOKED_IN) {
                // What cannot be read or trusted, or contradicts itself, is not relied upon, and that is all.
                if let Ok(manifest) = shelf::fetch(store, address, scope, session)
                    && check(manifest.clone(), &address.unit, scope, session).is_ok()
                {
                    known.add(&manifest, &is_safe);
                    let is_cut = |object: &&Object| {
                        let placed = (address.scope.clone(), object.name);
                        there.get(&placed).is_some_and(|it| it.len != u64::from(object.stored))
                    };
                    cut.extend(manifest.objects.iter().filter(is_cut).map(|object| object.name));
                }
            }
        }
        // Whether anybody names them or not: no collection has noted them for as long as the grace, and none will have before
        // this push must have ended.
        let half: Duration = address.grace / 2;
        for ((scope, name), stored) in &there {
            let is_recent = *scope == address.scope
                && stored.modified.checked_add(half).is_some_and(|end| end > now);
            if let Ok(len) = u32::try_from(stored.len)
                && is_recent
                && len > 0
                && !cut.contains(name)
                && !damaged.contains(&stored.key)
            {
                known.recent.insert(name.digest, (*name, len));
            }
        }
        Ok(known)
    }

    fn add(&mut self, manifest: &Manifest, is_safe: &dyn Fn(&Scope, &Object) -> bool) {
        let scopes: Option<Vec<Scope>> =
            manifest.scopes.iter().map(|scope| scope.parse().ok()).collect();
        let Some(scopes) = scopes else { return };
        let placed = |number: u32| {
            let object = manifest.objects.get(number as usize)?;
            let scope = scopes.get(usize::from(object.scope))?.clone();
            if !is_safe(&scope, object) {
                return None;
            }
            let (name, stored, whole) = (object.name, object.stored, object.whole);
            Some(Placed { scope, name, stored, whole })
        };
        let used = used(manifest);
        for entry in &manifest.entries {
            let Is::File(File { len, digest, parts, .. }) = &entry.is else { continue };
            let is_worth_it = |number: u32| {
                let used = used.get(&number).copied().unwrap_or_default();
                manifest.objects.get(number as usize).is_some_and(|it| 2 * used >= it.whole.into())
            };
            // Of an object that is mostly not needed any more, everybody who pulls would fetch the whole.
            if *len < SMALL && !parts.iter().all(|part| is_worth_it(part.object)) {
                continue;
            }
            let parts: Option<Vec<_>> =
                parts.iter().map(|part| Some((placed(part.object)?, part.offset))).collect();
            let Some(parts) = parts else { continue };
            for (object, _) in parts.iter().filter(|_| *len >= SMALL) {
                self.objects.entry(object.name.digest).or_insert_with(|| object.clone());
            }
            self.files.entry((*digest, *len)).or_insert(parts);
        }
    }
}

/// How many bytes of each object a manifest uses.
fn used(manifest: &Manifest) -> BTreeMap<u32, u64> {
    let mut used = BTreeMap::new();
    for entry in &manifest.entries {
        if let Is::File(File { len, parts, .. }) = &entry.is
            && let [part] = &parts[..]
        {
            *used.entry(part.object).or_default() += *len;
        }
    }
    used
}

/// The objects that the store lists.
fn there<S: Store>(store: &S, address: &Address) -> Result<BTreeMap<note::Placed, Stored>, Error> {
    let listed = store.list(&layout::objects(&address.unit))?.into_iter();
    let parsed = |stored: Stored| Some((layout::parse_object(&address.unit, &stored.key)?, stored));
    Ok(listed.filter_map(parsed).collect())
}
