//! What a collection did: every entry it met, what happened to it, and why.

use std::fmt;
use std::time::SystemTime;

use incrdir_naming::EntryName;
use incrdir_session::{Census, Damaged, Error};
use incrdir_vfs::Name;

/// What a collection of one unit did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// One for each of our entries, in the order in which they were handled.
    pub disposals: Vec<Disposal>,
    /// Published sessions that a dead writer had written into, and what happened to them.
    pub damaged: Vec<Damaged>,
    /// Names that are not ours. They were not touched.
    pub foreign: Vec<Name>,
    /// Entries that the listing could not read.
    pub listing_errors: Vec<std::io::Error>,
    /// Whether the watcher stopped the collection before its end.
    pub interrupted: bool,
    /// When the unit was last used, to the hour, where [`operate`](crate::operate) had to know it.
    pub last_use: Option<SystemTime>,
    /// Whether nothing was left of the unit, so that its directory was removed, or would be.
    pub emptied: bool,
    /// What would be gone, in a dry run.
    pub(crate) gone: Census,
}

/// What happened to one entry.
#[derive(Debug)]
#[non_exhaustive]
pub struct Disposal {
    /// Which: a session stands for its directory and its lock file.
    pub entry: EntryName,
    /// What happened to it.
    pub fate: Fate,
    /// Bytes that were freed, or would be.
    pub bytes: u64,
}

/// What happened to an entry.
// Exhaustive: an entry goes, stays, or nothing could be decided or done.
#[derive(Debug)]
pub enum Fate {
    /// Deleted; in a dry run, to be deleted.
    Removed(Why),
    /// Sound, and kept.
    Kept(Why),
    /// Not decided or not possible this time; a later collection looks at it again.
    Left(Why),
    /// A call failed; a later collection tries again.
    Failed(Error),
}

/// Why an entry was removed, kept or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Among the newest published sessions.
    Newest,
    /// Published, not among the newest, and kept because those descend from a session that began cold when no source was
    /// available.
    LastWarm,
    /// Published, but not among the newest.
    Obsolete,
    /// It was filled ahead of time from the newest published session, and waits to be taken over.
    Waiting,
    /// It was filled ahead of time, and waits for nobody: from a session that is not the newest any more, before the machine was
    /// restarted, beside another one, or where none is to be kept.
    Outdated,
    /// Its writer is dead.
    DeadWriter,
    /// Its lock file is gone and it is older than the grace.
    LostLock,
    /// A lock file that guards nothing.
    NoSession,
    /// A lock file whose maker died before it had its final name.
    Stillborn,
    /// Already condemned by an earlier collection.
    Condemned,
    /// Its lock is held.
    InUse,
    /// Younger than the grace, and without a record that says whose it is.
    Young,
    /// Published, collected or replaced while it was being examined.
    Changed,
    /// None of the newer sessions could be held during the collection, so no published one was collected.
    NoGuard,
    /// The listing had errors, so nothing is known for sure.
    IncompleteListing,
    /// Quarantined, and kept for inspection.
    Quarantined,
    /// Quarantined for longer than the policy keeps it.
    LongQuarantined,
    /// Its lock is free, but its writer or a program that it runs is alive, or may be.
    Doubtful,
    /// What stays could not be made durable, so nothing older was deleted.
    Unsynced,
    /// Its dead writer may have written into published sessions, which cannot be examined now.
    Unaudited,
    /// The collection was stopped while it was handling this entry.
    Stopped,
    /// Its unit was not used for as long as the policy allows.
    Unused,
    /// All units together took more than the policy allows, and its unit was the one that had not been used for longest.
    OverSize,
    /// The file system had less free space than the policy asks for, and its unit was the one that had not been used for
    /// longest.
    LowSpace,
    /// It or its unit is pinned; of a pin, that it is in force.
    Pinned,
    /// A pin that has ended.
    Ended,
    /// It is this user's, who is not the caller, and may not be locked or deleted by others.
    OwnedBy(u32),
}

impl Collected {
    /// How many entries were removed, or would be.
    pub fn removed(&self) -> usize {
        self.disposals.iter().filter(|disposal| matches!(disposal.fate, Fate::Removed(_))).count()
    }

    /// Bytes that were freed, or would be.
    pub fn bytes(&self) -> u64 {
        self.disposals.iter().map(|disposal| disposal.bytes).fold(0, u64::saturating_add)
    }

    /// Notes what became of an entry in the end.
    pub(crate) fn settle(&mut self, disposal: Disposal) {
        match self.disposals.iter_mut().find(|earlier| earlier.entry == disposal.entry) {
            Some(earlier) => *earlier = disposal,
            None => self.disposals.push(disposal),
        }
    }

    /// What failed.
    pub fn failures(&self) -> impl Iterator<Item = (&EntryName, &Error)> {
        self.disposals.iter().filter_map(|disposal| match &disposal.fate {
            Fate::Failed(error) => Some((&disposal.entry, error)),
            _ => None,
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnedBy(0) => "owned by root",
            Self::OwnedBy(user) => return write!(f, "owned by user {user}"),
            Self::Newest => "newest",
            Self::LastWarm => "the newer ones come from a cold start",
            Self::Obsolete => "obsolete",
            Self::Waiting => "waits to be taken over",
            Self::Outdated => "waits for nobody any more",
            Self::DeadWriter => "writer is dead",
            Self::LostLock => "lock file lost",
            Self::NoSession => "guards nothing",
            Self::Stillborn => "never born",
            Self::Condemned => "condemned before",
            Self::InUse => "in use",
            Self::Young => "within the grace",
            Self::Changed => "changed meanwhile",
            Self::NoGuard => "no newer session could be held",
            Self::IncompleteListing => "listing incomplete",
            Self::Quarantined => "quarantined",
            Self::LongQuarantined => "quarantined long ago",
            Self::Doubtful => "writer may be alive",
            Self::Unsynced => "what stays could not be synced",
            Self::Unaudited => "what it may have damaged is in use",
            Self::Unused => "unit not used for too long",
            Self::OverSize => "least recently used, too much in all",
            Self::LowSpace => "least recently used, too little is free",
            Self::Pinned => "pinned",
            Self::Ended => "pin has ended",
            Self::Stopped => "stopped meanwhile",
        })
    }
}
