//! A server that speaks S3: `ministack` of PyPI. Of many racing to make an object, it lets one win.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::built::target;
use crate::shell::{Result, command, output};

const PACKAGE: &str = "ministack";
const BUCKET: &str = "bucket";
/// Until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Installs it, unless it is there. Returns its program. The error says why not.
pub(super) fn install() -> std::result::Result<PathBuf, String> {
    let home = target().join("remote/venv");
    let program = home.join("bin").join(PACKAGE);
    if program.exists() {
        return Ok(program);
    }
    println!("installing {PACKAGE} below {}", home.display());
    let cannot = |error: Box<dyn std::error::Error>| format!("cannot install {PACKAGE}: {error}");
    output(command("python3").args(["-m", "venv"]).arg(&home)).map_err(cannot)?;
    let pip = home.join("bin/pip");
    output(command(&pip.to_string_lossy()).args(["install", "--quiet", PACKAGE]))
        .map_err(cannot)?;
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{PACKAGE} has no program of that name")),
    }
}

/// A server that runs, with an empty bucket. It ends with this value.
pub(super) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(super) fn start(program: &Path) -> Result<Self> {
        // Free now, and hardly anybody's until the server has it.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = command(&program.to_string_lossy());
        server.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1");
        server.env("SERVICES", "s3").env("LOG_LEVEL", "ERROR");
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self { child: server.spawn()?, port };
        let start = Instant::now();
        while let Err(error) = server.make_bucket() {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{PACKAGE} has ended: {status}").into());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{PACKAGE} does not answer: {error}").into());
            }
            sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    fn make_bucket(&self) -> Result {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let host = format!("127.0.0.1:{}", self.port);
        let head = "Content-Length: 0\r\nConnection: close";
        write!(stream, "PUT /{BUCKET} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(answer.into()),
        }
    }

    /// What a program needs that is to use it. It asks for no key, and the protocol wants one.
    pub(super) fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("INCRDIR_TEST_STORE", format!("s3://{BUCKET}/suite")),
            ("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".into()),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_REGION", "us-east-1".into()),
        ]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
