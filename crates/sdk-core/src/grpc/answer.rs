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
use http_body::{Body as _, Frame, SizeHint};
use tonic::{Status, body::Body, transport::Channel};
use tower::Service;

use crate::{BoxFuture, retry_after::asked_wait};

/// What was seen of a response.
#[derive(Debug, Clone, Default)]
pub(super) struct Answered(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Whether the service itself told how the call ended.
    answered: AtomicBool,
    /// Whether the bytes have come to an end.
    ended: AtomicBool,
}

impl Answered {
    pub(super) fn get(&self) -> bool {
        self.0.answered.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// Looks for the service's status, and takes out what would make the gRPC library panic. That
    /// all went well is believed only where the answer is `complete`.
    fn inspect(&self, headers: &mut HeaderMap, complete: bool) {
        const LENIENT: GeneralPurpose = GeneralPurpose::new(
            &STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        match headers.get(Status::GRPC_STATUS) {
            // Details are read along with a status only.
            None => return,
            Some(code) if code != "0" || complete => self.0.answered.store(true, Ordering::Relaxed),
            Some(_) => drop(headers.remove(Status::GRPC_STATUS)),
        }
        let details = headers.get(&DETAILS);
        if details.is_some_and(|details| LENIENT.decode(details.as_bytes()).is_err()) {
            headers.remove(&DETAILS);
        }
    }
}

/// Where in the messages of an answer its bytes have come to.
#[derive(Debug, Default)]
struct Framing {
    /// How many of the five bytes in front of a message have come, and the length they say so far.
    prefix: u8,
    length: u32,
    /// How much of a message is still to come.
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
            // The first of the five bytes is no part of the length, and is shifted out of it.
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

/// A channel that looks at the answers: whether gRPC stands in them at all, and whether the service
/// ended them.
pub(super) struct Inspected {
    channel: Channel,
    answered: Answered,
}

impl Inspected {
    pub(super) fn new(channel: Channel, answered: Answered) -> Self {
        Self { channel, answered }
    }
}

impl Service<http::Request<Body>> for Inspected {
    type Response = http::Response<Body>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answer = self.channel.call(request);
        let answered = self.answered.clone();
        Box::pin(async move {
            let mut answer = answer.await?;
            // Ahead of a body, the headers cannot know how it ends.
            let complete = answer.body().is_end_stream();
            if complete {
                answered.end();
            }
            answered.inspect(answer.headers_mut(), complete);
            let sound = answer.status().is_success() && is_grpc(answer.headers());
            if !answered.get() && !sound {
                return Err(NotGrpc::new(&answer).into());
            }
            Ok(answer
                .map(|body| Body::new(Watched { body, answered, framing: Framing::default() })))
        })
    }
}

/// A body that is looked at as it comes.
struct Watched {
    body: Body,
    answered: Answered,
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
                    this.answered.inspect(trailers, this.framing.is_between_messages());
                    this.answered.end();
                }
            }
            Some(Err(_)) => {}
            None => this.answered.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    media_type.starts_with(b"application/grpc")
}

/// A response of something that does not speak gRPC, such as a proxy.
#[derive(Debug)]
pub(super) struct NotGrpc {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    media_type: String,
}

impl NotGrpc {
    fn new(answer: &http::Response<Body>) -> Self {
        let media_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("no content type").to_owned();
        Self { status: answer.status(), headers: answer.headers().clone(), media_type }
    }
}

impl NotGrpc {
    /// The wait that it asks for.
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
    fn a_proxy_asks_for_a_wait_in_seconds_or_until_a_date() {
        for wait in ["17", "Sat, 21 Nov 2026 10:00:17 GMT"] {
            let answer = http::Response::builder()
                .status(503)
                .header("retry-after", wait)
                .header("date", "Sat, 21 Nov 2026 10:00:00 GMT")
                .body(Body::empty())
                .unwrap();
            let asked = NotGrpc::new(&answer).retry_after();
            assert_eq!(asked, Some(Duration::from_secs(17)), "{wait}");
        }
    }
}
