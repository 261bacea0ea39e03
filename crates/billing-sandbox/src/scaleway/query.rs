//! Query parameters: parsing them, and cutting a list into pages.

use std::cmp::Ordering;
use std::convert::Infallible;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use chrono::{DateTime, SecondsFormat, Utc};

use super::account::{ORGANIZATION_ID, PROJECT_IDS};
use super::errors::{Error, constraint, format, required};
use crate::ids;
use crate::month::Month;

/// The maximum page size in v2alpha1 and v2beta1.
pub(crate) const MAX_PAGE_SIZE: usize = 100;

/// The query parameters of a request. Unknown parameters are ignored.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Any query can be parsed as pairs of strings.
        let pairs = Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs);
        Ok(Self(pairs.unwrap_or_default()))
    }
}

impl Parameters {
    /// Checks `organization_id`. Without it, a request covers every organization that the key has
    /// access to. There is only one, so this needs no filter.
    pub(crate) fn organization(&self, resource: &'static str) -> Result<(), Error> {
        let name = "organization_id";
        self.value(name)?.map_or(Ok(()), |id| own_organization(name, id, "read", resource))
    }

    /// Checks `organization_id`, which is required.
    pub(crate) fn required_organization(
        &self,
        action: &'static str,
        resource: &'static str,
    ) -> Result<(), Error> {
        let name = "organization_id";
        let id = self.value(name)?.ok_or(required(name))?;
        own_organization(name, id, action, resource)
    }

    /// Reads ids of the organization's projects. The parameter may be repeated.
    pub(crate) fn projects(
        &self,
        name: &'static str,
        resource: &'static str,
    ) -> Result<Vec<&'static str>, Error> {
        let project = |id: &str| {
            let own = PROJECT_IDS.into_iter().find(|own| own.eq_ignore_ascii_case(id));
            own.ok_or(Error::PermissionDenied { action: "read", resource })
        };
        self.uuids(name)?.into_iter().map(project).collect()
    }

    /// Reads UUIDs. The parameter may be repeated.
    pub(crate) fn uuids(&self, name: &'static str) -> Result<Vec<&str>, Error> {
        let ids = self.texts(name)?;
        match ids.iter().all(|id| ids::is_uuid(id)) {
            true => Ok(ids),
            false => Err(format(name, "must be a UUID")),
        }
    }

    /// Reads strings. The parameter may be repeated.
    pub(crate) fn texts(&self, name: &'static str) -> Result<Vec<&str>, Error> {
        let values: Vec<&str> = self.all(name).collect();
        match values.contains(&"") {
            true => Err(format(name, "must not be empty")),
            false => Ok(values),
        }
    }

    /// Reads a date and time in RFC 3339.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
        self.value(name)?.map(|text| parse_time(name, text)).transpose()
    }

    /// Reads a month as `YYYY-MM`. An empty value counts as absent.
    pub(crate) fn month(&self, name: &'static str) -> Result<Option<Month>, Error> {
        match self.single(name)? {
            None | Some("") => Ok(None),
            Some(text) => Month::parse(text)
                .map(Some)
                .ok_or(format(name, "must be a month in the form YYYY-MM")),
        }
    }

    /// Reads `true` or `false`, which is the default.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        match self.value(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(format(name, "must be true or false")),
        }
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

    /// Returns the requested page and the number of all items.
    ///
    /// Without `page_size` there is one page with all items. Past the last page, the page is empty
    /// and the number of all items is 0.
    pub(crate) fn page<T>(
        &self,
        items: Vec<T>,
        max_page_size: usize,
    ) -> Result<(Vec<T>, usize), Error> {
        let page = self.size("page", usize::MAX)?.unwrap_or(1);
        let page_size = self.size("page_size", max_page_size)?.unwrap_or(items.len());
        let total = items.len();
        let start = page_size.saturating_mul(page - 1);
        let page: Vec<T> = items.into_iter().skip(start).take(page_size).collect();
        let total = if page.is_empty() { 0 } else { total };
        Ok((page, total))
    }

    /// Reads a number between 1 and `max`.
    pub(crate) fn size(&self, name: &'static str, max: usize) -> Result<Option<usize>, Error> {
        let number = self.integer(name, 1)?;
        match number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)) {
            Some(size) if size > max => Err(constraint(name, "is too large")),
            size => Ok(size),
        }
    }

    /// Returns a number that identifies a query without the parameters in `except`.
    pub(crate) fn fingerprint(&self, except: &[&str]) -> u64 {
        let mut pairs: Vec<_> =
            self.0.iter().filter(|(name, _)| !except.contains(&name.as_str())).collect();
        pairs.sort();
        ids::hash(&format!("{pairs:?}"), 0)
    }

    /// Returns the value of a parameter that must not be repeated.
    pub(crate) fn value(&self, name: &'static str) -> Result<Option<&str>, Error> {
        match self.single(name)? {
            Some("") => Err(format(name, "must not be empty")),
            value => Ok(value),
        }
    }

    fn single(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(format(name, "must not be repeated")),
            (value, None) => Ok(value),
        }
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An id in the path of a request, as the client sent it.
pub(crate) type PathId = Result<Path<String>, PathRejection>;

/// Reads an id in the path, which must be a UUID.
pub(crate) fn path_id(name: &str, id: PathId) -> Result<String, Error> {
    match id {
        Ok(Path(id)) if ids::is_uuid(&id) => Ok(id),
        _ => Err(format(name, "must be a UUID")),
    }
}

/// Checks that an organization is that of the key.
pub(crate) fn own_organization(
    name: &str,
    id: &str,
    action: &'static str,
    resource: &'static str,
) -> Result<(), Error> {
    if !ids::is_uuid(id) {
        Err(format(name, "must be a UUID"))
    } else if id.eq_ignore_ascii_case(ORGANIZATION_ID) {
        Ok(())
    } else {
        Err(Error::PermissionDenied { action, resource })
    }
}

/// Reads a date and time in RFC 3339.
pub(crate) fn parse_time(name: &str, text: &str) -> Result<DateTime<Utc>, Error> {
    // The parser also accepts a space between date and time.
    DateTime::parse_from_rfc3339(text)
        .ok()
        .filter(|_| !text.contains(' '))
        .map(|time| time.to_utc())
        .ok_or(format(name, "must be a date and time in RFC 3339"))
}

/// RFC 3339 in UTC, with six decimal places or none.
pub(crate) fn time_json(time: DateTime<Utc>) -> String {
    let digits = if time.timestamp_subsec_nanos() == 0 {
        SecondsFormat::Secs
    } else {
        SecondsFormat::Micros
    };
    time.to_rfc3339_opts(digits, true)
}

/// Applies the direction at the end of `order_by` to a comparison by the key before it.
pub(crate) fn ordering(order_by: &str, compare: impl FnOnce(&str) -> Ordering) -> Ordering {
    match order_by.strip_suffix("_desc") {
        Some(key) => compare(key).reverse(),
        None => compare(order_by.trim_end_matches("_asc")),
    }
}
