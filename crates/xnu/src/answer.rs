//! What the kernel answers.

// Exhaustive: there is no fourth answer.
/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Here {
        /// When it was started, in microseconds since 1970.
        started: u64,
        /// Whether it has ended, and nobody has asked it for its status.
        has_ended: bool,
    },
    /// No process has the number.
    Gone,
    /// The kernel does not tell, or tells it in a way that is not known here.
    Unknown,
}

/// A `kinfo_proc` begins with these, on every Mac with 64 bits (`bsd/sys/proc.h`, `struct extern_proc`): the time of the start as
/// seconds (8 bytes) and microseconds (4), two pointers and flags, the state, and the process's number.
const SECONDS: usize = 0;
const MICROSECONDS: usize = 8;
const STATE: usize = 36;
const NUMBER: usize = 40;

/// `SZOMB`.
const HAS_ENDED: u8 = 5;

/// Reads the `kinfo_proc` of a process. One that is not about it is of another layout.
pub(crate) fn process(answer: &[u8], pid: u32) -> Seen {
    if answer.is_empty() {
        return Seen::Gone;
    }
    read(answer, pid).unwrap_or(Seen::Unknown)
}

fn read(answer: &[u8], pid: u32) -> Option<Seen> {
    let number = i32::from_ne_bytes(bytes(answer, NUMBER)?);
    if u32::try_from(number) != Ok(pid) {
        return None;
    }
    let seconds = u64::try_from(i64::from_ne_bytes(bytes(answer, SECONDS)?)).ok()?;
    let micros = u64::try_from(i32::from_ne_bytes(bytes(answer, MICROSECONDS)?)).ok()?;
    if micros >= 1_000_000 {
        return None;
    }
    let started = seconds.checked_mul(1_000_000)?.checked_add(micros)?;
    Some(Seen::Here { started, has_ended: *answer.get(STATE)? == HAS_ENDED })
}

fn bytes<const N: usize>(answer: &[u8], at: usize) -> Option<[u8; N]> {
    answer.get(at..at + N)?.try_into().ok()
}

/// Reads the UUID of a start of the machine, a string of C: `3C4F0E9D-…`.
pub(crate) fn uuid(answer: &[u8]) -> Option<u128> {
    let text = answer.split(|byte| *byte == 0).next()?;
    let digits = std::str::from_utf8(text).ok()?.replace('-', "");
    let is_whole = digits.len() == 32;
    is_whole.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().filter(|id| *id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(seconds: i64, micros: i32, state: u8, pid: i32) -> Vec<u8> {
        let mut answer = vec![0xEE; 648];
        answer[SECONDS..SECONDS + 8].copy_from_slice(&seconds.to_ne_bytes());
        answer[MICROSECONDS..MICROSECONDS + 4].copy_from_slice(&micros.to_ne_bytes());
        answer[STATE] = state;
        answer[NUMBER..NUMBER + 4].copy_from_slice(&pid.to_ne_bytes());
        answer
    }

    #[test]
    fn a_process_is_known_by_its_start() {
        const RUNS: u8 = 2;
        let started = 1_700_000_000_000_042;
        let here = |has_ended| Seen::Here { started, has_ended };
        assert_eq!(process(&answer(1_700_000_000, 42, RUNS, 7), 7), here(false));
        assert_eq!(process(&answer(1_700_000_000, 42, HAS_ENDED, 7), 7), here(true));
        assert_eq!(process(&[], 7), Seen::Gone);
    }

    #[test]
    fn an_answer_of_another_layout_says_nothing() {
        assert_eq!(process(&answer(1, 42, 2, 8), 7), Seen::Unknown, "about another process");
        assert_eq!(process(&answer(1, 1_000_000, 2, 7), 7), Seen::Unknown);
        assert_eq!(process(&answer(-1, 0, 2, 7), 7), Seen::Unknown);
        assert_eq!(process(&answer(1, 0, 2, 7)[..NUMBER + 3], 7), Seen::Unknown);
    }

    #[test]
    fn a_start_of_the_machine_is_a_uuid() {
        let told = b"3C4F0E9D-0000-4000-8000-0000000000FF\0";
        assert_eq!(uuid(told), Some(0x3C4F_0E9D_0000_4000_8000_0000_0000_00FF));
        assert_eq!(uuid(&told[..told.len() - 1]), uuid(told));
        for other in [&b""[..], b"\0", b"3C4F0E9D", &told[1..], &[b'0'; 32]] {
            assert_eq!(uuid(other), None, "{other:?}");
        }
    }
}
