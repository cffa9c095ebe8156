//! The calls of the Windows kernel that incrdir-vfs makes, as safe functions. Empty on other systems.
//!
//! Every function takes an open file or directory, and most a single name in it. No name is followed through a link, no
//! path is built, so none can be too long or be changed on the way.
//!
//! Errors are the system's own, with the kinds that the contract of incrdir-vfs names.
#![cfg(windows)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod clone;
mod list;
mod look;
mod machine;
mod names;
mod open;
mod status;
mod volume;

pub use clone::clone;
pub use list::{Listed, list};
pub use look::{Look, look};
pub use machine::{Seen, boot_time, process};
pub use names::{link, remove_at_once, remove_when_closed, rename};
pub use open::{Access, Kind, Make, open, reopen};
pub use status::{is_denied, is_shared};
pub use volume::{Room, Volume, room, volume};
