//! Compression, within bounds.

use std::io::Read;

/// `None`: it failed, for want of memory. With a checksum: a flipped bit in a manifest without a signature may leave something that can
/// be read and says something else.
pub(crate) fn compress(bytes: &[u8], level: i32) -> Option<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(level).ok()?;
    compressor.include_checksum(true).ok()?;
    compressor.compress(bytes).ok()
}

/// How much may come of so many bytes. What has digests in it is hardly compressed; with this, whoever wants to fill the memory of others
/// has to store a part of what he fills it with.
pub(crate) fn most(stored: usize, limit: usize) -> usize {
    stored.saturating_mul(64).saturating_add(1 << 20).min(limit)
}

/// Decompresses what has at most `limit` bytes then, and no more than is [plausible](most). What it says of its own length is not believed: a few
/// bytes may claim to be terabytes.
pub(crate) fn decompress(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    let limit = most(bytes.len(), limit);
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).ok()?;
    // A window of 128 MiB, as the format allows, would be memory that somebody else decides about.
    decoder.window_log_max(WINDOW_LOG).ok()?;
    let mut whole = Vec::new();
    let read = decoder.take(limit as u64 + 1).read_to_end(&mut whole).ok()?;
    (read <= limit).then_some(whole)
}

const WINDOW_LOG: u32 = 23;

/// Decompresses what has exactly `len` bytes then, which is believed: all of it is one piece of memory, and nothing else is taken. `None`: it
/// has not.
pub(crate) fn decompress_all(bytes: &[u8], len: usize) -> Option<Vec<u8>> {
    let whole = zstd::bulk::decompress(bytes, len).ok()?;
    (whole.len() == len).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_memory() {
        let bomb = compress(&vec![0; 64 << 20], 19).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(decompress(&bomb, 1 << 20), None);
        assert_eq!(decompress(&bomb, 64 << 20), None);
        let flat = compress(&vec![0; 1 << 20], 19).unwrap();
        assert_eq!(decompress(&flat, 1 << 20).map(|whole| whole.len()), Some(1 << 20));
        assert_eq!(decompress_all(&bomb, 1 << 20), None);
        assert_eq!(decompress_all(&bomb, 65 << 20), None);
        assert_eq!(decompress_all(&bomb, 64 << 20).map(|whole| whole.len()), Some(64 << 20));
    }

    #[test]
    fn flipped_bits_are_noticed() {
        let whole = compress(b"a name, and another name", 3).unwrap();
        for at in 0..8 * whole.len() {
            let mut bad = whole.clone();
            bad[at / 8] ^= 1 << (at % 8);
            if let Some(read) = decompress(&bad, 100) {
                assert_eq!(read, b"a name, and another name", "bit {at}");
            }
        }
    }

    #[test]
    fn noise_is_refused() {
        assert_eq!(decompress(b"no zstd", 100), None);
        assert_eq!(decompress_all(b"no zstd", 100), None);
        let whole = compress(b"some content", 1).unwrap();
        assert_eq!(decompress(&whole[..whole.len() - 1], 100), None);
    }
}
