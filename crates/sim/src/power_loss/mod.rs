//! Losses of power: [`enumerated`] in memory, at every moment and in every way that a model allows, and [`real`], on images of
//! file systems that are cloned while a workload runs.

pub mod enumerated;
pub mod real;
