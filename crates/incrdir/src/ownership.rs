//! Whether a directory is in the hands of somebody else, who could lead this program out of it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_session::{Stranger, stranger};
use incrdir_vfs::{CapDir, CapVfs, Vfs};

use crate::Error;

/// What everybody may write, and nobody rename of others.
const SHARED: u32 = 0o1777;

/// Who else may own the directories of a cache, or write there. Whoever can rename what is in them can put a link in the
/// place of a session, and so make this program write elsewhere with its own rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    users: Vec<u32>,
    everybody: bool,
}

impl Trust {
    /// Only the user as whom the program runs, and the superuser. That is the default.
    pub fn nobody_else() -> Self {
        Self::default()
    }

    /// Everybody: nothing is refused.
    pub fn everybody() -> Self {
        Self::default().and_everybody()
    }

    /// Everybody else as well.
    pub fn and_everybody(self) -> Self {
        Self { everybody: true, ..self }
    }

    /// This user, by number, as well.
    pub fn and_user(mut self, user: u32) -> Self {
        self.users.push(user);
        self
    }

    /// Refuses a directory in somebody else's hands. One that has just been made, under a umask that lets everybody write, is
    /// made sticky: it stays shared, and nobody can rename what is another's.
    ///
    /// For those who use the layers below: [`CacheOptions::open`](crate::CacheOptions::open) and
    /// [`Begin::start`](crate::Begin::start) do it.
    ///
    /// # Errors
    ///
    /// [`Error::Stranger`], and [`Error::Session`] if the directory cannot be looked at.
    pub fn settle(&self, vfs: &CapVfs, dir: &CapDir, is_new: bool) -> Result<(), Error> {
        let found = stranger(vfs, dir, &self.users)?;
        let Some(stranger) = found.filter(|_| !self.everybody) else { return Ok(()) };
        if is_new && stranger == Stranger::Everybody && vfs.set_dir_mode(dir, SHARED).is_ok() {
            return Ok(());
        }
        Err(Error::Stranger { path: vfs.path(dir).into(), stranger })
    }
}

/// Makes a directory if it is missing. Says whether it was.
pub(crate) fn make(path: &Path) -> Result<bool, Error> {
    #[expect(clippy::disallowed_methods, reason = "the root is found by its path")]
    let error = match std::fs::create_dir(path) {
        Ok(()) => return Ok(true),
        Err(_) if path.is_dir() => return Ok(false),
        Err(error) => error,
    };
    let path: PathBuf = path.into();
    Err(match error.kind() {
        ErrorKind::AlreadyExists if path.is_symlink() && !path.exists() => {
            Error::LeadsNowhere { path }
        }
        ErrorKind::AlreadyExists => Error::NotADirectory { path },
        // Some file systems, such as `/proc`, say this of any new name.
        ErrorKind::NotFound if !path.parent().is_some_and(Path::is_dir) => Error::NoParent { path },
        _ => Error::Create { path, source: error },
    })
}

/// Makes the name of the root durable, which is in its parent: what is published in it would be lost with it. Whoever made it
/// may not have come to that, so this is done every time; who only may use it need not be able to.
pub(crate) fn sync_name(path: &Path, is_new: bool) -> Result<(), Error> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let synced = CapVfs::open_ambient_dir(parent).and_then(|(vfs, dir)| vfs.sync_dir(&dir));
    match synced {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(_) if !is_new => Ok(()),
        Err(source) => Err(Error::SyncParent { parent: parent.into(), source }),
    }
}
