//! Names that are not what they seem: without case, transient, of somebody else; and numbers that are not.

use super::cache::{Cache, wait_for};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXFAT, EXT4, EXT4_CASEFOLD, Kind, Mount, VFAT};
use super::lab::{Findings, Lab, NotRun, Verdict};
use super::restore::quarantined_none;
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("spelling-exfat", |lab| spelling(lab, &EXFAT, &[])),
    Case::new("spelling-vfat", |lab| spelling(lab, &VFAT, &[])),
    Case::new("spelling-ext4-casefold", |lab| spelling(lab, &EXT4_CASEFOLD, &["chattr", "+F"])),
    Case::new("transient-fuse-hidden", fuse_hidden),
    Case::new("stray-file-then-begin", stray_then_begin),
    Case::new("stray-file-then-abandon", stray_then_abandon),
    Case::new("subvolumes-link", subvolumes),
];

/// What one spelling has made is not another's.
fn spelling(lab: &Lab, kind: &'static Kind, make_root: &[&str]) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    let root = disk.path("r");
    std::fs::create_dir(&root)?;
    if let [program, options @ ..] = make_root {
        output(command(program).args(options).arg(&root))?;
    }
    std::fs::write(root.join("Probe"), "")?;
    if !root.join("probe").exists() {
        return Err(NotRun("this file system tells cases apart".into()).into());
    }
    std::fs::remove_file(root.join("Probe"))?;
    let cache = Cache::new(lab, &root).unit("Demo");
    cache.publish("echo Demo >f")?;
    let before = listing(&root)?;
    let other = Cache::new(lab, &root).unit("demo").run("cat f")?;
    let mut findings = Findings::default();
    findings.check(other.code == 125, || {
        format!("exit status {}, it read `{}`: {}", other.code, other.out, other.line)
    });
    findings.check(other.line.contains("Demo") && other.line.contains("demo"), || {
        format!("both spellings are not named: {}", other.line)
    });
    findings.equal("what is there", &listing(&root)?, &before);
    findings.equal("the next session of Demo", &cache.run("cat f")?.out, "Demo");
    findings.verdict()
}

fn listing(dir: &std::path::Path) -> Result<String> {
    output(command("ls").arg("-AR").arg(dir))
}

/// A file that is removed while somebody has it open lives on under a name that vanishes with him.
fn fuse_hidden(lab: &Lab) -> Verdict {
    lab.need(&["bindfs"])?;
    let disk = Disk::new(lab, &EXT4, "m")?;
    let at = lab.path("fuse");
    std::fs::create_dir(&at)?;
    let _mount = Mount::new(command("bindfs").args([disk.at(), &at]), &at)?;
    let (ready, go) = (lab.path("ready"), lab.path("go"));
    let cache = Cache::new(lab, at.join("r"));
    cache.publish(&format!(
        "echo data >f; (exec 3>t; rm t; touch {0}; for i in $(seq 200); do [ -e {1} ] && exit; \
         sleep 0.05; done) >/dev/null 2>&1 & until [ -e {0} ]; do sleep 0.02; done",
        ready.display(),
        go.display()
    ))?;
    let first = cache.newest()?;
    let hidden =
        || -> Result<bool> { Ok(listing(&cache.session(&first)?)?.contains(".fuse_hidden")) };
    let was_hidden = hidden()?;
    std::fs::write(&go, "")?;
    for _ in 0..100 {
        if !hidden()? {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    if !was_hidden {
        wait_for(&ready)?;
        return Err(NotRun("this FUSE makes no such names".into()).into());
    }
    let mut findings = Findings::default();
    for round in 2..6 {
        let newest = cache.newest()?;
        let ran = cache.publish("ls -A | paste -sd' '; cat f")?;
        findings.equal(&format!("run {round}"), &ran.out, "f\ndata");
        findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
        quarantined_none(&mut findings, &cache)?;
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {}", verified.out));
    findings.verdict()
}

/// Two sessions, and a file of somebody else in the newer one.
fn with_stray<'a>(lab: &'a Lab, disk: &Disk) -> Result<(Cache<'a>, String)> {
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish("echo one >f; echo one >g")?;
    cache.publish("echo two >f")?;
    let newest = cache.newest()?;
    std::fs::write(cache.session(&newest)?.join(".DS_Store"), "Finder")?;
    Ok((cache, newest))
}

fn stray_then_begin(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (cache, newest) = with_stray(lab, &disk)?;
    let ran = cache.run("ls -A | paste -sd' '; cat f")?;
    let mut findings = Findings::default();
    findings.equal("the next session", &ran.out, "f g\ntwo");
    findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// What begin starts from, verify must not call damaged.
fn stray_then_abandon(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (cache, newest) = with_stray(lab, &disk)?;
    cache.run("false")?;
    let mut findings = Findings::default();
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0 && verified.out.contains("sound"), || {
        format!("verify: exit status {}: {}", verified.code, verified.out)
    });
    findings.check(verified.out.contains(".DS_Store"), || {
        format!("verify does not note it: {}", verified.out)
    });
    let ran = cache.run("cat f")?;
    findings.equal("the next session", &ran.out, "two");
    findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// Numbers are those of one device: in each subvolume the first file is number 257.
fn subvolumes(lab: &Lab) -> Verdict {
    lab.need(&["btrfs"])?;
    let disk = Disk::new(lab, &BTRFS, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link"]);
    let mut findings = Findings::default();
    for number in 1..=6 {
        let ran = cache.publish(&format!(
            "cat p/f q/f 2>/dev/null; for d in p q; do [ ! -e $d ] || rm -rf $d; \
             btrfs -q subvolume create $d >&2 && printf ${{d}}{number} >$d/f; done"
        ))?;
        let right = match number {
            1 => String::new(),
            _ => format!("p{0}q{0}", number - 1),
        };
        findings.equal(&format!("run {number}"), &ran.out, &right);
    }
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || format!("verify: {}", verified.out));
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}
