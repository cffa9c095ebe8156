//! What the system says of the mount that a directory is in, and by which other ways the directory can be reached.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use incrdir_probe::Mount;

/// How many other ways are tried.
const MOST: usize = 4;

/// A directory in its mount.
pub(super) struct Here {
    row: Row,
    /// The directory, below the root of its file system.
    inside: PathBuf,
    others: Vec<Row>,
}

/// A line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: u64,
    /// Of the file system: two mounts of one have one.
    device: (u32, u32),
    /// What of the file system is mounted.
    root: PathBuf,
    at: PathBuf,
    kind: String,
    source: PathBuf,
}

/// Where that is known.
#[cfg(target_os = "linux")]
pub(super) fn here(dir: &Path) -> Option<Here> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

    let told = statx(CWD, dir, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
    if told.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
        return None;
    }
    Here::among(&std::fs::read("/proc/self/mountinfo").ok()?, told.stx_mnt_id, dir)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn here(_dir: &Path) -> Option<Here> {
    None
}

impl Here {
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has the file"))]
    fn among(mountinfo: &[u8], id: u64, dir: &Path) -> Option<Self> {
        let mut rows: Vec<Row> =
            mountinfo.split(|byte| *byte == b'\n').filter_map(Row::parse).collect();
        let own = rows.iter().position(|row| row.id == id)?;
        let row = rows.swap_remove(own);
        let inside = row.root.join(dir.strip_prefix(&row.at).ok()?);
        Some(Self { row, inside, others: rows })
    }

    pub(super) fn at(&self) -> &Path {
        &self.row.at
    }

    pub(super) fn mount(&self) -> Mount {
        // File systems without a device of this machine have numbers of the kernel's own.
        let (major, _) = self.row.device;
        let kind = match &*self.row.kind {
            "fuseblk" => match on_device(&self.row.source) {
                Some(inner) => format!("fuseblk.{inner}"),
                None => "fuseblk".into(),
            },
            kind => kind.into(),
        };
        Mount::new(kind, self.row.source.display().to_string()).is_on_a_device(major != 0)
    }

    /// Paths by which the same directory may be reached through another mount of the same thing: one that the kernel keeps apart
    /// from this one. What was bound elsewhere is the same to it, and shows nothing. A file system over FUSE that shows a
    /// directory of this machine can be gone round.
    pub(super) fn other_ways(&self) -> Vec<PathBuf> {
        let is_apart = |other: &&Row| {
            (&other.kind, &other.source) == (&self.row.kind, &self.row.source)
                && other.device != self.row.device
        };
        let through =
            |other: &Row| Some(below(&other.at, self.inside.strip_prefix(&other.root).ok()?));
        let mut ways: Vec<PathBuf> =
            self.others.iter().filter(is_apart).filter_map(through).collect();
        let source = &self.row.source;
        if self.row.kind.starts_with("fuse") && source.is_absolute() && source.is_dir() {
            ways.push(below(source, self.inside.strip_prefix("/").unwrap_or(&self.inside)));
        }
        ways.truncate(MOST);
        ways
    }
}

/// Without a slash at the end where nothing comes after it.
fn below(path: &Path, rest: &Path) -> PathBuf {
    if rest.as_os_str().is_empty() { path.into() } else { path.join(rest) }
}

/// What is on a device, as its first sector says: FUSE does not tell it. Who may not read the device does not learn it.
fn on_device(source: &Path) -> Option<&'static str> {
    let mut sector = [0; 11];
    File::open(source).ok()?.read_exact(&mut sector).ok()?;
    match &sector[3..] {
        b"EXFAT   " => Some("exfat"),
        b"NTFS    " => Some("ntfs"),
        _ => None,
    }
}

impl Row {
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let id = text(fields.next()?)?.parse().ok()?;
        let _parent = fields.next()?;
        let (major, minor) = text(fields.next()?)?.split_once(':')?;
        let device = (major.parse().ok()?, minor.parse().ok()?);
        let (root, at) = (path(fields.next()?), path(fields.next()?));
        // Options, and any number of fields that are optional.
        let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
        let kind = text(fields.next()?)?.to_owned();
        Some(Self { id, device, root, at, kind, source: path(fields.next()?) })
    }
}

fn text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field).ok()
}

/// Spaces, tabs, line ends and backslashes are written as three octal digits.
fn path(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\').and_then(text);
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    of_bytes(bytes)
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 22 0:44 / /mnt/a\\040b rw shared:3 master:1 - fuse.sshfs root@host:/d rw
32 22 0:45 / /mnt/c rw - fuse.sshfs root@host:/d rw
33 22 0:44 /below /mnt/bound rw - fuse.sshfs root@host:/d rw
34 22 0:46 / /mnt/e rw - fuse.sshfs root@other:/d rw
35 22 7:0 / /mnt/f rw - fuseblk /dev/loop0 rw
36 22 0:47 / /mnt/g rw - fuse /tmp rw
broken
";

    fn here(id: u64, dir: &str) -> Here {
        Here::among(TABLE.as_bytes(), id, Path::new(dir)).unwrap()
    }

    #[test]
    fn another_mount_of_the_same_thing_is_another_way() {
        let sshfs = here(31, "/mnt/a b/cache");
        assert_eq!(sshfs.mount(), Mount::new("fuse.sshfs", "root@host:/d"));
        assert_eq!(sshfs.at(), Path::new("/mnt/a b"));
        // Not the bound one, which is the same file system, and not another server's.
        assert_eq!(sshfs.other_ways(), [Path::new("/mnt/c/cache")]);
        // From the bound one, what is not below it is reached as well.
        assert_eq!(here(33, "/mnt/bound/x").other_ways(), [Path::new("/mnt/c/below/x")]);
    }

    #[test]
    fn what_is_on_a_device_has_one_kernel_and_what_shows_a_directory_can_be_gone_round() {
        assert!(
            here(35, "/mnt/f").mount().is_on_a_device && here(35, "/mnt/f").other_ways().is_empty()
        );
        assert!(!here(36, "/mnt/g").mount().is_on_a_device);
        assert_eq!(here(36, "/mnt/g/x").other_ways(), [Path::new("/tmp/x")]);
        assert!(Here::among(TABLE.as_bytes(), 99, Path::new("/")).is_none());
    }
}
