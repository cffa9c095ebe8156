//! Tests that cannot pass under Wine, or not on Windows, each with its reason.

/// A test that does not pass.
pub(crate) struct Known {
    /// As the table names it.
    pub(crate) program: &'static str,
    pub(crate) test: &'static str,
    pub(crate) how: How,
    pub(crate) why: &'static str,
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It is run, and fails. One that passes is to be taken from the list.
    Fails,
    /// It is not run: it would take too long.
    Lasts,
}

const NO_LINKS: &str = "Wine makes no symbolic links";
const DEPTH: &str = "Wine takes minutes for thousands of directories in each other";

const NO_CARGO: &str = "it builds something, and there is no cargo for Windows here";
const NO_AUDIT: &str = "times need not show every change on Windows, so a write through a link is found by the next begin and \
                        not by an audit";
const HIDDEN: &str =
    "a file that is removed while it is open has another name under Wine, and counts as having it";

const COPIED_AGAIN: &str =
    "times need not show every change on Windows, so copies are copied again";
const LOOKED_AT: &str = "mounts have no numbers on Windows, so a session is looked at before it is used, and what it lacks is \
                         found then";
const STEPS: &str =
    "it begins anew for each step at which it can be stopped, and Wine takes minutes for that";
const UNSETTLED: &str = "a file with a hole takes 12 KiB more when it is deleted than when it was measured: not settled why";
const PENDING: &str = "a directory that is removed while it is open keeps its name under Wine until it is closed, and can be \
                       renamed and filled";

const fn fails(program: &'static str, test: &'static str, why: &'static str) -> Known {
    Known { program, test, how: How::Fails, why }
}

const fn lasts(program: &'static str, test: &'static str, why: &'static str) -> Known {
    Known { program, test, how: How::Lasts, why }
}

pub(crate) const KNOWN: &[Known] = &[
    fails(
        "remote suite",
        "in_a_directory::what_is_confirmed_is_whole",
        "Wine does not replace a file that is open, as Windows does since Windows 10",
    ),
    fails("lockfs acquire_or_create", "what_is_no_file_is_refused", NO_LINKS),
    fails("vfs ext", "no_link_on_the_way_is_followed", NO_LINKS),
    fails("discover walk", "no_link_is_followed", NO_LINKS),
    fails("sim suite", "flaws_names::f14_a_link_is_never_followed::real", NO_LINKS),
    fails(
        "sim suite",
        "flaws_seed::f21_nested_directories_links_and_attributes_are_seeded::real",
        NO_LINKS,
    ),
    fails("sim suite", "outsiders::what_nobody_may_write_is_nobodys::real", NO_LINKS),
    fails("sim suite", "recycle::what_changed_its_kind_is_taken_over::real", NO_LINKS),
    fails(
        "discover targets",
        "a_unit_that_the_last_build_used_is_never_said_to_be_unused",
        NO_CARGO,
    ),
    fails("discover targets", "nothing_is_concluded_from_the_times_of_a_copy", NO_CARGO),
    fails("discover targets", "what_cargo_has_no_record_of_is_not_built_any_more", NO_CARGO),
    fails("incrdir front_door", "what_was_written_through_a_link_is_a_change", NO_AUDIT),
    fails(
        "sim suite",
        "flaws_seed::f17_a_file_that_is_replaced_while_it_is_edited_is_not_the_source::real",
        HIDDEN,
    ),
    fails(
        "sim suite",
        "flaws_seed::f23_what_was_abandoned_is_gone_and_what_was_deleted_cannot_be_published::real",
        PENDING,
    ),
    fails("sim suite", "lineages::a_selection_holds_in_recycled_sessions::real", COPIED_AGAIN),
    fails("sim suite", "many_copies::the_first_failure_is_the_one_that_counts", LOOKED_AT),
    fails(
        "sim suite",
        "limits::a_clock_that_was_wrong_does_not_keep_a_unit_for_ever::real",
        PENDING,
    ),
    fails(
        "sim suite",
        "limits::a_lock_file_with_a_time_of_the_future_protects_nothing::real",
        PENDING,
    ),
    fails("sim suite", "limits::an_older_session_in_use_keeps_the_newer_ones::real", PENDING),
    fails("sim observed", "a_unit_that_vanishes_is_told::real", PENDING),
    fails("sim suite", "trust::copies_are_recycled", COPIED_AGAIN),
    fails("sim suite", "trust::writing_in_place_is_found_by_the_audit_at_publish::real", NO_AUDIT),
    fails(
        "sim suite",
        "stop::what_may_have_been_written_through_is_left_with_its_witness::real",
        NO_AUDIT,
    ),
    fails(
        "sim suite",
        "outsiders::a_file_counts_once_and_goes_with_its_last_name::real",
        UNSETTLED,
    ),
    lasts(
        "sim suite",
        "random_scenarios::nothing_goes_wrong_in_any_of_them",
        "it computes in memory only, and takes minutes on a busy machine",
    ),
    lasts("sim suite", "stop::a_session_by_links::real", STEPS),
    lasts("sim suite", "stop::a_session_by_copies::real", STEPS),
    lasts("sim suite", "stop::a_session_that_is_recycled::real", STEPS),
    lasts("sim suite", "stop::a_session_that_is_abandoned::real", STEPS),
    lasts("sim suite", "stop::a_collection::real", STEPS),
    lasts(
        "discover walk",
        "a_tree_deeper_than_any_path_takes_neither_the_stack_nor_all_descriptors",
        DEPTH,
    ),
    lasts("discover walk", "nothing_is_entered_that_no_path_can_name", DEPTH),
    fails(
        "cli on_windows",
        "what_is_far_away_can_be_collected",
        "Wine tells no canonical path that is longer than 260 characters",
    ),
];
