//! The driver of a storm: starts, kills, starts again, and takes stock.

use std::error::Error;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use incrdir_gc::{Fate, Limits, MIN_GRACE, Mode, Place, Why, collect, operate};
use incrdir_session::{Unit, unpin};
use incrdir_vfs::{CapVfs, Vfs};

use super::content::verify;

use super::log::{Event, read};
use super::roles::unit;
use crate::fixture::name;
use crate::usual::policy;

/// How long and how hard.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Stop after this many sessions have been published or abandoned.
    pub sessions: usize,
    /// Stop after this time in any case.
    pub time_limit: Duration,
    /// Processes that run sessions.
    pub workers: usize,
    /// Whether there are many units, evictors, and pinners.
    pub has_operators: bool,
    /// Where: an existing directory.
    pub dir: PathBuf,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Sessions begun.
    pub begun: usize,
    /// Sessions published.
    pub published: usize,
    /// Sessions abandoned.
    pub abandoned: usize,
    /// Sessions that began cold although published ones were seen.
    pub cold: usize,
    /// Collections that ended.
    pub collections: usize,
    /// Sessions read, twice each.
    pub reads: usize,
    /// Sessions evicted.
    pub evicted: usize,
    /// Pins that held as long as they should.
    pub pinned: usize,
    /// Processes killed.
    pub kills: usize,
    /// What must never be, in words.
    pub violations: Vec<String>,
    /// How long it took.
    pub time: Duration,
}

const READERS: usize = 2;
const COLLECTORS: usize = 2;
const KEEP: usize = 2;
/// With operators: enough for some to have nobody who works in them.
const UNITS: u32 = 24;
/// A process lives at most so long. Collectors and the like get further than their first deletions. Where that is too short for sessions
/// to end, as on network mounts, all live longer.
const MAX_LIFE_MILLIS: u32 = 120;
const MAX_COLLECTOR_LIFE_MILLIS: u32 = 1000;
/// So long without the end of a session is too long.
const DROUGHT: Duration = Duration::from_secs(2);
const MAX_STRETCH: u32 = 64;
/// Between two looks at the log.
const LOOK: Duration = Duration::from_millis(50);

/// Runs a storm with the program `exe`, which must be the storm's own.
///
/// # Errors
///
/// If processes cannot be started or the outcome not be read. What went wrong with sessions is in
/// [`Outcome::violations`].
pub fn drive(exe: &Path, plan: &Plan) -> Result<Outcome, Box<dyn Error>> {
    let (vfs, _) = CapVfs::open_ambient_dir(&plan.dir)?;
    let (root, log) = (plan.dir.join("root"), plan.dir.join("log"));
    std::fs::create_dir(&root)?;
    std::fs::write(&log, "")?;
    let (roles, units) = (roles(plan), if plan.has_operators { UNITS } else { 1 });
    let start = Instant::now();
    let (mut looked, mut last_end, mut last_ended, mut stretch) = (start, start, 0, 1);
    let mut kills = 0;
    let mut running = Vec::new();
    for role in &roles {
        running.push(Running::start(&vfs, exe, (role, units), &root, &log, stretch)?);
    }
    while start.elapsed() < plan.time_limit {
        for (process, role) in running.iter_mut().zip(&roles) {
            let ended = process.child.try_wait()?.is_some();
            if ended || process.start.elapsed() > process.life {
                kills += usize::from(!ended);
                process.kill()?;
                *process = Running::start(&vfs, exe, (role, units), &root, &log, stretch)?;
            }
        }
        vfs.pause(Duration::from_millis(2));
        if looked.elapsed() < LOOK {
            continue;
        }
        looked = Instant::now();
        let ended = read(&log, Event::Published)?.len() + read(&log, Event::Abandoned)?.len();
        if ended > last_ended {
            (last_end, last_ended) = (looked, ended);
        } else if looked.duration_since(last_end) > DROUGHT && stretch < MAX_STRETCH {
            (last_end, stretch) = (looked, 2 * stretch);
        }
        let is_wrong = !read(&log, Event::Violation)?.is_empty();
        if is_wrong || ended >= plan.sessions {
            break;
        }
    }
    for mut process in running {
        process.kill()?;
        kills += 1;
    }
    let time = start.elapsed();
    let mut violations = read(&log, Event::Violation)?;
    for number in 0..units {
        violations.extend(aftermath(&root, number)?);
    }
    violations.extend(last_eviction(&root)?);
    Ok(Outcome {
        begun: read(&log, Event::Begun)?.len(),
        published: read(&log, Event::Published)?.len(),
        abandoned: read(&log, Event::Abandoned)?.len(),
        cold: read(&log, Event::Cold)?.len(),
        collections: read(&log, Event::Collected)?.len(),
        reads: read(&log, Event::Read)?.len(),
        evicted: read(&log, Event::Evicted)?.len(),
        pinned: read(&log, Event::Pinned)?.len(),
        kills,
        violations,
        time,
    })
}

fn roles(plan: &Plan) -> Vec<&'static [&'static str]> {
    let seeds: [&[&str]; 4] =
        [&["worker", "link"], &["worker", "link"], &["worker", "auto"], &["worker", "copy"]];
    let mut roles: Vec<_> = seeds.into_iter().cycle().take(plan.workers).collect();
    roles.extend([&["collector"][..]; COLLECTORS]);
    roles.extend([&["reader"][..]; READERS]);
    if plan.has_operators {
        roles.extend([&["evictor"][..], &["evictor"], &["pinner"], &["unit-pinner"]]);
    }
    roles
}

struct Running {
    child: Child,
    start: Instant,
    life: Duration,
}

impl Running {
    fn start(
        vfs: &CapVfs,
        exe: &Path,
        (role, units): (&[&str], u32),
        root: &Path,
        log: &Path,
        stretch: u32,
    ) -> io::Result<Self> {
        let mut command = Command::new(exe);
        command.args(role).arg(units.to_string()).arg(root).arg(log);
        let child = command.stdin(Stdio::null()).spawn()?;
        let max = if role[0] == "worker" || role[0] == "reader" {
            MAX_LIFE_MILLIS
        } else {
            MAX_COLLECTOR_LIFE_MILLIS
        };
        let life = Duration::from_millis(u64::from(2 + vfs.random() % (max * stretch)));
        Ok(Self { child, start: Instant::now(), life })
    }

    fn kill(&mut self) -> io::Result<()> {
        // It may have ended by itself: then there is only its status to take.
        let _ = self.child.kill();
        self.child.wait().map(drop)
    }
}

/// When all are dead: one collection leaves the newest sessions of a unit and nothing else, and a second one finds
/// nothing to do.
fn aftermath(root: &Path, number: u32) -> Result<Vec<String>, Box<dyn Error>> {
    let (vfs, root) = CapVfs::open_ambient_dir(root)?;
    if number == 0 {
        vfs.pause(MIN_GRACE + Duration::from_millis(100));
    }
    let Some(unit) = Unit::open(&vfs, &root, &unit(number))? else { return Ok(Vec::new()) };
    // Whoever died while it was pinning left a pin without an end.
    for entry in unit.list()?.pins {
        let _ = unpin(&unit, entry, None)?;
    }
    let policy = policy(KEEP).grace(MIN_GRACE);
    let mut wrong = Vec::new();

    let expected: Vec<_> = unit.list()?.published().take(KEEP).collect();
    let first = collect(&unit, &policy, Mode::Collect)?;
    // Where locks may lie, a lock file whose maker died before it said who it is has a day.
    for outcome in first.disposals {
        let is_doubtful = matches!(outcome.fate, Fate::Left(Why::Doubtful));
        if is_doubtful && vfs.stat(unit.dir(), &name(outcome.entry))?.len > 0 {
            wrong.push(format!("{} says who its writer was, and is spared", outcome.entry));
        }
    }
    let policy = policy.patience(MIN_GRACE);
    let report = collect(&unit, &policy, Mode::Collect)?;
    wrong.extend(report.failures().map(|(entry, error)| format!("collecting {entry}: {error:?}")));
    let catalog = unit.list()?;
    let kept: Vec<_> = catalog.published().collect();
    let entries = vfs.list(unit.dir())?.len();
    if kept != expected || entries != 2 * expected.len() {
        wrong.push(format!("kept {kept:?}, not {expected:?}, of {entries} entries: {catalog:?}"));
    }
    for session in kept {
        let dir = vfs.open_dir(unit.dir(), &name(session))?;
        wrong.extend(verify(&vfs, &dir).err().map(|wrong| format!("{session} {wrong}")));
    }
    let again = collect(&unit, &policy, Mode::Collect)?;
    if !again.disposals.iter().all(|outcome| matches!(outcome.fate, Fate::Kept(Why::Newest))) {
        wrong.push(format!("a second collection found something to do: {again:?}"));
    }
    Ok(wrong)
}

/// And then one eviction leaves nothing at all.
fn last_eviction(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let (vfs, root) = CapVfs::open_ambient_dir(root)?;
    let policy = policy(KEEP).limits(Limits::default().max_age(Duration::ZERO));
    let watch = &mut |_, _: &_, _: &_| ControlFlow::Continue(());
    let done = operate(&vfs, &[Place::new(&root)], &policy, Mode::Collect, watch);
    Ok(match vfs.list(&root)?.len() {
        0 => Vec::new(),
        left => vec![format!("{left} units are left after an eviction: {done:?}")],
    })
}
