//! The session at PATH.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use incrdir_vfs::FileId;
use rustix::fs::{Access, FlockOperation, access, flock};

use crate::at::lease::{self, Cleared};
use crate::at::linux::answer::{Answer, Teller};
use crate::at::linux::mounts::{Source, shown_at, why_not};
use crate::at::overlap::{is_root, no_place};
use crate::failure::chain;
use crate::words;

/// The root, as it was before anything was mounted.
pub(super) struct Root {
    path: PathBuf,
    id: Option<FileId>,
    /// Where it is or would be made.
    parent: Option<FileId>,
    /// The directories that it is in.
    above: Vec<FileId>,
}

impl Root {
    pub(super) fn look(path: &Path) -> Self {
        let id = shown_at(path).ok();
        let parent = path.parent().and_then(|parent| shown_at(parent).ok());
        Self { path: path.into(), id, parent, above: ids(path, 1) }
    }
}

/// The ids of a path without its links, and of the directories that it is in.
fn ids(path: &Path, skipped: usize) -> Vec<FileId> {
    let path = fs::canonicalize(path).unwrap_or_default();
    path.ancestors().skip(skipped).filter_map(|path| shown_at(path).ok()).collect()
}

pub(super) struct SessionAt<'a> {
    pub(super) path: &'a Path,
    pub(super) root: &'a Root,
    pub(super) teller: &'a Teller,
}

impl SessionAt<'_> {
    /// Mounts the session at PATH, or a stand-in without one. Returns what keeps runs that need PATH as a link from
    /// moving the directory below the mount, which would end the mount. CMD and all that it starts inherit it.
    pub(super) fn show(&self, session: Option<&Source>) -> Result<Option<OwnedFd>, Answer> {
        let parent = self.path.parent().unwrap_or(Path::new("/"));
        if !parent.is_dir() {
            return Err(Answer::Refused(no_place(self.path)));
        }
        self.clear_lease()?;
        let is_there = self.is_there()?;
        self.refuse_root(parent, is_there)?;
        match session {
            None => self.rehearse(parent, is_there).map(|()| None),
            Some(session) => self.mount(session, is_there),
        }
    }

    /// What a run with a link has left, or has there.
    fn clear_lease(&self) -> Result<(), Answer> {
        match lease::clear(self.path) {
            Ok(Cleared::Free) => Ok(()),
            Ok(Cleared::Busy(holder)) => Err(Answer::Busy(holder)),
            Err(error) => Err(Answer::Refused(chain(&*error))),
        }
    }

    fn is_there(&self) -> Result<bool, Answer> {
        match fs::metadata(self.path) {
            Ok(_) if shown_at(self.path).ok() == shown_at(Path::new("/")).ok() => {
                Err(self.refused("leads to `/`, and would hide everything; choose another PATH"))
            }
            Ok(found) if found.is_dir() => Ok(true),
            Ok(_) => Err(self.refused("is not a directory; remove it, or choose another PATH")),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(self.refused(&format!("cannot be looked at: {error}")))
            }
            Err(_) if self.path.is_symlink() => Err(self.refused(
                "is a symbolic link that leads nowhere; remove it, or choose another PATH",
            )),
            Err(_) => Ok(false),
        }
    }

    /// Whether it is the caller's own. In a user namespace, others mean nothing.
    fn is_own(&self) -> bool {
        let own = rustix::process::geteuid().as_raw();
        fs::symlink_metadata(self.path).is_ok_and(|found| found.is_dir() && found.uid() == own)
    }

    fn refuse_root(&self, parent: &Path, is_there: bool) -> Result<(), Answer> {
        let Root { path, id, parent: root_parent, .. } = self.root;
        let would_be = self.path.file_name() == path.file_name()
            && root_parent.is_some()
            && shown_at(parent).ok() == *root_parent;
        let inside = ids(if is_there { self.path } else { parent }, 0);
        match would_be || id.is_some_and(|id| inside.contains(&id)) {
            true => Err(Answer::Refused(is_root(self.path, path))),
            false => Ok(()),
        }
    }

    fn rehearse(&self, parent: &Path, is_there: bool) -> Result<(), Answer> {
        if !is_there && let Err(error) = access(parent, Access::WRITE_OK | Access::EXEC_OK) {
            return Err(self.refused(&format!("cannot be made: {error}; make it beforehand")));
        }
        // Whoever has PATH as a link is found now, and not after the session has been begun.
        let _guard = if is_there { self.guard()? } else { None };
        let stand_in = Source::take(parent).map_err(|error| self.refused(&error.to_string()))?;
        let target = if is_there { self.path } else { parent };
        // Policies may forbid mounts although they allow namespaces.
        stand_in.show_at(target).map_err(|error| Answer::Unavailable(why_not("mounts", &error)))
    }

    fn mount(&self, session: &Source, is_there: bool) -> Result<Option<OwnedFd>, Answer> {
        if !is_there && let Err(error) = fs::create_dir(self.path) {
            let is_made = error.kind() == ErrorKind::AlreadyExists;
            // Who has made it meanwhile may be anybody.
            if !is_made || !self.is_own() {
                return Err(self.refused(&format!("cannot be made: {error}; make it beforehand")));
            }
        }
        let guard = self.guard()?;
        let hidden = shown_at(self.path).ok();
        if let Some(count) = fs::read_dir(self.path).ok().map(Iterator::count).filter(|it| *it > 0)
        {
            let entries = words::count_of(count as u64, "entry is", "entries are");
            self.note(&format!("was not empty; its {entries} hidden from CMD"));
        }
        if hidden.is_some_and(|id| self.root.above.contains(&id)) {
            self.note(&format!(
                "contains the root `{}`, which is hidden from CMD",
                self.root.path.display()
            ));
        }
        session
            .show_at(self.path)
            .map_err(|error| self.refused(&format!("cannot show the session: {error}")))?;
        match shown_at(self.path).is_ok_and(|id| id == session.id) {
            true => Ok(guard),
            false => Err(self.refused(
                "does not show the session, because it was moved meanwhile; run it again",
            )),
        }
    }

    /// A shared lock of the directory at PATH. Whoever wants a link there holds a lease first and then tries for this
    /// lock, so if there is no lease after we have the lock, there will be none as long as we have it.
    fn guard(&self) -> Result<Option<OwnedFd>, Answer> {
        // Who may not read it has no such lock; nor has a file system without locks.
        let Ok(dir) = File::open(self.path) else { return Ok(None) };
        match flock(&dir, FlockOperation::NonBlockingLockShared) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(Answer::Busy("another run".into())),
            Err(_) => return Ok(None),
            Ok(()) => {}
        }
        self.clear_lease()?;
        // This copy stays open in CMD.
        Ok(rustix::io::dup(&dir).ok())
    }

    fn note(&self, what: &str) {
        self.teller.tell(&Answer::Note(format!("`{}` {what}", self.path.display())));
    }

    fn refused(&self, what: &str) -> Answer {
        Answer::Refused(format!("--at `{}` {what}", self.path.display()))
    }
}
