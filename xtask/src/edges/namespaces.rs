//! Process ids are those of a namespace, locks are those of a mount: containers share a directory all the same.

use super::cache::{Cache, finish, wait_for};
use super::case::Case;
use super::disk::{Disk, EXT4, Mount};
use super::lab::{Findings, Lab, Verdict};
use crate::shell::command;

pub(super) const CASES: &[Case] = &[Case::new("containers-same-mount", containers)];

/// While one works, another collects that cannot see its process.
fn containers(lab: &Lab) -> Verdict {
    lab.need(&["bindfs", "unshare"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (one, two) = (lab.path("one"), lab.path("two"));
    std::fs::create_dir(&one)?;
    std::fs::create_dir(&two)?;
    let _one = Mount::new(command("bindfs").arg(disk.at()).arg(&one), &one)?;
    let _two = Mount::new(command("mount").arg("--bind").args([&one, &two]), &two)?;
    let working = Cache::new(lab, one.join("r"));
    let contained =
        Cache::new(lab, two.join("r")).started_by(&["unshare", "-p", "-f", "--mount-proc"]);
    working.publish("echo old >f")?;
    let (ready, go) = (lab.path("ready"), lab.path("go"));
    let mut run = working.command(&format!(
        "echo new >f; touch {}; for i in $(seq 200); do [ -e {} ] && break; sleep 0.05; done; cat f",
        ready.display(),
        go.display()
    ));
    let (ran, other) = std::thread::scope(|scope| {
        let worker = scope.spawn(|| finish(&mut run).map_err(|error| error.to_string()));
        let other = wait_for(&ready).and_then(|()| contained.run("cat f"));
        // The worker ends in any case.
        let told = std::fs::write(&go, "");
        let ran = worker.join().map_err(|_| "the worker panicked".to_string());
        (ran, told.map_err(Into::into).and(other))
    });
    let (ran, other) = (ran??, other?);
    let mut findings = Findings::default();
    findings.equal("what the other one starts from", &other.out, "old");
    findings.check(ran.code == 0 && ran.out == "new", || {
        format!("the one that worked: exit status {}, `{}`: {}", ran.code, ran.out, ran.line)
    });
    findings.check(other.line.contains("collected 0"), || {
        format!("the other one collected: {}", other.line)
    });
    findings.verdict()
}
