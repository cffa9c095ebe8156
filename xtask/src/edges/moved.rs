//! What a copy is taken for: as good as what it is a copy of, as far as that can be proven.

use super::cache::Cache;
use super::case::Case;
use super::disk::{Disk, EXT4};
use super::lab::{Findings, Lab, Verdict};
use super::restore::{COUNT, quarantined_none, replace_all};
use super::transport::Transport;
use crate::shell::Result;

pub(super) const CASES: &[Case] = &[
    Case::new("moved-verify-says-so", verify_says_moved),
    Case::new("moved-is-paid-once", paid_once),
    Case::new("moved-without-times-digests", without_times_but_digests),
    Case::new("moved-without-times-accepted", without_times_accepted),
    Case::new("moved-one-file-changed", one_file_changed),
];

/// Two sessions, carried to another disk of another machine.
fn carried(lab: &Lab, transport: Transport, options: &[&str]) -> Result<(Disk, Disk)> {
    let here = Disk::new(lab, &EXT4, "here")?;
    let mut there = Disk::new(lab, &EXT4, "there")?;
    let cache = Cache::new(lab, here.path("r")).with(options);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    transport.carry(lab, cache.root(), &there.path("r"))?;
    there.mount_again()?;
    Ok((here, there))
}

fn verify_says_moved(lab: &Lab) -> Verdict {
    let (_here, there) = carried(lab, Transport::CopyArchive, &[])?;
    let cache = Cache::new(lab, there.path("r")).after_another_start()?;
    let verified = cache.verify(&[])?;
    let mut findings = Findings::default();
    findings.check(verified.code == 0, || format!("verify: exit status {}", verified.code));
    findings.check(verified.out.matches("sound (moved)").count() == 2, || {
        format!("verify does not say `sound (moved)` twice: {}", verified.out)
    });
    findings.verdict()
}

/// Once recorded anew, it is compared as cheaply as before; and a session of its own follows it.
fn paid_once(lab: &Lab) -> Verdict {
    let (_here, there) = carried(lab, Transport::CopyArchive, &[])?;
    let cache = Cache::new(lab, there.path("r")).after_another_start()?;
    let mut findings = Findings::default();
    for round in 0..4 {
        let newest = cache.newest()?;
        let ran = cache.publish(COUNT)?;
        findings.equal(&format!("run {round}"), &ran.out, "8 v2");
        findings.check(ran.is_seeded_from(&newest), || format!("run {round}: {}", ran.line));
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {}", verified.out));
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

fn without_times_but_digests(lab: &Lab) -> Verdict {
    let (_here, there) = carried(lab, Transport::Copy, &["--digests"])?;
    let cache = Cache::new(lab, there.path("r")).with(&["--digests"]).after_another_start()?;
    let newest = cache.newest()?;
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.equal("the copy", &ran.out, "8 v2");
    findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// Nothing proves it, so it is not used; and who knows better says so.
fn without_times_accepted(lab: &Lab) -> Verdict {
    let (_here, there) = carried(lab, Transport::Copy, &[])?;
    let cache = Cache::new(lab, there.path("r")).after_another_start()?;
    let newest = cache.newest()?;
    let ran = cache.run("false")?;
    let mut findings = Findings::default();
    findings.check(ran.is_cold() && ran.line.contains(&newest), || {
        format!("not cold with a reason that names {newest}: {}", ran.line)
    });
    quarantined_none(&mut findings, &cache)?;
    let accepted = cache.verify(&["--accept-moved"])?;
    findings.check(accepted.code == 0, || {
        format!("verify --accept-moved: {} {} {}", accepted.code, accepted.out, accepted.line)
    });
    let ran = cache.run(COUNT)?;
    findings.equal("the copy", &ran.out, "8 v2");
    findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    findings.verdict()
}

/// Same length, and the time was set back: only digests see it, and they do.
fn one_file_changed(lab: &Lab) -> Verdict {
    let (_here, there) = carried(lab, Transport::CopyArchive, &["--digests"])?;
    let cache = Cache::new(lab, there.path("r")).with(&["--digests"]).after_another_start()?;
    let newest = cache.newest()?;
    let victim = cache.session(&newest)?.join("c");
    let modified = std::fs::metadata(&victim)?.modified()?;
    std::fs::write(&victim, "v9\n")?;
    std::fs::File::options().write(true).open(&victim)?.set_modified(modified)?;
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.check(["8 v1", ""].contains(&&*ran.out), || {
        format!("it started from `{}`, should be `8 v1` or nothing", ran.out)
    });
    findings.check(ran.line.contains(&newest), || format!("not a word of {newest}: {}", ran.line));
    findings.verdict()
}
