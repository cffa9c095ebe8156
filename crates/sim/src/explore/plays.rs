//! All plays: who does what where.

use crate::worlds::create;
use std::sync::Arc;
use std::time::Duration;

use incrdir_explore::{Program, Scenario, Setup};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{Durability, SeedMode, begin, publish};
use incrdir_vfs::{
    Access, Extended, Handle, Locks, MemDir, MemDisk, MemVfs, Owner, Profile, Ticks, Vfs,
};

use super::ghost::Ghost;
use super::parts::{Part, recovers};
use super::stage::{FOREIGN, OUTSIDE, Stage};
use super::watch::Watch;
use crate::worlds::{name, options};

/// Processes on a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// What it is called in tables and replay strings.
    pub name: &'static str,
    /// Published sessions that are there at the beginning.
    pub published: usize,
    /// What the file system can do.
    pub profile: Profile,
    /// Whether those have lost their lock files.
    pub lost_locks: bool,
    /// Whether the newest of them has lost a file to somebody who deletes without asking.
    pub is_damaged: bool,
    /// Whether a working session lies there whose writer is dead, begun when everybody begins.
    pub leftover: bool,
    /// Whether the clock stands still.
    pub frozen_clock: bool,
    /// Whether there are other programs' things around.
    pub foreign: bool,
    /// Whether sessions have directories and links in them.
    pub nested: bool,
    /// Whether files have owners and attributes of their own.
    pub has_owners: bool,
    /// The host of each process; none: all on one.
    pub hosts: &'static [u32],
    /// Whether calls fail: then nobody need find a source, and collections may leave things.
    pub has_faults: bool,
    /// Whether two processes may draw one name.
    pub has_collisions: bool,
    /// Whether the power may go.
    pub loses_power: bool,
    /// Whether the clock may jump to where no session can be named.
    pub has_jumps: bool,
    /// The one oracle that is asked; `None`: all of them.
    pub only: Option<&'static str>,
    /// Who plays.
    pub parts: Vec<Part>,
}

/// Times in plays are so coarse that they tell nothing apart: fewer states are different.
const COARSE: Duration = Duration::from_secs(2);

impl Play {
    /// These processes on a unit with so many published sessions, on a file system as it should be.
    pub fn new(name: &'static str, published: usize, parts: &[Part]) -> Self {
        Self {
            name,
            published,
            profile: Profile { time_step: COARSE, ..Profile::posix() },
            lost_locks: false,
            is_damaged: false,
            leftover: false,
            frozen_clock: false,
            foreign: false,
            nested: false,
            has_owners: false,
            hosts: &[],
            has_faults: false,
            has_collisions: false,
            loses_power: false,
            has_jumps: false,
            only: None,
            parts: parts.to_vec(),
        }
    }

    fn on(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    fn faulty(self) -> Self {
        Self { has_faults: true, ..self }
    }

    fn unit() -> UnitName {
        UnitName::new("unit", 7).expect("BUG: a good name")
    }

    pub(super) fn stage(&self) -> Stage {
        let is_lawless = self.parts.iter().any(|part| part.is_lawless());
        let Profile { locks, has_layers, renames_open, remove_open, .. } = self.profile;
        let locks_lie = !self.profile.locks_exclude_all();
        let refuses = has_layers || !renames_open || remove_open != Profile::posix().remove_open;
        let is_calm = !is_lawless && !self.has_faults && !locks_lie && !refuses;
        Stage {
            unit: name(Self::unit()),
            unit_name: Self::unit(),
            parts: self.parts.clone(),
            only: self.only,
            is_lawless,
            is_never_empty: self.published > 0 && is_calm,
            has_faults: self.has_faults,
            has_jumps: self.has_jumps,
            locks_lie,
            has_no_locks: locks == Locks::Unsupported,
            deletes_in_place: has_layers,
            refuses,
            is_seed: self.parts.iter().any(|part| part.is_seed()),
            forgets: !locks_lie && !is_lawless && !self.loses_power && !self.lost_locks,
            has_leftover: self.leftover,
            names_recur: self.frozen_clock || self.has_collisions,
            loses_power: self.loses_power,
            is_ours_on_odd_clocks: self.profile.clock_skew != 0
                && !self.parts.contains(&Part::Rustc),
            is_promised: self
                .parts
                .iter()
                .all(|part| matches!(part, Part::Consistent | Part::Durable | Part::Collector)),
            has_foreign: self.foreign,
        }
    }
}

/// All plays.
pub fn plays() -> Vec<Play> {
    use Part::{
        Abandoner, Careful, Cleaner, Cloner, Collector, Copier, InPlace, LockThief, Reader,
        Replacer, Rustc, SeedCollector, Storer, Vandal, Writer, WriterCollector,
    };
    let play = Play::new;
    let lying = |name, parts: &[Part]| {
        let locks = Locks::AlwaysGranted;
        play(name, 3, parts).on(Profile { locks, time_step: COARSE, ..Profile::posix() })
    };
    let lost =
        |name, published, parts: &[Part]| Play { lost_locks: true, ..play(name, published, parts) };
    let lone = |name, only, parts: &[Part]| Play { only: Some(only), ..play(name, 2, parts) };
    let hosts = |play: Play| Play { hosts: &[0, 1], ..play };
    let ahead = |seconds| Profile { clock_skew: seconds, time_step: COARSE, ..Profile::posix() };
    let fine = Profile::posix();
    vec![
        play("writer", 1, &[WriterCollector]),
        play("two-writers", 2, &[Writer, Writer]),
        play("two-writers-empty", 0, &[Writer, Writer]),
        play("two-writers-three", 3, &[Writer, Writer]),
        play("writer-reader", 2, &[WriterCollector, Reader]),
        play("writer-collector", 3, &[WriterCollector, Collector]),
        play("two-collectors", 3, &[Collector, Collector]),
        play("abandoner", 2, &[Abandoner, WriterCollector]),
        play("collector-reader", 3, &[Collector, Reader]),
        play("two-full-sessions", 2, &[WriterCollector, WriterCollector]),
        play("two-full-sessions-empty", 0, &[WriterCollector, WriterCollector]),
        play("writer-collector-reader", 2, &[Writer, Collector, Reader]),
        play("two-writers-reader", 2, &[Writer, Writer, Reader]),
        play("two-writers-collector", 1, &[Writer, Writer, Collector]),
        play("overtaken", 2, &[Reader, WriterCollector, WriterCollector]),
        play("newborn", 0, &[Writer, Collector, Reader]),
        play("three-writers", 2, &[Writer, Writer, Writer]),
        play("three-full-sessions", 2, &[WriterCollector; 3]),
        Play { foreign: true, ..play("foreign", 3, &[WriterCollector, Collector]) },
        Play { nested: true, ..play("nested", 2, &[WriterCollector, Reader]) },
        play("careful", 2, &[Careful, Collector]).on(fine.clone()),
        play("copier", 2, &[Copier, Collector]).on(fine.clone()),
        play("cloner", 2, &[Cloner, Collector]).on(Profile { clones: true, ..fine.clone() }),
        play("in-place", 2, &[InPlace, WriterCollector]).on(fine.clone()),
        play("replacer", 2, &[Replacer, WriterCollector]),
        play("replacer-reader", 2, &[Replacer, Reader]),
        play("cleaner", 2, &[Cleaner, Writer]),
        play("cleaner-reader", 2, &[Cleaner, Reader]),
        play("vandal", 2, &[Vandal, Writer]),
        play("vandal-reader", 2, &[Vandal, Reader]),
        play("vandal-readers", 2, &[Vandal, Reader, Reader]),
        play("lock-thief", 2, &[LockThief, WriterCollector, Reader]),
        play("rustc-collector", 3, &[Rustc, Collector]),
        hosts(play("rustc-behind", 3, &[Collector, Rustc]).on(ahead(-3600))),
        play("rustc-writer", 2, &[Rustc, WriterCollector]),
        Play { frozen_clock: true, ..play("namesakes", 1, &[Writer, Writer]) },
        Play {
            frozen_clock: true,
            has_jumps: true,
            ..play("namesakes-collector", 1, &[Writer, Writer, Collector])
        },
        Play {
            frozen_clock: true,
            hosts: &[0, 0, 1],
            ..play("namesakes-ahead", 1, &[Writer, Writer, Collector]).on(ahead(40))
        },
        Play {
            frozen_clock: true,
            leftover: true,
            ..play("namesakes-leftover", 1, &[Collector, Collector, Writer])
        },
        Play { frozen_clock: true, ..play("three-namesakes", 0, &[Writer; 3]) },
        Play { has_jumps: true, ..play("jumps-writer", 1, &[WriterCollector]) },
        Play { has_jumps: true, ..play("jumps-two-writers", 2, &[Writer, Writer]) },
        Play { has_jumps: true, ..play("jumps-collector", 3, &[WriterCollector, Collector]) },
        Play { has_jumps: true, ..play("jumps-unborn", 2, &[WriterCollector, Collector]) }
            .on(Profile { rename_new: false, ..fine.clone() }),
        lone("rustc-collects", "LIVE-KEPT", &[Writer, SeedCollector]),
        Play { is_damaged: true, ..lone("damaged", "COLD", &[WriterCollector, Collector]) },
        Play { is_damaged: true, ..lone("damaged-copies", "COLD", &[Copier, Collector]) },
        Play {
            is_damaged: true,
            nested: true,
            // None to make it out of, which would have what is missing.
            published: 1,
            ..lone("damaged-below", "SEED-EXACT", &[Writer, Collector])
        },
        lost("lost-lock-collectors", 3, &[Collector, Collector]),
        lost("lost-lock-writer", 1, &[Writer, Collector]),
        lost("lost-lock-reader", 1, &[Reader, Collector]),
        lost("lost-locks-reader", 3, &[Reader, Collector]),
        play("tmpfs", 2, &[WriterCollector, Collector]).on(Profile::tmpfs()),
        play("storers", 2, &[Storer, Storer]).on(Profile::tmpfs()),
        play("fat", 2, &[Writer, WriterCollector]).on(Profile::fat()),
        hosts(play("nfs", 2, &[Writer, WriterCollector]).on(Profile::nfs())),
        hosts(
            play("nfs-local-locks", 3, &[WriterCollector, Collector])
                .on(Profile::nfs_with_local_locks()),
        ),
        hosts(
            play("nfs-lying-locks", 2, &[WriterCollector, Reader])
                .on(Profile::nfs_with_lying_locks()),
        ),
        play("windows", 2, &[Writer, WriterCollector]).on(Profile::windows()),
        play("windows-reader", 2, &[WriterCollector, Reader]).on(Profile::windows()),
        play("virtiofs", 2, &[WriterCollector, Collector]).on(Profile::virtiofs()),
        play("overlay", 3, &[WriterCollector, Reader]).on(Profile::overlay()),
        play("no-locks", 0, &[Writer, WriterCollector])
            .on(Profile { locks: Locks::Unsupported, ..fine.clone() }),
        lying("lying-locks", &[Writer, WriterCollector]),
        lying("lying-locks-collector", &[WriterCollector, Collector]),
        lying("lying-locks-overtaken", &[Writer; 3]),
        lying("lying-locks-copier", &[Copier, Collector])
            .on(Profile { locks: Locks::AlwaysGranted, ..fine.clone() }),
        play("faults-writer", 2, &[WriterCollector]).faulty(),
        play("faults-first-writer", 0, &[WriterCollector]).faulty(),
        play("faults-abandoner", 2, &[Abandoner]).faulty(),
        play("faults-reader", 2, &[Reader]).faulty(),
        play("faults-collector", 3, &[Collector, Writer]).faulty(),
        play("faults-copier", 2, &[Copier]).on(fine.clone()).faulty(),
        Play { has_owners: true, ..play("faults-owners", 2, &[Copier]).on(fine.clone()).faulty() },
        play("faults-cloner", 2, &[Cloner]).on(Profile { clones: true, ..fine.clone() }).faulty(),
        Play { nested: true, ..play("faults-nested", 2, &[WriterCollector]).faulty() },
        Play { lost_locks: true, ..play("faults-lost-locks", 1, &[Collector, Reader]).faulty() },
        play("faults-careful", 2, &[Careful]).on(fine).faulty(),
        play("faults-fat", 2, &[WriterCollector]).on(Profile::fat()).faulty(),
        hosts(play("faults-nfs", 2, &[WriterCollector]).on(Profile::nfs()).faulty()),
        play("faults-windows", 2, &[WriterCollector]).on(Profile::windows()).faulty(),
        play("faults-virtiofs", 2, &[WriterCollector]).on(Profile::virtiofs()).faulty(),
        play("faults-overlay", 2, &[WriterCollector]).on(Profile::overlay()).faulty(),
    ]
}

/// Plays in which the power goes.
pub fn power_plays() -> Vec<Play> {
    use Part::{Collector, Consistent, Durable, Writer, WriterCollector};
    let play = |name, published, parts: &[Part]| {
        let profile = Profile { time_step: Duration::from_secs(86_400), ..Profile::posix() };
        Play { loses_power: true, ..Play::new(name, published, parts).on(profile) }
    };
    vec![
        play("power-first", 0, &[Writer, Writer]),
        play("power-detect", 2, &[Writer, WriterCollector]),
        play("power-consistent-first", 0, &[Consistent, Consistent]),
        play("power-consistent", 2, &[Consistent, Consistent]),
        play("power-collected", 3, &[Consistent, Collector]),
        play("power-durable-first", 0, &[Durable, Durable]),
        play("power-durable", 2, &[Durable, Durable]),
    ]
}

impl Scenario for Play {
    fn disk(&self) -> MemDisk {
        let locks = match self.profile.locks {
            // Somebody must have published all the same.
            Locks::Unsupported => Locks::PerOpenFile,
            locks => locks,
        };
        let disk = MemDisk::new(Profile { locks, ..self.profile.clone() });
        let vfs = disk.process();
        (0..self.published).for_each(|number| self.publish(&vfs, number));
        if self.lost_locks {
            lose_locks(&vfs);
        }
        if self.is_damaged {
            damage(&vfs);
        }
        if self.foreign {
            plant_foreign(&vfs);
        }
        vfs.end();
        disk.set_locks(self.profile.locks);
        if self.profile.has_layers {
            disk.begin_layer();
        }
        disk.set_ticks(if self.frozen_clock { Ticks::Never } else { Ticks::Own });
        // What lies there is older than any grace.
        disk.advance(Duration::from_secs(3600));
        if self.leftover {
            let vfs = disk.process();
            let begun = begin(&vfs, &vfs.root(), &Self::unit(), &options(SeedMode::Link));
            disk.kill(&vfs);
            drop(begun.expect("begin"));
        }
        if self.loses_power {
            disk.begin_journal();
        }
        disk
    }

    fn setup(&self) -> Setup {
        let stage = Arc::new(self.stage());
        let program = |(number, part): (usize, &Part)| -> Program {
            let (part, stage) = (*part, Arc::clone(&stage));
            let program = Program::new(move |vfs| part.play(vfs, &stage));
            program.on_host(self.hosts.get(number).copied().unwrap_or_default())
        };
        let recovery = {
            let stage = Arc::clone(&stage);
            Program::new(move |vfs| recovers(vfs, &stage))
        };
        Setup {
            programs: self.parts.iter().enumerate().map(program).collect(),
            recovery: vec![recovery],
            oracle: Box::new(Watch { stage, ghost: Arc::new(Ghost::default()) }),
        }
    }
}

impl Play {
    /// Publishes the session of this number.
    fn publish(&self, vfs: &MemVfs, number: usize) {
        let root = vfs.root();
        // Only of copies is it recorded what would show a change.
        let stores = self.parts.contains(&Part::Storer);
        let seed = match number {
            0 => SeedMode::None,
            _ if stores => SeedMode::Copy,
            _ => SeedMode::Link,
        };
        let lasting = if self.loses_power { Durability::Durable } else { Durability::Detect };
        let options = options(seed).durability(lasting);
        let session = begin(vfs, &root, &Self::unit(), &options).expect("begin");
        let dir = session.dir();
        let is_last = number + 1 == self.published;
        if is_last && number > 0 {
            vfs.remove_file(dir, &name("gone")).expect("remove");
        }
        // Of three, the older two have one file that the newest has not.
        let files = if self.published < 3 { &FILES[..3] } else { &FILES };
        for file in files {
            if number == 0 || *file == "changed" || *file == "late" && is_last {
                let file = create(vfs, dir, &name(file)).expect("create");
                vfs.write_at(&file, 0, &[number as u8]).expect("write");
            }
        }
        if self.has_owners {
            give_away(vfs, dir);
        }
        if self.nested && number == 0 {
            vfs.create_dir(dir, &name("below")).expect("directory");
            let below = vfs.open_dir(dir, &name("below")).expect("open");
            drop(create(vfs, &below, &name("file")).expect("create"));
            vfs.symlink(&"below/file".into(), dir, &name("link")).expect("link");
        }
        if stores {
            // Times have settled.
            vfs.pause(Duration::from_millis(50));
        }
        publish(session, Hash::new(0)).expect("publish");
    }
}

/// One file belongs to somebody else, and says something about itself.
fn give_away(vfs: &MemVfs, dir: &MemDir) {
    let file = vfs.open_file(dir, &name("shared"), Access::ReadWrite).expect("open");
    let note = Extended::new("user.note", b"kept".to_vec());
    vfs.set_extended(Handle::File(&file), &note).expect("set");
    vfs.set_owner(Handle::File(&file), Owner::new(1, 1)).expect("give");
}

const FILES: [&str; 4] = ["shared", "changed", "gone", "late"];

/// What filters and archives do.
fn lose_locks(vfs: &MemVfs) {
    let unit = vfs.open_dir(&vfs.root(), &name(Play::unit())).expect("unit");
    for entry in vfs.list(&unit).expect("list") {
        let entry = entry.expect("entry").name;
        if entry.to_str().is_some_and(|name| name.ends_with(".lock")) {
            vfs.remove_file(&unit, &entry).expect("remove");
        }
    }
}

/// What `rm -rf` does that was stopped: the newest session has lost the file that it changed, or one further below, which
/// nothing at its top shows.
fn damage(vfs: &MemVfs) {
    let unit = vfs.open_dir(&vfs.root(), &name(Play::unit())).expect("unit");
    let entries =
        vfs.list(&unit).expect("list").into_iter().map(|entry| entry.expect("entry").name);
    let sessions =
        entries.filter(|name| name.to_str().is_some_and(|name| !name.ends_with(".lock")));
    let newest = vfs.open_dir(&unit, &sessions.max().expect("a session")).expect("open");
    match vfs.open_dir(&newest, &name("below")) {
        Ok(below) => vfs.remove_file(&below, &name("file")).expect("remove"),
        Err(_) => vfs.remove_file(&newest, &name("changed")).expect("remove"),
    }
}

/// A directory with a file outside, and in the unit names like ours: a directory, a link to what is outside, files.
fn plant_foreign(vfs: &MemVfs) {
    let root = vfs.root();
    vfs.create_dir(&root, &name(OUTSIDE)).expect("outside");
    let outside = vfs.open_dir(&root, &name(OUTSIDE)).expect("open");
    drop(vfs.create_file(&outside, &name("precious")).expect("file"));
    let unit = vfs.open_dir(&root, &name(Play::unit())).expect("unit");
    let [directory, link, files @ ..] = FOREIGN;
    vfs.create_dir(&unit, &name(directory)).expect("directory");
    vfs.symlink(&format!("/{OUTSIDE}").into(), &unit, &name(link)).expect("link");
    for file in files {
        drop(vfs.create_file(&unit, &name(file)).expect("file"));
    }
}
