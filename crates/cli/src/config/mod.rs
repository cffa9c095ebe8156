//! Settings of the environment and of the configuration file.
//!
//! An option on the command line comes before the environment, that before the file, and that before the default. `keys`
//! says what can be set, `file` finds and reads the file and refuses one that others may write, `show` is `incrdir config`.
//!
//! A command that has use for a setting loads all of them, asks its option first and the setting then:
//! `args.keep.or(config.keep.value())`. The others load nothing, so that a bad file does not stop them.

mod file;
mod keys;
mod show;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use incrdir_remote::Scope;

use crate::failure::Failure;
use crate::values::{self, FreeShare, Size};
use file::File;
use keys::{Key, variable};

pub(crate) use show::{ConfigArgs, config};

/// What the environment and the file say, as far as they say anything.
pub(crate) struct Config {
    /// The directory that holds the units.
    pub(crate) root: Setting<PathBuf>,
    /// How many published sessions of a unit are kept.
    pub(crate) keep: Setting<NonZeroUsize>,
    /// How old a leftover without a record must be.
    pub(crate) grace: Setting<Duration>,
    /// How long quarantined sessions are kept.
    pub(crate) quarantine: Setting<Duration>,
    /// How long a unit may be unused.
    pub(crate) max_age: Setting<Duration>,
    /// How much all units may hold together.
    pub(crate) max_size: Setting<Size>,
    /// How much of the file system is to be free.
    pub(crate) free: Setting<FreeShare>,
    /// The store to pull from.
    pub(crate) pull: Setting<String>,
    /// The store to push to.
    pub(crate) push: Setting<String>,
    /// One's own scope of a store.
    pub(crate) scope: Setting<Scope>,
    /// Whose signatures are trusted: keys, or files with keys, with commas between them.
    pub(crate) trust_key: Setting<String>,
    /// The file with the key to sign with.
    pub(crate) sign_key: Setting<PathBuf>,
    file: File,
}

/// One setting, and where it comes from.
pub(crate) struct Setting<T> {
    given: Option<(T, Origin)>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// This variable.
    Environment(&'static str),
    /// This line of the file.
    File(usize),
}

impl<T: Clone> Setting<T> {
    /// The value, if there is one.
    pub(crate) fn value(&self) -> Option<T> {
        self.given.as_ref().map(|(value, _)| value.clone())
    }
}

impl Config {
    /// Reads the environment and the file.
    pub(crate) fn load() -> Result<Self, Failure> {
        let file = File::load()?;
        Ok(Self {
            root: path(&file, &keys::ROOT)?,
            keep: setting(&file, &keys::KEEP, values::keep)?,
            grace: setting(&file, &keys::GRACE, values::time)?,
            quarantine: setting(&file, &keys::QUARANTINE, values::time)?,
            max_age: setting(&file, &keys::MAX_AGE, values::time)?,
            max_size: setting(&file, &keys::MAX_SIZE, str::parse)?,
            free: setting(&file, &keys::FREE, str::parse)?,
            pull: setting(&file, &keys::PULL, values::store)?,
            push: setting(&file, &keys::PUSH, values::store)?,
            scope: setting(&file, &keys::SCOPE, values::scope)?,
            trust_key: setting(&file, &keys::TRUST_KEY, |text| Ok(text.into()))?,
            sign_key: path(&file, &keys::SIGN_KEY)?,
            file,
        })
    }

    /// The root to work in: the one that was given with this option, or else the one that is set.
    pub(crate) fn root(&self, given: Option<&Path>, option: &str) -> Result<PathBuf, Failure> {
        let root = given.map(PathBuf::from).or(self.root.value());
        root.ok_or_else(|| {
            let variable = keys::ROOT.variable;
            let elsewhere = match self.file.path() {
                Some(path) => {
                    format!(", set {variable}, or write `root = \"DIR\"` into `{}`", path.display())
                }
                None => format!(" or set {variable}"),
            };
            format!("there is no root: give {option}{elsewhere}").into()
        })
    }
}

fn setting<T>(
    file: &File,
    key: &Key,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Setting<T>, Failure> {
    let given = match (variable(key.variable), file.get(key.name)) {
        (Some(text), _) => {
            let text = text.to_string_lossy();
            let value = read(&text)
                .map_err(|why| format!("invalid value '{text}' for {}: {why}", key.variable))?;
            Some((value, Origin::Environment(key.variable)))
        }
        (None, Some(entry)) => {
            let value = read(&entry.text).map_err(|why| file.refusal(key, entry, &why))?;
            Some((value, Origin::File(entry.line)))
        }
        (None, None) => None,
    };
    Ok(Setting { given })
}

/// A path of the environment may be anything, as one of the command line. One of the file is not relative to anything.
fn path(file: &File, key: &'static Key) -> Result<Setting<PathBuf>, Failure> {
    if let Some(path) = variable(key.variable) {
        // No shell expands it in a unit of systemd or a Dockerfile.
        if path.as_encoded_bytes().starts_with(b"~") {
            let (name, path) = (key.variable, path.to_string_lossy());
            return Err(format!("invalid value '{path}' for {name}: ~ means nothing here; write $HOME or the whole path").into());
        }
        let origin = Origin::Environment(key.variable);
        return Ok(Setting { given: Some((PathBuf::from(path), origin)) });
    }
    let read = |text: &str| match text.strip_prefix("~/") {
        Some(rest) => etcetera::home_dir()
            .map(|home| home.join(rest))
            .map_err(|_| "there is no home directory that ~ could be".into()),
        None if Path::new(text).is_absolute() => Ok(text.into()),
        None => Err(format!("a {} in a file is an absolute path, or begins with ~/", key.name)),
    };
    setting(file, key, read)
}
