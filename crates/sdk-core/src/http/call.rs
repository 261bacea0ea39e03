use std::sync::atomic::{AtomicBool, Ordering};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;

use super::{
    Download, HttpClient, Outcome, QueryValue,
    answer::{Answer, transport_error},
    query::encode_segment,
};
use crate::{Error, ErrorKind, Operation, Response, Result, retry, text::Secrets};

const JSON: &str = "application/json";

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
    headers: HeaderMap,
    accept: &'static str,
    body: Option<Map<String, Value>>,
    document: Option<(&'static str, Value)>,
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
        let mut values = Vec::new();
        value.append_to(&mut values);
        if values.iter().all(String::is_empty) {
            self.refuse(format!("`{name}` is missing: {advice}"));
        }
        self.query(name, value)
    }

    /// Adds a header, not at all for `None`. Headers that the transport or the credentials set win
    /// over it.
    pub fn header(mut self, name: &'static str, value: impl QueryValue) -> Self {
        let mut values = Vec::new();
        value.append_to(&mut values);
        for value in values {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), Ok(value)) => {
                    self.headers.append(name, value);
                }
                _ => self.refuse(format!("`{name}` has a character that no header may carry")),
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

    /// Adds a field to the JSON body that must be there; `advice` says how to give it.
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
    /// It takes the place of single [fields](Self::body).
    pub fn document(mut self, media_type: &'static str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.document = Some((media_type, value)),
            Err(error) => self.refuse(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// Asks for an answer of this media type; for `application/json` unless told otherwise.
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// Refuses the call unless `condition` holds.
    pub fn require(mut self, condition: bool, reason: &str) -> Self {
        if !condition {
            self.refuse(reason.to_owned());
        }
        self
    }

    /// Refuses the call if several of these parameters are set, each given by its name and whether
    /// it is.
    pub fn at_most_one(mut self, parameters: &[(&str, bool)]) -> Self {
        let set: Vec<_> = parameters.iter().filter(|(_, set)| *set).collect();
        if let [(one, _), .., (other, _)] = *set {
            self.refuse(format!("`{one}` and `{other}` exclude each other: set only one of them"));
        }
        self
    }

    /// Refuses the call unless one of these parameters is set and no other, each given by its name
    /// and whether it is.
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

    /// Sends the call and decodes the JSON object it is answered with.
    ///
    /// # Errors
    ///
    /// Every kind of [`Error`] but those of building a client and of files.
    pub async fn send<T: DeserializeOwned>(self) -> Result<Response<T>> {
        self.exchange(false, |answer| {
            let value = answer.decode()?;
            Ok(answer.into_response(value))
        })
        .await
    }

    /// Sends the call and decodes the JSON list of objects it is answered with.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_list<T: DeserializeOwned>(self) -> Result<Response<Vec<T>>> {
        self.exchange(false, |answer| {
            let values = answer.decode_list()?;
            Ok(answer.into_response(values))
        })
        .await
    }

    /// Sends the call; the answer has no content worth reading.
    ///
    /// Where a DELETE is answered with 404 after an earlier attempt of the same call may have
    /// reached the service, that attempt did the work: it is a success, with the status 404.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_empty(self) -> Result<Response<()>> {
        let deletes = self.operation.method() == Some(&Method::DELETE);
        self.exchange(deletes, |answer| Ok(answer.into_response(()))).await
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
        self.exchange(false, |answer| {
            let file = match answer.media_type().as_str() {
                _ if answer.is_json() => answer.decode()?,
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

    /// Sends the call and takes the answer's body as the file that was [asked for](Self::accept).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also [`ErrorKind::Decode`] if the answer is empty, or JSON or a web
    /// page in place of the file.
    pub async fn send_download(self) -> Result<Response<Download>> {
        let accept = self.accept;
        self.exchange(false, |answer| {
            let problem = match answer.media_type().as_str() {
                media_type @ ("text/html" | "application/xhtml+xml") => {
                    format!("the answer is {media_type} where {accept} is due")
                }
                _ if answer.is_json() => format!("the answer is JSON where {accept} is due"),
                _ if answer.body.is_empty() => {
                    "the answer holds no file: its content is empty".to_owned()
                }
                _ => {
                    let file = Download::new(answer.headers(), answer.body.clone());
                    return Ok(answer.into_response(file));
                }
            };
            Err(answer.fail(Error::new(ErrorKind::Decode, problem)))
        })
        .await
    }

    /// Sends the call of an operation whose result takes its time. The status decides, before the
    /// body is looked at: 202 means that the result is not there yet, whatever the body holds; with
    /// any other success the body is decoded.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_outcome<O: Outcome>(self) -> Result<Response<O>> {
        self.exchange(false, |answer| {
            let outcome = if answer.status() == StatusCode::ACCEPTED {
                O::pending(answer.headers(), &answer.body)
            } else {
                O::ready(answer.decode()?)
            };
            Ok(answer.into_response(outcome))
        })
        .await
    }

    /// Makes the call in its span: attempts, answer, decoding. With `gone_is_done`, a 404 after an
    /// attempt that may have reached the service is an answer like others.
    async fn exchange<T>(
        self,
        gone_is_done: bool,
        accept: impl Fn(Answer) -> Result<Response<T>>,
    ) -> Result<Response<T>> {
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
        // An attempt that is dropped, as it took too long, leaves this true.
        let sent = AtomicBool::new(false);
        let (options, budget) = (client.options(), client.budget());
        retry::run(operation, Some(client.server()), options, budget, |_number| {
            let sent_before = sent.swap(true, Ordering::Relaxed);
            let request = Request {
                method: method.clone(),
                url: url.clone(),
                headers: self.headers.clone(),
                accept: media_type.clone(),
                body: body.clone(),
                may_be_gone: gone_is_done && sent_before,
            };
            let (accept, sent) = (&accept, &sent);
            async move {
                let sending = async {
                    let credentials = client.credentials().headers().await?;
                    let secrets = Secrets::of(&credentials);
                    match request.send(client, credentials, &secrets).await {
                        Ok(answer) => Ok((answer, secrets)),
                        Err(error) => Err(error.redacted(&secrets)),
                    }
                };
                let (answer, secrets) = sending.await.inspect_err(|error| {
                    if !error.was_sent() {
                        sent.store(sent_before, Ordering::Relaxed);
                    }
                })?;
                match accept(answer) {
                    Ok(response) => Ok(response.without(&secrets)),
                    Err(error) => Err(error.redacted(&secrets)),
                }
            }
        })
        .await
    }
}

/// What one attempt sends.
struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    accept: HeaderValue,
    body: Option<(&'static str, String)>,
    may_be_gone: bool,
}

impl Request {
    /// One attempt, up to the complete response.
    async fn send(
        self,
        client: &HttpClient,
        credentials: HeaderMap,
        secrets: &Secrets,
    ) -> Result<Answer> {
        let writes = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let mut request = client.http().request(self.method, self.url).header(ACCEPT, self.accept);
        request = match self.body {
            Some((media_type, body)) => {
                request.header(CONTENT_TYPE, HeaderValue::from_static(media_type)).body(body)
            }
            // Some gateways refuse a POST that does not say that it has no body.
            None if writes => request.header(CONTENT_LENGTH, HeaderValue::from_static("0")),
            None => request,
        };
        for (name, value) in &self.headers {
            if !credentials.contains_key(name) && name != ACCEPT && name != CONTENT_TYPE {
                request = request.header(name, value);
            }
        }
        for (name, value) in &credentials {
            let mut value = value.clone();
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(transport_error)?;
        Answer::read(client.service(), response, client.options(), self.may_be_gone, secrets).await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        time::Duration,
    };

    use http::StatusCode;

    use super::*;
    use crate::{
        BoxFuture, CallOptions, Credentials, Idempotency, StandardRetry,
        http::{ErrorDescription, Service},
    };

    static SERVICE: Service = Service {
        user_agent: "test/1",
        request_id_header: "x-request-id",
        describe_error: |_, _, _| ErrorDescription::default(),
    };
    static DELETE: Operation =
        Operation::http("delete", Method::DELETE, "/thing", Idempotency::Idempotent);
    static PUT: Operation = Operation::http("put", Method::PUT, "/thing", Idempotency::Idempotent);

    /// Fails so many times as if there was no connection.
    #[derive(Debug)]
    struct Unconnected(std::sync::atomic::AtomicU32);

    impl Credentials for Unconnected {
        fn headers(&self) -> BoxFuture<'_, Result<HeaderMap>> {
            let count = |left: u32| left.checked_sub(1);
            let fails = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok();
            let error = || Err(Error::new(ErrorKind::Connect, "nobody there"));
            Box::pin(std::future::ready(if fails { error() } else { Ok(HeaderMap::new()) }))
        }
    }

    /// What a server does with one request.
    #[derive(Clone, Copy)]
    enum Reply {
        Status(&'static str),
        Close,
        Stall,
    }

    /// Calls a server that does this in turn, after so many attempts without a connection.
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
    async fn what_a_repeated_delete_does_not_find_is_deleted() {
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
    fn too_many_or_too_few_of_a_group_are_refused() {
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
