//! How a session is begun.

use std::num::NonZeroUsize;
use std::time::Duration;

use incrdir_naming::{SessionName, Timestamp, UnitName};

use crate::{Durability, SeedMode, Selection};

/// Scanners and editors let go within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// How to begin a session. The defaults are safe for every program: what is costly or dangerous is asked for by name.
///
/// ```
/// use incrdir_session::{Audit, BeginOptions, SeedMode};
///
/// // A program that replaces files instead of writing into them may share them with the published session.
/// let options = BeginOptions::new("mytool 1.0").seed(SeedMode::Link).audit(Audit::Attributes);
/// # assert_eq!(options.seed, SeedMode::Link);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BeginOptions {
    /// Name and version of the calling program, for the session's record.
    pub program: String,
    /// How to take over the files of the source. Default: [`SeedMode::Auto`].
    pub seed: SeedMode,
    /// How many published sessions the unit keeps. A collection takes the same value. Default: two, of which the older one
    /// is made into the next session.
    pub retention: Retention,
    /// What a power loss may do to this session once it is published. Default: [`Durability::Detect`].
    pub durability: Durability,
    /// Whether to record digests of the files, so that contents can be compared and not only lengths and times. Each
    /// changed file is read once more when the session is published. Default: no.
    pub digests: bool,
    /// Whether to look, when this session ends, for writes through its links into published sessions. Default:
    /// [`Audit::Off`], which is right unless files are linked.
    pub audit: Audit,
    /// Whether to start from a published session that has no record. Default: [`Unrecorded::Refuse`].
    pub unrecorded: Unrecorded,
    /// Whether to start from an older session, or from nothing, when the newest one cannot be used for a reason that is not
    /// its own fault: a full disk, too few descriptors, no permission, an error of the medium. Default: no, that is an
    /// error.
    pub or_cold: bool,
    /// Units of the same root to start from, in this order, while nothing in the session's own unit can be started from: the main
    /// branch's, for a branch that is new. Sessions are written to their own unit only. Their files are copied or cloned, also
    /// where [`SeedMode::Link`] is asked for: a program that wrote through a link would write into another unit, which does not
    /// ask the writers of this one what they did. Default: none.
    pub fallbacks: Vec<UnitName>,
    /// Which files of the source are taken over. Default: all.
    pub selection: Selection,
    /// Published sessions that are not started from, because the caller knows better than their records. Default: none.
    pub refused: Vec<SessionName>,
    /// How long publishing waits, in all, while other programs have something in the session open, where such a directory
    /// cannot be renamed (Windows). Default: 5 seconds.
    pub patience: Duration,
    /// Whether [`Begun::drawbacks`](crate::Begun::drawbacks) says what the file system makes worse. Default: yes.
    pub tells_drawbacks: bool,
    /// The one published session to start from: an older one, to go back to it. If it cannot be used, begin fails; nothing else is
    /// started from, [`fallbacks`](Self::fallbacks) included, and nothing is recycled. Default: the newest that can be used.
    pub only: Option<SessionName>,
    /// When the session is to have been begun: its place among the others, whatever the clock says. For a session that was made on
    /// another machine, so that it is not taken for newer than what was begun here since. Default: now.
    pub begun: Option<Timestamp>,
}

impl BeginOptions {
    /// The defaults, for this program: its name and version.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            seed: SeedMode::default(),
            retention: Retention::default(),
            durability: Durability::default(),
            digests: false,
            audit: Audit::default(),
            unrecorded: Unrecorded::default(),
            or_cold: false,
            fallbacks: Vec::new(),
            selection: Selection::default(),
            refused: Vec::new(),
            patience: PATIENCE,
            tells_drawbacks: true,
            only: None,
            begun: None,
        }
    }

    /// Sets [`program`](Self::program).
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: program.into(), ..self }
    }

    /// Sets [`seed`](Self::seed).
    pub fn seed(self, seed: SeedMode) -> Self {
        Self { seed, ..self }
    }

    /// Sets [`retention`](Self::retention).
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Sets [`durability`](Self::durability).
    pub fn durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Sets [`digests`](Self::digests).
    pub fn digests(self, digests: bool) -> Self {
        Self { digests, ..self }
    }

    /// Sets [`audit`](Self::audit).
    pub fn audit(self, audit: Audit) -> Self {
        Self { audit, ..self }
    }

    /// Sets [`unrecorded`](Self::unrecorded).
    pub fn unrecorded(self, unrecorded: Unrecorded) -> Self {
        Self { unrecorded, ..self }
    }

    /// Sets [`or_cold`](Self::or_cold).
    pub fn or_cold(self, or_cold: bool) -> Self {
        Self { or_cold, ..self }
    }

    /// Sets [`fallbacks`](Self::fallbacks).
    pub fn fallbacks(self, fallbacks: Vec<UnitName>) -> Self {
        Self { fallbacks, ..self }
    }

    /// Sets [`selection`](Self::selection).
    pub fn selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Sets [`refused`](Self::refused).
    pub fn refused(self, refused: Vec<SessionName>) -> Self {
        Self { refused, ..self }
    }

    /// Sets [`patience`](Self::patience).
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sets [`tells_drawbacks`](Self::tells_drawbacks).
    pub fn tells_drawbacks(self, tells_drawbacks: bool) -> Self {
        Self { tells_drawbacks, ..self }
    }

    /// Sets [`only`](Self::only).
    pub fn only(self, session: SessionName) -> Self {
        Self { only: Some(session), ..self }
    }

    /// Sets [`begun`](Self::begun).
    pub fn begun(self, at: Timestamp) -> Self {
        Self { begun: Some(at), ..self }
    }
}

/// How many published sessions a unit keeps: beginning and collecting take the same value, so that neither undoes what the
/// other one is to keep.
///
/// The sessions that are kept are the newest ones. With two or more, the oldest of them is the *spare*: a new session is made
/// out of it, so that it costs what has changed and not what there is, and the spare is gone then. Between a beginning and
/// the publication one less is there, and while a session waits that was filled ahead of time ([`warm`](crate::warm)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Retention {
    /// How many published sessions are kept.
    pub keep: NonZeroUsize,
    /// Whether the oldest of them may be made into a new session.
    pub recycles: bool,
}

impl Retention {
    /// Keeps this many sessions, and recycles the oldest of them if there are at least two.
    pub const fn keep(keep: NonZeroUsize) -> Self {
        Self { keep, recycles: true }
    }

    /// Keeps all of them at all times: every session is filled anew.
    pub const fn without_recycling(self) -> Self {
        Self { recycles: false, ..self }
    }

    /// How many of the newest sessions a beginning leaves alone: the spare comes after them. `None`: it leaves all alone.
    pub(crate) fn left_alone(self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.keep.get() - 1).filter(|_| self.recycles)
    }
}

impl Default for Retention {
    /// Keeps two and recycles the older one.
    fn default() -> Self {
        Self::keep(NonZeroUsize::MIN.saturating_add(1))
    }
}

/// What to do with a published session that has no record: rustc's own, one whose lock file was lost, one that was published
/// with [`Durability::None`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Unrecorded {
    /// Do not use it: a power loss may have taken any part of it, and nothing would tell.
    #[default]
    Refuse,
    /// Use it.
    Accept,
}

/// How closely a session is compared with its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scrutiny {
    /// The record is read, and compared with nothing: enough for a caller that takes the names from the record.
    Record,
    /// Names and kinds.
    Names,
    /// Lengths, times and file ids as well: sees what was changed in place.
    Attributes,
    /// Contents as well, where digests are recorded.
    Digests,
}

/// Whether published sessions are looked at again when a session ends that was seeded from them by links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Audit {
    /// Only if the session is abandoned. What a session that is published has written through a link is only noticed after
    /// the next reboot, or by [`inspect`](crate::inspect).
    #[default]
    Off,
    /// Lengths and times: one look at each file.
    Attributes,
    /// Contents too, where digests are recorded.
    Digests,
}

impl Audit {
    pub(crate) fn scrutiny(self) -> Option<Scrutiny> {
        match self {
            Self::Off => None,
            Self::Attributes => Some(Scrutiny::Attributes),
            Self::Digests => Some(Scrutiny::Digests),
        }
    }
}
