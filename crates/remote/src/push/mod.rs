//! P1 to P8: the newest state, into the store.
//!
//! 1. P1: ask what time it is in the store.
//! 2. P2: list the manifests. If the session is there, nothing is left to do. Read the newest ones of the scopes that are read.
//! 3. P3: list what is being deleted, then the objects. What a manifest names, what is there, and what is not being deleted, need not be sent.
//!    Nor need an object of one's own scope that is younger than half of the grace: an earlier push was cut short.
//! 4. P4: send the rest, each object under a name that nobody ever had.
//! 5. P5: ask for the time again. If half of the grace is over, start again from P1.
//! 6. P6: make the manifest, under a name that must be free.
//! 7. P7: see when it was made, by the store's clock. If half of the grace was over, look whether a collection is deleting what it
//!    names, and then whether all of that is there.
//! 8. P8: if not, take the manifest back (M1, M2).
//!
//! A death before P6 leaves objects that nobody names: a later push finds them while they are young, and a collection removes them. A
//! push that needs less than half of the grace has nothing to take back.

mod send;
mod survey;

use std::time::Duration;

use incrdir_naming::SessionName;
use incrdir_session::Snapshot;
use incrdir_vfs::{RelPath, Vfs};

use crate::{Address, Error, Store};

pub(crate) use send::{Outline, send};
pub(crate) use survey::survey;

/// How a session is pushed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PushOptions {
    /// Name and version of the program, for people.
    pub program: String,
    /// How hard to compress: 1 to 19, zstd's levels. Default: 3.
    pub level: i32,
}

impl PushOptions {
    /// The defaults.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), level: 3 }
    }

    /// Sets [`level`](Self::level).
    pub fn level(self, level: i32) -> Self {
        Self { level: level.clamp(1, 19), ..self }
    }
}

// Exhaustive: it was there, or it is now.
/// What came of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The session was there already.
    Before,
    /// It is there now.
    Now(Sent),
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Sent {
    /// Files in the session.
    pub files: u64,
    /// How many of them were in the store already.
    pub known: u64,
    /// Objects that were sent.
    pub objects: u64,
    /// Bytes that were sent, compressed, the manifest included.
    pub bytes: u64,
    /// Bytes that these were before they were compressed.
    pub whole: u64,
}

/// How far a push or a pull has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Bytes of files that were dealt with.
    pub done: u64,
    /// Bytes of files that are to be sent or fetched.
    pub total: u64,
}

/// Sends a published session that is held into the store. `on_move` is told of each object.
///
/// It is idempotent: a push that failed or died is made good by the next one of the same or of a later session, which finds most
/// of what had arrived.
///
/// # Errors
///
/// [`Error::Store`] if the store fails; [`Error::Changed`], [`Error::Unrecorded`], [`Error::Unsendable`] and
/// [`Error::TooManyFiles`] if the session cannot be sent; [`Error::TooSlow`] and [`Error::Overtaken`] as they say; `Interrupted`
/// if [`Vfs::is_stopped`].
pub fn push<V: Vfs, S: Store>(
    snapshot: &Snapshot<V>,
    store: &S,
    address: &Address,
    options: &PushOptions,
    on_move: &mut dyn FnMut(Moved),
) -> Result<Pushed, Error> {
    let session: SessionName = snapshot.name();
    let span = crate::observe::push(&address.unit, session);
    let pushed = survey(snapshot, true).and_then(|(outline, paths)| {
        let mut read =
            |entry: usize, offset: u64, len: usize| read(snapshot, &paths[entry], offset, len);
        send(store, address, session, outline, options, &mut read, on_move)
    });
    crate::observe::ended(&span, &pushed);
    pushed
}

/// Reads a part of a file.
fn read<V: Vfs>(
    snapshot: &Snapshot<V>,
    path: &RelPath,
    offset: u64,
    len: usize,
) -> Result<Vec<u8>, Error> {
    let vfs = snapshot.vfs();
    let failed =
        |error| incrdir_vfs::Error::new("read", snapshot.path().join(path.to_string()), error);
    if vfs.is_stopped() {
        return Err(failed(std::io::ErrorKind::Interrupted.into()).into());
    }
    let file = snapshot.open(path)?;
    let mut bytes = vec![0; len];
    let read = vfs.read(&file, offset, &mut bytes).map_err(failed)?;
    match read == len {
        true => Ok(bytes),
        false => Err(Error::Changed { path: path.clone() }),
    }
}

/// The part of the grace that a push has.
pub(crate) fn share(grace: Duration) -> Duration {
    grace / 2
}
