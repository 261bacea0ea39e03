use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{InvoiceTotal, Result, Row, judgement::Judgement};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Rows and totals of one response.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) rows: VecDeque<Row>,
    pub(crate) totals: Vec<InvoiceTotal>,
}

/// The source and its batch; `None` at the end.
pub(crate) type Step = Result<Option<(Box<dyn Source>, Batch)>>;

/// A source of rows, one response after the other.
pub(crate) trait Source: Send {
    /// Fetches the next response and converts it to rows.
    fn step(self: Box<Self>, judgement: Arc<Judgement>) -> BoxFuture<Step>;
}

/// The rows of a bill, fetched response by response as they are consumed.
///
/// `Rows` sends nothing until the first row is requested, and holds the rows of one response at a
/// time. It is also a `Stream`. After an error, there are no more rows.
#[must_use = "rows are fetched only when they are requested"]
pub struct Rows {
    judgement: Arc<Judgement>,
    state: State,
    ready: VecDeque<Row>,
    totals: Vec<InvoiceTotal>,
}

enum State {
    Idle(Box<dyn Source>),
    Busy(BoxFuture<Step>),
    Done,
}

impl Rows {
    pub(crate) fn new(source: impl Source + 'static) -> Self {
        Self {
            judgement: Arc::default(),
            state: State::Idle(Box::new(source)),
            ready: VecDeque::new(),
            totals: Vec::new(),
        }
    }

    /// Uses these decisions instead of the default ones.
    pub fn judged_by(mut self, judgement: impl Into<Arc<Judgement>>) -> Self {
        self.judgement = judgement.into();
        self
    }

    /// Returns the next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Row>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns the next row; `Ok(None)` after the last one.
    ///
    /// # Errors
    ///
    /// Fails if a call to the vendor fails, or if its data lack something that a row requires.
    pub async fn try_next(&mut self) -> Result<Option<Row>> {
        self.next().await.transpose()
    }

    /// Returns the vendor's totals of the invoices, as far as the rows have been fetched.
    /// [`Check`](crate::Check) compares them with the rows.
    #[must_use]
    pub fn totals(&self) -> &[InvoiceTotal] {
        &self.totals
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row>>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(source) => {
                    self.state = State::Busy(source.step(Arc::clone(&self.judgement)));
                }
                State::Busy(mut step) => {
                    let Poll::Ready(step) = step.as_mut().poll(cx) else {
                        self.state = State::Busy(step);
                        return Poll::Pending;
                    };
                    match step {
                        Err(error) => return Poll::Ready(Some(Err(error))),
                        Ok(None) => return Poll::Ready(None),
                        Ok(Some((source, batch))) => {
                            self.state = State::Idle(source);
                            self.ready = batch.rows;
                            self.totals.extend(batch.totals);
                        }
                    }
                }
            }
        }
    }
}

impl Stream for Rows {
    type Item = Result<Row>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("totals", &self.totals).finish_non_exhaustive()
    }
}
