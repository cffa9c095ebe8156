//! How incrdir is tested.
//!
//! [`scenarios`] has our protocol under the explorer, [`store`] that of object stores, [`power_loss`] what a loss of power leaves. [`fixture`] runs one test
//! on every back end; [`scripted`] gives a test the clock, the luck and the failures of its file system; [`storm`] kills real
//! processes; [`fidelity`] compares the file system in memory with real ones.
#![expect(clippy::disallowed_methods, reason = "tests live in the real world")]

#[cfg(unix)]
pub mod bench;
pub mod fidelity;
pub mod fixture;
pub mod power_loss;
pub mod scenarios;
pub mod scripted;
pub mod store;
pub mod storm;
pub mod trees;
pub mod usual;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
