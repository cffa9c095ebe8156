//! What incrdir-vfs asks the kernel of macOS about the machine, as safe functions. Empty on other systems.
//!
//! Both questions are `sysctl(3)`'s. Answers are bytes until they are known to be what they should be: one of another layout is
//! none. Compiled, and tested on answers that were put together by hand; never run on macOS.
#![cfg(any(test, target_vendor = "apple"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
#[cfg(target_vendor = "apple")]
mod ask;

pub use answer::Seen;
#[cfg(target_vendor = "apple")]
pub use ask::{boot_session, process};
