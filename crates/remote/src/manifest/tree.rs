//! What a manifest says, if it may be believed: it comes from somebody else.
//!
//! Nothing of it is written before all of it has been checked here: that each name is one, and none leads out of the session; that
//! lengths agree with each other; that nothing is larger than it may be.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path};

use incrdir_naming::{SessionName, UnitName};
use incrdir_vfs::{Name, RelPath};

use super::{Entry, File, Is, Manifest, Object};
use crate::limits::{MAX_DEPTH, NAME_BYTES, OBJECT_BYTES, PATHS_BYTES};
use crate::{Hostile, Scope, SealError};

/// A manifest that was checked.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Everything in the session, each directory before what is in it.
    pub(crate) items: Vec<Item>,
    pub(crate) objects: Vec<Object>,
    pub(crate) scopes: Vec<Scope>,
    /// Of all files together.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: RelPath,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    File(File),
    Dir { mode: u32 },
    Link { target: OsString },
}

/// Whether a manifest is of this session.
pub(crate) fn is_of(
    manifest: &Manifest,
    unit: &UnitName,
    scope: &Scope,
    session: SessionName,
) -> bool {
    manifest.unit == unit.to_string()
        && manifest.scope == scope.as_str()
        && manifest.session == session.to_string()
}

/// Checks all of a manifest.
pub(crate) fn check(
    manifest: Manifest,
    unit: &UnitName,
    scope: &Scope,
    session: SessionName,
) -> Result<Checked, Hostile> {
    if !is_of(&manifest, unit, scope, session) {
        return Err(Hostile::Seal(SealError::Elsewhere));
    }
    let Manifest { scopes, objects, entries, .. } = manifest;
    let scopes: Result<Vec<Scope>, _> = scopes.iter().map(|scope| scope.parse()).collect();
    let scopes = scopes.map_err(|error: crate::ScopeError| Hostile::Scope(error))?;
    for object in &objects {
        let is_small = (1..=OBJECT_BYTES).contains(&(object.whole as usize))
            && object.stored as usize <= stored_limit(object.whole);
        if !is_small || scopes.len() <= usize::from(object.scope) {
            return Err(Hostile::Object(object.name.to_string()));
        }
    }
    let (items, bytes) = flatten(entries, &objects)?;
    Ok(Checked { items, objects, scopes, bytes })
}

/// The most that so many bytes can have when they are compressed.
pub(crate) fn stored_limit(whole: u32) -> usize {
    // zstd's own bound is less than this.
    whole as usize + whole as usize / 128 + 1024
}

/// A directory that is not complete yet.
struct Open {
    left: u32,
    names: BTreeSet<Vec<u8>>,
}

fn flatten(entries: Vec<Entry>, objects: &[Object]) -> Result<(Vec<Item>, u64), Hostile> {
    let mut items = Vec::with_capacity(entries.len());
    let (mut bytes, mut paths) = (0_u64, 0);
    let mut way: Vec<Name> = Vec::new();
    // The top has whatever comes.
    let mut open = vec![Open { left: u32::MAX, names: BTreeSet::new() }];
    for Entry { name, is } in entries {
        while open.len() > 1 && open.last().is_some_and(|dir| dir.left == 0) {
            open.pop();
            way.pop();
        }
        let shown = || String::from_utf8_lossy(&name).into_owned();
        // No file system has room for longer ones.
        let good = Name::from_encoded_bytes(&name).filter(|_| name.len() <= NAME_BYTES);
        let Some(good) = good else {
            return Err(Hostile::Name(shown()));
        };
        let here = open.last_mut().expect("BUG: the top stays");
        if here.left == 0 || !here.names.insert(name.clone()) {
            return Err(Hostile::Twice(shown()));
        }
        here.left -= 1;
        let path = way.iter().chain([&good]).collect::<std::path::PathBuf>();
        paths += path.as_os_str().len();
        if paths > PATHS_BYTES {
            return Err(Hostile::Paths);
        }
        let path = RelPath::new(&path).map_err(|_| Hostile::Name(shown()))?;
        let what = match is {
            Is::File(file) => {
                bytes = fits(&file, objects)
                    .and_then(|()| bytes.checked_add(file.len))
                    .ok_or_else(|| Hostile::Lengths(path.to_string()))?;
                What::File(file)
            }
            Is::Dir { mode, entries } => {
                if open.len() > MAX_DEPTH {
                    return Err(Hostile::Deep(path.to_string()));
                }
                open.push(Open { left: entries, names: BTreeSet::new() });
                way.push(good);
                What::Dir { mode }
            }
            Is::Link { target } => match String::from_utf8(target) {
                Ok(target) => match refused_link(&path, Path::new(&target)) {
                    None => What::Link { target: target.into() },
                    Some(why) => return Err(Hostile::Link { path: path.to_string(), why }),
                },
                Err(_) => {
                    return Err(Hostile::Link { path: path.to_string(), why: "it is no UTF-8" });
                }
            },
        };
        items.push(Item { path, what });
    }
    match open.iter().skip(1).all(|dir| dir.left == 0) {
        true => Ok((items, bytes)),
        false => Err(Hostile::Lengths("its directories".into())),
    }
}

/// Whether the parts of a file are as long as it.
fn fits(file: &File, objects: &[Object]) -> Option<()> {
    let mut left = file.len;
    for part in &file.parts {
        let object = objects.get(part.object as usize)?;
        let there = u64::from(object.whole.checked_sub(part.offset)?);
        if left == 0 || there == 0 {
            return None;
        }
        left = left.saturating_sub(there);
    }
    (left == 0).then_some(())
}

/// Why a link is refused, if it is. `..` is allowed at its beginning only: behind a name that is a link itself, it would lead up from
/// wherever that leads to.
pub(crate) fn refused_link(path: &RelPath, target: &Path) -> Option<&'static str> {
    let text = target.as_os_str().as_encoded_bytes();
    if text.is_empty() || text.contains(&0) {
        return Some("it leads to no name");
    }
    if text.iter().any(|byte| matches!(byte, b'\\' | b':')) {
        return Some(
            "it has `\\` or `:` in it, which mean a directory or a drive on another system",
        );
    }
    let (mut ups, mut is_down) = (0, false);
    for component in target.components() {
        match component {
            Component::ParentDir if is_down => {
                return Some(
                    "it has `..` behind a name, which may be a link itself and lead anywhere",
                );
            }
            Component::ParentDir => ups += 1,
            Component::CurDir => {}
            Component::Normal(_) => is_down = true,
            _ => return Some(OUT),
        }
    }
    (ups >= path.names().len()).then_some(OUT)
}

const OUT: &str = "it leads out of the session, to where no other machine has what is meant";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        let path = |text: &str| RelPath::new(text).unwrap();
        for (at, to) in [("a", "b"), ("d/a", "../b"), ("d/e/a", "../../b/c"), ("a", "./b")] {
            assert_eq!(refused_link(&path(at), Path::new(to)), None, "{at} -> {to}");
        }
        for (at, to, why) in [
            ("a", "/etc/passwd", "leads out"),
            ("a", "..", "leads out"),
            ("d/a", "../..", "leads out"),
            ("d/a", "../../b", "leads out"),
            // `l` may be a link to a directory that is less deep.
            ("x", "d/e/l/../..", "behind a name"),
            ("a", "c:\\x", "a drive"),
            ("a", "x:y", "a drive"),
            ("a", "", "no name"),
        ] {
            let said = refused_link(&path(at), Path::new(to)).unwrap_or_default();
            assert!(said.contains(why), "{at} -> {to}: {said}");
        }
    }
}
