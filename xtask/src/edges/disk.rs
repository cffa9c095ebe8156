//! File systems that are made for a case and taken away after it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::lab::{Lab, NotRun};
use crate::shell::{Result, command, has, output};

/// How a file system is made and mounted.
pub(super) struct Kind {
    /// What `mount -t` calls it.
    kind: &'static str,
    /// The program that makes it, and its options; none: it has no image.
    make: &'static [&'static str],
    options: &'static str,
    megabytes: u64,
}

pub(super) const EXT4: Kind =
    Kind { kind: "ext4", make: &["mkfs.ext4", "-q"], options: "loop", megabytes: 128 };
/// Times of whole seconds, as on a file system that was made long ago.
pub(super) const EXT4_128: Kind = Kind { make: &["mkfs.ext4", "-q", "-I", "128"], ..EXT4 };
pub(super) const EXT3: Kind =
    Kind { kind: "ext3", make: &["mkfs.ext3", "-q", "-I", "128"], ..EXT4 };
pub(super) const EXT2: Kind =
    Kind { kind: "ext2", make: &["mkfs.ext2", "-q", "-I", "128"], ..EXT4 };
/// Names without case, where a directory says so.
pub(super) const EXT4_CASEFOLD: Kind =
    Kind { make: &["mkfs.ext4", "-q", "-O", "casefold"], ..EXT4 };
pub(super) const XFS: Kind =
    Kind { kind: "xfs", make: &["mkfs.xfs", "-q"], options: "loop,nouuid", megabytes: 300 };
/// With quotas of projects.
pub(super) const XFS_PROJECTS: Kind = Kind { options: "loop,nouuid,prjquota", ..XFS };
pub(super) const BTRFS: Kind =
    Kind { kind: "btrfs", make: &["mkfs.btrfs", "-q"], options: "loop", megabytes: 256 };
pub(super) const EXFAT: Kind =
    Kind { kind: "exfat", make: &["mkfs.exfat"], options: "loop,umask=022", megabytes: 64 };
/// For everybody.
pub(super) const EXFAT_OPEN: Kind = Kind { options: "loop,umask=0", ..EXFAT };
pub(super) const VFAT: Kind =
    Kind { kind: "vfat", make: &["mkfs.vfat"], options: "loop", megabytes: 64 };
/// Over FUSE, where the kernel does not have it.
pub(super) const NTFS: Kind =
    Kind { kind: "ntfs3", make: &["mkntfs", "-Q", "-F", "-q"], options: "loop", megabytes: 64 };
pub(super) const TMPFS: Kind =
    Kind { kind: "tmpfs", make: &[], options: "size=64m,mode=755", megabytes: 64 };

/// Something mounted; unmounted when it is dropped.
#[must_use = "what was mounted is unmounted when this is dropped"]
pub(super) struct Mount(Option<PathBuf>);

impl Mount {
    /// Says NOT RUN if it is refused.
    pub(super) fn new(mount: &mut Command, at: &Path) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        let done = mount.output().map_err(|error| NotRun(format!("{mount:?}: {error}")))?;
        if done.status.success() {
            return Ok(Self(Some(at.into())));
        }
        let said = String::from_utf8_lossy(&done.stderr);
        Err(NotRun(said.lines().next().unwrap_or("the mount was refused").into()).into())
    }

    pub(super) fn end(mut self) -> Result {
        self.0.take().map_or(Ok(()), |at| unmount(&at))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Some(at) = self.0.take()
            && unmount(&at).is_err()
        {
            // A process is in it that was told to end: the name goes now, the rest when it does.
            let _ = output(command("umount").arg("-l").arg(at));
        }
    }
}

/// Processes that have just been told to end, and servers of FUSE, take a moment.
fn unmount(at: &Path) -> Result {
    for _ in 0..30 {
        if output(command("umount").arg(at)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    output(command("umount").arg(at)).map(drop)
}

/// A file system of its own, on an image in the directory of the case or in memory.
pub(super) struct Disk {
    kind: &'static Kind,
    image: PathBuf,
    at: PathBuf,
    mounted: Option<Mount>,
}

impl Disk {
    pub(super) fn new(lab: &Lab, kind: &'static Kind, name: &str) -> Result<Self> {
        Self::sized(lab, kind, name, kind.megabytes)
    }

    /// One of another size.
    pub(super) fn sized(
        lab: &Lab,
        kind: &'static Kind,
        name: &str,
        megabytes: u64,
    ) -> Result<Self> {
        let image = lab.path(&format!("{name}.img"));
        if let [program, options @ ..] = kind.make {
            if !has(program) {
                return Err(NotRun(format!("there is no {program}")).into());
            }
            // A new file: a loop device that has the one of the last round a moment longer is used again for the same file, and shows
            // what was in it then.
            if image.exists() {
                std::fs::remove_file(&image)?;
            }
            std::fs::File::create(&image)?.set_len(megabytes << 20)?;
            output(command(program).args(options).arg(&image))?;
        }
        let mut disk = Self { kind, image, at: lab.path(name), mounted: None };
        disk.mount()?;
        Ok(disk)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.at.join(name)
    }

    pub(super) fn at(&self) -> &Path {
        &self.at
    }

    /// Unmounts and mounts it again, which stands for another start of the machine. One in memory is empty
    /// then.
    pub(super) fn mount_again(&mut self) -> Result {
        self.unmount()?;
        self.mount()
    }

    /// What is on the medium at this moment, whatever memory holds: that is mounted in its place.
    pub(super) fn lose_what_is_not_on_the_medium(&mut self) -> Result {
        let clone = self.image.with_extension("clone");
        output(
            command("cp").args(["--reflink=auto", "--sparse=always"]).args([&self.image, &clone]),
        )?;
        self.unmount()?;
        self.image = clone;
        self.mount()
    }

    fn unmount(&mut self) -> Result {
        self.mounted.take().map_or(Ok(()), Mount::end)
    }

    fn mount(&mut self) -> Result {
        let kind = self.kind.kind;
        let source = if self.kind.make.is_empty() { Path::new(kind) } else { &self.image };
        let mut mount = command("mount");
        mount.args(["-t", kind, "-o", self.kind.options]).arg(source).arg(&self.at);
        let mounted = match Mount::new(&mut mount, &self.at) {
            // Kernels without exFAT have it in FUSE.
            Err(_) if kind == "exfat" && has("mount.exfat-fuse") => {
                let options = self.kind.options.trim_start_matches("loop,");
                self.mount_by_fuse("mount.exfat-fuse", options)?
            }
            Err(_) if kind == "ntfs3" && has("ntfs-3g") => {
                self.mount_by_fuse("ntfs-3g", "permissions")?
            }
            mounted => mounted?,
        };
        self.mounted = Some(mounted);
        Ok(())
    }

    /// Its server wants a device.
    fn mount_by_fuse(&self, program: &str, options: &str) -> Result<Mount> {
        let device = output(command("losetup").args(["--find", "--show"]).arg(&self.image))?;
        let mut mount = command(program);
        mount.args(["-o", options, device.trim()]).arg(&self.at);
        let mounted = Mount::new(&mut mount, &self.at);
        // The device goes with the mount, or now.
        output(command("losetup").args(["--detach", device.trim()]))?;
        mounted
    }

    pub(super) fn is(&self, kind: &Kind) -> bool {
        self.kind.kind == kind.kind
    }
}
