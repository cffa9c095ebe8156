//! What cargo keeps of what it has compiled, in the directory of a profile.
//!
//! Up to now that is `.fingerprint/PACKAGE-HASH/`; with `-Z build-dir-new-layout` it is `build/PACKAGE/HASH/fingerprint/`. In it are,
//! for each part of the package, `PART` (a hash, written last, and emptied before rustc is started again), `PART.json` (what went into
//! that hash) and `dep-PART`; and `invoked.timestamp`, written just before rustc is started.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::SystemTime;

use incrdir_vfs::{Entry, Error, FileKind, Name, RelPath, Stat, Vfs, VfsExt, failed};

/// How much of one file is read. They have some kilobytes: one line for each dependency.
const MOST_OF_A_RECORD: u64 = 4 << 20;

/// All records of a profile.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Records {
    /// One for each part of each package that cargo has compiled there and knows of.
    pub records: Vec<Record>,
    /// Whether something could not be read. Then it does not follow from the absence of a record that there is none.
    pub is_incomplete: bool,
}

/// That a part of a package was compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The name of the package.
    pub package: String,
    /// Which part of it: `lib-…`, `bin-…`, `test-lib-…`, `build-script-…`.
    pub part: String,
    /// The features with which it was compiled, if that could be read.
    pub features: Option<Vec<String>>,
    /// When rustc was started last.
    pub started: SystemTime,
    /// When it had succeeded. `None`: it has not, or not yet.
    pub finished: Option<SystemTime>,
}

impl Record {
    /// Whether a crate of this name may be what was compiled. Not every part says where its name begins, so some others may be
    /// taken for it, too.
    pub(super) fn may_be_of(&self, crate_name: &str) -> bool {
        let part = self.part.replace('-', "_");
        part.strip_suffix(crate_name).is_some_and(|rest| rest.ends_with('_'))
    }
}

/// Reads the records of a profile.
///
/// # Errors
///
/// If there are none to be found: `NotFound`; or the directory that they are in cannot be listed.
pub fn records<V: Vfs>(vfs: &V, profile: &V::Dir) -> Result<Records, Error> {
    let mut found = Records::default();
    let fingerprint = name(".fingerprint");
    match vfs.open_dir(profile, &fingerprint) {
        Ok(dir) => {
            for entry in subdirectories(vfs, &dir, &mut found)? {
                // PACKAGE-HASH
                let text = entry.to_str().and_then(|text| text.rsplit_once('-'));
                let Some((package, _)) = text else { continue };
                found.add(vfs, &dir, &entry, package);
            }
            Ok(found)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => new_layout(vfs, profile, found),
        Err(error) => Err(failed(vfs, "open", profile, &fingerprint)(error)),
    }
}

fn new_layout<V: Vfs>(vfs: &V, profile: &V::Dir, mut found: Records) -> Result<Records, Error> {
    let build = name("build");
    let dir = vfs.open_dir(profile, &build).map_err(failed(vfs, "open", profile, &build))?;
    let mut has_any = false;
    for package in subdirectories(vfs, &dir, &mut found)? {
        let (Some(text), Ok(hashes)) = (package.to_str(), vfs.open_dir(&dir, &package)) else {
            continue;
        };
        for hash in subdirectories(vfs, &hashes, &mut found)? {
            let Ok(one) = vfs.open_dir(&hashes, &hash) else { continue };
            has_any |= found.add(vfs, &one, &name("fingerprint"), text);
        }
    }
    if has_any {
        return Ok(found);
    }
    let error = std::io::Error::new(ErrorKind::NotFound, "it holds no records of cargo's");
    Err(Error::new("read", vfs.path(profile), error))
}

fn subdirectories<V: Vfs>(vfs: &V, dir: &V::Dir, found: &mut Records) -> Result<Vec<Name>, Error> {
    let mut names = Vec::new();
    let listed = vfs.list(dir).map_err(|error| Error::new("list", vfs.path(dir), error))?;
    for entry in listed {
        match entry {
            Ok(Entry { name, kind, .. }) if kind.is_none_or(|kind| kind == FileKind::Dir) => {
                names.push(name);
            }
            Ok(_) => {}
            Err(_) => found.is_incomplete = true,
        }
    }
    names.sort_unstable();
    Ok(names)
}

impl Records {
    /// Adds what one directory of records says. Whether there is such a directory.
    fn add<V: Vfs>(&mut self, vfs: &V, parent: &V::Dir, dir: &Name, package: &str) -> bool {
        let listed = vfs.open_dir(parent, dir).and_then(|dir| {
            let mut files = BTreeMap::new();
            for entry in vfs.list(&dir)? {
                let entry = entry?;
                if let (Some(text), Ok(stat)) = (entry.name.to_str(), vfs.stat(&dir, &entry.name)) {
                    files.insert(text.to_string(), stat);
                }
            }
            Ok((dir, files))
        });
        match listed {
            Ok((dir, files)) => self.records.extend(read(vfs, &dir, package, &files)),
            // `cargo clean` at this moment, or a file.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return false;
            }
            Err(_) => self.is_incomplete = true,
        }
        true
    }
}

fn read<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    package: &str,
    files: &BTreeMap<String, Stat>,
) -> Vec<Record> {
    let invoked = files.get("invoked.timestamp");
    let parts = files.iter().filter_map(|(file, stat)| {
        // A compilation that has never succeeded has only the first of them.
        let part = match (file.strip_suffix(".json"), file.strip_prefix("dep-")) {
            (None, None) if file != "invoked.timestamp" && !file.starts_with("output-") => file,
            _ => return None,
        };
        // A program that was run, not compiled.
        let is_run = part.starts_with("run-build-script-");
        (!is_run).then_some((part, stat))
    });
    let mut records: Vec<Record> = parts
        .map(|(part, stat)| Record {
            package: package.into(),
            part: part.clone(),
            features: features(vfs, dir, part),
            started: invoked.map_or(SystemTime::UNIX_EPOCH, |stat| stat.mtime),
            finished: (stat.len > 0).then_some(stat.mtime),
        })
        .collect();
    if let (true, Some(invoked)) = (records.is_empty(), invoked) {
        // Nobody knows which part it is.
        records.push(Record {
            package: package.into(),
            part: String::new(),
            features: None,
            started: invoked.mtime,
            finished: None,
        });
    }
    records
}

/// What a record says of features. That is for people: that it cannot be read changes no conclusion.
fn features<V: Vfs>(vfs: &V, dir: &V::Dir, part: &str) -> Option<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Json {
        features: String,
    }

    let path = RelPath::new(format!("{part}.json")).ok()?;
    let text = vfs.read_file(dir, &path, MOST_OF_A_RECORD).ok()?;
    let json: Json = serde_json::from_slice(&text).ok()?;
    // A list, written as a text of its own.
    serde_json::from_str(&json.features).ok()
}

fn name(text: &str) -> Name {
    Name::new(text).expect("BUG: a good name")
}
