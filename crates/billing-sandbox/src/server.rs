//! The parts that all HTTP services share: a serving thread, a log, a delay.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::month::Today;

/// Settings of a server.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) latency: Duration,
    pub(crate) today: Today,
    pub(crate) log: RequestLog,
}

/// The requests that arrived, shared by all servers of a sandbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestLog {
    lines: Arc<Mutex<Vec<String>>>,
    print: bool,
}

impl RequestLog {
    /// A log that also prints each line to standard error if `print` is set.
    pub(crate) fn new(print: bool) -> Self {
        Self { lines: Arc::default(), print }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, line: String) {
        if self.print {
            // The server keeps running if standard error is closed.
            let _ = writeln!(io::stderr(), "{line}");
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// A service on loopback. Dropping it ends the thread, and with it all connections and pending
/// requests; the port is free again when the drop returns.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(router: Router, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;

        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };

        let router = router.layer(middleware::from_fn_with_state(settings, receive));
        let (stop, stopped) = oneshot::channel();
        let serve = async move {
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                _ = stopped => {}
            }
        };
        let thread = thread::Builder::new()
            .name("billing-sandbox".to_owned())
            .spawn(move || runtime.block_on(serve))?;

        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported where it happened.
            let _ = thread.join();
        }
    }
}

/// Logs the request and waits before it is handled.
async fn receive(State(settings): State<Settings>, request: Request, next: Next) -> Response {
    // Over HTTP/2, the URI also contains the host.
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    settings.log.push(format!("{} {path}", request.method()));
    if !settings.latency.is_zero() {
        tokio::time::sleep(settings.latency).await;
    }
    next.run(request).await
}
