//! A mount namespace of one's own, and what is mounted in it.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use incrdir_vfs::FileId;
use nix::sched::{CloneFlags, unshare};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount_change, move_mount, open_tree,
};
use rustix::process::{getegid, geteuid};

/// Puts this process into a mount namespace of its own, out of which nothing propagates. Who may not have one just so
/// gets it in a user namespace, in which they are who they are: own user and group mapped to themselves. Says whether
/// that was needed, or why there is none to be had.
pub(super) fn enter_namespace() -> Result<bool, String> {
    let by_user = match unshare(CloneFlags::CLONE_NEWNS) {
        Ok(()) => false,
        Err(nix::Error::EPERM) => {
            enter_user_namespace()?;
            true
        }
        Err(error) => return Err(why_not("mount namespaces", &error.into())),
    };
    // The host's later mounts still arrive, so that what is unmounted there is not held here.
    let slaves = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", slaves).map_err(|error| match error {
        Errno::INVAL => "`/` is not a mount point here (chroot)".into(),
        error => why_not("mounts", &error.into()),
    })?;
    // Policies may forbid mounts although they allow namespaces, and kernels before 5.2 cannot take a directory.
    Source::take(Path::new("/")).map_err(|error| why_not("mounts", &error))?;
    Ok(by_user)
}

fn enter_user_namespace() -> Result<(), String> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
        .map_err(|error| why_not("user namespaces", &error.into()))?;
    let write = |file: &str, text: String| match fs::write(format!("/proc/self/{file}"), text) {
        // Systems older than this file do not ask for it.
        Err(error) if file == "setgroups" && error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(why_not("user namespaces", &error)),
        Ok(()) => Ok(()),
    };
    write("uid_map", format!("{user} {user} 1"))?;
    write("setgroups", "deny".into())?;
    write("gid_map", format!("{group} {group} 1"))
}

/// What the system's refusal means, and what changes it.
pub(super) fn why_not(what: &str, error: &io::Error) -> String {
    let remedy = match Errno::from_io_error(error) {
        Some(Errno::NOSPC) => {
            "switched off or used up (`sysctl user.max_user_namespaces`, `user.max_mnt_namespaces`)"
        }
        Some(Errno::PERM | Errno::ACCESS) => {
            "forbidden here, by a container, by AppArmor (allow `userns` for incrdir in a profile, or \
             `sysctl kernel.apparmor_restrict_unprivileged_userns=0`) or by \
             `sysctl kernel.unprivileged_userns_clone=0`"
        }
        Some(Errno::NOSYS | Errno::INVAL) => "not part of this kernel",
        _ => "not to be had",
    };
    format!("{what} are {remedy}: {error}")
}

/// A directory, ready for being mounted elsewhere, and its identity.
///
/// It is taken with what is mounted below it now: some of that may be there so that nobody sees what it hides, so the
/// system refuses to leave it out. Later mounts are not in it. Were the directory opened only, and bound when its turn
/// comes, it would carry what earlier binds have mounted on it.
pub(super) struct Source {
    tree: OwnedFd,
    pub(super) id: FileId,
}

impl Source {
    pub(super) fn take(path: &Path) -> io::Result<Self> {
        // Of something that is no directory, there would be a mount too.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(path, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&dir)?;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_RECURSIVE
            | OpenTreeFlags::AT_EMPTY_PATH;
        let tree = open_tree(&dir, "", flags)?;
        Ok(Self { tree, id: FileId::new(stat.st_dev, stat.st_ino) })
    }

    /// Mounts it on a directory.
    pub(super) fn show_at(&self, path: &Path) -> io::Result<()> {
        // The system calls that an invalid argument.
        if !fs::metadata(path)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH
            | MoveMountFlags::MOVE_MOUNT_T_SYMLINKS
            | MoveMountFlags::MOVE_MOUNT_T_AUTOMOUNTS;
        Ok(move_mount(&self.tree, "", CWD, path, flags)?)
    }
}

/// The identity of what a path shows.
pub(super) fn shown_at(path: &Path) -> io::Result<FileId> {
    let stat = fs::metadata(path)?;
    Ok(FileId::new(stat.dev(), stat.ino()))
}
