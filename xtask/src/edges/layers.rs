//! One file system shown through another: mounts of the same tree, layers of an image.

use super::cache::Cache;
use super::case::Case;
use super::disk::{Disk, EXT4, Mount, TMPFS};
use super::lab::{Findings, Lab, Verdict};
use super::restore::{COUNT, quarantined_none, replace_all};
use super::transport::Transport;
use crate::shell::{Result, command};

pub(super) const CASES: &[Case] = &[
    Case::new("bind-mount-and-back", bind_mount),
    Case::new("overlay-image-layer", |lab| image_layer(lab, &[], false)),
    Case::new("overlay-image-layer-link", |lab| image_layer(lab, &["--seed", "link"], false)),
    Case::new("overlay-image-layer-other-start", |lab| image_layer(lab, &[], true)),
    Case::new("overlay-image-layer-other-start-digests", |lab| {
        image_layer(lab, &["--digests"], true)
    }),
    Case::new("overlay-image-layer-collected", image_layer_collected),
    Case::new("overlay-image-of-image", image_of_image),
    Case::new("fuse-run-after-run", |lab| fuse_run_after_run(lab, &[])),
    Case::new("fuse-run-after-run-link", |lab| fuse_run_after_run(lab, &["--seed", "link"])),
    Case::new("overlay-on-tmpfs-mmap", overlay_on_tmpfs),
];

/// An overlay of these directories; `work` has to be on the file system of `upper`.
pub(super) fn overlay(
    at: &std::path::Path,
    lower: &std::path::Path,
    above: &Disk,
    layer: &str,
) -> Result<Mount> {
    let (upper, work) = (above.path(layer), above.path(&format!("{layer}-work")));
    for dir in [at, lower, &upper, &work] {
        std::fs::create_dir_all(dir)?;
    }
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        upper.display(),
        work.display()
    );
    Mount::new(command("mount").args(["-t", "overlay", "-o", &options, "overlay"]).arg(at), at)
}

/// The same tree by two paths and two mounts, in turns.
fn bind_mount(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let (direct, bound) = (disk.path("d"), lab.path("bound"));
    std::fs::create_dir(&direct)?;
    std::fs::create_dir(&bound)?;
    let _mount = Mount::new(command("mount").arg("--bind").args([&direct, &bound]), &bound)?;
    let mut findings = Findings::default();
    let link = ["--seed", "link"];
    let caches = [direct, bound].map(|dir| Cache::new(lab, dir.join("r")).with(&link));
    caches[0].publish(&replace_all("v0"))?;
    for n in 0..6 {
        let cache = &caches[(n + 1) % 2];
        let newest = cache.newest()?;
        let ran = cache.publish(&format!("{COUNT}; {}", replace_all(&format!("v{}", n + 1))))?;
        findings.equal("run", &ran.out, &format!("8 v{n}"));
        findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
    }
    quarantined_none(&mut findings, &caches[0])?;
    findings.verdict()
}

/// A cache that came with an image: below the layer that is written, and in the next image below that.
fn image_layer(lab: &Lab, options: &[&str], other_start: bool) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let base = disk.path("base");
    std::fs::create_dir(&base)?;
    let cache = Cache::new(lab, base.join("r")).with(options);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    let at = lab.path("merged");
    let mut cache = Cache::new(lab, at.join("r")).with(options);
    if other_start {
        cache = cache.after_another_start()?;
    }
    let mut findings = Findings::default();
    // In containers that are thrown away; the second run is in a container that lives.
    for container in ["one", "two"] {
        let _mount = overlay(&at, &base, &disk, container)?;
        let newest = cache.newest()?;
        let ran = cache.publish(&format!("{COUNT}; {}", replace_all("v3")))?;
        // Without digests nothing may prove, after a start, that files of an overlay are whole.
        let is_unproven = other_start && ran.is_cold() && ran.line.contains(&newest);
        if !is_unproven || options.contains(&"--digests") {
            findings.equal(&format!("container {container}"), &ran.out, "8 v2");
            findings.check(ran.is_seeded_from(&newest), || ran.line.clone());
        }
        for _ in 0..3 {
            let ran = cache.run(COUNT)?;
            findings.equal(&format!("a later run in container {container}"), &ran.out, "8 v3");
        }
        let verified = cache.verify(&[])?;
        findings.check(
            verified.code == 0 || is_unproven && verified.out.contains(" 0 damaged"),
            || format!("verify: {}", verified.out),
        );
        quarantined_none(&mut findings, &cache)?;
    }
    findings.verdict()
}

/// A directory of a lower layer cannot be renamed: the system says that it is on another device.
fn image_layer_collected(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let base = disk.path("base");
    std::fs::create_dir(&base)?;
    let cache = Cache::new(lab, base.join("r"));
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    let at = lab.path("merged");
    let cache = Cache::new(lab, at.join("r"));
    let _mount = overlay(&at, &base, &disk, "upper")?;
    let mut findings = Findings::default();
    for _ in 0..3 {
        let ran = cache.publish(&replace_all("v3"))?;
        findings.check(!ran.line.contains("could not be"), || ran.line.clone());
    }
    let count = cache.published()?.len();
    findings.check(count == 2, || format!("{count} sessions are kept, should be 2"));
    findings.verdict()
}

/// What one container has done is a layer of the next image, below the one that is written there.
fn image_of_image(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let at = lab.path("merged");
    let base = disk.path("base");
    let cache = Cache::new(lab, at.join("r")).with(&["--digests"]).after_another_start()?;
    let mut findings = Findings::default();
    let mut below = base;
    for (number, layer) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let mount = overlay(&at, &below, &disk, layer)?;
        let ran = cache.publish(&format!("{COUNT}; {}", replace_all(&format!("v{number}"))))?;
        let right = if number == 0 { String::new() } else { format!("8 v{}", number - 1) };
        findings.equal(&format!("in layer {layer}"), &ran.out, &right);
        // As an image is saved: all layers in one.
        let saved = disk.path(&format!("{layer}-saved"));
        Transport::CopyArchive.carry(lab, &at, &saved)?;
        mount.end()?;
        below = saved;
    }
    findings.verdict()
}

/// Most servers of FUSE give each name a number of its own in the kernel, with a length and times that are
/// believed for a second: what was written by one name of a file is not seen by the other until then.
fn fuse_run_after_run(lab: &Lab, options: &[&str]) -> Verdict {
    lab.need(&["bindfs"])?;
    let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
    std::fs::create_dir(&at)?;
    let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
    let cache = Cache::new(lab, at.join("r")).with(options);
    let mut findings = Findings::default();
    let mut seen = Vec::new();
    for number in 1..=8 {
        let script = format!("cat n 2>/dev/null; echo {} >.t; mv .t n", "x".repeat(number));
        seen.push(cache.publish(&script)?.out.len().to_string());
    }
    findings.equal("the length that was read", &seen.join(" "), "0 1 2 3 4 5 6 7");
    quarantined_none(&mut findings, &cache)?;
    findings.verdict()
}

/// It calls itself an overlay, and its times stand as still as those of the tmpfs that it writes to.
fn overlay_on_tmpfs(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &TMPFS, "m")?;
    let at = lab.path("merged");
    let _mount = overlay(&at, &disk.path("lower"), &disk, "upper")?;
    super::mmap::counted(lab, &Cache::new(lab, at.join("r")))
}
