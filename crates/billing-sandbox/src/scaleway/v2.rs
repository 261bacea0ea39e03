//! Billing v2 and electronic billing v2.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::account::Account;
use super::body::Fields;
use super::budgets::{Alert, Budget, MAX_ALERTS, Notification, Recipients};
use super::electronic_addresses::{self, ElectronicAddress};
use super::errors::{Error, constraint, required};
use super::query::{self, Parameters, PathId};
use super::state::{find, remove};

/// The maximum page size of electronic addresses. For budgets no limit is known.
const MAX_PAGE_SIZE: usize = 1000;

pub(crate) fn routes() -> Router<Arc<Account>> {
    let routes = Router::new()
        .route("/budgets", get(list_budgets).post(create_budget))
        .route("/budgets/{id}", get(get_budget).patch(update_budget).delete(delete_budget))
        .route("/budget-alerts", post(create_alert))
        .route("/budget-alerts/{id}", patch(update_alert).delete(delete_alert))
        .route("/budget-alert-notifications", post(create_notification))
        .route(
            "/budget-alert-notifications/{id}",
            patch(update_notification).delete(delete_notification),
        )
        .route("/electronic-address", get(list_addresses).post(create_address))
        .route(
            "/electronic-address/{id}",
            get(get_address).patch(update_address).delete(delete_address),
        );
    Router::new().nest("/billing/v2", routes)
}

async fn list_budgets(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    parameters.organization("budget")?;
    let state = account.state();
    let budgets = state.budgets.iter().collect();
    let (budgets, total_count) = parameters.page(budgets, usize::MAX)?;
    Ok(Json(json!({
        "budgets": budgets.into_iter().map(Budget::json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

async fn get_budget(State(account): State<Arc<Account>>, id: PathId) -> Result<Json<Value>, Error> {
    let id = query::path_id("budget_id", id)?;
    Ok(Json(find(&mut account.state().budgets, id)?.json()))
}

async fn create_budget(
    State(account): State<Arc<Account>>,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    fields.only(&["organization_id", "consumption_limit", "enabled"])?;
    let limit = fields.number("consumption_limit")?.ok_or(required("consumption_limit"))?;
    let enabled = fields.flag("enabled")?.ok_or(required("enabled"))?;
    own_organization(&fields, "budget")?;

    let mut state = account.state();
    let record = state.record();
    let budget = Budget { record, consumption_limit: limit, enabled, alerts: Vec::new() };
    let json = budget.json();
    state.budgets.push(budget);
    Ok(Json(json))
}

async fn update_budget(
    State(account): State<Arc<Account>>,
    id: PathId,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("budget_id", id)?;
    fields.only(&["consumption_limit", "enabled"])?;
    let limit = fields.number("consumption_limit")?;
    let enabled = fields.flag("enabled")?;

    let mut state = account.state();
    let now = state.tick();
    let budget = find(&mut state.budgets, id)?;
    budget.consumption_limit = limit.unwrap_or(budget.consumption_limit);
    budget.enabled = enabled.unwrap_or(budget.enabled);
    budget.record.updated_at = now;
    Ok(Json(budget.json()))
}

async fn delete_budget(State(account): State<Arc<Account>>, id: PathId) -> Result<Response, Error> {
    let id = query::path_id("budget_id", id)?;
    remove([&mut account.state().budgets], id)?;
    Ok(deleted())
}

async fn create_alert(
    State(account): State<Arc<Account>>,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    fields.only(&["budget_id", "threshold"])?;
    let budget_id = fields.uuid("budget_id")?.ok_or(required("budget_id"))?.to_owned();
    let threshold = threshold(&fields)?;

    let mut state = account.state();
    let record = state.record();
    let budget = find(&mut state.budgets, budget_id)?;
    if budget.alerts.len() >= MAX_ALERTS {
        return Err(Error::QuotaExceeded { resource: "budget_alerts", quota: MAX_ALERTS });
    }
    let alert = Alert { record, threshold, notifications: Vec::new() };
    let json = alert.json();
    budget.alerts.push(alert);
    Ok(Json(json))
}

async fn update_alert(
    State(account): State<Arc<Account>>,
    id: PathId,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("budget_alert_id", id)?;
    fields.only(&["threshold"])?;
    let threshold = threshold(&fields)?;

    let mut state = account.state();
    let now = state.tick();
    let alert = find(alerts(&mut state.budgets), id)?;
    alert.threshold = threshold;
    alert.record.updated_at = now;
    Ok(Json(alert.json()))
}

async fn delete_alert(State(account): State<Arc<Account>>, id: PathId) -> Result<Response, Error> {
    let id = query::path_id("budget_alert_id", id)?;
    remove(account.state().budgets.iter_mut().map(|budget| &mut budget.alerts), id)?;
    Ok(deleted())
}

async fn create_notification(
    State(account): State<Arc<Account>>,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let [sms, email, webhook] = RECIPIENTS.map(|(field, _)| field);
    fields.only(&["budget_alert_id", sms, email, webhook])?;
    let alert_id = fields.uuid("budget_alert_id")?.ok_or(required("budget_alert_id"))?.to_owned();
    let recipients = recipients(&fields)?;

    let mut state = account.state();
    let record = state.record();
    let alert = find(alerts(&mut state.budgets), alert_id)?;
    let notification = Notification { record, recipients };
    let json = notification.json();
    alert.notifications.push(notification);
    Ok(Json(json))
}

async fn update_notification(
    State(account): State<Arc<Account>>,
    id: PathId,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("budget_alert_notification_id", id)?;
    fields.only(&RECIPIENTS.map(|(field, _)| field))?;
    let recipients = recipients(&fields)?;

    let mut state = account.state();
    let now = state.tick();
    let notifications = alerts(&mut state.budgets).flat_map(|alert| &mut alert.notifications);
    let notification = find(notifications, id)?;
    notification.recipients = recipients;
    notification.record.updated_at = now;
    Ok(Json(notification.json()))
}

async fn delete_notification(
    State(account): State<Arc<Account>>,
    id: PathId,
) -> Result<Response, Error> {
    let id = query::path_id("budget_alert_notification_id", id)?;
    let mut state = account.state();
    remove(alerts(&mut state.budgets).map(|alert| &mut alert.notifications), id)?;
    Ok(deleted())
}

async fn list_addresses(
    State(account): State<Arc<Account>>,
    parameters: Parameters,
) -> Result<Json<Value>, Error> {
    let starts_after = parameters.time("starts_after")?;
    let stops_before = parameters.time("stops_before")?;
    let order_by = parameters.one_of("order_by", &["starts_at_asc", "starts_at_desc"])?;
    parameters.required_organization("read", "electronic_address")?;

    let state = account.state();
    let mut addresses: Vec<&ElectronicAddress> = state
        .electronic_addresses
        .iter()
        .filter(|address| {
            starts_after.is_none_or(|time| address.starts_at.is_some_and(|start| start >= time))
        })
        .filter(|address| {
            stops_before.is_none_or(|time| address.stops_at.is_some_and(|stop| stop < time))
        })
        .collect();
    addresses.sort_by(|a, b| electronic_addresses::compare(order_by, a, b));
    let (addresses, total_count) = parameters.page(addresses, MAX_PAGE_SIZE)?;
    Ok(Json(json!({
        "electronic_addresses":
            addresses.into_iter().map(ElectronicAddress::json).collect::<Vec<_>>(),
        "total_count": total_count,
    })))
}

async fn get_address(
    State(account): State<Arc<Account>>,
    id: PathId,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("electronic_address_id", id)?;
    Ok(Json(find(&mut account.state().electronic_addresses, id)?.json()))
}

async fn create_address(
    State(account): State<Arc<Account>>,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    fields.only(&["organization_id", "value", "starts_at", "stops_at"])?;
    let value = address_value(&fields)?.ok_or(required("value"))?;
    let starts_at = fields.time("starts_at")?;
    let stops_at = fields.time("stops_at")?;
    own_organization(&fields, "electronic_address")?;

    let mut state = account.state();
    let record = state.record();
    let address = ElectronicAddress { record, value, starts_at, stops_at };
    check_order(&address)?;
    let json = address.json();
    state.electronic_addresses.push(address);
    Ok(Json(json))
}

async fn update_address(
    State(account): State<Arc<Account>>,
    id: PathId,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let id = query::path_id("electronic_address_id", id)?;
    fields.only(&["value", "stops_at"])?;
    let value = address_value(&fields)?;
    let stops_at = fields.time("stops_at")?;

    let mut state = account.state();
    let now = state.tick();
    let address = find(&mut state.electronic_addresses, id)?;
    let mut changed = address.clone();
    changed.value = value.unwrap_or(changed.value);
    changed.stops_at = stops_at.or(changed.stops_at);
    changed.record.updated_at = now;
    check_order(&changed)?;
    *address = changed;
    Ok(Json(address.json()))
}

async fn delete_address(
    State(account): State<Arc<Account>>,
    id: PathId,
) -> Result<Response, Error> {
    let id = query::path_id("electronic_address_id", id)?;
    remove([&mut account.state().electronic_addresses], id)?;
    Ok(deleted())
}

/// The fields for recipients. A notification has one of them, and it determines the type.
const RECIPIENTS: [(&str, &str); 3] =
    [("sms_phone_numbers", "sms"), ("email_addresses", "email"), ("webhook_urls", "webhook")];

fn recipients(fields: &Fields) -> Result<Recipients, Error> {
    let mut found = None;
    for (field, kind) in RECIPIENTS {
        let Some(list) = fields.texts(field)? else {
            continue;
        };
        if found.is_some() {
            return Err(constraint(field, "must be the only list of recipients"));
        }
        found = Some(Recipients { kind, list });
    }
    found.ok_or(required("recipients"))
}

fn threshold(fields: &Fields) -> Result<u32, Error> {
    match fields.number("threshold")?.ok_or(required("threshold"))? {
        threshold @ 1..=100 => Ok(threshold),
        _ => Err(constraint("threshold", "must be between 1 and 100")),
    }
}

fn address_value(fields: &Fields) -> Result<Option<String>, Error> {
    let value = fields.text("value")?;
    match value.map(|value| value.chars().count()) {
        None | Some(1..=115) => Ok(value.map(str::to_owned)),
        Some(_) => Err(constraint("value", "must have between 1 and 115 characters")),
    }
}

fn check_order(address: &ElectronicAddress) -> Result<(), Error> {
    match (address.starts_at, address.stops_at) {
        (Some(start), Some(stop)) if stop <= start => {
            Err(constraint("stops_at", "must be after starts_at"))
        }
        _ => Ok(()),
    }
}

fn own_organization(fields: &Fields, resource: &'static str) -> Result<(), Error> {
    let name = "organization_id";
    let id = fields.text(name)?.ok_or(required(name))?;
    query::own_organization(name, id, "write", resource)
}

fn alerts(budgets: &mut [Budget]) -> impl Iterator<Item = &mut Alert> {
    budgets.iter_mut().flat_map(|budget| &mut budget.alerts)
}

fn deleted() -> Response {
    (StatusCode::NO_CONTENT, [(header::CONTENT_TYPE, "application/json")]).into_response()
}
