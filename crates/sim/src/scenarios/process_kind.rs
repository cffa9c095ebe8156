//! What a process of a scenario is there for.

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// Begins a session, changes a file, publishes.
    Writer,
    /// The same, and collects.
    WriterCollector,
    /// The same as the first, seeded by copies.
    Copier,
    /// The same as the first, by clones or else copies.
    Cloner,
    /// The same as the first, durable, with digests and an audit.
    Careful,
    /// The same as the first, consistent.
    Consistent,
    /// The same as the first, durable.
    Durable,
    /// Seeded by copies, it writes into the file that it changes.
    InPlace,
    /// The same, asking for links: for a unit in which nothing is published, so that no file of its own is linked.
    LinkedInPlace,
    /// Seeded by copies, it writes into the file that it changes through a shared mapping.
    Storer,
    /// Fills a session ahead of time.
    Warmer,
    /// The same by copies.
    CopyWarmer,
    /// Begins a session, changes a file, publishes, and fills the next one ahead of time.
    WarmingWriter,
    /// Begins a session, puts a directory of its own in place of the session's, publishes.
    Replacer,
    /// Begins a session, changes a file, abandons.
    Abandoner,
    /// Begins a session, finds that what it started from is bad, abandons and rejects that.
    Rejecter,
    /// Begins from the oldest published session and from no other, and publishes that anew.
    Restorer,
    /// Makes a session of another machine one of this unit, as old as it is there, and publishes it.
    Puller,
    /// Collects.
    Collector,
    /// Collects its whole root, and evicts every unit, whatever its age.
    Evictor,
    /// The same, because nothing may take anything.
    SizeEvictor,
    /// Pins the newest published session.
    Pinner,
    /// Pins the oldest published session.
    OldestPinner,
    /// Pins the unit.
    UnitPinner,
    /// Pins the oldest published session for a while.
    Unpinner,
    /// Reads, holds for a while, releases.
    Reader,
    /// A whole session of the seed's protocol, its collection included.
    SeedSession,
    /// A collection of the seed's.
    SeedCollector,
    /// A whole session of the seed's, which collects lock files too: what it would be with its defect F30 mended.
    MendedSession,
    /// A collection of it.
    MendedCollector,
    /// A session of the seed's whose program fails: it deletes its directory and finishes all the same.
    SeedFailure,
    /// A session of the seed's whose program writes into the file that it changes.
    SeedInPlace,
    /// A session of rustc's, without a collection: it makes and locks its lock file in two steps.
    Rustc,
    /// Deletes the unit with all that is in it, as `cargo clean` does: without locks.
    Cleaner,
    /// Deletes what is in the newest published session, and leaves its lock file.
    Vandal,
    /// Deletes one lock file.
    LockThief,
}

impl ProcessKind {
    /// Whether it deletes without asking.
    pub(super) fn is_intruder(self) -> bool {
        matches!(self, Self::Cleaner | Self::Vandal | Self::LockThief)
    }

    /// Whether it follows the protocol that is known to be wrong.
    pub(super) fn follows_seed(self) -> bool {
        matches!(
            self,
            Self::SeedSession
                | Self::SeedCollector
                | Self::MendedSession
                | Self::MendedCollector
                | Self::SeedFailure
                | Self::SeedInPlace
        )
    }

    /// Whether it is a collection of ours and nothing else.
    pub(super) fn only_collects(self) -> bool {
        self == Self::Collector || self.evicts()
    }

    /// Whether it takes also the newest sessions of a unit.
    pub(super) fn evicts(self) -> bool {
        matches!(self, Self::Evictor | Self::SizeEvictor)
    }

    /// Whether it pins.
    pub(super) fn pins(self) -> bool {
        matches!(self, Self::Pinner | Self::OldestPinner | Self::UnitPinner | Self::Unpinner)
    }
}
