//! Signals, where a terminal or much work is needed for them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::cache::{Cache, wait_for};
use super::case::Case;
use super::disk::{Disk, EXT4};
use super::lab::{Findings, Lab, Verdict};
use crate::shell::{command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("signal-while-seeding", seeding),
    Case::new("signal-while-collecting", collecting),
    Case::new("signal-terminal-reaches-setsid", terminal),
    Case::new("signal-nohup", nohup),
];

/// Two gigabytes: it ends at once, and the program is not started.
fn seeding(lab: &Lab) -> Verdict {
    let root = lab.path("r");
    let cache = Cache::new(lab, &root).with(&["--seed", "copy"]);
    cache.publish("head -c 1500M /dev/zero >big")?;
    let marker = lab.path("ran");
    let said = lab.path("said");
    let mut run = cache.command(&format!("touch {}", marker.display()));
    let mut child = run.stdout(Stdio::null()).stderr(std::fs::File::create(&said)?).spawn()?;
    std::thread::sleep(Duration::from_millis(150));
    let start = Instant::now();
    output(command("kill").args(["-s", "TERM", &child.id().to_string()]))?;
    let status = child.wait()?;
    let took = start.elapsed();
    let line = std::fs::read_to_string(&said)?;
    let mut findings = Findings::default();
    findings.check(status.code() == Some(143), || format!("{status}: {line}"));
    findings.check(!marker.exists(), || format!("the program was run: {line}"));
    findings.check(took < Duration::from_secs(5), || format!("ended after {took:?}"));
    findings.check(cache.published()?.len() == 1, || "more than one is published".into());
    let next = cache.run("stat -c %s big")?;
    findings.equal("the next one", &next.out, "1572864000");
    findings.verdict()
}

fn collecting(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "none"]);
    cache.publish("seq 1 20000 | xargs touch; exit 0")?;
    cache.publish("true")?;
    let mut gc = command(&lab.binary().to_string_lossy());
    let mut child =
        gc.arg("gc").arg(cache.root()).args(["--keep", "1"]).stdout(Stdio::null()).spawn()?;
    std::thread::sleep(Duration::from_millis(40));
    output(command("kill").args(["-s", "HUP", &child.id().to_string()]))?;
    let start = Instant::now();
    let status = child.wait()?;
    let mut findings = Findings::default();
    // On a fast disk it is through.
    let is_through = status.code() == Some(0);
    findings.check(is_through || status.code() == Some(130), || format!("{status}"));
    findings.check(start.elapsed() < Duration::from_secs(5), || format!("{:?}", start.elapsed()));
    let next = cache.run("true")?;
    findings.check(next.code == 0 && !next.line.contains("could not be"), || next.line.clone());
    findings.verdict()
}

/// `^C` reaches the foreground group only; a program that has left it is told by incrdir.
fn terminal(lab: &Lab) -> Verdict {
    lab.need(&["script", "setsid"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (ready, told) = (lab.path("ready"), lab.path("told"));
    let inner = format!(
        "trap \"touch {}; exit 3\" INT; touch {}; for i in $(seq 500); do sleep 0.02; done",
        told.display(),
        ready.display()
    );
    let line = format!(
        "exec {} run --unit u --root {} -- setsid sh -c '{inner}'",
        lab.binary().display(),
        disk.path("r").display()
    );
    let mut typist = command("script");
    let typist = typist.args(["-qec", &line, "/dev/null"]);
    let mut child = typist.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let begun = wait_for(&ready);
    if let Some(keys) = child.stdin.as_mut() {
        use std::io::Write;
        keys.write_all(b"\x03")?;
        keys.flush()?;
    }
    let start = Instant::now();
    let seen = wait_for(&told);
    drop(child.stdin.take());
    let _ = child.wait()?;
    begun?;
    let mut findings = Findings::default();
    findings.check(seen.is_ok(), || "the program was not told".into());
    findings.check(start.elapsed() < Duration::from_secs(8), || format!("{:?}", start.elapsed()));
    findings.verdict()
}

fn nohup(lab: &Lab) -> Verdict {
    lab.need(&["nohup"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).started_by(&["nohup"]);
    let (ready, said) = (lab.path("ready"), lab.path("said"));
    let mut run = cache.command(&format!("touch {}; sleep 0.5; echo x >f", ready.display()));
    let mut child = run.stdout(Stdio::null()).stderr(std::fs::File::create(&said)?).spawn()?;
    wait_for(&ready)?;
    output(command("kill").args(["-s", "HUP", &child.id().to_string()]))?;
    let status = child.wait()?;
    let mut findings = Findings::default();
    let line = std::fs::read_to_string(&said)?;
    findings.check(status.success() && line.contains("published"), || format!("{status}: {line}"));
    findings.verdict()
}
