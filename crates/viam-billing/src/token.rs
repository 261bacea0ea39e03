//! Access tokens: obtained with an API key, shared by all calls, and renewed before they expire.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use sdk_core::{
    BoxFuture, CallOptions, Credentials, Error, ErrorKind, Idempotency, NeverRetry, Operation,
    Response, Result, Secret, grpc::GrpcClient,
};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use crate::generated::proto::proto::rpc::v1 as wire;

static AUTHENTICATE: Operation =
    Operation::grpc("authenticate", "/proto.rpc.v1.AuthService/Authenticate", Idempotency::Safe)
        .api("viam", "v1");

/// The longest time before its expiration at which a token is renewed.
const MARGIN: Duration = Duration::from_secs(60);

/// The time limit of a background renewal. Calls wait for it once the token has expired.
const RENEWAL_LIMIT: Duration = Duration::from_secs(30);

/// The pause after a failed renewal, while the token is still valid.
const PAUSE: Duration = Duration::from_secs(5);

/// Exchanges an API key for tokens.
pub(crate) struct TokenSource(Arc<Inner>);

struct Inner {
    client: GrpcClient,
    key_id: String,
    key: Secret,
    token: Mutex<Option<Token>>,
    /// The number of finished exchanges that calls waited for.
    finished: AtomicU64,
    /// Locked during an exchange. Contains the error of the last one, if it failed.
    exchange: Arc<tokio::sync::Mutex<Option<Error>>>,
}

#[derive(Clone)]
struct Token {
    headers: Arc<HeaderMap>,
    /// The times of renewal and expiration, if the token has them.
    times: Option<(Instant, Instant)>,
}

impl Token {
    fn is_due(&self) -> bool {
        self.times.is_some_and(|(renew_at, _)| renew_at <= Instant::now())
    }

    fn has_ended(&self) -> bool {
        self.times.is_some_and(|(_, end)| end <= Instant::now())
    }
}

impl TokenSource {
    /// `client` must not carry credentials: Viam rejects an exchange that has a token.
    pub(crate) fn new(client: &GrpcClient, key_id: String, key: Secret) -> Self {
        Self(Arc::new(Inner {
            // The call that needs the token is retried instead.
            client: client.with_options(CallOptions::new().retry(NeverRetry)),
            key_id,
            key,
            token: Mutex::new(None),
            finished: AtomicU64::new(0),
            exchange: Arc::default(),
        }))
    }

    /// Returns the current token, or a new one. Calls that arrive during an exchange wait for it
    /// and share its failure. A token that expires soon is renewed in the background.
    async fn current_headers(&self, limit: Option<Duration>) -> Result<Arc<HeaderMap>> {
        let inner = &*self.0;
        if let Some(token) = inner.current() {
            if token.is_due() {
                self.renew_in_background();
            }
            return Ok(token.headers);
        }
        let finished = inner.finished.load(Ordering::Acquire);
        let mut failure = inner.exchange.lock().await;
        if let Some(token) = inner.current() {
            return Ok(token.headers);
        }
        if inner.finished.load(Ordering::Acquire) != finished
            && let Some(error) = &*failure
        {
            return Err(error.clone());
        }
        let outcome = inner.fetch(limit).await;
        // Other calls have other time limits, so they do not share a timeout.
        let shared = outcome.as_ref().err().filter(|error| !error.is_timeout());
        *failure = shared.cloned();
        inner.finished.fetch_add(1, Ordering::Release);
        let token = outcome?;
        let headers = Arc::clone(&token.headers);
        *inner.token() = Some(token);
        Ok(headers)
    }

    /// Renews the token while calls continue to use it. If the renewal fails, the token is used
    /// until it expires.
    fn renew_in_background(&self) {
        let inner = Arc::clone(&self.0);
        let Ok(exchange) = Arc::clone(&inner.exchange).try_lock_owned() else { return };
        if !inner.current().is_some_and(|token| token.is_due()) {
            return;
        }
        tokio::spawn(async move {
            let outcome = timeout(RENEWAL_LIMIT, inner.fetch(None)).await.unwrap_or_else(|_| {
                let text = format!("no new access token within {RENEWAL_LIMIT:?}");
                Err(Error::new(ErrorKind::Timeout, text))
            });
            let mut token = inner.token();
            match outcome {
                Ok(new) => *token = Some(new),
                Err(error) => {
                    tracing::warn!(%error, "the access token was not renewed");
                    if let Some(Token { times: Some((renew_at, _)), .. }) = &mut *token {
                        *renew_at = Instant::now() + PAUSE;
                    }
                }
            }
            drop(token);
            drop(exchange);
        });
    }
}

impl Inner {
    fn token(&self) -> MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current token, if it is still valid.
    fn current(&self) -> Option<Token> {
        self.token().clone().filter(|token| !token.has_ended())
    }

    async fn fetch(&self, limit: Option<Duration>) -> Result<Token> {
        let credentials = wire::Credentials {
            r#type: "api-key".to_owned(),
            payload: self.key.expose().to_owned(),
        };
        let request = wire::AuthenticateRequest {
            entity: self.key_id.clone(),
            credentials: Some(credentials),
        };
        let asked = Instant::now();
        let limited =
            limit.map(|limit| self.client.with_options(CallOptions::new().timeout(limit)));
        let client = limited.as_ref().unwrap_or(&self.client);
        let call = client.call(&AUTHENTICATE);
        let answer: Result<Response<wire::AuthenticateResponse>> =
            call.unary::<_, wire::AuthenticateResponse, _>(request).await;
        let answer = answer.map_err(|error| error.without(&[self.key.expose().to_owned()]))?;
        let token = answer.into_inner().access_token;
        let unusable =
            || Error::new(ErrorKind::Decode, "the response contains no usable access token");
        let mut header =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| unusable())?;
        if token.is_empty() {
            return Err(unusable());
        }
        header.set_sensitive(true);
        let times = lifetime(&token, SystemTime::now()).and_then(|lifetime| {
            let renew_at = asked.checked_add(lifetime - MARGIN.min(lifetime / 10))?;
            Some((renew_at, asked.checked_add(lifetime)?))
        });
        let headers = Arc::new(HeaderMap::from_iter([(AUTHORIZATION, header)]));
        Ok(Token { headers, times })
    }
}

impl Credentials for TokenSource {
    fn headers(&self) -> BoxFuture<'_, Result<Arc<HeaderMap>>> {
        Box::pin(self.current_headers(None))
    }

    fn headers_within(&self, limit: Duration) -> BoxFuture<'_, Result<Arc<HeaderMap>>> {
        Box::pin(self.current_headers(Some(limit)))
    }

    fn known_headers(&self) -> Option<Arc<HeaderMap>> {
        self.0.current().filter(|token| !token.is_due()).map(|token| token.headers)
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.0.key.expose().to_owned()]
    }

    /// Drops the token, unless it has been replaced in the meantime.
    fn refused(&self, headers: &HeaderMap) -> bool {
        let mut token = self.0.token();
        let known = token.as_ref().and_then(|token| token.headers.get(AUTHORIZATION));
        if known == headers.get(AUTHORIZATION) {
            *token = None;
        }
        true
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource([redacted])")
    }
}

/// The claims that the client reads. Only the service verifies the token.
#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
    iat: Option<f64>,
}

/// Returns the remaining lifetime of a token, if it has an expiration time: the time from `now`,
/// but no more than the time from its issue. This tolerates a wrong local clock. A slow clock does
/// not extend the lifetime, and a clock past the expiration leaves the lifetime since the issue.
fn lifetime(token: &str, now: SystemTime) -> Option<Duration> {
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    let now = now.duration_since(SystemTime::UNIX_EPOCH).ok().map(|now| now.as_secs_f64());
    let (end, starts) = (claims.exp?, [claims.iat, now]);
    let lifetimes = starts.into_iter().flatten();
    let lifetimes = lifetimes.filter_map(|start| Duration::try_from_secs_f64(end - start).ok());
    lifetimes.filter(|lifetime| !lifetime.is_zero()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let of = |payload: &str| {
            let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
            lifetime(&token, now).map(|lifetime| lifetime.as_secs())
        };
        assert_eq!(of(r#"{"exp":1600,"iat":1500}"#), Some(100));
        assert_eq!(of(r#"{"exp":1600}"#), Some(600));
        assert_eq!(of(r#"{"exp":1010,"iat":10}"#), Some(10), "issued long ago");
        assert_eq!(of(r#"{"exp":900,"iat":800}"#), Some(100), "the clock here is wrong");
        assert_eq!(of(r#"{"exp":1600.5,"iat":1500.5,"sub":"x"}"#), Some(100));
        for nothing in [
            r#"{"iat":1500}"#,
            r#"{"exp":null}"#,
            r#"{"exp":900}"#,
            r#"{"exp":5,"iat":5}"#,
            r#"{"exp":1e300,"iat":0}"#,
            r#"{"exp":"soon"}"#,
            "[]",
            "",
        ] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
        for token in ["", "opaque", "a.b", "a.!.c", "a..c"] {
            assert_eq!(lifetime(token, now), None, "{token}");
        }
    }
}
