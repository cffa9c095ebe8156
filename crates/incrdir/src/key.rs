//! What must not be mixed.

/// What must not be mixed, as the key of a unit: one text, or several. States of units with different keys never meet.
///
/// The id that is made of a key is the same on every platform and in every version ([`incrdir_session::unit_id`]); the
/// standard library's `Hash` promises neither. A text is a key, and so are arrays, slices and vectors of texts or of bytes; of anything else, take
/// what it depends on as text:
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tmp = tempfile::tempdir()?;
/// # let cache = incrdir::Cache::open(tmp.path())?;
/// let optimize = true;
/// cache.unit("project", "mytool 1.0")?;
/// cache.unit("project", ["mytool 1.0", &format!("optimize {optimize}")])?;
/// cache.unit("project", "mytool 1.0 x86_64".split(' ').collect::<Vec<_>>())?;
/// # Ok(())
/// # }
/// ```
pub trait Key: sealed::Sealed {}

pub(crate) mod sealed {
    pub trait Sealed {
        fn id(&self) -> u64;
    }
}

use incrdir_session::unit_id;
use sealed::Sealed;

macro_rules! one {
    ($($one:ty),*) => {$(
        impl Sealed for $one {
            fn id(&self) -> u64 {
                unit_id([self])
            }
        }
        impl Key for $one {}
    )*};
}

one!(str, String);

impl<T: Sealed + ?Sized> Sealed for &T {
    fn id(&self) -> u64 {
        (**self).id()
    }
}

impl<T: Key + ?Sized> Key for &T {}

macro_rules! several {
    ($(($($parameters:tt)*) $several:ty),*) => {$(
        impl<$($parameters)*> Sealed for $several {
            fn id(&self) -> u64 {
                unit_id(self.iter())
            }
        }
        impl<$($parameters)*> Key for $several {}
    )*};
}

several!((T: AsRef<[u8]>) [T], (T: AsRef<[u8]>, const N: usize) [T; N], (T: AsRef<[u8]>) Vec<T>);
