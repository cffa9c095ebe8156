//! R4 in the store: objects are fetched, checked, and written where they belong.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use incrdir_session::Working;
use incrdir_vfs::Vfs;

use super::fill::{Jobs, Use, at, give, is_right, open};
use crate::manifest::{Checked, Object, What, stored_limit};
use crate::push::Moved;
use crate::{Address, Error, Scope, Store, Unfit, layout, squeeze};

/// Fetches what is to be fetched. Returns how many objects and bytes these were.
pub(super) fn fetch<V: Vfs, S: Store>(
    working: &Working<V>,
    store: &S,
    address: &Address,
    checked: &Checked,
    jobs: Jobs,
    on_move: &mut dyn FnMut(Moved),
) -> Result<(u64, u64), Unfit> {
    let vfs = working.unit().vfs();
    let total = jobs.values().flatten().map(|it| it.len as u64).sum();
    let mut moved = Moved { done: 0, total };
    // How many parts of each file are still to come.
    let mut missing = BTreeMap::<usize, usize>::new();
    for it in jobs.values().flatten() {
        *missing.entry(it.item).or_default() += 1;
    }
    let mut begun = std::collections::BTreeSet::new();
    let (mut objects, mut bytes, mut result) = (0, 0, Ok(()));
    let wanted = jobs.into_iter().map(|(number, uses)| {
        let object = checked.objects[number as usize];
        (object, checked.scopes[usize::from(object.scope)].clone(), uses)
    });
    store.concurrently(
        wanted,
        |store, (object, scope, uses)| (content(store, address, &scope, object), object, uses),
        |(content, object, uses)| {
            let written = content.and_then(|content| {
                if vfs.is_stopped() {
                    let stopped = std::io::ErrorKind::Interrupted.into();
                    let stopped = incrdir_vfs::Error::new("fill", working.path(), stopped);
                    return Err(Unfit::Here(Box::new(stopped.into())));
                }
                for it in &uses {
                    let left = missing.entry(it.item).or_default();
                    *left = left.saturating_sub(1);
                    let is_first = begun.insert(it.item);
                    write(working, checked, it, &content, is_first, *left == 0)?;
                    moved.done += it.len as u64;
                }
                Ok(())
            });
            match written {
                Ok(()) => {
                    objects += 1;
                    bytes += u64::from(object.stored);
                    on_move(moved);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    result = Err(error);
                    ControlFlow::Break(())
                }
            }
        },
    );
    result.map(|()| (objects, bytes))
}

/// Reads an object and sees that it is what its name says.
pub(crate) fn content<S: Store>(
    store: &S,
    address: &Address,
    scope: &Scope,
    object: Object,
) -> Result<Vec<u8>, Unfit> {
    let key = layout::object(&address.unit, scope, object.name);
    let bytes = match store.get(&key, stored_limit(object.whole)) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(Unfit::Missing(key)),
        Err(error) if error.is_of_something_else() => return Err(Unfit::Damaged(key)),
        Err(error) => return Err(error.into()),
    };
    match squeeze::decompress_all(&bytes, object.whole as usize) {
        Some(content) if *blake3::hash(&content).as_bytes() == object.name.digest => Ok(content),
        _ => Err(Unfit::Damaged(key)),
    }
}

/// Writes a part of a file. The last one to come completes it.
fn write<V: Vfs>(
    working: &Working<V>,
    checked: &Checked,
    it: &Use,
    content: &[u8],
    is_first: bool,
    is_last: bool,
) -> Result<(), Unfit> {
    let item = &checked.items[it.item];
    let (What::File(file), path) = (&item.what, &item.path) else { return Ok(()) };
    let ours = |error: incrdir_vfs::Error| Unfit::Here(Box::new(Error::from(error)));
    let part = &content[it.offset..it.offset + it.len];
    let is_whole = is_first && is_last;
    // Nothing of it is written if it is wrong.
    if is_whole && *blake3::hash(part).as_bytes() != file.digest {
        return Err(Unfit::Wrong(path.clone()));
    }
    let made = if is_first { working.create(path) } else { open(working, path) };
    let made = made.map_err(ours)?;
    let written = working.unit().vfs().write_at(&made, it.at, part);
    written.map_err(|error| ours(at(working, "write", path, error)))?;
    if !is_last {
        return Ok(());
    }
    if !is_whole && !is_right(working, path, &made, file).map_err(ours)? {
        return Err(Unfit::Wrong(path.clone()));
    }
    give(working, path, &made, file).map_err(ours)
}
