//! Programs that go round in circles: a search comes to an end, and says so.

use std::io::ErrorKind;
use std::panic::catch_unwind;

use incrdir_explore::{
    Bounds, Engine, Explore, Happened, Oracle, Program, Scenario, Setup, SimVfs, Summary, Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

#[derive(Clone, Hash)]
struct Anything;

impl Oracle for Anything {
    fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict {
        Ok(())
    }
}

/// A lock that is waited for by trying again and again.
struct Spin {
    /// Whether any error is a reason to try again.
    ignores_errors: bool,
    recovers: bool,
}

impl Scenario for Spin {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let ignores_errors = self.ignores_errors;
        let spin = move |vfs: &SimVfs<'_>| {
            let (root, lock) = (vfs.root(), Name::new("lock").expect("a file name"));
            loop {
                match vfs.create_file(&root, &lock) {
                    Ok(_) => break,
                    Err(error) if error.kind() == ErrorKind::AlreadyExists || ignores_errors => {}
                    Err(_) => return,
                }
            }
            let _ = vfs.remove_file(&root, &lock);
        };
        let recovery = if self.recovers { vec![Program::new(spin)] } else { Vec::new() };
        Setup::new(vec![Program::new(spin), Program::new(spin)], Anything).recovery(recovery)
    }
}

fn explored(spin: &Spin, kills: u32) -> Summary {
    Explore::new(spin).bounds(Bounds::default().kills(kills).calls(50)).run()
}

fn oracle(summary: &Summary) -> Option<&'static str> {
    summary.violation.as_ref().map(|violation| violation.broken.oracle)
}

#[test]
fn a_loop_that_ignores_errors_is_unwound_after_its_death() {
    let spin = Spin { ignores_errors: true, recovers: false };
    for kills in [0, 1] {
        assert_eq!(oracle(&explored(&spin, kills)), Some("NO-PROGRESS"));
    }
    // Single runs, on both engines: what is left over when the run ends returns too.
    for engine in [Engine::Coroutines, Engine::Threads] {
        let explore = Explore::new(&spin).bounds(Bounds::default().kills(1).calls(50));
        let run = explore.engine(engine).run_at_random(1);
        assert!(run.violation.is_none_or(|found| found.broken.oracle == "NO-PROGRESS"));
    }
}

#[test]
fn a_recovery_that_waits_for_a_dead_process_is_found() {
    let spin = Spin { ignores_errors: false, recovers: true };
    let summary = explored(&spin, 1);
    let violation = summary.violation.expect("the lock stays when its owner dies");
    assert_eq!(violation.broken.to_string(), "NO-PROGRESS: process 2 has made 50 calls");
}

#[test]
fn a_long_run_is_told_from_both_ends_and_can_be_seen_again() {
    let spin = Spin { ignores_errors: false, recovers: false };
    let bounds = Bounds::default().kills(1).calls(1000);
    let panic = catch_unwind(|| Explore::new(&spin).bounds(bounds.clone()).check()).unwrap_err();
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(text.starts_with("NO-PROGRESS: "), "{text}");
    assert!(text.contains(" steps …\n") && text.lines().count() < 300, "{text}");
    let (_, again) =
        text.split_once(".bounds(Bounds::default().kills(1).calls(1000)).replay(\"").unwrap();
    let tape = again.strip_suffix("\")").unwrap();
    assert!(Explore::new(&spin).bounds(bounds).replay(tape).unwrap().violation.is_some());
}

#[test]
fn a_search_stops_after_as_many_runs_as_was_said() {
    struct Makers;
    impl Scenario for Makers {
        fn disk(&self) -> MemDisk {
            MemDisk::new(Profile::posix())
        }
        fn setup(&self) -> Setup {
            let make = |name: &'static str| {
                Program::new(move |vfs| {
                    for _ in 0..3 {
                        let _ = vfs.create_file(&vfs.root(), &Name::new(name).expect("a name"));
                    }
                })
            };
            Setup::new(vec![make("a"), make("b")], Anything)
        }
    }
    let all = Explore::new(&Makers).run();
    assert!(all.is_complete && all.executions > 3, "{}", all.executions);
    for runs in [1, 3] {
        let some = Explore::new(&Makers).bounds(Bounds::default().executions(runs)).run();
        assert_eq!((some.executions, some.is_complete), (runs, false));
    }
}

/// Asking for the root is no call, and its answer is not that of the call before.
#[test]
fn a_told_step_has_its_own_outcome() {
    struct Asks;
    impl Scenario for Asks {
        fn disk(&self) -> MemDisk {
            MemDisk::new(Profile::posix())
        }
        fn setup(&self) -> Setup {
            let ask = |vfs: &SimVfs<'_>| {
                let one = Name::new("one").expect("a name");
                let _ = vfs.stat(&vfs.root(), &one);
                let _ = vfs.stat(&vfs.root(), &one);
                let _ = vfs.is_alive(&vfs.process());
            };
            Setup::new(vec![Program::new(ask)], Anything)
        }
    }
    let steps = Explore::new(&Asks).tell("").unwrap();
    let told: Vec<_> = steps.iter().map(|step| step.outcome.as_str()).collect();
    assert_eq!(told[..2], ["NotFound", "NotFound"], "{steps:?}");
    assert_eq!(told.last(), Some(&"alive"), "{steps:?}");
}
