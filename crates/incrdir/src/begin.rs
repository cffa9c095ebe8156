//! How a session is begun.

use std::marker::PhantomData;
use std::time::Duration;

use incrdir_naming::SessionName;
use incrdir_session::{
    Audit, BeginOptions, Durability, SeedMode, Selection, Unrecorded, Warmed, begin, warm,
};

use crate::Error;
use crate::linkage::{Linkage, Linked, Private};
use crate::session::{Home, Session};
use crate::unit::Unit;

/// A session that is about to begin. Each option has a default that is safe for every program.
#[derive(Debug)]
#[must_use = "start it"]
pub struct Begin<'a, L: Linkage> {
    unit: &'a Unit,
    options: BeginOptions,
    excluded: Vec<String>,
    included: Vec<String>,
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
        let (excluded, included) = (Vec::new(), Vec::new());
        Self { unit, options, excluded, included, collects: true, linkage: PhantomData }
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
        let Self { unit, options, excluded, included, collects, .. } = self.seed(SeedMode::Link);
        Begin { unit, options, excluded, included, collects, linkage: PhantomData }
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

    /// Starts from this unit of the same cache while nothing in the session's own unit can be started from, and from the one of the
    /// next call if nothing there can be: the main branch's, for a branch that is new. What is written goes to the session's own
    /// unit. Files of another unit are copied or cloned, also if links were asked for.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// let cache = incrdir::Cache::open(tmp.path())?;
    /// let main = cache.unit("project", "main")?;
    /// # let mut session = main.begin().start()?;
    /// # session.write("state", "of main")?;
    /// # session.publish()?;
    /// let session = cache.unit("project", "branch-1")?.begin().or_from(&main).start()?;
    /// assert_eq!(session.read("state")?.as_deref(), Some(&b"of main"[..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn or_from(mut self, unit: &Unit) -> Self {
        self.options.fallbacks.push(unit.name.clone());
        self
    }

    /// Leaves out what this pattern matches when the files of the source are taken over: lock files, sockets, `*.tmp`. It may be
    /// called several times. [`Selection`] says what a pattern is.
    pub fn exclude(mut self, pattern: &str) -> Self {
        self.excluded.push(pattern.into());
        self
    }

    /// Takes over only what this pattern, or that of another call, matches. [`Selection`] says what a pattern is.
    pub fn include(mut self, pattern: &str) -> Self {
        self.included.push(pattern.into());
        self
    }

    /// Does not start from this published session, because the program knows better than its record.
    pub fn refuse(mut self, session: SessionName) -> Self {
        self.options.refused.push(session);
        self
    }

    /// How long publishing waits, in all, while other programs have something in the session open, where such a directory
    /// cannot be renamed (Windows). After that, publishing fails with `ResourceBusy`, and gives the session back. Default: 5
    /// seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options = self.options.patience(patience);
        self
    }

    /// Says nothing of what the file system makes worse. Default: [`Session::report`] says it once for a unit
    /// ([`Begun::drawbacks`](incrdir_session::Begun::drawbacks)).
    pub fn without_drawbacks(mut self) -> Self {
        self.options = self.options.tells_drawbacks(false);
        self
    }

    /// Starts from this published session and from no other, to go back to it: published, it is the newest one again. Nothing is
    /// started from instead; that it cannot be used is an error.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// # let unit = incrdir::Cache::open(tmp.path())?.unit("demo", "")?;
    /// # let mut session = unit.begin().start()?;
    /// # session.write("state", "good")?;
    /// let good = session.publish()?.name;
    /// # let mut session = unit.begin().start()?;
    /// # session.write("state", "bad")?;
    /// # session.publish()?;
    /// unit.begin().only(good).start()?.publish()?;
    /// assert_eq!(unit.read()?.expect("published").read("state")?, b"good");
    /// # Ok(())
    /// # }
    /// ```
    pub fn only(mut self, session: SessionName) -> Self {
        self.options.only = Some(session);
        self
    }

    /// Leaves old sessions where they are when this one is published; somebody else collects. Default: publishing collects the
    /// unit.
    pub fn without_collecting(mut self) -> Self {
        self.collects = false;
        self
    }

    /// Fills a session now, and lets it wait: the next one that is begun alike in this unit takes it over by one rename, unless a
    /// newer one was published meanwhile. Call it when nobody waits for it, after publishing for example; it takes about as long as
    /// starting and publishing. [`Warmed`] says what came of it.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// let unit = incrdir::Cache::open(tmp.path())?.unit("demo", "")?;
    /// unit.begin().link().start()?.publish()?;
    /// unit.begin().link().warm()?;
    /// let session = unit.begin().link().start()?; // takes over what waits
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Session`], as [`incrdir_session::warm`] says; [`Error::Stranger`]; [`Error::Pattern`].
    pub fn warm(self) -> Result<Warmed, Error> {
        let Self { unit, options, excluded, included, .. } = self;
        let options = options.selection(Selection::new(&excluded, &included)?);
        unit.refuse_stranger()?;
        Ok(warm(&unit.cache.vfs, &unit.cache.root, &unit.name, &options)?)
    }

    /// Begins the session: a private directory with the files of the newest published session of the unit, if there is one.
    ///
    /// Sources that are in use, gone, or not what was published are passed over: [`Session::report`] says which and why. The
    /// session then begins from an older one, or cold.
    ///
    /// # Errors
    ///
    /// [`Error::Session`], as [`incrdir_session::begin`] says; [`Error::Stranger`] if the unit, or one that it may start from, is in
    /// the hands of somebody else; [`Error::Pattern`].
    pub fn start(self) -> Result<Session<L>, Error> {
        let Self { unit, options, excluded, included, collects, .. } = self;
        let options = options.selection(Selection::new(&excluded, &included)?);
        let is_new = unit.refuse_stranger()?;
        let cache = &unit.cache;
        for name in &options.fallbacks {
            Unit { cache: cache.clone(), name: name.clone() }.refuse_stranger()?;
        }
        let working = begin(&cache.vfs, &cache.root, &unit.name, &options)?;
        // A unit that was missing before has been made by us, or by somebody else meanwhile.
        let begun_in = working.unit();
        cache.options.trust.settle(begun_in.vfs(), begun_in.dir(), is_new)?;
        Ok(Session::new(working, Home { cache: cache.clone(), collects }))
    }
}
