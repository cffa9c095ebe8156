//! A server that a run left behind, which still has one of its files or its directory.

use super::cache::{Cache, wait_for};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, TMPFS};
use super::lab::{Findings, Lab, Verdict};

pub(super) const CASES: &[Case] = &[
    Case::new("server-descriptor-ext4", |lab| descriptor(lab, &EXT4)),
    Case::new("server-descriptor-tmpfs", |lab| descriptor(lab, &TMPFS)),
    Case::new("server-descriptor-btrfs", |lab| descriptor(lab, &BTRFS)),
    Case::new("server-directory-ext4", directory),
];

/// In the background until it is told, for ten seconds at most.
fn server(lab: &Lab, before: &str, late: &str) -> String {
    let (go, done) = (lab.path("go"), lab.path("done"));
    format!(
        "({before}; for i in $(seq 200); do if [ -e {0} ]; then {late}; touch {1}; exit; fi; \
         sleep 0.05; done) >/dev/null 2>&1 &",
        go.display(),
        done.display(),
    )
}

/// Run 3 is made of run 1's directory, and what did not change stays in place in it.
fn descriptor(lab: &Lab, kind: &'static Kind) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    // On disk for as long as the times need to settle.
    let server = server(lab, "exec 3<>f", "printf LATE >&3");
    cache.publish(&format!("printf ONE_ >f; echo 1 >g; {server} sleep 0.1"))?;
    std::thread::sleep(std::time::Duration::from_millis(1200));
    cache.publish("echo 2 >g")?;
    cache.publish("echo 3 >g")?;
    std::fs::write(lab.path("go"), "")?;
    wait_for(&lab.path("done"))?;
    let mut findings = Findings::default();
    let newest = cache.newest()?;
    let published = std::fs::read_to_string(cache.session(&newest)?.join("f"))?;
    findings.equal("what run 3 published", &published, "ONE_");
    findings.equal("what run 4 starts from", &cache.run("cat f g")?.out, "ONE_3");
    findings.verdict()
}

/// Its working directory is run 1's, and what it makes there must be in nobody's session.
fn directory(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    let server = server(lab, "cd $S", "echo stray >stray");
    cache.publish(&format!("echo 1 >f; echo 1 >g; {server} sleep 0.1"))?;
    cache.publish("echo 2 >g")?;
    let (go, done) = (lab.path("go"), lab.path("done"));
    let wait =
        format!("touch {}; until [ -e {} ]; do sleep 0.05; done", go.display(), done.display());
    cache.publish(&format!("echo 3 >g; {wait}"))?;
    let mut findings = Findings::default();
    findings.equal("run 4's files", &cache.run("ls | paste -sd' '")?.out, "f g");
    findings.verdict()
}
