//! The scenarios with a store, and how far each is explored.

use incrdir_explore::Bounds;

use super::scenario::Actor::{self, Collect, CollectAgain, HalfPush, Late, Note, Pull, Push, Wait};
use super::scenario::StoreScenario;

/// A scenario with a store, and how far it is explored.
#[derive(Debug, Clone)]
pub struct StoreSearch {
    /// The scenario.
    pub scenario: StoreScenario,
    /// How far.
    pub bounds: Bounds,
    /// With how many pre-emptions every run of CI explores it, if with fewer.
    pub quick_preemptions: u32,
    /// What must be seen on the way, also in CI.
    pub marks: &'static [&'static str],
}

/// A scenario with this many pre-emptions, and in CI with so many, and nothing going wrong.
fn search(
    name: &'static str,
    before: &'static [Actor],
    actors: &'static [Actor],
    (preemptions, quick_preemptions): (u32, u32),
    marks: &'static [&'static str],
) -> StoreSearch {
    let scenario = StoreScenario { name, before, actors, lags: false, fails: false };
    let bounds = Bounds::default().torn_listings(false).preemptions(preemptions);
    StoreSearch { scenario, bounds, quick_preemptions, marks }
}

impl StoreSearch {
    /// As far as CI explores it.
    #[must_use]
    pub fn quick(mut self) -> Self {
        self.bounds.preemptions = self.bounds.preemptions.min(self.quick_preemptions);
        self
    }

    fn kills(mut self, kills: u32) -> Self {
        self.bounds.kills = kills;
        self
    }

    fn faults(mut self) -> Self {
        self.bounds.faults = 1;
        self.scenario.fails = true;
        self
    }

    fn torn(mut self) -> Self {
        self.bounds.torn_listings = true;
        self
    }

    fn lagging(mut self) -> Self {
        self.scenario.lags = true;
        self
    }
}

const ALL: u32 = u32::MAX;

/// One session, pushed long ago.
const ONE: &[Actor] = &[Push(1), Wait(20)];
/// Two, of which a collection that keeps one removes the older one.
const TWO: &[Actor] = &[Push(1), Push(2), Wait(20)];
/// One, and an object that nobody names, noted so long ago that it may be deleted.
const RIPE: &[Actor] = &[Push(1), Push(2), Wait(20), Collect(1), Wait(11)];
/// Two, and a note of their objects from before they were named, as old as the grace.
const NOTED: &[Actor] = &[Push(1), Push(2), Note, Wait(20)];
/// One, and what a push that died has left just now.
const HALF: &[Actor] = &[Push(1), Wait(20), HalfPush(3), Wait(4)];

const RELIED: &[&str] = &["push: relied on others"];
const REMOVED: &[&str] = &["push: relied on others", "collect: removed a session"];
const DELETED: &[&str] = &["push: relied on others", "collect: deleted objects"];
const TAKEN_BACK: &[&str] = &["push: taken back", "collect: deleted objects"];

/// All searches. Time passes where somebody waits; where calls fail, one does, once or from then on.
pub fn store_searches() -> Vec<StoreSearch> {
    vec![
        search("store-push", ONE, &[Push(3)], (ALL, ALL), RELIED).kills(1),
        search("store-push-fails", ONE, &[Push(3)], (ALL, ALL), &["push: failed"]).faults(),
        search("store-two-pushes", ONE, &[Push(3), Push(4)], (4, 2), RELIED).kills(1),
        search("store-same-session", ONE, &[Push(3), Push(3)], (ALL, 3), &["push: was there"]),
        search("store-push-collect", TWO, &[Push(3), Collect(1)], (4, 2), REMOVED).kills(1),
        search("store-push-collect-fails", TWO, &[Push(3), Collect(1)], (2, 1), REMOVED).faults(),
        search("store-ripe", RIPE, &[Push(3), Collect(1)], (3, 2), DELETED).kills(1),
        search("store-ripe-fails", RIPE, &[Push(3), Collect(1)], (2, 1), DELETED).faults(),
        search("store-two-collectors", RIPE, &[Push(3), Collect(1), Collect(1)], (3, 2), DELETED),
        search("store-half", HALF, &[Push(3), Collect(1), Wait(4)], (4, 2), RELIED),
        search("store-noted", NOTED, &[Push(3), CollectAgain(1, 2)], (4, 2), REMOVED),
        search("store-noted-two", NOTED, &[Push(3), Collect(1), Collect(1)], (3, 2), REMOVED),
        search(
            "store-pull",
            TWO,
            &[Pull, Push(3), CollectAgain(1, 2)],
            (3, 2),
            &["pull: an older one"],
        ),
        search("store-lags", TWO, &[Push(3), Collect(1)], (3, 1), REMOVED).lagging(),
        search("store-lags-ripe", RIPE, &[Push(3), CollectAgain(1, 2)], (2, 1), DELETED).lagging(),
        search("store-torn", TWO, &[Push(3), Collect(1)], (3, 2), REMOVED).torn(),
        search("store-slow", TWO, &[Push(3), CollectAgain(1, 2), Wait(11)], (3, 2), TAKEN_BACK)
            .kills(1),
        search(
            "store-slow-pull",
            TWO,
            &[Push(3), CollectAgain(1, 2), Wait(11), Pull],
            (3, 2),
            TAKEN_BACK,
        ),
        search(
            "store-slow-two",
            TWO,
            &[Push(3), CollectAgain(1, 2), Wait(11), Push(4)],
            (3, 2),
            TAKEN_BACK,
        ),
        // The two collections are processes of their own, so that fewer pre-emptions come between them.
        search(
            "store-slow-apart",
            TWO,
            &[Push(3), Collect(1), Wait(11), Collect(1)],
            (3, 2),
            TAKEN_BACK,
        ),
        search("store-late", RIPE, &[Late(1), Collect(1), Push(4)], (3, 2), DELETED),
    ]
}
