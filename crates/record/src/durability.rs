//! What a power loss may do to a published session.

/// What a power loss may do to a published session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// No list of files is recorded, so a loss is not noticed. Only callers that accept unrecorded sessions use such a
    /// session again.
    None,
    /// Nothing is synced, but a loss is noticed: the session is quarantined, and an older one is used instead.
    #[default]
    Detect,
    /// The files, their names and the record are synced before the session is published. Whatever a power loss leaves
    /// of it under its published name is whole; the name itself may be lost.
    Consistent,
    /// As `Consistent`, and the unit is synced after the publication: once that has returned, a power loss takes nothing of
    /// the session.
    Durable,
}

impl Durability {
    const ALL: [Self; 4] = [Self::None, Self::Detect, Self::Consistent, Self::Durable];

    /// Whether the session was promised to be whole after a power loss. Nothing older may be destroyed before the name of
    /// such a session is durable: otherwise the loss of that name could leave nothing at all.
    pub fn is_promise(self) -> bool {
        self >= Self::Consistent
    }

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
