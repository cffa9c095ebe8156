//! The tests of the protocol, by what they are about, as one program: each program more instantiates all of the protocol again.
//!
//! In programs of their own are those that look at a whole process, its memory and its open files, and those that listen to all that
//! it tells.

mod at_once;
mod call_budget;
mod decorator;
mod drawbacks;
mod fidelity;
mod flaws_collect;
mod flaws_locks;
mod flaws_names;
mod flaws_seed;
mod flaws_time;
mod golden_traces;
mod intact;
mod kill_everywhere;
mod limits;
mod lineages;
mod lying_locks;
mod many_copies;
mod named_cases;
mod neighbours;
mod outsiders;
mod pins;
mod places;
mod power_loss;
mod probe;
mod random_scenarios;
mod recycle;
mod spellings;
mod stop;
mod trust;
mod unsettled;
mod walks;
mod warm;
