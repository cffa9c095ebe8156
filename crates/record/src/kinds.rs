//! The numbers of the frames' kinds.

pub(crate) const HEAD: u8 = 1;
pub(crate) const ORIGIN: u8 = 2;
pub(crate) const LIST: u8 = 3;
pub(crate) const REASON: u8 = 4;
pub(crate) const PLACE: u8 = 5;
pub(crate) const SEAL: u8 = 6;
pub(crate) const WATCHED: u8 = 7;
pub(crate) const CHILD: u8 = 8;
pub(crate) const PIN: u8 = 9;
pub(crate) const WAITING: u8 = 10;
