//! What is in `contrib` is accepted by what it is for.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Cache, INCRDIR, names, stderr};

/// `None`: this is a package, without what surrounds it in the repository.
fn contrib() -> Option<PathBuf> {
    let contrib = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib");
    if contrib.is_dir() {
        return Some(contrib);
    }
    println!("SKIPPED: there is no contrib here");
    None
}

/// All units, each with its folder and text.
fn units() -> Vec<(String, String, String)> {
    let Some(contrib) = contrib() else { return Vec::new() };
    let mut units = Vec::new();
    for folder in ["user", "system"] {
        let folder_path = contrib.join("systemd").join(folder);
        for name in names(&folder_path) {
            let text = fs::read_to_string(folder_path.join(&name)).unwrap();
            units.push((folder.to_string(), name, text));
        }
    }
    assert_eq!(units.len(), 4, "{units:?}");
    units
}

#[test]
fn systemd_accepts_the_units() {
    for (folder, name, text) in units() {
        let dir = tempfile::tempdir().unwrap();
        // It looks for the command, and for all that a template is the pattern of.
        let text = text.replace("ExecStart=incrdir", &format!("ExecStart={INCRDIR}"));
        let file = dir.path().join(name.replace('@', "@root"));
        for (other_folder, other, other_text) in units() {
            let other_text =
                other_text.replace("ExecStart=incrdir", &format!("ExecStart={INCRDIR}"));
            if other_folder == folder {
                fs::write(dir.path().join(other.replace('@', "@root")), other_text).unwrap();
            }
        }
        fs::write(&file, text).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.args(["--man=no", if folder == "user" { "--user" } else { "--system" }, "verify"]);
        // What a user's manager needs, and a test has not.
        verify.arg(&file).env("XDG_RUNTIME_DIR", dir.path());
        let Ok(output) = verify.output() else {
            println!("SKIPPED: there is no systemd-analyze");
            return;
        };
        assert!(output.status.success(), "{folder}/{name}: {}", stderr(&output));
        // What it does not know, it ignores, and says so.
        assert_eq!(stderr(&output), "", "{folder}/{name}");
    }
}

/// The command line of a service, as the command gets it.
fn command_line(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=incrdir ")).unwrap();
    let words = line.split(' ').map(|word| word.replace("%%", "%"));
    words.collect()
}

#[test]
fn the_command_accepts_what_the_timers_give_it() {
    let cache = Cache::new();
    assert!(cache.run(&[], "true").status.success());
    let home = cache.dir.path();
    let mut seen = 0;
    for (folder, name, text) in units() {
        if !name.ends_with(".service") {
            continue;
        }
        let mut words = command_line(&text);
        assert!(["%h", "."].contains(&words.pop().unwrap().as_str()), "{folder}/{name}");
        let mut gc = Command::new(INCRDIR);
        gc.args(&words).arg(home).env("INCRDIR_CONFIG", "");
        let output = gc.output().unwrap();
        assert!(output.status.success(), "{folder}/{name} {words:?}: {}", stderr(&output));
        seen += 1;
    }
    assert!(seen == 2 || contrib().is_none());
}

/// What launchd runs is for a shell, so it is run by one.
#[test]
fn launchd_gets_a_file_that_it_can_read() {
    let Some(contrib) = contrib() else { return };
    let file = contrib.join("launchd/incrdir-gc.plist");
    let text = fs::read_to_string(&file).unwrap();
    let script = text.lines().find_map(|line| line.trim().strip_prefix("<string>PATH="));
    let script = script.and_then(|line| line.strip_suffix("</string>")).expect(&text);
    let script = format!("PATH={script}").replace("&gt;", ">").replace("&amp;", "&");
    let cache = Cache::new();
    assert!(cache.run(&[], "true").status.success());
    let home = cache.dir.path();
    fs::create_dir_all(home.join("Library/Logs")).unwrap();
    fs::create_dir_all(home.join(".cargo/bin")).unwrap();
    std::os::unix::fs::symlink(INCRDIR, home.join(".cargo/bin/incrdir")).unwrap();
    let run = Command::new("/bin/sh").args(["-c", &script]).env("HOME", home).output().unwrap();
    let log = fs::read_to_string(home.join("Library/Logs/incrdir-gc.log")).unwrap();
    assert!(run.status.success(), "{log}");
    let check = "import plistlib, sys; p = plistlib.load(open(sys.argv[1], 'rb')); \
                 assert p['ProgramArguments'][2] == sys.argv[2], p";
    match Command::new("python3").args(["-c", check]).arg(&file).arg(&script).output() {
        Ok(output) => assert!(output.status.success(), "{}", stderr(&output)),
        Err(why) => println!("SKIPPED: nothing reads the file as a whole: {why}"),
    }
}
