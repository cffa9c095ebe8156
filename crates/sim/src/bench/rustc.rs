//! The installed rustc beside this project on the same files: rustc compiles a crate of many modules again and
//! again, one of them changed, and says itself how long its session took; this project then takes over and
//! replaces as many files in a copy of rustc's session.
#![expect(clippy::disallowed_methods, reason = "it is measured on the real file system")]
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{Unit, begin, publish};
use incrdir_vfs::{CapVfs, Vfs};

use super::size::Result;
use crate::fixture::{create, name};
use crate::usual::{policy, recycling};

/// Modules of the crate: each becomes a file of the session.
const MODULES: usize = 1000;

/// What one compilation and one session of ours took.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Files in rustc's session, and how many of them the compilation replaced.
    pub files: (usize, usize),
    /// rustc: making the session from the last one, and deleting the one before.
    pub rustc: (Duration, Duration),
    /// This project: begin, and publish with a collection.
    pub ours: (Duration, Duration),
}

/// So many compilations, each followed by a session of ours.
///
/// # Errors
///
/// If there is no rustc that tells its times, or anything fails.
pub fn beside_rustc(dir: &Path, turns: usize) -> Result<Vec<Turn>> {
    write_crate(dir)?;
    // The first makes all files, the second links them for the first time.
    compile(dir, 0)?;
    compile(dir, 1)?;
    let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
    let unit = UnitName::new("ours", 1)?;
    let options = recycling();
    let session = begin(&vfs, &root, &unit, &options)?;
    for file in fs::read_dir(newest_session(dir)?)? {
        let file = file?;
        fs::copy(file.path(), session.path().join(file.file_name()))?;
    }
    publish(session, Hash::new(0)).map_err(|error| error.to_string())?;
    let mut measured = Vec::new();
    for turn in 0..turns + 2 {
        let before = inodes(&newest_session(dir)?)?;
        let rustc = compile(dir, turn + 2)?;
        let newest = newest_session(dir)?;
        let after = inodes(&newest)?;
        let changed: Vec<_> = after.difference(&before).map(|(_, file)| file.clone()).collect();
        let start = Instant::now();
        let session = begin(&vfs, &root, &unit, &options)?;
        let begun = start.elapsed();
        for file in &changed {
            let content = fs::read(newest.join(file))?;
            let file = create(&vfs, session.dir(), &name(file))?;
            vfs.write_at(&file, 0, &content)?;
        }
        let start = Instant::now();
        publish(session, Hash::new(0)).map_err(|error| error.to_string())?;
        let opened = Unit::open(&vfs, &root, &unit)?.ok_or("the unit is gone")?;
        collect(&opened, &policy(2), Mode::Collect)?;
        let ended = start.elapsed();
        // The first ones make what the later ones recycle.
        if turn >= 2 {
            let files = (after.len(), changed.len());
            measured.push(Turn { files, rustc, ours: (begun, ended) });
        }
    }
    Ok(measured)
}

fn write_crate(dir: &Path) -> Result<()> {
    let modules: String = (0..MODULES).map(|module| format!("pub mod m{module};\n")).collect();
    fs::write(dir.join("lib.rs"), modules)?;
    (0..MODULES).try_for_each(|module| write_module(dir, module, 0))
}

fn write_module(dir: &Path, module: usize, version: usize) -> Result<()> {
    let text = format!(
        "pub fn f(x: u64) -> u64 {{ (0..x).map(|i| i * {module} + {version}).sum() }}\n\
         pub fn g(x: &[u64]) -> Vec<String> {{ x.iter().map(|i| format!(\"{{i}} {module}\")).collect() }}\n"
    );
    Ok(fs::write(dir.join(format!("m{module}.rs")), text)?)
}

/// Changes a module and compiles. Returns what rustc says that its session took.
fn compile(dir: &Path, version: usize) -> Result<(Duration, Duration)> {
    write_module(dir, version % MODULES, version + 1)?;
    let output = Command::new("rustc")
        .current_dir(dir)
        // Times of passes are for rustc's own developers.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Ztime-passes", "-Ztime-passes-format=json", "-Cincremental=incremental"])
        .args(["-Ccodegen-units=1000", "--edition=2024", "--crate-type=lib", "--crate-name=big"])
        .args(["--out-dir=.", "lib.rs"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("rustc: {}: {said}", output.status).into());
    }
    let time_of = |pass: &str| -> Result<Duration> {
        let line = said.lines().find(|line| line.contains(pass)).ok_or(format!("no {pass}"))?;
        let start = line.find('{').ok_or("no document")?;
        let document: serde_json::Value = serde_json::from_str(&line[start..])?;
        Ok(Duration::from_secs_f64(document["time"].as_f64().ok_or("no time")?))
    };
    Ok((
        time_of("incr_comp_prepare_session_directory")?,
        time_of("incr_comp_garbage_collect_session_directories")?,
    ))
}

fn newest_session(dir: &Path) -> Result<PathBuf> {
    let unit = fs::read_dir(dir.join("incremental"))?.next().ok_or("no unit")??.path();
    let names = fs::read_dir(&unit)?.collect::<std::io::Result<Vec<_>>>()?;
    let sessions = names.iter().map(fs::DirEntry::path).filter(|path| path.is_dir());
    Ok(sessions.max().ok_or("no session")?)
}

fn inodes(dir: &Path) -> Result<BTreeSet<(u64, String)>> {
    let inode = |entry: fs::DirEntry| -> Result<(u64, String)> {
        Ok((entry.metadata()?.ino(), entry.file_name().to_string_lossy().into_owned()))
    };
    fs::read_dir(dir)?.map(|entry| inode(entry?)).collect()
}
