//! A tape is the run that was recorded, or it is refused.
#![expect(unreachable_pub, reason = "the examples are programs of their own")]

use incrdir_explore::{
    Bounds, Explore, Happened, Oracle, Persistence, Program, ReplayError, Scenario, Setup, SimVfs,
    Verdict, check,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

#[path = "../examples/atomic_write.rs"]
#[allow(dead_code, reason = "its main function is for people")]
mod atomic_write;
#[path = "../examples/job_queue.rs"]
#[allow(dead_code, reason = "its main function is for people")]
mod job_queue;

#[test]
fn a_tape_of_other_code_is_refused() {
    let bounds = Bounds::default().kills(1);
    let (buggy, mended) = (job_queue::workers(false), job_queue::workers(true));
    let buggy = Explore::new(&buggy).bounds(bounds.clone());
    let mended = Explore::new(&mended).bounds(bounds);
    let tape = buggy.shrink(&buggy.run().violation.expect("a bug")).tape;
    assert!(buggy.replay(&tape).unwrap().violation.is_some());
    // All of its decisions there are in the mended code, too, and still it is another run.
    let diverged = mended.replay(&tape).unwrap_err();
    assert!(matches!(diverged, ReplayError::Diverged { .. }), "{diverged}");
    // A decision that there is not, and one after the end of the run, in what somebody wrote.
    let (written, _checksum) = tape.split_once('#').expect("a checksum");
    assert!(mended.replay(written).is_ok());
    for changed in [format!("{written}.9"), format!("{written}.40z.1")] {
        let diverged = mended.replay(&changed).unwrap_err();
        assert!(diverged.to_string().starts_with("diverged at decision "), "{diverged}");
        assert!(mended.replay_loosely(&changed).is_ok());
    }
    let garbage = mended.replay("x").unwrap_err();
    assert!(matches!(garbage, ReplayError::Tape(_)), "{garbage}");
}

#[test]
fn a_loss_of_power_is_recorded_and_seen_again() {
    let models = [Persistence::EXT4_XFS, Persistence::POSIX];
    let careless = atomic_write::scenario(false);
    let explore = Explore::new(&careless).power_losses(&models);
    let violation = explore.run().violation.expect("a bug");
    let shrunk = explore.shrink(&violation);
    for tape in [&violation.tape, &shrunk.tape] {
        assert!(tape.contains('@'), "{tape}");
        let again = explore.replay(tape).unwrap();
        assert_eq!(again.violation.expect("the same").broken.oracle, violation.broken.oracle);
        assert_eq!(again.tape, *tape);
    }
    let told = explore.tell(&shrunk.tape).unwrap();
    let last = told.last().expect("steps").to_string();
    assert!(last.starts_with("the power goes (ext4, xfs): /state is "), "{last}");
    // By a model that is not explored, or where no such image is.
    let without = Explore::new(&careless).replay(&shrunk.tape).unwrap_err();
    assert!(matches!(without, ReplayError::Model { .. }), "{without}");
    for nowhere in ["@3:posix:999999", "@999:posix:0"] {
        let diverged = explore.replay(nowhere).unwrap_err();
        assert!(matches!(diverged, ReplayError::Diverged { .. }), "{diverged}");
    }
}

#[test]
fn a_failed_check_tells_the_run() {
    let caught = std::panic::catch_unwind(|| check(&job_queue::workers(false))).unwrap_err();
    let text = caught.downcast_ref::<String>().expect("text");
    assert!(text.starts_with("ONLY-ONCE: compile is done twice\n"), "{text}");
    assert!(text.contains("process 1: remove_file /compile: ok"), "{text}");
    assert!(text.contains(".bounds(Bounds::default().kills(1)).replay(\"1z.1#"), "{text}");
    check(&job_queue::workers(true));
}

#[derive(Clone, Hash)]
struct AllIsWell;

impl Oracle for AllIsWell {
    fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict {
        Ok(())
    }
}

struct Writes;

impl Scenario for Writes {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let program = |vfs: &SimVfs<'_>| {
            let (root, dir) = (vfs.root(), Name::new("dir").unwrap());
            vfs.create_dir(&root, &dir).unwrap();
            let dir = vfs.open_dir(&root, &dir).unwrap();
            let file = vfs.create_file(&dir, &Name::new("f").unwrap()).unwrap();
            vfs.write_at(&file, 7, b"\x1b[2J and so on, and so on, and so on").unwrap();
        };
        Setup::new(vec![Program::new(program)], AllIsWell)
    }
}

/// What is written is told with its place and its bytes, and nothing of it reaches a terminal.
#[test]
fn calls_are_told_with_what_they_are_about() {
    let told = Explore::new(&Writes).tell("").unwrap();
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "process 0: create_dir /dir: ok",
            "process 0: open_dir /dir: ok",
            "process 0: create_file /dir/f: ok",
            "process 0: write_at /dir/f at 7: \"\\x1b[2J and so on, and so o…\" (36 bytes): ok",
        ]
    );
}
