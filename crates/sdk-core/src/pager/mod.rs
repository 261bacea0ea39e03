//! Lists over all their pages.

#[cfg(feature = "http")]
mod body;
mod cursor;
#[cfg(test)]
#[cfg(feature = "http")]
mod tests;
mod walk;

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use futures_core::Stream;
use tokio::{runtime::Handle, task::JoinSet};
use tracing::Instrument as _;

pub use self::cursor::Cursor;
use self::{
    cursor::{PageId, Place},
    walk::{Walk, pagination},
};
use crate::{BoxFuture, Error, ErrorKind, Operation, Response, Result, telemetry::on_page};

/// One page of a list.
pub trait Page: Send + Unpin + 'static {
    /// Type of the items.
    type Item: Send + Unpin + 'static;

    /// The JSON keys that lead to the items in the response body, outermost first; empty if they
    /// are unknown.
    ///
    /// If the keys are known, a response without the items is an error, and so is one that repeats
    /// the items of the previous page.
    const ITEMS_PATH: &'static [&'static str] = &[];

    /// Returns the items, in order.
    fn items_mut(&mut self) -> &mut Vec<Self::Item>;
}

/// A page of a list whose pages are numbered.
pub trait NumberedPage: Page {
    /// Returns the number of items on all pages; 0 if it is unknown.
    fn total_count(&self) -> u64;
}

/// A page of a list in which each page has a token for the next one.
pub trait TokenPage: Page {
    /// Returns the token of the next page; `None` or empty on the last one.
    fn next_page_token(&self) -> Option<&str>;

    /// Returns the number of items on all pages; `None` if it is unknown.
    fn total_count(&self) -> Option<u64> {
        None
    }

    /// Returns the number of items on this page, as the total counts them. It differs from the
    /// length of [`items_mut`](Page::items_mut) if an item stands for several.
    fn counted(&self) -> Option<usize> {
        None
    }
}

/// A list, item by item, fetched page by page as it is consumed.
///
/// A pager is lazy: it fetches a page only when an item of that page is requested, and keeps one
/// page at a time unless [`read_ahead`](Self::read_ahead) is set. It also implements `Stream`.
///
/// ```
/// # use sdk_core::{Page, Pager, Result};
/// # async fn example<P: Page>(mut invoices: Pager<P>) -> Result<()>
/// # where
/// #     P::Item: std::fmt::Debug,
/// # {
/// while let Some(invoice) = invoices.try_next().await? {
///     println!("{invoice:?}");
/// }
/// if let Some(missing) = invoices.shortfall() {
///     println!("the list ended {missing} items early");
/// }
/// # Ok(())
/// # }
/// ```
///
/// After an error, the pager yields nothing more. [`cursor`](Self::cursor) then returns the
/// position of the item that was not delivered; pass it to [`resume_from`](Self::resume_from) of a
/// new pager over the same request.
///
/// # Incomplete lists
///
/// These are errors of the kind [`Pagination`](ErrorKind::Pagination): a repeated page token, two
/// consecutive pages with the same items, 100 pages in a row without a new item, and a list that
/// continues after the highest page number. A page without its list is an error of the kind
/// [`Decode`](ErrorKind::Decode).
///
/// A list that ends before the total that the service reports is not an error, because lists can
/// change while they are read. [`shortfall`](Self::shortfall) then returns the number of missing
/// items.
#[must_use = "a pager does nothing until an item is requested"]
pub struct Pager<P: Page> {
    pages: Pages<P>,
    /// The beginning of the page that the items come from.
    page_start: Place,
    items: vec::IntoIter<P::Item>,
    taken: usize,
    delivered: u64,
    first_page: Option<Response<P>>,
}

/// A list, page by page.
///
/// Like [`Pager`], but yields whole responses instead of items, with their totals, dates and
/// request ids. It is also a `Stream`.
///
/// ```
/// # use sdk_core::{Page, Pager, Result};
/// # async fn example<P: Page>(invoices: Pager<P>) -> Result<()> {
/// let mut pages = invoices.pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("request {:?}", page.request_id());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a pager does nothing until a page is requested"]
pub struct Pages<P: Page> {
    fetch: Fetch<P>,
    read: Read<P>,
    /// The first page, if the list does not resume from a cursor.
    first: PageId,
    operation: Option<&'static Operation>,
    /// Fingerprint of the request.
    request: Option<u64>,
    page_size: Option<u32>,
    read_ahead: usize,
    /// Boxed, so that a pager is cheap to move.
    walk: Box<Walk>,
    /// The page to deliver next; `None` after the last one.
    next: Option<Place>,
    /// Pending pages: the next one, then those after it.
    fetches: VecDeque<Fetched<P>>,
    /// The number of pages that were requested.
    requested: u64,
    started: bool,
    failed: bool,
}

type Fetch<P> = Box<dyn Fn(&PageId) -> Fetched<P> + Send + Sync>;
/// The total of a page, the number of its items as the total counts them, and the token of the next
/// page.
type Read<P> = fn(&P) -> (Option<u64>, Option<usize>, Option<&str>);
type Fetched<P> = BoxFuture<'static, Result<Response<P>>>;

impl<P: Page> Pager<P> {
    fn new(fetch: Fetch<P>, read: Read<P>, first: PageId) -> Self {
        let start = first.clone().start();
        Self {
            pages: Pages {
                fetch,
                read,
                first,
                operation: None,
                request: None,
                page_size: None,
                read_ahead: 0,
                walk: Box::default(),
                next: Some(start.clone()),
                fetches: VecDeque::new(),
                requested: 0,
                started: false,
                failed: false,
            },
            page_start: start,
            items: Vec::new().into_iter(),
            taken: 0,
            delivered: 0,
            first_page: None,
        }
    }

    /// Fetches up to this many pages in advance. The default is 0, which fetches none.
    ///
    /// If pages are numbered, the pager fetches up to `pages` of them at a time once the first page
    /// has stated the total, and none beyond the total. With page tokens, it fetches one page at a
    /// time, while the previous one is consumed. Items and errors arrive in the same order as
    /// without reading ahead, and [`cursor`](Self::cursor) returns the position of the next item to
    /// deliver. The pager holds up to `pages` more pages in memory.
    ///
    /// The pages are fetched in tasks of the current Tokio runtime. Dropping the pager cancels
    /// them.
    pub fn read_ahead(mut self, pages: usize) -> Self {
        self.pages.read_ahead = pages;
        self
    }

    /// Returns the next item, or `None` at the end of the list.
    pub async fn next(&mut self) -> Option<Result<P::Item>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Returns the next item, or `Ok(None)` at the end of the list.
    ///
    /// # Errors
    ///
    /// Fails if a page cannot be fetched or the list is incomplete. The pager yields nothing more,
    /// but its [`cursor`](Self::cursor) stays valid.
    pub async fn try_next(&mut self) -> Result<Option<P::Item>> {
        self.next().await.transpose()
    }

    /// Collects the remaining items. An error drops the items that were fetched before it. Use
    /// [`try_next`](Self::try_next) for a list that is long or should be resumable, and to read
    /// [`first_page`](Self::first_page) or [`shortfall`](Self::shortfall).
    ///
    /// # Errors
    ///
    /// Same as [`try_next`](Self::try_next).
    pub async fn try_collect(mut self) -> Result<Vec<P::Item>> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }

    /// Continues page by page from the current position. If a page has been partly consumed, it is
    /// fetched again and its remaining items come first.
    pub fn pages(self) -> Pages<P> {
        if self.items.len() == 0 {
            return self.pages;
        }
        let place = self.place();
        self.pages.starting_at(Some(place))
    }

    /// Returns the first page that was fetched, without its items. Read totals and dates there,
    /// because later pages may repeat them differently. `None` before the first item is requested.
    #[must_use]
    pub fn first_page(&self) -> Option<&Response<P>> {
        self.first_page.as_ref()
    }

    /// Returns the number of items on all pages: the largest total of the pages so far. `None` if
    /// no page has stated a total.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.pages.total()
    }

    /// Returns the number of items that this pager has delivered. Items before the cursor of a
    /// resumed list do not count.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Returns the number of items by which the list ended before its [`total`](Self::total).
    ///
    /// Returns `None` if nothing is missing. It also returns `None` before the end of the list, if
    /// no page has stated a total, or if the number of items before the first fetched page is
    /// unknown.
    #[must_use]
    pub fn shortfall(&self) -> Option<u64> {
        self.pages.shortfall()
    }

    /// Returns the position of the next item. `None` before the first item is requested. At the end
    /// of the list, [`Cursor::is_end`] is true.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        if self.items.len() == 0 {
            return self.pages.cursor();
        }
        Some(Cursor { request: self.pages.request, place: Some(self.place()) })
    }

    fn place(&self) -> Place {
        let skip = self.page_start.skip.saturating_add(self.taken);
        Place { skip, ..self.page_start.clone() }
    }

    /// Starts at `cursor` instead of the beginning.
    ///
    /// # Errors
    ///
    /// Fails with [`ErrorKind::Pagination`] if the cursor belongs to another list, or to a request
    /// with other filters, another order or another page size.
    pub fn resume_from(mut self, cursor: &Cursor) -> Result<Self> {
        self.pages = self.pages.resume_from(cursor)?;
        self.items = Vec::new().into_iter();
        self.delivered = 0;
        Ok(self)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Item>>> {
        loop {
            if let Some(item) = self.items.next() {
                self.taken += 1;
                self.delivered += 1;
                return Poll::Ready(Some(Ok(item)));
            }
            let start = self.pages.next.clone();
            let mut page = match ready!(self.pages.poll_page(cx)) {
                Some(Ok(page)) => page,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            if let Some(start) = start {
                self.page_start = start;
            }
            self.items = std::mem::take(page.items_mut()).into_iter();
            self.taken = 0;
            self.first_page.get_or_insert(page);
        }
    }
}

/// Constructors for vendor crates. Programs get a pager from a method whose name ends in `_all`.
impl<P: NumberedPage> Pager<P> {
    /// Creates a pager over numbered pages, from `first` (1 if `None`) on. `fetch` gets one page.
    pub fn by_page<F>(first: Option<i32>, fetch: impl Fn(i32) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Response<P>>> + Send + 'static,
    {
        let fetch = move |page: &PageId| -> Fetched<P> {
            match page {
                PageId::Number(number) => match i32::try_from(*number) {
                    Ok(number) => Box::pin(fetch(number)),
                    Err(_) => failing(pagination(&format!(
                        "the list continues after page {}, the highest number that can be requested: \
                         use larger pages",
                        i32::MAX
                    ))),
                },
                PageId::Token(_) => failing(foreign_cursor()),
            }
        };
        let first = PageId::Number(first.unwrap_or(1).into());
        Self::new(
            Box::new(fetch),
            |page| (Some(page.total_count()).filter(|n| *n > 0), None, None),
            first,
        )
    }

    /// Sets the page size of the requests.
    ///
    /// Some services report a total that is too small. With a page size, a full page never ends the
    /// list: the pager also requests the next page.
    pub fn page_size(mut self, size: Option<impl TryInto<u32>>) -> Self {
        self.pages.page_size = size.and_then(|size| size.try_into().ok()).filter(|size| *size > 0);
        self
    }
}

/// Constructors for vendor crates.
impl<P: TokenPage> Pager<P> {
    /// Creates a pager over pages with tokens, from `first` (the beginning if `None`) on. `fetch`
    /// gets one page.
    pub fn by_token<F>(
        first: Option<String>,
        fetch: impl Fn(Option<String>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Response<P>>> + Send + 'static,
    {
        let fetch = move |page: &PageId| -> Fetched<P> {
            match page {
                PageId::Token(token) => Box::pin(fetch(token.clone())),
                PageId::Number(_) => failing(foreign_cursor()),
            }
        };
        Self::new(
            Box::new(fetch),
            |page| (page.total_count(), page.counted(), page.next_page_token()),
            PageId::Token(first),
        )
    }
}

/// Settings for vendor crates.
#[cfg(feature = "http")]
impl<P: Page> Pager<P> {
    /// Sets the operation, which appears in errors, and the request, which identifies the cursors.
    ///
    /// The request contains everything that determines the items and the pages, except the first
    /// page.
    pub fn for_request(
        mut self,
        operation: &'static Operation,
        request: &impl serde::Serialize,
    ) -> Self {
        self.pages.operation = Some(operation);
        self.pages.request = body::fingerprint(operation.route(), request);
        self
    }
}

impl<P: Page> Pages<P> {
    /// Returns the next page, or `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Response<P>>> {
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// Returns the next page, or `Ok(None)` after the last one.
    ///
    /// # Errors
    ///
    /// Fails if the page cannot be fetched or the list is incomplete. [`cursor`](Self::cursor)
    /// stays valid.
    pub async fn try_next(&mut self) -> Result<Option<Response<P>>> {
        self.next().await.transpose()
    }

    /// Returns the number of items on all pages: the largest total of the pages so far. `None` if
    /// no page has stated a total.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.walk.total
    }

    /// Returns the number of items by which the list ended before its [`total`](Self::total), like
    /// [`Pager::shortfall`].
    #[must_use]
    pub fn shortfall(&self) -> Option<u64> {
        self.walk.shortfall
    }

    /// Returns the position of the next page. `None` before the first page is requested. After the
    /// last page, [`Cursor::is_end`] is true.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        self.started.then(|| Cursor { request: self.request, place: self.next.clone() })
    }

    /// Starts at `cursor` instead of the beginning. If the cursor is in the middle of a page, the
    /// first page lacks the items before it.
    ///
    /// # Errors
    ///
    /// Same as [`Pager::resume_from`].
    pub fn resume_from(self, cursor: &Cursor) -> Result<Self> {
        let same_way = |place: &Place| {
            std::mem::discriminant(&place.page) == std::mem::discriminant(&self.first)
        };
        if !cursor.place.as_ref().is_none_or(same_way) {
            return Err(self.named(foreign_cursor()));
        }
        if let (Some(own), Some(other)) = (self.request, cursor.request)
            && own != other
        {
            return Err(self.named(pagination(
                "the cursor comes from another request: pass the request that it comes from, with \
                 the same page size, or start from the beginning",
            )));
        }
        Ok(self.starting_at(cursor.place.clone()))
    }

    fn starting_at(mut self, place: Option<Place>) -> Self {
        self.next = place;
        self.walk = Box::default();
        self.fetches.clear();
        self.started = true;
        self.failed = false;
        self
    }

    fn named(&self, error: Error) -> Error {
        match self.operation {
            Some(operation) => error.with_operation(operation),
            None => error,
        }
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Response<P>>>> {
        let Some(place) = self.next.as_ref().filter(|_| !self.failed) else {
            return Poll::Ready(None);
        };
        self.started = true;
        if self.fetches.is_empty() {
            if let Err(error) = self.walk.visit(&place.page) {
                return Poll::Ready(Some(Err(self.fail(error))));
            }
            let page = place.page.clone();
            self.start(&page);
        }
        self.fetch_ahead();
        let Some(fetch) = self.fetches.front_mut() else {
            return Poll::Ready(None);
        };
        let fetched = ready!(fetch.as_mut().poll(cx));
        self.fetches.pop_front();
        match fetched.and_then(|page| self.accept(page)) {
            Ok(page) => {
                self.fetch_ahead();
                Poll::Ready(Some(Ok(page)))
            }
            Err(error) => Poll::Ready(Some(Err(self.fail(error)))),
        }
    }

    fn fail(&mut self, error: Error) -> Error {
        self.failed = true;
        self.fetches.clear();
        self.named(error)
    }

    /// Starts fetching the pages that may be fetched in advance.
    fn fetch_ahead(&mut self) {
        while self.fetches.len() < self.read_ahead {
            let Some(next) = &self.next else {
                return;
            };
            let under_way = self.fetches.len();
            let page = match &next.page {
                PageId::Number(number) if self.walk.expects(under_way) => {
                    let under_way = i64::try_from(under_way).unwrap_or(i64::MAX);
                    PageId::Number(number.saturating_add(under_way))
                }
                // A repeated token becomes an error when this page is requested.
                page @ PageId::Token(_) if under_way == 0 && self.walk.visit(page).is_ok() => {
                    page.clone()
                }
                _ => return,
            };
            self.start(&page);
        }
    }

    /// Starts fetching a page: in a task when reading ahead, otherwise when polled.
    fn start(&mut self, page: &PageId) {
        self.requested = self.requested.saturating_add(1);
        let fetch = on_page(self.requested, (self.fetch)(page));
        let runtime = Handle::try_current().ok().filter(|_| self.read_ahead > 0);
        self.fetches.push_back(match runtime {
            Some(runtime) => in_task(fetch, &runtime),
            None => Box::pin(fetch),
        });
    }

    /// Determines what follows the next page, and drops the items that were already yielded.
    fn accept(&mut self, mut page: Response<P>) -> Result<Response<P>> {
        let Some(place) = &self.next else {
            return Ok(page);
        };
        let count = page.items_mut().len();
        let digest = digest(&page, count, &place.page)?;
        let (total, counted, next_token) = (self.read)(&page);
        let next_token = next_token.filter(|token| !token.is_empty()).map(str::to_owned);
        let skip = place.skip.min(count);
        let counted = counted.unwrap_or(count);
        let said = walk::Page { count, counted, digest, total, next_token };
        self.next = self.walk.accept(place, said, self.page_size)?;
        page.items_mut().drain(..skip);
        Ok(page)
    }
}

/// Returns a digest of the items of a page; an error if the page has no list.
#[cfg(feature = "http")]
fn digest<P: Page>(page: &Response<P>, count: usize, id: &PageId) -> Result<Option<u64>> {
    let Some(body) = page.raw_body() else {
        return Ok(None);
    };
    let Some(key) = P::ITEMS_PATH.last() else {
        let numbered = matches!(id, PageId::Number(_));
        return Ok(numbered.then(|| body::digest(body)));
    };
    match body::items(body, P::ITEMS_PATH) {
        None if count == 0 => Err(Error::new(
            ErrorKind::Decode,
            format!("the page has no `{key}`, which must be present even if it is empty"),
        )
        .with_body(body.clone())),
        items => Ok(items.map(|items| body::digest(items.as_bytes()))),
    }
}

/// Returns a digest of the items of a page; nothing over transports other than HTTP.
#[cfg(not(feature = "http"))]
fn digest<P: Page>(_: &Response<P>, _: usize, _: &PageId) -> Result<Option<u64>> {
    Ok(None)
}

/// Like `fetch`, in a task that is cancelled when this is dropped.
fn in_task<P: Page>(
    fetch: impl Future<Output = Result<Response<P>>> + Send + 'static,
    runtime: &Handle,
) -> Fetched<P> {
    let mut task = JoinSet::new();
    task.spawn_on(fetch.in_current_span(), runtime);
    Box::pin(async move {
        let stopped = "the task that fetched a page ahead was stopped";
        match task.join_next().await {
            Some(Ok(page)) => page,
            Some(Err(error)) => Err(Error::new(ErrorKind::Transport, stopped).with_source(error)),
            None => Err(Error::new(ErrorKind::Transport, stopped)),
        }
    })
}

fn failing<P: Page>(error: Error) -> Fetched<P> {
    Box::pin(std::future::ready(Err(error)))
}

fn foreign_cursor() -> Error {
    pagination("the cursor comes from another list: one has page numbers, the other page tokens")
}

impl<P: Page> Stream for Pager<P> {
    type Item = Result<P::Item>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<P: Page> Stream for Pages<P> {
    type Item = Result<Response<P>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(cx)
    }
}

impl<P: Page> fmt::Debug for Pager<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("cursor", &self.cursor())
            .field("failed", &self.pages.failed)
            .finish_non_exhaustive()
    }
}

impl<P: Page> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("cursor", &self.cursor())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

// Last, so that the documentation shows the constructors for tests after all others.
#[cfg(feature = "testing")]
mod testing;
