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

/// What is before the first `=` is the source.
fn parse_bind(text: OsString) -> Result<Bind, String> {
    match split(&text) {
        Some((source, dest)) if !source.is_empty() && !dest.is_empty() => {
            Ok(Bind { source: source.into(), dest: dest.into() })
        }
        _ => Err("a bind is SRC=DEST, two directories: what CMD sees, and where".into()),
    }
}

#[cfg(unix)]
fn split(text: &OsStr) -> Option<(OsString, OsString)> {
    use std::os::unix::ffi::OsStrExt;

    let at = text.as_bytes().iter().position(|byte| *byte == b'=')?;
    let (source, dest) = text.as_bytes().split_at(at);
    Some((OsStr::from_bytes(source).into(), OsStr::from_bytes(&dest[1..]).into()))
}

#[cfg(not(unix))]
fn split(text: &OsStr) -> Option<(OsString, OsString)> {
    let (source, dest) = text.to_str()?.split_once('=')?;
    Some((source.into(), dest.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_is_split_at_the_first_sign() {
        let bind = |source: &str, dest: &str| Bind { source: source.into(), dest: dest.into() };
        assert_eq!(parse_bind("a=b".into()), Ok(bind("a", "b")));
        assert_eq!(parse_bind("a=b=c".into()), Ok(bind("a", "b=c")));
        for bad in ["", "a", "=", "a=", "=b"] {
            assert!(parse_bind(bad.into()).is_err(), "{bad}");
        }
    }
}
