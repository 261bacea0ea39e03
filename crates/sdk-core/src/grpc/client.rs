use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TE, USER_AGENT},
};
use tonic::transport::{Channel, Endpoint};

use super::{
    Call,
    connect::{BoxError, Source},
};
use crate::{CallOptions, Credentials, Error, Operation, Result, RetryBudget, telemetry::Server};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers reject much more frequent pings.
const KEEP_ALIVE: KeepAlive =
    KeepAlive { interval: Duration::from_secs(20), timeout: Duration::from_secs(10) };
/// The default limit on the one message of a response. Decoded, it takes up to 96 times its size.
pub(super) const MAX_MESSAGE_SIZE: usize = 16 * 1024 * 1024;
/// The default limit on each message of a file, and on a file that is collected in memory. A message
/// of a file is bytes, which take no more memory than the message.
pub(super) const MAX_COLLECTED_SIZE: usize = 32 * 1024 * 1024;

/// The vendor's settings for the transport.
#[derive(Debug)]
pub struct Service {
    /// Name and version of the vendor crate, sent as `User-Agent`: `example-billing/0.1.0`.
    pub user_agent: &'static str,
    /// Metadata of every call, names in lower case.
    pub metadata: &'static [(&'static str, &'static str)],
}

/// Makes calls over gRPC. Cheap to clone; clones share the connection and the retry budget.
///
/// The first call connects. A connection belongs to the Tokio runtime of the call that made it; a
/// call on another runtime makes its own. Connections close when the last clone is dropped.
#[derive(Clone)]
pub struct GrpcClient {
    shared: Arc<Shared>,
    credentials: Option<Arc<dyn Credentials>>,
    options: CallOptions,
}

struct Shared {
    origin: String,
    /// `None` for a custom channel.
    server: Option<Server>,
    source: Source,
    metadata: HeaderMap,
    budget: RetryBudget,
}

impl GrpcClient {
    /// Starts building a client of `service` at `address`; see
    /// [`address`](GrpcClientBuilder::address).
    pub fn builder(service: &'static Service, address: impl Into<String>) -> GrpcClientBuilder {
        GrpcClientBuilder {
            service,
            default_address: address.into(),
            address: None,
            channel: None,
            user_agent_suffix: None,
            metadata: Vec::new(),
            allow_plaintext: None,
            connect_timeout: None,
            keep_alive: KEEP_ALIVE,
            #[cfg(feature = "grpc-tls")]
            roots: Vec::new(),
            options: CallOptions::new(),
            budget: RetryBudget::default(),
        }
    }

    /// Starts a call.
    pub fn call(&self, operation: &'static Operation) -> Call {
        Call::new(self, operation)
    }

    /// Returns a client with other call options.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { options: options.or(&self.options), ..self.clone() }
    }

    /// Returns a client whose calls carry these credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Arc<dyn Credentials>) -> Self {
        Self { credentials: Some(credentials), ..self.clone() }
    }

    pub(super) fn metadata(&self) -> &HeaderMap {
        &self.shared.metadata
    }

    pub(super) fn server(&self) -> Option<&Server> {
        self.shared.server.as_ref()
    }

    pub(super) fn channel(&self) -> Result<Channel> {
        self.shared.source.channel()
    }

    pub(super) fn unusable(&self, error: BoxError) -> Error {
        self.shared.source.unusable(error)
    }

    pub(super) fn credentials(&self) -> Option<&Arc<dyn Credentials>> {
        self.credentials.as_ref()
    }

    pub(super) fn options(&self) -> &CallOptions {
        &self.options
    }

    pub(super) fn budget(&self) -> &RetryBudget {
        &self.shared.budget
    }
}

impl fmt::Debug for GrpcClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcClient")
            .field("origin", &self.shared.origin)
            .field("credentials", &self.credentials)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The idle time before a connection is pinged, and the time limit for the response.
#[derive(Debug, Clone, Copy)]
struct KeepAlive {
    interval: Duration,
    timeout: Duration,
}

/// Builds a [`GrpcClient`].
#[must_use = "a builder does nothing until it is built"]
pub struct GrpcClientBuilder {
    service: &'static Service,
    default_address: String,
    address: Option<String>,
    channel: Option<Channel>,
    user_agent_suffix: Option<String>,
    metadata: Vec<(String, String)>,
    allow_plaintext: Option<bool>,
    connect_timeout: Option<Duration>,
    /// The tests shorten it.
    keep_alive: KeepAlive,
    #[cfg(feature = "grpc-tls")]
    roots: Vec<Vec<u8>>,
    options: CallOptions,
    budget: RetryBudget,
}

impl GrpcClientBuilder {
    /// Overrides the vendor's address: `host`, `host:port`, or the same after `https://` or
    /// `http://`. Without a scheme it is `https`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Uses this channel instead of creating one. URL, certificates, connect timeout and user agent
    /// are then those of the channel, so [`build`](Self::build) rejects settings of them. The
    /// caller is responsible for TLS, because the client sends credentials to whatever server the
    /// channel connects to.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Appends a string to `User-Agent`, after the crate's name and version.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Adds metadata to every call. `Debug` never shows the value. [`build`](Self::build) rejects a
    /// name that the client sets itself.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((name.into(), value.into()));
        self
    }

    /// Allows connections without TLS to other machines. Credentials are then sent unencrypted.
    pub fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = Some(allow);
        self
    }

    /// Sets the time limit for establishing a connection, including the name lookup; 10 s by
    /// default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Trusts the certificates in this PEM string in addition to the operating system's.
    ///
    /// # Errors
    ///
    /// Fails if the string is not PEM or contains no certificate.
    #[cfg(feature = "grpc-tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "grpc-tls")))]
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Result<Self> {
        crate::certificate::certificates(pem)?;
        self.roots.push(pem.to_owned());
        Ok(self)
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

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address, the user agent or the metadata is invalid, if TLS cannot be set up, or
    /// if a channel is combined with a setting that it determines.
    pub fn build(mut self) -> Result<GrpcClient> {
        let metadata = self.all_metadata()?;
        let (origin, server, source) = match self.channel.take() {
            Some(channel) => {
                self.refuse_settings_of_channels()?;
                ("a channel of the caller".to_owned(), None, Source::Given(channel))
            }
            None => {
                let endpoint = self.endpoint()?;
                let uri = endpoint.uri();
                let server = Server::new(uri.host().unwrap_or_default(), port(uri));
                (uri.to_string(), Some(server), Source::own(endpoint, self.connect_limit()))
            }
        };
        Ok(GrpcClient {
            shared: Arc::new(Shared { origin, server, source, metadata, budget: self.budget }),
            credentials: None,
            options: self.options,
        })
    }

    fn refuse_settings_of_channels(&self) -> Result<()> {
        #[cfg(feature = "grpc-tls")]
        let roots = !self.roots.is_empty();
        #[cfg(not(feature = "grpc-tls"))]
        let roots = false;
        let settings = [
            ("an address", self.address.is_some()),
            ("root certificates", roots),
            ("a user agent", self.user_agent_suffix.is_some()),
            ("a connect timeout", self.connect_timeout.is_some()),
            ("permission for plaintext", self.allow_plaintext.is_some()),
        ];
        match settings.into_iter().find(|(_, is_set)| *is_set) {
            None => Ok(()),
            Some((setting, _)) => Err(Error::config(format!(
                "a custom channel cannot be combined with {setting}: set it on the channel's endpoint"
            ))),
        }
    }

    fn all_metadata(&self) -> Result<HeaderMap> {
        let mut metadata = HeaderMap::new();
        for (name, value) in self.service.metadata {
            metadata.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (name, value) in &self.metadata {
            let refuse = |reason: &str| Error::config(format!("the metadata `{name}` {reason}"));
            let parsed: HeaderName =
                name.parse().map_err(|_| refuse("has a name that is not allowed"))?;
            let reserved = [AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TE, USER_AGENT];
            let of_service = self.service.metadata.iter().any(|(name, _)| parsed == *name);
            if of_service || reserved.contains(&parsed) || parsed.as_str().starts_with("grpc-") {
                return Err(refuse("is set by the client itself"));
            }
            if parsed.as_str().ends_with("-bin") {
                return Err(refuse("is binary, which is not supported"));
            }
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| refuse("has a value that is not allowed"))?;
            value.set_sensitive(true);
            metadata.append(parsed, value);
        }
        Ok(metadata)
    }

    fn connect_limit(&self) -> Duration {
        self.connect_timeout.unwrap_or(CONNECT_TIMEOUT)
    }

    fn endpoint(&self) -> Result<Endpoint> {
        let address = self.address.as_ref().unwrap_or(&self.default_address);
        let uri = parse_address(address, self.allow_plaintext.unwrap_or_default())?;
        let secure = uri.scheme_str() == Some("https");
        let user_agent = match &self.user_agent_suffix {
            Some(suffix) => format!("{} {suffix}", self.service.user_agent),
            None => self.service.user_agent.to_owned(),
        };
        let endpoint = Endpoint::from(uri)
            .user_agent(user_agent)
            .map_err(|_| {
                Error::config("the user agent has a character that is not allowed in a header")
            })?
            .http2_keep_alive_interval(self.keep_alive.interval)
            .keep_alive_timeout(self.keep_alive.timeout)
            // Prevents calls on a dead connection.
            .keep_alive_while_idle(true);
        if secure { self.with_tls(endpoint) } else { Ok(endpoint) }
    }

    #[cfg(feature = "grpc-tls")]
    fn with_tls(&self, endpoint: Endpoint) -> Result<Endpoint> {
        use tonic::transport::{Certificate, ClientTlsConfig};

        let own = ClientTlsConfig::new()
            .ca_certificates(self.roots.iter().map(Certificate::from_pem))
            .timeout(self.connect_limit());
        let both = endpoint.clone().tls_config(own.clone().with_native_roots());
        // The caller's certificates work even on a system without any.
        let set_up =
            if self.roots.is_empty() { both } else { both.or_else(|_| endpoint.tls_config(own)) };
        set_up.map_err(|error| Error::config("TLS cannot be set up").with_source(error))
    }

    /// Without TLS compiled in, the gRPC library would send in plaintext.
    #[cfg(not(feature = "grpc-tls"))]
    fn with_tls(&self, _endpoint: Endpoint) -> Result<Endpoint> {
        Err(Error::config(
            "the base URL asks for TLS, which is not compiled in: enable the feature `tls`",
        ))
    }
}

impl fmt::Debug for GrpcClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcClientBuilder")
            .field("user_agent_suffix", &self.user_agent_suffix)
            .field("allow_plaintext", &self.allow_plaintext)
            .field("connect_timeout", &self.connect_timeout)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn parse_address(text: &str, allow_plaintext: bool) -> Result<Uri> {
    // The URL is not repeated, since it may contain a secret by mistake.
    let refuse = |reason: &str| Err(Error::config(format!("the base URL {reason}")));
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("https://{text}"),
    };
    let Ok(uri) = text.parse::<Uri>() else {
        return refuse("is not a URL: write it as host:port or https://host:port");
    };
    let Some(authority) = uri.authority() else {
        return refuse("has no host: write it as host:port or https://host:port");
    };
    if authority.as_str().contains('@') {
        return refuse("must not contain a user name or password");
    }
    // The parser ignores a fragment.
    let rest = !matches!(uri.path(), "" | "/") || text.contains(['?', '#']);
    if authority.host().is_empty() || rest {
        return refuse("must be a host and a port, and nothing else");
    }
    // An invalid port would be ignored, and the credentials sent to the default one.
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return refuse("has no port from 1 to 65535 behind the colon");
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if allow_plaintext || is_loopback(authority.host()) => {}
        Some("http") => {
            return refuse(
                "is plain http, which sends the credentials unencrypted: use https, or \
                 allow http on the builder",
            );
        }
        _ => return refuse("must begin with https://, or with the host"),
    }
    Ok(uri)
}

fn port(uri: &Uri) -> u16 {
    let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    uri.port_u16().unwrap_or(default)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|port: u16| port > 0)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Read as _, Write as _},
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::Idempotency;

    static SERVICE: Service = Service { user_agent: "test/1", metadata: &[("test_client", "1")] };

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("app.example.com", Some("https://app.example.com/")),
            ("app.example.com:443", Some("https://app.example.com:443/")),
            ("https://app.example.com", Some("https://app.example.com/")),
            ("https://app.example.com/", Some("https://app.example.com/")),
            ("http://localhost:50051", Some("http://localhost:50051/")),
            ("http://127.0.0.1:1", Some("http://127.0.0.1:1/")),
            ("http://[::1]:1", Some("http://[::1]:1/")),
            ("[2001:db8::1]:443", Some("https://[2001:db8::1]:443/")),
            ("http://app.example.com", None),
            ("http://localhost.example.com", None),
            ("http://127.0.0.1.example.com", None),
            ("http://0.0.0.0:1", None),
            ("https://user:password@app.example.com", None),
            ("https://app.example.com/path", None),
            ("https://app.example.com?key", None),
            ("app.example.com:65535", Some("https://app.example.com:65535/")),
            ("app.example.com:65536", None),
            ("app.example.com:70000", None),
            ("http://127.0.0.1:99999", None),
            ("http://localhost:abc", None),
            ("http://[::1]:abc", None),
            ("http://[::1]1", None),
            ("localhost:0", None),
            ("localhost:+1", None),
            ("https://app.example.com:", None),
            ("https://app.example.com:/", None),
            ("https://app.example.com#fragment", None),
            ("https://app.example.com?", None),
            ("ftp://app.example.com", None),
            ("unix:///tmp/socket", None),
            ("https://", None),
            ("", None),
            ("a b", None),
        ] {
            let parsed = parse_address(text, false);
            assert_eq!(parsed.ok().map(|uri| uri.to_string()).as_deref(), expected, "{text}");
        }
        let plain = parse_address("http://app.example.com", true).unwrap();
        assert_eq!(port(&plain), 80);
        let error = parse_address("http://app.example.com", false).unwrap_err();
        assert!(error.to_string().contains("use https"), "{error}");
        for (address, expected) in [("app.example.com", 443), ("http://localhost:7", 7)] {
            assert_eq!(port(&parse_address(address, false).unwrap()), expected);
        }
        let error = parse_address("https://s3cret@app.example.com", false).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    /// There is no runtime, and none is needed.
    #[test]
    fn client_is_built_without_a_runtime() {
        let client = GrpcClient::builder(&SERVICE, "http://127.0.0.1:1").build().unwrap();
        assert!(format!("{client:?}").contains("127.0.0.1:1"));
        let bad = GrpcClient::builder(&SERVICE, "http://[::1]:1").user_agent_suffix("a\nb").build();
        assert_eq!(bad.unwrap_err().kind(), crate::ErrorKind::Config);
    }

    #[test]
    fn metadata_is_checked() {
        let build = |name: &str, value: &str| {
            GrpcClient::builder(&SERVICE, "http://[::1]:1").metadata(name, value).build()
        };
        let client = build("X-Tenant", "s3cret").unwrap();
        assert_eq!(client.metadata()["x-tenant"], "s3cret");
        assert!(!format!("{:?}", client.metadata()).contains("s3cret"));
        let builder = GrpcClient::builder(&SERVICE, "http://[::1]:1").metadata("x", "s3cret");
        let debug = format!("{:?}", builder.user_agent_suffix("report/2"));
        assert!(debug.contains("report/2") && !debug.contains("s3cret"), "{debug}");
        for (name, value, reason) in [
            ("authorization", "x", "set by the client"),
            ("grpc-timeout", "1S", "set by the client"),
            ("User-Agent", "x", "set by the client"),
            ("Test_Client", "x", "set by the client"),
            ("trace-bin", "x", "binary"),
            ("a b", "x", "a name that is not allowed"),
            ("x", "s3cret\n", "a value that is not allowed"),
        ] {
            let error = build(name, value).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("s3cret"), "{error}");
        }
    }

    #[tokio::test]
    async fn custom_channel_rejects_other_settings() {
        let channel = Endpoint::from_static("http://[::1]:1").connect_lazy();
        let builder = || GrpcClient::builder(&SERVICE, "app.example.com").channel(channel.clone());
        assert!(builder().build().is_ok());
        for (builder, setting) in [
            (builder().address("http://[::1]:2"), "an address"),
            (builder().user_agent_suffix("x"), "a user agent"),
            (builder().connect_timeout(Duration::from_secs(1)), "a connect timeout"),
            (builder().allow_plaintext(true), "permission for plaintext"),
        ] {
            let error = builder.build().unwrap_err().to_string();
            assert!(error.contains(setting), "{error}");
        }
    }

    /// No other test covers half of them.
    #[test]
    fn defaults() {
        assert_eq!((MAX_MESSAGE_SIZE, MAX_COLLECTED_SIZE), (16_777_216, 33_554_432));
        let builder = GrpcClient::builder(&SERVICE, "http://[::1]:1");
        assert_eq!(builder.connect_limit(), Duration::from_secs(10));
        assert_eq!(builder.keep_alive.interval, Duration::from_secs(20));
        assert_eq!(builder.keep_alive.timeout, Duration::from_secs(10));
    }

    /// Responds to one call with `NOT_FOUND`, and is silent afterwards. Returns whether it was
    /// pinged before the client closed the connection.
    fn serve_once(mut stream: TcpStream) -> io::Result<bool> {
        const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
        const HEADERS: u8 = 1;
        const PING: u8 = 6;
        const ACKNOWLEDGED: u8 = 1;

        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(SETTINGS)?;
        stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()])?;
        let mut pinged = false;
        loop {
            let mut head = [0; 9];
            match stream.read_exact(&mut head) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(pinged),
                read => read?,
            }
            let length = u64::from(u32::from_be_bytes([0, head[0], head[1], head[2]]));
            io::copy(&mut (&stream).take(length), &mut io::sink())?;
            match head[3] {
                PING => pinged |= head[4] & ACKNOWLEDGED == 0,
                HEADERS => stream.write_all(&not_found(&head[5..]))?,
                _ => {}
            }
        }
    }

    /// A HEADERS frame that ends the stream.
    fn not_found(stream: &[u8]) -> Vec<u8> {
        // `:status: 200` of HPACK's static table.
        let mut block = vec![0x88];
        for (name, value) in [("content-type", "application/grpc"), ("grpc-status", "5")] {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend(text.as_bytes());
            }
        }
        // Type HEADERS, flags END_STREAM and END_HEADERS.
        let head = [0, 0, u8::try_from(block.len()).unwrap(), 1, 5];
        [&head, stream, &block].concat()
    }

    /// How long the test of a silent peer may take.
    const LIMIT: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn idle_connection_to_a_silent_peer_is_replaced() {
        static READ: Operation = Operation::grpc("read", "/test.Service/Read", Idempotency::Safe);

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (report, mut reports) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let report = report.clone();
                std::thread::spawn(move || report.send(stream.and_then(serve_once)).ok());
            }
        });
        let short = Duration::from_millis(100);
        let mut builder = GrpcClient::builder(&SERVICE, address);
        builder.keep_alive = KeepAlive { interval: short, timeout: short };
        let client = builder.build().unwrap();
        for _ in 0..2 {
            let error = client.call(&READ).unary::<(), (), ()>(()).await.unwrap_err();
            assert_eq!(error.code(), Some("NOT_FOUND"), "{error}");
            // No call is running when the client closes the connection.
            let pinged = tokio::time::timeout(LIMIT, reports.recv()).await.unwrap().unwrap();
            assert!(pinged.unwrap());
        }
    }

    #[test]
    #[cfg(feature = "grpc-tls")]
    fn tls_is_set_up() {
        assert!(GrpcClient::builder(&SERVICE, "app.example.com:443").build().is_ok());
        for bad in ["", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"] {
            let builder = GrpcClient::builder(&SERVICE, "app.example.com");
            assert!(builder.add_root_certificates(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    #[cfg(not(feature = "grpc-tls"))]
    fn https_without_tls_is_rejected() {
        for address in ["app.example.com:443", "https://127.0.0.1:1"] {
            let builder = GrpcClient::builder(&SERVICE, address).allow_plaintext(true);
            assert_eq!(builder.build().unwrap_err().kind(), crate::ErrorKind::Config);
        }
    }
}
