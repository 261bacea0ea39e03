use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, StatusCode};
use rustls_pki_types::CertificateDer;
use url::{Host, Url};

use super::{Call, ErrorDescription, tls};
use crate::{
    CallOptions, Credentials, Error, Operation, Result, RetryBudget, certificate::certificates,
    telemetry::Server,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than the keep-alive of most gateways, so that few calls use a connection that has just
/// been closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The vendor's settings for the transport.
#[derive(Debug)]
pub struct Service {
    /// Name and version of the vendor crate, sent as `User-Agent`: `example-billing/0.1.0`.
    pub user_agent: &'static str,
    /// Response header that identifies a request, in lower case.
    pub request_id_header: &'static str,
    /// Parses the body of an error. It must not fail; it omits what it cannot parse.
    pub describe_error: fn(StatusCode, &HeaderMap, &[u8]) -> ErrorDescription,
}

/// Makes calls over HTTP. Cheap to clone; clones share connections and the retry budget.
#[derive(Clone)]
pub struct HttpClient {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    service: &'static Service,
    http: reqwest::Client,
    base: Url,
    server: Server,
    credentials: Arc<dyn Credentials>,
    budget: RetryBudget,
}

impl HttpClient {
    /// Creates a builder of a client for `service` with the base URL `base`.
    pub fn builder(service: &'static Service, base: impl Into<String>) -> HttpClientBuilder {
        HttpClientBuilder {
            service,
            base: base.into(),
            user_agent_suffix: None,
            allow_http: false,
            connect_timeout: CONNECT_TIMEOUT,
            roots: Vec::new(),
            configure: None,
            options: CallOptions::new(),
            budget: RetryBudget::default(),
        }
    }

    /// Starts a call.
    pub fn call(&self, operation: &'static Operation) -> Call<'_> {
        Call::new(self, operation)
    }

    /// Returns a client with other call options.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options: options.or(&self.options) }
    }

    pub(super) fn server(&self) -> &Server {
        &self.shared.server
    }

    pub(super) fn service(&self) -> &'static Service {
        self.shared.service
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    pub(super) fn credentials(&self) -> &dyn Credentials {
        &*self.shared.credentials
    }

    pub(super) fn options(&self) -> &CallOptions {
        &self.options
    }

    pub(super) fn budget(&self) -> &RetryBudget {
        &self.shared.budget
    }

    /// Returns the URL of an encoded path under the base, with its query.
    pub(super) fn url(&self, path: &str, query: &[(&'static str, String)]) -> Url {
        let mut url = self.shared.base.clone();
        let prefix = url.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base", &self.shared.base.as_str())
            .field("credentials", &self.shared.credentials)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Builds an [`HttpClient`].
#[must_use = "a builder does nothing until it is built"]
pub struct HttpClientBuilder {
    service: &'static Service,
    base: String,
    user_agent_suffix: Option<String>,
    allow_http: bool,
    connect_timeout: Duration,
    roots: Vec<CertificateDer<'static>>,
    configure: Option<Configure>,
    options: CallOptions,
    budget: RetryBudget,
}

type Configure = Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>;

impl HttpClientBuilder {
    /// Overrides the base URL.
    pub fn base(mut self, base: impl Into<String>) -> Self {
        self.base = base.into();
        self
    }

    /// Appends a string to the `User-Agent` header, after the crate's name and version.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Allows plain `http` to other machines. Credentials are then sent unencrypted.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets the time limit for establishing a connection; 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts the certificates in a PEM string, in addition to those of the operating system.
    ///
    /// # Errors
    ///
    /// Fails if the string is not PEM or contains no certificate.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self> {
        self.roots.extend(certificates(pem)?);
        Ok(self)
    }

    /// Changes other settings of the transport. Redirect, referer and retry policy, TLS and user
    /// agent are set afterwards and cannot be changed here.
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.configure = Some(match self.configure.take() {
            Some(first) => Box::new(|builder| configure(first(builder))),
            None => Box::new(configure),
        });
        self
    }

    /// Sets the default options of calls.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options.or(&self.options);
        self
    }

    /// Sets the limit on retries over all calls.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Checks the URL, as [`build`](Self::build) does.
    ///
    /// # Errors
    ///
    /// Fails if the URL is invalid. The message describes the problem and does not repeat the URL.
    pub fn check_base(&self) -> Result<()> {
        parse_base(&self.base, self.allow_http).map(|_| ())
    }

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// Fails if the URL or the user agent is invalid, or if TLS cannot be set up.
    pub fn build(self, credentials: impl Credentials + 'static) -> Result<HttpClient> {
        let base = parse_base(&self.base, self.allow_http)?;
        let user_agent = match &self.user_agent_suffix {
            Some(suffix) => format!("{} {suffix}", self.service.user_agent),
            None => self.service.user_agent.to_owned(),
        };
        let user_agent = HeaderValue::from_str(&user_agent).map_err(|_| {
            Error::config("the user agent has a character that is not allowed in a header")
        })?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if is_loopback(&base) {
            // Loopback is never reached through a proxy.
            builder = builder.no_proxy();
        }
        if let Some(configure) = self.configure {
            builder = configure(builder);
        }
        let http = builder
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // Bodies are decoded by this crate, and only in requested encodings.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .retry(reqwest::retry::never())
            .user_agent(user_agent)
            .tls_backend_preconfigured(tls::configuration(self.roots, base.scheme() == "https")?)
            .build()
            .map_err(|error| {
                Error::config("the HTTP client cannot be set up").with_source(error.without_url())
            })?;
        Ok(HttpClient {
            shared: Arc::new(Shared {
                service: self.service,
                http,
                server: Server::new(
                    base.host_str().unwrap_or_default(),
                    base.port_or_known_default().unwrap_or_default(),
                ),
                base,
                credentials: Arc::new(credentials),
                budget: self.budget,
            }),
            options: self.options,
        })
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("user_agent_suffix", &self.user_agent_suffix)
            .field("allow_http", &self.allow_http)
            .field("connect_timeout", &self.connect_timeout)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn parse_base(text: &str, allow_http: bool) -> Result<Url> {
    // The URL is not repeated, since it may contain a secret by mistake.
    let refuse = |reason: &str| Err(Error::config(format!("the base URL {reason}")));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL: write it as https://host, with nothing before or after it");
    };
    if url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
        return refuse("must begin with https:// and a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not contain a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not have a query or a fragment");
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return refuse(
            "is plain http, which sends the credentials unencrypted: use https, or allow \
             http on the builder",
        );
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for (base, here, anywhere) in [
            ("https://api.example.com", true, true),
            ("https://api.example.com/prefix", true, true),
            ("http://127.0.0.1:8080", true, true),
            ("http://127.8.9.10", true, true),
            ("http://[::1]:8080", true, true),
            ("http://LOCALHOST", true, true),
            ("http://api.example.com", false, true),
            ("http://localhost.example.com", false, true),
            ("http://127.0.0.1.example.com", false, true),
            ("http://0.0.0.0", false, true),
            ("http://192.168.1.1", false, true),
            ("http://[::]", false, true),
            ("ftp://127.0.0.1", false, false),
            ("api.example.com", false, false),
            ("https://", false, false),
            ("https://user@api.example.com", false, false),
            ("https://:word@api.example.com", false, false),
            ("https://api.example.com?x=1", false, false),
            ("https://api.example.com#x", false, false),
            ("", false, false),
        ] {
            assert_eq!(parse_base(base, false).is_ok(), here, "{base}");
            assert_eq!(parse_base(base, true).is_ok(), anywhere, "{base}");
        }
    }
}
