//! Mount namespaces: `namespace` is what incrdir does, `enter` what the process does that becomes CMD. `plan` goes from
//! the one to the other, and `answer` back.

mod answer;
mod enter;
mod mounts;
mod namespace;
mod plan;
mod session;

pub(crate) use enter::become_program;
pub(crate) use namespace::ourselves;
pub(super) use namespace::{Entering, enter, rehearse};
