//! The questions.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use libc::{CTL_KERN, KERN_PROC, KERN_PROC_PID};

use crate::Seen;
use crate::answer;

/// More than any answer to these questions has.
const ROOM: usize = 1024;

/// What the kernel calls this start of the machine (`kern.bootsessionuuid`). Sleep is none.
pub fn boot_session() -> Option<u128> {
    let mut room = [0_u8; ROOM];
    let mut len = room.len();
    let to = room.as_mut_ptr().cast::<c_void>();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the name is a string of C, `len` bytes may be written to `to`, any bytes are right there, and nothing is set.
    let told = unsafe {
        libc::sysctlbyname(c"kern.bootsessionuuid".as_ptr(), to, &raw mut len, null_mut(), 0)
    };
    if told == 0 { answer::uuid(room.get(..len)?) } else { None }
}

/// Looks at a process, whosever it is.
pub fn process(pid: u32) -> Seen {
    let Ok(number) = c_int::try_from(pid) else { return Seen::Gone };
    let mut question = [CTL_KERN, KERN_PROC, KERN_PROC_PID, number];
    let mut room = [0_u8; ROOM];
    let mut len = room.len();
    let to = room.as_mut_ptr().cast::<c_void>();
    let parts = question.len() as u32;
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the question has so many parts, `len` bytes may be written to `to`, any bytes are right there, and nothing is set.
    let told =
        unsafe { libc::sysctl(question.as_mut_ptr(), parts, to, &raw mut len, null_mut(), 0) };
    match room.get(..len) {
        Some(answer) if told == 0 => answer::process(answer, pid),
        _ => Seen::Unknown,
    }
}
