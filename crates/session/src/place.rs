//! Where a session was published: what tells that the tree found under its name is the one that was published there.
//!
//! Copying a session, restoring it from an archive or sending it to another disk brings its names, contents and times
//! along. Numbers of files are given again: right after all are removed, the same file may have the same number by
//! accident, and another file more probably. Four things are not brought along:
//!
//! 1. the start of the machine (boot id): a power loss in between may have taken anything;
//! 2. the mount, by a number that no other mount has until the machine is started again: a disk that was pulled, or
//!    set back, has another one;
//! 3. the directory's inode number together with the time at which it was made, which no call can set;
//! 4. the directory's ctime after it had got its published name: it moves when anybody changes its names.
//!
//! The first three are written into the record with the list, the fourth, the *seal*, after the rename. Compared with
//! what is found they say how the tree stands to its record.
//!
//! ```text
//! place    kind 5, with the list: boot id (u128, 0: none); mount (u64, 0: unknown); file id of the directory (u64);
//!          1 byte whether it is known when it was made, that time (time); step of the clock in us (u32)
//! seal     kind 6, after the rename: the directory's ctime (time)
//! ```

use std::time::{Duration, SystemTime};

use incrdir_vfs::{DirStat, Vfs};

use crate::frame::{self, put_time, take, take_time, take_u32, take_u64};
use crate::record::{PLACE, SEAL};

/// Where a session was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    boot_id: Option<u128>,
    mount: Option<u64>,
    inode: u64,
    born: Option<SystemTime>,
    /// Within which two changes may have had one ctime.
    pub(crate) step: Duration,
}

/// How what is found under the name of a session stands to what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the tree that was published, in the mount in which it was, and nobody changed its top.
    Same,
    /// The same, but for that somebody made, removed or renamed something at its top.
    Touched,
    /// It is the tree, in another mount, or the machine was started since: some of what was written may be lost.
    Remounted,
    /// It is another tree: a copy, or restored.
    Moved,
    /// That cannot be told here.
    Unknown {
        /// Whether the machine has run ever since.
        is_one_run: bool,
    },
}

impl Place {
    pub(crate) fn of<V: Vfs>(vfs: &V, seen: &DirStat, step: Duration) -> Self {
        Self {
            boot_id: vfs.boot_id(),
            mount: seen.mount,
            inode: seen.stat.id.inode,
            born: seen.born,
            step,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut payload = self.boot_id.unwrap_or(0).to_le_bytes().to_vec();
        payload.extend(self.mount.unwrap_or(0).to_le_bytes());
        payload.extend(self.inode.to_le_bytes());
        payload.push(u8::from(self.born.is_some()));
        put_time(&mut payload, self.born.unwrap_or(SystemTime::UNIX_EPOCH));
        let step = u32::try_from(self.step.as_micros()).unwrap_or(u32::MAX);
        payload.extend(step.to_le_bytes());
        frame::short(PLACE, &payload)
    }

    pub(crate) fn decode(mut payload: &[u8]) -> Option<Self> {
        let boot_id = u128::from_le_bytes(take(&mut payload)?);
        let mount = take_u64(&mut payload)?;
        let inode = take_u64(&mut payload)?;
        let [has_born] = take(&mut payload)?;
        let born = take_time(&mut payload)?;
        let step = Duration::from_micros(take_u32(&mut payload)?.into());
        Some(Self {
            boot_id: (boot_id != 0).then_some(boot_id),
            mount: (mount != 0).then_some(mount),
            inode,
            born: (has_born != 0).then_some(born),
            step,
        })
    }

    /// How the directory that is found, `seen`, stands to what was published here. `ids_last` says whether inode numbers
    /// outlive a mount on this file system: it is only asked where that matters.
    ///
    /// # Errors
    ///
    /// What `ids_last` says.
    pub(crate) fn standing<V: Vfs, E>(
        &self,
        vfs: &V,
        seen: &DirStat,
        seal: Option<SystemTime>,
        ids_last: impl FnOnce() -> Result<bool, E>,
    ) -> Result<Standing, E> {
        let is_one_boot = self.boot_id.is_some() && self.boot_id == vfs.boot_id();
        let is_one_mount = is_one_boot && self.mount.is_some() && self.mount == seen.mount;
        let is_sealed = seal.is_some() && seal == seen.stat.ctime;
        let is_number_alike = self.inode == seen.stat.id.inode;
        let is_born_alike = match (self.born, seen.born) {
            (Some(then), Some(now)) => Some(then == now),
            // A ctime that no other change can have had says as much.
            _ if self.step.is_zero() && is_sealed => Some(true),
            _ => None,
        };
        let unknown = Standing::Unknown { is_one_run: is_one_boot };
        Ok(match (is_number_alike, is_born_alike) {
            (true, Some(true)) if is_one_mount && is_sealed => Standing::Same,
            (true, Some(true)) if is_one_mount => Standing::Touched,
            // Where numbers are made up, times of birth are those of what is below.
            (_, Some(false)) => Standing::Moved,
            (true, None) => unknown,
            _ if !is_one_mount && !ids_last()? => unknown,
            (true, Some(true)) => Standing::Remounted,
            (false, _) => Standing::Moved,
        })
    }
}

/// The frame that says which ctime the directory has under its published name.
pub(crate) fn encode_seal(ctime: SystemTime) -> Vec<u8> {
    let mut payload = Vec::new();
    put_time(&mut payload, ctime);
    frame::short(SEAL, &payload)
}

pub(crate) fn decode_seal(mut payload: &[u8]) -> Option<SystemTime> {
    take_time(&mut payload)
}

impl Standing {
    /// Whether the numbers of files that were recorded are those of the files here, and a difference is damage.
    pub(crate) fn is_the_tree(self) -> bool {
        matches!(self, Self::Same | Self::Touched | Self::Remounted)
    }
}
