//! Real power cuts: what a workload does on a file system whose image is cloned while it runs, and what can be
//! read of a clone.
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, SessionName, UnitName};
use incrdir_session::{BeginOptions, Durability, Reading, Unit, Unrecorded, begin, publish, read};
use incrdir_vfs::{CapDir, CapVfs, Name, Vfs};

use crate::fixture::{create, name, published_dir};
use crate::scenarios::seed;
use crate::scripted::Scripted;
use crate::trees::content;
use crate::usual::{policy, recycling};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FILES: u32 = 60;
const CHANGED: u32 = 12;
const MANIFEST: &str = "manifest";
/// More than what a file system keeps in an inode.
const LINES: usize = 400;

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The one that this one descends from.
    Seed,
    /// This one.
    Ours(Durability),
}

impl Protocol {
    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "seed" => Self::Seed,
            "detect" => Self::Ours(Durability::Detect),
            "consistent" => Self::Ours(Durability::Consistent),
            "durable" => Self::Ours(Durability::Durable),
            _ => return None,
        })
    }
}

fn unit_name() -> UnitName {
    UnitName::new("unit", 1).expect("BUG: a good name")
}

fn options(durability: Durability) -> BeginOptions {
    recycling().durability(durability).unrecorded(Unrecorded::Refuse)
}

/// Publishes one session after the other until it is killed, and writes the name of each to `log`, which is on
/// another file system, as soon as its publication has returned. Something else syncs now and then, as on any
/// machine.
///
/// # Errors
///
/// If anything fails.
pub fn work(dir: &Path, log: &Path, protocol: Protocol) -> Result<()> {
    let noise = dir.join("noise");
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(23));
            let synced = File::create(&noise).and_then(|mut file| {
                file.write_all(b"noise")?;
                file.sync_all()
            });
            if synced.is_err() {
                return;
            }
        }
    });
    let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
    let mut log = OpenOptions::new().create(true).append(true).open(log)?;
    for round in 0.. {
        let published = match protocol {
            Protocol::Seed => seed_session(&vfs, &root, round)?,
            Protocol::Ours(durability) => session(&vfs, &root, durability, round)?,
        };
        writeln!(log, "{published}")?;
        thread::sleep(Duration::from_millis(u64::from(vfs.random() % 8)));
    }
    Ok(())
}

fn session(vfs: &CapVfs, root: &CapDir, durability: Durability, round: u32) -> Result<SessionName> {
    let session = begin(vfs, root, &unit_name(), &options(durability))?;
    change(vfs, session.dir(), round)?;
    let published = publish(session, Hash::new(u128::from(round)))?;
    let unit = Unit::open(vfs, root, &unit_name())?.ok_or("the unit is gone")?;
    collect(&unit, &policy(2), Mode::Collect)?;
    Ok(published.name)
}

fn seed_session(vfs: &CapVfs, root: &CapDir, round: u32) -> Result<SessionName> {
    let _ = vfs.create_dir(root, &name(unit_name()));
    let unit = vfs.open_dir(root, &name(unit_name()))?;
    let session = seed::begin(vfs, &unit)?;
    change(vfs, &session.dir, round)?;
    let name = session.key.published(Hash::new(0));
    seed::publish(vfs, &unit, session, seed::Age::AsItIs)?;
    Ok(name)
}

/// What is in a file: its name and the round that wrote it, many times.
fn text(file: &str, round: u32) -> String {
    format!("{file} {round}\n").repeat(LINES)
}

fn file_name(number: u32) -> String {
    format!("file-{number:03}")
}

/// Replaces some files, and the manifest, which says which round wrote each.
fn change<V: Vfs>(vfs: &V, dir: &V::Dir, round: u32) -> Result<()> {
    let mut manifest = match content(vfs, dir, &name(MANIFEST)) {
        Ok(manifest) => parse(&manifest)?,
        Err(_) => BTreeMap::new(),
    };
    let is_first = manifest.is_empty();
    for number in 0..FILES {
        if is_first || (number + round).is_multiple_of(FILES / CHANGED) {
            let file = file_name(number);
            put(vfs, dir, &name(&file), &text(&file, round))?;
            manifest.insert(file, round);
        }
    }
    let lines: String = manifest.iter().map(|(file, round)| format!("{file} {round}\n")).collect();
    put(vfs, dir, &name(MANIFEST), &lines)
}

fn put<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name, text: &str) -> Result<()> {
    let file = create(vfs, dir, name)?;
    Ok(vfs.write_at(&file, 0, text.as_bytes())?)
}

fn parse(manifest: &[u8]) -> Result<BTreeMap<String, u32>> {
    let mut rounds = BTreeMap::new();
    for line in std::str::from_utf8(manifest)?.lines() {
        let (file, round) = line.split_once(' ').ok_or("a manifest has lines of two words")?;
        rounds.insert(file.into(), round.parse()?);
    }
    Ok(rounds)
}

/// Whether a session is all of one, and nothing else.
fn verify<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<()> {
    let manifest = parse(&content(vfs, dir, &name(MANIFEST))?)?;
    if manifest.len() != FILES as usize {
        return Err(format!("the manifest has {} files", manifest.len()).into());
    }
    for (file, round) in &manifest {
        let found = content(vfs, dir, &name(file))?;
        if found != text(file, *round).as_bytes() {
            return Err(format!("{file} has {} bytes that are not its own", found.len()).into());
        }
    }
    let entries = vfs.list(dir)?.len();
    if entries == manifest.len() + 1 { Ok(()) } else { Err(format!("{entries} entries").into()) }
}

/// What can be read of a file system after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The newest session there is, whole.
    Clean,
    /// Something damaged was found and not used; an older session, or none, was.
    Detected,
    /// Nothing is published.
    Nothing,
    /// Something torn was taken for a session.
    Torn,
}

/// Reads what there is as if the machine had been started again, and begins a session from it. The key of what
/// was found comes with it.
///
/// # Errors
///
/// If it cannot be looked at.
pub fn check(dir: &Path, protocol: Protocol) -> Result<(Verdict, Option<SessionName>)> {
    let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
    let vfs = Scripted::new(vfs);
    vfs.set_boot_id(0xC0FFEE);
    let Protocol::Ours(durability) = protocol else { return check_seed(&vfs, &root) };
    let (newest, rejected) = match read(&vfs, &root, &unit_name(), Unrecorded::Refuse)? {
        Reading::Nothing(rejected) => (None, rejected.len()),
        Reading::Found(snapshot) => {
            let dir = published_dir(&vfs, &root, &unit_name(), snapshot.name());
            if verify(&vfs, &dir).is_err() {
                return Ok((Verdict::Torn, Some(snapshot.name())));
            }
            (Some(snapshot.name()), snapshot.rejected().len())
        }
    };
    let session = begin(&vfs, &root, &unit_name(), &options(durability))?;
    if let Some(source) = session.report().source
        && (verify(&vfs, session.dir()).is_err() || Some(source) != newest)
    {
        return Ok((Verdict::Torn, newest));
    }
    Ok(match (newest, rejected) {
        (_, 1..) => (Verdict::Detected, newest),
        (None, 0) => (Verdict::Nothing, None),
        (Some(_), 0) => (Verdict::Clean, newest),
    })
}

fn check_seed<V: Vfs>(vfs: &V, root: &V::Dir) -> Result<(Verdict, Option<SessionName>)> {
    let Ok(unit) = vfs.open_dir(root, &name(unit_name())) else {
        return Ok((Verdict::Nothing, None));
    };
    let session = seed::begin(vfs, &unit)?;
    Ok(match session.source {
        None => (Verdict::Nothing, None),
        Some(_) if verify(vfs, &session.dir).is_err() => (Verdict::Torn, session.source),
        Some(_) => (Verdict::Clean, session.source),
    })
}
