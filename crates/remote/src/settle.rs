//! Calls of the store whose outcome is certain afterwards, or an error.

use std::time::SystemTime;

use incrdir_naming::UnitName;

use crate::limits::ATTEMPTS;
use crate::{Error, PutNew, Scope, Store, StoreError, layout};

/// Makes an object. If the answer was lost, or the object is there already, looking tells whose it is: names are drawn at
/// random, and manifests differ.
pub(crate) fn make<S: Store>(store: &S, key: &str, bytes: &[u8]) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        let failed = match store.put_new(key, bytes) {
            Ok(PutNew::Made) => return Ok(()),
            Ok(PutNew::Exists) => None,
            Err(error) => Some(error),
        };
        match (is_ours(store, key, bytes), failed) {
            (Ok(Some(true)), _) => return Ok(()),
            (Ok(Some(false)), _) => return Err(Error::Taken { key: key.into() }),
            (Ok(None), Some(error)) if attempt == ATTEMPTS => return Err(error.into()),
            // It was there and is gone: somebody collected it, and this name is not to be used again.
            (Ok(None), None) => return Err(Error::Overtaken),
            (Ok(None), Some(_)) => attempt += 1,
            (Err(_), Some(error)) | (Err(error), None) => return Err(error.into()),
        }
    }
}

fn is_ours<S: Store>(store: &S, key: &str, bytes: &[u8]) -> Result<Option<bool>, StoreError> {
    match store.get(key, bytes.len()) {
        Ok(found) => Ok(found.map(|found| found == bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Ok(Some(false)),
        Err(error) => Err(error),
    }
}

/// Removes an object for certain.
pub(crate) fn remove<S: Store>(store: &S, key: &str) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match store.delete(key) {
            Err(_) if attempt < ATTEMPTS => attempt += 1,
            removed => return removed,
        }
    }
}

/// The time by the store's own clock: between the beginning and the end of this call.
pub(crate) fn time<S: Store>(
    store: &S,
    unit: &UnitName,
    scope: &Scope,
) -> Result<SystemTime, Error> {
    let key = layout::time(unit, scope);
    store.put(&key, b"")?;
    let listed = store.list(&layout::times(unit))?.into_iter().find(|stored| stored.key == key);
    match listed {
        Some(stored) => Ok(stored.modified),
        None => Err(Error::NoClock { key }),
    }
}
