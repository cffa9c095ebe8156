//! `incrdir show`, as its users see it.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::Path;

use common::{Cache, incrdir, names, stderr, stdout};
use serde_json::Value;

fn show(arguments: &[&str]) -> Value {
    let output = incrdir(&[&["show", "--format", "json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn all_that_is_known_of_a_session_is_shown() {
    let cache = Cache::new();
    let first = "cd $INCRDIR_SESSION; mkdir d; head -c 300K /dev/urandom >d/large; echo x >small; echo y >t.tmp; ln -s small link";
    cache.run(&["--keep", "3", "--seed", "copy"], first);
    let options =
        ["--keep", "3", "--seed", "copy", "--exclude", "*.tmp", "--durability", "durable"];
    cache.run(&options, "head -c 100K /dev/urandom >$INCRDIR_SESSION/middle");
    let sessions = cache.published();
    let shown = show(&[text(&sessions[1]), "-n", "2"]);
    assert_eq!((&shown["format"], &shown["version"]), (&"incrdir-show".into(), &1.into()));
    assert_eq!(shown["name"], sessions[1].file_name().unwrap().to_str().unwrap());
    assert_eq!(shown["unit"], cache.units()[0]);
    let record = &shown["record"];
    assert!(record["writer"]["program"].as_str().unwrap().starts_with("incrdir "), "{record:#}");
    assert_eq!((&record["durability"], &record["seed"]), (&"durable".into(), &"copy".into()));
    assert_eq!(record["patterns"], serde_json::json!(["-*.tmp"]));
    assert_eq!(record["source"], sessions[0].file_name().unwrap().to_str().unwrap());
    assert_eq!(
        (&record["taken_over"]["files"], &record["written"]["files"]),
        (&2.into(), &1.into())
    );
    assert_eq!(record["written"]["bytes"], 100 << 10);
    assert_eq!(shown["sources"][0]["state"], "published");
    assert_eq!(shown["sources"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&shown["files"], &shown["directories"], &shown["others"]),
        (&3.into(), &1.into(), &1.into())
    );
    let largest: Vec<_> =
        shown["largest"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(largest, ["d/large", "middle"]);
    assert_eq!(shown["verdict"]["verdict"], "sound");

    let said = stdout(&incrdir(&["show", text(&sessions[1])]));
    for line in
        ["left out    *.tmp", "verdict     sound", "durability  durable", "started     warm (copy)"]
    {
        assert!(said.contains(line), "{line}: {said}");
    }
    // The source is gone.
    fs::remove_dir_all(&sessions[0]).unwrap();
    let shown = show(&[text(&sessions[1])]);
    assert_eq!(shown["sources"][0]["state"], "gone");
}

#[test]
fn a_session_is_found_by_the_beginning_of_its_name() {
    let cache = Cache::new();
    for key in ["a", "b"] {
        for _ in 0..2 {
            cache.run(&["--key", key, "--keep", "9"], "true");
        }
    }
    let root = cache.root();
    let unit = root.join(&cache.units()[0]);
    let sessions: Vec<_> = names(&unit)
        .into_iter()
        .filter(|name| name.starts_with("s-") && !name.ends_with(".lock"))
        .collect();
    let (older, newer) = (&sessions[0], &sessions[1]);
    let key = &older[..older.rfind('-').unwrap()];
    for arguments in [
        &[text(&unit.join(older))][..],
        &[text(&unit.join(key))],
        &[text(&root.join(key))],
        &[text(&root), key],
        &[text(&unit), key],
        &[text(&unit), older],
        // As `ls` cuts it.
        &[text(&unit), &format!("{key}-…")],
        &[text(&unit.join(format!("{key}.lock")))],
    ] {
        assert_eq!(show(arguments)["name"], **older, "{arguments:?}");
    }
    assert_eq!(show(&[text(&unit)])["name"], **newer, "a unit stands for its newest session");
    for (arguments, says) in [
        (&[text(&unit), "s-"][..], "`s-` may be "),
        (&[text(&unit), "s-zzz"], "there is no session `s-zzz` in "),
        (&[text(&unit.join("s-zzz"))], "it may have been collected"),
        (&[text(&root)], "holds 2 units"),
        (&[text(&cache.path("nothing"))], "No such file or directory"),
    ] {
        let output = incrdir(&[&["show"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1);
    }
}

#[test]
fn what_is_wrong_with_a_session_is_shown() {
    let cache = Cache::new();
    cache.run(&["--keep", "9"], "echo one >$INCRDIR_SESSION/f");
    let session = cache.published()[0].clone();
    cache.run(&["--keep", "9", "--seed", "copy"], "true");
    let next = cache.published()[1].clone();
    fs::write(session.join("f"), "two").unwrap();
    let shown = show(&[text(&session)]);
    assert_eq!(shown["verdict"]["verdict"], "damaged", "{shown:#}");
    let before = names(&cache.unit());
    assert!(session.exists() && before == names(&cache.unit()), "looking changes nothing");

    assert!(!incrdir(&["verify", text(&cache.root()), "--quarantine"]).status.success());
    let quarantined = names(&cache.unit()).into_iter().find(|name| name.starts_with("q-")).unwrap();
    let shown = show(&[text(&cache.root()), &quarantined]);
    assert_eq!(shown["state"], "quarantined");
    assert_eq!(show(&[text(&next)])["sources"][0]["state"], "quarantined");
    assert!(
        shown["reason"].as_str().unwrap().contains("has 3 bytes where 4 are recorded"),
        "{shown:#}"
    );
    let said = stdout(&incrdir(&["show", text(&cache.root()), &quarantined]));
    assert!(said.contains("not used    `"), "{said}");

    // rustc's: no record, and no lock file that looking would make.
    let unit = cache.path("rustc-0l5si3gacvbvl");
    let name = "s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb";
    fs::create_dir_all(unit.join(name)).unwrap();
    let shown = show(&[text(&unit)]);
    assert_eq!(
        (&shown["record"], &shown["verdict"]["verdict"]),
        (&Value::Null, &"no record".into())
    );
    assert_eq!(names(&unit), [name], "looking makes no lock file");
}

#[test]
fn a_session_that_is_being_written_is_shown_as_far_as_it_can_be() {
    let cache = Cache::new();
    let script = r#"echo x >$INCRDIR_SESSION/f; "$0" show "$INCRDIR_SESSION" --format json"#;
    let output = cache.command(&[], script).arg(common::INCRDIR).output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&shown["state"], &shown["in_use"]), (&"live".into(), &true.into()));
    assert_eq!((&shown["record"], &shown["files"]), (&Value::Null, &1.into()));
}
