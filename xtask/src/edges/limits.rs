//! Limits and pins on real file systems: what was used stays, what is pinned stays, the rest goes, with the unit's directory.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::cache::{Cache, finish, units};
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, EXT4_128, Kind, Mount, TMPFS, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::layers::overlay;
use super::restore::replace_all;
use super::transport::{Transport, delete_tree};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("limits-ext4", |lab| on_disk(lab, &EXT4)),
    Case::new("limits-ext4-whole-seconds", |lab| on_disk(lab, &EXT4_128)),
    Case::new("limits-xfs", |lab| on_disk(lab, &XFS)),
    Case::new("limits-btrfs", |lab| on_disk(lab, &BTRFS)),
    Case::new("limits-tmpfs", |lab| on_disk(lab, &TMPFS)),
    Case::new("limits-bindfs", |lab| {
        lab.need(&["bindfs"])?;
        let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
        let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
        used_and_pinned(lab, &at)
    }),
    Case::new("limits-overlay-lower-layer", lower_layer),
    Case::new("limits-of-a-full-disk", full_disk),
    Case::new("limits-restored", restored),
    Case::new("limits-unit-that-others-work-in", others),
];

/// Long enough for `--max-age 3s`.
fn age() {
    thread::sleep(Duration::from_millis(3500));
}

const OLD: [&str; 4] = ["--max-age", "3s", "--keep", "1"];

fn on_disk(lab: &Lab, kind: &'static Kind) -> Verdict {
    let disk = Disk::new(lab, kind, "m")?;
    used_and_pinned(lab, disk.at())
}

/// Sets the mtime of all lock files back, as if nobody had used them since.
fn unused(root: &Path) -> Result {
    let set_back = "find \"$0\" -name '*.lock' -exec touch -d '5 hours ago' {} +";
    output(command("sh").args(["-c", set_back]).arg(root))?;
    Ok(())
}

fn collected(cache: &Cache<'_>, options: &[&str]) -> Result<super::cache::Ran> {
    finish(cache.asks("gc").args(options))
}

fn left(root: &Path) -> Result<Vec<String>> {
    let name = |unit: &std::path::PathBuf| {
        let name = unit.file_name().unwrap_or_default().to_string_lossy();
        name.split('-').next().unwrap_or_default().to_string()
    };
    let mut names: Vec<_> = units(root)?.iter().map(name).collect();
    names.sort();
    Ok(names)
}

/// One unit is only abandoned in, one is pinned, one has a pinned session, one is not used at all.
fn used_and_pinned(lab: &Lab, at: &Path) -> Verdict {
    let root = at.join("r");
    let cache = |unit| Cache::new(lab, &root).unit(unit).with(&["--keep", "3"]);
    let mut findings = Findings::default();
    for unit in ["unused", "abandoned", "pinned", "session"] {
        for version in ["v1", "v2"] {
            cache(unit).publish(&replace_all(version))?;
        }
    }
    let unit_of = |name: &str| -> Result<std::path::PathBuf> {
        let found = units(&root)?.into_iter().find(|unit| {
            unit.file_name().is_some_and(|it| it.to_string_lossy().starts_with(&format!("{name}-")))
        });
        Ok(found.ok_or_else(|| format!("there is no unit {name}"))?)
    };
    let oldest = cache("session").published()?;
    let in_session = unit_of("session")?;
    let oldest = oldest.iter().map(|name| in_session.join(name)).find(|path| path.exists());
    let oldest = oldest.ok_or("nothing to pin")?;
    let pin = |path: &Path| finish(cache("any").started().arg("pin").arg(path));
    for path in [&unit_of("pinned")?, &oldest] {
        let ran = pin(path)?;
        findings.check(ran.code == 0, || format!("pin: {}", ran.line));
    }
    unused(&root)?;
    age();
    let abandoned = cache("abandoned").run("exit 3")?;
    findings.check(abandoned.code == 3, || format!("run: {}", abandoned.line));
    let dry = collected(&cache("any"), &[&OLD[..], &["--dry-run"]].concat())?;
    findings.check(dry.code == 0, || format!("dry run: {}{}", dry.out, dry.line));
    findings.equal(
        "units after a dry run",
        &left(&root)?.join(" "),
        "abandoned pinned session unused",
    );
    let done = collected(&cache("any"), &OLD)?;
    findings.check(done.code == 0, || format!("gc: {}{}", done.out, done.line));
    findings.equal("units that are left", &left(&root)?.join(" "), "abandoned pinned session");
    findings.check(oldest.exists(), || "the pinned session is gone".into());
    let content = std::fs::read_to_string(oldest.join("a")).unwrap_or_default();
    findings.equal("what the pinned session holds", content.trim(), "v1");
    let next = cache("abandoned").run("cat a; exit 3")?;
    findings.equal("what the unit in use goes on with", next.out.trim(), "v2");
    findings.verdict()
}

/// What lies in an image can be hidden, not moved.
fn lower_layer(lab: &Lab) -> Verdict {
    let (below, above) = (Disk::new(lab, &EXT4, "below")?, Disk::new(lab, &TMPFS, "above")?);
    let image = Cache::new(lab, below.path("r")).with(&["--keep", "2"]);
    image.publish(&replace_all("v1"))?;
    image.publish(&replace_all("v2"))?;
    unused(image.root())?;
    age();
    let at = lab.path("merged");
    let _mount = overlay(&at, below.at(), &above, "upper")?;
    let cache = Cache::new(lab, at.join("r")).with(&["--keep", "2"]);
    let mut findings = Findings::default();
    let ran = cache.run("cat a; exit 3")?;
    findings.equal("what the layer holds", ran.out.trim(), "v2");
    let kept = collected(&cache, &OLD)?;
    findings.check(kept.code == 0, || format!("gc after a use: {}{}", kept.out, kept.line));
    let ran = cache.run("cat a; exit 3")?;
    findings.equal("what is left after a use", ran.out.trim(), "v2");
    unused(cache.root())?;
    age();
    let gone = collected(&cache, &OLD)?;
    findings.check(gone.code == 0, || format!("gc: {}{}", gone.out, gone.line));
    let ran = cache.run("ls; exit 3")?;
    findings.check(ran.is_cold() && ran.out.is_empty(), || format!("not cold: {}", ran.line));
    let below = image.run("cat a; exit 3")?;
    findings.equal("what the image itself holds", below.out.trim(), "v2");
    findings.verdict()
}

/// The sessions that nobody has used for longest go until there is some room to lose.
fn full_disk(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let mut findings = Findings::default();
    let cache = |unit| Cache::new(lab, disk.path("r")).unit(unit).with(&["--keep", "1"]);
    let free = || -> Result<u64> {
        let percent = output(command("df").arg("--output=pcent").arg(disk.at()))?;
        let used = percent.lines().nth(1).unwrap_or_default().trim().trim_end_matches('%');
        Ok(100 - used.parse::<u64>().map_err(|_| format!("df says `{percent}`"))?)
    };
    let names: Vec<String> = (10..40).map(|number| format!("unit{number}")).collect();
    let mut made = 0;
    for name in &names {
        let fill = "dd if=/dev/urandom of=f bs=1M count=6 status=none";
        if free()? < 20 || cache(name).run(fill)?.code != 0 {
            break;
        }
        made += 1;
        thread::sleep(Duration::from_millis(20));
    }
    findings.check(made > 3, || format!("only {made} units fit"));
    let before = free()?;
    let (below, until) = (before + 5, before + 20);
    let done = collected(&cache("any"), &["--free", &format!("{below}%..{until}%")])?;
    findings.check(done.code == 0, || format!("gc: {}{}", done.out, done.line));
    let after = free()?;
    findings.check(after + 1 >= until, || format!("{after} % are free, should be {until}"));
    findings.check(after < until + 10, || format!("{after} % are free: more than was asked for"));
    let (left, newest) = (left(&disk.path("r"))?, &names[made - 1]);
    findings.check(left.contains(newest), || format!("{newest} is gone, {left:?} are left"));
    findings.check(!left.contains(&names[0]), || format!("{left:?} are left"));
    findings.verdict()
}

/// A cache that was carried here has the use that its lock files show, or that of the day on which it came; never an older
/// one than its sessions.
fn restored(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish(&replace_all("v1"))?;
    let saved = lab.path("saved");
    Transport::CopyArchive.carry(lab, cache.root(), &saved)?;
    delete_tree(cache.root())?;
    Transport::CopyArchive.carry(lab, &saved, cache.root())?;
    let mut findings = Findings::default();
    let young = collected(&cache, &["--max-age", "1h"])?;
    findings.check(young.code == 0, || format!("gc: {}{}", young.out, young.line));
    findings.equal("units within their age", &left(cache.root())?.join(" "), "u");
    unused(cache.root())?;
    age();
    collected(&cache, &OLD)?;
    findings.equal("units beyond it", &left(cache.root())?.join(" "), "");
    let ran = cache.publish(&replace_all("v2"))?;
    findings.check(ran.is_cold(), || format!("not cold: {}", ran.line));
    findings.verdict()
}

/// Its only session is old, and a run is in the middle of its work.
fn others(lab: &Lab) -> Verdict {
    let disk = Disk::new(lab, &EXT4, "m")?;
    let cache = Cache::new(lab, disk.path("r"));
    cache.publish(&replace_all("v1"))?;
    unused(cache.root())?;
    age();
    let started = lab.path("started");
    let script = format!("touch {}; sleep 2; cat a", started.display());
    let mut running = cache.command(&script).stdout(std::process::Stdio::piped()).spawn()?;
    super::cache::wait_for(&started)?;
    unused(cache.root())?;
    let mut findings = Findings::default();
    let during = collected(&cache, &OLD)?;
    findings.check(during.code == 0, || format!("gc: {}{}", during.out, during.line));
    findings.equal("units while somebody works", &left(cache.root())?.join(" "), "u");
    findings.check(running.wait()?.success(), || "the run failed".into());
    findings.check(cache.published()?.len() > 1, || "it was not published".into());
    findings.verdict()
}
