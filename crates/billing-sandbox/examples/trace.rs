//! Prints the spans and events of some calls as a tree. The program starts a sandbox in which every
//! second request fails, so that the tree shows retries.
//!
//! `cargo run -p billing-sandbox --example trace`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{
    error::Error,
    fmt::{Debug, Write as _},
    process::ExitCode,
    time::Instant,
};

use billing_sandbox::Sandbox;
use scaleway_billing::v2beta1::{BillingApi, ListInvoicesRequest};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};
use viam_billing::ViamClient;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trace: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().fail_every(2).viam_flaky_start(1).start().await?;
    // Shows only the spans and events of the SDKs, not those of their dependencies.
    let ours = Targets::new().with_target("sdk_core", Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(Tree.with_filter(ours));
    tracing::subscriber::set_global_default(subscriber)?;

    let scaleway = scaleway_billing::Client::builder()
        .api_url(sandbox.scaleway().url())
        .secret_key(sandbox.scaleway().secret_key())
        .build()?;
    let request = ListInvoicesRequest::new().page_size(50);
    BillingApi::new(&scaleway).list_invoices_all(request).try_collect().await?;

    let viam = ViamClient::builder()
        .api_url(sandbox.viam().url())
        .api_key(sandbox.viam().api_key(), sandbox.viam().api_key_id())
        .build()?;
    viam.billing_client().get_available_billing_tiers().await?;
    Ok(())
}

/// Prints each span, with everything in it, when it closes.
struct Tree;

/// The record of an open span.
struct Branch {
    start: Instant,
    fields: Fields,
    children: String,
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tree {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let branch = Branch { start: Instant::now(), fields, children: String::new() };
        span.extensions_mut().insert(branch);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(branch) = span.extensions_mut().get_mut::<Branch>() {
            values.record(&mut branch.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(branch) = span.extensions_mut().get_mut::<Branch>() {
            let _ = writeln!(branch.children, "  *{}", fields.0);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(branch) = span.extensions_mut().remove::<Branch>() else { return };
        let mut text =
            format!("{} ({:.1?}){}\n", span.name(), branch.start.elapsed(), branch.fields.0);
        for line in branch.children.lines() {
            let _ = writeln!(text, "  {line}");
        }
        let parent = span.parent();
        let mut extensions = parent.as_ref().map(|parent| parent.extensions_mut());
        match extensions.as_mut().and_then(|extensions| extensions.get_mut::<Branch>()) {
            Some(parent) => parent.children.push_str(&text),
            None => print!("{text}"),
        }
    }
}
