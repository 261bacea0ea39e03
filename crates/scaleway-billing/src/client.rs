use std::{fmt, sync::Arc, time::Duration};

use sdk_core::{
    CallOptions, Error, HeaderCredentials, Operation, Result, RetryBudget, Secret, environment,
    http::{Call, HttpClient, HttpClientBuilder, Service},
};

use crate::{
    config::{Setting, Settings},
    error::describe,
};

const API_URL: &str = "https://api.scaleway.com";

static SERVICE: Service = Service {
    user_agent: concat!("scaleway-billing/", env!("CARGO_PKG_VERSION")),
    request_id_header: "x-request-id",
    describe_error: describe,
};

/// Client for Scaleway's billing APIs: base URL, credentials, default parameters and connection
/// pool.
///
/// It is cheap to clone, and clones share connections and the retry budget. Building one sends
/// nothing and needs no runtime; calls need a Tokio runtime.
///
/// ```no_run
/// use scaleway_billing::{Client, v2, v2beta1};
///
/// # fn example() -> scaleway_billing::Result<()> {
/// let client = Client::from_env()?;
/// let billing = v2beta1::BillingApi::new(&client);
/// let budgets = v2::BillingApi::new(&client);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    http: HttpClient,
    defaults: Arc<Defaults>,
}

#[derive(Debug)]
struct Defaults {
    organization_id: Option<String>,
    project_id: Option<String>,
    page_size: Option<u32>,
}

impl Client {
    /// Creates a client that authenticates with this secret key and has no other settings.
    ///
    /// # Errors
    ///
    /// Fails if the key is not a UUID (8-4-4-4-12 hexadecimal digits).
    pub fn new(secret_key: impl Into<Secret>) -> Result<Self> {
        Self::builder().secret_key(secret_key).build()
    }

    /// Returns a builder with no settings. It reads neither the environment nor the configuration
    /// file.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a client from the environment and the active profile of the configuration file, like
    /// Scaleway's own tools. The environment takes precedence. See the [crate
    /// page](crate#authentication-and-configuration).
    ///
    /// # Errors
    ///
    /// Fails if a variable is malformed, if the file cannot be read or parsed, or if neither has a
    /// secret key. The message names the variable, or the file and its key.
    #[doc(alias = "SCW_SECRET_KEY")]
    #[doc(alias = "SCW_ACCESS_KEY")]
    #[doc(alias = "SCW_API_URL")]
    #[doc(alias = "SCW_DEFAULT_ORGANIZATION_ID")]
    #[doc(alias = "SCW_DEFAULT_PROJECT_ID")]
    #[doc(alias = "SCW_PROFILE")]
    #[doc(alias = "SCW_CONFIG_PATH")]
    #[doc(alias = "from_config_file_and_env")]
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// Creates a client from one profile of the configuration file, without settings from the
    /// environment. `default` is the profile at the top of the file.
    ///
    /// # Errors
    ///
    /// Fails if the profile or the file does not exist, or if the file cannot be parsed.
    #[cfg(feature = "config-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "config-file")))]
    pub fn from_profile(name: &str) -> Result<Self> {
        Self::builder_from_profile(name)?.build()
    }

    /// Like [`from_env`](Self::from_env), but returns the builder so that you can override
    /// settings.
    ///
    /// # Errors
    ///
    /// Same as `from_env`, except that a missing secret key is not an error.
    pub fn builder_from_env() -> Result<ClientBuilder> {
        Ok(ClientBuilder::with_settings(Settings::from_env(&environment::process)?))
    }

    /// Like [`from_profile`](Self::from_profile), but returns the builder so that you can override
    /// settings.
    ///
    /// # Errors
    ///
    /// Same as `from_profile`, except that a missing secret key is not an error.
    #[cfg(feature = "config-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "config-file")))]
    pub fn builder_from_profile(name: &str) -> Result<ClientBuilder> {
        let settings = Settings::from_profile(name, &environment::process)?;
        Ok(ClientBuilder::with_settings(settings))
    }

    /// Returns a client with other call options. Both clients share the connections and the retry
    /// budget.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { http: self.http.with_options(options), defaults: Arc::clone(&self.defaults) }
    }

    /// Returns the default organization, if one is set.
    #[must_use]
    pub fn default_organization_id(&self) -> Option<&str> {
        self.defaults.organization_id.as_deref()
    }

    /// Returns the default project, if one is set.
    #[must_use]
    pub fn default_project_id(&self) -> Option<&str> {
        self.defaults.project_id.as_deref()
    }

    /// Returns the default page size, if one is set.
    #[must_use]
    pub fn default_page_size(&self) -> Option<u32> {
        self.defaults.page_size
    }

    pub(crate) fn call(&self, operation: &'static Operation) -> Call<'_> {
        self.http.call(operation)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("http", &self.http)
            .field("defaults", &self.defaults)
            .finish()
    }
}

/// Builds a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use scaleway_billing::{CallOptions, Client, RetryBudget};
///
/// let client = Client::builder()
///     .secret_key("11111111-1111-1111-1111-111111111111")
///     .default_organization_id("22222222-2222-2222-2222-222222222222")
///     .user_agent("cost-report/1.0")
///     .connect_timeout(Duration::from_secs(5))
///     .options(CallOptions::new().timeout(Duration::from_secs(60)))
///     .retry_budget(RetryBudget::new(5, 10))
///     .build()?;
/// # Ok::<_, scaleway_billing::Error>(())
/// ```
///
/// [`Client::builder_from_env`] starts from the environment and the configuration file instead.
#[must_use = "a builder does nothing until it is built"]
#[derive(Debug)]
pub struct ClientBuilder {
    settings: Settings,
    session_token: Option<Secret>,
    page_size: Option<u32>,
    bypass_validation: bool,
    http: HttpClientBuilder,
}

impl ClientBuilder {
    fn new() -> Self {
        Self::with_settings(Settings::default())
    }

    fn with_settings(settings: Settings) -> Self {
        Self {
            settings,
            session_token: None,
            page_size: None,
            bypass_validation: false,
            http: HttpClient::builder(&SERVICE, API_URL),
        }
    }

    /// Sets the secret key of an API key (a UUID), which authenticates the client.
    #[doc(alias = "X-Auth-Token")]
    #[doc(alias = "BillingReadOnly")]
    #[doc(alias = "BillingManager")]
    #[doc(alias = "WithAuth")]
    pub fn secret_key(mut self, secret_key: impl Into<Secret>) -> Self {
        self.settings.secret_key = Some(Setting::on_builder("secret_key", secret_key.into()));
        self
    }

    /// Sets the access key of an API key. The client checks its format and never sends it, because
    /// Scaleway does not need it.
    pub fn access_key(mut self, access_key: impl Into<String>) -> Self {
        self.settings.access_key = Some(Setting::on_builder("access_key", access_key.into()));
        self
    }

    /// Sets the token (JWT) of a console session, which authenticates instead of a secret key. The
    /// client sends it in the `X-Session-Token` header.
    #[doc(alias = "X-Session-Token")]
    pub fn session_token(mut self, token: impl Into<Secret>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// Overrides the base URL (default: `https://api.scaleway.com`; no trailing slash). The client
    /// rejects plain `http` except for loopback addresses; see [`allow_http`](Self::allow_http).
    #[doc(alias = "host")]
    #[doc(alias = "base_url")]
    #[doc(alias = "WithAPIURL")]
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.settings.api_url = Some(Setting::on_builder("api_url", url.into()));
        self
    }

    /// Sets the default organization. The documentation of each operation states whether it uses
    /// the default.
    pub fn default_organization_id(mut self, id: impl Into<String>) -> Self {
        self.settings.default_organization_id =
            Some(Setting::on_builder("default_organization_id", id.into()));
        self
    }

    /// Sets the default project. The documentation of each operation states whether it uses the
    /// default.
    pub fn default_project_id(mut self, id: impl Into<String>) -> Self {
        self.settings.default_project_id =
            Some(Setting::on_builder("default_project_id", id.into()));
        self
    }

    /// Sets the default page size, used for requests that set none. Without it, methods whose names
    /// end in `_all` choose a page size, and other list methods leave it to Scaleway.
    pub fn default_page_size(mut self, page_size: u32) -> Self {
        self.page_size = Some(page_size);
        self
    }

    /// Appends a string to the `User-Agent` header, after `scaleway-billing/<version>`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.settings.user_agent = Some(Setting::on_builder("user_agent", suffix.into()));
        self
    }

    /// Disables the format checks on settings (keys, identifiers, URL, user agent), for services
    /// that implement Scaleway's API with identifiers in another format. The client still rejects
    /// plain `http` to other machines.
    pub fn bypass_validation(mut self, bypass: bool) -> Self {
        self.bypass_validation = bypass;
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

    /// Allows plain `http` to other machines, which sends the secret key unencrypted. The default is
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
    /// Fails if both the secret key and the session token are missing, if a setting is malformed,
    /// or if TLS cannot be set up.
    pub fn build(mut self) -> Result<Client> {
        if self.session_token.is_some() {
            // The session token authenticates instead.
            self.settings.secret_key = None;
        }
        if !self.bypass_validation {
            self.settings.validate()?;
        }
        let settings = self.settings;
        let credentials = match (&self.session_token, &settings.secret_key) {
            (Some(token), _) => HeaderCredentials::new(SESSION_TOKEN, token)?,
            (None, Some(secret_key)) => HeaderCredentials::new(AUTH_TOKEN, secret_key.value())?,
            (None, None) => return Err(Error::config(settings.missing_secret_key())),
        };
        let mut http = self.http;
        if let Some(url) = settings.api_url {
            http = http.base(url.value());
            http.check_base().map_err(|error| url.explain(&error))?;
        }
        if let Some(suffix) = settings.user_agent {
            http = http.user_agent_suffix(suffix.into_value());
        }
        Ok(Client {
            http: http.build(credentials)?,
            defaults: Arc::new(Defaults {
                organization_id: settings.default_organization_id.map(Setting::into_value),
                project_id: settings.default_project_id.map(Setting::into_value),
                page_size: self.page_size,
            }),
        })
    }
}

const AUTH_TOKEN: http::HeaderName = http::HeaderName::from_static("x-auth-token");
const SESSION_TOKEN: http::HeaderName = http::HeaderName::from_static("x-session-token");
