//! Power losses, as a table.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use incrdir_session::{Durability, SeedMode};
use incrdir_sim::power::{Losses, Script, play, scripts, seed_scripts};
use incrdir_vfs::Profile;
use incrdir_vfs::sim::{Data, Names, Persistence};

/// Whether files are told by their numbers, as the model says. Times are so coarse that they tell nothing, but
/// where copies are told apart by them.
fn profile(script: &Script, model: &Persistence) -> Profile {
    let links = script.sessions.iter().all(|options| options.seed == SeedMode::Link);
    Profile {
        ids_outlive_boots: model.data != Data::FreeGarbage,
        time_step: if links { Duration::from_secs(86_400) } else { Duration::from_nanos(1) },
        ..Profile::posix()
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn power(is_long: bool) -> ExitCode {
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
        scripts(durability, digests).into_iter().map(move |script| (name, script))
    });
    let seed = seed_scripts().into_iter().map(|script| ("the seed's", script));
    let mut is_well = true;
    let (mut images, mut left_out) = (0, 0);
    let all = Instant::now();
    for (protocol, script) in ours.chain(seed) {
        for model in &Persistence::ALL {
            if !is_long && has_many_images(&script, model) {
                left_out += 1;
                continue;
            }
            let start = Instant::now();
            let losses = play(&script, profile(&script, model)).lose(model, None);
            images += losses.images;
            row(protocol, &script, model, &losses, start.elapsed().as_secs_f64());
            if let (Some(wrong), false) = (&losses.wrong, script.is_seed) {
                is_well = false;
                println!("VIOLATION {wrong}");
            }
        }
    }
    println!("{images} images in {:.1} s", all.elapsed().as_secs_f64());
    if left_out > 0 {
        println!("NOT RUN: {left_out} with very many images; `power long` runs them");
    }
    is_well &= every_sync_is_needed();
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Minutes instead of moments.
fn has_many_images(script: &Script, model: &Persistence) -> bool {
    match script.name {
        "one after the other" => model.names >= Names::PerDirectory,
        "copies recycled" | "inherited" => model.names >= Names::PerName,
        _ => false,
    }
}

fn row(protocol: &str, script: &Script, model: &Persistence, losses: &Losses, seconds: f64) {
    let Losses { moments, images, detected, lost, torn, .. } = losses;
    println!(
        "{protocol:28} {:20} {:10} {moments:>7} {images:>8} {detected:>9} {lost:>6} {torn:>6} {seconds:>8.2}",
        script.name, model.name
    );
}

/// SYNC-MINIMAL: for each thing that is synced there is a script and a model in which forgetting it shows.
fn every_sync_is_needed() -> bool {
    println!("\n{:36} forgetting to sync it shows", "durable: what is synced");
    let mut needed: Vec<(String, Option<String>)> = Vec::new();
    for script in scripts(Durability::Durable, false) {
        let played = play(&script, profile(&script, &Persistence::POSIX));
        for (nth, path) in played.syncs().into_iter().enumerate() {
            let what = kind_of(&path);
            if !needed.iter().any(|(known, _)| *known == what) {
                needed.push((what.clone(), None));
            }
            let models = &Persistence::ALL[..5];
            let shows = models.iter().find(|model| played.lose(model, Some(nth)).wrong.is_some());
            if let (Some(model), Some((_, shown @ None))) =
                (shows, needed.iter_mut().find(|(known, _)| *known == what))
            {
                *shown = Some(format!("in {:?} on {}", script.name, model.name));
            }
        }
    }
    for (what, shown) in &needed {
        println!("{what:36} {}", shown.as_deref().unwrap_or("NOWHERE"));
    }
    needed.iter().all(|(_, shown)| shown.is_some())
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
