//! Invoices v3, and the addresses on invoices.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::CUSTOMER_ID;
use super::bills::{Bill, Line, time_json};
use super::errors::{Error, bad_request};
use super::query::Parameters;
use super::state::Account;

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new()
        .route("/billing/v3/invoices", get(list_invoices))
        .route("/billing/v3/invoices/month-to-date", get(month_to_date))
        .route("/billing/v3/invoices/{invoice_id}", get(get_invoice))
        .route("/billing/v3/customer-addresses", get(list_addresses).post(create_address))
        .route("/billing/v3/customer-addresses/{type}", put(update_address))
}

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 200;

async fn list_invoices(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let first = parameters.day("billing_start_date")?;
    let last = parameters.day("billing_end_date")?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let bills: Vec<&Bill> = account
        .bills
        .iter()
        .filter(|bill| first.is_none_or(|first| bill.first_day() >= first))
        .filter(|bill| last.is_none_or(|last| bill.first_day() <= last))
        .collect();
    let total = bills.len();
    let (page, next_cursor) = parameters.page(bills, limit)?;
    Ok(Json(json!({
        "data": page.into_iter().map(invoice_json).collect::<Vec<_>>(),
        "meta": {
            "next_cursor": next_cursor,
            "limit": limit,
            "sort": "-billing_start_date",
            "total": total,
        },
    })))
}

async fn get_invoice(
    State(account): State<Arc<Account>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Error> {
    let found = account.bills.iter().find(|bill| bill.id() == id);
    found.map(|bill| Json(invoice_json(bill))).ok_or(Error::NoInvoice { id })
}

async fn month_to_date(State(account): State<Arc<Account>>) -> Response {
    if !account.v3_estimate.ready() {
        let body = json!({"title": "The invoice is being generated", "status": "202"});
        return (StatusCode::ACCEPTED, Json(body)).into_response();
    }
    let bill = &account.running;
    let lines = bill.lines.iter().map(|line| {
        let mut line = line_json(line);
        if let Some(fields) = line.as_object_mut() {
            fields.remove("credit_coupon_code");
            if fields.get("product_group").is_some_and(|group| group == "TLS") {
                fields.insert("product_group".to_owned(), "N/A".into());
            }
        }
        line
    });
    Json(json!({
        "customer_id": CUSTOMER_ID,
        "invoice_id": format!("{CUSTOMER_ID}-{}", account.today.noon().timestamp()),
        "billing_start_date": time_json(bill.start()),
        "billing_end_date": time_json(account.today.noon()),
        "monthly_transaction_amount": bill.total().json_text(),
        "transaction_line_items": lines.collect::<Vec<_>>(),
    }))
    .into_response()
}

fn invoice_json(bill: &Bill) -> Value {
    json!({
        "customer_id": CUSTOMER_ID,
        "invoice_id": bill.id(),
        "invoice_posted_on": time_json(bill.start()),
        "billing_start_date": time_json(bill.start()),
        "billing_end_date": time_json(bill.end()),
        "statement_number": bill.id(),
        "currency_code": "USD",
        "monthly_transaction_amount": bill.total().json(),
        "payment_status": if bill.paid { "paid" } else { "outstanding" },
        "transaction_line_items": bill.lines.iter().map(line_json).collect::<Vec<_>>(),
    })
}

fn line_json(line: &Line) -> Value {
    let product = line.product;
    json!({
        "description": product.name,
        "amount": line.amount.json(),
        "credit_coupon_code": product.coupon,
        "rate": product.rate().json(),
        "units": line.units.json(),
        "product_name": product.name,
        "product_group": product.group,
        "product_line": product.line,
        "region": product.region,
        "usage_type": product.usage_type,
    })
}

async fn list_addresses(State(account): State<Arc<Account>>) -> Json<Value> {
    let addresses: Vec<Value> = account.customer_addresses().values().cloned().collect();
    Json(json!({"data": addresses}))
}

async fn create_address(
    State(account): State<Arc<Account>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let (kind, address) = read_address(&headers, &body)?;
    let kind = kind.ok_or_else(|| bad_request("type must be tax or billing"))?;
    let mut addresses = account.customer_addresses();
    if addresses.contains_key(&kind) {
        return Err(bad_request(format!("a {kind} address already exists")));
    }
    addresses.insert(kind, address);
    Ok((StatusCode::CREATED, Json(json!({"id": account.new_id()}))).into_response())
}

async fn update_address(
    State(account): State<Arc<Account>>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Error> {
    let (own, mut address) = read_address(&headers, &body)?;
    if own.is_some_and(|own| own != kind) {
        return Err(bad_request("the type of the address differs from that in the route"));
    }
    let mut addresses = account.customer_addresses();
    let stored = addresses.get_mut(&kind).ok_or(Error::NoAddress)?;
    address["type"] = kind.into();
    *stored = address;
    Ok(StatusCode::ACCEPTED)
}

/// Reads an address and its type, if the body has one.
fn read_address(headers: &HeaderMap, body: &[u8]) -> Result<(Option<String>, Value), Error> {
    const FIELDS: &[&str] =
        &["type", "address_1", "address_2", "locality", "region", "country", "postal_code"];
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != "application/json") {
        return Err(bad_request("Content-Type must be application/json"));
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(bad_request("the body must be a JSON object"));
    };
    for (name, value) in &fields {
        if !FIELDS.contains(&name.as_str()) || !value.is_string() {
            return Err(bad_request(format!("{name} is not a known field, or not a string")));
        }
    }
    let kind = fields.get("type").and_then(Value::as_str).map(str::to_owned);
    if kind.as_deref().is_some_and(|kind| !matches!(kind, "tax" | "billing")) {
        return Err(bad_request("type must be tax or billing"));
    }
    Ok((kind, Value::Object(fields)))
}
