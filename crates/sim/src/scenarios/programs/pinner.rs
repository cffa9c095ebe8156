//! The program that pins, and unpins.

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{Pin, Pinned, Pinning, Unit, pin, unpin};
use incrdir_vfs::Vfs;

use super::shared::typed;
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;

/// What is pinned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The newest published session.
    Newest,
    /// The oldest published session.
    Oldest,
    /// The same, until the pin is removed.
    ForAWhile,
    /// The unit.
    Unit,
}

pub(super) fn pins(vfs: &SimVfs<'_>, scenario: &UnitScenario, what: What) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), scenario.unit()) else { return };
    let Ok(catalog) = unit.list() else { return };
    let pinned = match what {
        What::Unit => Some(Pinned::Unit),
        What::Newest => catalog.published().next().map(Pinned::Session),
        What::Oldest | What::ForAWhile => catalog.published().last().map(Pinned::Session),
    };
    let Some(pinned) = pinned else { return };
    match pin(&unit, pinned, &Pin::new("test", vfs.now())) {
        Ok(Pinning::Done) => {
            vfs.mark("pin: set");
            vfs.report(Event::Pinned(pinned));
        }
        Ok(Pinning::NotThere) => return vfs.mark("pin: not there"),
        Ok(Pinning::Busy) => return vfs.mark("pin: busy"),
        Err(error) => {
            typed(vfs, scenario, &error);
            vfs.mark("pin: fails");
            if scenario.is_orderly() && !vfs.is_dead() {
                scenario.object(vfs, "PIN-PROGRESS", format!("cannot pin: {error:?}"));
            }
            return;
        }
    }
    if what != What::ForAWhile {
        return;
    }
    // From here on it may be gone at any moment.
    vfs.report(Event::Unpins(pinned));
    match unpin(&unit, pinned.entry(), None) {
        Ok(Pinning::Done) => vfs.mark("unpin: done"),
        Ok(Pinning::NotThere) => vfs.mark("unpin: not there"),
        Ok(Pinning::Busy) => vfs.mark("unpin: busy"),
        Err(error) => typed(vfs, scenario, &error),
    }
}
