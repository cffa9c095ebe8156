//! What has to stay as it is: pins, and files that are not of caches.

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::census::{Content, Session, content, name, published};
use super::roots::Roots;
use super::site::Site;
use super::trees::{BUSY, incremental};
use crate::shell::{Result, output};

/// What a file was when it was planted.
struct Foreign {
    path: PathBuf,
    bytes: Vec<u8>,
    id: u64,
    changed: SystemTime,
}

/// What the content of a pinned session was.
struct Pinned {
    dir: PathBuf,
    content: Content,
}

pub(super) struct Planted {
    foreign: Vec<Foreign>,
    pinned: Vec<Pinned>,
}

pub(super) fn plant(site: &Site, trees: &[PathBuf], roots: &Roots) -> Result<Planted> {
    let mut foreign = Vec::new();
    for path in places(site, trees, roots)? {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let bytes = format!("{} is nobody's cache\n", path.display()).into_bytes();
        std::fs::write(&path, &bytes)?;
        let found = std::fs::metadata(&path)?;
        foreign.push(Foreign { path, bytes, id: found.ino(), changed: found.modified()? });
    }
    // What leads out of the caches is not followed: at its end is the copy of a unit.
    let outside = site.outside().join("unit-0-0l5si3gacvbvl");
    symlink(outside, roots.copies.join("elsewhere-0l5si3gacvbvl"))?;

    // The least recently used ones, so that they would be the first to go.
    let session = published(&roots.links).into_iter().next().ok_or("nothing was published")?;
    let tree = trees.get(BUSY + 1).ok_or("too few work trees")?;
    let unit = published(&incremental(tree)).into_iter().next().ok_or("nothing was built")?;
    let newest = published(&roots.links).into_iter().rfind(|other| other.unit == session.unit);
    let newest = newest.ok_or("nothing was published")?;
    pin(site, &newest.dir, "session")?;
    pin(site, &unit.unit, "unit")?;
    let pinned = [newest, unit].map(|Session { dir, .. }| Pinned { content: content(&dir), dir });
    Ok(Planted { foreign, pinned: pinned.into() })
}

/// Beside units, in units, in what looks like a session, in directories that are called like cargo's, and behind a link.
fn places(site: &Site, trees: &[PathBuf], roots: &Roots) -> Result<Vec<PathBuf>> {
    let unit = published(&roots.branches).into_iter().next().ok_or("nothing was published")?.unit;
    let tree = trees.get(BUSY + 2).ok_or("too few work trees")?;
    let crates = published(&incremental(tree));
    let of_rustc = &crates.first().ok_or("nothing was built")?.unit;
    let outside = site.outside().join("unit-0-0l5si3gacvbvl");
    Ok(vec![
        roots.links.join("notes.txt"),
        roots.links.join("not-a-unit/file"),
        unit.join("keep.me"),
        unit.join("s-not-a-session/file"),
        unit.join("s-0000000000-0000000-WORKING/file"),
        incremental(tree).join("README"),
        of_rustc.join("notes.txt"),
        of_rustc.join("d-mine/file"),
        site.caches().join("misc/target/debug/incremental.txt"),
        site.caches().join("misc/incremental/file"),
        outside.join("s-hf1honhfah-0000016-0000000000000000000000007/file"),
        outside.join("s-hf1honhfah-0000016.lock"),
    ])
}

fn pin(site: &Site, path: &Path, name: &str) -> Result {
    output(site.incrdir().arg("pin").arg(path).args(["--name", name])).map(drop)
}

impl Planted {
    /// What is not as it was.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for Foreign { path, bytes, id, changed } in &self.foreign {
            let is_same = std::fs::read(path).is_ok_and(|now| now == *bytes)
                && std::fs::metadata(path).is_ok_and(|now| {
                    now.ino() == *id && now.modified().is_ok_and(|now| now == *changed)
                });
            if !is_same {
                wrong.push(format!("a foreign file was touched: {}", path.display()));
            }
        }
        for Pinned { dir, content: before } in &self.pinned {
            if content(dir) != *before {
                wrong.push(format!("a pinned session is not as it was: {}", name(dir)));
            }
        }
        wrong
    }
}
