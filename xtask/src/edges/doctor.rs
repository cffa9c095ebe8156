//! `incrdir doctor`: its verdict on each file system, as root and as a user without rights, and what it leaves: nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cache::{Cache, Ran, finish};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXFAT_OPEN, EXT4, EXT4_128, Kind, Mount, NTFS, TMPFS, VFAT, XFS};
use super::fuse::Sshfs;
use super::lab::{Findings, Lab, NotRun, Verdict};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("doctor-ext4", |lab| on_disk(lab, &EXT4, &right("good", "ext4").links())),
    Case::new("doctor-ext4-whole-seconds", |lab| {
        on_disk(lab, &EXT4_128, &right("works", "ext4").links().worse("steps of 2s"))
    }),
    Case::new("doctor-of-a-new-ext4", |lab| {
        let disk = Disk::new(lab, &EXT4, "m")?;
        // What is made with the file system has times in whole seconds.
        let told = told(lab, &[], disk.at())?;
        let mut findings = Findings::default();
        right("good", "ext4").links().check(&mut findings, "root", &told);
        findings.verdict()
    }),
    Case::new("doctor-xfs", |lab| on_disk(lab, &XFS, &right("good", "xfs").links().clones())),
    Case::new("doctor-btrfs", |lab| on_disk(lab, &BTRFS, &right("good", "btrfs").links().clones())),
    Case::new("doctor-tmpfs", |lab| {
        on_disk(lab, &TMPFS, &right("works", "tmpfs").links().worse("times do not show"))
    }),
    Case::new("doctor-vfat", |lab| {
        on_disk(lab, &VFAT, &right("copies", "vfat").worse("steps of 2s"))
    }),
    Case::new("doctor-exfat", |lab| {
        on_disk(lab, &EXFAT_OPEN, &right("copies", "").worse("steps of 2s"))
    }),
    Case::new("doctor-ntfs", |lab| on_disk(lab, &NTFS, &right("works", "").links())),
    Case::new("doctor-overlayfs", overlayfs),
    Case::new("doctor-bindfs", bindfs),
    Case::new("doctor-sshfs", |lab| sshfs(lab, false)),
    Case::new("doctor-sshfs-mounted-twice", |lab| sshfs(lab, true)),
    Case::new("doctor-read-only", read_only),
    Case::new("doctor-full-disk", full_disk),
    Case::new("doctor-no-inodes", no_inodes),
    Case::new("doctor-not-permitted", not_permitted),
    Case::new("doctor-of-a-unit", of_a_unit),
    Case::new("doctor-killed", killed),
    Case::new("doctor-interrupted", interrupted),
    Case::new("doctor-drawbacks-once", drawbacks_once),
];

/// Nobody in particular.
const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// What is to be found.
struct Right {
    verdict: &'static str,
    /// Empty: whatever the driver calls itself.
    file_system: &'static str,
    links: bool,
    clones: bool,
    worse: Option<&'static str>,
}

const fn right(verdict: &'static str, file_system: &'static str) -> Right {
    Right { verdict, file_system, links: false, clones: false, worse: None }
}

impl Right {
    const fn links(self) -> Self {
        Self { links: true, ..self }
    }

    const fn clones(self) -> Self {
        Self { clones: true, ..self }
    }

    const fn worse(self, worse: &'static str) -> Self {
        Self { worse: Some(worse), ..self }
    }

    fn code(&self) -> i32 {
        if matches!(self.verdict, "good" | "works" | "copies") { 0 } else { 3 }
    }

    fn check(&self, findings: &mut Findings, who: &str, told: &Told) {
        let equal = |findings: &mut Findings, what: &str, seen: &str, right: &str| {
            findings.equal(&format!("{what} of {who}"), seen, right);
        };
        equal(findings, "the verdict", &told.text("verdict"), self.verdict);
        equal(findings, "the exit status", &told.code.to_string(), &self.code().to_string());
        if !self.file_system.is_empty() {
            equal(findings, "the file system", &told.text("file_system"), self.file_system);
        }
        equal(findings, "hard links", &told.shown("hard_links"), &self.links.to_string());
        equal(findings, "clones", &told.shown("clones"), &self.clones.to_string());
        if let Some(worse) = self.worse {
            let drawbacks = told.shown("drawbacks");
            findings.check(drawbacks.contains(worse), || {
                format!("`{worse}` is not among the drawbacks of {who}: {drawbacks}")
            });
        }
    }
}

/// The document.
struct Told {
    code: i32,
    document: Value,
}

impl Told {
    fn text(&self, field: &str) -> String {
        self.document[field].as_str().unwrap_or_default().into()
    }

    fn shown(&self, field: &str) -> String {
        self.document[field].to_string()
    }
}

fn ran(lab: &Lab, starter: &[&str], arguments: &[&str], dir: &Path) -> Result<Ran> {
    let binary = lab.binary().to_string_lossy().into_owned();
    let (program, rest) = match starter.split_first() {
        Some((program, rest)) => (*program, [rest, &[&*binary]].concat()),
        None => (&*binary, Vec::new()),
    };
    finish(command(program).args(rest).arg("doctor").args(arguments).arg(dir))
}

fn told(lab: &Lab, starter: &[&str], dir: &Path) -> Result<Told> {
    let Ran { code, out, line } = ran(lab, starter, &["--format", "json"], dir)?;
    let document = serde_json::from_str(&out).map_err(|error| format!("{error}: {out} {line}"))?;
    Ok(Told { code, document })
}

/// As root in a directory of root's, and as nobody in one of theirs; nothing is left, and a unit beside is what it was.
fn examine(lab: &Lab, at: &Path, right: &Right) -> Result<(Findings, Told)> {
    lab.need(&["setpriv"])?;
    let mut findings = Findings::default();
    let mut by_root = None;
    for (who, starter) in [("root", &[][..]), ("nobody", &NOBODY[..])] {
        let dir = at.join(who);
        std::fs::create_dir(&dir)?;
        if who == "nobody" {
            // Where there are no owners, everything is whose the mount says, or everybody's.
            let _ = output(command("chown").arg("65534:65534").arg(&dir));
            let _ = std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o777));
        }
        std::fs::write(dir.join("beside"), "as it was")?;
        let seen = told(lab, starter, &dir)?;
        right.check(&mut findings, who, &seen);
        nothing_is_left(&mut findings, &dir, &["beside"])?;
        let people = ran(lab, starter, &[], &dir)?;
        findings.check(people.out.lines().next() == Some(&*seen.text("says")), || {
            format!("the first line for {who} is not the verdict: {}", people.out)
        });
        by_root.get_or_insert(seen);
    }
    Ok((findings, by_root.ok_or("nobody was asked")?))
}

fn nothing_is_left(findings: &mut Findings, dir: &Path, there: &[&str]) -> Result {
    let mut names: Vec<String> = std::fs::read_dir(dir)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    names.sort();
    findings.equal("what is there", &names.join(" "), &there.join(" "));
    Ok(())
}

fn on_disk(lab: &Lab, kind: &'static Kind, right: &Right) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    let (mut findings, told) = examine(lab, disk.at(), right)?;
    let locks = &told.document["locks"];
    for what in ["two_descriptors", "two_processes", "shared_by_readers"] {
        findings.check(locks[what] == true, || format!("{what}: {locks}"));
    }
    findings.check(told.document["available_bytes"].as_u64() > Some(0), || told.shown("bytes"));
    findings.verdict()
}

fn overlayfs(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let [lower, upper, work] = ["lower", "upper", "work"].map(|name| disk.path(name));
    for dir in [&lower, &upper, &work] {
        std::fs::create_dir(dir)?;
    }
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        upper.display(),
        work.display()
    );
    let at = lab.path("merged");
    let mut mount = command("mount");
    let _mount =
        Mount::new(mount.args(["-t", "overlay", "-o", &options, "overlay"]).arg(&at), &at)?;
    let right = right("works", "overlay").links().worse("times do not show");
    examine(lab, &at, &right)?.0.verdict()
}

/// Whoever works in the directory below is not kept out.
fn bindfs(lab: &Lab) -> Verdict {
    lab.need(&["bindfs"])?;
    let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
    let mut mount = command("bindfs");
    let _mount = Mount::new(mount.args(["-o", "allow_other"]).arg(disk.at()).arg(&at), &at)?;
    let right = right("locks-untrusted", "").links().worse("may not exclude");
    let (mut findings, told) = examine(lab, &at, &right)?;
    let locks = &told.document["locks"];
    findings.check(locks["two_processes"] == true, || locks.to_string());
    findings.check(locks["by_another_name"] == false, || locks.to_string());
    let below = disk.path("root");
    findings
        .check(locks["other_ways"][0]["path"] == *below.to_string_lossy(), || locks.to_string());
    findings.check(locks["other_ways"][0]["excluded"] == false, || locks.to_string());
    findings.verdict()
}

fn sshfs(lab: &Lab, twice: bool) -> Verdict {
    let (from, at, other) = (lab.path("served"), lab.path("sshfs"), lab.path("sshfs-again"));
    let mounted = Sshfs::new(lab, &from, &at)?;
    let _again = if twice { Some(mounted.again(&other)?) } else { None };
    let dir = at.join("root");
    std::fs::create_dir(&dir)?;
    let told = told(lab, &[], &dir)?;
    let mut findings = Findings::default();
    // An sftp server of OpenSSH links.
    let right = right("locks-untrusted", "fuse.sshfs").links().worse("steps of 2s");
    right.check(&mut findings, "root", &told);
    let locks = &told.document["locks"];
    findings.check(locks["two_processes"] == true, || locks.to_string());
    let right = match twice {
        true => format!(r#"[{{"excluded":false,"path":"{}"}}]"#, other.join("root").display()),
        false => "[]".into(),
    };
    findings.equal("other ways", &locks["other_ways"].to_string(), &right);
    nothing_is_left(&mut findings, &dir, &[])?;
    findings.verdict()
}

/// It says what it is, how much room there is, and why nothing can be made.
fn read_only(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    std::fs::write(disk.path("file"), "content")?;
    output(command("mount").args(["-o", "remount,ro"]).arg(disk.at()))?;
    let told = told(lab, &[], disk.at())?;
    let mut findings = Findings::default();
    findings.equal("the verdict", &told.text("verdict"), "unusable");
    findings.equal("the exit status", &told.code.to_string(), "3");
    findings.check(told.text("says").contains("read-only"), || told.text("says"));
    findings.check(told.text("remedy").contains("mount"), || told.text("remedy"));
    findings.equal("the file system", &told.text("file_system"), "ext4");
    findings.check(told.document["bytes"].as_u64() > Some(0), || told.shown("bytes"));
    findings.equal("ids in listings", &told.shown("listed_ids_are_true"), "true");
    findings.equal("namespaces", &told.shown("namespaces"), "true");
    findings.verdict()
}

/// A full disk takes names as long as there is room for them, and no content.
fn full_disk(lab: &Lab) -> Verdict {
    let mut findings = Findings::default();
    for kind in [&EXT4, &TMPFS, &XFS] {
        let disk = Disk::new(lab, kind, if std::ptr::eq(kind, &EXT4) { "m" } else { "n" })?;
        let _ = output(command("sh").args(["-c", "cat /dev/zero >fill"]).current_dir(disk.at()));
        let told = told(lab, &[], disk.at())?;
        findings.equal("the verdict", &told.text("verdict"), "unusable");
        findings.equal("the exit status", &told.code.to_string(), "3");
        findings.check(told.text("says").contains("full"), || told.text("says"));
        findings.check(!told.text("file_system").is_empty(), || told.shown("file_system"));
        findings.check(told.document["available_bytes"].is_u64(), || told.shown("bytes"));
        nothing_is_left(&mut findings, disk.at(), &there(disk.at(), "fill"))?;
    }
    findings.verdict()
}

/// What a file system has in its root from the beginning.
fn there<'a>(at: &Path, file: &'a str) -> Vec<&'a str> {
    match at.join("lost+found").exists() {
        true => vec![file, "lost+found"],
        false => vec![file],
    }
}

fn no_inodes(lab: &Lab) -> Verdict {
    let at = lab.path("few");
    let mut mount = command("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64m,nr_inodes=4", "tmpfs"]).arg(&at);
    let _mount = Mount::new(&mut mount, &at)?;
    for file in ["a", "b", "c"] {
        std::fs::write(at.join(file), "")?;
    }
    let told = told(lab, &[], &at)?;
    let mut findings = Findings::default();
    findings.equal("the verdict", &told.text("verdict"), "unusable");
    findings.check(told.text("says").contains("no room for another file"), || told.text("says"));
    findings.equal("files that fit", &told.shown("available_inodes"), "0");
    nothing_is_left(&mut findings, &at, &["a", "b", "c"])?;
    findings.verdict()
}

fn not_permitted(lab: &Lab) -> Verdict {
    lab.need(&["setpriv"])?;
    let dir = lab.path("of-root");
    std::fs::create_dir(&dir)?;
    let told = told(lab, &NOBODY, &dir)?;
    let mut findings = Findings::default();
    findings.equal("the verdict", &told.text("verdict"), "unusable");
    findings.equal("the exit status", &told.code.to_string(), "3");
    findings.check(told.text("says").contains("this user"), || told.text("says"));
    findings.verdict()
}

/// The root is examined, and neither a unit nor a session is changed.
fn of_a_unit(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish("mkdir d; echo one >d/f")?;
    let session = cache.session(&cache.newest()?)?;
    let unit = session.parent().ok_or("a session is in a unit")?.to_path_buf();
    let look = || output(command("find").arg(&unit).args(["-printf", "%P %i %s %T@ %C@\n"]));
    let before = look()?;
    let mut findings = Findings::default();
    for dir in [&unit, &session, &session.join("d"), &disk.path("r")] {
        let told = told(lab, &[], dir)?;
        findings.equal(
            "what was examined",
            &told.text("directory"),
            &disk.path("r").to_string_lossy(),
        );
        findings.equal("the verdict", &told.text("verdict"), "good");
        findings.equal("the unit", &look()?, &before);
    }
    let missing = told(lab, &[], &disk.path("not-there-yet"))?;
    findings.equal("what was examined", &missing.text("directory"), &disk.at().to_string_lossy());
    let nowhere = ran(lab, &[], &[], &disk.path("no/where"))?;
    findings.equal("the exit status", &nowhere.code.to_string(), "1");
    let verified = cache.verify(&[])?;
    findings.check(verified.code == 0, || verified.out);
    findings.verdict()
}

/// A leftover stays for a day, and goes then.
fn killed(lab: &Lab) -> Verdict {
    lab.need(&["strace"])?;
    let dir = lab.path("d");
    std::fs::create_dir(&dir)?;
    let mut strace = command("strace");
    // In the middle: one of its renames.
    strace.args(["-f", "-o", "/dev/null", "-e", "inject=renameat,renameat2:signal=KILL"]);
    let killed = finish(strace.arg(lab.binary()).arg("doctor").arg(&dir))?;
    let left: Vec<PathBuf> =
        std::fs::read_dir(&dir)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let mut findings = Findings::default();
    if left.is_empty() {
        return Err(NotRun(format!("strace has killed nothing: {}", killed.line)).into());
    }
    findings.equal("what is left", &left.len().to_string(), "2");
    told(lab, &[], &dir)?;
    findings.equal("after another one", &std::fs::read_dir(&dir)?.count().to_string(), "2");
    for path in left {
        output(command("touch").args(["-d", "25 hours ago"]).arg(path))?;
    }
    let told = told(lab, &[], &dir)?;
    findings.equal("removed", &told.shown("leftovers_removed"), "1");
    nothing_is_left(&mut findings, &dir, &[])?;
    findings.verdict()
}

/// Signals at any moment leave nothing.
fn interrupted(lab: &Lab) -> Verdict {
    let dir = lab.path("d");
    std::fs::create_dir(&dir)?;
    let mut findings = Findings::default();
    let mut early = 0;
    for millis in (0..60).step_by(3) {
        let mut doctor = command(&lab.binary().to_string_lossy());
        doctor.arg("doctor").arg(&dir).stdout(std::process::Stdio::null());
        let mut doctor = doctor.spawn()?;
        std::thread::sleep(std::time::Duration::from_millis(millis));
        let _ = output(command("kill").args(["-INT", &doctor.id().to_string()]));
        let code = doctor.wait()?.code();
        // Before it listens, a signal ends it, when nothing was made yet.
        findings.check([None, Some(0), Some(130)].contains(&code), || format!("{code:?}"));
        early += i32::from(code == Some(130));
        nothing_is_left(&mut findings, &dir, &[])?;
    }
    findings.check(early > 0, || "no signal came in time".into());
    findings.verdict()
}

/// A run says once what the file system makes worse, and not where nobody wants to know.
fn drawbacks_once(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let mut findings = Findings::default();
    let says = |ran: &Ran| ran.line.contains("times do not show every change");
    let cache = Cache::new(lab, disk.path("r"));
    let told: Vec<bool> =
        (0..4).map(|_| Ok(says(&cache.publish("echo x >f")?))).collect::<Result<_>>()?;
    findings.check(told == [true, false, false, false], || format!("{told:?}"));
    for mute in ["--quiet", "--no-drawbacks"] {
        let muted = Cache::new(lab, disk.path(mute)).with(&[mute]);
        let ran = muted.run("echo x >f")?;
        findings.check(ran.code == 0 && !says(&ran), || ran.line.clone());
    }
    findings.verdict()
}
