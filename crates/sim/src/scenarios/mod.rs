//! Our protocol under the explorer: what its processes do, and what must be so.
//!
//! A [`UnitScenario`] says which processes run on which unit, and what may go wrong; [`scenarios`] has all that there are,
//! [`searches`] how far each is explored. `cargo xtask sim` runs them.

mod process_kind;
mod unit_scenario;

mod declared;
mod initial_disk;
mod programs;
mod setup;

mod assumptions;
mod known;
mod model;
mod observation;
mod oracles;

mod known_defects;
mod run;
mod searches;
pub(crate) mod seed;

pub use declared::{power_loss_scenarios, power_recovery_scenarios, scenarios};
pub use known_defects::{KnownDefect, known_defects};
pub use process_kind::ProcessKind;
pub use run::Run;
pub use searches::{Round, Search, searches, searches_of};
pub use unit_scenario::{Hazard, Initial, UnitScenario};
