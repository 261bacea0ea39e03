//! Billing v2, which the real service has retired.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::CUSTOMER_ID;
use super::amount::Amount;
use super::bills::{Bill, Line, time_json};
use super::errors::Error;
use super::query::Parameters;
use super::state::Account;
use crate::month::Month;
use crate::pdf;

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new()
        .route("/billing/v2/year/{year}/month/{month}", get(get_invoice))
        .route("/billing/v2/account_customers/{customer_id}/invoices/{invoice_id}", get(get_by_id))
        .route("/billing/v2/account_customers/{customer_id}/mtd_invoice", get(estimate))
}

async fn get_invoice(
    State(account): State<Arc<Account>>,
    Path((year, month)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let month = Month::parse(&format!("{year}-{month}"));
    let bill = account.bills.iter().find(|bill| Some(bill.month) == month);
    Ok(respond(&headers, bill.ok_or(Error::RecordNotFound { what: "Invoice" })?))
}

async fn get_by_id(
    State(account): State<Arc<Account>>,
    Path((customer_id, invoice_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    own_customer(&customer_id)?;
    let bill = account.bills.iter().find(|bill| bill.old_id().to_string() == invoice_id);
    Ok(respond(&headers, bill.ok_or(Error::RecordNotFound { what: "Invoice" })?))
}

async fn estimate(
    State(account): State<Arc<Account>>,
    Path(customer_id): Path<String>,
    parameters: Parameters,
) -> Result<Response, Error> {
    own_customer(&customer_id)?;
    let running = account.running.month.to_string();
    let asked = [("year", &running[..4]), ("month", &running[5..])];
    for (name, own) in asked {
        if parameters.value(name)?.is_some_and(|value| value != own) {
            return Err(Error::RecordNotFound { what: "Estimate" });
        }
    }
    if !account.v2_estimate.ready() {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let mut body = bill_json(&account.running);
    body["invoice_id"] = format!("{CUSTOMER_ID}-{}", account.today.noon().timestamp()).into();
    body["status"] = json!({"status": "MTD", "sent_at": null});
    body["end_time"] = time_json(account.today.noon()).into();
    let lines = account.running.lines.iter().map(|line| {
        json!({
            "plan_no": 7,
            "description": line.product.name,
            "units": line.units.json(),
            "per_unit_cost": line.product.rate().json(),
            "service_no": 11,
            "service_type": line.product.usage_type,
            "amount": line.amount.json(),
            "client_service_id": line.product.product_id,
            "client_plan_id": "sandbox-plan",
        })
    });
    body["line_items"] = lines.collect();
    Ok(Json(body).into_response())
}

fn own_customer(id: &str) -> Result<(), Error> {
    if id == CUSTOMER_ID { Ok(()) } else { Err(Error::RecordNotFound { what: "Customer" }) }
}

/// Responds in the format that the request accepts.
fn respond(headers: &HeaderMap, bill: &Bill) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let file = |kind: &'static str, extension, content: Vec<u8>| {
        let name = format!("attachment; filename=\"invoice-{}.{extension}\"", bill.month);
        let headers =
            [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
        (headers, content).into_response()
    };
    match accept {
        Some("text/csv") => file("text/csv", "csv", csv(bill).into_bytes()),
        Some("application/pdf") => file("application/pdf", "pdf", pdf::page(&text(bill), 0)),
        _ => Json(bill_json(bill)).into_response(),
    }
}

fn csv(bill: &Bill) -> String {
    let mut text = "description,units,rate_per_unit,amount\n".to_owned();
    for Line { product, units, amount } in &bill.lines {
        text += &format!("{},{units},{},{amount}\n", product.name, product.rate());
    }
    text
}

fn text(bill: &Bill) -> Vec<String> {
    vec![
        format!("Invoice {}", bill.old_id()),
        "Sandbox data. This is not a bill.".to_owned(),
        String::new(),
        format!("Month: {}", bill.month),
        format!("Total: {} USD", bill.total()),
    ]
}

fn bill_json(bill: &Bill) -> Value {
    let sum = |wanted: &str| -> Amount {
        let lines = bill.lines.iter().filter(|line| line.product.usage_type == wanted);
        lines.map(|line| line.amount).sum()
    };
    let units = |wanted: &str| -> Amount {
        let lines = bill.lines.iter().filter(|line| line.product.usage_type == wanted);
        lines.map(|line| line.units).sum()
    };
    let (bandwidth_cost, requests_cost) = (sum("Bandwidth"), sum("Requests"));
    let fixed: Vec<&Line> = bill.lines.iter().filter(|line| !line.product.is_usage()).collect();
    let extras: Amount = fixed.iter().map(|line| line.amount).sum();
    json!({
        "customer_id": CUSTOMER_ID,
        "invoice_id": bill.old_id(),
        "start_time": time_json(bill.start()),
        "end_time": time_json(bill.end()),
        "vendor_state": "up",
        "status": {
            "status": if bill.paid { "Paid" } else { "Outstanding" },
            "sent_at": time_json(bill.month.next().start()),
        },
        "total": {
            "bandwidth": units("Bandwidth").json(),
            "bandwidth_cost": bandwidth_cost.json(),
            "bandwidth_units": "GB",
            "cost": bill.total().json(),
            "cost_before_discount": bill.total().json(),
            "discount": 0,
            "extras": fixed
                .iter()
                .map(|line| json!({"name": line.product.name, "recurring": line.amount.json()}))
                .collect::<Vec<_>>(),
            "extras_cost": extras.json(),
            "incurred_cost": (bandwidth_cost + requests_cost).json(),
            "overage": (bandwidth_cost + requests_cost).json(),
            "plan_code": "sandbox",
            // As a string, as in older responses.
            "plan_minimum": "50.00",
            "plan_name": "Sandbox",
            "requests": units("Requests").times(10_000).json(),
            "requests_cost": requests_cost.json(),
            "terms": "Net15",
        },
        "regions": regions(bill),
        "line_items": bill.lines.iter().enumerate().map(line_json).collect::<Vec<_>>(),
    })
}

fn regions(bill: &Bill) -> Value {
    let mut regions: BTreeMap<String, Value> = BTreeMap::new();
    for line in bill.lines.iter().filter(|line| line.product.is_usage()) {
        let name = line.product.region.to_lowercase().replace(' ', "_");
        let kind = line.product.usage_type.to_lowercase();
        let lines = bill.lines.iter().filter(|one| one.product.region == line.product.region);
        let cost: Amount = lines.map(|one| one.amount).sum();
        let region = regions.entry(name).or_insert_with(|| json!({"cost": cost.json()}));
        region[kind] = json!({
            "total": line.amount.json(),
            "tiers": [{
                "name": line.product.name,
                "units": line.units.json(),
                "price": line.product.rate().json(),
                "discounted_price": line.product.rate().json(),
                "total": line.amount.json(),
            }],
        });
    }
    regions.into_iter().collect()
}

fn line_json((index, line): (usize, &Line)) -> Value {
    let product = line.product;
    json!({
        "id": format!("3sandboxLine{index:04}"),
        "line_number": index + 1,
        "description": product.name,
        "amount": line.amount.json(),
        "units": line.units.json(),
        "rate_per_unit": product.rate().json(),
        "aria_invoice_id": null,
        "client_service_id": product.product_id,
        "credit_coupon_code": (!product.coupon.is_empty()).then_some(product.coupon),
        "plan_name": "Sandbox",
        "plan_no": 7,
        "rate_schedule_no": 8,
        "rate_schedule_tier_no": 1,
        "service_name": product.name,
        "service_no": 11,
        "usage_type_cd": product.usage_type,
        "usage_type_no": 12,
        "created_at": "2026-06-01T06:00:00Z",
        "updated_at": "2026-06-01T06:00:00Z",
        "deleted_at": null,
    })
}
