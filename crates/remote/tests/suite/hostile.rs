//! Manifests and objects that somebody has made who means harm: refused by name, nothing written.

use std::fs;

use incrdir_remote::{Objects, Store};
use incrdir_vfs::Chain;

use crate::format::{Entry, Is, Manifest, sealed};
use crate::os::link;
use crate::stores::{Place, keys};
use crate::world::{Machine, address, noise};

type Change = fn(&mut Manifest);

/// A session in a store: `d/f`, `d/g`, `d/l`, `large`. Returns the key of its manifest, and what that says.
fn one(store: &Objects) -> (String, Manifest) {
    let machine = Machine::new();
    machine.publish(|top| {
        fs::create_dir(top.join("d")).unwrap();
        fs::write(top.join("d/f"), b"small").unwrap();
        fs::write(top.join("d/g"), b"small, too").unwrap();
        link("f", &top.join("d/l"));
        fs::write(top.join("large"), noise(1, 70_000)).unwrap();
    });
    machine.push(store);
    let key = keys(store).into_iter().find(|key| key.starts_with("1/suite"));
    let key = key.expect("it was pushed");
    let manifest = Manifest::decode(&store.get(&key, 1 << 20).unwrap().unwrap());
    assert_eq!(manifest.objects().len(), 2);
    for object in manifest.objects() {
        assert!(keys(store).contains(&object), "{object}");
    }
    (key, manifest)
}

/// Pulls it on a new machine. Returns what it says instead.
fn refused(store: &Objects, what: &str) -> String {
    let machine = Machine::new();
    let pulled = machine.pull(store);
    assert!(pulled.fetched.is_none(), "{what}: taken");
    assert!(machine.newest().is_none(), "{what}: published");
    let [(_, _, why)] = &pulled.unfit[..] else { panic!("{what}: {:?}", pulled.unfit) };
    let left = machine.leftovers();
    assert!(left.iter().all(|path| path.components().count() <= 2), "{what}: {left:?}");
    Chain(why).to_string()
}

fn named(manifest: &mut Manifest, name: &[u8]) {
    entry(manifest, b"f").name = name.to_vec();
}

fn entry<'a>(manifest: &'a mut Manifest, name: &[u8]) -> &'a mut Entry {
    manifest.entries.iter_mut().find(|entry| entry.name == name).expect("it has that")
}

fn file<'a>(manifest: &'a mut Manifest, name: &[u8]) -> &'a mut crate::format::File {
    match &mut entry(manifest, name).is {
        Is::File(file) => file,
        _ => panic!("it is a file"),
    }
}

fn target(manifest: &mut Manifest, to: &[u8]) {
    entry(manifest, b"g").is = Is::Link { target: to.to_vec() };
}

fn entries(manifest: &mut Manifest, count: u32) {
    entry(manifest, b"d").is = Is::Dir { mode: 0o755, entries: count };
}

/// Directories in each other.
fn nest(manifest: &mut Manifest, depth: usize) {
    let dir = Entry { name: b"d".to_vec(), is: Is::Dir { mode: 0o755, entries: 1 } };
    let bottom = Entry { name: b"d".to_vec(), is: Is::Dir { mode: 0o755, entries: 0 } };
    manifest.entries = vec![dir; depth];
    manifest.entries.push(bottom);
}

/// What is changed, and a word of what is said then.
const CHANGES: [(&str, Change, &str); 31] = [
    ("a name that leads up", |it| named(it, b".."), "leads elsewhere"),
    ("the name of the directory itself", |it| named(it, b"."), "leads elsewhere"),
    ("a path", |it| named(it, b"a/b"), "leads elsewhere"),
    ("a path from the root on", |it| named(it, b"/tmp/x"), "leads elsewhere"),
    ("no name", |it| named(it, b""), "leads elsewhere"),
    ("a name with a zero", |it| named(it, b"a\0b"), "leads elsewhere"),
    ("a name twice", |it| named(it, b"g"), "twice"),
    ("a link and a directory of one name", |it| entry(it, b"large").name = b"d".into(), "twice"),
    ("a link to the root", |it| target(it, b"/"), "leads out"),
    ("a link to a file elsewhere", |it| target(it, b"/etc/passwd"), "leads out"),
    ("a link up and out", |it| target(it, b"../../x"), "leads out"),
    ("a link out through a name", |it| target(it, b"x/../../../y"), "behind a name"),
    ("a link to nothing", |it| target(it, b""), "no name"),
    ("a link that is no text", |it| target(it, b"\xff"), "no UTF-8"),
    ("too few entries", |it| entries(it, 7), "contradict"),
    ("entries without end", |it| entries(it, u32::MAX), "contradict"),
    ("directories without end", |it| nest(it, 5000), "nested too deep"),
    ("a length without end", |it| file(it, b"large").len = u64::MAX, "contradict"),
    ("a length of more than its parts", |it| file(it, b"large").len = 70_001, "contradict"),
    ("no parts", |it| file(it, b"large").parts.clear(), "contradict"),
    ("a part of no object", |it| file(it, b"large").parts[0].object = 99, "contradict"),
    ("a part beyond its object", |it| file(it, b"f").parts[0].offset = u32::MAX, "contradict"),
    ("an object without bytes", |it| it.objects[0].whole = 0, "impossible"),
    ("an object of gigabytes", |it| it.objects[0].whole = u32::MAX, "impossible"),
    ("an object of stored gigabytes", |it| it.objects[0].stored = u32::MAX, "impossible"),
    ("an object in no scope", |it| it.objects[0].scope = 9, "impossible"),
    ("a scope that leads up", |it| it.scopes[0] = "../x".into(), "is not a scope"),
    ("another unit", |it| it.unit = "other-0000000000007".into(), "copied"),
    ("another scope", |it| it.scope = "other".into(), "copied"),
    ("the content of another", |it| file(it, b"f").digest[0] ^= 1, "another content"),
    ("an object that is not there", |it| it.objects[0].random ^= 1, "is missing"),
];

pub(crate) fn manifests_are_refused(place: &Place) {
    let store = &place.store;
    let (key, good) = one(store);
    for (what, change, says) in CHANGES {
        let mut bad = good.clone();
        change(&mut bad);
        store.put(&key, &bad.encode()).unwrap();
        let why = refused(store, what);
        assert!(why.contains(says), "{what}: {why}");
    }
    let newer = [b"incrdirM\x02", &good.encode()[9..]].concat();
    for (what, bytes, says) in [
        ("no manifest", b"something else".to_vec(), "not a manifest"),
        ("one of a newer program", newer, "use a newer incrdir"),
        ("noise", sealed(&noise(1, 1000)), "cannot be read"),
        ("more than there is", sealed(&[0xff; 1000]), "cannot be read"),
    ] {
        store.put(&key, &bytes).unwrap();
        let why = refused(store, what);
        assert!(why.contains(says), "{what}: {why}");
    }
    store.put(&key, &good.encode()).unwrap();
    let pulled = Machine::new().pull_with(store, &address(), |options| options.max_bytes(70_000));
    let why = Chain(&pulled.unfit[0].2).to_string();
    assert!(why.contains("at most 70000 are taken"), "{why}");
    assert!(Machine::new().pull(store).fetched.is_some(), "that was the reason each time");
}

/// A few bytes that claim to be many.
pub(crate) fn bombs_are_refused(place: &Place) {
    let store = &place.store;
    let (_, manifest) = one(store);
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
    assert!(bomb.len() < 60_000, "{}", bomb.len());
    store.put(&manifest.objects()[0], &bomb).unwrap();
    let why = refused(store, "a bomb");
    assert!(why.contains("is damaged"), "{why}");
}

/// Manifests that are short in the store and long in memory, or that many paths are made of.
pub(crate) fn manifests_that_would_fill_the_memory_are_refused(place: &Place) {
    let store = &place.store;
    let (key, good) = one(store);
    let link = Entry { name: Vec::new(), is: Is::Link { target: Vec::new() } };
    let empty = |name: String| Entry {
        name: name.into_bytes(),
        is: Is::File(crate::format::File {
            mode: 0o644,
            len: 0,
            seconds: 0,
            nanoseconds: 0,
            digest: *blake3::hash(b"").as_bytes(),
            parts: Vec::new(),
        }),
    };
    // What a long manifest is allowed needs something in it that cannot be compressed.
    let long = |manifest: &mut Manifest| {
        let digits = noise(7, 200_000).iter().map(|byte| format!("{byte:02x}")).collect();
        manifest.program = digits;
    };
    let mut entries = good.clone();
    entries.entries = vec![link; 3 << 20];
    let mut more = entries.clone();
    long(&mut more);
    let mut parts = good.clone();
    let part = file(&mut parts, b"large").parts[0].clone();
    file(&mut parts, b"large").parts = vec![part; 20_000];
    let mut scopes = good.clone();
    scopes.scopes = vec!["main".into(); 2_000];
    let mut paths = good.clone();
    let dir = |at: usize| Is::Dir { mode: 0o755, entries: if at < 199 { 1 } else { 6_000 } };
    let long_name = [b'd'; 255].to_vec();
    paths.entries = (0..200).map(|at| Entry { name: long_name.clone(), is: dir(at) }).collect();
    paths.entries.extend((0..6_000).map(|number| empty(format!("{number}"))));
    for (what, bad, says) in [
        ("a body of megabytes in a few hundred bytes", entries, "much longer than what is stored"),
        ("three million entries", more, "names more than a session may have"),
        ("a file of 20,000 parts", parts, "names more than a session may have"),
        ("2,000 scopes", scopes, "names more than a session may have"),
        ("6,000 files, 50 kB deep", paths, "more than 256 MiB"),
    ] {
        store.put(&key, &bad.encode()).unwrap();
        let why = refused(store, what);
        assert!(why.contains(says), "{what}: {why}");
    }
}
