use std::{
    collections::HashSet,
    fmt,
    future::poll_fn,
    pin::Pin,
    str::FromStr,
    task::{Context, Poll, ready},
    vec,
};

use bytes::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{BoxFuture, Error, ErrorKind, Response, Result, telemetry::on_page};

#[cfg(feature = "testing")]
mod testing;

/// One page of a list.
pub trait Page: Send + Unpin + 'static {
    /// What the list is of.
    type Item: Send + Unpin + 'static;

    /// The items, in order.
    fn items_mut(&mut self) -> &mut Vec<Self::Item>;
}

/// A page of a list whose pages are numbered, and which tells how many items there are in all.
pub trait NumberedPage: Page {
    /// Number of items over all pages; 0 if the service does not say.
    fn total_count(&self) -> u64;
}

/// A page of a list that hands out a token for the page after it.
pub trait TokenPage: Page {
    /// The token of the next page; `None` or empty on the last one.
    fn next_page_token(&self) -> Option<&str>;
}

/// A list, item by item, fetched page by page as it is consumed.
///
/// It does nothing until it is asked for an item, holds one page at a time, and fetches nothing
/// ahead. It is also a `Stream`.
///
/// After an error it is finished. [`cursor`](Self::cursor) then still tells where it stood: give it
/// to [`resume_from`](Self::resume_from) of a new pager over the same request, and the list goes on
/// with the item that was not delivered.
#[must_use = "a pager does nothing until it is asked for items"]
pub struct Pager<P: Page> {
    pages: Pages<P>,
    /// Where the page begins that the items come from.
    page_start: Place,
    items: vec::IntoIter<P::Item>,
    taken: usize,
    first_page: Option<Response<P>>,
}

/// A list, page by page.
///
/// As [`Pager`], with whole responses instead of items: their totals, dates and request ids. It is
/// also a `Stream`.
#[must_use = "a pager does nothing until it is asked for pages"]
pub struct Pages<P: Page> {
    fetch: Fetch<P>,
    advance: Advance<P>,
    walk: Walk,
    /// The page to fetch next; `None` after the last one.
    next: Option<Place>,
    pending: Option<BoxFuture<'static, Result<Response<P>>>>,
    /// How many pages were asked for.
    fetched: u64,
    failed: bool,
}

type Fetch<P> = Box<dyn Fn(&Place) -> BoxFuture<'static, Result<Response<P>>> + Send + Sync>;

/// Tells what follows a page: the page, how many items it holds, where it stands, what is known.
type Advance<P> = fn(&P, usize, &PageId, &mut Walk) -> Option<PageId>;

/// Where in a list something stands: a page, and how many of its items were passed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    page: PageId,
    skip: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PageId {
    /// A page number, and how many items lie on the pages before it, as far as is known.
    Number { page: i32, before: u64 },
    /// A token; none for the first page.
    Token(Option<String>),
}

/// What was learned from the pages so far.
#[derive(Default)]
struct Walk {
    first_total: Option<u64>,
    highest_total: u64,
    /// Whether the items before the first page fetched were guessed at.
    estimated: bool,
    tokens: HashSet<String>,
    last_body: Option<Bytes>,
}

/// A place in a list, to go on from later: text that a program may store, and should not read.
///
/// It belongs to the list and the request it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cursor(Place);

impl<P: NumberedPage> Pager<P> {
    /// A list with numbered pages, from `first` (1 if `None`) on. `fetch` gets one page.
    pub fn by_page<F>(first: Option<i32>, fetch: impl Fn(i32) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Response<P>>> + Send + 'static,
    {
        let page = first.unwrap_or(1);
        let fetch = move |place: &Place| -> BoxFuture<'static, _> {
            match place.page {
                PageId::Number { page, .. } => Box::pin(fetch(page)),
                PageId::Token(_) => Box::pin(std::future::ready(Err(foreign_cursor()))),
            }
        };
        Self::new(Box::new(fetch), after_numbered, PageId::Number { page, before: 0 })
    }
}

impl<P: TokenPage> Pager<P> {
    /// A list with page tokens, from `first` (the beginning if `None`) on. `fetch` gets one page.
    pub fn by_token<F>(
        first: Option<String>,
        fetch: impl Fn(Option<String>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Response<P>>> + Send + 'static,
    {
        let fetch = move |place: &Place| -> BoxFuture<'static, _> {
            match &place.page {
                PageId::Token(token) => Box::pin(fetch(token.clone())),
                PageId::Number { .. } => Box::pin(std::future::ready(Err(foreign_cursor()))),
            }
        };
        Self::new(Box::new(fetch), after_token, PageId::Token(first))
    }
}

impl<P: Page> Pager<P> {
    fn new(fetch: Fetch<P>, advance: Advance<P>, first: PageId) -> Self {
        let start = Place { page: first, skip: 0 };
        Self {
            pages: Pages {
                fetch,
                advance,
                walk: Walk::default(),
                next: Some(start.clone()),
                pending: None,
                fetched: 0,
                failed: false,
            },
            page_start: start,
            items: Vec::new().into_iter(),
            taken: 0,
            first_page: None,
        }
    }

    /// The next item; `None` at the end of the list.
    pub async fn next(&mut self) -> Option<Result<P::Item>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The next item; `Ok(None)` at the end of the list.
    ///
    /// # Errors
    ///
    /// A page could not be fetched. The pager is finished then, and its [`cursor`](Self::cursor)
    /// stays valid.
    pub async fn try_next(&mut self) -> Result<Option<P::Item>> {
        self.next().await.transpose()
    }

    /// All items that are left. Use [`try_next`](Self::try_next) for a list that may be long or
    /// should be resumed after a failure, and for [`first_page`](Self::first_page): what was fetched
    /// before an error is dropped here.
    ///
    /// # Errors
    ///
    /// A page could not be fetched.
    pub async fn try_collect(mut self) -> Result<Vec<P::Item>> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }

    /// The same list page by page, from where it stands: what is left of a page that was begun
    /// comes first, fetched again.
    pub fn pages(self) -> Pages<P> {
        match self.cursor() {
            Some(Cursor(place)) if self.items.len() > 0 => self.pages.starting_at(place),
            _ => self.pages,
        }
    }

    /// The first page that was fetched, without its items: totals and dates are read from there,
    /// as later pages may repeat them differently. `None` before the first item was asked for.
    #[must_use]
    pub fn first_page(&self) -> Option<&Response<P>> {
        self.first_page.as_ref()
    }

    /// Where the list stands: just before the next item. `None` at the end of the list.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        if self.items.len() == 0 {
            return self.pages.cursor();
        }
        let page = self.page_start.page.clone();
        let skip = self.page_start.skip.saturating_add(self.taken);
        Some(Cursor(Place { page, skip }))
    }

    /// Starts at `cursor` instead of the beginning. The request must be the one the cursor came
    /// from.
    ///
    /// # Errors
    ///
    /// The cursor belongs to a list that is paged in another way.
    pub fn resume_from(mut self, cursor: &Cursor) -> Result<Self> {
        self.pages = self.pages.resume_from(cursor)?;
        self.items = Vec::new().into_iter();
        Ok(self)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Item>>> {
        loop {
            if let Some(item) = self.items.next() {
                self.taken += 1;
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

impl<P: Page> Pages<P> {
    /// The next page; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Response<P>>> {
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// The next page; `Ok(None)` after the last one.
    ///
    /// # Errors
    ///
    /// The page could not be fetched. [`cursor`](Self::cursor) stays valid.
    pub async fn try_next(&mut self) -> Result<Option<Response<P>>> {
        self.next().await.transpose()
    }

    /// Where the list stands: just before the next page. `None` after the last one.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        self.next.clone().map(Cursor)
    }

    /// Starts at `cursor` instead of the beginning. A cursor from the middle of a page leaves the
    /// items before it out of the first page.
    ///
    /// # Errors
    ///
    /// The cursor belongs to a list that is paged in another way.
    pub fn resume_from(self, cursor: &Cursor) -> Result<Self> {
        let same_way = match (&self.next, &cursor.0.page) {
            (Some(place), page) => {
                std::mem::discriminant(&place.page) == std::mem::discriminant(page)
            }
            (None, _) => true,
        };
        if !same_way {
            return Err(foreign_cursor());
        }
        Ok(self.starting_at(cursor.0.clone()))
    }

    fn starting_at(mut self, place: Place) -> Self {
        self.next = Some(place);
        self.walk = Walk::default();
        self.pending = None;
        self.failed = false;
        self
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Response<P>>>> {
        let Some(place) = self.next.as_ref().filter(|_| !self.failed) else {
            return Poll::Ready(None);
        };
        let pending = match &mut self.pending {
            Some(pending) => pending,
            None => match self.walk.visit(&place.page) {
                Ok(()) => {
                    self.fetched = self.fetched.saturating_add(1);
                    let call = on_page(self.fetched, (self.fetch)(place));
                    self.pending.insert(Box::pin(call))
                }
                Err(error) => {
                    self.failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            },
        };
        let fetched = ready!(pending.as_mut().poll(cx));
        self.pending = None;
        let place = place.clone();
        let outcome = fetched.and_then(|page| self.accept(page, &place));
        self.failed = outcome.is_err();
        Poll::Ready(Some(outcome))
    }

    /// Learns from the page at `place` what follows it, and cuts off what was passed before.
    fn accept(&mut self, mut page: Response<P>, place: &Place) -> Result<Response<P>> {
        let count = page.items_mut().len();
        self.walk.compare(&place.page, &page, count)?;
        let next = (self.advance)(&page, count, &place.page, &mut self.walk);
        self.next = next.map(|page| Place { page, skip: 0 });
        page.items_mut().drain(..place.skip.min(count));
        Ok(page)
    }
}

impl Walk {
    /// Notes that a page is about to be fetched; an error if its token was used before.
    fn visit(&mut self, page: &PageId) -> Result<()> {
        match page {
            PageId::Token(Some(token)) if !self.tokens.insert(token.clone()) => Err(Error::new(
                ErrorKind::Pagination,
                "the service repeated a page token, so the list would never end",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses a numbered page that is the one before it over again, where no total would end the
    /// list.
    fn compare<P>(&mut self, id: &PageId, page: &Response<P>, count: usize) -> Result<()> {
        if matches!(id, PageId::Token(_)) {
            return Ok(());
        }
        let body = page.raw_body().cloned();
        let last_body = std::mem::replace(&mut self.last_body, body);
        let endless = self.highest_total == 0 && count > 0;
        if endless && last_body.is_some() && last_body == self.last_body {
            return Err(Error::new(
                ErrorKind::Pagination,
                "the service answered two pages alike and names no total, so the list would never end",
            ));
        }
        Ok(())
    }
}

fn after_numbered<P: NumberedPage>(
    page: &P,
    count: usize,
    id: &PageId,
    walk: &mut Walk,
) -> Option<PageId> {
    let PageId::Number { page: number, before } = *id else {
        return None;
    };
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let first_total = *walk.first_total.get_or_insert(page.total_count());
    // Started in the middle: nobody knows how many items lie before.
    walk.estimated |= before == 0 && number > 1;
    if count == 0 {
        if before < first_total && !walk.estimated {
            tracing::warn!(
                items = before,
                total = first_total,
                "the list ended before its total: it may have changed meanwhile"
            );
        }
        return None;
    }
    // A page past the end names no total, and one that shrinks must not cut the list short.
    walk.highest_total = walk.highest_total.max(page.total_count());
    let before = match before {
        // The pages before this one hold at least as many items each.
        0 => count.saturating_mul(u64::try_from(number.saturating_sub(1)).unwrap_or_default()),
        before => before,
    };
    let before = before.saturating_add(count);
    if walk.highest_total > 0 && before >= walk.highest_total {
        return None;
    }
    let page = number.checked_add(1)?;
    Some(PageId::Number { page, before })
}

fn after_token<P: TokenPage>(
    page: &P,
    _count: usize,
    _id: &PageId,
    _walk: &mut Walk,
) -> Option<PageId> {
    let token = page.next_page_token().filter(|token| !token.is_empty())?;
    Some(PageId::Token(Some(token.to_owned())))
}

fn foreign_cursor() -> Error {
    Error::new(
        ErrorKind::Pagination,
        "the cursor comes from another list: one has page numbers, the other page tokens",
    )
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

/// `page=3&before=200&skip=17`, `start&skip=0` or `skip=17&token=…`: the token comes last, as
/// anything may stand in it.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skip = self.0.skip;
        match &self.0.page {
            PageId::Number { page, before } => write!(f, "page={page}&before={before}&skip={skip}"),
            PageId::Token(None) => write!(f, "start&skip={skip}"),
            PageId::Token(Some(token)) => write!(f, "skip={skip}&token={token}"),
        }
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse_cursor(text).ok_or_else(|| {
            Error::new(
                ErrorKind::Pagination,
                "this text is no cursor: store what `Cursor` displays, unchanged",
            )
        })
    }
}

fn parse_cursor(text: &str) -> Option<Cursor> {
    let place = if let Some(rest) = text.strip_prefix("page=") {
        let (page, rest) = rest.split_once("&before=")?;
        let (before, skip) = rest.split_once("&skip=")?;
        let page = page.parse().ok()?;
        let before = before.parse().ok()?;
        Place { page: PageId::Number { page, before }, skip: skip.parse().ok()? }
    } else if let Some(skip) = text.strip_prefix("start&skip=") {
        Place { page: PageId::Token(None), skip: skip.parse().ok()? }
    } else {
        let (skip, token) = text.strip_prefix("skip=")?.split_once("&token=")?;
        Place { page: PageId::Token(Some(token.to_owned())), skip: skip.parse().ok()? }
    };
    Some(Cursor(place))
}

impl TryFrom<String> for Cursor {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}
