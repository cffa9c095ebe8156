//! Whether this user can have mount namespaces here.

use std::path::Path;

use crate::at::outcome::Rehearsal;
use crate::at::places::Places;
use crate::at::platform;
use crate::failure::chain;

/// What `--at` uses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Namespaces {
    /// A mount namespace.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere there are none"))]
    Own,
    /// One in a user namespace.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere there are none"))]
    OfUser,
    /// None, and why.
    None(String),
}

/// Finds out by entering one, as a run does, without showing anything in it.
pub(crate) fn namespaces() -> Namespaces {
    let root = Path::new("/");
    let places = Places { at: None, binds: Vec::new(), chdir: None, cwd: root.into() };
    match platform::rehearse(&places, root) {
        Ok(Rehearsal::Works { by_user: false }) => Namespaces::Own,
        Ok(Rehearsal::Works { by_user: true }) => Namespaces::OfUser,
        Ok(Rehearsal::Unavailable(why)) => Namespaces::None(why),
        Ok(Rehearsal::Busy(who)) => Namespaces::None(format!("`/` is in use by {who}")),
        Ok(Rehearsal::Killed) => Namespaces::None("the process that tried it was killed".into()),
        Err(failure) => Namespaces::None(chain(&*failure)),
    }
}
