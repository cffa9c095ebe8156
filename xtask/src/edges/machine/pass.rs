//! One pass of the collector, and what must hold after it.

use std::time::{Instant, SystemTime};

use super::census::{census, content, name};
use super::planted::Planted;
use super::report::collect;
use super::scale::gib;
use super::site::Site;
use super::users::Held;
use crate::shell::Result;

/// Directories and what the file system keeps for itself grow as well,
const SLACK: u64 = 16 << 20;
/// and so do so many files that were being written when the pass began.
const IN_FLIGHT: u64 = 4;

/// All passes so far.
#[derive(Default)]
pub(super) struct Passed {
    passes: usize,
    removed: usize,
    freed: u64,
    /// Passes before which there was more than `--max-size` allows.
    large: usize,
    /// Passes before which less was free than `--free` allows.
    short: usize,
    /// Passes after which the report said that it was not enough.
    lacking: usize,
    /// Sessions that somebody relied on during a whole pass.
    relied: usize,
    longest: f64,
}

impl Passed {
    pub(super) fn tell(&self) -> String {
        format!(
            "{} passes, the longest in {:.2} s, removed {} entries ({}); before {} there was more than the limit, before {} there was too little free \
             space, after {} there still was, and the report said so; {} times somebody relied on a session during a whole pass",
            self.passes,
            self.longest,
            self.removed,
            gib(self.freed),
            self.large,
            self.short,
            self.lacking,
            self.relied
        )
    }

    pub(super) fn missing(&self) -> Option<String> {
        let missing = match self {
            Self { removed: 0, .. } => "nothing was removed",
            Self { large: 0, .. } => "there was never too much",
            Self { short: 0, .. } => "there was always enough free space",
            Self { lacking: 0, .. } => "it was always possible to make enough free space",
            Self { relied: 0, .. } => "nothing was in use during a whole pass",
            _ => return None,
        };
        Some(missing.into())
    }
}

pub(super) fn pass(
    site: &Site,
    held: &Held,
    planted: &Planted,
    all: &mut Passed,
    start: Instant,
) -> Result {
    let relied = held.now();
    let (free_before, whole) = (site.free_bytes()?, site.whole_bytes()?);
    let moment = SystemTime::now();
    let before = census(&site.caches(), moment);
    let moment = SystemTime::now();
    let begun = Instant::now();
    let report = collect(site)?;
    let took = begun.elapsed().as_secs_f64();
    // What comes or goes during the census is in one of the two.
    let at_once = site.free_bytes()?;
    let after = census(site.disk(), moment);
    let free_after = site.free_bytes()?.max(at_once);

    let (removed, freed) = (report.number("removed"), report.number("bytes"));
    let at = start.elapsed().as_secs();
    println!(
        "pass {:3} at {:2}:{:02}: sessions {} -> {}, free {:.0} -> {:.0} %, {removed} entries removed ({}), {took:.2} s",
        all.passes,
        at / 60,
        at % 60,
        gib(before.sessions),
        gib(after.sessions),
        free_before as f64 * 100.0 / whole as f64,
        free_after as f64 * 100.0 / whole as f64,
        gib(freed)
    );
    let scale = site.scale;
    if after.older > scale.max_bytes {
        report.must_say(site, "over_bytes", || {
            format!("of what was there before the pass, {} are left", gib(after.older))
        });
    }
    let is_short = free_before < whole / 100 * scale.free.0;
    // The limit of size comes first, and may already have made enough room. If it has not, there is to be more.
    let wanted = if report.has_removed_by("--free") { scale.free.1 } else { scale.free.0 };
    let wanted = whole / 100 * wanted;
    let grown = after.made_since + SLACK + IN_FLIGHT * scale.blob_bytes();
    if free_after + grown < wanted {
        report.must_say(site, "lacking_bytes", || {
            format!(
                "{} were free before the pass, and {} after it",
                gib(free_before),
                gib(free_after)
            )
        });
    }
    for wrong in planted.wrong() {
        site.wrong.say(format!("after pass {}: {wrong}", all.passes));
    }
    let still = held.now();
    let during = relied.into_iter().filter(|(dir, _)| still.contains_key(dir));
    for (dir, before) in during {
        all.relied += 1;
        if content(&dir) != before {
            site.wrong.say(format!("pass {} took a session in use: {}", all.passes, name(&dir)));
        }
    }
    all.passes += 1;
    all.large += usize::from(before.sessions > scale.max_bytes);
    all.short += usize::from(is_short);
    all.lacking += usize::from(report.number("lacking_bytes") > 0);
    all.removed += removed as usize;
    all.freed += freed;
    all.longest = all.longest.max(took);
    Ok(())
}
