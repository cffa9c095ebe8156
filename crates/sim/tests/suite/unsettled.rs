//! A rename may be reported as failed although it was done. Looking settles it; where looking fails too, the
//! error says so, and nothing is lost either way. Found by `cargo xtask sim faults`.

use std::io::{self, ErrorKind};

use incrdir_naming::Hash;
use incrdir_session::{PublishError, Reading, SeedMode, Unrecorded, publish, read};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::on_both;
use incrdir_vfs::Vfs;

on_both! {
    the_old_name_tells_it_too,
    it_is_said_if_nothing_tells_it,
    what_was_not_done_is_settled,
}

/// Makes publishing renames happen and then fail, and so many looks after that.
fn deceive<V: Vfs + 'static>(world: &Fixture<V>, is_done: bool, failing_looks: usize) {
    let (other, mut looks) = (world.another(), None);
    world.vfs.hook(move |op, entry| match (op, entry, &mut looks) {
        ("rename_new", Some(from), looks @ None) if from.to_string().ends_with("-working") => {
            let to = name(from.to_string().replace("-working", &format!("-{:025}", 0)));
            let unit = other.open();
            if is_done {
                other.vfs.rename_new(unit.dir(), from, unit.dir(), &to)?;
            }
            *looks = Some(failing_looks);
            Err(io::Error::other("EIO"))
        }
        ("stat", _, Some(left)) if *left > 0 => {
            *left -= 1;
            Err(io::Error::other("EIO"))
        }
        _ => Ok(()),
    });
}

fn the_old_name_tells_it_too<V: Vfs + 'static>(world: &Fixture<V>) {
    for failing_looks in [0, 1] {
        let session = world.begin(SeedMode::None);
        deceive(world, true, failing_looks);
        let published = publish(session, Hash::new(0)).unwrap();
        world.vfs.unhook();
        let Reading::Found(snapshot) =
            read(&world.vfs, &world.root, &world.unit, Unrecorded::Accept).unwrap()
        else {
            panic!("nothing to read")
        };
        assert_eq!(snapshot.name(), published.name);
    }
}

fn it_is_said_if_nothing_tells_it<V: Vfs + 'static>(world: &Fixture<V>) {
    for is_done in [true, false] {
        let session = world.begin(SeedMode::None);
        deceive(world, is_done, 2);
        let error = publish(session, Hash::new(0)).unwrap_err();
        assert!(matches!(error, PublishError::Unsettled { .. }));
        assert!(error.to_string().contains("could not be seen whether"), "{error}");
        world.vfs.unhook();
        drop(error);
        let before = world.catalog().published().count();
        world.collect(9);
        assert_eq!(world.catalog().published().count(), before);
        assert!(!world.names().iter().any(|name| name.ends_with("-working")));
    }
}

fn what_was_not_done_is_settled<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.begin(SeedMode::None);
    deceive(world, false, 0);
    let error = publish(session, Hash::new(0)).unwrap_err();
    let PublishError::NotPublished { session, source } = error else { panic!("{error}") };
    assert_eq!(source.kind(), ErrorKind::Other);
    world.vfs.unhook();
    publish(*session, Hash::new(0)).unwrap();
}
