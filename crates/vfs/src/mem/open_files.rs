//! What processes have open: descriptors, the open files that they stand for, and what becomes of these when a process ends.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::errno::Errno;
use super::inode::InodeId;
use super::op::Fd;
use super::process::{Ofd, OfdId, ProcId};
use super::world::World;
use crate::{Access, Name};

impl World {
    pub(super) fn open(
        &mut self,
        proc: ProcId,
        inode: InodeId,
        access: Access,
    ) -> Result<Fd, Errno> {
        if self.descriptors_of(proc) >= self.profile.fd_limit {
            return Err(Errno::TooManyOpenFiles);
        }
        let host = self.procs[proc].host;
        let ofd = Ofd { inode, access, lock: None, refs: 1, host, by: None };
        let ofd = put(&mut self.ofds, ofd);
        Ok(put(&mut self.procs[proc].fds, ofd) as Fd)
    }

    /// Notes by which name something was opened.
    pub(super) fn opened_by(&mut self, proc: ProcId, fd: Fd, dir: InodeId, name: &Name) {
        let id = self.ofd_of(proc, fd);
        self.ofd_mut(id).by = Some((dir, hash_of(name)));
    }

    /// Gives a process a descriptor of what another one has open.
    pub(super) fn inherit(&mut self, from: ProcId, fd: Fd, to: ProcId) -> Fd {
        let id = self.ofd_of(from, fd);
        self.ofd_mut(id).refs += 1;
        put(&mut self.procs[to].fds, id) as Fd
    }

    /// What a descriptor of a living process stands for.
    pub(super) fn ofd_of(&self, proc: ProcId, fd: Fd) -> OfdId {
        self.procs[proc].fds[fd as usize].expect("BUG: a handle keeps its open file")
    }

    pub(super) fn ofd(&self, id: OfdId) -> &Ofd {
        self.ofds[id].as_ref().expect("BUG: a handle keeps its open file")
    }

    pub(super) fn ofd_mut(&mut self, id: OfdId) -> &mut Ofd {
        self.ofds[id].as_mut().expect("BUG: a handle keeps its open file")
    }

    /// Whether somebody has it open. Open files are few, and are asked: a count in the inode would be another inode, to be
    /// copied and hashed anew, each time that something is opened.
    pub(super) fn is_open(&self, id: InodeId) -> bool {
        self.held == Some(id) || self.ofds.iter().flatten().any(|ofd| ofd.inode == id)
    }

    pub(super) fn descriptors_of(&self, proc: ProcId) -> usize {
        self.procs[proc].fds.iter().flatten().count()
    }

    /// Closes one descriptor; with the last one goes the open file, and with it its lock.
    pub fn close(&mut self, proc: ProcId, fd: Fd) {
        let id = self.ofd_of(proc, fd);
        self.procs[proc].fds[fd as usize] = None;
        self.version += u64::from(self.ofd(id).lock.is_some());
        self.ofd_mut(id).refs -= 1;
        if self.ofd(id).refs == 0 {
            self.let_go(id);
        }
    }

    fn let_go(&mut self, id: OfdId) {
        let inode = self.ofd(id).inode;
        self.ofds[id] = None;
        self.finish_removal(inode);
        self.free_if_unused(inode);
    }

    /// Ends a process: the kernel closes what it had open. Its locks may outlive it.
    pub fn kill(&mut self, proc: ProcId) {
        self.procs[proc].is_dead = true;
        self.streams.retain(|stream| stream.proc != proc);
        for id in std::mem::take(&mut self.procs[proc].fds).into_iter().flatten() {
            let lingers = self.profile.locks_linger;
            let ofd = self.ofd_mut(id);
            ofd.refs -= 1;
            let (is_last, is_locked) = (ofd.refs == 0, ofd.lock.is_some());
            self.version += u64::from(is_locked);
            if is_last && !(is_locked && lingers) {
                self.let_go(id);
            }
        }
    }

    /// Ends all processes, and what outlives them ends with the kernel.
    pub(super) fn stop(&mut self) {
        for proc in 0..self.procs.len() {
            self.kill(proc);
        }
        for id in 0..self.ofds.len() {
            if self.ofds[id].is_some() {
                self.let_go(id);
            }
        }
    }

    /// Locks whose processes are dead.
    #[cfg(feature = "unstable-explore")]
    pub fn lingering(&self) -> usize {
        self.ofds.iter().flatten().filter(|ofd| ofd.refs == 0).count()
    }

    /// Releases the first lock whose process is dead.
    #[cfg(feature = "unstable-explore")]
    pub fn release_lingering(&mut self) {
        let is_nobodys = |ofd: &Option<Ofd>| ofd.is_some_and(|ofd| ofd.refs == 0);
        if let Some(id) = self.ofds.iter().position(is_nobodys) {
            self.version += 1;
            self.let_go(id);
        }
    }
}

/// The same in every run.
pub(super) fn hash_of(name: &Name) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Puts something where the first place is free.
fn put<T>(places: &mut Vec<Option<T>>, value: T) -> usize {
    match places.iter().position(Option::is_none) {
        Some(free) => {
            places[free] = Some(value);
            free
        }
        None => {
            places.push(Some(value));
            places.len() - 1
        }
    }
}
