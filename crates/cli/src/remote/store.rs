//! Opening a store, and what helps when it fails.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_remote::{Error, Objects, OpenError, SealError};

use crate::failure::{Failure, chain};

/// Opens a store whose calls stop when this is set.
pub(crate) fn open(url: &str, stop: &Arc<AtomicBool>) -> Result<Objects, Failure> {
    match Objects::open(url) {
        Ok(store) => Ok(store.stopped_by(Arc::clone(stop))),
        Err(error) => {
            let kind = match &error {
                OpenError::Open { source, .. } => source.kind(),
                _ => ErrorKind::InvalidInput,
            };
            Err(format!("{}{}", chain(&error), remedy(kind)).into())
        }
    }
}

/// Where the machines of a cloud get credentials, which is asked when none are set.
const METADATA: &str = "://169.254.169.254/";

/// What failed in a push, a pull or a collection, and what helps.
pub(crate) fn told(error: &Error) -> String {
    let remedy = match error {
        Error::Store(_) if chain(error).contains(METADATA) => {
            "; are credentials set in the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY?"
        }
        Error::Store(error) => remedy(error.kind()),
        Error::TooMuch { .. } => "; if that is meant, say so with --max-percent",
        Error::Unreadable { source: SealError::Newer(_), .. } => "",
        Error::Unreadable { .. } => {
            "; it goes when it is none of the newest of its scope any more (--keep), or too old (--max-age), or delete it by hand: nobody can pull it"
        }
        Error::Io(_) | Error::Session(_) => remedy_here(error.kind()),
        _ => "",
    };
    format!("{}{remedy}", chain(error))
}

/// What helps when it is the cache that failed.
fn remedy_here(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room on the disk of the cache, with `incrdir gc` or otherwise"
        }
        ErrorKind::ReadOnlyFilesystem => "; the cache is mounted read-only",
        ErrorKind::PermissionDenied => "; look at whose directory the cache is",
        _ => "",
    }
}

fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "; make it, or correct the URL",
        ErrorKind::NotADirectory => "; a store is a directory",
        ErrorKind::PermissionDenied => {
            "; look at who may do that there, and, unless it is a directory, at the credentials in the environment"
        }
        ErrorKind::TimedOut
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => "; look whether the store can be reached from here",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room there: `incrdir remote collect` deletes what nobody has needed for a day"
        }
        ErrorKind::ReadOnlyFilesystem => "; it is mounted read-only",
        _ => "",
    }
}
