//! Other users of a cache: what they may do, and what a run does about it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::cache::{Cache, Ran, finish, units};
use super::case::Case;
use super::disk::{Disk, EXT4, TMPFS};
use super::lab::{Findings, Lab, NotRun, Verdict};
use crate::shell::{Result, command, output};

pub(super) const NOBODY: [&str; 6] =
    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

pub(super) const CASES: &[Case] = &[
    Case::new("stranger-swaps-the-session", swapped),
    Case::new("stranger-owns-the-root", |lab| owned(lab, true)),
    Case::new("stranger-owns-the-unit", |lab| owned(lab, false)),
    Case::new("stranger-open-to-all", open_to_all),
    Case::new("stranger-shared-and-sticky", shared),
    Case::new("stranger-holds-every-lock", held),
    Case::new("recycling-fails-and-says-so", recycling_fails),
    Case::new("durable-root-name-is-synced", name_is_synced),
    Case::new("sizes-as-du", sizes),
];

fn as_nobody(arguments: &[&str]) -> Command {
    let mut command = command(NOBODY[0]);
    command.args(&NOBODY[1..]).args(arguments);
    command
}

/// Says NOT RUN where there is no other user to be.
pub(super) fn need_nobody(lab: &Lab) -> Result {
    lab.need(&["setpriv"])?;
    match output(&mut as_nobody(&["true"])) {
        Ok(_) => Ok(()),
        Err(why) => Err(NotRun(format!("nobody cannot be: {why}")).into()),
    }
}

fn set_mode(path: &Path, mode: u32) -> Result {
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

fn unit(cache: &Cache<'_>) -> Result<std::path::PathBuf> {
    Ok(units(cache.root())?.into_iter().next().ok_or("there is no unit")?)
}

fn refused(findings: &mut Findings, ran: &Ran, says: &str) {
    findings.check(ran.code == 125, || format!("exit status {}: {}", ran.code, ran.line));
    findings.check(ran.line.contains(says), || format!("not said that it {says}: {}", ran.line));
    findings.check(ran.line.contains("--trust-owner"), || format!("no remedy: {}", ran.line));
    findings.check(ran.out.is_empty(), || format!("CMD was run: {}", ran.out));
}

/// Nobody's unit: as soon as root's session is there, a link to a place of root's is put in its stead.
fn swapped(lab: &Lab) -> Verdict {
    need_nobody(lab)?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "copy"]);
    cache.publish("echo x >f")?;
    let (unit, secret) = (unit(&cache)?, disk.path("secret"));
    std::fs::create_dir(&secret)?;
    set_mode(&secret, 0o755)?;
    output(command("chown").arg("65534:65534").arg(&unit))?;
    let swap = format!(
        "cd {}; for i in $(seq 4000); do for s in *-working; do [ -d $s ] && mv $s x$i && ln -s {} $s && exit; done; \
         sleep 0.001; done",
        unit.display(),
        secret.display()
    );
    let mut swapper = as_nobody(&["sh", "-c", &swap]).spawn()?;
    let wait = "sleep 0.3; echo ran; echo mine >$INCRDIR_SESSION/shadow";
    let ran = cache.run(wait);
    swapper.kill()?;
    swapper.wait()?;
    let mut findings = Findings::default();
    refused(&mut findings, &ran?, "belongs to user 65534");
    findings.check(!secret.join("shadow").exists(), || "CMD wrote through the link".into());
    findings.verdict()
}

fn owned(lab: &Lab, is_root: bool) -> Verdict {
    need_nobody(lab)?;
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish("echo x >f")?;
    let of = if is_root { cache.root().to_owned() } else { unit(&cache)? };
    output(command("chown").arg("65534:65534").arg(&of))?;
    let mut findings = Findings::default();
    refused(&mut findings, &cache.run("echo ran")?, "belongs to user 65534");
    let trusting = Cache::new(lab, cache.root()).with(&["--trust-owner", "65534"]);
    findings.check(trusting.run("cat f")?.out == "x", || "who is trusted is refused".into());
    findings.verdict()
}

fn open_to_all(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish("echo x >f")?;
    let mut findings = Findings::default();
    for dir in [cache.root().to_owned(), unit(&cache)?] {
        set_mode(&dir, 0o777)?;
        refused(&mut findings, &cache.run("echo ran")?, "may be written by everybody");
        set_mode(&dir, 0o1777)?;
        let ran = cache.run("cat f")?;
        findings.check(ran.out == "x", || format!("sticky, and refused: {}", ran.line));
    }
    findings.verdict()
}

/// A cache of two users: each starts from what the other has published, and neither can rename what is the other's.
fn shared(lab: &Lab) -> Verdict {
    need_nobody(lab)?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let root = disk.path("r");
    output(command("install").args(["-d", "-m", "1777"]).arg(&root))?;
    set_mode(disk.at(), 0o755)?;
    let open = ["sh", "-c", "umask 0; exec \"$0\" \"$@\""];
    let options = ["--seed", "copy", "--keep", "9"];
    let by_root = Cache::new(lab, &root).with(&options).started_by(&open);
    let starter: Vec<&str> = NOBODY.iter().chain(&open).copied().collect();
    let by_nobody = Cache::new(lab, &root).with(&options).started_by(&starter);
    by_root.publish("echo root >f")?;
    let mut findings = Findings::default();
    let second = by_nobody.run("cat f; echo nobody >f")?;
    findings.check(second.code == 0 && second.out == "root", || {
        format!("nobody: `{}`, {}", second.out, second.line)
    });
    let third = by_root.run("cat f; echo root >f")?;
    findings.check(third.code == 0 && third.out == "nobody", || {
        format!("root: `{}`, {}", third.out, third.line)
    });
    let unit = unit(&by_root)?;
    let session = unit.join(by_root.newest()?);
    let taken = output(as_nobody(&["mv"]).arg(&session).arg(unit.join("taken")));
    findings.check(taken.is_err(), || "nobody could rename root's session".into());
    findings.verdict()
}

/// Nobody may read lock files, and so hold them exclusively for ever.
fn held(lab: &Lab) -> Verdict {
    need_nobody(lab)?;
    lab.need(&["flock"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    set_mode(disk.at(), 0o755)?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--keep", "9"]);
    cache.publish("echo 1 >f")?;
    cache.publish("echo 2 >f")?;
    let unit = unit(&cache)?;
    let mut findings = Findings::default();
    let mut holders = Vec::new();
    for (session, right) in cache.published()?.iter().rev().zip(["1", ""]) {
        let stem: Vec<&str> = session.split('-').take(3).collect();
        let lock = unit.join(format!("{}.lock", stem.join("-")));
        let mut holder = as_nobody(&["flock", "--no-fork", "-x"]);
        holders.push(holder.arg(&lock).args(["sleep", "60"]).spawn()?);
        std::thread::sleep(std::time::Duration::from_millis(300));
        let ran = cache.run("cat f 2>/dev/null; exit 1")?;
        findings.equal("what is started from", &ran.out, right);
        findings.check(ran.line.contains("in use"), || format!("not said: {}", ran.line));
    }
    // With the last one published by us, it goes on as ever.
    let ran = cache.run("echo 3 >f")?;
    findings.check(ran.code == 0 && ran.line.contains("published"), || ran.line.clone());
    let next = cache.run("cat f")?;
    findings.equal("afterwards", &next.out, "3");
    for mut holder in holders {
        holder.kill()?;
        holder.wait()?;
    }
    findings.verdict()
}

/// A file of the spare cannot be removed: the session is made anew, and why is said.
fn recycling_fails(lab: &Lab) -> Verdict {
    lab.need(&["chattr"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link"]);
    cache.publish("echo 1 >f; mkdir d; echo x >d/x")?;
    cache.publish("echo 2 >t; mv t f")?;
    let oldest = cache.published()?.remove(0);
    let immutable = cache.session(&oldest)?.join("f");
    output(command("chattr").arg("+i").arg(&immutable))?;
    let ran = cache.run("cat f");
    // Wherever it is now.
    let all = output(command("find").arg(cache.root()).args(["-name", "f"]))?;
    for file in all.lines() {
        output(command("chattr").args(["-i", file]))?;
    }
    let ran = ran?;
    let mut findings = Findings::default();
    findings.equal("what it starts from", &ran.out, "2");
    findings.check(ran.line.contains("not recycled: "), || ran.line.clone());
    findings.verdict()
}

/// What is published durably in a root that has just been made is there after a loss only if the root's name is.
fn name_is_synced(lab: &Lab) -> Verdict {
    lab.need(&["strace"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let parent = disk.path("parent");
    std::fs::create_dir(&parent)?;
    let trace = lab.path("trace");
    let trace_name = trace.display().to_string();
    let starter = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", &trace_name];
    let mut findings = Findings::default();
    for (level, right) in [("durable", true), ("consistent", false)] {
        let cache = Cache::new(lab, parent.join(level)).with(&["--durability", level]);
        let ran = cache.started_by(&starter).run("echo x >f")?;
        if ran.line.contains("PTRACE") {
            return Err(NotRun(ran.line).into());
        }
        let traced = std::fs::read_to_string(&trace)?;
        let is_synced = traced.contains(&format!("<{}>", parent.display()));
        findings.check(is_synced == right, || format!("{level}: {traced}"));
    }
    findings.verdict()
}

/// What `ls` says that all sessions take is what `du` says, but for directories and lock files.
fn sizes(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link", "--keep", "9"]);
    cache.publish("head -c 5000000 /dev/urandom >big; truncate -s 1G hole; echo end >>hole")?;
    for round in 0..3 {
        cache.publish(&format!("head -c 300000 /dev/urandom >f{round}; rm -f f0"))?;
    }
    let listed = finish(
        command(&lab.binary().to_string_lossy()).args(["ls", "--format", "json"]).arg(cache.root()),
    )?;
    let listed: serde_json::Value = serde_json::from_str(&listed.out)?;
    let total = listed["bytes"].as_u64().unwrap_or_default();
    let du = output(command("sh").args(["-c", "find \"$0\" -type f ! -name '*.lock' ! -name CACHEDIR.TAG -print0 | du -c -B1 --files0-from=- | tail -n 1"]).arg(cache.root()))?;
    let du: u64 = du.split_whitespace().next().unwrap_or_default().parse()?;
    let mut findings = Findings::default();
    findings.check(total == du, || format!("ls says {total}, du {du}"));
    findings.verdict()
}
