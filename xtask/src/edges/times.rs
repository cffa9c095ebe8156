//! File systems whose times are coarse, and programs that set times back.

use super::cache::Cache;
use super::case::Case;
use super::disk::{BTRFS, Disk, EXFAT, EXT2, EXT3, EXT4, EXT4_128, Kind, Mount, TMPFS, VFAT, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::layers::overlay;
use crate::shell::command;

const DIGESTS: &[&str] = &["--digests"];
/// Changes the content and nothing else that a program can leave as it was.
const SET_BACK: &str = "touch -d '2020-02-02 02:02:02' n";

pub(super) const CASES: &[Case] = &[
    Case::new("whole-seconds-ext4", |lab| counted(lab, &EXT4_128, &[], "")),
    Case::new("whole-seconds-ext3", |lab| counted(lab, &EXT3, &[], "")),
    Case::new("whole-seconds-ext2", |lab| counted(lab, &EXT2, &[], "")),
    Case::new("whole-seconds-ext4-digests", |lab| counted(lab, &EXT4_128, DIGESTS, "")),
    Case::new("whole-seconds-exfat", |lab| counted(lab, &EXFAT, &[], "")),
    Case::new("whole-seconds-exfat-digests", |lab| counted(lab, &EXFAT, DIGESTS, "")),
    Case::new("whole-seconds-vfat", |lab| counted(lab, &VFAT, &[], "")),
    Case::new("whole-seconds-vfat-digests", |lab| counted(lab, &VFAT, DIGESTS, "")),
    Case::new("whole-seconds-below-fuse", below_fuse),
    Case::new("whole-seconds-below-overlay", below_overlay),
    Case::new("times-set-back-ext4", |lab| counted(lab, &EXT4, &[], SET_BACK)),
    Case::new("times-set-back-xfs", |lab| counted(lab, &XFS, &[], SET_BACK)),
    Case::new("times-set-back-btrfs", |lab| counted(lab, &BTRFS, &[], SET_BACK)),
    Case::new("times-set-back-tmpfs", |lab| counted(lab, &TMPFS, &[], SET_BACK)),
    Case::new("times-set-back-whole-seconds", |lab| counted(lab, &EXT4_128, &[], SET_BACK)),
    Case::new("times-set-back-exfat", |lab| counted(lab, &EXFAT, &[], SET_BACK)),
];

/// Each run reads what the one before it has written into the same file, at the same length.
fn counted(lab: &Lab, kind: &'static Kind, options: &[&str], afterwards: &str) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    counted_in(&Cache::new(lab, disk.path("r")).with(options), afterwards)
}

/// What this file system calls itself says nothing about how fine its times are.
fn below_fuse(lab: &Lab) -> Verdict {
    lab.need(&["bindfs"])?;
    let (disk, at) = (Disk::new(lab, &EXT4_128, "m")?, lab.path("fuse"));
    std::fs::create_dir(&at)?;
    let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
    counted_in(&Cache::new(lab, at.join("r")), "")
}

fn below_overlay(lab: &Lab) -> Verdict {
    let (disk, at) = (Disk::new(lab, &EXT4_128, "m")?, lab.path("merged"));
    let _mount = overlay(&at, &disk.path("lower"), &disk, "upper")?;
    counted_in(&Cache::new(lab, at.join("r")), "")
}

fn counted_in(cache: &Cache<'_>, afterwards: &str) -> Verdict {
    let mut seen = Vec::new();
    for number in 1..=8 {
        let script = format!("cat n 2>/dev/null; printf %04d {number} >n; {afterwards}");
        seen.push(cache.publish(&script)?.out);
    }
    let mut findings = Findings::default();
    findings.equal("what was read", seen.join(" ").trim(), "0001 0002 0003 0004 0005 0006 0007");
    findings.verdict()
}
