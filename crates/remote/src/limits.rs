//! How much of anything there may be, in one place.

use std::time::Duration;

/// Files from this length on are in objects of their own; shorter ones share some. In bytes.
pub(crate) const SMALL: u64 = 64 << 10;

/// The most that is in one object, decompressed: larger files have several. It bounds what is in memory.
pub(crate) const OBJECT_BYTES: usize = 4 << 20;

/// How deep directories are nested in a session that can be pulled.
pub(crate) const MAX_DEPTH: usize = 255;

/// How many files, directories and links a session has at most that is pushed and pulled.
pub(crate) const ENTRIES: usize = 1 << 20;

/// The most bytes that their paths have together: a name deep down is in each path below it.
pub(crate) const PATHS_BYTES: usize = 256 << 20;

/// How many scopes a manifest may speak of.
pub(crate) const SCOPES: usize = 1 << 10;

/// The most parts of one file: those that the largest has, and one more.
pub(crate) const PARTS: usize = (SESSION_BYTES / OBJECT_BYTES as u64) as usize + 1;

/// How long the name of a file is at most.
pub(crate) const NAME_BYTES: usize = 255;

/// The most bytes that the files of a session have that is pushed, and pulled unless it is said otherwise.
pub(crate) const SESSION_BYTES: u64 = 64 << 30;

/// How many sessions are tried, the newest first, before nothing is pulled.
pub(crate) const TRIED: usize = 4;

/// In how many of the newest manifests of a scope a push looks for objects that it need not send.
pub(crate) const LOOKED_IN: usize = 3;

/// No note is longer than this, compressed or not.
pub(crate) const NOTE_BYTES: usize = 64 << 20;

/// How often a call of the store is made again whose answer was lost.
pub(crate) const ATTEMPTS: usize = 3;

/// A session that is said to be of later than this from now is not pulled: everything that is begun here would seem older.
pub(crate) const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// How often a push begins again that took too long, and a pull whose sessions were collected.
pub(crate) const ROUNDS: usize = 2;

/// Nothing is deleted from a store before nobody has named it for so long: the grace. A push has half of it. All who use a
/// store must have the same one.
pub const GRACE: Duration = Duration::from_secs(24 * 3600);
