//! The named cases: what has gone wrong with session directories in the field, each with the place where it is kept
//! from coming back. A run of the seed's protocol must go on failing, a search of ours is explored in every CI, a test
//! must exist.

use std::collections::BTreeSet;
use std::path::Path;

use incrdir_explore::Explore;
use incrdir_sim::scenarios::{Round, Run, known_defects, searches_of};

/// Where a case is kept.
enum Kept {
    /// The seed's protocol fails in this run, by this oracle.
    Seed(&'static str, &'static str),
    /// Ours goes on in all interleavings of this scenario.
    Searched(&'static str),
    /// A test: file and function.
    Test(&'static str, &'static str),
}

use Kept::{Searched, Seed, Test};

const CASES: &[(&str, &str, &[Kept])] = &[
    // ---- scan races ----
    (
        "RD-1",
        "a directory is listed without its lock file",
        &[Seed("v3/F1/3/0.0.0.0/3z.1.18z.1.1z.1", "LIVE-KEPT"), Searched("writer-collector")],
    ),
    (
        "RD-2",
        "renamed while it is listed: neither name shows",
        &[
            Seed("v3/F2/3/0.0.1.0/24z.1.1z.1.1z.1.21z.1.1", "PUB-LOCK"),
            Searched("two-full-sessions"),
        ],
    ),
    (
        "RD-3",
        "renamed while it is listed: both names show",
        &[
            Test(
                "crates/sim/tests/suite/flaws_names.rs",
                "f10_a_session_seen_under_both_names_is_published",
            ),
            Searched("writer-collector"),
        ],
    ),
    (
        "RD-4",
        "one entry of a listing is an error",
        &[
            Seed("v3/F11/3/0.1.0.0/~3z.1.31z.1.3", "LIVE-KEPT"),
            Test(
                "crates/sim/tests/suite/flaws_names.rs",
                "f11_a_listing_with_errors_deletes_nothing",
            ),
        ],
    ),
    ("RD-5", "a source changes while it is taken over", &[Searched("vandal"), Searched("cleaner")]),
    (
        "RD-6",
        "a unit that takes many reads to list",
        &[Test("crates/sim/tests/suite/flaws_collect.rs", "f28_twenty_thousand_leftovers")],
    ),
    (
        "RD-7",
        "names that are listed twice or for ever",
        &[Test(
            "crates/sim/tests/suite/flaws_names.rs",
            "f10_a_session_seen_under_both_names_is_published",
        )],
    ),
    // ---- locks ----
    (
        "LK-1",
        "unlinked and locked: two holders of one name",
        &[Seed("v3/F4/3/0.0.1.0/~8z.1.1.1z.1.15z.1", "LIVE-KEPT"), Searched("namesakes-leftover")],
    ),
    (
        "LK-2",
        "an upgrade that fails drops the lock",
        &[
            // The simulated world objects to any change of a lock (NO-CONVERSION).
            Searched("writer"),
        ],
    ),
    (
        "LK-3",
        "a child keeps the lock of its parent",
        &[
            Test(
                "crates/vfs/tests/processes.rs",
                "a_child_that_inherited_an_open_file_keeps_its_lock",
            ),
            Test(
                "crates/cli/tests/run.rs",
                "publishing_releases_the_lock_for_those_who_inherited_it",
            ),
        ],
    ),
    (
        "LK-4",
        "a process is not excluded by its own lock",
        &[Test("crates/vfs/src/check/locks.rs", "matrix")],
    ),
    (
        "LK-5",
        "closing any descriptor drops the lock",
        &[Test("crates/vfs/src/check/locks.rs", "release")],
    ),
    ("LK-6", "locks that exclude only mostly", &[Searched("virtiofs")]),
    ("LK-7", "locks that are always granted", &[Searched("lying-locks-collector")]),
    ("LK-8", "locks that fail in every way", &[Searched("faults-writer"), Searched("no-locks")]),
    ("LK-9", "the lock of a dead process is released late", &[Searched("windows")]),
    ("LK-10", "locks that keep others from reading", &[Searched("windows-reader")]),
    ("LK-11", "a lock file that becomes another one when it is written", &[Searched("overlay")]),
    (
        "LK-12",
        "a lock file that was removed",
        &[Seed("v3/F12/3/0.0.0.0/", "NEWEST-SURVIVES"), Searched("lost-lock-reader")],
    ),
    (
        "LK-13",
        "lock files inside of what is cleared",
        &[Test(
            "crates/sim/tests/suite/flaws_collect.rs",
            "a_session_keeps_its_lock_file_as_long_as_its_name",
        )],
    ),
    (
        "LK-14",
        "not to have a lock skips too little",
        &[Test("crates/sim/tests/suite/flaws_collect.rs", "a_session_in_use_is_left")],
    ),
    (
        "LK-15",
        "a collector takes a brand-new lock",
        &[
            Seed("v3/F3/3/0.0.1.0/~8z.1.1z.1", "LIVE-LOCK"),
            Searched("rustc-collector"),
            Searched("namesakes-ahead"),
        ],
    ),
    (
        "LK-16",
        "lock files that other users cannot open",
        &[Test(
            "crates/sim/tests/suite/flaws_locks.rs",
            "f26_lock_files_have_the_permissions_of_any_new_file",
        )],
    ),
    // ---- orphans and accumulation ----
    (
        "GC-1",
        "orphan lock files stay for ever",
        &[
            Seed("v3/F30/3/1.0.0.0/6z.1", "CLEAN-AFTER-ONE"),
            Test("crates/sim/tests/suite/flaws_collect.rs", "f30_orphan_lock_files_are_collected"),
        ],
    ),
    (
        "GC-2",
        "sessions with one stamp are all kept",
        &[Seed("v3/F34/3/0.0.0.1/", "CLEAN-AFTER-ONE"), Searched("three-namesakes")],
    ),
    ("GC-3", "a collector dies at any call", &[Searched("two-collectors")]),
    (
        "GC-4",
        "two published sessions are left after a publication",
        &[Searched("writer-collector")],
    ),
    (
        "GC-5",
        "19 GB of leftovers",
        &[Test(
            "crates/cli/tests/inspect.rs",
            "a_unit_with_twenty_thousand_leftovers_is_collected_with_few_descriptors",
        )],
    ),
    (
        "GC-6",
        "collectors that meet warn",
        &[Seed("v3/F16/3/0.0.0.0/5z.1", "GC-SILENT"), Searched("two-collectors")],
    ),
    ("GC-7", "what was looked at is alive again when it is deleted", &[Searched("newborn")]),
    (
        "GC-8",
        "a collector holds everything",
        &[Seed("v3/F5/3/0.0.0.0/1.7z.1", "COLD"), Searched("two-writers-collector")],
    ),
    (
        "GC-9",
        "a process collects its own session",
        &[Test(
            "crates/sim/tests/suite/flaws_time.rs",
            "f08_after_a_forward_step_live_sessions_are_still_live",
        )],
    ),
    ("GC-10", "a removed file that is still open keeps its directory", &[Searched("nfs")]),
    ("GC-11", "an entry that cannot be deleted", &[Searched("faults-collector")]),
    // ---- deletion ----
    (
        "DL-1",
        "a half-deleted session looks published",
        &[Seed("v3/F6/3/0.0.0.0/", "IMMUTABLE"), Searched("two-collectors")],
    ),
    (
        "DL-2",
        "a link that leads out",
        &[
            Test("crates/sim/tests/suite/flaws_names.rs", "f14_a_link_is_never_followed"),
            Searched("foreign"),
        ],
    ),
    (
        "DL-3",
        "something called s-notes",
        &[Seed("v3/F15/3/0.0.0.0/", "OUTSIDE"), Searched("foreign")],
    ),
    (
        "DL-4",
        "something called s-….lock.gz",
        &[
            Test("crates/sim/tests/suite/flaws_names.rs", "f27_odd_names_are_foreign"),
            Searched("foreign"),
        ],
    ),
    ("DL-5", "a file is made in what is being removed", &[Searched("cleaner")]),
    (
        "DL-6",
        "read-only directories",
        &[Test(
            "crates/sim/tests/suite/flaws_collect.rs",
            "the_tree_of_a_tombstone_may_be_as_deep_as_it_likes",
        )],
    ),
    (
        "DL-7",
        "the unit is removed between any two calls",
        &[Searched("cleaner"), Searched("cleaner-reader")],
    ),
    // ---- contents ----
    (
        "CT-1",
        "written through a hard link",
        &[
            Seed("v3/F17/3/0.0.0.0/", "IMMUTABLE"),
            Test(
                "crates/sim/tests/suite/trust.rs",
                "what_a_killed_writer_wrote_in_place_is_found_by_the_next_begin",
            ),
            Searched("in-place"),
        ],
    ),
    (
        "CT-2",
        "copied onto a link",
        &[Seed("v3/F18/3/0.1.0.0/~12z.5", "NO-ALIAS"), Searched("faults-writer")],
    ),
    ("CT-3", "a short copy", &[Searched("faults-copier")]),
    (
        "CT-4",
        "a file could not be saved, and the session is published",
        &[Test(
            "crates/cli/tests/run.rs",
            "it_exits_as_the_program_did_and_publishes_only_success",
        )],
    ),
    (
        "CT-5",
        "temporary files are seeded along",
        &[Test(
            "crates/sim/tests/suite/flaws_seed.rs",
            "f17_create_and_detach_do_not_reach_the_source",
        )],
    ),
    (
        "CT-6",
        "empty files after an aborted build",
        &[Test(
            "crates/cli/tests/run.rs",
            "signals_reach_the_program_and_the_session_is_abandoned",
        )],
    ),
    (
        "CT-7",
        "published too early, then interrupted",
        &[Test(
            "crates/cli/tests/run.rs",
            "a_program_that_ends_well_after_a_signal_was_interrupted_all_the_same",
        )],
    ),
    ("CT-8", "something is missing in a source", &[Searched("vandal")]),
    (
        "CT-9",
        "too many links to one file",
        &[Test(
            "crates/sim/tests/suite/flaws_seed.rs",
            "f22_a_file_with_too_many_links_is_copied_and_the_rest_linked",
        )],
    ),
    (
        "CT-10",
        "links that are not permitted",
        &[Test(
            "crates/sim/tests/suite/flaws_seed.rs",
            "f22_links_are_not_tried_again_after_the_file_system_said_no",
        )],
    ),
    ("CT-11", "a copy whose permissions cannot be set", &[Searched("faults-fat")]),
    ("CT-12", "clearing what is gone is an error", &[Searched("two-collectors")]),
    // ---- power loss ----
    (
        "PL-1",
        "delayed allocation: empty files in what was published",
        &[Test("crates/sim/tests/suite/power_loss.rs", "what_was_not_synced_is_noticed")],
    ),
    (
        "PL-2",
        "only the parent is synced",
        &[Test("crates/sim/tests/suite/power_loss.rs", "each_level_leaves_what_it_promises")],
    ),
    (
        "PL-3",
        "files are synced and their names lost",
        &[Test("crates/sim/tests/suite/power_loss.rs", "each_level_leaves_what_it_promises")],
    ),
    (
        "PL-4",
        "a rename is done by half",
        &[Test("crates/sim/tests/suite/power_loss.rs", "what_was_not_synced_is_noticed")],
    ),
    (
        "PL-5",
        "a sync fails, and then does not",
        &[Test("crates/sim/tests/suite/power_loss.rs", "a_sync_that_failed_is_not_made_up_for")],
    ),
    (
        "PL-inherit",
        "an inherited file was never synced",
        &[Test("crates/sim/tests/suite/power_loss.rs", "each_level_leaves_what_it_promises")],
    ),
    (
        "PL-6",
        "after a start the clock is behind the newest stamp",
        &[Searched("jumps-two-writers")],
    ),
    // ---- rename, Windows ----
    (
        "WN-1",
        "a rename is refused as long as something below is open",
        &[Searched("windows-reader")],
    ),
    (
        "WN-2",
        "a rename is refused because of links that are open elsewhere",
        &[Searched("windows")],
    ),
    ("WN-3", "a removed name cannot be used yet", &[Searched("windows")]),
    ("WN-4", "sharing violations", &[Searched("faults-windows")]),
    (
        "WN-5",
        "paths that are too long",
        &[
            // Names are handed over one by one, so there is no path to be too long.
            Test(
                "crates/vfs/tests/contract_cap.rs",
                "names_end_at_255_bytes_on_the_usual_file_systems",
            ),
        ],
    ),
    (
        "WN-6",
        "what was deleted after errors is published",
        &[
            Seed("v3/F23/3/0.0.0.0/", "SEED-FINISH"),
            Test(
                "crates/sim/tests/suite/flaws_seed.rs",
                "f23_what_was_abandoned_is_gone_and_what_was_deleted_cannot_be_published",
            ),
        ],
    ),
    (
        "WN-7",
        "a directory of a lower layer cannot be renamed",
        &[Searched("overlay"), Searched("faults-overlay")],
    ),
    (
        "WN-8",
        "a rename is done and reported as failed",
        &[
            Test(
                "crates/sim/tests/suite/recycle.rs",
                "a_rename_that_was_done_and_reported_as_failed_counts",
            ),
            Searched("faults-nfs"),
        ],
    ),
    (
        "WN-9",
        "the new name exists",
        &[Test(
            "crates/sim/tests/suite/flaws_locks.rs",
            "f13_a_name_that_collides_is_never_shared",
        )],
    ),
    // ---- clock and names ----
    (
        "CK-1",
        "a stamp of the future",
        &[Test(
            "crates/sim/tests/suite/flaws_time.rs",
            "f27_a_name_from_the_end_of_time_stops_nobody",
        )],
    ),
    (
        "CK-2",
        "the clock goes back",
        &[Seed("v3/F7/3/0.0.1.0/4", "ORDER"), Searched("jumps-two-writers")],
    ),
    ("CK-3", "ten seconds between lock and directory", &[Searched("jumps-collector")]),
    (
        "CK-4",
        "asleep for longer than the grace, with the lock and without",
        &[Searched("jumps-collector")],
    ),
    (
        "CK-5",
        "before 1970, after 2085",
        &[Seed("v3/F27/3/0.0.1.0/5", "NO-PANIC"), Searched("jumps-writer")],
    ),
    ("CK-6", "everything looks old", &[Searched("jumps-collector")]),
    (
        "NM-1",
        "the same stamp and the same number",
        &[Seed("v3/F13/3/1.0.0.1/14z.1.3z.1.3", "SEED-EXACT"), Searched("namesakes")],
    ),
    (
        "NM-2",
        "names that differ in case only",
        &[
            Test("crates/vfs/tests/processes.rs", "one_case_is_one_name_spelled_as_it_was_first"),
            Searched("fat"),
        ],
    ),
    (
        "NM-3",
        "names of which one begins with the other",
        &[Test("crates/sim/tests/suite/flaws_names.rs", "f10_names_are_compared_whole")],
    ),
    (
        "NM-4",
        "names that are too long",
        &[Test(
            "crates/vfs/tests/contract_cap.rs",
            "names_end_at_255_bytes_on_the_usual_file_systems",
        )],
    ),
];

#[test]
#[expect(clippy::disallowed_methods, reason = "it reads its neighbours")]
fn every_case_is_kept_somewhere() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let explored: BTreeSet<&str> =
        searches_of(Round::Quick).iter().map(|search| search.scenario.name).collect();
    let mut ids = BTreeSet::new();
    for (id, what, kept) in CASES {
        assert!(ids.insert(id), "{id} is there twice");
        assert!(!kept.is_empty(), "{id} ({what}) is kept nowhere");
        for kept in *kept {
            match kept {
                Searched(scenario) => {
                    assert!(explored.contains(scenario), "{id}: no quick search {scenario}")
                }
                Test(file, test) => {
                    let text = std::fs::read_to_string(top.join(file)).expect(file);
                    assert!(text.contains(&format!("fn {test}")), "{id}: no test {test} in {file}");
                }
                Seed(run, oracle) => {
                    let Run { scenario, bounds, tape } = run.parse().expect(run);
                    let violation = Explore::new(&scenario)
                        .bounds(bounds.clone())
                        .replay(&tape)
                        .expect(run)
                        .violation;
                    let broken = violation.unwrap_or_else(|| panic!("{id}: {run} shows nothing"));
                    assert_eq!(broken.broken.oracle, *oracle, "{id}: {run}");
                }
            }
        }
    }
    assert_eq!(ids.len(), 79);
}

/// A run is named so that it can be found again.
#[test]
fn runs_are_named_and_found_again() {
    for defect in known_defects() {
        let run = Run {
            scenario: defect.search.scenario,
            bounds: defect.search.bounds,
            tape: "3z.1".into(),
        };
        assert_eq!(run.to_string().parse::<Run>(), Ok(run));
    }
    assert!("v1/writer/all/0.0.0.0/".parse::<Run>().is_err(), "of another protocol");
    assert!("v3/nobody/all/0.0.0.0/".parse::<Run>().is_err());
}
