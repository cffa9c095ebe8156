//! Steps of work that takes long, for those who show progress.

/// A step that has been taken in work that takes long: see [`Vfs::step`](crate::Vfs::step).
///
/// ```
/// use incrdir_vfs::{Step, Work};
///
/// let step = Step::new(Work::Seed, 3).of(10);
/// assert_eq!((step.work, step.done, step.total), (Work::Seed, 3, Some(10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Step {
    /// What is being done.
    pub work: Work,
    /// How many files or entries are done, this one included. Work that begins counts from 1 again.
    pub done: u64,
    /// How many there are in all, where that is known beforehand.
    pub total: Option<u64>,
}

impl Step {
    /// The step after which `done` files or entries are done, of a number that is not known.
    pub fn new(work: Work, done: u64) -> Self {
        Self { work, done, total: None }
    }

    /// Says how many there are in all.
    #[must_use]
    pub fn of(self, total: u64) -> Self {
        Self { total: Some(total), ..self }
    }
}

/// What kind of work a [`Step`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Work {
    /// A new directory is filled from an older one: one step for each file.
    Seed,
    /// A directory is listed and looked at before it is published: one step for each file.
    Survey,
    /// Published directories are compared with what was recorded of them: one step for each file.
    Audit,
    /// Files and directories are made durable: one step for each.
    Sync,
    /// A directory tree is deleted: one step for each entry.
    Remove,
    /// How much a directory holds is found out: one step for each file.
    Measure,
    /// What is not needed any more is collected: one step for each entry that was decided about.
    Collect,
    /// A tree is searched for directories that may be collected: one step for each directory.
    Discover,
    /// Others have something open that is to be renamed: one step for each time that it is tried again.
    Wait,
}
