//! The clock, and the times of files that are taken from it.
//!
//! Two changes within one step of the clock show one ctime, unless the times are fine (`Profile::fine_times`): then the
//! kernel takes the next time from a finer clock if somebody has looked at the last one (multigrain timestamps, Linux
//! 6.13). No time that is given later, to whichever file, is before a fine one: there is a floor below them.

use std::time::{Duration, SystemTime};

use super::Ticks;
use super::inode::{InodeId, Node};
use super::process::ProcId;
use super::world::World;
use crate::Stat;

impl World {
    /// What a process sees when it looks at the clock. Clocks of other hosts differ.
    pub(super) fn now(&mut self, proc: ProcId) -> SystemTime {
        const TICK: Duration = Duration::from_micros(1);
        let looks = match self.ticks {
            Ticks::Shared => {
                self.clock += TICK;
                0
            }
            Ticks::Own => {
                self.procs[proc].looks += 1;
                self.procs[proc].looks
            }
            Ticks::Never => 0,
        };
        let skew = i64::from(self.profile.clock_skew) * i64::from(self.procs[proc].host);
        let distance = Duration::from_secs(skew.unsigned_abs());
        let clock = if skew < 0 { self.clock - distance } else { self.clock + distance };
        clock + TICK * looks
    }

    /// Sets the clock forward or back. It does not leave what a clock can show.
    #[cfg(feature = "unstable-explore")]
    pub fn jump(&mut self, seconds: i64) {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let jumped = if seconds < 0 {
            self.clock.checked_sub(distance)
        } else {
            self.clock.checked_add(distance)
        };
        self.clock = jumped.unwrap_or(self.clock);
        self.floor = None;
    }

    /// Looks at an inode as calls do.
    pub(super) fn show(&mut self, id: InodeId) -> Stat {
        // Only where it decides anything: else it would tell states apart that are one.
        if self.profile.fine_times && !self.inode(id).is_seen {
            self.inode_mut(id).is_seen = true;
        }
        self.stat(id)
    }

    /// Notes that an inode was changed; `content`: not only its names and attributes.
    pub(super) fn touch(&mut self, id: InodeId, content: bool) {
        let now = self.time_of_change(id);
        let inode = self.inode_mut(id);
        inode.ctime = now;
        inode.is_seen = false;
        if content {
            inode.mtime = now;
            if matches!(inode.node, Node::File(_)) {
                inode.writes += 1;
                self.note_attributes(id);
            }
        }
    }

    /// Notes that the names in a directory were changed.
    pub(super) fn touch_names(&mut self, dir: InodeId) {
        if self.profile.names_move_times {
            self.touch(dir, true);
        }
    }

    fn time_of_change(&mut self, id: InodeId) -> SystemTime {
        let now = self.file_time();
        let inode = self.inode(id);
        if !inode.is_seen || now > inode.ctime {
            return now;
        }
        // Some systems count time in steps of 100 ns.
        let later =
            [1, 100].map(|nanos| now + self.profile.time_step.max(Duration::from_nanos(nanos)));
        let fine = if later[0] > now { later[0] } else { later[1] };
        self.floor = Some(fine);
        fine
    }

    /// What a file gets that is changed now.
    pub(super) fn file_time(&self) -> SystemTime {
        let now = self.quantise(self.clock);
        self.floor.map_or(now, |floor| floor.max(now))
    }

    pub(super) fn quantise(&self, time: SystemTime) -> SystemTime {
        cut(time, self.profile.time_step)
    }

    /// Sets the time of the last change of a content or of names.
    pub(super) fn set_mtime(&mut self, id: InodeId, mtime: SystemTime) {
        let mtime = self.quantise(mtime);
        self.touch(id, false);
        self.inode_mut(id).mtime = mtime;
        self.note_attributes(id);
    }

    /// What becomes of times when they are read from the medium again: where they do not last, whole seconds.
    pub(super) fn read_times_again(&mut self) {
        if self.profile.times_last {
            return;
        }
        for id in self.closed() {
            let inode = self.inode_mut(id);
            for time in [&mut inode.born, &mut inode.mtime, &mut inode.ctime] {
                *time = cut(*time, Duration::from_secs(1));
            }
        }
    }
}

/// Cuts a time to a whole number of steps since 1970. What is before is left.
pub(super) fn cut(time: SystemTime, step: Duration) -> SystemTime {
    let Ok(since) = time.duration_since(SystemTime::UNIX_EPOCH) else { return time };
    let step = step.as_nanos().max(1);
    let excess = if step == 1 { 0 } else { since.as_nanos() % step };
    time - Duration::from_nanos(excess as u64)
}
