//! How incrdir is tested.
//!
//! [`worlds`] runs one scenario on every back end; [`scripted`] gives a scenario the clock, the luck and the
//! failures of its file system. [`storm`] kills real processes.
#![expect(clippy::disallowed_methods, reason = "tests live in the real world")]

pub mod bench;
pub mod fidelity;
pub mod power_loss;
pub mod scenarios;
pub mod scripted;
pub mod storm;
pub mod worlds;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
