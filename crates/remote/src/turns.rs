//! Manifests of many sessions, one after the other in memory, however many are read at the same time.

use std::sync::{Mutex, PoisonError};

/// What is longer than this as it is stored is not even read before its turn.
const SHORT: u64 = 1 << 20;

/// Whose turn it is.
#[derive(Default)]
pub(crate) struct Turns(Mutex<()>);

impl Turns {
    /// Reads what is listed with this length, and makes something shorter of it. `None`: it is gone.
    pub(crate) fn take<R, T, E>(
        &self,
        len: u64,
        read: impl FnOnce() -> Result<Option<R>, E>,
        decode: impl FnOnce(R) -> T,
    ) -> Result<Option<T>, E> {
        let turn = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let early = (len > SHORT).then(turn);
        let Some(read) = read()? else { return Ok(None) };
        let _turn = early.unwrap_or_else(turn);
        Ok(Some(decode(read)))
    }
}
