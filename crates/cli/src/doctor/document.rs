//! The findings for programs. What is `null` was not found out; `unknown` says why.

use std::time::Duration;

use incrdir_probe::{Exclusion, Findings, Trial, Verdict, Who};
use incrdir_vfs::Space;
use serde::Serialize;

use super::examined::Examined;
use super::sheet::{checks, rely};
use crate::at::Namespaces;

/// What `doctor --format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    format: &'static str,
    version: u32,
    /// What was examined.
    directory: String,
    verdict: &'static str,
    says: String,
    remedy: Option<&'static str>,
    drawbacks: Vec<Drawback>,
    file_system: String,
    mounted_at: Option<String>,
    source: Option<String>,
    bytes: Option<u64>,
    available_bytes: Option<u64>,
    inodes: Option<u64>,
    available_inodes: Option<u64>,
    writable: bool,
    hard_links: Option<bool>,
    clones: Option<bool>,
    symbolic_links: Option<bool>,
    renames_without_replacing: Option<bool>,
    renames_with_open_files: Option<bool>,
    folds_case: Option<bool>,
    normalises_unicode: Option<bool>,
    longest_name: Option<usize>,
    time_step_nanos: Option<u128>,
    times_move_at_once: Option<bool>,
    syncs_directories: Option<bool>,
    listed_ids_are_true: Option<bool>,
    ids_after_rename: Option<bool>,
    ids_after_link: Option<bool>,
    permission_bits: Option<bool>,
    owners: Option<bool>,
    extended_attributes: Option<bool>,
    locks: Locks,
    /// By the type of the file system, not tried.
    relied_on: Option<Relied>,
    namespaces: bool,
    user_namespaces: bool,
    unknown: Vec<Unknown>,
    leftovers_removed: usize,
    left: Option<String>,
    interrupted: bool,
}

#[derive(Debug, Serialize)]
struct Drawback {
    what: String,
    consequence: &'static str,
}

#[derive(Debug, Serialize)]
struct Locks {
    two_descriptors: Option<bool>,
    by_another_name: Option<bool>,
    shared_by_readers: Option<bool>,
    two_processes: Option<bool>,
    other_ways: Vec<Way>,
}

#[derive(Debug, Serialize)]
struct Way {
    path: String,
    excluded: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Relied {
    locks_exclude_all: bool,
    times_tell_all: bool,
    listed_ids: bool,
    ids_outlive_mounts: bool,
    times_outlive_mounts: bool,
}

#[derive(Debug, Serialize)]
struct Unknown {
    check: String,
    why: String,
}

fn excludes(trial: &Trial<Exclusion>) -> Option<bool> {
    trial.as_ref().ok().map(|exclusion| *exclusion == Exclusion::Excludes)
}

fn yes(trial: &Trial) -> Option<bool> {
    trial.as_ref().ok().copied()
}

impl Document {
    pub(super) fn of(examined: &Examined) -> Self {
        let Findings { locks, mount, space, info, .. } = &examined.findings;
        let found = &examined.findings;
        let verdict = found.verdict();
        let space = space.as_ref().ok();
        let names = found.names.as_ref().ok();
        let by_process = locks.witnesses.iter().find(|(who, _)| *who == Who::Process);
        let ways = locks.witnesses.iter().filter_map(|(who, trial)| match who {
            Who::Way(path) => Some(Way { path: path.clone(), excluded: excludes(trial) }),
            _ => None,
        });
        Self {
            format: "incrdir-doctor",
            version: 1,
            directory: examined.subject.path.to_string_lossy().into_owned(),
            verdict: word(&verdict),
            says: verdict.to_string(),
            remedy: verdict.remedy(),
            drawbacks: found
                .drawbacks()
                .into_iter()
                .map(|it| Drawback { what: it.to_string(), consequence: it.consequence() })
                .collect(),
            file_system: found.name().into(),
            mounted_at: examined.here.as_ref().map(|it| it.at().to_string_lossy().into_owned()),
            source: mount.as_ref().map(|mount| mount.source.clone()),
            bytes: space.map(|space: &Space| space.bytes),
            available_bytes: space.map(|space| space.available_bytes),
            inodes: space.and_then(|space| space.inodes),
            available_inodes: space.and_then(|space| space.available_inodes),
            writable: found.made.is_ok() && found.writes.is_ok(),
            hard_links: yes(&found.hard_links),
            clones: yes(&found.clones),
            symbolic_links: yes(&found.symlinks),
            renames_without_replacing: names.and_then(|it| yes(&it.renames_without_replacing)),
            renames_with_open_files: names.and_then(|it| yes(&it.renames_with_open_files)),
            folds_case: names.and_then(|it| yes(&it.folds_case)),
            normalises_unicode: names.and_then(|it| yes(&it.normalises)),
            longest_name: names.and_then(|it| it.longest.as_ref().ok().copied()),
            time_step_nanos: found.time_step.as_ref().ok().map(Duration::as_nanos),
            times_move_at_once: yes(&found.times_move_at_once),
            syncs_directories: yes(&found.syncs_directories),
            listed_ids_are_true: yes(&found.listed_ids_are_true),
            ids_after_rename: yes(&found.ids_after_rename),
            ids_after_link: yes(&found.ids_after_link),
            permission_bits: yes(&found.modes),
            owners: yes(&found.owners),
            extended_attributes: yes(&found.extended),
            locks: Locks {
                two_descriptors: excludes(&locks.two_descriptors),
                by_another_name: excludes(&locks.by_another_name),
                shared_by_readers: yes(&locks.shared_by_readers),
                two_processes: by_process.and_then(|(_, trial)| excludes(trial)),
                other_ways: ways.collect(),
            },
            relied_on: info.as_ref().ok().map(|info| Relied {
                locks_exclude_all: rely(found),
                times_tell_all: info.times_tell_all,
                listed_ids: info.listed_inodes_are_true,
                ids_outlive_mounts: info.ids_last,
                times_outlive_mounts: info.times_last,
            }),
            namespaces: !matches!(examined.namespaces, Namespaces::None(_)),
            user_namespaces: matches!(examined.namespaces, Namespaces::OfUser),
            unknown: checks(examined)
                .into_iter()
                .filter_map(|check| Some(Unknown { check: check.what, why: check.unknown? }))
                .collect(),
            leftovers_removed: found.leftovers_removed,
            left: found.left.as_ref().map(|error| crate::failure::chain(error)),
            interrupted: found.is_cut_short,
        }
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Works => "works",
        Verdict::Copies => "copies",
        Verdict::LocksUntrusted(_) => "locks-untrusted",
        _ => "unusable",
    }
}
