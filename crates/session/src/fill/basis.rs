//! What is known of a session's files from the moment at which it was handed over: what its list is based on.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use incrdir_record::{Content, Digest, List, SeenSource};
use incrdir_vfs::FsInfo;

use crate::fill::known_spare::Intact;
use crate::trust::evidence::{Clock, Shown};
use crate::{Audit, Durability};

/// What a session was seeded from, as far as its own list needs it.
pub(crate) struct Basis {
    /// The source's list.
    pub(crate) list: Option<List>,
    pub(crate) copied: Copies,
    /// Directories that show that they have the names of the source's list, as long as they show it, by their block there.
    pub(crate) intact: BTreeMap<usize, Intact>,
    /// When the session was handed to its writer.
    pub(crate) handed_over: SystemTime,
    pub(crate) clock: Clock,
    /// The file system that it is on.
    pub(crate) info: FsInfo,
    /// What the source showed while it was held.
    pub(crate) source: Option<SeenSource>,
}

impl Basis {
    /// Nothing is known any more of what is in the session.
    pub(crate) fn forget(&mut self) {
        self.list = None;
        self.copied.clear();
        self.intact.clear();
        self.source = None;
    }
}

/// Files that were copied, by file id.
pub(crate) type Copies = BTreeMap<u64, Copied>;

/// A copy of a file of the source, as it was when it had been made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copied {
    pub(crate) content: Content,
    pub(crate) shown: Shown,
    /// Of the content, where it is recorded.
    pub(crate) digest: Option<Digest>,
    /// Whether the copy itself was synced: a copy that stood in the spare may have been.
    pub(crate) is_synced: bool,
}

/// What the caller wants to be recorded of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) durability: Durability,
    pub(crate) audit: Audit,
    pub(crate) digests: bool,
    pub(crate) patience: Duration,
}
