//! Is the file system in memory like a real one? Random histories of calls run on both; results and kinds of
//! errors are compared call by call, and a history that differs is shrunk.
//!
//! Not compared is what file systems are free to choose: inode numbers, times, lengths and link counts of
//! directories, the order of listings, and whether a directory can be opened as if it were a file.

use std::io;

use incrdir_vfs::{Access, CapVfs, FileKind, LockKind, MemDisk, Name, Profile, Stat, Vfs};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use crate::fixture::name;

/// Names that histories use.
const NAMES: u8 = 4;
/// Files and directories that a history has open at most, of each; directory 0 is the root.
const HANDLES: u8 = 3;

/// One call. Directories, files and names by number; what is not open is skipped.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum Step {
    CreateDir { dir: u8, name: u8 },
    OpenDir { dir: u8, name: u8, handle: u8 },
    CreateFile { dir: u8, name: u8, handle: u8 },
    OpenFile { dir: u8, name: u8, handle: u8, writes: bool },
    CloseFile { handle: u8 },
    List { dir: u8 },
    Stat { dir: u8, name: u8 },
    StatFile { file: u8 },
    Rename { from_dir: u8, from: u8, to_dir: u8, to: u8 },
    RenameNew { from_dir: u8, from: u8, to_dir: u8, to: u8 },
    HardLink { from_dir: u8, from: u8, to_dir: u8, to: u8 },
    RemoveFile { dir: u8, name: u8 },
    RemoveDir { dir: u8, name: u8 },
    Symlink { dir: u8, name: u8 },
    ReadLink { dir: u8, name: u8 },
    WriteAt { file: u8, offset: u8, len: u8 },
    Read { file: u8, offset: u8 },
    Copy { from: u8, to: u8 },
    SetMode { file: u8, executable: bool },
    TryLock { file: u8, exclusive: bool },
    Unlock { file: u8 },
    Sync { dir: u8, file: u8 },
}

/// Histories, simple calls first: what is shrunk goes towards them.
pub fn histories() -> impl Strategy<Value = Vec<Step>> {
    let (name, dir, file) = (|| 0..NAMES, || 0..HANDLES, || 0..HANDLES);
    let pair = move || (dir(), name(), dir(), name());
    let step = prop_oneof![
        3 => (dir(), name(), file())
            .prop_map(|(dir, name, handle)| Step::CreateFile { dir, name, handle }),
        2 => (dir(), name()).prop_map(|(dir, name)| Step::CreateDir { dir, name }),
        2 => (dir(), name(), 1..HANDLES)
            .prop_map(|(dir, name, handle)| Step::OpenDir { dir, name, handle }),
        2 => (dir(), name(), file(), any::<bool>())
            .prop_map(|(dir, name, handle, writes)| Step::OpenFile { dir, name, handle, writes }),
        1 => file().prop_map(|handle| Step::CloseFile { handle }),
        1 => dir().prop_map(|dir| Step::List { dir }),
        2 => (dir(), name()).prop_map(|(dir, name)| Step::Stat { dir, name }),
        1 => file().prop_map(|file| Step::StatFile { file }),
        2 => pair()
            .prop_map(|(from_dir, from, to_dir, to)| Step::Rename { from_dir, from, to_dir, to }),
        2 => pair()
            .prop_map(|(from_dir, from, to_dir, to)| Step::RenameNew { from_dir, from, to_dir, to }),
        2 => pair()
            .prop_map(|(from_dir, from, to_dir, to)| Step::HardLink { from_dir, from, to_dir, to }),
        2 => (dir(), name()).prop_map(|(dir, name)| Step::RemoveFile { dir, name }),
        1 => (dir(), name()).prop_map(|(dir, name)| Step::RemoveDir { dir, name }),
        1 => (dir(), name()).prop_map(|(dir, name)| Step::Symlink { dir, name }),
        1 => (dir(), name()).prop_map(|(dir, name)| Step::ReadLink { dir, name }),
        2 => (file(), 0..9_u8, 0..9_u8)
            .prop_map(|(file, offset, len)| Step::WriteAt { file, offset, len }),
        1 => (file(), 0..9_u8).prop_map(|(file, offset)| Step::Read { file, offset }),
        1 => (file(), file()).prop_map(|(from, to)| Step::Copy { from, to }),
        1 => (file(), any::<bool>())
            .prop_map(|(file, executable)| Step::SetMode { file, executable }),
        3 => (file(), any::<bool>())
            .prop_map(|(file, exclusive)| Step::TryLock { file, exclusive }),
        1 => file().prop_map(|file| Step::Unlock { file }),
        1 => (dir(), file()).prop_map(|(dir, file)| Step::Sync { dir, file }),
    ];
    proptest::collection::vec(step, 1..40)
}

struct Open<V: Vfs> {
    file: V::File,
    writes: bool,
    is_locked: bool,
}

/// One process and what it has open.
struct Actor<'a, V: Vfs> {
    vfs: &'a V,
    root: V::Dir,
    dirs: [Option<V::Dir>; HANDLES as usize],
    files: [Option<Open<V>>; HANDLES as usize],
}

/// What came of every step of a history.
pub fn run<V: Vfs>(vfs: &V, root: V::Dir, history: &[Step]) -> Vec<String> {
    let none = || std::array::from_fn(|_| None);
    let mut actor = Actor { vfs, root, dirs: none(), files: std::array::from_fn(|_| None) };
    let outcome = |step: &Step| match actor.step(*step) {
        None => "-".into(),
        Some(Ok(said)) => said,
        Some(Err(error)) => kind(&error),
    };
    history.iter().map(outcome).collect()
}

impl<V: Vfs> Actor<'_, V> {
    fn dir(&self, number: u8) -> Option<&V::Dir> {
        if number == 0 { Some(&self.root) } else { self.dirs[usize::from(number)].as_ref() }
    }

    fn file(&self, number: u8) -> Option<&V::File> {
        self.files[usize::from(number)].as_ref().map(|open| &open.file)
    }

    /// `None`: what it takes is not open.
    fn step(&mut self, step: Step) -> Option<io::Result<String>> {
        let vfs = self.vfs;
        let done = |result: io::Result<()>| result.map(|()| "ok".to_string());
        Some(match step {
            Step::CreateDir { dir, name } => done(vfs.create_dir(self.dir(dir)?, &called(name))),
            Step::OpenDir { dir, name, handle } => {
                let opened = vfs.open_dir(self.dir(dir)?, &called(name));
                opened.map(|dir| {
                    self.dirs[usize::from(handle)] = Some(dir);
                    "ok".into()
                })
            }
            Step::CreateFile { dir, name, handle } => {
                let made = vfs.create_file(self.dir(dir)?, &called(name));
                self.keep(handle, made, true)
            }
            Step::OpenFile { dir, name, handle, writes } => {
                let there = vfs.stat(self.dir(dir)?, &called(name));
                if there.is_ok_and(|stat| stat.kind == FileKind::Dir) {
                    return None;
                }
                let access = if writes { Access::ReadWrite } else { Access::Read };
                let opened = vfs.open_file(self.dir(dir)?, &called(name), access);
                self.keep(handle, opened, writes)
            }
            Step::CloseFile { handle } => {
                self.files[usize::from(handle)] = None;
                return None;
            }
            Step::List { dir } => self.list(dir)?,
            Step::Stat { dir, name } => {
                vfs.stat(self.dir(dir)?, &called(name)).map(|stat| shown(&stat))
            }
            Step::StatFile { file } => vfs.stat_file(self.file(file)?).map(|stat| shown(&stat)),
            Step::Rename { from_dir, from, to_dir, to } => {
                done(vfs.rename(self.dir(from_dir)?, &called(from), self.dir(to_dir)?, &called(to)))
            }
            Step::RenameNew { from_dir, from, to_dir, to } => {
                let (from_dir, to_dir) = (self.dir(from_dir)?, self.dir(to_dir)?);
                let renamed = vfs.rename_new(from_dir, &called(from), to_dir, &called(to));
                // A directory into itself: Linux says the same of what it does not know.
                done(renamed.map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidInput => io::ErrorKind::Unsupported.into(),
                    _ => error,
                }))
            }
            Step::HardLink { from_dir, from, to_dir, to } => done(vfs.hard_link(
                self.dir(from_dir)?,
                &called(from),
                self.dir(to_dir)?,
                &called(to),
            )),
            Step::RemoveFile { dir, name } => done(vfs.remove_file(self.dir(dir)?, &called(name))),
            Step::RemoveDir { dir, name } => done(vfs.remove_dir(self.dir(dir)?, &called(name))),
            Step::Symlink { dir, name } => {
                done(vfs.symlink(&"somewhere/else".into(), self.dir(dir)?, &called(name)))
            }
            Step::ReadLink { dir, name } => {
                vfs.read_link(self.dir(dir)?, &called(name)).map(|target| format!("{target:?}"))
            }
            Step::WriteAt { file, offset, len } => {
                let bytes = vec![b'a' + offset; usize::from(len)];
                done(vfs.write_at(self.file(file)?, offset.into(), &bytes))
            }
            Step::Read { file, offset } => {
                let mut buffer = [0; 32];
                let read = vfs.read(self.file(file)?, offset.into(), &mut buffer);
                read.map(|read| format!("{:?}", &buffer[..read]))
            }
            // What a copy onto itself does is nobody's contract.
            Step::Copy { from, to } if from == to => return None,
            Step::Copy { from, to } => self.copy(from, to)?,
            Step::SetMode { file, executable } => {
                let mode = if executable { 0o755 } else { 0o644 };
                done(vfs.set_mode(self.file(file)?, mode))
            }
            Step::TryLock { file, exclusive } => self.lock(file, exclusive)?,
            Step::Unlock { file } => {
                let open = self.files[usize::from(file)].as_mut()?;
                open.is_locked = false;
                done(vfs.unlock(&open.file))
            }
            Step::Sync { dir, file } => {
                let synced = vfs.sync_dir(self.dir(dir)?);
                done(
                    synced
                        .and_then(|()| self.file(file).map_or(Ok(()), |file| vfs.sync_file(file))),
                )
            }
        })
    }

    fn keep(
        &mut self,
        handle: u8,
        opened: io::Result<V::File>,
        writes: bool,
    ) -> io::Result<String> {
        self.files[usize::from(handle)] = Some(Open { file: opened?, writes, is_locked: false });
        Ok("ok".into())
    }

    fn list(&self, dir: u8) -> Option<io::Result<String>> {
        let listed = self.vfs.list(self.dir(dir)?);
        Some(listed.map(|entries| {
            let mut names: Vec<_> = entries
                .into_iter()
                .map(|entry| match entry {
                    Ok(entry) => format!("{} {:?}", entry.name, entry.kind),
                    Err(error) => kind(&error),
                })
                .collect();
            names.sort();
            names.join(", ")
        }))
    }

    /// A copy into a file that is empty and may be written: anything else is nobody's contract.
    fn copy(&self, from: u8, to: u8) -> Option<io::Result<String>> {
        self.files[usize::from(to)].as_ref().filter(|open| open.writes)?;
        let (from, to) = (self.file(from)?, self.file(to)?);
        let is_empty = self.vfs.stat_file(to).is_ok_and(|stat| stat.len == 0);
        is_empty.then(|| self.vfs.copy(from, to).map(|copied| copied.to_string()))
    }

    /// A lock is tried once on an open file.
    fn lock(&mut self, file: u8, exclusive: bool) -> Option<io::Result<String>> {
        let vfs = self.vfs;
        let kind = if exclusive { LockKind::Exclusive } else { LockKind::Shared };
        let open = self.files[usize::from(file)].as_mut()?;
        if open.is_locked {
            return None;
        }
        let tried = vfs.try_lock(&open.file, kind);
        open.is_locked = tried.as_ref().is_ok_and(|tried| *tried == incrdir_vfs::TryLock::Locked);
        Some(tried.map(|tried| format!("{tried:?}")))
    }
}

/// What the standard library has no kind for is one kind.
fn kind(error: &io::Error) -> String {
    let kind = format!("{:?}", error.kind());
    if kind == "Uncategorized" { "Other".into() } else { kind }
}

fn called(number: u8) -> Name {
    name(char::from(b'a' + number))
}

fn shown(stat: &Stat) -> String {
    match stat.kind {
        FileKind::Dir => "directory".into(),
        FileKind::File => {
            format!("file, {} bytes, {} names, {:o}", stat.len, stat.links, stat.mode & 0o777)
        }
        kind => format!("{kind:?}, {} bytes", stat.len),
    }
}

/// Runs random histories on both, in scratch directories below `dir`.
///
/// # Errors
///
/// The first difference, shrunk.
pub fn compare(dir: &std::path::Path, histories_to_run: u32, seed: u64) -> Result<(), String> {
    let config = Config {
        cases: histories_to_run,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(seed),
        ..Config::default()
    };
    let compared = TestRunner::new(config).run(&histories(), |history| {
        let scratch = tempfile::tempdir_in(dir).map_err(|error| reject(&error))?;
        let (real, root) =
            CapVfs::open_ambient_dir(scratch.path()).map_err(|error| reject(&error))?;
        let real = run(&real, root, &history);
        let memory = MemDisk::new(Profile::posix()).process();
        let memory = run(&memory, memory.root(), &history);
        match real.iter().zip(&memory).position(|(real, memory)| real != memory) {
            None => Ok(()),
            Some(step) => Err(TestCaseError::fail(format!(
                "step {}, {:?}: really {}, in memory {}",
                step + 1,
                history[step],
                real[step],
                memory[step]
            ))),
        }
    });
    compared.map_err(|error| match error {
        TestError::Fail(why, history) => format!("{why}\n{history:#?}"),
        TestError::Abort(why) => why.to_string(),
    })
}

fn reject(error: &io::Error) -> TestCaseError {
    TestCaseError::fail(format!("scratch directory: {error}"))
}
