//! Which crate may know which.

use std::collections::BTreeMap;

use serde_json::Value;

use super::workspace::Package;

/// Each crate and those of ours it may depend on, from the ground up. Nobody may know `incrdir-sim`.
const LAYERS: [(&str, &[&str]); 16] = [
    ("incrdir-naming", &[]),
    ("incrdir-record", &["incrdir-naming"]),
    ("incrdir-nt", &[]),
    ("incrdir-xnu", &[]),
    ("incrdir-vfs", &["incrdir-nt", "incrdir-xnu"]),
    ("incrdir-explore", &["incrdir-vfs"]),
    ("incrdir-lockfs", &["incrdir-vfs"]),
    ("incrdir-session", &["incrdir-naming", "incrdir-record", "incrdir-vfs", "incrdir-lockfs"]),
    (
        "incrdir-gc",
        &["incrdir-naming", "incrdir-record", "incrdir-vfs", "incrdir-lockfs", "incrdir-session"],
    ),
    ("incrdir-probe", &["incrdir-vfs", "incrdir-lockfs", "incrdir-session"]),
    ("incrdir-discover", &["incrdir-naming", "incrdir-vfs", "incrdir-session"]),
    ("incrdir-remote", &["incrdir-naming", "incrdir-record", "incrdir-vfs", "incrdir-session"]),
    ("incrdir", LIBRARIES),
    (
        "incrdir-cli",
        &[
            "incrdir",
            "incrdir-naming",
            "incrdir-record",
            "incrdir-vfs",
            "incrdir-lockfs",
            "incrdir-session",
            "incrdir-gc",
            "incrdir-probe",
            "incrdir-discover",
            "incrdir-remote",
        ],
    ),
    (
        "incrdir-sim",
        &[
            "incrdir-naming",
            "incrdir-record",
            "incrdir-vfs",
            "incrdir-explore",
            "incrdir-lockfs",
            "incrdir-session",
            "incrdir-gc",
            "incrdir-probe",
        ],
    ),
    ("xtask", &[]),
];

/// All that is below the front door.
const LIBRARIES: &[&str] = &[
    "incrdir-naming",
    "incrdir-record",
    "incrdir-vfs",
    "incrdir-lockfs",
    "incrdir-session",
    "incrdir-gc",
];

pub(super) fn check(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(|package| complaints(&package.metadata)).collect()
}

fn complaints(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let layers: BTreeMap<_, _> = LAYERS.into();
    let Some(allowed) = layers.get(name) else {
        return vec![format!("{name} has no place in the layers (xtask/src/tidy/layers.rs)")];
    };
    let mut complaints = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let dependency_name = dependency["name"].as_str().unwrap_or_default();
        // Tests of a crate may use its neighbours, but never the test crate itself.
        let is_for_tests = dependency["kind"] == "dev" && dependency_name != "incrdir-sim";
        if layers.contains_key(dependency_name)
            && !allowed.contains(&dependency_name)
            && !is_for_tests
        {
            complaints.push(format!("{name} must not know {dependency_name}"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependency: &str, kind: Value) -> Value {
        json!({
            "name": name, "dependencies": [{ "name": dependency, "kind": kind }],
        })
    }

    #[test]
    fn a_layer_knows_only_what_is_below() {
        assert_eq!(complaints(&package("incrdir-gc", "incrdir-session", Value::Null)), [""; 0]);
        assert_eq!(complaints(&package("incrdir-vfs", "incrdir-lockfs", Value::Null)).len(), 1);
        assert_eq!(complaints(&package("incrdir-gc", "incrdir-sim", json!("dev"))).len(), 1);
        assert_eq!(complaints(&package("newcomer", "x", Value::Null)).len(), 1);
    }
}
