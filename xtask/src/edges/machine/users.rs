//! Who works on the machine meanwhile.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::census::{Content, Session, content, published, published_of};
use super::roots::{Roots, add, wrong};
use super::site::Site;
use super::trees::{BUSY, build, edit, incremental};
use crate::shell::Result;

/// How long somebody reads, or writes: longer than a pass and the pause before it.
const STAY: Duration = Duration::from_secs(7);
/// Between two new units.
const BRANCH: Duration = Duration::from_millis(700);
/// Builds between two changes of the flags, each of which makes new units.
const WITH_SAME_FLAGS: usize = 6;
/// Sees what its last run left, counts it, adds a file, and removes the oldest of four.
const COUNT: &str = "cd \"$INCRDIR_SESSION\" && n=$(($(cat count 2>/dev/null || echo 0) + 1)) &&
    fallocate -l $0 blob-$n && rm -f blob-$((n - 4)) && echo $n >new && mv -f new count && echo $n";

/// What they did.
#[derive(Default)]
pub(super) struct Did {
    builds: AtomicUsize,
    waited: AtomicUsize,
    flags: AtomicUsize,
    runs: AtomicUsize,
    branches: AtomicUsize,
    reads: AtomicUsize,
    writes: AtomicUsize,
    held: Held,
}

impl Did {
    pub(super) fn held(&self) -> &Held {
        &self.held
    }

    pub(super) fn tell(&self) -> Vec<String> {
        let number = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        vec![
            format!(
                "{} builds in {BUSY} work trees, with {} changes of flags; {} printed that they waited for the collector",
                number(&self.builds),
                number(&self.flags),
                number(&self.waited)
            ),
            format!(
                "{} runs in one unit, {} runs for new units",
                number(&self.runs),
                number(&self.branches)
            ),
            format!(
                "{} sessions read for {} s each, {} units written into for as long",
                number(&self.reads),
                STAY.as_secs(),
                number(&self.writes)
            ),
        ]
    }

    /// What nobody did has not been tried.
    pub(super) fn idle(&self) -> Option<&'static str> {
        let all = [
            (&self.builds, "built"),
            (&self.flags, "built with other flags"),
            (&self.runs, "ran"),
            (&self.branches, "made a unit"),
            (&self.reads, "read"),
            (&self.writes, "wrote"),
        ];
        let idle = all.into_iter().find(|(counter, _)| counter.load(Ordering::Relaxed) == 0);
        idle.map(|(_, what)| what)
    }
}

/// Sessions that somebody relies on at the moment, each with its content.
#[derive(Default)]
pub(super) struct Held(Mutex<BTreeMap<PathBuf, Content>>);

impl Held {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<PathBuf, Content>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn now(&self) -> BTreeMap<PathBuf, Content> {
        self.with(|held| held.clone())
    }
}

/// Each in a thread of its own, until the end.
pub(super) fn builder(site: &Site, did: &Did, tree: &Path) -> Result {
    let mut flags = String::new();
    for number in 1.. {
        if site.has_ended() {
            break;
        }
        if number % WITH_SAME_FLAGS == 0 {
            flags = format!("--cfg flags_{number} --check-cfg cfg(flags_{number})");
            did.flags.fetch_add(1, Ordering::Relaxed);
        }
        edit(tree, number)?;
        let built = build(tree, &flags)?;
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        let speaks = |line: &&str| line.starts_with("warning") || line.starts_with("error");
        if !built.status.success() {
            site.wrong.say(format!("build {number} of {} failed: {said}", tree.display()));
        } else if let Some(line) = said.lines().find(speaks) {
            site.wrong.say(format!("build {number} of {} printed: {line}", tree.display()));
        }
        did.builds.fetch_add(1, Ordering::Relaxed);
        // Builds wait for each other at the registry's cache; in the work tree, only for the collector.
        let waits = |line: &str| line.contains("Blocking") && line.ends_with("directory");
        did.waited.fetch_add(usize::from(said.lines().any(waits)), Ordering::Relaxed);
    }
    Ok(())
}

/// The unit that is used all the time is never cold, unless the disk is so full that all idle ones go.
pub(super) fn runner(site: &Site, did: &Did, roots: &Roots) -> Result {
    let bytes = (site.scale.blob_bytes() / 4).to_string();
    let (mut last, mut squeezes) = (0_u64, 0);
    while !site.has_ended() {
        let before = site.squeezes();
        let mut run = site.incrdir();
        run.args(["run", "--quiet", "--root"]).arg(&roots.links);
        run.args(["--unit", "busy", "--seed", "link", "--", "sh", "-c", COUNT, &bytes]);
        let ran = run.output()?;
        let counted = String::from_utf8_lossy(&ran.stdout).trim().to_string();
        let is_cold = counted == "1" && (before % 2 == 1 || before != squeezes);
        if let Some(wrong) = wrong(&ran) {
            site.wrong.say(wrong);
        } else if counted != (last + 1).to_string() && !is_cold {
            site.wrong.say(format!(
                "a run in the unit that is always used counted {counted} after {last}"
            ));
        }
        squeezes = before;
        last = counted.parse().unwrap_or_default();
        did.runs.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// New branches, to which nobody comes back.
pub(super) fn brancher(site: &Site, did: &Did, roots: &Roots) -> Result {
    for number in 1.. {
        if site.has_ended() {
            break;
        }
        // So large that there is too much again after some passes.
        let bytes = site.scale.blob_bytes() * 4;
        let unit = format!("branch-{number}");
        let ran = add(site, &roots.branches, &unit, "auto", (number, bytes))?;
        if let Some(wrong) = wrong(&ran) {
            site.wrong.say(wrong);
        }
        did.branches.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(BRANCH);
    }
    Ok(())
}

/// Comes to sessions that nobody has used for long, of rustc and of ours, and holds them as a reader does: shared, with the
/// identity of the lock file checked.
pub(super) fn reader(site: &Site, did: &Did, trees: &[PathBuf], roots: &Roots) -> Result {
    for number in 0.. {
        if site.has_ended() {
            break;
        }
        let root = match number % 2 {
            0 => roots.copies.clone(),
            _ => incremental(&trees[BUSY + number / 2 % (trees.len() - BUSY)]),
        };
        let read = published(&root).into_iter().find_map(|session| hold(&session));
        let Some((session, _lock)) = read else {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let is_as_it_was = stay(did, &session, || std::thread::sleep(STAY));
        if !is_as_it_was {
            site.wrong.say(format!("a session went while it was read: {}", session.dir.display()));
        }
        did.reads.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn hold(session: &Session) -> Option<(Session, File)> {
    let lock = File::open(&session.lock).ok()?;
    lock.try_lock_shared().ok()?;
    let named = std::fs::symlink_metadata(&session.lock).ok()?;
    let is_same = lock.metadata().is_ok_and(|held| held.ino() == named.ino());
    (is_same && session.dir.exists()).then(|| (session.clone(), lock))
}

/// Works in units that nobody has used for long, and gives up in the end: what such a unit has published stays meanwhile.
pub(super) fn writer(site: &Site, did: &Did, roots: &Roots) -> Result {
    for number in 0.. {
        if site.has_ended() {
            break;
        }
        let root = roots.all()[number % 3];
        let Some(Session { unit, .. }) = published(root).into_iter().next() else { continue };
        let name = unit.file_name().unwrap_or_default();
        let mut run = site.incrdir();
        run.args(["run", "--quiet", "--root"]).arg(root).arg("--unit").arg(name);
        // Until its standard input ends.
        run.args(["--", "sh", "-c", "echo begun; cat; exit 3"]);
        run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.spawn()?;
        let begun = child.stdout.take().map(BufReader::new);
        begun.ok_or("no standard output")?.read_line(&mut String::new())?;
        // A pass that came to this unit just before may still take what it had locked then. What is seen after it counts.
        if let Some(newest) = published_of(&unit).pop() {
            stay(did, &newest, || std::thread::sleep(STAY));
        }
        drop(child.stdin.take());
        let ended = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_string();
        if ended.status.code() != Some(3) || !said.is_empty() {
            site.wrong.say(format!("a writer ended with {}: {said}", ended.status));
        }
        did.writes.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Notes that somebody relies on it for as long as the work takes. Whether it is then as it was.
fn stay(did: &Did, session: &Session, work: impl FnOnce()) -> bool {
    let before = content(&session.dir);
    did.held.with(|held| held.insert(session.dir.clone(), before.clone()));
    work();
    let is_as_it_was = content(&session.dir) == before;
    did.held.with(|held| held.remove(&session.dir));
    is_as_it_was
}
