//! The driver of a storm: starts, kills, starts again, and takes stock.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use incrdir_remote::{Objects, Store};

use super::content::verify;
use super::log::said;
use super::roles::{GRACE, LOG, ROLE, ROOT, STORE, is_whole};
use crate::stores::Place;
use crate::world::{Machine, unit};

const WRITERS: usize = 8;
/// A process lives at most so long. Where that is too short for pushes to end, all live longer.
const LIFE: Duration = Duration::from_millis(400);
/// Those who collect and look have more to do at a time.
const LONG_LIFE: Duration = Duration::from_secs(8);
const DROUGHT: Duration = Duration::from_secs(2);
const MAX_STRETCH: u32 = 16;

pub(super) struct Plan {
    /// Sessions that each writer is to push.
    pub(super) sessions: usize,
    /// After this time it ends in any case.
    pub(super) time: Duration,
    /// Long against a push, which has half of it, and against a look at all that is listed.
    pub(super) grace: Duration,
}

/// What came of it.
#[derive(Debug)]
#[expect(dead_code, reason = "it is printed")]
pub(super) struct Outcome {
    pub(super) pushed: usize,
    /// Pushed by an earlier process that died before it could say so.
    pub(super) before: usize,
    /// Taken back, because a collection was faster.
    pub(super) taken_back: usize,
    /// Given up, because half of the grace was over.
    pub(super) too_slow: usize,
    pub(super) pulled: usize,
    /// Looks at a listed session with all of its objects.
    pub(super) checked: usize,
    /// Removed while somebody looked at it.
    pub(super) gone: usize,
    pub(super) collections: usize,
    pub(super) expired: usize,
    pub(super) objects_deleted: usize,
    pub(super) kills: usize,
    /// Listed at the end, and each pulled whole.
    pub(super) listed: usize,
    pub(super) time: Duration,
    /// What must never be.
    pub(super) wrong: Vec<String>,
}

struct Process {
    role: &'static str,
    root: PathBuf,
    child: Child,
    born: Instant,
    life: Duration,
}

impl Process {
    fn start(
        (place, plan): (&Place, &Plan),
        role: &'static str,
        root: &Path,
        log: &Path,
        stretch: u32,
    ) -> Self {
        std::fs::create_dir_all(root).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["storm::process", "--exact", "--nocapture"]).stdin(Stdio::null());
        command.env(ROLE, role).env(ROOT, root).env(LOG, log);
        command.env(GRACE, plan.grace.as_secs().to_string());
        command.env(STORE, place.url.as_ref().expect("it is shared"));
        // What the harness says is of no interest, and what a panic says is.
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let most = match role {
            "writer" => LIFE * stretch,
            _ => LONG_LIFE * stretch,
        };
        let random = place.store.random() % (most.as_millis() as u64);
        let life = Duration::from_millis(5 + random);
        Self { role, root: root.into(), child, born: Instant::now(), life }
    }

    fn kill(&mut self) {
        // It may have ended by itself: then there is only its status to take.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// Whatever happens, none is left.
struct Processes(Vec<Process>);

impl Drop for Processes {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Process::kill);
    }
}

pub(super) fn drive(place: &Place, plan: &Plan) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let roles = [["writer"; WRITERS].as_slice(), &["collector", "reader"]].concat();
    let start = Instant::now();
    let machine = |(number, role): (usize, &&'static str)| {
        let root = dir.path().join(number.to_string());
        Process::start((place, plan), role, &root, &log, 1)
    };
    let mut processes = Processes(roles.iter().enumerate().map(machine).collect());
    let (mut kills, mut stretch, mut last, mut wrong) = (0, 1, (0, start), Vec::new());
    while start.elapsed() < plan.time {
        sleep(Duration::from_millis(5));
        for process in &mut processes.0 {
            let ended = process.child.try_wait().unwrap();
            if let Some(status) = ended {
                wrong.push(format!("a {} has ended: {status}", process.role));
            } else if process.born.elapsed() < process.life {
                continue;
            }
            kills += usize::from(ended.is_none());
            process.kill();
            let root = process.root.clone();
            *process = Process::start((place, plan), process.role, &root, &log, stretch);
        }
        let pushed = said(&log, "pushed").len();
        if pushed > last.0 {
            last = (pushed, Instant::now());
        } else if last.1.elapsed() > DROUGHT && stretch < MAX_STRETCH {
            (last.1, stretch) = (Instant::now(), 2 * stretch);
        }
        if pushed >= plan.sessions * WRITERS || !wrong.is_empty() || !said(&log, "wrong").is_empty()
        {
            break;
        }
    }
    drop(processes);
    let time = start.elapsed();
    wrong.extend(said(&log, "wrong"));
    wrong.extend(lost(&place.store, &log));
    let listed = all_listed(&place.store, &mut wrong);
    let count = |word: &str| said(&log, word).len();
    let sum = |word: &str| said(&log, word).iter().map(|it| it.parse().unwrap_or(0)).sum();
    Outcome {
        pushed: count("pushed"),
        before: count("before"),
        taken_back: count("overtaken"),
        too_slow: count("slow"),
        pulled: count("pulled"),
        checked: count("checked"),
        gone: count("gone"),
        collections: count("collected"),
        expired: sum("expired"),
        objects_deleted: sum("collected"),
        kills: kills + roles.len(),
        listed,
        time,
        wrong,
    }
}

fn listed(store: &Objects) -> BTreeSet<String> {
    let listed = store.list(&format!("1/{}/", unit())).unwrap();
    listed.into_iter().map(|stored| stored.key).collect()
}

/// Of the sessions whose push was confirmed, the newest is there, or a newer one: collections keep that.
fn lost(store: &Objects, log: &Path) -> Option<String> {
    let newest = said(log, "pushed").into_iter().max()?;
    let name = newest.trim_start_matches("s-");
    let is_there = listed(store).iter().any(|key| key.rsplit('/').next() >= Some(name));
    (!is_there).then(|| format!("{newest} is lost"))
}

/// Everything that is listed can be pulled: the newest, then what is the newest without that, and so on.
fn all_listed(store: &Objects, wrong: &mut Vec<String>) -> usize {
    let all = listed(store);
    for key in all.iter().rev() {
        if let Err(why) = is_whole(store, key) {
            wrong.push(format!("at the end, {key}: {why}"));
        }
        let machine = Machine::new();
        let pulled = machine.pull(store);
        let is_it = pulled.fetched.is_some_and(|it| {
            let session = it.remote.to_string();
            key.ends_with(session.trim_start_matches("s-"))
        });
        if !is_it || !pulled.unfit.is_empty() {
            wrong.push(format!("at the end, {key} is not pulled: {:?}", pulled.unfit));
        } else if let Err(why) = verify(machine.newest().unwrap().path()) {
            wrong.push(format!("at the end, {key} as pulled: {why}"));
        }
        store.delete(key).unwrap();
    }
    all.len()
}
