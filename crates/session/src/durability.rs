//! What a power loss may do to a published session.

/// How a session is published. What it costs is in ARCHITECTURE.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Durability {
    /// Nothing is recorded: what a power loss took is not noticed. Such a session is used again only by who
    /// accepts unrecorded ones.
    None,
    /// Nothing is synced, and what a power loss took is noticed: the session is quarantined, and an older one
    /// used instead.
    Detect,
    /// The files, their names and the record are synced before the session is published: whatever a power
    /// loss leaves of it under its published name is whole. It may be gone.
    Consistent,
    /// And the unit is synced afterwards: once [`publish`](crate::publish) has returned, a power loss takes
    /// nothing of it.
    Durable,
}

impl Durability {
    /// Whether a power loss is to leave such a session whole. Nothing older is destroyed before its name is durable:
    /// else the loss of that name, which is no loss of what it names, could leave nothing at all.
    pub fn is_promise(self) -> bool {
        self >= Self::Consistent
    }

    const ALL: [Self; 4] = [Self::None, Self::Detect, Self::Consistent, Self::Durable];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Detect => 1,
            Self::Consistent => 2,
            Self::Durable => 3,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }
}
