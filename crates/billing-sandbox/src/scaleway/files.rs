//! Files: invoices as PDF, and lists of invoices as CSV.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::account::{Account, ORGANIZATION_ID};
use super::errors::Error;
use super::invoices::Invoice;
use super::query::{self, Parameters, PathId, time_json};
use crate::pdf;

/// Responds with an invoice as PDF, the same in all API versions.
pub(crate) async fn download_invoice(
    State(account): State<Arc<Account>>,
    id: PathId,
    parameters: Parameters,
) -> Result<Response, Error> {
    let id = query::path_id("invoice_id", id)?;
    parameters.one_of("file_type", &["pdf"])?;
    let raw = raw(&parameters)?;
    let invoice = account.invoice(id)?;
    let file = pdf::page(&pdf_text(invoice), account.invoice_file_size);
    Ok(respond(raw, &pdf_name(invoice), "application/pdf", file))
}

/// Responds with invoices as CSV.
pub(crate) fn export_invoices(
    account: &Account,
    parameters: &Parameters,
    invoices: &[&Invoice],
) -> Result<Response, Error> {
    parameters.one_of("file_type", &["csv"])?;
    let raw = raw(parameters)?;
    let name = format!("invoices-{}.csv", account.today.midnight().format("%Y-%m-%d"));
    Ok(respond(raw, &name, "text/csv", csv(invoices).into_bytes()))
}

/// Returns whether the request wants the raw file, without a JSON envelope.
fn raw(parameters: &Parameters) -> Result<bool, Error> {
    Ok(parameters.integer("dl", 0)? == Some(1))
}

fn respond(raw: bool, name: &str, content_type: &str, file: Vec<u8>) -> Response {
    if raw {
        let disposition = format!("attachment; filename=\"{name}\"");
        let headers = [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        return (headers, file).into_response();
    }
    let envelope = json!({
        "name": name,
        "content_type": content_type,
        "content": STANDARD.encode(file),
    });
    Json(envelope).into_response()
}

fn pdf_name(invoice: &Invoice) -> String {
    let what = invoice.invoice_type.name();
    match invoice.issue {
        Some(issue) => format!("{what}-invoice-{}-{}.pdf", invoice.month, issue.number),
        None => format!("{what}-invoice-{}-draft.pdf", invoice.month),
    }
}

fn pdf_text(invoice: &Invoice) -> Vec<String> {
    let title = match invoice.issue {
        Some(issue) => format!("Invoice {}", issue.number),
        None => "Draft invoice".to_owned(),
    };
    vec![
        title,
        "Sandbox data. This is not a bill.".to_owned(),
        String::new(),
        format!("Invoice id: {}", invoice.id),
        format!("Type: {}", invoice.invoice_type.name()),
        format!("Month: {}", invoice.month),
        format!("Total before tax: {} EUR", invoice.untaxed),
        format!("Tax, 20 %: {} EUR", invoice.tax()),
        format!("Total: {} EUR", invoice.taxed()),
    ]
}

/// None of the values contains a character that needs quoting.
fn csv(invoices: &[&Invoice]) -> String {
    let mut csv = "id,organization_id,billing_period,type,state,number,issued_date,due_date,\
                   currency,total_undiscount,total_discount,total_untaxed,total_tax,total_taxed\n"
        .to_owned();
    for invoice in invoices {
        let row = [
            invoice.id.clone(),
            ORGANIZATION_ID.to_owned(),
            invoice.month.to_string(),
            invoice.invoice_type.name().to_owned(),
            invoice.state().to_owned(),
            invoice.issue.map_or(0, |issue| issue.number).to_string(),
            invoice.issue.map_or(String::new(), |issue| time_json(issue.date)),
            invoice.issue.map_or(String::new(), |issue| time_json(issue.due_date)),
            "EUR".to_owned(),
            invoice.undiscounted.to_string(),
            (invoice.untaxed - invoice.undiscounted).to_string(),
            invoice.untaxed.to_string(),
            invoice.tax().to_string(),
            invoice.taxed().to_string(),
        ];
        csv += &row.join(",");
        csv.push('\n');
    }
    csv
}
