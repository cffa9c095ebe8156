//! Numbers in base 36: digits `0-9a-z`, most significant first.
//!
//! ```
//! use incrdir_naming::base36;
//!
//! assert_eq!(base36::padded(46_655_u32, 7).to_string(), "0000zzz");
//! assert_eq!(base36::parse(b"0000zzz"), Some(46_655));
//! assert_eq!(base36::parse(b"0000ZZZ"), None);
//! ```

use core::fmt;

/// Digits of [`u32::MAX`]: the width at which every `u32` has room.
pub const U32_WIDTH: usize = 7;
/// Digits of [`u64::MAX`].
pub const U64_WIDTH: usize = 13;
/// Digits of [`u128::MAX`].
pub const U128_WIDTH: usize = 25;

const RADIX: u128 = 36;
const DIGITS: &[u8; RADIX as usize] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Prints `value` with at least `width` digits, and at least one: pads with zeros on the left, never cuts.
pub fn padded(value: impl Into<u128>, width: usize) -> Padded {
    Padded { value: value.into(), width: width.max(1) }
}

/// Reads a number of at least one digit.
///
/// Anything else is `None`: an upper-case digit, a sign, a space, no digit at all, a number above
/// [`u128::MAX`]. Leading zeros are digits like any other.
pub fn parse(digits: &[u8]) -> Option<u128> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u128, |value, &byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            _ => return None,
        };
        value.checked_mul(RADIX)?.checked_add(digit.into())
    })
}

/// A number that displays in base 36; made by [`padded`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Padded {
    value: u128,
    width: usize,
}

impl fmt::Display for Padded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [b'0'; U128_WIDTH];
        let mut rest = self.value;
        let mut start = U128_WIDTH;
        while rest > 0 {
            start -= 1;
            buffer[start] = DIGITS[(rest % RADIX) as usize];
            rest /= RADIX;
        }
        let digits = core::str::from_utf8(&buffer[start..]).expect("BUG: digits are ASCII");
        write!(f, "{digits:0>width$}", width = self.width)
    }
}
