//! Query parameters: reading them, and cutting a list into pages.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};

use super::account::ORGANIZATION_ID;
use super::errors::{Error, Reason};
use crate::ids;

/// The most items that may be asked for at once.
const MAX_PAGE_SIZE: usize = 100;

/// The query parameters of a request. Those that nobody asks for are ignored.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Pairs of strings can be read from any query.
        let pairs = Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs);
        Ok(Self(pairs.unwrap_or_default()))
    }
}

impl Parameters {
    /// Checks `organization_id`, where absent means every organization that the key may read.
    /// As there is only one, nothing is left to filter.
    pub(crate) fn organization(&self, resource: &'static str) -> Result<(), Error> {
        let name = "organization_id";
        match self.value(name)? {
            None => Ok(()),
            Some(id) if !ids::is_uuid(id) => Err(format(name, "must be a UUID")),
            Some(id) if id.eq_ignore_ascii_case(ORGANIZATION_ID) => Ok(()),
            Some(_) => Err(Error::PermissionDenied { resource }),
        }
    }

    /// Reads a date and time in RFC 3339.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(text) = self.value(name)? else {
            return Ok(None);
        };
        // The parser also takes a blank between date and time.
        DateTime::parse_from_rfc3339(text)
            .ok()
            .filter(|_| !text.contains(' '))
            .map(|time| Some(time.to_utc()))
            .ok_or(format(name, "must be a date and time in RFC 3339"))
    }

    /// Reads one of the values of an enumeration; the first is the default.
    pub(crate) fn one_of(
        &self,
        name: &'static str,
        values: &[&'static str],
    ) -> Result<&'static str, Error> {
        let wanted = self.value(name)?;
        values
            .iter()
            .find(|value| wanted.is_none_or(|wanted| wanted == **value))
            .copied()
            .ok_or(constraint(name, "is not a known value"))
    }

    /// Reads an integer of at least `min`.
    pub(crate) fn integer(&self, name: &'static str, min: i64) -> Result<Option<i64>, Error> {
        let Some(text) = self.value(name)? else {
            return Ok(None);
        };
        match text.parse() {
            Err(_) => Err(format(name, "must be an integer")),
            Ok(number) if number < min => Err(constraint(name, "is too small")),
            Ok(number) => Ok(Some(number)),
        }
    }

    /// Returns the page asked for, and the number of all items.
    ///
    /// Without `page_size` there is one page with everything. Past the last page there is
    /// nothing, and the number of all items is 0 as well.
    pub(crate) fn page<T>(&self, items: Vec<T>) -> Result<(Vec<T>, usize), Error> {
        let page = self.size("page")?.unwrap_or(1);
        let page_size = match self.size("page_size")? {
            Some(size) if size > MAX_PAGE_SIZE => {
                return Err(constraint("page_size", "must be at most 100"));
            }
            Some(size) => size,
            None => items.len(),
        };
        let total = items.len();
        let start = page_size.saturating_mul(page - 1);
        let page: Vec<T> = items.into_iter().skip(start).take(page_size).collect();
        let total = if page.is_empty() { 0 } else { total };
        Ok((page, total))
    }

    fn size(&self, name: &'static str) -> Result<Option<usize>, Error> {
        let number = self.integer(name, 1)?;
        Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }

    /// Returns the value of a parameter that may be given once.
    fn value(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(format(name, "must be given once")),
            (Some((_, value)), None) if value.is_empty() => Err(format(name, "must not be empty")),
            (Some((_, value)), None) => Ok(Some(value)),
        }
    }
}

pub(crate) fn format(name: &'static str, help: &'static str) -> Error {
    Error::InvalidArgument { name, reason: Reason::Format, help }
}

fn constraint(name: &'static str, help: &'static str) -> Error {
    Error::InvalidArgument { name, reason: Reason::Constraint, help }
}
