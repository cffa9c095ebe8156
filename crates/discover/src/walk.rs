//! The walk.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::PathBuf;

use incrdir_naming::{CACHEDIR_TAG, is_tag_of_ours};
use incrdir_session::walk::{Pending, Trail, Way};
use incrdir_vfs::{Error, Name, RelPath, Step, Vfs, VfsExt, Work, failed};

use crate::limits::{MAX_PATH, Scope, TAG_BYTES};
use crate::look::{Look, Place, is_canonical_unit, is_tag_of_cargo, is_unit_name};
use crate::{Found, Root, Sign, observe};

/// What a walk came by.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walked {
    /// Directories that were listed.
    pub directories: u64,
    /// Directories that were gone, or something else, when the walk came to them.
    pub vanished: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// Walks through a directory and all below it, and passes what it finds to `visit`, each root once. A root is told of before what is
/// in it, unless a unit gives it away. Breaking stops the walk, and so does [`Vfs::is_stopped`].
///
/// Nothing is locked or written. What changes meanwhile may be missed, as with any walk.
///
/// # Errors
///
/// If `dir` itself cannot be listed. What cannot be read below it is [`Found::Unreadable`].
pub fn discover<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    scope: &Scope,
    visit: &mut dyn FnMut(Found<'_, V>) -> ControlFlow<()>,
) -> Result<Walked, Error> {
    let span = observe::discover(vfs, dir);
    let mut visit = |found: Found<'_, V>| {
        observe::found(vfs, &found);
        visit(found)
    };
    let walked = walk(vfs, dir, scope, &mut visit);
    match &walked {
        Ok(it) => observe::walked(&span, it.directories, it.vanished, it.interrupted),
        Err(error) => observe::failed(&span, error),
    }
    walked
}

fn walk<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    scope: &Scope,
    visit: &mut dyn FnMut(Found<'_, V>) -> ControlFlow<()>,
) -> Result<Walked, Error> {
    let top = vfs.list(dir).map_err(|error| Error::new("list", vfs.path(dir), error))?;
    let mut walk = Walk {
        vfs,
        scope,
        visit,
        trail: Trail::new(vfs, dir),
        levels: vec![Level::default()],
        walked: Walked { directories: 1, ..Walked::default() },
    };
    let mut pending = Pending::new();
    let top = Look::new(top);
    let is_unit = top.holds_entries
        && vfs
            .path(dir)
            .file_name()
            .and_then(|name| Name::new(name).ok())
            .is_some_and(|name| is_unit_name(&name));
    // Sessions are not entered, also if the walk begins in their unit.
    let mut flow = if is_unit { ControlFlow::Continue(Below::new()) } else { walk.directory(top) };
    while let ControlFlow::Continue(below) = flow {
        if vfs.is_stopped() {
            flow = ControlFlow::Break(());
            break;
        }
        pending.add(below);
        let Some(length) = pending.next(&mut walk.trail) else {
            return Ok(walk.walked);
        };
        flow = walk.enter(length);
    }
    walk.walked.interrupted = flow.is_break();
    Ok(walk.walked)
}

/// The directories to go on with, each with the length of its path.
type Below = Vec<(Name, usize)>;

struct Walk<'a, V: Vfs> {
    vfs: &'a V,
    scope: &'a Scope,
    visit: &'a mut dyn FnMut(Found<'_, V>) -> ControlFlow<()>,
    trail: Trail<'a, V>,
    /// One for each directory on the way, the first for where the walk began.
    levels: Vec<Level>,
    walked: Walked,
}

/// What is known of a directory on the way.
#[derive(Debug, Default)]
struct Level {
    /// The length of its path.
    length: usize,
    is_target: bool,
    /// It was told of.
    is_root: bool,
}

impl<V: Vfs> Walk<'_, V> {
    /// Looks at the directory that the trail has come to.
    fn enter(&mut self, length: usize) -> ControlFlow<(), Below> {
        let depth = self.trail.depth();
        self.levels.truncate(depth);
        let name = self.trail.names().last().cloned();
        let is_below_root = self.levels.last().is_some_and(|parent| parent.is_root);
        self.levels.push(Level { length, ..Level::default() });
        // A sibling of a unit: it is one, or would be.
        if is_below_root && name.as_ref().is_some_and(is_canonical_unit) {
            return ControlFlow::Continue(Below::new());
        }
        let listed = self.trail.here().and_then(|dir| {
            self.vfs.list(dir).map_err(|error| Error::new("list", self.vfs.path(dir), error))
        });
        let look = match listed {
            Ok(listed) => Look::new(listed),
            Err(error) => {
                self.not_entered(error)?;
                return ControlFlow::Continue(Below::new());
            }
        };
        self.walked.directories += 1;
        self.vfs.step(Step::new(Work::Discover, self.walked.directories));
        match name {
            Some(name) if look.holds_entries && is_unit_name(&name) => {
                self.unit(name)?;
                ControlFlow::Continue(Below::new())
            }
            _ => self.directory(look),
        }
    }

    /// Tells what a directory is, and says where to go on.
    fn directory(&mut self, mut look: Look) -> ControlFlow<(), Below> {
        if let Some(error) = look.error.take() {
            let path = self.vfs.path(self.trail.root()).join(self.path());
            (self.visit)(Found::Unreadable(Error::new("list", path, error)))?;
        }
        let place = self.place(&look);
        let (depth, here) = (self.trail.depth(), self.levels.len() - 1);
        match place {
            Place::Root => {
                self.levels[here].is_root = true;
                self.root(None, Sign::Tag)?;
            }
            Place::Target => self.levels[here].is_target = true,
            Place::Profile => {
                let target = self.levels.iter().rposition(|level| level.is_target);
                let sign = Sign::Cargo { target: target.unwrap_or(depth.saturating_sub(1)) };
                let incremental = look.incremental().cloned();
                self.root(incremental, sign)?;
            }
            Place::Any => {}
        }
        if depth >= self.scope.depth {
            return ControlFlow::Continue(Below::new());
        }
        look.leave_out(place);
        let length = self.levels[here].length;
        let below = look.dirs.into_iter().map(|name| {
            let separator = usize::from(length > 0);
            let length = length + separator + name.as_os_str().len();
            (name, length)
        });
        let (below, too_deep): (Below, Below) = below.partition(|(_, length)| *length <= MAX_PATH);
        if !too_deep.is_empty() {
            let path = self.path();
            (self.visit)(Found::TooDeep(path))?;
        }
        ControlFlow::Continue(below)
    }

    fn place(&mut self, look: &Look) -> Place {
        let tag = look.has_tag.then(|| self.tag()).flatten().unwrap_or_default();
        if is_tag_of_ours(&tag) {
            Place::Root
        } else if look.incremental().is_some() {
            Place::Profile
        } else if look.has_rustc_info || is_tag_of_cargo(&tag) {
            Place::Target
        } else {
            Place::Any
        }
    }

    /// The text of a tag. Nothing depends on one that cannot be read: units and lock files tell as well.
    fn tag(&mut self) -> Option<Vec<u8>> {
        let name = RelPath::new(CACHEDIR_TAG).expect("BUG: a good name");
        let dir = self.trail.here().ok()?;
        self.vfs.read_file(dir, &name, TAG_BYTES).ok()
    }

    /// The directory that the trail is at is a unit, so the one that it is in is a root.
    fn unit(&mut self, name: Name) -> ControlFlow<()> {
        let parent = self.levels.len() - 2;
        if self.levels[parent].is_root {
            return ControlFlow::Continue(());
        }
        self.levels[parent].is_root = true;
        self.trail.leave();
        let told = self.root(None, Sign::Unit);
        self.trail.enter(name);
        told
    }

    /// Tells of a root: the directory that the trail is at, or one in it.
    fn root(&mut self, within: Option<Name>, sign: Sign) -> ControlFlow<()> {
        let names: Vec<Name> = self.trail.names().chain(&within).cloned().collect();
        let vfs = self.vfs;
        let here = match self.trail.here() {
            Ok(here) => here,
            Err(error) => return self.not_entered(error),
        };
        let Some(name) = &within else {
            return (self.visit)(Found::Root(Root { dir: here, names: &names, sign }));
        };
        match vfs.open_dir(here, name).map_err(failed(vfs, "open", here, name)) {
            Ok(dir) => (self.visit)(Found::Root(Root { dir: &dir, names: &names, sign })),
            Err(error) => self.not_entered(error),
        }
    }

    /// A directory that was listed cannot be entered.
    fn not_entered(&mut self, error: Error) -> ControlFlow<()> {
        match error.kind() {
            ErrorKind::CrossesDevices => {
                let path = self.vfs.path(self.trail.root());
                let below = error.path().strip_prefix(path).unwrap_or(error.path());
                (self.visit)(Found::Mount(below.into()))
            }
            // Removed or replaced meanwhile, or nothing that the listing told the kind of.
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                self.walked.vanished += 1;
                ControlFlow::Continue(())
            }
            _ => (self.visit)(Found::Unreadable(error)),
        }
    }

    fn path(&self) -> PathBuf {
        self.trail.names().collect()
    }
}
