//! What the processes do.

use incrdir_explore::{Report, SimVfs};
use incrdir_naming::SessionName;
use incrdir_remote::internals::{Files, manifest_key, pull_files, push_files};
use incrdir_remote::{Error, Pushed, Store, collect};
use incrdir_vfs::Vfs;

use super::scenario::{Actor, GRACE, LATE, address, files, policy, session, unit};
use super::simulated::Simulated;
use crate::fixture::name;

/// What a program tells the oracle.
pub(super) enum Event {
    /// A push says that the session is in the store.
    IsThere(SessionName),
    /// A push gave up.
    GaveUp {
        why: String,
        is_overtaken: bool,
    },
    Got(SessionName, Files),
    GotNothing {
        why: String,
    },
    CollectionFailed {
        why: String,
    },
}

/// What the process of this number does.
pub(super) fn act(vfs: &SimVfs<'_>, number: usize, actor: Actor, lags: bool) {
    if let Actor::Wait(tenths) = actor {
        // A pause alone would be made at once, because it is nobody else's concern in other scenarios.
        let _ = vfs.stat(&vfs.root(), &name("no-such-name"));
        vfs.pause(GRACE / 10 * tenths);
        return;
    }
    let store = Simulated::new(vfs, vfs.root(), number);
    let store = if lags { store.lagging() } else { Ok(store) };
    let Ok(store) = store else { return };
    match actor {
        Actor::Push(number) => pushes(vfs, &store, number),
        Actor::Collect(keep) => collects(vfs, &store, keep),
        Actor::CollectAgain(keep, times) => {
            for _ in 0..times {
                collects(vfs, &store, keep);
            }
        }
        Actor::Pull => pulls(vfs, &store),
        Actor::Late(number) => arrives(&store, number),
        Actor::Wait(_) | Actor::HalfPush(_) | Actor::Note => {}
    }
}

fn pushes(vfs: &SimVfs<'_>, store: &Simulated<'_, SimVfs<'_>>, number: u8) {
    match push_files(store, &address(), session(number), &files(number)) {
        Ok(pushed) => {
            vfs.mark(match pushed {
                Pushed::Before => "push: was there",
                Pushed::Now(sent) if sent.known > 0 => "push: relied on others",
                Pushed::Now(_) => "push: sent all",
            });
            vfs.report(Event::IsThere(session(number)));
        }
        Err(error) if !vfs.is_dead() => {
            let is_overtaken = matches!(error, Error::Overtaken);
            vfs.mark(match error {
                Error::Overtaken => "push: taken back",
                Error::TooSlow { .. } => "push: too slow",
                _ => "push: failed",
            });
            vfs.report(Event::GaveUp { why: incrdir_vfs::Chain(&error).to_string(), is_overtaken });
        }
        Err(_) => {}
    }
}

fn collects(vfs: &SimVfs<'_>, store: &Simulated<'_, SimVfs<'_>>, keep: usize) {
    match collect(store, unit(), &policy(keep)) {
        Ok(swept) => {
            for (mark, is_so) in [
                ("collect: removed a session", !swept.expired.is_empty()),
                ("collect: deleted objects", swept.deleted > 0),
                ("collect: objects wait", swept.waiting > 0),
                ("collect: found a broken session", !swept.broken.is_empty()),
            ] {
                if is_so {
                    vfs.mark(mark);
                }
            }
        }
        Err(error) if !vfs.is_dead() => {
            vfs.mark("collect: failed");
            vfs.report(Event::CollectionFailed { why: incrdir_vfs::Chain(&error).to_string() });
        }
        Err(_) => {}
    }
}

fn pulls(vfs: &SimVfs<'_>, store: &Simulated<'_, SimVfs<'_>>) {
    match pull_files(store, &address()) {
        Ok((Some((session, files)), unfit)) => {
            vfs.mark(if unfit.is_empty() { "pull: the newest" } else { "pull: an older one" });
            vfs.report(Event::Got(session, files));
        }
        Ok((None, unfit)) if !vfs.is_dead() => {
            vfs.mark("pull: nothing");
            vfs.report(Event::GotNothing { why: format!("{unfit:?}") });
        }
        _ => {}
    }
}

/// What a store does with a request that took its time.
fn arrives(store: &Simulated<'_, SimVfs<'_>>, number: u8) {
    if let Ok(Some(bytes)) = store.get(LATE, usize::MAX) {
        let _ = store.put_new(&manifest_key(unit(), &address().scope, session(number)), &bytes);
    }
}

/// What happens in the days after: time passes, and somebody collects. Nothing that nobody needs is left then.
pub(super) fn collect_all(vfs: &SimVfs<'_>) {
    let store = Simulated::new(vfs, vfs.root(), usize::MAX);
    // The first finds broken sessions and what nobody names, the second what these named.
    for _ in 0..4 {
        vfs.pause(GRACE);
        if let Err(error) = collect(&store, unit(), &policy(1)) {
            vfs.object(
                "STORE-CLEAN",
                format!("a collection fails: {}", incrdir_vfs::Chain(&error)),
            );
        }
    }
}
