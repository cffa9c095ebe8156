//! Is the search itself to be believed? What it merges must be the same.

use incrdir_explore::{Explore, Persistence, Report};
use std::any::Any;
use std::process::ExitCode;

use crate::side_by_side::side_by_side;
use incrdir_explore::{
    Bounds, Broken, Happened, Oracle, Program, Scenario, Setup, SimVfs, Summary, Verdict,
};
use incrdir_sim::scenarios::{UnitScenario, power_loss_scenarios, scenarios};
use incrdir_vfs::{Access, Look, MemDisk, Name, Profile, Vfs};

/// How often each process appends.
const APPENDS: u64 = 5;

/// Two processes that append to one file: every order of their calls leaves another disk, so nothing is merged.
struct Appending;

fn append(vfs: &SimVfs<'_>, byte: u8) {
    let file = Name::new("file").expect("a file name");
    let Ok(file) = vfs.open_file(&vfs.root(), &file, Access::ReadWrite) else { return };
    for _ in 0..APPENDS {
        let Ok(stat) = vfs.stat_file(&file) else { return };
        let _ = vfs.write_at(&file, stat.len, &[byte]);
    }
}

#[derive(Clone, Hash)]
struct Content;

impl Oracle for Content {
    fn step(&mut self, _look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
        Ok(())
    }
}

impl Scenario for Appending {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        let file = Name::new("file").expect("a file name");
        drop(vfs.create_file(&vfs.root(), &file).expect("a free name"));
        disk
    }

    fn setup(&self) -> Setup {
        let program = |byte| Program::new(move |vfs| append(vfs, byte));
        Setup::new(vec![program(1), program(2)], Content)
    }
}

/// Processes that change nothing: where they come to depends only on how far each is, and how often they may still be made to
/// wait.
struct Looking;

impl Scenario for Looking {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let program = |calls| {
            Program::new(move |vfs| {
                for _ in 0..calls {
                    let _ = vfs.stat_dir(&vfs.root());
                }
            })
        };
        Setup::new(vec![program(3), program(1), program(4), program(2)], Content)
    }
}

/// Two processes that change nothing, and an oracle that remembers in which order they reported: it objects at the
/// end to one order, which looks like the other by then.
struct Remembering;

#[derive(Clone, Hash, Default)]
struct Reports(Vec<usize>);

impl Oracle for Reports {
    fn step(&mut self, _look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
        Ok(())
    }

    fn hear(&mut self, _look: Look<'_>, process: usize, _event: &dyn Any) -> Verdict {
        self.0.push(process);
        Ok(())
    }

    fn end(&mut self, _look: Look<'_>, _deaths: u32) -> Verdict {
        match self.0[..] {
            [1, 0, ..] => Err(Broken::new("ORDER", format!("{:?}", self.0))),
            _ => Ok(()),
        }
    }
}

impl Scenario for Remembering {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let program = || {
            Program::new(|vfs| {
                for _ in 0..2 {
                    let _ = vfs.list(&vfs.root());
                    vfs.report(());
                }
            })
        };
        Setup::new(vec![program(), program()], Reports::default())
    }
}

/// Searches with and without merging must find the same states.
pub(crate) fn check() -> ExitCode {
    println!(
        "{:24} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}",
        "scenario", "states", "unmerged", "runs", "unmerged", "recoveries", "unmerged"
    );
    // The recovery is cut short, too, and begun again from what is left.
    let bounds = |preemptions, kills| {
        Bounds::default().preemptions(preemptions).kills(kills).recovery_crashes(1)
    };
    let compared = side_by_side(
        vec![
            // Locks that outlive their processes give many more runs: it takes longest.
            ("windows-reader", bounds(1, 1).recovery_crashes(0)),
            ("appending", bounds(2, 1)),
            ("looking", bounds(1, 0)),
            ("looking", bounds(1, 1)),
            ("looking", bounds(2, 1)),
            ("looking", bounds(1, 2)),
            ("collector-reader", bounds(2, 1)),
            ("lost-lock-collectors", bounds(2, 1)),
            ("two-collectors", bounds(1, 1)),
            ("two-writers-empty", bounds(1, 1)),
            ("writer-reader", bounds(1, 1)),
            ("vandal", bounds(1, 0)),
        ],
        |(name, bounds)| match name {
            "appending" => same(name, &Appending, &bounds),
            "looking" => same(name, &Looking, &bounds),
            name => {
                let scenario = scenarios().into_iter().find(|scenario| scenario.name == name);
                same(name, &scenario.expect("BUG: a scenario"), &bounds)
            }
        },
    );
    // Journals are one that lose alike, and the images, which stand in the last columns, must be the same.
    let lost = side_by_side(
        vec![
            ("power-collected", Persistence::EXT4_XFS),
            ("power-durable-first", Persistence::ORDERED),
        ],
        |(name, model)| {
            let scenario = power_loss_scenarios().into_iter().find(|it| it.name == name);
            loses_the_same(&scenario.expect("BUG: a scenario"), model)
        },
    );
    // Commit by commit, the same is lost.
    let by_commit = side_by_side(
        vec![
            ("power-collected", Persistence::ORDERED),
            ("power-durable-first", Persistence::ORDERED),
            ("power-collected", Persistence::EXT4_XFS),
        ],
        |(name, model)| {
            let scenario = power_loss_scenarios().into_iter().find(|it| it.name == name);
            commits_the_same(&scenario.expect("BUG: a scenario"), model)
        },
    );
    let mut is_well = true;
    for (row, is_same) in compared.into_iter().chain(lost).chain(by_commit) {
        println!("{row}");
        is_well &= is_same;
    }
    let remembers =
        Explore::new(&Remembering).bounds(bounds(u32::MAX, 0)).run().violation.is_some();
    println!("what an oracle remembers counts{}", if remembers { "" } else { "  FAILED" });
    is_well &= remembers;
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn loses_the_same(scenario: &UnitScenario, model: Persistence) -> (String, bool) {
    let bounds = Bounds::default().preemptions(1).torn_listings(false);
    let explore = Explore::new(scenario).bounds(bounds).power_losses(std::slice::from_ref(&model));
    images_of(scenario, &explore.run(), &explore.run_unmerged())
}

fn commits_the_same(scenario: &UnitScenario, model: Persistence) -> (String, bool) {
    let bounds = Bounds::default().preemptions(1).torn_listings(false);
    let explore = Explore::new(scenario).bounds(bounds).power_losses(std::slice::from_ref(&model));
    images_of(scenario, &explore.clone().commit_by_commit().run(), &explore.run())
}

fn images_of(scenario: &UnitScenario, merged: &Summary, unmerged: &Summary) -> (String, bool) {
    let is_same = merged.images == unmerged.images
        && merged.is_complete
        && unmerged.is_complete
        && merged.images > 10;
    let row = format!(
        "{:24} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}{}",
        scenario.name,
        merged.states,
        unmerged.states,
        merged.executions,
        unmerged.executions,
        merged.images,
        unmerged.images,
        if is_same { "" } else { "  FAILED" }
    );
    (row, is_same)
}

fn same(name: &str, scenario: &dyn Scenario, bounds: &Bounds) -> (String, bool) {
    let (merged, unmerged) = (
        Explore::new(scenario).bounds(bounds.clone()).run(),
        Explore::new(scenario).bounds(bounds.clone()).run_unmerged(),
    );
    let is_same = merged.states == unmerged.states
        && merged.recoveries == unmerged.recoveries
        && merged.is_complete
        && unmerged.is_complete;
    let verdict = if is_same { "" } else { "  FAILED" };
    let row = format!(
        "{name:24} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}{verdict}",
        merged.states,
        unmerged.states,
        merged.executions,
        unmerged.executions,
        merged.recoveries,
        unmerged.recoveries
    );
    (row, is_same)
}
