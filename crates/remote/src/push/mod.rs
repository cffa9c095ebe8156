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

mod content;
mod outline;
mod send;
mod survey;
mod told;

use incrdir_naming::SessionName;
use incrdir_session::Snapshot;
use incrdir_vfs::Vfs;

use crate::{Address, Error, Store};

use content::read;
#[cfg(feature = "unstable-explore")]
pub(crate) use outline::Outline;
pub(crate) use send::send;
pub(crate) use survey::survey;
pub use told::{Moved, PushOptions, Pushed, Sent};

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
