//! How real calls fail, as data.

use std::fmt;
#[cfg(feature = "unstable-explore")]
use std::io::ErrorKind;

use super::OpKind;
#[cfg(feature = "unstable-explore")]
use super::errno::Errno;

/// One way in which one call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Fault {
    /// The error's name in the C library; `short` for less than was asked for without an error.
    pub errno: &'static str,
    /// What of the call was done before.
    pub placement: Placement,
}

// Exhaustive: nothing, everything or a half.
/// What a call that fails has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// Nothing.
    NotDone,
    /// Everything: only the answer is wrong, as when a network file system repeats a request whose reply was
    /// lost, or when the kernel reports what went wrong afterwards.
    Done,
    /// Half of it.
    Partial,
}

macro_rules! faults {
    ($($errno:literal $placement:ident),* $(,)?) => {
        const { &[$(Fault { errno: $errno, placement: Placement::$placement }),*] }
    };
}

impl Fault {
    /// The ways in which a call of this kind can fail.
    ///
    /// That something is not there although it is, is not among them: real races show that where it can
    /// happen.
    pub fn of(kind: OpKind) -> &'static [Self] {
        use OpKind as Op;
        const OPEN: &[Fault] = faults!["EACCES" NotDone, "EMFILE" NotDone, "EIO" NotDone];
        const RENAME: &[Fault] = faults![
            "EACCES" NotDone,
            "ENOSPC" NotDone,
            "EBUSY" NotDone,
            "EIO" NotDone,
            "EIO" Done,
            "ENOENT" Done,
        ];
        const ATTRIBUTES: &[Fault] = faults!["EPERM" NotDone, "EIO" NotDone];
        match kind {
            Op::OpenDir | Op::OpenFile => OPEN,
            Op::CreateDir => faults![
                "ENOSPC" NotDone,
                "EACCES" NotDone,
                "EMLINK" NotDone,
                "EEXIST" Done,
            ],
            Op::RemoveDir => {
                faults!["EACCES" NotDone, "EBUSY" NotDone, "ENOENT" Done]
            }
            Op::List => faults!["EIO" NotDone, "EMFILE" NotDone, "EIO" Partial],
            Op::Stat => faults!["EACCES" NotDone, "EIO" NotDone],
            Op::Rename | Op::RenameNew => RENAME,
            Op::HardLink => faults![
                "EPERM" NotDone,
                "EMLINK" NotDone,
                "EXDEV" NotDone,
                "ENOSPC" NotDone,
                "EEXIST" Done,
                "EIO" Done,
            ],
            Op::RemoveFile => faults![
                "EACCES" NotDone,
                "EBUSY" NotDone,
                "EROFS" NotDone,
                "EIO" Done,
                "ENOENT" Done,
            ],
            Op::CreateFile => faults![
                "ENOSPC" NotDone,
                "EACCES" NotDone,
                "EMFILE" NotDone,
                "EEXIST" Done,
            ],
            Op::Symlink => {
                faults!["ENOSPC" NotDone, "EPERM" NotDone, "EEXIST" Done]
            }
            Op::WriteAt => faults![
                "ENOSPC" NotDone,
                "EINTR" NotDone,
                "ENOSPC" Partial,
                "EIO" Done,
            ],
            Op::Copy => faults!["EIO" NotDone, "ENOSPC" Partial, "short" Partial],
            Op::CloneFile => faults![
                "EOPNOTSUPP" NotDone,
                "ENOSPC" NotDone,
                "EACCES" NotDone,
                "EMFILE" NotDone,
                "EEXIST" Done,
            ],
            Op::Share => faults!["EOPNOTSUPP" NotDone, "ENOSPC" NotDone],
            Op::SetMode
            | Op::SetDirMode
            | Op::SetModeOf
            | Op::SetMtime
            | Op::SetDirMtime
            | Op::SetOwner
            | Op::RemoveExtended => ATTRIBUTES,
            Op::SetExtended => faults![
                "EPERM" NotDone,
                "EOPNOTSUPP" NotDone,
                "ENOSPC" NotDone,
                "EIO" NotDone,
            ],
            Op::ReadLink | Op::Read | Op::StatFile | Op::StatDir | Op::Extended => {
                faults!["EIO" NotDone]
            }
            Op::SyncFile | Op::SyncDir => faults!["EIO" NotDone],
            Op::TryLock => faults![
                "ENOLCK" NotDone,
                "EINTR" NotDone,
                "EIO" NotDone,
                "EOPNOTSUPP" NotDone,
            ],
            Op::Unlock => faults!["EIO" NotDone],
            Op::FsInfo | Op::Space => faults!["EIO" NotDone],
            // Whoever stores cannot be told that it failed: a signal ends the process.
            Op::Store => &[],
            Op::Now | Op::Pause | Op::Random | Op::BootId => &[],
            Op::Process | Op::ProcessOf | Op::IsAlive => &[],
        }
    }

    /// What the caller sees.
    #[cfg(feature = "unstable-explore")]
    pub fn errno(self) -> Errno {
        let kind = match self.errno {
            "EACCES" | "EPERM" => ErrorKind::PermissionDenied,
            "EBUSY" => ErrorKind::ResourceBusy,
            "EEXIST" => ErrorKind::AlreadyExists,
            "EINTR" => ErrorKind::Interrupted,
            "EMLINK" => ErrorKind::TooManyLinks,
            "ENOENT" => ErrorKind::NotFound,
            "ENOSPC" => ErrorKind::StorageFull,
            "EOPNOTSUPP" => ErrorKind::Unsupported,
            "EROFS" => ErrorKind::ReadOnlyFilesystem,
            "EXDEV" => ErrorKind::CrossesDevices,
            // What the standard library has no kind for.
            other => return Errno::Other(other),
        };
        Errno::Kind(kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let placement = match self.placement {
            Placement::NotDone => "",
            Placement::Done => " though done",
            Placement::Partial => " half-way",
        };
        write!(f, "{}{placement}", self.errno)
    }
}
