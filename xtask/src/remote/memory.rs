//! `cargo xtask remote memory`: how much memory it takes to push and to pull a session of 2 GB.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::built::optimised;
use crate::shell::{Result, command, output, run};

const MB: usize = 1_000_000;
/// The most that either may take.
const LIMIT: usize = 200 * MB;
/// How many, and how long: 2.06 GB in all.
const FILES: [(&str, usize, usize); 3] =
    [("large", 8, 170 * MB), ("medium", 2000, 300_000), ("small", 5000, 20_000)];
/// The session, what is pushed of it, what is pulled, and what a run makes of that.
const ROOM: u64 = 9_000 * MB as u64;

pub(crate) fn memory() -> Result {
    let incrdir = optimised("incrdir-cli", "incrdir")?;
    let dir = tempfile::tempdir_in(place())?;
    let at = |name: &str| dir.path().join(name);
    println!("in {}", dir.path().display());
    fs::create_dir(at("store"))?;
    let url = format!("file://{}", at("store").display());
    let of = |root: &str| ["--root".into(), at(root), "--unit".into(), PathBuf::from("large")];
    fill(&at("files"))?;
    let script = format!("cp -r {}/. \"$INCRDIR_SESSION\"", at("files").display());
    let mut session = called(&incrdir, &["run", "--quiet"]);
    run(session.args(of("one")).args(["--", "sh", "-c", &script]))?;
    fs::remove_dir_all(at("files"))?;
    let mut too_much = Vec::new();
    for (what, root) in [("push", "one"), ("pull", "other")] {
        let start = Instant::now();
        let peak = peak(called(&incrdir, &["remote", what, &url]).args(of(root)))?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{what}: {seconds:.1} s, {} MB at most", peak / MB);
        if peak > LIMIT {
            too_much.push(what);
        }
    }
    let compare = output(command("du").arg("-sb").args([at("one"), at("other"), at("store")]))?;
    print!("{compare}");
    match &too_much[..] {
        [] => Ok(()),
        what => Err(format!("more than {} MB: {}", LIMIT / MB, what.join(", ")).into()),
    }
}

fn called(incrdir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(incrdir);
    command.args(words).env("INCRDIR_CONFIG", "");
    command
}

/// In memory if there is room: it is faster.
fn place() -> PathBuf {
    let shm = Path::new("/dev/shm");
    let told = output(command("df").args(["--output=avail", "-B1"]).arg(shm)).unwrap_or_default();
    let free = told.lines().last().and_then(|line| line.trim().parse::<u64>().ok());
    if free.is_some_and(|free| free > ROOM) { shm.into() } else { crate::built::target() }
}

/// Content of which zstd leaves about three quarters.
fn fill(dir: &Path) -> Result {
    let (mut state, mut block) = (0x9e37_79b9_7f4a_7c15_u64, vec![0_u8; 1 << 20]);
    for (name, count, len) in FILES {
        let below = dir.join(name);
        fs::create_dir_all(&below)?;
        for number in 0..count {
            let mut file = File::create(below.join(number.to_string()))?;
            let mut left = len;
            while left > 0 {
                for bytes in block.chunks_exact_mut(8) {
                    // xorshift64
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    bytes.copy_from_slice(&(state & 0x3f3f_3f3f_3f3f_3f3f).to_le_bytes());
                }
                let part = left.min(block.len());
                file.write_all(&block[..part])?;
                left -= part;
            }
        }
    }
    Ok(())
}

/// Runs it. Returns the most memory that it had at a time, in bytes: the kernel keeps that, and it is read until it has ended.
fn peak(command: &mut Command) -> Result<usize> {
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let ended = loop {
        if let Some(kib) = fs::read_to_string(&status).ok().as_deref().and_then(high_water) {
            peak = Some(1024 * kib);
        }
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        sleep(Duration::from_millis(5));
    };
    match peak {
        _ if !ended.success() => Err(format!("{command:?} failed: {ended}").into()),
        Some(peak) => Ok(peak),
        None => Err("this system does not tell how much memory a process had".into()),
    }
}

/// In KiB.
fn high_water(status: &str) -> Option<usize> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_the_most() {
        assert_eq!(high_water("VmPeak:\t 9 kB\nVmHWM:\t  5432 kB\n"), Some(5432));
        assert_eq!(high_water("Name:\tx\n"), None);
    }
}
