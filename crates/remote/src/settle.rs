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
        Err(error) if error.is_of_something_else() => Ok(Some(false)),
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::ErrorKind;

    use super::*;
    use crate::Stored;

    /// A store with one object, whose answers to making it are these, the last one first. `None`: it is carried out.
    struct Scripted {
        there: RefCell<Option<Vec<u8>>>,
        answers: RefCell<Vec<Option<ErrorKind>>>,
        carries_out: bool,
    }

    fn store(there: Option<&[u8]>, answers: &[Option<ErrorKind>], carries_out: bool) -> Scripted {
        let there = RefCell::new(there.map(Vec::from));
        Scripted { there, answers: RefCell::new(answers.into()), carries_out }
    }

    impl Store for Scripted {
        fn put_new(&self, key: &str, bytes: &[u8]) -> Result<PutNew, StoreError> {
            let answer = self.answers.borrow_mut().pop().flatten();
            if self.there.borrow().is_some() {
                return Ok(PutNew::Exists);
            }
            if answer.is_none() || self.carries_out {
                *self.there.borrow_mut() = Some(bytes.into());
            }
            match answer {
                Some(kind) => Err(StoreError::new("make", key, kind.into())),
                None => Ok(PutNew::Made),
            }
        }
        fn put(&self, _: &str, _: &[u8]) -> Result<(), StoreError> {
            Ok(())
        }
        fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
            match &*self.there.borrow() {
                Some(there) if there.len() > limit => {
                    Err(StoreError::new("read", key, ErrorKind::FileTooLarge.into()))
                }
                there => Ok(there.clone()),
            }
        }
        fn list(&self, _: &str) -> Result<Vec<Stored>, StoreError> {
            Ok(Vec::new())
        }
        fn delete(&self, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
        fn random(&self) -> u64 {
            0
        }
    }

    const LOST: Option<ErrorKind> = Some(ErrorKind::TimedOut);

    #[test]
    fn a_lost_answer_is_settled_by_looking() {
        let lost = store(None, &[LOST], true);
        assert!(make(&lost, "k", b"ours").is_ok());
        assert_eq!(lost.there.take().as_deref(), Some(&b"ours"[..]));
        // One that was not carried out is made again, and an end of it comes.
        assert!(make(&store(None, &[None, LOST, LOST], false), "k", b"ours").is_ok());
        let down = store(None, &[LOST; 9], false);
        let Err(Error::Store(error)) = make(&down, "k", b"ours") else { panic!("it is down") };
        assert_eq!((error.kind(), down.answers.take().len()), (ErrorKind::TimedOut, 9 - ATTEMPTS));
    }

    #[test]
    fn what_somebody_else_made_is_not_ours() {
        for theirs in [&b"else"[..], b"longer than ours", b""] {
            let made = make(&store(Some(theirs), &[], false), "k", b"ours");
            assert!(matches!(made, Err(Error::Taken { .. })), "{made:?}");
        }
        assert!(make(&store(Some(b"ours"), &[], false), "k", b"ours").is_ok());
    }
}
