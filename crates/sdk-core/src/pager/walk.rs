use std::collections::HashSet;

use super::cursor::{PageId, Place};
use crate::{Error, ErrorKind, Result};

/// The number of consecutive pages without a new item after which a list counts as endless.
const MAX_IDLE_PAGES: u32 = 100;

/// What is known of the list from the pages so far.
#[derive(Default)]
pub(super) struct Walk {
    /// The largest total of any page. A page past the end may have none, and a shrinking list must
    /// not be cut short.
    pub(super) total: Option<u64>,
    /// The number of items by which the list ended before its total.
    pub(super) shortfall: Option<u64>,
    /// Number of items up to the end of the last page; an estimate if the list did not begin with
    /// its first page.
    position: u64,
    /// Number of items on the last page.
    count: u64,
    tokens: HashSet<String>,
    /// Digests of the items of each page.
    lists: HashSet<u64>,
    last_list: Option<u64>,
    idle: u32,
}

/// What a page reveals about its list.
pub(super) struct Page {
    /// Number of items on the page.
    pub(super) count: usize,
    /// Number of items on the page, as the total counts them.
    pub(super) counted: usize,
    /// A digest of its items, if they can be distinguished from those of other pages.
    pub(super) digest: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) next_token: Option<String>,
}

impl Walk {
    /// Records that a page is going to be fetched; fails if its token was used before.
    pub(super) fn visit(&mut self, page: &PageId) -> Result<()> {
        match page {
            PageId::Token(Some(token)) if !self.tokens.insert(token.clone()) => {
                Err(pagination("the service repeated a page token, so the list would never end"))
            }
            _ => Ok(()),
        }
    }

    /// Processes the page at `place`, and returns the next place.
    pub(super) fn accept(
        &mut self,
        place: &Place,
        page: Page,
        page_size: Option<u32>,
    ) -> Result<Option<Place>> {
        self.look_for_news(&page)?;
        self.total = self.total.max(page.total);
        self.count = u64::try_from(page.counted).unwrap_or(u64::MAX);
        let before = match (place.before, &place.page) {
            (Some(before), _) => before,
            // Assumes that the pages before it have as many items each.
            (None, PageId::Number(number)) if self.position == 0 => {
                self.count.saturating_mul(u64::try_from(number - 1).unwrap_or(0))
            }
            (None, _) => self.position,
        };
        self.position = before.saturating_add(self.count);
        let known = place.before.map(|_| self.position);
        let next = match &place.page {
            PageId::Number(number) => {
                // A total may be too small, so it does not end a list whose last page is full.
                let full = page_size.is_some_and(|size| self.count >= u64::from(size));
                let complete = self.total.is_some_and(|total| self.position >= total);
                let last = self.count == 0 || complete && !full;
                (!last).then(|| PageId::Number(number.saturating_add(1)))
            }
            PageId::Token(_) => page.next_token.map(|token| PageId::Token(Some(token))),
        };
        if next.is_none() {
            self.compare_with_total(known);
        }
        Ok(next.map(|page| Place { page, before: known, skip: 0 }))
    }

    /// Refuses a page that repeats the one before it, and too many in a row that contain nothing new.
    fn look_for_news(&mut self, page: &Page) -> Result<()> {
        let list = page.digest.filter(|_| page.count > 0);
        if list.is_some() && list == self.last_list {
            return Err(pagination(
                "two consecutive pages contain the same items, so the rest of the list is unknown",
            ));
        }
        self.last_list = list;
        let new = page.count > 0 && list.is_none_or(|list| self.lists.insert(list));
        self.idle = if new { 0 } else { self.idle + 1 };
        if self.idle >= MAX_IDLE_PAGES {
            return Err(pagination(&format!(
                "{MAX_IDLE_PAGES} pages in a row contain nothing new, so the list may never end: \
                 resume from the cursor to continue"
            )));
        }
        Ok(())
    }

    /// Records at the end of the list how many items are missing. `delivered` is `None` if the
    /// number of items before the first page is unknown.
    fn compare_with_total(&mut self, delivered: Option<u64>) {
        let (Some(delivered), Some(total)) = (delivered, self.total) else {
            return;
        };
        if delivered < total {
            self.shortfall = Some(total - delivered);
            tracing::warn!(
                items = delivered,
                total,
                "the list ended before its total: it may have changed while it was read"
            );
        }
    }

    /// Whether the page that follows the last one after `skipped` others contains items, according
    /// to the total.
    pub(super) fn expects(&self, skipped: usize) -> bool {
        let skipped = u64::try_from(skipped).unwrap_or(u64::MAX);
        let before = self.position.saturating_add(skipped.saturating_mul(self.count));
        self.total.is_some_and(|total| before < total)
    }
}

pub(super) fn pagination(message: &str) -> Error {
    Error::new(ErrorKind::Pagination, message)
}
