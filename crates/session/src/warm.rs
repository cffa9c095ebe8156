//! Fill a session ahead of time, for whoever begins next (`fill/waiting.rs`).
//!
//! 1. G1: unless the newest published session of the unit was copied or restored, or has no record: begin a session from it (B1 to B7).
//! 2. G2: where the clock is coarse, pause until a change of what was just made would show. Look at the directory, and list what is in
//!    it as P1 does, synced as far as the level says.
//! 3. G3: write into the record that it waits, with what it and its source showed, and the list; then release its lock.
//!
//! A death before G3 leaves what a death of begin leaves, after it a session that waits.

use incrdir_naming::{EntryName, SessionName, State, UnitName};
use incrdir_record::{MAX_LEN, Waiting, Whole, header};
use incrdir_vfs::{DirStat, Vfs, failed};

use crate::fill::ground::Ground;
use crate::fill::waiting::find_waiting;
use crate::locked::hold::{Held, hold};
use crate::observe::{self, report};
use crate::stop::go_on;
use crate::trust::check::trust;
use crate::trust::inventory::survey;
use crate::trust::standing::{Numbers, Standing, place_of, standing_of};
use crate::trust::untouched::Tree;
use crate::working::Writing;
use crate::{
    BeginOptions, Error, Scrutiny, SeedMode, Unit, Unwarmed, Warmed, abandon, begin, vfs_name,
};

/// Fills a session from the newest published one of the unit `name` of `root` and lets it wait, so that [`begin`] with the same
/// [`seed`](BeginOptions::seed) and [`selection`](BeginOptions::selection) need not: it takes over what waits by one rename, as long
/// as no newer session has been published. If one is waiting already, this says so and does nothing.
///
/// Call it when nobody waits for it, after publishing for example. It takes what begin and publish take; where times are coarse it
/// also pauses for some milliseconds, or for a second where they have whole seconds. While a session waits, the unit has one published session less than the
/// [`retention`](BeginOptions::retention) says, if there is a spare: that was made into it. Any number of processes may begin,
/// publish, collect and do this at the same time. Collections keep what waits until a newer session is published.
///
/// [`fallbacks`](BeginOptions::fallbacks) are not looked at.
///
/// # Errors
///
/// As [`begin`], and as [`publish`](crate::publish) for what cannot be listed, synced or recorded. What was made is removed again.
pub fn warm<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Warmed, Error> {
    let span = observe::warm(name, options.seed);
    let warmed = fill_and_wait(vfs, root, name, options);
    report::warmed(&span, warmed.as_ref());
    warmed
}

fn fill_and_wait<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Warmed, Error> {
    let nothing = Ok(Warmed::Not(Unwarmed::NothingPublished));
    let Some(unit) = Unit::open(vfs, root, name)? else { return nothing };
    let catalog = unit.list()?;
    let is_wanted = options.seed != SeedMode::None && options.only.is_none();
    let Some(newest) = catalog.published().next().filter(|_| is_wanted) else { return nothing };
    let ground = Ground::unproven(unit.fs_info()?);
    if !ground.info.locks_exclude_all {
        return Ok(Warmed::Not(Unwarmed::Locks));
    }
    let shows_changes = match options.seed {
        SeedMode::Link => ground.info.names_move_times,
        _ => ground.info.times_tell_all,
    };
    let DirStat { born, mount, .. } = look_at(vfs, &unit.dir)?;
    let is_known = born.is_some() && mount.is_some() && vfs.boot_id().is_some();
    if !shows_changes || !is_known {
        return Ok(Warmed::Not(Unwarmed::Unproven));
    }
    if let Some(waiting) = find_waiting(&unit, options, &catalog, &ground) {
        return Ok(Warmed::Before(waiting));
    }
    if let Some(why) = source_lacks(&unit, newest, options) {
        return Ok(Warmed::Not(why));
    }
    let own = BeginOptions { fallbacks: Vec::new(), ..options.clone() };
    let mut session = begin(vfs, root, name, &own)?;
    // What fails from here on drops it, and so abandons it.
    match describe(session.writing_mut())? {
        Ok(frames) => say_so(session.writing_mut(), &frames)?,
        Err(why) => {
            abandon(session)?;
            return Ok(Warmed::Not(why));
        }
    }
    let Writing { key, lock, report, .. } = session.end();
    // Closing releases it as well.
    let _ = lock.release();
    Ok(Warmed::Now(key.working(), Box::new(report)))
}

/// Why nothing that is filled from the newest published session could wait. What is filled in spite of that uses the spare up.
fn source_lacks<V: Vfs>(
    unit: &Unit<V>,
    newest: SessionName,
    options: &BeginOptions,
) -> Option<Unwarmed> {
    // What else is wrong with it, begin says.
    let Held { name, dir, lock } = hold(unit, newest).ok()?;
    let trusted = trust(&unit.vfs, name, &lock, &dir, options.unrecorded, Scrutiny::Record);
    let _ = lock.release();
    match trusted {
        Ok(None) => Some(Unwarmed::Unrecorded),
        Ok(Some(trusted)) if trusted.standing == Standing::Moved => Some(Unwarmed::Moved),
        _ => None,
    }
}

/// G2. Returns the frames that say what is in the session and that it waits, or why it cannot wait.
fn describe<V: Vfs>(session: &mut Writing<V>) -> Result<Result<Vec<u8>, Unwarmed>, Error> {
    let Some(SessionName { state: State::Published(hash), .. }) = session.report.source else {
        return Ok(Err(Unwarmed::NothingPublished));
    };
    session.recall();
    let session = &*session;
    let vfs = &session.unit.vfs;
    let clock = session.basis.clock;
    if let Some(pause) = clock.pause() {
        observe::settles(pause);
        vfs.pause(pause);
    }
    let top = look_at(vfs, session.dir())?;
    let Some(source) = session.basis.source else {
        let is_moved = session.report.is_moved;
        return Ok(Err(if is_moved { Unwarmed::Moved } else { Unwarmed::Unrecorded }));
    };
    let frame = survey(session, hash)?;
    let list = Whole::decode([&header(), &*frame].concat()).list;
    let Some(list) = list else { return Err(Error::TooMany { path: session.path.clone() }) };
    let mode = session.report.mode;
    let tree = Tree { vfs, list: &list, clock, mode, top: &top };
    let place = place_of(vfs, &top, clock.step);
    let again = look_at(vfs, session.dir())?;
    let numbers = || Ok::<_, Error>(Numbers::of(&session.basis.info));
    let standing = standing_of(&place, vfs, &again, top.stat.ctime, numbers)?;
    // As whoever begins next will look.
    let is_known = tree.can_be_known() && tree.is_as_recorded(session.dir()) == Ok(true);
    go_on(vfs, &session.unit.dir)?;
    let (Standing::Same, Some(seal), true) = (standing, top.stat.ctime, is_known) else {
        return Ok(Err(Unwarmed::Unproven));
    };
    let waiting = Waiting::new(place, seal, source, tree.is_flat());
    Ok(Ok([waiting.encode(), frame].concat()))
}

fn look_at<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<DirStat, Error> {
    let seen = vfs.stat_dir(dir);
    Ok(seen.map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?)
}

/// G3.
fn say_so<V: Vfs>(session: &mut Writing<V>, frames: &[u8]) -> Result<(), Error> {
    if session.lock.len() + frames.len() as u64 > MAX_LEN {
        return Err(Error::TooMany { path: session.path.clone() });
    }
    let Writing { unit, key, lock, .. } = session;
    let name = vfs_name(EntryName::Lock(*key));
    lock.append(frames).map_err(failed(&unit.vfs, "write lock file", &unit.dir, &name))?;
    Ok(())
}
