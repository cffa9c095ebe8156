//! Where locks do not exclude everybody, the record of a writer and the age of its lock file speak for it.
use std::time::Duration;

use incrdir_gc::{Collected, Fate, Mode, Why, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{PublishError, SeedMode, Unit, begin, publish};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{options, policy};
use incrdir_vfs::{Locks, MemDisk, MemVfs, Profile};

fn disk(locks: Locks) -> MemDisk {
    MemDisk::new(Profile::posix().locks(locks))
}

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).unwrap()
}

fn collects(vfs: &MemVfs) -> Collected {
    let unit = Unit::open(vfs, &vfs.root(), &unit_name()).unwrap().unwrap();
    collect(&unit, &policy(2), Mode::Collect).unwrap()
}

fn fates(report: &Collected) -> Vec<Option<Why>> {
    let why = |fate: &Fate| match fate {
        Fate::Removed(why) | Fate::Kept(why) | Fate::Left(why) => Some(*why),
        Fate::Failed(_) => None,
    };
    report.disposals.iter().map(|outcome| why(&outcome.fate)).collect()
}

#[test]
fn a_writer_on_this_host_is_known_to_live_and_known_to_be_dead() {
    let disk = disk(Locks::AlwaysGranted);
    let (writer, collector) = (disk.process(), disk.process());
    let session = begin(&writer, &writer.root(), &unit_name(), &options(SeedMode::Link)).unwrap();
    assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
    publish(session, Hash::new(1)).map_err(|error| error.to_string()).unwrap();

    let session = begin(&writer, &writer.root(), &unit_name(), &options(SeedMode::Link)).unwrap();
    disk.kill(&writer);
    session.leave();
    let report = collects(&collector);
    assert!(fates(&report).contains(&Some(Why::DeadWriter)), "{report:?}");
}

/// It may be one of this machine before it was started again, or one of another machine with the same name.
#[test]
fn a_writer_of_another_start_of_a_machine_of_this_name_is_spared_for_a_day() {
    let disk = disk(Locks::AlwaysGranted);
    let writer = disk.process();
    let session = begin(&writer, &writer.root(), &unit_name(), &options(SeedMode::Link)).unwrap();
    drop(create(&writer, session.dir(), &name("file")).unwrap());
    disk.set_boot_id(Some(2));
    let collector = disk.process();
    assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
    disk.advance(Duration::from_secs(25 * 3600));
    assert_eq!(fates(&collects(&collector)), [Some(Why::DeadWriter)]);
}

/// Nobody can ask another host. A day without a change of its lock file is taken for death; if that was wrong,
/// the writer hears of it.
#[test]
fn a_writer_on_another_host_is_spared_for_a_day() {
    let disk = disk(Locks::PerHost);
    let (writer, collector) = (disk.process_on(1), disk.process());
    let session = begin(&writer, &writer.root(), &unit_name(), &options(SeedMode::Link)).unwrap();
    drop(create(&writer, session.dir(), &name("file")).unwrap());
    for hours in [0, 1, 22] {
        disk.advance(Duration::from_secs(hours * 3600));
        assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)], "{hours}");
    }
    disk.advance(Duration::from_secs(2 * 3600));
    assert_eq!(fates(&collects(&collector)), [Some(Why::DeadWriter)]);
    let Err(error) = publish(session, Hash::new(1)) else { panic!("it is gone") };
    assert!(matches!(error, PublishError::NotPublished { .. }), "{error}");
    assert_eq!(error.cause().kind(), std::io::ErrorKind::NotFound);
}
