//! Losses of power where names survive in one order, searched commit by commit.

use std::any::Any;

use incrdir_explore::{
    Broken, Explore, Happened, Oracle, Persistence, Program, Report, Scenario, Setup, SimVfs,
    Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

fn name(name: &str) -> Name {
    Name::new(name).expect("a file name")
}

/// Remembers what was promised, and objects if the power takes it.
#[derive(Clone, Hash, Default)]
struct Promised(Vec<&'static str>);

impl Oracle for Promised {
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        let is_lost = |promised: &&&str| look.root().get(&name(promised)).is_none();
        match (happened, self.0.iter().find(is_lost)) {
            (Happened::PowerLoss, Some(lost)) => {
                Err(Broken::new("KEPT", format!("{lost} was promised")))
            }
            _ => Ok(()),
        }
    }

    fn hear(&mut self, _look: Look<'_>, _process: usize, event: &dyn Any) -> Verdict {
        self.0.extend(event.downcast_ref::<&'static str>());
        Ok(())
    }
}

/// Two processes that each make a file and promise that it stays.
struct Promises {
    syncs: bool,
}

impl Scenario for Promises {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let syncs = self.syncs;
        let promise = move |vfs: &SimVfs<'_>, file: &'static str| {
            let root = vfs.root();
            if vfs.create_file(&root, &name(file)).is_ok()
                && (!syncs || vfs.sync_dir(&root).is_ok())
            {
                vfs.report(file);
            }
        };
        let program = |file| Program::new(move |vfs| promise(vfs, file));
        let recovery = Program::new(|vfs| drop(vfs.list(&vfs.root())));
        Setup::new(vec![program("one"), program("two")], Promised::default())
            .recovery(vec![recovery])
    }
}

#[test]
fn the_same_images_are_lost() {
    for model in [Persistence::ORDERED, Persistence::EXT4_XFS, Persistence::DEVICE] {
        let scenario = Promises { syncs: true };
        let explore = Explore::new(&scenario).power_losses(std::slice::from_ref(&model));
        let (whole, by_commit) = (explore.run(), explore.clone().commit_by_commit().run());
        assert!(
            whole.is_complete && by_commit.is_complete,
            "{:?} {:?}",
            whole.violation,
            by_commit.violation
        );
        assert_eq!(by_commit.images, whole.images, "{}", model.name);
        assert!(by_commit.images > 4, "{}", by_commit.images);
    }
}

#[test]
fn what_was_promised_too_early_is_found_and_seen_again() {
    let scenario = Promises { syncs: false };
    assert!(Explore::new(&scenario).power_losses(&[Persistence::STRICT]).run().violation.is_none());
    let explore = Explore::new(&scenario).power_losses(&[Persistence::ORDERED]).commit_by_commit();
    let violation = explore.run().violation.expect("a bug");
    assert_eq!(violation.broken.oracle, "KEPT");
    for found in [&violation, &explore.shrink(&violation)] {
        let again = explore.replay(&found.tape).unwrap();
        assert_eq!(again.violation.expect("the same").broken, found.broken, "{}", found.tape);
    }
}
