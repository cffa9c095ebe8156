//! Who is told of steps.

use std::fmt;
use std::sync::Arc;

use crate::Step;

/// What is called for each step, if anything is.
#[derive(Clone, Default)]
pub(super) struct Listener(Option<Arc<dyn Fn(Step) + Send + Sync>>);

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
