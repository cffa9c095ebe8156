//! What a program was answered is a part of a state only as far as it may still matter.

use std::panic::catch_unwind;

use incrdir_explore::{
    Bounds, Explore, Happened, Oracle, Program, Report, Scenario, Setup, SimVfs, Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

#[derive(Clone, Hash)]
struct Anything;

impl Oracle for Anything {
    fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict {
        Ok(())
    }
}

fn name(name: &str) -> Name {
    Name::new(name).expect("a file name")
}

/// One makes a name between others; one lists them, and then makes one of its own: which, does not depend on what it saw.
struct Lister {
    /// What it says that it still knows after the listing: nothing, or how many names there were.
    remembers: Option<Remembers>,
    /// Whether it makes another name where it has seen more.
    is_honest: bool,
}

#[derive(Clone, Copy)]
enum Remembers {
    Nothing,
    HowMany,
}

impl Scenario for Lister {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        for there in ["a", "c"] {
            vfs.create_file(&vfs.root(), &name(there)).expect("a new file");
        }
        disk
    }

    fn setup(&self) -> Setup {
        let Self { remembers, is_honest } = *self;
        let lists = move |vfs: &SimVfs<'_>| {
            let root = vfs.root();
            let Ok(listed) = vfs.list(&root) else { return };
            let names: Vec<Name> = listed.into_iter().flatten().map(|entry| entry.name).collect();
            if !names.is_sorted() {
                vfs.object("SORTED", format!("{names:?}"));
            }
            let many = names.len() > 2;
            drop(root);
            match remembers {
                None => {}
                Some(Remembers::Nothing) => vfs.forget("makes one"),
                Some(Remembers::HowMany) => vfs.forget_all_but("makes one", &many),
            }
            let made = name(if many && !is_honest { "many" } else { "few" });
            for _ in 0..3 {
                drop(vfs.create_file(&vfs.root(), &made));
            }
        };
        let makes = |vfs: &SimVfs<'_>| drop(vfs.create_file(&vfs.root(), &name("b")));
        Setup::new(vec![Program::new(lists), Program::new(makes)], Anything)
    }
}

fn states(remembers: Option<Remembers>, is_honest: bool) -> u64 {
    let summary = Explore::new(&Lister { remembers, is_honest }).bounds(Bounds::default()).run();
    assert!(summary.is_complete, "{:?}", summary.violation);
    summary.states
}

/// A listing during which a name was made shows it or not, and tells nothing more.
#[test]
fn names_are_listed_in_their_order_whatever_happened_meanwhile() {
    states(None, true);
}

#[test]
fn what_is_forgotten_tells_no_states_apart() {
    let (all, nothing) = (states(None, true), states(Some(Remembers::Nothing), true));
    assert!(nothing < all, "{nothing} of {all}");
}

#[test]
fn what_is_remembered_tells_states_apart() {
    let (all, many) = (states(None, false), states(Some(Remembers::HowMany), false));
    assert_eq!(many, all);
}

#[test]
fn whoever_has_not_forgotten_is_found() {
    let caught = catch_unwind(|| states(Some(Remembers::Nothing), false)).unwrap_err();
    let text = caught.downcast_ref::<String>().expect("text");
    assert!(text.contains("the program of process 0 has not forgotten"), "{text}");
}
