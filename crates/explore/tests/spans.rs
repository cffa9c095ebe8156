//! Programs that wait in spans of `tracing`: coroutines share a thread, and each must be in its own.

use std::sync::{Arc, Mutex};

use incrdir_explore::{
    Bounds, Engine, Explore, Happened, Oracle, Program, Scenario, Setup, SimVfs, Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};
use tracing::{Event, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

#[derive(Clone, Hash)]
struct Anything;

impl Oracle for Anything {
    fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict {
        Ok(())
    }
}

struct TwoInSpans;

impl Scenario for TwoInSpans {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let one = |vfs: &SimVfs<'_>| {
            let _outer = info_span!("one").entered();
            work(vfs, "one");
        };
        let other = |vfs: &SimVfs<'_>| {
            let _outer = info_span!("other").entered();
            work(vfs, "other");
        };
        Setup::new(vec![Program::new(one), Program::new(other)], Anything)
    }
}

fn work(vfs: &SimVfs<'_>, who: &str) {
    let (root, name) = (vfs.root(), Name::new(who).expect("a file name"));
    for _ in 0..2 {
        let _inner = info_span!("inner").entered();
        drop(vfs.create_file(&root, &name));
        match who {
            "one" => info!("of one"),
            _ => info!("of other"),
        }
        let _ = vfs.remove_file(&root, &name);
    }
}

/// Notes of each event its message and the spans in which it was, from the outermost.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut told = String::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            told.push_str(span.name());
            told.push('/');
        }
        event.record(&mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            told.push_str(&format!("{value:?}"));
        });
        self.0.lock().unwrap().push(told);
    }
}

/// The spans of programs that wait stayed entered, so that those of others were taken for parts of them.
#[test]
fn whoever_waits_leaves_its_spans() {
    let heard = Heard::default();
    let told = || std::mem::take(&mut *heard.0.lock().unwrap());
    let listener = tracing_subscriber::registry().with(heard.clone());
    tracing::subscriber::set_global_default(listener).expect("the only test of this file");
    let explore = Explore::new(&TwoInSpans).bounds(Bounds::default().preemptions(3).kills(1));

    for engine in [Engine::Coroutines, Engine::Threads] {
        let around = info_span!("around").entered();
        for seed in 0..20 {
            let _ = explore.clone().engine(engine).run_at_random(seed);
        }
        drop(around);
        check(told());
    }
    assert!(explore.run().is_complete);
    check(told());
    info!("the end");
    assert_eq!(told(), ["the end"]);
}

#[track_caller]
fn check(told: Vec<String>) {
    let own = ["one/inner/of one", "other/inner/of other"];
    for line in own {
        assert!(told.iter().any(|told| told.ends_with(line)), "{line}");
    }
    for line in told {
        // A coroutine runs on the thread of whoever asked for the run.
        assert!(own.contains(&line.strip_prefix("around/").unwrap_or(&line)), "{line}");
    }
}
