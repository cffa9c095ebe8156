//! Whether a directory is in somebody else's hands.
//!
//! A session is written by a program that is given its path. Whoever may rename things in the root or in the unit can put
//! a symbolic link in the session's place, and the program writes where that points, with all of the caller's rights. The
//! handles of this library cannot be led astray like that, so begin does not ask; who hands a path to another program
//! should, before it does.
//!
//! In a directory with the sticky bit, only its owner and the owner of a thing may rename it: that is how a cache is
//! shared (mode 1777).

use std::{fmt, io};

use incrdir_vfs::{Stat, Vfs};

use crate::Error;

/// The user who may do anything anyway.
const SUPERUSER: u32 = 0;

const STICKY: u32 = 0o1000;
const BY_GROUP: u32 = 0o020;
const BY_ALL: u32 = 0o002;

/// Whose hands a directory is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stranger {
    /// This other user owns it, who is not the superuser.
    Owner(u32),
    /// The superuser's, and this group, which is not the superuser's, may rename what is in it.
    Group(u32),
    /// Everybody may rename what is in it.
    Everybody,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(user) => write!(f, "belongs to user {user}"),
            Self::Group(group) => {
                write!(f, "may be written by group {group} and has no sticky bit")
            }
            Self::Everybody => f.write_str("may be written by everybody and has no sticky bit"),
        }
    }
}

/// Says in whose hands an open directory is, if not in the caller's own. `trusted`: other users who may own it.
///
/// A group that a directory of an ordinary user is shared with is that user's choice, and often a group of one. Where
/// there are no users, nobody is a stranger.
///
/// # Errors
///
/// As [`Vfs::stat_dir`].
pub fn stranger<V: Vfs>(vfs: &V, dir: &V::Dir, trusted: &[u32]) -> Result<Option<Stranger>, Error> {
    let seen = vfs
        .stat_dir(dir)
        .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?;
    Ok(stranger_to(vfs, &seen.stat, trusted))
}

/// The same of an open file: who could change what is in it. The sticky bit protects nothing there.
///
/// # Errors
///
/// As [`Vfs::stat_file`].
pub fn stranger_in_file<V: Vfs>(
    vfs: &V,
    file: &V::File,
    trusted: &[u32],
) -> io::Result<Option<Stranger>> {
    let mut stat = vfs.stat_file(file)?;
    stat.mode &= !STICKY;
    Ok(stranger_to(vfs, &stat, trusted))
}

fn stranger_to<V: Vfs>(vfs: &V, stat: &Stat, trusted: &[u32]) -> Option<Stranger> {
    let (owner, caller) = (stat.owner?, vfs.process().user?);
    let is_open_to = |bit: u32| stat.mode & (bit | STICKY) == bit;
    let is_ours = [caller, SUPERUSER].contains(&owner.user) || trusted.contains(&owner.user);
    let is_the_superusers = caller == SUPERUSER && owner.user == SUPERUSER;
    match () {
        () if !is_ours => Some(Stranger::Owner(owner.user)),
        () if is_open_to(BY_ALL) => Some(Stranger::Everybody),
        () if is_the_superusers && owner.group != SUPERUSER && is_open_to(BY_GROUP) => {
            Some(Stranger::Group(owner.group))
        }
        () => None,
    }
}
