//! The world: inodes, open files, processes, a clock. A plain value: a clone is another world in the same state,
//! and cheap, because all that is large is shared until it is changed.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::inode::{Inode, InodeId, Node, ROOT, SUPERUSER, allocated};
use super::journal::{Effect, Journal};
use super::made::{FIRST_DEVICE, Made};
use super::process::{Ofd, Proc, ProcId, Stream};
use super::shared::Shared;
use super::{CallCounts, Owners, Profile, RemoveOpen, Ticks};
use crate::{FileId, FileKind, Name, Owner, Stat};

/// Where the clock of a new world starts: 2024-01-01.
const EPOCH: Duration = Duration::from_secs(1_704_067_200);

/// The number of the first mount after a start.
pub(super) const FIRST_MOUNT: u64 = 1;

/// A disk, what is open on it, the processes and the clock.
#[derive(Debug, Clone)]
pub struct World {
    pub(super) profile: Arc<Profile>,
    /// Never reused, so that an id names one file for ever.
    pub(super) inodes: Shared<Vec<Option<Arc<Inode>>>>,
    /// Inodes that were changed since the last fingerprint, where one is wanted.
    #[cfg(feature = "unstable-explore")]
    pub(super) prints: Option<Shared<super::prints::Prints>>,
    pub(super) ofds: Shared<Vec<Option<Ofd>>>,
    /// Kept in the middle of a call, although it may have neither a name nor an open file.
    pub(super) held: Option<InodeId>,
    pub(super) procs: Shared<Vec<Proc>>,
    pub(super) clock: SystemTime,
    /// What no time of a file is before, where the clock that times are taken from is behind some: see `times.rs`.
    pub(super) floor: Option<SystemTime>,
    pub(super) boot_id: Option<u128>,
    /// Whether it can be told of which namespace a process is, and when it was started.
    pub(super) tells_processes: bool,
    /// Which mount it is: changes when it is mounted again.
    pub(super) mount: u64,
    /// How many there are.
    pub(super) devices: u64,
    /// What is mounted under names, by the directory and the name in it.
    pub(super) mounted: BTreeMap<(InodeId, Name), InodeId>,
    /// What was made by nobody.
    pub(super) made: Made,
    pub(super) ticks: Ticks,
    pub(super) forced_draws: VecDeque<u32>,
    /// What was drawn last, by whomever.
    pub(super) last_draw: u32,
    pub(super) counts: CallCounts,
    pub(super) bytes: u64,
    /// Grows whenever something changes that others could see.
    pub(super) version: u64,
    /// Listings that have begun and not ended.
    pub(super) streams: Vec<Stream>,
    /// What was done, where somebody wants to know.
    pub(super) journal: Option<Journal<World>>,
    /// Syncs until one fails.
    pub(super) failing_sync: Option<usize>,
}

impl World {
    pub(super) fn new(profile: Profile) -> Self {
        let clock = SystemTime::UNIX_EPOCH + EPOCH;
        let mut world = Self {
            profile: Arc::new(profile),
            inodes: Shared::default(),
            #[cfg(feature = "unstable-explore")]
            prints: None,
            ofds: Shared::default(),
            held: None,
            procs: Shared::default(),
            clock,
            floor: None,
            boot_id: Some(1),
            tells_processes: true,
            mount: FIRST_MOUNT,
            devices: FIRST_DEVICE,
            mounted: BTreeMap::new(),
            made: Made::default(),
            ticks: Ticks::Shared,
            forced_draws: VecDeque::new(),
            last_draw: 0,
            counts: CallCounts::default(),
            bytes: 0,
            version: 0,
            streams: Vec::new(),
            journal: None,
            failing_sync: None,
        };
        let root = world.make_root(FIRST_DEVICE, ROOT);
        world.inode_mut(root).links = 1;
        world
    }

    // ---- inodes ----

    /// A new inode without a name, on the device of a directory, made by a process or by nobody.
    pub(super) fn make_inode(
        &mut self,
        maker: Option<ProcId>,
        dir: InodeId,
        node: Node,
        mode: u32,
    ) -> InodeId {
        let device = self.inode(dir).device;
        let number = self.next_number(maker, device);
        let owner = maker.map_or(SUPERUSER, |proc| self.procs[proc].owner);
        self.add_inode(FileId { device, inode: number }, node, mode, owner)
    }

    /// The directory at the top of a device.
    pub(super) fn make_root(&mut self, device: u64, parent: InodeId) -> InodeId {
        let node = Node::Dir { entries: BTreeMap::new(), parent };
        self.add_inode(FileId { device, inode: 0 }, node, 0o755, SUPERUSER)
    }

    fn add_inode(&mut self, shown_as: FileId, node: Node, mode: u32, owner: Owner) -> InodeId {
        let now = self.file_time();
        let id = self.inodes.len() as InodeId;
        let inode = Arc::new(Inode {
            device: shown_as.device,
            number: shown_as.inode,
            node,
            links: 0,
            mode,
            owner,
            extended: BTreeMap::new(),
            born: now,
            mtime: now,
            ctime: now,
            is_seen: false,
            writes: 0,
            is_lower: false,
            pending: Vec::new(),
        });
        self.note(|| Effect::Make { inode: id, made: Arc::clone(&inode) });
        self.inodes.push(Some(inode));
        self.changed(id);
        id
    }

    pub(super) fn inode(&self, id: InodeId) -> &Inode {
        self.inodes[id as usize].as_ref().expect("BUG: names and open files keep their inode")
    }

    pub(super) fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        self.changed(id);
        let inode = self.inodes[id as usize].as_mut();
        Arc::make_mut(inode.expect("BUG: names and open files keep their inode"))
    }

    /// Notes that an inode is not what it was when it was hashed.
    fn changed(&mut self, id: InodeId) {
        #[cfg(feature = "unstable-explore")]
        if let Some(prints) = &mut self.prints {
            prints.changed(id);
        }
        #[cfg(not(feature = "unstable-explore"))]
        let _ = id;
    }

    /// Frees what has neither a name nor an open file.
    pub(super) fn free_if_unused(&mut self, id: InodeId) {
        let inode = self.inode(id);
        if inode.links == 0 && !self.is_open(id) {
            if let Node::File(content) = &inode.node {
                self.bytes -= content.len() as u64;
            }
            self.changed(id);
            self.inodes[id as usize] = None;
        }
    }

    /// How many names it has, without those that it only keeps until it is closed.
    pub(super) fn links(&self, id: InodeId) -> u64 {
        let inode = self.inode(id);
        match self.profile.remove_open {
            RemoveOpen::Pending => inode.links - inode.pending.len() as u64,
            RemoveOpen::Gone | RemoveOpen::Renamed => inode.links,
        }
    }

    pub(super) fn stat(&self, id: InodeId) -> Stat {
        let inode = self.inode(id);
        let (kind, len) = match &inode.node {
            Node::File(content) => (FileKind::File, content.len() as u64),
            Node::Dir { .. } => (FileKind::Dir, 0),
            Node::Symlink(target) => (FileKind::Symlink, target.len() as u64),
        };
        Stat {
            kind,
            id: inode.shown_as(),
            len,
            allocated: match &inode.node {
                Node::File(content) => allocated(content),
                Node::Dir { .. } | Node::Symlink(_) => 0,
            },
            links: self.links(id),
            is_mount: false,
            mode: inode.mode,
            owner: match self.profile.owners {
                Owners::Kept => Some(inode.owner),
                Owners::OfTheMount => Some(SUPERUSER),
                Owners::None => None,
            },
            mtime: inode.mtime,
            ctime: Some(inode.ctime),
        }
    }

    // ---- luck ----

    /// SplitMix64 (Steele, Lea, Flood 2014), seeded with the process: the same draws in every run.
    pub(super) fn random(&mut self, proc: ProcId) -> u32 {
        if let Some(forced) = self.forced_draws.pop_front() {
            return forced;
        }
        self.procs[proc].draws += 1;
        let seed = (proc as u64) << 32 | self.procs[proc].draws;
        let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        self.last_draw = ((z ^ (z >> 31)) >> 32) as u32;
        self.last_draw
    }

    // ---- for people ----

    /// The tree below an inode, a line an entry.
    pub(super) fn describe(&self, id: InodeId, depth: usize, text: &mut String) {
        let Node::Dir { entries, .. } = &self.inode(id).node else { return };
        for (name, entry) in entries {
            let stat = self.stat(entry.inode);
            let name = entry.spelled.as_deref().unwrap_or(name);
            let indent = 2 * depth;
            let _ = writeln!(
                text,
                "{:indent$}{name} {:?} inode {:#x} links {} len {}",
                "", stat.kind, stat.id.inode, stat.links, stat.len
            );
            self.describe(entry.inode, depth + 1, text);
        }
    }
}
