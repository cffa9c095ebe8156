//! The contents of the files that are sent.

use incrdir_session::Snapshot;
use incrdir_vfs::{Error as CallError, RelPath, Vfs};

use crate::Error;

/// Reads a part of a file.
pub(super) fn read<V: Vfs>(
    snapshot: &Snapshot<V>,
    path: &RelPath,
    offset: u64,
    len: usize,
) -> Result<Vec<u8>, Error> {
    let vfs = snapshot.vfs();
    let failed = |error| CallError::new("read", snapshot.path().join(path.to_string()), error);
    if vfs.is_stopped() {
        return Err(failed(std::io::ErrorKind::Interrupted.into()).into());
    }
    let file = snapshot.open(path)?;
    let mut bytes = vec![0; len];
    let read = vfs.read(&file, offset, &mut bytes).map_err(failed)?;
    match read == len {
        true => Ok(bytes),
        false => Err(Error::Changed { path: path.clone() }),
    }
}
