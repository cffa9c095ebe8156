//! `-v`, `--log-format` and `INCRDIR_LOG`: what is told on standard error, and what is not.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::process::{Command, Output};

use common::{Cache, INCRDIR, stderr, stdout};
use serde_json::Value;

const CHANGE: &str = "echo \"$$ $RANDOM\" > $INCRDIR_SESSION/file";

/// Lines that tell what goes on, without those that say how the run ended.
fn told(output: &Output) -> Vec<String> {
    let lines = stderr(output);
    lines.lines().filter(|line| !line.starts_with("incrdir: ")).map(Into::into).collect()
}

fn with(cache: &Cache, options: &[&str], filter: &str) -> Output {
    cache.command(options, CHANGE).env("INCRDIR_LOG", filter).output().unwrap()
}

#[test]
fn each_operation_is_one_line_with_its_time() {
    let cache = Cache::new();
    cache.run(&[], CHANGE);
    let output = cache.run(&["-v"], CHANGE);
    assert_eq!(output.status.code(), Some(0));
    let told = told(&output);
    let operations: Vec<_> = told
        .iter()
        .map(|line| {
            // 2026-11-27T06:10:10.502789Z  INFO begin{…}: incrdir_session: close time.busy=1.47ms …
            let (time, rest) = line.split_once(' ').expect("a time");
            assert!(humantime::parse_rfc3339(time).is_ok(), "{line}");
            assert!(rest.contains(" INFO ") && rest.contains(" time.busy="), "{line}");
            rest.trim_start().trim_start_matches("INFO ").split('{').next().unwrap().to_string()
        })
        .collect();
    assert_eq!(operations, ["begin", "publish", "collect"]);
    assert!(told[0].contains(" copied=1 ") || told[0].contains(" cloned=1 "), "{}", told[0]);
    let detailed = cache.run(&["-vv"], CHANGE);
    assert!(stderr(&detailed).contains(":reconcile"), "{}", stderr(&detailed));
    assert!(!stderr(&detailed).contains("taking over"), "{}", stderr(&detailed));
    assert!(stderr(&detailed).contains(" kept entry=s-"), "{}", stderr(&detailed));
}

#[test]
fn without_being_asked_nothing_is_told() {
    let cache = Cache::new();
    // What its file system makes worse is said of a new unit alone.
    cache.run(&["--quiet"], CHANGE);
    for options in [&["--quiet"][..], &[]] {
        let output = cache.run(options, CHANGE);
        assert_eq!(told(&output), [""; 0]);
        assert_eq!(stderr(&output).lines().count(), usize::from(options.is_empty()));
    }
    let root = cache.root();
    for command in ["ls", "gc", "verify"] {
        let output = Command::new(INCRDIR).arg(command).arg(&root).output().unwrap();
        assert_eq!(stderr(&output), "", "{command}");
        let output = Command::new(INCRDIR).arg(command).arg(&root).arg("-vv").output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(!stdout(&output).contains("incrdir_"), "{command}: {}", stdout(&output));
    }
    for off in ["", "off"] {
        assert_eq!(told(&with(&cache, &[], off)), [""; 0], "{off:?}");
    }
}

#[test]
fn what_an_operator_does_is_told_as_well() {
    let cache = Cache::new();
    cache.run(&["--quiet"], CHANGE);
    let root = cache.root();
    let of = |arguments: &[&str]| {
        let output = Command::new(INCRDIR).args(arguments).arg(&root).arg("-vv").output().unwrap();
        stderr(&output)
    };
    let doctor = of(&["doctor"]);
    assert!(doctor.contains(" probe{dir=") && doctor.contains(" file_system="), "{doctor}");
    let walk = of(&["ls", "--recursive"]);
    assert!(walk.contains(" discover{dir=") && walk.contains(" found root="), "{walk}");
    let limited = of(&["gc", "--max-size", "0B"]);
    assert!(limited.contains(" max_bytes=0 "), "{limited}");
    assert!(limited.contains(":evict{unit=\"demo-"), "{limited}");
    assert!(limited.contains("the directory of an empty unit was removed"), "{limited}");
}

#[test]
fn options_may_come_before_the_subcommand() {
    let cache = Cache::new();
    cache.run(&[], CHANGE);
    let mut gc = Command::new(INCRDIR);
    let output = gc.args(["-v", "gc"]).arg(cache.root()).output().unwrap();
    assert!(stderr(&output).contains(" operate{"), "{}", stderr(&output));
    // What is wrong with them is told with the status that the subcommand has for that.
    for (arguments, status) in [
        (&["--log-format", "json", "run", "--nonsense"][..], 125),
        (&["-v", "run", "--nonsense"], 125),
        (&["-v", "gc", "--nonsense"], 2),
        (&["gc", "/", "--log-format", "json"], 2),
        (&["gc", "/", "-v", "--log-format", "xml"], 2),
    ] {
        let output = Command::new(INCRDIR).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn each_line_is_a_document_in_json() {
    let cache = Cache::new();
    cache.run(&[], CHANGE);
    let output = cache.run(&["-vvv", "--log-format", "json", "--seed", "link"], CHANGE);
    let told = told(&output);
    let documents: Vec<Value> =
        told.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let begin = documents
        .iter()
        .find(|it| it["span"]["name"] == "begin" && it["fields"]["message"] == "close")
        .expect("a begin that is over");
    assert_eq!(begin["level"], "INFO");
    assert_eq!(begin["target"], "incrdir_session");
    assert_eq!(begin["span"]["linked"], 1);
    assert!(begin["span"]["source"].as_str().is_some_and(|source| source.starts_with("s-")));
    assert!(begin["fields"]["time.busy"].is_string());
    let time = begin["timestamp"].as_str().unwrap();
    assert!(humantime::parse_rfc3339(time).is_ok(), "{time}");
    assert!(documents.iter().any(|it| it["fields"]["message"] == "taking over"));
}

/// Names come from whoever could write into a cache: a line end in one made up a line, an escape coloured the terminal.
#[test]
fn hostile_names_act_on_nothing() {
    let cache = Cache::new();
    let hostile = "a\n2026-01-01T00:00:00Z  WARN forged\u{1b}[31m\u{202e}\u{9b}\u{7f}";
    let make = "cp /etc/hostname \"$INCRDIR_SESSION/$NAME\"";
    let run =
        |options: &[&str]| cache.command(options, make).env("NAME", hostile).output().unwrap();
    run(&[]);
    let root = cache.dir.path().join(hostile);
    fs::create_dir(&root).unwrap();
    let of_root = |format: &str| {
        let mut gc = Command::new(INCRDIR);
        gc.args(["gc", "-vvv", "--log-format", format]).arg(&root).output().unwrap()
    };
    for format in ["text", "json"] {
        let output = run(&["-vvv", "--log-format", format]);
        for output in [output, of_root(format)] {
            let text = stderr(&output);
            let line = text.lines().find(|line| line.contains("forged")).expect("the name is told");
            assert!(!line.starts_with("2026-01-01"), "{line}");
            for character in ["\u{1b}", "\u{202e}", "\u{9b}", "\u{7f}"] {
                assert!(!text.contains(character), "{character:?}: {text:?}");
            }
            if format == "json" {
                let document: Value = serde_json::from_str(line).expect("JSON");
                assert!(document.to_string().contains("\\n2026-01-01"), "{document}");
            }
        }
    }
}

#[test]
fn a_variable_says_what_is_told_of_which_part() {
    let cache = Cache::new();
    cache.run(&[], CHANGE);
    let only_gc = told(&with(&cache, &[], "incrdir_gc=debug"));
    assert!(!only_gc.is_empty());
    assert!(only_gc.iter().all(|line| line.contains(" incrdir_gc: ")), "{only_gc:#?}");
    // With the option, of the others what the option says.
    let both = told(&with(&cache, &["-v"], "incrdir_gc=debug"));
    assert!(both.iter().any(|line| line.contains(" INFO begin{")), "{both:#?}");
    assert!(both.iter().any(|line| line.contains(" DEBUG collect{")), "{both:#?}");
    assert!(!both.iter().any(|line| line.contains(":reconcile")), "{both:#?}");
    for bad in ["debgu", "incrdir_gc=loud", "\u{1b}[31m"] {
        let output = with(&cache, &[], bad);
        assert_eq!(output.status.code(), Some(125), "{bad:?}");
        let text = stderr(&output);
        assert!(text.contains("INCRDIR_LOG is `") && text.contains("write a level"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let mut ls = Command::new(INCRDIR);
        let output = ls.arg("ls").arg(cache.root()).env("INCRDIR_LOG", bad).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{bad:?}");
    }
}

/// The program is another one's business: it gets the environment that incrdir got, and no descriptor of what is told.
#[cfg(target_os = "linux")]
#[test]
fn the_program_is_not_affected() {
    let cache = Cache::new();
    let look = "ls -l /proc/self/fd | sed 's/.* \\([0-9]* -> \\)/\\1/' | grep -v ' /proc/' \
                | sed 's/s-[^ ]*/SESSION/; s/\\[[0-9]*\\]//' ; env | grep -v '^INCRDIR_SESSION=' | sort | cksum";
    let looks = |options: &[&str]| {
        let mut command = cache.command(options, look);
        command.env_remove("INCRDIR_LOG").output().unwrap()
    };
    // The first session holds no source.
    looks(&[]);
    let quiet = looks(&["--quiet"]);
    assert!(stdout(&quiet).contains("/SESSION\n"), "{}", stdout(&quiet));
    assert_eq!(stdout(&looks(&["-vvv", "--log-format", "json"])), stdout(&quiet));
    let given = cache
        .command(&["-v"], "echo $INCRDIR_LOG")
        .env("INCRDIR_LOG", "incrdir_gc=debug")
        .output()
        .unwrap();
    assert_eq!(stdout(&given), "incrdir_gc=debug\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_told_harms_nothing() {
    let cache = Cache::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = cache.command(&["-vvv"], CHANGE).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(0));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = cache.command(&["-vvv"], "exit 7").stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(7));
    assert_eq!(cache.published().len(), 1);
}
