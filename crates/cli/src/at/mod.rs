//! The session at a path of its user's choice, other directories beside it, and where CMD starts.
//!
//! `args` is what the command line says, `places` what can be said of it by names alone. CMD sees its session either in a
//! mount namespace (`linux`), or through a symbolic link that one run at a time has (`lease`, `spot`, `holder`). `strangers` refuses places that others could replace. Which of them is
//! not a matter of the platform or of settings: before a session is begun, it is tried.

mod args;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod holder;
mod lease;
#[cfg(target_os = "linux")]
mod linux;
mod namespaces;
mod outcome;
mod overlap;
mod places;
mod spot;
mod stage;
mod strangers;

pub(crate) use args::AtArgs;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::become_program;
#[cfg(target_os = "linux")]
pub(crate) use linux::become_program;
pub(crate) use namespaces::{Namespaces, namespaces};
pub(crate) use outcome::NotRun;
pub(crate) use platform::ourselves;
pub(crate) use stage::{Stage, prepare};

#[cfg(not(target_os = "linux"))]
use elsewhere as platform;
#[cfg(target_os = "linux")]
use linux as platform;
