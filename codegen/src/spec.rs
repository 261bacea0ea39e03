//! A place in a spec, and the refusal that names it.

use std::fmt;

use serde_yaml_ng::Value;

use crate::markdown;

/// Why a spec is not understood: file, place, reason.
#[derive(Debug)]
pub struct Refusal {
    file: String,
    path: String,
    reason: String,
}

impl Refusal {
    pub(crate) fn of_file(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), path: String::new(), reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, reason } = self;
        if path.is_empty() {
            write!(f, "{file}: {reason}")
        } else {
            write!(f, "{file}: at `{path}`: {reason}")
        }
    }
}

impl std::error::Error for Refusal {}

pub(crate) type Result<T> = std::result::Result<T, Refusal>;

/// A value of the document, with the path that leads to it.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    file: &'a str,
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    pub(crate) fn root(file: &'a str, value: &'a Value) -> Self {
        Self { file, path: String::new(), value }
    }

    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal { file: self.file.to_owned(), path: self.path.clone(), reason: reason.into() }
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { file: self.file, path: format!("{}{dot}{key}", self.path), value }
    }

    /// The entries of a mapping.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Self)>> {
        let Value::Mapping(mapping) = self.value else {
            return Err(self.refuse("a mapping is due here"));
        };
        let entry = |(key, value): (&'a Value, &'a Value)| match key {
            Value::String(key) => Ok((key.as_str(), self.child(key, value))),
            _ => Err(self.refuse(format!("the key {key:?} is no text: put it in quotes"))),
        };
        mapping.iter().map(entry).collect()
    }

    /// Refuses keys that are not in `known`.
    pub(crate) fn keys(&self, known: &[&str]) -> Result<()> {
        for (key, _) in self.entries()? {
            if !known.contains(&key) {
                let known = known.join("`, `");
                return Err(self.refuse(format!(
                    "the keyword `{key}` is not understood here: remove it, or teach it to the \
                     generator; `{known}` are"
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.value.as_mapping()?.get(key).map(|value| self.child(key, value))
    }

    pub(crate) fn need(&self, key: &str) -> Result<Self> {
        self.get(key).ok_or_else(|| self.refuse(format!("`{key}` is missing: add it")))
    }

    /// The elements of a list that is not empty.
    pub(crate) fn elements(&self) -> Result<Vec<Self>> {
        let Value::Sequence(elements) = self.value else {
            return Err(self.refuse("a list is due here"));
        };
        if elements.is_empty() {
            return Err(self.refuse("the list is empty: fill it, or leave it out"));
        }
        let element =
            |(at, value)| Self { file: self.file, path: format!("{}[{at}]", self.path), value };
        Ok(elements.iter().enumerate().map(element).collect())
    }

    pub(crate) fn text(&self) -> Result<&'a str> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(self.refuse("a text is due here: put it in quotes if it looks like a number")),
        }
    }

    /// A description.
    pub(crate) fn prose(&self) -> Result<String> {
        let text = self.text()?.trim();
        markdown::check(text).map_err(|problem| self.refuse(problem))?;
        Ok(text.to_owned())
    }

    pub(crate) fn boolean(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.refuse("`true` or `false` is due here"))
    }

    /// Whether a keyword is there whose only value is `true`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            Some(flag) if !flag.boolean()? => {
                Err(flag.refuse("this is said by leaving it out: remove it"))
            }
            flag => Ok(flag.is_some()),
        }
    }

    pub(crate) fn integer(&self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.refuse("an integer is due here"))
    }

    pub(crate) fn is_list(&self) -> bool {
        self.value.is_sequence()
    }
}
