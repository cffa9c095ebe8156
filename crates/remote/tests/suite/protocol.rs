//! Push and pull, between machines.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use incrdir_remote::{Error, Pushed, Store};

use crate::os::{link, set_mode};
use crate::stores::{Place, keys};
use crate::world::{Machine, address, noise};

/// Nine million bytes and a few: three objects.
const LARGE: usize = (9 << 20) + 17;
const SMALL_FILES: u64 = 300;

/// Some of everything.
fn fill(top: &Path) {
    let write = |name: &str, bytes: &[u8]| fs::write(top.join(name), bytes).unwrap();
    write("empty", b"");
    write("large", &noise(1, LARGE));
    write("one object", &noise(2, 4 << 20));
    write("just large", &noise(3, 64 << 10));
    write("just small", &noise(4, (64 << 10) - 1));
    write("zeros", &[0; 300_000]);
    write("same as zeros", &[0; 300_000]);
    write("ä ö.txt", b"names");
    for dir in ["empty dir", "deep/a/b/c", "small"] {
        fs::create_dir_all(top.join(dir)).unwrap();
    }
    write("deep/a/b/c/file", b"deep");
    for number in 0..SMALL_FILES {
        // Every other one has what the one before it has.
        let content = noise(number / 2 * 2, 10 + number as usize / 2 * 5);
        write(&format!("small/{number}"), &content);
    }
    for (target, name) in
        [("deep/a", "link"), ("../../empty", "deep/a/up"), ("nowhere", "deep/dangling")]
    {
        link(target, &top.join(name));
    }
    for (name, mode) in [("empty", 0o600), ("ä ö.txt", 0o444), ("small/7", 0o751)] {
        set_mode(&top.join(name), mode);
    }
    set_mode(&top.join("deep/a"), 0o750);
    for (name, time) in [
        ("empty", UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_700)),
        ("large", UNIX_EPOCH),
        ("small/8", UNIX_EPOCH + Duration::new(4_000_000_000, 100)),
        ("small/9", UNIX_EPOCH - Duration::new(300_000_000, 100)),
    ] {
        File::options().write(true).open(top.join(name)).unwrap().set_modified(time).unwrap();
    }
}

pub(crate) fn what_is_pulled_is_what_was_pushed(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    let session = one.publish(fill);
    let sent = one.push(&place.store);
    assert_eq!(sent.files, SMALL_FILES + 9);
    // Three pieces, three other large ones, and the small ones together.
    assert!(sent.objects >= 7, "{sent:?}");
    assert!(sent.bytes > LARGE as u64, "{sent:?}");

    let pulled = other.pull(&place.store);
    assert!(pulled.unfit.is_empty(), "{:?}", pulled.unfit);
    let fetched = pulled.fetched.expect("there is something");
    assert_eq!((fetched.remote, fetched.files), (session, sent.files));
    let (pushed, here) = (one.tree(), other.tree());
    for (path, is) in &pushed {
        assert_eq!(here.get(path), Some(is), "{}", path.display());
    }
    assert_eq!(here.len(), pushed.len());
}

pub(crate) fn only_what_changed_is_sent_and_fetched(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    one.publish(fill);
    let files = one.push(&place.store).files;
    assert_eq!(one.push_to(&place.store, &address()), Pushed::Before);
    other.pull(&place.store);
    let before = keys(&place.store);

    // The last of the three pieces of a large file, and a small one.
    one.publish(|top| {
        let mut large = fs::read(top.join("large")).unwrap();
        *large.last_mut().unwrap() ^= 1;
        fs::write(top.join("large"), large).unwrap();
        fs::write(top.join("small/5"), b"changed").unwrap();
        fs::rename(top.join("one object"), top.join("renamed")).unwrap();
        fs::remove_file(top.join("small/9")).unwrap();
    });
    let sent = one.push(&place.store);
    // Of an empty file there is nothing to be known.
    assert_eq!((sent.files, sent.known, sent.objects), (files - 1, files - 4, 2), "{sent:?}");
    assert!(sent.bytes < (1 << 20) + 50_000, "{sent:?}");
    assert_eq!(keys(&place.store).len(), before.len() + 3, "two objects and a manifest");

    let fetched = other.pull(&place.store).fetched.expect("there is something newer");
    // Of a large file that changed, all pieces are fetched.
    assert_eq!((fetched.known, fetched.objects), (files - 3, 4), "{fetched:?}");
    assert_eq!(other.tree(), one.tree());
    assert!(other.pull(&place.store).fetched.is_none(), "it is here");
}

/// What somebody put into a published session.
pub(crate) fn only_what_was_published_is_sent(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    one.publish(|top| fs::write(top.join("state"), b"published").unwrap());
    let path = one.newest().unwrap().path().to_owned();
    fs::create_dir(path.join("dir")).unwrap();
    fs::write(path.join("dir/extra"), b"extra").unwrap();
    if cfg!(windows) {
        // Mounts have no numbers there: it is damage, as after a reboot.
        assert!(one.newest().is_none());
        return;
    }
    assert_eq!(one.push(&place.store).files, 1);
    other.pull(&place.store);
    assert_eq!(other.tree().len(), 1);
}

/// Without digests, the record tells by length and time.
pub(crate) fn what_was_written_to_since_is_not_sent(place: &Place) {
    let one = Machine::new();
    one.publish_with(false, |top| fs::write(top.join("state"), b"published").unwrap());
    let snapshot = one.newest().unwrap();
    fs::write(snapshot.path().join("state"), b"changed").unwrap();
    let refused = one.try_push(&snapshot, &place.store).unwrap_err();
    assert!(matches!(refused, Error::Changed { .. }), "{refused:?}");
    assert!(!keys(&place.store).iter().any(|key| key.starts_with("1/suite")), "no manifest");
}

pub(crate) fn what_no_pull_takes_is_not_sent(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    let deep = |depth: usize| {
        one.publish(|top| fs::create_dir_all(top.join("d/".repeat(depth))).unwrap());
        one.try_push(&one.newest().unwrap(), &place.store)
    };
    assert!(deep(255).is_ok());
    let refused = deep(256).unwrap_err();
    assert!(matches!(refused, Error::Unsendable { .. }), "{refused:?}");
    assert!(other.pull(&place.store).fetched.is_some());
}

pub(crate) fn what_is_newer_here_stays(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    one.publish(|top| fs::write(top.join("state"), b"pushed").unwrap());
    one.push(&place.store);
    let newer = other.publish(|top| fs::write(top.join("state"), b"newer").unwrap());
    let before = other.tree();
    let pulled = other.pull(&place.store);
    assert!(pulled.fetched.is_none() && pulled.unfit.is_empty(), "{pulled:?}");
    assert_eq!(pulled.here, Some(newer));
    assert_eq!(other.tree(), before);
    assert_eq!(other.newest().unwrap().name(), newer);
}

pub(crate) fn an_empty_session_is_one(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    assert!(other.pull(&place.store).fetched.is_none(), "nothing is there");
    one.publish(|_| {});
    let sent = one.push(&place.store);
    assert_eq!((sent.files, sent.objects), (0, 0));
    assert!(other.pull(&place.store).fetched.is_some());
    assert_eq!(other.tree().len(), 0);
}

/// What another scope has is not pulled, unless that is asked for and a trusted key has signed it.
pub(crate) fn scopes_are_apart(place: &Place) {
    let (one, other) = (Machine::new(), Machine::new());
    one.publish(|top| fs::write(top.join("state"), b"of a branch").unwrap());
    let branch = address();
    let branch = incrdir_remote::Address::new(branch.unit, "branch".parse().unwrap());
    assert!(matches!(one.push_to(&place.store, &branch), Pushed::Now(_)));
    let pulled = other.pull(&place.store);
    assert!(pulled.fetched.is_none() && pulled.unfit.is_empty(), "{pulled:?}");
    let reading = address().reads(vec!["branch".parse().unwrap()]);
    let pulled = other.pull_from(&place.store, &reading);
    assert!(pulled.fetched.is_none(), "{pulled:?}");
    assert_eq!(pulled.unfit.len(), 1, "{pulled:?}");
    assert!(other.newest().is_none());
    assert!(other.pull_from(&place.store, &branch).fetched.is_some());
    assert_eq!(place.store.list("1/o/").unwrap().len(), 1);
}
