//! Tables fit the terminal, and have colours only where they should.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::process::Command;

use common::{Cache, INCRDIR, incrdir, stdout};

/// Runs it in a terminal of so many columns. `None`: there is no `script` here.
fn in_terminal(columns: usize, environment: &str, arguments: &str) -> Option<Vec<String>> {
    let line = format!("stty rows 40 cols {columns}; {environment} {INCRDIR} {arguments}");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env_remove("NO_COLOR").env_remove("COLUMNS");
    let Ok(output) = script.stdin(std::process::Stdio::null()).output() else {
        println!("SKIPPED: there is no `script`");
        return None;
    };
    assert!(output.status.success(), "{arguments}: {}", stdout(&output));
    Some(stdout(&output).lines().map(|line| line.trim_end_matches('\r').into()).collect())
}

fn cache() -> Cache {
    let cache = Cache::new();
    for name in
        ["short", "a-unit-with-a-name-that-is-much-longer-than-others", "漢字漢字漢字漢字漢字漢字"]
    {
        for _ in 0..2 {
            let root = cache.root();
            let run =
                ["run", "-q", "--keep", "9", "--root", root.to_str().unwrap(), "--unit", name];
            let script = [
                "--",
                "sh",
                "-c",
                "head -c 5000 /dev/urandom >$INCRDIR_SESSION/f; echo >$INCRDIR_SESSION/a-file-with-quite-a-long-name",
            ];
            assert!(incrdir(&[&run[..], &script].concat()).status.success());
        }
    }
    cache
}

/// How many columns a line takes: these letters take two.
fn columns_of(line: &str) -> usize {
    line.chars().map(|c| if ('\u{3000}'..'\u{a000}').contains(&c) { 2 } else { 1 }).sum()
}

#[test]
fn no_row_wraps_and_in_pipes_nothing_is_cut() {
    let cache = cache();
    let root = cache.root();
    let root = root.to_str().unwrap();
    for command in ["ls", "ls -l", "du", "stats"] {
        for columns in [40, 60, 75, 200] {
            let Some(lines) = in_terminal(columns, "NO_COLOR=1", &format!("{command} {root}"))
            else {
                return;
            };
            // The last lines are sentences.
            let rows = lines.iter().filter(|line| line.contains("  "));
            for row in rows {
                assert!(columns_of(row) <= columns, "{command} in {columns}: {row:?}");
            }
            let is_cut = lines.iter().any(|line| line.contains('…'));
            assert_eq!(is_cut, columns < 200, "{command} in {columns}: {lines:#?}");
        }
        let arguments: Vec<_> = command.split(' ').chain([root]).collect();
        let piped = stdout(&incrdir(&arguments));
        for unit in cache.units() {
            assert!(piped.contains(&unit), "{command}: {piped}");
        }
        assert!(!piped.contains('…') && !piped.contains('\u{1b}'), "{command}: {piped:?}");
    }
}

#[test]
fn columns_override_what_the_terminal_says() {
    let cache = cache();
    let root = cache.root();
    let root = root.to_str().unwrap();
    let Some(lines) = in_terminal(200, "NO_COLOR=1 COLUMNS=50", &format!("ls {root}")) else {
        return;
    };
    assert!(lines.iter().take(4).all(|line| columns_of(line) <= 50), "{lines:#?}");
    let piped = Command::new(INCRDIR).args(["ls", root]).env("COLUMNS", "50").output().unwrap();
    assert!(!stdout(&piped).contains('…'), "not in a pipe");
}

#[test]
fn colours_are_where_they_should_be() {
    let cache = cache();
    let root = cache.root();
    let root = root.to_str().unwrap();
    for command in ["ls", "ls -l", "du", "stats", "show"] {
        let path = match command {
            "show" => cache.root().join(&cache.units()[0]),
            _ => cache.root(),
        };
        let arguments = format!("{command} {}", path.display());
        let has_colours = |environment: &str| {
            let lines = in_terminal(80, environment, &arguments)?;
            Some(lines.iter().any(|line| line.contains('\u{1b}')))
        };
        let Some(usual) = has_colours("TERM=xterm") else { return };
        assert!(usual, "{command} on a terminal");
        assert_eq!(has_colours("TERM=xterm NO_COLOR=1"), Some(false), "{command}");
    }
    let forced = Command::new(INCRDIR)
        .args(["ls", root])
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .output();
    assert!(stdout(&forced.unwrap()).contains('\u{1b}'));
    let forced = Command::new(INCRDIR)
        .args(["ls", root, "--format", "json"])
        .env("CLICOLOR_FORCE", "1")
        .output();
    assert!(!stdout(&forced.unwrap()).contains('\u{1b}'), "a document has no colours");
}
