//! The order of the trials.
//!
//! 1. Ask for the room.
//! 2. Remove what killed probes have left.
//! 3. Make the scratch directory, and ask what type of file system it is on.
//! 4. Try each thing in a directory of its own there, which is emptied after it, so that none sees what another one left.
//! 5. Remove the scratch directory, whatever has failed.

use incrdir_vfs::{Name, Vfs};

use crate::bench::{Bench, clear, name};
use crate::leftovers::remove_leftovers;
use crate::scratch::{DEPTH, Scratch};
use crate::trial::Trial;
use crate::{Findings, Locks, Names, Options, Untried, Witness};
use crate::{attributes, files, listing, locks, names, observe, times};

/// Examines the file system under a directory, by trying. What cannot be found out is in the findings with its reason, so this
/// does not fail. It takes some hundred calls, a few of which sync, and stops between two trials when it is to
/// ([`Vfs::is_stopped`]).
pub fn probe<V: Vfs>(vfs: &V, dir: &V::Dir, options: Options<'_>) -> Findings {
    let span = observe::probe(vfs, dir);
    let Options { witnesses, mount } = options;
    let about = |operation, error| incrdir_vfs::Error::new(operation, vfs.path(dir), error);
    let space = vfs.space(dir).map_err(|error| about("ask for the room of", error).into());
    let leftovers_removed = remove_leftovers(vfs, dir);
    let (made, scratch) = match Scratch::make(vfs, dir) {
        Ok(scratch) => (Ok(()), Some(scratch)),
        Err(error) => (Err(error), None),
    };
    // Of a directory that the kernel has just made, as a session's is: one that was made with the file system may have times in whole
    // seconds, by which the step of times would be taken to be coarse.
    let asked = scratch.as_ref().map_or(dir, |scratch| &scratch.dir);
    let info = vfs.fs_info(asked).map_err(|error| about("ask about", error).into());
    let mut trials = Trials { vfs, scratch: scratch.as_ref(), number: 0 };
    let names = match &scratch {
        Some(_) => Ok(trials.names()),
        None => Err(Untried::NoScratch),
    };
    let mut findings = Findings {
        info,
        mount,
        space,
        made,
        writes: trials.run(files::writes),
        names,
        hard_links: trials.run(files::hard_links),
        ids_after_link: trials.run(files::ids_after_link),
        ids_after_rename: trials.run(files::ids_after_rename),
        clones: trials.run(files::clones),
        symlinks: trials.run(files::symlinks),
        listed_ids_are_true: trials.run(listing::ids_are_true),
        time_step: trials.run(times::step),
        times_move_at_once: trials.run(times::move_at_once),
        syncs_directories: trials.run(files::syncs_directories),
        modes: trials.run(attributes::modes),
        owners: trials.run(attributes::owners),
        extended: trials.run(attributes::extended),
        locks: trials.locks(witnesses),
        leftovers_removed,
        left: None,
        is_cut_short: vfs.is_stopped(),
    };
    if scratch.is_none() {
        findings.listed_ids_are_true = listing::ids_there_are_true(vfs, dir);
    }
    findings.left = scratch.and_then(|scratch| scratch.remove(vfs, dir).err());
    observe::probed(&span, &findings);
    findings
}

/// Trials one after the other.
struct Trials<'a, V: Vfs> {
    vfs: &'a V,
    scratch: Option<&'a Scratch<V>>,
    number: usize,
}

impl<V: Vfs> Trials<'_, V> {
    /// Runs one, unless there is no place for it.
    fn run<T>(&mut self, trial: impl FnOnce(&Bench<'_, V>) -> Trial<T>) -> Trial<T> {
        self.run_named(|bench, _, _| trial(bench))
    }

    /// The same with the names of the scratch directory and of the directory in it.
    fn run_named<T>(
        &mut self,
        trial: impl FnOnce(&Bench<'_, V>, &Name, &Name) -> Trial<T>,
    ) -> Trial<T> {
        let Some(scratch) = self.scratch else { return Err(Untried::NoScratch) };
        if self.vfs.is_stopped() {
            return Err(Untried::Stopped);
        }
        self.number += 1;
        let own = name(&self.number.to_string());
        let dir = Bench { vfs: self.vfs, dir: &scratch.dir }.make_dir(&own)?;
        let outcome = trial(&Bench { vfs: self.vfs, dir: &dir }, &scratch.name, &own);
        clear(self.vfs, &dir, DEPTH);
        drop(dir);
        // What is left is removed in the end.
        let _ = self.vfs.remove_dir(&scratch.dir, &own);
        outcome
    }

    fn names(&mut self) -> Names {
        Names {
            renames: self.run(names::renames),
            renames_without_replacing: self.run(names::renames_without_replacing),
            renames_with_open_files: self.run(names::renames_with_open_files),
            folds_case: self.run(names::folds_case),
            normalises: self.run(names::normalises),
            longest: self.run(names::longest),
        }
    }

    fn locks(&mut self, witnesses: Vec<Witness<'_>>) -> Locks {
        Locks {
            two_descriptors: self.run(locks::two_descriptors),
            by_another_name: self.run(locks::by_another_name),
            shared_by_readers: self.run(locks::shared_by_readers),
            witnesses: witnesses
                .into_iter()
                .map(|mut witness| {
                    let trial = self.run_named(|bench, scratch, dir| {
                        locks::by_witness(bench, &mut witness, scratch, dir)
                    });
                    (witness.who, trial)
                })
                .collect(),
        }
    }
}
