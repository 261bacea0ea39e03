use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A gRPC response in parts, any of which may be invalid on purpose.
#[derive(Debug, Clone)]
pub struct RawReply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    frames: Vec<Bytes>,
    trailers: Option<Vec<(&'static str, String)>>,
}

impl RawReply {
    /// A valid response with these messages.
    #[must_use]
    pub fn messages(messages: &[&[u8]]) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![("content-type", "application/grpc".to_owned())],
            frames: messages.iter().map(|message| frame(message)).collect(),
            trailers: Some(vec![("grpc-status", "0".to_owned())]),
        }
    }

    /// A response that consists of a status only.
    #[must_use]
    pub fn status(code: u32, message: &str) -> Self {
        let mut reply = Self::messages(&[]).without_trailers();
        reply.headers.push(("grpc-status", code.to_string()));
        reply.headers.push(("grpc-message", message.to_owned()));
        reply
    }

    /// A response that is not gRPC.
    #[must_use]
    pub fn http(status: u16, content_type: &str, body: &'static str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("content-type", content_type.to_owned())],
            frames: vec![Bytes::from(body)],
            trailers: None,
        }
    }

    /// The same response with other bytes after the messages.
    #[must_use]
    pub fn and_bytes(mut self, bytes: &'static [u8]) -> Self {
        self.frames.push(Bytes::from(bytes));
        self
    }

    /// The same response with another header.
    #[must_use]
    pub fn and_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same response with these trailers.
    #[must_use]
    pub fn with_trailers(mut self, trailers: &[(&'static str, &str)]) -> Self {
        let owned = trailers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.trailers = Some(owned.collect());
        self
    }

    /// The same response, ended properly but without a gRPC status.
    #[must_use]
    pub fn without_trailers(mut self) -> Self {
        self.trailers = None;
        self
    }

    /// The response as a server sends it.
    #[must_use]
    pub fn into_response(self) -> Response {
        let data = self.frames.into_iter().map(http_body::Frame::data);
        let trailers = self.trailers.map(|trailers| http_body::Frame::trailers(headers(trailers)));
        let frames = data.chain(trailers).map(Ok::<_, Infallible>).collect::<Vec<_>>();
        let mut response = Response::new(Body::new(StreamBody::new(stream::iter(frames))));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers(self.headers);
        response
    }
}

fn headers(pairs: Vec<(&'static str, String)>) -> HeaderMap {
    let parse = |(name, value): (&'static str, String)| {
        (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
    };
    pairs.into_iter().map(parse).collect()
}

/// A message with its five-byte prefix: not compressed, and the length.
fn frame(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0][..], &length, message].concat().into()
}

/// A request that a [`RawServer`] received.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// The path: `/package.Service/Method`.
    pub path: String,
    /// The metadata.
    pub headers: HeaderMap,
    /// The message, without its prefix.
    pub message: Bytes,
}

/// An HTTP/2 server on loopback that responds with raw bytes, without any gRPC library.
#[derive(Debug)]
pub struct RawServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<RawRequest>>>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Starts a server with the responses of `reply`.
    pub async fn start(
        reply: impl Fn(&RawRequest) -> RawReply + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let handle = move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            assert_eq!(body, frame(&body[5..]), "one message, not compressed");
            let request = RawRequest {
                path: parts.uri.path().to_owned(),
                headers: parts.headers,
                message: body.slice(5..),
            };
            let response = reply(&request).into_response();
            seen.lock().unwrap().push(request);
            response
        };
        let router = Router::new().fallback(handle);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, requests, task }
    }

    /// `http://127.0.0.1:…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RawRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A relay on loopback that counts the HTTP/2 pings that a client sends through it.
#[derive(Debug)]
pub struct PingCounter {
    address: SocketAddr,
    pings: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl PingCounter {
    /// Starts a relay to `target`.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pings = Arc::<AtomicUsize>::default();
        let (counted, target) = (Arc::clone(&pings), target.to_owned());
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&target).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(
                    async move { tokio::io::copy(&mut from_server, &mut to_client).await },
                );
                let counted = Arc::clone(&counted);
                tokio::spawn(
                    async move { relay(&mut from_client, &mut to_server, &counted).await },
                );
            }
        });
        Self { address, pings, task }
    }

    /// `http://127.0.0.1:…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of pings so far.
    #[must_use]
    pub fn pings(&self) -> usize {
        self.pings.load(Ordering::Relaxed)
    }
}

impl Drop for PingCounter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Relays the preface and the frames of a client, and counts the pings.
async fn relay(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    pings: &AtomicUsize,
) -> std::io::Result<()> {
    const PREFACE: usize = 24;
    /// The type of a ping, and the flag of its response.
    const PING: u8 = 6;
    const ACK: u8 = 1;
    let mut preface = [0; PREFACE];
    from.read_exact(&mut preface).await?;
    to.write_all(&preface).await?;
    loop {
        let mut head = [0; 9];
        from.read_exact(&mut head).await?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        from.read_exact(&mut payload).await?;
        if head[3] == PING && head[4] & ACK == 0 {
            pings.fetch_add(1, Ordering::Relaxed);
        }
        to.write_all(&head).await?;
        to.write_all(&payload).await?;
    }
}
