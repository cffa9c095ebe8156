//! What calls on attributes do, of files and directories alike.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::time::SystemTime;

use super::world::{Errno, OfdId, ProcId, World};
use crate::{DirStat, Extended, Owner};

/// Set-user-id and set-group-id.
const ACT_AS_OWNER: u32 = 0o6000;

impl World {
    pub(super) fn stat_dir(&self, dir: OfdId) -> DirStat {
        let id = self.ofd(dir).inode;
        let born = self.profile.keeps_birth.then(|| self.inode(id).born);
        DirStat { stat: self.stat(id), born, mount: Some(self.mount) }
    }

    pub(super) fn set_dir_mtime(&mut self, dir: OfdId, mtime: SystemTime) -> Result<(), Errno> {
        self.writable()?;
        let id = self.ofd(dir).inode;
        let mtime = self.quantise(mtime);
        self.touch(id, false);
        self.inode_mut(id).mtime = mtime;
        Ok(())
    }

    pub(super) fn set_owner(
        &mut self,
        _proc: ProcId,
        of: OfdId,
        owner: Owner,
    ) -> Result<(), Errno> {
        self.writable()?;
        if !self.profile.modes {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let id = self.ofd(of).inode;
        self.touch(id, false);
        let inode = self.inode_mut(id);
        inode.owner = owner;
        inode.mode &= !ACT_AS_OWNER;
        Ok(())
    }

    pub(super) fn extended(&self, of: OfdId) -> Vec<Extended> {
        let extended = &self.inode(self.ofd(of).inode).extended;
        let attribute = |(name, value): (&OsString, &Vec<u8>)| Extended {
            name: name.clone(),
            value: value.clone(),
        };
        extended.iter().map(attribute).collect()
    }

    pub(super) fn set_extended(&mut self, of: OfdId, attribute: &Extended) -> Result<(), Errno> {
        self.writable()?;
        if !self.profile.extended {
            return Err(ErrorKind::Unsupported.into());
        }
        let id = self.ofd(of).inode;
        self.touch(id, false);
        let Extended { name, value } = attribute.clone();
        self.inode_mut(id).extended.insert(name, value);
        Ok(())
    }

    pub(super) fn remove_extended(&mut self, of: OfdId, name: &OsString) -> Result<(), Errno> {
        self.writable()?;
        let id = self.ofd(of).inode;
        if self.inode_mut(id).extended.remove(name).is_some() {
            self.touch(id, false);
        }
        Ok(())
    }
}
