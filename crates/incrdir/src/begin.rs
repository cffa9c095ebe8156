//! How a session is begun.

use std::marker::PhantomData;

use incrdir_session::{Audit, BeginOptions, Durability, SeedMode, Unrecorded, begin};

use crate::Error;
use crate::linkage::{Linkage, Linked, Private};
use crate::session::Session;
use crate::unit::Unit;

/// A session that is about to begin. Each option has a default that is safe for every program.
#[derive(Debug)]
#[must_use = "start it"]
pub struct Begin<'a, L: Linkage> {
    unit: &'a Unit,
    options: BeginOptions,
    collects: bool,
    linkage: PhantomData<L>,
}

impl Unit {
    /// Prepares a session: set options, then [`start`](Begin::start) it.
    pub fn begin(&self) -> Begin<'_, Private> {
        Begin::new(self)
    }
}

impl<'a> Begin<'a, Private> {
    pub(crate) fn new(unit: &'a Unit) -> Self {
        let cache = &unit.cache.options;
        let options =
            BeginOptions::new("").retention(cache.policy.retention).durability(cache.durability);
        Self { unit, options, collects: true, linkage: PhantomData }
    }

    /// Copies the files of the source, where they could be cloned, too. Default: clone, and copy what cannot be cloned.
    pub fn copy(self) -> Self {
        self.seed(SeedMode::Copy)
    }

    /// Starts with nothing, whatever is published.
    pub fn cold(self) -> Self {
        self.seed(SeedMode::None)
    }

    /// Links the files of the source instead of copying them: much faster, on every file system with hard links, **and only
    /// for programs that replace files**. A linked file *is* the published one; whoever opens it and writes changes what has
    /// been published. [`Session::write`], [`Session::file`] and [`Session::edit`] never do that.
    ///
    /// The trap, and the way out of it:
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// # let unit = incrdir::Cache::open(tmp.path())?.unit("demo", "")?;
    /// # let mut session = unit.begin().start()?;
    /// # session.write("state", "published")?;
    /// # session.publish()?;
    /// let mut session = unit.begin().link().start()?;
    /// session.write("state", "new")?; // a new file in place of the linked one
    /// assert_eq!(unit.read()?.expect("published").read("state")?, b"published");
    /// // std::fs::write(session.shared_path().join("state"), …) would have written into the published session.
    /// # Ok(())
    /// # }
    /// ```
    pub fn link(self) -> Begin<'a, Linked> {
        let Self { unit, options, collects, .. } = self.seed(SeedMode::Link);
        Begin { unit, options, collects, linkage: PhantomData }
    }

    fn seed(mut self, seed: SeedMode) -> Self {
        self.options = self.options.seed(seed);
        self
    }
}

impl Begin<'_, Linked> {
    /// Looks, when the session ends, for writes through links into published sessions, which are quarantined then. It costs a
    /// look at each file. Default: only when a session is dropped, or its process was killed.
    pub fn audit(mut self, audit: Audit) -> Self {
        self.options = self.options.audit(audit);
        self
    }
}

impl<L: Linkage> Begin<'_, L> {
    /// Name and version of the program, which `incrdir ls` shows. Default: none.
    pub fn program(mut self, program: &str) -> Self {
        self.options = self.options.program(program);
        self
    }

    /// What a power loss may do to this session once it is published. Default: the cache's.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.options = self.options.durability(durability);
        self
    }

    /// Records digests of the files, so that contents can be compared, and not only lengths and times. Each changed file is
    /// read once more when the session is published. Default: no.
    pub fn digests(mut self) -> Self {
        self.options = self.options.digests(true);
        self
    }

    /// Starts also from published sessions that have no record, such as rustc's. Default: no, because nothing tells whether
    /// they are whole.
    pub fn accept_unrecorded(mut self) -> Self {
        self.options = self.options.unrecorded(Unrecorded::Accept);
        self
    }

    /// Starts from an older session, or from nothing, if the newest one cannot be used for a reason that is not its own fault:
    /// a full disk, too few descriptors. Default: that is an error, because the warm state would be lost for no reason.
    pub fn or_cold(mut self) -> Self {
        self.options = self.options.or_cold(true);
        self
    }

    /// Leaves old sessions where they are when this one is published; somebody else collects. Default: publishing collects the
    /// unit.
    pub fn without_collecting(mut self) -> Self {
        self.collects = false;
        self
    }

    /// Begins the session: a private directory with the files of the newest published session of the unit, if there is one.
    ///
    /// Sources that are in use, gone, or not what was published are passed over: [`Session::report`] says which and why. The
    /// session then begins from an older one, or cold.
    ///
    /// # Errors
    ///
    /// [`Error::Session`], as [`incrdir_session::begin`] says; [`Error::Stranger`] if the unit is in the hands of somebody
    /// else.
    pub fn start(self) -> Result<Session<L>, Error> {
        let Self { unit, options, collects, .. } = self;
        let is_new = unit.refuse_stranger()?;
        let cache = &unit.cache;
        let working = begin(&cache.vfs, &cache.root, &unit.name, &options)?;
        // A unit that was missing before has been made by us, or by somebody else meanwhile.
        let begun_in = working.unit();
        cache.options.trust.settle(begun_in.vfs(), begun_in.dir(), is_new)?;
        Ok(Session::new(working, collects.then_some(cache.options.policy)))
    }
}
