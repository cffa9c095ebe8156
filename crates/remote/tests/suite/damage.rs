//! What is missing or wrong in the newest session: the older one is taken, and it is said why.

use std::collections::BTreeSet;
use std::fs;

use incrdir_naming::SessionName;
use incrdir_remote::{Objects, PushOptions, Store, Unfit, push};

use crate::stores::{Place, keys};
use crate::world::{Machine, Tree, address, noise};

/// Two sessions in a store.
struct Two {
    older: (SessionName, Tree),
    newer: SessionName,
    /// What only the newer one names.
    objects: Vec<String>,
    manifest: String,
}

fn two(store: &Objects) -> Two {
    let one = Machine::new();
    let older = one.publish(|top| {
        fs::write(top.join("small"), b"older").unwrap();
        fs::write(top.join("large"), noise(1, 70_000)).unwrap();
        fs::write(top.join("same"), noise(2, 70_000)).unwrap();
    });
    one.push(store);
    let (before, tree) = (keys(store), one.tree());
    let newer = one.publish(|top| {
        fs::write(top.join("small"), b"newer").unwrap();
        fs::write(top.join("large"), noise(3, 70_000)).unwrap();
    });
    one.push(store);
    let new = keys(store).into_iter().filter(|key| !before.contains(key));
    let (objects, manifests): (Vec<_>, Vec<_>) = new.partition(|key| key.starts_with("1/o/"));
    assert_eq!((objects.len(), manifests.len()), (2, 1));
    Two { older: (older, tree), newer, objects, manifest: manifests[0].clone() }
}

/// Pulls on a new machine, and sees that it gets the older one. Returns why not the newer one.
fn falls_back(store: &Objects, two: &Two) -> Unfit {
    let machine = Machine::new();
    let mut pulled = machine.pull(store);
    let fetched = pulled.fetched.expect("the older one is there");
    assert_eq!(fetched.remote, two.older.0);
    assert_eq!(machine.tree(), two.older.1);
    assert_eq!(pulled.unfit.len(), 1, "{:?}", pulled.unfit);
    let (scope, session, why) = pulled.unfit.remove(0);
    assert_eq!((scope.as_str(), session), ("main", two.newer));
    why
}

/// Does this to each object of the newer session, one after the other.
fn damaged(place: &Place, damage: impl Fn(&str, Vec<u8>), is_why: impl Fn(&Unfit, &str) -> bool) {
    let store = &place.store;
    let two = two(store);
    for key in &two.objects {
        let good = store.get(key, 1 << 20).unwrap().expect("it is there");
        damage(key, good.clone());
        let why = falls_back(store, &two);
        assert!(is_why(&why, key), "{why:?}");
        store.put(key, &good).unwrap();
    }
    let pulled = Machine::new().pull(store);
    assert_eq!(pulled.fetched.map(|it| it.remote), Some(two.newer), "all is good again");
}

fn is_damaged(why: &Unfit, key: &str) -> bool {
    matches!(why, Unfit::Damaged(damaged) if damaged == key)
}

pub(crate) fn an_object_that_is_missing(place: &Place) {
    let remove = |key: &str, _| place.store.delete(key).unwrap();
    damaged(place, remove, |why, key| matches!(why, Unfit::Missing(missing) if missing == key));
}

pub(crate) fn an_object_that_was_cut_short(place: &Place) {
    let cut = |key: &str, good: Vec<u8>| {
        place.store.put(key, &good[..good.len() - 1]).unwrap();
    };
    damaged(place, cut, is_damaged);
}

pub(crate) fn an_object_that_is_empty(place: &Place) {
    damaged(place, |key, _| place.store.put(key, b"").unwrap(), is_damaged);
}

pub(crate) fn an_object_with_a_flipped_bit(place: &Place) {
    let store = &place.store;
    let two = two(store);
    for key in &two.objects {
        let good = store.get(key, 1 << 20).unwrap().expect("it is there");
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            store.put(key, &bad).unwrap();
            let why = falls_back(store, &two);
            assert!(is_damaged(&why, key), "byte {at} of {}: {why:?}", good.len());
        }
        store.put(key, &good).unwrap();
    }
}

pub(crate) fn an_object_that_grew(place: &Place) {
    let grow = |key: &str, good: Vec<u8>| {
        place.store.put(key, &[&good[..], &[0; 100_000]].concat()).unwrap();
    };
    damaged(place, grow, is_damaged);
}

/// Wherever it is.
pub(crate) fn a_manifest_with_a_flipped_bit(place: &Place) {
    const PLACES: usize = 60;
    let store = &place.store;
    let two = two(store);
    let good = store.get(&two.manifest, 1 << 20).unwrap().expect("it is there");
    let step = good.len().div_ceil(PLACES);
    for at in (0..good.len()).step_by(step).chain([good.len() - 1]) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        store.put(&two.manifest, &bad).unwrap();
        let why = falls_back(store, &two);
        assert!(matches!(why, Unfit::Hostile(_)), "byte {at} of {}: {why:?}", good.len());
    }
}

pub(crate) fn a_manifest_that_was_cut_short(place: &Place) {
    let store = &place.store;
    let two = two(store);
    let good = store.get(&two.manifest, 1 << 20).unwrap().expect("it is there");
    for len in [0, 5, 10, 11, good.len() / 2, good.len() - 1] {
        store.put(&two.manifest, &good[..len]).unwrap();
        let why = falls_back(store, &two);
        assert!(matches!(why, Unfit::Hostile(_)), "{len} bytes of {}: {why:?}", good.len());
    }
}

/// What a pull has found out, and lengths: a push sends it again, and everybody can pull again.
pub(crate) fn what_is_known_to_be_damaged_is_sent_anew(place: &Place) {
    let store = &place.store;
    for cut in [false, true] {
        let one = Machine::new();
        one.publish(|top| fs::write(top.join("large"), noise(1, 70_000)).unwrap());
        one.push(store);
        for key in keys(store).into_iter().filter(|key| key.starts_with("1/o/")) {
            let mut bytes = store.get(&key, 1 << 20).unwrap().expect("it is there");
            *bytes.last_mut().unwrap() ^= 1;
            bytes.truncate(if cut { bytes.len() / 2 } else { bytes.len() });
            store.put(&key, &bytes).unwrap();
        }
        let pulled = Machine::new().pull(store);
        let damaged = pulled.unfit.iter().filter_map(|(.., why)| match why {
            Unfit::Damaged(key) => Some(key.clone()),
            _ => None,
        });
        let damaged: BTreeSet<String> = if cut { BTreeSet::new() } else { damaged.collect() };
        one.publish(|top| fs::write(top.join("small"), b"new").unwrap());
        let options = PushOptions::new("suite").damaged(damaged);
        let snapshot = one.newest().unwrap();
        push(&snapshot, store, &address(), &options, &mut |_| {}).unwrap();
        let machine = Machine::new();
        assert!(machine.pull(store).fetched.is_some(), "cut: {cut}");
        assert_eq!(machine.tree(), one.tree());
    }
}
