//! The scenarios with a store, and how far each is explored.

use incrdir_explore::Bounds;

use super::scenario::Actor::{self, Collect, CollectAgain, HalfPush, Note, Pull, Push, Wait};
use super::scenario::StoreScenario;

/// A scenario with a store, and how far it is explored.
#[derive(Debug, Clone)]
pub struct StoreSearch {
    /// The scenario.
    pub scenario: StoreScenario,
    /// How far.
    pub bounds: Bounds,
    /// What must be seen on the way.
    pub marks: &'static [&'static str],
    /// Whether every run of CI explores it.
    pub is_quick: bool,
}

fn search(
    name: &'static str,
    before: &'static [Actor],
    actors: &'static [Actor],
    marks: &'static [&'static str],
) -> StoreSearch {
    let scenario = StoreScenario { name, before, actors, lags: false, fails: false };
    let bounds = Bounds::default().torn_listings(false);
    StoreSearch { scenario, bounds, marks, is_quick: true }
}

impl StoreSearch {
    fn preemptions(mut self, preemptions: u32) -> Self {
        self.bounds.preemptions = preemptions;
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

    fn long(mut self) -> Self {
        self.is_quick = false;
        self
    }
}

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

/// All searches.
pub fn store_searches() -> Vec<StoreSearch> {
    vec![
        search("store-push", ONE, &[Push(3)], &["push: relied on others"]).kills(1),
        search("store-push-fails", ONE, &[Push(3)], &["push: failed"]).faults(),
        search("store-two-pushes", ONE, &[Push(3), Push(4)], &["push: relied on others"])
            .preemptions(2)
            .kills(1),
        search("store-same-session", ONE, &[Push(3), Push(3)], &["push: was there"]).preemptions(3),
        search("store-push-collect", TWO, &[Push(3), Collect(1)], &["collect: removed a session"])
            .preemptions(3)
            .kills(1),
        search("store-push-collect-fails", TWO, &[Push(3), Collect(1)], &["collect: failed"])
            .preemptions(1)
            .faults(),
        search("store-ripe", RIPE, &[Push(3), Collect(1)], &["collect: deleted objects"])
            .preemptions(2)
            .kills(1),
        search("store-ripe-fails", RIPE, &[Push(3), Collect(1)], &["collect: failed"])
            .preemptions(1)
            .faults(),
        search(
            "store-two-collectors",
            RIPE,
            &[Push(3), Collect(1), Collect(1)],
            &["collect: deleted objects"],
        )
        .preemptions(2),
        search("store-half", HALF, &[Push(3), Collect(1), Wait(4)], &["push: relied on others"])
            .preemptions(3),
        search(
            "store-noted",
            NOTED,
            &[Push(3), CollectAgain(1, 2)],
            &["collect: removed a session"],
        )
        .preemptions(3),
        search(
            "store-noted-two",
            NOTED,
            &[Push(3), Collect(1), Collect(1)],
            &["collect: removed a session"],
        )
        .preemptions(3),
        search("store-pull", TWO, &[Pull, Push(3), CollectAgain(1, 2)], &["pull: the newest"])
            .preemptions(2),
        search("store-lags", TWO, &[Push(3), Collect(1)], &["collect: removed a session"])
            .preemptions(3)
            .lagging(),
        search("store-lags-ripe", RIPE, &[Push(3), Collect(1)], &["collect: deleted objects"])
            .preemptions(2)
            .lagging(),
        search("store-torn", TWO, &[Push(3), Collect(1)], &["collect: removed a session"])
            .preemptions(2)
            .torn(),
        search("store-slow", TWO, &[Push(3), CollectAgain(1, 2), Wait(11)], &["push: taken back"])
            .preemptions(3)
            .kills(1),
        search(
            "store-slow-pull",
            TWO,
            &[Push(3), CollectAgain(1, 2), Wait(11), Pull],
            &["push: taken back"],
        )
        .preemptions(3),
        search(
            "store-slow-two",
            TWO,
            &[Push(3), CollectAgain(1, 2), Wait(11), Push(4)],
            &["push: taken back"],
        )
        .preemptions(4)
        .long(),
    ]
}
