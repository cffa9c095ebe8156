//! Sessions that `run --warm` has filled, on each file system: taken over as they are, or not at all.

use std::path::Path;

use super::cache::{Cache, finish};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, EXT4_128, Kind, TMPFS, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::stacked::{on_bindfs, on_overlay};
use super::transport::{Transport, delete_tree};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("warm-ext4", |lab| on_disk(lab, &EXT4, &["link", "copy"])),
    Case::new("warm-ext4-whole-seconds", |lab| on_disk(lab, &EXT4_128, &[])),
    Case::new("warm-xfs", |lab| on_disk(lab, &XFS, &["link", "copy", "auto"])),
    Case::new("warm-btrfs", |lab| on_disk(lab, &BTRFS, &["link", "copy", "auto"])),
    Case::new("warm-tmpfs", |lab| on_disk(lab, &TMPFS, &["link"])),
    Case::new("warm-bindfs", |lab| on_bindfs(lab, |at| every_seed(lab, at, &[]))),
    Case::new("warm-overlay", |lab| on_overlay(lab, |at| every_seed(lab, at, &[]))),
    Case::new("warm-restored", restored),
    Case::new("warm-mounted-again", mounted_again),
    Case::new("warm-restarted", restarted),
    Case::new("warm-killed", killed),
    Case::new("warm-by-another-user", by_another_user),
];

/// Replaces all files, in directories too.
fn replace_all(content: &str) -> String {
    format!(
        "mkdir -p d/e f; for f in a b c d/one d/e/one d/e/two f/one; do echo {content} >$f.t; mv $f.t $f; done"
    )
}

/// How many files of which content, as `7 v2`.
const COUNT: &str = "find . -type f -exec cat {} + | sort | uniq -c | sed 's/^ *//' | paste -sd' '";

/// What somebody may do to a session that waits, in its directory.
const HARM: [&str; 8] = [
    "rm a",
    "rm -r d/e",
    "rm d/e/one",
    "echo more > d/e/more",
    "echo other > .t; mv .t d/one",
    "chmod 700 d/e",
    "mv d/e/one d/e/three",
    "mv d g; cp -a g d; rm -r g",
];

fn on_disk(lab: &Lab, kind: &'static Kind, waits: &[&str]) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    every_seed(lab, disk.at(), waits)
}

/// `waits`: the seeds with which a session waits there.
fn every_seed(lab: &Lab, at: &Path, waits: &[&str]) -> Verdict {
    let mut findings = Findings::default();
    for seed in ["link", "copy", "auto"] {
        // Where files cannot be cloned, `auto` copies.
        let waits = waits.contains(&seed) || seed == "auto" && waits.contains(&"copy");
        let cache = warming(lab, at.join(seed), seed);
        cache.publish(&replace_all("v1"))?;
        cache.publish(&replace_all("v2"))?;
        for _ in 0..2 {
            let next = cache.publish(COUNT)?;
            findings.equal(&format!("{seed}: what the next one has"), &next.out, "7 v2");
            let is_taken = next.line.contains("(filled before)");
            findings.check(is_taken == waits, || format!("{seed}: {}", next.line));
        }
        let only_copies = ["printf x | dd of=d/e/two conv=notrunc status=none"];
        let harm = HARM.iter().chain(only_copies.iter().filter(|_| seed != "link"));
        for harm in harm.filter(|_| waits) {
            let session = waiting(&cache)?.ok_or("nothing waits")?;
            output(command("sh").args(["-c", &format!("cd \"$0\" && {harm}")]).arg(&session))?;
            let next = cache.publish(COUNT)?;
            findings.equal(&format!("{seed}: after `{harm}`"), &next.out, "7 v2");
            let is_taken = next.line.contains("(filled before)");
            findings.check(!is_taken, || format!("{seed}: after `{harm}`: {}", next.line));
            let verified = cache.verify(&[])?;
            findings.check(verified.code == 0, || format!("{seed}: verify: {}", verified.out));
        }
    }
    findings.verdict()
}

fn warming<'a>(lab: &'a Lab, root: impl Into<std::path::PathBuf>, seed: &'a str) -> Cache<'a> {
    Cache::new(lab, root).with(&["--seed", seed, "--warm"])
}

/// The directory of the session that waits.
fn waiting(cache: &Cache<'_>) -> Result<Option<std::path::PathBuf>> {
    let listed = finish(cache.asks("ls").arg("--long"))?.out;
    let line = listed.lines().find(|line| line.trim_start().starts_with("waiting"));
    let name = line.and_then(|line| line.split_whitespace().last());
    name.map(|name| cache.session(name)).transpose()
}

/// Two sessions that are published, and one that waits.
fn prepared<'a>(lab: &'a Lab, disk: &Disk, seed: &'a str) -> Result<Cache<'a>> {
    let cache = warming(lab, disk.path(seed), seed);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    waiting(&cache)?.ok_or("nothing waits")?;
    Ok(cache)
}

fn is_not_taken(findings: &mut Findings, cache: &Cache<'_>, case: &str) -> Verdict {
    let next = cache.publish(COUNT)?;
    findings.equal(&format!("{case}: what the next one has"), &next.out, "7 v2");
    findings.check(!next.line.contains("(filled before)"), || format!("{case}: {}", next.line));
    let again = cache.publish(COUNT)?;
    findings.equal(&format!("{case}: and the one after that"), &again.out, "7 v2");
    Ok(())
}

/// What waited is restored with the rest: it is another tree, and of no use.
fn restored(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let mut findings = Findings::default();
    for seed in ["link", "copy"] {
        let cache = prepared(lab, &disk, seed)?;
        let saved = disk.path("saved");
        Transport::Tar.carry(lab, cache.root(), &saved)?;
        delete_tree(cache.root())?;
        Transport::Tar.carry(lab, &saved, cache.root())?;
        delete_tree(&saved)?;
        is_not_taken(&mut findings, &cache, seed)?;
    }
    findings.verdict()
}

fn mounted_again(lab: &Lab) -> Verdict {
    let mut findings = Findings::default();
    for seed in ["link", "copy"] {
        let mut disk = Disk::new(lab, &EXT4, seed)?;
        let cache = prepared(lab, &disk, seed)?;
        disk.mount_again()?;
        is_not_taken(&mut findings, &cache, seed)?;
    }
    findings.verdict()
}

/// After another start of the machine a collection removes it.
fn restarted(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let mut findings = Findings::default();
    for seed in ["link", "copy"] {
        prepared(lab, &disk, seed)?;
        let cache = warming(lab, disk.path(seed), seed).after_another_start()?;
        let collected = finish(&mut cache.asks("gc"))?;
        findings.check(collected.code == 0, || collected.line.clone());
        findings.check(waiting(&cache)?.is_none(), || format!("{seed}: {}", collected.out));
        is_not_taken(&mut findings, &cache, seed)?;
    }
    findings.verdict()
}

/// Killed at any moment, while it fills or while it takes over: the next one has what was published, and nothing is left.
fn killed(lab: &Lab) -> Verdict {
    lab.need(&["timeout"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let mut findings = Findings::default();
    for seed in ["link", "copy"] {
        let cache = prepared(lab, &disk, seed)?;
        let many = "mkdir -p many; cd many; for f in $(seq 300); do echo v2 > $f; done";
        cache.publish(many)?;
        for round in 0..40 {
            // A run takes some 10 to 50 ms.
            let after = format!("0.{:03}", 1 + round * 2);
            let dying = warming(lab, disk.path(seed), seed).started_by(&[
                "timeout",
                "--signal=KILL",
                &after,
            ]);
            let _ = dying.run("true")?;
            let next = cache.publish(COUNT)?;
            findings.equal(&format!("{seed}: killed after {after} s"), &next.out, "307 v2");
        }
        let collected = finish(&mut cache.asks("gc"))?;
        findings.check(collected.code == 0, || collected.line.clone());
        let listed = finish(cache.asks("ls").arg("--long"))?.out;
        let is_odd = |line: &&str| {
            ["dead", "orphan", "tombstone", "live"].iter().any(|state| line.contains(state))
        };
        findings.check(!listed.lines().any(|line| is_odd(&line)), || listed.clone());
    }
    findings.verdict()
}

/// Somebody who may not lock it starts without it.
fn by_another_user(lab: &Lab) -> Verdict {
    lab.need(&["setpriv"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = prepared(lab, &disk, "copy")?;
    output(command("chmod").args(["-R", "a+rX"]).arg(cache.root()))?;
    output(command("sh").args(["-c", "chmod a+w \"$0\" \"$0\"/u-*"]).arg(cache.root()))?;
    let guest = Cache::new(lab, disk.path("copy"))
        .with(&["--seed", "copy", "--trust-owner", "any"])
        .started_by(&["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    let mut findings = Findings::default();
    let next = guest.publish(COUNT)?;
    findings.equal("what the guest has", &next.out, "7 v2");
    findings.check(!next.line.contains("(filled before)"), || next.line.clone());
    findings.verdict()
}
