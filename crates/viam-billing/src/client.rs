use std::{fmt, sync::Arc, time::Duration};

use http::header::AUTHORIZATION;
use sdk_core::{
    CallOptions, Credentials, Error, HeaderCredentials, Result, RetryBudget, Secret,
    environment::{self, Lookup},
    grpc::{Channel, GrpcClient, GrpcClientBuilder, Service},
};

use crate::{token::TokenSource, v1::BillingClient};

const API_URL: &str = "app.viam.com:443";

const API_KEY: &str = "VIAM_API_KEY";
const API_KEY_ID: &str = "VIAM_API_KEY_ID";
/// A variable of this crate; Viam's own tools have none for the URL.
const API_URL_VARIABLE: &str = "VIAM_API_URL";

static SERVICE: Service = Service {
    user_agent: concat!("viam-billing/", env!("CARGO_PKG_VERSION")),
    // Language, version of the SDK, and version of the API that the SDK was made for.
    metadata: &[("viam_client", concat!("rust;v", env!("CARGO_PKG_VERSION"), ";v0.1.601"))],
};

/// Client for Viam: base URL, API key, connection and access token.
///
/// [`billing_client`](Self::billing_client) returns the API. A client is cheap to clone, and clones
/// share the connection, the token and the retry budget. Building one sends nothing and needs no
/// runtime; the first call connects and authenticates. A connection belongs to the Tokio runtime of
/// the call that opened it; a call on another runtime opens a new one. Connections close when the
/// last clone is dropped.
///
/// ```no_run
/// use viam_billing::ViamClient;
///
/// # fn example() -> viam_billing::Result<()> {
/// let client = ViamClient::from_env()?;
/// let billing = client.billing_client();
/// # Ok(())
/// # }
/// ```
#[doc(alias = "AppClient")]
#[derive(Clone)]
pub struct ViamClient {
    grpc: GrpcClient,
}

impl ViamClient {
    /// Creates a client that authenticates with this API key and has no other settings. The
    /// arguments come in the order of Viam's own SDKs: the key, then its id.
    ///
    /// # Errors
    ///
    /// Fails if one of them is empty or contains white space, or if TLS cannot be set up.
    #[doc(alias = "with_api_key")]
    #[doc(alias = "create_from_api_key")]
    pub fn new(api_key: impl Into<Secret>, api_key_id: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key, api_key_id).build()
    }

    /// Returns a builder with no settings. It does not read the environment.
    #[doc(alias = "create_from_dial_options")]
    #[doc(alias = "DialOptions")]
    pub fn builder() -> ViamClientBuilder {
        ViamClientBuilder {
            key: None,
            access_token: None,
            grpc: GrpcClient::builder(&SERVICE, API_URL),
        }
    }

    /// Creates a client with the settings of the environment; see the
    /// [crate page](crate#authentication-and-configuration).
    ///
    /// # Errors
    ///
    /// Fails if a variable is missing, empty or malformed. The message names the variable.
    #[doc(alias = "create_from_env_vars")]
    #[doc(alias = "VIAM_API_KEY")]
    #[doc(alias = "VIAM_API_KEY_ID")]
    #[doc(alias = "VIAM_API_URL")]
    pub fn from_env() -> Result<Self> {
        Self::builder_from_env()?.build()
    }

    /// Like [`from_env`](Self::from_env), but returns the builder so that you can override
    /// settings.
    ///
    /// # Errors
    /// Same as `from_env`.
    pub fn builder_from_env() -> Result<ViamClientBuilder> {
        builder_from(&environment::process)
    }

    /// Returns a client with other call options. Both clients share the connection, the token and
    /// the retry budget.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { grpc: self.grpc.with_options(options) }
    }

    /// Returns the billing API.
    #[doc(alias = "BillingService")]
    #[must_use]
    pub fn billing_client(&self) -> BillingClient {
        BillingClient::new(self.grpc.clone())
    }
}

impl fmt::Debug for ViamClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViamClient").field("grpc", &self.grpc).finish()
    }
}

fn builder_from(lookup: &Lookup<'_>) -> Result<ViamClientBuilder> {
    let required = |name: &str| {
        environment::variable(lookup, name)?
            .ok_or_else(|| Error::config(format!("`{name}` is not set")))
    };
    for name in [API_KEY, API_KEY_ID] {
        if required(name)?.contains(char::is_whitespace) {
            let reason = "has white space in it (a line break at its end, perhaps)";
            return Err(Error::config(format!("`{name}` {reason}")));
        }
    }
    let builder = ViamClient::builder().api_key(required(API_KEY)?, required(API_KEY_ID)?);
    Ok(match environment::variable(lookup, API_URL_VARIABLE)? {
        Some(url) => builder.api_url(url),
        None => builder,
    })
}

/// Builds a [`ViamClient`].
///
/// ```no_run
/// use std::time::Duration;
/// use viam_billing::{CallOptions, RetryBudget, ViamClient};
///
/// let client = ViamClient::builder()
///     .api_key("<API key>", "<id of the API key>")
///     .user_agent("cost-report/1.0")
///     .connect_timeout(Duration::from_secs(5))
///     .options(CallOptions::new().timeout(Duration::from_secs(60)))
///     .retry_budget(RetryBudget::new(5, 10))
///     .build()?;
/// # Ok::<_, viam_billing::Error>(())
/// ```
///
/// [`ViamClient::builder_from_env`] starts from the environment instead.
#[doc(alias = "DialOptions")]
#[must_use = "a builder does nothing until it is built"]
#[derive(Debug)]
pub struct ViamClientBuilder {
    key: Option<(Secret, String)>,
    access_token: Option<Secret>,
    grpc: GrpcClientBuilder,
}

impl ViamClientBuilder {
    /// Sets the API key and its id. Billing operations require a key with the owner role of the
    /// organization.
    #[doc(alias = "with_api_key")]
    #[doc(alias = "Credentials")]
    pub fn api_key(mut self, key: impl Into<Secret>, id: impl Into<String>) -> Self {
        self.key = Some((key.into(), id.into()));
        self
    }

    /// Sets a ready access token, such as that of a login, instead of an API key. The client sends
    /// it unchanged and cannot renew it: when it expires, every call fails with
    /// [`is_auth`](Error::is_auth).
    #[doc(alias = "auth_entity")]
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Overrides the base URL (default: `https://app.viam.com:443`). A URL without a scheme (`host` or `host:port`)
    /// uses `https`. The client rejects plain `http` except for loopback addresses; see
    /// [`allow_http`](Self::allow_http).
    #[doc(alias = "address")]
    #[doc(alias = "app_url")]
    #[doc(alias = "host")]
    #[doc(alias = "base_url")]
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.grpc = self.grpc.address(url);
        self
    }

    /// Uses a channel of your own: through a proxy, or to a server in the same process.
    ///
    /// The channel determines base URL, certificates, connect timeout and user agent, so
    /// [`build`](Self::build) rejects a builder that sets them as well. The client cannot tell
    /// whether the channel uses TLS, and sends the API key to whatever server it connects to. A
    /// channel works only on the Tokio runtime that created it; calls on another runtime fail with
    /// an error that explains this.
    ///
    /// This example connects through an HTTP proxy, which tunnels the connection (`CONNECT`). TLS
    /// still runs end to end between the client and Viam:
    ///
    /// ```no_run
    /// use hyper_util::client::legacy::connect::{HttpConnector, proxy::Tunnel};
    /// use tonic::transport::{ClientTlsConfig, Endpoint};
    /// use viam_billing::ViamClient;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = Tunnel::new("http://proxy.example.com:3128".parse()?, HttpConnector::new());
    /// let channel = Endpoint::from_static("https://app.viam.com:443")
    ///     .tls_config(ClientTlsConfig::new().with_native_roots())?
    ///     .connect_with_connector_lazy(proxy);
    /// let client = ViamClient::builder()
    ///     .api_key("<API key>", "<id of the API key>")
    ///     .channel(channel)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "proxy")]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.grpc = self.grpc.channel(channel);
        self
    }

    /// Adds metadata to every call, including the exchange of the API key. `Debug` never shows the
    /// value. [`build`](Self::build) rejects a name that the client sets itself, such as
    /// `authorization` or `viam_client`.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.grpc = self.grpc.metadata(name, value);
        self
    }

    /// Appends a string to the `User-Agent` header, after `viam-billing/<version>`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.grpc = self.grpc.user_agent_suffix(suffix);
        self
    }

    /// Sets the default options of all calls; [`ViamClient::with_options`] overrides them.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.grpc = self.grpc.options(options);
        self
    }

    /// Sets the limit on retries over all calls of the client. The default is
    /// [`RetryBudget::default`].
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.grpc = self.grpc.retry_budget(budget);
        self
    }

    /// Sets the time limit for establishing a connection, including the name lookup. The default is
    /// 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.grpc = self.grpc.connect_timeout(timeout);
        self
    }

    /// Allows plain `http`, without TLS, to other machines, which sends the API key unencrypted. The
    /// default is `false`.
    #[doc(alias = "insecure")]
    #[doc(alias = "allow_plaintext")]
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.grpc = self.grpc.allow_plaintext(allow);
        self
    }

    /// Trusts the certificates in a PEM string, in addition to those of the operating system.
    ///
    /// # Errors
    ///
    /// Fails if the string is not PEM or contains no certificate.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self> {
        self.grpc = self.grpc.add_root_certificates(pem)?;
        Ok(self)
    }

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// Fails unless exactly one of API key and access token is set; if a setting is malformed; if a
    /// channel is combined with settings that it determines; or if TLS cannot be set up.
    pub fn build(self) -> Result<ViamClient> {
        let check = |what: &str, text: &str| {
            if text.is_empty() || text.contains(char::is_whitespace) {
                let reason = "is empty or has white space in it";
                return Err(Error::config(format!("the {what} {reason}")));
            }
            Ok(())
        };
        let (bare, credentials): (_, Arc<dyn Credentials>) = match (self.key, self.access_token) {
            (Some((key, key_id)), None) => {
                check("API key", key.expose())?;
                check("id of the API key", &key_id)?;
                let bare = self.grpc.build()?;
                let tokens = TokenSource::new(&bare, key_id, key);
                (bare, Arc::new(tokens))
            }
            (None, Some(token)) => {
                check("access token", token.expose())?;
                let value = Secret::from(format!("Bearer {}", token.expose()));
                (self.grpc.build()?, Arc::new(HeaderCredentials::new(AUTHORIZATION, &value)?))
            }
            (Some(_), Some(_)) => {
                let text = "both an API key and an access token are set: set only one of them";
                return Err(Error::config(text));
            }
            (None, None) => {
                let text = "the API key and the access token are missing: set one on the builder";
                return Err(Error::config(text));
            }
        };
        Ok(ViamClient { grpc: bare.with_credentials(credentials) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<ViamClient> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        };
        builder_from(&lookup)?.build()
    }

    #[test]
    fn the_environment_is_read() {
        let key = (API_KEY, "s3cret");
        let id = (API_KEY_ID, "11111111-1111-1111-1111-111111111111");
        let local = (API_URL_VARIABLE, "http://127.0.0.1:1");
        let client = from(&[key, id, local]).unwrap();
        let debug = format!("{client:?}");
        assert!(debug.contains("127.0.0.1:1") && !debug.contains("s3cret"), "{debug}");

        for (variables, reason) in [
            (&[id, local][..], "`VIAM_API_KEY` is not set"),
            (&[key, local], "`VIAM_API_KEY_ID` is not set"),
            (&[(API_KEY, ""), id], "`VIAM_API_KEY` is set but empty"),
            (&[key, (API_KEY_ID, " ")], "`VIAM_API_KEY_ID` is set but empty"),
            (&[(API_KEY, "s3cret\n"), id], "`VIAM_API_KEY` has white space"),
            (&[key, id, (API_URL_VARIABLE, "")], "`VIAM_API_URL` is set but empty"),
            (
                &[key, id, (API_URL_VARIABLE, "http://app.example.com")],
                "the base URL is plain http",
            ),
        ] {
            let error = from(variables).unwrap_err().to_string();
            assert!(error.starts_with(reason) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_key_is_required() {
        assert!(ViamClient::builder().build().is_err());
        for (key, id) in [("", "id"), ("key", ""), ("key\n", "id"), ("key", " id")] {
            let builder = ViamClient::builder().api_url("http://127.0.0.1:1").api_key(key, id);
            assert!(builder.build().is_err(), "{key:?} {id:?}");
        }
    }

    #[test]
    #[cfg(feature = "tls")]
    fn the_default_address_has_tls() {
        let client = ViamClient::new("key", "id").unwrap();
        assert!(format!("{client:?}").contains("https://app.viam.com:443/"));
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn without_tls_the_default_address_is_refused() {
        let error = ViamClient::new("key", "id").unwrap_err();
        assert!(error.to_string().contains("not compiled in"), "{error}");
    }
}
