//! HTTP over a plain socket, so that no client library can hide details of requests and responses.

use billing_sandbox::Scaleway;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Reads until the connection is closed. Returns `None` if it is closed without a response.
    pub(crate) async fn read(mut stream: TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        if bytes.is_empty() {
            return None;
        }

        let head_end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        Some(Self {
            status: status.parse().unwrap(),
            headers: lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[head_end + 4..].to_vec(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(key, _)| key == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The length that the head announces. Only a response without a body announces none.
    pub(crate) fn announced(&self) -> usize {
        let length = self.header("content-length");
        assert_eq!(length.is_none(), self.status == 204);
        length.map_or(0, |length| length.parse().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a GET with the sandbox's key.
pub(crate) async fn get(scaleway: &Scaleway, path: &str) -> Response {
    call(scaleway, "GET", path).await
}

/// Sends a GET that must succeed, and returns its JSON.
pub(crate) async fn get_json(scaleway: &Scaleway, path: &str) -> Value {
    let response = get(scaleway, path).await;
    let body = String::from_utf8_lossy(&response.body);
    assert_eq!(response.status, 200, "{path}: {body}");
    response.json()
}

/// Sends a request without a body, with the sandbox's key.
pub(crate) async fn call(scaleway: &Scaleway, method: &str, path: &str) -> Response {
    send(scaleway, method, path, &token(scaleway)).await
}

/// Sends JSON with the sandbox's key.
pub(crate) async fn call_json(
    scaleway: &Scaleway,
    method: &str,
    path: &str,
    body: &Value,
) -> Response {
    let headers = format!("{}Content-Type: application/json\r\n", token(scaleway));
    send_body(scaleway, method, path, &headers, &body.to_string()).await
}

/// Sends a request with a body. `headers` are whole lines.
pub(crate) async fn send_body(
    scaleway: &Scaleway,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Response {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    let mut stream = open(scaleway, method, path, &headers).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    whole(stream).await
}

/// Sends a request without a body. `headers` are whole lines.
pub(crate) async fn send(scaleway: &Scaleway, method: &str, path: &str, headers: &str) -> Response {
    whole(open(scaleway, method, path, headers).await).await
}

async fn whole(stream: TcpStream) -> Response {
    let response = Response::read(stream).await.unwrap();
    assert_eq!(response.announced(), response.body.len());
    response
}

/// The header line with the sandbox's key.
pub(crate) fn token(scaleway: &Scaleway) -> String {
    format!("X-Auth-Token: {}\r\n", scaleway.secret_key())
}

/// Sends a request without reading the response.
pub(crate) async fn open(
    scaleway: &Scaleway,
    method: &str,
    path: &str,
    headers: &str,
) -> TcpStream {
    let url = scaleway.url();
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}
