//! How the pager handles the bodies of its pages. `tests/tests/it/paging.rs` has the model tests.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::Method;
use serde::Deserialize;

use super::*;
use crate::{Idempotency, response::Envelope};

static LIST: Operation = Operation::http("list_things", Method::GET, "/things", Idempotency::Safe);

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Things {
    things: Option<Vec<u32>>,
    items: Vec<u32>,
    total: u64,
    next: Option<String>,
}

impl Page for Things {
    type Item = u32;

    const ITEMS_PATH: &'static [&'static str] = &["things"];

    fn items_mut(&mut self) -> &mut Vec<u32> {
        &mut self.items
    }
}

impl NumberedPage for Things {
    fn total_count(&self) -> u64 {
        self.total
    }
}

impl TokenPage for Things {
    fn next_page_token(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn total_count(&self) -> Option<u64> {
        Some(self.total).filter(|total| *total > 0)
    }
}

/// A page whose path to the items is unknown.
struct Plain(Things);

impl Page for Plain {
    type Item = u32;

    fn items_mut(&mut self) -> &mut Vec<u32> {
        self.0.items_mut()
    }
}

impl NumberedPage for Plain {
    fn total_count(&self) -> u64 {
        self.0.total
    }
}

impl TokenPage for Plain {
    fn next_page_token(&self) -> Option<&str> {
        self.0.next_page_token()
    }
}

fn page(body: String) -> Response<Things> {
    let mut things: Things = serde_json::from_str(&body).unwrap();
    things.items = things.things.take().unwrap_or_default();
    let body = Some(Bytes::from(body));
    Response::from_parts(things, Envelope { body, ..Envelope::default() })
}

/// A list whose page `n` has this body.
fn numbered(body: impl Fn(i32) -> String + Send + Sync + 'static) -> Pager<Things> {
    Pager::by_page(None, move |number| ready(Ok(page(body(number))))).for_request(&LIST, &())
}

/// Like `list`, where page `n` has the token `n`, and the first page has none.
fn tokened(body: impl Fn(i32) -> String + Send + Sync + 'static) -> Pager<Things> {
    let number = |token: Option<String>| token.map_or(1, |token| token.parse().unwrap());
    Pager::by_token(None, move |token| ready(Ok(page(body(number(token)))))).for_request(&LIST, &())
}

/// The items up to the first error or the end, and the error.
async fn drain<P: Page<Item = u32>>(pager: &mut Pager<P>) -> (Vec<u32>, Option<Error>) {
    let mut items = Vec::new();
    loop {
        match pager.try_next().await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None),
            Err(error) => return (items, Some(error)),
        }
    }
}

#[tokio::test]
async fn page_without_its_list_is_an_error() {
    for without in ["{}", r#"{"things":null}"#, r#"{"total":4}"#] {
        for pages_before in [0, 1] {
            let body = move |number: i32| match number {
                _ if number > pages_before => without.to_owned(),
                _ => r#"{"things":[1,2],"total":4,"next":"2"}"#.to_owned(),
            };
            for mut pager in [numbered(body), tokened(body)] {
                let (items, error) = drain(&mut pager).await;
                assert_eq!(items.len(), if pages_before == 0 { 0 } else { 2 });
                let error = error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Decode, "{without}");
                assert_eq!(error.operation(), Some("list_things"));
                assert_eq!(error.raw_body().map(|body| &body[..]), Some(without.as_bytes()));
                assert!(error.to_string().contains("no `things`"), "{error}");
                assert!(!pager.cursor().unwrap().is_end());
            }
        }
    }
    let (items, error) = drain(&mut numbered(|_| r#"{"things":[]}"#.to_owned())).await;
    assert!(items.is_empty() && error.is_none());
}

#[tokio::test]
async fn repeated_items_are_an_error() {
    // The rest of the body differs, and the total would end the list.
    let body = |number: i32| {
        format!(r#"{{"things":[1,2],"total":6,"now":{number},"next":"{}"}}"#, number + 1)
    };
    for mut pager in [numbered(body), tokened(body)] {
        let (items, error) = drain(&mut pager).await;
        assert_eq!(items, [1, 2]);
        let error = error.unwrap();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Pagination, Some("list_things")));
        assert!(error.to_string().contains("the same items"), "{error}");
        // The cursor continues, in case the service means it.
        let cursor = pager.cursor().unwrap();
        assert_eq!(pager.resume_from(&cursor).unwrap().try_next().await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn numbered_pages_without_known_items_are_compared_by_body() {
    let body = |number: i32| format!(r#"{{"things":[7],"next":"{}"}}"#, number + 1);
    let plain = move |number: i32| ready(Ok(page(body(number)).map(Plain)));
    let mut pager = Pager::by_page(None, plain);
    for _ in 0..3 {
        assert_eq!(pager.try_next().await.unwrap(), Some(7));
    }
    let same = |_: i32| ready(Ok(page(r#"{"things":[7]}"#.to_owned()).map(Plain)));
    let mut pager = Pager::by_page(None, same);
    assert_eq!(pager.try_next().await.unwrap(), Some(7));
    assert_eq!(pager.try_next().await.unwrap_err().kind(), ErrorKind::Pagination);

    let next = |token: Option<String>| token.unwrap_or_default() + "x";
    let body = move |token| format!(r#"{{"things":[7],"next":"{}"}}"#, next(token));
    let mut pager = Pager::by_token(None, move |token| ready(Ok(page(body(token)).map(Plain))));
    for _ in 0..3 {
        assert_eq!(pager.try_next().await.unwrap(), Some(7));
    }
    let without = Pager::by_token(None, |_| ready(Ok(page("{}".to_owned()).map(Plain))));
    assert!(without.try_collect().await.unwrap().is_empty());
}

#[tokio::test]
async fn hundred_pages_without_new_items_are_an_error() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = |body: fn(i32) -> String| {
        let asked = Arc::clone(&asked);
        asked.store(0, Ordering::Relaxed);
        move |number| {
            asked.fetch_add(1, Ordering::Relaxed);
            body(number)
        }
    };
    // Empty pages, with new tokens each time.
    let empty = |number: i32| format!(r#"{{"things":[],"next":"{}"}}"#, number + 1);
    let mut pager = tokened(counting(empty));
    let error = pager.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert!(error.to_string().contains("100 pages in a row"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 100);

    // Two alternating pages: no total, no end.
    let turns = |number: i32| format!(r#"{{"things":[{}]}}"#, number % 2);
    let mut pager = numbered(counting(turns));
    let (items, error) = drain(&mut pager).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Pagination);
    assert_eq!((items.len(), asked.load(Ordering::Relaxed)), (101, 102));

    // Fewer in a row are not an error, however many there are in total.
    let gaps = |number: i32| match number {
        400 => r#"{"things":[400]}"#.to_owned(),
        _ if number % 100 == 0 => format!(r#"{{"things":[{number}],"next":"{}"}}"#, number + 1),
        _ => format!(r#"{{"things":[],"next":"{}"}}"#, number + 1),
    };
    let (items, error) = drain(&mut tokened(gaps)).await;
    assert_eq!(items, [100, 200, 300, 400]);
    assert!(error.is_none());
}

#[tokio::test]
async fn list_beyond_the_last_page_number_is_an_error() {
    let pager = |last: i32, total: u64| {
        Pager::by_page(Some(last), move |number| {
            ready(Ok(page(format!(r#"{{"things":[{number}],"total":{total}}}"#))))
        })
        .for_request(&LIST, &())
    };
    let mut list = pager(i32::MAX - 1, 0);
    let (items, error) = drain(&mut list).await;
    assert_eq!(items, [2_147_483_646, 2_147_483_647]);
    let error = error.unwrap();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Pagination, Some("list_things")));
    assert!(error.to_string().contains("2147483647"), "{error}");
    let cursor: Cursor = list.cursor().unwrap().to_string().parse().unwrap();
    let again = pager(1, 0).resume_from(&cursor).unwrap().try_next().await.unwrap_err();
    assert_eq!(again.to_string(), error.to_string());
    // A list that ends there is complete.
    let (items, error) = drain(&mut pager(i32::MAX, 5)).await;
    assert_eq!(items, [2_147_483_647]);
    assert!(error.is_none());
}

#[tokio::test]
async fn cursor_belongs_to_its_request() {
    let body = |number: i32| format!(r#"{{"things":[{number}],"next":"{}"}}"#, number + 1);
    let request = |size: u32| serde_json::json!({"filter": "a", "page_size": size, "order": null});
    let pager = |size| numbered(body).for_request(&LIST, &request(size));
    let mut first = pager(10);
    assert!(first.cursor().is_none(), "not started");
    assert_eq!(first.try_next().await.unwrap(), Some(1));
    let text = first.cursor().unwrap().to_string();
    assert!(text.starts_with("request=") && text.ends_with("&page=2&before=1&skip=0"), "{text}");
    let cursor: Cursor = text.parse().unwrap();
    let resumed = pager(10).resume_from(&cursor).unwrap();
    assert_eq!(resumed.cursor().unwrap(), cursor);

    for other in [
        pager(11).resume_from(&cursor),
        numbered(body).for_request(&LIST, &()).resume_from(&cursor),
        tokened(body).resume_from(&cursor),
    ] {
        let error = other.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Pagination, Some("list_things")));
        assert!(error.to_string().contains("another"), "{error}");
    }
    // Without a request on one side, as in cursors of earlier versions, there is nothing to
    // compare.
    let old: Cursor = "page=2&before=1&skip=0".parse().unwrap();
    assert_eq!(pager(11).resume_from(&old).unwrap().try_next().await.unwrap(), Some(2));
    let unnamed = Pager::by_page(None, move |number| ready(Ok(page(body(number)))));
    assert_eq!(unnamed.resume_from(&cursor).unwrap().try_next().await.unwrap(), Some(2));
}

#[tokio::test]
async fn token_list_has_total_and_shortfall() {
    let body = |number: i32| match number {
        1 => r#"{"things":[1,2],"total":5,"next":"2"}"#.to_owned(),
        _ => r#"{"things":[3],"total":4}"#.to_owned(),
    };
    let mut list = tokened(body);
    assert_eq!((list.total(), list.delivered(), list.shortfall()), (None, 0, None));
    assert_eq!(list.try_next().await.unwrap(), Some(1));
    assert_eq!((list.total(), list.delivered(), list.shortfall()), (Some(5), 1, None));
    let cursor: Cursor = list.cursor().unwrap().to_string().parse().unwrap();
    assert_eq!(drain(&mut list).await.0, [2, 3]);
    assert_eq!((list.total(), list.delivered(), list.shortfall()), (Some(5), 3, Some(2)));

    // A resumed list knows how many items were yielded before.
    let mut rest = tokened(body).resume_from(&cursor).unwrap();
    assert_eq!(rest.try_next().await.unwrap(), Some(2));
    let cursor: Cursor = rest.cursor().unwrap().to_string().parse().unwrap();
    let mut rest = tokened(body).resume_from(&cursor).unwrap();
    assert_eq!(drain(&mut rest).await.0, [3]);
    assert_eq!((rest.total(), rest.delivered(), rest.shortfall()), (Some(4), 1, Some(1)));

    // A list that began in the middle does not know.
    let mut middle = Pager::by_token(Some("2".to_owned()), move |_| ready(Ok(page(body(2)))));
    assert_eq!(drain(&mut middle).await.0, [3]);
    assert_eq!((middle.total(), middle.delivered(), middle.shortfall()), (Some(4), 1, None));
    let mut pages = tokened(body).pages();
    while pages.try_next().await.unwrap().is_some() {}
    assert_eq!((pages.total(), pages.shortfall()), (Some(5), Some(2)));
}

#[tokio::test]
async fn list_from_the_middle_ends_by_its_total() {
    // Five items, two a page, from the second page on.
    let items = |number: i32| ["", "1,2", "3,4", "5", ""][usize::try_from(number).unwrap().min(4)];
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let fetch = move |number| {
        counter.fetch_add(1, Ordering::Relaxed);
        ready(Ok(page(format!(r#"{{"things":[{}],"total":5}}"#, items(number)))))
    };
    assert_eq!(drain(&mut Pager::by_page(Some(2), fetch)).await.0, [3, 4, 5]);
    assert_eq!(asked.load(Ordering::Relaxed), 2, "the total says that page 3 is the last");
}

#[tokio::test]
async fn full_page_at_the_total_does_not_end_the_list() {
    let items = |number: i32| ["", "1,2", "3", "", ""][usize::try_from(number).unwrap().min(4)];
    let body = move |number| format!(r#"{{"things":[{}],"total":2}}"#, items(number));
    let collected = |size: Option<u32>| numbered(body).page_size(size).try_collect();
    assert_eq!(collected(Some(2)).await.unwrap(), [1, 2, 3]);
    assert_eq!(collected(Some(1)).await.unwrap(), [1, 2, 3], "more than a page holds");
    assert_eq!(collected(Some(3)).await.unwrap(), [1, 2], "not full");
    assert_eq!(collected(None).await.unwrap(), [1, 2], "nobody knows whether it is full");
}

#[tokio::test]
async fn repeated_token_is_an_error() {
    let body = |number: i32| format!(r#"{{"things":[{number}],"next":"2"}}"#);
    let count = AtomicUsize::new(0);
    let mut pager = Pager::by_token(None, move |_| {
        let number = i32::try_from(count.fetch_add(1, Ordering::Relaxed)).unwrap();
        assert!(number < 9, "the list goes on");
        ready(Ok(page(body(number))))
    });
    let (items, error) = drain(&mut pager).await;
    assert_eq!(items, [0, 1]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert!(error.to_string().contains("repeated a page token"), "{error}");
}

#[tokio::test]
async fn shortfall_counts_the_items_before_a_cursor_if_they_are_known() {
    let body = |number: i32| match number {
        2 => r#"{"things":[3],"total":5}"#.to_owned(),
        _ => r#"{"things":[],"total":5}"#.to_owned(),
    };
    for (cursor, shortfall) in [
        ("page=2&before=2&skip=0", Some(2)),
        ("page=1&before=0&skip=0", Some(5)),
        ("page=2&before=0&skip=0", None),
    ] {
        let cursor: Cursor = cursor.parse().unwrap();
        assert!(!cursor.is_end(), "{cursor}");
        let mut rest = numbered(body).resume_from(&cursor).unwrap();
        drain(&mut rest).await;
        assert_eq!(rest.shortfall(), shortfall, "{cursor}");
        assert!(rest.cursor().unwrap().is_end(), "{cursor}");
    }
}

#[test]
fn cursor_is_stored_as_a_string() {
    let cursor: Cursor = "page=2&before=2&skip=1".parse().unwrap();
    let stored = serde_json::to_string(&cursor).unwrap();
    assert_eq!(stored, r#""page=2&before=2&skip=1""#);
    assert_eq!(serde_json::from_str::<Cursor>(&stored).unwrap(), cursor);
    assert!(serde_json::from_str::<Cursor>("\"page=2\"").is_err());
}
