//! P1 to P6: publish a session.
//!
//! 1. P1 to P3: record what is in it, synced as far as the level says (`survey.rs`); and look, if that was
//!    asked, whether it wrote into published sessions.
//! 2. P4: one rename, from `-working` to `-{hash}`. Before it the session is private, after it complete. Immediately
//!    before and after, the name must show the directory that was recorded. A program may have made its directory anew:
//!    a directory that it put in place of the one that it was given is taken, and recorded. Anything else is refused.
//!    Then write the seal into the record (`place.rs`).
//! 3. P5: release the lock, for child processes too: a sync under it would keep readers out.
//! 4. P6: make the rename durable, if the level says so.
//! 5. Say whether a newer session has been published meanwhile.
//!
//! A death before P4 leaves a dead working session, after it a published one.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use incrdir_naming::{Hash, SessionName};
use incrdir_record::encode_seal;
use incrdir_vfs::{FileKind, Name, Stat, Step, Vfs, Work, failed};
use tracing::Span;
use tracing::span::EnteredSpan;

use crate::locked::condemn::rename_apart;
use crate::observe;
use crate::stop::go_on;
use crate::trust::accept::accept_found;
use crate::trust::inventory::{Recorded, record};
use crate::trust::unchanged::is_unchanged;
use crate::working::Writing;
use crate::{Audit, Audited, Begun, Durability, Error, SeedMode, Unit, Working, audit, vfs_name};

/// The first pause between two attempts to rename a directory in which something is open, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// A session that has been published.
#[derive(Debug)]
#[non_exhaustive]
pub struct Published<V: Vfs> {
    /// Its name from now on.
    pub name: SessionName,
    /// The path of its directory, for people.
    pub path: PathBuf,
    /// The unit it is in, still open.
    pub unit: Unit<V>,
    /// A newer session that was published before this one, if there is any: that one is what others start
    /// from.
    pub superseded_by: Option<SessionName>,
    /// What the audit found, if one was asked for: published sessions that this one wrote into.
    pub audited: Audited,
}

/// A session could not be published as it was to be. Nothing of it is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError<V: Vfs> {
    /// It is not published, and as it was.
    #[error("cannot publish `{}`", session.path().display())]
    NotPublished {
        /// The session: publish it again, or let it go. Dropping the error abandons it.
        session: Box<Working<V>>,
        /// Why.
        source: Error,
    },
    /// It could not be renamed, and it could not be seen whether it was renamed all the same; or it could not be opened again
    /// after that.
    #[error(
        "cannot publish `{}` (and it could not be seen whether it was published all the same)",
        path.display()
    )]
    Unsettled {
        /// Where the session was written. It has been let go: the next collection finds out what it is.
        path: PathBuf,
        /// Why.
        source: Error,
    },
    /// It is published, and a power loss may still take it: the unit could not be synced.
    #[error("`{}` is published, but a power loss may still take it", published.path.display())]
    NotDurable {
        /// What was published.
        published: Box<Published<V>>,
        /// Why.
        source: Error,
    },
}

impl<V: Vfs> PublishError<V> {
    /// The session, if it is not published, and why it could not be published as it was to be.
    pub fn into_parts(self) -> (Option<Working<V>>, Error) {
        match self {
            Self::NotPublished { session, source } => (Some(*session), source),
            Self::Unsettled { source, .. } | Self::NotDurable { source, .. } => (None, source),
        }
    }

    /// Why.
    pub fn cause(&self) -> &Error {
        match self {
            Self::NotPublished { source, .. }
            | Self::Unsettled { source, .. }
            | Self::NotDurable { source, .. } => source,
        }
    }
}

/// Publishes a session: makes it visible, whole and for ever, under its hash.
///
/// Close all files in it first: some platforms refuse to rename a directory while anything in it is open. While others have
/// something open there, it is tried again for as long as [`BeginOptions::patience`](crate::BeginOptions::patience) says. A
/// file that is written to afterwards makes the session one that nobody trusts.
///
/// # Errors
///
/// [`PublishError::NotPublished`], with the session as it was, if it could not be listed, synced, recorded or
/// renamed: `Interrupted` if it was to stop, `NotFound` if it was removed meanwhile, `ResourceBusy` if files in it stayed open. After a sync
/// has failed, another one may succeed although data is lost: abandon the session.
/// [`PublishError::Unsettled`] and [`PublishError::NotDurable`] as they say.
pub fn publish<V: Vfs>(session: Working<V>, hash: Hash) -> Result<Published<V>, PublishError<V>> {
    let span = span_of(session.writing());
    let published = prepare_and_commit(session, hash);
    tell(&span, published.as_ref().map(Some));
    published
}

fn prepare_and_commit<V: Vfs>(
    mut session: Working<V>,
    hash: Hash,
) -> Result<Published<V>, PublishError<V>> {
    match prepare(session.writing_mut(), hash, Audit::Off) {
        Ok(Prepared { audited, recorded }) => {
            commit(session, hash, audited, recorded.map(|recorded| recorded.top_changed))
        }
        Err(source) => Err(PublishError::NotPublished { session: Box::new(session), source }),
    }
}

/// Publishes a session unless it holds what it was seeded from: then it is abandoned, and `None` returned. So the sessions that
/// are kept are different states, and whoever compares names sees that nothing is new.
///
/// What is not known to be unchanged counts as changed:
///
/// - a file that was written again, even with the same bytes;
/// - a symbolic link, and a session without a list;
/// - a copy, where the times of files do not show every change (tmpfs, for one), unless digests are recorded;
/// - everything, if files were linked and such times, or an audit ([`Audit::Attributes`], which is made first), cannot exclude
///   that published files were written into. A program that writes through a link and sets length and time back, or changes
///   only permissions, is not noticed.
///
/// Attributes of the session's own directory do not count: the next session does not get them.
///
/// Giving an unchanged session up takes a call for each of its files. The spare that it was made from goes with it, so until the
/// next one is published the unit has one session less, and that one is filled anew. Publishing would take a few calls. If the
/// published state can tell whether there is anything to do, [`read`](crate::read) it first, and begin no session at all.
///
/// # Errors
///
/// As [`publish`].
pub fn publish_if_changed<V: Vfs>(
    session: Working<V>,
    hash: Hash,
) -> Result<Option<Published<V>>, PublishError<V>> {
    let span = span_of(session.writing());
    let published = commit_if_changed(session, hash);
    tell(&span, published.as_ref().map(Option::as_ref));
    published
}

fn commit_if_changed<V: Vfs>(
    mut session: Working<V>,
    hash: Hash,
) -> Result<Option<Published<V>>, PublishError<V>> {
    // A file that is shared with the source shows no difference to it, only to what the source's record says.
    match prepare(session.writing_mut(), hash, Audit::Attributes) {
        Ok(Prepared { recorded: Some(recorded), audited })
            if sees_all(session.writing(), &audited)
                && is_unchanged(session.writing(), &recorded.frames) =>
        {
            // Dropping it abandons it.
            Ok(None)
        }
        Ok(Prepared { audited, recorded }) => {
            let top_changed = recorded.map(|recorded| recorded.top_changed);
            commit(session, hash, audited, top_changed).map(Some)
        }
        Err(source) => Err(PublishError::NotPublished { session: Box::new(session), source }),
    }
}

fn span_of<V: Vfs>(session: &Writing<V>) -> EnteredSpan {
    observe::publish(session.unit.name(), session.name(), session.terms.durability)
}

/// Says in the span what came of it.
fn tell<V: Vfs>(span: &Span, published: Result<Option<&Published<V>>, &PublishError<V>>) {
    let published = match published {
        Ok(published) => published,
        Err(error) => {
            observe::failed(span, error.cause());
            match error {
                PublishError::NotDurable { published, .. } => Some(&**published),
                PublishError::NotPublished { .. } | PublishError::Unsettled { .. } => None,
            }
        }
    };
    if let Some(Published { name, superseded_by, .. }) = published {
        observe::published(span, *name, *superseded_by);
    }
}

/// Whether an audit has seen all that may have been written through links.
fn sees_all<V: Vfs>(session: &Writing<V>, audited: &Audited) -> bool {
    let found_nothing = audited.damaged.is_empty() && audited.skipped.is_empty();
    !may_have_written_through(session) || (session.basis.info.times_tell_all && found_nothing)
}

/// A session that is recorded.
struct Prepared {
    /// What was recorded of it; `None`: nothing is.
    recorded: Option<Recorded>,
    audited: Audited,
}

/// P1 to P3, and the audit.
fn prepare<V: Vfs>(
    session: &mut Writing<V>,
    hash: Hash,
    at_least: Audit,
) -> Result<Prepared, Error> {
    session.recall();
    let recorded = record_what_is_there(session, hash)?;
    let audited = audit_at_least(session, at_least);
    // The last moment at which it can be stopped.
    go_on(&session.unit.vfs, &session.unit.dir)?;
    Ok(Prepared { recorded, audited })
}

/// P4 to P6. `top_changed`: when names at the top had last changed before it was listed.
fn commit<V: Vfs>(
    mut session: Working<V>,
    hash: Hash,
    audited: Audited,
    top_changed: Option<SystemTime>,
) -> Result<Published<V>, PublishError<V>> {
    let writing = session.writing_mut();
    let name = writing.key.published(hash);
    match rename(writing, &vfs_name(writing.name()), &vfs_name(name)) {
        Ok(stat) => seal(writing, stat.as_ref(), top_changed),
        Err((source, Settled::Undone)) if writing.dir.is_some() || open_again(writing).is_ok() => {
            return Err(PublishError::NotPublished { session: Box::new(session), source });
        }
        Err((source, _)) => {
            observe::unsettled(writing.name());
            return Err(PublishError::Unsettled { path: session.leave(), source });
        }
    }
    let Writing { unit, lock, terms, report, basis, .. } = session.end();
    // Published is published: closing releases the lock too, and an error is not the session's.
    let _ = lock.release();
    let synced = match terms.durability {
        Durability::Durable => observe::sync().in_scope(|| unit.vfs.sync_dir(&unit.dir)),
        _ => Ok(()),
    };
    // The list of a source that was taken over whole, in this unit: others are theirs to record.
    let is_whole = report.unselected == 0 && report.source_unit.is_none();
    if let (true, Some(source), Some(list)) =
        (report.is_moved && is_whole, report.source, basis.list)
    {
        accept_found(&unit, source, name, &list);
    }
    let newest = unit.list().ok().and_then(|catalog| catalog.published().next());
    let path = unit.path().join(name.to_string());
    let superseded_by = newest.filter(|newest| newest.key > name.key);
    let published = Published { name, path, unit, superseded_by, audited };
    match synced {
        Ok(()) => Ok(published),
        Err(error) => {
            let source = incrdir_vfs::Error::new("sync", published.unit.path(), error).into();
            Err(PublishError::NotDurable { published: Box::new(published), source })
        }
    }
}

/// How often a directory that is put in place of another is taken, while it is being recorded.
const ADOPTIONS: usize = 4;

/// P1 to P3, of the directory that has the session's name. Returns what was recorded of it.
fn record_what_is_there<V: Vfs>(
    session: &mut Writing<V>,
    hash: Hash,
) -> Result<Option<Recorded>, Error> {
    for _ in 0..ADOPTIONS {
        let recorded = match session.terms.durability {
            Durability::None => Ok(None),
            _ => record(session, hash).map(Some),
        };
        let stat = look(session, &vfs_name(session.name()))?;
        if stat.id == session.seen.stat.id {
            return recorded;
        }
        observe::directory_adopted();
        adopt_directory(session, &stat)?;
    }
    let path = session.path.clone();
    Err(Error::Replaced { path, found: "one that is replaced again and again" })
}

pub(crate) fn look<V: Vfs>(session: &Writing<V>, name: &Name) -> Result<Stat, Error> {
    let Unit { vfs, dir, .. } = &session.unit;
    Ok(vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))?)
}

/// Takes a directory that was put in place of the session's own. One of another owner, or on another device, may be in
/// somebody else's hands: that is the user's to decide.
pub(crate) fn adopt_directory<V: Vfs>(session: &mut Writing<V>, found: &Stat) -> Result<(), Error> {
    let Unit { vfs, dir: unit, .. } = &session.unit;
    let refused = |found| Error::Replaced { path: session.path.clone(), found };
    match found.kind {
        FileKind::Dir => {}
        FileKind::Symlink => return Err(refused("a symbolic link")),
        FileKind::File | FileKind::Other => return Err(refused("a file")),
    }
    if found.id.device != session.seen.stat.id.device {
        return Err(refused("a directory of another file system"));
    }
    // Its own may be gone, and not every file system looks at what is gone.
    let own = session.seen.stat.owner;
    if found.owner.map(|owner| owner.user) != own.map(|owner| owner.user) {
        return Err(refused("a directory of another user"));
    }
    let name = vfs_name(session.name());
    let dir = vfs.open_dir(unit, &name).map_err(failed(vfs, "open", unit, &name))?;
    let opened = vfs
        .stat_dir(&dir)
        .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(&dir), error))?;
    session.seen = opened;
    session.dir = Some(dir);
    Ok(())
}

/// Opens the directory that was not renamed.
fn open_again<V: Vfs>(session: &mut Writing<V>) -> std::io::Result<()> {
    let Unit { vfs, dir: unit, .. } = &session.unit;
    session.dir = Some(vfs.open_dir(unit, &vfs_name(session.name()))?);
    Ok(())
}

/// The seal. Without it the next one to come looks at each file: that is what is to be if somebody else changed names at the top
/// after it was listed, which its mtime shows. Being renamed itself does not move that.
fn seal<V: Vfs>(session: &mut Writing<V>, found: Option<&Stat>, top_changed: Option<SystemTime>) {
    if let Some(Stat { ctime: Some(ctime), mtime, .. }) = found
        && top_changed == Some(*mtime)
    {
        let _ = session.lock.append(&encode_seal(*ctime));
    }
}

/// The audit that was asked for, or a closer one. Only links reach into published sessions; one that cannot be made is
/// the next one's.
pub(crate) fn audit_at_least<V: Vfs>(session: &Writing<V>, at_least: Audit) -> Audited {
    match session.terms.audit.max(at_least).scrutiny() {
        Some(scrutiny) if may_have_written_through(session) => {
            audit(&session.unit, scrutiny).unwrap_or_default()
        }
        _ => Audited::default(),
    }
}

/// Whether files of a published session were linked into it.
pub(crate) fn may_have_written_through<V: Vfs>(session: &Writing<V>) -> bool {
    let Begun { mode, source, .. } = &session.report;
    *mode == SeedMode::Link && source.is_some()
}

/// What is known after a rename has reported an error.
enum Settled {
    /// It was not done.
    Undone,
    /// Nothing.
    Not,
}

/// P4, with back-off for the one error that time can cure, as long as the caller has patience and nobody stops it. With an error comes whether it is settled. Returns what the
/// directory shows under its new name.
fn rename<V: Vfs>(
    session: &mut Writing<V>,
    from: &Name,
    to: &Name,
) -> Result<Option<Stat>, (Error, Settled)> {
    let _span = observe::rename();
    let (mut pause, longest) = PAUSES;
    let mut left = session.terms.patience;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let renamed = rename_apart(&session.unit, from, to);
        let shown = shown_by(session, to);
        if let (Err(error), Shown::Session(_)) = (&renamed, shown) {
            observe::renamed_all_the_same(error);
        }
        let error = match (renamed, shown) {
            // A network file system may report a failure of what it has done.
            (_, Shown::Session(stat)) => return Ok(Some(stat)),
            (Ok(()), Shown::Other) => return Err(take_back(session, from, to)),
            // Without a look: what the call said counts.
            (Ok(()), Shown::Unknown | Shown::Nothing) => return Ok(None),
            (Err(error), _) => error,
        };
        let is_undone = match shown {
            // The old name tells it too: nobody else takes that away.
            Shown::Unknown => match shown_by(session, from) {
                Shown::Session(_) => true,
                Shown::Other | Shown::Nothing => return Ok(None),
                Shown::Unknown => false,
            },
            _ => true,
        };
        if error.kind() == ErrorKind::ResourceBusy && session.dir.take().is_some() {
            // Some platforms rename no directory that is open.
            continue;
        }
        let unit = &session.unit;
        if error.kind() != ErrorKind::ResourceBusy || left.is_zero() || unit.vfs.is_stopped() {
            let error = failed(&unit.vfs, "rename", &unit.dir, from)(error);
            let settled = if is_undone { Settled::Undone } else { Settled::Not };
            return Err((error.into(), settled));
        }
        pause = pause.min(left);
        observe::backs_off(pause, &error);
        unit.vfs.step(Step::new(Work::Wait, attempts));
        unit.vfs.pause(pause);
        left -= pause;
        pause = (pause * 2).min(longest);
    }
}

/// What was renamed is not the session: it was replaced at the last moment. Nobody has seen it: the lock is held.
fn take_back<V: Vfs>(session: &Writing<V>, from: &Name, to: &Name) -> (Error, Settled) {
    observe::taken_back(session.name());
    let settled = match rename_apart(&session.unit, to, from) {
        Ok(()) => Settled::Undone,
        Err(_) => Settled::Not,
    };
    let found = "one that replaced it while it was being published";
    (Error::Replaced { path: session.path.clone(), found }, settled)
}

/// What a name of the unit shows.
#[derive(Clone, Copy)]
enum Shown {
    /// The session's directory.
    Session(Stat),
    Other,
    Nothing,
    /// It could not be looked at.
    Unknown,
}

fn shown_by<V: Vfs>(session: &Writing<V>, name: &Name) -> Shown {
    match session.unit.vfs.stat(&session.unit.dir, name) {
        Ok(stat) if stat.id == session.seen.stat.id => Shown::Session(stat),
        Ok(_) => Shown::Other,
        Err(error) if error.kind() == ErrorKind::NotFound => Shown::Nothing,
        Err(_) => Shown::Unknown,
    }
}
