use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream as _;
use http::{HeaderMap, uri::PathAndQuery};
use prost::Message;
use tokio::time::{Instant, timeout};
use tonic::{Streaming, client::Grpc, metadata::MetadataMap};
use tonic_prost::ProstCodec;

use super::{
    ByteStream, Chunk, FileCall, GrpcClient, InvalidField,
    client::{MAX_COLLECTED_SIZE, MAX_MESSAGE_SIZE},
    response::{Inspected, Observed},
    status::{UNAUTHENTICATED, classify, unfinished},
    stream::Pieces,
};
use crate::{
    CallOptions, Credentials, Error, ErrorKind, Idempotency, Operation, Response, Result,
    response::Envelope, retry, text::Secrets,
};

/// The longest time limit that is sent to the service: eight digits of seconds, about three years.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(99_999_999);

/// The number of headers that the gRPC library adds.
const HEADERS: usize = 4;

/// One call of one operation.
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    client: GrpcClient,
    operation: &'static Operation,
    options: CallOptions,
    refusal: Option<String>,
}

impl Call {
    pub(super) fn new(client: &GrpcClient, operation: &'static Operation) -> Self {
        let options = client.options().clone();
        Self { client: client.clone(), operation, options, refusal: None }
    }

    /// Fails the call before anything is sent, unless `condition` holds.
    pub fn require(mut self, condition: bool, reason: &str) -> Self {
        if !condition {
            self.refusal.get_or_insert_with(|| reason.to_owned());
        }
        self
    }

    /// Gives a slow operation this much time, all of it for each attempt, unless the client's
    /// options set a limit.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.options =
            self.options.or(&CallOptions::new().timeout(timeout).attempt_timeout(timeout));
        self
    }

    /// Sends the request, and decodes and converts the one message of the response.
    ///
    /// # Errors
    ///
    /// Every kind of [`Error`] except those of building a client, of files and of lists.
    pub async fn unary<Q, A, M>(self, request: Q) -> Result<Response<M>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
        M: TryFrom<A>,
        InvalidField: From<M::Error>,
    {
        let exchange = self.begin()?;
        exchange
            .run(|_| async {
                // Reads to the end, since the service may still reject the credentials.
                let (headers, messages) = exchange.open::<Q, A>(&request, true).await?;
                let message = messages.first.ok_or_else(|| {
                    Error::new(ErrorKind::Decode, "the response contains no message")
                })?;
                if messages.second.is_some() {
                    let text = "the response contains more than one message";
                    return Err(Error::new(ErrorKind::Decode, text));
                }
                let model = M::try_from(message).map_err(|error| {
                    let error = InvalidField::from(error);
                    let text = format!("the response cannot be decoded: {error}");
                    Error::new(ErrorKind::Decode, text).with_source(error)
                })?;
                Ok(respond(model, headers))
            })
            .await
    }

    /// Prepares a call whose response is a stream of the bytes of a file.
    pub fn file<Q, A>(self, request: Q) -> FileCall
    where
        Q: Message + Clone + Send + Sync + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let request = Arc::new(request);
        FileCall::new(
            self,
            Arc::new(move |exchange, number| {
                let request = Arc::clone(&request);
                Box::pin(async move { exchange.open_stream::<Q, A>(&request, number).await })
            }),
        )
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.operation
    }

    pub(super) fn options(&self) -> &CallOptions {
        &self.options
    }

    /// Begins a call whose attempts have the time of the whole call, as long as messages come.
    pub(super) fn begin_stream(self) -> Result<Exchange> {
        let mut exchange = self.begin()?;
        exchange.options = exchange.options.attempt_timeout(Duration::MAX);
        exchange.max_message_size = MAX_COLLECTED_SIZE;
        Ok(exchange)
    }

    fn begin(self) -> Result<Exchange> {
        if let Some(reason) = self.refusal {
            return Err(Error::invalid_request(reason).with_operation(self.operation));
        }
        Ok(Exchange {
            client: self.client,
            operation: self.operation,
            idle: self.options.effective_attempt_timeout(),
            max_message_size: MAX_MESSAGE_SIZE,
            options: self.options,
            start: Instant::now(),
            renewals: AtomicU32::new(0),
            sent: AtomicBool::new(false),
        })
    }
}

/// A running call.
pub(super) struct Exchange {
    client: GrpcClient,
    operation: &'static Operation,
    options: CallOptions,
    /// How long to wait for each message of a stream.
    idle: Duration,
    /// The limit on a message, unless the options set one.
    max_message_size: usize,
    start: Instant,
    /// The number of attempts that were repeated with new credentials: one at most.
    renewals: AtomicU32,
    /// Whether its request may have been sent.
    sent: AtomicBool,
}

impl Exchange {
    /// Makes the call, attempt by attempt.
    pub(super) async fn run<T, F>(&self, attempt: impl FnMut(u32) -> F) -> Result<Response<T>>
    where
        F: Future<Output = Result<Response<T>>>,
    {
        let (server, budget) = (self.client.server(), self.client.budget());
        let outcome = retry::run(self.operation, server, &self.options, budget, attempt).await;
        outcome.map_err(|error| {
            let attempts = error.attempts().saturating_add(self.renewals());
            let error = error.with_attempts(attempts);
            if self.sent.load(Ordering::Relaxed) { error } else { error.not_sent() }
        })
    }

    /// Sends the request and waits for one message, or for `both`, or the end. Expired credentials are
    /// renewed once, and the request is sent again if that is allowed.
    async fn open<Q, A>(&self, request: &Q, both: bool) -> Result<(HeaderMap, Messages<A>)>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        loop {
            let pass = Pass::new(self.client.credentials(), || self.left()).await?;
            let Failure { error, renewable } = match self.send(request.clone(), pass, both).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let repeatable = self.operation.idempotency() != Idempotency::Never;
            if !renewable || !repeatable || self.renewals() > 0 {
                return Err(error);
            }
            self.renewals.fetch_add(1, Ordering::Relaxed);
            tracing::debug!("the service rejected the credentials, retrying with new ones");
        }
    }

    fn renewals(&self) -> u32 {
        self.renewals.load(Ordering::Relaxed)
    }

    /// The remaining time of the whole call.
    fn left(&self) -> Duration {
        self.options.effective_timeout().saturating_sub(self.start.elapsed())
    }

    async fn send<Q, A>(
        &self,
        request: Q,
        pass: Pass,
        both: bool,
    ) -> Result<(HeaderMap, Messages<A>), Failure>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let channel = self.client.channel()?;
        let mut request = tonic::Request::new(request);
        *request.metadata_mut() = MetadataMap::from_headers(self.headers(&pass.headers));
        let limit = self.left().min(self.options.effective_attempt_timeout());
        if limit <= LONGEST_TIMEOUT {
            request.set_timeout(limit);
        }

        let observed = Observed::default();
        let mut grpc = Grpc::new(Inspected::new(channel, observed.clone()))
            .max_decoding_message_size(self.options.max_body_size_or(self.max_message_size));
        grpc.ready().await.map_err(|error| self.client.unusable(error))?;
        self.sent.store(true, Ordering::Relaxed);
        let route = PathAndQuery::from_static(self.operation.route());
        let response = grpc
            .server_streaming(request, route, ProstCodec::<Q, A>::default())
            .await
            .map_err(|status| pass.note(classify(status, &observed)))?;
        let (metadata, inner, _) = response.into_parts();
        let mut messages = Messages { first: None, second: None, inner, observed, pass };
        messages.first = poll_fn(|cx| messages.poll_inner(cx)).await?;
        if both && messages.first.is_some() {
            messages.second = poll_fn(|cx| messages.poll_inner(cx)).await?;
        }
        Ok((metadata.into_headers(), messages))
    }

    fn headers(&self, credentials: &HeaderMap) -> HeaderMap {
        let metadata = self.client.metadata();
        let mut headers = HeaderMap::with_capacity(metadata.len() + credentials.len() + HEADERS);
        for (name, value) in metadata {
            headers.append(name, value.clone());
        }
        for (name, value) in credentials {
            let mut value = value.clone();
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers
    }

    async fn open_stream<Q, A>(&self, request: &Q, number: u32) -> Result<Response<ByteStream>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let Ok(opened) = timeout(self.idle, self.open::<Q, A>(request, false)).await else {
            let text = format!("no response to this attempt within {:?}", self.idle);
            return Err(Error::new(ErrorKind::Timeout, text));
        };
        let (headers, messages) = opened?;
        let deadline = self.start.checked_add(self.options.effective_timeout());
        let attempts = number.saturating_add(self.renewals());
        let pieces = Box::new(messages);
        Ok(respond(ByteStream::new(pieces, self.operation, attempts, self.idle, deadline), headers))
    }
}

/// The credentials of a request, and their outcome.
struct Pass {
    credentials: Option<Arc<dyn Credentials>>,
    headers: Arc<HeaderMap>,
}

/// The failure of an attempt.
struct Failure {
    error: Error,
    /// Whether the credentials were rejected, and there may be others.
    renewable: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, renewable: false }
    }
}

impl Pass {
    async fn new(
        credentials: Option<&Arc<dyn Credentials>>,
        left: impl Fn() -> Duration,
    ) -> Result<Self> {
        let Some(credentials) = credentials else {
            return Ok(Self { credentials: None, headers: Arc::default() });
        };
        let headers = match credentials.known_headers() {
            Some(headers) => headers,
            None => credentials.headers_within(left()).await.map_err(Error::not_sent)?,
        };
        Ok(Self { credentials: Some(Arc::clone(credentials)), headers })
    }

    /// Checks whether the service rejected the credentials, and redacts them in the error.
    fn note(&self, error: Error) -> Failure {
        let Some(credentials) = &self.credentials else { return error.into() };
        let renewable = error.code() == Some(UNAUTHENTICATED) && credentials.refused(&self.headers);
        let error = error.redacted(&Secrets::of(&self.headers));
        Failure { error: error.redacted(&Secrets::new(credentials.secrets())), renewable }
    }
}

/// The messages of a response, up to its end.
struct Messages<A> {
    /// The messages that have already arrived.
    first: Option<A>,
    second: Option<A>,
    inner: Streaming<A>,
    observed: Observed,
    pass: Pass,
}

impl<A> Messages<A> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<A>, Failure>> {
        match self.first.take().or_else(|| self.second.take()) {
            Some(message) => Poll::Ready(Ok(Some(message))),
            None => self.poll_inner(cx),
        }
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<A>, Failure>> {
        let outcome = match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
            Some(Ok(message)) => Ok(Some(message)),
            Some(Err(status)) => Err(classify(status, &self.observed)),
            None if self.observed.get() => Ok(None),
            None => Err(unfinished()),
        };
        Poll::Ready(outcome.map_err(|error| self.pass.note(error)))
    }
}

impl<A: Chunk + Send> Pieces for Messages<A> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let message = self.poll_next(cx).map_err(|failure| failure.error);
        message.map_ok(|message| message.map(Chunk::into_bytes))
    }
}

fn respond<T>(value: T, headers: HeaderMap) -> Response<T> {
    Response::from_parts(value, Envelope { headers, ..Envelope::default() })
}
