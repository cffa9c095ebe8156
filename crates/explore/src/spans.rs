//! Spans of `tracing` in which a program is while it waits.
//!
//! A subscriber keeps for each thread in which spans it is. Coroutines share a thread, and what one of them is in must not become
//! what another one is in: a program that is held up leaves its spans, and enters them again when it goes on. Without a
//! subscriber that is a comparison.

use tracing::dispatcher::get_default;
use tracing::level_filters::LevelFilter;
use tracing::span::Id;

/// The spans that a program has left, the innermost first.
#[derive(Debug, Default)]
pub(crate) struct Spans(Vec<Id>);

impl Spans {
    /// Runs a stretch of the program in its spans.
    pub(crate) fn within<T>(&mut self, stretch: impl FnOnce() -> T) -> T {
        if LevelFilter::current() == LevelFilter::OFF {
            return stretch();
        }
        let outside = current();
        for span in self.0.drain(..).rev() {
            get_default(|subscriber| subscriber.enter(&span));
        }
        let result = stretch();
        while let Some(span) = current().filter(|span| Some(span) != outside.as_ref()) {
            // A subscriber that does not say where it is would be asked for ever.
            if self.0.last() == Some(&span) {
                break;
            }
            get_default(|subscriber| subscriber.exit(&span));
            self.0.push(span);
        }
        result
    }
}

/// The innermost span of this thread.
fn current() -> Option<Id> {
    get_default(|subscriber| subscriber.current_span().id().cloned())
}
