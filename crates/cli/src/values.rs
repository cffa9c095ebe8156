//! Values as people write them: numbers of sessions, times, sizes, shares of a file system.
//!
//! The command line, the environment and the configuration file all read them here, so that each says the same of a bad
//! one: what such a value is, with an example, and before that what is wrong with this one where that says more.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use incrdir_gc::FreeSpace;
use incrdir_remote::{Scope, ScopeError};

const A_NUMBER: &str = "a number of sessions is written in digits, such as 3";
const A_COUNT: &str = "how often is a number in digits, such as 3";
const A_STATUS: &str = "the status is a number from 1 to 124";
const AN_OWNER: &str = "an owner is the number of a user, or `any`";
const A_STORE: &str =
    "a store is a URL, such as s3://bucket/prefix, or file:///directory with an absolute path";
const A_PERCENTAGE: &str = "a percentage is a number from 1 to 100";
const A_TIME: &str = "a time is numbers with their units, such as 7days, 12h or 1h 30min";
const A_SIZE: &str = "a size is a number with its unit, such as 50GiB or 1.5TB";
const A_SHARE: &str = "a share of the file system is a percentage, such as 15%, or two, such as 15%..20%: \
                       collect when less than the first is free, until the second is";

/// Users whose directories are accepted like the caller's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusted {
    User(u32),
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs: one document
    Json,
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

/// The unit of a size, and its bytes.
const UNITS: [(&str, u64); 12] = [
    ("EiB", 1 << 60),
    ("EB", 10_u64.pow(18)),
    ("PiB", 1 << 50),
    ("PB", 10_u64.pow(15)),
    ("TiB", 1 << 40),
    ("TB", 10_u64.pow(12)),
    ("GiB", 1 << 30),
    ("GB", 10_u64.pow(9)),
    ("MiB", 1 << 20),
    ("MB", 10_u64.pow(6)),
    ("KiB", 1 << 10),
    ("KB", 1_000),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = Number::split(text).ok_or(A_SIZE)?;
        let unit = unit.trim_start();
        let bytes = match UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
            Some((_, bytes)) => *bytes,
            None if unit.eq_ignore_ascii_case("B") => 1,
            None => return Err(without_unit(text, unit)),
        };
        number
            .times(bytes)
            .map(Self)
            .ok_or_else(|| format!("that is more than there can be (16EiB); {A_SIZE}"))
    }
}

/// Tools do not agree on what `G` is, and a number alone is a slip more often than it means bytes.
fn without_unit(text: &str, unit: &str) -> String {
    match unit.to_ascii_uppercase().as_str() {
        "" => format!("which unit? `{text}B` is bytes; {A_SIZE}"),
        letter @ ("K" | "M" | "G" | "T" | "P" | "E") => {
            format!("`{unit}` can be read in two ways: write {letter}iB or {letter}B")
        }
        _ => A_SIZE.into(),
    }
}

/// In the largest unit that it is a whole number of, so that reading it gives the same again.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        let whole = UNITS.iter().find(|(_, unit)| bytes >= *unit && bytes % unit == 0);
        match whole {
            Some((name, unit)) => write!(f, "{}{name}", bytes / unit),
            None => write!(f, "{bytes}B"),
        }
    }
}

/// A part of a whole, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share {
    permille: u16,
}

impl Share {
    fn of_ten_thousand(self) -> u32 {
        u32::from(self.permille) * 10
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match Number::split(text) {
            Some((number, sign)) if sign.trim_start() == "%" => number,
            Some((_, "")) => return Err(format!("`%` is missing; {A_SHARE}")),
            _ => return Err(A_SHARE.into()),
        };
        if number.decimals > 1 {
            return Err(format!("at most one digit may follow the point; {A_SHARE}"));
        }
        match number.times(10) {
            Some(permille @ 0..1000) => Ok(Self { permille: permille as u16 }),
            _ => Err("no file system with files in it is free to 100% or more".into()),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.permille / 10, self.permille % 10) {
            (percent, 0) => write!(f, "{percent}%"),
            (percent, tenths) => write!(f, "{percent}.{tenths}%"),
        }
    }
}

/// How much of a file system is to be free. The second value may be larger than the first, so that not every pass has to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FreeShare {
    /// Collect when less than this is free.
    pub(crate) below: Share,
    /// Then collect until this much is free; never less than `below`.
    pub(crate) until: Share,
}

impl From<FreeShare> for FreeSpace {
    fn from(share: FreeShare) -> Self {
        Self::new(share.below.of_ten_thousand(), share.until.of_ten_thousand())
    }
}

impl FromStr for FreeShare {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((below, until)) = text.split_once("..") else {
            let share = text.parse()?;
            return Ok(Self { below: share, until: share });
        };
        let share = Self { below: below.trim_end().parse()?, until: until.trim_start().parse()? };
        if share.until < share.below {
            return Err(format!("the second share is less than the first; {A_SHARE}"));
        }
        Ok(share)
    }
}

impl fmt::Display for FreeShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.below == self.until {
            true => self.below.fmt(f),
            false => write!(f, "{}..{}", self.below, self.until),
        }
    }
}

/// Reads whom to trust.
pub(crate) fn trusted(text: &str) -> Result<Trusted, String> {
    match text {
        "any" => Ok(Trusted::Any),
        _ => digits(text, AN_OWNER).map(Trusted::User),
    }
}

/// Reads the URL of a store. Whether there is such a store is found out when it is opened.
pub(crate) fn store(text: &str) -> Result<String, String> {
    match text.contains("://") {
        true => Ok(text.into()),
        false => Err(A_STORE.into()),
    }
}

/// Reads the scope of a store.
pub(crate) fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: ScopeError| error.to_string())
}

/// Reads a percentage.
pub(crate) fn percent(text: &str) -> Result<u8, String> {
    match digits(text.strip_suffix('%').unwrap_or(text), A_PERCENTAGE) {
        Ok(percent @ 1..=100) => Ok(percent),
        _ => Err(A_PERCENTAGE.into()),
    }
}

/// Reads a time.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| match error {
        humantime::DurationError::NumberOverflow => {
            format!("that is longer than can be counted; {A_TIME}")
        }
        _ => A_TIME.into(),
    })
}

/// Reads how many sessions are kept, none included.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    digits(text, A_NUMBER)
}

/// Reads how often something is done.
pub(crate) fn times(text: &str) -> Result<u32, String> {
    digits(text, A_COUNT)
}

/// Reads an exit status that a program says something with: not 0, and none of those that have a meaning of their own.
pub(crate) fn status(text: &str) -> Result<u8, String> {
    match digits(text, A_STATUS) {
        Ok(status @ 1..=124) => Ok(status),
        _ => Err(A_STATUS.into()),
    }
}

fn digits<T: FromStr>(text: &str, what: &str) -> Result<T, String> {
    match text.parse() {
        Ok(number) if is_digits(text) => Ok(number),
        Err(_) if is_digits(text) => Err(format!("that is more than there can be; {what}")),
        _ => Err(what.into()),
    }
}

/// Reads how many sessions are kept, at least one.
pub(crate) fn keep(text: &str) -> Result<NonZeroUsize, String> {
    NonZeroUsize::new(count(text)?)
        .ok_or_else(|| "the newest session is always kept: say 1 or more".into())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number with decimals, exactly.
struct Number {
    digits: u128,
    decimals: u32,
}

impl Number {
    /// The number that a text begins with, and the rest. `None`: it begins with none, or with one of too many digits.
    fn split(text: &str) -> Option<(Self, &str)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let (whole, decimals) = match number.split_once('.') {
            Some((whole, decimals)) => (whole, decimals),
            None => (number, "0"),
        };
        if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 9 {
            return None;
        }
        let decimals = decimals.trim_end_matches('0');
        let digits = format!("{whole}{decimals}").parse().ok()?;
        Some((Self { digits, decimals: decimals.len() as u32 }, rest))
    }

    /// So many times this, rounded down. `None`: that is too much.
    fn times(&self, unit: u64) -> Option<u64> {
        let product = self.digits.checked_mul(u128::from(unit))?;
        u64::try_from(product / 10_u128.pow(self.decimals)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly_and_written_so_that_they_can_be_read() {
        for (text, bytes, written) in [
            ("0B", 0, "0B"),
            ("50GiB", 50 << 30, "50GiB"),
            ("50 gib", 50 << 30, "50GiB"),
            ("1.5TB", 1_500_000_000_000, "1500GB"),
            ("0.1KiB", 102, "102B"),
            ("1025b", 1025, "1025B"),
            ("18446744073709551615B", u64::MAX, "18446744073709551615B"),
            ("15.999999999EiB", 18_446_744_072_556_630_111, "18446744072556630111B"),
        ] {
            let size = text.parse::<Size>();
            assert_eq!(size, Ok(Size(bytes)), "{text}");
            assert_eq!(Size(bytes).to_string(), written);
            assert_eq!(written.parse(), Ok(Size(bytes)));
        }
    }

    #[test]
    fn bad_sizes_are_told_what_is_wrong_with_them() {
        for (text, says) in [
            ("50", "which unit? `50B` is bytes"),
            ("50G", "write GiB or GB"),
            ("50k", "write KiB or KB"),
            ("16EiB", "more than there can be"),
            ("99999999999999999999999999EB", "more than there can be"),
        ] {
            let error = text.parse::<Size>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        for text in [
            "", " ", "x", "-1GiB", "+1GiB", "1e3GiB", ".5GiB", "5.GiB", "1.2.3GiB", "1GiBs", "٣GiB",
        ] {
            assert_eq!(text.parse::<Size>(), Err(A_SIZE.into()), "{text}");
        }
    }

    #[test]
    fn shares_have_a_mark_to_begin_at_and_one_to_end_at() {
        for (text, below, until, written) in [
            ("15%", 150, 150, "15%"),
            ("15%..20%", 150, 200, "15%..20%"),
            ("12.5 % .. 99.9%", 125, 999, "12.5%..99.9%"),
            ("0%", 0, 0, "0%"),
        ] {
            let share = text.parse::<FreeShare>().unwrap();
            assert_eq!((share.below.permille, share.until.permille), (below, until), "{text}");
            assert_eq!(share.to_string(), written);
            let limit = FreeSpace::from(share);
            assert_eq!((limit.below, limit.until), (u32::from(below) * 10, u32::from(until) * 10));
        }
        for (text, says) in [
            ("15", "`%` is missing"),
            ("15%..20", "`%` is missing"),
            ("20%..15%", "less than the first"),
            ("12.55%", "one digit"),
            ("100%", "100% or more"),
            ("15%..100000000000000000000000%", "100% or more"),
            ("", "a share of the file system"),
            ("..", "a share of the file system"),
            ("-1%", "a share of the file system"),
            ("15%...20%", "a share of the file system"),
        ] {
            let error = text.parse::<FreeShare>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn numbers_and_times_say_what_they_are() {
        assert_eq!(count("0"), Ok(0));
        assert_eq!(keep("3"), Ok(NonZeroUsize::new(3).unwrap()));
        assert!(keep("0").unwrap_err().contains("say 1 or more"));
        assert!(keep("99999999999999999999999").unwrap_err().contains("more than there can be"));
        for text in ["", "x", "-1", "+1", "1.5", "٣"] {
            assert_eq!(keep(text), Err(A_NUMBER.into()), "{text}");
        }
        assert_eq!((times("0"), times("4294967295")), (Ok(0), Ok(u32::MAX)));
        assert!(times("4294967296").unwrap_err().contains("more than there can be"));
        assert_eq!((status("1"), status("124")), (Ok(1), Ok(124)));
        for text in ["0", "125", "300", "x", ""] {
            assert_eq!(status(text), Err(A_STATUS.into()), "{text}");
        }
        assert_eq!(time("30d"), Ok(Duration::from_secs(30 * 86_400)));
        for text in ["", "x", "10", "-1s", "1parsec"] {
            assert_eq!(time(text), Err(A_TIME.into()), "{text}");
        }
        let error = time("99999999999999999999y").unwrap_err();
        assert!(error.contains("longer than can be counted"), "{error}");
    }
}
