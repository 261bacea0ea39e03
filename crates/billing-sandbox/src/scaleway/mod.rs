//! Scaleway's billing APIs.

mod account;
mod body;
mod budgets;
mod catalogue;
mod charges;
mod discounts;
mod electronic_addresses;
mod errors;
mod files;
mod finops;
mod invoices;
mod query;
mod state;
mod v2;
mod v2alpha1;
mod v2beta1;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::faults::{self, Faults};
use crate::ids;
use crate::server::{Server, Settings};
use account::{Account, ORGANIZATION_ID, PROJECT_IDS};
use errors::Error;

const ACCESS_KEY: &str = "SCWSANDBOX0000000000";
const SECRET_KEY: &str = "5a4db0c5-0000-4000-8000-5ec2e7000001";

/// Settings of the Scaleway side of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) invoices: usize,
    pub(crate) invoice_file_size: usize,
    pub(crate) charges: usize,
    pub(crate) fail_every: u64,
    pub(crate) stall: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            invoices: 120,
            invoice_file_size: 0,
            charges: 650,
            fail_every: 0,
            stall: Duration::from_secs(60),
        }
    }
}

/// The Scaleway side of a sandbox: its URL and the credentials that it accepts.
pub struct Scaleway {
    server: Server,
}

impl Scaleway {
    pub(crate) fn start(settings: Settings, options: &Options) -> io::Result<Self> {
        let account = Arc::new(Account::new(options, settings.today));
        let faults = Arc::new(Faults::new(
            options.fail_every,
            options.stall,
            errors::unavailable,
            errors::rate_limited,
        ));
        let router = Router::new()
            .merge(v2alpha1::routes())
            .merge(v2beta1::routes())
            .merge(finops::routes())
            .merge(v2::routes())
            .route_layer(middleware::from_fn_with_state(faults, faults::inject))
            .route_layer(middleware::from_fn(authenticate))
            .fallback(unknown_route)
            .method_not_allowed_fallback(unknown_route)
            .with_state(account)
            .layer(middleware::from_fn_with_state(Arc::new(AtomicU64::new(0)), add_headers));
        Ok(Self { server: Server::start(router, settings)? })
    }

    /// Returns the base URL, without a trailing slash: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns the secret key that the service accepts in `X-Auth-Token`.
    pub fn secret_key(&self) -> &str {
        SECRET_KEY
    }

    /// Returns the access key that belongs to the secret key.
    pub fn access_key(&self) -> &str {
        ACCESS_KEY
    }

    /// Returns the identifier of the only organization that the key has access to.
    pub fn organization_id(&self) -> &str {
        ORGANIZATION_ID
    }

    /// Returns the identifier of the organization's first project.
    pub fn project_id(&self) -> &str {
        PROJECT_IDS[0]
    }

    /// Returns the codes of the coupons. Each can be redeemed once.
    pub fn coupon_codes(&self) -> Vec<&'static str> {
        discounts::coupon_codes().collect()
    }

    /// Returns the environment variables that point Scaleway's SDKs and tools at this service.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SCW_API_URL", self.url()),
            ("SCW_ACCESS_KEY", ACCESS_KEY.to_owned()),
            ("SCW_SECRET_KEY", SECRET_KEY.to_owned()),
            ("SCW_DEFAULT_ORGANIZATION_ID", ORGANIZATION_ID.to_owned()),
            ("SCW_DEFAULT_PROJECT_ID", PROJECT_IDS[0].to_owned()),
            ("SCW_DEFAULT_REGION", "fr-par".to_owned()),
            ("SCW_DEFAULT_ZONE", "fr-par-1".to_owned()),
            ("SCW_INSECURE", "false".to_owned()),
        ]
    }

    /// The variables that select a profile, or that older tools read instead.
    pub(crate) fn conflicting_environment(&self) -> &'static [&'static str] {
        &[
            "SCW_PROFILE",
            "SCW_CONFIG_PATH",
            "SCW_TOKEN",
            "SCW_ORGANIZATION",
            "SCW_REGION",
            "SCW_ZONE",
            "SCW_TLSVERIFY",
            "SCALEWAY_ACCESS_KEY",
            "SCALEWAY_TOKEN",
            "SCALEWAY_ORGANIZATION",
            "SCALEWAY_REGION",
            "SCALEWAY_ZONE",
        ]
    }
}

/// Omits the keys.
impl fmt::Debug for Scaleway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scaleway")
            .field("url", &self.url())
            .field("organization_id", &self.organization_id())
            .field("project_id", &self.project_id())
            .finish_non_exhaustive()
    }
}

/// Lets a request pass only with the secret key.
async fn authenticate(request: Request, next: Next) -> Result<Response, Error> {
    match request.headers().get("x-auth-token") {
        Some(token) if token == SECRET_KEY => Ok(next.run(request).await),
        _ => Err(Error::DeniedAuthentication),
    }
}

async fn unknown_route() -> Error {
    Error::UnknownRoute
}

/// Adds the headers that the API gateway sets on every response.
async fn add_headers(
    State(responses): State<Arc<AtomicU64>>,
    request: Request,
    next: Next,
) -> Response {
    let id = ids::uuid("request", responses.fetch_add(1, Ordering::Relaxed));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("server", "Scaleway API Gateway (sandbox)"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    response
}
