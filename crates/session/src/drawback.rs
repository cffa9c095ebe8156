//! What a file system makes worse, in the words that everybody uses for it.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use incrdir_vfs::FsInfo;

use crate::{SeedMode, Seeded};

/// Times in steps of this or longer do not tell changes apart that follow each other.
const COARSE: Duration = Duration::from_millis(10);

/// Something that works less well on a file system than on others, or not at all.
///
/// Beginning tells some of them once ([`Begun::drawbacks`](crate::Begun::drawbacks)), as far as it sees them without
/// looking for them. All are found by incrdir-probe, which tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Drawback {
    /// Locks may not exclude everybody ([`FsInfo::locks_exclude_all`]).
    Locks,
    /// There are no hard links.
    NoHardLinks,
    /// Files cannot share their blocks.
    NoClones,
    /// A change of a file's content may not move its times ([`FsInfo::times_tell_all`]).
    Times,
    /// Times that are closer than this are not told apart.
    CoarseTimes(Duration),
    /// A directory cannot be renamed while something in it is open.
    NoOpenRename,
    /// Directories cannot be synced.
    NoDirectorySync,
}

impl Drawback {
    /// Those that follow from what is known of a file system.
    pub fn known(info: &FsInfo) -> Vec<Self> {
        let mut known = Vec::new();
        if !info.locks_exclude_all {
            known.push(Self::Locks);
        }
        if !info.times_tell_all {
            known.push(Self::Times);
        }
        known.extend(Self::of_step(info.time_step));
        known
    }

    /// The one that comes with times in steps of this length, if they are coarse.
    pub fn of_step(step: Duration) -> Option<Self> {
        (step >= COARSE).then_some(Self::CoarseTimes(step))
    }

    /// The one that was seen when files were copied that were to be linked or cloned.
    pub(crate) fn seen(mode: SeedMode, seeded: &Seeded) -> Option<Self> {
        let kind = seeded.fallback.as_ref()?.kind();
        match (mode, kind) {
            (SeedMode::Link, ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
                Some(Self::NoHardLinks)
            }
            (SeedMode::Auto, ErrorKind::Unsupported) => Some(Self::NoClones),
            // Two file systems, or a file with as many links as it can have.
            _ => None,
        }
    }
}

impl Drawback {
    /// What follows from it.
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Locks => {
                "a session of whose writer nothing is known is kept for a day; if the writer lives on another machine, it \
                 may be lost then"
            }
            Self::NoHardLinks => "sessions that are to be linked are copied",
            Self::NoClones => {
                "what has changed since the session that is recycled is copied, unless it is linked"
            }
            Self::Times => {
                "files that were copied are copied again by the next session, unless digests are recorded"
            }
            Self::CoarseTimes(_) => {
                "beginning waits, after files were copied, until a change of them would show"
            }
            Self::NoOpenRename => {
                "a program has to close its files before its session can be published"
            }
            Self::NoDirectorySync => "sessions that are to be durable are refused",
        }
    }
}

impl fmt::Display for Drawback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Locks => "locks may not exclude everybody",
            Self::NoHardLinks => "there are no hard links",
            Self::NoClones => "files are copied, because they cannot share blocks",
            Self::Times => "times do not show every change",
            Self::CoarseTimes(step) => {
                return write!(f, "times are told apart in steps of {step:?}");
            }
            Self::NoOpenRename => "a directory cannot be renamed while a file in it is open",
            Self::NoDirectorySync => "directories cannot be synced",
        })
    }
}
