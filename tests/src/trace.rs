use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

/// A span or an event.
#[derive(Debug, Clone)]
pub struct Node {
    /// The name of a span, or the message of an event.
    pub name: String,
    /// The level.
    pub level: Level,
    /// The parent span, as an index into the [`Trace`].
    pub parent: Option<usize>,
    /// Whether it is an event.
    pub is_event: bool,
    /// The recorded fields.
    pub fields: BTreeMap<String, String>,
}

impl Node {
    /// The value of a field; empty if it was not recorded.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// The spans and events of the SDKs on this thread during the lifetime of the guard, in order.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<Node>>>);

impl Trace {
    /// Records all spans and events of this thread, down to the finest level, until the guard is
    /// dropped.
    #[must_use]
    pub fn record() -> (Self, DefaultGuard) {
        let trace = Self::default();
        let subscriber = tracing_subscriber::registry().with(trace.clone());
        (trace, tracing::subscriber::set_default(subscriber))
    }

    /// The spans and events so far.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, metadata: &Metadata<'_>, parent: Option<usize>, fields: Fields) -> usize {
        let mut fields = fields.0;
        let name = match fields.remove("message") {
            Some(message) => message,
            None => metadata.name().to_owned(),
        };
        let mut nodes = self.0.lock().unwrap();
        let (level, is_event) = (*metadata.level(), metadata.is_event());
        nodes.push(Node { name, level, parent, is_event, fields });
        nodes.len() - 1
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("sdk_core")
}

/// The index of a span among the nodes.
struct Place(usize);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Trace {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if is_ours(attributes.metadata()) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            let span = context.span(id).unwrap();
            let parent =
                span.parent().and_then(|parent| Some(parent.extensions().get::<Place>()?.0));
            let place = self.push(attributes.metadata(), parent, fields);
            span.extensions_mut().insert(Place(place));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        if let Some(Place(place)) = span.extensions().get() {
            let mut fields = Fields::default();
            values.record(&mut fields);
            self.0.lock().unwrap()[*place].fields.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if is_ours(event.metadata()) {
            let mut fields = Fields::default();
            event.record(&mut fields);
            let span = context.event_span(event);
            let parent = span.and_then(|span| Some(span.extensions().get::<Place>()?.0));
            self.push(event.metadata(), parent, fields);
        }
    }
}
