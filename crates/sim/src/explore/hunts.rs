//! Known defects of the seed's protocol, each found by the general search: no schedule is written by hand.

use incrdir_vfs::sim::Bounds;

use super::parts::Part;
use super::plays::{Act, Play};

/// A play of the seed's protocol and the one oracle that is to object.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The defect's number and what it is.
    pub defect: &'static str,
    /// The play and how far it is explored.
    pub act: Act,
}

/// All of them. Each must end with a violation.
pub fn hunts() -> Vec<Hunt> {
    use Part::{SeedCollector, SeedSession};
    let hunt = |defect, name, published, parts: &[Part], oracle, kills| Hunt {
        defect,
        act: Act {
            play: Play { only: Some(oracle), ..Play::new(name, published, parts.to_vec()) },
            bounds: Bounds { preemptions: 2, kills, ..Bounds::default() },
            is_short: true,
        },
    };
    let frozen = |mut hunt: Hunt| {
        hunt.act.play.frozen_clock = true;
        hunt
    };
    vec![
        hunt(
            "F1: a torn listing deletes a live session",
            "seed-live",
            1,
            &[SeedCollector, SeedSession],
            "LIVE-KEPT",
            0,
        ),
        hunt(
            "F5: a collector shuts everybody out",
            "seed-cold",
            2,
            &[SeedSession, SeedCollector],
            "COLD",
            0,
        ),
        hunt(
            "F6: a half-deleted session looks published",
            "seed-half",
            2,
            &[SeedCollector, SeedSession],
            "IMMUTABLE",
            0,
        ),
        hunt(
            "F30: an orphan lock file stays for ever",
            "seed-orphan",
            1,
            &[SeedSession],
            "CLEAN-AFTER-ONE",
            1,
        ),
        frozen(hunt(
            "F34: sessions with one stamp stay for ever",
            "seed-stamps",
            0,
            &[SeedSession, SeedSession],
            "CLEAN-AFTER-ONE",
            0,
        )),
    ]
}
