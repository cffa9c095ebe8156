//! Power losses: what a session leaves when the machine stops, at every moment and in every legal way, and
//! whether anybody takes something torn for a session afterwards.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Duration;

use incrdir_explore::{Journaled, Persistence};
use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, Key, SessionName, UnitName};
use incrdir_session::{
    BeginOptions, Durability, PublishError, Reading, SeedMode, Unit, Unrecorded, Working, abandon,
    begin, publish, read,
};
use incrdir_vfs::{MemDisk, MemVfs, Profile, Vfs};

use crate::fixture::{create, name, published_dir};
use crate::scenarios::seed as seed_protocol;
use crate::trees::{Tree, tree_of};
use crate::usual::{anew, options, policy, recycling_after};

/// What is done before the power goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// What it is called in tables.
    pub name: &'static str,
    /// Published sessions that are there and durable at the beginning.
    pub durable: usize,
    /// The sessions that are published then, in order.
    pub sessions: Vec<BeginOptions>,
    /// How many published sessions collections keep.
    pub keep: usize,
    /// Whether they follow the protocol that is known to be wrong.
    pub is_seed: bool,
}

/// What the losses of one workload left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Moments at which the power went.
    pub moments: usize,
    /// Different states of the disk afterwards.
    pub images: usize,
    /// Those in which something damaged was found and quarantined.
    pub detected: usize,
    /// Those in which a session was gone whose publication had returned.
    pub lost: usize,
    /// Those in which something torn was taken for a session.
    pub torn: usize,
    /// The first thing that must not be.
    pub wrong: Option<String>,
}

/// All workloads at one level, with or without digests.
pub fn workloads(durability: Durability, digests: bool) -> Vec<Workload> {
    let level = |seed, recycle| {
        options(seed)
            .durability(durability)
            .digests(digests)
            .retention(recycling_after(NonZeroUsize::new(recycle)))
            .unrecorded(Unrecorded::Refuse)
    };
    let careless = level(SeedMode::Link, 0).durability(Durability::Detect);
    let workload =
        |name, durable, sessions| Workload { name, durable, sessions, keep: 2, is_seed: false };
    vec![
        workload("first", 0, vec![level(SeedMode::Link, 0)]),
        workload("linked", 1, vec![level(SeedMode::Link, 0)]),
        workload("copied", 1, vec![level(SeedMode::Copy, 0)]),
        workload("recycled", 2, vec![level(SeedMode::Link, 1)]),
        workload("copies recycled", 2, vec![level(SeedMode::Copy, 1)]),
        workload(
            "one after the other",
            1,
            vec![level(SeedMode::Link, 1), level(SeedMode::Link, 1)],
        ),
        workload("inherited", 0, vec![careless, level(SeedMode::Link, 0)]),
        Workload { keep: 1, ..workload("collected", 1, vec![level(SeedMode::Link, 0)]) },
    ]
}

/// The seed's protocol, doing the same as "linked" and "one after the other".
pub fn seed_workloads() -> Vec<Workload> {
    let workload = |name, durable, sessions: usize| Workload {
        name,
        durable,
        sessions: vec![options(SeedMode::Link); sessions],
        keep: 1,
        is_seed: true,
    };
    vec![workload("linked", 1, 1), workload("one after the other", 1, 2)]
}

/// What was done, and what is known of it.
#[derive(Debug)]
pub struct Recorded {
    workload: Workload,
    journaled: Journaled,
    len: usize,
    /// What each session was published with.
    published: BTreeMap<String, Tree>,
    /// When which publication had returned that was to be durable.
    acknowledged: Vec<(usize, Key)>,
}

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).expect("BUG: a good name")
}

/// Runs a workload once and notes all that it does.
///
/// # Panics
///
/// If one of its calls fails: nothing interferes.
pub fn record(workload: &Workload, profile: Profile) -> Recorded {
    recorded_on(workload, MemDisk::new(profile), None)
}

/// The same with one sync failing, after this many others. `None`: there are fewer.
///
/// # Panics
///
/// If any other call fails.
pub fn record_with_failing_sync(
    workload: &Workload,
    profile: Profile,
    after: usize,
) -> Option<Recorded> {
    let disk = MemDisk::new(profile);
    let recorded = recorded_on(workload, disk.clone(), Some(after));
    (!disk.is_sync_to_fail()).then_some(recorded)
}

fn recorded_on(workload: &Workload, disk: MemDisk, failing: Option<usize>) -> Recorded {
    let vfs = disk.process();
    let published = RefCell::default();
    for number in 0..workload.durable {
        let seed = if number == 0 { SeedMode::None } else { SeedMode::Link };
        let first = workload.sessions.first().expect("a workload has sessions");
        let seed = if first.seed == SeedMode::Copy && number > 0 { SeedMode::Copy } else { seed };
        let options = first.clone().seed(seed).retention(anew());
        session(&vfs, workload, &options, number, &published);
    }
    disk.begin_journal();
    failing.into_iter().for_each(|after| disk.fail_sync(after));
    let mut acknowledged = Vec::new();
    for (number, options) in workload.sessions.iter().enumerate() {
        let name = session(&vfs, workload, options, workload.durable + number, &published);
        if let (Some(name), Durability::Durable) = (name, options.durability) {
            acknowledged.push((disk.journal_len(), name.key));
        }
        if !workload.is_seed {
            let unit = Unit::open(&vfs, &vfs.root(), &unit_name()).expect("open");
            unit.iter().for_each(|unit| drop(collect(unit, &policy(workload.keep), Mode::Collect)));
        }
    }
    let len = disk.journal_len();
    let published = published.into_inner();
    Recorded {
        workload: workload.clone(),
        journaled: disk.journaled(),
        len,
        published,
        acknowledged,
    }
}

/// One session: what is there, one file changed, one new in the first. `None`: it was not published, or that is not
/// durable.
fn session(
    vfs: &MemVfs,
    workload: &Workload,
    options: &BeginOptions,
    number: usize,
    published: &RefCell<BTreeMap<String, Tree>>,
) -> Option<SessionName> {
    let root = vfs.root();
    if workload.is_seed {
        let _ = vfs.create_dir(&root, &name(unit_name()));
        let unit = vfs.open_dir(&root, &name(unit_name())).expect("unit");
        let session = seed_protocol::begin(vfs, &unit).expect("begin");
        change(vfs, &session.dir, number);
        let name = session.key.published(Hash::new(0));
        published.borrow_mut().insert(name.to_string(), tree_of(vfs, &session.dir));
        seed_protocol::publish(vfs, &unit, session, seed_protocol::Age::AsItIs).expect("publish");
        return Some(name);
    }
    let session = match begin(vfs, &root, &unit_name(), options) {
        Ok(session) => session,
        Err(error) => return unless_sync(&error),
    };
    change(vfs, session.dir(), number);
    // So that copies are older than the record by more than a step of the clock.
    vfs.pause(Duration::from_millis(50));
    let name = session.name().key.published(Hash::new(0));
    published.borrow_mut().insert(name.to_string(), tree_of(vfs, session.dir()));
    match publish(session, Hash::new(0)) {
        Ok(published) => Some(published.name),
        Err(PublishError::NotPublished { session, source }) => {
            // As the documentation says: another sync may succeed although data is lost.
            published.borrow_mut().remove(&name.to_string());
            abandon(*session).expect("abandon");
            unless_sync(&source)
        }
        Err(error) => unless_sync(error.cause()),
    }
}

fn unless_sync(error: &incrdir_session::Error) -> Option<SessionName> {
    let is_sync = error.to_string().contains("cannot sync");
    assert!(is_sync, "{error}");
    None
}

fn change(vfs: &MemVfs, dir: &incrdir_vfs::MemDir, number: usize) {
    for file in if number == 0 { &["kept", "changed"][..] } else { &["changed"] } {
        let file = create(vfs, dir, &name(file)).expect("create");
        vfs.write_at(&file, 0, format!("by {number}").as_bytes()).expect("write");
    }
}

impl Recorded {
    /// What was synced, in order.
    pub fn syncs(&self) -> Vec<String> {
        self.journaled.syncs()
    }

    /// Lets the power go when all is done.
    pub fn lose_at_the_end(&self, model: &Persistence) -> Losses {
        self.lose_from(self.len, &self.journaled, model)
    }

    /// Lets the power go at every moment and in every way that the model allows. With `forgotten`, the nth
    /// sync does nothing.
    pub fn lose(&self, model: &Persistence, forgotten: Option<usize>) -> Losses {
        let journaled = match forgotten {
            None => self.journaled.clone(),
            Some(nth) => self.journaled.without_sync(nth),
        };
        self.lose_from(0, &journaled, model)
    }

    fn lose_from(&self, first: usize, journaled: &Journaled, model: &Persistence) -> Losses {
        let mut losses = Losses::default();
        let mut seen = BTreeSet::new();
        for moment in (first..=self.len).filter(|moment| journaled.is_crash_point(*moment)) {
            losses.moments += 1;
            // What may be lost depends on what had returned by then.
            if self.acknowledged.iter().any(|(at, _)| *at == moment) {
                seen.clear();
            }
            let _ = journaled.losses(moment, model, &mut seen, &mut |disk| {
                losses.images += 1;
                self.judge(&disk, moment, &mut losses);
                ControlFlow::Continue(())
            });
        }
        losses
    }

    fn judge(&self, disk: &MemDisk, moment: usize, losses: &mut Losses) {
        let before = disk.tree();
        let found = if self.workload.is_seed { self.seed_reads(disk) } else { self.reads(disk) };
        let wrong = |what: String| Some(format!("{what}\nafter effect {moment}:\n{before}"));
        match found {
            Err(Broken::Torn(what)) => {
                losses.torn += 1;
                losses.wrong = losses.wrong.take().or(wrong(format!("NO-TORN-ACCEPT: {what}")));
            }
            Err(Broken::Other(what)) => losses.wrong = losses.wrong.take().or(wrong(what)),
            Ok(Read { newest, detected }) => {
                losses.detected += usize::from(detected);
                if newest.is_none() && self.workload.durable > 0 && self.is_consistent() {
                    let what = "CONSISTENT: something was durable, and nothing is found".into();
                    losses.wrong = losses.wrong.take().or(wrong(what));
                }
                let returned = self.acknowledged.iter().rev().find(|(at, _)| *at <= moment);
                if let Some((_, key)) = returned
                    && newest.is_none_or(|newest| newest < *key)
                {
                    losses.lost += 1;
                    let what = format!(
                        "DURABLE-ACK: {key} had been published durably, {newest:?} is found"
                    );
                    losses.wrong = losses.wrong.take().or(wrong(what));
                }
            }
        }
    }

    /// Whether all its sessions were published with a promise.
    fn is_consistent(&self) -> bool {
        self.workload.sessions.iter().all(|options| options.durability.is_promise())
    }

    /// A reader, then a whole session and a collection.
    fn reads(&self, disk: &MemDisk) -> Result<Read, Broken> {
        let vfs = disk.process();
        let found = read(&vfs, &vfs.root(), &unit_name(), Unrecorded::Refuse)?;
        let (newest, rejected) = match found {
            Reading::Found(snapshot) => {
                let dir = published_dir(&vfs, &vfs.root(), &unit_name(), snapshot.name());
                self.compare(snapshot.name(), tree_of(&vfs, &dir))?;
                let newest = Some(snapshot.name().key);
                (newest, format!("{:?}", snapshot.rejected()))
            }
            Reading::Nothing(rejected) => (None, format!("{rejected:?}")),
        };
        let detected = rejected.contains("Untrusted");
        // Other than by a record that never came to be there.
        if self.is_consistent() && rejected.contains("Mismatch") {
            return Err(Broken::Other(format!(
                "CONSISTENT: torn although it was synced: {rejected}"
            )));
        }
        let options = self.workload.sessions.last().expect("a workload has sessions");
        let options = options.clone().unrecorded(Unrecorded::Refuse);
        let session = begin(&vfs, &vfs.root(), &unit_name(), &options)?;
        self.seeded(&vfs, &session)?;
        let source = session.report().source.map(|source| source.key);
        if source != newest {
            let why = format!("read found {newest:?}, begin {source:?}");
            return Err(Broken::Other(format!("{why}: {:?}", session.report().rejected)));
        }
        publish(session, Hash::new(1)).map_err(|error| Broken::Other(format!("{error:?}")))?;
        let unit = Unit::open(&vfs, &vfs.root(), &unit_name())?;
        let unit = unit.ok_or_else(|| Broken::Other("the unit is gone".into()))?;
        vfs.pause(Duration::from_secs(60));
        let report = collect(&unit, &policy(2), Mode::Collect)?;
        if let Some((entry, error)) = report.failures().next() {
            return Err(Broken::Other(format!("collecting {entry} fails: {error:?}")));
        }
        let catalog = unit.list()?;
        let is_clean = catalog.births.is_empty()
            && catalog.tombstones.is_empty()
            && catalog.sessions.values().all(|found| found.lock && found.published.len() == 1);
        match is_clean {
            true => Ok(Read { newest, detected }),
            false => Err(Broken::Other(format!("CLEAN-AFTER-ONE: {catalog:?}"))),
        }
    }

    fn seeded(&self, vfs: &MemVfs, session: &Working<MemVfs>) -> Result<(), Broken> {
        let tree = tree_of(vfs, session.dir());
        match session.report().source {
            Some(source) => self.compare(source, tree),
            None if tree.is_empty() => Ok(()),
            None => Err(Broken::Torn(format!("cold with {tree:?}"))),
        }
    }

    fn compare(&self, session: SessionName, tree: Tree) -> Result<(), Broken> {
        match self.published.get(&session.to_string()) {
            Some(published) if *published == tree => Ok(()),
            published => Err(Broken::Torn(format!("{session} has {tree:?}, not {published:?}"))),
        }
    }

    /// The seed looks at names only.
    fn seed_reads(&self, disk: &MemDisk) -> Result<Read, Broken> {
        let vfs = disk.process();
        let Ok(unit) = vfs.open_dir(&vfs.root(), &name(unit_name())) else {
            return Ok(Read { newest: None, detected: false });
        };
        let Ok(session) = seed_protocol::begin(&vfs, &unit) else {
            return Ok(Read { newest: None, detected: true });
        };
        if let Some(source) = session.source {
            self.compare(source, tree_of(&vfs, &session.dir))?;
        }
        Ok(Read { newest: session.source.map(|source| source.key), detected: false })
    }
}

/// What was found after a power loss.
struct Read {
    newest: Option<Key>,
    detected: bool,
}

/// What must not be.
enum Broken {
    /// Something torn was taken for a session.
    Torn(String),
    Other(String),
}

impl From<incrdir_session::Error> for Broken {
    fn from(error: incrdir_session::Error) -> Self {
        Self::Other(format!("{error:?}"))
    }
}
