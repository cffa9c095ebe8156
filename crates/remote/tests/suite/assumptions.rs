//! O1 to O4, and what the five calls are said to do besides.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use incrdir_remote::{PutNew, Store};

use crate::stores::Place;

const RACES: usize = 50;
const RACERS: usize = 16;

/// O1.
pub(crate) fn one_of_many_makes_an_object(place: &Place) {
    let store = &place.store;
    for race in 0..RACES {
        let key = format!("race/{race}");
        let start = Barrier::new(RACERS);
        let content = |racer: usize| format!("racer {racer}").into_bytes();
        let run = |racer: usize| {
            start.wait();
            store.put_new(&key, &content(racer)).unwrap()
        };
        let outcomes: Vec<PutNew> = thread::scope(|scope| {
            let run = &run;
            let racers: Vec<_> = (0..RACERS).map(|racer| scope.spawn(move || run(racer))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let winners: Vec<usize> =
            (0..RACERS).filter(|racer| outcomes[*racer] == PutNew::Made).collect();
        assert_eq!(winners.len(), 1, "{key}: {winners:?} have won");
        assert_eq!(store.get(&key, 100).unwrap(), Some(content(winners[0])), "{key}");
    }
}

/// O2: whoever reads gets what was there before or what is there after.
pub(crate) fn what_is_confirmed_is_whole(place: &Place) {
    const LEN: usize = 1 << 20;
    let (store, ended, start) = (&place.store, AtomicBool::new(false), Barrier::new(3));
    store.put("whole", &[0; 1]).unwrap();
    let read = || {
        let bytes = store.get("whole", LEN + 100).unwrap().expect("it is there");
        let version = bytes[0];
        assert!(bytes.iter().all(|byte| *byte == version), "of two versions");
        let len = if version == 0 { 1 } else { LEN + usize::from(version) };
        assert_eq!(bytes.len(), len, "of version {version}");
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                while !ended.load(Ordering::Relaxed) {
                    read();
                }
            });
        }
        start.wait();
        let put = |version| store.put("whole", &vec![version; LEN + usize::from(version)]);
        let outcome = (1..=20).try_for_each(put);
        ended.store(true, Ordering::Relaxed);
        outcome.unwrap();
    });
    read();
}

/// O3.
pub(crate) fn listings_show_what_was_confirmed(place: &Place) {
    let store = &place.store;
    let listed = |key: &str| {
        let all = store.list("seen/").unwrap();
        all.into_iter().find(|stored| stored.key == key).map(|stored| stored.len)
    };
    for number in 0..20 {
        let key = format!("seen/{number}");
        assert_eq!(listed(&key), None);
        assert_eq!(store.put_new(&key, b"new").unwrap(), PutNew::Made);
        assert_eq!(listed(&key), Some(3));
        assert_eq!(store.put_new(&key, b"again").unwrap(), PutNew::Exists);
        assert_eq!(listed(&key), Some(3));
        store.put(&key, b"replaced").unwrap();
        assert_eq!(listed(&key), Some(8));
        assert_eq!(store.get(&key, 8).unwrap().as_deref(), Some(&b"replaced"[..]));
        store.delete(&key).unwrap();
        assert_eq!(listed(&key), None);
        assert_eq!(store.get(&key, 8).unwrap(), None);
    }
}

pub(crate) fn listings_go_by_directories(place: &Place) {
    let store = &place.store;
    for key in ["a/b/1", "a/b/c/2", "a/bc/3", "a/4", "b/5", "a/b/=20.x_-", "a/=62/6"] {
        store.put(key, b"").unwrap();
    }
    let listed = |prefix: &str| {
        let mut keys: Vec<_> =
            store.list(prefix).unwrap().into_iter().map(|stored| stored.key).collect();
        keys.sort();
        keys
    };
    assert_eq!(listed("a/b/"), ["a/b/1", "a/b/=20.x_-", "a/b/c/2"]);
    assert_eq!(listed("a/b/c/"), ["a/b/c/2"]);
    assert_eq!(listed("b/"), ["b/5"]);
    assert_eq!(listed("none/"), [""; 0]);
}

/// Providers list a thousand at once.
pub(crate) fn listings_are_complete(place: &Place) {
    const MANY: usize = 1100;
    let store = &place.store;
    let mut made = 0;
    store.concurrently(
        0..MANY,
        |store, number| store.put_new(&format!("many/{number}"), b"x").unwrap(),
        |outcome| {
            made += usize::from(outcome == PutNew::Made);
            ControlFlow::Continue(())
        },
    );
    assert_eq!(made, MANY);
    let mut keys: Vec<_> =
        store.list("many/").unwrap().into_iter().map(|stored| stored.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), MANY);
}

/// O4.
pub(crate) fn times_do_not_go_back(place: &Place) {
    let store = &place.store;
    let mut last = None;
    for number in 0..20 {
        // One is replaced again and again, others are new.
        let key = if number % 2 == 0 { "time/same".into() } else { format!("time/{number}") };
        store.put(&key, b"").unwrap();
        let listed = store.list("time/").unwrap().into_iter().find(|stored| stored.key == key);
        let time = listed.expect("it was just made").modified;
        assert!(last.is_none_or(|last| last <= time), "{last:?}, and then {time:?}");
        last = Some(time);
    }
}

pub(crate) fn limits_are_kept(place: &Place) {
    let store = &place.store;
    store.put("ten", b"0123456789").unwrap();
    store.put("none", b"").unwrap();
    for limit in [10, 11, 1 << 30] {
        assert_eq!(store.get("ten", limit).unwrap().as_deref(), Some(&b"0123456789"[..]));
    }
    for limit in [0, 9] {
        assert_eq!(store.get("ten", limit).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
    assert_eq!(store.get("none", 0).unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(store.get("not there", 10).unwrap(), None);
}

pub(crate) fn removing_twice_is_as_good(place: &Place) {
    let store = &place.store;
    store.put("one/a", b"").unwrap();
    store.put("one/b", b"").unwrap();
    for key in ["one/a", "one/a", "never/was"] {
        store.delete(key).unwrap();
    }
    assert_eq!(store.list("one/").unwrap().len(), 1);
    assert_eq!(store.put_new("one/a", b"again").unwrap(), PutNew::Made);
}
