//! The billing address: a JSON:API resource whose route has no version.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::CUSTOMER_ID;
use super::errors::{Error, JSON_API, json_api};
use super::state::Account;

const FIELDS: &[&str] =
    &["address_1", "address_2", "city", "country", "locality", "postal_code", "state"];

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new().route(
        "/customer/{customer_id}/billing_address",
        get(read).post(add).patch(update).delete(remove),
    )
}

async fn read(
    State(account): State<Arc<Account>>,
    Path(customer_id): Path<String>,
) -> Result<Response, Error> {
    own_customer(&customer_id)?;
    match &*account.billing_address() {
        Some((id, attributes)) => Ok(json_api(StatusCode::OK, resource(id, attributes))),
        None => Err(Error::NoResource),
    }
}

async fn add(
    State(account): State<Arc<Account>>,
    Path(customer_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    own_customer(&customer_id)?;
    let attributes = Value::Object(attributes(&headers, &body)?);
    let mut address = account.billing_address();
    if address.is_some() {
        return Err(refused("a billing address already exists"));
    }
    let (id, attributes) = address.insert((account.new_id(), attributes));
    Ok(json_api(StatusCode::CREATED, resource(id, attributes)))
}

async fn update(
    State(account): State<Arc<Account>>,
    Path(customer_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    own_customer(&customer_id)?;
    let changes = attributes(&headers, &body)?;
    let mut address = account.billing_address();
    let (id, attributes) = address.as_mut().ok_or(Error::NoResource)?;
    for (name, value) in changes {
        attributes[name] = value;
    }
    Ok(json_api(StatusCode::OK, resource(id, attributes)))
}

async fn remove(
    State(account): State<Arc<Account>>,
    Path(customer_id): Path<String>,
) -> Result<StatusCode, Error> {
    own_customer(&customer_id)?;
    account.billing_address().take().map(|_| StatusCode::NO_CONTENT).ok_or(Error::NoResource)
}

fn own_customer(id: &str) -> Result<(), Error> {
    if id == CUSTOMER_ID { Ok(()) } else { Err(Error::NoResource) }
}

fn refused(detail: &'static str) -> Error {
    Error::Address { title: "Invalid address", detail, candidates: Vec::new() }
}

/// Reads the attributes of a resource. An address that begins with `Nowhere` is not found, unless
/// the check is skipped.
fn attributes(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Error> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != JSON_API) {
        return Err(refused("Content-Type must be application/vnd.api+json"));
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let data = &body["data"];
    if data["type"] != "billing_address" {
        return Err(refused("data.type must be billing_address"));
    }
    let Value::Object(attributes) = &data["attributes"] else {
        return Err(refused("data.attributes must be an object"));
    };
    if attributes.iter().any(|(name, value)| !FIELDS.contains(&&**name) || !value.is_string()) {
        return Err(refused("an attribute is unknown or not a string"));
    }
    let lost = attributes.get("address_1").and_then(Value::as_str);
    if lost.is_some_and(|text| text.starts_with("Nowhere")) && body["skip_verification"] != true {
        let mut candidate = Value::Object(attributes.clone());
        candidate["address_1"] = "1 Example Street".into();
        return Err(Error::Address {
            title: "Address not found",
            detail: "The address could not be verified",
            candidates: vec![candidate],
        });
    }
    Ok(attributes.clone())
}

fn resource(id: &str, attributes: &Value) -> Value {
    let mut attributes = attributes.clone();
    for name in FIELDS {
        if attributes.get(name).is_none() {
            attributes[name] = Value::Null;
        }
    }
    attributes["customer_id"] = CUSTOMER_ID.into();
    json!({
        "data": {
            "id": id,
            "type": "billing_address",
            "attributes": attributes,
            "relationships": {"customer": {"data": {"type": "customer", "id": CUSTOMER_ID}}},
        },
    })
}
