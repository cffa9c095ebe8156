//! A cache: the directory that holds units.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_gc::{EmptyUnits, Mode, Operated, Place, Policy, Sweep, operate};
use incrdir_naming::{CACHEDIR_TAG, TAG_TEXT};
use incrdir_session::Durability;
use incrdir_vfs::{CapDir, CapVfs, Name, Step, Vfs};

use crate::ownership::{make, sync_name};
use crate::{Error, Trust, observe};

/// A directory that holds the sessions of any number of units. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(crate) vfs: CapVfs,
    pub(crate) root: Arc<CapDir>,
    pub(crate) options: Arc<CacheOptions>,
}

/// How a cache is opened.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tmp = tempfile::tempdir()?;
/// use incrdir::{Cache, Durability};
///
/// let cache = Cache::options().durability(Durability::Durable).keep(3).open(tmp.path())?;
/// # drop(cache);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CacheOptions {
    pub(crate) policy: Policy,
    pub(crate) durability: Durability,
    pub(crate) trust: Trust,
    is_untagged: bool,
    stop: Option<Arc<AtomicBool>>,
    on_step: Option<Listener>,
}

/// Is told of steps.
#[derive(Clone)]
struct Listener(Arc<dyn Fn(Step) + Send + Sync>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl CacheOptions {
    /// How many published sessions each unit keeps, at least one. Default: two, of which the older one is made into the next
    /// session, so that it costs what has changed; with one, every session is filled anew.
    pub fn keep(mut self, sessions: usize) -> Self {
        let keep = std::num::NonZeroUsize::new(sessions).unwrap_or(std::num::NonZeroUsize::MIN);
        self.policy = self.policy.retention(incrdir_session::Retention::keep(keep));
        self
    }

    /// What is kept, and for how long, in all that it can say. Default: the command's, too.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What a power loss may do to published sessions. Default: [`Durability::Detect`]. One unit should have one level: a
    /// session that is published durably is made way for like any other.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Who else may own the cache's directories. Default: nobody.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Makes no `CACHEDIR.TAG` in a directory that is new. Default: one is made, so that [programs that make backups](https://bford.info/cachedir/)
    /// leave the cache out.
    pub fn without_tag(mut self) -> Self {
        self.is_untagged = true;
        self
    }

    /// When this is set, beginning, publishing and collecting stop as soon as they can, with an error of kind `Interrupted`,
    /// and leave what a killed process would leave. A signal handler may set it.
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Calls this for each step of what takes long, to show progress: filling a session, listing it, deleting. It is called by
    /// the thread that works, so it should be quick and must not panic.
    pub fn on_step(mut self, listener: impl Fn(Step) + Send + Sync + 'static) -> Self {
        self.on_step = Some(Listener(Arc::new(listener)));
        self
    }

    /// Opens the cache, making its directory if that is missing; the parent must be there. Symbolic links are followed here,
    /// and nowhere else.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`], [`Error::LeadsNowhere`], [`Error::NoParent`], [`Error::Create`], [`Error::Open`], [`Error::SyncParent`]; and
    /// [`Error::Stranger`] for a directory that is in the hands of somebody else.
    pub fn open(self, dir: impl AsRef<Path>) -> Result<Cache, Error> {
        let dir = dir.as_ref();
        let span = observe::open(dir);
        let open_failed = |source| Error::Open { path: dir.into(), source };
        let path = std::path::absolute(dir).map_err(open_failed)?;
        let is_new = make(&path)?;
        span.record("is_new", is_new);
        if self.durability == Durability::Durable {
            sync_name(&path, is_new)?;
        }
        let (vfs, root) = CapVfs::open_ambient_dir(&path).map_err(open_failed)?;
        let vfs = match &self.stop {
            Some(stop) => vfs.stopped_by(Arc::clone(stop)),
            None => vfs,
        };
        let vfs = match &self.on_step {
            Some(Listener(listener)) => {
                let listener = Arc::clone(listener);
                vfs.on_step(move |step| listener(step))
            }
            None => vfs,
        };
        self.trust.settle(&vfs, &root, is_new)?;
        if is_new && !self.is_untagged {
            tag(&vfs, &root)?;
        }
        Ok(Cache { vfs, root: Arc::new(root), options: Arc::new(self) })
    }
}

impl Cache {
    /// Opens a cache with the default options, making its directory if that is missing; the parent must be there.
    ///
    /// # Errors
    ///
    /// As [`CacheOptions::open`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Error> {
        Self::options().open(dir)
    }

    /// The options, to be changed before the cache is opened.
    pub fn options() -> CacheOptions {
        CacheOptions::default()
    }

    /// Deletes what is dead or obsolete in all units, while others begin, publish and read, and what is beyond the limits of the
    /// [policy](CacheOptions::policy). Publishing collects the session's own unit already, without limits; this is for those in
    /// which nobody works any more. Units in which nothing is left are removed, but not from a directory that is called
    /// `incremental` as rustc's is. [`collect_all`] has limits for several caches together.
    ///
    /// # Errors
    ///
    /// If the directory cannot be listed. What fails of a unit is in [`Sweep::units`].
    pub fn collect(&self) -> Result<Sweep, Error> {
        let mut done = collect_all([self], &self.options.policy);
        match done.roots.pop() {
            Some(swept) => Ok(swept?),
            None => Ok(Sweep::default()),
        }
    }

    /// rustc fails if its unit vanishes as it begins, and its directories have one name.
    fn empty_units(&self) -> EmptyUnits<'_, CapVfs> {
        match self.path().file_name().is_some_and(|name| name == "incremental") {
            true => EmptyUnits::Keep,
            false => EmptyUnits::Remove,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The file system and the open directory, for the functions of the layers below.
    pub fn as_parts(&self) -> (&CapVfs, &CapDir) {
        (&self.vfs, &self.root)
    }
}

impl AsRef<Path> for Cache {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

/// Collects several caches by one policy, whose limits hold for all of them together.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tmp = tempfile::tempdir()?;
/// use incrdir::{Cache, Limits, Policy, collect_all};
///
/// let caches = [Cache::open(tmp.path().join("one"))?, Cache::open(tmp.path().join("other"))?];
/// let policy = Policy::default().limits(Limits::default().max_bytes(50 << 30));
/// let done = collect_all(&caches, &policy);
/// assert_eq!(done.over_bytes, 0);
/// # Ok(())
/// # }
/// ```
pub fn collect_all<'a>(caches: impl IntoIterator<Item = &'a Cache>, policy: &Policy) -> Operated {
    let caches: Vec<&Cache> = caches.into_iter().collect();
    let Some(first) = caches.first() else { return Operated::default() };
    let place = |cache: &&'a Cache| Place::new(&*cache.root).empty(cache.empty_units());
    let places: Vec<_> = caches.iter().map(place).collect();
    let mut go_on = |_, _: &_, _: &_| std::ops::ControlFlow::Continue(());
    operate(&first.vfs, &places, policy, Mode::Collect, &mut go_on)
}

/// Says that the directory is a cache, as <https://bford.info/cachedir/> has it.
fn tag(vfs: &CapVfs, root: &CapDir) -> Result<(), Error> {
    let name = Name::new(CACHEDIR_TAG).expect("BUG: a good name");
    let written = match vfs.create_file(root, &name) {
        Ok(file) => vfs.write_at(&file, 0, TAG_TEXT),
        // Another process was as fast.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    };
    written.map_err(|source| Error::Create { path: vfs.path(root).join(&name), source })
}

/// The path of something in a cache, for messages.
pub(crate) fn path_in(dir: &Path, name: impl ToString) -> PathBuf {
    dir.join(name.to_string())
}
