//! Several jobs at the same time, so many for each processor.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::shell::Result;

/// Jobs that compute, one for each processor.
pub(crate) const COMPUTE: usize = 1;

/// Jobs that wait for clocks, disks and other processes half of the time.
#[cfg_attr(not(unix), allow(dead_code, reason = "only what needs Linux waits"))]
pub(crate) const WAIT: usize = 2;

/// Does all jobs and returns what came of them, in the order in which they ended; or the first error, after all have ended.
pub(crate) fn at_once<J: Send, T: Send>(
    jobs: Vec<J>,
    per_processor: usize,
    work: impl Fn(J) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let waiting = Mutex::new(jobs.into_iter());
    let done = Mutex::new(Vec::new());
    let work_off = || {
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(job) = next() {
            // Errors of this kind cannot be sent to another thread.
            let ended = work(job).map_err(|error| error.to_string());
            done.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
        }
    };
    let workers = thread::available_parallelism()?.get() * per_processor;
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work_off))));
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(done.into_iter().collect::<std::result::Result<_, _>>()?)
}
