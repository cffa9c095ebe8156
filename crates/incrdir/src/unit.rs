//! A unit: sessions that follow each other.

use std::path::PathBuf;

use incrdir_gc::{Collected, Mode, collect, units};
use incrdir_naming::UnitName;
use incrdir_session::{Pin, Pinned, Pinning, Reading, Unrecorded, pin, unpin};
use incrdir_vfs::CapVfs;

use crate::cache::{Cache, path_in};
use crate::key::Key;
use crate::key::sealed::Sealed;
use crate::{Error, Snapshot};

/// One namespace of sessions: each begins from the one that was published last. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Unit {
    pub(crate) cache: Cache,
    pub(crate) name: UnitName,
}

impl Cache {
    /// Names a unit: sessions that follow each other. Nothing is made or looked at yet.
    ///
    /// The name is for people; the key is all that must not be mixed (see [`Key`]).
    ///
    /// # Errors
    ///
    /// [`Error::UnitName`] for a name that no directory can have: an empty one, one with a separator.
    pub fn unit(&self, name: &str, key: impl Key) -> Result<Unit, Error> {
        let named = UnitName::new(name, Sealed::id(&key));
        let name = named.map_err(|source| Error::UnitName { name: name.into(), source })?;
        Ok(Unit { cache: self.clone(), name })
    }

    /// The units that there are, in the order of their names, whoever made them.
    ///
    /// # Errors
    ///
    /// If the directory cannot be listed.
    pub fn units(&self) -> Result<Vec<Unit>, Error> {
        let found = units(&self.vfs, &self.root)?.units.into_iter();
        Ok(found.map(|name| Unit { cache: self.clone(), name }).collect())
    }
}

impl Unit {
    /// Holds the newest published session for reading. `None`: nothing is published, or nothing that can be read.
    ///
    /// # Errors
    ///
    /// If the unit cannot be opened or listed, or is in the hands of somebody else.
    pub fn read(&self) -> Result<Option<Snapshot>, Error> {
        self.refuse_stranger()?;
        let Cache { vfs, root, .. } = &self.cache;
        Ok(match incrdir_session::read(vfs, root, &self.name, Unrecorded::Refuse)? {
            Reading::Found(snapshot) => Some(Snapshot::new(snapshot)),
            _ => None,
        })
    }

    /// Deletes what is dead or obsolete in this unit. Publishing does so already.
    ///
    /// # Errors
    ///
    /// If the unit cannot be opened or listed. What fails of a single session is in [`Collected`].
    pub fn collect(&self) -> Result<Collected, Error> {
        Ok(match self.as_parts()? {
            Some(unit) => collect(&unit, &self.cache.options.policy, Mode::Collect)?,
            None => Collected::default(),
        })
    }

    /// Pins the unit, or one of its published sessions: no collector of incrdir deletes what is pinned, and no limit makes it
    /// delete the sessions that a pinned unit keeps. rustc's own collection does not know pins.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// use std::time::SystemTime;
    ///
    /// use incrdir::{Cache, Pin, Pinned, Pinning};
    ///
    /// let unit = Cache::open(tmp.path())?.unit("demo", "1.0")?;
    /// let published = unit.begin().start()?.publish()?;
    /// let what = Pinned::Session(published.name);
    /// assert_eq!(unit.pin(what, &Pin::new("release", SystemTime::now()))?, Pinning::Done);
    /// assert_eq!(unit.unpin(what)?, Pinning::Done);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::pin`].
    pub fn pin(&self, what: Pinned, says: &Pin) -> Result<Pinning, Error> {
        Ok(match self.as_parts()? {
            Some(unit) => pin(&unit, what, says)?,
            None => Pinning::NotThere,
        })
    }

    /// Removes a pin.
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::unpin`].
    pub fn unpin(&self, what: Pinned) -> Result<Pinning, Error> {
        Ok(match self.as_parts()? {
            Some(unit) => unpin(&unit, what.entry(), None)?,
            None => Pinning::NotThere,
        })
    }

    /// Its name and id.
    pub fn name(&self) -> &UnitName {
        &self.name
    }

    /// Where it is, once a session has been begun in it.
    pub fn path(&self) -> PathBuf {
        path_in(self.cache.path(), &self.name)
    }

    /// The unit as the layers below know it. `None`: no session has been begun in it yet.
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::Unit::open`].
    pub fn as_parts(&self) -> Result<Option<incrdir_session::Unit<CapVfs>>, Error> {
        let Cache { vfs, root, .. } = &self.cache;
        Ok(incrdir_session::Unit::open(vfs, root, &self.name)?)
    }

    /// Refuses a unit that is in the hands of somebody else. Says whether there is none yet.
    pub(crate) fn refuse_stranger(&self) -> Result<bool, Error> {
        let Some(unit) = self.as_parts()? else { return Ok(true) };
        self.cache.options.trust.settle(unit.vfs(), unit.dir(), false)?;
        Ok(false)
    }
}
