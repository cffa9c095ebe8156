//! A path below a directory.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::Name;

/// A path below a directory: one [`Name`] or more, so never empty, never absolute, and without `..`.
///
/// ```
/// use incrdir_vfs::RelPath;
///
/// # fn main() -> Result<(), incrdir_vfs::RelPathError> {
/// let path = RelPath::new("a/./b//c")?;
/// assert_eq!(path.to_string(), "a/b/c");
/// let (file, directories) = path.split_last();
/// assert_eq!((file.to_str(), directories.len()), (Some("c"), 2));
/// assert!(RelPath::new("../c").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Vec<Name>);

impl RelPath {
    /// Takes a path apart. What stands for the directory itself (`.`, doubled and trailing separators) is left out.
    ///
    /// # Errors
    ///
    /// [`RelPathError`] if the path is absolute or has a prefix, goes up (`..`), is empty, or has a part that cannot be a name.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, RelPathError> {
        let path = path.as_ref();
        let refused = |component: &OsStr, why: &str| {
            let (path, component, why) = (path.into(), component.into(), why.into());
            Err(RelPathError { path, component, why })
        };
        let mut names = Vec::new();
        for component in path.components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => return refused(component.as_os_str(), "leads out of it"),
                Component::RootDir | Component::Prefix(_) => {
                    return refused(component.as_os_str(), "makes it absolute");
                }
                Component::Normal(name) => match Name::new(name) {
                    Ok(name) => names.push(name),
                    Err(error) => {
                        return refused(name, &format!("cannot be a name: {}", error.why()));
                    }
                },
            }
        }
        match names.is_empty() {
            true => refused(path.as_os_str(), "names nothing in it"),
            false => Ok(Self(names)),
        }
    }

    /// All names, from the outermost directory to the file.
    pub fn names(&self) -> &[Name] {
        &self.0
    }

    /// The last name, and the directories that lead to it.
    pub fn split_last(&self) -> (&Name, &[Name]) {
        self.0.split_last().expect("BUG: a relative path has a name")
    }

    /// The directory that the path leads to, without the last name. `None`: there is only one name.
    pub fn parent(&self) -> Option<Self> {
        let (_, directories) = self.split_last();
        (!directories.is_empty()).then(|| Self(directories.to_vec()))
    }
}

impl From<Name> for RelPath {
    fn from(name: Name) -> Self {
        Self(vec![name])
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().collect::<PathBuf>().display().fmt(f)
    }
}

/// The text is not a path below a directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} is not a path below a directory: {component:?} {why}")]
pub struct RelPathError {
    path: PathBuf,
    component: OsString,
    why: String,
}

impl RelPathError {
    /// The text.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The first part of it that is at fault; all of it if it has no part that names anything.
    pub fn component(&self) -> &OsStr {
        &self.component
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_down_is_a_path() {
        for (good, is) in
            [("a", "a"), ("a/b", "a/b"), ("./a", "a"), ("a//b/", "a/b"), ("a/./b", "a/b")]
        {
            let separator = std::path::MAIN_SEPARATOR_STR;
            assert_eq!(RelPath::new(good).unwrap().to_string(), is.replace('/', separator));
        }
        for (bad, component) in [
            ("", ""),
            (".", "."),
            ("/", "/"),
            ("/a", "/"),
            ("..", ".."),
            ("a/..", ".."),
            ("a/../b", ".."),
            ("a/b\0", "b\0"),
        ] {
            let error = RelPath::new(bad).unwrap_err();
            // The root is spelled as the system does.
            let component =
                if component == "/" { std::path::MAIN_SEPARATOR_STR } else { component };
            assert_eq!(error.component(), component, "{error}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_said_with_the_reason() {
        let error = RelPath::new("a/b\0/c").unwrap_err().to_string();
        assert!(error.ends_with("cannot be a name: it is not a single file name"), "{error}");
    }
}
