//! Every way in which a cache travels × where to × what happened since × what seeds × digests or none.

use super::cache::Cache;
use super::case::Case;
use super::disk::{BTRFS, Disk, EXT4, Kind, XFS};
use super::lab::{Findings, Lab, Verdict};
use super::restore::{COUNT, replace_all};
use super::transport::{TRANSPORTS, Transport, delete_tree};
use crate::shell::{Result, command, has, output};

pub(super) const CASES: &[Case] = &[
    Case::new("matrix", |lab| matrix(lab, &SOME)),
    Case::long("matrix-all", |lab| matrix(lab, &ALL)),
];

/// On what, with which seeds and digests.
struct Column {
    kind: &'static Kind,
    title: &'static str,
    seed: &'static str,
    digests: bool,
}

const fn column(
    kind: &'static Kind,
    title: &'static str,
    seed: &'static str,
    digests: bool,
) -> Column {
    Column { kind, title, seed, digests }
}

const SOME: [Column; 4] = [
    column(&EXT4, "ext4 link", "link", false),
    column(&EXT4, "ext4 copy +d", "copy", true),
    column(&BTRFS, "btrfs link +d", "link", true),
    column(&BTRFS, "btrfs clone", "clone", false),
];
const ALL: [Column; 12] = [
    column(&EXT4, "ext4 link", "link", false),
    column(&EXT4, "ext4 link +d", "link", true),
    column(&EXT4, "ext4 copy", "copy", false),
    column(&EXT4, "ext4 copy +d", "copy", true),
    column(&BTRFS, "btrfs link", "link", false),
    column(&BTRFS, "btrfs link +d", "link", true),
    column(&BTRFS, "btrfs clone", "clone", false),
    column(&BTRFS, "btrfs clone +d", "clone", true),
    column(&BTRFS, "btrfs copy", "copy", false),
    column(&BTRFS, "btrfs copy +d", "copy", true),
    column(&XFS, "xfs clone", "clone", false),
    column(&XFS, "xfs clone +d", "clone", true),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Taken away, and brought back under the same path.
    Same,
    /// Another directory of the same disk.
    Beside,
    /// Another disk.
    Other,
}

/// What happened to the disk since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Since {
    Nothing,
    /// It was unmounted and mounted again.
    Mount,
    /// The same, and the machine was started again.
    Start,
}

const SINCE: [Since; 3] = [Since::Nothing, Since::Mount, Since::Start];
const PLACES: [Place; 3] = [Place::Same, Place::Beside, Place::Other];

fn matrix(lab: &Lab, columns: &'static [Column]) -> Verdict {
    let mut findings = Findings::default();
    println!(
        "  what the next run starts from: as it is / mounted again / and the machine started again; \
         +d: with digests"
    );
    print!("  {:20}", "");
    for column in columns {
        print!(" {:>16}", column.title);
    }
    println!();
    let mut disks = Vec::new();
    for column in columns {
        let name = format!("disk-{}", column.title.replace(' ', "-"));
        disks.push([
            Disk::new(lab, column.kind, &name)?,
            Disk::new(lab, column.kind, &format!("{name}-2"))?,
        ]);
    }
    for transport in TRANSPORTS {
        if !has(transport.program()) {
            println!("  NOT RUN: {} (there is no {})", transport.name(), transport.program());
            continue;
        }
        for place in PLACES {
            let row = format!("{} {place:?}", transport.name());
            print!("  {:20}", row.to_lowercase());
            for (column, disks) in columns.iter().zip(&mut disks) {
                if transport == Transport::Send && !disks[0].is(&BTRFS) {
                    print!(" {:>16}", "-");
                    continue;
                }
                let words = SINCE.map(|since| {
                    let seen = cell(lab, column, disks, transport, place, since);
                    let seen = seen.unwrap_or_else(|why| (format!("ERROR: {why}"), String::new()));
                    judge(
                        &mut findings,
                        &format!("{row}, {}, {since:?}", column.title),
                        column,
                        transport,
                        &seen,
                    );
                    seen.0
                });
                print!(" {:>16}", words.join("/"));
            }
            println!();
        }
    }
    findings.verdict()
}

/// What the next run started from, in a word, and what it said.
type Seen = (String, String);

fn judge(findings: &mut Findings, cell: &str, column: &Column, transport: Transport, seen: &Seen) {
    let (word, line) = seen;
    let can_be_proven = transport.keeps_times() || column.digests;
    let is_right = match &**word {
        "v2" => true,
        // With a reason, which names what was not used.
        "cold" => !can_be_proven && line.contains("not from"),
        _ => false,
    };
    findings.check(is_right, || format!("{cell}: {word}: {line}"));
}

fn cell(
    lab: &Lab,
    column: &Column,
    disks: &mut [Disk; 2],
    transport: Transport,
    place: Place,
    since: Since,
) -> Result<Seen> {
    let [here, other] = disks;
    // What is sent is a whole subvolume, so the root is one there; a move of one goes file by file, as any.
    let (root, vault) = (here.path("r"), other.path("r"));
    if transport == Transport::Send {
        output(command("btrfs").args(["-q", "subvolume", "create"]).arg(&root))?;
    }
    let mut options = vec!["--seed", column.seed];
    if column.digests {
        options.push("--digests");
    }
    let cache = Cache::new(lab, &root).with(&options);
    cache.publish(&replace_all("v1"))?;
    cache.publish(&replace_all("v2"))?;
    let newest = cache.newest()?;
    let target = match place {
        Place::Same => {
            transport.carry(lab, &root, &vault)?;
            if root.exists() {
                delete_tree(&root)?;
            }
            transport.carry(lab, &vault, &root)?;
            root.clone()
        }
        Place::Beside => {
            let beside = here.path("beside");
            transport.carry(lab, &root, &beside)?;
            beside
        }
        Place::Other => {
            transport.carry(lab, &root, &vault)?;
            vault.clone()
        }
    };
    if since != Since::Nothing {
        let disk = if place == Place::Other { &mut *other } else { &mut *here };
        disk.mount_again()?;
    }
    let mut cache = Cache::new(lab, target).with(&options);
    if since == Since::Start {
        cache = cache.after_another_start()?;
    }
    let ran = cache.publish(&format!("{COUNT}; {}", replace_all("v3")))?;
    let is_lost = cache.quarantined()? > 0 || !cache.published()?.contains(&newest);
    // What is made of both, or recycled out of either, is right as well.
    let next = cache.publish(COUNT)?;
    for tree in [root, here.path("beside"), vault] {
        if tree.exists() {
            delete_tree(&tree)?;
        }
    }
    let word = match &*ran.out {
        _ if is_lost => "LOST",
        _ if next.out != "8 v3" => "LATER",
        "8 v2" if ran.is_seeded_from(&newest) => "v2",
        "8 v1" => "v1",
        "" if ran.is_cold() => "cold",
        _ => "MIXED",
    };
    Ok((word.into(), format!("`{}`, then `{}`: {}", ran.out, next.out, ran.line)))
}
