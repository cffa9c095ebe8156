//! A process, as another one can recognise it.

use crate::bytes::{put_string, take, take_string, take_u64};
use crate::frame;
use crate::kinds::CHILD;

/// The longest name of a program or a host that is kept, in bytes.
const LONGEST_NAME: usize = 1 << 10;

/// A process, as another one can recognise it. A process id alone is not enough: it denotes another process in each
/// namespace, and ids are reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Process {
    /// The process id in its namespace.
    pub pid: u32,
    /// The name of its host.
    pub host: String,
    /// The namespace of its process id, by a number that no other namespace has at the same time under the same kernel.
    /// `None` if that is not known; older records do not tell.
    pub namespace: Option<u64>,
    /// When it was started, in some unit of its kernel's: two processes with one id have different ones. `None` if that
    /// is not known; older records do not tell.
    pub started: Option<u64>,
}

impl Process {
    /// A process. A host name of more than 1 KiB is cut.
    pub fn new(pid: u32, host: &str, namespace: Option<u64>, started: Option<u64>) -> Self {
        Self { pid, host: cut(host), namespace, started }
    }

    /// The frame that notes it as a process that may write into the session. The host is that of the record's head.
    pub fn encode_child(&self) -> Vec<u8> {
        let mut payload = self.pid.to_le_bytes().to_vec();
        self.put_identity(&mut payload);
        frame::short(CHILD, &payload)
    }

    pub(crate) fn decode_child(mut payload: &[u8], host: &str) -> Option<Self> {
        let pid = u32::from_le_bytes(take(&mut payload)?);
        let (namespace, started) = take_identity(&mut payload)?;
        Some(Self { pid, host: host.into(), namespace, started })
    }

    pub(crate) fn put(&self, payload: &mut Vec<u8>) {
        payload.extend(self.pid.to_le_bytes());
        put_string(payload, &self.host);
    }

    pub(crate) fn take(payload: &mut &[u8]) -> Option<Self> {
        let pid = u32::from_le_bytes(take(payload)?);
        let host = take_string(payload)?;
        Some(Self { pid, host, namespace: None, started: None })
    }

    /// Numbers are one more than they are: 0 is not known.
    pub(crate) fn put_identity(&self, payload: &mut Vec<u8>) {
        for number in [self.namespace, self.started] {
            let one_more = number.and_then(|number| number.checked_add(1)).unwrap_or(0);
            payload.extend(one_more.to_le_bytes());
        }
    }
}

/// Namespace and start.
pub(crate) fn take_identity(payload: &mut &[u8]) -> Option<(Option<u64>, Option<u64>)> {
    let (namespace, started) = (take_u64(payload)?, take_u64(payload)?);
    Some((namespace.checked_sub(1), started.checked_sub(1)))
}

/// A name for people, cut to what is kept of it.
pub(crate) fn cut(name: &str) -> String {
    name[..name.floor_char_boundary(LONGEST_NAME)].into()
}
