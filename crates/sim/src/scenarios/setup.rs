//! How the explorer sets a scenario up: its disk, its programs, its recovery, its oracles.

use std::sync::Arc;

use incrdir_explore::{Program, Scenario, Setup};
use incrdir_vfs::MemDisk;

use super::initial_disk;
use super::oracles::Units;
use super::process_kind::ProcessKind;
use super::programs::recover;
use super::unit_scenario::UnitScenario;

impl Scenario for UnitScenario {
    fn disk(&self) -> MemDisk {
        initial_disk::make(self)
    }

    fn setup(&self) -> Setup {
        let scenario = Arc::new(self.clone());
        let program = |(number, kind): (usize, &ProcessKind)| -> Program {
            let (kind, scenario) = (*kind, Arc::new(scenario.of_process(number)));
            let program = Program::new(move |vfs| kind.run(vfs, &scenario));
            program.on_host(self.hosts.get(number).copied().unwrap_or_default())
        };
        let recovery = {
            let scenario = Arc::clone(&scenario);
            Program::new(move |vfs| {
                recover(vfs, &scenario);
                if !scenario.branch.is_empty() {
                    recover(vfs, &scenario.of_branch());
                }
            })
        };
        let programs = self.processes.iter().enumerate().map(program).collect();
        Setup::new(programs, Units::new(scenario)).recovery(vec![recovery])
    }
}
