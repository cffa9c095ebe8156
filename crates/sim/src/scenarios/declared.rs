//! All scenarios.

use std::time::Duration;

use incrdir_vfs::{Clones, Locks, Profile};

use super::process_kind::ProcessKind::{
    self, Abandoner, Careful, Cleaner, Cloner, Collector, Consistent, Copier, CopyWarmer, Durable,
    Evictor, InPlace, LinkedInPlace, LockThief, OldestPinner, Pinner, Puller, Reader, Rejecter,
    Replacer, Restorer, Rustc, SeedCollector, SizeEvictor, Storer, UnitPinner, Unpinner, Vandal,
    Warmer, WarmingWriter, Writer, WriterCollector,
};
use super::unit_scenario::Hazard::{ClockJumps, FailingCalls, FrozenClock, PowerLoss};
use super::unit_scenario::Initial::{
    DamagedNewest, DeadWriter, EndedPin, ForeignNames, JustUsed, LostLocks, NestedTrees, OwnedFiles,
};
use super::unit_scenario::{COARSE, UnitScenario};

/// All scenarios but those in which the power goes.
pub fn scenarios() -> Vec<UnitScenario> {
    [
        as_it_should_be(),
        with_others(),
        warmers(),
        branches(),
        evictors(),
        pinners(),
        clocks_and_names(),
        damaged(),
        profiles(),
        failing(),
    ]
    .concat()
}

fn scenario(name: &'static str, published: usize, processes: &[ProcessKind]) -> UnitScenario {
    UnitScenario::new(name, published, processes)
}

fn fine() -> Profile {
    Profile::posix()
}

/// Our own processes on a file system as it should be.
fn as_it_should_be() -> Vec<UnitScenario> {
    vec![
        scenario("writer", 1, &[WriterCollector]),
        scenario("two-writers", 2, &[Writer, Writer]),
        scenario("two-writers-empty", 0, &[Writer, Writer]),
        scenario("two-writers-three", 3, &[Writer, Writer]),
        scenario("writer-reader", 2, &[WriterCollector, Reader]),
        scenario("writer-collector", 3, &[WriterCollector, Collector]),
        scenario("two-collectors", 3, &[Collector, Collector]),
        scenario("abandoner", 2, &[Abandoner, WriterCollector]),
        scenario("puller-writer", 2, &[Puller, Writer]),
        scenario("puller-collector", 2, &[Puller, WriterCollector]),
        scenario("puller-reader", 1, &[Puller, Reader]),
        scenario("collector-reader", 3, &[Collector, Reader]),
        scenario("two-full-sessions", 2, &[WriterCollector, WriterCollector]),
        scenario("two-full-sessions-empty", 0, &[WriterCollector, WriterCollector]),
        scenario("writer-collector-reader", 2, &[Writer, Collector, Reader]),
        scenario("two-writers-reader", 2, &[Writer, Writer, Reader]),
        scenario("two-writers-collector", 1, &[Writer, Writer, Collector]),
        scenario("overtaken", 2, &[Reader, WriterCollector, WriterCollector]),
        scenario("newborn", 0, &[Writer, Collector, Reader]),
        scenario("three-writers", 2, &[Writer, Writer, Writer]),
        scenario("three-full-sessions", 2, &[WriterCollector; 3]),
        scenario("nested", 2, &[WriterCollector, Reader]).with(NestedTrees),
        scenario("careful", 2, &[Careful, Collector]).on(fine()),
        scenario("copier", 2, &[Copier, Collector]).on(fine()),
        scenario("cloner", 2, &[Cloner, Collector]).on(fine().clones(Clones::IntoFile)),
        scenario("in-place", 2, &[InPlace, WriterCollector]).on(fine()),
        scenario("rejecter", 3, &[Rejecter, WriterCollector]),
        scenario("rejecter-reader", 3, &[Rejecter, Reader]),
        scenario("rejecters", 3, &[Rejecter, Rejecter]),
        scenario("restorer", 3, &[Restorer, WriterCollector]),
        scenario("restorers", 2, &[Restorer, Restorer]),
        scenario("replacer", 2, &[Replacer, WriterCollector]),
        scenario("replacer-reader", 2, &[Replacer, Reader]),
    ]
}

/// Ours beside rustc, other programs' files, and programs that delete without asking.
fn with_others() -> Vec<UnitScenario> {
    let behind = fine().clock_skew(-3600).time_step(COARSE);
    vec![
        scenario("foreign", 3, &[WriterCollector, Collector]).with(ForeignNames),
        scenario("cleaner", 2, &[Cleaner, Writer]),
        scenario("cleaner-reader", 2, &[Cleaner, Reader]),
        scenario("vandal", 2, &[Vandal, Writer]),
        scenario("vandal-reader", 2, &[Vandal, Reader]),
        scenario("vandal-readers", 2, &[Vandal, Reader, Reader]),
        scenario("lock-thief", 2, &[LockThief, WriterCollector, Reader]),
        scenario("rustc-collector", 3, &[Rustc, Collector]),
        scenario("rustc-behind", 3, &[Collector, Rustc]).on(behind).on_hosts(&[0, 1]),
        scenario("rustc-writer", 2, &[Rustc, WriterCollector]),
        scenario("rustc-collects", 2, &[Writer, SeedCollector]).asking_only("LIVE-KEPT"),
    ]
}

/// Sessions that are filled ahead of time.
fn warmers() -> Vec<UnitScenario> {
    vec![
        scenario("warmer-writer", 2, &[Warmer, Writer]),
        scenario("warmer-writer-nested", 2, &[Warmer, Writer]).on(fine()).with(NestedTrees),
        scenario("warmer-copier", 2, &[CopyWarmer, Copier]).on(fine()),
        scenario("warmer-full", 2, &[Warmer, WriterCollector]),
        scenario("warmer-collector", 3, &[Warmer, Collector]),
        scenario("warmer-reader", 2, &[Warmer, Reader]),
        scenario("warmer-rejecter", 2, &[Warmer, Rejecter]),
        scenario("warmer-evictor", 1, &[Warmer, Evictor]),
        scenario("warmer-evictor-writer", 1, &[Warmer, Evictor, Writer]),
        scenario("warmer-in-place", 2, &[CopyWarmer, InPlace]).on(fine()),
        scenario("warmer-dead-writer", 2, &[Warmer, Writer]).with(DeadWriter),
        scenario("warmer-vandal", 2, &[Warmer, Vandal, Writer]),
        scenario("warmer-rustc", 2, &[Warmer, Rustc]),
        scenario("warmers", 2, &[Warmer, Warmer]),
        scenario("warmers-writer", 2, &[Warmer, Warmer, Writer]),
        scenario("warming-writers", 2, &[WarmingWriter, WarmingWriter]),
        scenario("warming-collector", 2, &[WarmingWriter, WriterCollector]),
        scenario("warmer-numbers", 2, &[Warmer, Writer]).on(Profile::ext4()),
        scenario("warmer-writers", 2, &[Warmer, Writer, Writer]),
        scenario("warmer-writer-collector", 2, &[Warmer, Writer, Collector]),
        scenario("warmer-fails", 2, &[Warmer, Writer]).risking(FailingCalls),
    ]
}

/// Two units, of which one starts from the other.
fn branches() -> Vec<UnitScenario> {
    vec![
        scenario("branch-collector", 3, &[Writer, Collector]).with_branch(&[0]),
        scenario("branch-writer", 2, &[WriterCollector, WriterCollector]).with_branch(&[0]),
        scenario("branch-main-empty", 0, &[Writer, Writer]).with_branch(&[0]),
        scenario("branch-writers", 2, &[Writer, Writer]).with_branch(&[0, 1]),
        scenario("branch-writers-collector", 2, &[WriterCollector, Writer, WriterCollector])
            .with_branch(&[0, 1]),
        scenario("branch-overtaken", 2, &[Writer, WriterCollector, WriterCollector])
            .with_branch(&[0]),
        scenario("branch-lying-locks", 2, &[Writer, WriterCollector, WriterCollector])
            .with_branch(&[0])
            .on(fine().locks(Locks::AlwaysGranted).time_step(COARSE)),
        scenario("branch-in-place", 2, &[LinkedInPlace, WriterCollector])
            .with_branch(&[0])
            .on(fine()),
        scenario("branch-damaged", 2, &[Writer, Reader])
            .with(DamagedNewest)
            .with_branch(&[0])
            .asking_only("SEED-EXACT"),
        scenario("branch-rejecter", 3, &[Rejecter, WriterCollector]).with_branch(&[0]),
        scenario("branch-fails", 2, &[WriterCollector]).with_branch(&[0]).risking(FailingCalls),
    ]
}

/// Units that lose everything.
fn evictors() -> Vec<UnitScenario> {
    let coarse = |profile: Profile| profile.time_step(COARSE);
    let lying = fine().locks(Locks::AlwaysGranted);
    vec![
        scenario("evictor", 1, &[Evictor, Writer]),
        scenario("evictor-two", 2, &[Evictor, Writer]),
        scenario("evictor-full", 2, &[Evictor, WriterCollector]),
        scenario("evictor-reader", 2, &[Evictor, Reader]),
        scenario("evictor-collector", 3, &[Evictor, Collector]),
        scenario("evictor-abandoner", 2, &[Evictor, Abandoner]),
        scenario("evictor-size", 2, &[SizeEvictor, Writer]),
        scenario("evictors", 2, &[Evictor, Evictor]),
        scenario("evictors-writer", 1, &[Evictor, Evictor, Writer]),
        scenario("evictor-writer-reader", 2, &[Evictor, Writer, Reader]),
        scenario("evictor-writers", 1, &[Evictor, Writer, Writer]),
        scenario("evictor-just-used", 2, &[Evictor, Writer]).with(JustUsed),
        scenario("evictor-dead-writer", 2, &[Evictor, Writer]).with(DeadWriter),
        scenario("evictor-foreign", 2, &[Evictor, Writer]).with(ForeignNames),
        scenario("evictor-rustc", 2, &[Evictor, Rustc]),
        scenario("evictor-branch", 2, &[Evictor, Writer]).with_branch(&[1]),
        scenario("evictor-branch-main", 1, &[Evictor, Writer, Writer]).with_branch(&[1]),
        scenario("evictor-fat", 2, &[Evictor, Writer]).on(Profile::fat()),
        scenario("evictor-overlay", 2, &[Evictor, Writer]).on(coarse(Profile::overlay())),
        scenario("evictor-windows", 1, &[Evictor, Writer]).on(coarse(Profile::windows())),
        scenario("evictor-nfs", 1, &[Evictor, Writer]).on(Profile::nfs()).on_hosts(&[0, 1]),
        scenario("evictor-lying-locks", 2, &[Evictor, Writer]).on(coarse(lying)),
        scenario("evictor-jumps", 1, &[Evictor, Writer]).risking(ClockJumps),
        scenario("evictor-fails", 2, &[Evictor, Writer]).risking(FailingCalls),
    ]
}

/// Sessions and units that stay.
fn pinners() -> Vec<UnitScenario> {
    vec![
        scenario("pinner-evictor", 2, &[Evictor, Pinner]),
        scenario("pinner-evictors", 1, &[Evictor, Evictor, Pinner]),
        scenario("pinner-of-unit", 2, &[Evictor, UnitPinner]),
        scenario("pinner-of-unit-writer", 1, &[Evictor, UnitPinner, Writer]),
        scenario("pinner-collector", 3, &[OldestPinner, Collector]),
        scenario("pinner-writer", 2, &[OldestPinner, Writer]),
        scenario("pinner-full", 2, &[OldestPinner, WriterCollector]),
        scenario("pinner-again", 3, &[OldestPinner, Collector]).with(EndedPin),
        scenario("pinners", 3, &[OldestPinner, OldestPinner, Collector]),
        scenario("unpinner", 3, &[Unpinner, Collector]),
        scenario("pinner-fat", 3, &[OldestPinner, Collector]).on(Profile::fat()),
        scenario("pinner-fails", 3, &[OldestPinner, Collector]).risking(FailingCalls),
    ]
}

/// Clocks that jump or stand still, and names that come twice.
fn clocks_and_names() -> Vec<UnitScenario> {
    let ahead = fine().clock_skew(40).time_step(COARSE);
    let frozen = |name, published, processes: &[ProcessKind]| {
        scenario(name, published, processes).risking(FrozenClock)
    };
    let jumping = |name, published, processes: &[ProcessKind]| {
        scenario(name, published, processes).risking(ClockJumps)
    };
    vec![
        frozen("namesakes", 1, &[Writer, Writer]),
        frozen("namesakes-collector", 1, &[Writer, Writer, Collector]).risking(ClockJumps),
        frozen("namesakes-ahead", 1, &[Writer, Writer, Collector]).on(ahead).on_hosts(&[0, 0, 1]),
        frozen("namesakes-leftover", 1, &[Collector, Collector, Writer]).with(DeadWriter),
        frozen("three-namesakes", 0, &[Writer; 3]),
        jumping("jumps-writer", 1, &[WriterCollector]),
        jumping("jumps-two-writers", 2, &[Writer, Writer]),
        jumping("jumps-collector", 3, &[WriterCollector, Collector]),
        jumping("jumps-unborn", 2, &[WriterCollector, Collector]).on(fine().rename_new(false)),
    ]
}

/// Units on which something is missing already.
fn damaged() -> Vec<UnitScenario> {
    let damaged = |name, published, only, processes: &[ProcessKind]| {
        scenario(name, published, processes).with(DamagedNewest).asking_only(only)
    };
    let lost = |name, published, processes: &[ProcessKind]| {
        scenario(name, published, processes).with(LostLocks)
    };
    vec![
        damaged("damaged", 2, "COLD", &[WriterCollector, Collector]),
        damaged("damaged-restorer", 1, "SEED-EXACT", &[Restorer, Reader]),
        damaged("damaged-copies", 2, "COLD", &[Copier, Collector]),
        // No second session to make the new one out of: that one would have what is missing.
        damaged("damaged-below", 1, "SEED-EXACT", &[Writer, Collector]).with(NestedTrees),
        lost("lost-lock-collectors", 3, &[Collector, Collector]),
        lost("lost-lock-writer", 1, &[Writer, Collector]),
        lost("lost-lock-reader", 1, &[Reader, Collector]),
        lost("lost-locks-reader", 3, &[Reader, Collector]),
    ]
}

/// File systems that are not as they should be.
fn profiles() -> Vec<UnitScenario> {
    let two_hosts = |name, published, processes: &[ProcessKind], profile| {
        scenario(name, published, processes).on(profile).on_hosts(&[0, 1])
    };
    let lying = |name, processes: &[ProcessKind]| {
        let locks = Locks::AlwaysGranted;
        scenario(name, 3, processes).on(fine().locks(locks).time_step(COARSE))
    };
    vec![
        scenario("tmpfs", 2, &[WriterCollector, Collector]).on(Profile::tmpfs()),
        scenario("storers", 2, &[Storer, Storer]).on(Profile::tmpfs()),
        scenario("fat", 2, &[Writer, WriterCollector]).on(Profile::fat()),
        two_hosts("nfs", 2, &[Writer, WriterCollector], Profile::nfs()),
        two_hosts(
            "nfs-local-locks",
            3,
            &[WriterCollector, Collector],
            Profile::nfs_with_local_locks(),
        ),
        two_hosts(
            "nfs-lying-locks",
            2,
            &[WriterCollector, Reader],
            Profile::nfs_with_lying_locks(),
        ),
        scenario("windows", 2, &[Writer, WriterCollector]).on(Profile::windows()),
        scenario("windows-reader", 2, &[WriterCollector, Reader]).on(Profile::windows()),
        scenario("cloner-macos", 2, &[Cloner, Collector]).on(Profile::apfs()),
        scenario("virtiofs", 2, &[WriterCollector, Collector]).on(Profile::virtiofs()),
        scenario("overlay", 3, &[WriterCollector, Reader]).on(Profile::overlay()),
        scenario("no-locks", 0, &[Writer, WriterCollector]).on(fine().locks(Locks::Unsupported)),
        lying("lying-locks", &[Writer, WriterCollector]),
        lying("lying-locks-collector", &[WriterCollector, Collector]),
        lying("lying-locks-overtaken", &[Writer; 3]),
        lying("lying-locks-copier", &[Copier, Collector]).on(fine().locks(Locks::AlwaysGranted)),
    ]
}

/// Calls that fail.
fn failing() -> Vec<UnitScenario> {
    let failing = |name, published, processes: &[ProcessKind]| {
        scenario(name, published, processes).risking(FailingCalls)
    };
    let full = |name, profile| failing(name, 2, &[WriterCollector]).on(profile);
    vec![
        failing("faults-writer", 2, &[WriterCollector]),
        failing("faults-first-writer", 0, &[WriterCollector]),
        failing("faults-abandoner", 2, &[Abandoner]),
        failing("faults-reader", 2, &[Reader]),
        failing("faults-collector", 3, &[Collector, Writer]),
        failing("faults-copier", 2, &[Copier]).on(fine()),
        failing("faults-owners", 2, &[Copier]).on(fine()).with(OwnedFiles),
        failing("faults-cloner", 2, &[Cloner]).on(fine().clones(Clones::IntoFile)),
        failing("faults-nested", 2, &[WriterCollector]).with(NestedTrees),
        failing("faults-lost-locks", 1, &[Collector, Reader]).with(LostLocks),
        failing("faults-careful", 2, &[Careful]).on(fine()),
        full("faults-fat", Profile::fat()),
        full("faults-nfs", Profile::nfs()).on_hosts(&[0, 1]),
        full("faults-windows", Profile::windows()),
        full("faults-virtiofs", Profile::virtiofs()),
        full("faults-overlay", Profile::overlay()),
    ]
}

fn losing_power(name: &'static str, published: usize, processes: &[ProcessKind]) -> UnitScenario {
    let profile = fine().time_step(Duration::from_secs(86_400));
    scenario(name, published, processes).on(profile).risking(PowerLoss)
}

/// Scenarios of one process in which the power goes, and goes again while somebody recovers.
pub fn power_recovery_scenarios() -> Vec<UnitScenario> {
    let scenario = losing_power;
    vec![
        scenario("power-alone-first", 0, &[Writer]),
        scenario("power-alone", 2, &[WriterCollector]),
        scenario("power-alone-consistent-first", 0, &[Consistent]),
        scenario("power-alone-consistent", 2, &[Consistent]),
        scenario("power-alone-collected", 3, &[Collector]),
        scenario("power-alone-durable-first", 0, &[Durable]),
        scenario("power-alone-durable", 2, &[Durable]),
    ]
}

/// Scenarios in which the power goes.
pub fn power_loss_scenarios() -> Vec<UnitScenario> {
    let scenario = losing_power;
    vec![
        scenario("power-first", 0, &[Writer, Writer]),
        scenario("power-detect", 2, &[Writer, WriterCollector]),
        scenario("power-consistent-first", 0, &[Consistent, Consistent]),
        scenario("power-consistent", 2, &[Consistent, Consistent]),
        scenario("power-collected", 3, &[Consistent, Collector]),
        scenario("power-durable-first", 0, &[Durable, Durable]),
        scenario("power-durable", 2, &[Durable, Durable]),
        scenario("power-warm", 2, &[Warmer, Writer]),
    ]
}
