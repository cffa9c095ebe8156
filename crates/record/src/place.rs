//! The place and the seal: where and when a session was published, by what a copy of it does not bring along.

use std::time::{Duration, SystemTime};

use crate::bytes::{put_time, take, take_time, take_u32, take_u64};
use crate::frame;
use crate::kinds::{PLACE, SEAL};

/// Where a session was published. Its frame is written with the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Identifies the boot; `None` where that is not known.
    pub boot_id: Option<u128>,
    /// Identifies the mount within that boot; `None` where that is not known.
    pub mount: Option<u64>,
    /// The file id of the session's directory.
    pub inode: u64,
    /// When that directory was made; `None` where that is not known.
    pub born: Option<SystemTime>,
    /// Within what time two changes may have had one ctime. Zero: every change that comes after a look has a ctime of its
    /// own.
    pub step: Duration,
}

impl Place {
    /// A place. A file id of 0 is not known.
    pub fn new(
        boot_id: Option<u128>,
        mount: Option<u64>,
        inode: u64,
        born: Option<SystemTime>,
        step: Duration,
    ) -> Self {
        Self { boot_id, mount, inode, born, step }
    }

    /// Its frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        self.put(&mut payload);
        frame::short(PLACE, &payload)
    }

    pub(crate) fn decode(mut payload: &[u8]) -> Option<Self> {
        Self::take(&mut payload)
    }

    pub(crate) fn put(&self, payload: &mut Vec<u8>) {
        payload.extend(self.boot_id.unwrap_or(0).to_le_bytes());
        payload.extend(self.mount.unwrap_or(0).to_le_bytes());
        payload.extend(self.inode.to_le_bytes());
        payload.push(u8::from(self.born.is_some()));
        put_time(payload, self.born.unwrap_or(SystemTime::UNIX_EPOCH));
        let step = u32::try_from(self.step.as_micros()).unwrap_or(u32::MAX);
        payload.extend(step.to_le_bytes());
    }

    pub(crate) fn take(payload: &mut &[u8]) -> Option<Self> {
        let boot_id = u128::from_le_bytes(take(payload)?);
        let mount = take_u64(payload)?;
        let inode = take_u64(payload)?;
        let [has_born] = take(payload)?;
        let born = take_time(payload)?;
        let step = Duration::from_micros(take_u32(payload)?.into());
        Some(Self {
            boot_id: (boot_id != 0).then_some(boot_id),
            mount: (mount != 0).then_some(mount),
            inode,
            born: (has_born != 0).then_some(born),
            step,
        })
    }
}

/// The frame of the seal: the ctime of the session's directory under its published name. It is written after the rename.
pub fn encode_seal(ctime: SystemTime) -> Vec<u8> {
    let mut payload = Vec::new();
    put_time(&mut payload, ctime);
    frame::short(SEAL, &payload)
}

pub(crate) fn decode_seal(mut payload: &[u8]) -> Option<SystemTime> {
    take_time(&mut payload)
}
