//! Whether what is found is what was published: what is recorded of a session ([`inventory`]), by what it is recognised
//! ([`standing`], [`evidence`], [`check`]), and what happens to one that is not ([`quarantine`], [`audit`]).

pub(crate) mod accept;
pub(crate) mod ahead;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod digest;
pub(crate) mod evidence;
pub(crate) mod inventory;
pub(crate) mod leaf;
pub(crate) mod quarantine;
pub(crate) mod standing;
pub(crate) mod unchanged;
pub(crate) mod untouched;
