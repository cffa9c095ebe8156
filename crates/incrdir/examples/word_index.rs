//! An index of the words of text files that reads only files which have changed since the last run.
//!
//! `cargo run --example word_index -- DIRECTORY WORD`
#![expect(clippy::disallowed_methods, reason = "an example lives in the real world")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

/// The files in a directory that hold a word, and how many of them had to be read.
pub fn search(
    cache: &incrdir::Cache,
    texts: &Path,
    word: &str,
) -> Result<(Vec<String>, usize), Box<dyn Error>> {
    let of = texts.canonicalize()?;
    let unit = cache.unit("words", ["word_index 1", &of.to_string_lossy()])?;
    let mut session = unit.begin().program("word_index 1").start()?;
    let (mut found, mut read) = (Vec::new(), 0);
    for entry in std::fs::read_dir(texts)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
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
            found.push(file);
        }
    }
    session.publish()?;
    found.sort();
    Ok((found, read))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, texts, word] = &arguments[..] else { return Err("give a directory and a word".into()) };
    let cache = incrdir::Cache::open(std::env::temp_dir().join("word-index"))?;
    let (found, read) = search(&cache, Path::new(texts), word)?;
    println!("{read} files read; in {}", found.join(", "));
    Ok(())
}
