//! All roots below directories.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_discover::{Found, Scope, discover};
use incrdir_naming::{EntryName, State, UnitName};
use incrdir_vfs::{CapDir, CapVfs, FileId, Vfs};

use super::cargo;
use super::one::{Place, root_and_unit};
use super::profile::Profile;
use crate::failure::{Failure, chain};
use crate::output::say;
use crate::progress;

/// Messages about single directories that are printed: on a whole machine there are many.
const MAX_MESSAGES: usize = 10;

/// What was found below some directories.
#[derive(Default)]
pub(crate) struct Below {
    pub(crate) places: Vec<Place>,
    /// Directories that were searched.
    pub(crate) directories: u64,
    /// Directories that could not be read, but for those for which the permission is missing.
    pub(crate) failed: usize,
    /// Directories that may not be read.
    pub(crate) forbidden: usize,
    /// What is mounted, and was not entered.
    pub(crate) mounts: Vec<PathBuf>,
    pub(crate) interrupted: bool,
}

/// Finds the roots below each of the directories, each once, in the order of their paths. `crosses`: also in what is mounted there.
pub(crate) fn below(dirs: &[PathBuf], crosses: bool, stop: &Arc<AtomicBool>) -> Below {
    raise_limit_of_descriptors();
    let mut search =
        Search { all: Below::default(), seen: BTreeSet::new(), tops: BTreeSet::new(), messages: 0 };
    for dir in dirs {
        // The others are searched all the same: this is for a timer, and a disk may be missing.
        if let Err(failure) = search.dir(dir, crosses, stop) {
            search.cannot(&chain(&*failure), true);
        }
        if search.all.interrupted {
            break;
        }
    }
    search.all.places.sort_by(|one, other| one.path().cmp(other.path()));
    let silent = search.messages.saturating_sub(MAX_MESSAGES);
    if silent > 0 {
        say(format_args!("{silent} more directories that could not be searched"));
    }
    search.all
}

struct Search {
    all: Below,
    /// The roots that were found.
    seen: BTreeSet<FileId>,
    /// Where walks began. A mount of one of them would be walked again, and again.
    tops: BTreeSet<FileId>,
    messages: usize,
}

impl Search {
    fn dir(&mut self, dir: &Path, crosses: bool, stop: &Arc<AtomicBool>) -> Result<(), Failure> {
        let (root, unit) = root_and_unit(dir)?;
        refuse_published(&root)?;
        let (vfs, root) = CapVfs::open_ambient_dir(&root)?;
        let vfs = progress::watched(vfs.stopped_by(Arc::clone(stop)));
        let Some(unit) = unit else { return self.walk(vfs, root, crosses) };
        self.add(Place { units: Some(vec![unit]), ..Place::of_root(vfs, root) })
    }

    fn walk(&mut self, vfs: CapVfs, top: CapDir, crosses: bool) -> Result<(), Failure> {
        let mut mounts = vec![top];
        while let Some(top) = mounts.pop() {
            if !self.tops.insert(vfs.stat_dir(&top)?.stat.id) {
                continue;
            }
            let mut found = Vec::new();
            let mut crossed = Vec::new();
            let walked = discover(&vfs, &top, &Scope::default(), &mut |what| {
                match what {
                    Found::Root(root) => match cargo::of_root(&vfs, &top, &root) {
                        Ok(place) => found.push(place),
                        Err(error) => self.cannot(&chain(&*error), true),
                    },
                    Found::Mount(path) if crosses => crossed.push(vfs.path(&top).join(path)),
                    Found::Mount(path) => self.all.mounts.push(vfs.path(&top).join(path)),
                    Found::Unreadable(error) => {
                        let is_failure = error.kind() != ErrorKind::PermissionDenied;
                        self.cannot(&chain(&error), is_failure);
                    }
                    Found::TooDeep(path) => {
                        let path = vfs.path(&top).join(path);
                        let says =
                            "is nested too deeply for any path; what is below was not searched";
                        self.cannot(&format!("`{}` {says}", shortened(&path)), false);
                    }
                    _ => {}
                }
                ControlFlow::Continue(())
            })?;
            self.all.directories += walked.directories;
            self.all.interrupted |= walked.interrupted;
            for place in found {
                self.add(place)?;
            }
            if walked.interrupted {
                return Ok(());
            }
            for path in crossed {
                match CapVfs::open_ambient_dir(&path) {
                    Ok((_, dir)) if has_no_size(&vfs, &dir) => {}
                    Ok((_, dir)) => mounts.push(dir),
                    // A file, or gone.
                    Err(error)
                        if matches!(
                            error.kind(),
                            ErrorKind::NotADirectory | ErrorKind::NotFound
                        ) => {}
                    Err(error) => {
                        let is_failure = error.kind() != ErrorKind::PermissionDenied;
                        self.cannot(
                            &format!("cannot open `{}`: {error}", path.display()),
                            is_failure,
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// A root that was found in two ways, or below two of the directories, is one.
    fn add(&mut self, mut place: Place) -> Result<(), Failure> {
        // The search may have begun in it.
        place.profile = place.profile.or_else(|| Profile::around(&place.root));
        let id = place.vfs.stat_dir(&place.root)?.stat.id;
        if place.units.is_some() || self.seen.insert(id) {
            self.all.places.push(place);
        }
        Ok(())
    }

    fn cannot(&mut self, message: &str, is_failure: bool) {
        self.messages += 1;
        match is_failure {
            true => self.all.failed += 1,
            false => self.all.forbidden += 1,
        }
        if self.messages <= MAX_MESSAGES {
            say(message);
        }
    }
}

/// File systems like `/proc` have nothing to count, by which `df` knows them, too.
fn has_no_size(vfs: &CapVfs, dir: &CapDir) -> bool {
    vfs.space(dir).is_err_and(|error| error.kind() == ErrorKind::Unsupported)
}

/// What is published never changes, also where it is itself a directory with sessions in it.
fn refuse_published(path: &Path) -> Result<(), Failure> {
    let name_of = |path: &Path| path.file_name().map(|name| name.as_encoded_bytes().to_vec());
    let is_published = |path: &&Path| {
        let session = name_of(path).and_then(|name| EntryName::classify(&name));
        let unit = path.parent().and_then(name_of).and_then(|name| UnitName::parse(&name));
        let published = matches!(
            session,
            Some(EntryName::Session(session)) if matches!(session.state, State::Published(_))
        );
        published && unit.is_some()
    };
    match path.ancestors().find(is_published) {
        None => Ok(()),
        Some(session) => Err(format!(
            "`{}` is in the published session `{}`, which does not change any more",
            path.display(),
            session.display()
        )
        .into()),
    }
}

fn shortened(path: &Path) -> String {
    const MOST: usize = 80;
    let text = path.to_string_lossy();
    match text.char_indices().nth(MOST) {
        None => text.into_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Each root stays open during a pass, and a machine may have more of them than a process may usually open files.
fn raise_limit_of_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
