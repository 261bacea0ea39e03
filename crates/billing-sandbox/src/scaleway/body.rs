//! JSON bodies of requests.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::errors::{Error, constraint, format};
use super::query;
use crate::ids;

/// The fields of a JSON object. A field that is present must have a value; `null` is rejected.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(format("Content-Type", "must be application/json").into_response());
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(format("body", "must be a JSON object").into_response()),
        }
    }
}

impl Fields {
    /// Checks that the object has no other fields.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Error> {
        match self.0.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(constraint(name, "is not a known field")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        self.read(name, "must be a string", Value::as_str)
    }

    pub(crate) fn uuid(&self, name: &str) -> Result<Option<&str>, Error> {
        let uuid = |value| Value::as_str(value).filter(|text| ids::is_uuid(text));
        self.read(name, "must be a UUID", uuid)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, Error> {
        let number = |value| Value::as_u64(value).and_then(|number| number.try_into().ok());
        self.read(name, "must be an unsigned 32-bit integer", number)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.read(name, "must be true or false", Value::as_bool)
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        self.read(name, "must be a list of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Error> {
        self.text(name)?.map(|text| query::parse_time(name, text)).transpose()
    }

    fn read<'a, T>(
        &'a self,
        name: &str,
        help: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.0.get(name).map(|value| read(value).ok_or(format(name, help))).transpose()
    }
}
