//! Billing v2alpha1.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::account::{self, Account};
use super::catalogue::{self, Line};
use super::discounts::{self, FilterOn};
use super::errors::Error;
use super::files::download_invoice;
use super::invoices::{self, Invoice, InvoiceType};
use super::query::{MAX_PAGE_SIZE, Parameters, time_json};

pub(crate) fn routes() -> Router<Arc<Account>> {
    let routes = Router::new()
        .route("/consumption", get(get_consumption))
        .route("/invoices", get(list_invoices))
        .route("/invoices/{invoice_id}/download", get(download_invoice))
        .route("/discounts", get(list_discounts));
    Router::new().nest("/billing/v2alpha1", routes)
}

async fn get_consumption(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    parameters.organization("consumption")?;
    let lines = catalogue::lines(account.today.month());
    Ok(Json(json!({
        "consumptions": lines.iter().map(consumption_json).collect::<Vec<_>>(),
        "updated_at": time_json(account::updated_at(account.today)),
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
    let order_by = parameters.one_of("order_by", invoices::ORDERS)?;
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
    invoices::sort(&mut invoices, order_by);
    let (invoices, total_count) = parameters.page(invoices, MAX_PAGE_SIZE)?;
    Ok(Json(json!({
        "invoices": invoices.into_iter().map(invoice_json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

async fn list_discounts(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let order_by = parameters.one_of("order_by", &["creation_date_desc", "creation_date_asc"])?;
    parameters.organization("discount")?;

    let mut discounts = account.discounts();
    discounts::sort(&mut discounts, order_by);
    let (discounts, total_count) = parameters.page(discounts, MAX_PAGE_SIZE)?;
    let discounts: Vec<Value> =
        discounts.iter().map(|discount| discount.json(filter_type)).collect();
    Ok(Json(json!({
        "discounts": discounts,
        "total_count": total_count,
    })))
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

fn filter_type(on: FilterOn) -> &'static str {
    match on {
        FilterOn::Category => "product_category",
        FilterOn::Product => "product",
        FilterOn::Zone => "zone",
    }
}

fn type_json(invoice_type: InvoiceType) -> &'static str {
    match invoice_type {
        InvoiceType::Periodic => "periodic",
        InvoiceType::Purchase => "purchase",
        // Newer than this version.
        InvoiceType::CreditNote => "unknown_type",
    }
}
