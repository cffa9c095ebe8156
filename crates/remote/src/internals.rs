//! The parts of the protocol that need no files here, for the simulated world. Not covered by semantic versioning.

use std::collections::BTreeSet;

use incrdir_naming::{SessionName, UnitName};

use crate::collect::note;
use crate::manifest::{Entry, File, Is, Object, Sealed, What};
use crate::push::{Outline, send};
use crate::{Address, Error, ObjectName, PushOptions, Pushed, Scope, Store, Unfit, layout, pull};

/// Files, by their names: what a session in the simulated world is.
pub type Files = Vec<(String, Vec<u8>)>;

/// A session and what is in it.
pub type Taken = (SessionName, Files);

/// A session that could not be fetched.
pub type Passed = (SessionName, Unfit);

/// P1 to P8, of a session whose files are in memory.
///
/// # Errors
///
/// As [`push`](crate::push).
pub fn push_files<S: Store>(
    store: &S,
    address: &Address,
    session: SessionName,
    files: &Files,
) -> Result<Pushed, Error> {
    let entry = |(name, content): &(String, Vec<u8>)| {
        let (len, digest) = (content.len() as u64, blake3::hash(content).into());
        let (seconds, nanoseconds, parts) = (0, 0, Vec::new());
        let is = Is::File(File { mode: 0o644, len, seconds, nanoseconds, digest, parts });
        Entry { name: name.clone().into_bytes(), is }
    };
    let outline = Outline { entries: files.iter().map(entry).collect() };
    let mut read = |entry: usize, offset: u64, len: usize| {
        let start = offset as usize;
        Ok(files[entry].1[start..start + len].to_vec())
    };
    let options = PushOptions::new("simulated");
    send(store, address, session, outline, &options, &mut read, &mut |_| {})
}

/// R1, R2 and R4: the newest session that can be fetched, and its files, with those that could not.
///
/// # Errors
///
/// If the store fails.
pub fn pull_files<S: Store>(
    store: &S,
    address: &Address,
) -> Result<(Option<Taken>, Vec<Passed>), Error> {
    let mut unfit = Vec::new();
    let mut take = |scope: &Scope, session| Ok((session, files(store, address, scope, session)?));
    let taken = pull::first(store, address, &|_| true, &mut take, &mut unfit)?;
    Ok((taken, unfit.into_iter().map(|(_, session, why)| (session, why)).collect()))
}

fn files<S: Store>(
    store: &S,
    address: &Address,
    scope: &Scope,
    session: SessionName,
) -> Result<Files, Unfit> {
    let checked = pull::believed(store, address, (scope, session), u64::MAX)?;
    let mut contents: Vec<Option<Vec<u8>>> = vec![None; checked.objects.len()];
    let mut files = Files::new();
    for item in &checked.items {
        let What::File(file) = &item.what else { continue };
        let mut whole = Vec::new();
        for part in &file.parts {
            let number = part.object as usize;
            let object: Object = checked.objects[number];
            if contents[number].is_none() {
                let scope = &checked.scopes[usize::from(object.scope)];
                contents[number] = Some(pull::content(store, address, scope, object)?);
            }
            let content = contents[number].as_deref().unwrap_or_default();
            let left = (file.len as usize) - whole.len();
            let there = &content[part.offset as usize..];
            whole.extend(&there[..left.min(there.len())]);
        }
        if *blake3::hash(&whole).as_bytes() != file.digest {
            return Err(Unfit::Wrong(item.path.clone()));
        }
        files.push((item.path.to_string(), whole));
    }
    Ok(files)
}

/// What a manifest in the store names: the keys of objects. `None`: it is no manifest.
pub fn named(unit: &UnitName, bytes: Vec<u8>) -> Option<BTreeSet<String>> {
    let manifest = Sealed::open(bytes).ok()?.manifest().ok()?;
    let scope = |object: &Object| manifest.scopes.get(usize::from(object.scope))?.parse().ok();
    let key = |object: &Object| Some(layout::object(unit, &scope(object)?, object.name));
    manifest.objects.iter().map(key).collect()
}

/// Where the manifest of a session is.
pub fn manifest_key(unit: &UnitName, scope: &Scope, session: SessionName) -> String {
    layout::manifest(unit, scope, session)
}

/// Whose manifest a key is.
pub fn session_of(unit: &UnitName, key: &str) -> Option<(Scope, SessionName)> {
    layout::parse_manifest(unit, key)
}

/// Where an object or anything that is not a manifest is: `o` object, `n` note, `d` announcement, `t` time.
pub fn kind_of(key: &str) -> Option<char> {
    key.strip_prefix(layout::TOP)?.split_once('/')?.0.chars().next()
}

/// Writes a note of these objects, as a collection does.
///
/// # Errors
///
/// If the store fails.
pub fn write_note<S: Store>(
    store: &S,
    unit: &UnitName,
    names: impl IntoIterator<Item = (Scope, ObjectName)>,
) -> Result<(), Error> {
    note::write(store, &layout::note(unit, store.random()), &names.into_iter().collect())
}

/// Which object a key is.
pub fn object_of(unit: &UnitName, key: &str) -> Option<(Scope, ObjectName)> {
    layout::parse_object(unit, key)
}
