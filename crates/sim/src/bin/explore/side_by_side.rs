//! Searches that need nothing of each other, as many at the same time as there are processors.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` for each job, and returns what came of them in the order of the jobs.
///
/// # Panics
///
/// If `work` does.
#[expect(clippy::disallowed_methods, reason = "the searches use no threads of their own")]
pub(crate) fn side_by_side<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let waiting = Mutex::new(jobs.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                while let Some((number, job)) = next() {
                    let ended = (number, work(job));
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, ended)| ended).collect()
}
