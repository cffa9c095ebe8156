//! File systems over FUSE, which know files by their paths: two names are two files to the kernel, a lock is that of one
//! mount, and what was listed is remembered.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::cache::{Cache, finish, units, wait_for};
use super::case::Case;
use super::disk::{Disk, EXT4, Mount};
use super::lab::{Findings, Lab, NotRun, Verdict};
use crate::shell::{Result, command, output};

pub(super) const CASES: &[Case] = &[
    Case::new("sshfs-run-after-run", |lab| sshfs_run_after_run(lab, &[])),
    Case::new("sshfs-run-after-run-link", |lab| sshfs_run_after_run(lab, &["--seed", "link"])),
    Case::new("sshfs-live-session", |lab| {
        let (from, at) = (lab.path("served"), lab.path("sshfs"));
        let _mount = Sshfs::new(lab, &from, &at)?;
        live_session(lab, &at)
    }),
    Case::new("bindfs-live-session", |lab| {
        lab.need(&["bindfs"])?;
        let (disk, at) = (Disk::new(lab, &EXT4, "m")?, lab.path("fuse"));
        let _mount = Mount::new(command("bindfs").arg(disk.at()).arg(&at), &at)?;
        live_session(lab, &at)
    }),
];

/// A server of ours on the loopback, with keys of its own, and what it serves mounted.
pub(super) struct Sshfs {
    // Unmounted before its server ends.
    _mount: Mount,
    _server: Server,
    options: String,
    from: PathBuf,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Sshfs {
    pub(super) fn new(lab: &Lab, from: &Path, at: &Path) -> Result<Self> {
        const SFTP: &str = "/usr/lib/openssh/sftp-server";
        lab.need(&["sshfs", "/usr/sbin/sshd", "ssh-keygen", SFTP])?;
        std::fs::create_dir_all(from)?;
        let keys = lab.path("keys");
        std::fs::create_dir(&keys)?;
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o700))?;
        let key = |name: &str| keys.join(name).display().to_string();
        for name in ["host", "user"] {
            let made = ["-q", "-t", "ed25519", "-N", "", "-f", &key(name)];
            output(command("ssh-keygen").args(made))?;
        }
        // Where it wants to give up its rights.
        std::fs::create_dir_all("/run/sshd")?;
        // Nobody else is likely to take it in the meantime.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nSubsystem sftp {SFTP}\n",
            key("host"),
            key("user.pub"),
        );
        std::fs::write(keys.join("config"), config)?;
        let mut server = Command::new("/usr/sbin/sshd");
        server.args(["-D", "-f", &key("config"), "-E", &key("log")]).stdin(Stdio::null());
        let server = Server(server.spawn()?);
        let options = format!(
            "port={port},IdentityFile={},UserKnownHostsFile={},StrictHostKeyChecking=no",
            key("user"),
            key("known"),
        );
        let mut refused = None;
        for _ in 0..50 {
            let mut mount = command("sshfs");
            mount.args(["-o", &options]).arg(format!("root@127.0.0.1:{}", from.display())).arg(at);
            match Mount::new(&mut mount, at) {
                Ok(mount) => {
                    let from = from.into();
                    return Ok(Self { _mount: mount, _server: server, options, from });
                }
                Err(why) => refused = Some(why),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(NotRun(format!("sshfs does not mount: {}", refused.unwrap_or("why".into()))).into())
    }
}

impl Sshfs {
    /// The same once more, which the kernel takes for another file system.
    pub(super) fn again(&self, at: &Path) -> Result<Mount> {
        let mut mount = command("sshfs");
        let from = format!("root@127.0.0.1:{}", self.from.display());
        Mount::new(mount.args(["-o", &self.options]).arg(from).arg(at), at)
    }
}

/// Each run starts from the one before, the third one is collected, and nothing else is left.
fn sshfs_run_after_run(lab: &Lab, options: &[&str]) -> Verdict {
    let (from, at) = (lab.path("served"), lab.path("sshfs"));
    let _mount = Sshfs::new(lab, &from, &at)?;
    let cache = Cache::new(lab, at.join("r")).with(options);
    let mut findings = Findings::default();
    let mut seen = Vec::new();
    for number in 1..=6 {
        let script = format!("cat n 2>/dev/null; echo {} >.t; mv .t n", "x".repeat(number));
        let ran = cache.publish(&script)?;
        seen.push(ran.out.len().to_string());
        // Made into the new one, with links.
        let is_one_gone = ran.line.contains("collected 1") || !options.is_empty();
        findings.check(number <= 2 || is_one_gone, || ran.line.clone());
    }
    findings.equal("the length that was read", &seen.join(" "), "0 1 2 3 4 5");
    let failed = cache.run("exit 3")?;
    findings.check(failed.line.contains("abandoned"), || failed.line.clone());
    // What fails had been made of the older one, with links.
    let sessions = if options.is_empty() { 2 } else { 1 };
    let right = format!("{sessions} lock files, {sessions} published, 0 others");
    findings.equal("what is left", &left(&from.join("r"))?, &right);
    findings.verdict()
}

/// In the one unit of a root.
fn left(root: &Path) -> Result<String> {
    let (mut locks, mut published, mut others) = (0, 0, 0);
    for unit in units(root)? {
        for entry in std::fs::read_dir(unit)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            match name.len() {
                _ if name.ends_with(".lock") => locks += 1,
                _ if name.starts_with("s-") && !name.ends_with("-working") => published += 1,
                _ => others += 1,
            }
        }
    }
    Ok(format!("{locks} lock files, {published} published, {others} others"))
}

/// A collection by the same mount finds its lock held.
fn live_session(lab: &Lab, at: &Path) -> Verdict {
    let cache = Cache::new(lab, at.join("r"));
    let (ready, go) = (lab.path("ready"), lab.path("go"));
    let mut run = cache.command(&format!(
        "echo new >f; touch {}; for i in $(seq 200); do [ -e {} ] && break; sleep 0.05; done; cat f",
        ready.display(),
        go.display()
    ));
    let (ran, seen) = std::thread::scope(|scope| {
        let worker = scope.spawn(|| finish(&mut run).map_err(|error| error.to_string()));
        let seen = wait_for(&ready).and_then(|()| {
            let gc = finish(command(&lab.binary().to_string_lossy()).arg("gc").arg(at.join("r")))?;
            let ls = finish(
                command(&lab.binary().to_string_lossy()).args(["ls", "-l"]).arg(at.join("r")),
            )?;
            Ok((gc, ls))
        });
        let told = std::fs::write(&go, "");
        let ran = worker.join().map_err(|_| "the worker panicked".to_string());
        (ran, told.map_err(Into::into).and(seen))
    });
    let (ran, (gc, ls)) = (ran??, seen?);
    let mut findings = Findings::default();
    findings.check(gc.out.contains("in use") && gc.out.contains("removed 0"), || gc.out.clone());
    findings.check(ls.out.contains("live"), || ls.out.clone());
    findings.check(ran.code == 0 && ran.out == "new", || format!("{}: {}", ran.code, ran.line));
    findings.verdict()
}
