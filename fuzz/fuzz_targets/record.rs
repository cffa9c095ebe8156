//! Any bytes as the record of a published session: nothing panics, and nothing is trusted that was not written. The
//! first byte chooses between bytes from nothing, changes of the real record, and changes whose checksums are put right;
//! and whether the newer or the older of two sessions has it.
#![no_main]

use incrdir_naming::{EntryName, Hash, SessionName, UnitName};
use incrdir_record::Record;
use incrdir_session::{BeginOptions, Inspection, Scrutiny, SeedMode, Unit, begin, inspect, publish};
use incrdir_sim::fixture::{create, name, reseal};
use incrdir_sim::trees::content;
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::{MemDisk, MemVfs, Profile, Vfs};
use libfuzzer_sys::fuzz_target;

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).expect("a good name")
}

fn how() -> BeginOptions {
    options(SeedMode::Copy).digests(true).retention(keep(2))
}

/// Publishes a session.
fn session(vfs: &MemVfs, number: u128) -> SessionName {
    let session = begin(vfs, &vfs.root(), &unit_name(), &how()).expect("begin");
    for file in ["a", "b"] {
        let file = create(vfs, session.dir(), &name(file)).expect("create");
        vfs.write_at(&file, 0, b"content").expect("write");
    }
    let _ = vfs.create_dir(session.dir(), &name("dir"));
    publish(session, Hash::new(number)).expect("publish").name
}

fuzz_target!(|data: &[u8]| {
    let Some((how_forged, bytes)) = data.split_first() else { return };
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let older = session(&vfs, 1);
    let newer = session(&vfs, 2);
    let forged = if how_forged & 4 == 0 { newer } else { older };
    let unit = Unit::open(&vfs, &vfs.root(), &unit_name()).expect("open").expect("unit");
    let lock = name(EntryName::Lock(forged.key));
    let whole = content(&vfs, unit.dir(), &lock).expect("record");
    let mut record = whole.clone();
    match how_forged & 3 {
        0 => record = bytes.to_vec(),
        _ => {
            for change in bytes.chunks_exact(3) {
                let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % record.len();
                record[at] = change[2];
            }
        }
    }
    let is_resealed = how_forged & 3 == 2;
    if is_resealed {
        reseal(&mut record);
    }
    let _ = Record::decode(&record);
    vfs.remove_file(unit.dir(), &lock).expect("remove");
    let file = vfs.create_file(unit.dir(), &lock).expect("create");
    vfs.write_at(&file, 0, &record).expect("write");
    drop(file);
    let found = inspect(&unit, forged, Scrutiny::Digests);
    if !is_resealed && !record.starts_with(&whole) {
        assert!(!matches!(found, Inspection::Sound(_)), "{found:?}");
    }
    let _ = begin(&vfs, &vfs.root(), &unit_name(), &how());
});
