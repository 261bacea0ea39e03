//! Query parameters.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use chrono::NaiveDate;

use super::cursor;
use super::errors::{Error, bad_request};
use crate::ids;
use crate::month::Month;

/// The query parameters of a request. Unknown parameters are ignored.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let pairs = Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs);
        Ok(Self(pairs.unwrap_or_default()))
    }
}

impl Parameters {
    /// Returns the value of a parameter, which must not be repeated or empty.
    pub(crate) fn value(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| &**value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(bad_request(format!("{name} must be given once"))),
            (Some(""), None) if name != "cursor" => {
                Err(bad_request(format!("{name} must not be empty")))
            }
            (value, None) => Ok(value),
        }
    }

    pub(crate) fn day(&self, name: &str) -> Result<Option<NaiveDate>, Error> {
        let day = |text| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            day.filter(|day| day.to_string() == text)
                .ok_or_else(|| bad_request(format!("{name} must be a date in the form YYYY-MM-DD")))
        };
        self.value(name)?.map(day).transpose()
    }

    pub(crate) fn month(&self, name: &str) -> Result<Option<Month>, Error> {
        let month = |text| {
            Month::parse(text)
                .ok_or_else(|| bad_request(format!("{name} must be a month in the form YYYY-MM")))
        };
        self.value(name)?.map(month).transpose()
    }

    /// Reads the page size. A value slightly above the maximum is reduced to it; a much larger one
    /// is rejected.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Error> {
        match self.value("limit")?.map(str::parse::<usize>) {
            None => Ok(default),
            Some(Ok(limit)) if limit >= 1 && limit < most * 5 / 2 => Ok(limit.min(most)),
            Some(_) => Err(bad_request(format!("limit must be a number from 1 to {most}"))),
        }
    }

    /// Returns the requested page of a list and the cursor of the next page, which is empty on the
    /// last page.
    pub(crate) fn page<T>(&self, items: Vec<T>, limit: usize) -> Result<(Vec<T>, String), Error> {
        let query = self.fingerprint();
        let offset = match self.value("cursor")? {
            None | Some("") => 0,
            Some(text) => cursor::read(query, text)?,
        };
        let total = items.len();
        let page: Vec<T> = items.into_iter().skip(offset).take(limit).collect();
        let end = offset + page.len();
        let next = if end < total { cursor::write(query, end) } else { String::new() };
        Ok((page, next))
    }

    /// Returns a number that identifies the query without its cursor.
    fn fingerprint(&self) -> u64 {
        let mut pairs: Vec<_> = self.0.iter().filter(|(name, _)| name != "cursor").collect();
        pairs.sort();
        ids::hash(&format!("{pairs:?}"), 0)
    }
}
