//! The disk, its processes and their handles.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::door::{Door, sealed};
use super::inode::{ROOT, SUPERUSER};
use super::made::Made;
use super::op::{Answer, Fd, Op, Ret};
use super::process::{Proc, ProcId};
use super::world::World;
use super::{CallCounts, Locks, Profile, Ticks};
use crate::{Owner, Process};

/// A disk in memory and the kernel above it. A clone is the same disk.
#[derive(Clone)]
pub struct MemDisk {
    pub(super) world: Arc<Mutex<World>>,
}

/// A simulated process on a [`MemDisk`]. A clone is the same process.
///
/// It makes its calls at the door `D`: that of its disk by default.
#[derive(Clone)]
pub struct MemVfs<D = Direct> {
    pub(super) door: D,
}

/// The door of a process that makes its calls at once.
#[derive(Clone)]
pub struct Direct {
    disk: MemDisk,
    proc: ProcId,
}

/// An open directory of a [`MemDisk`].
pub struct MemDir<D: Door = Direct> {
    pub(super) handle: Handle<D>,
    pub(super) path: PathBuf,
}

/// An open file of a [`MemDisk`].
pub struct MemFile<D: Door = Direct> {
    pub(super) handle: Handle<D>,
}

/// A descriptor: closed on drop.
pub(super) struct Handle<D: Door> {
    door: D,
    pub(super) fd: Fd,
}

impl MemDisk {
    /// An empty disk.
    pub fn new(profile: Profile) -> Self {
        Self::of(World::new(profile))
    }

    /// A disk in this state.
    pub fn of(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// What is on it.
    #[doc(hidden)]
    pub fn world(&self) -> MutexGuard<'_, World> {
        // A panic in a test leaves the world as it was between two calls.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process of user 0.
    pub fn process(&self) -> MemVfs {
        self.process_on(0)
    }

    /// Starts a process on another host that has mounted this disk.
    pub fn process_on(&self, host: u32) -> MemVfs {
        self.add_process(host, SUPERUSER)
    }

    /// Starts a process in another namespace of process ids. The first one there has the id 1.
    pub fn process_in(&self, namespace: u64) -> MemVfs {
        let process = self.process();
        let mut world = self.world();
        let others = world.procs.iter().filter(|proc| proc.namespace == namespace).count();
        let proc = &mut world.procs[process.door.proc];
        (proc.namespace, proc.pid) = (namespace, others as u32 + 1);
        drop(world);
        process
    }

    /// Starts a process that is given the id of one that is dead.
    pub fn process_after(&self, dead: &MemVfs) -> MemVfs {
        let process = self.process();
        let mut world = self.world();
        let Proc { namespace, pid, .. } = world.procs[dead.door.proc];
        let proc = &mut world.procs[process.door.proc];
        (proc.namespace, proc.pid) = (namespace, pid);
        drop(world);
        process
    }

    /// Says whether it can be told of which namespace a process is and when it was started.
    pub fn set_tells_processes(&self, tells: bool) {
        self.world().tells_processes = tells;
    }

    /// Starts a process of this user: the files that it makes are theirs, and it cannot give them away.
    pub fn process_as(&self, owner: Owner) -> MemVfs {
        self.add_process(0, owner)
    }

    fn add_process(&self, host: u32, owner: Owner) -> MemVfs {
        let proc = self.world().add_process(host, owner);
        MemVfs { door: Direct { disk: self.clone(), proc } }
    }

    /// Says that all that is there now is a layer below, where the file system has layers.
    pub fn begin_layer(&self) {
        let mut world = self.world();
        for id in 0..world.inodes.len() {
            if id as u64 != ROOT && world.inodes[id].is_some() {
                world.inode_mut(id as u64).is_lower = true;
            }
        }
    }

    /// Kills a process: what it had open is closed, its locks are released unless another process inherited
    /// the open file, and all its later calls fail and change nothing.
    pub fn kill(&self, process: &MemVfs) {
        self.world().kill(process.door.proc);
    }

    /// Changes which locks there are, as when it is mounted in another way.
    pub fn set_locks(&self, locks: Locks) {
        Arc::make_mut(&mut self.world().profile).locks = locks;
    }

    /// Sets the clock.
    pub fn set_clock(&self, now: SystemTime) {
        let mut world = self.world();
        (world.clock, world.floor) = (now, None);
    }

    /// Says which start of the machine this is, or that nothing tells. [`restart`](Self::restart) does more.
    pub fn set_boot_id(&self, boot_id: Option<u128>) {
        self.world().boot_id = boot_id;
    }

    /// Sets the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.world().clock += duration;
    }

    /// Decides how the clock goes on.
    pub fn set_ticks(&self, ticks: Ticks) {
        self.world().ticks = ticks;
    }

    /// Decides the next draws of whichever process makes them.
    pub fn force_random(&self, draws: impl IntoIterator<Item = u32>) {
        self.world().forced_draws.extend(draws);
    }

    /// The calls so far.
    pub fn calls(&self) -> CallCounts {
        self.world().counts
    }

    /// Descriptors that are open now, of all processes.
    pub fn open_handles(&self) -> usize {
        self.world().procs.iter().map(|proc| proc.fds.iter().flatten().count()).sum()
    }

    /// Files, directories and links that exist, the root and unnamed open ones included.
    pub fn inode_count(&self) -> usize {
        self.world().inode_count() as usize
    }

    /// Bytes of content on it.
    pub fn bytes(&self) -> u64 {
        self.world().bytes
    }

    /// The whole tree, a line an entry, for people.
    pub fn tree(&self) -> String {
        let mut text = String::new();
        self.world().describe(ROOT, 0, &mut text);
        text
    }
}

impl World {
    /// Starts a process.
    pub fn add_process(&mut self, host: u32, owner: Owner) -> ProcId {
        let others = self.procs.len();
        self.procs.push(Proc {
            is_dead: false,
            has_ended: false,
            host,
            namespace: 0,
            pid: others as u32 + 1,
            started: others as u64,
            owner,
            draws: 0,
            made: Made::default(),
            looks: 0,
            fds: Vec::new(),
        });
        others
    }

    /// Says that a process has nothing more to do: others see that it is not alive any more.
    pub fn end(&mut self, proc: ProcId) {
        self.procs[proc].has_ended = true;
    }
}

/// What processes are known by.
impl World {
    /// As others know it.
    pub(super) fn known_as(&self, proc: ProcId) -> Process {
        let user = Some(self.procs[proc].owner.user);
        Process { user, ..self.with_id(proc, self.procs[proc].pid) }
    }

    /// The process that has this id.
    pub(super) fn with_id(&self, proc: ProcId, pid: u32) -> Process {
        let Proc { host, namespace, .. } = self.procs[proc];
        let there = self
            .procs
            .iter()
            .rfind(|there| there.host == host && there.namespace == namespace && there.pid == pid);
        let tells = self.tells_processes;
        Process {
            pid,
            user: None,
            host: match host {
                0 => "mem".into(),
                other => format!("mem-{other}"),
            },
            namespace: tells.then_some(namespace),
            started: there.filter(|_| tells).map(|there| there.started),
        }
    }

    /// Whether a process is alive, as far as another one can tell.
    pub(super) fn is_alive(&self, proc: ProcId, process: &Process) -> Option<bool> {
        let Proc { host, namespace, .. } = self.procs[proc];
        if process.namespace.is_some_and(|theirs| !self.tells_processes || theirs != namespace) {
            return None;
        }
        let is_it = |there: &Proc| {
            let is_alive = !there.is_dead && !there.has_ended;
            let has_id = there.pid == process.pid && there.namespace == namespace;
            let is_same = process.started.is_none_or(|started| started == there.started);
            is_alive && there.host == host && has_id && is_same
        };
        let is_there = self.procs.iter().any(is_it);
        match process.namespace {
            Some(_) => Some(is_there),
            None => is_there.then_some(true),
        }
    }
}

impl sealed::Sealed for Direct {}

impl Door for Direct {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn call(&self, op: Op) -> Answer {
        self.disk.world().door(self.proc, &op)
    }

    fn close(&self, fd: Fd) {
        let mut world = self.disk.world();
        // What a killed process had open, the kernel has closed.
        if !world.procs[self.proc].is_dead {
            world.close(self.proc, fd);
        }
    }
}

impl<D: Door> MemVfs<D> {
    #[cfg(feature = "unstable-explore")]
    /// Where it makes its calls.
    #[doc(hidden)]
    pub fn door(&self) -> &D {
        &self.door
    }

    /// A process that makes its calls at this door.
    #[cfg(feature = "unstable-explore")]
    pub fn at(door: D) -> Self {
        Self { door }
    }

    /// Opens the root.
    ///
    /// # Panics
    ///
    /// If the process has too many files open. One that was killed gets a handle that is good for nothing.
    pub fn root(&self) -> MemDir<D> {
        let handle = match self.door.call(Op::Root) {
            Ok(Ret::Open(fd)) => self.handle(fd),
            Ok(_) => unreachable!("BUG: the door returned something else"),
            Err(super::Errno::Killed) => self.handle(Fd::MAX),
            Err(errno) => panic!("the root cannot be opened: {errno:?}"),
        };
        MemDir { handle, path: PathBuf::from("/") }
    }

    pub(super) fn handle(&self, fd: Fd) -> Handle<D> {
        Handle { door: self.door.clone(), fd }
    }
}

impl MemVfs {
    /// Gives this process a descriptor of a file that another one opened, as `fork` does. The lock of the
    /// open file lasts until both have closed it, or one of them unlocks it.
    pub fn inherit(&self, file: &MemFile) -> MemFile {
        let from = file.handle.door.proc;
        let fd = self.door.disk.world().inherit(from, file.handle.fd, self.door.proc);
        MemFile { handle: self.handle(fd) }
    }

    /// Says that this process has nothing more to do: others see that it is not alive any more.
    pub fn end(&self) {
        self.door.disk.world().end(self.door.proc);
    }
}

impl<D: Door> MemDir<D> {
    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<D: Door> Drop for Handle<D> {
    fn drop(&mut self) {
        self.door.close(self.fd);
    }
}

impl<D: Door> fmt::Debug for MemDir<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "directory {} as {}", self.path.display(), self.handle.fd)
    }
}

impl<D: Door> fmt::Debug for MemFile<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {}", self.handle.fd)
    }
}

impl fmt::Debug for MemDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tree())
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.proc + 1)
    }
}

impl<D> fmt::Debug for MemVfs<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemVfs")
    }
}
