//! PATH as a name in its directory, with what stands beside it: the lease file, and the directory that is moved aside.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use incrdir_vfs::{Access, CapDir, CapVfs, Error, FileKind, Name, Vfs, failed};

use crate::at::holder;
use crate::failure::Failure;

/// What follows PATH in the name of its lease file.
pub(super) const LEASE: &str = "incrdir-lease";
/// The same of the directory that is moved aside for a link.
pub(super) const ASIDE: &str = "incrdir-aside";

/// A name beside PATH that belongs to it.
pub(super) fn beside(path: &Path, what: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(what);
    name
}

/// PATH, as a name in a directory.
pub(super) struct Spot {
    pub(super) vfs: CapVfs,
    pub(super) dir: CapDir,
    pub(super) name: Name,
    pub(super) lease: Name,
    pub(super) aside: Name,
}

impl Spot {
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().ok_or("BUG: a place without a name")?;
        let lease = Name::new(beside(path, LEASE))?;
        let aside = Name::new(beside(path, ASIDE))?;
        let (vfs, dir) = CapVfs::open_ambient_dir(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Self { vfs, dir, name: Name::new(name)?, lease, aside })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.vfs.path(&self.dir).join(&self.name)
    }

    pub(super) fn failed<'a>(
        &'a self,
        doing: &'static str,
        name: &'a Name,
    ) -> impl FnOnce(io::Error) -> Error + 'a {
        failed(&self.vfs, doing, &self.dir, name)
    }

    pub(super) fn kind_of(&self, name: &Name) -> Result<Option<FileKind>, Error> {
        match self.vfs.stat(&self.dir, name) {
            Ok(stat) => Ok(Some(stat.kind)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("look at", name)(error)),
        }
    }

    /// Who has it, as far as that can be read.
    pub(super) fn holder(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let file = self.vfs.open_file(&self.dir, &self.lease, Access::Read)?;
            let mut content = vec![0; holder::MOST_BYTES];
            let length = self.vfs.read(&file, 0, &mut content)?;
            content.truncate(length);
            Ok(content)
        };
        let holder = read().ok().and_then(|content| holder::holder_in(&content));
        holder.map_or_else(|| "another run".into(), |holder| holder.to_string())
    }

    /// Refuses what somebody else could have put there to lead us astray. In a user namespace, files of others have no owner
    /// that means anything, so only the caller's own count, and for the superuser those of whose directory it is.
    pub(super) fn refuse_others(&self, name: &Name) -> Result<(), Failure> {
        let Self { vfs, dir, .. } = self;
        let owner_of = |stat: incrdir_vfs::Stat| stat.owner.map(|owner| owner.user);
        let owner = match vfs.stat(dir, name) {
            Ok(stat) => owner_of(stat),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(self.failed("look at", name)(error).into()),
        };
        let (Some(owner), Some(caller)) = (owner, vfs.process().user) else { return Ok(()) };
        let is_of_the_place =
            || caller == 0 && vfs.stat_dir(dir).is_ok_and(|dir| owner_of(dir.stat) == Some(owner));
        match owner == caller || is_of_the_place() {
            true => Ok(()),
            false => Err(format!(
                "`{}` was left by another user; remove it, or choose another PATH",
                vfs.path(dir).join(name).display()
            )
            .into()),
        }
    }

    /// Step 5, but for the lease file.
    pub(super) fn restore(&self, target: Option<&str>) -> Result<(), Failure> {
        let Self { vfs, dir, name, aside, .. } = self;
        if let Some(target) = target
            && self.kind_of(name)? == Some(FileKind::Symlink)
        {
            let leads = vfs.read_link(dir, name).map_err(self.failed("read link", name))?;
            if leads.to_string_lossy() == target {
                vfs.remove_file(dir, name).map_err(self.failed("remove link", name))?;
            }
        }
        if self.kind_of(aside)? != Some(FileKind::Dir) {
            return Ok(());
        }
        self.refuse_others(aside)?;
        if self.kind_of(name)?.is_none() {
            return Ok(self.rename(aside, name)?);
        }
        // Somebody has put something at PATH meanwhile. What was there before was empty.
        match vfs.remove_dir(dir, aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(self.failed("remove directory", aside)(error).into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn rename(&self, from: &Name, to: &Name) -> Result<(), Error> {
        let renamed = match self.vfs.rename_new(&self.dir, from, &self.dir, to) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.vfs.rename(&self.dir, from, &self.dir, to)
            }
            renamed => renamed,
        };
        renamed.map_err(self.failed("rename directory", from))
    }
}
