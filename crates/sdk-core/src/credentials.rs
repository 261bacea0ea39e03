use std::{fmt::Debug, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{BoxFuture, Error, Result, Secret};

/// Source of the headers that authenticate a call.
///
/// The client requests them before every attempt and sends them only to the configured origin. It
/// sends them over plain `http` only to loopback addresses, or if the program allows it.
pub trait Credentials: Debug + Send + Sync {
    /// Returns the headers for the next attempt. Mark every value
    /// [sensitive](HeaderValue::set_sensitive).
    fn headers(&self) -> BoxFuture<'_, Result<Arc<HeaderMap>>>;

    /// Like `headers`, but receives the remaining time of the call.
    fn headers_within(&self, limit: Duration) -> BoxFuture<'_, Result<Arc<HeaderMap>>> {
        let _ = limit;
        self.headers()
    }

    /// Returns the same headers if they are known already, so that the attempt need not wait for them.
    fn known_headers(&self) -> Option<Arc<HeaderMap>> {
        None
    }

    /// Returns the secrets behind the headers, such as an API key that was exchanged for a token.
    /// Errors redact these as well.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Reports that the service rejected these headers, and returns whether
    /// [`headers`](Self::headers) can provide others. Only the gRPC transport calls this method.
    fn refused(&self, headers: &HeaderMap) -> bool {
        let _ = headers;
        false
    }
}

/// Credentials that consist of a secret in one header.
#[derive(Debug, Clone)]
pub struct HeaderCredentials(Arc<HeaderMap>);

impl HeaderCredentials {
    /// Sends `secret` as the value of the header `name`.
    ///
    /// # Errors
    ///
    /// Fails if the secret is empty, or contains a character that is not allowed in a header.
    pub fn new(name: HeaderName, secret: &Secret) -> Result<Self> {
        if secret.expose().is_empty() {
            return Err(Error::config(format!("the secret for the header `{name}` is empty")));
        }
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| {
            Error::config(format!(
                "the secret for the header `{name}` has a character that is not allowed in a header \
                 (a line break at its end, perhaps)"
            ))
        })?;
        value.set_sensitive(true);
        Ok(Self(Arc::new(HeaderMap::from_iter([(name, value)]))))
    }
}

impl Credentials for HeaderCredentials {
    fn headers(&self) -> BoxFuture<'_, Result<Arc<HeaderMap>>> {
        Box::pin(std::future::ready(Ok(Arc::clone(&self.0))))
    }

    fn known_headers(&self) -> Option<Arc<HeaderMap>> {
        Some(Arc::clone(&self.0))
    }
}
