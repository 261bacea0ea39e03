//! Usage v3: by product, and by service.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::CUSTOMER_ID;
use super::amount::Amount;
use super::bills::{self, Line, time_json};
use super::errors::{Error, bad_request};
use super::query::Parameters;
use super::state::Account;
use crate::month::Month;

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new()
        .route("/billing/v3/usage-metrics", get(usage_metrics))
        .route("/billing/v3/service-usage-metrics", get(service_usage_metrics))
}

const MAX_MONTHS: i32 = 3;
const DEFAULT_LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 10_000;

/// The services of the customer, with their share of all usage in tenths. The last service has the
/// remainder.
const SERVICES: [(&str, &str, i64); 3] = [
    ("5sandboxServiceShop01", "shop", 6),
    ("5sandboxServiceBlog02", "blog", 3),
    ("5sandboxServiceApi003", "api", 1),
];

async fn usage_metrics(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let missing = || bad_request("start_month and end_month are required");
    let start = parameters.month("start_month")?.ok_or_else(missing)?;
    let end = parameters.month("end_month")?.ok_or_else(missing)?;
    let months = months(start, end)?;
    if end.ordinal() - start.ordinal() >= MAX_MONTHS {
        return Err(bad_request("a request covers three months at most"));
    }
    let mut rows = Vec::new();
    for month in months {
        let bill = bills::of_month(&account.bills, &account.running, month);
        let lines = bill.map(|bill| bill.lines).unwrap_or_default();
        rows.extend(lines.iter().filter(|line| line.product.is_usage()).map(|line| {
            json!({
                "month": month.to_string(),
                "usage_type": line.product.usage_type,
                "name": line.product.name,
                "region": line.product.region,
                "unit": line.product.unit,
                "quantity": line.units.json(),
                "raw_quantity": raw(line),
                "product_id": line.product.product_id,
                "last_updated_at": time_json(account.today.noon()),
            })
        }));
    }
    Ok(Json(json!({"data": rows})))
}

/// Requests are billed in units of 10,000.
fn raw(line: &Line) -> Value {
    match line.product.usage_type {
        "Requests" => line.units.times(10_000).json(),
        _ => line.units.json(),
    }
}

/// One block of rows for one usage type: an object if the request names that type, a list
/// otherwise.
async fn service_usage_metrics(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let start = parameters.month("start_month")?.unwrap_or(account.running.month);
    let end = parameters.month("end_month")?.unwrap_or(start);
    let months: Vec<Month> = months(start, end)?.collect();
    let product = parameters.value("product_id")?;
    let usage_type = parameters.value("usage_type_name")?;
    if product.is_some() != usage_type.is_some() {
        return Err(bad_request("product_id and usage_type_name must be given together"));
    }
    let service = parameters.value("service")?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;

    let mut rows = Vec::new();
    for one in bills::PRODUCTS.iter().filter(|one| one.is_usage()) {
        if product.is_some_and(|id| id != one.product_id)
            || usage_type.is_some_and(|name| name != one.name)
        {
            continue;
        }
        let units = months
            .iter()
            .filter_map(|month| bills::of_month(&account.bills, &account.running, *month))
            .flat_map(|bill| bill.lines)
            .filter(|line| line.product.name == one.name)
            .map(|line| line.units)
            .sum::<Amount>();
        let mut rest = units;
        for (index, (id, name, tenths)) in SERVICES.into_iter().enumerate() {
            let own = if index + 1 < SERVICES.len() { units.tenths(tenths) } else { rest };
            rest = rest + own.times(-1);
            if service.is_none_or(|service| service == id) {
                let row = json!({
                    "customer_id": CUSTOMER_ID,
                    "service_id": id,
                    "service_name": name,
                    "usage_units": own.json(),
                });
                rows.push((one, row));
            }
        }
    }
    let total = rows.len();
    let (page, next_cursor) = parameters.page(rows, limit)?;
    let meta = json!({
        "next_cursor": next_cursor,
        "limit": limit,
        "sort": "usage_type",
        "total": total,
    });
    let mut blocks: Vec<(&str, &str, Vec<Value>)> = Vec::new();
    for (one, row) in page {
        match blocks.last_mut() {
            Some((name, _, rows)) if *name == one.name => rows.push(row),
            _ => blocks.push((one.name, one.unit, vec![row])),
        }
    }
    let mut blocks: Vec<Value> = blocks
        .into_iter()
        .map(|(name, unit, rows)| {
            json!({
                "customer_id": CUSTOMER_ID,
                "start_time": time_json(start.start()),
                "end_time": time_json(end.next().start()),
                "usage_type": name,
                "unit": unit,
                "details": rows,
                "meta": meta,
            })
        })
        .collect();
    let one = usage_type.is_some().then(|| blocks.pop()).flatten();
    Ok(Json(json!({"data": one.unwrap_or(Value::Array(blocks))})))
}

fn months(start: Month, end: Month) -> Result<impl Iterator<Item = Month>, Error> {
    if start > end {
        return Err(bad_request("start_month is after end_month"));
    }
    let all = std::iter::successors(Some(start), |month| Some(month.next()));
    Ok(all.take_while(move |month| *month <= end))
}
