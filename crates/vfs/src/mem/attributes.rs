//! What calls on attributes do, of files and directories alike.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::time::SystemTime;

use super::Owners;
use super::errno::Errno;
use super::inode::{InodeId, Node, SUPERUSER};
use super::process::{OfdId, ProcId};
use super::world::World;
use crate::{Access, DirStat, Extended, Name, Owner};

/// The bit that lets everybody act as the owner, and the one for the group: that says so only together with the third.
const SET_USER: u32 = 0o4000;
const SET_GROUP: u32 = 0o2000;
const GROUP_EXECUTES: u32 = 0o0010;

/// What else lets others act as the owner.
const CAPABILITY: &str = "security.capability";

impl World {
    pub(super) fn stat_dir(&mut self, dir: OfdId) -> DirStat {
        let id = self.ofd(dir).inode;
        let stat = self.show(id);
        let born = self.born(id);
        // Of all devices here, for they are mounted together.
        let mount = self.profile.numbers_mounts.then_some(self.mount);
        DirStat { stat, born, mount }
    }

    /// When it was made, if a call would tell.
    pub(super) fn born(&self, id: InodeId) -> Option<SystemTime> {
        let inode = self.inode(id);
        let is_told = self.profile.keeps_birth && matches!(inode.node, Node::Dir { .. });
        is_told.then_some(inode.born)
    }

    pub(super) fn set_mode_of(&mut self, dir: OfdId, name: &Name, mode: u32) -> Result<(), Errno> {
        let dir = self.dir(dir)?;
        let id = self.lookup(dir, name)?;
        self.stay_in_mount(dir, name)?;
        match self.inode(id).node {
            Node::Symlink(_) => Err(ErrorKind::Unsupported.into()),
            _ => self.set_mode_in(id, mode),
        }
    }

    /// Whether somebody may open what is theirs: whoever may not can give it to themselves. What belongs to others is
    /// nobody's question here.
    pub(super) fn may_open(&self, proc: ProcId, id: InodeId, access: Access) -> Result<(), Errno> {
        let (caller, inode) = (self.procs[proc].owner, self.inode(id));
        let wanted = match access {
            Access::Read => 0o400,
            Access::ReadWrite => 0o600,
        };
        let is_asked = caller.user != SUPERUSER.user && caller.user == inode.owner.user;
        match is_asked && inode.mode & wanted != wanted {
            true => Err(ErrorKind::PermissionDenied.into()),
            false => Ok(()),
        }
    }

    pub(super) fn set_mode(&mut self, of: OfdId, mode: u32) -> Result<(), Errno> {
        self.set_mode_in(self.ofd(of).inode, mode)
    }

    fn set_mode_in(&mut self, id: InodeId, mode: u32) -> Result<(), Errno> {
        self.writable()?;
        if !self.profile.modes {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.inode_mut(id).mode = mode & 0o7777;
        self.changed_attributes(id);
        Ok(())
    }

    fn changed_attributes(&mut self, id: InodeId) {
        self.touch(id, false);
        self.note_attributes(id);
    }

    pub(super) fn set_time(&mut self, of: OfdId, mtime: SystemTime) -> Result<(), Errno> {
        self.writable()?;
        self.set_mtime(self.ofd(of).inode, mtime);
        Ok(())
    }

    pub(super) fn set_owner(&mut self, proc: ProcId, of: OfdId, owner: Owner) -> Result<(), Errno> {
        self.writable()?;
        let id = self.ofd(of).inode;
        let may = match self.profile.owners {
            Owners::Kept => may_give(self.procs[proc].owner, self.inode(id).owner, owner),
            Owners::OfTheMount => owner == SUPERUSER,
            Owners::None => return Err(ErrorKind::Unsupported.into()),
        };
        if !may {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let inode = self.inode_mut(id);
        inode.owner = owner;
        if !matches!(inode.node, Node::Dir { .. }) {
            let group = if inode.mode & GROUP_EXECUTES == 0 { 0 } else { SET_GROUP };
            inode.mode &= !(SET_USER | group);
            inode.extended.remove(&OsString::from(CAPABILITY));
        }
        self.changed_attributes(id);
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
        let Extended { name, value } = attribute.clone();
        self.inode_mut(id).extended.insert(name, value);
        self.changed_attributes(id);
        Ok(())
    }

    pub(super) fn remove_extended(&mut self, of: OfdId, name: &OsString) -> Result<(), Errno> {
        self.writable()?;
        let id = self.ofd(of).inode;
        if self.inode(id).extended.contains_key(name) {
            self.inode_mut(id).extended.remove(name);
            self.changed_attributes(id);
        }
        Ok(())
    }
}

/// Only the superuser gives files away. Others may do no more than let a group that they are in have what is theirs.
fn may_give(giver: Owner, now: Owner, wanted: Owner) -> bool {
    let is_theirs = giver.user == now.user && wanted.user == now.user;
    let may_have = wanted.group == now.group || wanted.group == giver.group;
    giver.user == SUPERUSER.user || is_theirs && may_have
}
