//! How long it takes, how large it is, and what the collector is told.

/// How long, how large, and what the collector is told.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) minutes: u64,
    /// What all caches take at first.
    pub(super) bytes: u64,
    /// What the collector has to cut them back to.
    pub(super) max_bytes: u64,
    /// The disk.
    pub(super) disk_bytes: u64,
    /// In percent: less than the first must not be free, else the second.
    pub(super) free: (u64, u64),
}

impl Scale {
    pub(super) fn new(minutes: u64, gib: u64) -> Self {
        let bytes = gib << 30;
        Self {
            minutes,
            bytes,
            max_bytes: bytes / 5 * 2,
            // Sources and what cargo builds take some, too.
            disk_bytes: bytes / 2 * 3 + (1 << 30),
            free: (35, 45),
        }
    }

    /// One file of a session.
    pub(super) fn blob_bytes(self) -> u64 {
        // A quarter is in the work trees. Of the rest, 20 units have two of it and 40 have three: a copy takes blocks of its own.
        self.bytes / 4 * 3 / 160
    }
}

pub(super) fn gib(bytes: u64) -> String {
    format!("{:.2} GiB", bytes as f64 / f64::from(1 << 30))
}
