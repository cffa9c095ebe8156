//! All plays, and how far each is explored.

use std::rc::Rc;

use incrdir_naming::{Hash, UnitName};
use incrdir_session::{SeedMode, begin, create, publish};
use incrdir_vfs::sim::{Bounds, Cast, Program, Scenario};
use incrdir_vfs::{Locks, MemDisk, Profile, Vfs};

use super::ghost::Ghost;
use super::parts::{Part, Stage};
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
    /// Whether the clock stands still.
    pub frozen_clock: bool,
    /// Whether calls fail: then nobody need find a source, and collections may leave things.
    pub has_faults: bool,
    /// The one oracle that is asked; `None`: all of them.
    pub only: Option<&'static str>,
    /// Who plays.
    pub parts: Vec<Part>,
}

/// A play and how far it is explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The play.
    pub play: Play,
    /// How far.
    pub bounds: Bounds,
    /// Whether it is short enough for every run of CI.
    pub is_short: bool,
}

impl Play {
    pub(super) fn new(name: &'static str, published: usize, parts: Vec<Part>) -> Self {
        Self {
            name,
            published,
            profile: Profile::posix(),
            lost_locks: false,
            frozen_clock: false,
            has_faults: false,
            only: None,
            parts,
        }
    }

    fn unit() -> UnitName {
        UnitName::new("unit", 7).expect("BUG: a good name")
    }
}

/// All plays.
pub fn plays() -> Vec<Play> {
    use Part::{
        Abandoner, Careful, Cleaner, Collector, Copier, Reader, Vandal, Writer, WriterCollector,
    };
    let faulty =
        |name, published, parts| Play { has_faults: true, ..Play::new(name, published, parts) };
    let lying = |name, parts| Play {
        profile: Profile { locks: Locks::AlwaysGranted, ..Profile::posix() },
        ..Play::new(name, 3, parts)
    };
    let lost = |name, parts| Play { lost_locks: true, ..Play::new(name, 1, parts) };
    vec![
        Play::new("writer", 1, vec![WriterCollector]),
        Play::new("two-writers", 2, vec![Writer, Writer]),
        Play::new("two-writers-empty", 0, vec![Writer, Writer]),
        Play::new("writer-reader", 2, vec![WriterCollector, Reader]),
        Play::new("writer-collector", 3, vec![WriterCollector, Collector]),
        Play::new("two-collectors", 3, vec![Collector, Collector]),
        Play::new("abandoner", 2, vec![Abandoner, WriterCollector]),
        Play::new("collector-reader", 3, vec![Collector, Reader]),
        Play::new("cleaner", 2, vec![Cleaner, Writer]),
        Play::new("two-full-sessions", 2, vec![WriterCollector, WriterCollector]),
        Play::new("writer-collector-reader", 2, vec![Writer, Collector, Reader]),
        Play::new("two-writers-collector", 1, vec![Writer, Writer, Collector]),
        Play::new("overtaken", 2, vec![Reader, WriterCollector, WriterCollector]),
        Play::new("newborn", 0, vec![Writer, Collector, Reader]),
        Play::new("three-full-sessions", 2, vec![WriterCollector; 3]),
        faulty("faults-writer", 2, vec![WriterCollector]),
        faulty("faults-first-writer", 0, vec![WriterCollector]),
        faulty("faults-abandoner", 2, vec![Abandoner]),
        faulty("faults-reader", 2, vec![Reader]),
        faulty("faults-collector", 3, vec![Collector, Writer]),
        faulty("faults-copier", 2, vec![Copier]),
        Play { lost_locks: true, ..faulty("faults-lost-locks", 1, vec![Collector, Reader]) },
        faulty("faults-careful", 2, vec![Careful]),
        Play::new("careful", 2, vec![Careful, Collector]),
        Play::new("vandal", 2, vec![Vandal, Writer]),
        Play::new("cleaner-reader", 2, vec![Cleaner, Reader]),
        Play::new("copier", 2, vec![Copier, Collector]),
        Play { frozen_clock: true, ..Play::new("namesakes", 1, vec![Writer, Writer]) },
        Play {
            profile: Profile::fat(),
            ..Play::new("fat-writers", 2, vec![Writer, WriterCollector])
        },
        Play { profile: Profile::fat(), ..faulty("faults-fat", 2, vec![WriterCollector]) },
        Play {
            profile: no_rename_new(),
            ..Play::new("linked-births", 2, vec![Writer, WriterCollector])
        },
        Play {
            profile: no_rename_new(),
            ..faulty("faults-linked-births", 2, vec![WriterCollector])
        },
        lying("lying-locks", vec![Writer, WriterCollector]),
        lying("lying-locks-collector", vec![WriterCollector, Collector]),
        lying("lying-locks-overtaken", vec![Writer; 3]),
        lying("lying-locks-copier", vec![Copier, Collector]),
        lost("lost-lock-collectors", vec![Collector, Collector]),
        lost("lost-lock-writer", vec![Writer, Collector]),
        lost("lost-lock-reader", vec![Reader, Collector]),
    ]
}

/// Network file systems: a rename cannot refuse to replace, and listings tell no inode numbers.
fn no_rename_new() -> Profile {
    Profile {
        name: "mem-network",
        rename_new: false,
        listed_inodes_are_true: false,
        ..Profile::posix()
    }
}

/// All plays with their bounds, the short ones first.
pub fn acts() -> Vec<Act> {
    let bounds = |preemptions, kills| Bounds { preemptions, kills, ..Bounds::default() };
    let of = |name: &str, preemptions, kills, is_short| {
        let play = plays().into_iter().find(|play| play.name == name);
        let play = play.unwrap_or_else(|| panic!("BUG: there is no play {name}"));
        Act { play, bounds: bounds(preemptions, kills), is_short }
    };
    const ALL: u32 = u32::MAX;
    let faults = |name, faults, is_short| {
        let mut act = of(name, 0, 0, is_short);
        act.bounds.faults = faults;
        act
    };
    let jumps = |name, preemptions, kills, is_short| {
        let mut act = of(name, preemptions, kills, is_short);
        act.bounds.jumps = 1;
        act
    };
    let collisions = |name, preemptions, kills, is_short| {
        let mut act = of(name, preemptions, kills, is_short);
        act.bounds.collisions = 1;
        act
    };
    vec![
        faults("faults-writer", 1, true),
        faults("faults-first-writer", 1, true),
        faults("faults-abandoner", 1, true),
        faults("faults-reader", 1, true),
        faults("faults-collector", 1, true),
        faults("faults-copier", 1, true),
        faults("faults-careful", 1, true),
        faults("faults-lost-locks", 1, true),
        faults("faults-fat", 1, true),
        faults("faults-linked-births", 1, true),
        of("fat-writers", 1, 1, true),
        of("linked-births", 1, 1, true),
        of("copier", 1, 1, true),
        of("lying-locks", 1, 1, true),
        of("lying-locks", 2, 1, false),
        of("lying-locks-collector", 2, 1, true),
        of("lying-locks-overtaken", 1, 0, true),
        of("lying-locks-copier", 2, 1, true),
        of("careful", 1, 1, true),
        of("cleaner-reader", 2, 1, true),
        of("vandal", 2, 1, true),
        jumps("writer", ALL, 1, true),
        jumps("two-writers", 1, 0, true),
        jumps("writer-collector", 1, 0, true),
        collisions("namesakes", 1, 1, true),
        collisions("namesakes", 2, 0, false),
        jumps("two-full-sessions", 1, 1, false),
        faults("faults-writer", 2, true),
        faults("faults-first-writer", 2, true),
        faults("faults-collector", 2, true),
        faults("faults-copier", 2, true),
        of("writer", ALL, 1, true),
        of("two-writers-empty", 2, 1, true),
        of("two-writers", 2, 1, true),
        of("writer-reader", 2, 1, true),
        of("writer-collector", 2, 0, true),
        of("two-collectors", 2, 1, true),
        of("abandoner", 1, 1, true),
        of("collector-reader", 2, 1, true),
        of("cleaner", 1, 1, true),
        of("lost-lock-collectors", 3, 1, true),
        of("lost-lock-writer", 2, 1, true),
        of("lost-lock-reader", 3, 1, true),
        of("two-full-sessions", 1, 1, true),
        of("writer-collector-reader", 1, 0, true),
        of("two-writers-collector", 2, 0, true),
        of("overtaken", 1, 0, true),
        of("newborn", 2, 1, true),
        of("newborn", 3, 0, true),
        of("two-writers-empty", ALL, 1, false),
        of("two-writers", ALL, 1, false),
        of("writer-reader", ALL, 1, false),
        of("writer-collector", ALL, 1, false),
        of("two-collectors", ALL, 1, false),
        of("abandoner", ALL, 1, false),
        of("collector-reader", ALL, 1, false),
        of("cleaner", ALL, 1, false),
        of("lost-lock-collectors", ALL, 1, false),
        of("lost-lock-writer", ALL, 1, false),
        of("lost-lock-reader", ALL, 1, false),
        of("writer-collector-reader", 2, 1, false),
        of("two-full-sessions", ALL, 0, false),
        of("three-full-sessions", 1, 0, false),
        of("three-full-sessions", 2, 0, false),
        of("two-full-sessions", ALL, 1, false),
    ]
}

impl Scenario for Play {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(self.profile.clone());
        let vfs = disk.process();
        let root = vfs.root();
        for number in 0..self.published {
            let seed = if number == 0 { SeedMode::None } else { SeedMode::Link };
            let session = begin(&vfs, &root, &Self::unit(), &options(seed)).expect("begin");
            if number + 1 == self.published && number > 0 {
                vfs.remove_file(session.dir(), &name("gone")).expect("remove");
            }
            for file in ["shared", "changed", "gone"] {
                if number == 0 || file == "changed" {
                    let file = create(&vfs, session.dir(), &name(file)).expect("create");
                    vfs.write_at(&file, 0, &[number as u8]).expect("write");
                }
            }
            publish(session, Hash::new(0)).expect("publish");
        }
        vfs.end();
        if self.lost_locks {
            let unit = vfs.open_dir(&root, &name(Self::unit())).expect("unit");
            for entry in vfs.list(&unit).expect("list") {
                let entry = entry.expect("entry").name;
                if entry.to_str().is_some_and(|name| name.ends_with(".lock")) {
                    vfs.remove_file(&unit, &entry).expect("remove");
                }
            }
        }
        disk.freeze_clock(self.frozen_clock);
        // What lies there is older than any grace.
        disk.advance(std::time::Duration::from_secs(3600));
        disk
    }

    fn start(&self, disk: &MemDisk) -> Cast {
        let unit = Self::unit();
        let ghost = Ghost::new(disk, &name(&unit));
        let is_lawless = self.parts.iter().any(|part| part.is_lawless());
        let locks_lie = !matches!(self.profile.locks, Locks::PerOpenFile);
        let is_never_empty = self.published > 0 && !is_lawless && !self.has_faults && !locks_lie;
        let stage = Rc::new(Stage {
            unit: unit.clone(),
            ghost: ghost.clone(),
            is_lawless,
            is_never_empty,
            has_faults: self.has_faults,
            locks_lie,
        });
        let program = |(number, part): (usize, &Part)| -> Program {
            let (part, stage) = (*part, Rc::clone(&stage));
            Box::new(move |vfs| part.play(vfs, &stage, number))
        };
        Cast {
            programs: self.parts.iter().enumerate().map(program).collect(),
            oracle: Box::new(Watch {
                ghost,
                unit,
                is_lawless,
                is_never_empty,
                has_faults: self.has_faults,
                locks_lie,
                is_seed: self.parts.iter().any(|part| part.is_seed()),
                only: self.only,
            }),
        }
    }
}
