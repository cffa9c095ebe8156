//! Restored under the same path while the machine runs: old files must not show in a new session.

use std::path::Path;

use super::cache::Cache;
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, TMPFS};
use super::lab::{Findings, Lab, Verdict};
use super::transport::{Transport, delete_tree};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("restored-tar-ext4", |lab| restored(lab, &EXT4, 20, Way::InPlace)),
    Case::new("restored-tar-tmpfs", |lab| restored(lab, &TMPFS, 5, Way::InPlace)),
    Case::new("restored-tar-tmpfs-made-anew", |lab| restored(lab, &TMPFS, 20, Way::EmptyDisk)),
    Case::new("restored-over-a-newer-one", restored_over_a_newer_one),
    Case::new("restored-snapshot-btrfs", restored_snapshot),
    Case::new("cut-short-one-file-missing", |lab| cut_short(lab, "rm -f", &[])),
    Case::new("cut-short-one-file-shorter", |lab| cut_short(lab, "truncate -s 1", &[])),
    Case::new("cut-short-one-file-missing-link", |lab| {
        cut_short(lab, "rm -f", &["--seed", "link"])
    }),
    Case::new("cut-short-one-file-shorter-link", |lab| {
        cut_short(lab, "truncate -s 1", &["--seed", "link"])
    }),
];

/// Eight files of this content, each made anew and renamed into its place.
pub(super) fn replace_all(content: &str) -> String {
    format!("for f in a b c d e f g h; do echo {content} >.t; mv .t $f; done")
}

/// How many files of which content, as `8 v2`.
pub(super) const COUNT: &str = "cat * 2>/dev/null | sort | uniq -c | sed 's/^ *//' | paste -sd' '";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    InPlace,
    /// Into the same file system, made anew: its numbers start where they started before.
    EmptyDisk,
}

fn restored(lab: &Lab, kind: &'static Kind, rounds: usize, way: Way) -> Verdict {
    lab.need(&["tar"])?;
    let mut findings = Findings::default();
    let mut seen = Vec::new();
    for _ in 0..rounds {
        let mut disk = Disk::new(lab, kind, "m")?;
        let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link"]);
        cache.publish(&replace_all("v1"))?;
        cache.publish(&replace_all("v2"))?;
        let newest = cache.newest()?;
        let saved = lab.path("saved");
        Transport::Tar.carry(lab, cache.root(), &saved)?;
        delete_tree(cache.root())?;
        if way == Way::EmptyDisk {
            disk.mount_again()?;
        }
        Transport::Tar.carry(lab, &saved, cache.root())?;
        delete_tree(&saved)?;
        let ran = cache.run(COUNT)?;
        if ran.out != "8 v2" {
            seen.push(format!("`{}`", ran.out));
        }
        if ran.out == "8 v2" && !ran.is_seeded_from(&newest) {
            findings.check(false, || format!("not seeded from the newest: {}", ran.line));
        }
    }
    findings.check(seen.is_empty(), || {
        format!("{} of {rounds} rounds saw {}, should be `8 v2`", seen.len(), seen.join(" "))
    });
    findings.verdict()
}

/// The saved state goes over one that has been worked on since, and takes its place.
fn restored_over_a_newer_one(lab: &Lab) -> Verdict {
    lab.need(&["rsync"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link"]);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    let saved = lab.path("saved");
    Transport::Rsync.carry(lab, cache.root(), &saved)?;
    cache.publish(&replace_all("v3"))?;
    cache.publish(&replace_all("v4"))?;
    let mut rsync = command("rsync");
    output(rsync.args(["-a", "--delete"]).args([saved.join(""), cache.root().join("")]))?;
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.equal("what was restored", &ran.out, "8 v2");
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// A snapshot has all numbers and all times of what it was made of.
fn restored_snapshot(lab: &Lab) -> Verdict {
    lab.need(&["btrfs"])?;
    let disk = Disk::new(lab, &BTRFS, "m")?;
    let (live, saved) = (disk.path("live"), disk.path("saved"));
    let btrfs = |words: &[&str], paths: &[&Path]| {
        output(command("btrfs").args(["-q", "subvolume"]).args(words).args(paths))
    };
    btrfs(&["create"], &[&live])?;
    let cache = Cache::new(lab, live.join("r")).with(&["--seed", "link"]);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    btrfs(&["snapshot"], &[&live, &saved])?;
    cache.publish(&replace_all("v3"))?;
    btrfs(&["delete"], &[&live])?;
    std::fs::rename(&saved, &live)?;
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.equal("what the snapshot held", &ran.out, "8 v2");
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// Something of the newest session did not arrive.
fn cut_short(lab: &Lab, damage: &str, options: &[&str]) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    let newest = cache.newest()?;
    let saved = lab.path("saved");
    Transport::CopyArchive.carry(lab, cache.root(), &saved)?;
    delete_tree(cache.root())?;
    Transport::CopyArchive.carry(lab, &saved, cache.root())?;
    let victim = cache.session(&newest)?.join("c");
    output(command("sh").args(["-c", &format!("{damage} {}", victim.display())]))?;
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.check(ran.code == 0, || format!("exit status {}: {}", ran.code, ran.line));
    findings.check(["8 v1", ""].contains(&&*ran.out), || {
        format!("it started from `{}`, should be `8 v1` or nothing", ran.out)
    });
    findings.check(ran.line.contains(&newest), || format!("not a word of {newest}: {}", ran.line));
    findings
        .check(cache.published()?.contains(&newest), || format!("{newest} is not there any more"));
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

pub(super) fn quarantined_none(findings: &mut Findings, cache: &Cache<'_>) -> Result {
    let count = cache.quarantined()?;
    findings.check(count == 0, || format!("{count} quarantined"));
    Ok(())
}
