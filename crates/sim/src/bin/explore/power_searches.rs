//! Losses of power while processes interleave, and while somebody recovers from a loss of power, as tables.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::runs::shown;
use incrdir_explore::{Bounds, Data, Explore, Names, Persistence, Progress, Summary};
use incrdir_sim::scenarios::{UnitScenario, power_loss_scenarios, power_recovery_scenarios};

/// How much is explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// What has up to about 100,000 images each: every run of CI.
    Quick,
    /// What takes some minutes.
    Full,
    /// The same until the first thing that must not be: for mutants.
    First,
    /// Everything.
    Long,
}

/// Two processes, every interleaving with so many pre-emptions, and the power going in every state of them. `only`: in these
/// scenarios, or in all.
pub(crate) fn together(extent: Extent, preemptions: u32, only: &[&str]) -> bool {
    title();
    let is_long = extent == Extent::Long;
    let (mut is_well, mut left_out) = (true, 0);
    let is_wanted = |scenario: &UnitScenario| only.is_empty() || only.contains(&scenario.name);
    for scenario in power_loss_scenarios().into_iter().filter(is_wanted) {
        // What was not synced may be lost in this many ways that only the strictest model is quick.
        let is_synced = scenario.name.contains("consistent") || scenario.name.contains("durable");
        let models = match (is_long, is_synced) {
            (true, _) => &Persistence::ALL[1..5],
            (false, true) => &Persistence::ALL[1..4],
            (false, false) => &Persistence::ALL[1..2],
        };
        // The same images, found by another machine.
        let device = (is_long || is_synced).then_some(&Persistence::DEVICE);
        for model in models.iter().chain(device) {
            if extent < Extent::Full && has_many_images(&scenario, model) {
                left_out += 1;
                continue;
            }
            let bounds = Bounds::default().preemptions(preemptions);
            is_well &= explored(&scenario, model, bounds, is_long);
        }
    }
    if left_out > 0 {
        println!("NOT RUN: {left_out} with very many images; `power full` runs them");
    }
    is_well
}

/// Two processes, every interleaving there is, and the power going in every state of them, where names survive in one order. `only`: in these
/// scenarios, or in all.
pub(crate) fn interleaved(only: &[&str]) -> bool {
    title();
    let mut is_well = true;
    for scenario in power_loss_scenarios() {
        if !only.is_empty() && !only.contains(&scenario.name) {
            continue;
        }
        let models = [
            Persistence::STRICT,
            Persistence::NAMES_KEPT,
            Persistence::ORDERED,
            Persistence::EXT4_XFS,
        ];
        for model in &models {
            // Where nothing is synced, any subset of all that was ever written may be left.
            let is_all_open =
                matches!(scenario.name, "power-first" | "power-detect" | "power-warm");
            if *model == Persistence::STRICT || !is_all_open {
                is_well &= explored(&scenario, model, Bounds::default(), false);
            }
        }
    }
    is_well
}

/// More than about 100,000.
fn has_many_images(scenario: &UnitScenario, model: &Persistence) -> bool {
    match scenario.name {
        "power-detect" => true,
        "power-consistent" => model.names == Names::PerDirectory,
        _ => false,
    }
}

/// One process, which may die anywhere, the power going in every state; and the recovery from that cut short anywhere, by a
/// death or by another loss of power.
pub(crate) fn recovered(extent: Extent) -> bool {
    println!("\na recovery that is cut short");
    title();
    let mut is_well = true;
    for scenario in power_recovery_scenarios() {
        for model in Persistence::ALL[..5].iter().chain([&Persistence::DEVICE]) {
            for crashes in 1..=2 {
                if extent_of(&scenario, model, crashes) <= extent {
                    let bounds = Bounds::default().kills(1).recovery_crashes(crashes);
                    is_well &= explored(&scenario, model, bounds, extent == Extent::Long);
                }
            }
        }
    }
    is_well
}

/// The least extent in which recoveries are cut short so often.
fn extent_of(scenario: &UnitScenario, model: &Persistence, crashes: u32) -> Extent {
    let is_synced = !matches!(scenario.name, "power-alone-first" | "power-alone");
    match (crashes, model.names, model.data) {
        (1, Names::All, _) => Extent::Quick,
        (1, Names::Global, Data::BeforeNames) if is_synced => Extent::Quick,
        (1, Names::Global, _) if is_synced => Extent::Full,
        _ => Extent::Long,
    }
}

fn title() {
    println!(
        "\n{:28} {:12} {:>11} {:>7} {:>8} {:>9} {:>10} {:>8}  result",
        "scenario", "model", "preemptions", "crashes", "states", "images", "recoveries", "seconds"
    );
}

/// One row of a table. Only a long search may end before it is complete, and says so.
#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
fn explored(scenario: &UnitScenario, model: &Persistence, bounds: Bounds, is_long: bool) -> bool {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let watch = |_: &Progress| match is_long && start.elapsed() >= TIME_OF_A_LONG_SEARCH {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let (preemptions, crashes) = (bounds.preemptions, bounds.recovery_crashes);
    // Where pre-emptions are counted, what was done since is a part of a state in any case.
    let by_commit = preemptions == u32::MAX;
    let explore = Explore::new(scenario);
    let explore = if by_commit { explore.commit_by_commit() } else { explore };
    let Summary { states, images, recoveries, is_complete, violation, .. } =
        explore.bounds(bounds).power_losses(&[*model]).workers(workers).watch(&watch).run();
    let result = match (&violation, is_complete) {
        (Some(violation), _) => format!("VIOLATION {violation}"),
        (None, true) => "complete, 0 violations".into(),
        (None, false) => "cut off, 0 violations".into(),
    };
    println!(
        "{:28} {:12} {:>11} {crashes:>7} {states:>8} {images:>9} {recoveries:>10} {:>8.1}  {result}",
        scenario.name,
        model.name,
        shown(preemptions),
        start.elapsed().as_secs_f64()
    );
    violation.is_none() && (is_long || is_complete)
}

const TIME_OF_A_LONG_SEARCH: Duration = Duration::from_secs(3600);
