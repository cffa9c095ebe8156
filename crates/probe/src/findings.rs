//! What was found.

use std::time::Duration;

use incrdir_session::Drawback;
use incrdir_vfs::{FsInfo, Space};

use crate::{Exclusion, Mount, Trial, Who};

/// What is known of a file system, and what was seen of it. Each is a [`Trial`]: what was seen, or why nothing was.
#[derive(Debug)]
#[non_exhaustive]
pub struct Findings {
    /// What is known of it by its type. [`begin`](incrdir_session::begin) relies on this, and not on what was tried.
    pub info: Trial<FsInfo>,
    /// The mount, as the caller described it.
    pub mount: Option<Mount>,
    /// How much room there is.
    pub space: Trial<Space>,
    /// Whether something could be made at all.
    pub made: Trial<()>,
    /// Whether something could be written and synced.
    pub writes: Trial<()>,
    /// What names can do.
    pub names: Trial<Names>,
    /// Whether a file can have several names.
    pub hard_links: Trial,
    /// Whether all names of a file show one id.
    pub ids_after_link: Trial,
    /// Whether files and directories keep their ids when they are renamed.
    pub ids_after_rename: Trial,
    /// Whether files can share their blocks (reflinks).
    pub clones: Trial,
    /// Whether there are symbolic links.
    pub symlinks: Trial,
    /// Whether the inode numbers in listings are those of the files.
    pub listed_ids_are_true: Trial,
    /// The steps in which times are kept.
    pub time_step: Trial<Duration>,
    /// Whether a change right after a look moves the ctime, as far as beginning a session sees it.
    pub times_move_at_once: Trial,
    /// Whether directories can be synced.
    pub syncs_directories: Trial,
    /// Whether permission bits are kept.
    pub modes: Trial,
    /// Whether what somebody makes is theirs.
    pub owners: Trial,
    /// Whether there are extended attributes.
    pub extended: Trial,
    /// Whom locks keep out.
    pub locks: Locks,
    /// What killed probes had left and this one has removed.
    pub leftovers_removed: usize,
    /// What could not be removed of the scratch directory.
    pub left: Option<incrdir_vfs::Error>,
    /// Whether the probe was told to stop before its end.
    pub is_cut_short: bool,
}

/// What names can do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Names {
    /// Whether a directory could be renamed.
    pub renames: Trial<()>,
    /// Whether a rename can refuse to replace.
    pub renames_without_replacing: Trial,
    /// Whether a directory can be renamed while a file in it is open.
    pub renames_with_open_files: Trial,
    /// Whether `A` and `a` are one name.
    pub folds_case: Trial,
    /// Whether the two spellings that Unicode has of an accented letter are one name.
    pub normalises: Trial,
    /// Bytes that a name may have.
    pub longest: Trial<usize>,
}

/// Whom locks keep out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Locks {
    /// Another open of the same file, in the same process.
    pub two_descriptors: Trial<Exclusion>,
    /// Who opens the file by another of its names.
    pub by_another_name: Trial<Exclusion>,
    /// Whether several may hold a shared lock on what they can only read.
    pub shared_by_readers: Trial,
    /// Those whom the caller has asked.
    pub witnesses: Vec<(Who, Trial<Exclusion>)>,
}

impl Findings {
    /// The file system's name: that of its mount, or else that of its type.
    pub fn name(&self) -> &str {
        match (&self.mount, &self.info) {
            (Some(mount), _) => &mount.kind,
            (None, Ok(info)) => &info.name,
            (None, Err(_)) => "unknown",
        }
    }

    /// What works less well here than on other file systems, by its type and by what was seen.
    pub fn drawbacks(&self) -> Vec<Drawback> {
        let mut drawbacks: Vec<Drawback> =
            self.info.as_ref().map(Drawback::known).unwrap_or_default();
        let lacks = |trial: &Trial| matches!(trial, Ok(false));
        if lacks(&self.hard_links) {
            drawbacks.push(Drawback::NoHardLinks);
        }
        if lacks(&self.clones) {
            drawbacks.push(Drawback::NoClones);
        }
        if lacks(&self.syncs_directories) {
            drawbacks.push(Drawback::NoDirectorySync);
        }
        if let Ok(names) = &self.names
            && lacks(&names.renames_with_open_files)
        {
            drawbacks.push(Drawback::NoOpenRename);
        }
        // Servers keep times finer in memory than they write them, so what is known of the type counts, if that is coarser.
        let is_coarse = |drawback: &Drawback| matches!(drawback, Drawback::CoarseTimes(_));
        if let Ok(step) = self.time_step
            && !drawbacks.iter().any(is_coarse)
        {
            drawbacks.extend(Drawback::of_step(step));
        }
        drawbacks.sort();
        drawbacks
    }
}
