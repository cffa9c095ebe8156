//! File systems that stand on another one.

use std::path::Path;

use super::disk::{Disk, EXT4, Mount};
use super::lab::{Lab, Verdict};
use crate::shell::command;

/// Tries something in bindfs on ext4.
pub(super) fn on_bindfs(lab: &Lab, what: impl FnOnce(&Path) -> Verdict) -> Verdict {
    lab.need(&["bindfs"])?;
    let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
    let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
    what(&at)
}

/// Tries something in an overlay on ext4, with nothing in its lower layer.
pub(super) fn on_overlay(lab: &Lab, what: impl FnOnce(&Path) -> Verdict) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let [below, above, work] = ["below", "above", "work"].map(|name| disk.path(name));
    for dir in [&below, &above, &work] {
        std::fs::create_dir(dir)?;
    }
    let layers = format!(
        "lowerdir={},upperdir={},workdir={}",
        below.display(),
        above.display(),
        work.display()
    );
    let at = lab.path("merged");
    let mut mount = command("mount");
    mount.args(["-t", "overlay", "overlay", "-o", &layers]).arg(&at);
    let _mount = Mount::new(&mut mount, &at)?;
    what(&at)
}
