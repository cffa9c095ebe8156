//! Of a working session that was filled ahead of time: what has to be seen before it is taken over.

use std::time::SystemTime;

use crate::Place;
use crate::bytes::{put_time, take, take_time, take_u64};
use crate::frame;
use crate::kinds::WAITING;

/// Says that a working session is a finished copy of its source and waits to be taken over by whoever begins next. Its frame
/// comes with a list of its files, and before that, so that it is found without reading the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// Where the session's directory is.
    pub place: Place,
    /// The ctime of that directory when everything was in it.
    pub seal: SystemTime,
    /// Its source, when that was held.
    pub source: SeenSource,
    /// Whether that ctime says all: there are no directories in it, and no files that are not the source's own.
    pub is_flat: bool,
}

/// What a published session showed that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenSource {
    /// The file id of its directory.
    pub inode: u64,
    /// The ctime of its directory.
    pub ctime: SystemTime,
    /// The length of its lock file in bytes. Whatever is said of it later is appended there.
    pub record: u64,
}

impl SeenSource {
    /// What a source showed.
    pub fn new(inode: u64, ctime: SystemTime, record: u64) -> Self {
        Self { inode, ctime, record }
    }
}

impl Waiting {
    /// Of a directory in this place, which had this ctime, and of this source.
    pub fn new(place: Place, seal: SystemTime, source: SeenSource, is_flat: bool) -> Self {
        Self { place, seal, source, is_flat }
    }

    /// Its frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        self.place.put(&mut payload);
        put_time(&mut payload, self.seal);
        payload.extend(self.source.inode.to_le_bytes());
        put_time(&mut payload, self.source.ctime);
        payload.extend(self.source.record.to_le_bytes());
        payload.push(u8::from(self.is_flat));
        frame::short(WAITING, &payload)
    }

    pub(crate) fn decode(mut payload: &[u8]) -> Option<Self> {
        let place = Place::take(&mut payload)?;
        let seal = take_time(&mut payload)?;
        let inode = take_u64(&mut payload)?;
        let ctime = take_time(&mut payload)?;
        let source = SeenSource { inode, ctime, record: take_u64(&mut payload)? };
        let [is_flat] = take(&mut payload)?;
        Some(Self { place, seal, source, is_flat: is_flat != 0 })
    }
}
