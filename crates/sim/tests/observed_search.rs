//! The simulated world with a subscriber of `tracing` that formats all that it is told: the search finds the same states, and what
//! each process tells is told as its own.
//!
//! In a file of its own, because searches have threads of their own: the subscriber is that of the whole process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use incrdir_explore::{Bounds, Explore};
use incrdir_sim::scenarios::scenarios;
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Notes which spans were begun, and in which others.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Places {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let scope = context.span_scope(id).into_iter().flat_map(|scope| scope.from_root());
        let place = scope.map(|span| span.name()).collect::<Vec<_>>().join("/");
        self.0.lock().unwrap().insert(place);
    }
}

#[test]
fn a_search_that_is_listened_to_is_the_same_search() {
    let places = Places::default();
    let told = Arc::clone(&places.0);
    let scenario = scenarios()
        .into_iter()
        .find(|scenario| scenario.name == "two-full-sessions")
        .expect("a scenario");
    let explore = Explore::new(&scenario);
    let search = || {
        let searched = explore.clone().bounds(Bounds::default().preemptions(1)).run();
        assert!(searched.is_complete);
        // In single runs, programs wait for each other; a search asks each for what it has not heard yet.
        let often = Bounds::default().preemptions(u32::MAX).kills(1).executions(200);
        let walked = explore.clone().bounds(often).walk(1);
        [searched, walked].map(|found| {
            assert!(found.violation.is_none(), "{:?}", found.violation);
            (found.states, found.calls, format!("{:?}", found.marks))
        })
    };
    let unheard = search();
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let listener = tracing_subscriber::registry().with(format).with(places);
    tracing::subscriber::set_global_default(listener).expect("the only test of this file");
    assert_eq!(search(), unheard);

    let told = told.lock().unwrap();
    assert!(told.contains("begin"), "{told:?}");
    // No operation of one process is a part of one of another's.
    let whole = ["begin", "publish", "collect", "abandon"];
    for place in told.iter() {
        let parts = place.split('/').filter(|span| whole.contains(span)).count();
        assert_eq!(parts, 1, "{place}");
    }
}
