//! Trees that a program leaves behind: with something mounted in them, with permissions that keep everybody out, with
//! directories that cannot be renamed.

use std::path::{Path, PathBuf};

use super::cache::{Cache, finish, units};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Mount, XFS_PROJECTS};
use super::lab::{Findings, Lab, NotRun, Verdict};
use super::strangers::{NOBODY, need_nobody};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("mount-abandoned", |lab| mounted(lab, "exit 1", false)),
    Case::new("mount-collected", |lab| mounted(lab, "kill -9 $PPID; sleep 0.2", true)),
    Case::new("mount-published", mount_published),
    Case::new("mount-over-published", mount_over_published),
    Case::new("subvolume-in-a-session", subvolume),
    Case::new("permissions-abandoned", |lab| shut(lab, "exit 1")),
    Case::new("permissions-collected", |lab| shut(lab, "kill -9 $PPID; sleep 0.2")),
    Case::new("permissions-published", |lab| shut(lab, "exit 0")),
    Case::new("rename-refused-project-quota", project_quota),
    Case::new("rename-refused-landlock", landlock),
    Case::new("set-user-id-of-another-user", set_user_id),
];

/// A directory of somebody's, with something in it that is not to be touched.
fn home(lab: &Lab) -> Result<PathBuf> {
    let home = lab.path("home");
    std::fs::create_dir_all(home.join("d"))?;
    std::fs::write(home.join("d/precious"), "precious")?;
    Ok(home)
}

fn is_whole(findings: &mut Findings, home: &Path) {
    let is_whole = home.join("d/precious").exists();
    findings.check(is_whole, || "what was mounted was emptied".into());
}

/// Takes away all that is mounted below.
fn unmount_below(dir: &Path) -> Result {
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let mut below: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    below.retain(|at| Path::new(at).starts_with(dir) && Path::new(at) != dir);
    for at in below.iter().rev() {
        output(command("umount").arg(at))?;
    }
    Ok(())
}

fn gc(lab: &Lab, root: &Path) -> Result<super::cache::Ran> {
    finish(command(&lab.binary().to_string_lossy()).arg("gc").arg(root))
}

fn left_in(cache: &Cache<'_>) -> Result<Vec<String>> {
    let mut left = Vec::new();
    for unit in units(cache.root())? {
        for entry in std::fs::read_dir(unit)? {
            left.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(left)
}

/// A program binds somebody's directory into its session, and fails or is killed.
fn mounted(lab: &Lab, ends: &str, is_killed: bool) -> Verdict {
    let (disk, home) = (Disk::new(lab, &EXT4, "m")?, home(lab)?);
    let cache = Cache::new(lab, disk.path("r"));
    let mut findings = Findings::default();
    let script = format!("mkdir -p a/m; echo x >a/f; mount --bind {} a/m; {ends}", home.display());
    let ran = cache.run(&script)?;
    is_whole(&mut findings, &home);
    let told = match is_killed {
        false => ran.line,
        true => gc(lab, cache.root())?.out,
    };
    findings.check(told.contains("unmount it"), || format!("no remedy: {told}"));
    is_whole(&mut findings, &home);
    unmount_below(cache.root())?;
    let collected = gc(lab, cache.root())?;
    findings.check(collected.code == 0, || collected.line.clone());
    let left = left_in(&cache)?;
    findings.check(left.is_empty(), || format!("left: {left:?}"));
    is_whole(&mut findings, &home);
    findings.verdict()
}

/// What is mounted is not the session's: a directory, and a file.
fn mount_published(lab: &Lab) -> Verdict {
    let (disk, home) = (Disk::new(lab, &EXT4, "m")?, home(lab)?);
    let cache = Cache::new(lab, disk.path("r"));
    let mut findings = Findings::default();
    for make in ["mkdir m; mount --bind HOME m", "echo x >m; mount --bind HOME/d/precious m"] {
        let ran = cache.run(&make.replace("HOME", &home.to_string_lossy()))?;
        findings.check(ran.code == 125, || format!("exit status {}: {}", ran.code, ran.line));
        findings.check(ran.line.contains("unmount it"), || format!("no remedy: {}", ran.line));
        unmount_below(cache.root())?;
        is_whole(&mut findings, &home);
    }
    let count = cache.published()?.len();
    findings.check(count == 0, || format!("{count} sessions were published"));
    findings.verdict()
}

/// Somebody mounts something in a published session: nothing of it is copied, and nothing is lost.
fn mount_over_published(lab: &Lab) -> Verdict {
    let (disk, home) = (Disk::new(lab, &EXT4, "m")?, home(lab)?);
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "copy"]);
    cache.publish("mkdir m; echo x >m/f")?;
    let at = cache.session(&cache.newest()?)?.join("m");
    let mount = Mount::new(command("mount").arg("--bind").args([&home, &at]), &at)?;
    let mut findings = Findings::default();
    let ran = cache.run("cat m/f")?;
    findings.check(ran.code == 125, || format!("exit status {}: {}", ran.code, ran.line));
    findings.check(ran.line.contains("unmount it"), || format!("no remedy: {}", ran.line));
    mount.end()?;
    let ran = cache.publish("cat m/f")?;
    findings.equal("the run after", &ran.out, "x");
    is_whole(&mut findings, &home);
    findings.verdict()
}

/// A subvolume is no mount: it is deleted with the session that it is in.
fn subvolume(lab: &Lab) -> Verdict {
    lab.need(&["btrfs"])?;
    let disk = Disk::new(lab, &BTRFS, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    let mut findings = Findings::default();
    let ran = cache.run("btrfs -q subvolume create v; mkdir v/d; echo x >v/d/f; exit 1")?;
    findings.check(ran.code == 1, || format!("exit status {}: {}", ran.code, ran.line));
    let left = left_in(&cache)?;
    findings.check(left.is_empty(), || format!("left: {left:?}, {}", ran.line));
    findings.verdict()
}

/// As nobody in particular: what the program leaves may not be opened by anybody.
fn shut(lab: &Lab, ends: &str) -> Verdict {
    need_nobody(lab)?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    output(command("chmod").arg("1777").arg(disk.at()))?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "copy"]).started_by(&NOBODY);
    let mut findings = Findings::default();
    let leave = "mkdir -p a/b; echo content >a/b/f; echo content >g; chmod 0 a/b/f g a/b a";
    let ran = cache.run(&format!("{leave}; {ends}"))?;
    findings.check(!ran.line.contains("could not"), || ran.line.clone());
    if ends == "exit 0" {
        findings.check(ran.code == 0, || format!("exit status {}: {}", ran.code, ran.line));
        let next = cache.publish("cat a/b/f g")?;
        findings.equal("the next run", &next.out, "content\ncontent");
    } else {
        let collected = finish(cache.started().arg("gc").arg(cache.root()))?;
        findings.check(collected.code == 0, || collected.line.clone());
        let left = left_in(&cache)?;
        findings.check(left.is_empty(), || format!("left: {left:?}"));
    }
    findings.verdict()
}

/// Under project quotas a directory of another project cannot be renamed or moved up.
fn project_quota(lab: &Lab) -> Verdict {
    lab.need(&["xfs_io"])?;
    let disk = Disk::new(lab, &XFS_PROJECTS, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    let mut findings = Findings::default();
    for (number, status) in [1, 0, 0, 0, 0].into_iter().enumerate() {
        // Of a new directory, so that nothing has it already; what is in it inherits it.
        let make = format!(
            "mkdir -p a{number}; xfs_io -c 'chproj -R {}' -c 'chattr -R +P' . a{number}; mkdir -p a{number}/b; \
             echo x >a{number}/b/f; exit {status}",
            40 + number
        );
        let ran = cache.run(&make)?;
        findings.check(ran.code == status, || format!("exit status {}: {}", ran.code, ran.line));
        findings.check(!ran.line.contains("could not"), || ran.line.clone());
    }
    let collected = gc(lab, cache.root())?;
    findings.check(collected.code == 0, || collected.line.clone());
    let left = left_in(&cache)?;
    findings.check(left.len() == 4, || format!("left: {left:?}"));
    findings.verdict()
}

/// What a program may do that has restricted itself: everything but renaming from one directory into another.
const RESTRICTED: &str = "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
handled = ctypes.c_uint64(1 << 11)
ruleset = libc.syscall(444, ctypes.byref(handled), 8, 0)
if ruleset < 0: sys.exit(77)
libc.prctl(38, 1, 0, 0, 0)
if libc.syscall(446, ruleset, 0) < 0: sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
";

fn landlock(lab: &Lab) -> Verdict {
    lab.need(&["python3"])?;
    let starter = ["python3", "-c", RESTRICTED];
    if finish(command(starter[0]).args(&starter[1..]).arg("true"))?.code != 0 {
        return Err(NotRun("this kernel has no Landlock".into()).into());
    }
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r")).started_by(&starter);
    let mut findings = Findings::default();
    for status in [1, 0, 0, 0] {
        let ran = cache.run(&format!("mkdir -p a/b/c; echo x >a/b/c/f; exit {status}"))?;
        findings.check(ran.code == status, || format!("exit status {}: {}", ran.code, ran.line));
        findings.check(!ran.line.contains("could not"), || ran.line.clone());
    }
    let left = left_in(&cache)?;
    findings.check(left.len() == 4, || format!("left: {left:?}"));
    findings.verdict()
}

/// A program that acts as its owner does not become one that acts as root.
fn set_user_id(lab: &Lab) -> Verdict {
    need_nobody(lab)?;
    let mut findings = Findings::default();
    for seed in ["copy", "clone", "auto", "link"] {
        let disk = Disk::new(lab, &BTRFS, seed)?;
        let root = disk.path("r");
        std::fs::create_dir(&root)?;
        output(command("chmod").arg("1777").arg(&root))?;
        let theirs = Cache::new(lab, &root).with(&["--seed", seed]).started_by(&NOBODY);
        theirs.publish("cp /bin/sh s; chmod 6755 s; mkdir d; chmod 2755 d")?;
        let ours = Cache::new(lab, &root).with(&["--seed", seed, "--trust-owner", "65534"]);
        let ran = ours.run("stat -c '%U %a' s d")?;
        let is_harmless = |line: &str| {
            !line.starts_with("root 4")
                && !line.starts_with("root 6")
                && !line.starts_with("root 2")
        };
        findings.check(!ran.out.is_empty() && ran.out.lines().all(is_harmless), || {
            format!("{seed}: {} {}", ran.out, ran.line)
        });
    }
    findings.verdict()
}
