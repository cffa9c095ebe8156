//! Which file system this is.

use std::borrow::Cow;
use std::io;
use std::time::Duration;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::time::SystemTime;

use super::dir::CapDir;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::errno::retry;
use crate::FsInfo;

/// What is known of a file system.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Clone, Copy)]
struct Known {
    magic: u64,
    name: &'static str,
    /// Whether the inode numbers of a listing are those of the files. They are on file systems that keep them in the
    /// directory entry and make them unique. They are not where several file systems are merged (overlayfs), where
    /// the number is made up on the way (FUSE, network file systems), or where there is none: exFAT over FUSE lists
    /// every entry with the number 4294967295.
    listed_inodes_are_true: bool,
    /// Whether numbers and times are on the medium, as they are shown.
    keeps: bool,
    /// Whether a store through a shared mapping moves the times too: its file systems do that when the page is first
    /// written. In memory (tmpfs) nothing does, and ZFS does it when the page is written out.
    times_tell_all: bool,
    /// Whether names that are made, renamed and removed move the time of their directory at once. It may be read from a cache
    /// where the file system is not this kernel's own, and is that of one of several directories where they are merged.
    names_move_times: bool,
    locks_exclude_all: bool,
    step: Step,
}

/// How fine times are.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Clone, Copy)]
enum Step {
    Known(Duration),
    /// As a time of the directory shows.
    Seen {
        at_least: Duration,
    },
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Step {
    const ANY: Self = Self::Seen { at_least: Duration::from_nanos(1) };
    const FAT: Self = Self::Seen { at_least: Duration::from_secs(2) };
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Known {
    const fn native(magic: u64, name: &'static str) -> Self {
        Self {
            magic,
            name,
            listed_inodes_are_true: true,
            keeps: true,
            times_tell_all: true,
            names_move_times: true,
            locks_exclude_all: true,
            step: Step::Known(Duration::from_nanos(1)),
        }
    }

    /// One whose locks are this kernel's alone.
    const fn local(magic: u64, name: &'static str) -> Self {
        let native = Self::native(magic, name);
        Self {
            listed_inodes_are_true: false,
            keeps: false,
            times_tell_all: false,
            names_move_times: false,
            step: Step::ANY,
            ..native
        }
    }

    const fn remote(magic: u64, name: &'static str) -> Self {
        Self { locks_exclude_all: false, ..Self::local(magic, name) }
    }
}

/// By their `statfs` magic numbers.
#[cfg(any(target_os = "linux", target_os = "android"))]
const KNOWN: [Known; 19] = [
    // ext2 and ext3, too.
    Known { step: Step::ANY, ..Known::native(0xEF53, "ext4") },
    Known::native(0x5846_5342, "xfs"),
    Known::native(0x9123_683E, "btrfs"),
    Known::native(0xF2F5_2010, "f2fs"),
    Known { times_tell_all: false, names_move_times: false, ..Known::native(0x2FC1_2FC1, "zfs") },
    Known { keeps: false, times_tell_all: false, ..Known::native(0x0102_1994, "tmpfs") },
    Known::local(0x794C_7630, "overlayfs"),
    Known { step: Step::FAT, ..Known::local(0x4D44, "vfat") },
    Known { step: Step::FAT, ..Known::local(0x2011_BAB0, "exfat") },
    Known::local(0x5346_544E, "ntfs"),
    Known::local(0x7366_746E, "ntfs3"),
    Known::local(0x7371_7368, "squashfs"),
    Known::remote(NFS, "nfs"),
    Known::remote(0xFF53_4D42, "cifs"),
    Known::remote(0xFE53_4D42, "smb2"),
    Known::remote(0x517B, "smb"),
    Known::remote(FUSE, "fuse"),
    Known::remote(0x0102_1997, "9p"),
    Known::remote(0x00C3_6400, "ceph"),
];
#[cfg(any(target_os = "linux", target_os = "android"))]
const NFS: u64 = 0x6969;
#[cfg(any(target_os = "linux", target_os = "android"))]
const FUSE: u64 = 0x6573_5546;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn fs_info(dir: &CapDir) -> io::Result<FsInfo> {
    let magic = magic(dir)?;
    dir.note(sets_back(magic));
    let Some(known) = KNOWN.iter().find(|known| known.magic == magic) else {
        return Ok(unknown(Cow::Owned(format!("file system {magic:#x}"))));
    };
    let step = match known.step {
        Step::Known(step) => step,
        Step::Seen { at_least } => at_least.max(seen_step(dir)?),
    };
    Ok(FsInfo {
        name: Cow::Borrowed(known.name),
        listed_inodes_are_true: known.listed_inodes_are_true,
        ids_last: known.keeps,
        ids_given_once: false,
        times_last: known.keeps,
        time_step: step,
        times_tell_all: known.times_tell_all,
        names_move_times: known.names_move_times,
        renames_removed: matches!(magic, NFS | FUSE),
        locks_exclude_all: known.locks_exclude_all,
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn magic(dir: &CapDir) -> io::Result<u64> {
    // The type is a machine word; the magic numbers have 32 bits, some of them sign-extended.
    Ok(retry(|| Ok(rustix::fs::fstatfs(&dir.dir)?))?.f_type as u64 & 0xFFFF_FFFF)
}

/// Whether an open directory can be read again from its beginning. Where that is not known: no.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn sets_directories_back(dir: &CapDir) -> io::Result<bool> {
    Ok(sets_back(magic(dir)?))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn sets_back(magic: u64) -> bool {
    magic != FUSE && KNOWN.iter().any(|known| known.magic == magic)
}

/// Whether an ext4 has room for more than seconds depends on the size of its inodes, which no call tells. A time tells
/// it: one that is taken from the clock has no whole seconds but once in a million.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn seen_step(dir: &CapDir) -> io::Result<Duration> {
    let ctime = super::stat::stat_dir(dir)?.stat.ctime;
    let nanos = ctime
        .and_then(|ctime| ctime.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0, |since| since.subsec_nanos());
    Ok(match nanos {
        0 => Duration::from_secs(2),
        nanos if nanos % 1_000_000 == 0 => Duration::from_millis(10),
        nanos if nanos % 1_000 == 0 => Duration::from_micros(1),
        _ => Duration::from_nanos(1),
    })
}

/// The least that can be true of any.
fn unknown(name: Cow<'static, str>) -> FsInfo {
    FsInfo {
        name,
        listed_inodes_are_true: false,
        ids_last: false,
        ids_given_once: false,
        times_last: false,
        time_step: Duration::from_secs(2),
        times_tell_all: false,
        names_move_times: false,
        renames_removed: true,
        locks_exclude_all: false,
    }
}

/// NTFS and ReFS keep numbers and times, list the numbers of the files, and count in each number how often its place was used
/// (NTFS) or give it once (ReFS). When a store through a mapping, and a change of names,
/// shows in their times is not promised by anybody, so that is not relied on. The locks of a volume that is this machine's
/// are its kernel's.
#[cfg(windows)]
pub(super) fn fs_info(dir: &CapDir) -> io::Result<FsInfo> {
    use std::os::windows::io::AsHandle;

    let volume = incrdir_nt::volume(dir.dir.as_handle())?;
    let is_known = matches!(&*volume.file_system, "NTFS" | "ReFS") && !volume.is_remote;
    Ok(FsInfo {
        listed_inodes_are_true: is_known,
        ids_last: is_known,
        ids_given_once: is_known,
        times_last: is_known,
        time_step: if is_known { Duration::from_nanos(100) } else { Duration::from_secs(2) },
        locks_exclude_all: !volume.is_remote,
        ..unknown(Cow::Owned(volume.file_system.to_lowercase()))
    })
}

/// Which of the file systems of macOS keep numbers and times, as far as Apple describes them. APFS counts numbers up and gives
/// none again; HFS+ begins anew when it has used up 32 bits, and keeps whole seconds. Whether listings have the numbers of files
/// with several names, when a store through a mapping shows in the times, and whether a change of names shows at once was
/// found nowhere, and nothing was ever run there: none of that is relied on. Locks of a disk of this machine are its kernel's.
#[cfg(target_vendor = "apple")]
pub(super) fn fs_info(dir: &CapDir) -> io::Result<FsInfo> {
    let told = super::errno::retry(|| Ok(rustix::fs::fstatfs(&dir.dir)?))?;
    let letters = told.f_fstypename.iter().map(|letter| letter.cast_unsigned());
    let name: Vec<u8> = letters.take_while(|letter| *letter != 0).collect();
    let name = String::from_utf8_lossy(&name).into_owned();
    let is_local = told.f_flags & LOCAL != 0;
    let (is_apfs, is_hfs) = (is_local && name == "apfs", is_local && name == "hfs");
    let is_known = is_apfs || is_hfs;
    Ok(FsInfo {
        ids_last: is_known,
        ids_given_once: is_apfs,
        times_last: is_known,
        time_step: match (is_apfs, is_hfs) {
            (true, _) => Duration::from_nanos(1),
            (_, true) => Duration::from_secs(1),
            _ => Duration::from_secs(2),
        },
        renames_removed: !is_known,
        locks_exclude_all: is_known,
        ..unknown(Cow::Owned(name))
    })
}

/// `MNT_LOCAL`: the disk is this machine's.
#[cfg(target_vendor = "apple")]
const LOCAL: u32 = 0x1000;

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows)))]
pub(super) fn fs_info(_dir: &CapDir) -> io::Result<FsInfo> {
    Ok(unknown(Cow::Borrowed("unknown")))
}
