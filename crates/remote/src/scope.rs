//! Who may write where: scopes.

use std::fmt;
use std::str::FromStr;

use incrdir_naming::is_device;

/// A part of a unit in the store that has its own writers: `main`, or a branch.
///
/// Whoever can write into a scope decides what those get who read it, so a store's permissions go by scopes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

const MAX_BYTES: usize = 100;

impl Scope {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let stem = text.split('.').next().unwrap_or_default();
        // Windows takes the name of a device for one, and leaves out a dot at the end, when the store is a directory there.
        let is_kept = !text.ends_with('.') && !is_device(stem);
        match begins_well && is_kept && text.len() <= MAX_BYTES && text.bytes().all(is_good) {
            true => Ok(Self(text.into())),
            false => Err(ScopeError { text: text.into() }),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be the name of a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a scope: 1 to 100 of the characters A-Z a-z 0-9 . _ -, a letter or digit first, no dot at the end, and no device of Windows (`con`, `aux.x`); write `feature-x` for `feature/x`"
)]
pub struct ScopeError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_one_plain_name() {
        for good in ["main", "1.2", "feature-x", "A_b", "console", "com"] {
            assert_eq!(good.parse::<Scope>().unwrap().to_string(), good);
        }
        for bad in
            ["", ".", "..", "a/b", "-x", "a b", "ä", "a=b", "x.", "con", "AUX.x", &"x".repeat(101)]
        {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }
}
