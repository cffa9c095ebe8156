//! What a power loss may leave of what was done.
//!
//! A disk's journal (`journal.rs`) is a list of effects. A power loss after the first so many of them leaves
//! the base with a legal subset of those applied: closed under what the file system's *persistence model*
//! says must precede what, and with all that was synced. [`Journaled::losses`] makes every such image, once.
//!
//! The idea and the models follow ALICE (Pillai and others, OSDI 2014), B3 (Mohan and others, OSDI 2018) and
//! Ferrite (Bornholt and others, ASPLOS 2016).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::MemDisk;
use super::journal::{Effect, Journal, NameChange};
use super::world::{FIRST_MOUNT, Inode, InodeId, Node, ROOT, World};

/// Which names survive together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Names {
    /// All that was done.
    All,
    /// A prefix of all that was done to names: one journal.
    Global,
    /// A prefix for each directory.
    PerDirectory,
    /// Any, as long as changes of one name survive in their order.
    PerName,
}

/// Which content survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Data {
    /// All.
    All,
    /// All that was written before any change of a name that survives.
    BeforeNames,
    /// Any of it; what is lost reads as absent: the file is shorter, or has a hole.
    Free,
    /// Any of it; and a file's length may survive without its content.
    FreeGarbage,
}

/// How a file system behaves when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Persistence {
    /// What it is called in tables.
    pub name: &'static str,
    /// Which names survive together.
    pub names: Names,
    /// Which content survives.
    pub data: Data,
    /// Whether a rename survives as a whole. Else both, either or none of its names may be there.
    pub rename_is_atomic: bool,
    /// Whether syncing a file makes its name durable too.
    pub sync_file_keeps_name: bool,
    /// What takes the rest.
    pub loss: Loss,
}

impl Persistence {
    /// Everything survives at once: data=journal with every call synced.
    pub const STRICT: Self = Self {
        name: "strict",
        names: Names::All,
        data: Data::All,
        rename_is_atomic: true,
        sync_file_keeps_name: true,
        loss: Loss::Power,
    };
    /// One journal, content before names: ext3, ext4 without delayed allocation.
    pub const ORDERED: Self =
        Self { name: "ordered", names: Names::Global, data: Data::BeforeNames, ..Self::STRICT };
    /// One journal, content whenever: ext4, xfs.
    pub const EXT4_XFS: Self = Self { name: "ext4, xfs", data: Data::Free, ..Self::ORDERED };
    /// Directories on their own, content whenever: btrfs, f2fs.
    pub const BTRFS: Self = Self { name: "btrfs", names: Names::PerDirectory, ..Self::EXT4_XFS };
    /// The same, and syncing a file keeps nothing but the file: what POSIX promises, and no more.
    pub const POSIX: Self = Self { name: "posix", sync_file_keeps_name: false, ..Self::BTRFS };
    /// Names on their own, and content may come back as garbage: ext2, data=writeback.
    pub const ANYTHING: Self =
        Self { name: "anything", names: Names::PerName, data: Data::FreeGarbage, ..Self::POSIX };
    /// And a rename may be done by half: FAT.
    pub const FAT: Self = Self { name: "fat", rename_is_atomic: false, ..Self::ANYTHING };

    /// As ext4 and xfs, but the machine runs on: a disk that was pulled, or set back.
    pub const DEVICE: Self = Self { name: "device", loss: Loss::Device, ..Self::EXT4_XFS };

    /// From the strictest to the loosest, and the one without a power loss.
    pub const ALL: [Self; 8] = [
        Self::STRICT,
        Self::ORDERED,
        Self::EXT4_XFS,
        Self::BTRFS,
        Self::POSIX,
        Self::ANYTHING,
        Self::FAT,
        Self::DEVICE,
    ];
}

/// What takes what was not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The power: the machine is started again. Its boot id is new, and it counts its mounts from the first one again.
    Power,
    /// The device alone: it was pulled, or failed, and is mounted again by a machine that has run all the time. The boot
    /// id is the same, the mount a new one.
    Device,
}

/// What was done to a disk since [`MemDisk::begin_journal`].
#[derive(Clone)]
pub struct Journaled {
    journal: Journal,
    now: Box<World>,
}

impl std::fmt::Debug for Journaled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Journaled").field(&self.journal.effects.len()).finish()
    }
}

impl MemDisk {
    /// From now on, what is done is noted; what is there is durable.
    pub fn begin_journal(&self) {
        self.world().begin_journal();
    }

    /// How many effects were noted so far: a moment at which the power may go.
    pub fn journal_len(&self) -> usize {
        self.world().journal.as_ref().map_or(0, |journal| journal.effects.len())
    }

    /// Lets the sync after so many others fail, and take what it should have made durable for durable.
    pub fn fail_sync(&self, after: usize) {
        self.world().failing_sync = Some(after);
    }

    /// Whether the sync that is to fail has not been made yet.
    pub fn is_sync_to_fail(&self) -> bool {
        self.world().failing_sync.is_some()
    }

    /// What was done since [`begin_journal`](Self::begin_journal).
    ///
    /// # Panics
    ///
    /// If that was not called.
    pub fn journaled(&self) -> Journaled {
        Journaled::of(&self.world()).expect("a journal was begun")
    }
}

impl Journaled {
    /// What was done to a world, if it has a journal.
    pub fn of(world: &World) -> Option<Self> {
        let mut now = world.clone();
        let journal = now.journal.take()?;
        Some(Self { journal, now: Box::new(now) })
    }

    /// How much was done: the last moment at which the power may go.
    pub fn len(&self) -> usize {
        self.journal.effects.len()
    }

    /// Whether there is a moment after so many effects that is worth a power loss: after others nothing new
    /// is pending.
    pub fn is_crash_point(&self, moment: usize) -> bool {
        let last = moment.checked_sub(1).and_then(|last| self.journal.effects.get(last));
        !matches!(last, Some(Effect::Make { .. } | Effect::Attributes { .. }))
    }

    /// The syncs in it, in order: the path of what was synced, by its last name.
    pub fn syncs(&self) -> Vec<String> {
        let synced = self.journal.effects.iter().filter_map(|effect| match effect {
            Effect::SyncFile(inode) | Effect::SyncDir(inode) => Some(*inode),
            _ => None,
        });
        synced.map(|inode| self.now.path_of(ROOT, inode).unwrap_or_default()).collect()
    }

    /// The same without the nth sync: as if that had been forgotten.
    pub fn without_sync(&self, nth: usize) -> Self {
        let mut forgetful = self.clone();
        let is_sync =
            |effect: &&mut Effect| matches!(effect, Effect::SyncFile(_) | Effect::SyncDir(_));
        if let Some(sync) = forgetful.journal.effects.iter_mut().filter(is_sync).nth(nth) {
            *sync = Effect::Names(Vec::new());
        }
        forgetful
    }

    /// Every image that a power loss after the first `moment` effects may leave, each once over all calls
    /// with the same `seen`. Nothing is open, and the boot id or the mount is new ([`Persistence::loss`]).
    ///
    /// # Errors
    ///
    /// None: it breaks when `visit` does.
    pub fn losses(
        &self,
        moment: usize,
        model: &Persistence,
        seen: &mut BTreeSet<u128>,
        visit: &mut dyn FnMut(MemDisk) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let effects = &self.journal.effects[..moment];
        let names = Order::new(effects, model);
        let mut losses = Losses { journaled: self, effects, model, seen, visit };
        names.subsets(0, &mut vec![false; names.steps.len()], &mut |kept| {
            losses.with_names(&names, kept)
        })
    }
}

/// Changes of names, and which of them must precede which.
struct Order {
    /// Position in the log, and the changes.
    steps: Vec<(usize, Vec<NameChange>)>,
    /// For each, those that must survive if it does.
    before: Vec<Vec<usize>>,
    is_forced: Vec<bool>,
}

impl Order {
    fn new(effects: &[Effect], model: &Persistence) -> Self {
        let mut steps: Vec<(usize, Vec<NameChange>)> = Vec::new();
        for (position, effect) in effects.iter().enumerate() {
            if let Effect::Names(changes) = effect {
                if model.rename_is_atomic {
                    steps.push((position, changes.clone()));
                } else {
                    steps.extend(changes.iter().map(|change| (position, vec![change.clone()])));
                }
            }
        }
        let touch = |a: &[NameChange], b: &[NameChange]| {
            let same = |a: &NameChange, b: &NameChange| match model.names {
                Names::All | Names::Global => true,
                Names::PerDirectory => a.dir == b.dir,
                Names::PerName => a.dir == b.dir && a.name == b.name,
            };
            a.iter().any(|a| b.iter().any(|b| same(a, b)))
        };
        let before = (0..steps.len())
            .map(|step| (0..step).filter(|other| touch(&steps[*other].1, &steps[step].1)).collect())
            .collect();
        let mut order = Self { is_forced: vec![false; steps.len()], steps, before };
        order.force(effects, model);
        order
    }

    /// What was synced survives, and what must precede it.
    fn force(&mut self, effects: &[Effect], model: &Persistence) {
        for (synced_at, effect) in effects.iter().enumerate() {
            for step in 0..self.steps.len() {
                let (position, changes) = &self.steps[step];
                let is_synced = *position < synced_at
                    && match effect {
                        Effect::SyncDir(dir) => changes.iter().any(|change| change.dir == *dir),
                        Effect::SyncFile(inode) => {
                            let names = |change: &NameChange| {
                                change.to.as_ref().is_some_and(|to| to.inode == *inode)
                            };
                            model.sync_file_keeps_name && changes.iter().any(names)
                        }
                        _ => false,
                    };
                if is_synced || model.names == Names::All {
                    self.is_forced[step] = true;
                }
            }
        }
        for step in (0..self.steps.len()).rev() {
            if self.is_forced[step] {
                for before in self.before[step].clone() {
                    self.is_forced[before] = true;
                }
            }
        }
    }

    /// All subsets that are closed under what must precede what and hold what is forced.
    fn subsets(
        &self,
        step: usize,
        kept: &mut Vec<bool>,
        visit: &mut dyn FnMut(&[bool]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if step == self.steps.len() {
            return visit(kept);
        }
        let can_stay = self.before[step].iter().all(|before| kept[*before]);
        if can_stay {
            kept[step] = true;
            self.subsets(step + 1, kept, visit)?;
            kept[step] = false;
        }
        if !self.is_forced[step] {
            self.subsets(step + 1, kept, visit)?;
        }
        ControlFlow::Continue(())
    }
}

/// What became of one write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    /// The first half of it.
    Half,
    /// Its length.
    Zeros,
    Nothing,
}

struct Losses<'a> {
    journaled: &'a Journaled,
    effects: &'a [Effect],
    model: &'a Persistence,
    seen: &'a mut BTreeSet<u128>,
    visit: &'a mut dyn FnMut(MemDisk) -> ControlFlow<()>,
}

impl Losses<'_> {
    /// All images with these names.
    fn with_names(&mut self, names: &Order, kept: &[bool]) -> ControlFlow<()> {
        let mut world = self.journaled.journal.base.as_ref().clone();
        world.clock = self.journaled.now.clock;
        world.start_after(&self.journaled.now, self.model.loss);
        let mut last_kept = 0;
        let mut kept = names.steps.iter().zip(kept).filter(|(_, kept)| **kept).peekable();
        for (position, effect) in self.effects.iter().enumerate() {
            world.do_again(effect);
            while let Some(((_, changes), _)) = kept.next_if(|((at, _), _)| *at == position) {
                last_kept = position;
                changes.iter().for_each(|change| world.set_name(change));
            }
        }
        let reachable = world.drop_unreachable();
        world.part_numbers();
        world.read_again();
        let writes: Vec<usize> = (0..self.effects.len())
            .filter(|position| match &self.effects[*position] {
                Effect::Data { inode, .. } | Effect::Content { inode, .. } => {
                    reachable.contains(inode)
                }
                _ => false,
            })
            .collect();
        self.with_data(&world, &writes, last_kept)
    }

    /// All images with this content besides.
    fn with_data(&mut self, world: &World, writes: &[usize], last_kept: usize) -> ControlFlow<()> {
        let Some((position, rest)) = writes.split_first() else {
            let mut world = world.clone();
            world.count_bytes();
            if self.seen.insert(world.fingerprint()) {
                (self.visit)(MemDisk::of(world))?;
            }
            return ControlFlow::Continue(());
        };
        for kept in self.choices(*position, last_kept) {
            let mut world = world.clone();
            world.write_again(&self.effects[*position], *kept);
            self.with_data(&world, rest, last_kept)?;
        }
        ControlFlow::Continue(())
    }

    /// What may become of a write.
    fn choices(&self, position: usize, last_kept: usize) -> &'static [Kept] {
        let inode = match &self.effects[position] {
            Effect::Data { inode, .. } | Effect::Content { inode, .. } => *inode,
            _ => unreachable!("BUG: only writes are asked about"),
        };
        let mut syncs = self.effects[position..].iter().filter_map(|effect| match effect {
            Effect::SyncFile(synced) if *synced == inode => Some(true),
            Effect::SyncFailed(failed) if *failed == inode => Some(false),
            _ => None,
        });
        // Only the first one counts: after one that failed, the next finds nothing to do.
        let is_synced = syncs.next() == Some(true);
        match self.model.data {
            _ if is_synced => &[Kept::Whole],
            Data::All => &[Kept::Whole],
            Data::BeforeNames if position < last_kept => &[Kept::Whole],
            Data::BeforeNames | Data::Free => &[Kept::Whole, Kept::Half, Kept::Nothing],
            Data::FreeGarbage => &[Kept::Whole, Kept::Half, Kept::Zeros, Kept::Nothing],
        }
    }
}

impl World {
    /// Ends all that was there but for what is on the disk. Nobody lives on, and nobody who is started later makes files
    /// with numbers that are there already.
    fn start_after(&mut self, now: &World, loss: Loss) {
        self.ofds.clear();
        self.streams.clear();
        self.prints = None;
        (self.clock, self.floor) = (now.clock, now.floor);
        (self.made, self.devices) = (now.made.clone(), now.devices);
        self.mounted.clear();
        self.procs.clone_from(&now.procs);
        for proc in &mut self.procs {
            proc.is_dead = true;
            proc.fds.clear();
        }
        (self.boot_id, self.mount) = match loss {
            Loss::Power => (now.boot_id.map(|id| id + 1), FIRST_MOUNT),
            Loss::Device => (now.boot_id, now.mount + 1),
        };
    }

    /// Makes an inode, without names and content, or sets its attributes. Names and content come separately.
    fn do_again(&mut self, effect: &Effect) {
        match effect {
            Effect::Make { inode, made } => {
                self.inodes.resize(self.inodes.len().max(*inode as usize + 1), None);
                self.inodes[*inode as usize] = Some(Arc::clone(made));
            }
            Effect::Attributes { inode, now } if self.inodes[*inode as usize].is_some() => {
                let inode = self.inode_mut(*inode);
                (inode.mode, inode.owner) = (now.mode, now.owner);
                inode.extended.clone_from(&now.extended);
                (inode.mtime, inode.ctime) = (now.mtime, now.ctime);
            }
            _ => {}
        }
    }

    fn set_name(&mut self, change: &NameChange) {
        if self.inodes[change.dir as usize].is_none() {
            return;
        }
        let dir = self.inode_mut(change.dir);
        let Node::Dir { entries, .. } = &mut dir.node else { return };
        match &change.to {
            Some(entry) => drop(entries.insert(change.name.clone(), entry.clone())),
            None => drop(entries.remove(&change.name)),
        }
        (dir.mtime, dir.ctime) = (change.dir_time, change.dir_time);
        if self.inodes[change.of as usize].is_some() {
            self.inode_mut(change.of).ctime = change.ctime;
        }
    }

    /// Counts links anew, frees what has none, and says what is left.
    fn drop_unreachable(&mut self) -> BTreeSet<InodeId> {
        let mut links: BTreeMap<InodeId, u64> = BTreeMap::from([(ROOT, 1)]);
        let mut pending = vec![ROOT];
        while let Some(dir) = pending.pop() {
            let Node::Dir { entries, .. } = &self.inode(dir).node else { continue };
            let below: Vec<InodeId> = entries.values().map(|entry| entry.inode).collect();
            for inode in below {
                *links.entry(inode).or_default() += 1;
                if let Node::Dir { parent, .. } = &mut self.inode_mut(inode).node {
                    *parent = dir;
                    // A directory that a half-done rename left under two names is looked into once.
                    if links[&inode] == 1 {
                        pending.push(inode);
                    }
                }
            }
        }
        for (id, slot) in self.inodes.iter_mut().enumerate() {
            match (links.get(&(id as InodeId)), slot.as_mut().map(Arc::make_mut)) {
                (Some(count), Some(inode)) => (inode.links, inode.open) = (*count, 0),
                _ => *slot = None,
            }
        }
        links.into_keys().collect()
    }

    fn write_again(&mut self, effect: &Effect, kept: Kept) {
        let (id, offset, bytes): (_, usize, &[u8]) = match effect {
            Effect::Data { inode, offset, bytes } => (*inode, *offset, bytes),
            Effect::Content { inode, content } => (*inode, 0, content),
            _ => unreachable!("BUG: only writes are done again"),
        };
        let Node::File(content) = &mut self.inode_mut(id).node else { return };
        let content = Arc::make_mut(content);
        let survives = match kept {
            Kept::Nothing => return,
            Kept::Whole | Kept::Zeros => bytes.len(),
            Kept::Half => bytes.len() / 2,
        };
        if survives == 0 {
            return;
        }
        let end = offset + survives;
        content.resize(content.len().max(end), 0);
        match kept {
            Kept::Zeros => content[offset..end].fill(0),
            _ => content[offset..end].copy_from_slice(&bytes[..survives]),
        }
    }

    /// The path of an inode below a directory.
    fn path_of(&self, dir: InodeId, wanted: InodeId) -> Option<String> {
        if dir == wanted {
            return Some("/".into());
        }
        let Node::Dir { entries, .. } = &self.inode(dir).node else { return None };
        entries.iter().find_map(|(name, entry)| {
            let below = self.path_of(entry.inode, wanted)?;
            Some(format!("/{name}{}", below.trim_end_matches('/')))
        })
    }

    fn count_bytes(&mut self) {
        let len = |inode: &Inode| match &inode.node {
            Node::File(content) => content.len() as u64,
            _ => 0,
        };
        self.bytes = self.inodes.iter().flatten().map(|inode| len(inode)).sum();
    }
}
