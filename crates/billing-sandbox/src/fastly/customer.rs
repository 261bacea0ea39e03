//! The customer account, whose routes have no version.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::CUSTOMER_ID;
use super::errors::Error;
use super::state::Account;

pub(crate) fn routes() -> Router<Arc<Account>> {
    Router::new()
        .route("/current_customer", get(|| async { Json(customer()) }))
        .route("/customer/{customer_id}", get(read))
}

async fn read(Path(customer_id): Path<String>) -> Result<Json<Value>, Error> {
    if customer_id == CUSTOMER_ID {
        Ok(Json(customer()))
    } else {
        Err(Error::RecordNotFound { what: "Customer" })
    }
}

fn customer() -> Value {
    json!({
        "id": CUSTOMER_ID,
        "name": "Example Outfitters",
        "owner_id": "7sandboxOwner",
        "billing_contact_id": "7sandboxBilling",
        "billing_network_type": "public",
        "billing_ref": null,
        "pricing_plan": "customer",
        "created_at": "2016-01-04T09:00:00Z",
        "updated_at": "2016-01-04T09:00:00Z",
        "deleted_at": null,
    })
}
