//! How much a record may hold.

/// A lock file longer than this, in bytes, holds no record: 256 MiB, about three million files.
pub const MAX_LEN: u64 = 256 << 20;

/// A head and an origin have their place in the first 8 KiB of a lock file: enough to tell who writes a session, without its
/// list.
pub const READ_LIMIT: usize = 8 << 10;

/// How deep directories may be nested below a session's own. Each level costs its name in memory, and in a path that is
/// handed to a program: Linux takes paths of 4,096 bytes.
pub const MAX_DEPTH: usize = 4096;
