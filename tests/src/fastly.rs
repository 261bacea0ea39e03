//! Fastly on the wire: clients of scripted servers, and the requests that the servers received.

use std::time::Duration;

use fastly_billing::{CallOptions, Client, StandardRetry};

use crate::{Reply, ScriptedServer};

/// The API token of all clients here.
pub const TOKEN: &str = "example-fastly-token-1";
/// The media type of JSON:API, as a header line.
pub const JSON_API: &str = "content-type: application/vnd.api+json";
/// The customer in routes.
pub const CUSTOMER: &str = "x4exampleCustomer";

/// A client of this server that retries without waiting.
#[must_use]
pub fn client(server: &ScriptedServer) -> Client {
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    let options = CallOptions::new().retry(retry);
    Client::builder().api_token(TOKEN).api_url(server.url()).options(options).build().unwrap()
}

/// A file under `fixtures/fastly/`.
#[must_use]
pub fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/fastly/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// A JSON response from a file under `fixtures/fastly/`.
#[must_use]
pub fn response(name: &str) -> Reply {
    crate::json(fixture(name))
}

/// A request that a server received.
#[derive(Debug)]
pub struct Sent {
    /// Method and target: `GET /path?query`.
    pub line: String,
    /// The whole head, in lower case.
    head: String,
    /// The body.
    pub body: String,
}

impl Sent {
    /// Checks the headers that every call sends, and its `Accept` header.
    pub fn assert_accepts(&self, media_type: &str) {
        assert_eq!(self.header("fastly-key"), Some(TOKEN), "{self:?}");
        assert_eq!(self.header("accept"), Some(media_type), "{self:?}");
        let agent = concat!("fastly-billing/", env!("CARGO_PKG_VERSION"));
        assert_eq!(self.header("user-agent"), Some(agent), "{self:?}");
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// All requests that a server received.
#[must_use]
pub fn sent(server: &ScriptedServer) -> Vec<Sent> {
    let split = |request: String| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let (line, rest) = head.split_once("\r\n").unwrap();
        Sent {
            line: line.strip_suffix(" HTTP/1.1").unwrap().to_owned(),
            head: rest.to_lowercase(),
            body: body.to_owned(),
        }
    };
    server.requests().into_iter().map(split).collect()
}
