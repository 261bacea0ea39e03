use std::{fmt, path::Path, sync::Arc};

use bytes::{Bytes, BytesMut};

use super::{ByteStream, Call, call::Exchange, client::MAX_COLLECTED_SIZE};
use crate::{BoxFuture, Error, ErrorKind, Response, Result, file::PartialFile};

/// The number of bytes collected before a write, because each write is a task on another thread.
const WRITE_SIZE: usize = 1024 * 1024;

type Open =
    dyn for<'a> Fn(&'a Exchange, u32) -> BoxFuture<'a, Result<Response<ByteStream>>> + Send + Sync;

/// A download that has not started: save the file, collect it in memory, or stream it.
///
/// The service sends the file in chunks, without announcing their number. Each of the three methods
/// detects an incomplete file, and its error contains the number of received bytes. Of the time
/// limits in the options, `timeout` applies to the whole file, and `attempt_timeout` (30 s) to the
/// wait for each chunk.
///
/// This type borrows nothing, so the future of each method can be spawned as a task.
///
/// Vendor crates export this type under the name of their file, such as `InvoicePdf`; `FileCall` is
/// its name in the core.
#[must_use = "nothing is fetched until the file is saved, collected or streamed"]
#[derive(Clone)]
pub struct FileCall {
    call: Call,
    open: Arc<Open>,
    max_size: Option<u64>,
}

impl FileCall {
    pub(super) fn new(call: Call, open: Arc<Open>) -> Self {
        Self { call, open, max_size: None }
    }

    /// Fails with [`ErrorKind::BodyTooLarge`] if the file has more bytes than this. By default,
    /// only [`bytes`](Self::bytes) has a limit.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Writes the file to `path`, and returns its length in bytes.
    ///
    /// This method replaces `path` only once the new file is complete on disk; until then the
    /// chunks are in a temporary file in the same folder. If the stream breaks off, the download
    /// restarts as the options allow. At most about 1 MiB is held in memory.
    ///
    /// # Errors
    ///
    /// Fails if the call fails, if the file cannot be written, if it is larger than
    /// [`max_size`](Self::max_size), or if it is empty.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<Response<u64>> {
        let Self { call, open, max_size } = self;
        let path = path.as_ref().to_owned();
        let (exchange, open, path) = (&call.begin_stream()?, &open, &path);
        exchange
            .run(|number| async move {
                let mut file = PartialFile::create(path).await?;
                let (stream, envelope) = open(exchange, number).await?.into_parts();
                let mut stream = stream.limited_to(max_size);
                let mut pending = BytesMut::new();
                while let Some(chunk) = stream.try_next().await? {
                    pending.extend_from_slice(&chunk);
                    if pending.len() >= WRITE_SIZE {
                        file = file.write(pending.split().freeze()).await?;
                    }
                }
                file.write(pending.freeze()).await?.finish().await?;
                Ok(Response::from_parts(stream.received(), envelope))
            })
            .await
    }

    /// Collects the file in memory, up to `max_body_size` of the options (32 MiB). If the stream
    /// breaks off, the download restarts as the options allow.
    ///
    /// # Errors
    ///
    /// Fails if the call fails, if the file is larger than the limit, or if it is empty.
    pub async fn bytes(self) -> Result<Response<Bytes>> {
        let Self { call, open, max_size } = self;
        let limit = call.options().max_body_size_or(MAX_COLLECTED_SIZE);
        let (exchange, open) = (&call.begin_stream()?, &open);
        exchange
            .run(|number| async move {
                let mut collected = BytesMut::new();
                let (stream, envelope) = open(exchange, number).await?.into_parts();
                let mut stream = stream.limited_to(max_size);
                while let Some(chunk) = stream.try_next().await? {
                    if collected.len().saturating_add(chunk.len()) > limit {
                        return Err(Error::new(
                            ErrorKind::BodyTooLarge,
                            format!(
                                "the file is larger than {limit} bytes; raise `max_body_size` to \
                                 collect it, or save it to a file"
                            ),
                        ));
                    }
                    collected.extend_from_slice(&chunk);
                }
                Ok(Response::from_parts(collected.freeze(), envelope))
            })
            .await
    }

    /// Returns the chunks as they arrive. The download is not restarted after the first chunk: an
    /// error of the stream means that the file is incomplete.
    ///
    /// # Errors
    ///
    /// Fails if the call fails before the first chunk arrives.
    pub async fn stream(self) -> Result<Response<ByteStream>> {
        let Self { call, open, max_size } = self;
        let (exchange, open) = (&call.begin_stream()?, &open);
        let stream = exchange.run(|number| async move { open(exchange, number).await }).await?;
        Ok(stream.map(|stream| stream.limited_to(max_size)))
    }
}

impl fmt::Debug for FileCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCall")
            .field("operation", &self.call.operation().name())
            .field("max_size", &self.max_size)
            .finish_non_exhaustive()
    }
}
