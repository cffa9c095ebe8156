//! What is done to sessions under their locks: hold one, adopt one, tell whether its writer lives, condemn it.

pub(crate) mod adopt;
pub(crate) mod condemn;
pub(crate) mod hold;
pub(crate) mod liveness;
pub(crate) mod source;
pub(crate) mod used;
