//! The course of it: everybody works, and one pass comes after the other.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::pass::{Passed, pass};
use super::planted::Planted;
use super::roots::Roots;
use super::scale::gib;
use super::site::{Site, allocate};
use super::trees::BUSY;
use super::users::{Did, brancher, builder, reader, runner, writer};
use crate::shell::Result;

/// Between two passes.
const PAUSE: Duration = Duration::from_secs(3);
/// Of so many passes, the disk is nearly full before the last ones.
const ROUND: usize = 8;
const ROOMY: usize = 5;
/// How much is left free then, in percent, in turns: less than the collector is told to keep free, and so little that
/// all it may take is not enough.
const LEFT: [u64; 2] = [25, 3];

/// Until the time is over or something is wrong. What there is to tell at the end.
pub(super) fn run_course(
    site: &Site,
    trees: &[PathBuf],
    roots: &Roots,
    planted: &Planted,
) -> Result<Vec<String>> {
    let did = Did::default();
    let did = &did;
    let passed = std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for tree in trees.iter().take(BUSY) {
            workers.push(scope.spawn(move || said(site, builder(site, did, tree))));
        }
        workers.push(scope.spawn(move || said(site, runner(site, did, roots))));
        workers.push(scope.spawn(move || said(site, brancher(site, did, roots))));
        workers.push(scope.spawn(move || said(site, reader(site, did, trees, roots))));
        workers.push(scope.spawn(move || said(site, writer(site, did, roots))));
        let passed = passes(site, did, planted);
        site.end();
        passed
    })?;
    let mut told = vec![passed.tell()];
    told.extend(did.tell());
    // What did not come up was not tried.
    if site.wrong.is_empty() {
        let missing = did.idle().map(|what| format!("nobody {what}")).or_else(|| passed.missing());
        if let Some(missing) = missing {
            site.wrong.say(format!("too short to be a test: {missing}"));
        }
    }
    Ok(told)
}

/// What a worker could not do ends the course as well.
fn said(site: &Site, done: Result) {
    if let Err(error) = done {
        site.wrong.say(format!("{error}"));
    }
}

/// Whether a pass is one of those for which nothing is enough.
fn is_squeezed(number: usize) -> bool {
    number / ROUND % LEFT.len() == 1 && number % ROUND >= ROOMY
}

fn passes(site: &Site, did: &Did, planted: &Planted) -> Result<Passed> {
    let start = Instant::now();
    let until = Duration::from_secs(site.scale.minutes * 60);
    let hog = site.outside().join("large-file");
    let mut all = Passed::default();
    for number in 0.. {
        if start.elapsed() >= until || !site.wrong.is_empty() {
            break;
        }
        if number % ROUND == ROOMY {
            let left = LEFT[number / ROUND % LEFT.len()];
            if is_squeezed(number) {
                site.squeeze();
            }
            let most = site.free_bytes()?.saturating_sub(site.whole_bytes()? / 100 * left);
            allocate(&hog, most)?;
            println!("         a file of {} that is no cache's", gib(most));
        }
        pass(site, did.held(), planted, &mut all, start)?;
        if number % ROUND == ROUND - 1 {
            std::fs::remove_file(&hog)?;
            if is_squeezed(number) {
                site.squeeze();
            }
            println!("         the file is gone");
        }
        std::thread::sleep(PAUSE);
    }
    Ok(all)
}
