//! What writers that died left in a store that is a directory: files that were to become objects.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::{Objects, in_dir, is_its_own};
use crate::{Store, StoreError, layout};

/// Files that never became objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Leftovers {
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Objects {
    /// Removes from a store that is a directory what writers left there that died before this grace, by the store's clock; or only counts it. Other
    /// stores keep nothing of half a request.
    ///
    /// In a directory, `object_store` writes `{key}#{number}` first and renames that to `{key}`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the directory cannot be read, or a file not be removed.
    pub fn remove_leftovers(
        &self,
        grace: Duration,
        is_dry_run: bool,
    ) -> Result<Leftovers, StoreError> {
        let Some(dir) = self.dir.clone() else { return Ok(Leftovers::default()) };
        // Whoever collects has just set a clock there. One that is ahead of ours is not believed.
        let clocks = self.list(layout::CLOCKS)?.into_iter().map(|stored| stored.modified);
        #[expect(clippy::disallowed_methods, reason = "a store is the world")]
        let now = clocks.max().unwrap_or(SystemTime::UNIX_EPOCH).min(SystemTime::now());
        let Some(before) = now.checked_sub(grace) else { return Ok(Leftovers::default()) };
        self.call("clear", layout::TOP, in_dir(move || clear(&dir, before, is_dry_run)))
    }
}

fn clear(dir: &Path, before: SystemTime, is_dry_run: bool) -> io::Result<Leftovers> {
    let mut left = Leftovers::default();
    let top = dir.join(layout::TOP.trim_end_matches('/'));
    for entry in WalkDir::new(top).same_file_system(true) {
        let entry = match entry.map_err(io::Error::from) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entry => entry?,
        };
        let key = entry.path().strip_prefix(dir).ok().and_then(Path::to_str);
        let Some(key) = key.map(|key| key.replace(std::path::MAIN_SEPARATOR, "/")) else {
            continue;
        };
        if !entry.file_type().is_file() || !is_half_written(&key) {
            continue;
        }
        let Ok(about) = entry.metadata() else { continue };
        if about.modified()? >= before {
            continue;
        }
        if !is_dry_run {
            is_its_own(dir, &key)?;
            #[expect(clippy::disallowed_methods, reason = "a store is the world")]
            match std::fs::remove_file(entry.path()) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                removed => removed?,
            }
        }
        left.files += 1;
        left.bytes = left.bytes.saturating_add(about.len());
    }
    Ok(left)
}

/// Whether it was to become something of ours.
fn is_half_written(key: &str) -> bool {
    let Some((key, number)) = key.rsplit_once('#') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && layout::is_ours(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_to_become_ours_is_half_written() {
        let unit = "suite-0000000000007";
        let name = format!("{}-0000000000000005", "ab".repeat(32));
        for key in [
            format!("1/o/{unit}/main/{name}#1"),
            format!("1/{unit}/main/hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb#12"),
            format!("1/n/{unit}/0000000000000005#3"),
            format!("1/d/{unit}/0000000000000005#3"),
            format!("1/t/{unit}/main#2"),
        ] {
            assert!(is_half_written(&key), "{key}");
        }
        for key in [
            format!("1/o/{unit}/main/{name}"),
            format!("1/o/{unit}/main/{name}#"),
            format!("1/o/{unit}/main/{name}#1a"),
            format!("1/o/{unit}/main/notes.txt#1"),
            format!("1/{unit}/main/x#1"),
            format!("1/n/{unit}/x#1"),
            "1/foreign#1".into(),
            "1/o/foreign/x#1".into(),
        ] {
            assert!(!is_half_written(&key), "{key}");
        }
    }
}
