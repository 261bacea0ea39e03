//! FinOps v2beta1.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::account::{Account, ORGANIZATION_ID, ORGANIZATION_NAME};
use super::catalogue::{self, Line};
use super::charges::{self, Charge, Resource, Selection, Span};
use super::errors::{Error, constraint, format};
use super::query::{Parameters, time_json};
use crate::ids;
use crate::month::Month;

const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new().route("/billing/v2beta1/charges", get(list_charges))
}

async fn list_charges(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<impl IntoResponse, Error> {
    let current = account.today.month();
    let lines = catalogue::lines(current);
    let selection = selection(&account, &lines, &parameters)?;
    let page_size = parameters.size("page_size", MAX_PAGE_SIZE)?.unwrap_or(DEFAULT_PAGE_SIZE);
    // A token belongs to one query.
    let query = parameters.fingerprint(&["page_token", "page_size"]);
    let from = match parameters.value("page_token")? {
        None => 0,
        Some(token) => {
            read_token(token, query).ok_or(format("page_token", "is not a token of this list"))?
        }
    };

    // A page is large and repetitive, so it is assembled from strings.
    let common: Vec<String> =
        lines.iter().zip(&account.charges.resources).map(common_json).collect();
    let mut charges = account.charges.select(&selection, from);
    let page: Vec<String> = charges
        .by_ref()
        .take(page_size)
        .map(|(_, charge)| charge_json(&charge, &common[charge.line], current))
        .collect();
    let next = charges.next().map(|(index, _)| write_token(index, query));
    let body = format!(r#"{{"charges":[{}],"next_page_token":{}}}"#, page.join(","), json!(next));
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}

/// Reads the filters of the charges.
fn selection(
    account: &Account,
    lines: &[Line],
    parameters: &Parameters,
) -> Result<Selection, Error> {
    let descending =
        parameters.one_of("order_by", &["start_date_asc", "start_date_desc"])? == "start_date_desc";
    let start = parameters.time("start_date_after")?.unwrap_or(account.today.month().start());
    let end = parameters.time("end_date_before")?.unwrap_or(account.today.month().next().start());
    let window = Span { start: start.timestamp_micros(), end: end.timestamp_micros() };
    if window.start >= window.end {
        return Err(constraint("end_date_before", "must be after start_date_after"));
    }
    let clamp = parameters.flag("clamp_to_time_range")?;
    let invoice_ids = parameters.uuids("invoice_ids")?;
    let resource_ids = parameters.texts("resource_ids")?;
    let resource_names = parameters.texts("resource_names")?;
    let skus = parameters.texts("skus")?;
    let projects = parameters.projects("project_ids", "charge")?;
    if projects.is_empty() {
        parameters.required_organization("read", "charge")?;
    } else {
        parameters.organization("charge")?;
    }

    let any = |wanted: &[&str], value: &str| wanted.is_empty() || wanted.contains(&value);
    let wanted = |(line, resource): (&Line, &Resource)| {
        any(&projects, line.project_id)
            && any(&skus, line.sku)
            && any(&resource_ids, &resource.id)
            && any(&resource_names, resource.name.as_deref().unwrap_or_default())
    };
    Ok(Selection {
        window,
        clamp,
        descending,
        lines: lines.iter().zip(&account.charges.resources).map(wanted).collect(),
        invoice_ids: invoice_ids.into_iter().map(str::to_ascii_lowercase).collect(),
    })
}

/// The fields that all charges of a line share, without the braces.
fn common_json((line, resource): (&Line, &Resource)) -> String {
    let mut fields = json!({
        "organization_id": ORGANIZATION_ID,
        "organization_name": ORGANIZATION_NAME,
        "project_id": line.project_id,
        "project_name": line.project_name,
        "sku": line.sku,
        "resource_id": resource.id,
    });
    if let Some(name) = &resource.name {
        fields["resource_name"] = json!(name);
    }
    fields.to_string().trim_matches(['{', '}']).to_owned()
}

fn charge_json(charge: &Charge, common: &str, current: Month) -> String {
    let time = |micros| time_json(charges::time(micros));
    format!(
        r#"{{{common},"invoice_id":"{}","price":{},"start_date":"{}","end_date":"{}","updated_at":"{}"}}"#,
        charges::invoice_id(charge.month, current),
        charge.price.json(),
        time(charge.span.start),
        // The end is inclusive.
        time(charge.span.end - 1),
        time(charge.updated_at),
    )
}

/// In base64 these are `++//`. With the `==` at the end, every token contains all the base64
/// characters that must be percent-encoded in a URL.
const TOKEN_PREFIX: [u8; 3] = [0xfb, 0xef, 0xff];

/// Writes the token of the page that starts with the charge at `index`.
fn write_token(index: usize, query: u64) -> String {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    let mut token = TOKEN_PREFIX.to_vec();
    token.extend(index.to_be_bytes());
    token.extend(ids::hash("page_token", query ^ index).to_be_bytes());
    STANDARD.encode(token)
}

fn read_token(token: &str, query: u64) -> Option<usize> {
    let bytes = STANDARD.decode(token).ok()?;
    let index = bytes.get(TOKEN_PREFIX.len()..)?.first_chunk().copied()?;
    let index = usize::try_from(u64::from_be_bytes(index)).ok()?;
    (write_token(index, query) == token).then_some(index)
}
