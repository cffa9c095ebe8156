//! The digest of a file's content.

use incrdir_record::Digest;
use incrdir_vfs::{Access, Name, Vfs, failed};

use crate::stop::go_on;

/// How much of a file is read at once.
const CHUNK: usize = 1 << 18;

/// The digest of a file's content.
pub(crate) fn digest_of<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
) -> Result<Digest, incrdir_vfs::Error> {
    let file = vfs.open_file(dir, name, Access::Read).map_err(failed(vfs, "open", dir, name))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        go_on(vfs, dir)?;
        let read = vfs.read(&file, offset, &mut buffer).map_err(failed(vfs, "read", dir, name))?;
        hasher.update(&buffer[..read]);
        offset += read as u64;
        if read < buffer.len() {
            return Ok(hasher.finalize().into());
        }
    }
}
