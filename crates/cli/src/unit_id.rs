//! From a name and keys to a unit.

use incrdir_naming::UnitName;

use crate::failure::Failure;

/// The unit of a name and keys; a name that is a whole unit directory name is taken as it is. One whose
/// id is not padded is none: `my-project` is a name.
pub(crate) fn unit(name: &str, keys: &[String]) -> Result<UnitName, Failure> {
    let whole = name.parse::<UnitName>().ok().filter(UnitName::is_canonical);
    if let Some(unit) = whole {
        if keys.is_empty() {
            return Ok(unit);
        }
        return Err(format!(
            "`{name}` is the name of a unit's directory, id included, so --key cannot choose the id; \
             leave out either the id or the keys"
        )
        .into());
    }
    UnitName::new(name, id(keys))
        .map_err(|error| format!("cannot use `{name}` as --unit: {error}").into())
}

/// The first 8 bytes of the BLAKE3 digest of all keys, each with its length before it, so that no two lists
/// of keys look alike.
fn id(keys: &[String]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for key in keys {
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key.as_bytes());
    }
    let digest = hasher.finalize();
    let (first, _) = digest.as_bytes().split_first_chunk().expect("BUG: a digest has 32 bytes");
    u64::from_le_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ids_are_the_same_for_ever() {
        // BLAKE3 of nothing begins af1349b9f5f9a1a6.
        assert_eq!(id(&[]), 0xa6a1_f9f5_b949_13af);
        assert_eq!(unit("demo", &[]).unwrap().to_string(), "demo-2j838h7wmnycv");
    }

    #[test]
    fn keys_are_told_apart() {
        let lists = [&[][..], &[""], &["ab"], &["a", "b"], &["b", "a"], &["a", "b", ""]];
        let ids: std::collections::BTreeSet<_> = lists.map(|list| id(&keys(list))).into();
        assert_eq!(ids.len(), lists.len());
    }

    #[test]
    fn a_whole_unit_name_is_taken_as_it_is() {
        let name = "demo-0l5si3gacvbvl";
        assert_eq!(unit(name, &[]).unwrap().to_string(), name);
        assert!(unit(name, &keys(&["k"])).unwrap_err().to_string().contains("--key"));
        assert!(unit("a/b", &[]).is_err());
        for name in ["my-project", "regex-3w5e11264sgs", "v-1"] {
            let unit = unit(name, &keys(&["k"])).unwrap();
            assert_eq!((unit.name(), unit.is_canonical()), (name, true));
        }
    }
}
