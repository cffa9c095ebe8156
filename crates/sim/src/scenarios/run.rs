//! The name of a run: which scenario, within which bounds, along which tape.

use std::fmt;
use std::str::FromStr;

use incrdir_explore::Bounds;

use super::declared::scenarios;
use super::known_defects::known_defects;
use super::unit_scenario::UnitScenario;

/// The protocol that tapes belong to: raised when a change of it makes old tapes mean something else.
const VERSION: &str = "v3";

/// A run that can be made again: `v3/SCENARIO/PREEMPTIONS/KILLS.FAULTS.JUMPS.COLLISIONS/TAPE`. A `~` before the tape:
/// listings are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The scenario, or that of a defect_of.
    pub scenario: UnitScenario,
    /// How far it was explored: a tape means something only within the same bounds.
    pub bounds: Bounds,
    /// The decisions.
    pub tape: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, bounds, tape } = self;
        let Bounds { preemptions, kills, faults, jumps, collisions, torn_listings, .. } = bounds;
        let preemptions = match *preemptions {
            u32::MAX => "all".into(),
            number => number.to_string(),
        };
        let whole = if *torn_listings { "" } else { "~" };
        let name = scenario.name;
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
                "a run is {VERSION}/SCENARIO/PREEMPTIONS/KILLS.FAULTS.JUMPS.COLLISIONS/TAPE"
            ));
        };
        if version != VERSION {
            return Err(format!("{run} is a run of {version}, this is {VERSION}"));
        }
        let of_defects = known_defects().into_iter().map(|defect| defect.search.scenario);
        let scenario =
            scenarios().into_iter().chain(of_defects).find(|scenario| scenario.name == name);
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
        let scenario = scenario.ok_or(format!("there is no scenario {name}"))?;
        Ok(Self { scenario, bounds, tape: whole.unwrap_or(tape).into() })
    }
}
