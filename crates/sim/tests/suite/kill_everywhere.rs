//! One process dies at each of its calls in turn; one collection afterwards leaves nothing of it.
//!
//! Sequential: one other process, after the death. Every interleaving is the explorer's business.
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_naming::Hash;
use incrdir_session::{SeedMode, Unit, abandon, begin, publish};
use incrdir_sim::fixture::{Fixture, create, name};
use incrdir_sim::on_both;
use incrdir_sim::usual::{options, policy};
use incrdir_vfs::Vfs;

on_both! {
    of_a_session_that_is_published,
    of_a_session_that_is_abandoned,
    of_a_collection,
}

/// Lets the world make this many calls and then no more, as if its process had been killed there. What it
/// still holds is closed when its code has returned: no call comes between that matters.
fn die_after<V: Vfs + 'static>(world: &Fixture<V>, calls: usize) -> Rc<Cell<bool>> {
    let left = Cell::new(calls);
    let died = Rc::new(Cell::new(false));
    let flag = Rc::clone(&died);
    world.vfs.hook(move |_, _| {
        if left.get() == 0 {
            flag.set(true);
            return Err(io::Error::other("killed"));
        }
        left.set(left.get() - 1);
        Ok(())
    });
    died
}

/// Runs `victim` with a death after 0, 1, 2, … calls until it gets through, and each time checks that one
/// collection restores order.
fn at_every_call<V: Vfs + 'static>(world: &Fixture<V>, victim: impl Fn(&Fixture<V>)) {
    let keep = 2;
    let _ = world.publish(SeedMode::Link, &[("shared", "1"), ("changed", "1")]);
    for calls in 0..500 {
        let dying = world.another();
        let died = die_after(&dying, calls);
        victim(&dying);
        // So that the grace for a lock file that was never born is over.
        world.later(Duration::from_secs(11));

        let published: Vec<_> = world.catalog().published().collect();
        assert!(!published.is_empty(), "after {calls} calls there is nothing to start from");
        for session in &published {
            let tree = world.session_tree(session);
            assert_eq!(tree.len(), 2, "after {calls} calls {session} is torn: {tree:?}");
        }
        let report = world.collect(keep);
        assert_eq!(report.failures().count(), 0, "after {calls} calls: {report:?}");
        let kept = published.len().min(keep);
        assert_eq!(world.names().len(), 2 * kept, "after {calls} calls: {:?}", world.names());
        assert_eq!(world.catalog().published().collect::<Vec<_>>(), published[..kept]);
        let again = world.collect(keep);
        assert!(again.disposals.iter().all(|o| matches!(o.fate, Fate::Kept(Why::Newest))));
        if !died.get() {
            assert!(calls > 10, "the hook counted");
            return;
        }
    }
    panic!("never got through");
}

fn of_a_session_that_is_published<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |dying| {
        let options = options(SeedMode::Link);
        let Ok(session) = begin(&dying.vfs, &dying.root, &dying.unit, &options) else { return };
        let _ = create(&dying.vfs, session.dir(), &name("changed"));
        let _ = publish(session, Hash::new(0));
    });
}

fn of_a_session_that_is_abandoned<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |dying| {
        let options = options(SeedMode::Copy);
        let Ok(session) = begin(&dying.vfs, &dying.root, &dying.unit, &options) else { return };
        let _ = abandon(session);
    });
}

fn of_a_collection<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |dying| {
        // Something of each kind to collect, made by others.
        let other = dying.another();
        for _ in 0..3 {
            let _ = other.publish(SeedMode::Link, &[]);
        }
        drop(other.begin(SeedMode::Link));
        let orphan = other.begin(SeedMode::None);
        other.vfs.remove_dir(orphan.unit().dir(), &name(orphan.name())).unwrap();
        orphan.leave();

        let Ok(Some(unit)) = Unit::open(&dying.vfs, &dying.root, &dying.unit) else { return };
        let _ = collect(&unit, &policy(2), Mode::Collect);
    });
}
