//! One root, and how a path leads to it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_naming::{CACHEDIR_TAG, EntryName, UnitName, is_tag_of_ours};
use incrdir_session::Unit;
use incrdir_vfs::{CapDir, CapVfs, RelPath, Vfs, VfsExt};
use unicode_normalization::UnicodeNormalization;

use super::profile::Profile;
use crate::failure::Failure;
use crate::progress;

/// Where a command works: a root, and which of its units.
pub(crate) struct Place {
    pub(crate) vfs: CapVfs,
    pub(crate) root: CapDir,
    /// The units that were asked for; `None`: all of them.
    pub(crate) units: Option<Vec<UnitName>>,
    /// The profile of cargo's that it belongs to.
    pub(crate) profile: Option<Profile>,
}

impl Place {
    pub(super) fn of_root(vfs: CapVfs, root: CapDir) -> Self {
        Self { vfs, root, units: None, profile: None }
    }

    /// From now on, what takes long here stops when this is set.
    pub(crate) fn stopped_by(self, stop: &Arc<AtomicBool>) -> Self {
        Self { vfs: self.vfs.stopped_by(Arc::clone(stop)), ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        self.vfs.path(&self.root)
    }

    /// Whether nothing can be written or deleted here, because of how it is mounted.
    pub(crate) fn is_read_only(&self) -> bool {
        #[cfg(unix)]
        {
            use rustix::fs::{StatVfsMountFlags, statvfs};

            statvfs(self.path()).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
        }
        #[cfg(not(unix))]
        false
    }

    /// Whether only programs that use incrdir begin sessions here, as far as it can be told.
    pub(crate) fn is_ours(&self) -> bool {
        let tag = RelPath::new(CACHEDIR_TAG).expect("BUG: a good name");
        let text = self.vfs.read_file(&self.root, &tag, MOST_OF_A_TAG);
        text.is_ok_and(|text| is_tag_of_ours(&text))
    }
}

/// How long a tag may be that can be ours.
const MOST_OF_A_TAG: u64 = 4 << 10;

/// Opens a root, or the root of a unit's directory.
pub(crate) fn open(path: &Path, unit: Option<&str>) -> Result<Place, Failure> {
    let (root, own) = root_and_unit(path)?;
    let (vfs, root) = CapVfs::open_ambient_dir(&root)?;
    let vfs = progress::watched(vfs);
    let units = match (own, unit) {
        (Some(own), None) => Some(vec![own]),
        (Some(own), Some(unit)) if is_meant(&own, unit) => Some(vec![own]),
        (Some(own), Some(unit)) => {
            return Err(format!("`{}` is the unit {own}, not `{unit}`", path.display()).into());
        }
        (None, None) => None,
        (None, Some(unit)) => Some(select(&vfs, &root, path, unit)?),
    };
    let profile = Profile::around(&root);
    Ok(Place { profile, units, ..Place::of_root(vfs, root) })
}

pub(super) fn root_and_unit(path: &Path) -> Result<(PathBuf, Option<UnitName>), Failure> {
    let canonical = path.canonicalize().map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound if path.is_symlink() => {
                "; it is a symbolic link: make what it leads to, or remove it"
            }
            ErrorKind::NotFound => "; give a directory that exists",
            ErrorKind::NotADirectory => "; a part of this path is a file",
            _ => "",
        };
        format!("cannot open `{}`: {error}{remedy}", path.display())
    })?;
    if !canonical.is_dir() {
        return Err(format!(
            "`{}` is not a directory; give a root, such as target/debug/incremental, or a unit in one",
            path.display()
        )
        .into());
    }
    Ok(match (unit_of(&canonical), canonical.parent()) {
        (Some(unit), Some(parent)) => (parent.into(), Some(unit)),
        _ => (canonical, None),
    })
}

/// The unit whose directory this is.
pub(crate) fn unit_of(path: &Path) -> Option<UnitName> {
    let name = path.file_name().and_then(|name| UnitName::parse(name.as_encoded_bytes()));
    name.filter(|unit| is_unit(path, unit))
}

/// Whether a directory that is called like a unit is one. Roots may be called so, too (`cache-1700000000000`): what is in
/// it tells, and if there is nothing that does, a whole id.
fn is_unit(path: &Path, name: &UnitName) -> bool {
    let Ok(entries) = path.read_dir() else { return name.is_canonical() };
    let mut holds_units = false;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if EntryName::classify(name.as_encoded_bytes()).is_some() {
            return true;
        }
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        holds_units |= is_dir && UnitName::parse(name.as_encoded_bytes()).is_some();
    }
    name.is_canonical() && !holds_units
}

pub(crate) fn is_meant(unit: &UnitName, asked: &str) -> bool {
    // As texts: some file systems list letters with accents otherwise than they were given.
    [unit.name(), &unit.to_string()].iter().any(|name| name.nfc().eq(asked.nfc()))
}

fn select(vfs: &CapVfs, root: &CapDir, path: &Path, asked: &str) -> Result<Vec<UnitName>, Failure> {
    let (mut units, foreign) = units(vfs, root)?;
    units.retain(|unit| is_meant(unit, asked));
    if units.is_empty() {
        let mut names = foreign.iter().filter_map(|name| name.parse().ok());
        if let Some(unit) = names.find(|unit| is_meant(unit, asked)) {
            // Something else has its name: opening it says what.
            Unit::open(vfs, root, &unit)?;
        }
        return Err(no_such_unit(path, asked));
    }
    Ok(units)
}

pub(super) fn no_such_unit(path: &Path, asked: &str) -> Failure {
    let path = path.display();
    format!("there is no unit `{asked}` in `{path}`; `incrdir ls {path}` lists those there are")
        .into()
}

/// The units of a root in the order of their names, and what else is there.
pub(crate) fn units(vfs: &CapVfs, root: &CapDir) -> Result<(Vec<UnitName>, Vec<String>), Failure> {
    let found = incrdir_gc::units(vfs, root)?;
    if let Some(error) = found.errors.into_iter().next() {
        return Err(incrdir_vfs::Error::new("list", vfs.path(root), error).into());
    }
    let foreign = found.foreign.iter().map(ToString::to_string).collect();
    Ok((found.units, foreign))
}
