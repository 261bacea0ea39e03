//! The pager, tested against a model. Whatever the pages look like, it yields every item once, in
//! order, and requests no more pages than it needs.

use std::{
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proptest::{prelude::*, test_runner::TestCaseError};
use sdk_core::{Cursor, Error, ErrorKind, NumberedPage, Page, Pager, Response, Result, TokenPage};
use tokio::time::Instant;

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

/// A service with fixed pages, which records requests and fails on demand.
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
    /// Tokens are page numbers with a prefix; the first page has no token.
    fn pager(&self) -> Pager<Tokened> {
        let service = self.clone();
        Pager::by_token(None, move |token| {
            ready(service.get(token.map_or(0, |token| token[1..].parse().unwrap())))
        })
    }
}

/// Pages of these sizes over 0, 1, 2, …; `total` returns the total that each page claims.
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
    fn numbered_lists_are_complete(
        sizes in prop::collection::vec(1..9_usize, 1..9),
        claims in prop::collection::vec(0..80_u64, 9),
        honest: bool,
    ) {
        let count: usize = sizes.iter().sum();
        // A total may be wrong on any page, but on the first page never below the real number.
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
    fn token_lists_are_complete_across_empty_pages(sizes in prop::collection::vec(0..6_usize, 1..12)) {
        let service = Service::new(tokened(&sizes));
        let items = block_on(service.pager().try_collect()).unwrap();
        prop_assert_eq!(items, upto(sizes.iter().sum()));
        prop_assert_eq!(service.asked(), (0..sizes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn failed_list_resumes(
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

/// Takes some items, serializes the cursor, resumes with a new pager until it fails, and with
/// another one to the end.
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
    loop {
        let mut rest = match cursor.map(|cursor| cursor.to_string()) {
            Some(text) => pager().resume_from(&text.parse().unwrap()).unwrap(),
            None => pager(),
        };
        let (more, error) = drain(&mut rest).await;
        items.extend(more);
        cursor = rest.cursor();
        assert_eq!(cursor.as_ref().unwrap().is_end(), error.is_none());
        if error.is_none() {
            return items;
        }
    }
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
    let mut rest = service.pager().resume_from(&cursor).unwrap();
    assert_eq!(drain(&mut rest).await.0, (20..33).collect::<Vec<_>>());
    assert_eq!((rest.delivered(), rest.shortfall()), (13, None));
    assert_eq!(service.asked(), [0, 1, 2, 2, 3]);

    // The end can be stored, too.
    let json = serde_json::to_string(&rest.cursor().unwrap()).unwrap();
    assert_eq!(json, "\"end\"");
    let end: Cursor = serde_json::from_str(&json).unwrap();
    assert!(end.is_end() && !cursor.is_end());
    let mut again = service.pager().resume_from(&end).unwrap();
    assert!(again.try_next().await.unwrap().is_none());
    assert_eq!(again.cursor(), Some(end));
    assert_eq!(service.asked().len(), 5, "nothing is fetched again");
}

#[tokio::test]
async fn nothing_is_prefetched_by_default() {
    let service = Service::new(numbered(&[5, 5, 5, 5], |_| 20));
    let mut pager = service.pager();
    assert!(service.asked().is_empty());
    for _ in 0..10 {
        pager.try_next().await.unwrap().unwrap();
    }
    assert_eq!(service.asked(), [0, 1], "the third page is not needed yet");
}

#[tokio::test]
async fn repeated_token_is_an_error_after_the_earlier_items() {
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
async fn empty_token_ends_the_list() {
    let mut pages = tokened(&[2]);
    pages[0].next = Some(String::new());
    assert_eq!(Service::new(pages).pager().try_collect().await.unwrap(), upto(2));
}

#[tokio::test]
async fn list_without_total_ends_with_an_empty_page() {
    let service = Service::new(numbered(&[3, 3], |_| 0));
    assert_eq!(service.pager().try_collect().await.unwrap(), upto(6));
    assert_eq!(service.asked(), [0, 1, 2]);
}

#[tokio::test]
async fn changing_total_loses_no_items() {
    let growing = Service::new(numbered(&[3, 3, 3], |page| 6 + page as u64 * 3));
    assert_eq!(growing.pager().try_collect().await.unwrap(), upto(9));
    let shrinking = Service::new(numbered(&[3, 3, 3], |page| 9 - page as u64 * 4));
    assert_eq!(shrinking.pager().try_collect().await.unwrap(), upto(9));
}

#[tokio::test]
async fn list_shorter_than_its_total_is_an_error() {
    let (log, _guard) = billing_tests::record();
    let service = Service::new(numbered(&[3], |_| 5));
    let mut pager = service.pager();
    assert_eq!((pager.total(), pager.delivered(), pager.shortfall()), (None, 0, None));
    assert_eq!(drain(&mut pager).await.0, upto(3));
    assert_eq!((pager.total(), pager.delivered(), pager.shortfall()), (Some(5), 3, Some(2)));
    assert!(log.text().contains("the list ended before its total"), "{}", log.text());

    let cursor = "page=2&before=3&skip=0".parse().unwrap();
    let mut rest = service.pager().resume_from(&cursor).unwrap();
    assert!(rest.try_next().await.unwrap().is_none());
    assert_eq!(rest.shortfall(), None, "no page has named a total");

    let whole = Service::new(numbered(&[3, 2], |_| 5));
    let mut pager = whole.pager();
    assert_eq!(drain(&mut pager).await.0, upto(5));
    assert_eq!((pager.total(), pager.delivered(), pager.shortfall()), (Some(5), 5, None));
}

#[tokio::test]
async fn full_page_does_not_end_a_list_by_its_total() {
    let service = Service::new(numbered(&[3, 3, 2], |_| 3));
    assert_eq!(service.pager().try_collect().await.unwrap(), upto(3), "no page size is known");
    assert_eq!(service.pager().page_size(Some(0)).try_collect().await.unwrap(), upto(3));
    assert_eq!(service.pager().page_size(Some(4)).try_collect().await.unwrap(), upto(3));
    for size in [2, 3] {
        let service = Service::new(numbered(&[3, 3, 2], |_| 3));
        let mut pager = service.pager().page_size(Some(size));
        assert_eq!(drain(&mut pager).await.0, upto(8));
        assert_eq!(pager.shortfall(), None);
        // A partly filled page ends the list.
        assert_eq!(service.asked(), if size == 3 { vec![0, 1, 2] } else { vec![0, 1, 2, 3] });
    }
}

#[tokio::test]
async fn pages_resume_in_the_middle_of_a_page() {
    for taken in 0..=7 {
        let service = Service::new(numbered(&[3, 3, 1], |_| 7));
        let by_token = Service::new(tokened(&[3, 3, 1]));
        check(service.pager(), taken).await;
        check(by_token.pager(), taken).await;
        // A page is fetched twice only if it was partly consumed.
        let again = usize::from(taken % 3 != 0 && taken < 7);
        assert_eq!((service.asked().len(), by_token.asked().len()), (3 + again, 3 + again));
    }

    async fn check<P: Page<Item = u32>>(mut pager: Pager<P>, taken: u32) {
        for item in 0..taken {
            assert_eq!(pager.try_next().await.unwrap(), Some(item));
        }
        let mut pages = pager.pages();
        let mut items = Vec::new();
        let mut first = None;
        while let Some(mut page) = pages.try_next().await.unwrap() {
            first.get_or_insert(page.items_mut().len());
            items.append(page.items_mut());
        }
        assert_eq!(items, (taken..7).collect::<Vec<_>>());
        let expected = [Some(3), Some(2), Some(1), Some(3), Some(2), Some(1), Some(1), None];
        assert_eq!(first, expected[usize::try_from(taken).unwrap()]);
        assert!(pages.cursor().unwrap().is_end());
    }
}

#[tokio::test]
async fn list_may_start_in_the_middle() {
    let service = Service::new(numbered(&[3, 3, 1], |_| 7));
    assert_eq!(service.pager_from(Some(2)).try_collect().await.unwrap(), [3, 4, 5, 6]);
    assert_eq!(service.asked().first(), Some(&1));
}

#[tokio::test]
async fn pages_have_their_totals_and_the_pager_the_first_ones() {
    let service = Service::new(numbered(&[2, 2], |page| 4 - page as u64));
    let mut pages = service.pager().pages();
    assert!(pages.cursor().is_none(), "not started");
    assert_eq!(pages.try_next().await.unwrap().unwrap().total, 4);
    assert_eq!(pages.cursor().unwrap().to_string(), "page=2&before=2&skip=0");
    assert_eq!(pages.try_next().await.unwrap().unwrap().total, 3);
    assert!(pages.try_next().await.unwrap().is_none());

    let mut pager = service.pager();
    assert!(pager.first_page().is_none());
    while pager.try_next().await.unwrap().is_some() {}
    assert_eq!(pager.first_page().unwrap().total, 4);
    assert!(pager.cursor().unwrap().is_end());
}

/// A service whose responses take a while of paused time. It counts them.
#[derive(Clone, Default)]
struct Slow {
    delays: Arc<Vec<u64>>,
    /// Requests that were neither answered nor cancelled.
    open: Arc<AtomicUsize>,
    most_open: Arc<AtomicUsize>,
}

/// A request that is open until this is dropped.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slow {
    fn new(delays: Vec<u64>) -> Self {
        Self { delays: Arc::new(delays), ..Self::default() }
    }

    /// A pager over the pages of `service`, each of which is delayed.
    fn by_page(&self, service: &Service<Numbered>) -> Pager<Numbered> {
        let (slow, service) = (self.clone(), service.clone());
        Pager::by_page(None, move |page| {
            let index = usize::try_from(page).unwrap() - 1;
            slow.clone().delay(index, service.get(index))
        })
    }

    fn by_token(&self, service: &Service<Tokened>) -> Pager<Tokened> {
        let (slow, service) = (self.clone(), service.clone());
        Pager::by_token(None, move |token| {
            let index = token.map_or(0, |token| token[1..].parse().unwrap());
            slow.clone().delay(index, service.get(index))
        })
    }

    async fn delay<P>(self, index: usize, response: Result<Response<P>>) -> Result<Response<P>> {
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        let _open = Open(self.open);
        self.most_open.fetch_max(open, Ordering::Relaxed);
        let delay = self.delays.get(index % self.delays.len().max(1)).copied().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(delay)).await;
        response
    }
}

/// Lets tasks run, since cancelled tasks end when they are scheduled.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

fn paused<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(future)
}

proptest! {
    #[test]
    fn prefetching_changes_only_the_timing(
        full in 1..9_usize,
        size in 1..6_usize,
        last in 0..6_usize,
        sizes in prop::collection::vec(0..6_usize, 1..12),
        delays in prop::collection::vec(0..50_u64, 12),
        broken in 0..14_usize,
        work in 0..50_u64,
        ahead in 0..7_usize,
        stop_after in 0..60_usize,
    ) {
        // Equal pages with a remainder for numbered lists; any sizes for tokens.
        let mut equal = vec![size; full];
        equal.extend(Some(last % size).filter(|rest| *rest > 0));
        let count: usize = equal.iter().sum();
        paused(async {
            let slow = Slow::new(delays.clone());
            let by_number =
                Service::new(numbered(&equal, |_| count as u64)).broken_at(broken % equal.len());
            let pager = || slow.by_page(&by_number).read_ahead(ahead);
            prop_assert_eq!(walked(&pager, work, stop_after, broken, size, &by_number).await?, upto(count));
            prop_assert!(by_number.asked().iter().all(|page| *page < equal.len()), "beyond the end");
            prop_assert!(slow.most_open.load(Ordering::Relaxed) <= ahead.max(1));
            prop_assert_eq!(slow.open.load(Ordering::Relaxed), 0);

            let slow = Slow::new(delays);
            let count: usize = sizes.iter().sum();
            let by_token = Service::new(tokened(&sizes)).broken_at(broken);
            let pager = || slow.by_token(&by_token).read_ahead(ahead);
            prop_assert_eq!(interrupted(&pager, stop_after).await, upto(count));
            settle().await;
            prop_assert_eq!(slow.open.load(Ordering::Relaxed), 0);
            Ok(())
        })?;
    }
}

/// Takes some items, drops the pager, and resumes until the end. Each item takes `work`
/// milliseconds. The failure must occur at the broken page, and all pending requests must end with
/// the pager.
async fn walked(
    pager: &dyn Fn() -> Pager<Numbered>,
    work: u64,
    stop_after: usize,
    broken: usize,
    size: usize,
    service: &Service<Numbered>,
) -> std::result::Result<Vec<u32>, TestCaseError> {
    let mut items = Vec::new();
    let mut first = pager();
    let mut failed = false;
    while items.len() < stop_after {
        match first.try_next().await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => break,
            Err(_) => {
                failed = true;
                let pages = service.pages.len();
                prop_assert_eq!(items.len(), broken % pages * size, "errors come in order");
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(work)).await;
    }
    let cursor = first.cursor();
    drop(first);
    settle().await;
    let rest = |cursor: Option<Cursor>| match cursor {
        Some(cursor) => pager().resume_from(&cursor).unwrap(),
        None => pager(),
    };
    let mut second = rest(cursor);
    let (more, error) = drain(&mut second).await;
    prop_assert!(!(failed && error.is_some()), "a page is broken once");
    items.extend(more);
    let mut third = rest(second.cursor());
    drop(second);
    settle().await;
    items.extend(drain(&mut third).await.0);
    settle().await;
    Ok(items)
}

#[tokio::test(start_paused = true)]
async fn numbered_pages_are_prefetched_up_to_the_total() {
    let service = Service::new(numbered(&[10; 100], |_| 1000));
    let slow = Slow::new(vec![20]);
    let start = Instant::now();
    assert_eq!(slow.by_page(&service).try_collect().await.unwrap(), upto(1000));
    let sequential = start.elapsed();

    let start = Instant::now();
    // After the full last page, one more page is requested.
    let mut pager = slow.by_page(&service).page_size(Some(10)).read_ahead(4);
    pager.try_next().await.unwrap();
    // The first page has the total. Then the pager fetches four pages at a time while the consumer
    // waits.
    settle().await;
    assert_eq!(service.asked()[100..], [0, 1, 2, 3, 4]);
    assert_eq!(drain(&mut pager).await.0.len(), 999);
    assert_eq!(service.asked()[195..], [95, 96, 97, 98, 99, 100]);
    assert_eq!(slow.most_open.load(Ordering::Relaxed), 4);
    assert!(start.elapsed() <= sequential.mul_f64(0.3), "{:?} {sequential:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn next_token_page_is_prefetched_during_consumption() {
    let mut times = Vec::new();
    for ahead in [0, 1, 5] {
        let service = Service::new(tokened(&[10; 20]));
        let slow = Slow::new(vec![20]);
        let start = Instant::now();
        let mut pages = slow.by_token(&service).read_ahead(ahead).pages();
        while pages.try_next().await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        times.push(start.elapsed());
        assert_eq!(slow.most_open.load(Ordering::Relaxed), 1);
        assert_eq!(service.asked(), (0..20).collect::<Vec<_>>());
    }
    assert!(times[1] <= times[0].mul_f64(0.6), "{times:?}");
    assert_eq!(times[1], times[2]);
}

#[tokio::test(start_paused = true)]
async fn repeated_token_is_an_error_after_its_page_when_prefetching() {
    let mut pages = tokened(&[2, 2]);
    pages[1].next = Some("t1".to_owned());
    let service = Service::new(pages);
    let mut pager = Slow::new(vec![20]).by_token(&service).read_ahead(1);
    let (items, error) = drain(&mut pager).await;
    assert_eq!(items, upto(4));
    assert_eq!(error.unwrap().kind(), ErrorKind::Pagination);
    assert_eq!(service.asked(), [0, 1]);
}

#[test]
fn nothing_is_prefetched_without_a_runtime() {
    let service = Service::new(numbered(&[2, 2, 1], |_| 5));
    let pager = service.pager().read_ahead(3);
    let items = futures_util::FutureExt::now_or_never(pager.try_collect());
    assert_eq!(items.unwrap().unwrap(), upto(5));
}

#[tokio::test]
async fn panic_in_a_prefetched_page_is_an_error() {
    let service = Service::new(numbered(&[2, 2, 1], |_| 5));
    let mut pager = Pager::by_page(None, move |page| {
        let response = service.get(usize::try_from(page).unwrap() - 1);
        async move {
            assert_ne!(page, 2, "the test's own failure");
            response
        }
    })
    .read_ahead(2);
    let (items, error) = drain(&mut pager).await;
    assert_eq!(items, upto(2));
    assert!(error.unwrap().to_string().contains("was stopped"));
}

#[test]
fn cursor_is_checked() {
    for text in [
        "",
        "page=1",
        "page=x&before=0&skip=0",
        "page=1&before=-1&skip=0",
        "skip=1",
        "t",
        "ending",
        "before=1&token=a",
        "before=x&skip=1&token=a",
        "request=1",
        "request=x&end",
        "request=1&request=1&end",
    ] {
        let error = text.parse::<Cursor>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pagination, "{text}");
    }
    for text in [
        "page=3&before=20&skip=4",
        "page=3&before=0&skip=0",
        "page=-1&before=0&skip=0",
        "start&skip=2",
        "skip=0&token=a&skip=7=/\n",
        "before=7&skip=0&token=request=1&end",
        "end",
        "request=0123456789abcdef&end",
        "request=0000000000000001&before=7&skip=1&token=",
    ] {
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
    }
    let token: Cursor = "skip=0&token=a".parse().unwrap();
    let error = Service::new(numbered(&[1], |_| 1)).pager().resume_from(&token).unwrap_err();
    assert!(error.to_string().contains("another list"), "{error}");
}
