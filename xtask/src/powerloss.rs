//! `cargo xtask powerloss`: the power cut on real file systems.
//!
//! The image of a file system lies on an xfs, so that it can be cloned in one step while it is mounted and
//! worked on: that is what the disk holds if the power goes at this moment. Each clone is mounted, which
//! replays its journal, and read as if the machine had been started again. Needs root.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::built::program;
use crate::shell::{Result, command, has, output, top};

/// Kind, options of mkfs, options of mount: their own commits come more often than by default, so that many
/// cuts see one.
type FileSystem = (&'static str, &'static [&'static str], &'static str);
const FILE_SYSTEMS: [FileSystem; 3] = [
    ("ext4", &["-q"], "loop,commit=1"),
    ("xfs", &["-q"], "loop,nouuid"),
    ("btrfs", &["-q"], "loop,commit=1"),
];
const PROTOCOLS: [&str; 4] = ["seed", "detect", "consistent", "durable"];
const OUTER_BYTES: u64 = 40 << 30;
const IMAGE_BYTES: u64 = 400 << 20;
/// Until there is something to lose.
const WARM_UP: Duration = Duration::from_millis(700);

/// What the clones of one workload held.
#[derive(Default)]
struct Counts {
    verdicts: BTreeMap<String, usize>,
    /// Publications had returned whose sessions are not found.
    lost: usize,
    sessions: usize,
}

/// What must be undone, last first.
struct Mounted(Vec<PathBuf>);

impl Mounted {
    fn mount(&mut self, image: &Path, at: &Path, options: &str) -> Result {
        std::fs::create_dir_all(at)?;
        output(command("mount").args(["-o", options]).arg(image).arg(at))?;
        self.0.push(at.into());
        Ok(())
    }

    fn unmount(&mut self) -> Result {
        match self.0.pop() {
            Some(dir) => output(command("umount").arg(dir)).map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        while let Some(dir) = self.0.pop() {
            let _ = output(command("umount").arg(dir));
        }
    }
}

/// Runs this many cuts of each protocol on each file system, or says why it cannot.
pub(crate) fn powerloss(cuts: &str) -> Result {
    let cuts: usize = cuts.parse()?;
    let workload = program("incrdir-sim", "power_loss")?;
    let workload = || command(&workload.to_string_lossy());
    let scratch = tempfile::tempdir_in(top().join("target"))?;
    let mut mounted = Mounted(Vec::new());
    let outer = scratch.path().join("outer");
    if let Err(why) = make(&mut mounted, scratch.path(), &outer) {
        println!("NOT RUN: power loss ({why})");
        return Ok(());
    }
    println!(
        "{:8} {:12} {:>6} {:>9} {:>6} {:>9} {:>8} {:>6} {:>15}",
        "on",
        "protocol",
        "cuts",
        "sessions",
        "clean",
        "detected",
        "nothing",
        "TORN",
        "returned, lost"
    );
    let mut wrong = Vec::new();
    for file_system in FILE_SYSTEMS {
        let (kind, ..) = file_system;
        if !has(&format!("mkfs.{kind}")) {
            println!("NOT RUN: {kind} (there is no mkfs.{kind})");
            continue;
        }
        for protocol in PROTOCOLS {
            let counts = cut(&mut mounted, &outer, file_system, protocol, cuts, &workload)?;
            let of = |verdict: &str| counts.verdicts.get(verdict).copied().unwrap_or_default();
            println!(
                "{kind:8} {protocol:12} {cuts:>6} {:>9} {:>6} {:>9} {:>8} {:>6} {:>15}",
                counts.sessions,
                of("Clean"),
                of("Detected"),
                of("Nothing"),
                of("Torn"),
                counts.lost
            );
            if protocol != "seed" && of("Torn") > 0 {
                wrong.push(format!("{protocol} on {kind} accepted something torn"));
            }
            if protocol == "durable" && counts.lost > 0 {
                wrong.push(format!("{protocol} on {kind} lost what had been published"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ").into()) }
}

/// The outer xfs.
fn make(mounted: &mut Mounted, scratch: &Path, outer: &Path) -> Result {
    if !has("mkfs.xfs") {
        return Err("there is no mkfs.xfs".into());
    }
    let image = scratch.join("outer.img");
    std::fs::File::create(&image)?.set_len(OUTER_BYTES)?;
    output(command("mkfs.xfs").args(["-q", "-m", "reflink=1"]).arg(&image))?;
    mounted.mount(&image, outer, "loop")
}

/// One workload, its cuts, and what is left.
fn cut(
    mounted: &mut Mounted,
    outer: &Path,
    (kind, make_options, mount_options): FileSystem,
    protocol: &str,
    cuts: usize,
    workload: &dyn Fn() -> Command,
) -> Result<Counts> {
    let (image, log) = (outer.join("image"), outer.join("log"));
    let _ = std::fs::remove_file(&log);
    std::fs::File::create(&image)?.set_len(IMAGE_BYTES)?;
    output(command(&format!("mkfs.{kind}")).args(make_options).arg(&image))?;
    let live = outer.join("live");
    mounted.mount(&image, &live, mount_options)?;
    let mut worker = Worker(workload().arg("work").args([&live, &log]).arg(protocol).spawn()?);
    std::thread::sleep(WARM_UP);
    let mut clones = Vec::new();
    for number in 0..cuts {
        // Anything but a multiple of what the file system does.
        std::thread::sleep(Duration::from_millis(20 + (number as u64 * 37) % 110));
        if let Some(status) = worker.0.try_wait()? {
            return Err(format!("the workload ended: {status}").into());
        }
        let returned = std::fs::read_to_string(&log).unwrap_or_default();
        let clone = outer.join(format!("clone-{number}"));
        output(command("cp").arg("--reflink=always").args([&image, &clone]))?;
        // A line that is being written is that of a session that has not been told of.
        let told = returned.rsplit_once('\n').map_or("", |(told, _)| told);
        clones.push((clone, told.lines().last().map(String::from)));
    }
    drop(worker);
    let sessions = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
    let mut counts = Counts { sessions, ..Counts::default() };
    mounted.unmount()?;
    for (clone, returned) in clones {
        mounted.mount(&clone, &live, mount_options)?;
        let said = output(workload().arg("check").arg(&live).arg(protocol))?;
        mounted.unmount()?;
        std::fs::remove_file(&clone)?;
        let (verdict, newest) = said.trim().split_once(' ').ok_or("a verdict and a name")?;
        *counts.verdicts.entry(verdict.into()).or_default() += 1;
        // Names are in the order of time as far as their stamps go.
        let stamp = |name: &str| name.get(..12).map(String::from);
        let is_found = |returned: &str| newest != "-" && stamp(newest) >= stamp(returned);
        counts.lost += usize::from(returned.is_some_and(|returned| !is_found(&returned)));
    }
    Ok(counts)
}

/// Killed when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
