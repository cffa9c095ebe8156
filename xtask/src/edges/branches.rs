//! A branch that starts from main, and sessions at a fixed path, on each file system: what a program of the branch does changes
//! nothing of main.

use std::path::Path;

use super::cache::{Cache, Ran};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, EXT4_128, Kind, TMPFS, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::restore::{COUNT, replace_all};
use super::stacked::{on_bindfs, on_overlay};
use super::transport::{Transport, delete_tree};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("branch-ext4", |lab| on_disk(lab, &EXT4)),
    Case::new("branch-ext4-whole-seconds", |lab| on_disk(lab, &EXT4_128)),
    Case::new("branch-xfs", |lab| on_disk(lab, &XFS)),
    Case::new("branch-btrfs", |lab| on_disk(lab, &BTRFS)),
    Case::new("branch-tmpfs", |lab| on_disk(lab, &TMPFS)),
    Case::new("branch-bindfs", |lab| on_bindfs(lab, |at| every_seed(lab, at))),
    Case::new("branch-overlay", |lab| on_overlay(lab, |at| every_seed(lab, at))),
    Case::new("branch-killed-in-place", killed),
    Case::new("branch-from-a-restored-main", restored),
];

const MAIN: [&str; 4] = ["--key", "main", "--keep", "2"];
const BRANCH: [&str; 4] = ["--key", "branch", "--or-key", "main"];

/// Writes into every file, changes what else it can, and removes one.
const DAMAGE: &str = "for f in *; do printf damage | dd of=$f conv=notrunc status=none; chmod 600 $f; touch -d 2001-01-01 $f; done; rm a";

fn on_disk(lab: &Lab, kind: &'static Kind) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    every_seed(lab, disk.at())
}

fn every_seed(lab: &Lab, at: &Path) -> Verdict {
    let mut findings = Findings::default();
    for seed in ["link", "auto", "copy"] {
        let main = Cache::new(lab, at.join(seed)).with(&MAIN).with(&["--digests"]);
        main.publish(&replace_all("v1"))?;
        main.publish(&replace_all("v2"))?;
        let newest = main.session(&main.newest()?)?;
        let before = seen(&newest)?;
        let branch = Cache::new(lab, main.root()).with(&BRANCH).with(&["--seed", seed]);
        // Its first session, at a fixed path as well: given up, and published.
        let view = lab.path(&format!("view-{seed}"));
        let path = view.display().to_string();
        let there =
            Cache::new(lab, main.root()).with(&BRANCH).with(&["--seed", seed, "--at", &path]);
        let given_up = there.run(&format!("[ $PWD = {path} ] && {DAMAGE}; exit 3"))?;
        findings.check(given_up.code == 3, || format!("{seed}: {}", given_up.line));
        let published = branch.publish(&format!("{COUNT} >&2; {DAMAGE}"))?;
        findings.check(published.line.contains(" of u-"), || format!("{seed}: {}", published.line));
        findings.equal(&format!("{seed}: what main shows"), &seen(&newest)?, &before);
        let own = branch.run("cat b; exit 3")?;
        findings.check(own.out.starts_with("damage"), || format!("{seed}: own is {}", own.out));
        let next = main.run(&format!("{COUNT}; exit 3"))?;
        findings.equal(&format!("{seed}: what main goes on with"), &next.out, "8 v2");
        verified(&mut findings, &main)?;
    }
    findings.verdict()
}

/// All that can be seen of a session: names, contents, owners, times, link counts.
fn seen(session: &Path) -> Result<String> {
    let list = "cd \"$0\" && ls -ln --time-style=full-iso . && cat *";
    output(command("sh").args(["-c", list]).arg(session))
}

fn verified(findings: &mut Findings, main: &Cache<'_>) -> Verdict {
    let Ran { code, out, .. } = main.verify(&["--digests", "--unit", "u"])?;
    findings.check(code == 0, || format!("verify: {out}"));
    Ok(())
}

/// Its writer died while it wrote in place: main's next session starts from what main published.
fn killed(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let main = Cache::new(lab, disk.path("r")).with(&MAIN);
    main.publish(&replace_all("v1"))?;
    let branch = Cache::new(lab, main.root()).with(&BRANCH).with(&["--seed", "link"]);
    let _ = branch.run(&format!("{DAMAGE}; kill -9 $PPID $$"))?;
    let mut findings = Findings::default();
    for _ in 0..2 {
        let next = main.run(&format!("{COUNT}; exit 3"))?;
        findings.equal("what main goes on with", &next.out, "8 v1");
        let again = branch.run(&format!("{COUNT}; exit 3"))?;
        findings.equal("what the branch starts from", &again.out, "8 v1");
    }
    findings.verdict()
}

/// A branch does not record main's restored session anew: that is main's to do.
fn restored(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let main = Cache::new(lab, disk.path("r")).with(&MAIN);
    main.publish(&replace_all("v1"))?;
    main.publish(&replace_all("v2"))?;
    let saved = disk.path("saved");
    Transport::Tar.carry(lab, main.root(), &saved)?;
    delete_tree(main.root())?;
    Transport::Tar.carry(lab, &saved, main.root())?;
    let mut findings = Findings::default();
    let branch = Cache::new(lab, main.root()).with(&BRANCH);
    let begun = branch.publish(COUNT)?;
    findings.equal("what the branch starts from", &begun.out, "8 v2");
    findings.check(begun.line.contains("which was copied or restored"), || begun.line.clone());
    let out = main.verify(&[])?.out;
    findings.check(out.matches("sound (moved)").count() == 2, || format!("verify: {out}"));
    let next = main.publish(COUNT)?;
    findings.equal("what main goes on with", &next.out, "8 v2");
    findings.verdict()
}
