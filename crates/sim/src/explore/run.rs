//! The name of a run: which play, within which bounds, along which tape.

use std::fmt;
use std::str::FromStr;

use incrdir_explore::Bounds;

use super::hunts::hunts;
use super::plays::{Play, plays};

/// The protocol that tapes belong to: raised when a change of it makes old tapes mean something else.
const VERSION: &str = "v3";

/// A run that can be made again: `v3/PLAY/PREEMPTIONS/KILLS.FAULTS.JUMPS.COLLISIONS/TAPE`. A `~` before the tape:
/// listings are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The play, or that of a hunt.
    pub play: Play,
    /// How far it was explored: a tape means something only within the same bounds.
    pub bounds: Bounds,
    /// The decisions.
    pub tape: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { play, bounds, tape } = self;
        let Bounds { preemptions, kills, faults, jumps, collisions, torn_listings, .. } = bounds;
        let preemptions = match *preemptions {
            u32::MAX => "all".into(),
            number => number.to_string(),
        };
        let whole = if *torn_listings { "" } else { "~" };
        let name = play.name;
        write!(
            f,
            "{VERSION}/{name}/{preemptions}/{kills}.{faults}.{jumps}.{collisions}/{whole}{tape}"
        )
    }
}

impl FromStr for Run {
    type Err = String;

    fn from_str(run: &str) -> Result<Self, String> {
        let fields: Vec<&str> = run.splitn(5, '/').collect();
        let [version, name, preemptions, budget, tape] = fields[..] else {
            return Err(format!(
                "a run is {VERSION}/PLAY/PREEMPTIONS/KILLS.FAULTS.JUMPS.COLLISIONS/TAPE"
            ));
        };
        if version != VERSION {
            return Err(format!("{run} is a run of {version}, this is {VERSION}"));
        }
        let hunted = hunts().into_iter().map(|hunt| hunt.act.play);
        let play = plays().into_iter().chain(hunted).find(|play| play.name == name);
        let number = |text: &str| text.parse().map_err(|_| format!("{text} is no number"));
        let budget = budget.split('.').map(number).collect::<Result<Vec<u32>, _>>()?;
        let [kills, faults, jumps, collisions] = budget[..] else {
            return Err("the budget is KILLS.FAULTS.JUMPS.COLLISIONS".into());
        };
        let preemptions = if preemptions == "all" { u32::MAX } else { number(preemptions)? };
        let whole = tape.strip_prefix('~');
        let bounds = Bounds::default()
            .preemptions(preemptions)
            .kills(kills)
            .faults(faults)
            .jumps(jumps)
            .collisions(collisions)
            .torn_listings(whole.is_none());
        let play = play.ok_or(format!("there is no play {name}"))?;
        Ok(Self { play, bounds, tape: whole.unwrap_or(tape).into() })
    }
}
