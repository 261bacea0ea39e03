//! Access tokens: fetched for an API key, shared by all calls, renewed in time.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
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
use tokio::time::Instant;

use crate::generated::auth::{self, AuthenticateRequest, AuthenticateResponse};

static AUTHENTICATE: Operation =
    Operation::grpc("authenticate", "/proto.rpc.v1.AuthService/Authenticate", Idempotency::Safe)
        .api("viam", "v1");

/// How long before its end a token is renewed, at most.
const MARGIN: Duration = Duration::from_secs(60);

/// Trades an API key for tokens.
pub(crate) struct TokenSource {
    client: GrpcClient,
    key_id: String,
    key: Secret,
    token: Mutex<Option<Token>>,
    /// How many exchanges have come to an end.
    finished: AtomicU64,
    /// Held by whoever makes an exchange. Holds how the last one failed, if it did.
    exchange: tokio::sync::Mutex<Option<Error>>,
}

#[derive(Clone)]
struct Token {
    header: HeaderValue,
    renew_at: Option<Instant>,
}

impl TokenSource {
    /// `client` must not carry credentials: the exchange is refused with a token.
    pub(crate) fn new(client: &GrpcClient, key_id: String, key: Secret) -> Self {
        Self {
            // The call that needs the token is what is tried again.
            client: client.with_options(CallOptions::new().retry(NeverRetry)),
            key_id,
            key,
            token: Mutex::new(None),
            finished: AtomicU64::new(0),
            exchange: tokio::sync::Mutex::new(None),
        }
    }

    /// The token in use, if there is one that need not be renewed yet.
    fn current(&self) -> Option<HeaderValue> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let token = token.as_ref()?;
        let due = token.renew_at.is_some_and(|renew_at| renew_at <= Instant::now());
        if due { None } else { Some(token.header.clone()) }
    }

    /// The token in use, or a new one. Calls that come while a token is being fetched wait for it,
    /// and share the failure if that is how it ends.
    async fn header(&self) -> Result<HeaderValue> {
        if let Some(header) = self.current() {
            return Ok(header);
        }
        let finished = self.finished.load(Ordering::Acquire);
        let mut failure = self.exchange.lock().await;
        if let Some(header) = self.current() {
            return Ok(header);
        }
        if self.finished.load(Ordering::Acquire) != finished
            && let Some(error) = &*failure
        {
            return Err(error.clone());
        }
        let outcome = self.fetch().await;
        self.finished.fetch_add(1, Ordering::Release);
        *failure = outcome.as_ref().err().cloned();
        let token = outcome?;
        let header = token.header.clone();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(header)
    }

    async fn fetch(&self) -> Result<Token> {
        let credentials = auth::Credentials::default().r#type("api-key").payload(self.key.expose());
        let request = AuthenticateRequest::new(self.key_id.as_str()).credentials(credentials);
        let asked = Instant::now();
        let answer = self.client.call(&AUTHENTICATE).unary(request).await;
        let answer: Response<AuthenticateResponse> =
            answer.map_err(|error| error.without(&[self.key.expose().to_owned()]))?;
        let token = answer.into_inner().access_token;
        let unusable = || Error::new(ErrorKind::Decode, "the answer holds no usable access token");
        let mut header =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| unusable())?;
        if token.is_empty() {
            return Err(unusable());
        }
        header.set_sensitive(true);
        let renew_at = lifetime(&token, SystemTime::now())
            .and_then(|lifetime| asked.checked_add(lifetime - MARGIN.min(lifetime / 10)));
        Ok(Token { header, renew_at })
    }
}

impl Credentials for TokenSource {
    fn headers(&self) -> BoxFuture<'_, Result<HeaderMap>> {
        Box::pin(async {
            let header = self.header().await?;
            Ok(HeaderMap::from_iter([(AUTHORIZATION, header)]))
        })
    }

    /// Drops the token, unless another one has taken its place meanwhile.
    fn refused(&self, headers: &HeaderMap) -> bool {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if token.as_ref().map(|token| &token.header) == headers.get(AUTHORIZATION) {
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

/// What is read of a token. It is the service's to check, not ours.
#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
    iat: Option<f64>,
}

/// How long a token lives on, if it says so: from `now`, but no longer than from its own time of
/// issue. A clock that is set wrong here does no harm then: one that is slow gains the token no
/// time, and for one that is past the end the time of issue alone counts.
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
