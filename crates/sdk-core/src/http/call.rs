use http::{HeaderName, HeaderValue, Method, header::ACCEPT};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tracing::Instrument as _;
use url::Url;

use super::{
    Download, HttpClient, QueryValue,
    answer::{Answer, transport_error},
    query::encode_segment,
};
use crate::{Error, ErrorKind, Operation, Response, Result, retry};

/// One call of one operation, as it is put together.
///
/// Parameters that hold nothing are not sent. A bad one is remembered and refused by `send…`,
/// before anything goes out.
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    client: &'a HttpClient,
    operation: &'static Operation,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Map<String, Value>>,
    refusal: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a HttpClient, operation: &'static Operation) -> Self {
        Self {
            client,
            operation,
            path: operation.route().to_owned(),
            query: Vec::new(),
            body: None,
            refusal: None,
        }
    }

    /// Fills `{name}` in the route; the value is encoded as one segment.
    pub fn path(mut self, name: &'static str, value: &str) -> Self {
        match encode_segment(name, value) {
            Ok(segment) => self.path = self.path.replace(&format!("{{{name}}}"), &segment),
            Err(reason) => self.refuse(reason),
        }
        self
    }

    /// Adds a query parameter: not at all for `None`, once per element for a list.
    pub fn query(mut self, name: &'static str, value: impl QueryValue) -> Self {
        let mut values = Vec::new();
        value.append_to(&mut values);
        self.query.extend(values.into_iter().map(|value| (name, value)));
        self
    }

    /// Adds a query parameter that must be there; `advice` says how to give it.
    pub fn required_query(
        mut self,
        name: &'static str,
        value: Option<impl QueryValue>,
        advice: &str,
    ) -> Self {
        if value.is_none() {
            self.refuse(format!("`{name}` is missing: {advice}"));
        }
        self.query(name, value)
    }

    /// Adds a field to the JSON body, unless it serializes to `null`.
    pub fn body(mut self, name: &'static str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Null) => {
                self.body.get_or_insert_default();
            }
            Ok(value) => {
                self.body.get_or_insert_default().insert(name.to_owned(), value);
            }
            Err(error) => self.refuse(format!("`{name}` cannot be written as JSON: {error}")),
        }
        self
    }

    /// Refuses the call unless `condition` holds.
    pub fn require(mut self, condition: bool, reason: &str) -> Self {
        if !condition {
            self.refuse(reason.to_owned());
        }
        self
    }

    fn refuse(&mut self, reason: String) {
        self.refusal.get_or_insert(reason);
    }

    /// Sends the call and decodes the JSON object it is answered with.
    ///
    /// # Errors
    ///
    /// Every kind of [`Error`] but those of building a client and of files.
    pub async fn send<T: DeserializeOwned>(self) -> Result<Response<T>> {
        self.exchange(|answer| {
            let value = answer.decode()?;
            Ok(answer.into_response(value))
        })
        .await
    }

    /// Sends the call; the answer has no content worth reading.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_empty(self) -> Result<Response<()>> {
        self.exchange(|answer| Ok(answer.into_response(()))).await
    }

    /// Sends the call and takes the file it is answered with: as a JSON object that carries it, or
    /// as the bytes themselves, whichever the answer's content type says.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also [`ErrorKind::Decode`] if there is no file in the answer, or a
    /// web page in its place.
    pub async fn send_file<F>(self) -> Result<Response<F>>
    where
        F: DeserializeOwned + From<Download> + AsRef<[u8]>,
    {
        self.exchange(|answer| {
            let file = match answer.media_type().as_str() {
                "application/json" => answer.decode()?,
                "text/html" | "application/xhtml+xml" => {
                    let message = "the answer is a web page where a file is due";
                    return Err(answer.fail(Error::new(ErrorKind::Decode, message)));
                }
                _ => F::from(Download::new(answer.headers(), answer.body.clone())),
            };
            if file.as_ref().is_empty() {
                let message = "the answer holds no file: its content is missing or empty";
                return Err(answer.fail(Error::new(ErrorKind::Decode, message)));
            }
            Ok(answer.into_response(file))
        })
        .await
    }

    /// Makes the call in its span: attempts, answer, decoding.
    async fn exchange<T>(
        self,
        accept: impl Fn(Answer) -> Result<Response<T>>,
    ) -> Result<Response<T>> {
        let operation = self.operation;
        if let Some(reason) = self.refusal {
            return Err(Error::invalid_request(reason).with_operation(operation));
        }
        let client = self.client;
        let method = operation.method().cloned().unwrap_or(Method::GET);
        let url = client.url(&self.path, &self.query);
        let body = self.body.map(|body| Value::Object(body).to_string());
        let span = tracing::info_span!(
            "billing.request",
            operation = operation.name(),
            http.request.method = %method,
            url.template = operation.route(),
            http.response.status_code = tracing::field::Empty,
            request_id = tracing::field::Empty,
        );
        let outcome = retry::run(operation, client.options(), client.budget(), |_number| {
            let request = attempt(client, method.clone(), url.clone(), body.clone());
            let accept = &accept;
            async move { accept(request.await?) }
        })
        .instrument(span.clone())
        .await;
        let (status, request_id) = match &outcome {
            Ok(response) => (Some(response.status()), response.request_id()),
            Err(error) => (error.status(), error.request_id()),
        };
        if let Some(status) = status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(request_id) = request_id {
            span.record("request_id", request_id);
        }
        outcome
    }
}

/// One try: credentials, request, complete answer.
async fn attempt(
    client: &HttpClient,
    method: Method,
    url: Url,
    body: Option<String>,
) -> Result<Answer> {
    let mut request = client
        .http()
        .request(method, url)
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(body) = body {
        request = request
            .header(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
    }
    let credentials: Vec<(HeaderName, HeaderValue)> = client
        .credentials()
        .headers()
        .await?
        .into_iter()
        .filter_map(|(name, value)| Some((name?, value)))
        .collect();
    for (name, mut value) in credentials {
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(transport_error)?;
    Answer::read(client.service(), response, client.options().effective_max_body_size()).await
}
