//! Known defects of the seed's protocol, each found by the general search: no schedule is written by hand.

use incrdir_explore::Bounds;

use super::acts::Act;
use super::parts::Part;
use super::plays::Play;

/// A play of the seed's protocol and the one oracle that is to object.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The defect's number.
    pub number: &'static str,
    /// What it is.
    pub defect: &'static str,
    /// The play and how far it is explored.
    pub act: Act,
}

/// All of them. Each must end with a violation.
pub fn hunts() -> Vec<Hunt> {
    use Part::{
        MendedCollector, MendedSession, SeedCollector, SeedFailure, SeedInPlace, SeedSession,
    };
    let hunt = |number, defect, oracle, published, parts: &[Part]| Hunt {
        number,
        defect,
        act: Act {
            play: Play { only: Some(oracle), ..Play::new(number, published, parts) },
            bounds: Bounds::default().preemptions(3),
            is_short: true,
            marks: &[],
        },
    };
    let whole = |mut hunt: Hunt| {
        hunt.act.bounds.torn_listings = false;
        hunt
    };
    let killed = |mut hunt: Hunt| {
        hunt.act.bounds.kills = 1;
        hunt
    };
    let jumping = |mut hunt: Hunt| {
        hunt.act.bounds.jumps = 1;
        hunt.act.play.has_jumps = true;
        hunt
    };
    let failing = |mut hunt: Hunt| {
        hunt.act.bounds.faults = 1;
        hunt.act.play.has_faults = true;
        whole(hunt)
    };
    let frozen = |mut hunt: Hunt| {
        hunt.act.play.frozen_clock = true;
        hunt.act.bounds.collisions = 1;
        hunt
    };
    let lost = |mut hunt: Hunt| {
        hunt.act.play.lost_locks = true;
        hunt
    };
    let foreign = |mut hunt: Hunt| {
        hunt.act.play.foreign = true;
        hunt
    };
    vec![
        hunt(
            "F1",
            "a torn listing deletes a live session",
            "LIVE-KEPT",
            1,
            &[SeedCollector, SeedSession],
        ),
        jumping(hunt(
            "F2",
            "what was just published loses its lock file",
            "PUB-LOCK",
            1,
            &[MendedSession, MendedCollector],
        )),
        whole(jumping(hunt(
            "F3",
            "a lock file goes under its owner",
            "LIVE-LOCK",
            1,
            &[MendedSession, MendedCollector],
        ))),
        whole(jumping(hunt(
            "F4",
            "a lock on a file that lost its name counts",
            "LIVE-KEPT",
            1,
            &[MendedSession, MendedCollector, MendedCollector],
        ))),
        hunt("F5", "a collector shuts everybody out", "COLD", 2, &[SeedSession, SeedCollector]),
        hunt(
            "F6",
            "a half-deleted session looks published",
            "IMMUTABLE",
            2,
            &[SeedCollector, SeedSession],
        ),
        jumping(hunt(
            "F7",
            "after a backward step new work is older than old",
            "ORDER",
            1,
            &[SeedSession],
        )),
        hunt(
            "F9",
            "nobody is told that a newer session was published",
            "NEWEST-KEPT",
            1,
            &[SeedSession, SeedSession],
        ),
        failing(hunt(
            "F11",
            "an error in a listing deletes a live session",
            "LIVE-KEPT",
            1,
            &[SeedCollector, SeedSession],
        )),
        lost(hunt(
            "F12",
            "a session whose lock file was lost is deleted",
            "NEWEST-SURVIVES",
            1,
            &[SeedCollector],
        )),
        killed(frozen(hunt(
            "F13",
            "a namesake's leftovers are joined",
            "SEED-EXACT",
            0,
            &[SeedSession, SeedSession],
        ))),
        foreign(hunt("F15", "what is called s-… is deleted", "OUTSIDE", 1, &[SeedCollector])),
        hunt("F16", "collectors that meet warn", "GC-SILENT", 3, &[SeedCollector, SeedCollector]),
        hunt(
            "F17",
            "what is written in place is written into the source",
            "IMMUTABLE",
            1,
            &[SeedInPlace],
        ),
        failing(hunt(
            "F18",
            "a copy goes into the source through a link",
            "NO-ALIAS",
            1,
            &[SeedSession],
        )),
        hunt("F23", "what was deleted after errors is published", "SEED-FINISH", 1, &[SeedFailure]),
        jumping(hunt(
            "F27",
            "a clock that names cannot hold is a panic",
            "NO-PANIC",
            1,
            &[SeedSession],
        )),
        killed(hunt(
            "F30",
            "an orphan lock file stays for ever",
            "CLEAN-AFTER-ONE",
            1,
            &[SeedSession],
        )),
        frozen(hunt(
            "F34",
            "sessions with one stamp stay for ever",
            "CLEAN-AFTER-ONE",
            0,
            &[SeedSession, SeedSession],
        )),
    ]
}
