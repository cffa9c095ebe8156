//! What a shell offers when the script for it has been read.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::process::Command;

use common::{incrdir, stderr, stdout};

/// The script for a shell, in a file.
fn script(shell: &str) -> tempfile::NamedTempFile {
    let output = incrdir(&["completions", shell]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &output.stdout).unwrap();
    file
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let file = script("bash");
    // Outside of a completion, what adds directories to it is an error; here it says so.
    let ask = "compopt() { echo \"compopt $*\"; }; source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))
        complete -p incrdir >/dev/null || exit 3
        _incrdir incrdir \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ask, "bash"]).arg(file.path()).args(words);
    let output = bash.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
    let mut offered: Vec<_> = stdout(&output).lines().map(String::from).collect();
    offered.sort();
    offered
}

#[test]
fn bash_offers_commands_options_and_their_values() {
    let commands = offered(&["incrdir", ""]);
    for command in ["run", "ls", "gc", "verify", "completions", "man"] {
        assert!(commands.contains(&command.to_string()), "{commands:?}");
    }
    assert_eq!(offered(&["incrdir", "ver"]), ["verify"]);
    assert_eq!(offered(&["incrdir", "gc", "--dry"]), ["--dry-run"]);
    assert_eq!(
        offered(&["incrdir", "run", "--durability", ""]),
        ["consistent", "detect", "durable", "none"]
    );
    assert_eq!(offered(&["incrdir", "run", "--root", "r", "--audit", "d"]), ["digests"]);
    assert_eq!(offered(&["incrdir", "completions", "z"]), ["zsh"]);
}

#[test]
fn bash_offers_directories_where_a_root_is_wanted() {
    assert_eq!(offered(&["incrdir", "run", "--root", ""]), ["", "compopt -o plusdirs"]);
    // Nothing, so that bash offers files as it does for any command.
    assert_eq!(offered(&["incrdir", "ls", "fo"]), [""]);
    assert!(stdout(&incrdir(&["completions", "bash"])).contains("-o default incrdir"));
}

/// Each script is one that its shell can read, as far as that shell is here.
#[test]
fn other_shells_read_their_scripts() {
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let file = script(shell);
        match Command::new(shell).arg(check).arg(file.path()).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", stderr(&output)),
            Err(why) => println!("SKIPPED: {shell}: {why}"),
        }
    }
    for (shell, has) in [
        ("zsh", "#compdef incrdir"),
        ("fish", "complete -c incrdir"),
        ("elvish", "edit:completion:arg-completer[incrdir]"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'incrdir'"),
    ] {
        assert!(stdout(&incrdir(&["completions", shell])).contains(has), "{shell}");
    }
}

#[test]
fn a_shell_that_there_is_no_script_for() {
    let output = incrdir(&["completions", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
    let says = stderr(&output);
    assert!(says.contains("possible values: bash, elvish, fish, powershell, zsh"), "{says}");
    assert_eq!(incrdir(&["completions"]).status.code(), Some(2));
}
