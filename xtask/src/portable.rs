//! `cargo xtask portable`: does it compile elsewhere? It is run nowhere but on Linux.

use crate::shell::{Result, cargo, command, output, run};

/// With the highest package that can be checked there: the command needs a C compiler for macOS.
const TARGETS: [(&str, &str); 2] =
    [("x86_64-pc-windows-gnu", "incrdir-cli"), ("aarch64-apple-darwin", "incrdir-gc")];

/// Checks every target whose standard library is installed, and says which is not.
pub(crate) fn portable() -> Result {
    let installed =
        output(command("rustup").args(["target", "list", "--installed"])).unwrap_or_default();
    for (target, package) in TARGETS {
        if !installed.lines().any(|line| line == target) {
            println!("NOT CHECKED: {target} (rustup target add {target})");
            continue;
        }
        let mut check = cargo();
        check.args(["check", "--quiet", "--target", target, "--package", package]);
        check.args([
            "--package",
            "incrdir-vfs",
            "--features",
            "incrdir-vfs/mem,incrdir-vfs/unstable-check",
        ]);
        run(check.env("RUSTFLAGS", "-D warnings"))?;
        println!("{package} compiles for {target}");
    }
    Ok(())
}
