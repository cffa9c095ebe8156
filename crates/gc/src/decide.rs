//! C3 to C5: one entry, looked at, locked, looked at again, deleted.
//!
//! Every function here deals with one entry and says what happened to it. None of them trusts the listing.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::ErrorKind;
use std::time::SystemTime;

use incrdir_lockfs::{Acquire, Create, Lock, create_unborn, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::Record;
use incrdir_session::{
    Adopted, Audited, Census, Condemned, Damaged, Error, Liveness, Pinning, Removed, Scrutiny,
    Unit, adopt, audit, condemn, condemn_quarantined, has_linked, liveness, read_pin, read_record,
    read_whole_record, remove_tree, unpin, vfs_name, waits_for,
};
use incrdir_vfs::{Access, FsInfo, LockKind, Name, Stat, Vfs, failed};

use crate::{Believed, Fate, Mode, Plan, Policy, Why, is_past};

/// What happened to an entry, and the bytes it freed.
pub(crate) type Decision = Result<(Fate, u64), Error>;

pub(crate) const fn left(why: Why) -> (Fate, u64) {
    (Fate::Left(why), 0)
}

/// What a failure means for an entry: that it was in the way of a stop, that it is somebody else's, or a failure.
pub(crate) fn fate_of<V: Vfs>(unit: &Unit<V>, entry: EntryName, error: Error) -> Fate {
    match error.kind() {
        ErrorKind::Interrupted => Fate::Left(Why::Stopped),
        ErrorKind::PermissionDenied => match other_owner(unit, entry) {
            Some(user) => Fate::Left(Why::OwnedBy(user)),
            None => Fate::Failed(error),
        },
        _ => Fate::Failed(error),
    }
}

/// The owner of an entry's lock file, of the entry, or of the unit, whichever is not the caller's.
fn other_owner<V: Vfs>(unit: &Unit<V>, entry: EntryName) -> Option<u32> {
    let caller = unit.vfs().process().user?;
    let lock = entry.key().map(|key| match entry {
        EntryName::Quarantined(_) => EntryName::QuarantineLock(key),
        _ => EntryName::Lock(key),
    });
    let named = lock.into_iter().chain([entry]);
    let mut looks = named.filter_map(|name| unit.vfs().stat(unit.dir(), &vfs_name(name)).ok());
    let is_others = |stat: &Stat| stat.owner.is_some_and(|owner| owner.user != caller);
    let found = looks.find(is_others).or_else(|| {
        let dir = unit.vfs().stat_dir(unit.dir()).ok()?.stat;
        is_others(&dir).then_some(dir)
    });
    found.and_then(|stat| stat.owner).map(|owner| owner.user)
}

fn outcome_of(removed: Removed, why: Why) -> Decision {
    match removed.errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok((Fate::Removed(why), removed.bytes)),
    }
}

/// What a first look at a lock file that seems to guard nothing shows.
pub(crate) enum Free {
    /// Free, with this length.
    Yes {
        len: u64,
    },
    No(Why),
}

pub(crate) struct Collector<'a, V: Vfs> {
    pub(crate) unit: &'a Unit<V>,
    pub(crate) policy: &'a Policy,
    pub(crate) mode: Mode,
    pub(crate) now: SystemTime,
    /// What is known of the unit's file system, once that was needed.
    pub(crate) info: OnceCell<FsInfo>,
    /// What would be gone, in a dry run: a file goes with its last name.
    pub(crate) gone: RefCell<Census>,
    /// What came of comparing the published sessions with their records, once that was needed.
    pub(crate) audited: OnceCell<Audited>,
    /// Whether a session stays that waits to be taken over.
    one_waits: Cell<bool>,
}

impl<'a, V: Vfs> Collector<'a, V> {
    /// `gone`: what would be gone already, in a dry run.
    pub(crate) fn new(
        unit: &'a Unit<V>,
        policy: &'a Policy,
        mode: Mode,
        now: SystemTime,
        gone: Census,
    ) -> Self {
        let (info, audited, one_waits) = (OnceCell::new(), OnceCell::new(), Cell::new(false));
        Self { unit, policy, mode, now, info, gone: RefCell::new(gone), audited, one_waits }
    }

    /// Published sessions that were found damaged, and what would be gone.
    pub(crate) fn into_parts(self) -> (Vec<Damaged>, Census) {
        (self.audited.into_inner().unwrap_or_default().damaged, self.gone.into_inner())
    }

    /// C6. What the lock file says whose lock is free, and whether its writer is dead for all that can be known.
    fn look(&self, lock: &Lock<V>) -> Result<(Record, bool), Error> {
        let info = match self.info.get() {
            Some(info) => info,
            None => {
                let info = self.unit.fs_info()?;
                self.info.get_or_init(|| info)
            }
        };
        let record = read_record(lock).map_err(|error| {
            incrdir_vfs::Error::new("read a lock file of", self.unit.path(), error)
        })?;
        let liveness = liveness(self.unit, lock, &record, info, self.policy.patience)?;
        Ok((record, liveness == Liveness::Dead))
    }

    /// Whether it is known what a dead writer did that had linked published files: then nothing is lost with
    /// its session. A unit that cannot be listed is looked at again another time.
    fn is_answered_for(&self, lock: &Lock<V>) -> Result<bool, Error> {
        if !has_linked(lock) {
            return Ok(true);
        }
        if let Some(audited) = self.audited.get() {
            return Ok(audited.is_settled());
        }
        let audited = audit(self.unit, Scrutiny::Attributes)?;
        Ok(self.audited.get_or_init(|| audited).is_settled())
    }

    /// A quarantined session.
    pub(crate) fn quarantined(&self, key: Key) -> Decision {
        let lock_name = EntryName::QuarantineLock(key);
        let lock = self.stat(&vfs_name(lock_name))?;
        if !self.is_long_ago(key, lock.as_ref()) {
            return Ok((Fate::Kept(Why::Quarantined), 0));
        }
        if self.is_pinned(EntryName::Pin(key))? {
            return Ok((Fate::Kept(Why::Pinned), 0));
        }
        if self.mode == Mode::DryRun {
            return self.would_remove(EntryName::Quarantined(key), Why::LongQuarantined);
        }
        let lock = match self.acquire(lock_name, LockKind::Exclusive)? {
            Acquire::Locked(lock) => Some(lock),
            Acquire::Busy => return Ok(left(Why::InUse)),
            Acquire::NotFound => None,
        };
        match condemn_quarantined(self.unit, key, lock)? {
            Condemned::Tombstone(tombstone) => self.bury(tombstone, Why::LongQuarantined),
            Condemned::InPlace(removed) => outcome_of(removed, Why::LongQuarantined),
            Condemned::NotThere | Condemned::NotLocked => Ok(left(Why::Changed)),
        }
    }

    /// The lock file of a quarantined session that is gone.
    pub(crate) fn quarantine_lock(&self, key: Key) -> Decision {
        let name = EntryName::QuarantineLock(key);
        let Some(stat) = self.stat(&vfs_name(name))? else { return Ok(left(Why::Changed)) };
        if !self.is_long_ago(key, Some(&stat)) {
            return Ok((Fate::Kept(Why::Quarantined), 0));
        }
        self.lock_file(name, stat.len, Why::LongQuarantined)
    }

    /// When something was quarantined is when its reason was written; without that it is as old as its name.
    fn is_long_ago(&self, key: Key, lock: Option<&Stat>) -> bool {
        let since = lock.map_or(key.timestamp().to_system_time(), |stat| stat.mtime);
        self.now.duration_since(since).is_ok_and(|age| age >= self.policy.quarantine)
    }

    /// What a collection would do to a published session that is not among the newest.
    pub(crate) fn would_be_obsolete(&self, session: SessionName) -> Decision {
        if self.is_pinned(EntryName::Pin(session.key))? {
            return Ok((Fate::Kept(Why::Pinned), 0));
        }
        match self.acquire_to_tell(EntryName::Lock(session.key))? {
            Acquire::Busy => Ok(left(Why::InUse)),
            Acquire::Locked(_) | Acquire::NotFound => self.would_remove(session, Why::Obsolete),
        }
    }

    /// A published session that is not among the newest. The caller holds a newer one.
    pub(crate) fn obsolete(&self, session: SessionName) -> Decision {
        match self.acquire(EntryName::Lock(session.key), LockKind::Exclusive)? {
            Acquire::Locked(lock) => match self.is_pinned(EntryName::Pin(session.key)) {
                Ok(false) => self.delete(session, lock, Why::Obsolete),
                pinned => {
                    let _ = lock.release();
                    pinned.map(|_| (Fate::Kept(Why::Pinned), 0))
                }
            },
            Acquire::Busy => Ok(left(Why::InUse)),
            // Its lock file was lost or another collector is at it: adopted, it is the next pass's.
            Acquire::NotFound => match adopt(self.unit, session)? {
                Adopted::Done | Adopted::Gone => Ok(left(Why::Changed)),
            },
        }
    }

    /// Whether there is such a pin and it has not ended. Asked under the session's lock, the answer holds as long as that.
    pub(crate) fn is_pinned(&self, pin: EntryName) -> Result<bool, Error> {
        Ok(read_pin(self.unit, pin)?.is_some_and(|pin| !pin.is_over(self.now)))
    }

    /// A pin: one that has ended goes, and one whose session is gone.
    pub(crate) fn pin(&self, entry: EntryName) -> Decision {
        let Some(stat) = self.stat(&vfs_name(entry))? else { return Ok(left(Why::Changed)) };
        let Some(pin) = read_pin(self.unit, entry)? else { return Ok(left(Why::Changed)) };
        let why = match (pin.is_over(self.now), entry.key()) {
            (true, _) => Why::Ended,
            (false, Some(key)) if self.guards_nothing(key, &stat)? => Why::NoSession,
            (false, _) => return Ok((Fate::Kept(Why::Pinned), 0)),
        };
        if self.mode == Mode::Collect {
            let over = pin.is_over(self.now).then_some(self.now);
            match unpin(self.unit, entry, over)? {
                Pinning::Done => {}
                Pinning::NotThere | Pinning::Busy => return Ok(left(Why::Changed)),
            }
        }
        Ok((Fate::Removed(why), stat.allocated))
    }

    /// Whether nothing is left of the session that a pin is for. It was there when the pin was set, so that an old pin whose session
    /// two listings do not show has lost it.
    fn guards_nothing(&self, key: Key, pin: &Stat) -> Result<bool, Error> {
        if !is_past(pin.mtime, self.now, self.policy.effective_grace()) {
            return Ok(false);
        }
        for _ in 0..2 {
            let catalog = self.unit.list()?;
            let is_quarantined = catalog.quarantined.iter().any(|entry| entry.key() == Some(key));
            if is_quarantined || catalog.sessions.contains_key(&key) || !catalog.errors.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Syncs the unit, if a session that stays was published with a promise: nothing older is destroyed before its
    /// name is durable.
    pub(crate) fn sync_for(&self, stays: &Record) -> Result<(), Error> {
        match &stays.head {
            Some(head) if head.durability.is_promise() => self.unit.sync(),
            _ => Ok(()),
        }
    }

    /// The newest of the obsolete sessions that come from no cold start which a failure was the reason of. For as many
    /// sessions after such a start as are kept, it stays: a failure is no reason to destroy what it could not have.
    pub(crate) fn last_warm(&self, plan: &Plan) -> Option<SessionName> {
        let is_recent =
            |session: &SessionName| self.record(session).is_some_and(|r| self.is_cold(&r));
        plan.obsolete.iter().rev().find(|session| !is_recent(session)).copied()
    }

    /// Whether a session comes from such a start, and not from long ago.
    pub(crate) fn is_cold(&self, record: &Record) -> bool {
        let since = record.origin.as_ref().and_then(|origin| origin.since_cold);
        since.is_some_and(|since| usize::from(since) < self.policy.retention.keep.get())
    }

    /// The record of the newest session that stays and is available.
    pub(crate) fn newest_record(&self, plan: &Plan) -> Option<Record> {
        plan.keep.iter().find_map(|session| self.record(session))
    }

    /// `None`: it cannot be read.
    fn record(&self, session: &SessionName) -> Option<Record> {
        match self.acquire(EntryName::Lock(session.key), LockKind::Shared) {
            Ok(Acquire::Locked(lock)) => {
                let record = read_record(&lock).ok();
                let _ = lock.release();
                record
            }
            _ => None,
        }
    }

    /// A working session whose writer may be dead: looked at under a shared lock first, because an
    /// exclusive one would shut readers out of it if it has been published meanwhile. One that waits for whoever begins from the
    /// `newest` published session stays.
    pub(crate) fn working(&self, believed: Believed, newest: Option<SessionName>) -> Decision {
        let lock_name = EntryName::Lock(believed.key);
        let session = believed.key.working();
        if let Some(why) = self.spare(believed, lock_name)? {
            return Ok(left(why));
        }
        let why = match self.acquire(lock_name, LockKind::Shared)? {
            Acquire::Busy => return Ok(left(Why::InUse)),
            Acquire::NotFound => return Ok(left(Why::Changed)),
            Acquire::Locked(lock) => {
                let looked = self.look(&lock);
                let seen = self.stat(&vfs_name(session));
                let _ = lock.release();
                if seen?.is_none() {
                    return Ok(left(Why::Changed));
                }
                let (record, is_dead) = looked?;
                if !is_dead {
                    return Ok(left(Why::Doubtful));
                }
                let waits_for = waits_for(self.unit.vfs(), &record);
                let is_wanted = waits_for.is_some() && waits_for == newest;
                if is_wanted && self.policy.keeps_waiting && !self.one_waits.replace(true) {
                    return Ok((Fate::Kept(Why::Waiting), 0));
                }
                if record.waiting.is_some() { Why::Outdated } else { Why::DeadWriter }
            }
        };
        if self.mode == Mode::DryRun {
            return self.would_remove(session, why);
        }
        match self.acquire(lock_name, LockKind::Exclusive)? {
            Acquire::Locked(lock) => match self.is_answered_for(&lock) {
                Ok(true) => self.delete(session, lock, why),
                answered => {
                    let _ = lock.release();
                    answered.map(|_| left(Why::Unaudited))
                }
            },
            Acquire::Busy => Ok(left(Why::InUse)),
            Acquire::NotFound => Ok(left(Why::Changed)),
        }
    }

    /// A working session without a lock file. Making the lock file settles whether the listing was torn.
    pub(crate) fn lockless(&self, believed: Believed) -> Decision {
        let session = believed.key.working();
        let Some(stat) = self.stat(&vfs_name(session))? else { return Ok(left(Why::Changed)) };
        if !self.is_old(believed, &stat) {
            return Ok(left(Why::Young));
        }
        if self.mode == Mode::DryRun {
            return self.would_remove(session, Why::LostLock);
        }
        let lock_name = vfs_name(EntryName::Lock(believed.key));
        match create_unborn(self.unit.vfs(), self.unit.dir(), &lock_name, LockKind::Exclusive)? {
            Create::Taken => Ok(left(Why::Changed)),
            Create::Locked(lock) => match condemn(self.unit, session, lock)? {
                Condemned::Tombstone(tombstone) => self.bury(tombstone, Why::LostLock),
                Condemned::InPlace(removed) => outcome_of(removed, Why::LostLock),
                // Then the lock file that we made guards nothing: the next pass removes it.
                Condemned::NotThere | Condemned::NotLocked => Ok(left(Why::Changed)),
            },
        }
    }

    /// First look at a lock file that seems to guard nothing: is it free?
    pub(crate) fn is_free(&self, believed: Believed, name: EntryName) -> Result<Free, Error> {
        if let Some(why) = self.spare(believed, name)? {
            return Ok(Free::No(why));
        }
        match self.acquire(name, LockKind::Shared)? {
            Acquire::Busy => Ok(Free::No(Why::InUse)),
            Acquire::NotFound => Ok(Free::No(Why::Changed)),
            Acquire::Locked(lock) => {
                let (looked, len) = (self.look(&lock), lock.len());
                let _ = lock.release();
                Ok(if looked?.1 { Free::Yes { len } } else { Free::No(Why::Doubtful) })
            }
        }
    }

    /// A lock file that was seen free, with this length, and guards nothing. One that was made under its own name may have
    /// been seen before its maker locked it: then its maker has written into it since.
    pub(crate) fn lock_file(&self, name: EntryName, seen_len: u64, why: Why) -> Decision {
        let bytes = self.stat(&vfs_name(name))?.map_or(0, |stat| stat.allocated);
        if self.mode == Mode::DryRun {
            return Ok((Fate::Removed(why), bytes));
        }
        match self.acquire(name, LockKind::Exclusive)? {
            Acquire::Locked(lock) if lock.len() != seen_len => {
                let _ = lock.release();
                Ok(left(Why::Changed))
            }
            Acquire::Locked(lock) => {
                lock.remove(self.unit.dir(), &vfs_name(name))?;
                Ok((Fate::Removed(why), bytes))
            }
            Acquire::Busy => Ok(left(Why::InUse)),
            Acquire::NotFound => Ok(left(Why::Changed)),
        }
    }

    /// Deletes a tombstone's tree.
    pub(crate) fn bury(&self, tombstone: EntryName, why: Why) -> Decision {
        if self.mode == Mode::DryRun {
            return self.would_remove(tombstone, why);
        }
        outcome_of(remove_tree(self.unit.vfs(), self.unit.dir(), &vfs_name(tombstone)), why)
    }

    pub(crate) fn delete(&self, session: SessionName, lock: Lock<V>, why: Why) -> Decision {
        match condemn(self.unit, session, lock)? {
            Condemned::Tombstone(tombstone) => self.bury(tombstone, why),
            Condemned::InPlace(removed) => outcome_of(removed, why),
            Condemned::NotThere | Condemned::NotLocked => Ok(left(Why::Changed)),
        }
    }

    pub(crate) fn would_remove(&self, name: impl Into<EntryName>, why: Why) -> Decision {
        let name = vfs_name(name.into());
        let (vfs, dir) = (self.unit.vfs(), self.unit.dir());
        let mut gone = self.gone.borrow_mut();
        let before = gone.own_bytes();
        gone.measure(vfs, dir, &name).map_err(failed(vfs, "measure", dir, &name))?;
        Ok((Fate::Removed(why), gone.own_bytes() - before))
    }

    /// Why a lock file must not even be opened yet, if so: without a record it may be rustc's, which dies
    /// when somebody else holds the lock that it has just made.
    fn spare(&self, believed: Believed, name: EntryName) -> Result<Option<Why>, Error> {
        let Some(stat) = self.stat(&vfs_name(name))? else { return Ok(Some(Why::Changed)) };
        let says_that_it_is_ours = stat.len > 0 && matches!(name, EntryName::Lock(_));
        Ok((!says_that_it_is_ours && !self.is_old(believed, &stat)).then_some(Why::Young))
    }

    fn is_old(&self, believed: Believed, stat: &Stat) -> bool {
        let grace = self.policy.effective_grace();
        believed.is_old && is_past(stat.mtime, self.now, grace)
    }

    pub(crate) fn acquire(&self, name: EntryName, kind: LockKind) -> Result<Acquire<V>, Error> {
        Ok(try_acquire(self.unit.vfs(), self.unit.dir(), &vfs_name(name), kind)?)
    }

    /// In a dry run, the lock of what would be deleted. It is taken shared, which whoever may only read can do; a deletion must
    /// be able to write.
    pub(crate) fn acquire_to_tell(&self, name: EntryName) -> Result<Acquire<V>, Error> {
        let (vfs, dir) = (self.unit.vfs(), self.unit.dir());
        match vfs.open_file(dir, &vfs_name(name), Access::ReadWrite) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Err(failed(vfs, "open", dir, &vfs_name(name))(error).into())
            }
            _ => self.acquire(name, LockKind::Shared),
        }
    }

    fn stat(&self, name: &Name) -> Result<Option<Stat>, Error> {
        match self.unit.vfs().stat(self.unit.dir(), name) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(failed(self.unit.vfs(), "look at", self.unit.dir(), name)(error).into())
            }
        }
    }

    /// C5: holds one of the kept sessions, so that somebody's reader finds one while others go. One that nobody is to use
    /// is none.
    pub(crate) fn guard(&self, keep: &[SessionName]) -> Option<(Lock<V>, Record)> {
        keep.iter().find_map(|session| {
            match self.acquire(EntryName::Lock(session.key), LockKind::Shared) {
                Ok(Acquire::Locked(lock)) if self.is_published(session) => {
                    // One that cannot be read promises nothing that could be kept, and may be anything.
                    let record = read_whole_record(&lock).unwrap_or_default();
                    record.reason.is_none().then_some((lock, record))
                }
                _ => None,
            }
        })
    }

    fn is_published(&self, session: &SessionName) -> bool {
        matches!(self.stat(&vfs_name(*session)), Ok(Some(_)))
    }
}
