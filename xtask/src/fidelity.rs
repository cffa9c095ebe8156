//! `cargo xtask fidelity`: is the file system in memory like the real ones? Random histories on both.

use std::path::Path;

use crate::shell::{Result, cargo, command, has, output, run, top};

/// Made in image files and mounted, where that can be done.
const IMAGES: [(&str, &[&str]); 2] = [("xfs", &["-q"]), ("btrfs", &["-q"])];
/// Small enough to be quick, large enough for both to be made.
const IMAGE_BYTES: u64 = 400 << 20;

pub(crate) fn fidelity(histories: &str) -> Result {
    let bin = ["build", "--quiet", "--release", "-p", "incrdir-sim", "--bin", "fidelity"];
    run(cargo().args(bin))?;
    let scratch = tempfile::tempdir_in(top().join("target"))?;
    compare(scratch.path(), histories)?;
    if Path::new("/dev/shm").is_dir() {
        compare(Path::new("/dev/shm"), histories)?;
    }
    for (kind, options) in IMAGES {
        match mounted(scratch.path(), kind, options) {
            Ok(dir) => {
                let compared = compare(Path::new(&dir), histories);
                run(command("umount").arg(&dir))?;
                compared?;
            }
            Err(why) => println!("NOT RUN: {kind} ({why})"),
        }
    }
    Ok(())
}

fn compare(dir: &Path, histories: &str) -> Result {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), Into::into);
    let kind = output(command("stat").args(["-f", "-c", "%T"]).arg(dir))?;
    println!("{}:", kind.trim());
    run(command(&target.join("release/fidelity").to_string_lossy()).arg(dir).arg(histories))
}

/// A fresh file system of this kind, mounted.
fn mounted(scratch: &Path, kind: &str, options: &[&str]) -> Result<String> {
    let make = format!("mkfs.{kind}");
    if !has(&make) {
        return Err(format!("there is no {make}").into());
    }
    let image = scratch.join(kind);
    std::fs::File::create(&image)?.set_len(IMAGE_BYTES)?;
    output(command(&make).args(options).arg(&image))?;
    let dir = scratch.join(format!("{kind}-mounted"));
    std::fs::create_dir(&dir)?;
    output(command("mount").args(["-o", "loop"]).arg(&image).arg(&dir))?;
    Ok(dir.to_string_lossy().into_owned())
}
