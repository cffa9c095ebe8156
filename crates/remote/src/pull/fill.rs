//! R4 here: what of a session is kept, copied, and still to be fetched.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use incrdir_session::Working;
use incrdir_vfs::{Access, Error as CallError, RelPath, Vfs, VfsExt, failed};

use super::here::{Here, remove};
use crate::limits::OBJECT_BYTES;
use crate::manifest::{Checked, File, Is, Item, What};
use crate::{Error, Unfit};

/// Where a part of an object goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// The number of the item.
    pub(super) item: usize,
    /// Where in the file.
    pub(super) at: u64,
    /// Where in the object.
    pub(super) offset: usize,
    pub(super) len: usize,
}

/// What is to be fetched: for each object, by its number, where it goes.
pub(super) type Jobs = BTreeMap<u32, Vec<Use>>;

/// Makes of a session what can be made without the store. Returns how many files there are, how many were here, and what is to be
/// fetched.
pub(super) fn prepare<V: Vfs>(
    working: &Working<V>,
    here: &Here<'_, V>,
    checked: &Checked,
) -> Result<(u64, u64, Jobs), Unfit> {
    let ours = |error: Error| Unfit::Here(Box::new(error));
    let wanted: BTreeMap<&RelPath, &What> =
        checked.items.iter().map(|item| (&item.path, &item.what)).collect();
    // What is in a directory comes after it.
    for (path, is) in here.present.iter().rev() {
        let stays = match (wanted.get(path), is) {
            (Some(What::Dir { .. }), Is::Dir { .. }) | (Some(What::File(_)), Is::File(_)) => true,
            (Some(What::Link { target }), Is::Link { target: now }) => {
                target.as_encoded_bytes() == now
            }
            _ => false,
        };
        if !stays {
            remove(working, path, matches!(is, Is::Dir { .. })).map_err(ours)?;
        }
    }
    let (vfs, top) = (working.unit().vfs(), working.dir());
    let (mut files, mut known, mut jobs) = (0, 0, Jobs::new());
    for (number, Item { path, what }) in checked.items.iter().enumerate() {
        let present = here.present.get(path);
        match what {
            What::Dir { .. } => {
                vfs.create_dir_below(top, path).map_err(|error| ours(error.into()))?;
            }
            What::Link { target } => {
                if !matches!(present, Some(Is::Link { target: now }) if target.as_encoded_bytes() == now)
                {
                    link(working, path, target).map_err(|error| ours(error.into()))?;
                }
            }
            What::File(file) => {
                files += 1;
                match settle(working, here, path, file, present).map_err(ours)? {
                    true => known += 1,
                    false => plan(&mut jobs, number, file, checked),
                }
            }
        }
    }
    Ok((files, known, jobs))
}

/// Makes a file of what is here. Says whether that was possible.
fn settle<V: Vfs>(
    working: &Working<V>,
    here: &Here<'_, V>,
    path: &RelPath,
    file: &File,
    present: Option<&Is>,
) -> Result<bool, Error> {
    if let Some(Is::File(now)) = present
        && (now.digest, now.len) == (file.digest, file.len)
    {
        let is_alike =
            (now.seconds, now.nanoseconds, now.mode) == (file.seconds, file.nanoseconds, file.mode);
        if !is_alike {
            // Never in a file that a published session has too.
            let private = working.edit(path)?;
            give(working, path, &private, file)?;
        }
        return Ok(true);
    }
    if file.len == 0 {
        let made = working.create(path)?;
        give(working, path, &made, file)?;
        return Ok(true);
    }
    let (Some(snapshot), Some(from)) = (here.snapshot, here.contents.get(&(file.digest, file.len)))
    else {
        return Ok(false);
    };
    let (vfs, from) = (snapshot.vfs(), snapshot.open(from)?);
    let made = working.create(path)?;
    let copied = vfs.copy(&from, &made).map_err(|error| at(working, "copy", path, error))?;
    give(working, path, &made, file)?;
    Ok(copied == file.len)
}

/// Notes where the parts of a file come from.
fn plan(jobs: &mut Jobs, item: usize, file: &File, checked: &Checked) {
    let mut at = 0;
    for part in &file.parts {
        let offset = part.offset as usize;
        let whole = checked.objects[part.object as usize].whole as usize;
        let left = usize::try_from(file.len - at).unwrap_or(OBJECT_BYTES);
        let len = left.min(whole - offset);
        jobs.entry(part.object).or_default().push(Use { item, at, offset, len });
        at += len as u64;
    }
}

/// Gives a file the permissions and the time that it had.
pub(super) fn give<V: Vfs>(
    working: &Working<V>,
    path: &RelPath,
    made: &V::File,
    file: &File,
) -> Result<(), CallError> {
    let vfs = working.unit().vfs();
    match vfs.set_mode(made, file.mode & 0o777) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {}
        set => set.map_err(|error| at(working, "set permissions of", path, error))?,
    }
    vfs.set_mtime(made, mtime(file)).map_err(|error| at(working, "set the time of", path, error))
}

fn mtime(file: &File) -> SystemTime {
    let seconds = Duration::from_secs(file.seconds.unsigned_abs());
    let nanoseconds = Duration::from_nanos(u64::from(file.nanoseconds.min(999_999_999)));
    let whole = match file.seconds < 0 {
        true => UNIX_EPOCH.checked_sub(seconds),
        false => UNIX_EPOCH.checked_add(seconds),
    };
    // Nobody's clock: what cannot be is the beginning of time.
    whole.and_then(|whole| whole.checked_add(nanoseconds)).unwrap_or(UNIX_EPOCH)
}

/// R4: sees that files of several objects are what they should be, and gives directories the permissions that they had.
pub(super) fn finish<V: Vfs>(working: &Working<V>, checked: &Checked) -> Result<(), Unfit> {
    let ours = |error: CallError| Unfit::Here(Box::new(error.into()));
    let (vfs, top) = (working.unit().vfs(), working.dir());
    for Item { path, what } in checked.items.iter().rev() {
        if let What::Dir { mode } = what {
            let dir = vfs.open_dir_below(top, path).map_err(ours)?;
            // What its owner cannot read or change is of no use in a session.
            match vfs.set_dir_mode(&dir, mode & 0o777 | 0o700) {
                Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {}
                set => set.map_err(|error| ours(at(working, "set permissions of", path, error)))?,
            }
        }
    }
    Ok(())
}

/// Whether a file is what its manifest says.
pub(super) fn is_right<V: Vfs>(
    working: &Working<V>,
    path: &RelPath,
    made: &V::File,
    file: &File,
) -> Result<bool, CallError> {
    let vfs = working.unit().vfs();
    let (mut hasher, mut offset) = (blake3::Hasher::new(), 0);
    let mut bytes = vec![0; OBJECT_BYTES];
    loop {
        let read = vfs.read(made, offset, &mut bytes);
        let read = read.map_err(|error| at(working, "read", path, error))?;
        hasher.update(&bytes[..read]);
        offset += read as u64;
        if read < bytes.len() {
            return Ok(offset == file.len && *hasher.finalize().as_bytes() == file.digest);
        }
    }
}

/// Opens a file that was made before.
pub(super) fn open<V: Vfs>(working: &Working<V>, path: &RelPath) -> Result<V::File, CallError> {
    working.unit().vfs().open_file_below(working.dir(), path, Access::ReadWrite)
}

fn link<V: Vfs>(
    working: &Working<V>,
    path: &RelPath,
    target: &std::ffi::OsString,
) -> Result<(), CallError> {
    let (vfs, top) = (working.unit().vfs(), working.dir());
    let (name, _) = path.split_last();
    let parent = path.parent().map(|parent| vfs.open_dir_below(top, &parent)).transpose()?;
    let dir = parent.as_ref().unwrap_or(top);
    vfs.symlink(target, dir, name).map_err(failed(vfs, "make link", dir, name))
}

pub(super) fn at<V: Vfs>(
    working: &Working<V>,
    operation: &'static str,
    path: &RelPath,
    error: std::io::Error,
) -> CallError {
    CallError::new(operation, working.path().join(path.to_string()), error)
}
