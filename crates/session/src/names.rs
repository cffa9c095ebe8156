//! From names of the protocol to names of the file system.

use std::fmt::Display;

use incrdir_vfs::Name;

/// The file name that spells a name of the protocol: an entry, a session, a unit.
///
/// # Panics
///
/// Never for the types of `incrdir-naming`, which spell nothing but single components.
pub fn vfs_name(name: impl Display) -> Name {
    Name::new(name.to_string()).expect("BUG: names of the protocol are single components")
}
