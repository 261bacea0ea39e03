//! A place in a spec, and the rejection that names it.

use std::fmt;

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};

use crate::{markdown, names};

/// The mistakes in specs, each with file, line, place and reason.
#[derive(Debug, Default)]
pub struct Refusal {
    mistakes: Vec<Mistake>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mistake {
    file: String,
    line: usize,
    path: String,
    reason: String,
}

impl Refusal {
    pub(crate) fn of_file(file: &str, line: usize, reason: impl Into<String>) -> Self {
        let (file, path) = (file.to_owned(), String::new());
        Self { mistakes: vec![Mistake { file, line, path, reason: reason.into() }] }
    }

    /// Returns a result's value, or records its mistake.
    pub(crate) fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|other| self.mistakes.extend(other.mistakes)).ok()
    }

    /// Returns an error if any mistake was recorded.
    pub(crate) fn check(mut self) -> Result<()> {
        self.mistakes.sort();
        self.mistakes.dedup();
        if self.mistakes.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Mistake { file, line, path, reason }) in self.mistakes.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            let place = if path.is_empty() { String::new() } else { format!("at `{path}`: ") };
            write!(f, "{gap}{file}:{line}: {place}{reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

pub(crate) type Result<T> = std::result::Result<T, Refusal>;

/// Reads each of these, and reports the mistakes of all.
pub(crate) fn each<T, R>(
    items: impl IntoIterator<Item = T>,
    mut read: impl FnMut(T) -> Result<R>,
) -> Result<Vec<R>> {
    let mut wrong = Refusal::default();
    let found = items.into_iter().filter_map(|item| wrong.note(read(item))).collect();
    wrong.check().map(|()| found)
}

/// Parses the document in `text`.
pub(crate) fn parse(file: &str, text: &str) -> Result<MarkedYaml<'static>> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let reason = format!("this is not a YAML document: {}", error.info());
        Refusal::of_file(file, error.marker().line(), reason)
    })?;
    let mut documents = documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document),
        _ => Err(Refusal::of_file(file, 1, "expected one YAML document per file")),
    }
}

/// A value of the document, with its path.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    file: &'a str,
    path: String,
    line: usize,
    value: &'a YamlData<'static, MarkedYaml<'static>>,
}

impl<'a> Node<'a> {
    pub(crate) fn root(file: &'a str, document: &'a MarkedYaml<'static>) -> Self {
        Self { file, path: String::new(), line: 1, value: &document.data }
    }

    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        let (file, path) = (self.file.to_owned(), self.path.clone());
        Refusal { mistakes: vec![Mistake { file, line: self.line, path, reason: reason.into() }] }
    }

    /// The entries of a mapping, each with the line of its key.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Self)>> {
        let YamlData::Mapping(mapping) = self.value else {
            return Err(self.refuse("expected a mapping"));
        };
        each(mapping, |(key, value)| {
            let line = key.span.start.line();
            let YamlData::Value(Scalar::String(name)) = &key.data else {
                let node = Self { line, ..self.clone() };
                return Err(node.refuse("a key is not a string: put it in quotes"));
            };
            Ok((&**name, self.child(name, line, value)))
        })
    }

    /// Rejects keys that are not in `known`.
    pub(crate) fn keys(&self, known: &[&str]) -> Result<()> {
        each(self.entries()?, |(key, value)| {
            if known.contains(&key) {
                return Ok(());
            }
            let reason = match (key, names::near(key, known.iter().copied())) {
                ("allOf" | "anyOf", _) => {
                    "compositions are not supported: write the properties out".to_owned()
                }
                (_, hint) if known.is_empty() => {
                    format!("the keyword `{key}` is not supported here{hint}; no keywords are")
                }
                (_, hint) => {
                    let known = known.join("`, `");
                    format!("the keyword `{key}` is not supported here{hint}; use `{known}`")
                }
            };
            Err(Self { line: value.line, ..self.clone() }.refuse(reason))
        })
        .map(drop)
    }

    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let YamlData::Mapping(mapping) = self.value else {
            return None;
        };
        let is_key = |name: &MarkedYaml<'static>| matches!(&name.data, YamlData::Value(Scalar::String(name)) if name == key);
        let (name, value) = mapping.iter().find(|(name, _)| is_key(name))?;
        Some(self.child(key, name.span.start.line(), value))
    }

    fn child(&self, key: &str, line: usize, value: &'a MarkedYaml<'static>) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{key}", self.path);
        Self { file: self.file, path, line, value: &value.data }
    }

    pub(crate) fn need(&self, key: &str) -> Result<Self> {
        self.get(key).ok_or_else(|| self.refuse(format!("`{key}` is missing: add it")))
    }

    /// The elements of a list that must not be empty.
    pub(crate) fn elements(&self) -> Result<Vec<Self>> {
        let YamlData::Sequence(elements) = self.value else {
            return Err(self.refuse("expected a list"));
        };
        if elements.is_empty() {
            return Err(self.refuse("the list is empty: fill it, or remove it"));
        }
        let element = |(at, value): (usize, &'a MarkedYaml<'static>)| Self {
            file: self.file,
            path: format!("{}[{at}]", self.path),
            line: value.span.start.line(),
            value: &value.data,
        };
        Ok(elements.iter().enumerate().map(element).collect())
    }

    /// The elements of a list that may be omitted.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Self>> {
        self.get(key).map_or(Ok(Vec::new()), |list| list.elements())
    }

    pub(crate) fn text(&self) -> Result<&'a str> {
        match self.value {
            YamlData::Value(Scalar::String(text)) => Ok(text),
            _ => Err(self.refuse("expected a string: put it in quotes if it looks like a number")),
        }
    }

    /// The required string at `key`.
    pub(crate) fn need_text(&self, key: &str) -> Result<&'a str> {
        self.need(key)?.text()
    }

    /// The value that one of these words represents.
    pub(crate) fn word<T: Clone>(&self, words: &[(&str, T)]) -> Result<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            let due = names::alternatives(words.iter().map(|(word, _)| *word));
            let hint = names::near(text, words.iter().map(|(word, _)| *word));
            self.refuse(format!("expected {due}, found `{text}`{hint}"))
        })
    }

    /// The required description at `key`.
    pub(crate) fn prose(&self, key: &str) -> Result<String> {
        let node = self.need(key)?;
        let text = node.text()?.trim();
        markdown::check(text).map_err(|problem| node.refuse(problem))?;
        Ok(text.to_owned())
    }

    pub(crate) fn boolean(&self) -> Result<bool> {
        match self.value {
            YamlData::Value(Scalar::Boolean(value)) => Ok(*value),
            _ => Err(self.refuse("expected `true` or `false`")),
        }
    }

    /// Whether a keyword is present whose only value is `true`.
    pub(crate) fn flag(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            Some(flag) if !flag.boolean()? => Err(flag.refuse("`false` is the default: remove it")),
            flag => Ok(flag.is_some()),
        }
    }

    /// The contents of `deprecated` and `x-deprecated`.
    pub(crate) fn deprecated(&self) -> Result<Option<String>> {
        match (self.flag("deprecated")?, self.get("x-deprecated")) {
            (true, Some(_)) => self.prose("x-deprecated").map(Some),
            (true, None) => Ok(Some("The vendor has deprecated this.".to_owned())),
            (false, Some(note)) => Err(note.refuse("it requires `deprecated: true`: add that")),
            (false, None) => Ok(None),
        }
    }

    pub(crate) fn integer(&self) -> Result<i64> {
        match self.value {
            YamlData::Value(Scalar::Integer(value)) => Ok(*value),
            _ => Err(self.refuse("expected an integer")),
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.value, YamlData::Sequence(_))
    }

    // The rest reads a vendor's own document, where nothing is rejected.

    /// The entries of a mapping, by key, which may be a string or a number; empty if this is not a
    /// mapping.
    pub(crate) fn pairs(&self) -> Vec<(String, Self)> {
        let YamlData::Mapping(mapping) = self.value else {
            return Vec::new();
        };
        let pair = |(key, value): (&'a MarkedYaml<'static>, &'a MarkedYaml<'static>)| {
            let name = scalar(&key.data);
            let value = self.child(&name, key.span.start.line(), value);
            (name, value)
        };
        mapping.iter().map(pair).collect()
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn scalar(&self) -> String {
        scalar(self.value)
    }

    pub(crate) fn text_of(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text().ok()
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.boolean().is_ok_and(|value| value))
    }
}

fn scalar(value: &YamlData<'static, MarkedYaml<'static>>) -> String {
    match value {
        YamlData::Value(Scalar::String(text)) => text.to_string(),
        YamlData::Value(Scalar::Integer(number)) => number.to_string(),
        YamlData::Value(Scalar::Boolean(value)) => value.to_string(),
        YamlData::Value(Scalar::FloatingPoint(number)) => number.to_string(),
        _ => "null".to_owned(),
    }
}
