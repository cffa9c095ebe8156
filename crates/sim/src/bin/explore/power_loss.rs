//! Power losses, as a table.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use incrdir_explore::{Data, Names, Persistence};
use incrdir_session::{Durability, SeedMode};
use incrdir_sim::power_loss::enumerated::{
    Losses, Workload, record, record_with_failing_sync, seed_workloads, workloads,
};
use incrdir_vfs::Profile;

use crate::power_searches::{Extent, interleaved, recovered, together};
use crate::side_by_side::side_by_side;

/// Whether files are told by their numbers, as the model says. Times are so coarse that they tell nothing, but
/// where copies are told apart by them.
fn profile(workload: &Workload, model: &Persistence) -> Profile {
    let links = workload.sessions.iter().all(|options| options.seed == SeedMode::Link);
    Profile::posix().ids_last(model.data != Data::FreeGarbage).time_step(if links {
        Duration::from_secs(86_400)
    } else {
        Duration::from_nanos(1)
    })
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn enumerated(extent: Extent) -> ExitCode {
    println!(
        "{:28} {:20} {:10} {:>7} {:>8} {:>9} {:>6} {:>6} {:>8}",
        "protocol", "sessions", "model", "moments", "images", "detected", "lost", "torn", "seconds"
    );
    let levels = [
        ("detect", Durability::Detect, false),
        ("detect, digests", Durability::Detect, true),
        ("consistent", Durability::Consistent, false),
        ("consistent, digests", Durability::Consistent, true),
        ("durable", Durability::Durable, false),
        ("durable, digests", Durability::Durable, true),
    ];
    let ours = levels.into_iter().flat_map(|(name, durability, digests)| {
        workloads(durability, digests).into_iter().map(move |workload| (name, workload))
    });
    let seed = seed_workloads().into_iter().map(|workload| ("the seed's", workload));
    let mut is_well = true;
    let (mut images, mut left_out) = (0, 0);
    let all = Instant::now();
    let everything: Vec<_> = ours.chain(seed).collect();
    let mut jobs = Vec::new();
    for (protocol, workload) in &everything {
        for model in &Persistence::ALL {
            match extent_of(workload, model) > extent {
                true => left_out += 1,
                false => jobs.push((*protocol, workload, model)),
            }
        }
    }
    // The first one that is wrong is enough for a mutant: no other is begun then.
    let is_over = AtomicBool::new(false);
    let rows = side_by_side(jobs, |(protocol, workload, model)| {
        if is_over.load(Ordering::Relaxed) {
            return None;
        }
        let start = Instant::now();
        let losses = record(workload, profile(workload, model)).lose(model, None);
        let is_wrong = losses.wrong.is_some() && !workload.is_seed;
        is_over.fetch_or(is_wrong && extent == Extent::First, Ordering::Relaxed);
        Some((protocol, workload, model, losses, start.elapsed().as_secs_f64()))
    });
    for (protocol, workload, model, losses, seconds) in rows.into_iter().flatten() {
        images += losses.images;
        row(protocol, workload, model, &losses, seconds);
        if let (Some(wrong), false) = (&losses.wrong, workload.is_seed) {
            is_well = false;
            println!("VIOLATION {wrong}");
            if extent == Extent::First {
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{images} images in {:.1} s", all.elapsed().as_secs_f64());
    if left_out > 0 {
        println!(
            "NOT RUN: {left_out} with very many images; `power full` and `power long` run them"
        );
    }
    is_well &= every_sync_is_needed("consistent", Durability::Consistent);
    is_well &= every_sync_is_needed("durable", Durability::Durable);
    is_well &= failing_syncs();
    if extent == Extent::First {
        return if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    is_well &= together(extent, 1, &[]);
    if extent >= Extent::Full {
        is_well &= interleaved(&[]);
    }
    is_well &= recovered(extent);
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The least extent in which a workload is enumerated under a model.
fn extent_of(workload: &Workload, model: &Persistence) -> Extent {
    let has_two_sessions = matches!(workload.name, "one after the other" | "inherited");
    let is_long = match workload.name {
        "copies recycled" => model.names >= Names::PerName,
        _ => has_two_sessions && model.names >= Names::PerDirectory,
    };
    if is_long {
        return Extent::Long;
    }
    // What was not synced may be lost in many more ways.
    let is_synced = workload.sessions.iter().all(|options| options.durability.is_promise());
    let is_full = match workload.name {
        "collected" => model.names >= Names::PerName,
        _ => has_two_sessions && model.data >= Data::Free,
    };
    if is_full && !is_synced && !workload.is_seed { Extent::Full } else { Extent::Quick }
}

fn row(protocol: &str, workload: &Workload, model: &Persistence, losses: &Losses, seconds: f64) {
    let Losses { moments, images, detected, lost, torn, .. } = losses;
    println!(
        "{protocol:28} {:20} {:10} {moments:>7} {images:>8} {detected:>9} {lost:>6} {torn:>6} {seconds:>8.2}",
        workload.name, model.name
    );
}

/// SYNC-MINIMAL: for each thing that is synced there is a workload and a model in which forgetting it shows.
fn every_sync_is_needed(level: &str, durability: Durability) -> bool {
    println!("\n{:36} forgetting to sync it shows", format!("{level}: what is synced"));
    let mut needed: Vec<(String, Option<String>)> = Vec::new();
    for workload in workloads(durability, false) {
        let recorded = record(&workload, profile(&workload, &Persistence::POSIX));
        for (nth, path) in recorded.syncs().into_iter().enumerate() {
            let what = kind_of(&path);
            if !needed.iter().any(|(known, _)| *known == what) {
                needed.push((what.clone(), None));
            }
            let Some((_, shown @ None)) = needed.iter_mut().find(|(known, _)| *known == what)
            else {
                continue;
            };
            let models = &Persistence::ALL[..5];
            let shows = models.iter().find(|model| recorded.lose(model, Some(nth)).wrong.is_some());
            *shown = shows.map(|model| format!("in {:?} on {}", workload.name, model.name));
        }
    }
    for (what, shown) in &needed {
        println!("{what:36} {}", shown.as_deref().unwrap_or("NOWHERE"));
    }
    needed.iter().all(|(_, shown)| shown.is_some())
}

/// What a sync that failed leaves: a session that is not published, or not said to be durable.
fn failing_syncs() -> bool {
    println!(
        "\n{:28} {:20} {:>6} {:>8} {:>6}",
        "one sync fails", "sessions", "syncs", "images", "wrong"
    );
    let mut is_well = true;
    for (level, durability) in
        [("consistent", Durability::Consistent), ("durable", Durability::Durable)]
    {
        for workload in workloads(durability, false) {
            let (mut syncs, mut images, mut wrong) = (0, 0, 0);
            for after in 0.. {
                let profile = profile(&workload, &Persistence::POSIX);
                let Some(recorded) = record_with_failing_sync(&workload, profile, after) else {
                    break;
                };
                syncs += 1;
                // The end is where it would show: what failed is not made up for later.
                let models = Persistence::ALL[1..4].iter();
                for model in models.filter(|model| extent_of(&workload, model) < Extent::Long) {
                    let losses = recorded.lose_at_the_end(model);
                    images += losses.images;
                    if let Some(what) = losses.wrong {
                        wrong += 1;
                        println!("VIOLATION {level}, {}: {what}", workload.name);
                    }
                }
            }
            println!("{level:28} {:20} {syncs:>6} {images:>8} {wrong:>6}", workload.name);
            is_well &= wrong == 0;
        }
    }
    is_well
}

fn kind_of(path: &str) -> String {
    match path.matches('/').count() {
        _ if path == "/" => "the root".into(),
        1 => "the unit".into(),
        2 if path.ends_with(".lock") => "the record".into(),
        2 => "the session's directory".into(),
        _ => format!("the file {:?}", path.rsplit('/').next().unwrap_or_default()),
    }
}
