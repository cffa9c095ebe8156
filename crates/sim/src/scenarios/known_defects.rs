//! Known defects of the seed's protocol, each found by the general search: no schedule is written by hand.

use incrdir_explore::Bounds;

use super::programs::ProcessKind;
use super::searches::{Round, Search};
use super::unit_scenario::{Hazard, Initial, UnitScenario};

/// A scenario of the seed's protocol and the one oracle that is to object.
#[derive(Debug, Clone)]
pub struct KnownDefect {
    /// The defect's number.
    pub number: &'static str,
    /// What it is.
    pub defect: &'static str,
    /// The scenario and how far it is explored.
    pub search: Search,
}

/// All of them. Each must end with a violation.
pub fn known_defects() -> Vec<KnownDefect> {
    use ProcessKind::{
        MendedCollector, MendedSession, SeedCollector, SeedFailure, SeedInPlace, SeedSession,
    };
    let defect = |number, what, oracle, published, processes: &[ProcessKind]| KnownDefect {
        number,
        defect: what,
        search: Search {
            scenario: UnitScenario::new(number, published, processes).asking_only(oracle),
            bounds: Bounds::default().preemptions(3),
            round: Round::Quick,
            quick_preemptions: u32::MAX,
            marks: &[],
        },
    };
    let whole = |mut defect: KnownDefect| {
        defect.search.bounds.torn_listings = false;
        defect
    };
    let killed = |mut defect: KnownDefect| {
        defect.search.bounds.kills = 1;
        defect
    };
    let jumping = |mut defect: KnownDefect| {
        defect.search.bounds.jumps = 1;
        defect.search.scenario.hazards.insert(Hazard::ClockJumps);
        defect
    };
    let failing = |mut defect: KnownDefect| {
        defect.search.bounds.faults = 1;
        defect.search.scenario.hazards.insert(Hazard::FailingCalls);
        whole(defect)
    };
    let frozen = |mut defect: KnownDefect| {
        defect.search.scenario.hazards.insert(Hazard::FrozenClock);
        defect.search.bounds.collisions = 1;
        defect
    };
    let lost = |mut defect: KnownDefect| {
        defect.search.scenario.initial.insert(Initial::LostLocks);
        defect
    };
    let foreign = |mut defect: KnownDefect| {
        defect.search.scenario.initial.insert(Initial::ForeignNames);
        defect
    };
    vec![
        defect(
            "F1",
            "a torn listing deletes a live session",
            "LIVE-KEPT",
            1,
            &[SeedCollector, SeedSession],
        ),
        jumping(defect(
            "F2",
            "what was just published loses its lock file",
            "PUB-LOCK",
            1,
            &[MendedSession, MendedCollector],
        )),
        whole(jumping(defect(
            "F3",
            "a lock file goes under its owner",
            "LIVE-LOCK",
            1,
            &[MendedSession, MendedCollector],
        ))),
        whole(jumping(defect(
            "F4",
            "a lock on a file that lost its name counts",
            "LIVE-KEPT",
            1,
            &[MendedSession, MendedCollector, MendedCollector],
        ))),
        defect("F5", "a collector shuts everybody out", "COLD", 2, &[SeedSession, SeedCollector]),
        defect(
            "F6",
            "a half-deleted session looks published",
            "IMMUTABLE",
            2,
            &[SeedCollector, SeedSession],
        ),
        jumping(defect(
            "F7",
            "after a backward step new work is older than old",
            "ORDER",
            1,
            &[SeedSession],
        )),
        defect(
            "F9",
            "nobody is told that a newer session was published",
            "NEWEST-KEPT",
            1,
            &[SeedSession, SeedSession],
        ),
        failing(defect(
            "F11",
            "an error in a listing deletes a live session",
            "LIVE-KEPT",
            1,
            &[SeedCollector, SeedSession],
        )),
        lost(defect(
            "F12",
            "a session whose lock file was lost is deleted",
            "NEWEST-SURVIVES",
            1,
            &[SeedCollector],
        )),
        killed(frozen(defect(
            "F13",
            "a namesake's leftovers are joined",
            "SEED-EXACT",
            0,
            &[SeedSession, SeedSession],
        ))),
        foreign(defect("F15", "what is called s-… is deleted", "OUTSIDE", 1, &[SeedCollector])),
        defect("F16", "collectors that meet warn", "GC-SILENT", 3, &[SeedCollector, SeedCollector]),
        defect(
            "F17",
            "what is written in place is written into the source",
            "IMMUTABLE",
            1,
            &[SeedInPlace],
        ),
        failing(defect(
            "F18",
            "a copy goes into the source through a link",
            "NO-ALIAS",
            1,
            &[SeedSession],
        )),
        defect(
            "F23",
            "what was deleted after errors is published",
            "SEED-FINISH",
            1,
            &[SeedFailure],
        ),
        jumping(defect(
            "F27",
            "a clock that names cannot hold is a panic",
            "NO-PANIC",
            1,
            &[SeedSession],
        )),
        killed(defect(
            "F30",
            "an orphan lock file stays for ever",
            "CLEAN-AFTER-ONE",
            1,
            &[SeedSession],
        )),
        frozen(defect(
            "F34",
            "sessions with one stamp stay for ever",
            "CLEAN-AFTER-ONE",
            0,
            &[SeedSession, SeedSession],
        )),
    ]
}
