//! Content that describes itself.
//!
//! A session has a file `manifest` with a line for each other file: its path and its content. Whoever reads
//! a session can tell whether anything is missing, too much, or of another session.
use std::collections::BTreeMap;
use std::io;

use incrdir_vfs::{FileKind, Name, Vfs, is_transient};

use crate::fixture::{create, name};

use crate::trees::content;

const MANIFEST: &str = "manifest";
const NESTED: &str = "nested";
/// Files at the top and in the nested directory.
const FILES: u32 = 12;

/// Path to content.
pub type Files = BTreeMap<String, String>;

/// What a directory says about itself and what is in it, or what is wrong with it.
///
/// # Errors
///
/// The text says what does not fit.
pub fn verify<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Files, String> {
    let mut found = Files::new();
    collect(vfs, dir, "", &mut found).map_err(|error| format!("cannot be read: {error}"))?;
    let Some(manifest) = found.remove(MANIFEST) else {
        return Err(format!("has no manifest but {found:?}"));
    };
    let listed: Files = manifest
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(path, content)| (path.to_string(), content.to_string()))
        .collect();
    if listed == found { Ok(found) } else { Err(format!("has {found:?}, not {listed:?}")) }
}

fn collect<V: Vfs>(vfs: &V, dir: &V::Dir, prefix: &str, found: &mut Files) -> io::Result<()> {
    for entry in vfs.list(dir)? {
        let entry = entry?;
        if cfg!(windows) && is_transient(&entry.name) {
            continue;
        }
        let path = format!("{prefix}{}", entry.name);
        match vfs.stat(dir, &entry.name)?.kind {
            FileKind::Dir => {
                collect(vfs, &vfs.open_dir(dir, &entry.name)?, &format!("{path}/"), found)?;
            }
            _ => {
                let content =
                    String::from_utf8_lossy(&content(vfs, dir, &entry.name)?).into_owned();
                found.insert(path, content);
            }
        }
    }
    Ok(())
}

/// Replaces, adds and removes some files of a working session, and its manifest with them.
///
/// # Errors
///
/// As the calls it takes.
pub fn change<V: Vfs>(vfs: &V, dir: &V::Dir, mut files: Files) -> io::Result<Files> {
    match vfs.create_dir(dir, &name(NESTED)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let nested = vfs.open_dir(dir, &name(NESTED))?;
    for _ in 0..3 {
        let number = vfs.random() % FILES;
        let (dir, path) = match number % 3 {
            0 => (&nested, format!("{NESTED}/{number}")),
            _ => (dir, number.to_string()),
        };
        let file = name(number);
        if vfs.random().is_multiple_of(4) {
            if files.remove(&path).is_some() {
                vfs.remove_file(dir, &file)?;
            }
        } else {
            let text = format!("{:08x}", vfs.random()).repeat(1 + vfs.random() as usize % 40);
            write(vfs, dir, &file, &text)?;
            files.insert(path, text);
        }
    }
    let manifest: Vec<_> = files.iter().map(|(path, text)| format!("{path} {text}\n")).collect();
    write(vfs, dir, &name(MANIFEST), &manifest.concat())?;
    Ok(files)
}

fn write<V: Vfs>(vfs: &V, dir: &V::Dir, file: &Name, text: &str) -> io::Result<()> {
    let file = create(vfs, dir, file)?;
    vfs.write_at(&file, 0, text.as_bytes())
}
