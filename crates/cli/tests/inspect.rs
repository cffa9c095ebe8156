//! `incrdir ls` and `incrdir gc`, as their users see them.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use common::{Cache, INCRDIR, incrdir, names, stderr, stdout};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = incrdir(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A unit with one of everything; all but `young` is older than any grace.
fn plant(root: &Path) {
    let unit = root.join("demo-0000000000001");
    fs::create_dir_all(&unit).unwrap();
    for (lock, session) in [
        ("s-hce0fdbqzv-1wf0why.lock", "s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb"),
        ("s-hce0fdbqzw-1wf0why.lock", "s-hce0fdbqzw-1wf0why-18xvudajikphu8ktz4jz3zhmb"),
        ("s-hce0fdbqzx-1wf0why.lock", "s-hce0fdbqzx-1wf0why-18xvudajikphu8ktz4jz3zhmb"),
        ("s-hce0fdbqzy-1wf0why.lock", "s-hce0fdbqzy-1wf0why-working"),
    ] {
        fs::write(unit.join(lock), "").unwrap();
        fs::create_dir(unit.join(session)).unwrap();
        fs::write(unit.join(session).join("file"), "12345").unwrap();
    }
    for lock in ["s-hce0fdbqzz-1wf0why.lock", "l-hce0fdbr00-1wf0why", "q-hce0fdbr01-1wf0why.lock"] {
        fs::write(unit.join(lock), "").unwrap();
    }
    for dir in ["d-hce0fdbr02-1wf0why", "q-hce0fdbr01-1wf0why", "s-notes"] {
        fs::create_dir(unit.join(dir)).unwrap();
        fs::write(unit.join(dir).join("file"), "12345").unwrap();
    }
    fs::write(unit.join(OsStr::from_bytes(b"s-\xff")), "").unwrap();
    symlink("demo-0000000000001", root.join("link-0000000000001")).unwrap();
    fs::create_dir(root.join("not-a-unit")).unwrap();
    // The grace is over for everything that was made so far.
    let old = Command::new("find")
        .arg(root)
        .args(["-exec", "touch", "-h", "-d", "1 hour ago", "{}", "+"])
        .status();
    assert!(old.unwrap().success());
    fs::write(unit.join("s-hce0fdbr03-1wf0why.lock"), "").unwrap();
    fs::create_dir(unit.join("s-hce0fdbr03-1wf0why-working")).unwrap();
}

/// What a file of five bytes takes on this medium.
fn block_of_five_bytes(cache: &Cache) -> u64 {
    let file = cache.path("five-bytes");
    fs::write(&file, "12345").unwrap();
    fs::metadata(file).unwrap().blocks() * 512
}

fn states(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    document["units"][0]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(&entry["name"])[..12].to_string(), text(&entry["state"])))
        .collect()
}

#[test]
fn ls_says_what_everything_is() {
    let cache = Cache::new();
    plant(&cache.root());
    let root = cache.root();
    let root = root.to_str().unwrap();
    let before = names(&cache.root().join("demo-0000000000001"));
    let listed = json(&["ls", root]);
    assert_eq!((&listed["format"], &listed["version"]), (&"incrdir-ls".into(), &1.into()));
    assert_eq!(listed["foreign"], serde_json::json!(["link-0000000000001", "not-a-unit"]));
    assert_eq!(listed["units"][0]["foreign"], serde_json::json!(["s-notes", "s-\u{fffd}"]));
    let expected = [
        ("s-hce0fdbqzv", "published"),
        ("s-hce0fdbqzw", "published"),
        ("s-hce0fdbqzx", "published"),
        ("s-hce0fdbqzy", "dead"),
        ("s-hce0fdbqzz", "orphan lock"),
        ("s-hce0fdbr03", "young"),
        ("l-hce0fdbr00", "birth"),
        ("d-hce0fdbr02", "tombstone"),
    ];
    for (name, state) in expected {
        assert!(
            states(&listed).contains(&(name.into(), state.into())),
            "{name} {state}: {listed:#}"
        );
    }
    let published = &listed["units"][0]["entries"][0];
    let block = block_of_five_bytes(&cache);
    assert_eq!((&published["files"], &published["bytes"]), (&1.into(), &block.into()));
    assert_eq!(published["created"], "2025-10-26T09:23:29.925739Z");
    assert_eq!(published["in_use"], Value::Null, "readers cannot be seen");

    // The directory of one unit does as well, and so does the table.
    let unit = json(&["ls", &format!("{root}/demo-0000000000001")]);
    assert_eq!(unit["units"], listed["units"]);
    let table = stdout(&incrdir(&["ls", "-l", root]));
    for word in [
        "demo-0000000000001",
        "STATE",
        "orphan lock",
        "2 foreign, not touched",
        "1 unit, 5 sessions",
    ] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let totals = stdout(&incrdir(&["ls", root]));
    assert_eq!(totals.lines().count(), 3, "a heading, a line for each unit, and the sum: {totals}");
    assert!(totals.contains("1 quarantined, 1 dead, 1 young, 3 leftovers, 2 foreign"), "{totals}");
    assert_eq!(names(&cache.root().join("demo-0000000000001")), before, "looking changes nothing");
}

#[test]
fn ls_shows_who_works_and_on_what() {
    let cache = Cache::new();
    cache.run(&[], "touch $INCRDIR_SESSION/file");
    let script = r#""$0" ls --format json "$1""#;
    let root = cache.root();
    let output =
        cache.command(&[], script).args([INCRDIR, root.to_str().unwrap()]).output().unwrap();
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let entries = listed["units"][0]["entries"].as_array().unwrap();
    assert_eq!((&entries[0]["state"], &entries[1]["state"]), (&"published".into(), &"live".into()));
    assert_eq!(entries[1]["in_use"], true);
    let writer = &entries[0]["writer"];
    assert!(writer["program"].as_str().unwrap().starts_with("incrdir "), "{writer}");
    let after = json(&["ls", root.to_str().unwrap()]);
    assert_eq!(after["units"][0]["entries"][1]["source"], entries[0]["name"]);
}

#[test]
fn gc_deletes_what_is_dead_or_obsolete_and_says_so() {
    let cache = Cache::new();
    plant(&cache.root());
    let root = cache.root();
    let root = root.to_str().unwrap();
    let unit = cache.root().join("demo-0000000000001");
    let before = names(&unit);

    let dry = json(&["gc", root, "--dry-run", "--keep", "1"]);
    assert_eq!(names(&unit), before, "a dry run changes nothing");
    let real = json(&["gc", root, "--keep", "1"]);
    assert_eq!((&real["removed"], &dry["removed"]), (&6.into(), &6.into()), "{real:#}");
    assert_eq!(
        (&real["bytes"], &real["failed"], &real["keep"]),
        (&(4 * block_of_five_bytes(&cache)).into(), &0.into(), &1.into())
    );
    let reasons: Vec<_> = real["units"][0]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!("{} {}", entry["fate"].as_str().unwrap(), entry["reason"].as_str().unwrap())
        })
        .collect();
    for reason in [
        "removed obsolete",
        "removed writer is dead",
        "removed guards nothing",
        "removed never born",
        "removed condemned before",
        "kept newest",
        "kept quarantined",
        "left within the grace",
    ] {
        assert!(reasons.iter().any(|found| found == reason), "{reason}: {reasons:#?}");
    }
    assert_eq!(
        names(&unit),
        [
            "q-hce0fdbr01-1wf0why",
            "q-hce0fdbr01-1wf0why.lock",
            "s-hce0fdbqzx-1wf0why-18xvudajikphu8ktz4jz3zhmb",
            "s-hce0fdbqzx-1wf0why.lock",
            "s-hce0fdbr03-1wf0why-working",
            "s-hce0fdbr03-1wf0why.lock",
            "s-notes",
            "s-\u{fffd}",
        ]
    );
    let table = stdout(&incrdir(&["gc", root]));
    assert!(table.contains("removed 0 (0 B)") && table.contains("4 foreign"), "{table}");
}

#[test]
fn gc_takes_one_unit_by_path_or_by_name() {
    let cache = Cache::new();
    for key in ["a", "b"] {
        for _ in 0..3 {
            cache.run(&["--key", key, "--keep", "9"], "true");
        }
    }
    let root = cache.root();
    let root = root.to_str().unwrap();
    let units = cache.units();
    let of = |unit: &String| names(&cache.root().join(unit)).len();
    assert!(incrdir(&["gc", &format!("{root}/{}", units[0]), "--keep", "1"]).status.success());
    assert_eq!((of(&units[0]), of(&units[1])), (2, 6));
    assert!(incrdir(&["gc", root, "--unit", &units[1], "--keep", "2"]).status.success());
    assert_eq!((of(&units[0]), of(&units[1])), (2, 4));
    assert!(incrdir(&["gc", root, "--unit", "demo", "--keep", "1"]).status.success());
    assert_eq!((of(&units[0]), of(&units[1])), (2, 2));
    let none = incrdir(&["gc", root, "--unit", "other"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("there is no unit `other`"), "{}", stderr(&none));
    assert!(stderr(&none).contains(&format!("`incrdir ls {root}` lists")), "{}", stderr(&none));
}

/// F28, F29: twenty thousand leftovers, with 64 descriptors.
#[test]
fn a_unit_with_twenty_thousand_leftovers_is_collected_with_few_descriptors() {
    let cache = Cache::new();
    let unit = cache.root().join("demo-0000000000001");
    fs::create_dir_all(&unit).unwrap();
    for number in 0..20_000 {
        // All in 2024, numbered in base 36.
        let digits: String =
            [number / 1296 / 36, number / 1296 % 36, number / 36 % 36, number % 36]
                .iter()
                .map(|digit| char::from_digit(*digit, 36).unwrap())
                .collect();
        let stem = format!("s-gr0000{digits}-1wf0why");
        // Ours, by what is in it: no grace.
        fs::write(unit.join(format!("{stem}.lock")), "incrdir\x01").unwrap();
        match number % 3 {
            0 => fs::create_dir(unit.join(format!("{stem}-working"))).unwrap(),
            1 => fs::create_dir(unit.join(format!("{stem}-0000000000000000000000000"))).unwrap(),
            _ => {}
        }
    }
    let start = Instant::now();
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -n 64; exec "$0" gc "$1" --format json"#, INCRDIR])
        .arg(cache.root())
        .output()
        .unwrap();
    println!("20,000 leftovers: {:.2} s", start.elapsed().as_secs_f64());
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["removed"], &report["failed"]), (&19_998.into(), &0.into()));
    assert_eq!(names(&unit).len(), 4);
}

/// Old compilers did not pad the id of a unit, so `gc` said that there was no unit; and many a directory looks like such a
/// one. Roots do, too: nothing was done in them, and all was said to be well.
#[test]
fn a_unit_is_known_by_its_name_and_by_what_is_in_it() {
    let cache = Cache::new();
    let root = cache.path("cache-1700000000000");
    let (unit, notes) = (root.join("regex-3w5e11264sgs"), root.join("my-project"));
    let dead = unit.join("s-hce0fdbqzy-16-working");
    for dir in [&dead, &notes] {
        fs::create_dir_all(dir).unwrap();
    }
    fs::write(unit.join("s-hce0fdbqzy-16.lock"), "").unwrap();
    fs::write(notes.join("text"), "").unwrap();
    let old = Command::new("find")
        .arg(&root)
        .args(["-exec", "touch", "-d", "1 hour ago", "{}", "+"])
        .status();
    assert!(old.unwrap().success());

    let (root, unit) = (root.to_str().unwrap(), unit.to_str().unwrap());
    for place in [root, unit] {
        let listed = json(&["ls", place]);
        assert_eq!(listed["units"].as_array().unwrap().len(), 1, "{listed}");
        assert_eq!(listed["units"][0]["unit"], "regex-3w5e11264sgs");
        assert_eq!(listed["units"][0]["entries"][0]["state"], "dead");
    }
    assert_eq!(json(&["ls", root])["foreign"][0], "my-project");
    assert_eq!(json(&["ls", notes.to_str().unwrap()])["units"].as_array().unwrap().len(), 0);
    assert_eq!(json(&["gc", root, "--unit", "regex", "--grace", "1s"])["removed"], 1);
    assert!(names(Path::new(unit)).is_empty() && notes.join("text").exists());
}
