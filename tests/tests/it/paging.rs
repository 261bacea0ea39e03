//! The pager against a model: whatever the pages look like, it delivers every item once, in order,
//! and asks for no more pages than it needs.

use std::{
    future::ready,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use sdk_core::{Cursor, Error, ErrorKind, NumberedPage, Page, Pager, Response, Result, TokenPage};

#[derive(Debug, Clone, Default)]
struct Numbered {
    items: Vec<u32>,
    total: u64,
}

impl Page for Numbered {
    type Item = u32;

    fn items_mut(&mut self) -> &mut Vec<u32> {
        &mut self.items
    }
}

impl NumberedPage for Numbered {
    fn total_count(&self) -> u64 {
        self.total
    }
}

#[derive(Debug, Clone, Default)]
struct Tokened {
    items: Vec<u32>,
    next: Option<String>,
}

impl Page for Tokened {
    type Item = u32;

    fn items_mut(&mut self) -> &mut Vec<u32> {
        &mut self.items
    }
}

impl TokenPage for Tokened {
    fn next_page_token(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// A service with fixed pages, which notes what it is asked for and fails when told to.
#[derive(Clone)]
struct Service<P> {
    pages: Arc<Vec<P>>,
    asked: Arc<Mutex<Vec<usize>>>,
    /// The next request for this page fails once.
    broken: Arc<Mutex<Option<usize>>>,
}

impl<P: Clone + Default + Send + Sync + 'static> Service<P> {
    fn new(pages: Vec<P>) -> Self {
        Self { pages: Arc::new(pages), asked: Arc::default(), broken: Arc::default() }
    }

    fn broken_at(self, page: usize) -> Self {
        *self.broken.lock().unwrap() = Some(page);
        self
    }

    fn get(&self, index: usize) -> Result<Response<P>> {
        self.asked.lock().unwrap().push(index);
        if self.broken.lock().unwrap().take_if(|page| *page == index).is_some() {
            return Err(Error::new(ErrorKind::Transport, "cut"));
        }
        Ok(Response::new(self.pages.get(index).cloned().unwrap_or_default()))
    }

    fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }
}

impl Service<Numbered> {
    fn pager(&self) -> Pager<Numbered> {
        self.pager_from(None)
    }

    fn pager_from(&self, first: Option<i32>) -> Pager<Numbered> {
        let service = self.clone();
        Pager::by_page(first, move |page| ready(service.get(usize::try_from(page).unwrap() - 1)))
    }
}

impl Service<Tokened> {
    /// Tokens are page numbers with a prefix; the first page has none.
    fn pager(&self) -> Pager<Tokened> {
        let service = self.clone();
        Pager::by_token(None, move |token| {
            ready(service.get(token.map_or(0, |token| token[1..].parse().unwrap())))
        })
    }
}

/// Pages of these sizes over 0, 1, 2, …; `total` is asked what each page claims.
fn numbered(sizes: &[usize], total: impl Fn(usize) -> u64) -> Vec<Numbered> {
    let mut next = 0;
    sizes
        .iter()
        .enumerate()
        .map(|(page, size)| {
            let first = next;
            next += u32::try_from(*size).unwrap();
            Numbered { items: (first..next).collect(), total: total(page) }
        })
        .collect()
}

fn tokened(sizes: &[usize]) -> Vec<Tokened> {
    let last = sizes.len() - 1;
    numbered(sizes, |_| 0)
        .into_iter()
        .enumerate()
        .map(|(page, numbered)| Tokened {
            items: numbered.items,
            next: (page < last).then(|| format!("t{}", page + 1)),
        })
        .collect()
}

fn upto(count: usize) -> Vec<u32> {
    (0..u32::try_from(count).unwrap()).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Takes items until the end or an error.
async fn drain<P: Page>(pager: &mut Pager<P>) -> (Vec<P::Item>, Option<Error>) {
    let mut items = Vec::new();
    loop {
        match pager.try_next().await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None),
            Err(error) => return (items, Some(error)),
        }
    }
}

proptest! {
    #[test]
    fn numbered_lists_come_whole(
        sizes in prop::collection::vec(1..9_usize, 1..9),
        claims in prop::collection::vec(0..80_u64, 9),
        honest: bool,
    ) {
        let count: usize = sizes.iter().sum();
        // A total may be wrong on any page, but never below what is really there on the first one.
        let claim = |page: usize| match page {
            _ if honest => count as u64,
            0 => count as u64 + claims[0],
            _ => claims[page],
        };
        let service = Service::new(numbered(&sizes, claim));
        let items = block_on(service.pager().try_collect()).unwrap();
        prop_assert_eq!(items, upto(count));
        if honest {
            prop_assert_eq!(service.asked(), (0..sizes.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn token_lists_come_whole_over_empty_pages(sizes in prop::collection::vec(0..6_usize, 1..12)) {
        let service = Service::new(tokened(&sizes));
        let items = block_on(service.pager().try_collect()).unwrap();
        prop_assert_eq!(items, upto(sizes.iter().sum()));
        prop_assert_eq!(service.asked(), (0..sizes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_failed_list_goes_on_where_it_stopped(
        sizes in prop::collection::vec(1..6_usize, 1..9),
        broken in 0..9_usize,
        stop_after in 0..40_usize,
    ) {
        let count: usize = sizes.iter().sum();
        let by_number = Service::new(numbered(&sizes, |_| count as u64)).broken_at(broken);
        let by_token = Service::new(tokened(&sizes)).broken_at(broken);
        block_on(async {
            prop_assert_eq!(interrupted(&|| by_number.pager(), stop_after).await, upto(count));
            prop_assert_eq!(interrupted(&|| by_token.pager(), stop_after).await, upto(count));
            Ok(())
        })?;
    }
}

/// Takes some items, stores the cursor as text, goes on with a new pager until it fails, and with
/// yet another one to the end.
async fn interrupted<P: Page<Item = u32>>(
    pager: &dyn Fn() -> Pager<P>,
    stop_after: usize,
) -> Vec<u32> {
    let mut items = Vec::new();
    let mut first = pager();
    while items.len() < stop_after
        && let Ok(Some(item)) = first.try_next().await
    {
        items.push(item);
    }
    let mut cursor = first.cursor();
    while let Some(text) = cursor.map(|cursor| cursor.to_string()) {
        let mut rest = pager().resume_from(&text.parse().unwrap()).unwrap();
        let (more, error) = drain(&mut rest).await;
        items.extend(more);
        cursor = rest.cursor();
        assert_eq!(cursor.is_some(), error.is_some());
    }
    items
}

#[tokio::test]
async fn failure_on_page_three_then_resume() {
    let service = Service::new(numbered(&[10, 10, 10, 3], |_| 33)).broken_at(2);
    let mut pager = service.pager();
    let (items, error) = drain(&mut pager).await;
    assert_eq!(items, upto(20));
    assert_eq!(error.unwrap().kind(), ErrorKind::Transport);
    assert!(pager.next().await.is_none(), "finished after an error");

    let json = serde_json::to_string(&pager.cursor().unwrap()).unwrap();
    let cursor: Cursor = serde_json::from_str(&json).unwrap();
    let rest = service.pager().resume_from(&cursor).unwrap().try_collect().await.unwrap();
    assert_eq!(rest, (20..33).collect::<Vec<_>>());
    assert_eq!(service.asked(), [0, 1, 2, 2, 3]);
}

#[tokio::test]
async fn nothing_is_fetched_ahead() {
    let service = Service::new(numbered(&[5, 5, 5, 5], |_| 20));
    let mut pager = service.pager();
    assert!(service.asked().is_empty());
    for _ in 0..10 {
        pager.try_next().await.unwrap().unwrap();
    }
    assert_eq!(service.asked(), [0, 1], "the third page is not needed yet");
}

#[tokio::test]
async fn a_repeated_token_is_an_error_after_the_items_before_it() {
    let mut pages = tokened(&[2, 2, 2]);
    pages[2].next = Some("t1".to_owned());
    let service = Service::new(pages);
    let (items, error) = drain(&mut service.pager()).await;
    assert_eq!(items, upto(6));
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert!(error.to_string().contains("repeated a page token"), "{error}");
    assert_eq!(service.asked(), [0, 1, 2]);
}

#[tokio::test]
async fn an_empty_token_ends_the_list() {
    let mut pages = tokened(&[2]);
    pages[0].next = Some(String::new());
    assert_eq!(Service::new(pages).pager().try_collect().await.unwrap(), upto(2));
}

#[tokio::test]
async fn a_list_without_totals_ends_with_an_empty_page() {
    let service = Service::new(numbered(&[3, 3], |_| 0));
    assert_eq!(service.pager().try_collect().await.unwrap(), upto(6));
    assert_eq!(service.asked(), [0, 1, 2]);
}

#[tokio::test]
async fn a_total_that_grows_or_shrinks_loses_nothing() {
    let growing = Service::new(numbered(&[3, 3, 3], |page| 6 + page as u64 * 3));
    assert_eq!(growing.pager().try_collect().await.unwrap(), upto(9));
    let shrinking = Service::new(numbered(&[3, 3, 3], |page| 9 - page as u64 * 4));
    assert_eq!(shrinking.pager().try_collect().await.unwrap(), upto(9));
}

#[tokio::test]
async fn a_list_that_ends_before_its_total_is_warned_about() {
    let (log, _guard) = billing_tests::record();
    let service = Service::new(numbered(&[3], |_| 5));
    assert_eq!(service.pager().try_collect().await.unwrap(), upto(3));
    assert!(log.text().contains("the list ended before its total"), "{}", log.text());
}

#[tokio::test]
async fn a_list_may_start_in_the_middle() {
    let service = Service::new(numbered(&[3, 3, 1], |_| 7));
    assert_eq!(service.pager_from(Some(2)).try_collect().await.unwrap(), [3, 4, 5, 6]);
    assert_eq!(service.asked().first(), Some(&1));
}

#[tokio::test]
async fn pages_keep_their_totals_and_the_pager_the_first_ones() {
    let service = Service::new(numbered(&[2, 2], |page| 4 - page as u64));
    let mut pages = service.pager().pages();
    assert_eq!(pages.try_next().await.unwrap().unwrap().total, 4);
    assert_eq!(pages.cursor().unwrap().to_string(), "page=2&before=2&skip=0");
    assert_eq!(pages.try_next().await.unwrap().unwrap().total, 3);
    assert!(pages.try_next().await.unwrap().is_none());

    let mut pager = service.pager();
    assert!(pager.first_page().is_none());
    while pager.try_next().await.unwrap().is_some() {}
    assert_eq!(pager.first_page().unwrap().total, 4);
    assert!(pager.cursor().is_none());
}

#[test]
fn a_cursor_is_checked() {
    for text in ["", "page=1", "page=x&before=0&skip=0", "page=1&before=-1&skip=0", "skip=1", "t"] {
        let error = text.parse::<Cursor>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pagination, "{text}");
    }
    for text in ["page=3&before=20&skip=4", "start&skip=2", "skip=0&token=a&skip=7=/\n"] {
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
    }
    let token: Cursor = "skip=0&token=a".parse().unwrap();
    let error = Service::new(numbered(&[1], |_| 1)).pager().resume_from(&token).unwrap_err();
    assert!(error.to_string().contains("another list"), "{error}");
}
