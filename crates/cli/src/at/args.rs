//! The options that say where CMD sees its session and other directories.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};

/// Where CMD sees what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fixed paths")]
pub(crate) struct AtArgs {
    /// Show CMD its session at PATH, whatever its real name; any number of runs at a time have their own there
    ///
    /// Made if it is missing. CMD gets a mount namespace, where the system lets it; otherwise PATH is a symbolic link
    /// for the time of the run, and one run at a time has it.
    #[arg(long, value_name = "PATH")]
    pub(crate) at: Option<PathBuf>,
    /// Show CMD the directory SRC at DEST, in a mount namespace (Linux only); may be repeated
    #[arg(long = "bind", value_name = "SRC=DEST", value_parser = OsStringValueParser::new().try_map(parse_bind))]
    pub(crate) binds: Vec<Bind>,
    /// Start CMD in this directory, as CMD sees it
    #[arg(long, value_name = "DIR")]
    pub(crate) chdir: Option<PathBuf>,
    /// Wait for another run that has PATH for itself, instead of failing
    #[arg(long, requires = "at")]
    pub(crate) wait: bool,
}

/// A directory, and where CMD sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bind {
    pub(crate) source: PathBuf,
    pub(crate) dest: PathBuf,
}

/// Names may have a `=` in them: the source ends at the first one that a directory is before, or else at the first.
fn parse_bind(text: OsString) -> Result<Bind, String> {
    let splits = splits(&text);
    let is_there = |bind: &&Bind| bind.source.is_dir();
    let bind = splits.iter().find(is_there).or(splits.first());
    bind.cloned()
        .ok_or_else(|| "a bind is SRC=DEST, two directories: what CMD sees, and where".into())
}

/// All ways to read it.
fn splits(text: &OsStr) -> Vec<Bind> {
    let bytes = text.as_encoded_bytes();
    let signs = (1..bytes.len().saturating_sub(1)).filter(|at| bytes[*at] == b'=');
    signs.map(|at| Bind { source: part(text, ..at), dest: part(text, at + 1..) }).collect()
}

#[cfg(unix)]
fn part(text: &OsStr, range: impl std::slice::SliceIndex<[u8], Output = [u8]>) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;

    OsStr::from_bytes(&text.as_bytes()[range]).into()
}

/// What is not Unicode has replacement characters, and is not found.
#[cfg(not(unix))]
fn part(text: &OsStr, range: impl std::slice::SliceIndex<[u8], Output = [u8]>) -> PathBuf {
    String::from_utf8_lossy(&text.as_encoded_bytes()[range]).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_is_split_where_a_directory_ends() {
        let bind = |source: &str, dest: &str| Bind { source: source.into(), dest: dest.into() };
        assert_eq!(parse_bind("a=b".into()), Ok(bind("a", "b")));
        assert_eq!(parse_bind("a=b=c".into()), Ok(bind("a", "b=c")));
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("a=b");
        std::fs::create_dir(&odd).unwrap();
        let text = OsString::from(format!("{}=c=d", odd.display()));
        assert_eq!(parse_bind(text), Ok(Bind { source: odd, dest: "c=d".into() }));
        for bad in ["", "a", "=", "a=", "=b"] {
            assert!(parse_bind(bad.into()).is_err(), "{bad}");
        }
    }
}
