//! R1 to R6: the newest state, out of the store.
//!
//! 1. R1: see which session is the newest here, and list the manifests of the scopes that are read.
//! 2. R2: take the newest manifest whose session is newer than that one, and was not quarantined here. See that it may be believed, and check all that it says
//!    before anything is done.
//! 3. R3: begin a session, as old as the one in the store: whatever is begun here from now on is newer.
//! 4. R4: keep what is the same, copy what is here under another name, and fetch the rest; see that each object and each file has the
//!    digest that it should.
//! 5. R5: publish it, with the hash of the one in the store.
//! 6. R6: if anything is missing or wrong, abandon it and go on with the next older manifest; after the last one, nothing is pulled.
//!
//! A death leaves what the death of any session leaves.

mod fetch;
mod fill;
mod here;

use incrdir_naming::{EntryName, SessionName, State};
use incrdir_session::{BeginOptions, Reading, SeedMode, Unit, begin, publish, read};
use incrdir_vfs::Vfs;

use crate::limits::{AHEAD, ROUNDS, SESSION_BYTES, TRIED};
use crate::manifest::{Checked, check};
use crate::push::Moved;
use crate::{Address, Error, Hostile, Scope, Store, Unfit, observe, shelf};
#[cfg(feature = "unstable-explore")]
pub(crate) use fetch::content;
use here::Here;

/// How a session is pulled.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PullOptions {
    /// How the session here is begun. Digests are recorded in any case.
    pub begin: BeginOptions,
    /// Sessions with more bytes than this are not pulled. Default: 64 GiB.
    pub max_bytes: u64,
}

impl PullOptions {
    /// The defaults, and how the session is begun.
    pub fn new(begin: BeginOptions) -> Self {
        Self { begin, max_bytes: SESSION_BYTES }
    }

    /// Sets [`max_bytes`](Self::max_bytes).
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }
}

/// What came of a pull.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pulled {
    /// What was pulled. `None`: nothing in the store is newer than what is here, or can be used.
    pub fetched: Option<Fetched>,
    /// Sessions in the store that were not taken, the newest first.
    pub unfit: Vec<(Scope, SessionName, Unfit)>,
    /// The newest session that was here before.
    pub here: Option<SessionName>,
}

/// A session that was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Its name here.
    pub session: SessionName,
    /// Its name in the store.
    pub remote: SessionName,
    /// The scope that it is from.
    pub scope: Scope,
    /// Files in it.
    pub files: u64,
    /// How many of them were here already.
    pub known: u64,
    /// Objects that were fetched.
    pub objects: u64,
    /// Bytes that were fetched, compressed, without the manifest.
    pub bytes: u64,
}

/// Pulls the newest session of a unit that the store has, unless what is here is as new. `on_move` is told of each object.
///
/// # Errors
///
/// [`Error::Store`] if the store fails before anything of it was taken, and while it is: nothing is published then. [`Error::Session`] if the unit
/// cannot be opened or listed. What is wrong with single sessions in the store is in [`Pulled::unfit`].
pub fn pull<V: Vfs, S: Store>(
    vfs: &V,
    root: &V::Dir,
    store: &S,
    address: &Address,
    options: &PullOptions,
    on_move: &mut dyn FnMut(Moved),
) -> Result<Pulled, Error> {
    let span = observe::pull(&address.unit);
    let pulled = newest(vfs, root, store, address, options, on_move);
    observe::ended(&span, &pulled);
    pulled
}

fn newest<V: Vfs, S: Store>(
    vfs: &V,
    root: &V::Dir,
    store: &S,
    address: &Address,
    options: &PullOptions,
    on_move: &mut dyn FnMut(Moved),
) -> Result<Pulled, Error> {
    let (mut here, mut put_away) = (None, Vec::new());
    if let Some(unit) = Unit::open(vfs, root, &address.unit)? {
        let catalog = unit.list()?;
        here = catalog.published().next();
        put_away.extend(catalog.quarantined.iter().filter_map(|entry| match entry {
            EntryName::Quarantined(key) => Some(key.timestamp()),
            _ => None,
        }));
    }
    let is_newer = |session: &SessionName| {
        here.is_none_or(|here| session.key.timestamp() > here.key.timestamp())
    };
    let ahead = vfs.now() + AHEAD;
    let mut pulled = Pulled { fetched: None, unfit: Vec::new(), here };
    let mut take = |scope: &Scope, session: SessionName| {
        if session.key.timestamp().to_system_time() > ahead {
            return Err(Unfit::Ahead);
        }
        // It has the time of the one in the store, whichever of the two was made first.
        if put_away.contains(&session.key.timestamp()) {
            return Err(Unfit::PutAway);
        }
        one(vfs, root, store, address, options, (scope, session), on_move)
    };
    pulled.fetched = first(store, address, &is_newer, &mut take, &mut pulled.unfit)?;
    Ok(pulled)
}

/// Takes the newest session that can be taken. What is collected meanwhile makes room for what is newer: then the store is listed
/// again.
pub(crate) fn first<S: Store, T>(
    store: &S,
    address: &Address,
    is_newer: &dyn Fn(&SessionName) -> bool,
    take: &mut dyn FnMut(&Scope, SessionName) -> Result<T, Unfit>,
    unfit: &mut Vec<(Scope, SessionName, Unfit)>,
) -> Result<Option<T>, Error> {
    for _ in 0..ROUNDS {
        let listed = shelf::sessions(store, address)?.into_iter();
        let candidates = listed.filter(|(scope, session)| {
            address.scopes().any(|read| read == scope) && is_newer(session)
        });
        unfit.clear();
        for (scope, session) in candidates.take(TRIED) {
            match take(&scope, session) {
                Ok(taken) => return Ok(Some(taken)),
                Err(Unfit::Store(error)) => return Err(error.into()),
                Err(Unfit::Here(error)) => return Err(*error),
                Err(why) => {
                    observe::unfit(&scope, session, &why);
                    unfit.push((scope, session, why));
                }
            }
        }
        if !unfit.iter().any(|(.., why)| matches!(why, Unfit::Gone | Unfit::Missing(_))) {
            break;
        }
    }
    Ok(None)
}

/// R2, for those who want to know what a session in the store consists of.
pub(crate) fn believed<S: Store>(
    store: &S,
    address: &Address,
    (scope, session): (&Scope, SessionName),
    limit: u64,
) -> Result<Checked, Unfit> {
    let manifest = shelf::fetch(store, address, scope, session)?;
    let checked = check(manifest, &address.unit, scope, session)?;
    match checked.bytes {
        bytes if bytes > limit => Err(Hostile::TooLarge { bytes, limit }.into()),
        _ => Ok(checked),
    }
}

fn one<V: Vfs, S: Store>(
    vfs: &V,
    root: &V::Dir,
    store: &S,
    address: &Address,
    options: &PullOptions,
    (scope, remote): (&Scope, SessionName),
    on_move: &mut dyn FnMut(Moved),
) -> Result<Fetched, Unfit> {
    let checked = believed(store, address, (scope, remote), options.max_bytes)?;
    let State::Published(hash) = remote.state else { return Err(Unfit::Gone) };
    let ours = |error: Error| Unfit::Here(Box::new(error));
    let local = |error: incrdir_session::Error| ours(error.into());
    let reading = read(vfs, root, &address.unit, options.begin.unrecorded).map_err(local)?;
    let snapshot = match reading {
        Reading::Found(snapshot) if options.begin.seed != SeedMode::None => Some(snapshot),
        _ => None,
    };
    let begin_options = options.begin.clone().begun(remote.key.timestamp()).digests(true);
    let working = begin(vfs, root, &address.unit, &begin_options).map_err(local)?;
    let here = Here::of(snapshot.as_ref(), &working).map_err(ours)?;
    let (files, known, jobs) = fill::prepare(&working, &here, &checked)?;
    let (objects, bytes) = fetch::fetch(&working, store, address, &checked, jobs, on_move)?;
    fill::finish(&working, &checked)?;
    // Nothing holds what it was made from any longer than it must.
    drop(snapshot);
    let published = publish(working, hash).map_err(|error| {
        let (_, source) = error.into_parts();
        local(source)
    })?;
    Ok(Fetched {
        session: published.name,
        remote,
        scope: scope.clone(),
        files,
        known,
        objects,
        bytes,
    })
}
