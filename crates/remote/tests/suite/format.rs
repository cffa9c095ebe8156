//! Manifests as `docs/remote.md` describes them, written down a second time: what the crate cannot be made to write.

use serde::{Deserialize, Serialize};

const FIXED: &[u8; 10] = b"incrdirM\x01\x00";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) unit: String,
    pub(crate) scope: String,
    pub(crate) session: String,
    pub(crate) program: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) objects: Vec<Object>,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) scope: u16,
    pub(crate) digest: [u8; 32],
    pub(crate) random: u64,
    pub(crate) stored: u32,
    pub(crate) whole: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) is: Is,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Is {
    File(File),
    Dir { mode: u32, entries: u32 },
    Link { target: Vec<u8> },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) mode: u32,
    pub(crate) len: u64,
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    pub(crate) digest: [u8; 32],
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) object: u32,
    pub(crate) offset: u32,
}

impl Manifest {
    /// Reads one without signatures.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let body = bytes.strip_prefix(FIXED).expect("an unsigned manifest");
        postcard::from_bytes(&zstd::stream::decode_all(body).unwrap()).unwrap()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        sealed(&postcard::to_stdvec(self).unwrap())
    }

    /// The keys of its objects.
    pub(crate) fn objects(&self) -> Vec<String> {
        let key = |it: &Object| {
            let digest: String = it.digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let scope = &self.scopes[usize::from(it.scope)];
            format!("1/o/{}/{scope}/{digest}-{:016x}", self.unit, it.random)
        };
        self.objects.iter().map(key).collect()
    }
}

/// A body with what comes before it.
pub(crate) fn sealed(body: &[u8]) -> Vec<u8> {
    [&FIXED[..], &zstd::bulk::compress(body, 3).unwrap()].concat()
}
