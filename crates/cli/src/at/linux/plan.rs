//! What the process is to do that becomes CMD, as its arguments. Paths are bytes, so each is an argument of its own.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::path::PathBuf;

use crate::at::args::Bind;
use crate::at::places::Places;

/// The first argument, by which `main` knows such a process. No user needs it.
pub(super) const MARK: &str = "__enter-mount-namespace";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Where it tells how far it came.
    pub(super) answers: RawFd,
    pub(super) places: Places,
    /// The root, which PATH must not hide from itself.
    pub(super) root: PathBuf,
    /// `None`: a rehearsal, which makes nothing and starts nothing.
    pub(super) session: Option<Session>,
    pub(super) command: Vec<OsString>,
}

/// The session's directory, and its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) path: PathBuf,
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl Plan {
    pub(super) fn into_arguments(self) -> Vec<OsString> {
        let Self { answers, places: Places { at, binds, chdir, cwd }, root, session, command } =
            self;
        let or_empty = |path: Option<PathBuf>| path.map(OsString::from).unwrap_or_default();
        let number = |number: Option<u64>| number.unwrap_or(0).to_string().into();
        let mut arguments = vec![
            MARK.into(),
            answers.to_string().into(),
            or_empty(at),
            or_empty(chdir),
            cwd.into(),
            root.into(),
            number(session.as_ref().map(|session| session.device)),
            number(session.as_ref().map(|session| session.inode)),
            or_empty(session.map(|session| session.path)),
            binds.len().to_string().into(),
        ];
        arguments.extend(
            binds.into_iter().flat_map(|Bind { source, dest }| [source.into(), dest.into()]),
        );
        arguments.extend(command);
        arguments
    }

    /// `None`: it was not incrdir that started this.
    pub(super) fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut rest = arguments.into_iter();
        if rest.next()? != MARK {
            return None;
        }
        let answers = rest.next()?.to_str()?.parse().ok()?;
        let mut path = || rest.next().map(PathBuf::from);
        let unless_empty = |path: PathBuf| (!path.as_os_str().is_empty()).then_some(path);
        let (at, chdir, cwd, root) =
            (unless_empty(path()?), unless_empty(path()?), path()?, path()?);
        let device = rest.next()?.to_str()?.parse().ok()?;
        let inode = rest.next()?.to_str()?.parse().ok()?;
        let session = unless_empty(rest.next()?.into());
        let count: usize = rest.next()?.to_str()?.parse().ok()?;
        let mut binds = Vec::new();
        for _ in 0..count {
            binds.push(Bind { source: rest.next()?.into(), dest: rest.next()?.into() });
        }
        Some(Self {
            answers,
            places: Places { at, binds, chdir, cwd },
            root,
            session: session.map(|path| Session { path, device, inode }),
            command: rest.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_plan_survives_as_arguments() {
        let odd = PathBuf::from(OsString::from_vec(b"/\xff=\n".to_vec()));
        let full = |session| Plan {
            answers: 7,
            places: Places {
                at: Some(odd.clone()),
                binds: vec![Bind { source: odd.clone(), dest: "/d".into() }],
                chdir: None,
                cwd: "/w".into(),
            },
            root: "/r".into(),
            session,
            command: vec!["sh".into(), "".into()],
        };
        let session = Session { path: odd.clone(), device: 1, inode: u64::MAX };
        for session in [None, Some(session)] {
            let arguments = full(session.clone()).into_arguments();
            assert_eq!(Plan::from_arguments(arguments.clone()), Some(full(session)));
            for length in 0..12 {
                assert_eq!(Plan::from_arguments(arguments[..length].iter().cloned()), None);
            }
        }
    }
}
