use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, HeaderName, StatusCode, header::CONTENT_TYPE};
use http_body::{Body as _, Frame};
use tonic::{
    Status,
    body::Body,
    transport::channel::{Channel, ResponseFuture},
};
use tower::Service;

use crate::retry_after::asked_wait;

/// Observations about a response.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Whether the service itself reported how the call ended.
    observed: AtomicBool,
    /// Whether the body has ended.
    ended: AtomicBool,
}

impl Observed {
    pub(super) fn get(&self) -> bool {
        self.0.observed.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// Extracts the service's status, and removes values that would make the gRPC library panic. A
    /// success counts only if the response is `complete`.
    fn inspect(&self, headers: &mut HeaderMap, complete: bool) {
        const LENIENT: GeneralPurpose = GeneralPurpose::new(
            &STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        match headers.get(Status::GRPC_STATUS) {
            // Details are read only together with a status.
            None => return,
            Some(code) if code != "0" || complete => self.0.observed.store(true, Ordering::Relaxed),
            Some(_) => drop(headers.remove(Status::GRPC_STATUS)),
        }
        let details = headers.get(&DETAILS);
        if details.is_some_and(|details| LENIENT.decode(details.as_bytes()).is_err()) {
            headers.remove(&DETAILS);
        }
    }
}

/// The position of a response's bytes within its messages.
#[derive(Debug, Default)]
struct Framing {
    /// How many of the five prefix bytes have arrived, and the length so far.
    prefix: u8,
    length: u32,
    /// How many bytes of a message are still missing.
    left: usize,
}

impl Framing {
    fn advance(&mut self, mut bytes: &[u8]) {
        while let [first, rest @ ..] = bytes {
            if self.left > 0 {
                let taken = self.left.min(bytes.len());
                self.left -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            // The first of the five bytes is not part of the length, and is shifted out.
            self.length = self.length << 8 | u32::from(*first);
            self.prefix += 1;
            if self.prefix == 5 {
                let length = usize::try_from(self.length).unwrap_or(usize::MAX);
                *self = Self { left: length, ..Self::default() };
            }
            bytes = rest;
        }
    }

    fn is_between_messages(&self) -> bool {
        self.prefix == 0 && self.left == 0
    }
}

static DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// A channel that observes the responses: whether they are gRPC at all, and whether the service
/// ended them.
pub(super) struct Inspected {
    channel: Channel,
    observed: Observed,
}

impl Inspected {
    pub(super) fn new(channel: Channel, observed: Observed) -> Self {
        Self { channel, observed }
    }
}

impl Service<http::Request<Body>> for Inspected {
    type Response = http::Response<Watched>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Responding;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<Body>) -> Responding {
        Responding { response: self.channel.call(request), observed: self.observed.clone() }
    }
}

/// A response that is observed once its headers arrive.
pub(super) struct Responding {
    response: ResponseFuture,
    observed: Observed,
}

impl Future for Responding {
    type Output = Result<http::Response<Watched>, Box<dyn StdError + Send + Sync>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut response = ready!(Pin::new(&mut this.response).poll(cx))?;
        let observed = this.observed.clone();
        // The headers come before the body, and cannot state how it ends.
        let complete = response.body().is_end_stream();
        if complete {
            observed.end();
        }
        observed.inspect(response.headers_mut(), complete);
        let sound = response.status().is_success() && is_grpc(response.headers());
        if !observed.get() && !sound {
            return Poll::Ready(Err(NotGrpc::new(&response).into()));
        }
        let watch = |body| Watched { body, observed, framing: Framing::default() };
        Poll::Ready(Ok(response.map(watch)))
    }
}

/// A body that is observed while it arrives.
pub(super) struct Watched {
    body: Body,
    observed: Observed,
    framing: Framing,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let mut frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &mut frame {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    this.framing.advance(bytes);
                }
                if let Some(trailers) = frame.trailers_mut() {
                    this.observed.inspect(trailers, this.framing.is_between_messages());
                    this.observed.end();
                }
            }
            Some(Err(_)) => {}
            None => this.observed.end(),
        }
        Poll::Ready(frame)
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    media_type.starts_with(b"application/grpc")
}

/// A response of a peer that does not speak gRPC, such as a proxy.
#[derive(Debug)]
pub(super) struct NotGrpc {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    media_type: String,
}

impl NotGrpc {
    fn new(response: &http::Response<Body>) -> Self {
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("no content type").to_owned();
        Self { status: response.status(), headers: response.headers().clone(), media_type }
    }
}

impl NotGrpc {
    /// The requested delay.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        asked_wait(&self.headers, Utc::now())
    }
}

impl fmt::Display for NotGrpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response is not gRPC ({}, {})", self.status, self.media_type)
    }
}

impl StdError for NotGrpc {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_of_a_proxy_is_seconds_or_a_date() {
        for wait in ["17", "Sat, 21 Nov 2026 10:00:17 GMT"] {
            let response = http::Response::builder()
                .status(503)
                .header("retry-after", wait)
                .header("date", "Sat, 21 Nov 2026 10:00:00 GMT")
                .body(Body::empty())
                .unwrap();
            let asked = NotGrpc::new(&response).retry_after();
            assert_eq!(asked, Some(Duration::from_secs(17)), "{wait}");
        }
    }
}
