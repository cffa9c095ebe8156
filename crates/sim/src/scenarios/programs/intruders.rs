//! Programs that delete without asking anybody.

use incrdir_explore::{Report, SimVfs};
use incrdir_naming::EntryName;
use incrdir_session::Unit;
use incrdir_vfs::Vfs;

use crate::fixture::name;
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::{unit_entry, unit_name};

pub(super) fn vandalises(vfs: &SimVfs<'_>) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), unit_name()) else { return };
    let Ok(catalog) = unit.list() else { return };
    if let Some(session) = catalog.published().next() {
        let _ = incrdir_session::remove_tree(vfs, unit.dir(), &name(session));
    }
    vfs.report(Event::Swept);
}

pub(super) fn steals(vfs: &SimVfs<'_>) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), unit_name()) else { return };
    let Ok(catalog) = unit.list() else { return };
    if let Some(session) = catalog.published().next() {
        let lock = name(EntryName::Lock(session.key));
        let _ = vfs.remove_file(unit.dir(), &lock);
    }
}

pub(super) fn cleans(vfs: &SimVfs<'_>) {
    let _ = incrdir_session::remove_tree(vfs, &vfs.root(), unit_entry());
    vfs.report(Event::Swept);
}
