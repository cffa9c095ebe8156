//! What a session in the store consists of, and where each part lies.

mod at_most;
mod name;
mod sealed;
mod tree;

use serde::{Deserialize, Serialize};

use crate::limits::{ENTRIES, PARTS, SCOPES};
use at_most::at_most;
pub(crate) use name::Digest;
pub use name::{ObjectName, ObjectNameError};
pub(crate) use sealed::{MANIFEST_LIMIT, Sealed};
pub use sealed::{SealError, Signer, Verifier, VerifierError};
pub(crate) use tree::{Checked, Item, What, check, is_of, refused_link, stored_limit};

/// The body of a manifest, as it is written: in [postcard's format](https://postcard.jamesmunns.com/wire-format), field
/// after field. `docs/remote.md` of the repository has it byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The directory name of its unit.
    pub(crate) unit: String,
    pub(crate) scope: String,
    /// The directory name of the session.
    pub(crate) session: String,
    /// Who pushed it, for people.
    pub(crate) program: String,
    /// Scopes that objects are in.
    #[serde(deserialize_with = "at_most::<SCOPES, _, _>")]
    pub(crate) scopes: Vec<String>,
    pub(crate) objects: Vec<Object>,
    /// Everything in it, each directory before what is in it.
    #[serde(deserialize_with = "at_most::<ENTRIES, _, _>")]
    pub(crate) entries: Vec<Entry>,
}

/// An object: contents of files, compressed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Object {
    /// The number of its scope in `scopes`.
    pub(crate) scope: u16,
    pub(crate) name: ObjectName,
    /// Its length as it is stored.
    pub(crate) stored: u32,
    /// Its length when it is decompressed.
    pub(crate) whole: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// As the system spells it.
    pub(crate) name: Vec<u8>,
    pub(crate) is: Is,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Is {
    File(File),
    /// With so many entries, which come next.
    Dir {
        mode: u32,
        entries: u32,
    },
    Link {
        target: Vec<u8>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) mode: u32,
    pub(crate) len: u64,
    /// Since 1970.
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    pub(crate) digest: Digest,
    /// Its content, one part after the other.
    #[serde(deserialize_with = "at_most::<PARTS, _, _>")]
    pub(crate) parts: Vec<Part>,
}

/// A part of a file: from here to the end of the object or of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The number of the object.
    pub(crate) object: u32,
    /// Where in the decompressed object it begins.
    pub(crate) offset: u32,
}
