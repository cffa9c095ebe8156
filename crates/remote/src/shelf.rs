//! The manifests of a unit: which there are, and what they say.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::SystemTime;

use incrdir_naming::{SessionName, UnitName};

use crate::manifest::{Is, MANIFEST_LIMIT, Manifest, Sealed, is_of};
use crate::turns::Turns;
use crate::{
    Address, Error, Hostile, Scope, SealError, Store, StoreError, Stored, Unfit, Verifier, layout,
};

/// How much is told of who pushed a session: it is for people, and somebody else has written it.
const PROGRAM: usize = 80;

/// What a store has of one unit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shelf {
    /// The sessions that it lists, of all scopes, the newest first.
    pub sessions: Vec<Shelved>,
    /// How many objects there are, also those that no session names.
    pub objects: u64,
    /// Their bytes, as they are stored.
    pub bytes: u64,
}

/// A session that a store lists.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shelved {
    /// Its scope.
    pub scope: Scope,
    /// Its name.
    pub session: SessionName,
    /// When it was pushed, by the store's clock.
    pub pushed: SystemTime,
    /// What its manifest says, or why it says nothing. Nobody has been asked whether it may be believed.
    pub says: Result<Said, Unfit>,
}

/// What a manifest says of its session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of the objects that it names, as they are stored. Other sessions may name them too.
    pub stored: u64,
    /// Name and version of the program that pushed it.
    pub program: String,
    /// Whose signatures it has. They were checked.
    pub signers: Vec<Verifier>,
}

/// Lists what a store has of a unit.
///
/// # Errors
///
/// [`Error::Store`]. What is wrong with single sessions is in [`Shelved::says`].
pub fn list<S: Store>(store: &S, unit: &UnitName) -> Result<Shelf, Error> {
    let listed = store.list(&layout::manifests(unit))?.into_iter();
    let parsed = listed.filter_map(|stored| {
        let (scope, session) = layout::parse_manifest(unit, &stored.key)?;
        Some((scope, session, stored))
    });
    let (mut sessions, mut result) = (Vec::new(), Ok(()));
    let turns = Turns::default();
    store.concurrently(
        parsed,
        |store, (scope, session, stored)| {
            let says = said(store, unit, (&scope, session), &stored, &turns);
            Shelved { scope, session, pushed: stored.modified, says }
        },
        |shelved| match shelved {
            Shelved { says: Err(Unfit::Store(error)), .. } => {
                result = Err(error);
                ControlFlow::Break(())
            }
            shelved => {
                sessions.push(shelved);
                ControlFlow::Continue(())
            }
        },
    );
    result?;
    sessions.sort_by(|one, other| (other.session, &other.scope).cmp(&(one.session, &one.scope)));
    let objects = store.list(&layout::objects(unit))?;
    let bytes = objects.iter().fold(0, |sum: u64, stored| sum.saturating_add(stored.len));
    Ok(Shelf { sessions, objects: objects.len() as u64, bytes })
}

/// Reads what is where a manifest should be. `None`: nothing is.
pub(crate) fn read<S: Store>(
    store: &S,
    key: &str,
) -> Result<Option<Result<Sealed, SealError>>, StoreError> {
    match store.get(key, MANIFEST_LIMIT) {
        Err(error) if error.is_of_something_else() => Ok(Some(Err(SealError::NotOne))),
        got => Ok(got?.map(Sealed::open)),
    }
}

fn said<S: Store>(
    store: &S,
    unit: &UnitName,
    (scope, session): (&Scope, SessionName),
    stored: &Stored,
    turns: &Turns,
) -> Result<Said, Unfit> {
    let said = turns.take(
        stored.len,
        || read(store, &stored.key),
        |sealed| {
            let sealed = sealed.map_err(Hostile::from)?;
            let signers = sealed.signers().map_err(Hostile::from)?;
            let manifest = opened(&sealed, unit, scope, session)?;
            let (mut files, mut bytes) = (0, 0_u64);
            for entry in &manifest.entries {
                if let Is::File(file) = &entry.is {
                    files += 1;
                    bytes = bytes.saturating_add(file.len);
                }
            }
            let objects: BTreeSet<_> = manifest.objects.iter().collect();
            let stored = objects.iter().map(|object| u64::from(object.stored)).sum();
            let program = manifest.program.chars().take(PROGRAM).collect();
            Ok(Said { files, bytes, stored, program, signers })
        },
    );
    said?.ok_or(Unfit::Gone)?
}

/// The sessions that the store lists, of all scopes, the newest first.
pub(crate) fn sessions<S: Store>(
    store: &S,
    address: &Address,
) -> Result<Vec<(Scope, SessionName)>, Error> {
    let listed = store.list(&layout::manifests(&address.unit))?.into_iter();
    let mut sessions: Vec<_> =
        listed.filter_map(|stored| layout::parse_manifest(&address.unit, &stored.key)).collect();
    sessions.sort_by(|one, other| (other.1, &other.0).cmp(&(one.1, &one.0)));
    Ok(sessions)
}

/// Reads a manifest that may be believed.
pub(crate) fn fetch<S: Store>(
    store: &S,
    address: &Address,
    scope: &Scope,
    session: SessionName,
) -> Result<Manifest, Unfit> {
    let sealed = sealed(store, &address.unit, scope, session)?;
    address.trusts(scope, &sealed)?;
    opened(&sealed, &address.unit, scope, session)
}

fn sealed<S: Store>(
    store: &S,
    unit: &UnitName,
    scope: &Scope,
    session: SessionName,
) -> Result<Sealed, Unfit> {
    let key = layout::manifest(unit, scope, session);
    Ok(read(store, &key)?.ok_or(Unfit::Gone)?.map_err(Hostile::from)?)
}

fn opened(
    sealed: &Sealed,
    unit: &UnitName,
    scope: &Scope,
    session: SessionName,
) -> Result<Manifest, Unfit> {
    let manifest = sealed.manifest().map_err(Hostile::from)?;
    match is_of(&manifest, unit, scope, session) {
        true => Ok(manifest),
        false => Err(Hostile::Seal(SealError::Elsewhere).into()),
    }
}
