//! The part of the command line that says what a session starts from.

use incrdir_naming::UnitName;
use incrdir_session::Selection;

use crate::failure::Failure;
use crate::{unit_id, values};

/// What a session starts from, and what happens if that proves to be bad.
#[derive(Debug, clap::Args)]
pub(crate) struct StartArgs {
    /// While the unit has no session to start from, start from the unit that has this key instead of the last --key; may be
    /// repeated
    #[arg(long = "or-key", value_name = "STR", requires = "keys")]
    or_keys: Vec<String>,
    /// Leave out files and directories that match when starting; may be repeated
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Take over only files and directories that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// If CMD exits with this status, it says that what it started from is bad: quarantine that, and run CMD again from an older
    /// session
    #[arg(long, value_name = "STATUS", value_parser = values::status)]
    pub(crate) on_reject: Option<u8>,
    /// How often CMD is run again after it has rejected what it started from
    #[arg(long, value_name = "N", default_value = "1", requires = "on_reject", value_parser = values::times)]
    pub(crate) retries: u32,
}

impl StartArgs {
    /// The units to start from while there is nothing in the session's own, which has this name and these keys.
    pub(crate) fn fallbacks(&self, name: &str, keys: &[String]) -> Result<Vec<UnitName>, Failure> {
        let shared = keys.split_last().map_or(&[][..], |(_, shared)| shared);
        let with =
            |last: &String| unit_id::unit(name, &[shared, std::slice::from_ref(last)].concat());
        self.or_keys.iter().map(with).collect()
    }

    /// Which files are taken over.
    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        Ok(Selection::new(&self.exclude, &self.include)?)
    }
}
