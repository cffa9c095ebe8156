//! Stores through a shared mapping, which move no time on tmpfs.

use super::cache::Cache;
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, Mount, TMPFS, XFS};
use super::lab::{Findings, Lab, Verdict};
use crate::shell::command;

pub(super) const CASES: &[Case] = &[
    Case::new("mmap-tmpfs", |lab| on(lab, &TMPFS, &[])),
    Case::new("mmap-tmpfs-digests", |lab| on(lab, &TMPFS, &["--digests"])),
    Case::new("mmap-tmpfs-consistent", |lab| on(lab, &TMPFS, &["--durability", "consistent"])),
    Case::new("mmap-below-fuse", below_fuse),
    Case::new("mmap-ext4", |lab| on(lab, &EXT4, &[])),
    Case::new("mmap-xfs-clone", |lab| on(lab, &XFS, &["--seed", "clone"])),
    Case::new("mmap-btrfs-clone", |lab| on(lab, &BTRFS, &["--seed", "clone"])),
    Case::new("audit-attributes-tmpfs-refused", audit_attributes_is_refused),
    Case::new("audit-digests-tmpfs", audit_digests),
];

/// Counts the runs in a file that it maps.
const COUNTER: &str = r#"
import mmap, os
path = os.path.join(os.environ["INCRDIR_SESSION"], "db")
if not os.path.exists(path):
    open(path, "wb").write(bytes(4096))
with open(path, "r+b") as file:
    memory = mmap.mmap(file.fileno(), 4096)
    number = memory[0]
    memory[0] = number + 1
    memory.close()
    print(number)
"#;

fn on(lab: &Lab, kind: &'static Kind, options: &[&str]) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    counted(lab, &Cache::new(lab, disk.path("r")).with(options))
}

fn below_fuse(lab: &Lab) -> Verdict {
    lab.need(&["bindfs"])?;
    let (disk, at) = (Disk::new(lab, &TMPFS, "m")?, lab.path("fuse"));
    std::fs::create_dir(&at)?;
    let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
    counted(lab, &Cache::new(lab, at.join("r")))
}

/// Each run sees what the one before it has stored.
pub(super) fn counted(lab: &Lab, cache: &Cache<'_>) -> Verdict {
    lab.need(&["python3"])?;
    let program = lab.path("counter.py");
    std::fs::write(&program, COUNTER)?;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(cache.publish(&format!("python3 {}", program.display()))?.out);
    }
    let mut findings = Findings::default();
    findings.equal("the count", &seen.join(" "), "0 1 2 3 4 5");
    findings.verdict()
}

/// What could not see anything must not be believed to have looked.
fn audit_attributes_is_refused(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(&["--seed", "link", "--audit", "attributes"]);
    let mut findings = Findings::default();
    let ran = cache.run("echo ran")?;
    findings.check(ran.code == 125 && ran.out.is_empty(), || {
        format!("not refused: exit status {}, {}", ran.code, ran.line)
    });
    findings.check(ran.line.contains("digests"), || format!("no remedy: {}", ran.line));
    findings.verdict()
}

/// With contents to compare, a store through a link is seen.
fn audit_digests(lab: &Lab) -> Verdict {
    lab.need(&["python3"])?;
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let program = lab.path("counter.py");
    std::fs::write(&program, COUNTER)?;
    let count = format!("python3 {}", program.display());
    let options = ["--seed", "link", "--audit", "digests", "--digests"];
    let cache = Cache::new(lab, disk.path("r")).with(&options);
    cache.publish(&count)?;
    let first = cache.newest()?;
    let ran = cache.run(&count)?;
    let mut findings = Findings::default();
    findings.check(ran.line.contains(&format!("{first} is damaged")), || {
        format!("{first} was written into and is not told of: {}", ran.line)
    });
    findings.verdict()
}
