use std::{
    collections::VecDeque,
    future::poll_fn,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream as _;
use http::{HeaderMap, HeaderName, HeaderValue, uri::PathAndQuery};
use prost::Message;
use tokio::time::{Instant, timeout};
use tonic::{Streaming, client::Grpc, metadata::MetadataMap};

use super::{
    ByteStream, Chunk, GrpcClient,
    answer::{Answered, Inspected},
    codec::ProtobufCodec,
    status::{UNAUTHENTICATED, classify, unfinished},
};
use crate::{
    CallOptions, Credentials, Error, ErrorKind, Idempotency, Operation, Response, Result,
    file::PartialFile, response::Envelope, retry, text::Secrets,
};

/// The longest time limit that is told to the service: eight digits of seconds, about three years.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(99_999_999);

/// One call of one operation.
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    client: &'a GrpcClient,
    operation: &'static Operation,
    options: CallOptions,
    refusal: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a GrpcClient, operation: &'static Operation) -> Self {
        Self { client, operation, options: client.options().clone(), refusal: None }
    }

    /// Refuses the call unless `condition` holds, before anything goes out.
    pub fn require(mut self, condition: bool, reason: &str) -> Self {
        if !condition {
            self.refusal.get_or_insert_with(|| reason.to_owned());
        }
        self
    }

    /// Gives an operation that is slow by nature this much time, and each attempt all of it, where
    /// the client's options say nothing.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.options =
            self.options.or(&CallOptions::new().timeout(timeout).attempt_timeout(timeout));
        self
    }

    /// Sends the request and decodes the one message it is answered with.
    ///
    /// # Errors
    ///
    /// Every kind of [`Error`] but those of building a client, of files and of lists.
    pub async fn unary<Q, A>(self, request: Q) -> Result<Response<A>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let exchange = self.begin()?;
        exchange
            .run(|_| async {
                // Up to the end, where the service may still refuse the credentials.
                let (headers, mut messages) = exchange.open(&request, 2).await?;
                let message = messages
                    .next()
                    .await?
                    .ok_or_else(|| Error::new(ErrorKind::Decode, "the answer holds no message"))?;
                if messages.next().await?.is_some() {
                    let text = "the answer holds more than the one message that is due";
                    return Err(Error::new(ErrorKind::Decode, text));
                }
                Ok(respond(message, headers))
            })
            .await
    }

    /// Sends the request and hands out the bytes it is answered with as they come. Once this
    /// returns, nothing is tried again.
    ///
    /// # Errors
    ///
    /// As [`unary`](Self::unary).
    pub async fn stream<Q, A>(self, request: Q) -> Result<Response<ByteStream<A>>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let exchange = self.begin_stream()?;
        exchange.run(|number| exchange.open_stream(&request, number)).await
    }

    /// Sends the request and collects the bytes it is answered with. A stream that breaks off is
    /// begun anew, as the options allow.
    ///
    /// # Errors
    ///
    /// As [`unary`](Self::unary). An answer without a single byte is [`ErrorKind::Decode`].
    pub async fn bytes<Q, A>(self, request: Q) -> Result<Response<Bytes>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let limit = self.options.effective_max_body_size();
        let (exchange, request) = (&self.begin_stream()?, &request);
        exchange
            .run(|number| async move {
                let mut collected = BytesMut::new();
                let answer = exchange.open_stream::<Q, A>(request, number).await?;
                let (mut stream, envelope) = answer.into_parts();
                while let Some(chunk) = stream.try_next().await? {
                    if collected.len().saturating_add(chunk.len()) > limit {
                        return Err(Error::new(
                            ErrorKind::BodyTooLarge,
                            format!(
                                "the file is larger than {limit} bytes; raise `max_body_size` to \
                                 take it, or save it to a file"
                            ),
                        ));
                    }
                    collected.extend_from_slice(&chunk);
                }
                require_content(stream.received())?;
                Ok(Response::from_parts(collected.freeze(), envelope))
            })
            .await
    }

    /// Sends the request and writes the bytes it is answered with to a file, as
    /// [`save_atomically`](crate::save_atomically) would, but without holding them all in memory.
    /// Returns how many there were. A stream that breaks off is begun anew, as the options allow.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`ErrorKind::File`]. What stood at `path` is untouched then.
    pub async fn save<Q, A>(self, request: Q, path: &Path) -> Result<Response<u64>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let (exchange, request) = (&self.begin_stream()?, &request);
        exchange
            .run(|number| async move {
                let mut file = PartialFile::create(path).await?;
                let answer = exchange.open_stream::<Q, A>(request, number).await?;
                let (mut stream, envelope) = answer.into_parts();
                while let Some(chunk) = stream.try_next().await? {
                    file = file.write(chunk).await?;
                }
                require_content(stream.received())?;
                file.finish().await?;
                Ok(Response::from_parts(stream.received(), envelope))
            })
            .await
    }

    /// Begins a call whose attempts have the time of the whole call, as long as messages come.
    fn begin_stream(self) -> Result<Exchange<'a>> {
        let mut exchange = self.begin()?;
        exchange.options = exchange.options.attempt_timeout(Duration::MAX);
        Ok(exchange)
    }

    fn begin(self) -> Result<Exchange<'a>> {
        if let Some(reason) = self.refusal {
            return Err(Error::invalid_request(reason).with_operation(self.operation));
        }
        Ok(Exchange {
            client: self.client,
            operation: self.operation,
            idle: self.options.effective_attempt_timeout(),
            options: self.options,
            start: Instant::now(),
            renewed: AtomicBool::new(false),
            sent: AtomicBool::new(false),
        })
    }
}

/// A call under way.
struct Exchange<'a> {
    client: &'a GrpcClient,
    operation: &'static Operation,
    options: CallOptions,
    /// How long to wait for each message of a stream.
    idle: Duration,
    start: Instant,
    /// Whether it has gone to fetch new credentials.
    renewed: AtomicBool,
    /// Whether its request may have gone out.
    sent: AtomicBool,
}

impl Exchange<'_> {
    /// Makes the call, attempt by attempt.
    async fn run<T, F>(&self, attempt: impl FnMut(u32) -> F) -> Result<Response<T>>
    where
        F: Future<Output = Result<Response<T>>>,
    {
        let (server, budget) = (self.client.server(), self.client.budget());
        let outcome = retry::run(self.operation, server, &self.options, budget, attempt).await;
        outcome.map_err(|error| match self.sent.load(Ordering::Relaxed) {
            true => error,
            false => error.not_sent(),
        })
    }

    /// Sends the request and waits for this many messages, or the end. Credentials that turn out to
    /// have expired are renewed once, and the request sent again if it may be.
    async fn open<Q, A>(&self, request: &Q, ahead: usize) -> Result<(HeaderMap, Messages<A>)>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        loop {
            let pass = Arc::new(Pass::new(self.client.credentials()).await?);
            let error = match self.send(request.clone(), &pass, ahead).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let renewable = pass.renewable.load(Ordering::Relaxed);
            let repeatable = self.operation.idempotency() != Idempotency::Never;
            if !renewable || !repeatable || self.renewed.swap(true, Ordering::Relaxed) {
                return Err(error);
            }
            tracing::debug!("the credentials were not accepted, trying again with new ones");
        }
    }

    async fn send<Q, A>(
        &self,
        request: Q,
        pass: &Arc<Pass>,
        ahead: usize,
    ) -> Result<(HeaderMap, Messages<A>)>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut request = tonic::Request::new(request);
        *request.metadata_mut() = MetadataMap::from_headers(self.headers(&pass.headers));
        let left = self.options.effective_timeout().saturating_sub(self.start.elapsed());
        let limit = left.min(self.options.effective_attempt_timeout());
        if limit <= LONGEST_TIMEOUT {
            request.set_timeout(limit);
        }

        let answered = Answered::default();
        let mut grpc = Grpc::new(Inspected::new(self.client.channel(), answered.clone()))
            .max_decoding_message_size(self.options.effective_max_body_size());
        grpc.ready().await.map_err(|error| {
            Error::new(ErrorKind::Connect, "no connection to the service").with_source(error)
        })?;
        self.sent.store(true, Ordering::Relaxed);
        let route = PathAndQuery::from_static(self.operation.route());
        let answer = grpc
            .server_streaming(request, route, ProtobufCodec::new())
            .await
            .map_err(|status| pass.note(classify(status, &answered)))?;
        let (metadata, inner, _) = answer.into_parts();
        let mut messages =
            Messages { ahead: VecDeque::new(), inner, answered, pass: Arc::clone(pass) };
        while messages.ahead.len() < ahead {
            let Some(message) = poll_fn(|cx| messages.poll_inner(cx)).await? else { break };
            messages.ahead.push_back(message);
        }
        Ok((metadata.into_headers(), messages))
    }

    fn headers(&self, credentials: &HeaderMap) -> HeaderMap {
        let fixed =
            self.client.service().metadata.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
        let mut headers = HeaderMap::from_iter(fixed);
        for (name, value) in credentials {
            let mut value = value.clone();
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers
    }

    async fn open_stream<Q, A>(&self, request: &Q, number: u32) -> Result<Response<ByteStream<A>>>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + Chunk + 'static,
    {
        let Ok(opened) = timeout(self.idle, self.open(request, 1)).await else {
            let text = format!("no response to this attempt within {:?}", self.idle);
            return Err(Error::new(ErrorKind::Timeout, text));
        };
        let (headers, messages) = opened?;
        let deadline = self.start.checked_add(self.options.effective_timeout());
        Ok(respond(ByteStream::new(messages, self.operation, number, self.idle, deadline), headers))
    }
}

/// What a request carries to be let in, and what became of it.
struct Pass {
    credentials: Option<Arc<dyn Credentials>>,
    headers: HeaderMap,
    /// Whether it was refused, and there will be another.
    renewable: AtomicBool,
}

impl Pass {
    async fn new(credentials: Option<&Arc<dyn Credentials>>) -> Result<Self> {
        let headers = match credentials {
            Some(credentials) => credentials.headers().await.map_err(Error::not_sent)?,
            None => HeaderMap::new(),
        };
        Ok(Self { credentials: credentials.cloned(), headers, renewable: AtomicBool::new(false) })
    }

    /// Looks whether the service refused the credentials, and takes them out of the error.
    fn note(&self, error: Error) -> Error {
        if error.code() == Some(UNAUTHENTICATED)
            && let Some(credentials) = &self.credentials
            && credentials.refused(&self.headers)
        {
            self.renewable.store(true, Ordering::Relaxed);
        }
        error.redacted(&Secrets::of(&self.headers))
    }
}

/// The messages of an answer, up to the service's own end of it.
pub(super) struct Messages<A> {
    /// Those that have been waited for already.
    ahead: VecDeque<A>,
    inner: Streaming<A>,
    answered: Answered,
    pass: Arc<Pass>,
}

impl<A> Messages<A> {
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<A>>> {
        match self.ahead.pop_front() {
            Some(message) => Poll::Ready(Ok(Some(message))),
            None => self.poll_inner(cx),
        }
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<A>>> {
        let outcome = match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
            Some(Ok(message)) => Ok(Some(message)),
            Some(Err(status)) => Err(classify(status, &self.answered)),
            None if self.answered.get() => Ok(None),
            None => Err(unfinished()),
        };
        Poll::Ready(outcome.map_err(|error| self.pass.note(error)))
    }

    async fn next(&mut self) -> Result<Option<A>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }
}

fn respond<T>(value: T, headers: HeaderMap) -> Response<T> {
    Response::from_parts(value, Envelope { headers, ..Envelope::default() })
}

fn require_content(received: u64) -> Result<()> {
    if received == 0 {
        return Err(Error::new(ErrorKind::Decode, "the answer holds no file: not a byte came"));
    }
    Ok(())
}
