//! What may stand before the door: nothing, or a scheduler.

use super::OpKind;
use super::op::Ret;
use super::world::Errno;

/// Stands before the door of a process. [`Free`] lets every call through at once; the simulated world's
/// holds a call up until it is the process's turn.
///
/// Sealed: what comes out of the door is nobody's but the world's.
pub trait Gate: Clone + sealed::Sealed {
    /// Called before a call; returns when it may be made.
    #[doc(hidden)]
    fn pass(&self, kind: OpKind);

    /// Called with what a call returned.
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "the trait is sealed")]
    fn saw(&self, result: &Result<Ret, Errno>);

    /// Whether a listing takes two steps.
    #[doc(hidden)]
    fn tears_listings(&self) -> bool;

    /// Whether a name that was touched during a listing shows in it.
    #[doc(hidden)]
    fn choose(&self) -> bool;
}

pub(crate) mod sealed {
    /// What makes a trait ours.
    pub trait Sealed {}
}

/// Lets every call through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Free;

impl sealed::Sealed for Free {}

impl Gate for Free {
    fn pass(&self, _kind: OpKind) {}

    #[expect(private_interfaces, reason = "the trait is sealed")]
    fn saw(&self, _result: &Result<Ret, Errno>) {}

    fn tears_listings(&self) -> bool {
        false
    }

    fn choose(&self) -> bool {
        true
    }
}
