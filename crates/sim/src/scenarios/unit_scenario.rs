//! What a scenario of ours is: which processes run on which unit, on which file system, and what may go wrong.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use incrdir_explore::{Program, Scenario, Setup};
use incrdir_naming::UnitName;
use incrdir_vfs::{MemDisk, Name, Profile};

use super::initial_disk;
use super::oracles::Oracles;
use super::programs::{ProcessKind, recover};
use crate::fixture::name;

/// Processes on a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitScenario {
    /// What it is called in tables and names of runs.
    pub name: &'static str,
    /// Published sessions that are there at the beginning.
    pub published: usize,
    /// What else is there at the beginning.
    pub initial: BTreeSet<Initial>,
    /// What the file system can do.
    pub profile: Profile,
    /// What may go wrong.
    pub hazards: BTreeSet<Hazard>,
    /// The host of each process; none: all on one.
    pub hosts: &'static [u32],
    /// The one oracle that is asked; `None`: all of them.
    pub only: Option<&'static str>,
    /// What each process does.
    pub processes: Vec<ProcessKind>,
}

/// What the processes find besides published sessions that are as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Initial {
    /// The published sessions have lost their lock files.
    LostLocks,
    /// The newest published session has lost a file to somebody who deletes without asking.
    DamagedNewest,
    /// A working session whose writer is dead, begun when everybody begins.
    DeadWriter,
    /// Files and directories of other programs.
    ForeignNames,
    /// Sessions have directories and links in them.
    NestedTrees,
    /// Files have owners and attributes of their own.
    OwnedFiles,
}

/// What may go wrong, besides processes that die. How often is a matter of the search's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hazard {
    /// Calls fail: then nobody need find a source, and collections may leave things.
    FailingCalls,
    /// The clock may jump to where no session can be named.
    ClockJumps,
    /// The clock stands still, so that several sessions get one time stamp.
    FrozenClock,
    /// Two processes may draw one random number.
    EqualDraws,
    /// The power may go.
    PowerLoss,
}

/// Times in scenarios are so coarse that they tell nothing apart: fewer states are different.
pub(super) const COARSE: Duration = Duration::from_secs(2);

/// The unit in which everything happens.
pub(super) fn unit_name() -> &'static UnitName {
    static UNIT: LazyLock<UnitName> =
        LazyLock::new(|| UnitName::new("unit", 7).expect("BUG: a good name"));
    &UNIT
}

/// Its name in the root.
pub(super) fn unit_entry() -> &'static Name {
    static ENTRY: LazyLock<Name> = LazyLock::new(|| name(unit_name()));
    &ENTRY
}

impl UnitScenario {
    /// These processes on a unit with this many published sessions, on a file system as it should be.
    pub fn new(name: &'static str, published: usize, processes: &[ProcessKind]) -> Self {
        Self {
            name,
            published,
            initial: BTreeSet::new(),
            profile: Profile::posix().time_step(COARSE),
            hazards: BTreeSet::new(),
            hosts: &[],
            only: None,
            processes: processes.to_vec(),
        }
    }

    /// The same on a file system that can do what the profile says.
    #[must_use]
    pub fn on(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The same, and this is there at the beginning as well.
    #[must_use]
    pub fn with(mut self, initial: Initial) -> Self {
        self.initial.insert(initial);
        self
    }

    /// The same, and this may go wrong as well.
    #[must_use]
    pub fn risking(mut self, hazard: Hazard) -> Self {
        self.hazards.insert(hazard);
        self
    }

    /// The same with the processes on these hosts.
    #[must_use]
    pub fn on_hosts(self, hosts: &'static [u32]) -> Self {
        Self { hosts, ..self }
    }

    /// The same, asking this oracle alone.
    #[must_use]
    pub fn asking_only(self, oracle: &'static str) -> Self {
        Self { only: Some(oracle), ..self }
    }
}

impl Scenario for UnitScenario {
    fn disk(&self) -> MemDisk {
        initial_disk::make(self)
    }

    fn setup(&self) -> Setup {
        let scenario = Arc::new(self.clone());
        let program = |(number, kind): (usize, &ProcessKind)| -> Program {
            let (kind, scenario) = (*kind, Arc::clone(&scenario));
            let program = Program::new(move |vfs| kind.run(vfs, &scenario));
            program.on_host(self.hosts.get(number).copied().unwrap_or_default())
        };
        let recovery = {
            let scenario = Arc::clone(&scenario);
            Program::new(move |vfs| recover(vfs, &scenario))
        };
        let programs = self.processes.iter().enumerate().map(program).collect();
        Setup::new(programs, Oracles::new(scenario)).recovery(vec![recovery])
    }
}
