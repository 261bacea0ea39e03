//! A GET over a plain socket, so that no client library can hide what is sent or answered.

use billing_sandbox::Scaleway;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(key, _)| key == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a GET with the sandbox's key.
pub(crate) async fn get(scaleway: &Scaleway, path: &str) -> Answer {
    let token = format!("X-Auth-Token: {}\r\n", scaleway.secret_key());
    send(scaleway, "GET", path, &token).await
}

/// Sends a GET that must succeed, and returns its JSON.
pub(crate) async fn get_json(scaleway: &Scaleway, path: &str) -> Value {
    let answer = get(scaleway, path).await;
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{path}: {body}");
    answer.json()
}

/// Sends a request without a body. `headers` are whole lines.
pub(crate) async fn send(scaleway: &Scaleway, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = open(scaleway, method, path, headers).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();

    let head_end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let answer = Answer {
        status: status.parse().unwrap(),
        headers: lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: bytes[head_end + 4..].to_vec(),
    };
    let length = answer.header("content-length").unwrap();
    assert_eq!(length, answer.body.len().to_string());
    answer
}

/// Sends a request and leaves the answer to be read.
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
