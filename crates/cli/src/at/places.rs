//! The places that the command line names, as far as their names alone tell whether they go together.
//!
//! What only the file system tells (links, mounts, what is a directory) is checked where CMD will see it.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::at::args::{AtArgs, Bind};
use crate::failure::Failure;

/// Where CMD sees what. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// Where it sees its session.
    pub(crate) at: Option<PathBuf>,
    pub(crate) binds: Vec<Bind>,
    /// Where it starts, if not in `cwd`.
    pub(crate) chdir: Option<PathBuf>,
    /// The working directory of incrdir.
    pub(crate) cwd: PathBuf,
}

impl Places {
    /// `None`: CMD sees everything where it is.
    pub(crate) fn of(args: &AtArgs) -> Result<Option<Self>, Failure> {
        if args.at.is_none() && args.binds.is_empty() && args.chdir.is_none() {
            return Ok(None);
        }
        let cwd = std::env::current_dir()
            .map_err(|error| format!("cannot tell the working directory: {error}"))?;
        Self::from(args, cwd).map(Some)
    }

    fn from(args: &AtArgs, cwd: PathBuf) -> Result<Self, Failure> {
        let absolute = |option: &str, path: &Path| -> Result<PathBuf, Failure> {
            let refused = |why: io::Error| format!("{option} `{}`: {why}", path.display());
            match path.as_os_str().is_empty() {
                true => Err(format!("{option} needs a directory, and its path is empty").into()),
                // By components, so that a slash at the end does not make another path of it.
                false => match std::path::absolute(cwd.join(path)) {
                    Ok(path) => Ok(path.components().collect()),
                    Err(why) => Err(refused(why).into()),
                },
            }
        };
        let at = args.at.as_deref().map(|path| absolute("--at", path)).transpose()?;
        let chdir = args.chdir.as_deref().map(|path| absolute("--chdir", path)).transpose()?;
        let binds: Result<Vec<_>, Failure> = (args.binds.iter())
            .map(|Bind { source, dest }| {
                let (source, dest) = (absolute("--bind", source)?, absolute("--bind", dest)?);
                Ok(Bind { source, dest })
            })
            .collect();
        let places = Self { at, binds: binds?, chdir, cwd };
        places.refuse_overlaps()?;
        Ok(places)
    }

    fn refuse_overlaps(&self) -> Result<(), Failure> {
        if let Some(at) = &self.at
            && !matches!(at.components().next_back(), Some(Component::Normal(_)))
        {
            return Err(format!(
                "--at `{}` does not end with a name, so nothing can be put in its place",
                at.display()
            )
            .into());
        }
        for (number, Bind { dest, .. }) in self.binds.iter().enumerate() {
            let show = dest.display();
            if dest.parent().is_none() {
                return Err(format!("--bind to `{show}` would hide everything").into());
            }
            for Bind { dest: earlier, .. } in &self.binds[..number] {
                if earlier == dest {
                    return Err(format!("--bind names `{show}` twice; say one SRC for it").into());
                }
                if earlier.starts_with(dest) {
                    return Err(format!(
                        "--bind to `{show}` would hide what an earlier --bind shows at `{}`; give them in the other order",
                        earlier.display()
                    )
                    .into());
                }
            }
            if let Some(at) = &self.at
                && dest.starts_with(at)
            {
                return Err(format!(
                    "--bind to `{show}` would be hidden by the session at `{}`; choose another DEST or PATH",
                    at.display()
                )
                .into());
            }
        }
        Ok(())
    }

    /// Where a path is without the binds.
    pub(crate) fn underlying(&self, path: &Path) -> PathBuf {
        let below = |Bind { source, dest }: &Bind| {
            path.strip_prefix(dest).ok().map(|rest| source.join(rest))
        };
        self.binds.iter().rev().find_map(below).unwrap_or_else(|| path.into())
    }

    /// Whether it takes a namespace, because a link cannot do it.
    pub(crate) fn has_binds(&self) -> bool {
        !self.binds.is_empty()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn places(at: Option<&str>, binds: &[(&str, &str)]) -> Result<Places, String> {
        let bind =
            |(source, dest): &(&str, &str)| Bind { source: source.into(), dest: dest.into() };
        let binds = binds.iter().map(bind).collect();
        let args = AtArgs { at: at.map(PathBuf::from), binds, chdir: None, wait: false };
        Places::from(&args, "/w".into()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_goes_together_is_taken() {
        for (at, binds) in [
            (Some("t"), &[][..]),
            (Some("/src/target"), &[("tree", "/src")]),
            (Some("/src/target"), &[("tree", "/src"), ("deps", "/src/deps")]),
            (None, &[("a", "b"), ("b", "a")]),
        ] {
            assert!(places(at, binds).is_ok(), "{at:?} {binds:?}");
        }
        let both = places(Some("./t/"), &[("a", "b")]).unwrap();
        assert_eq!(both.at.unwrap().as_os_str(), "/w/t");
        let bound = places(Some("/src/t"), &[("a", "/src"), ("b", "/src/deps")]).unwrap();
        for (path, underlying) in [("/src/t", "/w/a/t"), ("/src/deps/x", "/w/b/x"), ("/x", "/x")] {
            assert_eq!(bound.underlying(Path::new(path)), Path::new(underlying));
        }
        assert_eq!(both.binds, [Bind { source: "/w/a".into(), dest: "/w/b".into() }]);
    }

    #[test]
    fn what_hides_each_other_is_refused() {
        for (at, binds, says) in [
            (Some(""), &[][..], "its path is empty"),
            (Some("/"), &[], "does not end with a name"),
            (Some("a/.."), &[], "does not end with a name"),
            (None, &[("a", "/")], "would hide everything"),
            (None, &[("a", "x"), ("b", "./x/")], "names `/w/x` twice"),
            (None, &[("a", "x/y"), ("b", "x")], "an earlier --bind shows at `/w/x/y`"),
            (Some("t"), &[("a", "t")], "would be hidden by the session"),
            (Some("t"), &[("a", "t/b")], "would be hidden by the session"),
        ] {
            let refused = places(at, binds).unwrap_err();
            assert!(refused.contains(says), "{at:?} {binds:?}: {refused}");
        }
    }
}
