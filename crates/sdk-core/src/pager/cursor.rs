use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// A position in a list, from which a program can resume later.
///
/// `Display` and `Serialize` write it as an opaque string; `FromStr` and `Deserialize` read it
/// back. A cursor belongs to the list and the request that created it;
/// [`Pager::resume_from`](crate::Pager::resume_from) rejects it for another request. A pager that
/// resumes from the end of a list yields nothing.
///
/// ```no_run
/// # use sdk_core::{Cursor, Error, Page, Pager};
/// # async fn example<P: Page>(list: impl Fn() -> Pager<P>) -> Result<(), Box<dyn std::error::Error>> {
/// # let mut invoices = list();
/// while let Some(invoice) = invoices.try_next().await? {
///     // … process the invoice, then store the position of the next one:
///     if let Some(cursor) = invoices.cursor() {
///         std::fs::write("invoices.cursor", cursor.to_string())?;
///     }
/// }
///
/// // Later, with the same request:
/// # let invoices = list();
/// let cursor: Cursor = std::fs::read_to_string("invoices.cursor")?.parse()?;
/// let invoices = invoices.resume_from(&cursor)?;
/// # drop(invoices);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cursor {
    /// Fingerprint of the request, if the pager knows its request.
    pub(super) request: Option<u64>,
    /// `None` at the end of the list.
    pub(super) place: Option<Place>,
}

/// A page, and the number of its items that were yielded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) page: PageId,
    /// Number of items on the pages before this one, if it is known.
    pub(super) before: Option<u64>,
    pub(super) skip: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageId {
    /// A page number. It may be one more than the highest number that can be requested.
    Number(i64),
    /// A token; none for the first page.
    Token(Option<String>),
}

impl PageId {
    /// Returns the beginning of this page.
    pub(super) fn start(self) -> Place {
        let first = matches!(self, Self::Number(..=1) | Self::Token(None));
        Place { page: self, before: first.then_some(0), skip: 0 }
    }
}

impl Cursor {
    /// Returns whether this is the end of the list.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.place.is_none()
    }
}

/// `end`, `page=3&before=200&skip=17`, `start&skip=0` or `before=200&skip=17&token=…`, after
/// `request=…&` if the request is known. The token comes last, because it may contain anything.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = self.request {
            write!(f, "request={request:016x}&")?;
        }
        let Some(Place { page, before, skip }) = &self.place else {
            return f.write_str("end");
        };
        match (page, before) {
            (PageId::Number(page), before) => {
                write!(f, "page={page}&before={}&skip={skip}", before.unwrap_or(0))
            }
            (PageId::Token(None), _) => write!(f, "start&skip={skip}"),
            (PageId::Token(Some(token)), None) => write!(f, "skip={skip}&token={token}"),
            (PageId::Token(Some(token)), Some(before)) => {
                write!(f, "before={before}&skip={skip}&token={token}")
            }
        }
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            Error::new(
                ErrorKind::Pagination,
                "this string is not a cursor: store what `Cursor` displays, unchanged",
            )
        })
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let (request, text) = match text.strip_prefix("request=") {
        Some(rest) => {
            let (request, rest) = rest.split_once('&')?;
            (Some(u64::from_str_radix(request, 16).ok()?), rest)
        }
        None => (None, text),
    };
    let place = if text == "end" { None } else { Some(parse_place(text)?) };
    Some(Cursor { request, place })
}

fn parse_place(text: &str) -> Option<Place> {
    if let Some(rest) = text.strip_prefix("page=") {
        let (page, rest) = rest.split_once("&before=")?;
        let (before, skip) = rest.split_once("&skip=")?;
        let (page, before) = (page.parse().ok()?, before.parse().ok()?);
        // No page follows an empty one, so the list did not begin with its first page.
        let before = (before > 0 || page <= 1).then_some(before);
        return Some(Place { page: PageId::Number(page), before, skip: skip.parse().ok()? });
    }
    if let Some(skip) = text.strip_prefix("start&skip=") {
        return Some(Place { skip: skip.parse().ok()?, ..PageId::Token(None).start() });
    }
    let (before, rest) = match text.strip_prefix("before=") {
        Some(rest) => {
            let (before, rest) = rest.split_once('&')?;
            (Some(before.parse().ok()?), rest)
        }
        None => (None, text),
    };
    let (skip, token) = rest.strip_prefix("skip=")?.split_once("&token=")?;
    let page = PageId::Token(Some(token.to_owned()));
    Some(Place { page, before, skip: skip.parse().ok()? })
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
