//! What the findings come to, in words: a pure function.

use std::fmt;
use std::io::ErrorKind;

use incrdir_session::Drawback;
use incrdir_vfs::Chain;

use crate::{Exclusion, Findings, Untried, Who};

/// Whether a cache can be here, the best answer first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// All that is promised holds here.
    Good,
    /// All that is promised holds, but for what the drawbacks say.
    Works,
    /// The same where a session is always a copy.
    Copies,
    /// Two processes may hold one lock.
    LocksUntrusted(Doubt),
    /// No session can be begun here.
    Unusable(Obstacle),
}

/// Why locks are not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The type of the file system does not promise that they exclude everybody, and no trial can prove it.
    Unproven,
    /// Two opens of one file in one process held one lock.
    TwoDescriptors,
    /// Somebody else held it at the same time.
    NotExcluded(Who),
    /// It was not free when it had been given up.
    NeverFree,
    /// An attempt failed, with this text.
    Failing(String),
}

/// Why no session can be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// Nothing can be changed.
    ReadOnly,
    /// This user may make nothing in the directory.
    NotPermitted,
    /// There is no room.
    Full,
    /// There is no room for more files, however small.
    NoInodes,
    /// There are no locks.
    NoLocks,
    /// Something failed that every session does, with this text.
    Failing(String),
    /// The probe was told to stop before it knew.
    Interrupted,
}

impl Findings {
    /// What follows from them.
    pub fn verdict(&self) -> Verdict {
        if let Some(obstacle) = self.obstacle() {
            return Verdict::Unusable(obstacle);
        }
        if let Some(doubt) = self.doubt() {
            return Verdict::LocksUntrusted(doubt);
        }
        let (links, clones) =
            (matches!(self.hard_links, Ok(true)), matches!(self.clones, Ok(true)));
        if !links && !clones {
            return Verdict::Copies;
        }
        // One of the two is enough.
        let matters = |drawback: &Drawback| match drawback {
            Drawback::NoClones => !links,
            Drawback::NoHardLinks => !clones,
            _ => true,
        };
        if self.drawbacks().iter().any(matters) { Verdict::Works } else { Verdict::Good }
    }

    fn obstacle(&self) -> Option<Obstacle> {
        let essential = [self.made.as_ref().err(), self.writes.as_ref().err()];
        let renames = self.names.as_ref().ok().and_then(|names| names.renames.as_ref().err());
        if let Some(error) = essential.into_iter().chain([renames]).flatten().next() {
            return Some(self.obstacle_by(error));
        }
        match self.locks.two_descriptors {
            Ok(Exclusion::NoLocks) => Some(Obstacle::NoLocks),
            Err(Untried::Stopped) => Some(Obstacle::Interrupted),
            _ => None,
        }
    }

    fn obstacle_by(&self, error: &Untried) -> Obstacle {
        let has_no_inodes =
            self.space.as_ref().is_ok_and(|space| space.available_inodes == Some(0));
        match error.kind() {
            ErrorKind::Interrupted => Obstacle::Interrupted,
            ErrorKind::ReadOnlyFilesystem => Obstacle::ReadOnly,
            ErrorKind::PermissionDenied => Obstacle::NotPermitted,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded if has_no_inodes => {
                Obstacle::NoInodes
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Obstacle::Full,
            _ => Obstacle::Failing(Chain(error).to_string()),
        }
    }

    fn doubt(&self) -> Option<Doubt> {
        let by = |exclusion: Exclusion, not_excluded: Doubt| match exclusion {
            Exclusion::BothHold | Exclusion::NoLocks => Some(not_excluded),
            Exclusion::NeverFree => Some(Doubt::NeverFree),
            Exclusion::Excludes => None,
        };
        let locks = &self.locks;
        let in_process = match &locks.two_descriptors {
            Ok(exclusion) => by(*exclusion, Doubt::TwoDescriptors),
            Err(error) => Some(Doubt::Failing(Chain(error).to_string())),
        };
        let mut witnesses = locks.witnesses.iter();
        let by_others = || {
            witnesses
                .find_map(|(who, trial)| by(*trial.as_ref().ok()?, Doubt::NotExcluded(who.clone())))
        };
        in_process
            .or_else(by_others)
            .or_else(|| (!self.exclude_by_nature()).then_some(Doubt::Unproven))
    }

    /// Whether all who can reach a lock ask one kernel for it.
    fn exclude_by_nature(&self) -> bool {
        self.info.as_ref().is_ok_and(|info| info.locks_exclude_all)
            || self.mount.as_ref().is_some_and(|mount| mount.is_on_a_device)
    }
}

impl Verdict {
    /// Whether sessions can be begun here, and locks be relied on.
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Good | Self::Works | Self::Copies)
    }

    /// What to do about it, where something can be done.
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::Good | Self::Works | Self::Copies => return None,
            Self::LocksUntrusted(Doubt::Unproven) => {
                "use this cache from one machine and through this mount only, or put it on a local file system"
            }
            Self::LocksUntrusted(Doubt::NotExcluded(Who::Way(_))) => {
                "let everybody use the cache through the same mount, or put it on a local file system"
            }
            Self::LocksUntrusted(_) => {
                "put the cache on a local file system, or give every process a cache of its own"
            }
            Self::Unusable(obstacle) => match obstacle {
                Obstacle::ReadOnly => "mount it for writing, or put the cache elsewhere",
                Obstacle::NotPermitted => {
                    "choose a directory of this user, or have this one given to them"
                }
                Obstacle::Full => "make room, for example by collecting obsolete sessions",
                Obstacle::NoInodes => {
                    "remove files, for example by collecting obsolete sessions: there is room for bytes, not for more files"
                }
                Obstacle::NoLocks => {
                    "put the cache on a local file system; over NFS, the lock service may be down"
                }
                Obstacle::Failing(_) => "look at the system's log, or put the cache elsewhere",
                Obstacle::Interrupted => "run it again",
            },
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good: all that is promised holds here"),
            Self::Works => f.write_str("works, with drawbacks"),
            Self::Copies => f.write_str(
                "works by copying: there are neither hard links nor clones, so a new session copies what has changed",
            ),
            Self::LocksUntrusted(doubt) => write!(f, "locks are not to be trusted: {doubt}"),
            Self::Unusable(obstacle) => write!(f, "cannot be used: {obstacle}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unproven => f.write_str(
                "whether they exclude other machines and mounts is not known, and cannot be proven from here",
            ),
            Self::TwoDescriptors => f.write_str("one process could take the same lock twice"),
            Self::NotExcluded(who) => write!(f, "{who} could take a lock that was held"),
            Self::NeverFree => f.write_str("a lock was not free although nobody held it"),
            Self::Failing(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "it is read-only",
            Self::NotPermitted => "this user may not make anything in this directory",
            Self::Full => "the disk is full, or the quota is used up",
            Self::NoInodes => "there is no room for another file",
            Self::NoLocks => "there are no locks",
            Self::Failing(why) => why,
            Self::Interrupted => "that is not known yet",
        })
    }
}
