//! How far each scenario is explored, and what must have been seen on the way.

use incrdir_explore::Bounds;

use super::declared::scenarios;
use super::unit_scenario::{Hazard, UnitScenario};

/// A scenario and how far it is explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The scenario.
    pub scenario: UnitScenario,
    /// How far.
    pub bounds: Bounds,
    /// The first round that explores it as far as these bounds.
    pub round: Round,
    /// With how many pre-emptions the quick round explores it, if with fewer.
    pub quick_preemptions: u32,
    /// What must be seen on the way: a search that was complete and has not seen it shows less than it says.
    pub marks: &'static [&'static str],
}

/// Which searches are run together. Each round has what the one before it has, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Round {
    /// Every run of CI: all short searches, the largest of them with fewer pre-emptions.
    Quick,
    /// What takes some minutes.
    Short,
    /// Everything.
    Long,
}

const ALL: u32 = u32::MAX;

impl Search {
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
        self.scenario.hazards.insert(Hazard::EqualDraws);
        self
    }

    fn sees(mut self, marks: &'static [&'static str]) -> Self {
        self.marks = marks;
        self
    }

    fn long(mut self) -> Self {
        self.round = Round::Long;
        self
    }

    /// With no more than this many pre-emptions in the quick round.
    fn quick(mut self, preemptions: u32) -> Self {
        self.round = Round::Short;
        self.quick_preemptions = preemptions;
        self
    }

    /// As far as the quick round explores it.
    fn made_quick(mut self) -> Self {
        self.bounds.preemptions = self.bounds.preemptions.min(self.quick_preemptions);
        self
    }
}

/// A scenario with this many pre-emptions, and nothing going wrong.
fn search(name: &str, preemptions: u32) -> Search {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == name);
    let scenario = scenario.unwrap_or_else(|| panic!("BUG: there is no scenario {name}"));
    // What a recovery leaves that dies somewhere is recovered from, too.
    let bounds = Bounds::default().preemptions(preemptions).recovery_crashes(1);
    Search { scenario, bounds, round: Round::Quick, quick_preemptions: ALL, marks: &[] }
}

/// Without torn listings: rustc's collection deletes whatever such a one makes it believe.
fn whole(mut search: Search) -> Search {
    search.bounds.torn_listings = false;
    search
}

/// All searches, those of the short round first.
pub fn searches() -> Vec<Search> {
    let mut all =
        [alone(), warmers(), branches(), evictors(), pinners(), profiles(), faults(), together()]
            .concat();
    all.sort_by_key(|search| search.round == Round::Long);
    all
}

/// The searches of a round, as far as it explores them.
pub fn searches_of(round: Round) -> Vec<Search> {
    let short = |search: &Search| search.round <= Round::Short;
    match round {
        Round::Quick => searches().into_iter().filter(short).map(Search::made_quick).collect(),
        Round::Short => searches().into_iter().filter(short).collect(),
        Round::Long => searches(),
    }
}

/// One or two processes on a file system as it should be.
fn alone() -> Vec<Search> {
    vec![
        search("writer", ALL).kills(1).sees(&["begin: linked", "publish: newest"]),
        search("two-writers-empty", ALL).kills(1).long(),
        search("two-writers-empty", 3).kills(1).sees(&[
            "begin: cold",
            "begin: linked",
            "publish: superseded",
            "source: busy",
        ]),
        search("two-writers", ALL).quick(2).kills(1).sees(&[
            "begin: recycled",
            "begin: linked",
            "publish: superseded",
            "source: busy",
        ]),
        search("two-writers-three", 2).quick(1).kills(1).sees(&["begin: recycled"]),
        search("two-writers-three", ALL).kills(1).long(),
        search("writer-reader", ALL).kills(1).sees(&["read: found", "source: busy"]),
        search("writer-collector", 3).quick(2).kills(1).sees(&[
            "collect: obsolete removed",
            "collect: in use",
            "collect: changed meanwhile",
        ]),
        search("two-collectors", ALL).kills(1).sees(&["collect: tombstone removed"]),
        search("abandoner", 3).quick(2).kills(1).sees(&["abandon: done", "collect: dead removed"]),
        search("puller-writer", 3).quick(1).kills(1).sees(&[
            "pull: something is here",
            "publish: superseded",
            "begin: recycled",
        ]),
        search("puller-collector", 3).quick(1).kills(1).sees(&["collect: obsolete removed"]),
        search("puller-reader", ALL).kills(1).sees(&["read: found"]),
        search("collector-reader", ALL)
            .kills(1)
            .sees(&["read: found", "collect: obsolete removed"]),
        search("foreign", 2).kills(1).sees(&["collect: obsolete removed"]),
        search("nested", 2).kills(1).sees(&["begin: recycled", "read: found"]),
        search("careful", 2).kills(1).sees(&["begin: recycled"]),
        search("copier", 3).kills(1).sees(&["begin: recycled", "begin: copied"]),
        search("cloner", 2).kills(1).sees(&["begin: cloned"]),
        search("in-place", 2).quick(1).kills(1),
        search("rejecter", 2).quick(1).kills(1).sees(&["reject: quarantined"]),
        search("rejecter-reader", ALL).kills(1).sees(&["reject: quarantined", "reject: busy"]),
        search("rejecters", 2).quick(1).kills(1).sees(&["reject: quarantined"]),
        search("restorer", 3).kills(1).long(),
        search("restorer", 2).quick(1).kills(1).sees(&[
            "restore: begun",
            "restore: in use or gone",
            "begin: recycled",
            "publish: superseded",
        ]),
        search("restorers", ALL).quick(2).kills(1).sees(&["restore: begun", "begin: linked"]),
        search("replacer", 2).kills(1).sees(&["replaced", "begin: recycled", "publish: newest"]),
        search("replacer-reader", 3).kills(1).sees(&["replaced", "read: found"]),
        search("cleaner", 2).kills(1).sees(&["begin: again with another name", "publish: fails"]),
        search("cleaner-reader", ALL).kills(1).sees(&["read: nothing", "source: untrusted"]),
        search("vandal-reader", 3).kills(1).sees(&["source: untrusted"]),
        search("vandal-readers", 2).sees(&["source: untrusted", "read: found"]),
        search("vandal", 3).kills(1).sees(&["source: untrusted"]),
        search("damaged", 2).kills(1).sees(&["source: untrusted", "begin: linked"]),
        search("damaged-below", 2).kills(1).sees(&["source: untrusted"]),
        search("damaged", ALL).kills(1).long(),
        search("damaged-restorer", 2).kills(1).sees(&["begin: fails"]),
        search("damaged-copies", 2).kills(1).sees(&["source: untrusted", "begin: copied"]),
        search("rustc-collector", 3).sees(&["rustc: published", "collect: young"]),
        search("rustc-behind", 3).sees(&["rustc: published", "collect: young"]),
        whole(search("rustc-collects", 3)),
        search("rustc-writer", 2).sees(&["rustc: published", "begin: recycled"]),
        search("namesakes", 3)
            .quick(2)
            .kills(1)
            .collisions()
            .sees(&["begin: again with another name"]),
        search("namesakes-collector", 1).jumps().collisions(),
        search("namesakes-collector", 2).jumps().collisions().long(),
        search("namesakes-ahead", 2).collisions().sees(&["collect: stillborn removed"]),
        search("namesakes-leftover", 2).collisions().sees(&["collect: dead removed"]),
        search("three-namesakes", 2).quick(1).sees(&["publish: superseded"]),
        search("jumps-writer", ALL).kills(1).jumps().sees(&["begin: fails"]),
        search("jumps-two-writers", 2).jumps(),
        search("jumps-collector", 2).jumps(),
        search("jumps-collector", 2).kills(1).jumps().long(),
        search("jumps-unborn", 2).kills(1).jumps().sees(&["collect: lock file removed"]),
        search("lost-lock-collectors", 3).kills(1),
        search("lost-lock-collectors", ALL).kills(1).long(),
        search("lost-lock-writer", ALL).kills(1),
        search("lost-locks-reader", ALL).kills(1),
        search("lost-lock-reader", ALL).kills(1).sees(&["read: found"]),
    ]
}

/// Sessions that are filled ahead of time.
fn warmers() -> Vec<Search> {
    let taken = &["warm: filled", "begin: taken over"];
    vec![
        search("warmer-writer", 3).quick(2).kills(1).sees(taken),
        search("warmer-writer-nested", 3).quick(1).kills(1).sees(taken),
        search("warmer-copier", 3).quick(2).kills(1).sees(taken),
        search("warmer-full", 3)
            .quick(2)
            .kills(1)
            .sees(&["begin: taken over", "collect: outdated removed"]),
        search("warmer-collector", 3).quick(2).kills(1).sees(&["warm: filled"]),
        search("warmer-reader", 3).kills(1).sees(&["warm: filled"]),
        search("warmer-rejecter", 3)
            .quick(1)
            .kills(1)
            .sees(&["begin: taken over", "reject: quarantined"]),
        search("warmer-evictor", 3).quick(2).kills(1).sees(&["evict: all gone"]),
        search("warmer-evictor-writer", 3).quick(1).sees(&["begin: taken over"]),
        search("warmer-in-place", 3).quick(1).kills(1).sees(taken),
        search("warmer-dead-writer", 2).quick(1).kills(1),
        search("warmer-vandal", 2).quick(1).kills(1),
        search("warmer-rustc", 3).quick(2).kills(1),
        search("warmer-numbers", 2).quick(1).kills(1).sees(taken),
        search("warmer-writers", 2).quick(1).sees(taken),
        search("warmer-writer-collector", 2).quick(1).kills(1).sees(taken),
        search("warmers", 3).quick(2).kills(1).sees(&["warm: filled", "warm: was waiting"]),
        search("warmers-writer", 2).quick(1).sees(&["begin: taken over", "warm: was waiting"]),
        search("warming-writers", 2).quick(1).sees(taken),
        search("warming-collector", 2)
            .quick(1)
            .kills(1)
            .sees(&["begin: taken over", "collect: outdated removed"]),
        search("warmer-writer", ALL).sees(taken).long(),
        search("warmer-collector", ALL).sees(&["warm: filled"]).long(),
        search("warmer-fails", 0).faults(1).sees(taken),
    ]
}

/// Two units, of which one starts from the other.
fn branches() -> Vec<Search> {
    const FROM_MAIN: &str = "begin: from another unit";
    vec![
        search("branch-collector", ALL).kills(1).sees(&[FROM_MAIN, "collect: obsolete removed"]),
        search("branch-writer", ALL).quick(2).kills(1).sees(&[FROM_MAIN, "source: busy"]),
        search("branch-main-empty", ALL).kills(1).sees(&[FROM_MAIN, "begin: cold"]),
        search("branch-writers", 3).quick(2).kills(1).sees(&[FROM_MAIN, "begin: linked"]),
        search("branch-overtaken", 1).kills(1).sees(&[FROM_MAIN, "collect: in use"]),
        search("branch-lying-locks", 2).quick(1).sees(&[FROM_MAIN]),
        search("branch-in-place", ALL).quick(2).kills(1).sees(&[FROM_MAIN]),
        search("branch-damaged", 2).kills(1).sees(&[FROM_MAIN, "source: untrusted"]),
        search("branch-rejecter", 2).quick(1).kills(1).sees(&[FROM_MAIN, "reject: quarantined"]),
        search("branch-fails", 0).faults(2).sees(&[FROM_MAIN, "begin: fails"]),
        search("branch-writers", ALL).kills(1).long(),
        search("branch-overtaken", 2).kills(1).long(),
        search("branch-writers-collector", 1).kills(1).long(),
    ]
}

/// Units that lose everything.
fn evictors() -> Vec<Search> {
    const GONE: &str = "evict: removed";
    const UNIT: &str = "evict: unit removed";
    const AGAIN: &str = "begin: again with another name";
    vec![
        search("evictor", 2).kills(1).sees(&[GONE, UNIT, AGAIN, "begin: cold", "evict: in use"]),
        search("evictor-two", 2).quick(1).kills(1).sees(&[
            GONE,
            "begin: linked",
            "evict: changed meanwhile",
        ]),
        search("evictor-full", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-reader", ALL).kills(1).sees(&[GONE, "read: found", "read: nothing"]),
        search("evictor-collector", 2).kills(1).sees(&[GONE]),
        search("evictor-abandoner", 2).quick(1).kills(1).sees(&[GONE, "abandon: done"]),
        search("evictor-size", 2).quick(1).kills(1).sees(&[GONE, "evict: in use"]),
        search("evictors", 2).kills(1).sees(&[GONE, UNIT]),
        search("evictors-writer", 2).quick(1).sees(&[GONE, UNIT]),
        search("evictor-writer-reader", 2).quick(1).sees(&[GONE, UNIT]),
        search("evictor-writers", 2).quick(1).sees(&[GONE, UNIT]),
        search("evictor-just-used", 2).quick(1).kills(1).sees(&[GONE, UNIT, "evict: in use"]),
        search("evictor-dead-writer", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-foreign", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-rustc", 2).sees(&[GONE, "rustc: published", "evict: in use"]),
        search("evictor-branch", 2).kills(1).sees(&[GONE, UNIT, "begin: from another unit"]),
        search("evictor-branch-main", 2).quick(1).sees(&[GONE, UNIT, "begin: from another unit"]),
        search("evictor-fat", 2).quick(1).kills(1).sees(&[GONE, UNIT]),
        search("evictor-overlay", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-windows", 2).kills(1).sees(&[GONE]),
        search("evictor-nfs", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-lying-locks", 2).quick(1).kills(1).sees(&[GONE]),
        search("evictor-jumps", 2).quick(1).jumps().sees(&[GONE]),
        search("evictor", ALL).kills(1).long(),
        search("evictor-two", 3).kills(1).long(),
        search("evictors", 3).kills(1).long(),
        search("evictor-fails", 0).faults(2).sees(&["evict: fails", GONE]),
    ]
}

/// Sessions and units that stay.
fn pinners() -> Vec<Search> {
    const SET: &str = "pin: set";
    vec![
        search("pinner-evictor", ALL).kills(1).sees(&[SET, "pin: busy", "evict: pinned"]),
        search("pinner-evictors", 2).sees(&[SET, "pin: busy", "evict: pinned"]),
        search("pinner-of-unit", ALL).kills(1).sees(&[SET, "evict: pinned"]),
        search("pinner-of-unit-writer", 2).quick(1).sees(&[SET, "evict: pinned"]),
        search("pinner-collector", ALL).kills(1).sees(&[SET, "pin: busy"]),
        search("pinner-writer", ALL).kills(1).sees(&[SET, "pin: busy", "begin: recycled"]),
        search("pinner-full", 2).kills(1).sees(&[SET]),
        search("pinner-again", ALL).kills(1).sees(&[SET]),
        search("pinners", 2).sees(&[SET]),
        search("unpinner", ALL).kills(1).sees(&["unpin: done"]),
        search("pinner-fat", 2).kills(1).sees(&[SET]),
        search("pinner-fails", 0).faults(2).sees(&[SET, "pin: fails"]),
    ]
}

/// Where file systems are not as they should be.
fn profiles() -> Vec<Search> {
    vec![
        search("tmpfs", 2).kills(1),
        search("storers", 3).quick(2).kills(1).sees(&["begin: copied", "begin: recycled"]),
        search("fat", 2).kills(1).sees(&["begin: copied"]),
        search("nfs", 2).quick(1).kills(1).sees(&["begin: recycled"]),
        search("nfs-local-locks", 2).quick(1).kills(1).sees(&["collect: doubtful"]),
        search("nfs-lying-locks", 2).kills(1),
        search("windows", 2).quick(1).kills(1),
        search("windows-reader", 2).kills(1),
        search("cloner-macos", 2).kills(1).sees(&["begin: cloned"]),
        search("virtiofs", 2).kills(1),
        search("overlay", 2).kills(1),
        search("no-locks", 2).kills(1).sees(&["begin: fails"]),
        search("lying-locks", 2).quick(1).kills(1).sees(&["begin: recycled"]),
        search("lying-locks-collector", 3).quick(2).kills(1).sees(&["collect: doubtful"]),
        search("lying-locks-overtaken", 1).sees(&["source: not taken over"]),
        search("lying-locks-copier", 3).kills(1),
    ]
}

/// Where calls fail.
fn faults() -> Vec<Search> {
    vec![
        search("faults-writer", 0).faults(2).sees(&[
            "begin: fails",
            "begin: recycling failed",
            "publish: fails",
            "collect: fails",
        ]),
        search("faults-first-writer", 0).faults(2),
        search("faults-abandoner", 0).faults(2),
        search("faults-reader", 0).faults(2),
        search("faults-collector", 0).faults(2).sees(&["collect: listing incomplete"]),
        search("faults-copier", 0).faults(2),
        search("faults-owners", 0).faults(2),
        search("faults-cloner", 0).faults(2).sees(&["begin: cloned", "begin: copied"]),
        search("faults-nested", 0).faults(2),
        search("faults-careful", 0).faults(2),
        search("faults-lost-locks", 0).faults(2),
        search("faults-fat", 0).faults(2),
        search("faults-nfs", 0).faults(2),
        search("faults-windows", 0).faults(2),
        search("faults-virtiofs", 0).faults(2),
        search("faults-overlay", 0).faults(2),
        search("faults-collector", 1).faults(1).kills(1).long(),
        search("faults-writer", 0).faults(1).kills(1),
    ]
}

/// Three processes, and two that do everything.
fn together() -> Vec<Search> {
    vec![
        search("writer-collector-reader", 2).kills(1),
        search("two-writers-reader", 2),
        search("two-writers-collector", 2).sees(&["collect: no guard"]),
        search("overtaken", 1),
        search("newborn", 3).kills(1),
        search("three-writers", 2).quick(1),
        search("two-full-sessions-empty", 2).kills(1),
        search("two-full-sessions", 2).kills(1),
        search("lock-thief", 2).kills(1).long(),
        search("writer-collector", ALL).kills(1).long(),
        search("abandoner", ALL).kills(1).long(),
        search("cleaner", 3).kills(1).long(),
        search("three-full-sessions", 1).long(),
        search("three-full-sessions", 2).long(),
        search("overtaken", 2).long(),
        search("two-full-sessions-empty", ALL).long(),
        search("two-full-sessions-empty", ALL).kills(1).long(),
        search("two-full-sessions", ALL).long(),
        search("two-full-sessions", ALL).kills(1).long(),
    ]
}
