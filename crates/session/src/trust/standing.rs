//! Whether the tree that is found under a session's name is the one that was published there.
//!
//! Copying a session, restoring it from an archive or sending it to another disk brings its names, contents and times
//! along. Numbers of files are given again: right after all are removed, the same file may have the same number by
//! accident, and another file more probably. Four things are not brought along:
//!
//! 1. the start of the machine (boot id): a power loss in between may have taken anything;
//! 2. the mount, by a number that no other mount has until the machine is started again: a disk that was pulled, or
//!    set back, has another one;
//! 3. the directory's inode number together with the time at which it was made, which no call can set; where numbers are given
//!    once, the number alone;
//! 4. the directory's ctime after it had got its published name: it moves when anybody changes its names.
//!
//! The first three are written into the record with the list ([`Place`]), the fourth, the *seal*, after the rename.
//! Compared with what is found they say how the tree stands to its record.

use std::time::{Duration, SystemTime};

use incrdir_record::Place;
use incrdir_vfs::{DirStat, FsInfo, Vfs};

/// How what is found under the name of a session stands to what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the tree that was published, in the mount in which it was, and nobody changed its top.
    Same,
    /// The same, but for that somebody made, removed or renamed something at its top.
    Touched,
    /// It is the tree, in another mount, or the machine was rebooted since: some of what was written may be lost.
    Remounted,
    /// It is another tree: a copy, or restored.
    Moved,
    /// That cannot be told here.
    Unknown {
        /// Whether the machine has run ever since.
        is_one_run: bool,
    },
}

impl Standing {
    /// Whether the numbers of files that were recorded are those of the files here, and a difference is damage.
    pub(crate) fn is_the_tree(self) -> bool {
        matches!(self, Self::Same | Self::Touched | Self::Remounted)
    }
}

/// Where a directory is that was looked at. `step`: within what time two changes may have had one ctime.
pub(crate) fn place_of<V: Vfs>(vfs: &V, seen: &DirStat, step: Duration) -> Place {
    Place::new(vfs.boot_id(), seen.mount, seen.stat.id.inode, seen.born, step)
}

/// What is known of the inode numbers of a file system.
#[derive(Clone, Copy)]
pub(crate) struct Numbers {
    outlive_a_mount: bool,
    are_given_once: bool,
}

impl Numbers {
    pub(crate) fn of(info: &FsInfo) -> Self {
        Self { outlive_a_mount: info.ids_last, are_given_once: info.ids_given_once }
    }
}

/// How the directory that is found, `seen`, stands to what was published here. `numbers` is only asked where that
/// matters.
///
/// # Errors
///
/// What `numbers` says.
pub(crate) fn standing_of<V: Vfs, E>(
    place: &Place,
    vfs: &V,
    seen: &DirStat,
    seal: Option<SystemTime>,
    numbers: impl Fn() -> Result<Numbers, E>,
) -> Result<Standing, E> {
    let is_one_boot = place.boot_id.is_some() && place.boot_id == vfs.boot_id();
    let is_one_mount = is_one_boot && place.mount.is_some() && place.mount == seen.mount;
    let is_sealed = seal.is_some() && seal == seen.stat.ctime;
    let is_number_alike = place.inode == seen.stat.id.inode;
    let is_born_alike = match (place.born, seen.born) {
        (Some(then), Some(now)) => Some(then == now),
        // A ctime that no other change can have had says as much.
        _ if place.step.is_zero() && is_sealed => Some(true),
        _ => None,
    };
    let unknown = Standing::Unknown { is_one_run: is_one_boot };
    Ok(match (is_number_alike, is_born_alike) {
        (true, Some(true)) if is_one_mount && is_sealed => Standing::Same,
        (true, Some(true)) if is_one_mount => Standing::Touched,
        // Where numbers are made up, times of birth are those of what is below.
        (_, Some(false)) => Standing::Moved,
        (true, None) if !numbers()?.are_given_once => unknown,
        (true, None) => Standing::Remounted,
        _ if !is_one_mount && !numbers()?.outlive_a_mount => unknown,
        (true, Some(true)) => Standing::Remounted,
        (false, _) => Standing::Moved,
    })
}
