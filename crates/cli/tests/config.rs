//! Settings of the environment and the configuration file.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{INCRDIR, names, stderr, stdout};

/// A user with a home directory and nothing in the environment.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The file in its usual place.
    fn file(&self) -> PathBuf {
        self.path(".config/incrdir/config.toml")
    }

    fn write(&self, text: &str) -> PathBuf {
        let file = self.file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(INCRDIR);
        command.args(arguments).env_clear().env("HOME", self.dir.path());
        command.env("PATH", std::env::var_os("PATH").unwrap()).current_dir(self.dir.path());
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(arguments).envs(variables.iter().copied()).output().unwrap()
    }

    /// The row of a setting that `incrdir config` prints.
    fn row(&self, key: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let output = self.run(&["config"], variables);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        let row = text.lines().find(|line| line.split(' ').next() == Some(key)).expect(key);
        row.split("  ").map(|cell| cell.trim().to_string()).filter(|it| !it.is_empty()).collect()
    }

    #[track_caller]
    fn refuses(&self, variables: &[(&str, &str)], says: &str) {
        let output = self.run(&["config"], variables);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        let text = stderr(&output);
        assert!(text.contains(says), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let run = self.run(&["run", "--unit", "u", "--root", "r", "--", "true"], variables);
        assert_eq!((run.status.code(), stderr(&run)), (Some(125), text));
        assert!(!self.path("r").exists(), "nothing is done before it is understood");
    }
}

#[test]
fn options_come_before_the_environment_and_that_before_the_file() {
    let home = Home::new();
    assert_eq!(home.row("keep", &[]), ["keep", "2", "default"]);
    home.write("# mine\nkeep = 3\n");
    assert_eq!(home.row("keep", &[]), ["keep", "3", "file, line 2"]);
    assert_eq!(home.row("keep", &[("INCRDIR_KEEP", "4")]), ["keep", "4", "INCRDIR_KEEP"]);
    assert_eq!(home.row("keep", &[("INCRDIR_KEEP", "")]), ["keep", "3", "file, line 2"]);
    assert_eq!(home.row("keep", &[("INCRDIR_CONFIG", "")]), ["keep", "2", "default"]);

    let sessions = |options: &[&str], variables: &[(&str, &str)]| {
        let run = [&["run", "--root", "root", "--unit", "demo"], options, &["--", "true"]].concat();
        for _ in 0..6 {
            assert!(home.run(&run, variables).status.success());
        }
        let unit = home.path("root").join(&names(&home.path("root"))[1]);
        let kept = names(&unit).iter().filter(|name| name.ends_with(".lock")).count();
        fs::remove_dir_all(home.path("root")).unwrap();
        kept
    };
    assert_eq!(sessions(&[], &[]), 3);
    assert_eq!(sessions(&[], &[("INCRDIR_KEEP", "4")]), 4);
    assert_eq!(sessions(&["--keep", "5"], &[("INCRDIR_KEEP", "4")]), 5);
    assert_eq!(sessions(&[], &[("INCRDIR_CONFIG", "")]), 2);
}

#[test]
fn the_root_can_be_set_once() {
    let home = Home::new();
    let run = |options: &[&str], variables: &[(&str, &str)]| {
        home.run(&[&["run", "--unit", "demo"], options, &["--", "true"]].concat(), variables)
    };
    let none = run(&[], &[]);
    assert_eq!(none.status.code(), Some(125));
    let says = stderr(&none);
    assert!(
        says.contains("no root: give --root DIR, set INCRDIR_ROOT, or write `root ="),
        "{says}"
    );
    assert!(says.contains(home.file().to_str().unwrap()), "{says}");

    home.write("root = \"~/from-file\"\n");
    let from_environment = home.path("from-environment");
    let environment = [("INCRDIR_ROOT", from_environment.to_str().unwrap())];
    for (options, variables, root) in [
        (&[][..], &[][..], "from-file"),
        (&[], &environment, "from-environment"),
        (&[], &[("INCRDIR_ROOT", "relative")], "relative"),
        (&["--root", "from-option"], &environment, "from-option"),
    ] {
        let output = run(options, variables);
        assert!(output.status.success(), "{}", stderr(&output));
        let root = home.path(root);
        assert!(root.join("CACHEDIR.TAG").exists(), "{}", root.display());
        fs::remove_dir_all(root).unwrap();
    }
    assert_eq!(names(home.dir.path()), [".config"], "and nowhere else");
}

/// What works in all of a root takes the one that is set where no PATH is given.
#[test]
fn a_path_need_not_be_given_where_a_root_is_set() {
    let home = Home::new();
    for arguments in [&["ls"][..], &["gc", "--keep", "1"], &["verify", "--digests"]] {
        let output = home.run(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let says = stderr(&output);
        assert!(says.contains("tip: there is no root: give PATH, set INCRDIR_ROOT, or"), "{says}");
    }
    home.write("root = \"~/root\"\n");
    assert!(home.run(&["run", "--unit", "demo", "--", "true"], &[]).status.success());
    for (arguments, says) in [
        (&["ls"][..], "1 unit, 1 session"),
        (&["gc", "--keep", "1"], "removed 0"),
        (&["-v", "ls", "--log-format", "json"], "1 unit, 1 session"),
        (&["verify", "--digests"], "1 sound"),
        (&["verify", "--digests", "--"], "1 sound"),
        (&["du"], "demo"),
        (&["stats"], "demo"),
        (&["doctor"], "/root"),
    ] {
        let output = home.run(arguments, &[]);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).contains(says), "{arguments:?}: {}", stdout(&output));
    }
    // One that is given comes first, and what names one session or unit has to be given.
    let output = home.run(&["ls", "other"], &[]);
    assert!(stderr(&output).contains("cannot open `other`"), "{}", stderr(&output));
    assert_eq!(home.run(&["pin"], &[]).status.code(), Some(2));
    // Where it is needed, a bad file is told; elsewhere it stops nobody.
    home.write("root = 3\n");
    let output = home.run(&["ls"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("config.toml`, line 1: invalid value '3'"),
        "{}",
        stderr(&output)
    );
    assert!(home.run(&["ls", "root"], &[]).status.success());
}

#[test]
fn the_policy_is_read_with_its_units() {
    let home = Home::new();
    home.write(
        "grace = '1min'\nquarantine = '2days'\nmax_age = '30d'\nmax_size = '1.5TB'\nfree = '15%..20%'\n",
    );
    for (key, value) in [
        ("grace", "1m"),
        ("quarantine", "2days"),
        ("max_age", "30days"),
        ("max_size", "1500GB"),
        ("free", "15%..20%"),
    ] {
        assert_eq!(home.row(key, &[])[1], value, "{key}");
    }
    assert_eq!(home.row("max_age", &[("INCRDIR_MAX_AGE", "1week")])[1], "7days");
    let json = stdout(&home.run(&["config", "--format", "json"], &[("INCRDIR_FREE", "5%")]));
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["format"], "incrdir-config");
    assert_eq!(document["file"], home.file().to_str().unwrap());
    let free = &document["settings"][6];
    assert_eq!((&free["value"], &free["from"]), (&"5%".into(), &"environment".into()));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let home = Home::new();
    for (text, says) in [
        ("keep = 3\nkep = 4\n", "line 2: there is no key `kep`; there are root, keep, grace"),
        ("keep = 0\n", "line 1: invalid value '0' for keep: the newest session is always kept"),
        ("\nkeep = -1\n", "line 2: invalid value '-1' for keep: a number of sessions"),
        ("keep = true\n", "line 1: invalid type: boolean `true`, expected a text in quotes or"),
        ("max_size = 50\n", "line 1: invalid value '50' for max_size: which unit?"),
        ("max_age = 30d\n", "line 1: string values must be quoted"),
        ("free = '20%..15%'\n", "line 1: invalid value '20%..15%' for free: the second share"),
        ("root = 'cache'\n", "a root in a file is an absolute path, or begins with ~/"),
        ("root = ''\n", "a root in a file is an absolute path, or begins with ~/"),
        ("keep = '3\u{202e}'\n", "invalid value '3\\u{202e}' for keep"),
    ] {
        let file = home.write(text);
        home.refuses(&[], &format!("incrdir: `{}`, line ", file.display()));
        home.refuses(&[], says);
    }
    fs::write(home.file(), b"keep = 3 # \xff\n").unwrap();
    home.refuses(&[], "it is not UTF-8");
    fs::write(home.file(), " ".repeat((1 << 20) + 1)).unwrap();
    home.refuses(&[], "it is longer than 1 MiB");
    fs::remove_file(home.file()).unwrap();
    for (name, value, says) in [
        ("INCRDIR_KEEP", "x", "invalid value 'x' for INCRDIR_KEEP: a number of sessions"),
        ("INCRDIR_MAX_AGE", "30", "invalid value '30' for INCRDIR_MAX_AGE: a time is numbers"),
        ("INCRDIR_MAX_SIZE", "50G", "invalid value '50G' for INCRDIR_MAX_SIZE: `G` can be read"),
        ("INCRDIR_FREE", "15", "invalid value '15' for INCRDIR_FREE: `%` is missing"),
        ("INCRDIR_GRACE", "\u{1b}[2J", "invalid value '\\u{1b}[2J' for INCRDIR_GRACE: a time"),
    ] {
        home.refuses(&[(name, value)], says);
    }
}

/// What does not use settings goes on without them.
#[test]
fn a_bad_file_does_not_stop_those_who_do_not_need_it() {
    let home = Home::new();
    home.write("nonsense");
    for arguments in [&["ls", "."][..], &["verify", "."], &["man"], &["completions", "bash"]] {
        assert!(home.run(arguments, &[]).status.success(), "{arguments:?}");
    }
}

#[test]
fn files_that_are_not_there_or_are_something_else() {
    let home = Home::new();
    home.refuses(&[("INCRDIR_CONFIG", "none")], "cannot read `none`, which INCRDIR_CONFIG names");
    home.refuses(&[("INCRDIR_CONFIG", "/")], "it is a directory");
    home.refuses(&[("INCRDIR_CONFIG", "/dev/null")], "it is not a regular file");
    let made = Command::new("mkfifo").arg(home.path("pipe")).status().unwrap();
    assert!(made.success());
    home.refuses(&[("INCRDIR_CONFIG", "pipe")], "it is not a regular file");
    symlink("around", home.path("around")).unwrap();
    home.refuses(&[("INCRDIR_CONFIG", "around")], "cannot read `around`: Too many levels");
    // A file where the directory of such files should be: there is no configuration.
    fs::write(home.path(".config"), "").unwrap();
    assert_eq!(home.row("keep", &[]), ["keep", "2", "default"]);
    // The usual place can be another one, and a link that leads to it is one of the user.
    fs::create_dir_all(home.path("xdg/incrdir")).unwrap();
    fs::write(home.path("mine.toml"), "keep = 7\n").unwrap();
    symlink("../../mine.toml", home.path("xdg/incrdir/config.toml")).unwrap();
    let xdg = home.path("xdg");
    assert_eq!(home.row("keep", &[("XDG_CONFIG_HOME", xdg.to_str().unwrap())])[1], "7");
}

/// The home directory of another user, which a command that was started with that user's environment cannot enter.
#[test]
fn a_home_that_cannot_be_entered_has_no_file() {
    let home = Home::new();
    home.write("keep = 3\n");
    set_mode(home.dir.path(), 0o700);
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o755);
    let copy = dir.path().join("incrdir");
    let copied = Command::new("install").args(["-m", "755", INCRDIR]).arg(&copy).status();
    assert!(copied.unwrap().success());
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(copy);
    let output = nobody.arg("config").env("HOME", home.dir.path()).output().unwrap();
    if stderr(&output).starts_with("setpriv:") {
        println!("SKIPPED as nobody: {}", stderr(&output));
        return;
    }
    let text = stdout(&output);
    assert!(text.contains("keep        2      default"), "{text}{}", stderr(&output));
    assert!(text.contains("config.toml, which is not there"), "{text}");
    // One that may be entered, but not read, is an error: it may say something.
    set_mode(home.dir.path(), 0o755);
    set_mode(&home.file(), 0o600);
    let output = nobody.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains("config.toml`: Permission denied"), "{}", stderr(&output));
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Who can write the file, or put another one in its place, chooses where CMD writes.
#[test]
fn a_file_in_the_hands_of_others_is_refused() {
    let home = Home::new();
    let file = home.write("keep = 3\n");
    let folder = file.parent().unwrap();
    set_mode(&file, 0o666);
    home.refuses(&[], "config.toml` may be written by everybody, so that others could choose");
    set_mode(&file, 0o644);
    set_mode(folder, 0o777);
    home.refuses(&[], "/.config/incrdir` may be written by everybody");
    set_mode(folder, 0o1777);
    assert_eq!(home.row("keep", &[])[1], "3", "nobody renames what is another's");
    set_mode(folder, 0o755);
    for path in [&*file, folder] {
        if chown(path, Some(65534), None).is_err() {
            println!("SKIPPED: only root gives things away");
            return;
        }
        home.refuses(&[], "belongs to user 65534, so that others could choose where CMD writes");
        home.refuses(
            &[("INCRDIR_TRUST_OWNER", "1,2")],
            "trust them with INCRDIR_TRUST_OWNER=65534",
        );
        let output = home.run(&["config"], &[("INCRDIR_TRUST_OWNER", "me")]);
        let says = stderr(&output);
        assert!(says.contains("invalid value 'me' for INCRDIR_TRUST_OWNER: an owner is"), "{says}");
        for trusted in ["1,65534", "any"] {
            assert_eq!(home.row("keep", &[("INCRDIR_TRUST_OWNER", trusted)])[1], "3");
        }
        chown(path, Some(0), None).unwrap();
    }
    // A link of the user's own to what is not.
    fs::rename(&file, home.path("theirs.toml")).unwrap();
    chown(home.path("theirs.toml"), Some(65534), None).unwrap();
    symlink(home.path("theirs.toml"), &file).unwrap();
    home.refuses(&[], "theirs.toml` belongs to user 65534");
}
