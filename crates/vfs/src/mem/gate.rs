//! What may stand before the door: nothing, or a scheduler.

use super::op::Ret;
use super::world::Errno;
use super::{Fault, OpKind};

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

    /// How the call that is about to be made fails, if it does.
    #[doc(hidden)]
    fn fault(&self, kind: OpKind) -> Option<Failure>;

    /// How far the clock jumps before it is looked at, in seconds.
    #[doc(hidden)]
    fn jump(&self) -> Option<i64>;

    /// Whether a draw is what was drawn last, as when a machine was cloned.
    #[doc(hidden)]
    fn collides(&self) -> bool;

    /// Whether calls are to be told.
    #[doc(hidden)]
    fn listens(&self) -> bool {
        false
    }

    /// Called with what a call was, if that is to be told.
    #[doc(hidden)]
    fn tell(&self, _call: String) {}

    /// Whether a listing takes two steps.
    #[doc(hidden)]
    fn tears_listings(&self) -> bool;

    /// Whether a name that was touched during a listing shows in it.
    #[doc(hidden)]
    fn choose(&self) -> bool;
}

/// What becomes of a call that is not simply made.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// It fails.
    Fault(Fault),
    /// The process dies in the middle of it.
    Death,
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

    fn fault(&self, _kind: OpKind) -> Option<Failure> {
        None
    }

    fn jump(&self) -> Option<i64> {
        None
    }

    fn collides(&self) -> bool {
        false
    }

    fn tears_listings(&self) -> bool {
        false
    }

    fn choose(&self) -> bool {
        true
    }
}
