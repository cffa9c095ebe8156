//! The program that fills a session ahead of time.

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{BeginOptions, Warmed, warm};

use super::shared::{start, typed, unrecorded};
use crate::scenarios::unit_scenario::UnitScenario;

pub(super) fn warms(vfs: &SimVfs<'_>, scenario: &UnitScenario, options: &BeginOptions) {
    start(vfs);
    let options = options.clone().unrecorded(unrecorded(scenario));
    match warm(vfs, &vfs.root(), scenario.unit(), &options) {
        Ok(Warmed::Now(..)) => vfs.mark("warm: filled"),
        Ok(Warmed::Before(_)) => vfs.mark("warm: was waiting"),
        Ok(Warmed::Not(_)) => vfs.mark("warm: not"),
        Err(error) => typed(vfs, scenario, &error),
    }
}
