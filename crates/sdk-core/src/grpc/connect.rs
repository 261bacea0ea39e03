//! Connections, one per Tokio runtime.

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

use crate::{BoxFuture, Error, ErrorKind, Result, runtime::require_io};

/// The number of runtimes for which a client keeps a connection.
const RUNTIMES: usize = 64;

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// The source of the channels.
pub(super) enum Source {
    /// The caller.
    Given(Channel),
    /// One per runtime that makes calls, since a connection ends with its runtime. The last one is
    /// the most recently used.
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
            .map_err(|error| Error::config("there is no Tokio runtime").with_source(error))?;
        let runtime = runtime.id();
        let mut channels = channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = match channels.iter().position(|(known, _)| *known == runtime) {
            Some(at) => channels.remove(at).1,
            None => {
                if channels.len() == RUNTIMES {
                    channels.remove(0);
                }
                require_io()?;
                let connector = Connector::new(GaiResolver::new(), timeout);
                endpoint.connect_with_connector_lazy(connector)
            }
        };
        channels.push((runtime, channel.clone()));
        Ok(channel)
    }

    /// Returns the error of a channel that accepts no more calls.
    pub(super) fn unusable(&self, error: BoxError) -> Error {
        let text = match self {
            Self::Given(_) => {
                "the channel is closed: it ends with the Tokio runtime that created it, so \
                 create a client and a channel for each runtime"
            }
            Self::Own { .. } => "the connection is closed",
        };
        Error::new(ErrorKind::Connect, text).with_source(error).permanent()
    }
}

/// Connects within a time limit that covers the name lookup, unlike that of the gRPC library.
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
        // The limit is divided among the addresses of a name, so that a dead one leaves time for
        // the others.
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

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    #[test]
    fn least_recently_used_connection_is_dropped() {
        let source = Source::own(Endpoint::from_static("http://[::1]:1"), Duration::from_secs(1));
        let runtimes: Vec<Runtime> = (0..=RUNTIMES)
            .map(|_| Builder::new_current_thread().enable_io().build().unwrap())
            .collect();
        let call = |at: usize| {
            let _inside = runtimes[at].enter();
            source.channel().unwrap();
        };
        (0..RUNTIMES).for_each(call);
        call(0);
        call(RUNTIMES);
        let Source::Own { channels, .. } = &source else { panic!("a channel of the caller") };
        let known: Vec<Id> = channels.lock().unwrap().iter().map(|(id, _)| *id).collect();
        let expected = (2..RUNTIMES).chain([0, RUNTIMES]).map(|at| runtimes[at].handle().id());
        assert_eq!(known, expected.collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn limit_covers_name_lookup() {
        type Found = std::vec::IntoIter<std::net::SocketAddr>;
        let silent = tower::service_fn(|_: Name| pending::<io::Result<Found>>());
        let mut connector = Connector::new(silent, Duration::from_secs(10));
        let start = tokio::time::Instant::now();
        let error = connector.call(Uri::from_static("http://app.example.com:443")).await;
        assert_eq!(error.unwrap_err().to_string(), "not connected within 10s");
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
