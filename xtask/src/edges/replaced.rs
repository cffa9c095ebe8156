//! Programs that replace the directory of their session, as build tools do.

use super::cache::Cache;
use super::case::Case;
use super::disk::{Disk, EXT4};
use super::lab::{Findings, Lab, Verdict};
use super::restore::quarantined_none;

const REMOVE_AND_MAKE: &str = "rm -rf $S; mkdir $S; echo new >$S/f";
const MOVE_INTO_PLACE: &str = "mkdir $S.new; echo new >$S.new/f; rm -rf $S; mv $S.new $S";
const MOVE_ASIDE_FIRST: &str =
    "mkdir $S.new; echo new >$S.new/f; mv $S $S.old; mv $S.new $S; rm -rf $S.old";
const LINK: &[&str] = &["--seed", "link"];

pub(super) const CASES: &[Case] = &[
    Case::new("replaced-removed-and-made", |lab| adopted(lab, REMOVE_AND_MAKE, &[])),
    Case::new("replaced-removed-and-made-link", |lab| adopted(lab, REMOVE_AND_MAKE, LINK)),
    Case::new("replaced-moved-into-place", |lab| adopted(lab, MOVE_INTO_PLACE, &[])),
    Case::new("replaced-moved-into-place-link", |lab| adopted(lab, MOVE_INTO_PLACE, LINK)),
    Case::new("replaced-old-moved-aside", |lab| adopted(lab, MOVE_ASIDE_FIRST, &[])),
    Case::new("replaced-by-a-symbolic-link", |lab| refused(lab, "rm -rf $S; ln -s $TARGET $S")),
    Case::new("replaced-by-a-file", |lab| refused(lab, "rm -rf $S; echo new >$S")),
    Case::new("replaced-by-nothing", |lab| refused(lab, "rm -rf $S")),
    Case::new("replaced-moved-away", |lab| refused(lab, "mv $S $S.away")),
];

/// The directory that has the name now is what is published, run after run.
fn adopted(lab: &Lab, replace: &str, options: &[&str]) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options);
    cache.publish("echo old >f; echo old >g")?;
    let mut findings = Findings::default();
    for round in ["first", "second", "third"] {
        let ran = cache.run(&format!("cd ..; {replace}"))?;
        findings
            .check(ran.code == 0, || format!("{round}: exit status {}: {}", ran.code, ran.line));
        let newest = cache.newest()?;
        let ran = cache.run("grep . *")?;
        findings.equal(&format!("after the {round}, the session"), &ran.out, "new");
        findings.check(ran.is_seeded_from(&newest), || format!("{round}: {}", ran.line));
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {}", verified.out));
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// What cannot be adopted is not published, and nothing is lost.
fn refused(lab: &Lab, replace: &str) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish("echo older >f")?;
    cache.publish("echo old >f")?;
    let before = cache.newest()?;
    let target = disk.path("target");
    std::fs::create_dir(&target)?;
    std::fs::write(target.join("mine"), "mine")?;
    let ran = cache.run(&format!("TARGET={}; cd ..; {replace}", target.display()))?;
    let mut findings = Findings::default();
    findings.check(ran.code == 125, || format!("exit status {}: {}", ran.code, ran.line));
    findings.equal(
        "what the link leads to",
        &std::fs::read_to_string(target.join("mine"))?,
        "mine",
    );
    findings.check(cache.published()?.last() == Some(&before), || {
        format!("the newest is not {before} any more: {:?}", cache.published().unwrap_or_default())
    });
    let next = cache.run("cat f")?;
    findings.equal("the next session", &next.out, "old");
    findings.check(next.is_seeded_from(&before), || next.line.clone());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}
