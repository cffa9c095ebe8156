//! How much room there is.

use std::io;

use super::dir::CapDir;
use crate::Space;

#[cfg(unix)]
pub(super) fn space(dir: &CapDir) -> io::Result<Space> {
    use super::errno::{retry, unsupported_if_unknown};

    let told = retry(|| Ok(rustix::fs::fstatvfs(&dir.dir)?)).map_err(unsupported_if_unknown)?;
    // Where there is nothing to count, for example in procfs or over FUSE without an answer, all numbers are 0.
    if told.f_blocks == 0 {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    // btrfs and FAT make inodes as they need them, and say 0.
    let has_inodes = told.f_files != 0;
    Ok(Space {
        bytes: bytes(told.f_blocks),
        available_bytes: bytes(told.f_bavail),
        inodes: has_inodes.then_some(told.f_files),
        available_inodes: has_inodes.then_some(told.f_favail),
    })
}

#[cfg(windows)]
pub(super) fn space(dir: &CapDir) -> io::Result<Space> {
    use std::os::windows::io::AsHandle;

    let room = incrdir_nt::room(dir.dir.as_handle())?;
    Ok(Space::new(room.bytes, room.available_bytes))
}
