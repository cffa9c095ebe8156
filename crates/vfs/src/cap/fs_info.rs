//! Which file system this is.

use std::borrow::Cow;
use std::io;

use super::CapDir;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::errno::retry;
use crate::FsInfo;

/// `statfs` magic numbers, the usual names, and whether the inode numbers of a listing are those of the
/// files. They are on file systems that keep them in the directory entry and make them unique; those also keep
/// them over a start of the machine, and move the ctime with every change. They are not
/// where several file systems are merged (overlayfs), where the number is made up on the way (FUSE, network
/// file systems), or where there is none: exFAT over FUSE lists every entry with the number 4294967295.
#[cfg(any(target_os = "linux", target_os = "android"))]
const KNOWN: [(u64, &str, bool); 19] = [
    (0xEF53, "ext4", true),
    (0x5846_5342, "xfs", true),
    (0x9123_683E, "btrfs", true),
    (0x0102_1994, "tmpfs", true),
    (0xF2F5_2010, "f2fs", true),
    (0x2FC1_2FC1, "zfs", true),
    (0x794C_7630, "overlayfs", false),
    (0x6969, "nfs", false),
    (0xFF53_4D42, "cifs", false),
    (0xFE53_4D42, "smb2", false),
    (0x517B, "smb", false),
    (0x6573_5546, "fuse", false),
    (0x4D44, "vfat", false),
    (0x2011_BAB0, "exfat", false),
    (0x0102_1997, "9p", false),
    (0x5346_544E, "ntfs", false),
    (0x7366_746E, "ntfs3", false),
    (0x7371_7368, "squashfs", false),
    (0x00C3_6400, "ceph", false),
];

/// Further ones whose locks are this kernel's alone.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LOCAL: [&str; 6] = ["overlayfs", "vfat", "exfat", "ntfs", "ntfs3", "squashfs"];

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn fs_info(dir: &CapDir) -> io::Result<FsInfo> {
    // The type is a machine word; the magic numbers have 32 bits, some of them sign-extended.
    let magic = retry(|| Ok(rustix::fs::fstatfs(&dir.dir)?))?.f_type as u64 & 0xFFFF_FFFF;
    Ok(match KNOWN.iter().find(|(known, ..)| *known == magic) {
        Some((_, name, is_native)) => FsInfo {
            name: Cow::Borrowed(name),
            listed_inodes_are_true: *is_native,
            ids_outlive_boots: *is_native,
            locks_exclude_all: *is_native || LOCAL.contains(name),
        },
        None => FsInfo {
            name: Cow::Owned(format!("file system {magic:#x}")),
            listed_inodes_are_true: false,
            ids_outlive_boots: false,
            locks_exclude_all: false,
        },
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn fs_info(_dir: &CapDir) -> io::Result<FsInfo> {
    Ok(FsInfo {
        name: Cow::Borrowed("unknown"),
        listed_inodes_are_true: false,
        ids_outlive_boots: false,
        locks_exclude_all: false,
    })
}
