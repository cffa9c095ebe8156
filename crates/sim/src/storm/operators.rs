//! Processes that take from units what nobody uses, and that keep sessions and units from being taken.
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, SystemTime};

use incrdir_gc::{Fate, Limits, Mode, Place, Why, operate};
use incrdir_session::{Pin, Pinned, Pinning, Unit, pin};
use incrdir_vfs::{CapVfs, Vfs};

use super::content::verify;
use super::log::Event;
use super::roles::{Result, stage, violation};
use crate::fixture::name;
use crate::usual::policy;

/// How long a pin holds.
const HOLDS: Duration = Duration::from_millis(150);

/// Listings of a pinned unit that show nothing: one may miss what is replaced meanwhile.
const LISTINGS: usize = 4;

/// Evicts everything that nobody uses.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn evictor(units: u32, root: &Path, log: &Path) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    loop {
        let limits = match stage.vfs.random().is_multiple_of(2) {
            true => Limits::default().max_age(Duration::ZERO),
            false => Limits::default().max_bytes(0),
        };
        let policy = policy(2).grace(Duration::from_secs(1)).limits(limits);
        let mut evicted = 0;
        let done = operate(
            &stage.vfs,
            &[Place::new(&stage.root)],
            &policy,
            Mode::Collect,
            &mut |_, _, disposal| {
                let is_evicted =
                    matches!(disposal.fate, Fate::Removed(Why::Unused | Why::OverSize));
                evicted += usize::from(is_evicted);
                ControlFlow::Continue(())
            },
        );
        for _ in 0..evicted {
            stage.log.note(Event::Evicted, "");
        }
        if let Some(error) = done.unknown.first() {
            return violation(&mut stage.log, format!("measuring: {error:?}"));
        }
        for swept in done.roots {
            for (unit, report) in swept?.units {
                let report = report?;
                if let Some((entry, error)) = report.failures().next() {
                    let text = format!("evicting {entry} of {unit} failed: {error:?}");
                    return violation(&mut stage.log, text);
                }
            }
        }
        stage.pause(10);
    }
}

/// Pins a session, and sees that it is there, and whole, as long as the pin holds.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn pinner(units: u32, root: &Path, log: &Path) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    loop {
        let Some(unit) = Unit::open(&stage.vfs, &stage.root, &stage.unit())? else { continue };
        let sessions: Vec<_> = unit.list()?.published().collect();
        let number = stage.vfs.random() as usize % sessions.len().max(1);
        let Some(session) = sessions.get(number) else { continue };
        let Some(until) = pinned(&unit, Pinned::Session(*session))? else { continue };
        loop {
            let seen = match stage.vfs.open_dir(unit.dir(), &name(*session)) {
                Ok(dir) => verify(&stage.vfs, &dir),
                Err(error) => Err(error.to_string()),
            };
            if stage.vfs.now() >= until {
                break;
            }
            if let Err(wrong) = seen {
                let text = format!("{session} is pinned: {wrong}");
                return violation(&mut stage.log, text);
            }
            stage.pause(8);
        }
        stage.log.note(Event::Pinned, "");
        stage.pause(100);
    }
}

/// Pins a unit, and sees that something is published in it as long as the pin holds.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn unit_pinner(units: u32, root: &Path, log: &Path) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    loop {
        let Some(unit) = Unit::open(&stage.vfs, &stage.root, &stage.unit())? else { continue };
        let Some(until) = pinned(&unit, Pinned::Unit)? else { continue };
        loop {
            let mut is_empty = true;
            for _ in 0..LISTINGS {
                is_empty &= unit.list()?.published().next().is_none();
            }
            if stage.vfs.now() >= until {
                break;
            }
            if is_empty {
                let text = format!("{} is pinned, and nothing is in it", unit.name());
                return violation(&mut stage.log, text);
            }
            stage.pause(8);
        }
        stage.log.note(Event::Pinned, "");
        stage.pause(100);
    }
}

/// When the pin ends, if it could be set.
fn pinned(unit: &Unit<CapVfs>, what: Pinned) -> Result<Option<SystemTime>> {
    let now = unit.vfs().now();
    let until = now + HOLDS;
    let says = Pin::new("storm", now).until(Some(until));
    let is_set = match pin(unit, what, &says) {
        Ok(pinning) => pinning == Pinning::Done,
        // An evictor has removed the unit since it was opened.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    Ok(is_set.then_some(until))
}
