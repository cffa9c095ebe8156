//! B6: copies of many files at the same time ([`Vfs::for_all`]), with the outcome of one after the other.
//!
//! The caller makes the directories, each after the one that it is in, and notes the files. They are copied in jobs. If one
//! fails, no later one is begun and the error of the first that failed counts. Files with several names, and what several threads
//! have too few descriptors for, are left to the caller.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use incrdir_vfs::{Name, Step, Vfs, Work};

use crate::SeedError;
use crate::fill::basis::Copies;
use crate::fill::copier::{Copier, Several};
use crate::fill::pair::Pair;
use crate::fill::seeded::Seeded;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::ways::{Place, Ways};

/// So few files are not worth a second thread.
pub(crate) const FEW: usize = 64;

/// A job is at most so many files, or, where their lengths are known, so many bytes.
const JOB: usize = 64;
const JOB_BYTES: u64 = 8 << 20;

/// So many files are noted before they are copied.
const MANY: usize = 16 << 10;

/// Files that are to be copied, and their directories.
pub(crate) struct Noted {
    pub(crate) ways: Ways,
    /// The directory of each file, and its number in the list of the source.
    files: Vec<(Place, usize)>,
}

impl Noted {
    pub(crate) fn below(base: Vec<Name>) -> Self {
        Self { ways: Ways::below(base), files: Vec::new() }
    }

    pub(crate) fn file(&mut self, within: Place, number: usize) {
        self.files.push((within, number));
    }

    /// Whether it is time to copy what was noted.
    pub(crate) fn are_many(&self) -> bool {
        self.files.len() >= MANY
    }

    /// Cuts the files into jobs.
    fn jobs<V: Vfs>(&self, copier: &Copier<'_, V>) -> Vec<(usize, Range<usize>)> {
        let mut jobs = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (at, (_, number)) in self.files.iter().enumerate() {
            bytes += copier.list.listed(copier.list.item(*number)).len;
            if at + 1 - start >= JOB || bytes >= JOB_BYTES || at + 1 == self.files.len() {
                jobs.push((jobs.len(), start..at + 1));
                (start, bytes) = (at + 1, 0);
            }
        }
        jobs
    }
}

/// What came of a job.
struct Part {
    done: Seeded,
    copied: Copies,
    /// Files that are left to the caller.
    later: Vec<usize>,
    /// How it ended.
    result: Result<(), SeedError>,
}

/// Copies what is noted, and forgets the files. Returns those that are left to the caller, with their directories. `steps`: files
/// that were dealt with before.
pub(crate) fn copy_all<V: Vfs>(
    copier: &mut Copier<'_, V>,
    tops: [&V::Dir; 2],
    noted: &mut Noted,
    steps: &mut u64,
) -> Result<Vec<(Place, usize)>, SeedError> {
    let Copier { vfs, mode, list, strips, .. } = *copier;
    let first_failed = AtomicUsize::new(usize::MAX);
    let counter = AtomicU64::new(*steps);
    let parts = vfs.for_all(tops, noted.jobs(copier), |vfs, tops, (job, files)| {
        let mut copier = Copier::new(vfs, mode, list, Several::Later(Vec::new()));
        copier.strips = strips;
        let mut result = Ok(());
        if job < first_failed.load(Ordering::Relaxed) {
            result = copy_some(&mut copier, tops, noted, files, &counter);
        }
        if result.is_err() {
            first_failed.fetch_min(job, Ordering::Relaxed);
        }
        let Copier { done, copied, several, .. } = copier;
        let later = match several {
            Several::Later(later) => later,
            Several::Here(_) => Vec::new(),
        };
        Part { done, copied, later, result }
    });
    *steps = counter.into_inner();
    let mut places = noted.files.drain(..);
    let mut later = Vec::new();
    for part in parts {
        copier.done.add(part.done);
        copier.copied.extend(part.copied);
        part.result?;
        // They are in the order of the files.
        for number in part.later {
            later.extend(places.find(|(_, file)| *file == number));
        }
    }
    Ok(later)
}

/// Copies some files. What could not even be begun is left to the caller, who is alone and has more descriptors, and all that
/// come after it in this job.
fn copy_some<V: Vfs>(
    copier: &mut Copier<'_, V>,
    [from, to]: [&V::Dir; 2],
    noted: &Noted,
    files: Range<usize>,
    steps: &AtomicU64,
) -> Result<(), SeedError> {
    let mut pair = Pair::new(copier.vfs, from, to);
    let mut here = None;
    let files = &noted.files[files];
    for (at, (place, number)) in files.iter().enumerate() {
        if here != Some(*place) {
            pair.go(&noted.ways.way(*place));
            here = Some(*place);
        }
        if let Err(error) = copy_one(copier, &mut pair, *number, steps) {
            if copier.vfs.is_stopped() || has_begun(copier, &mut pair, *number) {
                return Err(error);
            }
            if let Several::Later(later) = &mut copier.several {
                later.extend(files[at..].iter().map(|(_, number)| *number));
            }
            return Ok(());
        }
    }
    Ok(())
}

fn copy_one<V: Vfs>(
    copier: &mut Copier<'_, V>,
    pair: &mut Pair<'_, V>,
    number: usize,
    steps: &AtomicU64,
) -> Result<(), SeedError> {
    let (vfs, list) = (copier.vfs, copier.list);
    pair.ready()?;
    let from = pair.from.here()?;
    go_on(vfs, from)?;
    let step = steps.fetch_add(1, Ordering::Relaxed) + 1;
    vfs.step(Step::new(Work::Seed, step).of(list.len() as u64));
    let name = copier.name(pair, list.item(number))?;
    copier.file(pair, &name, number)
}

/// Whether a copy has been begun, so that its name is not free. Where that cannot be seen, its directory could not be opened.
fn has_begun<V: Vfs>(copier: &Copier<'_, V>, pair: &mut Pair<'_, V>, number: usize) -> bool {
    let (vfs, list) = (copier.vfs, copier.list);
    let name = name_of(list, list.item(number));
    let found = name.zip(pair.session().ok()).map(|(name, to)| vfs.stat(to, &name));
    found.is_some_and(|found| found.is_ok())
}
