//! Several jobs at the same time, by a few threads that end before the call does.

#![expect(clippy::disallowed_methods, reason = "this is the real back end")]

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::Builder;

/// Threads that work at the same time, the caller's included. What the jobs do is mostly the kernel's, and more than these
/// would wait for each other there.
const MOST: usize = 8;

thread_local! {
    /// Whether this thread is at work for a call: what it calls itself is done by it alone.
    static IS_AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Does `work` for each job, and returns what came of them in the order of the jobs. One that panics lets the others end and
/// then the caller panic.
pub(super) fn for_all<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> T + Sync) -> Vec<T> {
    let most = jobs.len().saturating_sub(1);
    // Asking for the processors takes a few calls.
    let helpers = if most == 0 || IS_AT_WORK.get() { 0 } else { most.min(width() - 1) };
    if helpers == 0 {
        return jobs.into_iter().map(work).collect();
    }
    let waiting = Mutex::new(jobs.into_iter().enumerate());
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_off = || {
        let _at_work = AtWork::begin();
        let mut done = Vec::new();
        while let Some((number, job)) = take() {
            done.push((number, work(job)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let start = |_| Builder::new().name("incrdir".into()).spawn_scoped(scope, work_off).ok();
        // Where no more can be started, those there are do it all.
        let helpers: Vec<_> = (0..helpers).map_while(start).collect();
        let mut done = work_off();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, came_of_it)| came_of_it).collect()
}

/// As many as there are processors for this process, asked once.
fn width() -> usize {
    static WIDTH: OnceLock<usize> = OnceLock::new();
    *WIDTH
        .get_or_init(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST))
}

/// Marks the thread, also if its work panics.
struct AtWork;

impl AtWork {
    fn begin() -> Self {
        IS_AT_WORK.set(true);
        Self
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        IS_AT_WORK.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// They wait for each other, so all of them are at work.
    #[test]
    fn as_many_as_there_are_processors_work_at_the_same_time() {
        let together = Barrier::new(width());
        let numbers = for_all((0..width()).collect(), |number| {
            together.wait();
            number
        });
        assert_eq!(numbers, (0..width()).collect::<Vec<_>>());
    }

    #[test]
    fn a_call_within_a_call_starts_no_threads() {
        let threads = for_all(vec![(); 100], |()| {
            let here = std::thread::current().id();
            let within = for_all(vec![(); 100], |()| std::thread::current().id());
            within.iter().all(|thread| *thread == here)
        });
        assert_eq!(threads, [true; 100]);
    }

    #[test]
    fn a_panic_is_the_callers() {
        let ended = AtomicUsize::new(0);
        let call = || {
            for_all((0..100).collect(), |number: usize| {
                assert_ne!(number, 50);
                ended.fetch_add(1, Ordering::SeqCst);
            })
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
        assert!(ended.into_inner() >= 50);
        assert!(!IS_AT_WORK.get(), "the next call is as the first");
    }
}
