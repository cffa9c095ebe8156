//! What a scenario of ours is: which processes run on which unit, on which file system, and what may go wrong.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use incrdir_naming::UnitName;
use incrdir_vfs::{Name, Profile};

use super::process_kind::ProcessKind;
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
    /// The numbers of the processes that work in a unit of their own, which starts from the other one while it has nothing.
    pub branch: &'static [usize],
    /// Which of the two units this is the scenario of.
    pub(super) lineage: Lineage,
}

/// A unit of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lineage {
    /// The one that has published sessions at the beginning.
    Main,
    /// The one that starts from it.
    Branch,
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
    /// The published sessions were used within the hour, so that no use is noted.
    JustUsed,
    /// The oldest published session has a pin that has ended.
    EndedPin,
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

/// The unit in which everything happens, unless it happens in a branch.
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

fn branch_name() -> &'static UnitName {
    static UNIT: LazyLock<UnitName> =
        LazyLock::new(|| UnitName::new("branch", 7).expect("BUG: a good name"));
    &UNIT
}

fn branch_entry() -> &'static Name {
    static ENTRY: LazyLock<Name> = LazyLock::new(|| name(branch_name()));
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
            branch: &[],
            lineage: Lineage::Main,
        }
    }

    /// The same, with these processes in a branch.
    #[must_use]
    pub fn with_branch(self, branch: &'static [usize]) -> Self {
        Self { branch, ..self }
    }

    /// The same as it is for the branch: nothing is there at the beginning.
    pub(super) fn of_branch(&self) -> Self {
        let initial = BTreeSet::new();
        Self { lineage: Lineage::Branch, published: 0, initial, ..self.clone() }
    }

    /// The same as it is for this process.
    pub(super) fn of_process(&self, process: usize) -> Self {
        match self.branch.contains(&process) {
            true => self.of_branch(),
            false => self.clone(),
        }
    }

    /// The unit that this is the scenario of.
    pub(super) fn unit(&self) -> &'static UnitName {
        match self.lineage {
            Lineage::Main => unit_name(),
            Lineage::Branch => branch_name(),
        }
    }

    /// Its name in the root.
    pub(super) fn entry(&self) -> &'static Name {
        match self.lineage {
            Lineage::Main => unit_entry(),
            Lineage::Branch => branch_entry(),
        }
    }

    /// Which of the two units has this name.
    pub(super) fn lineage_of(name: &UnitName) -> Lineage {
        if name == branch_name() { Lineage::Branch } else { Lineage::Main }
    }

    /// Where its sessions start from while it has none.
    pub(super) fn fallbacks(&self) -> Vec<UnitName> {
        match self.lineage {
            Lineage::Main => Vec::new(),
            Lineage::Branch => vec![unit_name().clone()],
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
