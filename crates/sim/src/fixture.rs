//! One test, every back end: a fixture is an empty root on a file system whose clock, luck and failures the
//! test decides.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use incrdir_gc::{Collected, Mode, collect};
use incrdir_naming::{EntryName, Hash, Key, SessionName, UnitName};
use incrdir_session::{Catalog, SeedMode, Unit, Working, begin, publish};
use incrdir_vfs::{Access, CapVfs, MemDisk, Name, Profile, RelPath, Vfs};

use crate::scripted::Scripted;
use crate::trees::{Tree, tree_of};
use crate::usual::{options, policy, timestamp};

/// An empty root on some back end.
pub struct Fixture<V: Vfs> {
    /// The file system.
    pub vfs: Scripted<V>,
    /// The root. Shared, so that a hook can keep it.
    pub root: Rc<V::Dir>,
    /// The unit that the helpers below work in.
    pub unit: UnitName,
}

impl<V: Vfs> std::fmt::Debug for Fixture<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fixture").field(&self.vfs.path(&self.root)).finish()
    }
}

/// Runs a scenario on a real directory: below the system's temporary one, or below `target` if that is on a file system, such as
/// tmpfs, where times do not show every change. Much is refused there, and `cargo xtask edges` looks at it.
///
/// # Panics
///
/// If the directory cannot be made, and where the scenario does.
pub fn real(scenario: fn(&Fixture<CapVfs>)) {
    let opened = |tmp: &tempfile::TempDir| {
        CapVfs::open_ambient_dir(tmp.path()).expect("the directory can be opened")
    };
    let mut tmp = tempfile::tempdir().expect("a temporary directory");
    let (mut vfs, mut root) = opened(&tmp);
    if !vfs.fs_info(&root).is_ok_and(|info| info.times_tell_all) {
        tmp = tempfile::tempdir_in(below_target()).expect("a temporary directory");
        (vfs, root) = opened(&tmp);
    }
    scenario(&Fixture::new(vfs, root));
}

#[expect(clippy::disallowed_methods, reason = "where tests put their files")]
fn below_target() -> std::path::PathBuf {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
    std::fs::create_dir_all(&dir).expect("a directory for temporary ones");
    dir
}

/// Runs a scenario in memory.
pub fn memory(scenario: fn(&Fixture<incrdir_vfs::MemVfs>)) {
    in_memory(Profile::posix(), scenario);
}

/// Runs a scenario in memory, on a file system like FAT: no links, coarse times, one case.
pub fn fat(scenario: fn(&Fixture<incrdir_vfs::MemVfs>)) {
    in_memory(Profile::fat(), scenario);
}

/// Runs a scenario in memory, on a file system that can do what the profile says.
pub fn in_memory(profile: Profile, scenario: impl FnOnce(&Fixture<incrdir_vfs::MemVfs>)) {
    let disk = MemDisk::new(profile);
    // So that the same test means the same times on both back ends.
    disk.set_clock(SystemTime::now());
    let vfs = disk.process();
    let root = vfs.root();
    scenario(&Fixture::new(vfs, root));
}

/// Makes a test of a scenario for the real and for the in-memory back end.
#[macro_export]
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            #[test]
            fn real() {
                $crate::fixture::real(super::$scenario);
            }
            #[test]
            fn memory() {
                $crate::fixture::memory(super::$scenario);
            }
        }
    )*};
}

/// One path component.
///
/// # Panics
///
/// If it is not.
pub fn name(text: impl ToString) -> Name {
    Name::new(text.to_string()).expect("a single component")
}

impl<V: Vfs> Fixture<V> {
    /// A fixture on what is open.
    pub fn new(vfs: V, root: V::Dir) -> Self {
        let unit = UnitName::new("unit", 7).expect("a good name");
        Self { vfs: Scripted::new(vfs), root: Rc::new(root), unit }
    }

    /// Begins a session.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn begin(&self, seed: SeedMode) -> Working<Scripted<V>> {
        begin(&self.vfs, &self.root, &self.unit, &options(seed)).expect("begin")
    }

    /// Begins a session, writes these files in it, publishes it.
    ///
    /// # Panics
    ///
    /// If any of that fails.
    pub fn publish(
        &self,
        seed: SeedMode,
        files: &[(&str, &str)],
    ) -> incrdir_session::Published<Scripted<V>> {
        let session = self.begin(seed);
        for (file, content) in files {
            self.write(session.dir(), file, content);
        }
        publish(session, Hash::new(0)).expect("publish")
    }

    /// The same disk without the script, for what another process does: its clock and luck are real.
    pub fn another(&self) -> Fixture<V> {
        Fixture {
            vfs: Scripted::new(self.vfs.inner().clone()),
            root: Rc::clone(&self.root),
            unit: self.unit.clone(),
        }
    }

    /// Opens the unit.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn open(&self) -> Unit<Scripted<V>> {
        Unit::open(&self.vfs, &self.root, &self.unit).expect("open unit").expect("a unit")
    }

    /// Makes the unit's directory, empty.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn make_unit(&self) -> Unit<Scripted<V>> {
        self.vfs.create_dir(&self.root, &name(&self.unit)).expect("make unit");
        self.open()
    }

    /// What is in the unit.
    ///
    /// # Panics
    ///
    /// If it cannot be listed.
    pub fn catalog(&self) -> Catalog {
        self.open().list().expect("list")
    }

    /// Collects the unit.
    ///
    /// # Panics
    ///
    /// If it cannot be listed.
    pub fn collect(&self, keep: usize) -> Collected {
        collect(&self.open(), &policy(keep), Mode::Collect).expect("collect")
    }

    /// Replaces a file.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn write(&self, dir: &V::Dir, file: &str, content: &str) {
        let file = create(&self.vfs, dir, &name(file)).expect("create");
        self.vfs.write_at(&file, 0, content.as_bytes()).expect("write");
    }

    /// Writes into a file that exists, in place.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn overwrite(&self, dir: &V::Dir, file: &str, content: &str) {
        let file = self.vfs.open_file(dir, &name(file), Access::ReadWrite).expect("open");
        self.vfs.write_at(&file, 0, content.as_bytes()).expect("write");
    }

    /// Sets the clock so much later than it really is.
    pub fn later(&self, duration: Duration) {
        self.vfs.set_clock(self.vfs.inner().now() + duration);
    }

    /// All names in the unit, sorted.
    pub fn names(&self) -> Vec<String> {
        let unit = self.open();
        let entries = self.vfs.list(unit.dir()).expect("list");
        let mut names: Vec<_> =
            entries.into_iter().map(|entry| entry.expect("entry").name.to_string()).collect();
        names.sort();
        names
    }

    /// The tree below a directory.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub fn tree(&self, dir: &V::Dir) -> Tree {
        tree_of(self.vfs.inner(), dir)
    }

    /// The tree below a published session of the unit.
    ///
    /// # Panics
    ///
    /// If there is no such session.
    pub fn session_tree(&self, session: impl ToString) -> Tree {
        let dir = self.vfs.open_dir(self.open().dir(), &name(session)).expect("session");
        self.tree(&dir)
    }

    /// A session's key at a time, in microseconds after the beginning of 2024.
    pub fn key(micros: u64, rand: u32) -> Key {
        Key::new(timestamp(micros), rand)
    }

    /// Makes a file with this content in the unit, as some other program would.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn plant_file(&self, entry: impl ToString, content: &str) {
        let unit = self.open();
        let file = self.vfs.create_file(unit.dir(), &name(entry)).expect("plant file");
        self.vfs.write_at(&file, 0, content.as_bytes()).expect("plant content");
    }

    /// Makes a directory with one file in the unit, as some other program would.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn plant_dir(&self, entry: impl ToString) {
        let unit = self.open();
        let entry = name(entry);
        self.vfs.create_dir(unit.dir(), &entry).expect("plant directory");
        let dir = self.vfs.open_dir(unit.dir(), &entry).expect("open");
        self.write(&dir, "planted", "content");
    }

    /// Makes a session of rustc's: empty lock file and directory.
    pub fn plant_rustc(&self, key: Key, published: bool) {
        self.plant_file(EntryName::Lock(key), "");
        let session = if published { key.published(Hash::new(1)) } else { key.working() };
        self.plant_dir(session);
    }
}

/// A path below a session.
///
/// # Panics
///
/// If it is none.
pub fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path below a session")
}

/// Makes a file in place of whatever has the name, as a program does that replaces its files.
///
/// # Errors
///
/// As the calls.
pub fn create<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> std::io::Result<V::File> {
    match vfs.remove_file(dir, name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => vfs.create_file(dir, name),
    }
}

/// Opens the directory of a published session, to look at it.
///
/// # Panics
///
/// If it cannot be opened.
pub fn published_dir<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    unit: &UnitName,
    session: SessionName,
) -> V::Dir {
    let unit = vfs.open_dir(root, &name(unit)).expect("unit");
    vfs.open_dir(&unit, &name(session)).expect("session")
}

/// Puts the checksums of a record's frames right, as far as they can be found.
pub fn reseal(record: &mut [u8]) {
    const HEADER: usize = 8;
    const BEFORE: usize = 5;
    let mut start = HEADER;
    while let Some(len) = record.get(start + 1..start + BEFORE) {
        let len = u32::from_le_bytes(len.try_into().expect("four bytes")) as usize;
        let end = start + BEFORE + len;
        if record.len() < end + 4 {
            return;
        }
        let sum = crc32fast::hash(&record[start..end]).to_le_bytes();
        record[end..end + 4].copy_from_slice(&sum);
        start = end + 4;
    }
}
