//! The disk, its processes and their handles.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::gate::{Failure, Free, Gate};
use super::op::{Op, OpKind, Ret};
use super::world::{Errno, OfdId, Proc, ProcId, ROOT, World};
use super::{CallCounts, Fault, Placement, Profile};
use crate::Access;

/// A disk in memory and the kernel above it. A clone is the same disk.
#[derive(Clone)]
pub struct MemDisk {
    world: Arc<Mutex<World>>,
}

/// A simulated process on a [`MemDisk`]. A clone is the same process.
///
/// Each of its calls passes the gate `G`, which may hold it up there: nothing does by default.
#[derive(Clone)]
pub struct MemVfs<G = Free> {
    pub(super) disk: MemDisk,
    pub(super) proc: ProcId,
    pub(super) gate: G,
}

/// An open directory of a [`MemDisk`].
#[derive(Debug)]
pub struct MemDir {
    pub(super) handle: Handle,
    pub(super) path: PathBuf,
}

/// An open file of a [`MemDisk`].
#[derive(Debug)]
pub struct MemFile {
    pub(super) handle: Handle,
}

/// A descriptor: closed on drop.
pub(super) struct Handle {
    disk: MemDisk,
    proc: ProcId,
    pub(super) ofd: OfdId,
}

impl MemDisk {
    /// An empty disk.
    pub fn new(profile: Profile) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(profile))) }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A panic in a test leaves the world as it was between two calls.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process.
    pub fn process(&self) -> MemVfs {
        self.process_on(0)
    }

    /// Starts a process on another host that has mounted this disk.
    pub fn process_on(&self, host: u32) -> MemVfs {
        let mut world = self.world();
        world.procs.push(Proc { host, ..Proc::default() });
        MemVfs { disk: self.clone(), proc: world.procs.len() - 1, gate: Free }
    }

    /// A disk of its own in the same state, without processes and what they have open.
    ///
    /// # Panics
    ///
    /// If a process has something open: what that is on the copy would be nobody's.
    #[cfg(feature = "sim")]
    pub fn snapshot(&self) -> Self {
        let world = self.world().clone();
        assert!(world.ofds.iter().all(Option::is_none), "a process has something open");
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// Kills a process: what it had open is closed, its locks are released unless another process inherited
    /// the open file, and all its later calls fail and change nothing.
    pub fn kill<G>(&self, process: &MemVfs<G>) {
        self.world().kill(process.proc);
    }

    /// Sets the clock.
    pub fn set_clock(&self, now: SystemTime) {
        self.world().clock = now;
    }

    /// Says that the machine has been started again, or that nothing tells how often it was. What was on the
    /// disk stays.
    pub fn set_boot_id(&self, boot_id: Option<u128>) {
        self.world().boot_id = boot_id;
    }

    /// Sets the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.world().clock += duration;
    }

    /// Stops the clock, or lets it go on by a microsecond each time that it is looked at.
    pub fn freeze_clock(&self, frozen: bool) {
        self.world().is_frozen = frozen;
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
        self.world().ofds.iter().flatten().map(|ofd| ofd.owners.len()).sum()
    }

    /// Files, directories and links that exist, the root and unnamed open ones included.
    pub fn inode_count(&self) -> usize {
        self.world().inodes.iter().flatten().count()
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

/// A disk in this state.
#[cfg(feature = "sim")]
pub(super) fn of_world(world: World) -> MemDisk {
    MemDisk { world: Arc::new(Mutex::new(world)) }
}

impl<G: Gate> MemVfs<G> {
    /// Opens the root.
    ///
    /// # Panics
    ///
    /// If the process was killed or has too many files open.
    pub fn root(&self) -> MemDir {
        let opened = self.disk.world().open(self.proc, ROOT, Access::Read);
        let ofd = opened.expect("the root can be opened");
        MemDir { handle: self.handle(ofd), path: PathBuf::from("/") }
    }

    /// Gives this process a descriptor of a file that another one opened, as `fork` does. The lock of the
    /// open file lasts until both have closed it, or one of them unlocks it.
    pub fn inherit(&self, file: &MemFile) -> MemFile {
        let ofd = file.handle.ofd;
        self.disk.world().ofd_mut(ofd).owners.push(self.proc);
        MemFile { handle: self.handle(ofd) }
    }

    /// Says that this process has nothing more to do: others see that it is not alive any more.
    pub fn end(&self) {
        self.disk.world().procs[self.proc].has_ended = true;
    }

    /// The same process behind another gate.
    #[cfg(feature = "sim")]
    pub(crate) fn behind<H: Gate>(&self, gate: H) -> MemVfs<H> {
        MemVfs { disk: self.disk.clone(), proc: self.proc, gate }
    }

    pub(super) fn door(&self, op: Op<'_>) -> Result<Ret, Errno> {
        let kind = op.kind();
        self.gate.pass(kind);
        #[cfg(feature = "sim")]
        if self.gate.listens() {
            self.gate.tell(op.describe());
        }
        let result = match self.gate.fault(kind) {
            None => self.make(op),
            Some(Failure::Fault(fault)) => self.fail(op, fault),
            Some(Failure::Death) => {
                let _ = self.half(op);
                self.disk.kill(self);
                Err(Errno::Killed)
            }
        };
        self.gate.saw(&result);
        result
    }

    fn make(&self, op: Op<'_>) -> Result<Ret, Errno> {
        match op {
            Op::List { dir } if self.gate.tears_listings() => self.torn_listing(dir),
            Op::Now => {
                let jump = self.gate.jump();
                let mut world = self.disk.world();
                jump.into_iter().for_each(|seconds| world.jump(seconds));
                world.door(self.proc, Op::Now)
            }
            Op::Random if self.gate.collides() => {
                let draw = self.disk.world().last_draw;
                Ok(Ret::Number(draw))
            }
            op => self.disk.world().door(self.proc, op),
        }
    }

    fn fail(&self, op: Op<'_>, fault: Fault) -> Result<Ret, Errno> {
        let done = match fault.placement {
            Placement::NotDone => {
                // A process that is dead hears nothing else.
                if self.disk.world().procs[self.proc].is_dead {
                    return Err(Errno::Killed);
                }
                return Err(fault.errno());
            }
            Placement::Done => self.make(op)?,
            Placement::Partial => self.half(op)?,
        };
        match done {
            Ret::Open(ofd) => drop(self.handle(ofd)),
            Ret::Entries(mut entries) => {
                entries.pop();
                return Ok(Ret::SomeEntries(entries, fault.errno()));
            }
            Ret::Bytes(bytes) if fault.errno == "short" => return Ok(Ret::Bytes(bytes)),
            _ => {}
        }
        Err(fault.errno())
    }

    /// Does half of what can be done by halves, and all of the rest.
    fn half(&self, op: Op<'_>) -> Result<Ret, Errno> {
        match op {
            Op::WriteAt { file, offset, bytes } => {
                self.make(Op::WriteAt { file, offset, bytes: &bytes[..bytes.len() / 2] })
            }
            Op::Copy { from, to } => {
                let mut world = self.disk.world();
                if world.procs[self.proc].is_dead {
                    return Err(Errno::Killed);
                }
                world.version += 1;
                Ok(Ret::Bytes(world.copy_half(from, to)?))
            }
            op => self.make(op),
        }
    }

    /// A listing in two steps: what happens between them may show in it or not.
    fn torn_listing(&self, dir: OfdId) -> Result<Ret, Errno> {
        self.disk.world().door(self.proc, Op::OpenListing { dir })?;
        self.gate.pass(OpKind::List);
        let mut world = self.disk.world();
        let shows = || self.gate.choose();
        world.read_listing_of(self.proc, dir, shows)
    }

    pub(super) fn handle(&self, ofd: OfdId) -> Handle {
        Handle { disk: self.disk.clone(), proc: self.proc, ofd }
    }
}

impl MemDir {
    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        // What a killed process had open, the kernel has closed.
        if !world.procs[self.proc].is_dead {
            world.close(self.proc, self.ofd);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} open file {}", self.proc + 1, self.ofd)
    }
}

impl fmt::Debug for MemDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tree())
    }
}

impl<G> fmt::Debug for MemVfs<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemVfs of process {}", self.proc + 1)
    }
}
