use std::ffi::OsString;

use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use sdk_core::{
    CallOptions, Error, HeaderCredentials, Operation, Result, Secret,
    http::{Call, ErrorDescription, HttpClient, HttpClientBuilder, Service},
};
use serde::Deserialize;

const API_URL: &str = "https://api.example.com";
const TOKEN_VARIABLE: &str = "ACME_API_TOKEN";
const URL_VARIABLE: &str = "ACME_API_URL";

static SERVICE: Service = Service {
    user_agent: concat!("acme-billing/", env!("CARGO_PKG_VERSION")),
    request_id_header: "x-request-id",
    describe_error,
};

/// Reads the body of an error response. A body in another format is ignored.
fn describe_error(_: StatusCode, _: &HeaderMap, body: &[u8]) -> ErrorDescription {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Body {
        code: Option<String>,
        message: Option<String>,
    }
    let Body { code, message } = serde_json::from_slice(body).unwrap_or_default();
    ErrorDescription { code, message, ..ErrorDescription::default() }
}

/// Client for Acme's billing API: base URL, credentials and connection pool.
///
/// It is cheap to clone, and clones share connections and the retry budget. Building one sends
/// nothing and needs no runtime; calls need a Tokio runtime.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient,
}

impl Client {
    /// Creates a client that authenticates with this API token.
    ///
    /// # Errors
    ///
    /// Fails if the token is empty, or contains a character that is not allowed in a header.
    pub fn new(api_token: impl Into<Secret>) -> Result<Self> {
        Self::builder().api_token(api_token).build()
    }

    /// Returns a builder with no settings. It does not read the environment.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { api_token: None, http: HttpClient::builder(&SERVICE, API_URL) }
    }

    /// Creates a client from `ACME_API_TOKEN` and, if it is set, `ACME_API_URL`.
    ///
    /// # Errors
    ///
    /// Fails if the token is missing, or if a variable is empty or malformed. The message names the
    /// variable.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_lookup(&|name| std::env::var_os(name))?.build()
    }

    /// Returns a client with other call options. Both clients share the connections and the retry
    /// budget.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { http: self.http.with_options(options) }
    }

    pub(crate) fn call(&self, operation: &'static Operation) -> Call<'_> {
        self.http.call(operation)
    }
}

/// Builds a [`Client`].
#[must_use = "a builder does nothing until it is built"]
#[derive(Debug)]
pub struct ClientBuilder {
    api_token: Option<Secret>,
    http: HttpClientBuilder,
}

impl ClientBuilder {
    fn from_lookup(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self> {
        let mut builder = Client::builder();
        if let Some(token) = variable(lookup, TOKEN_VARIABLE)? {
            builder = builder.api_token(token);
        }
        if let Some(url) = variable(lookup, URL_VARIABLE)? {
            builder = builder.api_url(url);
        }
        Ok(builder)
    }

    /// Sets the API token, sent as `Authorization: Bearer`.
    pub fn api_token(mut self, token: impl Into<Secret>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// Overrides the base URL. Plain `http` is rejected except for loopback addresses.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.http = self.http.base(url);
        self
    }

    /// Sets the default options of all calls; [`Client::with_options`] overrides them.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.http = self.http.options(options);
        self
    }

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// Fails if the token is missing or empty, if a setting is malformed, or if TLS cannot be set
    /// up.
    pub fn build(self) -> Result<Client> {
        let Some(token) = self.api_token.filter(|token| !token.expose().trim().is_empty()) else {
            return Err(Error::config(format!(
                "the API token is missing: set {TOKEN_VARIABLE}, or `api_token` on the builder"
            )));
        };
        let bearer = Secret::from(format!("Bearer {}", token.expose()));
        let credentials = HeaderCredentials::new(AUTHORIZATION, &bearer)?;
        Ok(Client { http: self.http.build(credentials)? })
    }
}

/// Returns the value of a variable, which must not be empty.
fn variable(lookup: &dyn Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<String>> {
    match lookup(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) if value.trim().is_empty() => {
            Err(Error::config(format!("{name} is set but empty: fill it, or unset it")))
        }
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Error::config(format!("{name} is not valid Unicode: correct it"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_and_its_mistakes_are_named() {
        let build = |variables: &[(&str, &str)]| {
            let lookup = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            };
            ClientBuilder::from_lookup(&lookup)?.build()
        };
        let shown = format!("{:?}", build(&[(TOKEN_VARIABLE, "example-token")]).unwrap());
        assert!(shown.contains(API_URL) && !shown.contains("example-token"), "{shown}");
        for (variables, name) in [
            (vec![], TOKEN_VARIABLE),
            (vec![(TOKEN_VARIABLE, " ")], TOKEN_VARIABLE),
            (vec![(TOKEN_VARIABLE, "x"), (URL_VARIABLE, "")], URL_VARIABLE),
        ] {
            let error = build(&variables).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
