//! Strings, times, numbers and keys inside a payload.
//!
//! ```text
//! string   2 bytes length, UTF-8
//! time     8 bytes seconds since 1970 (signed), 4 bytes nanoseconds
//! key      8 bytes stamp (microseconds since 1970), 4 bytes random number
//! ```
//!
//! Numbers are little-endian.

use std::time::{Duration, SystemTime};

use incrdir_naming::{Key, Timestamp};

/// Strings longer than their length field can say are cut: they are for people.
pub(crate) fn put_string(payload: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    payload.extend((text.len() as u16).to_le_bytes());
    payload.extend(text.as_bytes());
}

/// Writes a time: 8 bytes seconds since 1970, signed, and 4 bytes nanoseconds. One time has one spelling.
pub fn put_time(payload: &mut Vec<u8>, time: SystemTime) {
    let (seconds, nanos) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(before) => {
            // Nanoseconds count forward, so that one time has one spelling.
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            match before.subsec_nanos() {
                0 => (-whole, 0),
                nanos => (-whole - 1, 1_000_000_000 - nanos),
            }
        }
    };
    payload.extend(seconds.to_le_bytes());
    payload.extend(nanos.to_le_bytes());
}

pub(crate) fn take<const N: usize>(payload: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = payload.split_first_chunk::<N>()?;
    *payload = rest;
    Some(*bytes)
}

pub(crate) fn take_u64(payload: &mut &[u8]) -> Option<u64> {
    take(payload).map(u64::from_le_bytes)
}

pub(crate) fn take_u32(payload: &mut &[u8]) -> Option<u32> {
    take(payload).map(u32::from_le_bytes)
}

/// A length of two bytes and this many bytes.
pub(crate) fn take_bytes<'a>(payload: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::from(u16::from_le_bytes(take(payload)?));
    let (bytes, rest) = payload.split_at_checked(len)?;
    *payload = rest;
    Some(bytes)
}

pub(crate) fn take_string(payload: &mut &[u8]) -> Option<String> {
    String::from_utf8(take_bytes(payload)?.to_vec()).ok()
}

pub(crate) fn take_time(payload: &mut &[u8]) -> Option<SystemTime> {
    let seconds = i64::from_le_bytes(take(payload)?);
    let nanos = u64::from(take_u32(payload)?);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole)?,
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole)?,
    };
    time.checked_add(Duration::from_nanos(nanos))
}

pub(crate) fn put_key(payload: &mut Vec<u8>, key: Key) {
    payload.extend(key.timestamp().micros().to_le_bytes());
    payload.extend(key.rand().to_le_bytes());
}

pub(crate) fn take_key(payload: &mut &[u8]) -> Option<Key> {
    let timestamp = Timestamp::from_micros(take_u64(payload)?).ok()?;
    Some(Key::new(timestamp, take_u32(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip_on_both_sides_of_1970() {
        for nanos in [0_i64, 1, -1, 1_500_000_000, -1_500_000_000, -2_000_000_000, i64::MIN] {
            let distance = Duration::from_nanos(nanos.unsigned_abs());
            let time = match nanos {
                0.. => SystemTime::UNIX_EPOCH + distance,
                _ => SystemTime::UNIX_EPOCH - distance,
            };
            let mut bytes = Vec::new();
            put_time(&mut bytes, time);
            assert_eq!(take_time(&mut &bytes[..]), Some(time), "{nanos}");
        }
        let absurd = [0xFF; 12];
        assert!(take_time(&mut &absurd[..]).is_some(), "a second before 1970, and some");
        let mut absurd = i64::MAX.to_le_bytes().to_vec();
        absurd.extend([0xFF; 4]);
        assert_eq!(take_time(&mut &absurd[..]), None, "beyond what a time can be");
    }
}
