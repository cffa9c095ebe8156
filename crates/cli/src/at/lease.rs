//! PATH as a symbolic link to the session, for one run at a time: for where there are no mount namespaces.
//!
//! 1. Lock `.{name}.incrdir-lease` beside PATH exclusively, after what a killed run left has been cleared. Write who has it.
//! 2. Move an empty directory at PATH aside, to `.{name}.incrdir-aside`. Runs in namespaces hold a shared lock on the
//!    directory that their mount covers, because moving it would take their sessions away from them.
//! 3. The session is begun. Write where the link will lead into the lease file, and sync it.
//! 4. Make the link. CMD runs, and holds the lock too.
//! 5. Remove the link if it is the one that we made, move the directory back, remove the lease file under its lock.
//!
//! Whoever dies leaves a lease file that is free. Whoever finds that does step 5 before anything else ([`clear`]). Nothing
//! but the link that the file tells of is removed.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use incrdir_lockfs::{Acquire, Lock, acquire_or_create, try_acquire};
use incrdir_vfs::{Access, CapDir, CapVfs, Error, FileKind, LockKind, Name, TryLock, Vfs, failed};

use crate::at::holder::{self, Holder};
use crate::failure::Failure;

/// How often a lease file is looked for again that somebody else has just made or removed.
const ATTEMPTS: usize = 8;

/// PATH, as a name in a directory.
pub(super) struct Spot {
    vfs: CapVfs,
    dir: CapDir,
    name: Name,
    lease: Name,
    aside: Name,
}

/// PATH is ours. Dropping it gives it back as well as it can.
#[must_use = "dropping a lease gives PATH back"]
pub(super) struct Lease {
    spot: Spot,
    /// `None`: given back.
    lock: Option<Lock<CapVfs>>,
    target: Option<String>,
}

/// The outcome of an attempt to have PATH.
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub(super) enum Claim {
    Held(Lease),
    /// Who has it.
    Busy(String),
}

/// The outcome of an attempt to clear what a killed run left.
pub(super) enum Cleared {
    /// Nobody has PATH.
    Free,
    /// Who has it.
    Busy(String),
}

impl Spot {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().ok_or("BUG: a place without a name")?;
        let lease = Name::new(beside(path, LEASE))?;
        let aside = Name::new(beside(path, ASIDE))?;
        let (vfs, dir) = CapVfs::open_ambient_dir(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Self { vfs, dir, name: Name::new(name)?, lease, aside })
    }

    fn path(&self) -> PathBuf {
        self.vfs.path(&self.dir).join(&self.name)
    }

    fn failed<'a>(
        &'a self,
        doing: &'static str,
        name: &'a Name,
    ) -> impl FnOnce(io::Error) -> Error + 'a {
        failed(&self.vfs, doing, &self.dir, name)
    }

    fn kind_of(&self, name: &Name) -> Result<Option<FileKind>, Error> {
        match self.vfs.stat(&self.dir, name) {
            Ok(stat) => Ok(Some(stat.kind)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("look at", name)(error)),
        }
    }

    /// Who has it, as far as that can be read.
    fn holder(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let file = self.vfs.open_file(&self.dir, &self.lease, Access::Read)?;
            let mut content = vec![0; holder::MOST_BYTES];
            let length = self.vfs.read(&file, 0, &mut content)?;
            content.truncate(length);
            Ok(content)
        };
        let holder = read().ok().and_then(|content| holder::holder_in(&content));
        holder.map_or_else(|| "another run".into(), |holder| holder.to_string())
    }

    /// Refuses what somebody else could have put there to lead us astray. In a user namespace, files of others have no owner
    /// that means anything, so only the caller's own count, and for the superuser those of whose directory it is.
    fn refuse_others(&self, name: &Name) -> Result<(), Failure> {
        let Self { vfs, dir, .. } = self;
        let owner_of = |stat: incrdir_vfs::Stat| stat.owner.map(|owner| owner.user);
        let owner = match vfs.stat(dir, name) {
            Ok(stat) => owner_of(stat),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(self.failed("look at", name)(error).into()),
        };
        let (Some(owner), Some(caller)) = (owner, vfs.process().user) else { return Ok(()) };
        let is_of_the_place =
            || caller == 0 && vfs.stat_dir(dir).is_ok_and(|dir| owner_of(dir.stat) == Some(owner));
        match owner == caller || is_of_the_place() {
            true => Ok(()),
            false => Err(format!(
                "`{}` was left by another user; remove it, or choose another PATH",
                vfs.path(dir).join(name).display()
            )
            .into()),
        }
    }

    /// Step 5, but for the lease file.
    fn restore(&self, target: Option<&str>) -> Result<(), Failure> {
        let Self { vfs, dir, name, aside, .. } = self;
        if let Some(target) = target
            && self.kind_of(name)? == Some(FileKind::Symlink)
        {
            let leads = vfs.read_link(dir, name).map_err(self.failed("read link", name))?;
            if leads.to_string_lossy() == target {
                vfs.remove_file(dir, name).map_err(self.failed("remove link", name))?;
            }
        }
        if self.kind_of(aside)? != Some(FileKind::Dir) {
            return Ok(());
        }
        self.refuse_others(aside)?;
        if self.kind_of(name)?.is_none() {
            return Ok(self.rename(aside, name)?);
        }
        // Somebody has put something at PATH meanwhile. What was there before was empty.
        match vfs.remove_dir(dir, aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(self.failed("remove directory", aside)(error).into())
            }
            _ => Ok(()),
        }
    }

    fn rename(&self, from: &Name, to: &Name) -> Result<(), Error> {
        let renamed = match self.vfs.rename_new(&self.dir, from, &self.dir, to) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.vfs.rename(&self.dir, from, &self.dir, to)
            }
            renamed => renamed,
        };
        renamed.map_err(self.failed("rename directory", from))
    }
}

/// What follows PATH in the name of its lease file.
pub(super) const LEASE: &str = "incrdir-lease";
/// The same of the directory that is moved aside for a link.
pub(super) const ASIDE: &str = "incrdir-aside";

/// A name beside PATH that belongs to it.
pub(super) fn beside(path: &Path, what: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(what);
    name
}

/// Clears what a killed run left at PATH, if nobody has it.
pub(super) fn clear(path: &Path) -> Result<Cleared, Failure> {
    let lease = path.with_file_name(beside(path, LEASE));
    if matches!(lease.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound) {
        // The directory that PATH is in may be one that we may go through and not list.
        return Ok(Cleared::Free);
    }
    let spot = Spot::new(path)?;
    match try_acquire(&spot.vfs, &spot.dir, &spot.lease, LockKind::Exclusive)? {
        Acquire::NotFound => Ok(Cleared::Free),
        Acquire::Busy => Ok(Cleared::Busy(spot.holder())),
        Acquire::Locked(lock) => {
            clear_locked(&spot, lock)?;
            Ok(Cleared::Free)
        }
    }
}

fn clear_locked(spot: &Spot, lock: Lock<CapVfs>) -> Result<(), Failure> {
    spot.refuse_others(&spot.lease)?;
    let content =
        lock.read(holder::MOST_BYTES).map_err(spot.failed("read lease file", &spot.lease))?;
    spot.restore(holder::target_in(&content).as_deref())?;
    Ok(lock.remove(&spot.dir, &spot.lease)?)
}

/// Steps 1 and 2, without waiting.
pub(super) fn claim(path: &Path, command: &str) -> Result<Claim, Failure> {
    for _ in 0..ATTEMPTS {
        if let Cleared::Busy(holder) = clear(path)? {
            return Ok(Claim::Busy(holder));
        }
        let spot = Spot::new(path)?;
        let locked = acquire_or_create(&spot.vfs, &spot.dir, &spot.lease, Duration::ZERO)?;
        let Some(mut lock) = locked else { return Ok(Claim::Busy(spot.holder())) };
        if lock.len() > 0 {
            // Somebody has had it since, and was killed.
            continue;
        }
        // Without a lease file it was lost with the power, and is as empty as it was.
        spot.restore(None)?;
        let process = spot.vfs.process();
        let holder = Holder::new(process.pid, process.host, command.into(), spot.vfs.now());
        let written = lock.append(&holder.line());
        let lease = Lease { spot, lock: Some(lock), target: None };
        written.map_err(lease.spot.failed("write lease file", &lease.spot.lease))?;
        return match move_aside(&lease.spot)? {
            None => Ok(Claim::Held(lease)),
            Some(busy) => Ok(Claim::Busy(busy)),
        };
    }
    Ok(Claim::Busy("one run after the other".into()))
}

/// Step 2. Says who uses the directory, if somebody does.
fn move_aside(spot: &Spot) -> Result<Option<String>, Failure> {
    let Spot { vfs, dir, name, aside, .. } = spot;
    let path = spot.path();
    let show = path.display();
    let stat = match vfs.stat(dir, name) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        stat => stat.map_err(spot.failed("look at", name))?,
    };
    let refused = |what: &str| -> Result<Option<String>, Failure> {
        Err(format!("--at `{show}` {what}").into())
    };
    match stat.kind {
        FileKind::Dir if stat.is_mount => {
            return refused(
                "is a mount point, which no link can replace; unmount it, or choose another PATH",
            );
        }
        FileKind::Dir => {}
        FileKind::Symlink => {
            return refused(
                "is a symbolic link that incrdir did not make; remove it, or choose another PATH",
            );
        }
        _ => return refused("is not a directory; remove it, or choose another PATH"),
    }
    let open = vfs.open_dir(dir, name).map_err(spot.failed("open directory", name))?;
    if !vfs.list(&open).map_err(spot.failed("list", name))?.is_empty() {
        return refused(
            "is not empty, and a link would have to replace it; empty it, or choose another PATH",
        );
    }
    // Who cannot open it has no mount on it either.
    let guard = File::open(&path).ok();
    if let Some(guard) = &guard
        && matches!(vfs.try_lock(guard, LockKind::Exclusive), Ok(TryLock::Busy))
    {
        return Ok(Some("a run that sees its session there in a mount namespace".into()));
    }
    spot.rename(name, aside)?;
    Ok(None)
}

impl Lease {
    /// The open lease file, which CMD inherits.
    pub(super) fn file(&self) -> &File {
        self.lock.as_ref().expect("BUG: it is not given back").file()
    }

    /// Steps 3 and 4.
    pub(super) fn link_to(&mut self, session: &Path) -> Result<(), Failure> {
        let Spot { vfs, dir, name, lease, .. } = &self.spot;
        let target = session.to_string_lossy().into_owned();
        let lock = self.lock.as_mut().expect("BUG: it is not given back");
        lock.append(&holder::link_line(&target)).and_then(|()| lock.sync()).map_err(failed(
            vfs,
            "write lease file",
            dir,
            lease,
        ))?;
        self.target = Some(target);
        vfs.symlink(&session.as_os_str().into(), dir, name).map_err(failed(
            vfs,
            "make link",
            dir,
            name,
        ))?;
        Ok(())
    }

    /// Step 5.
    pub(super) fn give_back(&mut self) -> Result<(), Failure> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        let restored = self.spot.restore(self.target.as_deref());
        if restored.is_err() {
            // Kept for whoever comes next: it tells of what is still there.
            let _ = lock.release();
            return restored;
        }
        Ok(lock.remove(&self.spot.dir, &self.spot.lease)?)
    }
}

impl Drop for Lease {
    /// Leaves what cannot be given back to the next run.
    fn drop(&mut self) {
        let _ = self.give_back();
    }
}

/// What is said of a PATH that another run has.
pub(super) fn busy(path: &Path, holder: &str) -> String {
    format!("`{}` is in use by {holder}", path.display())
}
