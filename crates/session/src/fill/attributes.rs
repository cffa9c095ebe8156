//! What a file or directory has besides its content, and how a copy gets it.
//!
//! Permissions, the time of the last change, owner and group, and extended attributes (access control lists among them).
//! What the caller may not set, or the file system does not keep, is lost, and said once. The bits that let others act as
//! the owner of a file, and the capabilities of one, go with the owner: they are only set where owner and group are those
//! of the original.
//!
//! A clone may have brought all of that along (macOS) or nothing of it (Linux). It ends with what a copy ends with, so that
//! a session does not depend on how its files were made: here, everything is given again, and what goes with an owner that
//! it did not get is taken away.

use std::io;
use std::io::ErrorKind;
use std::time::SystemTime;

use incrdir_record::{Digest, put_time};
use incrdir_vfs::{DirStat, Error, Extended, Handle, Owner, Stat, Vfs};

/// Set-user-id and set-group-id.
const ACT_AS_OWNER: u32 = 0o6000;

/// The extended attribute that lets who runs a file do what only the superuser may (Linux).
const CAPABILITY: &str = "security.capability";

/// What a file or directory has besides its content.
pub(crate) struct Attributes {
    mode: u32,
    owner: Option<Owner>,
    mtime: SystemTime,
    extended: Vec<Extended>,
}

impl Attributes {
    pub(crate) fn of<V: Vfs>(vfs: &V, of: Handle<'_, V>, seen: &Stat) -> io::Result<Self> {
        let extended = match vfs.extended(of) {
            // What cannot be read is as good as not there.
            Err(error) if is_incapable(error.kind()) => Vec::new(),
            extended => extended?,
        };
        Ok(Self { mode: seen.mode, owner: seen.owner, mtime: seen.mtime, extended })
    }

    /// Of a directory, by which it is seen whether another has the same. BLAKE3 of all, each with its length before it.
    pub(crate) fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        let mut put = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        put(&self.mode.to_le_bytes());
        let owner = self.owner.map(|owner| [owner.user.to_le_bytes(), owner.group.to_le_bytes()]);
        put(owner.unwrap_or_default().as_flattened());
        let mut mtime = Vec::new();
        put_time(&mut mtime, self.mtime);
        put(&mtime);
        for Extended { name, value, .. } in &self.extended {
            put(name.as_encoded_bytes());
            put(value);
        }
        hasher.finalize().into()
    }

    /// Gives all of it to another file or directory, which has what `found` says.
    ///
    /// # Errors
    ///
    /// What failed otherwise than by being impossible or forbidden here. That is the first reason why something is lost.
    /// `strips`: it may have extended attributes that this does not say, and they are taken away.
    pub(crate) fn give<V: Vfs>(
        &self,
        vfs: &V,
        to: Handle<'_, V>,
        found: &Plain,
        strips: bool,
    ) -> io::Result<Lost> {
        let mut lost = Lost::default();
        if strips {
            self.strip(vfs, to, &mut lost)?;
        }
        let mut is_owners = self.owner == found.owner;
        if let Some(owner) = self.owner
            && !is_owners
        {
            is_owners = lost.unless(vfs.set_owner(to, owner))?;
        }
        let set_mode = |mode| match to {
            Handle::File(file) => vfs.set_mode(file, mode),
            Handle::Dir(dir) => vfs.set_dir_mode(dir, mode),
        };
        let mode = if is_owners { self.mode } else { self.mode & !ACT_AS_OWNER };
        if found.mode != mode || self.owner != found.owner {
            lost.unless(set_mode(mode))?;
        }
        for attribute in &self.extended {
            if !is_owners && attribute.name == CAPABILITY {
                // A clone may have it.
                lost.unless(vfs.remove_extended(to, &attribute.name))?;
                lost.other_extended = true;
                continue;
            }
            let is_set = lost.unless(vfs.set_extended(to, attribute))?;
            lost.other_extended |= !is_set;
        }
        lost.unless(match to {
            Handle::File(file) => vfs.set_mtime(file, self.mtime),
            Handle::Dir(dir) => vfs.set_dir_mtime(dir, self.mtime),
        })?;
        Ok(lost)
    }

    fn strip<V: Vfs>(&self, vfs: &V, from: Handle<'_, V>, lost: &mut Lost) -> io::Result<()> {
        let found = match vfs.extended(from) {
            // What cannot be read is as good as not there.
            Err(error) if is_incapable(error.kind()) => return Ok(()),
            found => found?,
        };
        for Extended { name, .. } in found {
            if !self.extended.iter().any(|attribute| attribute.name == name) {
                let is_gone = lost.unless(vfs.remove_extended(from, &name))?;
                lost.other_extended |= !is_gone;
            }
        }
        Ok(())
    }
}

/// Whether a directory may give extended attributes to what is made in it: it has some itself.
pub(crate) fn gives_attributes<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<bool, Error> {
    match vfs.extended(Handle::Dir(dir)) {
        Ok(extended) => Ok(!extended.is_empty()),
        Err(error) if is_incapable(error.kind()) => Ok(false),
        Err(error) => Err(Error::new("look at", vfs.path(dir), error)),
    }
}

/// What a file or directory has before it is given anything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain {
    mode: u32,
    owner: Option<Owner>,
}

impl Plain {
    /// What one has that was looked at.
    pub(crate) fn of(stat: &Stat) -> Self {
        Self { mode: stat.mode, owner: stat.owner }
    }
}

/// What could not be given.
#[derive(Default)]
pub(crate) struct Lost {
    /// The first reason.
    pub(crate) why: Option<io::Error>,
    /// Whether its extended attributes are not those of the original.
    other_extended: bool,
}

impl Lost {
    /// Whether a copy that shows `copy` has all that `original` has. What a file system keeps for no file is not lost.
    pub(crate) fn is_nothing(&self, original: &Stat, copy: &Stat) -> bool {
        let shown = |stat: &Stat| (stat.mode, stat.owner, stat.mtime);
        !self.other_extended && shown(original) == shown(copy)
    }

    /// Whether it could.
    fn unless(&mut self, set: io::Result<()>) -> io::Result<bool> {
        match set {
            Ok(()) => Ok(true),
            Err(error) if is_incapable(error.kind()) => {
                self.why.get_or_insert(error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// The digest of what a directory has.
pub(crate) fn digest_of_dir<V: Vfs>(vfs: &V, dir: &V::Dir, seen: &DirStat) -> io::Result<Digest> {
    Ok(Attributes::of(vfs, Handle::Dir(dir), &seen.stat)?.digest())
}

/// What a file system says to what it cannot do (FAT says that a link is not permitted).
pub(crate) fn is_incapable(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied | ErrorKind::CrossesDevices)
}
