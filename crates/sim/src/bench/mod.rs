//! What a session costs, side by side: the same change made by several protocols in one process, in turns.
//!
//! A turn of a contender is one session on its own copy of the same cache: begin, change a few files (not
//! timed), publish and collect; then it may do what nobody waits for (not timed). Every file of a cache has the same content, a short one where what is measured is
//! the handling of files and not of bytes.

mod contenders;
mod floor;
mod looks;
pub mod operator;
mod rustc;
mod shell;
mod size;

pub use contenders::{Contender, Ours, Seed};
pub use floor::Floor;
pub use looks::Looks;
pub use rustc::{Turn, beside_rustc};
pub use shell::{By, Shell};
pub use size::{Result, Size};

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use incrdir_session::{Durability, SeedMode};

use crate::usual::{options, recycling, recycling_after};

/// Who is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// This project and others that do the same.
    Protocols,
    /// The levels of durability.
    Levels,
    /// Copies where nothing can be linked.
    Copies,
    /// Trees of directories.
    Trees,
    /// Sessions that are filled anew by copies.
    First,
    /// Sessions that are filled ahead of time.
    Warm,
}

impl Field {
    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "protocols" => Some(Self::Protocols),
            "levels" => Some(Self::Levels),
            "copies" => Some(Self::Copies),
            "trees" => Some(Self::Trees),
            "first" => Some(Self::First),
            "warm" => Some(Self::Warm),
            _ => None,
        }
    }

    /// The contenders; the first is what the others are compared with.
    fn contenders(self, dir: &Path, size: Size) -> Result<Vec<Box<dyn Contender>>> {
        let ours = |name: &'static str, options| Ours::with(name, &dir.join(name), size, options);
        let level = |durability| recycling().durability(durability);
        let copies = |recycle| options(SeedMode::Copy).retention(recycling_after(recycle));
        let shell = |by: By| Shell::new(&dir.join(format!("{by:?}")), size, by);
        Ok(match self {
            Self::Protocols => vec![
                Box::new(Ours::new(&dir.join("ours"), size)?),
                Box::new(Seed::new(&dir.join("seed"), size)?),
                Box::new(shell(By::Links)?),
                Box::new(Floor::new(&dir.join("floor"), size)?),
            ],
            Self::Levels => vec![
                Box::new(ours("none", level(Durability::None))?),
                Box::new(ours("detect", level(Durability::Detect))?),
                Box::new(ours("consistent", level(Durability::Consistent))?),
                Box::new(ours("durable", level(Durability::Durable))?),
            ],
            Self::Copies => vec![
                Box::new(ours("copies, recycled", copies(NonZeroUsize::new(1)))?),
                Box::new(ours("copies", copies(None))?),
                Box::new(shell(By::Copies)?),
            ],
            Self::Trees => vec![
                Box::new(ours("links", recycling())?),
                Box::new(ours("copies", copies(NonZeroUsize::new(1)))?),
                Box::new(shell(By::Rsync)?),
                Box::new(shell(By::Clones)?),
                Box::new(ours("links, warm", recycling())?.warming()),
                Box::new(ours("copies, warm", copies(NonZeroUsize::new(1)))?.warming()),
                Box::new(Floor::new(&dir.join("floor"), size)?),
                Box::new(Looks::new(&dir.join("looks"), size)?),
            ],
            Self::Warm => vec![
                Box::new(ours("incrdir, warm", recycling())?.warming()),
                Box::new(Ours::new(&dir.join("ours"), size)?),
                Box::new(Seed::new(&dir.join("seed"), size)?),
                Box::new(ours("copies, warm", copies(NonZeroUsize::new(1)))?.warming()),
                Box::new(ours("copies", copies(NonZeroUsize::new(1)))?),
            ],
            Self::First => vec![
                Box::new(ours("copies", copies(None))?),
                Box::new(shell(By::Copies)?),
                Box::new(shell(By::RsyncAnew)?),
            ],
        })
    }
}

/// The times of one contender.
#[derive(Debug, Clone)]
pub struct Times {
    /// Which.
    pub contender: &'static str,
    /// Turnarounds in the order in which they were measured.
    pub turnarounds: Vec<Duration>,
    /// How long beginning took of each of them.
    pub begins: Vec<Duration>,
}

impl Times {
    /// Nothing measured yet.
    pub fn of(contender: &'static str) -> Self {
        Self { contender, turnarounds: Vec::new(), begins: Vec::new() }
    }

    /// A quantile of the turnarounds: 0.5 is the median.
    pub fn quantile(&self, quantile: f64) -> Duration {
        quantile_of(&self.turnarounds, quantile)
    }

    /// A quantile of the times that beginning took.
    pub fn begin(&self, quantile: f64) -> Duration {
        quantile_of(&self.begins, quantile)
    }

    /// Median of the ratios of another contender's turnarounds to these, turn by turn, and the ratios that a
    /// tenth lie below and above.
    pub fn ratios(&self, other: &Self) -> [f64; 3] {
        ratios_of(&self.turnarounds, &other.turnarounds)
    }

    /// The same of the times that beginning took.
    pub fn begin_ratios(&self, other: &Self) -> [f64; 3] {
        ratios_of(&self.begins, &other.begins)
    }
}

fn ratios_of(ours: &[Duration], theirs: &[Duration]) -> [f64; 3] {
    let pairs = ours.iter().zip(theirs);
    let mut ratios: Vec<f64> =
        pairs.map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |quantile: f64| {
        let index = (ratios.len().saturating_sub(1) as f64 * quantile).round();
        ratios.get(index as usize).copied().unwrap_or(f64::NAN)
    };
    [at(0.5), at(0.1), at(0.9)]
}

fn quantile_of(times: &[Duration], quantile: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * quantile).round() as usize).copied().unwrap_or_default()
}

/// How long a program is at work between begin and publish, where that matters: what was written within 20 ms
/// before the list cannot be told from what is written in the same step of the clock after it, so it would be
/// copied again.
const AT_WORK: Duration = Duration::from_millis(25);

/// Lets all contenders take turns in directories of their own below `dir`.
///
/// # Errors
///
/// If one of them fails.
#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the real clock and disk")]
pub fn alternate(dir: &Path, field: Field, size: Size, rounds: usize) -> Result<Vec<Times>> {
    let mut contenders = field.contenders(dir, size)?;
    let mut times: Vec<Times> =
        contenders.iter().map(|contender| Times::of(contender.name())).collect();
    // The first turns make what the later ones find.
    const WARM_UP: usize = 3;
    for round in 0..WARM_UP + rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            contender.begin()?;
            let begun = start.elapsed();
            contender.change(round)?;
            if matches!(field, Field::Copies | Field::Trees | Field::Warm) {
                std::thread::sleep(AT_WORK);
            }
            let start = Instant::now();
            contender.end()?;
            if round >= WARM_UP {
                times.turnarounds.push(begun + start.elapsed());
                times.begins.push(begun);
            }
            contender.idle()?;
        }
    }
    Ok(times)
}
