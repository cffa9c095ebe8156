//! One suite for all back ends: what is assumed of a [`Store`](incrdir_remote::Store), and the protocol on top of it.
//!
//! It runs in memory and in a directory, and in a third store if `INCRDIR_TEST_STORE` has its URL (`cargo xtask remote` starts one
//! that speaks S3). Each test has a store or a prefix of its own.
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod assumptions;
mod collections;
mod damage;
mod format;
mod hostile;
mod os;
mod protocol;
mod stores;
#[cfg(unix)]
mod storm;
mod world;

macro_rules! suite {
    ($($module:ident::$name:ident,)*) => {
        mod in_memory {
            $(#[test] fn $name() { crate::$module::$name(&crate::stores::memory()) })*
        }
        mod in_a_directory {
            $(#[test] fn $name() { crate::$module::$name(&crate::stores::directory()) })*
        }
        mod in_the_given_store {
            $(#[test] fn $name() {
                if let Some(place) = crate::stores::given() { crate::$module::$name(&place) }
            })*
        }
    };
}

suite! {
    assumptions::one_of_many_makes_an_object,
    assumptions::what_is_confirmed_is_whole,
    assumptions::listings_show_what_was_confirmed,
    assumptions::listings_go_by_directories,
    assumptions::listings_are_complete,
    assumptions::times_do_not_go_back,
    assumptions::limits_are_kept,
    assumptions::removing_twice_is_as_good,
    protocol::what_is_pulled_is_what_was_pushed,
    protocol::only_what_changed_is_sent_and_fetched,
    protocol::only_what_was_published_is_sent,
    protocol::what_was_written_to_since_is_not_sent,
    protocol::what_no_pull_takes_is_not_sent,
    protocol::what_is_newer_here_stays,
    protocol::an_empty_session_is_one,
    protocol::scopes_are_apart,
    damage::an_object_that_is_missing,
    damage::an_object_that_was_cut_short,
    damage::an_object_that_is_empty,
    damage::what_is_known_to_be_damaged_is_sent_anew,
    damage::an_object_with_a_flipped_bit,
    damage::an_object_that_grew,
    damage::a_manifest_with_a_flipped_bit,
    damage::a_manifest_that_was_cut_short,
    hostile::manifests_are_refused,
    hostile::bombs_are_refused,
    hostile::manifests_that_would_fill_the_memory_are_refused,
    collections::what_nobody_names_goes_and_nothing_else,
    collections::a_dry_run_does_nothing,
    collections::too_much_is_refused,
    collections::what_cannot_be_read_stops_them_while_it_is_kept,
    collections::what_cannot_be_pulled_goes_after_the_grace,
    collections::notes_are_not_believed_where_a_manifest_goes_unread,
}
