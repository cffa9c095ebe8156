//! What the caller knows already, and whom to ask.

use crate::Witness;

/// How to probe. By default nobody else is asked, and nothing is known of the mount.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Options<'a> {
    /// Others who try to take a lock that the probe holds.
    pub witnesses: Vec<Witness<'a>>,
    /// The mount that the directory is in.
    pub mount: Option<Mount>,
}

impl<'a> Options<'a> {
    /// Adds somebody to be asked.
    #[must_use]
    pub fn witness(mut self, witness: Witness<'a>) -> Self {
        self.witnesses.push(witness);
        self
    }

    /// Sets [`mount`](Self::mount).
    #[must_use]
    pub fn mount(self, mount: Option<Mount>) -> Self {
        Self { mount, ..self }
    }
}

/// How the system describes a mount.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mount {
    /// The type of the file system as it was mounted: of several that have one magic number, the one that it is.
    pub kind: String,
    /// What is mounted: a device, a server's directory.
    pub source: String,
    /// Whether it is on a device of this machine, which nobody else has mounted: then all who use it do so through this
    /// kernel.
    pub is_on_a_device: bool,
}

impl Mount {
    /// A mount that may have other users than those of this machine.
    pub fn new(kind: impl Into<String>, source: impl Into<String>) -> Self {
        Self { kind: kind.into(), source: source.into(), is_on_a_device: false }
    }

    /// Sets [`is_on_a_device`](Self::is_on_a_device).
    #[must_use]
    pub fn is_on_a_device(self, is_on_a_device: bool) -> Self {
        Self { is_on_a_device, ..self }
    }
}
