//! From a name and keys to a unit.

use incrdir_naming::UnitName;
use incrdir_session::unit_id;

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
    UnitName::new(name, unit_id(keys))
        .map_err(|error| format!("cannot use `{name}` as --unit: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ids_are_the_same_for_ever() {
        assert_eq!(unit("demo", &[]).unwrap().to_string(), "demo-2j838h7wmnycv");
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
