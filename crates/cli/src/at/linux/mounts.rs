//! A mount namespace of one's own, and what is mounted in it.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use incrdir_vfs::FileId;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use rustix::fs::{Mode, OFlags};

const NOTHING: Option<&str> = None;

/// Puts this process into a mount namespace of its own, out of which nothing propagates. Who may not have one just so
/// gets it in a user namespace, in which they are who they are: own user and group mapped to themselves. Says whether
/// that was needed, or why there is none to be had.
pub(super) fn enter_namespace() -> Result<bool, String> {
    let by_user = match unshare(CloneFlags::CLONE_NEWNS) {
        Ok(()) => false,
        Err(Errno::EPERM) => {
            enter_user_namespace()?;
            true
        }
        Err(error) => return Err(why_not("mount namespaces", error)),
    };
    // The host's later mounts still arrive, so that what is unmounted there is not held here.
    mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_SLAVE, NOTHING).map_err(
        |error| match error {
            Errno::EINVAL => "`/` is not a mount point here (chroot)".into(),
            error => why_not("mounts", error),
        },
    )?;
    Ok(by_user)
}

fn enter_user_namespace() -> Result<(), String> {
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
        .map_err(|error| why_not("user namespaces", error))?;
    let write = |file: &str, text: String| match fs::write(format!("/proc/self/{file}"), text) {
        // Systems older than this file do not ask for it.
        Err(error) if file == "setgroups" && error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(why_not(
            "user namespaces",
            Errno::from_raw(error.raw_os_error().unwrap_or_default()),
        )),
        Ok(()) => Ok(()),
    };
    write("uid_map", format!("{user} {user} 1"))?;
    write("setgroups", "deny".into())?;
    write("gid_map", format!("{group} {group} 1"))
}

/// What the system's refusal means, and what changes it.
fn why_not(what: &str, error: Errno) -> String {
    let remedy = match error {
        Errno::ENOSPC => {
            "switched off or used up; see `sysctl user.max_user_namespaces` and `user.max_mnt_namespaces`"
        }
        Errno::EPERM | Errno::EACCES => {
            "forbidden here, by a container, by AppArmor (allow `userns` for incrdir in a profile, or \
             `sysctl kernel.apparmor_restrict_unprivileged_userns=0`) or by \
             `sysctl kernel.unprivileged_userns_clone=0`"
        }
        Errno::ENOSYS | Errno::EINVAL => "not part of this kernel",
        _ => "not to be had",
    };
    format!("{what} are {remedy} ({})", error.desc())
}

/// A directory, open for being mounted elsewhere, and its identity. Opened in this namespace: the mounts of another one
/// cannot be bound here.
pub(super) struct Source {
    handle: OwnedFd,
    pub(super) id: FileId,
}

impl Source {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&handle)?;
        Ok(Self { handle, id: FileId::new(stat.st_dev, stat.st_ino) })
    }

    /// Mounts it on a directory, with what is mounted below it: some of that may be there so that nobody sees what it
    /// hides, so the system refuses to leave it out.
    pub(super) fn show_at(&self, path: &Path) -> io::Result<()> {
        let source = format!("/proc/self/fd/{}", self.handle.as_raw_fd());
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        Ok(mount(Some(source.as_str()), path, NOTHING, flags, NOTHING)?)
    }
}

/// The identity of what a path shows.
pub(super) fn shown_at(path: &Path) -> io::Result<FileId> {
    let stat = fs::metadata(path)?;
    Ok(FileId::new(stat.dev(), stat.ino()))
}
