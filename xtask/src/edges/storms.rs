//! `cargo xtask storm everywhere`: the storm of killed processes on one file system after the other.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::disk::{BTRFS, Disk, EXT4, Kind, Mount, TMPFS, XFS};
use super::fuse::Sshfs;
use super::lab::{Lab, NotRun, root_and_binary};
use crate::shell::{Result, cargo, command, output, run, top};

/// One that takes longer than this has not ended, and its outcome says how far it came.
const TIME_LIMIT_SECONDS: &str = "1200";

/// Where a storm is let loose, and what has to stay mounted meanwhile.
type Place = (PathBuf, Vec<Box<dyn Any>>);

type Ground = fn(&Lab) -> Result<Place>;

const GROUNDS: [(&str, Ground); 7] = [
    ("ext4", |lab| on_disk(lab, &EXT4)),
    ("btrfs", |lab| on_disk(lab, &BTRFS)),
    ("xfs", |lab| on_disk(lab, &XFS)),
    ("tmpfs", |lab| on_disk(lab, &TMPFS)),
    ("overlayfs", overlayfs),
    ("bindfs", bindfs),
    ("sshfs", sshfs),
];

/// So many sessions on each of the file systems, or on those whose names contain one of the words.
pub(crate) fn storms(sessions: &str, words: &[&str]) -> Result {
    run(cargo().args(["build", "--release", "--quiet", "-p", "incrdir-sim", "--bin", "storm"]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), Into::into);
    let storm = target.join("release/storm");
    let (scratch, binary) = root_and_binary()?;
    let mut wrong = Vec::new();
    for (name, ground) in GROUNDS {
        if !(words.is_empty() || words.iter().any(|word| name.contains(word))) {
            continue;
        }
        let dir = scratch.path().join(name);
        std::fs::create_dir(&dir)?;
        let start = Instant::now();
        let done = ground(&Lab::new(&dir, &binary)).and_then(|(at, mounts)| {
            let at = at.to_string_lossy();
            let told = output(command(&storm.to_string_lossy()).args([
                "drive",
                &at,
                sessions,
                TIME_LIMIT_SECONDS,
            ]));
            drop(mounts);
            enough(&told?, sessions)
        });
        output(command("rm").args(["-rf", "--one-file-system"]).arg(&dir))?;
        let took = start.elapsed().as_secs_f64();
        match done {
            Ok(told) => println!("ok: {name}: {told}, in {took:.0} s"),
            Err(why) if why.is::<NotRun>() => println!("NOT RUN: {name} ({why})"),
            Err(why) => {
                println!("WRONG: {name}: {why}");
                wrong.push(name);
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("storms on {}", wrong.join(", ")).into()) }
}

/// The numbers of an outcome, in a line. A storm in which too few sessions have ended was none.
fn enough(told: &str, sessions: &str) -> Result<String> {
    let number = |what: &str| -> usize {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(what));
        line.and_then(|rest| rest.trim_matches([':', ' ', ',']).parse().ok()).unwrap_or(0)
    };
    let [begun, published, abandoned, kills, reads] =
        ["begun", "published", "abandoned", "kills", "reads"].map(number);
    let told = format!(
        "{begun} begun, {published} published, {abandoned} abandoned, {reads} read, {kills} kills"
    );
    match published + abandoned < sessions.parse()? {
        true => Err(format!("only {told}").into()),
        false => Ok(told),
    }
}

fn on_disk(lab: &Lab, kind: &'static Kind) -> Result<Place> {
    let disk = Disk::new(lab, kind, "m")?;
    let at = disk.path("storm");
    std::fs::create_dir(&at)?;
    Ok((at, vec![Box::new(disk)]))
}

fn overlayfs(lab: &Lab) -> Result<Place> {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let [lower, upper, work] = ["lower", "upper", "work"].map(|name| disk.path(name));
    for dir in [&lower, &upper, &work] {
        std::fs::create_dir(dir)?;
    }
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        upper.display(),
        work.display()
    );
    let at = lab.path("merged");
    let mut mount = command("mount");
    mount.args(["-t", "overlay", "-o", &options, "overlay"]).arg(&at);
    above(mount, disk, &at)
}

fn bindfs(lab: &Lab) -> Result<Place> {
    lab.need(&["bindfs"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let at = lab.path("fuse");
    let mut mount = command("bindfs");
    mount.arg(disk.at()).arg(&at);
    above(mount, disk, &at)
}

fn above(mut mount: std::process::Command, disk: Disk, at: &Path) -> Result<Place> {
    let mounted = Mount::new(&mut mount, at)?;
    Ok((at.into(), vec![Box::new(mounted), Box::new(disk)]))
}

fn sshfs(lab: &Lab) -> Result<Place> {
    let at = lab.path("sshfs");
    let mounted = Sshfs::new(lab, &lab.path("served"), &at)?;
    Ok((at, vec![Box::new(mounted)]))
}
