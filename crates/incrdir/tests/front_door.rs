//! What the front door promises: defaults that harm nobody, sessions that leave nothing behind, errors that say what to do.
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use incrdir::{Cache, Durability, Error, Policy, Quarantine, Session, Snapshot, Unit};

fn cache() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path().join("cache")).unwrap();
    (dir, cache)
}

fn unit() -> (tempfile::TempDir, Unit) {
    let (dir, cache) = cache();
    (dir, cache.unit("demo", "key").unwrap())
}

fn publish(unit: &Unit, content: &str) {
    let mut session = unit.begin().start().unwrap();
    session.write("dir/state", content).unwrap();
    session.publish().unwrap();
}

fn published(unit: &Unit) -> String {
    String::from_utf8(unit.read().unwrap().unwrap().read("dir/state").unwrap()).unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Cache>();
    check::<Unit>();
    check::<Session>();
    check::<Snapshot>();
    check::<Error>();
    check::<incrdir::PublishError<incrdir::Private>>();
}

/// The obvious code: write by path.
#[test]
fn writing_in_place_by_path_changes_nothing_that_is_published() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    publish(&unit, "two");
    let session = unit.begin().start().unwrap();
    let mut file =
        fs::OpenOptions::new().write(true).open(session.path().join("dir/state")).unwrap();
    file.write_all(b"XXX").unwrap();
    assert_eq!(published(&unit), "two");
    drop(session);
    assert_eq!(published(&unit), "two");
}

#[test]
fn a_linked_session_is_written_to_by_replacing_only() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    let mut session = unit.begin().link().start().unwrap();
    let mut file = session.edit("dir/state").unwrap();
    file.write_all(b"XXX").unwrap();
    drop(file);
    assert_eq!(published(&unit), "one");
    session.write("dir/other", "new").unwrap();
    session.publish().unwrap();
    assert_eq!(published(&unit), "XXX");
}

#[test]
fn a_session_that_is_dropped_leaves_nothing() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    let before = names(&unit.path());
    drop(unit.begin().start().unwrap());
    assert_eq!(names(&unit.path()), before);

    let failed = unit.begin().start().unwrap().scope(|session| {
        session.write("dir/state", "half")?;
        Err::<(), _>(Error::from(incrdir_vfs::Error::new("do", "it", ErrorKind::Other.into())))
    });
    assert_eq!(failed.unwrap_err().to_string(), "cannot do `it`");
    assert_eq!(names(&unit.path()), before);

    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        unit.begin().start().unwrap().scope(|session| -> Result<(), Error> {
            session.write("dir/state", "half")?;
            panic!("in the middle of the work")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(names(&unit.path()), before);
    assert_eq!(published(&unit), "one");
}

#[test]
fn a_session_that_is_left_is_there_until_somebody_collects() {
    let (_dir, unit) = unit();
    let mut session = unit.begin().start().unwrap();
    session.write("dir/state", "half").unwrap();
    let path = session.leave();
    assert_eq!(fs::read(path.join("dir/state")).unwrap(), b"half");
    assert_eq!(unit.collect().unwrap().removed(), 1);
    assert!(!path.exists());
}

#[test]
fn a_publication_that_fails_gives_the_session_back() {
    let (_dir, unit) = unit();
    let mut session = unit.begin().start().unwrap();
    session.write("dir/state", "one").unwrap();
    // Something else stands where the directory should be.
    let aside = unit.path().join("aside");
    fs::rename(session.path(), &aside).unwrap();
    fs::write(session.path(), "").unwrap();
    let error = session.publish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADirectory);
    let session = error.into_session().expect("not published");
    fs::remove_file(session.path()).unwrap();
    fs::rename(&aside, session.path()).unwrap();
    session.publish().unwrap();
    assert_eq!(published(&unit), "one");
}

#[test]
fn what_has_not_changed_is_not_published_again() {
    let (_dir, unit) = unit();
    // Digests tell it also where times do not, as on tmpfs.
    let begin = || unit.begin().digests().start().unwrap();
    let mut session = begin();
    session.write("dir/state", "one").unwrap();
    session.publish().unwrap();
    let first = unit.read().unwrap().unwrap().name();
    let newest = || unit.read().unwrap().unwrap().name();
    assert!(begin().publish_if_changed().unwrap().is_none());
    assert_eq!(newest(), first);
    let changes: [fn(&Path); 5] = [
        |path| fs::write(path.join("dir/state"), "two").unwrap(),
        |path| fs::write(path.join("dir/new"), "").unwrap(),
        |path| fs::rename(path.join("dir/new"), path.join("dir/newer")).unwrap(),
        |path| fs::remove_file(path.join("dir/newer")).unwrap(),
        |path| fs::create_dir(path.join("empty")).unwrap(),
    ];
    for change in changes {
        let before = newest();
        let session = begin();
        change(session.path());
        assert!(session.publish_if_changed().unwrap().is_some());
        assert_ne!(newest(), before);
        assert!(begin().publish_if_changed().unwrap().is_none());
    }
    // Links are only trusted where a time shows every change of a file.
    let info = unit.as_parts().unwrap().unwrap().fs_info().unwrap();
    let linked = unit.begin().link().start().unwrap().publish_if_changed().unwrap();
    assert_eq!(linked.is_none(), info.times_tell_all);
}

/// A shared file looks the same from both sides; only the record of the source tells that somebody wrote into it.
#[test]
fn what_was_written_through_a_link_is_a_change() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    let before = unit.read().unwrap().unwrap().name();
    let session = unit.begin().link().start().unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(session.shared_path().join("dir/state"))
        .unwrap()
        .write_all(b" more")
        .unwrap();
    assert!(session.publish_if_changed().unwrap().is_some());
    assert_eq!(published(&unit), "one more");
    assert!(!unit.path().join(before.to_string()).exists(), "it is in quarantine");
}

/// A program may put a directory in place of the session's; one that others own is theirs to delete.
#[cfg(unix)]
#[test]
fn a_directory_of_somebody_else_in_its_place_is_not_deleted() {
    let (dir, unit) = unit();
    let theirs = dir.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("thesis"), "precious").unwrap();
    if let Err(error) = std::os::unix::fs::chown(&theirs, Some(1234), None) {
        println!("NOT RUN: only the superuser gives directories away ({error})");
        return;
    }
    let session = unit.begin().start().unwrap();
    let path = session.path().to_path_buf();
    fs::rename(&path, dir.path().join("aside")).unwrap();
    fs::rename(&theirs, &path).unwrap();
    let refused = session.publish().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotADirectory);
    drop(refused);
    assert_eq!(fs::read(path.join("thesis")).unwrap(), b"precious");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_handed_out() {
    let (_dir, unit) = unit();
    let session = unit.begin().start().unwrap();
    let made = std::process::Command::new("mkfifo").arg(session.path().join("pipe")).status();
    assert!(made.unwrap().success());
    let mut session = session;
    assert_eq!(session.edit("pipe").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(session.read("pipe").unwrap_err().kind(), ErrorKind::InvalidInput);
    let _ = session.leave();
}

#[test]
fn as_many_sessions_are_kept_as_was_said() {
    for keep in [1, 2, 3, 5] {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::options().keep(keep).open(dir.path()).unwrap();
        let unit = cache.unit("demo", "key").unwrap();
        for number in 0..8 {
            publish(&unit, &number.to_string());
        }
        let sessions = names(&unit.path()).iter().filter(|name| !name.ends_with(".lock")).count();
        assert_eq!(sessions, keep);
        assert_eq!(published(&unit), "7");
    }
}

#[test]
fn paths_that_lead_out_of_a_session_are_refused() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    let mut session = unit.begin().start().unwrap();
    for path in ["", ".", "..", "../x", "/etc/passwd", "dir/../../x", "a\0b"] {
        let error = session.write(path, "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path:?}: {error}");
        assert!(session.read(path).is_err() && session.remove(path).is_err());
    }
    let snapshot = unit.read().unwrap().unwrap();
    assert!(snapshot.open("../x").is_err());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let (dir, unit) = unit();
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("state"), "theirs").unwrap();
    let mut session = unit.begin().start().unwrap();
    std::os::unix::fs::symlink(&outside, session.path().join("dir")).unwrap();
    std::os::unix::fs::symlink(outside.join("state"), session.path().join("link")).unwrap();
    assert!(session.write("dir/state", "ours").is_err());
    assert!(session.edit("link").is_err());
    assert!(session.read("link").is_err());
    // A link in the place of a file is replaced.
    session.write("link", "ours").unwrap();
    session.publish().unwrap();
    assert_eq!(fs::read(outside.join("state")).unwrap(), b"theirs");
    let snapshot = unit.read().unwrap().unwrap();
    assert!(snapshot.open("dir/state").is_err());
    assert_eq!(snapshot.read("link").unwrap(), b"ours");
}

#[test]
fn a_snapshot_is_for_reading() {
    let (_dir, unit) = unit();
    publish(&unit, "one");
    let snapshot = unit.read().unwrap().unwrap();
    let mut file = snapshot.open("dir/state").unwrap();
    assert!(file.write_all(b"X").is_err());
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one");
    let files: Vec<_> = snapshot.files().map(|file| file.unwrap()).collect();
    assert_eq!(files, [Path::new("dir/state")]);
    assert_eq!(snapshot.read("nothing").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn units_with_other_keys_are_apart() {
    let (_dir, cache) = cache();
    let (one, other) = (cache.unit("demo", "one").unwrap(), cache.unit("demo", "other").unwrap());
    publish(&one, "one");
    assert!(other.read().unwrap().is_none());
    assert!(other.begin().start().unwrap().source().is_none());
    publish(&other, "other");
    assert_eq!((published(&one), published(&other)), ("one".into(), "other".into()));
    assert_eq!(cache.units().unwrap().len(), 2);
    // A key is the list of its parts, however they are given.
    assert_eq!(cache.unit("demo", ["one"]).unwrap().name(), one.name());
    assert_eq!(cache.unit("demo", vec!["one".to_string()]).unwrap().name(), one.name());
    assert!(matches!(cache.unit("a/b", "one"), Err(Error::UnitName { .. })));
}

#[test]
fn places_that_are_no_caches_are_named_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Cache::open(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADirectory);
    assert!(error.to_string().contains("give one, or a new name in a directory"), "{error}");
    let error = Cache::open(dir.path().join("no/cache")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("make that first"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_cache_in_the_hands_of_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let (_dir, cache) = cache();
    fs::set_permissions(cache.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = Cache::open(cache.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("chmod +t"), "{error}");
    Cache::options().trust(incrdir::Trust::everybody()).open(cache.path()).unwrap();
    fs::set_permissions(cache.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    Cache::open(cache.path()).unwrap();
}

#[test]
fn a_durable_cache_is_synced_and_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = Cache::options().durability(Durability::Durable).policy(Policy::default());
    let unit = options.open(dir.path().join("cache")).unwrap().unit("demo", "key").unwrap();
    publish(&unit, "one");
    assert_eq!(published(&unit), "one");
}

#[test]
fn what_is_told_to_stop_stops() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let dir = tempfile::tempdir().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let cache = Cache::options().stopped_by(Arc::clone(&stop)).open(dir.path()).unwrap();
    let unit = cache.unit("demo", "key").unwrap();
    publish(&unit, "one");
    let session = unit.begin().start().unwrap();
    stop.store(true, Ordering::Relaxed);
    let error = session.publish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    stop.store(false, Ordering::Relaxed);
    error.into_session().unwrap().publish().unwrap();
}

#[test]
fn what_takes_long_shows_its_steps() {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    let dir = tempfile::tempdir().unwrap();
    let seen: Arc<Mutex<BTreeMap<incrdir::Work, u64>>> = Arc::default();
    let counts = Arc::clone(&seen);
    let options = Cache::options().keep(1).on_step(move |step| {
        let mut counts = counts.lock().unwrap();
        let most = counts.entry(step.work).or_default();
        *most = step.done.max(*most);
        assert!(step.total.is_none_or(|total| step.done <= total), "{step:?}");
    });
    let unit = options.open(dir.path()).unwrap().unit("demo", "key").unwrap();
    for _ in 0..2 {
        let mut session = unit.begin().start().unwrap();
        (0..20).for_each(|number| session.write(format!("f{number}"), "content").unwrap());
        session.publish().unwrap();
    }
    drop(unit.read().unwrap());
    let seen = seen.lock().unwrap();
    for work in
        [incrdir::Work::Seed, incrdir::Work::Survey, incrdir::Work::Audit, incrdir::Work::Remove]
    {
        assert_eq!(seen.get(&work), Some(&20), "{work:?}: {seen:?}");
    }
    assert!(seen[&incrdir::Work::Collect] >= 2);
}

/// A program that outlives this process keeps the session: here it outlives the handle.
#[cfg(unix)]
#[test]
fn a_program_keeps_the_session_that_it_was_started_for() {
    let (_dir, unit) = unit();
    let mut session = unit.begin().start().unwrap();
    let mut child = session.spawn(std::process::Command::new("sleep").arg("60")).unwrap();
    let path = session.leave();
    assert_eq!(unit.collect().unwrap().removed(), 0);
    assert!(path.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(unit.collect().unwrap().removed(), 1);
}

#[test]
fn a_branch_starts_from_main_and_writes_its_own() {
    let (_dir, cache) = cache();
    let [main, branch] = ["main", "branch"].map(|key| cache.unit("project", key).unwrap());
    publish(&main, "main's");
    let mut session = branch.begin().or_from(&main).link().start().unwrap();
    assert_eq!(session.report().source_unit.as_ref(), Some(main.name()));
    session.write("dir/state", "branch's").unwrap();
    session.publish().unwrap();
    assert_eq!((published(&main), published(&branch)), ("main's".into(), "branch's".into()));
    let session = branch.begin().or_from(&main).start().unwrap();
    assert_eq!(session.read("dir/state").unwrap().unwrap(), b"branch's");
}

#[cfg(unix)]
#[test]
fn a_unit_of_somebody_else_is_not_started_from() {
    use std::os::unix::fs::PermissionsExt;

    let (_dir, cache) = cache();
    let [main, branch] = ["main", "branch"].map(|key| cache.unit("project", key).unwrap());
    publish(&main, "main's");
    fs::set_permissions(main.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = branch.begin().or_from(&main).start().unwrap_err();
    assert!(matches!(error, Error::Stranger { .. }), "{error:?}");
    assert!(!branch.path().exists(), "nothing is made");
}

#[test]
fn a_part_of_the_source_is_taken_over() {
    let (_dir, unit) = unit();
    let mut session = unit.begin().start().unwrap();
    for file in ["deps/a", "deps/b.tmp", "logs/c"] {
        session.write(file, file).unwrap();
    }
    session.publish().unwrap();
    let session = unit.begin().include("deps").exclude("*.tmp").start().unwrap();
    let is_there = |file: &str| session.read(file).unwrap().is_some();
    assert_eq!(["deps/a", "deps/b.tmp", "logs/c"].map(is_there), [true, false, false]);
    let error = unit.begin().exclude("../x").start().unwrap_err();
    assert!(matches!(error, Error::Pattern(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_source_that_proved_bad_is_not_started_from_again() {
    let (_dir, cache) = cache();
    let [main, branch] = ["main", "branch"].map(|key| cache.unit("project", key).unwrap());
    publish(&main, "good");
    publish(&main, "bad");
    let session = branch.begin().or_from(&main).start().unwrap();
    let bad = session.report().source.unwrap();
    let (source, quarantine) = session.reject("the linker crashes on it").unwrap().unwrap();
    assert_eq!(source, bad);
    assert!(matches!(quarantine, Quarantine::Done(_)), "{quarantine:?}");
    assert_eq!(published(&main), "good");
    let held = main.read().unwrap().unwrap();
    let session = branch.begin().or_from(&main).start().unwrap();
    let good = session.report().source.unwrap();
    let rejected = session.reject("again").unwrap();
    assert!(matches!(rejected, Some((_, Quarantine::Busy))), "{rejected:?}");
    let session = branch.begin().or_from(&main).refuse(good).start().unwrap();
    assert_eq!(session.report().source, None);
    assert!(session.reject("cold").unwrap().is_none());
    drop(held);
}

/// Programs that make backups leave out what is marked so: <https://bford.info/cachedir/>.
#[test]
fn a_new_cache_is_marked_as_one() {
    let (dir, cache) = cache();
    let tag = fs::read_to_string(cache.path().join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"), "{tag}");
    assert_eq!(cache.collect().unwrap().foreign, []);
    for (name, is_made) in [("untagged", true), ("there", false)] {
        let root = dir.path().join(name);
        if !is_made {
            fs::create_dir(&root).unwrap();
        }
        let options = Cache::options();
        let options = if is_made { options.without_tag() } else { options };
        options.open(&root).unwrap();
        assert_eq!(names(&root), [""; 0]);
    }
}
