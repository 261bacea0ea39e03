//! Requests that fail on purpose.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Json;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::json;

/// When requests fail, and the vendor's responses to them.
#[derive(Debug)]
pub(crate) struct Faults {
    every: u64,
    stall: Duration,
    unavailable: fn() -> Response,
    rate_limited: fn() -> Response,
    requests: AtomicU64,
}

enum Fault {
    Unavailable,
    RateLimited,
    CutBody,
    Stall,
}

impl Faults {
    /// With an `every` of 0, no request fails. A request without a response keeps its connection
    /// open for `stall`. The functions return the vendor's 503 and 429.
    pub(crate) fn new(
        every: u64,
        stall: Duration,
        unavailable: fn() -> Response,
        rate_limited: fn() -> Response,
    ) -> Self {
        Self { every, stall, unavailable, rate_limited, requests: AtomicU64::new(0) }
    }

    /// Counts a request, and returns whether and how it fails. The kinds alternate.
    fn next(&self) -> Option<Fault> {
        let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if requests.checked_rem(self.every) != Some(0) {
            return None;
        }
        Some(match (requests / self.every - 1) % 4 {
            0 => Fault::Unavailable,
            1 => Fault::RateLimited,
            2 => Fault::CutBody,
            _ => Fault::Stall,
        })
    }
}

/// Makes a request fail when its turn comes. A failed request has no effect.
pub(crate) async fn inject(
    State(faults): State<Arc<Faults>>,
    request: Request,
    next: Next,
) -> Response {
    match faults.next() {
        None => next.run(request).await,
        Some(Fault::Unavailable) => (faults.unavailable)(),
        Some(Fault::RateLimited) => (faults.rate_limited)(),
        Some(Fault::CutBody) => {
            let response = match *request.method() {
                Method::GET => next.run(request).await,
                // The true response would require the request to take effect.
                _ => Json(json!({})).into_response(),
            };
            cut(response).await
        }
        Some(Fault::Stall) => {
            tokio::time::sleep(faults.stall).await;
            // A body that fails before its first byte closes the connection before the head of the
            // response is sent.
            Body::from_stream(stream::iter([Err::<Bytes, _>(broken())])).into_response()
        }
    }
}

/// Announces the whole body, sends half of it, and closes the connection. If half is more than the
/// socket accepts at once, less is sent.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // Every body of the sandbox is in memory.
    let whole = body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let rest = stream::once(async {
        // The first half is sent before the connection fails.
        tokio::task::yield_now().await;
        Err(broken())
    });
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let body = Body::from_stream(stream::iter([Ok(half)]).chain(rest));
    Response::from_parts(parts, body)
}

fn broken() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}
