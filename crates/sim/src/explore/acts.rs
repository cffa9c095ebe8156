//! How far each play is explored, and what must have been seen on the way.

use incrdir_explore::Bounds;

use super::plays::{Play, plays};

/// A play and how far it is explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The play.
    pub play: Play,
    /// How far.
    pub bounds: Bounds,
    /// Whether it is short enough for every run of CI.
    pub is_short: bool,
    /// What must be seen on the way: an act that was complete and has not seen it shows less than it says.
    pub marks: &'static [&'static str],
}

const ALL: u32 = u32::MAX;

impl Act {
    fn kills(mut self, kills: u32) -> Self {
        self.bounds.kills = kills;
        self
    }

    fn faults(mut self, faults: u32) -> Self {
        self.bounds.faults = faults;
        self
    }

    fn jumps(mut self) -> Self {
        self.bounds.jumps = 1;
        self
    }

    fn collisions(mut self) -> Self {
        self.bounds.collisions = 1;
        self.play.has_collisions = true;
        self
    }

    fn sees(mut self, marks: &'static [&'static str]) -> Self {
        self.marks = marks;
        self
    }

    fn long(mut self) -> Self {
        self.is_short = false;
        self
    }
}

/// A play with so many pre-emptions, and nothing going wrong.
fn act(name: &str, preemptions: u32) -> Act {
    let play = plays().into_iter().find(|play| play.name == name);
    let play = play.unwrap_or_else(|| panic!("BUG: there is no play {name}"));
    let bounds = Bounds::default().preemptions(preemptions);
    Act { play, bounds, is_short: true, marks: &[] }
}

/// Without torn listings: rustc's collection deletes whatever such a one makes it believe.
fn whole(mut act: Act) -> Act {
    act.bounds.torn_listings = false;
    act
}

/// All plays with their bounds, the short ones first.
pub fn acts() -> Vec<Act> {
    let mut all = [alone(), profiles(), faults(), together()].concat();
    all.sort_by_key(|act| !act.is_short);
    all
}

/// One or two processes on a file system as it should be.
fn alone() -> Vec<Act> {
    vec![
        act("writer", ALL).kills(1).sees(&["begin: linked", "publish: newest"]),
        act("two-writers-empty", ALL).kills(1).long(),
        act("two-writers-empty", 3).kills(1).sees(&[
            "begin: cold",
            "begin: linked",
            "publish: superseded",
            "source: busy",
        ]),
        act("two-writers", ALL).kills(1).sees(&[
            "begin: recycled",
            "begin: linked",
            "publish: superseded",
            "source: busy",
        ]),
        act("two-writers-three", 2).kills(1).sees(&["begin: recycled"]),
        act("two-writers-three", ALL).kills(1).long(),
        act("writer-reader", ALL).kills(1).sees(&["read: found", "source: busy"]),
        act("writer-collector", 3).kills(1).sees(&[
            "collect: obsolete removed",
            "collect: in use",
            "collect: changed meanwhile",
        ]),
        act("two-collectors", ALL).kills(1).sees(&["collect: tombstone removed"]),
        act("abandoner", 3).kills(1).sees(&["abandon: done", "collect: dead removed"]),
        act("collector-reader", ALL).kills(1).sees(&["read: found", "collect: obsolete removed"]),
        act("foreign", 2).kills(1).sees(&["collect: obsolete removed"]),
        act("nested", 2).kills(1).sees(&["begin: recycled", "read: found"]),
        act("careful", 2).kills(1).sees(&["begin: recycled"]),
        act("copier", 3).kills(1).sees(&["begin: recycled", "begin: copied"]),
        act("cloner", 2).kills(1).sees(&["begin: cloned"]),
        act("in-place", 2).kills(1),
        act("replacer", 2).kills(1).sees(&["replaced", "begin: recycled", "publish: newest"]),
        act("replacer-reader", 3).kills(1).sees(&["replaced", "read: found"]),
        act("cleaner", 2).kills(1).sees(&["begin: again with another name", "publish: fails"]),
        act("cleaner-reader", ALL).kills(1).sees(&["read: nothing", "source: untrusted"]),
        act("vandal-reader", 3).kills(1).sees(&["source: untrusted"]),
        act("vandal-readers", 2).sees(&["source: untrusted", "read: found"]),
        act("vandal", 3).kills(1).sees(&["source: untrusted"]),
        act("damaged", 2).kills(1).sees(&["source: untrusted", "begin: linked"]),
        act("damaged-below", 2).kills(1).sees(&["source: untrusted"]),
        act("damaged", ALL).kills(1).long(),
        act("damaged-copies", 2).kills(1).sees(&["source: untrusted", "begin: copied"]),
        act("rustc-collector", 3).sees(&["rustc: published", "collect: young"]),
        act("rustc-behind", 3).sees(&["rustc: published", "collect: young"]),
        whole(act("rustc-collects", 3)),
        act("rustc-writer", 2).sees(&["rustc: published", "begin: recycled"]),
        act("namesakes", 3).kills(1).collisions().sees(&["begin: again with another name"]),
        act("namesakes-collector", 1).jumps().collisions(),
        act("namesakes-collector", 2).jumps().collisions().long(),
        act("namesakes-ahead", 2).collisions().sees(&["collect: stillborn removed"]),
        act("namesakes-leftover", 2).collisions().sees(&["collect: dead removed"]),
        act("three-namesakes", 2).sees(&["publish: superseded"]),
        act("jumps-writer", ALL).kills(1).jumps().sees(&["begin: fails"]),
        act("jumps-two-writers", 2).jumps(),
        act("jumps-collector", 2).jumps(),
        act("jumps-collector", 2).kills(1).jumps().long(),
        act("jumps-unborn", 2).kills(1).jumps().sees(&["collect: lock file removed"]),
        act("lost-lock-collectors", 3).kills(1),
        act("lost-lock-collectors", ALL).kills(1).long(),
        act("lost-lock-writer", ALL).kills(1),
        act("lost-locks-reader", ALL).kills(1),
        act("lost-lock-reader", ALL).kills(1).sees(&["read: found"]),
    ]
}

/// Where file systems are not as they should be.
fn profiles() -> Vec<Act> {
    vec![
        act("tmpfs", 2).kills(1),
        act("storers", 3).kills(1).sees(&["begin: copied", "begin: recycled"]),
        act("fat", 2).kills(1).sees(&["begin: copied"]),
        act("nfs", 2).kills(1).sees(&["begin: recycled"]),
        act("nfs-local-locks", 2).kills(1).sees(&["collect: doubtful"]),
        act("nfs-lying-locks", 2).kills(1),
        act("windows", 2).kills(1),
        act("windows-reader", 2).kills(1),
        act("virtiofs", 2).kills(1),
        act("overlay", 2).kills(1),
        act("no-locks", 2).kills(1).sees(&["begin: fails"]),
        act("lying-locks", 2).kills(1).sees(&["begin: recycled"]),
        act("lying-locks-collector", 3).kills(1).sees(&["collect: doubtful"]),
        act("lying-locks-overtaken", 1).sees(&["source: not taken over"]),
        act("lying-locks-copier", 3).kills(1),
    ]
}

/// Where calls fail.
fn faults() -> Vec<Act> {
    vec![
        act("faults-writer", 0).faults(2).sees(&[
            "begin: fails",
            "begin: recycling failed",
            "publish: fails",
            "collect: fails",
        ]),
        act("faults-first-writer", 0).faults(2),
        act("faults-abandoner", 0).faults(2),
        act("faults-reader", 0).faults(2),
        act("faults-collector", 0).faults(2).sees(&["collect: listing incomplete"]),
        act("faults-copier", 0).faults(2),
        act("faults-owners", 0).faults(2),
        act("faults-cloner", 0).faults(2).sees(&["begin: cloned", "begin: copied"]),
        act("faults-nested", 0).faults(2),
        act("faults-careful", 0).faults(2),
        act("faults-lost-locks", 0).faults(2),
        act("faults-fat", 0).faults(2),
        act("faults-nfs", 0).faults(2),
        act("faults-windows", 0).faults(2),
        act("faults-virtiofs", 0).faults(2),
        act("faults-overlay", 0).faults(2),
        act("faults-collector", 1).faults(1).kills(1).long(),
        act("faults-writer", 0).faults(1).kills(1),
    ]
}

/// Three processes, and two that do everything.
fn together() -> Vec<Act> {
    vec![
        act("writer-collector-reader", 2).kills(1),
        act("two-writers-reader", 2),
        act("two-writers-collector", 2).sees(&["collect: no guard"]),
        act("overtaken", 1),
        act("newborn", 3).kills(1),
        act("three-writers", 2),
        act("two-full-sessions-empty", 2).kills(1),
        act("two-full-sessions", 2).kills(1),
        act("lock-thief", 2).kills(1).long(),
        act("writer-collector", ALL).kills(1).long(),
        act("abandoner", ALL).kills(1).long(),
        act("cleaner", 3).kills(1).long(),
        act("three-full-sessions", 1).long(),
        act("three-full-sessions", 2).long(),
        act("overtaken", 2).long(),
        act("two-full-sessions-empty", ALL).long(),
        act("two-full-sessions-empty", ALL).kills(1).long(),
        act("two-full-sessions", ALL).long(),
        act("two-full-sessions", ALL).kills(1).long(),
    ]
}
