//! The protocol's calls, as one number a play: a change of the protocol shows here in review.
//!
//! Each number is a hash of everything that happens in a few hundred random runs. If you changed what calls
//! are made, or in which order, put the new numbers here and say why in the commit.

use incrdir_sim::explore::plays;
use incrdir_vfs::sim::{Bounds, replay, walk};

const RUNS: u64 = 200;

const GOLDEN: [(&str, u64); 3] = [
    ("writer", 6455986101479347843),
    ("two-writers", 16282173457394685705),
    ("collector-reader", 9740809018039157090),
];

fn bounds() -> Bounds {
    Bounds { kills: 1, executions: RUNS, ..Bounds::default() }
}

#[test]
fn the_protocol_makes_the_calls_that_it_made() {
    let now: Vec<_> = GOLDEN
        .iter()
        .map(|(name, _)| {
            let play = plays().into_iter().find(|play| play.name == *name).unwrap();
            let summary = walk(&play, &bounds(), 1);
            assert!(summary.violation.is_none(), "{name}: {}", summary.violation.unwrap());
            (*name, summary.traces as u64)
        })
        .collect();
    assert_eq!(now, GOLDEN);
}

#[test]
fn the_same_tape_is_the_same_run() {
    let play = plays().into_iter().find(|play| play.name == "writer-collector").unwrap();
    for tape in ["", "12z.1", "3z.2.9z.1", "30z.1.1.1"] {
        let runs = [0, 1].map(|_| replay(&play, &bounds(), tape).unwrap());
        assert_eq!((runs[0].trace, runs[0].calls), (runs[1].trace, runs[1].calls), "{tape}");
        assert!(runs[0].violation.is_none());
    }
}
