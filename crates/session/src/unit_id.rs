//! The id of a unit, from whatever must not be mixed.

/// Makes the id of a unit out of keys: everything on which it depends whether one session can be started from another, such
/// as the version of the program, the target, the settings. Equal keys give equal ids, on every platform and in every
/// version; different ones practically never do.
///
/// It is the first 8 bytes, little-endian, of the BLAKE3 digest of all keys, each with its length (8 bytes, little-endian)
/// before it. So `["ab"]` and `["a", "b"]` are different. The command makes the ids of its units (`--key`) in the same way.
///
/// ```
/// use incrdir_naming::UnitName;
/// use incrdir_session::unit_id;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let unit = UnitName::new("demo", unit_id(["mytool 1.0", "x86_64"]))?;
/// assert_eq!(unit.to_string(), "demo-00kh74e33fk5r");
/// # Ok(())
/// # }
/// ```
pub fn unit_id(keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for key in keys {
        let key = key.as_ref();
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key);
    }
    let digest = hasher.finalize();
    let (first, _) = digest.as_bytes().split_first_chunk().expect("BUG: a digest has 32 bytes");
    u64::from_le_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_same_for_ever() {
        // BLAKE3 of nothing begins af1349b9f5f9a1a6.
        assert_eq!(unit_id([""; 0]), 0xa6a1_f9f5_b949_13af);
    }

    #[test]
    fn keys_are_told_apart() {
        let lists = [&[][..], &[""], &["ab"], &["a", "b"], &["b", "a"], &["a", "b", ""]];
        let ids: std::collections::BTreeSet<_> = lists.map(unit_id).into();
        assert_eq!(ids.len(), lists.len());
    }
}
