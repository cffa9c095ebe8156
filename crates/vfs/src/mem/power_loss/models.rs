//! How file systems behave when the power goes: the persistence models.
//!
//! They follow ALICE (Pillai and others, OSDI 2014), B3 (Mohan and others, OSDI 2018) and Ferrite (Bornholt and others, ASPLOS
//! 2016).

/// Which names survive together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Names {
    /// All that was done.
    All,
    /// A prefix of all that was done to names: one journal.
    Global,
    /// A prefix for each directory.
    PerDirectory,
    /// Any, as long as changes of one name survive in their order.
    PerName,
}

/// Which content survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Data {
    /// All.
    All,
    /// All that was written before any change of a name that survives.
    BeforeNames,
    /// Any of it; what is lost reads as absent: the file is shorter, or has a hole.
    Free,
    /// Any of it; and a file's length may survive without its content.
    FreeGarbage,
}

/// How a file system behaves when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Persistence {
    /// What it is called in tables.
    pub name: &'static str,
    /// Which names survive together.
    pub names: Names,
    /// Which content survives.
    pub data: Data,
    /// Whether a rename survives as a whole. Otherwise both, either or none of its names may be there.
    pub rename_is_atomic: bool,
    /// Whether syncing a file makes its name durable too.
    pub sync_file_keeps_name: bool,
    /// What takes the rest.
    pub loss: Loss,
}

impl Persistence {
    /// Everything survives at once: data=journal with every call synced.
    pub const STRICT: Self = Self {
        name: "strict",
        names: Names::All,
        data: Data::All,
        rename_is_atomic: true,
        sync_file_keeps_name: true,
        loss: Loss::Power,
    };
    /// Every name survives as it is at the moment of the loss, content whenever: what ext4 and xfs leave if their journal was written just
    /// before. What else they may leave is names of an earlier moment.
    pub const NAMES_KEPT: Self = Self { name: "names kept", data: Data::Free, ..Self::STRICT };
    /// One journal, content before names: ext3, ext4 without delayed allocation.
    pub const ORDERED: Self =
        Self { name: "ordered", names: Names::Global, data: Data::BeforeNames, ..Self::STRICT };
    /// One journal, content whenever: ext4, xfs.
    pub const EXT4_XFS: Self = Self { name: "ext4, xfs", data: Data::Free, ..Self::ORDERED };
    /// Directories on their own, content whenever: btrfs, f2fs.
    pub const BTRFS: Self = Self { name: "btrfs", names: Names::PerDirectory, ..Self::EXT4_XFS };
    /// The same, and syncing a file keeps nothing but the file: what POSIX promises, and no more.
    pub const POSIX: Self = Self { name: "posix", sync_file_keeps_name: false, ..Self::BTRFS };
    /// Names on their own, and content may come back as garbage: ext2, data=writeback.
    pub const ANYTHING: Self =
        Self { name: "anything", names: Names::PerName, data: Data::FreeGarbage, ..Self::POSIX };
    /// And a rename may be done by half: FAT.
    pub const FAT: Self = Self { name: "fat", rename_is_atomic: false, ..Self::ANYTHING };

    /// As ext4 and xfs, but the machine runs on: a disk that was pulled, or set back.
    pub const DEVICE: Self = Self { name: "device", loss: Loss::Device, ..Self::EXT4_XFS };

    /// The same, but this takes what was not durable.
    pub fn loss(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }

    /// From the strictest to the loosest, and the one without a power loss.
    pub const ALL: [Self; 8] = [
        Self::STRICT,
        Self::ORDERED,
        Self::EXT4_XFS,
        Self::BTRFS,
        Self::POSIX,
        Self::ANYTHING,
        Self::FAT,
        Self::DEVICE,
    ];
}

/// What takes what was not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The power: the machine is started again. Its boot id is new, and it counts its mounts from the first one again.
    Power,
    /// The device alone: it was pulled, or failed, and is mounted again by a machine that has run all the time. The boot
    /// id is the same, the mount a new one.
    Device,
}
