//! Where a case of the contract works, and what it works with.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::{Access, Name, Vfs};

/// What a file system may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lacks {
    /// Hard links.
    HardLinks,
    /// Symbolic links.
    Symlinks,
    /// Sharing blocks between files.
    Clones,
    /// Permission bits.
    Modes,
    /// Renaming without replacing.
    RenameNew,
    /// Making a directory durable.
    DirSync,
    /// Locks.
    Locks,
    /// Owners.
    Owners,
    /// Extended attributes.
    Extended,
    /// Telling how much room there is.
    Space,
    /// Renaming a directory while something below it is open.
    OpenRenames,
    /// Taking the name of a file away at once while somebody has it open: it stays until that is closed.
    OpenRemovals,
    /// The same of a directory.
    OpenDirRemovals,
    /// Replacing a file that somebody has open.
    OpenReplacements,
}

/// The coarsest step in which times are kept: FAT's.
pub(super) const COARSEST: Duration = Duration::from_secs(2);

/// One sentence of the contract.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case<V: Vfs> {
    /// What must hold.
    pub sentence: &'static str,
    /// Panics if it does not, in an empty directory.
    pub check: fn(&mut Bench<'_, V>),
}

/// Where a case works: an empty directory, and what was found to be lacking.
#[derive(Debug)]
pub struct Bench<'a, V: Vfs> {
    /// The file system.
    pub vfs: &'a V,
    /// The empty directory.
    pub dir: &'a V::Dir,
    pub(super) lacks: &'a mut BTreeSet<Lacks>,
}

impl<V: Vfs> Bench<'_, V> {
    /// Makes a file with this content.
    pub(super) fn file(&self, file: &str, content: &[u8]) -> V::File {
        let file = self.vfs.create_file(self.dir, &name(file)).expect("create file");
        self.vfs.write_at(&file, 0, content).expect("write");
        file
    }

    /// Makes and opens a directory.
    pub(super) fn sub_dir(&self, dir: &str) -> V::Dir {
        self.vfs.create_dir(self.dir, &name(dir)).expect("create directory");
        self.vfs.open_dir(self.dir, &name(dir)).expect("open directory")
    }

    /// Whether a file that was removed while it was open may have another name until it is closed.
    pub(super) fn is_hidden(&self) -> bool {
        self.vfs.fs_info(self.dir).expect("fs_info").renames_removed
    }

    /// Whether a name is gone that was removed while it was open. Where it stays until then, whoever uses it is refused, or
    /// finds what is still there.
    pub(super) fn is_gone(&mut self, dir: &V::Dir, removed: &str) -> bool {
        self.has_gone(Lacks::OpenRemovals, dir, removed)
    }

    /// The same, where something else is lacking if not.
    pub(super) fn has_gone(&mut self, else_lacks: Lacks, dir: &V::Dir, removed: &str) -> bool {
        let found = self.vfs.stat(dir, &name(removed));
        let gone = match found.map_err(|error| error.kind()) {
            Err(ErrorKind::NotFound) => Ok(()),
            Ok(_) => Err(ErrorKind::PermissionDenied),
            Err(kind) => Err(kind),
        };
        self.has(else_lacks, gone.map_err(Into::into))
    }

    /// The content of a file, or why it is not available.
    pub(super) fn content(&self, file: &str) -> io::Result<Vec<u8>> {
        let file = self.vfs.open_file(self.dir, &name(file), Access::Read)?;
        content_of(self.vfs, &file)
    }

    /// Whether a call that may be lacking worked. If it did not, it must have said so properly.
    pub(super) fn has(&mut self, what: Lacks, result: io::Result<()>) -> bool {
        self.got(what, result).is_some()
    }

    /// The same of one that returns something.
    pub(super) fn got<T>(&mut self, what: Lacks, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(got) => {
                assert!(!self.lacks.contains(&what), "{what:?} worked this time");
                Some(got)
            }
            Err(error) => {
                let kind = error.kind();
                let allowed = match what {
                    Lacks::HardLinks
                    | Lacks::Symlinks
                    | Lacks::Modes
                    | Lacks::Owners
                    | Lacks::Extended => {
                        matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied)
                    }
                    Lacks::Clones => {
                        matches!(kind, ErrorKind::Unsupported | ErrorKind::CrossesDevices)
                    }
                    Lacks::OpenRenames => kind == ErrorKind::ResourceBusy,
                    Lacks::OpenRemovals | Lacks::OpenDirRemovals | Lacks::OpenReplacements => {
                        matches!(kind, ErrorKind::ResourceBusy | ErrorKind::PermissionDenied)
                    }
                    Lacks::RenameNew | Lacks::DirSync | Lacks::Locks | Lacks::Space => {
                        kind == ErrorKind::Unsupported
                    }
                };
                assert!(allowed, "{what:?} refused with {error:?}");
                self.lacks.insert(what);
                None
            }
        }
    }
}

/// The whole content of an open file.
pub(super) fn content_of<V: Vfs>(vfs: &V, file: &V::File) -> io::Result<Vec<u8>> {
    let len = usize::try_from(vfs.stat_file(file)?.len).expect("a small file");
    let mut content = vec![0; len + 1];
    let read = vfs.read(file, 0, &mut content)?;
    content.truncate(read);
    Ok(content)
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a single component")
}

/// Asserts that a call failed, and with which kind.
#[track_caller]
pub(super) fn fails<T>(result: io::Result<T>, kind: ErrorKind) {
    match result {
        Ok(_) => panic!("worked, although it must fail with {kind:?}"),
        Err(error) => assert_eq!(error.kind(), kind, "{error:?}"),
    }
}
