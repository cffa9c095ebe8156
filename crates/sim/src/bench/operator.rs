//! What an operator waits for: looking at a large cache, and deleting what dead processes left. Each beside the program
//! that anybody has for it, on the same files and in turns.
#![expect(clippy::disallowed_methods, reason = "it is measured on the real file system")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use incrdir_naming::{EntryName, Hash, Key, UnitName};
use incrdir_record::{Head, Process};
use incrdir_session::{Durability, SeedMode, begin, publish};
use incrdir_vfs::CapVfs;

use super::Times;
use super::size::Result;
use crate::usual::{anew, options, timestamp};

/// A cache of many sessions.
#[derive(Debug, Clone, Copy)]
pub struct Cache {
    /// Published sessions.
    pub sessions: usize,
    /// How many of them each unit has.
    pub per_unit: usize,
    /// Files in a session, a fifth of them in two directories below it.
    pub files: usize,
    /// Files that each session replaces; the others are linked from the one before.
    pub changed: usize,
    /// Bytes in each file.
    pub bytes: usize,
}

impl Cache {
    /// 400 units of five sessions: 100,000 names of files of 50 kB, which is 5 GB as sessions show it and 1.5 GB on the medium.
    pub const LARGE: Self =
        Self { sessions: 2000, per_unit: 5, files: 50, changed: 5, bytes: 50_000 };

    /// Makes it, and the root that it is in.
    ///
    /// # Errors
    ///
    /// If anything fails.
    pub fn fill(self, root: &Path) -> Result<()> {
        fs::create_dir(root)?;
        let content = vec![b'x'; self.bytes];
        let (vfs, dir) = CapVfs::open_ambient_dir(root)?;
        let options = options(SeedMode::Link).retention(anew());
        for number in 0..self.sessions {
            let unit = UnitName::new("package", (number / self.per_unit) as u64)?;
            let round = number % self.per_unit;
            let session = begin(&vfs, &dir, &unit, &options)?;
            let changes = if round == 0 { 0..self.files } else { 0..self.changed };
            for change in changes {
                let file = session.path().join(file_name((change * 7 + round) % self.files));
                fs::create_dir_all(file.parent().ok_or("no directory")?)?;
                let _ = fs::remove_file(&file);
                fs::write(file, &content)?;
            }
            publish(session, Hash::new(number as u128)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn file_name(number: usize) -> String {
    let below = ["", "", "", "", "", "", "", "", "deps/", "out/"][number % 10];
    format!("{below}{number:07}-module.cgu.0.rcgu.o")
}

/// What dead processes left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// Lock files without a session.
    Locks,
    /// Sessions of 20 files each, with their lock files.
    Sessions,
    /// One session with all files in one directory.
    Flat,
    /// One session with 100 files in each of its directories.
    Deep,
}

impl Leftovers {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Locks, Self::Sessions, Self::Flat, Self::Deep];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Locks => "lock files",
            Self::Sessions => "sessions of 20 files",
            Self::Flat => "files in one directory",
            Self::Deep => "files in directories of 100",
        }
    }

    /// Makes about this many names in a unit of this root.
    ///
    /// # Errors
    ///
    /// If anything fails.
    pub fn fill(self, root: &Path, names: usize) -> Result<()> {
        let unit = unit_dir(root)?;
        fs::create_dir(&unit)?;
        match self {
            Self::Locks => (0..names).try_for_each(|number| write_lock(&unit, number)),
            Self::Sessions => (0..names / 22).try_for_each(|number| {
                write_lock(&unit, number)?;
                fill_flat(&working(&unit, number)?, 20)
            }),
            Self::Flat => {
                write_lock(&unit, 0)?;
                fill_flat(&working(&unit, 0)?, names)
            }
            Self::Deep => {
                write_lock(&unit, 0)?;
                let session = working(&unit, 0)?;
                (0..names / 100)
                    .try_for_each(|dir| fill_flat(&session.join(format!("dir-{dir}")), 100))
            }
        }
    }
}

fn unit_dir(root: &Path) -> Result<PathBuf> {
    Ok(root.join(UnitName::new("leftovers", 1)?.to_string()))
}

fn key(number: usize) -> Result<Key> {
    Ok(Key::new(timestamp(0), u32::try_from(number)?))
}

/// The lock file of a process that is not there any more.
fn write_lock(unit: &Path, number: usize) -> Result<()> {
    let key = key(number)?;
    let nobody = Process::new(u32::MAX, "", None, None);
    let head = Head::new(key, Durability::Detect, "bench", nobody, None);
    fs::write(unit.join(EntryName::Lock(key).to_string()), head.encode())?;
    Ok(())
}

fn working(unit: &Path, number: usize) -> Result<PathBuf> {
    Ok(unit.join(EntryName::from(key(number)?.working()).to_string()))
}

fn fill_flat(dir: &Path, files: usize) -> Result<()> {
    fs::create_dir_all(dir)?;
    for number in 0..files {
        File::create(dir.join(format!("{number:07}-module.o")))?.write_all(&[b'x'; 100])?;
    }
    Ok(())
}

/// The turns of one program.
#[derive(Debug)]
pub struct Turns {
    /// How long each took.
    pub times: Times,
    /// The most memory that one took, in kilobytes, where `/usr/bin/time` is there to tell.
    pub memory: Option<u64>,
}

/// How a program is called; the directory comes last.
struct Call<'a>(&'static str, &'a Path, &'static [&'static str]);

impl Call<'_> {
    /// Whether there is such a command.
    fn is_known(&self) -> bool {
        let mut help = Command::new(self.1);
        help.args(&self.2[..1]).arg("--help").stdout(Stdio::null()).stderr(Stdio::null());
        help.status().is_ok_and(|status| status.success())
    }

    fn turns(&self) -> Turns {
        Turns { times: Times::of(self.0), memory: None }
    }

    /// Runs it, letting its output go.
    fn run(&self, dir: &Path, turns: &mut Turns) -> Result<()> {
        const TIME: &str = "/usr/bin/time";
        let Self(_, program, arguments) = self;
        let told = tempfile::NamedTempFile::new()?;
        let is_told = Path::new(TIME).exists();
        let mut command = match is_told {
            true => {
                let mut time = Command::new(TIME);
                time.args(["-f", "%M", "-o"]).arg(told.path()).arg(program);
                time
            }
            false => Command::new(program),
        };
        command.args(*arguments).arg(dir).stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        turns.times.turnarounds.push(start.elapsed());
        if !status.success() {
            return Err(format!("{} {arguments:?}: {status}", program.display()).into());
        }
        if is_told {
            let memory = fs::read_to_string(told.path())?.trim().parse()?;
            turns.memory = turns.memory.max(Some(memory));
        }
        Ok(())
    }
}

/// Looks at a cache, with `du -s` first and then with every command of `incrdir` that looks at a whole cache.
///
/// # Errors
///
/// If one of them fails.
pub fn look(incrdir: &Path, root: &Path, rounds: usize) -> Result<Vec<Turns>> {
    let du = Call("du -s", Path::new("du"), &["-s"]);
    let ours = [
        Call("incrdir ls", incrdir, &["ls"]),
        Call("incrdir du", incrdir, &["du"]),
        Call("incrdir gc --dry-run", incrdir, &["gc", "--dry-run"]),
    ];
    let mut calls = vec![du];
    calls.extend(ours.into_iter().filter(Call::is_known));
    let mut turns: Vec<_> = calls.iter().map(Call::turns).collect();
    for call in &calls {
        // Nothing is in the system's caches yet.
        call.run(root, &mut call.turns())?;
    }
    for _ in 0..rounds {
        for (call, turns) in calls.iter().zip(&mut turns) {
            call.run(root, turns)?;
        }
    }
    Ok(turns)
}

/// Deletes leftovers, with `rm -rf` first and then with `incrdir gc`, each its own copy.
///
/// # Errors
///
/// If one of them fails or leaves something.
pub fn delete(
    incrdir: &Path,
    dir: &Path,
    kind: Leftovers,
    names: usize,
    rounds: usize,
) -> Result<Vec<Turns>> {
    let calls = [Call("rm -rf", Path::new("rm"), &["-rf"]), Call("incrdir gc", incrdir, &["gc"])];
    let mut turns: Vec<_> = calls.iter().map(Call::turns).collect();
    for round in 0..rounds {
        let roots: Vec<_> = calls.iter().map(|call| dir.join(call.0)).collect();
        for root in &roots {
            fs::create_dir(root)?;
            kind.fill(root, names)?;
        }
        // Who comes first has what the other one has just written in its way.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for at in order {
            calls[at].run(&roots[at], &mut turns[at])?;
        }
        if roots[0].exists() || unit_dir(&roots[1])?.read_dir()?.next().is_some() {
            return Err("something was left".into());
        }
        fs::remove_dir_all(&roots[1])?;
    }
    Ok(turns)
}
