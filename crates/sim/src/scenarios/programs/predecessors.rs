//! Programs of the protocols that this one descends from or lives beside: the seed's and rustc's.

use std::io::ErrorKind;

use incrdir_explore::{Report, SimVfs};
use incrdir_vfs::{Access, Vfs};

use super::shared::start;
use crate::fixture::{create, name};
use crate::scenarios::model::Event;
use crate::scenarios::seed;
use crate::scenarios::unit_scenario::{UnitScenario, unit_entry};

/// How a session of the seed's ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SeedEnd {
    Publish,
    InPlace,
    Fail,
}

pub(super) fn seed_session(
    vfs: &SimVfs<'_>,
    scenario: &UnitScenario,
    age: seed::Age,
    end: SeedEnd,
) {
    start(vfs);
    let root = vfs.root();
    let _ = vfs.create_dir(&root, unit_entry());
    let Ok(unit) = vfs.open_dir(&root, unit_entry()) else { return };
    let session = match seed::begin(vfs, &unit) {
        Ok(session) => session,
        // It asserts that a name can hold the time; where something else is hunted, that is in the way.
        Err(error)
            if scenario.only == Some("NO-PANIC") && error.kind() == ErrorKind::InvalidData =>
        {
            panic!("{error}")
        }
        Err(_) => return,
    };
    let key = session.key;
    vfs.report(Event::Began { key, source: session.source, is_others: false, why: String::new() });
    if end == SeedEnd::Fail {
        // What the seed does after errors: it deletes the directory, and then publishes it.
        vfs.report(Event::Leaves(key));
        let _ = incrdir_session::remove_tree(vfs, &unit, &name(key.working()));
        if let Err(error) = seed::publish(vfs, &unit, session, age) {
            scenario.object(
                vfs,
                "SEED-FINISH",
                format!("what was deleted cannot be renamed: {error}"),
            );
        }
        return;
    }
    let changed = name("changed");
    let file = match end {
        SeedEnd::InPlace => vfs.open_file(&session.dir, &changed, Access::ReadWrite).ok(),
        _ => create(vfs, &session.dir, &changed).ok(),
    };
    if file.is_some_and(|file| vfs.write_at(&file, 0, b"changed").is_ok()) {
        let published = seed::publish(vfs, &unit, session, age);
        if published.is_ok() {
            vfs.report(Event::Published { key, is_superseded: false });
        }
    }
    vfs.report(Event::Leaves(key));
}

pub(super) fn seed_collects(vfs: &SimVfs<'_>, scenario: &UnitScenario, age: seed::Age) {
    let Ok(unit) = vfs.open_dir(&vfs.root(), unit_entry()) else { return };
    if let Err(error) = seed::collect(vfs, &unit, age)
        && !vfs.is_dead()
    {
        scenario.object(vfs, "GC-SILENT", error.to_string());
    }
}

pub(super) fn rustc(vfs: &SimVfs<'_>) {
    let Ok(unit) = vfs.open_dir(&vfs.root(), unit_entry()) else { return };
    match seed::begin(vfs, &unit) {
        Ok(session) => {
            let key = session.key;
            vfs.report(Event::Began {
                key,
                source: session.source,
                is_others: false,
                why: String::new(),
            });
            if create(vfs, &session.dir, &name("changed")).is_ok() {
                let _ = seed::publish_only(vfs, &unit, session);
            }
            vfs.mark("rustc: published");
            vfs.report(Event::Leaves(key));
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            vfs.report(Event::CannotLock);
        }
        Err(_) => {}
    }
}
