use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;

use super::{
    Download, File, HttpClient, Outcome, QueryValue,
    query::encode_segment,
    response::{Incoming, RawResponse, transport_error},
};
use crate::{
    Error, Operation, Response, Result, retry, runtime::require_io, save_atomically, text::Secrets,
};

const JSON: &str = "application/json";
/// Files are requested without compression, so that the client does not have to verify checksums or
/// archive members.
const IDENTITY: Option<&str> = Some("identity");

/// Builder for one call of one operation.
///
/// Unset parameters are not sent. An invalid parameter makes `send…` fail before anything is sent.
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    client: &'a HttpClient,
    operation: &'static Operation,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    accept: &'static str,
    body: Option<Map<String, Value>>,
    document: Option<(&'static str, Value)>,
    /// The `Accept-Encoding` to send.
    encoding: Option<&'static str>,
    may_be_empty: bool,
    refusal: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a HttpClient, operation: &'static Operation) -> Self {
        Self {
            client,
            operation,
            path: operation.route().to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            accept: JSON,
            body: None,
            document: None,
            encoding: if cfg!(feature = "gzip") { Some("gzip") } else { None },
            may_be_empty: false,
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

    /// Same as [`path`](Self::path), for a value that is not a string, and whose conversion may
    /// fail.
    pub fn path_value(mut self, name: &'static str, value: impl QueryValue) -> Self {
        if let Some(reason) = value.refusal() {
            self.refuse(format!("`{name}` {reason}"));
        }
        let mut values = Vec::new();
        value.append_to(&mut values);
        self.path(name, &values.concat())
    }

    /// Same as [`path`](Self::path), for a segment that must not be one of `others`, which would
    /// form another route. Blanks and punctuation around the segment are ignored in this
    /// comparison, because gateways may drop them.
    pub fn path_except(mut self, name: &'static str, value: &str, others: &[&str]) -> Self {
        let bare = value.trim_matches(|c: char| !c.is_alphanumeric());
        if others.iter().any(|other| other.eq_ignore_ascii_case(bare)) {
            self.refuse(format!("`{name}` is `{value}`, which would be another route"));
        }
        self.path(name, value)
    }

    /// Adds a query parameter: not at all for `None`, once per element for a list.
    pub fn query(mut self, name: &'static str, value: impl QueryValue) -> Self {
        if let Some(reason) = value.refusal() {
            self.refuse(format!("`{name}` {reason}"));
        }
        let mut values = Vec::new();
        value.append_to(&mut values);
        self.query.extend(values.into_iter().map(|value| (name, value)));
        self
    }

    /// Adds a required query parameter; `advice` describes how to set it.
    pub fn required_query(
        mut self,
        name: &'static str,
        value: Option<impl QueryValue>,
        advice: &str,
    ) -> Self {
        let mut values = Vec::new();
        value.append_to(&mut values);
        if values.iter().all(String::is_empty) {
            self.refuse(format!("`{name}` is missing: {advice}"));
        }
        self.query(name, value)
    }

    /// Adds a header, not at all for `None`. Headers that the transport or the credentials set take
    /// precedence.
    pub fn header(mut self, name: &'static str, value: impl QueryValue) -> Self {
        let mut values = Vec::new();
        value.append_to(&mut values);
        for value in values {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), Ok(value)) => {
                    self.headers.append(name, value);
                }
                _ => {
                    self.refuse(format!("`{name}` has a character that is not allowed in a header"))
                }
            }
        }
        self
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

    /// Adds a required field of the JSON body; `advice` describes how to set it.
    pub fn required_body(
        self,
        name: &'static str,
        value: Option<impl Serialize>,
        advice: &str,
    ) -> Self {
        let call = self.body(name, value);
        let written = call.body.as_ref().and_then(|body| body.get(name));
        if written.is_some_and(|value| value != "") {
            return call;
        }
        let mut call = call;
        call.refuse(format!("`{name}` is missing: {advice}"));
        call
    }

    /// Makes `value` the whole JSON body, sent as `media_type`, such as `application/vnd.api+json`.
    /// It replaces single [fields](Self::body).
    pub fn document(mut self, media_type: &'static str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.document = Some((media_type, value)),
            Err(error) => self.refuse(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// Omits a part of the [document](Self::document) that only responses have, given by its keys.
    /// In a list, it is omitted from every object.
    pub fn omit(mut self, path: &[&str]) -> Self {
        if let Some((_, document)) = &mut self.document {
            remove(document, path);
        }
        self
    }

    /// Sets the `Accept` header; the default is `application/json`.
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// Makes the call fail with an invalid request unless `condition` is true.
    pub fn require(mut self, condition: bool, reason: &str) -> Self {
        if !condition {
            self.refuse(reason.to_owned());
        }
        self
    }

    /// Fails the call if several of these parameters are set. Each is a pair of its name and
    /// whether it is set.
    pub fn at_most_one(mut self, parameters: &[(&str, bool)]) -> Self {
        let set: Vec<_> = parameters.iter().filter(|(_, set)| *set).collect();
        if let [(one, _), .., (other, _)] = *set {
            self.refuse(format!("`{one}` and `{other}` exclude each other: set only one of them"));
        }
        self
    }

    /// Fails the call unless exactly one of these parameters is set. Each is a pair of its name and
    /// whether it is set.
    pub fn exactly_one(mut self, parameters: &[(&str, bool)]) -> Self {
        if parameters.iter().all(|(_, set)| !set) {
            let names: Vec<_> = parameters.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.refuse(format!("{} are all missing: set one of them", names.join(", ")));
        }
        self.at_most_one(parameters)
    }

    fn refuse(&mut self, reason: String) {
        self.refusal.get_or_insert(reason);
    }

    /// Accepts a response without content as an empty object or file. An object may then have any
    /// keys: it confirms what the status says.
    pub fn may_be_empty(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// Sends the call and decodes the JSON object in the response, which must not be empty unless
    /// it [may be](Self::may_be_empty).
    ///
    /// # Errors
    ///
    /// Every kind of [`Error`] except those of building a client and of files.
    pub async fn send<T: DeserializeOwned>(self) -> Result<Response<T>> {
        let may_be_empty = self.may_be_empty;
        self.exchange(false, |incoming| async move {
            let response = incoming.read().await?;
            let value = match may_be_empty {
                true => response.decode_confirmation()?,
                false => response.decode_filled()?,
            };
            Ok(response.into_response(value))
        })
        .await
    }

    /// Sends the call and decodes the JSON object in the response that holds a list, or a page of
    /// it. It may have no keys.
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send).
    pub async fn send_page<T: DeserializeOwned>(self) -> Result<Response<T>> {
        self.exchange(false, |incoming| async move {
            let response = incoming.read().await?;
            let value = response.decode()?;
            Ok(response.into_response(value))
        })
        .await
    }

    /// Sends the call and decodes the JSON list of objects in the response.
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send).
    pub async fn send_list<T: DeserializeOwned>(self) -> Result<Response<Vec<T>>> {
        self.exchange(false, |incoming| async move {
            let response = incoming.read().await?;
            let values = response.decode_list()?;
            Ok(response.into_response(values))
        })
        .await
    }

    /// Sends the call. The status alone decides; the body is not needed.
    ///
    /// A DELETE that gets a 404 succeeds, with the status 404, if an earlier attempt of the same
    /// call may have reached the service.
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send).
    pub async fn send_empty(self) -> Result<Response<()>> {
        let deletes = self.operation.method() == Some(&Method::DELETE);
        self.exchange(deletes, |incoming| async move {
            Ok(incoming.read_if_sent().await.into_response(()))
        })
        .await
    }

    /// Sends the call and returns the file in the response, which is either inside a JSON object or
    /// the raw body; the content type of the response determines which. The declared media type and
    /// the first bytes of the file must match `media_type`.
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send); also [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the
    /// response does not contain a file, or contains one of another type.
    pub async fn send_file<F: File>(mut self, media_type: &'static str) -> Result<Response<F>> {
        self.encoding = IDENTITY;
        let may_be_empty = self.may_be_empty;
        self.exchange(false, |incoming| async move {
            let response = incoming.read().await?;
            let file = file_in(&response, media_type, may_be_empty)?;
            Ok(response.into_response(file))
        })
        .await
    }

    /// Same as [`send_file`](Self::send_file), but writes the file to `path` and returns its
    /// length. Raw bytes are written while they arrive; a JSON object is read as a whole first.
    ///
    /// # Errors
    ///
    /// Same as [`send_file`](Self::send_file); also [`ErrorKind::File`](crate::ErrorKind::File) if
    /// the file cannot be written.
    pub async fn save_file<F: File>(
        mut self,
        media_type: &'static str,
        path: impl AsRef<Path>,
    ) -> Result<Response<u64>> {
        self.encoding = IDENTITY;
        let path = path.as_ref();
        let may_be_empty = self.may_be_empty;
        let limit = self.client.options().effective_max_file_size();
        self.exchange(false, |incoming| async move {
            if !incoming.may_be_json() {
                return incoming.save(path, media_type, may_be_empty, limit).await;
            }
            let response = incoming.read().await?;
            let file = file_in::<F>(&response, media_type, may_be_empty)?.into_content();
            let length = file.len() as u64;
            let response = response.into_response_without_body(length);
            save_atomically(path, file).await?;
            Ok(response)
        })
        .await
    }

    /// Sends the call and returns the body of the response as the file that was
    /// [requested](Self::accept).
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send); also [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the
    /// response is empty or of another media type.
    pub async fn send_download(mut self) -> Result<Response<Download>> {
        self.encoding = IDENTITY;
        let (accept, may_be_empty) = (self.accept, self.may_be_empty);
        self.exchange(false, |incoming| async move {
            let response = incoming.read().await?;
            response.check_file(accept, may_be_empty)?;
            let file = Download::new(response.headers(), response.body.clone());
            Ok(response.into_response(file))
        })
        .await
    }

    /// Same as [`send_download`](Self::send_download), but writes the file to `path` while it
    /// arrives, and returns its length.
    ///
    /// # Errors
    ///
    /// Same as [`send_download`](Self::send_download); also
    /// [`ErrorKind::File`](crate::ErrorKind::File) if the file cannot be written.
    pub async fn save_download(mut self, path: impl AsRef<Path>) -> Result<Response<u64>> {
        self.encoding = IDENTITY;
        let path = path.as_ref();
        let (accept, may_be_empty) = (self.accept, self.may_be_empty);
        let limit = self.client.options().effective_max_file_size();
        self.exchange(false, |incoming| incoming.save(path, accept, may_be_empty, limit)).await
    }

    /// Sends the call of an operation whose result may not be ready. The status decides before the
    /// body is read: 202 means that the result is not ready, whatever the body contains and even if
    /// it does not arrive. The body of any other success is decoded.
    ///
    /// # Errors
    ///
    /// Same as [`send`](Self::send).
    pub async fn send_outcome<O: Outcome>(self) -> Result<Response<O>> {
        self.exchange(false, |incoming| async move {
            if incoming.status() == StatusCode::ACCEPTED {
                let response = incoming.read_if_sent().await;
                let outcome = O::pending(response.headers(), &response.body);
                return Ok(response.into_response(outcome));
            }
            let response = incoming.read().await?;
            let outcome = O::ready(response.decode_filled()?);
            Ok(response.into_response(outcome))
        })
        .await
    }

    /// Makes the call in its span: attempts, response, decoding. With `gone_is_done`, a 404 after
    /// an attempt that may have reached the service counts as a response.
    async fn exchange<T, F>(
        self,
        gone_is_done: bool,
        receive: impl Fn(Incoming) -> F,
    ) -> Result<Response<T>>
    where
        F: Future<Output = Result<Response<T>>>,
    {
        let operation = self.operation;
        if let Some(reason) = self.refusal {
            return Err(Error::invalid_request(reason).with_operation(operation));
        }
        let client = self.client;
        let method = operation.method().cloned().unwrap_or(Method::GET);
        let url = client.url(&self.path, &self.query);
        let media_type = HeaderValue::from_static(self.accept);
        let body = match (self.document, self.body) {
            (Some((media_type, document)), _) => Some((media_type, document.to_string())),
            (None, Some(fields)) => Some((JSON, Value::Object(fields).to_string())),
            (None, None) => None,
        };
        // An attempt that is dropped because of its time limit leaves this true.
        let sent = AtomicBool::new(false);
        let (options, budget) = (client.options(), client.budget());
        retry::run(operation, Some(client.server()), options, budget, |_number| {
            let sent_before = sent.swap(true, Ordering::Relaxed);
            let request = Request {
                operation,
                method: method.clone(),
                url: url.clone(),
                headers: self.headers.clone(),
                accept: media_type.clone(),
                encoding: self.encoding,
                body: body.clone(),
                may_be_gone: gone_is_done && sent_before,
            };
            let (receive, sent) = (&receive, &sent);
            async move {
                let sending = async {
                    let credentials = match client.credentials().known_headers() {
                        Some(headers) => headers,
                        None => client.credentials().headers().await?,
                    };
                    let secrets = Secrets::of(&credentials);
                    match request.send(client, &credentials, &secrets).await {
                        Ok(incoming) => Ok((incoming, secrets)),
                        Err(error) => Err(error.redacted(&secrets)),
                    }
                };
                let (incoming, secrets) = sending.await.inspect_err(|error| {
                    if !error.was_sent() {
                        sent.store(sent_before, Ordering::Relaxed);
                    }
                })?;
                match receive(incoming).await {
                    Ok(response) => Ok(response.without(&secrets)),
                    Err(error) => Err(error.redacted(&secrets)),
                }
            }
        })
        .await
    }
}

/// Removes the value at the end of a path of keys.
fn remove(value: &mut Value, path: &[&str]) {
    match (value, path) {
        (Value::Array(list), _) => list.iter_mut().for_each(|one| remove(one, path)),
        (Value::Object(object), [key]) => _ = object.remove(*key),
        (Value::Object(object), [key, rest @ ..]) => {
            object.get_mut(*key).into_iter().for_each(|one| remove(one, rest));
        }
        _ => {}
    }
}

/// The file in a response, in JSON or as raw bytes.
fn file_in<F: File>(response: &RawResponse, media_type: &str, may_be_empty: bool) -> Result<F> {
    if !response.is_json() {
        response.check_file(media_type, may_be_empty)?;
        return Ok(F::from(Download::new(response.headers(), response.body.clone())));
    }
    let file: F = response.decode_filled()?;
    response.check_carried(file.media_type(), file.content(), media_type, may_be_empty)?;
    Ok(file)
}

/// The request of one attempt.
struct Request {
    operation: &'static Operation,
    method: Method,
    url: Url,
    headers: HeaderMap,
    accept: HeaderValue,
    encoding: Option<&'static str>,
    body: Option<(&'static str, String)>,
    may_be_gone: bool,
}

impl Request {
    /// One attempt, up to the head of the response.
    async fn send(
        self,
        client: &HttpClient,
        credentials: &HeaderMap,
        secrets: &Secrets,
    ) -> Result<Incoming> {
        require_io()?;
        let writes = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let mut request = client.http().request(self.method, self.url).header(ACCEPT, self.accept);
        if let Some(encoding) = self.encoding {
            request = request.header(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        }
        request = match self.body {
            Some((media_type, body)) => {
                request.header(CONTENT_TYPE, HeaderValue::from_static(media_type)).body(body)
            }
            // Some gateways reject a POST without `Content-Length`.
            None if writes => request.header(CONTENT_LENGTH, HeaderValue::from_static("0")),
            None => request,
        };
        for (name, value) in &self.headers {
            if !credentials.contains_key(name) && name != ACCEPT && name != CONTENT_TYPE {
                request = request.header(name, value);
            }
        }
        for (name, value) in credentials {
            let mut value = value.clone();
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(transport_error)?;
        let may_be_gone = self.may_be_gone;
        Incoming::accept(client, self.operation, response, may_be_gone, secrets).await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        sync::Arc,
        time::Duration,
    };

    use http::StatusCode;

    use super::*;
    use crate::{
        BoxFuture, CallOptions, Credentials, ErrorKind, Idempotency, StandardRetry,
        http::{ErrorDescription, Service},
    };

    static SERVICE: Service = Service {
        user_agent: "test/1",
        request_id_header: "x-request-id",
        describe_error: |_, _, _| ErrorDescription::default(),
    };
    static DELETE: Operation =
        Operation::http("delete", Method::DELETE, "/thing", Idempotency::Idempotent)
            .success(&[204]);
    static PUT: Operation = Operation::http("put", Method::PUT, "/thing", Idempotency::Idempotent);

    /// Fails this many times as if there were no connection.
    #[derive(Debug)]
    struct Unconnected(std::sync::atomic::AtomicU32);

    impl Credentials for Unconnected {
        fn headers(&self) -> BoxFuture<'_, Result<Arc<HeaderMap>>> {
            let count = |left: u32| left.checked_sub(1);
            let fails = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok();
            let error = || Err(Error::new(ErrorKind::Connect, "nobody there"));
            Box::pin(std::future::ready(if fails { error() } else { Ok(Arc::default()) }))
        }
    }

    /// How a server handles one request.
    #[derive(Clone, Copy)]
    enum Reply {
        Status(&'static str),
        Close,
        Stall,
    }

    /// Calls a server with this script, after this many attempts without a connection.
    async fn call(
        operation: &'static Operation,
        unconnected: u32,
        script: &'static [Reply],
    ) -> Result<Response<()>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for reply in script {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                assert_ne!(stream.read(&mut request).unwrap(), 0);
                match reply {
                    Reply::Status(status) => {
                        let head = format!("HTTP/1.1 {status}\r\nx-request-id: r\r\n");
                        let end = "content-length: 0\r\nconnection: close\r\n\r\n";
                        stream.write_all((head + end).as_bytes()).unwrap();
                    }
                    Reply::Close => {}
                    Reply::Stall => open.push(stream),
                }
            }
        });
        let options = CallOptions::new()
            .retry(StandardRetry::new().base_delay(Duration::ZERO))
            .attempt_timeout(Duration::from_millis(500));
        let credentials = Unconnected(unconnected.into());
        let builder = HttpClient::builder(&SERVICE, address).options(options);
        builder.build(credentials).unwrap().call(operation).send_empty().await
    }

    #[tokio::test]
    async fn retried_delete_with_404_succeeds() {
        use Reply::{Close, Stall, Status};

        const GONE: Reply = Status("404 Not Found");
        for script in [
            &[Close, GONE][..],
            &[Status("503 Service Unavailable"), GONE],
            &[Status("429 Too Many Requests"), Close, GONE],
            &[Stall, GONE],
        ] {
            for unconnected in [0, 1] {
                let response = call(&DELETE, unconnected, script).await.unwrap();
                assert_eq!(response.status(), StatusCode::NOT_FOUND);
                assert_eq!(response.request_id(), Some("r"));
            }
        }
        let response = call(&DELETE, 0, &[Close, Status("204 No Content")]).await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);

        for (operation, unconnected, script) in [
            (&DELETE, 0, &[GONE][..]),
            (&DELETE, 2, &[GONE]),
            (&DELETE, 0, &[Close, Status("410 Gone")]),
            (&PUT, 0, &[Close, GONE]),
        ] {
            let error = call(operation, unconnected, script).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Status, "{error}");
            assert_eq!(
                usize::try_from(unconnected).unwrap() + script.len(),
                usize::try_from(error.attempts()).unwrap()
            );
        }
    }

    #[test]
    fn too_many_or_too_few_of_a_group_are_rejected() {
        let client = HttpClient::builder(&SERVICE, "http://127.0.0.1").build(Unconnected(0.into()));
        let client = client.unwrap();
        let refusal = |call: Call<'_>| call.refusal.unwrap_or_default();
        for (set, most, exactly) in [
            ([false, false, false], "", "`a`, `b`, `c` are all missing: set one of them"),
            ([false, true, false], "", ""),
            ([true, false, true], "`a` and `c` exclude", "`a` and `c` exclude"),
            ([true, true, true], "`a` and `c` exclude", "`a` and `c` exclude"),
        ] {
            let group = [("a", set[0]), ("b", set[1]), ("c", set[2])];
            let text = refusal(client.call(&PUT).at_most_one(&group));
            assert!(text.starts_with(most) && text.is_empty() == most.is_empty(), "{text}");
            let text = refusal(client.call(&PUT).exactly_one(&group));
            assert!(text.starts_with(exactly) && text.is_empty() == exactly.is_empty(), "{text}");
        }
    }
}
