//! A subscriber of `tracing` that remembers what it is told.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A span that has been closed, or an event.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) level: Level,
    pub(crate) target: &'static str,
    /// The name of a span, with an `@` before it, or the message of an event.
    pub(crate) what: String,
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// Names of the spans that it was in, from the outermost.
    pub(crate) within: Vec<&'static str>,
}

impl Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {} {:?}", self.level, self.within, self.what, self.fields)
    }
}

impl Told {
    /// A field that must be there.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }
}

/// All that is told on this thread while something is done.
pub(crate) fn heard<T>(level: Level, work: impl FnOnce() -> T) -> (T, Vec<Told>) {
    let told = Arc::default();
    let listener = Listener { told: Arc::clone(&told), level };
    let result =
        tracing::subscriber::with_default(tracing_subscriber::registry().with(listener), work);
    let told = std::mem::take(&mut *told.lock().expect("nothing panicked"));
    (result, told)
}

/// The only one that is so.
#[track_caller]
pub(crate) fn only<'a>(told: &'a [Told], what: &str) -> &'a Told {
    match &told.iter().filter(|told| told.what.contains(what)).collect::<Vec<_>>()[..] {
        [one] => one,
        others => panic!("{} are `{what}` in {told:#?}", others.len()),
    }
}

struct Listener {
    told: Arc<Mutex<Vec<Told>>>,
    level: Level,
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).expect("a new span").extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("a span");
        values.record(span.extensions_mut().get_mut::<Fields>().expect("its fields"));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = context.event_scope(event);
        let within =
            scope.into_iter().flat_map(|scope| scope.from_root()).map(|span| span.name()).collect();
        let what = fields.0.remove("message").unwrap_or_default();
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        self.told.lock().unwrap().push(Told { level, target, what, fields: fields.0, within });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("a span");
        let fields = span.extensions_mut().remove::<Fields>().expect("its fields").0;
        let (level, target) = (*span.metadata().level(), span.metadata().target());
        let mut within: Vec<_> = span.scope().from_root().map(|span| span.name()).collect();
        let what = format!("@{}", within.pop().unwrap_or_default());
        self.told.lock().unwrap().push(Told { level, target, what, fields, within });
    }
}
