//! An index of the words of text files that reads only files which have changed since the last run, written with the layers:
//! naming, session, gc and vfs. The crate `incrdir` has the same example with one crate.
//!
//! `cargo run -p incrdir-gc --example word_index_by_layers -- DIRECTORY WORD`
#![expect(clippy::disallowed_methods, reason = "an example lives in the real world")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use incrdir_gc::{Mode, Policy, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{BeginOptions, begin, publish, unit_id};
use incrdir_vfs::{CapVfs, RelPath};

/// The files in a directory that hold a word, and how many of them had to be read.
pub fn search(
    cache: &Path,
    texts: &Path,
    word: &str,
) -> Result<(Vec<String>, usize), Box<dyn Error>> {
    let of = texts.canonicalize()?;
    let (vfs, root) = CapVfs::open_ambient_dir(cache)?;
    let unit = UnitName::new("words", unit_id(["word_index 1", &of.to_string_lossy()]))?;
    // Both take the same retention, so that a session that has become obsolete is made into the next one.
    let policy = Policy::default();
    let options = BeginOptions::new("word_index 1").retention(policy.retention);
    let session = begin(&vfs, &root, &unit, &options)?;
    let (mut found, mut read) = (Vec::new(), 0);
    for entry in std::fs::read_dir(texts)? {
        let entry = entry?;
        let file = RelPath::new(entry.file_name())?;
        // The index of a text begins with its length and time: if they are as they were, so are its words.
        let metadata = entry.metadata()?;
        let stamp = format!("{} {:?}", metadata.len(), metadata.modified()?);
        let known = session.read(&file)?.map(String::from_utf8).transpose()?;
        let index = match known.filter(|known| known.starts_with(&stamp)) {
            Some(known) => known,
            None => {
                let text = std::fs::read_to_string(entry.path())?.to_lowercase();
                let words: BTreeSet<_> = text.split(|char: char| !char.is_alphanumeric()).collect();
                let lines: Vec<_> = [&*stamp].into_iter().chain(words).collect();
                session.write(&file, lines.join("\n"))?;
                read += 1;
                lines.join("\n")
            }
        };
        if index.lines().skip(1).any(|known| known == word) {
            found.push(file.to_string());
        }
    }
    let published = publish(session, Hash::new(0))?;
    collect(&published.unit, &policy, Mode::Collect)?;
    found.sort();
    Ok((found, read))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, texts, word] = &arguments[..] else { return Err("give a directory and a word".into()) };
    let cache = std::env::temp_dir().join("word-index-by-layers");
    std::fs::create_dir_all(&cache)?;
    let (found, read) = search(&cache, Path::new(texts), word)?;
    println!("{read} files read; in {}", found.join(", "));
    Ok(())
}
