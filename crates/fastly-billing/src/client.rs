use std::{fmt, time::Duration};

use sdk_core::{
    CallOptions, Error, HeaderCredentials, Operation, Result, RetryBudget, Secret,
    environment::{self, Lookup, variable},
    http::{Call, HttpClient, HttpClientBuilder, Service},
};

use crate::error::describe;

const API_URL: &str = "https://api.fastly.com";
const TOKEN_VARIABLE: &str = "FASTLY_API_TOKEN";
/// The variable of Fastly's Go library and Terraform provider, then that of its command line tool.
const URL_VARIABLES: [&str; 2] = ["FASTLY_API_URL", "FASTLY_API_ENDPOINT"];
const KEY_HEADER: http::HeaderName = http::HeaderName::from_static("fastly-key");

static SERVICE: Service = Service {
    user_agent: concat!("fastly-billing/", env!("CARGO_PKG_VERSION")),
    request_id_header: "x-request-id",
    describe_error: describe,
};

/// Client for Fastly's billing APIs: base URL, credentials and connection pool.
///
/// It is cheap to clone, and clones share connections and the retry budget. Building one sends
/// nothing and needs no runtime; calls need a Tokio runtime.
///
/// ```no_run
/// use fastly_billing::{Client, v3};
///
/// # fn example() -> fastly_billing::Result<()> {
/// let client = Client::from_env()?;
/// let invoices = v3::BillingInvoicesApi::new(&client);
/// let usage = v3::BillingUsageMetricsApi::new(&client);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    http: HttpClient,
}

impl Client {
    /// Creates a client that authenticates with this API token and has no other settings.
    ///
    /// # Errors
    ///
    /// Fails if the token is empty or contains a character that is not allowed in a header.
    pub fn new(api_token: impl Into<Secret>) -> Result<Self> {
        Self::builder().api_token(api_token).build()
    }

    /// Returns a builder with no settings. It does not read the environment.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a client from the environment: `FASTLY_API_TOKEN`, and the base URL in
    /// `FASTLY_API_URL` or `FASTLY_API_ENDPOINT`. See the [crate
    /// page](crate#authentication-and-configuration).
    ///
    /// # Errors
    ///
    /// Fails if the token is missing, or if a variable is malformed. The message names the
    /// variable.
    #[doc(alias = "FASTLY_API_TOKEN")]
    #[doc(alias = "FASTLY_API_URL")]
    #[doc(alias = "FASTLY_API_ENDPOINT")]
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// Like [`from_env`](Self::from_env), but returns the builder so that you can override
    /// settings.
    ///
    /// # Errors
    ///
    /// Same as `from_env`, except that a missing token is not an error.
    pub fn builder_from_env() -> Result<ClientBuilder> {
        ClientBuilder::from_lookup(&environment::process)
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("http", &self.http).finish()
    }
}

/// Builds a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use fastly_billing::{CallOptions, Client, RetryBudget};
///
/// let client = Client::builder()
///     .api_token("<API token>")
///     .user_agent("cost-report/1.0")
///     .connect_timeout(Duration::from_secs(5))
///     .options(CallOptions::new().timeout(Duration::from_secs(60)))
///     .retry_budget(RetryBudget::new(5, 10))
///     .build()?;
/// # Ok::<_, fastly_billing::Error>(())
/// ```
///
/// [`Client::builder_from_env`] starts from the environment instead.
#[must_use = "a builder does nothing until it is built"]
#[derive(Debug)]
pub struct ClientBuilder {
    api_token: Option<Secret>,
    api_key_prefix: Option<String>,
    /// The variable that the URL was read from.
    url_variable: Option<&'static str>,
    http: HttpClientBuilder,
}

impl ClientBuilder {
    fn new() -> Self {
        let http = HttpClient::builder(&SERVICE, API_URL);
        Self { api_token: None, api_key_prefix: None, url_variable: None, http }
    }

    /// Starts with the settings that `lookup` finds in the environment.
    fn from_lookup(lookup: &Lookup<'_>) -> Result<Self> {
        let mut builder = Self::new();
        if let Some(token) = variable(lookup, TOKEN_VARIABLE)? {
            builder = builder.api_token(token);
        }
        for name in URL_VARIABLES {
            if let Some(url) = variable(lookup, name)? {
                builder = builder.api_url(url);
                builder.url_variable = Some(name);
                break;
            }
        }
        Ok(builder)
    }

    /// Sets the API token, which the client sends in the `Fastly-Key` header.
    #[doc(alias = "Fastly-Key")]
    #[doc(alias = "api_key")]
    #[doc(alias = "FASTLY_API_KEY")]
    pub fn api_token(mut self, token: impl Into<Secret>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// Sets a prefix for the API token in the header, for a gateway that requires one. With
    /// `Bearer`, for example, the client sends `Fastly-Key: Bearer <token>`. There is no prefix by
    /// default; Fastly itself does not use one.
    pub fn api_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.api_key_prefix = Some(prefix.into());
        self
    }

    /// Overrides the base URL (default: `https://api.fastly.com`). The client rejects plain `http`
    /// except for loopback addresses; see [`allow_http`](Self::allow_http).
    #[doc(alias = "host")]
    #[doc(alias = "base_url")]
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.http = self.http.base(url);
        self.url_variable = None;
        self
    }

    /// Appends a string to the `User-Agent` header, after `fastly-billing/<version>`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.http = self.http.user_agent_suffix(suffix);
        self
    }

    /// Sets the default options of all calls; [`Client::with_options`] overrides them.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.http = self.http.options(options);
        self
    }

    /// Sets the limit on retries over all calls of the client. The default is
    /// [`RetryBudget::default`].
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.http = self.http.retry_budget(budget);
        self
    }

    /// Sets the time limit for establishing a connection. The default is 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.connect_timeout(timeout);
        self
    }

    /// Allows plain `http` to other machines, which sends the token unencrypted. The default is
    /// `false`.
    #[doc(alias = "insecure")]
    #[doc(alias = "allow_plaintext")]
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.http = self.http.allow_http(allow);
        self
    }

    /// Trusts the certificates in a PEM string, in addition to those of the operating system.
    ///
    /// # Errors
    ///
    /// Fails if the string is not PEM or contains no certificate.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self> {
        self.http = self.http.add_root_certificates(pem)?;
        Ok(self)
    }

    /// Changes other settings of the HTTP transport, such as its proxy. The client's own settings
    /// for redirects (which it never follows), referer, retries, TLS and user agent take
    /// precedence.
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = self.http.configure_http(configure);
        self
    }

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// Fails if the token is missing or empty, if a setting is malformed, or if TLS cannot be set
    /// up.
    pub fn build(self) -> Result<Client> {
        let Some(token) = self.api_token else {
            return Err(Error::config(format!(
                "the API token is missing: set {TOKEN_VARIABLE}, or `api_token` on the builder"
            )));
        };
        if token.expose().trim().is_empty() {
            return Err(Error::config("the API token is empty: `api_token` needs one"));
        }
        if let Some(name) = self.url_variable {
            let explain = |error: Error| Error::config(format!("{name}: {}", error.message()));
            self.http.check_base().map_err(explain)?;
        }
        let key = match self.api_key_prefix {
            Some(prefix) => Secret::from(format!("{prefix} {}", token.expose())),
            None => token,
        };
        let credentials = HeaderCredentials::new(KEY_HEADER, &key)?;
        Ok(Client { http: self.http.build(credentials)? })
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use sdk_core::ErrorKind;

    use super::*;

    fn build(variables: &[(&str, &str)]) -> Result<Client> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        ClientBuilder::from_lookup(&lookup)?.build()
    }

    #[test]
    fn the_environment_is_read_and_its_mistakes_are_named() {
        let token = ("FASTLY_API_TOKEN", "example-token");
        for (variables, expected) in [
            (vec![token], "https://api.fastly.com/"),
            (
                vec![token, ("FASTLY_API_URL", "https://a.example.com/x/")],
                "https://a.example.com/x",
            ),
            (vec![token, ("FASTLY_API_ENDPOINT", "http://127.0.0.1:8080")], "127.0.0.1:8080"),
            (
                vec![
                    token,
                    ("FASTLY_API_ENDPOINT", "https://b.example.com"),
                    ("FASTLY_API_URL", "https://a.example.com"),
                ],
                "https://a.example.com",
            ),
        ] {
            let shown = format!("{:?}", build(&variables).unwrap());
            assert!(shown.contains(expected) && !shown.contains("example-token"), "{shown}");
        }
        for (variables, expected) in [
            (vec![], "FASTLY_API_TOKEN"),
            (vec![("FASTLY_API_TOKEN", "")], "`FASTLY_API_TOKEN` is set but empty"),
            (vec![("FASTLY_API_TOKEN", " \n")], "`FASTLY_API_TOKEN` is set but empty"),
            (vec![token, ("FASTLY_API_URL", "")], "`FASTLY_API_URL` is set but empty"),
            (vec![token, ("FASTLY_API_ENDPOINT", "")], "`FASTLY_API_ENDPOINT` is set but empty"),
            (vec![token, ("FASTLY_API_URL", "api.fastly.com")], "FASTLY_API_URL: the base URL"),
            (vec![token, ("FASTLY_API_ENDPOINT", "http://api.example.com")], "FASTLY_API_ENDPOINT"),
            (vec![("FASTLY_API_TOKEN", "a\nb")], "a character that is not allowed in a header"),
        ] {
            let error = build(&variables).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(Client::new("").unwrap_err().to_string().contains("`api_token`"));
    }
}
