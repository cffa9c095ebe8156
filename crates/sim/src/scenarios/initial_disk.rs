//! What the processes of a scenario find on the disk.

use std::time::Duration;

use incrdir_naming::Hash;
use incrdir_session::{Durability, Pin, Pinned, Pinning, SeedMode, Unit, begin, pin, publish};
use incrdir_vfs::{Access, Extended, Handle, Locks, MemDir, MemDisk, MemVfs, Owner, Ticks, Vfs};

use super::process_kind::ProcessKind;
use super::unit_scenario::{Hazard, Initial, UnitScenario, unit_entry, unit_name};
use crate::fixture::{create, name};
use crate::usual::options;

/// Names in the root and in the unit that are nobody's of ours.
pub(super) const OUTSIDE: &str = "outside";
pub(super) const FOREIGN: [&str; 4] = ["s-notes", "s-x", "s-ham.lock.gz", ".hidden"];

/// Makes the disk on which a scenario begins.
pub(super) fn make(scenario: &UnitScenario) -> MemDisk {
    let has = |initial| scenario.initial.contains(&initial);
    let locks = match scenario.profile.locks {
        // Somebody must have published all the same.
        Locks::Unsupported => Locks::PerOpenFile,
        locks => locks,
    };
    let disk = MemDisk::new(scenario.profile.clone().locks(locks));
    let vfs = disk.process();
    (0..scenario.published).for_each(|number| publish_number(scenario, &vfs, number));
    if has(Initial::EndedPin) {
        pin_for_a_moment(&vfs);
    }
    if has(Initial::LostLocks) {
        lose_locks(&vfs);
    }
    if has(Initial::DamagedNewest) {
        damage(&vfs);
    }
    if has(Initial::ForeignNames) {
        plant_foreign(&vfs);
    }
    vfs.end();
    disk.set_locks(scenario.profile.locks);
    if scenario.profile.has_layers {
        disk.begin_layer();
    }
    let is_frozen = scenario.hazards.contains(&Hazard::FrozenClock);
    disk.set_ticks(if is_frozen { Ticks::Never } else { Ticks::Own });
    // What lies there is older than any grace.
    disk.advance(Duration::from_secs(if has(Initial::JustUsed) { 600 } else { 3600 }));
    if has(Initial::DeadWriter) {
        let vfs = disk.process();
        let begun = begin(&vfs, &vfs.root(), unit_name(), &options(SeedMode::Link));
        disk.kill(&vfs);
        drop(begun.expect("begin"));
    }
    if scenario.loses_power() {
        disk.begin_journal();
    }
    disk
}

/// Publishes the session of this number.
fn publish_number(scenario: &UnitScenario, vfs: &MemVfs, number: usize) {
    let root = vfs.root();
    // Only of copies is it recorded what would show a change.
    let stores = scenario.processes.contains(&ProcessKind::Storer);
    let seed = match number {
        0 => SeedMode::None,
        _ if stores => SeedMode::Copy,
        _ => SeedMode::Link,
    };
    let lasting = if scenario.loses_power() { Durability::Durable } else { Durability::Detect };
    let options = options(seed).durability(lasting);
    let session = begin(vfs, &root, unit_name(), &options).expect("begin");
    let dir = session.dir();
    let is_last = number + 1 == scenario.published;
    if is_last && number > 0 {
        vfs.remove_file(dir, &name("gone")).expect("remove");
    }
    // Of three, the older two have one file that the newest has not.
    let files = if scenario.published < 3 { &FILES[..3] } else { &FILES };
    for file in files {
        if number == 0 || *file == "changed" || *file == "late" && is_last {
            let file = create(vfs, dir, &name(file)).expect("create");
            vfs.write_at(&file, 0, &[number as u8]).expect("write");
        }
    }
    if scenario.initial.contains(&Initial::OwnedFiles) {
        give_away(vfs, dir);
    }
    if scenario.initial.contains(&Initial::NestedTrees) && number == 0 {
        vfs.create_dir(dir, &name("below")).expect("directory");
        let below = vfs.open_dir(dir, &name("below")).expect("open");
        drop(create(vfs, &below, &name("file")).expect("create"));
        vfs.symlink(&"below/file".into(), dir, &name("link")).expect("link");
    }
    if stores {
        // Times have settled.
        vfs.pause(Duration::from_millis(50));
    }
    publish(session, Hash::new(0)).expect("publish");
}

/// One file belongs to somebody else, and says something about itself.
fn give_away(vfs: &MemVfs, dir: &MemDir) {
    let file = vfs.open_file(dir, &name("shared"), Access::ReadWrite).expect("open");
    let note = Extended::new("user.note", b"kept".to_vec());
    vfs.set_extended(Handle::File(&file), &note).expect("set");
    vfs.set_owner(Handle::File(&file), Owner::new(1, 1)).expect("give");
}

const FILES: [&str; 4] = ["shared", "changed", "gone", "late"];

/// Pins the oldest session until now.
fn pin_for_a_moment(vfs: &MemVfs) {
    let unit = Unit::open(vfs, &vfs.root(), unit_name()).expect("open").expect("unit");
    let oldest = unit.list().expect("list").published().last().expect("a session");
    let now = vfs.now();
    let pinned = pin(&unit, Pinned::Session(oldest), &Pin::new("", now).until(Some(now)));
    assert_eq!(pinned.expect("pin"), Pinning::Done);
}

/// What filters and archives do.
fn lose_locks(vfs: &MemVfs) {
    let unit = vfs.open_dir(&vfs.root(), unit_entry()).expect("unit");
    for entry in vfs.list(&unit).expect("list") {
        let entry = entry.expect("entry").name;
        if entry.to_str().is_some_and(|name| name.ends_with(".lock")) {
            vfs.remove_file(&unit, &entry).expect("remove");
        }
    }
}

/// What `rm -rf` does that was stopped: the newest session has lost the file that it changed, or one further below, which
/// nothing at its top shows.
fn damage(vfs: &MemVfs) {
    let unit = vfs.open_dir(&vfs.root(), unit_entry()).expect("unit");
    let entries =
        vfs.list(&unit).expect("list").into_iter().map(|entry| entry.expect("entry").name);
    let sessions =
        entries.filter(|name| name.to_str().is_some_and(|name| !name.ends_with(".lock")));
    let newest = vfs.open_dir(&unit, &sessions.max().expect("a session")).expect("open");
    match vfs.open_dir(&newest, &name("below")) {
        Ok(below) => vfs.remove_file(&below, &name("file")).expect("remove"),
        Err(_) => vfs.remove_file(&newest, &name("changed")).expect("remove"),
    }
}

/// A directory with a file outside, and in the unit names like ours: a directory, a link to what is outside, files.
fn plant_foreign(vfs: &MemVfs) {
    let root = vfs.root();
    vfs.create_dir(&root, &name(OUTSIDE)).expect("outside");
    let outside = vfs.open_dir(&root, &name(OUTSIDE)).expect("open");
    drop(vfs.create_file(&outside, &name("precious")).expect("file"));
    let unit = vfs.open_dir(&root, unit_entry()).expect("unit");
    let [directory, link, files @ ..] = FOREIGN;
    vfs.create_dir(&unit, &name(directory)).expect("directory");
    vfs.symlink(&format!("/{OUTSIDE}").into(), &unit, &name(link)).expect("link");
    for file in files {
        drop(vfs.create_file(&unit, &name(file)).expect("file"));
    }
}
