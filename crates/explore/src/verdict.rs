//! What an oracle says.

/// What an oracle says: all is well, or what is not.
pub type Verdict = Result<(), Broken>;

/// What an oracle found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// Which oracle.
    pub oracle: &'static str,
    /// What it saw.
    pub what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.oracle, self.what)
    }
}

impl Broken {
    /// An oracle and what it saw.
    pub fn new(oracle: &'static str, what: impl Into<String>) -> Self {
        Self { oracle, what: what.into() }
    }
}
