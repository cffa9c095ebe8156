//! `cargo xtask portable`: does everything compile elsewhere, and does the command run that needs nothing of the system but its
//! kernel? `cargo xtask windows` runs the tests for Windows.

use std::path::{Path, PathBuf};

use crate::aside::{Missing, Toolchain, install};
use crate::shell::{Result, command, has, output, run, top};
use crate::test_programs::names_of_tests;

/// Where all of it has to compile: libraries, commands, tests and what developers run.
const CHECKED: [&str; 2] = ["x86_64-pc-windows-gnu", MACOS];
const MACOS: &str = "aarch64-apple-darwin";

/// Linked with all that it needs, for any Linux.
const STATIC: &str = "x86_64-unknown-linux-musl";

/// Checks and tries all of it, installing the standard libraries that are missing if told so, and says what could not be had.
pub(crate) fn portable(missing: Missing) -> Result {
    for target in CHECKED {
        match Toolchain::with(target, missing) {
            Ok(toolchain) => {
                let tests = check(&toolchain, target)?.len();
                println!("everything compiles for {target}, {tests} test programs among it");
            }
            Err(why) => println!("NOT CHECKED: {target} ({why})"),
        }
    }
    match linker(missing).and_then(|()| Toolchain::with(STATIC, missing)) {
        Ok(toolchain) => build(&toolchain),
        Err(why) => {
            println!("NOT RUN: the command for {STATIC} ({why})");
            Ok(())
        }
    }
}

/// What compiles the little C that is in the command.
fn linker(missing: Missing) -> std::result::Result<(), String> {
    if has("x86_64-linux-musl-gcc") { Ok(()) } else { install("musl-tools", missing) }
}

fn dir() -> PathBuf {
    top().join("target/portable")
}

/// The test programs that compile for macOS. The error says what is missing and cannot be had.
pub(crate) fn compiled_for_macos(
    missing: Missing,
) -> std::result::Result<Result<Vec<String>>, String> {
    Ok(check(&Toolchain::with(MACOS, missing)?, MACOS))
}

/// Returns the names of the test programs.
fn check(toolchain: &Toolchain, target: &str) -> Result<Vec<String>> {
    std::fs::create_dir_all(dir())?;
    let no_compiler = dir().join("no-c-compiler");
    std::fs::write(&no_compiler, NO_C_COMPILER)?;
    run(command("chmod").arg("+x").arg(&no_compiler))?;
    let mut check = toolchain.cargo(&dir());
    check.args(["check", "--quiet", "--target", target, "--workspace", "--all-targets"]);
    check.args(["--all-features", "--message-format", "json-render-diagnostics"]);
    let of_target = target.replace('-', "_");
    check.env(format!("CC_{of_target}"), &no_compiler);
    check.env(format!("AR_{of_target}"), "ar");
    check.env("RUSTFLAGS", "-D warnings").stderr(std::process::Stdio::inherit());
    names_of_tests(&output(&mut check)?)
}

/// Two of the crates that are used have a little C in them. What is only checked is never linked, so that nobody needs a
/// compiler of C for the target: this one makes empty files, and says to who asks that it is Clang.
const NO_C_COMPILER: &str = "\
#!/bin/sh
case \"$1\" in
  -E) echo '\"clang\"' ;;
  '-?') exit 1 ;;
esac
while [ $# -gt 1 ]; do
  [ \"$1\" = -o ] && : > \"$2\"
  shift
done
exit 0
";

/// Builds the command and runs a few sessions with it.
fn build(toolchain: &Toolchain) -> Result {
    let mut build = toolchain.cargo(&dir());
    build.args(["build", "--quiet", "--release", "--target", STATIC, "--package", "incrdir-cli"]);
    run(&mut build)?;
    let incrdir = dir().join(STATIC).join("release/incrdir");
    let scratch = tempfile::tempdir()?;
    if has("ldd") {
        let linked = command("ldd").arg(&incrdir).output()?;
        let told = [linked.stdout, linked.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        if !["statically linked", "not a dynamic executable"].iter().any(|it| told.contains(it)) {
            return Err(format!("{} needs libraries: {told}", incrdir.display()).into());
        }
    }
    smoke(&incrdir, scratch.path())?;
    println!("the command for {STATIC} needs no library, and runs");
    Ok(())
}

fn smoke(incrdir: &Path, cache: &Path) -> Result {
    let incrdir = incrdir.to_string_lossy();
    let script = "echo line >> $INCRDIR_SESSION/state; cat $INCRDIR_SESSION/state | wc -l";
    for lines in 1..=3 {
        let mut session = command(&incrdir);
        session.args(["run", "--unit", "smoke", "--warm", "--root"]).arg(cache);
        let told = output(session.args(["--", "sh", "-c", script]))?;
        if told.trim() != lines.to_string() {
            return Err(format!("session {lines} has `{}` lines", told.trim()).into());
        }
    }
    for what in ["ls", "verify", "gc"] {
        output(command(&incrdir).arg(what).arg(cache))?;
    }
    Ok(())
}
