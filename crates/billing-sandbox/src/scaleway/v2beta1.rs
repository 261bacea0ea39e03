//! Billing v2beta1.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::account::{self, Account, ORGANIZATION_ID, ORGANIZATION_NAME};
use super::catalogue::{self, Line};
use super::discounts::{self, FilterOn};
use super::errors::{Error, constraint, required};
use super::files::{self, download_invoice};
use super::invoices::{self, Invoice};
use super::query::{self, MAX_PAGE_SIZE, Parameters, PathId, time_json};
use crate::money::Money;

pub(crate) fn routes() -> Router<Arc<Account>> {
    let routes = Router::new()
        .route("/consumptions", get(list_consumptions))
        .route("/taxes", get(list_taxes))
        .route("/invoices", get(list_invoices))
        .route("/invoices/{invoice_id}", get(get_invoice))
        .route("/invoices/{invoice_id}/download", get(download_invoice))
        .route("/export-invoices", get(export_invoices))
        .route("/discounts", get(list_discounts))
        .route("/redeem-coupon", post(redeem_coupon));
    Router::new().nest("/billing/v2beta1", routes)
}

async fn list_consumptions(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let order_by = list_order(&parameters)?;
    let category = parameters.value("category_name")?;
    let month = parameters.month("billing_period")?.unwrap_or(account.today.month());
    let project = parameters.value("project_id")?;
    if project.is_some() && parameters.value("organization_id")?.is_some() {
        return Err(constraint("project_id", "must not be given with organization_id"));
    }
    parameters.organization("consumption")?;
    let projects = parameters.projects("project_id", "consumption")?;

    let bill = account.bill(month);
    let mut lines = bill.map_or(Vec::new(), |bill| catalogue::lines(bill.month));
    lines.retain(|line| {
        category.is_none_or(|category| line.category == category)
            && (projects.is_empty() || projects.contains(&line.project_id))
    });
    // All lines were refreshed at the same time.
    lines.sort_by(|a, b| {
        query::ordering(order_by, |key| match key {
            "category_name" => a.category.cmp(b.category),
            _ => std::cmp::Ordering::Equal,
        })
    });
    let (lines, total_count) = parameters.page(lines, MAX_PAGE_SIZE)?;
    let discount = bill.filter(|_| total_count > 0).map_or(Money::ZERO, |bill| bill.discount);
    Ok(Json(json!({
        "consumptions": lines.iter().map(consumption_json).collect::<Vec<_>>(),
        "total_count": total_count,
        "total_discount_untaxed_value": discount.json_number(),
        "updated_at": updated_at(&account, total_count),
    })))
}

async fn list_taxes(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let order_by = list_order(&parameters)?;
    let month = parameters.month("billing_period")?.unwrap_or(account.today.month());
    parameters.required_organization("read", "tax")?;

    let mut taxes = Vec::new();
    if let Some(bill) = account.bill(month) {
        let vat = invoices::tax(bill.gross - bill.discount);
        taxes.push(("VAT 20 %", json!(0.2), vat.json_number()));
        taxes.push(("Reverse charge", Value::Null, Value::Null));
    }
    taxes.sort_by(|a, b| {
        query::ordering(order_by, |key| match key {
            "category_name" => a.0.cmp(b.0),
            _ => std::cmp::Ordering::Equal,
        })
    });
    let (taxes, total_count) = parameters.page(taxes, MAX_PAGE_SIZE)?;
    let tax_json = |(description, rate, value)| {
        json!({
            "description": description,
            "currency": "EUR",
            "rate": rate,
            "total_tax_value": value,
        })
    };
    Ok(Json(json!({
        "taxes": taxes.into_iter().map(tax_json).collect::<Vec<_>>(),
        "total_count": total_count,
        "updated_at": updated_at(&account, total_count),
    })))
}

async fn list_invoices(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let (invoices, total_count) = invoice_page(&account, &parameters)?;
    Ok(Json(json!({
        "invoices": invoices.into_iter().map(invoice_json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

async fn export_invoices(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Response, Error> {
    let (invoices, _) = invoice_page(&account, &parameters)?;
    files::export_invoices(&account, &parameters, &invoices)
}

async fn get_invoice(
    State(account): State<Arc<Account>>,
    id: PathId,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("invoice_id", id)?;
    Ok(Json(invoice_json(account.invoice(id)?)))
}

async fn list_discounts(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let order_by = parameters.one_of("order_by", DISCOUNT_ORDERS)?;
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

async fn redeem_coupon(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let code = parameters.value("code")?.ok_or(required("code"))?;
    parameters.required_organization("write", "coupon")?;

    let mut state = account.state();
    if let Some((_, discount)) = state.redeemed.iter().find(|(redeemed, _)| redeemed == code) {
        return Err(Error::AlreadyExists {
            resource: "Discount",
            id: discount.id.clone(),
            help: "the coupon has been redeemed",
        });
    }
    // The code is a secret, so the error does not repeat it.
    let Some(discount) = discounts::of_coupon(code, state.tick()) else {
        return Err(Error::NotFound { resource: "Coupon", id: String::new() });
    };
    let response = discount.json(filter_type);
    state.redeemed.push((code.to_owned(), discount));
    Ok(Json(response))
}

const DISCOUNT_ORDERS: &[&str] = &[
    "creation_date_desc",
    "creation_date_asc",
    "start_date_desc",
    "start_date_asc",
    "stop_date_desc",
    "stop_date_asc",
];

/// Reads the sort order of consumptions and taxes.
fn list_order(parameters: &Parameters) -> Result<&'static str, Error> {
    let orders = ["updated_at_desc", "updated_at_asc", "category_name_desc", "category_name_asc"];
    parameters.one_of("order_by", &orders)
}

/// Returns the requested invoices, and the number of all that match the filters.
fn invoice_page<'a>(
    account: &'a Account,
    parameters: &Parameters,
) -> Result<(Vec<&'a Invoice>, usize), Error> {
    let after = parameters.time("billing_period_start_after")?;
    let before = parameters.time("billing_period_start_before")?;
    let types = ["unknown_type", "periodic", "purchase", "credit_note"];
    let invoice_type = parameters.one_of("invoice_type", &types)?;
    let order_by = parameters.one_of("order_by", invoices::ORDERS)?;
    parameters.organization("invoice")?;

    let mut invoices: Vec<&Invoice> = account
        .invoices
        .iter()
        .filter(|invoice| after.is_none_or(|time| invoice.month.start() >= time))
        .filter(|invoice| before.is_none_or(|time| invoice.month.start() < time))
        .filter(|invoice| {
            invoice_type == "unknown_type" || invoice_type == invoice.invoice_type.name()
        })
        .collect();
    invoices::sort(&mut invoices, order_by);
    parameters.page(invoices, MAX_PAGE_SIZE)
}

/// An empty page has no refresh time.
fn updated_at(account: &Account, total_count: usize) -> Option<String> {
    (total_count > 0).then(|| time_json(account::updated_at(account.today)))
}

fn consumption_json(line: &Line) -> Value {
    json!({
        "value": line.value.json(),
        "product_name": line.product,
        "resource_name": line.resource,
        "sku": line.sku,
        "project_id": line.project_id,
        "category_name": line.category,
        "unit": line.unit,
        "billed_quantity": line.quantity.to_string(),
        "consumer_id": ORGANIZATION_ID,
        "project_name": line.project_name,
        "organization_name": ORGANIZATION_NAME,
    })
}

fn invoice_json(invoice: &Invoice) -> Value {
    json!({
        "id": invoice.id,
        "organization_id": ORGANIZATION_ID,
        "organization_name": ORGANIZATION_NAME,
        "start_date": time_json(invoice.start_date),
        "stop_date": invoice.stop_date().map(time_json),
        "billing_period": time_json(invoice.month.start()),
        "issued_date": invoice.issue.map(|issue| time_json(issue.date)),
        "due_date": invoice.issue.map(|issue| time_json(issue.due_date)),
        "total_untaxed": invoice.untaxed.json(),
        "total_taxed": invoice.taxed().json(),
        "total_tax": invoice.tax().json(),
        "total_discount": (invoice.untaxed - invoice.undiscounted).json(),
        "total_undiscount": invoice.undiscounted.json(),
        "type": invoice.invoice_type.name(),
        "state": invoice.state(),
        "number": invoice.issue.map_or(0, |issue| issue.number),
        "seller_name": "Example Cloud SAS",
    })
}

fn filter_type(on: FilterOn) -> &'static str {
    match on {
        FilterOn::Category => "category_name",
        FilterOn::Product => "product_name",
        FilterOn::Zone => "zone",
    }
}
