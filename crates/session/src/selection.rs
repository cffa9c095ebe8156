//! Which files of its source a session takes over.

use glob::{MatchOptions, Pattern};

use crate::spelling::composed;

/// Which files of its source a session takes over. The default is all of them.
///
/// Patterns are those of the `glob` crate: `*` and `?` stand for characters other than `/`, `**` for any number of
/// directories, `[a-z]` for one character of these. A pattern without `/` is compared with the name of each file and directory,
/// wherever it is; one with `/` with the path from the session's own directory. One that ends with `/` is for directories alone. A
/// directory that matches stands for all that is in it. Names that are not Unicode are compared as they are displayed, and a
/// letter with an accent is the same however Unicode spells it: some file systems list it otherwise than it was written.
///
/// If anything is included, only that is taken over; what is excluded is left out in any case.
///
/// ```
/// use incrdir_session::Selection;
///
/// let selection = Selection::new(&["*.tmp", "logs/"], &[] as &[&str])?;
/// # let _ = selection;
/// assert!(Selection::new(&["[a"], &[] as &[&str]).is_err());
/// # Ok::<(), incrdir_session::PatternError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    excluded: Vec<Rule>,
    included: Vec<Rule>,
}

/// How long all patterns of a selection may be together: they are recorded where every begin of another session reads.
const MAX_BYTES: usize = 4 << 10;

/// A pattern that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It is no pattern.
    #[error("cannot use `{pattern}` as a pattern: {source}")]
    Malformed {
        /// The pattern.
        pattern: String,
        /// Why.
        source: glob::PatternError,
    },
    /// It can match nothing: paths are relative to the session's own directory and have no `.` and `..` in them.
    #[error(
        "`{pattern}` can match nothing: give a name, or a path relative to the session's directory without `.` and `..`"
    )]
    Elsewhere {
        /// The pattern.
        pattern: String,
    },
    /// Together they are too long.
    #[error(
        "the patterns have {bytes} bytes together, and may have {MAX_BYTES}; `*` may stand for several"
    )]
    TooLong {
        /// How long they are.
        bytes: usize,
    },
}

/// A pattern, and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// As it was given.
    text: String,
    pattern: Pattern,
    is_path: bool,
    is_of_directories: bool,
}

impl Selection {
    /// Leaves out what one of `excluded` matches, and, if there are any, takes only what one of `included` matches.
    ///
    /// # Errors
    ///
    /// [`PatternError`], as its variants say.
    pub fn new<T: AsRef<str>>(excluded: &[T], included: &[T]) -> Result<Self, PatternError> {
        let bytes = excluded.iter().chain(included).map(|text| text.as_ref().len() + 3).sum();
        if bytes > MAX_BYTES {
            return Err(PatternError::TooLong { bytes });
        }
        let rules = |texts: &[T]| -> Result<Vec<Rule>, PatternError> {
            texts.iter().map(|text| Rule::new(text.as_ref())).collect()
        };
        Ok(Self { excluded: rules(excluded)?, included: rules(included)? })
    }

    /// Whether everything is taken over.
    pub fn is_everything(&self) -> bool {
        self.excluded.is_empty() && self.included.is_empty()
    }

    /// The patterns, each behind `-` (excluded) or `+` (included).
    pub fn patterns(&self) -> Vec<String> {
        let signed = |sign, rules: &[Rule]| -> Vec<String> {
            rules.iter().map(|rule| format!("{sign}{}", rule.text)).collect()
        };
        [signed('-', &self.excluded), signed('+', &self.included)].concat()
    }

    pub(crate) fn excludes(&self, path: &str, is_dir: bool) -> bool {
        self.excluded.iter().any(|rule| rule.matches(path, is_dir))
    }

    /// Whether it is included itself, or everything is.
    pub(crate) fn includes(&self, path: &str, is_dir: bool) -> bool {
        self.included.is_empty() || self.included.iter().any(|rule| rule.matches(path, is_dir))
    }
}

impl Rule {
    fn new(text: &str) -> Result<Self, PatternError> {
        let path = text.strip_suffix('/');
        let is_of_directories = path.is_some();
        let path = path.unwrap_or(text);
        let mut parts = path.split('/');
        if parts.any(|part| matches!(part, "" | "." | "..")) {
            return Err(PatternError::Elsewhere { pattern: text.into() });
        }
        let pattern = Pattern::new(&composed(path))
            .map_err(|source| PatternError::Malformed { pattern: text.into(), source })?;
        Ok(Self { text: text.into(), pattern, is_path: path.contains('/'), is_of_directories })
    }

    fn matches(&self, path: &str, is_dir: bool) -> bool {
        if self.is_of_directories && !is_dir {
            return false;
        }
        let path = composed(path);
        let name = path.rsplit('/').next().unwrap_or(&path);
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        self.pattern.matches_with(if self.is_path { &path } else { name }, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_anywhere_and_paths_from_the_top() {
        for (pattern, path, is_dir, matches) in [
            ("*.tmp", "a.tmp", false, true),
            ("*.tmp", "deep/er/a.tmp", false, true),
            ("*.tmp", "a.tmp.gz", false, false),
            (".cargo-lock", "debug/.cargo-lock", false, true),
            ("*", ".hidden", false, true),
            ("debug/*.lock", "debug/a.lock", false, true),
            ("debug/*.lock", "debug/deep/a.lock", false, false),
            ("debug/*.lock", "x/debug/a.lock", false, false),
            ("**/logs/*", "x/y/logs/a", false, true),
            ("**/logs/*", "logs/a", false, true),
            ("a/**", "a/b/c", false, true),
            ("logs/", "x/logs", true, true),
            ("logs/", "x/logs", false, false),
            ("[ab]?", "a1", false, true),
            ("[ab]?", "c1", false, false),
            ("caf\u{e9}", "cafe\u{301}", false, true),
            ("cafe\u{301}/*", "caf\u{e9}/a", false, true),
            ("caf?", "cafe\u{301}", false, true),
            ("cafe", "caf\u{e9}", false, false),
        ] {
            let rule = Rule::new(pattern).unwrap();
            assert_eq!(rule.matches(path, is_dir), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_refused() {
        for pattern in ["", "/", "/etc", "../x", "a/../b", "./a", "a//b", "."] {
            assert!(
                matches!(Rule::new(pattern), Err(PatternError::Elsewhere { .. })),
                "{pattern:?}"
            );
        }
        for pattern in ["[a", "a***", "x**y/z"] {
            assert!(
                matches!(Rule::new(pattern), Err(PatternError::Malformed { .. })),
                "{pattern:?}"
            );
        }
        let long = "x".repeat(MAX_BYTES);
        assert!(matches!(Selection::new(&[long], &[]), Err(PatternError::TooLong { .. })));
    }
}
