//! The other process: this command, started again, tries to take a lock and says what came of it by its exit status.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use incrdir_probe::{Ask, Who, Witness};
use incrdir_vfs::{Access, CapVfs, LockKind, Name, TryLock, Vfs};

use crate::at;

/// The first argument, by which `main` knows such a process. No user needs it.
const MARK: &str = "__try-lock";

const LOCKED: u8 = 0;
const BUSY: u8 = 10;
const NO_LOCKS: u8 = 11;
const NOT_THERE: u8 = 12;
const FAILED: u8 = 13;

/// A server that does not answer must not hold up everything else.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(2);

/// A process that uses the same path.
pub(super) fn process(dir: &Path) -> Witness<'static> {
    of(Who::Process, dir.into())
}

/// A process that comes to the same directory by another path.
pub(super) fn through(way: &Path) -> Witness<'static> {
    of(Who::Way(way.display().to_string()), way.into())
}

fn of(who: Who, dir: PathBuf) -> Witness<'static> {
    Witness::new(who, move |ask: Ask<'_>| {
        let place = dir.join(ask.scratch).join(ask.dir);
        let mut command = Command::new(at::ourselves()?);
        command.arg(MARK).arg(place).arg(ask.file.as_os_str());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let (status, said) = finish(command.spawn()?)?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        match code {
            Some(LOCKED) => Ok(TryLock::Locked),
            Some(BUSY) => Ok(TryLock::Busy),
            Some(NO_LOCKS) => Err(ErrorKind::Unsupported.into()),
            Some(NOT_THERE) => Err(ErrorKind::NotFound.into()),
            _ => Err(io::Error::other(format!("{status}: {said}"))),
        }
    })
}

/// Waits for it, but not for ever.
fn finish(mut child: Child) -> io::Result<(ExitStatus, String)> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                // It wrote one line at most.
                let _ = stderr.read_to_string(&mut said);
            }
            return Ok((status, said.trim().into()));
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            // One that hangs in the kernel cannot be waited for.
            let _ = child.try_wait();
            return Err(ErrorKind::TimedOut.into());
        }
        thread::sleep(PAUSE);
    }
}

/// Tries to take a lock, if this process was started for that.
pub(crate) fn become_witness() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != MARK {
        return None;
    }
    Some(ExitCode::from(match try_lock(arguments) {
        Ok(TryLock::Locked) => LOCKED,
        Ok(TryLock::Busy) => BUSY,
        Err(error) if error.kind() == ErrorKind::Unsupported => NO_LOCKS,
        Err(error) if error.kind() == ErrorKind::NotFound => NOT_THERE,
        Err(error) => {
            crate::output::say(error);
            FAILED
        }
    }))
}

fn try_lock(mut arguments: impl Iterator<Item = OsString>) -> io::Result<TryLock> {
    let missing = || io::Error::from(ErrorKind::InvalidInput);
    let dir = arguments.next().ok_or_else(missing)?;
    let file = Name::new(arguments.next().ok_or_else(missing)?).map_err(io::Error::other)?;
    let (vfs, dir) = CapVfs::open_ambient_dir(PathBuf::from(dir))?;
    let file = vfs.open_file(&dir, &file, Access::ReadWrite)?;
    // It is given up when this process ends.
    vfs.try_lock(&file, LockKind::Exclusive)
}
