//! A model that copies share until one of them changes it, and whose hash is kept until then.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use incrdir_vfs::internals::Digest;

use super::model::Model;

/// What is known. A search copies and hashes it in every step, and few steps change it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    model: Arc<Model>,
    /// Of the model, if it was asked for since it was changed.
    print: OnceLock<u128>,
}

impl Known {
    /// The model, to be changed.
    pub(super) fn change(&mut self) -> &mut Model {
        self.print = OnceLock::new();
        Arc::make_mut(&mut self.model)
    }
}

impl Deref for Known {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.print.get_or_init(|| Digest::of(&*self.model)).hash(hasher);
    }
}
