//! When the machine and a process were started.

use std::io::{Error, Result};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use windows_sys::Wdk::System::SystemInformation::{
    NtQuerySystemInformation, SystemTimeOfDayInformation,
};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, FILETIME, WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Threading::{
    GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
    WaitForSingleObject,
};

use crate::status::checked;

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: callers deal with each of them.
pub enum Seen {
    /// It is there, and may not be asked more.
    There,
    /// It runs, and was started at this time: in steps of 100 ns, of the clock as it was then.
    Running(u64),
    /// There is none with this number, or it has ended.
    Gone,
    /// The system does not say.
    Unknown,
}

/// `SYSTEM_TIMEOFDAY_INFORMATION`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct TimeOfDay {
    boot: i64,
    now: i64,
    zone_bias: i64,
    zone: u32,
    reserved: u32,
    boot_bias: u64,
    sleep_bias: u64,
}

/// When the machine was started: in steps of 100 ns, of the clock as it was then. Setting the clock moves what the system
/// says, and says by how much.
///
/// # Errors
///
/// Whatever the system says.
pub fn boot_time() -> Result<u64> {
    let mut told = TimeOfDay::default();
    let mut len = 0;
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: it writes no more than the length that is said, of numbers.
    let status = unsafe {
        NtQuerySystemInformation(
            SystemTimeOfDayInformation,
            (&raw mut told).cast(),
            size_of::<TimeOfDay>() as u32,
            &raw mut len,
        )
    };
    checked(status)?;
    Ok(told.boot.cast_unsigned().wrapping_sub(told.boot_bias))
}

/// Looks at the process with this number.
pub fn process(number: u32) -> Seen {
    let rights = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE;
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: it takes any numbers.
    let handle = unsafe { OpenProcess(rights, 0, number) };
    if handle.is_null() {
        let code = Error::last_os_error().raw_os_error().map(i32::cast_unsigned);
        return match code {
            Some(ERROR_INVALID_PARAMETER) => Seen::Gone,
            Some(ERROR_ACCESS_DENIED) => Seen::There,
            _ => Seen::Unknown,
        };
    }
    #[expect(unsafe_code, reason = "what the system gives is a number")]
    // SAFETY: it has just been opened for us, and nobody else knows its number.
    let process = unsafe { OwnedHandle::from_raw_handle(handle) };
    match (has_ended(&process), started(&process)) {
        (true, _) => Seen::Gone,
        (false, Some(start)) => Seen::Running(start),
        (false, None) => Seen::There,
    }
}

fn has_ended(process: &OwnedHandle) -> bool {
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the handle is open, and nothing is waited for.
    let waited = unsafe { WaitForSingleObject(process.as_raw_handle(), 0) };
    waited == WAIT_OBJECT_0
}

fn started(process: &OwnedHandle) -> Option<u64> {
    let (mut start, mut end, mut kernel, mut user) =
        <(FILETIME, FILETIME, FILETIME, FILETIME)>::default();
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the handle is open, and the four times are ours to be written.
    let done = unsafe {
        GetProcessTimes(
            process.as_raw_handle(),
            &raw mut start,
            &raw mut end,
            &raw mut kernel,
            &raw mut user,
        )
    };
    (done != 0).then(|| u64::from(start.dwHighDateTime) << 32 | u64::from(start.dwLowDateTime))
}
