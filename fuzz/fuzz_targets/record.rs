//! Any bytes as the record of a published session: nothing panics, and nothing is trusted that was not
//! written. The first two bytes choose between bytes from nothing and changes of the real record.
#![no_main]

use std::sync::OnceLock;

use incrdir_naming::{EntryName, Hash, SessionName, UnitName};
use incrdir_session::{Inspection, Record, Scrutiny, Unit, begin, create, inspect, publish};
use incrdir_sim::worlds::{content, name, options};
use incrdir_vfs::{MemDisk, Profile, Vfs};
use libfuzzer_sys::fuzz_target;

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).expect("a good name")
}

/// A disk with one published session, and its record.
fn world() -> &'static (MemDisk, SessionName, Vec<u8>) {
    static WORLD: OnceLock<(MemDisk, SessionName, Vec<u8>)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let disk = MemDisk::new(Profile::posix());
        let published = {
            let vfs = disk.process();
            let mut options = options(incrdir_session::SeedMode::None);
            options.digests = true;
            let session = begin(&vfs, &vfs.root(), &unit_name(), &options).expect("begin");
            for file in ["a", "b"] {
                let file = create(&vfs, session.dir(), &name(file)).expect("create");
                vfs.write_at(&file, 0, b"content").expect("write");
            }
            vfs.create_dir(session.dir(), &name("dir")).expect("mkdir");
            publish(session, Hash::new(1)).expect("publish").name
        };
        let vfs = disk.process();
        let unit = Unit::open(&vfs, &vfs.root(), &unit_name()).expect("open").expect("unit");
        let lock = name(EntryName::Lock(published.key));
        let record = content(&vfs, unit.dir(), &lock).expect("record");
        drop(unit);
        (disk, published, record)
    })
}

fuzz_target!(|data: &[u8]| {
    let (disk, session, whole) = world();
    let forged = match data.split_first() {
        None => return,
        Some((0, bytes)) => bytes.to_vec(),
        Some((_, changes)) => {
            let mut record = whole.clone();
            for change in changes.chunks_exact(3) {
                let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % record.len();
                record[at] = change[2];
            }
            record
        }
    };
    let _ = Record::decode(&forged);
    let disk = disk.snapshot();
    let vfs = disk.process();
    let unit = Unit::open(&vfs, &vfs.root(), &unit_name()).expect("open").expect("unit");
    let lock = name(EntryName::Lock(session.key));
    vfs.remove_file(unit.dir(), &lock).expect("remove");
    let file = vfs.create_file(unit.dir(), &lock).expect("create");
    vfs.write_at(&file, 0, &forged).expect("write");
    drop(file);
    let found = inspect(&unit, *session, Scrutiny::Digests);
    if !forged.starts_with(whole) {
        assert!(!matches!(found, Inspection::Sound(_)), "{found:?}");
    }
});
