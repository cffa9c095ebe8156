//! Sentences about several jobs at once.

use super::bench::{Bench, Case, name};
use crate::Vfs;

/// More than any machine does at the same time.
const JOBS: usize = 300;

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "what came of jobs is in the order of the jobs", check: in_order },
        Case { sentence: "each job is done once, in the directory that was given", check: once },
        Case { sentence: "a job may have jobs of its own", check: nested },
    ]
}

fn in_order<V: Vfs>(bench: &mut Bench<'_, V>) {
    let jobs: Vec<usize> = (0..JOBS).collect();
    assert_eq!(bench.vfs.for_all([bench.dir], jobs.clone(), |_, _, job| job), jobs);
    assert_eq!(bench.vfs.for_all([], Vec::new(), |_, [], job: usize| job), [0; 0]);
}

fn once<V: Vfs>(bench: &mut Bench<'_, V>) {
    let made = bench.vfs.for_all([bench.dir], (0..JOBS).collect(), |vfs, [dir], job| {
        // Of a job that is done twice, the second time fails.
        let job = name(&job.to_string());
        vfs.create_dir(dir, &job)?;
        vfs.open_dir(dir, &job).map(drop)
    });
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(bench.vfs.list(bench.dir).expect("list").len(), JOBS);
}

fn nested<V: Vfs>(bench: &mut Bench<'_, V>) {
    let sums = bench.vfs.for_all([bench.dir], (0..JOBS).collect(), |vfs, dirs, job: usize| {
        vfs.for_all(dirs, vec![job; 3], |_, _, job| job).into_iter().sum::<usize>()
    });
    assert_eq!(sums, (0..JOBS).map(|job| 3 * job).collect::<Vec<_>>());
}
