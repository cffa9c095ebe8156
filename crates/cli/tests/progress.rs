//! The line that shows progress: on a terminal, after a moment, and never in the way of anything.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Cache, HEEDS, INCRDIR, incrdir, stdout};

/// Takes the cursor to the start and erases the line.
const ERASED: &str = "\r\u{1b}[2K";

/// What a terminal of 60 columns gets from a shell script. Keys are pressed as soon as a text has appeared.
fn terminal(script: &str, keys: Option<(&str, &str)>) -> Option<String> {
    let script = format!("stty rows 24 cols 60 -echo; {script}");
    // What starts the tests may ignore the key, and a shell cannot undo that.
    let mut terminal = Command::new("perl");
    terminal
        .args(["-e", HEEDS, "script", "-qefc", &script, "/dev/null"])
        .env("INCRDIR_CONFIG", "")
        .env("TERM", "xterm");
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Err(why) = Command::new("script").arg("--version").output() {
        println!("SKIPPED: script: {why}");
        return None;
    }
    let mut child = terminal.spawn().unwrap();
    // Kept open: its end would be the end of the terminal.
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut seen, mut keys) = (Vec::new(), keys);
    let mut some = [0; 4096];
    loop {
        let read = stdout.read(&mut some).unwrap();
        seen.extend(&some[..read]);
        let text = String::from_utf8_lossy(&seen);
        if read == 0 {
            break;
        }
        if let Some((_, keys)) = keys.take_if(|(wanted, _)| text.contains(*wanted)) {
            stdin.write_all(keys.as_bytes()).unwrap();
        }
    }
    child.wait().unwrap();
    Some(String::from_utf8_lossy(&seen).into_owned())
}

/// What was slow while other tests ran may be fast afterwards: `tries` again with more, until enough is seen. It gets
/// a cache that takes so long to verify with digests, and the script that made what is in it.
fn seen_working(
    is_enough: impl Fn(&str) -> bool,
    tries: impl Fn(&Cache, &str) -> Option<String>,
) -> Option<(Cache, String)> {
    for least in [1200, 3000, 7500] {
        let (cache, make) = slower_than(Duration::from_millis(least));
        let seen = tries(&cache, &make)?;
        if least == 7500 || is_enough(&seen) {
            return Some((cache, seen));
        }
    }
    None
}

/// What is in it is a hole, which takes no room.
fn slower_than(least: Duration) -> (Cache, String) {
    for shift in 0..11 {
        let cache = Cache::new();
        let length = (8_u64 << 20) << shift;
        let make = format!("truncate -s {length} $INCRDIR_SESSION/hole");
        cache.run(&["--digests"], &make);
        let start = Instant::now();
        let output = verify(&cache.root());
        assert!(output.contains("1 sound"), "{output}");
        if start.elapsed() > least {
            return (cache, make);
        }
    }
    panic!("this machine reads 8 GiB in a second");
}

fn verify(root: &Path) -> String {
    stdout(&incrdir(&["verify".as_ref(), root.as_os_str(), "--digests".as_ref()]))
}

/// The whole second in which one large file was read had nothing to show: a step is a file.
#[test]
fn a_line_moves_while_one_large_file_is_read_and_is_gone_at_the_end() {
    let script = |cache: &Cache| format!("{INCRDIR} verify {} --digests", cache.root().display());
    let Some((cache, seen)) = seen_working(
        |seen| seen.matches(ERASED).count() >= 3,
        |cache, _| terminal(&script(cache), None),
    ) else {
        return;
    };
    let script = script(&cache);
    let frames: Vec<_> = seen.split(ERASED).collect();
    assert!(frames.len() > 3, "{seen:?}");
    for frame in &frames[..frames.len() - 1] {
        assert!(frame.trim_start().chars().count() <= 60, "one line: {frame:?}");
    }
    assert!(seen.contains(" in demo-2j838h7wmnycv, s-"), "{seen:?}");
    let (_, after) = seen.rsplit_once(ERASED).unwrap();
    assert!(after.starts_with("demo-2j838h7wmnycv\r\n  sound"), "{after:?}");
    assert!(!after.contains('\u{1b}'), "{after:?}");
    // Nothing of it without a terminal, or with one that can do nothing.
    assert!(!verify(&cache.root()).contains('\u{1b}'));
    let seen = terminal(&format!("TERM=dumb {script}"), None).unwrap();
    assert!(!seen.contains('\u{1b}') && seen.contains("1 sound"), "{seen:?}");
}

#[test]
fn an_interruption_takes_the_line_away() {
    // The key reaches the shell too, and not every shell outlives it.
    let script = |cache: &Cache| {
        let root = cache.root();
        format!("trap : INT; {INCRDIR} verify {} --digests; echo status $?", root.display())
    };
    let interrupted =
        |cache: &Cache, _: &str| terminal(&script(cache), Some((" in demo-", "\u{3}")));
    let Some((cache, seen)) = seen_working(|seen| seen.contains("interrupted: "), interrupted)
    else {
        return;
    };
    let (_, after) = seen.rsplit_once(ERASED).expect(&seen);
    assert!(after.contains("interrupted: 0 sound") && after.contains("status 130"), "{after:?}");
    assert!(verify(&cache.root()).contains("1 sound"), "nothing was harmed");
}

/// The terminal is the program's while that runs, however long.
#[test]
fn nothing_is_shown_while_the_program_runs() {
    let cache = Cache::new();
    let run = format!("{INCRDIR} run --root {} --unit demo", cache.root().display());
    let Some(seen) = terminal(&format!("{run} -- sh -c 'sleep 1.5; echo mine'"), None) else {
        return;
    };
    assert!(seen.starts_with("mine\r\nincrdir: cold start"), "{seen:?}");
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn publishing_is_shown_unless_nothing_is_to_be() {
    let run = |cache: &Cache, options: &str, make: &str| {
        let root = cache.root();
        let run = format!("{INCRDIR} run {options} --seed none --digests --unit demo");
        terminal(&format!("{run} --root {} -- sh -c '{make}'", root.display()), None)
    };
    let Some((_, seen)) =
        seen_working(|seen| seen.matches(ERASED).count() >= 1, |cache, make| run(cache, "", make))
    else {
        return;
    };
    let (shown, after) = seen.rsplit_once(ERASED).expect(&seen);
    assert!(shown.contains("listing 1 file"), "{seen:?}");
    assert!(after.starts_with("incrdir: ") && after.contains("; published s-"), "{after:?}");
    let (cache, make) = slower_than(Duration::from_millis(1200));
    assert_eq!(run(&cache, "--quiet", &make).unwrap(), "");
}
