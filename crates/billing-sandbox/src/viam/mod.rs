//! Viam's billing service and its authentication, over gRPC.

mod account;
mod service;
mod tokens;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tonic::service::Routes;
use viam_billing::server::auth::auth_service_server::AuthServiceServer;
use viam_billing::server::v1::billing_service_server::BillingServiceServer;

use crate::server::{Server, Settings};
use account::{LOCATION_ID, ORGANIZATION_ID};
use service::Service;
use tokens::{API_KEY, API_KEY_ID};

/// Settings of the Viam side of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) token_lifetime: Duration,
    pub(crate) flaky_start: u64,
    pub(crate) fail_every: u64,
    pub(crate) port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self { token_lifetime: Duration::from_secs(3600), flaky_start: 0, fail_every: 0, port: 0 }
    }
}

/// The Viam side of a sandbox: its URL and the credentials that it accepts.
pub struct Viam {
    server: Server,
}

impl Viam {
    pub(crate) fn start(
        settings: Settings,
        options: &Options,
        invoice_file_size: usize,
    ) -> io::Result<Self> {
        let service = Service::new(options, invoice_file_size, settings.today);
        let router = Routes::new(AuthServiceServer::from_arc(Arc::clone(&service)))
            .add_service(BillingServiceServer::from_arc(service))
            .into_axum_router();
        Ok(Self { server: Server::start(router, Settings { port: options.port, ..settings })? })
    }

    /// Returns the URL, without TLS: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns the API key that the service exchanges for access tokens.
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// Returns the id of the API key.
    pub fn api_key_id(&self) -> &str {
        API_KEY_ID
    }

    /// Returns the identifier of the only organization that the key can read and charge.
    pub fn organization_id(&self) -> &str {
        ORGANIZATION_ID
    }

    /// Returns the identifier of the organization's only location.
    pub fn location_id(&self) -> &str {
        LOCATION_ID
    }

    /// Returns the environment variables that point `viam-billing` at this service.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("VIAM_API_URL", self.url()),
            ("VIAM_API_KEY", API_KEY.to_owned()),
            ("VIAM_API_KEY_ID", API_KEY_ID.to_owned()),
            ("VIAM_PRIMARY_ORG_ID", ORGANIZATION_ID.to_owned()),
        ]
    }
}

/// Omits the key.
impl fmt::Debug for Viam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viam")
            .field("url", &self.url())
            .field("organization_id", &self.organization_id())
            .finish_non_exhaustive()
    }
}
