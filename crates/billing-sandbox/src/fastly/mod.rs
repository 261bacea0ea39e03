//! Fastly's billing APIs.

mod address;
mod amount;
mod bills;
mod cursor;
mod customer;
mod errors;
mod query;
mod state;
mod usage;
mod v2;
mod v3;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::faults::{self, Faults};
use crate::server::{Server, Settings};
use errors::Error;
use state::Account;

const API_TOKEN: &str = "sandbox-token-0000000000000000000";
const CUSTOMER_ID: &str = "x4sandboxCustomer00001";

/// Settings of the Fastly side of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) invoices: usize,
    pub(crate) pending: u32,
    pub(crate) port: u16,
    pub(crate) fail_every: u64,
    pub(crate) stall: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { invoices: 120, pending: 1, port: 0, fail_every: 0, stall: Duration::from_secs(60) }
    }
}

/// The Fastly side of a sandbox: its URL and the credentials that it accepts.
pub struct Fastly {
    server: Server,
}

impl Fastly {
    pub(crate) fn start(settings: Settings, options: &Options) -> io::Result<Self> {
        let account = Arc::new(Account::new(options.invoices, options.pending, settings.today));
        let faults = Arc::new(Faults::new(
            options.fail_every,
            options.stall,
            errors::unavailable,
            errors::rate_limited,
        ));
        let router = Router::new()
            .merge(v2::routes())
            .merge(v3::routes())
            .merge(usage::routes())
            .merge(address::routes())
            .merge(customer::routes())
            .route_layer(middleware::from_fn_with_state(Arc::clone(&account), state::rate_limit))
            .route_layer(middleware::from_fn_with_state(faults, faults::inject))
            .route_layer(middleware::from_fn(authenticate))
            .fallback(unknown_route)
            .method_not_allowed_fallback(unknown_route)
            .with_state(account);
        Ok(Self { server: Server::start(router, Settings { port: options.port, ..settings })? })
    }

    /// Returns the base URL, without a trailing slash: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns the token that the service accepts in `Fastly-Key`.
    pub fn api_token(&self) -> &str {
        API_TOKEN
    }

    /// Returns the identifier of the only customer that the token has access to.
    pub fn customer_id(&self) -> &str {
        CUSTOMER_ID
    }

    /// Returns the environment variables that point Fastly's clients and tools at this service.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("FASTLY_API_URL", self.url()),
            ("FASTLY_API_ENDPOINT", self.url()),
            ("FASTLY_API_TOKEN", API_TOKEN.to_owned()),
            ("FASTLY_API_KEY", API_TOKEN.to_owned()),
        ]
    }
}

/// Omits the token.
impl fmt::Debug for Fastly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fastly").field("url", &self.url()).finish_non_exhaustive()
    }
}

async fn authenticate(request: Request, next: Next) -> Result<Response, Error> {
    let token = request.headers().get("fastly-key");
    if token.is_some_and(|token| token == API_TOKEN) {
        Ok(next.run(request).await)
    } else {
        Err(Error::InvalidKey)
    }
}

async fn unknown_route() -> Error {
    Error::UnknownRoute
}
