//! The head: written at the birth of a lock file, it says whose session this is.

use incrdir_naming::Key;

use crate::bytes::{put_key, put_string, take, take_key, take_string};
use crate::frame;
use crate::kinds::HEAD;
use crate::process::{cut, take_identity};
use crate::{Durability, Process};

/// Which session a record is of, and who began it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The stamp and the random number of the session's name. The stamp is when the session began.
    pub key: Key,
    /// How the session was to be published.
    pub durability: Durability,
    /// Name and version of the program, for people.
    pub program: String,
    /// The process that began the session.
    pub process: Process,
    /// Identifies the boot during which that process runs; `None` where that is not known.
    pub boot_id: Option<u128>,
}

impl Head {
    /// A head. A program name of more than 1 KiB is cut.
    pub fn new(
        key: Key,
        durability: Durability,
        program: &str,
        process: Process,
        boot_id: Option<u128>,
    ) -> Self {
        Self { key, durability, program: cut(program), process, boot_id }
    }

    /// The header and the head's frame: the content of a lock file at its birth.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_key(&mut payload, self.key);
        payload.push(self.durability.code());
        put_string(&mut payload, &self.program);
        self.process.put(&mut payload);
        payload.extend(self.boot_id.unwrap_or(0).to_le_bytes());
        self.process.put_identity(&mut payload);
        let mut content = frame::header();
        content.extend(frame::short(HEAD, &payload));
        content
    }

    pub(crate) fn decode(mut payload: &[u8]) -> Option<Self> {
        let key = take_key(&mut payload)?;
        let [durability] = take(&mut payload)?;
        let program = take_string(&mut payload)?;
        let process = Process::take(&mut payload)?;
        let boot_id = u128::from_le_bytes(take(&mut payload)?);
        let (namespace, started) = take_identity(&mut payload).unwrap_or_default();
        Some(Self {
            key,
            durability: Durability::from_code(durability)?,
            program,
            process: Process { namespace, started, ..process },
            boot_id: (boot_id != 0).then_some(boot_id),
        })
    }
}
