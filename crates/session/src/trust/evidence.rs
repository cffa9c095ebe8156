//! Whether a content is the one that it was: the one place that decides it.
//!
//! Five things is available of a file: that it is one file with another (the same inode, both looked at while both exist),
//! its length, its times, its content's digest, and the content itself. What they prove depends on the file system:
//!
//! 1. E1: digests, where both are known, decide. A claim that they refute is none.
//! 2. E2: a file that shows the same inode number, length, mtime and ctime as when somebody looked is untouched since, if
//!    every change moves the ctime here, *and* it had settled: its ctime was older, by the step of the clock, than the
//!    look. A change within that step of the one before may get the same ctime.
//! 3. E3: where not every change moves the ctime (a store through a shared mapping on tmpfs; what a network or FUSE file
//!    system keeps in its caches), or it had not settled, the content is read as well, and must have the digest that it
//!    had.
//! 4. E4: what nothing proves is copied again.
//! 5. E5: a directory that shows the same inode number and ctime as before its names were listed has those names, each of the
//!    file that it was of, and its attributes, if every change of names moves the ctime here, and it had settled as in E2.
//!    Its mtime would say nothing more: whatever moves it moves the ctime.
//!
//! A content that is recorded under a key stands for the attributes too: permissions, owner, extended attributes. Each
//! change of those moves the ctime.

use std::time::{Duration, SystemTime};

use incrdir_record::{Digest, Kind, Listed};
use incrdir_vfs::{FileKind, FsInfo, Owner, Stat};

use crate::Mismatch;
use crate::record::recorded_kind;

/// Kernels without times of their own for each change take them from a clock that moves 100 to 1,000 times a second.
const KERNEL_STEP: Duration = Duration::from_millis(20);

/// The step of file systems that keep whole seconds.
const WHOLE_SECONDS: Duration = Duration::from_secs(1);

/// What the times of a file system tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    tells_all: bool,
    tells_names: bool,
    /// Within which two changes may have one ctime, though somebody looked in between.
    pub(crate) step: Duration,
}

impl Clock {
    /// `is_fine`: it was seen that a change after a look gets another ctime, however soon it comes.
    pub(crate) fn of(info: &FsInfo, is_fine: bool) -> Self {
        let step = if is_fine { Duration::ZERO } else { info.time_step.max(KERNEL_STEP) };
        Self { tells_all: info.times_tell_all, tells_names: info.names_move_times, step }
    }

    /// The clock of a file system that had this step when somebody looked.
    pub(crate) fn with_step(self, step: Duration) -> Self {
        Self { step, ..self }
    }

    /// Whether every change of the names in a directory moves its time.
    pub(crate) fn tells_names(self) -> bool {
        self.tells_names
    }

    /// How long it takes from now on until files with a ctime of `latest` have settled. `None`: they have, or that takes
    /// longer than it is worth.
    pub(crate) fn settling(self, latest: SystemTime, now: SystemTime) -> Option<Duration> {
        if !self.tells_all || self.step.is_zero() || self.step > KERNEL_STEP {
            return None;
        }
        let settled = latest.checked_add(self.step)?;
        settled.duration_since(now).ok().filter(|left| *left <= self.step && !left.is_zero())
    }

    /// For how long nothing must change until all that has changed by now has settled. `None`: it has, or that takes longer than it is
    /// worth to somebody for whom nobody waits.
    pub(crate) fn pause(self) -> Option<Duration> {
        Some(self.step).filter(|step| !step.is_zero() && *step <= WHOLE_SECONDS)
    }

    /// Whether a file whose ctime was seen at `look` shows every later change of its content.
    fn tells_content(self, ctime: SystemTime, look: SystemTime) -> bool {
        self.tells_all && self.has_settled(ctime, look)
    }

    /// Whether what changes after `look` cannot have the ctime that was seen then.
    fn has_settled(self, ctime: SystemTime, look: SystemTime) -> bool {
        self.step.is_zero() || ctime.checked_add(self.step).is_some_and(|settled| settled <= look)
    }
}

/// What a file showed when somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    inode: u64,
    len: u64,
    mtime: SystemTime,
    ctime: SystemTime,
    /// Permissions and owner, where they were seen.
    attributes: Option<(u32, Option<Owner>)>,
}

impl Shown {
    /// `None` of what cannot be told from others: no file, one with several names, one without a ctime.
    pub(crate) fn by(stat: &Stat) -> Option<Self> {
        Self::under_one_of_its_names(stat).filter(|_| stat.links == 1)
    }

    fn under_one_of_its_names(stat: &Stat) -> Option<Self> {
        let Stat { id, len, mtime, ctime, mode, owner, .. } = *stat;
        let attributes = Some((mode, owner));
        let is_file = stat.kind == FileKind::File;
        is_file.then_some(Self { inode: id.inode, len, mtime, ctime: ctime?, attributes })
    }

    pub(crate) fn ctime(&self) -> SystemTime {
        self.ctime
    }

    /// As it is to be recorded.
    pub(crate) fn listed(&self) -> Listed {
        let mut listed = Listed::new(Kind::File, self.inode, self.len, self.mtime);
        listed.ctime = Some(self.ctime);
        listed
    }

    /// As it was recorded.
    pub(crate) fn recorded(listed: &Listed) -> Option<Self> {
        let Listed { inode, len, mtime, ctime, .. } = *listed;
        Some(Self { inode, len, mtime: mtime?, ctime: ctime?, attributes: None })
    }

    /// E2, of a file that may have several names: whether one that shows `now` is untouched since `look`. Whoever writes through another
    /// name, makes one or removes one moves the ctime as well.
    pub(crate) fn is_untouched(&self, clock: Clock, look: SystemTime, now: &Stat) -> bool {
        let is_it = Self::under_one_of_its_names(now).is_some_and(|now| self.is_shown_by(&now));
        is_it && clock.tells_content(self.ctime, look)
    }

    /// Whether another look shows the same, as far as both looked.
    fn is_shown_by(&self, now: &Self) -> bool {
        *self == Self { attributes: self.attributes.and(now.attributes), ..*now }
    }
}

/// What a directory showed before its names were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShownDir {
    inode: u64,
    ctime: SystemTime,
}

impl ShownDir {
    /// As it was recorded, in a list that was begun at `look`. `None`: that says nothing here.
    pub(crate) fn recorded(clock: Clock, listed: &Listed, look: SystemTime) -> Option<Self> {
        let Listed { kind: Kind::Dir, inode: inode @ 1.., ctime: Some(ctime), .. } = *listed else {
            return None;
        };
        (clock.tells_names && clock.has_settled(ctime, look)).then_some(Self { inode, ctime })
    }

    /// Whether a directory of the same device that shows `now` has the names and attributes that it had then (E5).
    pub(crate) fn is_shown_by(&self, now: &Stat) -> bool {
        let Stat { kind, id, ctime, is_mount, .. } = *now;
        let is_it = kind == FileKind::Dir && !is_mount && id.inode == self.inode;
        is_it && ctime == Some(self.ctime)
    }
}

/// What is known of a file's content from an earlier look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) shown: Shown,
    /// When somebody looked.
    pub(crate) look: SystemTime,
    /// What its content had then, where that is known.
    pub(crate) digest: Option<Digest>,
}

/// Whether a file that shows `now` is untouched since an earlier look (E1 to E3). `digest` is its content's, if that was
/// computed anyway; `read` computes it, and is only asked where that can decide.
///
/// # Errors
///
/// What `read` says.
pub(crate) fn is_untouched<E>(
    clock: Clock,
    known: &Known,
    now: &Stat,
    digest: Option<Digest>,
    read: impl FnOnce() -> Result<Digest, E>,
) -> Result<bool, E> {
    if !Shown::by(now).is_some_and(|now| known.shown.is_shown_by(&now)) {
        return Ok(false);
    }
    let tells = clock.tells_content(known.shown.ctime, known.look);
    match (known.digest, digest) {
        (Some(then), Some(now)) => Ok(then == now),
        _ if tells => Ok(true),
        (Some(then), None) => Ok(read()? == then),
        (None, _) => Ok(false),
    }
}

/// How a file differs from what is recorded of it. `ids_count`: whether its id is known.
pub(crate) fn differs(recorded: &Listed, stat: &Stat, ids_count: bool) -> Option<Mismatch> {
    if recorded.kind != recorded_kind(stat.kind) {
        return Some(Mismatch::Kind);
    }
    if recorded.len != stat.len {
        return Some(Mismatch::Length { recorded: recorded.len, found: stat.len });
    }
    if ids_count && recorded.inode != stat.id.inode {
        return Some(Mismatch::File);
    }
    // A link's time says nothing about where it points, and some systems do not keep it.
    if recorded.kind == Kind::File && recorded.mtime != Some(stat.mtime) {
        return Some(Mismatch::Time);
    }
    None
}

#[cfg(test)]
mod tests {
    use incrdir_vfs::FileId;

    use super::*;

    /// Whether a rename moves the ctime of what is renamed is left to the file system.
    #[test]
    fn another_directory_of_the_same_time_is_not_the_one_that_was_seen() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        let then = ShownDir { inode: 4, ctime: time };
        let mut now = Stat::new(FileKind::Dir, FileId::new(1, 4), 0, time);
        now.ctime = Some(time);
        assert!(then.is_shown_by(&now));
        let changes: [fn(&mut Stat); 4] = [
            |now| now.id.inode += 1,
            |now| now.kind = FileKind::Symlink,
            |now| now.is_mount = true,
            |now| now.ctime = None,
        ];
        for change in changes {
            let mut other = now;
            change(&mut other);
            assert!(!then.is_shown_by(&other), "{other:?}");
        }
    }
}
