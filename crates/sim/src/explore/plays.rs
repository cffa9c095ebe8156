//! All plays, and how far each is explored.

use std::rc::Rc;

use incrdir_naming::{Hash, UnitName};
use incrdir_session::{SeedMode, begin, create, publish};
use incrdir_vfs::sim::{Bounds, Cast, Program, Scenario};
use incrdir_vfs::{MemDisk, Profile, Vfs};

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
    /// Whether those have lost their lock files.
    pub lost_locks: bool,
    /// Whether the clock stands still.
    pub frozen_clock: bool,
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
    pub(super) const fn new(name: &'static str, published: usize, parts: Vec<Part>) -> Self {
        Self { name, published, lost_locks: false, frozen_clock: false, only: None, parts }
    }

    fn unit() -> UnitName {
        UnitName::new("unit", 7).expect("BUG: a good name")
    }
}

/// All plays.
pub fn plays() -> Vec<Play> {
    use Part::{Abandoner, Cleaner, Collector, Reader, Writer, WriterCollector};
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
        lost("lost-lock-collectors", vec![Collector, Collector]),
        lost("lost-lock-writer", vec![Writer, Collector]),
        lost("lost-lock-reader", vec![Reader, Collector]),
    ]
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
    vec![
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
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        let root = vfs.root();
        for number in 0..self.published {
            let seed = if number == 0 { SeedMode::None } else { SeedMode::Link };
            let session = begin(&vfs, &root, &Self::unit(), &options(seed)).expect("begin");
            for file in ["shared", "changed"] {
                if number == 0 || file == "changed" {
                    let file = create(&vfs, session.dir(), &name(file)).expect("create");
                    vfs.write_at(&file, 0, &[number as u8]).expect("write");
                }
            }
            publish(session, Hash::new(0)).expect("publish");
        }
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
        let is_lawless = self.parts.contains(&Part::Cleaner);
        let is_never_empty = self.published > 0 && !is_lawless;
        let stage =
            Rc::new(Stage { unit: unit.clone(), ghost: ghost.clone(), is_lawless, is_never_empty });
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
                is_seed: self.parts.iter().any(|part| part.is_seed()),
                only: self.only,
            }),
        }
    }
}
