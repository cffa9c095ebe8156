//! What fills a session: by linking or copying from its source ([`seed`]), or by making an old session into it
//! ([`recycle`]).

pub(crate) mod attributes;
pub(crate) mod basis;
pub(crate) mod compare;
pub(crate) mod copier;
pub(crate) mod entries;
pub(crate) mod ground;
pub(crate) mod known_spare;
pub(crate) mod looks;
pub(crate) mod pair;
pub(crate) mod pairing;
pub(crate) mod parallel;
pub(crate) mod recall;
pub(crate) mod reconcile;
pub(crate) mod recycle;
pub(crate) mod seed;
pub(crate) mod seeded;
pub(crate) mod select;
pub(crate) mod take;
pub(crate) mod waiting;
