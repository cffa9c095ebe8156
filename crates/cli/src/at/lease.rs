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
//! but the link that the file tells of is removed, and no file of another user is believed.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use incrdir_lockfs::{Acquire, Lock, acquire_or_create, try_acquire};
use incrdir_vfs::{CapVfs, FileKind, LockKind, TryLock, Vfs, failed};

use crate::at::holder::{self, Holder};
use crate::at::spot::{LEASE, Spot, beside};
use crate::failure::Failure;

/// How often a lease file is looked for again that somebody else has just made or removed.
const ATTEMPTS: usize = 8;

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
