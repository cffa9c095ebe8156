//! Tests that fail because of Wine: what Windows does and Wine does not.

/// A test that is known to fail.
pub(crate) struct Known {
    /// As the table names it.
    pub(crate) program: &'static str,
    pub(crate) test: &'static str,
    pub(crate) why: &'static str,
}

pub(crate) const KNOWN: &[Known] = &[];
