//! The function that is told of steps.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::Step;

/// What is called for each step, if anything is.
#[derive(Clone, Default)]
pub(super) struct Listener(Option<Arc<dyn Fn(Step) + Send + Sync>>);

// Whether a file system may be used again after a panic must not depend on what shows its progress: nothing of the file
// system's own is left half-done by a listener that panics.
impl UnwindSafe for Listener {}
impl RefUnwindSafe for Listener {}

impl Listener {
    pub(super) fn new(listener: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(super) fn tell(&self, step: Step) {
        if let Some(listener) = &self.0 {
            listener(step);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.0.is_some()).finish()
    }
}
