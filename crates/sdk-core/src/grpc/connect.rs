//! How connections are made.

use std::{error::Error as StdError, io, sync::Mutex, sync::PoisonError, time::Duration};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{
        HttpConnector,
        dns::{GaiResolver, Name},
    },
    rt::TokioIo,
};
use tokio::{
    net::TcpStream,
    runtime::{Handle, Id},
    time::timeout,
};
use tonic::transport::{Channel, Endpoint};
use tower::Service;

use crate::{BoxFuture, Error, ErrorKind, Result};

/// How many runtimes a client remembers its connections of.
const RUNTIMES: usize = 8;

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Where channels come from.
pub(super) enum Source {
    /// The caller.
    Given(Channel),
    /// One for each runtime that makes calls: a connection ends with the runtime that it was made
    /// on.
    Own { endpoint: Box<Endpoint>, timeout: Duration, channels: Mutex<Vec<(Id, Channel)>> },
}

impl Source {
    pub(super) fn own(endpoint: Endpoint, timeout: Duration) -> Self {
        Self::Own { endpoint: Box::new(endpoint), timeout, channels: Mutex::default() }
    }

    pub(super) fn channel(&self) -> Result<Channel> {
        let (endpoint, timeout, channels) = match self {
            Self::Given(channel) => return Ok(channel.clone()),
            Self::Own { endpoint, timeout, channels } => (endpoint, *timeout, channels),
        };
        let runtime = Handle::try_current()
            .map_err(|error| Error::config("there is no Tokio runtime here").with_source(error))?;
        let runtime = runtime.id();
        let mut channels = channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, channel)) = channels.iter().find(|(known, _)| *known == runtime) {
            return Ok(channel.clone());
        }
        let connector = Connector::new(GaiResolver::new(), timeout);
        let channel = endpoint.connect_with_connector_lazy(connector);
        if channels.len() == RUNTIMES {
            channels.remove(0);
        }
        channels.push((runtime, channel.clone()));
        Ok(channel)
    }

    /// Why a channel takes no more calls.
    pub(super) fn unusable(&self, error: BoxError) -> Error {
        let text = match self {
            Self::Given(_) => {
                "the channel takes no more calls: it ends with the Tokio runtime that it was made \
                 on, so make a client and a channel for each runtime"
            }
            Self::Own { .. } => "the connection takes no more calls",
        };
        Error::new(ErrorKind::Connect, text).with_source(error).permanent()
    }
}

/// Connects within a time limit that covers the name look-up. The gRPC library's own does not.
#[derive(Clone)]
struct Connector<R> {
    http: HttpConnector<R>,
    limit: Duration,
}

impl<R> Connector<R> {
    fn new(resolver: R, limit: Duration) -> Self {
        let mut http = HttpConnector::new_with_resolver(resolver);
        http.enforce_http(false);
        http.set_nodelay(true);
        // Shared among the addresses of a name: one that is dead leaves time for the others.
        http.set_connect_timeout(Some(limit));
        Self { http, limit }
    }
}

impl<R> Service<Uri> for Connector<R>
where
    HttpConnector<R>: Service<Uri, Response = TokioIo<TcpStream>, Error: Into<BoxError>>,
    <HttpConnector<R> as Service<Uri>>::Future: Send + 'static,
    R: Service<Name>,
{
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.http.call(uri);
        let limit = self.limit;
        Box::pin(async move {
            match timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => {
                    let text = format!("not connected within {limit:?}");
                    Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_limit_covers_the_name_look_up() {
        type Found = std::vec::IntoIter<std::net::SocketAddr>;
        let silent = tower::service_fn(|_: Name| pending::<io::Result<Found>>());
        let mut connector = Connector::new(silent, Duration::from_secs(10));
        let start = tokio::time::Instant::now();
        let error = connector.call(Uri::from_static("http://app.example.com:443")).await;
        assert_eq!(error.unwrap_err().to_string(), "not connected within 10s");
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
