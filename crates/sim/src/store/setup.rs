//! How the explorer sets a scenario with a store up.

use incrdir_explore::{Program, Scenario, Setup};
use incrdir_vfs::MemDisk;

use super::oracle::StoreOracle;
use super::scenario::{Actor, StoreScenario};
use super::{disk, programs};

impl Scenario for StoreScenario {
    fn disk(&self) -> MemDisk {
        disk::make(self)
    }

    fn setup(&self) -> Setup {
        let lags = self.lags;
        let program = |(number, actor): (usize, &Actor)| {
            let actor = *actor;
            Program::new(move |vfs| programs::act(vfs, number, actor, lags))
        };
        let processes = self.actors.iter().enumerate().map(program).collect();
        let recovery = vec![Program::new(programs::collect_all)];
        Setup::new(processes, StoreOracle::new(self.clone())).recovery(recovery)
    }
}
