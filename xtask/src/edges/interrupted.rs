//! Programs that write in place through links, and do not come to an end.

use super::cache::{Cache, wait_for};
use super::case::Case;
use super::disk::{Disk, EXT4};
use super::lab::{Findings, Lab, Verdict};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("in-place-link-exit-1", |lab| in_place(lab, "exit 1", None)),
    Case::new("in-place-link-sigterm", |lab| in_place(lab, "exec sleep 20", Some("TERM"))),
    Case::new("in-place-link-sigint", |lab| in_place(lab, "exec sleep 20", Some("INT"))),
    Case::new("in-place-link-sighup", |lab| in_place(lab, "exec sleep 20", Some("HUP"))),
    Case::new("in-place-link-sigkill", |lab| in_place(lab, "exec sleep 20", Some("KILL"))),
];

fn in_place(lab: &Lab, end: &str, signal: Option<&str>) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link"]);
    cache.publish("echo one >f")?;
    cache.publish("echo two >.t; mv .t f")?;
    let linked = cache.newest()?;
    let ready = lab.path("ready");
    let script = format!("printf half >f; echo $$ >{0}.t; mv {0}.t {0}; {end}", ready.display());
    let ended = match signal {
        None => cache.run(&script)?.line,
        Some(signal) => interrupt(cache.command(&script), signal, &ready)?,
    };
    let next = cache.run("cat f 2>/dev/null")?;
    let mut findings = Findings::default();
    findings.check(["one", ""].contains(&&*next.out), || {
        format!("the next one starts from `{}`: {}", next.out, next.line)
    });
    // Where the interrupted run began is no word about what happened to it.
    let told = ended.split_once("; ").map_or("", |(_, told)| told);
    // The last part of its name is another one in quarantine.
    let stem = linked.rsplit_once('-').map_or(&*linked, |(stem, _)| stem);
    let is_told = told.contains(stem)
        || (next.line.contains(stem) && !next.is_seeded_from(stem))
        || cache.sessions()?.iter().any(|it| it.state == "quarantined" && it.name.contains(stem));
    findings.check(is_told, || format!("not a word of {linked}: {ended}; {}", next.line));
    findings.verdict()
}

/// Starts it, sends the signal once its program has written, and takes what it says then.
fn interrupt(
    mut run: std::process::Command,
    signal: &str,
    ready: &std::path::Path,
) -> Result<String> {
    use std::process::Stdio;
    // The program outlives a killed command, and would keep the pipes open.
    let said = ready.with_extension("said");
    let file = std::fs::File::create(&said)?;
    let mut child = run.stdout(Stdio::null()).stderr(file).spawn()?;
    let begun = wait_for(ready);
    output(command("kill").args(["-s", signal, &child.id().to_string()]))?;
    child.wait()?;
    begun?;
    if signal == "KILL" {
        let program = std::fs::read_to_string(ready)?;
        output(command("kill").args(["-s", "KILL", program.trim()]))?;
        // It holds the lock until it is gone.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok(std::fs::read_to_string(said)?)
}
