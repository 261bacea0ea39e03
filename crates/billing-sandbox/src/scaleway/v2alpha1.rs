//! Billing v2alpha1.

use std::cmp::Ordering;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::account::{self, Account, ORGANIZATION_ID};
use super::catalogue::{self, Line};
use super::discounts::{Discount, FilterOn, Mode};
use super::errors::Error;
use super::invoices::{Invoice, InvoiceType, Issue};
use super::query::{self, Parameters};
use crate::ids;
use crate::money::Money;
use crate::pdf;

pub(crate) fn routes() -> Router<Arc<Account>> {
    let routes = Router::new()
        .route("/consumption", get(get_consumption))
        .route("/invoices", get(list_invoices))
        .route("/invoices/{invoice_id}/download", get(download_invoice))
        .route("/discounts", get(list_discounts));
    Router::new().nest("/billing/v2alpha1", routes)
}

async fn get_consumption(parameters: Parameters) -> Result<Json<Value>, Error> {
    parameters.organization("consumption")?;
    let lines = catalogue::lines(account::CURRENT_MONTH);
    Ok(Json(json!({
        "consumptions": lines.iter().map(consumption_json).collect::<Vec<_>>(),
        "updated_at": time_json(account::updated_at()),
    })))
}

async fn list_invoices(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let started_after = parameters.time("started_after")?;
    let started_before = parameters.time("started_before")?;
    let invoice_type =
        parameters.one_of("invoice_type", &["unknown_type", "periodic", "purchase"])?;
    let order_by = parameters.one_of("order_by", INVOICE_ORDERS)?;
    parameters.organization("invoice")?;

    let mut invoices: Vec<&Invoice> = account
        .invoices
        .iter()
        .filter(|invoice| started_after.is_none_or(|time| invoice.start_date >= time))
        .filter(|invoice| started_before.is_none_or(|time| invoice.start_date < time))
        .filter(|invoice| {
            invoice_type == "unknown_type" || invoice_type == type_json(invoice.invoice_type)
        })
        .collect();
    invoices.sort_by(|a, b| {
        ordering(order_by, |key| compare_invoices(key, a, b))
            .then_with(|| a.start_date.cmp(&b.start_date))
            .then_with(|| a.id.cmp(&b.id))
    });
    let (invoices, total_count) = parameters.page(invoices)?;
    Ok(Json(json!({
        "invoices": invoices.into_iter().map(invoice_json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

async fn download_invoice(
    State(account): State<Arc<Account>>,
    id: Result<Path<String>, PathRejection>,
    parameters: Parameters,
) -> Result<Response, Error> {
    let id = match id {
        Ok(Path(id)) if ids::is_uuid(&id) => id,
        _ => return Err(query::format("invoice_id", "must be a UUID")),
    };
    parameters.one_of("file_type", &["pdf"])?;
    let raw = parameters.integer("dl", 0)? == Some(1);
    let Some(invoice) =
        account.invoices.iter().find(|invoice| invoice.id.eq_ignore_ascii_case(&id))
    else {
        return Err(Error::NotFound { resource: "invoice", id });
    };

    let name = file_name(invoice);
    let file = pdf::page(&file_text(invoice), account.invoice_file_size);
    if raw {
        let disposition = format!("attachment; filename=\"{name}\"");
        let headers = [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        return Ok((headers, file).into_response());
    }
    let envelope = json!({
        "name": name,
        "content_type": "application/pdf",
        "content": STANDARD.encode(file),
    });
    Ok(Json(envelope).into_response())
}

async fn list_discounts(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let order_by = parameters.one_of("order_by", &["creation_date_desc", "creation_date_asc"])?;
    parameters.organization("discount")?;

    let mut discounts: Vec<&Discount> = account.discounts.iter().collect();
    discounts.sort_by(|a, b| {
        ordering(order_by, |_| a.created_at.cmp(&b.created_at)).then_with(|| a.id.cmp(&b.id))
    });
    let (discounts, total_count) = parameters.page(discounts)?;
    Ok(Json(json!({
        "discounts": discounts.into_iter().map(discount_json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

const INVOICE_ORDERS: &[&str] = &[
    "invoice_number_desc",
    "invoice_number_asc",
    "start_date_desc",
    "start_date_asc",
    "issued_date_desc",
    "issued_date_asc",
    "due_date_desc",
    "due_date_asc",
    "total_untaxed_desc",
    "total_untaxed_asc",
    "total_taxed_desc",
    "total_taxed_asc",
    "invoice_type_desc",
    "invoice_type_asc",
];

/// Applies the direction at the end of `order_by` to a comparison by the key before it.
fn ordering(order_by: &str, compare: impl FnOnce(&str) -> Ordering) -> Ordering {
    match order_by.strip_suffix("_desc") {
        Some(key) => compare(key).reverse(),
        None => compare(order_by.trim_end_matches("_asc")),
    }
}

/// Compares by the key of an [`INVOICE_ORDERS`] value. What an invoice does not have yet counts
/// as the greatest value.
fn compare_invoices(key: &str, a: &Invoice, b: &Invoice) -> Ordering {
    match key {
        "start_date" => a.start_date.cmp(&b.start_date),
        "issued_date" => by_issue(a, b, |issue| issue.date),
        "due_date" => by_issue(a, b, |issue| issue.due_date),
        "total_untaxed" => a.untaxed.cmp(&b.untaxed),
        "total_taxed" => a.taxed().cmp(&b.taxed()),
        "invoice_type" => a.invoice_type.cmp(&b.invoice_type),
        _ => by_issue(a, b, |issue| issue.number),
    }
}

fn by_issue<K: Ord>(a: &Invoice, b: &Invoice, key: impl Fn(Issue) -> K) -> Ordering {
    let key = |invoice: &Invoice| (invoice.issue.is_none(), invoice.issue.map(&key));
    key(a).cmp(&key(b))
}

fn consumption_json(line: &Line) -> Value {
    let description = if line.product.is_empty() {
        line.resource.to_owned()
    } else {
        format!("{} - {}", line.product, line.resource)
    };
    json!({
        "value": line.value.json(),
        "description": description,
        "project_id": line.project_id,
        "category": line.category.to_lowercase(),
        "operation_path": line.sku,
    })
}

fn invoice_json(invoice: &Invoice) -> Value {
    json!({
        "id": invoice.id,
        "start_date": time_json(invoice.start_date),
        "issued_date": invoice.issue.map(|issue| time_json(issue.date)),
        "due_date": invoice.issue.map(|issue| time_json(issue.due_date)),
        "total_untaxed": invoice.untaxed.json(),
        "total_taxed": invoice.taxed().json(),
        "invoice_type": type_json(invoice.invoice_type),
        "number": invoice.issue.map_or(0, |issue| issue.number),
    })
}

fn discount_json(discount: &Discount) -> Value {
    let (mode, value, used, remaining) = match discount.mode {
        Mode::Rate { percent } => ("discount_mode_rate", json!(percent), json!(0), json!(percent)),
        Mode::Value { amount } => amount_json("discount_mode_value", amount, discount),
        Mode::Splittable { amount } => amount_json("discount_mode_splittable", amount, discount),
    };
    let filters: Vec<Value> = discount
        .filters
        .iter()
        .map(|filter| {
            let on = match filter.on {
                FilterOn::Category => "product_category",
                FilterOn::Product => "product",
                FilterOn::Zone => "zone",
            };
            json!({"type": on, "value": filter.value, "exclude": filter.exclude})
        })
        .collect();
    json!({
        "id": discount.id,
        "creation_date": time_json(discount.created_at),
        "organization_id": ORGANIZATION_ID,
        "description": discount.description,
        "value": value,
        "value_used": used,
        "value_remaining": remaining,
        "mode": mode,
        "start_date": time_json(discount.start.start()),
        "stop_date": discount.stop.map(|stop| time_json(stop.start())),
        "coupon": discount.coupon.as_ref().map(|coupon| json!({"description": coupon.description})),
        "filters": filters,
    })
}

fn amount_json(
    mode: &'static str,
    amount: Money,
    discount: &Discount,
) -> (&'static str, Value, Value, Value) {
    (
        mode,
        amount.json_number(),
        discount.used.json_number(),
        (amount - discount.used).json_number(),
    )
}

fn type_json(invoice_type: InvoiceType) -> &'static str {
    match invoice_type {
        InvoiceType::Periodic => "periodic",
        InvoiceType::Purchase => "purchase",
    }
}

/// RFC 3339 in UTC, with six decimals or none.
fn time_json(time: DateTime<Utc>) -> String {
    let digits = if time.timestamp_subsec_nanos() == 0 {
        SecondsFormat::Secs
    } else {
        SecondsFormat::Micros
    };
    time.to_rfc3339_opts(digits, true)
}

fn file_name(invoice: &Invoice) -> String {
    let what = type_json(invoice.invoice_type);
    match invoice.issue {
        Some(issue) => format!("{what}-invoice-{}-{}.pdf", invoice.month, issue.number),
        None => format!("{what}-invoice-{}-draft.pdf", invoice.month),
    }
}

fn file_text(invoice: &Invoice) -> Vec<String> {
    let title = match invoice.issue {
        Some(issue) => format!("Invoice {}", issue.number),
        None => "Draft invoice".to_owned(),
    };
    vec![
        title,
        "Sandbox data. This is not a bill.".to_owned(),
        String::new(),
        format!("Invoice id: {}", invoice.id),
        format!("Type: {}", type_json(invoice.invoice_type)),
        format!("Month: {}", invoice.month),
        format!("Total before tax: {} EUR", invoice.untaxed),
        format!("Tax, 20 %: {} EUR", invoice.taxed() - invoice.untaxed),
        format!("Total: {} EUR", invoice.taxed()),
    ]
}
