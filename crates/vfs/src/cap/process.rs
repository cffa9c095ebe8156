//! The calling process, and whether another one is alive.
#![expect(clippy::disallowed_methods, reason = "this is the real back end")]

use std::sync::{Mutex, PoisonError};

use crate::Process;

pub(super) fn process() -> Process {
    let pid = std::process::id();
    let (namespace, started) = own(pid);
    Process { pid, host: host(), user: user(), namespace, started }
}

/// Namespace and start of the calling process, which stay as they are. They are asked for again after a fork, by the
/// number.
fn own(pid: u32) -> Own {
    static KNOWN: Mutex<Option<(u32, Own)>> = Mutex::new(None);
    // Nothing behind the lock can be left half-done.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match *known {
        Some((of, own)) if of == pid => own,
        _ => known.insert((pid, (kernel::namespace(), kernel::own_start()))).1,
    }
}

/// A namespace, and a start in it.
type Own = (Option<u64>, Option<u64>);

#[cfg(unix)]
fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

pub(super) fn process_of(pid: u32) -> Process {
    let started = kernel::look_at(pid).and_then(|seen| seen.started);
    Process { pid, host: host(), user: None, namespace: kernel::namespace(), started }
}

pub(super) fn is_alive(process: &Process) -> Option<bool> {
    let own = kernel::namespace();
    if process.namespace.is_some() && process.namespace != own {
        return None;
    }
    let is_there = exists(process.pid)? && is_it(process);
    match process.namespace {
        Some(_) => Some(is_there),
        // The number may be one of another namespace.
        None => is_there.then_some(true),
    }
}

/// Whether what has the number of this process is it. What cannot be told apart is.
fn is_it(process: &Process) -> bool {
    let Some(seen) = kernel::look_at(process.pid) else { return true };
    let is_same = process.started.zip(seen.started).is_none_or(|(then, now)| then == now);
    is_same && !seen.has_ended
}

/// What is known of a process besides its number.
struct Seen {
    started: Option<u64>,
    /// It has ended, and nobody has asked it for its status.
    has_ended: bool,
}

/// Asks the kernel without sending anything. A process that we may not signal is there.
#[cfg(unix)]
fn exists(pid: u32) -> Option<bool> {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)?;
    match rustix::process::test_kill_process(pid) {
        Ok(()) | Err(rustix::io::Errno::PERM) => Some(true),
        Err(rustix::io::Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

#[cfg(windows)]
fn exists(pid: u32) -> Option<bool> {
    match incrdir_nt::process(pid) {
        incrdir_nt::Seen::There | incrdir_nt::Seen::Running(_) => Some(true),
        incrdir_nt::Seen::Gone => Some(false),
        incrdir_nt::Seen::Unknown => None,
    }
}

/// What Linux tells in `/proc`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) mod kernel {
    use super::Seen;

    /// The numbers of the namespaces of process ids and of times, of 32 bits each: when a process was started is told in
    /// the time of the process that asks.
    pub(super) fn namespace() -> Option<u64> {
        let pids = number_of("/proc/self/ns/pid")?;
        // Kernels before 5.6 have none.
        let times = number_of("/proc/self/ns/time").unwrap_or(0);
        Some(u64::from(pids) << 32 | u64::from(times))
    }

    fn number_of(path: &str) -> Option<u32> {
        rustix::fs::stat(path).ok().and_then(|stat| u32::try_from(stat.st_ino).ok())
    }

    pub(super) fn own_start() -> Option<u64> {
        parse(&read("/proc/self/stat")?)?.started
    }

    /// Where it cannot be read there is none.
    pub(in crate::cap) fn boot_id() -> Option<u128> {
        let text = read("/proc/sys/kernel/random/boot_id")?;
        u128::from_str_radix(&text.trim().replace('-', ""), 16).ok()
    }

    /// What the kernel tells in a few lines, in as few calls.
    fn read(path: &str) -> Option<String> {
        use rustix::fs::{Mode, OFlags};

        let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut text = vec![0; 8 << 10];
        let len = rustix::io::read(&file, &mut text).ok()?;
        text.truncate(len);
        // The name of a process may be any bytes.
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    pub(super) fn look_at(pid: u32) -> Option<Seen> {
        if !shows_own_numbers() {
            return None;
        }
        parse(&read(&format!("/proc/{pid}/stat"))?)
    }

    /// Whether the numbers in `/proc` are those of our namespace: it may have been mounted in one around it. There, we
    /// have one number for each.
    fn shows_own_numbers() -> bool {
        let Some(status) = read("/proc/self/status") else { return false };
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        numbers.is_some_and(|numbers| numbers.split_whitespace().count() == 1)
    }

    /// Number, name in parentheses, and fields that are counted from 3; the name may have anything in it.
    fn parse(stat: &str) -> Option<Seen> {
        let (_, fields) = stat.rsplit_once(')')?;
        let field = |number: usize| fields.split_whitespace().nth(number - 3);
        let threads = field(20).and_then(|threads| threads.parse::<u64>().ok());
        let has_ended = match field(3)? {
            // The first thread may have ended before the others.
            "Z" => threads.is_none_or(|threads| threads <= 1),
            "X" | "x" => true,
            _ => false,
        };
        Some(Seen { started: field(22).and_then(|start| start.parse().ok()), has_ended })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn names_do_not_move_fields() {
            let rest = "S 1 2 2 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 2 3";
            for name in ["cat", "a b", ") S 1 (", "))"] {
                let seen = parse(&format!("7 ({name}) {rest}")).unwrap();
                assert_eq!((seen.started, seen.has_ended), (Some(4711), false), "{name}");
            }
            for (state, threads, has_ended) in [("Z", 1, true), ("Z", 2, false), ("X", 2, true)] {
                let stat =
                    format!("7 (a) {state} 1 2 2 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 {threads} 0 1");
                assert_eq!(parse(&stat).unwrap().has_ended, has_ended, "{stat}");
            }
            assert!(parse("7 (a").is_none() && parse("7 (a) ").is_none());
        }
    }
}

/// Where there are no namespaces, all are of one.
#[cfg(windows)]
pub(super) mod kernel {
    use super::Seen;

    pub(super) fn namespace() -> Option<u64> {
        Some(0)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real back end")]
    pub(super) fn own_start() -> Option<u64> {
        look_at(std::process::id()).and_then(|seen| seen.started)
    }

    pub(in crate::cap) fn boot_id() -> Option<u128> {
        incrdir_nt::boot_time().ok().map(u128::from)
    }

    pub(super) fn look_at(pid: u32) -> Option<Seen> {
        match incrdir_nt::process(pid) {
            incrdir_nt::Seen::Running(start) => {
                Some(Seen { started: Some(start), has_ended: false })
            }
            incrdir_nt::Seen::Gone => Some(Seen { started: None, has_ended: true }),
            incrdir_nt::Seen::There | incrdir_nt::Seen::Unknown => None,
        }
    }
}

/// What macOS tells. Where there are no namespaces, all are of one.
#[cfg(target_vendor = "apple")]
pub(super) mod kernel {
    use super::Seen;

    pub(super) fn namespace() -> Option<u64> {
        Some(0)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real back end")]
    pub(super) fn own_start() -> Option<u64> {
        look_at(std::process::id()).and_then(|seen| seen.started)
    }

    pub(in crate::cap) fn boot_id() -> Option<u128> {
        incrdir_xnu::boot_session()
    }

    pub(super) fn look_at(pid: u32) -> Option<Seen> {
        match incrdir_xnu::process(pid) {
            incrdir_xnu::Seen::Here { started, has_ended } => {
                Some(Seen { started: Some(started), has_ended })
            }
            incrdir_xnu::Seen::Gone => Some(Seen { started: None, has_ended: true }),
            incrdir_xnu::Seen::Unknown => None,
        }
    }
}

/// Where there are no namespaces, all are of one. When a process was started is not asked for.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows)))]
pub(super) mod kernel {
    use super::Seen;

    pub(super) fn namespace() -> Option<u64> {
        Some(0)
    }

    pub(super) fn own_start() -> Option<u64> {
        None
    }

    pub(in crate::cap) fn boot_id() -> Option<u128> {
        None
    }

    pub(super) fn look_at(_pid: u32) -> Option<Seen> {
        None
    }
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
