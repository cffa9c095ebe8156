//! The time in a session's name.

use core::fmt;

use crate::base36;

const WIDTH: usize = 10;
const END_MICROS: u64 = 36_u64.pow(WIDTH as u32);
const HOUR_MICROS: u64 = 60 * 60 * 1_000_000;

/// Microseconds since the Unix epoch, as a name holds them: ten base-36 digits.
///
/// Ten digits reach to 2085-11-09. Stamps of the same length compare as text in the order of time.
///
/// ```
/// use incrdir_naming::Timestamp;
///
/// # fn main() -> Result<(), incrdir_naming::TimestampError> {
/// let stamp = Timestamp::from_micros(1_761_470_609_925_739)?;
/// assert_eq!(stamp.to_string(), "hce0fdbqzv");
/// assert_eq!(stamp.next()?.to_string(), "hce0fdbqzw");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest time a name may hold: one hour before ten digits run out.
    ///
    /// A name that claims to be later, such as `zzzzzzzzzz`, is foreign. It must not count as a session of
    /// the future, because new stamps have to exceed every stamp of their unit.
    pub const MAX: Self = Self(END_MICROS - 1 - HOUR_MICROS);

    /// Makes a stamp of microseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`TimestampError::TooLate`] after [`Timestamp::MAX`].
    pub fn from_micros(micros: u64) -> Result<Self, TimestampError> {
        if micros > Self::MAX.0 {
            return Err(TimestampError::TooLate);
        }
        Ok(Self(micros))
    }

    /// Makes a stamp of a system time, rounded down to the microsecond.
    ///
    /// # Errors
    ///
    /// [`TimestampError::BeforeEpoch`] before 1970, [`TimestampError::TooLate`] after [`Timestamp::MAX`].
    #[cfg(feature = "std")]
    pub fn from_system_time(time: std::time::SystemTime) -> Result<Self, TimestampError> {
        let since_epoch =
            time.duration_since(std::time::UNIX_EPOCH).map_err(|_| TimestampError::BeforeEpoch)?;
        let micros = u64::try_from(since_epoch.as_micros()).map_err(|_| TimestampError::TooLate)?;
        Self::from_micros(micros)
    }

    /// Microseconds since the Unix epoch.
    pub fn micros(self) -> u64 {
        self.0
    }

    /// The same instant as a system time.
    #[cfg(feature = "std")]
    pub fn to_system_time(self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH + core::time::Duration::from_micros(self.0)
    }

    /// The stamp one microsecond later: the earliest that a successor can have.
    ///
    /// # Errors
    ///
    /// [`TimestampError::TooLate`] at [`Timestamp::MAX`].
    pub fn next(self) -> Result<Self, TimestampError> {
        Self::from_micros(self.0 + 1)
    }

    pub(crate) fn parse(digits: &[u8]) -> Option<Self> {
        if digits.len() != WIDTH {
            return None;
        }
        let micros = u64::try_from(base36::parse(digits)?).ok()?;
        Self::from_micros(micros).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        base36::padded(self.0, WIDTH).fmt(f)
    }
}

/// A time that no name can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The time is before the Unix epoch.
    #[error("the time is before 1970, which a session name cannot hold: set the clock")]
    BeforeEpoch,
    /// The time is after [`Timestamp::MAX`].
    #[error("the time is after 2085-11-09, which a session name cannot hold: set the clock")]
    TooLate,
}
