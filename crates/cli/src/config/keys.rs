//! What can be set.

use std::ffi::OsString;

/// One of the settings.
pub(super) struct Key {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// The variable of the environment.
    pub(super) variable: &'static str,
}

pub(super) const ROOT: Key = Key { name: "root", variable: "INCRDIR_ROOT" };
pub(super) const KEEP: Key = Key { name: "keep", variable: "INCRDIR_KEEP" };
pub(super) const GRACE: Key = Key { name: "grace", variable: "INCRDIR_GRACE" };
pub(super) const QUARANTINE: Key = Key { name: "quarantine", variable: "INCRDIR_QUARANTINE" };
pub(super) const MAX_AGE: Key = Key { name: "max_age", variable: "INCRDIR_MAX_AGE" };
pub(super) const MAX_SIZE: Key = Key { name: "max_size", variable: "INCRDIR_MAX_SIZE" };
pub(super) const FREE: Key = Key { name: "free", variable: "INCRDIR_FREE" };
pub(super) const PULL: Key = Key { name: "pull", variable: "INCRDIR_PULL" };
pub(super) const PUSH: Key = Key { name: "push", variable: "INCRDIR_PUSH" };
pub(super) const SCOPE: Key = Key { name: "scope", variable: "INCRDIR_SCOPE" };
pub(super) const TRUST_KEY: Key = Key { name: "trust_key", variable: "INCRDIR_TRUST_KEY" };
pub(super) const SIGN_KEY: Key = Key { name: "sign_key", variable: "INCRDIR_SIGN_KEY" };

/// All of them.
pub(super) const ALL: [&Key; 12] = [
    &ROOT,
    &KEEP,
    &GRACE,
    &QUARANTINE,
    &MAX_AGE,
    &MAX_SIZE,
    &FREE,
    &PULL,
    &PUSH,
    &SCOPE,
    &TRUST_KEY,
    &SIGN_KEY,
];

/// A variable that is empty counts as one that is not set.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
