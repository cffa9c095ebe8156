//! Why a published session was not started from.

use incrdir_session::{Distrust, Rejection};

use crate::failure::chain;
use crate::words;

pub(super) fn why_not(why: &Rejection) -> String {
    match why {
        Rejection::Unavailable(error) => chain(error),
        Rejection::Seed(error) => chain(error),
        Rejection::Untrusted { why, quarantine } => match (&**why, quarantine) {
            (Distrust::Unrecorded, _) => {
                "it has no record of its files (accept it with --accept-unrecorded)".into()
            }
            (why, Some(quarantine)) => format!("{}; {}", chain(why), words::put_away(quarantine)),
            (why, None) => chain(why),
        },
        why => why.to_string(),
    }
}
