//! Collections of a store.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::thread::sleep;
use std::time::Duration;

use incrdir_naming::UnitName;
use incrdir_remote::{Address, Error, Objects, Pushed, Store, StorePolicy, Swept, collect};

use crate::stores::{Place, everything, keys};
use crate::world::{Machine, address, noise, unit};

/// Nobody pushes meanwhile, so that it may be as short. Where times are whole seconds, a collection that sees a second begin is late, and
/// the next one does it.
const GRACE: Duration = Duration::from_secs(1);
const ROUNDS: usize = 20;

fn policy(keep: usize) -> StorePolicy {
    let keep = NonZeroUsize::new(keep).unwrap();
    StorePolicy::default().keep(keep).grace(GRACE).max_percent(100)
}

/// Collects until nothing waits any more. Returns how many objects were deleted.
fn collect_all(store: &Objects, policy: &StorePolicy) -> u64 {
    let mut deleted = 0;
    for _ in 0..ROUNDS {
        let swept = collect(store, &unit(), policy).unwrap();
        deleted += swept.deleted;
        if swept.waiting == 0 {
            return deleted;
        }
        sleep(Duration::from_millis(300));
    }
    panic!("objects still wait after {ROUNDS} collections")
}

/// Four sessions, each with a file of its own and one that all have.
fn fill(machine: &Machine, store: &Objects) {
    for number in 0..4 {
        machine.publish(|top| {
            fs::write(top.join("own"), noise(number, 70_000)).unwrap();
            fs::write(top.join("all"), noise(99, 70_000)).unwrap();
            fs::write(top.join("small"), [number as u8]).unwrap();
        });
        machine.push(store);
    }
}

/// The keys of what must stay: two manifests and their objects, and all that is not the unit's and of this scope.
fn expected(store: &Objects, before: &[String]) -> BTreeSet<String> {
    let manifests = before.iter().filter(|key| key.starts_with("1/suite-"));
    let (mut main, others): (Vec<_>, Vec<_>) = manifests.partition(|key| key.contains("/main/"));
    main.sort();
    let kept: Vec<&String> = main.into_iter().rev().take(2).chain(others).collect();
    let mut stay: BTreeSet<String> = kept.iter().map(|key| (*key).clone()).collect();
    for key in kept {
        let bytes = store.get(key, 1 << 20).unwrap().unwrap();
        stay.extend(crate::format::Manifest::decode(&bytes).objects());
    }
    stay.extend(
        before.iter().filter(|key| key.contains("foreign") || key.contains("/other-")).cloned(),
    );
    stay
}

pub(crate) fn what_nobody_names_goes_and_nothing_else(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    // A session of a branch, what other units have, and what is none of ours.
    let branch = Address::new(unit(), "branch".parse().unwrap());
    assert!(matches!(machine.push_to(store, &branch), Pushed::Now(_)));
    let other = UnitName::new("other", 7).unwrap();
    assert!(matches!(machine.push_to(store, &address().of(other)), Pushed::Now(_)));
    for key in ["1/foreign", "1/suite-0000000000007/main/foreign", "1/o/foreign/x"] {
        store.put(key, b"foreign").unwrap();
    }
    let before = keys(store);
    let stay = expected(store, &before);

    let first = collect(store, &unit(), &policy(2)).unwrap();
    assert_eq!((first.kept.len(), first.expired.len(), first.deleted), (3, 2, 0), "{first:?}");
    // The own files of two sessions, and their small ones.
    assert_eq!(first.waiting, 4, "{first:?}");
    assert_eq!(collect_all(store, &policy(2)), 4);
    let after: BTreeSet<String> = keys(store).into_iter().collect();
    let gone: Vec<_> = stay.difference(&after).collect();
    let left: Vec<_> = after.difference(&stay).collect();
    assert!(gone.is_empty() && left.is_empty(), "gone: {gone:?}; left: {left:?}");

    for address in [address(), branch] {
        let reader = Machine::new();
        let pulled = reader.pull_from(store, &address);
        assert!(pulled.fetched.is_some() && pulled.unfit.is_empty(), "{pulled:?}");
        assert_eq!(reader.tree(), machine.tree());
    }
    let again = collect(store, &unit(), &policy(2)).unwrap();
    assert_eq!((again.expired.len(), again.deleted, again.waiting), (0, 0, 0), "{again:?}");
}

pub(crate) fn a_dry_run_does_nothing(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    let dry = policy(1).dry_run(true);
    let unchanged = |swept: &Swept, before| {
        assert_eq!(everything(store), before, "{swept:?}");
    };
    let before = everything(store);
    let swept = collect(store, &unit(), &dry).unwrap();
    assert_eq!((swept.kept.len(), swept.expired.len(), swept.deleted), (1, 3, 0), "{swept:?}");
    assert_eq!(swept.waiting, 6, "{swept:?}");
    unchanged(&swept, before);
    // And when there is something to delete.
    let real = collect(store, &unit(), &policy(1)).unwrap();
    assert_eq!((&real.kept, &real.expired), (&swept.kept, &swept.expired));
    sleep(2 * GRACE + Duration::from_millis(100));
    let before = everything(store);
    let swept = collect(store, &unit(), &dry).unwrap();
    assert_eq!((swept.expired.len(), swept.deleted, swept.waiting), (0, 6, 0), "{swept:?}");
    unchanged(&swept, before);
}

pub(crate) fn too_much_is_refused(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    let before = everything(store);
    // Three of four own files, and one that stays: 60 % of the bytes, and a few more.
    for allowed in [0, 50, 59] {
        match collect(store, &unit(), &policy(1).max_percent(allowed)) {
            Err(Error::TooMuch { percent, allowed: of }) => {
                assert_eq!((percent, of), (61, allowed));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(everything(store), before);
    }
    let swept = collect(store, &unit(), &policy(1).max_percent(61)).unwrap();
    assert_eq!(swept.expired.len(), 3);
}

/// The manifests of the unit, the newest first.
fn manifests(store: &Objects) -> Vec<String> {
    let mut manifests = keys(store);
    manifests.retain(|key| key.starts_with("1/suite-"));
    manifests.sort_by(|one, other| other.cmp(one));
    manifests
}

pub(crate) fn what_cannot_be_read_stops_them_while_it_is_kept(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    let manifests = manifests(store);
    let (second, oldest) = (&manifests[1], &manifests[3]);
    let good = store.get(second, 1 << 20).unwrap().unwrap();
    let newer = [b"incrdirM\x02", &good[9..]].concat();
    let stopped = |key: &str, bytes: &[u8]| {
        store.put(key, bytes).unwrap();
        let before = everything(store);
        match collect(store, &unit(), &policy(2)) {
            Err(Error::Unreadable { key: said, .. }) => assert_eq!(said, key),
            other => panic!("{other:?}"),
        }
        assert_eq!(everything(store), before);
    };
    stopped(second, b"noise");
    store.put(second, &good).unwrap();
    // A newer program may read it, and have something to say about what it names.
    stopped(oldest, &newer);
    let stay = expected(store, &keys(store));
    store.put(oldest, b"noise").unwrap();
    let first = collect(store, &unit(), &policy(2)).unwrap();
    assert_eq!((first.kept.len(), first.expired.len(), first.deleted), (2, 2, 0), "{first:?}");
    assert_eq!(collect_all(store, &policy(2)), 4);
    assert_eq!(keys(store).into_iter().collect::<BTreeSet<_>>(), stay);
    assert!(Machine::new().pull(store).fetched.is_some());
}

/// An object of another length is as bad as none.
pub(crate) fn what_cannot_be_pulled_goes_after_the_grace(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    let manifests = manifests(store);
    let names = |key: &String| {
        let bytes = store.get(key, 1 << 20).unwrap().unwrap();
        crate::format::Manifest::decode(&bytes).objects().into_iter().collect::<BTreeSet<_>>()
    };
    let (newest, second) = (names(&manifests[0]), names(&manifests[1]));
    let own = newest
        .difference(&second)
        .max_by_key(|key| store.get(key, 1 << 20).unwrap().map(|it| it.len()));
    let own = own.expect("it has a file of its own");
    let whole = store.get(own, 1 << 20).unwrap().unwrap();
    store.put(own, &whole[..whole.len() - 1]).unwrap();
    let young = collect(store, &unit(), &policy(4).grace(Duration::from_secs(3600))).unwrap();
    assert_eq!((young.broken.len(), young.kept.len()), (1, 4), "{young:?}");
    sleep(2 * GRACE + Duration::from_millis(100));
    let old = collect(store, &unit(), &policy(4)).unwrap();
    assert_eq!((old.broken.len(), old.kept.len()), (1, 3), "{old:?}");
    let left = crate::collections::manifests(store);
    assert_eq!(left, manifests[1..]);
    let pulled = Machine::new().pull(store);
    assert!(pulled.fetched.is_some() && pulled.unfit.is_empty(), "{pulled:?}");
}

/// What a manifest names is not known, so no note is believed that is older than its removal: somebody may still rely on it.
pub(crate) fn notes_are_not_believed_where_a_manifest_goes_unread(place: &Place) {
    let (store, machine) = (&place.store, Machine::new());
    fill(&machine, store);
    let oldest = manifests(store).pop().unwrap();
    let good = store.get(&oldest, 1 << 20).unwrap().unwrap();
    store.delete(&oldest).unwrap();
    let noted = collect(store, &unit(), &policy(3)).unwrap();
    assert_eq!((noted.kept.len(), noted.waiting), (3, 2), "{noted:?}");
    // Somebody names them again. Then that is damaged, and the notes are ripe.
    store.put(&oldest, &good[..good.len() - 1]).unwrap();
    sleep(2 * GRACE + Duration::from_millis(100));
    let swept = collect(store, &unit(), &policy(3)).unwrap();
    assert_eq!((swept.expired.len(), swept.deleted, swept.waiting), (1, 0, 2), "{swept:?}");
    assert_eq!(collect_all(store, &policy(3)), 2);
}
