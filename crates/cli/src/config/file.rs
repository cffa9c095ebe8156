//! The configuration file: where it is, whether it can be trusted, and what is in it.
//!
//! It says where CMD writes, so it is trusted like a root: a file that another user owns or may write, or that is in a
//! directory of which that is true, is refused. Links lead to it as to any file; what is looked at is where they lead.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use incrdir_session::{Stranger, stranger, stranger_in_file};
use incrdir_vfs::{Access, CapVfs, FileKind, Name, Vfs};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use toml::Spanned;

use super::keys::{self, Key, variable};
use crate::failure::Failure;
use crate::values::{self, Trusted};

/// Names the file. Empty: there is none.
pub(super) const VARIABLE: &str = "INCRDIR_CONFIG";

/// Who else may own the file.
const TRUSTED: &str = "INCRDIR_TRUST_OWNER";

/// What is longer is something else.
const MOST: u64 = 1 << 20;

/// The file, or where it would be.
pub(super) struct File {
    path: Option<PathBuf>,
    /// `None`: there is none.
    entries: Option<BTreeMap<String, Entry>>,
}

/// What a line says.
pub(super) struct Entry {
    /// The value, as it is written elsewhere.
    pub(super) text: String,
    pub(super) line: usize,
}

impl File {
    /// Reads the file. One that was named must be there, the one in the usual place need not.
    pub(super) fn load() -> Result<Self, Failure> {
        let (path, is_named) = match std::env::var_os(VARIABLE) {
            Some(path) if path.is_empty() => (None, false),
            Some(path) => (Some(PathBuf::from(path)), true),
            None => (usual_place(), false),
        };
        let Some(path) = path else { return Ok(Self { path, entries: None }) };
        let text = match read(&path) {
            Ok(text) => text,
            Err(Unread::Missing(_)) if !is_named => {
                return Ok(Self { path: Some(path), entries: None });
            }
            Err(Unread::Missing(error)) => {
                let path = path.display();
                return Err(format!("cannot read `{path}`, which {VARIABLE} names: {error}").into());
            }
            Err(Unread::Failed(failure)) => return Err(failure),
        };
        let entries = parse(&text).map_err(|(line, why)| located(&path, line, &why))?;
        Ok(Self { path: Some(path), entries: Some(entries) })
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn is_there(&self) -> bool {
        self.entries.is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.as_ref()?.get(key)
    }

    /// Why a value of it cannot be used.
    pub(super) fn refusal(&self, key: &Key, entry: &Entry, why: &str) -> Failure {
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        located(
            path,
            entry.line,
            &format!("invalid value '{}' for {}: {why}", entry.text, key.name),
        )
    }
}

fn located(path: &Path, line: usize, why: &str) -> Failure {
    format!("`{}`, line {line}: {why}", path.display()).into()
}

/// Where such files are on this system.
fn usual_place() -> Option<PathBuf> {
    let places = etcetera::choose_base_strategy().ok()?;
    Some(places.config_dir().join("incrdir").join("config.toml"))
}

/// Why there is no text.
enum Unread {
    /// There is no such file, or no way to it.
    Missing(io::Error),
    Failed(Failure),
}

fn read(path: &Path) -> Result<String, Unread> {
    let failed = |error: &dyn fmt::Display| {
        Unread::Failed(format!("cannot read `{}`: {error}", path.display()).into())
    };
    // Another kind of file where a directory should be, too; and what is below a home directory that the caller may not
    // enter is somebody else's, as after `setpriv`.
    let real = path.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied => {
            Unread::Missing(error)
        }
        _ => failed(&error),
    })?;
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(failed(&"it is a directory"));
    };
    let (vfs, dir) = CapVfs::open_ambient_dir(parent).map_err(|error| failed(&error))?;
    let name = Name::new(name).map_err(|error| failed(&error))?;
    match vfs.stat(&dir, &name).map_err(|error| failed(&error))?.kind {
        FileKind::File => {}
        FileKind::Dir => return Err(failed(&"it is a directory")),
        _ => return Err(failed(&"it is not a regular file")),
    }
    let mut file = vfs.open_file(&dir, &name, Access::Read).map_err(|error| failed(&error))?;
    let trusted = trusted().map_err(Unread::Failed)?;
    if !trusted.contains(&Trusted::Any) {
        let user = |trusted: &Trusted| match trusted {
            Trusted::User(user) => Some(*user),
            Trusted::Any => None,
        };
        let users: Vec<u32> = trusted.iter().filter_map(user).collect();
        let in_dir = stranger(&vfs, &dir, &users).map_err(|error| Unread::Failed(error.into()))?;
        let in_file = stranger_in_file(&vfs, &file, &users).map_err(|error| failed(&error))?;
        let found = in_file.map(|who| (&*real, who)).or(in_dir.map(|who| (parent, who)));
        if let Some((what, who)) = found {
            return Err(Unread::Failed(refusal(path, what, who)));
        }
    }
    let mut text = Vec::new();
    let read = (&mut file).take(MOST + 1).read_to_end(&mut text).map_err(|error| failed(&error))?;
    if read as u64 > MOST {
        return Err(failed(&"it is longer than 1 MiB, and so not a configuration file"));
    }
    String::from_utf8(text).map_err(|_| failed(&"it is not UTF-8"))
}

/// Users whose files are read like the caller's own.
fn trusted() -> Result<Vec<Trusted>, Failure> {
    let Some(list) = variable(TRUSTED) else { return Ok(Vec::new()) };
    let list = list.to_string_lossy();
    let read = |text: &str| {
        values::trusted(text).map_err(|why| format!("invalid value '{text}' for {TRUSTED}: {why}"))
    };
    Ok(list.split(',').map(read).collect::<Result<_, _>>()?)
}

fn refusal(path: &Path, what: &Path, who: Stranger) -> Failure {
    let (is, remedy) = match who {
        Stranger::Owner(user) => (
            format!("belongs to user {user}"),
            format!("trust them with {TRUSTED}={user}, or name a file of your own with {VARIABLE}"),
        ),
        Stranger::Group(group) => (
            format!("may be written by group {group}"),
            "take that right away (`chmod g-w`)".into(),
        ),
        _ => ("may be written by everybody".into(), "take that right away (`chmod o-w`)".into()),
    };
    format!(
        "cannot use `{}`: `{}` {is}, so that others could choose where CMD writes with your rights; {remedy}",
        path.display(),
        what.display()
    )
    .into()
}

/// Reads the lines. In an error, the number of the line comes first.
fn parse(text: &str) -> Result<BTreeMap<String, Entry>, (usize, String)> {
    let line_of = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let read = toml::from_str::<BTreeMap<Spanned<String>, Spanned<Text>>>(text);
    let read = read.map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (line_of(at), error.message().to_string())
    })?;
    let mut entries = BTreeMap::new();
    for (key, value) in read {
        let line = line_of(key.span().start);
        let key = key.into_inner();
        if !keys::ALL.iter().any(|known| known.name == key) {
            let known: Vec<_> = keys::ALL.iter().map(|known| known.name).collect();
            return Err((line, format!("there is no key `{key}`; there are {}", known.join(", "))));
        }
        entries.insert(key, Entry { text: value.into_inner().0, line });
    }
    Ok(entries)
}

/// A number or a text: what it means is decided where the same value of the environment is read.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes or a number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_numbered() {
        let entries = parse("# mine\nkeep = 3\n\nmax_age = \"30d\"\nroot = '/c'\n").unwrap();
        let seen: Vec<_> =
            entries.iter().map(|(key, entry)| (&**key, &*entry.text, entry.line)).collect();
        assert_eq!(seen, [("keep", "3", 2), ("max_age", "30d", 4), ("root", "/c", 5)]);
        assert!(parse("").unwrap().is_empty());
        assert_eq!(parse("\u{feff}keep = 1\r\n").unwrap()["keep"].line, 1);
    }

    #[test]
    fn mistakes_have_their_lines() {
        for (text, line, says) in [
            ("keep = 3\nkep = 4", 2, "no key `kep`; there are root, keep,"),
            ("keep = 3\n\nkeep = 4", 3, "duplicate key"),
            ("keep", 1, "expected"),
            ("\n\nkeep = true", 3, "expected a text in quotes or a number"),
            ("free = [\"15%\"]", 1, "expected a text in quotes or a number"),
            ("[policy]\nkeep = 3", 1, "expected a text in quotes or a number"),
            ("max_age = 30d", 1, ""),
        ] {
            let Err((at, why)) = parse(text) else { panic!("{text}") };
            assert_eq!(at, line, "{text}: {why}");
            assert!(why.contains(says), "{text}: {why}");
        }
    }
}
