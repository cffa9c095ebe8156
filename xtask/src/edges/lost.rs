//! What a medium loses while the machine runs on: a disk that was pulled, a virtual disk that was set back.

use super::cache::Cache;
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::restore::COUNT;
use crate::shell::{command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("lost-without-a-start-ext4", |lab| lost(lab, &EXT4, &[])),
    Case::new("lost-without-a-start-ext4-link", |lab| lost(lab, &EXT4, &["--seed", "link"])),
    Case::new("lost-without-a-start-xfs", |lab| lost(lab, &XFS, &[])),
    Case::new("lost-without-a-start-btrfs", |lab| lost(lab, &BTRFS, &[])),
];

fn lost(lab: &Lab, kind: &'static Kind, options: &[&str]) -> Verdict {
    let mut disk = Disk::new(lab, kind, "m")?;
    let cache = Cache::new(lab, disk.path("r")).with(options);
    // Neither renamed over an old one nor shortened: both make ext4 write at once.
    let replace = |content: &str| format!("for f in a b c; do rm -f $f; echo {content} >$f; done");
    cache.publish(&replace("v1"))?;
    output(command("sync").arg("-f").arg(disk.at()))?;
    cache.publish(&replace("v2"))?;
    let newest = cache.newest()?;
    let directory = cache.session(&newest)?;
    // As write-back does it, file by file: of the new session, this one is on the medium now.
    let lock = newest.rsplit_once('-').map_or("", |(stem, _)| stem);
    let lock = directory.with_file_name(format!("{lock}.lock"));
    std::fs::File::options().write(true).open(lock)?.sync_all()?;
    disk.lose_what_is_not_on_the_medium()?;
    let was_there = cache.published()?.contains(&newest);
    let ran = cache.run(COUNT)?;
    let mut findings = Findings::default();
    findings.check(ran.code == 0, || format!("exit status {}: {}", ran.code, ran.line));
    let right: &[&str] = if was_there { &["3 v1", "3 v2", ""] } else { &["3 v1", ""] };
    let empty_files = ran.out.is_empty() && !ran.is_cold();
    findings.check(right.contains(&&*ran.out) && !empty_files, || {
        format!("it started from `{}`: {}", ran.out, ran.line)
    });
    if was_there && ran.out != "3 v2" {
        findings.check(ran.line.contains(&newest), || {
            format!("not a word of {newest}, which was lost: {}", ran.line)
        });
    }
    findings.verdict()
}
