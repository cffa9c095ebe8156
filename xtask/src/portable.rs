//! `cargo xtask portable`: does it compile elsewhere, and does the command run that needs nothing of the system but its kernel?
//! `cargo xtask windows` runs the tests for Windows.

use std::path::{Path, PathBuf};

use crate::aside::{Missing, Toolchain, install};
use crate::shell::{Result, command, has, output, run, top};

/// With the highest package that can be checked there: the command needs a C compiler for macOS.
const CHECKED: [(&str, &str); 2] =
    [("x86_64-pc-windows-gnu", "incrdir-cli"), ("aarch64-apple-darwin", "incrdir-gc")];

/// Linked with all that it needs, for any Linux.
const STATIC: &str = "x86_64-unknown-linux-musl";

/// Checks and tries all of it, installing the standard libraries that are missing if told so, and says what could not be had.
pub(crate) fn portable(missing: Missing) -> Result {
    for (target, package) in CHECKED {
        match Toolchain::with(target, missing) {
            Ok(toolchain) => check(&toolchain, target, package)?,
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

fn check(toolchain: &Toolchain, target: &str, package: &str) -> Result {
    let mut check = toolchain.cargo(&dir());
    check.args(["check", "--quiet", "--target", target, "--package", package]);
    check.args([
        "--package",
        "incrdir-vfs",
        "--features",
        "incrdir-vfs/mem,incrdir-vfs/unstable-check",
    ]);
    run(check.env("RUSTFLAGS", "-D warnings"))?;
    println!("{package} compiles for {target}");
    Ok(())
}

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
