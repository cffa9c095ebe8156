//! Trees that are deep.

use super::cache::Cache;
use super::case::Case;
use super::disk::{Disk, EXT4};
use super::failures::FEW;
use super::lab::{Findings, Lab, Verdict};
use super::restore::quarantined_none;

const LINK: &[&str] = &["--seed", "link"];
const DEPTH: usize = 1000;

pub(super) const CASES: &[Case] = &[
    Case::new("deep-copy", |lab| deep(lab, &[], &[])),
    Case::new("deep-link", |lab| deep(lab, LINK, &[])),
    Case::new("deep-consistent-digests", |lab| {
        deep(lab, &["--durability", "consistent", "--digests"], &[])
    }),
    Case::new("deep-copy-few-descriptors", |lab| deep(lab, &[], &FEW)),
    Case::new("deep-link-few-descriptors", |lab| deep(lab, LINK, &FEW)),
];

/// Published, taken over, recycled, collected and verified.
fn deep(lab: &Lab, options: &[&str], starter: &[&str]) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options).started_by(starter);
    let down = "d/".repeat(DEPTH);
    cache.publish(&format!("mkdir -p {down}; echo 1 >{down}f"))?;
    let mut findings = Findings::default();
    for round in 2..=5 {
        let newest = cache.newest()?;
        let ran =
            cache.publish(&format!("cat {down}f; echo {round} >{down}t; mv {down}t {down}f"))?;
        findings.equal(&format!("run {round}"), &ran.out, &(round - 1).to_string());
        findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {} {}", verified.out, verified.line));
    findings.check(cache.published()?.len() == 2, || "what is obsolete was not collected".into());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}
