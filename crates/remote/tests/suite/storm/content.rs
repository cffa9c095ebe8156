//! Sessions that describe themselves: `index` has a line for each other file, with the number that its content is made of.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::world::{noise, tree};

/// Some are so large that they have an object of their own.
const LENGTHS: [usize; 5] = [0, 40, 3_000, 70_000, 100_000];
const FILES: u64 = 14;
const INDEX: &str = "index";

type Index = BTreeMap<String, u64>;

fn content(seed: u64) -> Vec<u8> {
    noise(seed, LENGTHS[(seed % LENGTHS.len() as u64) as usize])
}

/// What is there is what the index says. The error says what is not.
pub(super) fn verify(top: &Path) -> Result<Index, String> {
    let index = fs::read_to_string(top.join(INDEX));
    let index = index.map_err(|error| format!("it has no index: {error}"))?;
    let line = |line: &str| {
        let (name, seed) = line.split_once(' ')?;
        Some((name.to_string(), seed.parse().ok()?))
    };
    let index: Option<Index> = index.lines().map(line).collect();
    let index = index.ok_or("its index cannot be read")?;
    let mut found: Vec<_> =
        tree(top).into_keys().map(|path| path.to_string_lossy().into_owned()).collect();
    found.retain(|name| name != INDEX);
    if !found.iter().eq(index.keys()) {
        return Err(format!("it has {found:?}, and is to have {index:?}"));
    }
    for (name, seed) in &index {
        match fs::read(top.join(name)) {
            Ok(bytes) if bytes == content(*seed) => {}
            other => return Err(format!("{name} is wrong: {:?} bytes", other.map(|it| it.len()))),
        }
    }
    Ok(index)
}

/// Replaces, makes and removes a few files.
pub(super) fn change(top: &Path, mut index: Index, random: &mut dyn FnMut() -> u64) {
    for _ in 0..3 {
        let (name, seed) = (format!("{}", random() % FILES), random());
        if seed.is_multiple_of(7) {
            if index.remove(&name).is_some() {
                fs::remove_file(top.join(name)).unwrap();
            }
        } else {
            fs::write(top.join(&name), content(seed)).unwrap();
            index.insert(name, seed);
        }
    }
    let lines: Vec<_> = index.iter().map(|(name, seed)| format!("{name} {seed}\n")).collect();
    fs::write(top.join(INDEX), lines.concat()).unwrap();
}
