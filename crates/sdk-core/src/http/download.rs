use std::path::Path;

use bytes::Bytes;
use http::{
    HeaderMap,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::{Result, save_atomically};

/// A vendor's type for a file that is sent inside a JSON object or as raw bytes; see
/// [`Call::send_file`](super::Call::send_file).
pub trait File: DeserializeOwned + From<Download> {
    /// Returns the media type that the service declares; empty if there is none.
    fn media_type(&self) -> &str;

    /// Returns the content of the file.
    fn content(&self) -> &[u8];

    /// Converts the file to its content.
    fn into_content(self) -> Bytes;
}

/// A file from the service, in memory.
///
/// ```no_run
/// # use sdk_core::{Result, http::Download};
/// # async fn example(file: Download) -> Result<()> {
/// println!("{:?}, {} bytes", file.content_type, file.content.len());
/// file.save("invoice.pdf").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Download {
    /// File name from the `Content-Disposition` header; `None` if the service sends none. It may
    /// contain anything: check it before you use it as a path.
    pub name: Option<String>,
    /// Media type from the `Content-Type` header, such as `application/pdf`.
    pub content_type: Option<String>,
    /// Content of the file.
    pub content: Bytes,
}

impl Download {
    /// Writes the file; see [`save_atomically`].
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written. The old content of `path` is then unchanged.
    pub async fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_atomically(path, self.content.clone()).await
    }

    pub(super) fn new(headers: &HeaderMap, content: Bytes) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            name: text(CONTENT_DISPOSITION).and_then(file_name),
            content_type: text(CONTENT_TYPE).map(str::to_owned),
            content,
        }
    }
}

/// Returns the file name in a `Content-Disposition`; `filename*=UTF-8''…` takes precedence over
/// `filename="…"`.
fn file_name(disposition: &str) -> Option<String> {
    let mut plain = None;
    for (name, value) in parameters(disposition) {
        match name.to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded = value.split_once('\'').and_then(|(charset, rest)| {
                    let (_language, encoded) = rest.split_once('\'')?;
                    charset.eq_ignore_ascii_case("utf-8").then_some(encoded)
                });
                let decoded = encoded.and_then(|text| percent_decode_str(text).decode_utf8().ok());
                if let Some(name) = decoded.filter(|name| !name.is_empty()) {
                    return Some(name.into());
                }
            }
            "filename" => plain = Some(value),
            _ => {}
        }
    }
    plain.filter(|name| !name.is_empty())
}

/// The `name=value` parameters after the first semicolon, without quotes and escapes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut characters = header.chars().skip_while(|c| *c != ';').skip(1).peekable();
    while characters.peek().is_some() {
        let mut name = String::new();
        while let Some(c) = characters.next_if(|c| !matches!(c, '=' | ';')) {
            name.push(c);
        }
        let mut value = String::new();
        if characters.next() == Some('=') {
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            if characters.next_if_eq(&'"').is_some() {
                while let Some(c) = characters.next().filter(|c| *c != '"') {
                    value.extend(if c == '\\' { characters.next() } else { Some(c) });
                }
                while characters.next_if(|c| *c != ';').is_some() {}
            } else {
                while let Some(c) = characters.next_if(|c| *c != ';') {
                    value.push(c);
                }
                value.truncate(value.trim_end().len());
            }
            characters.next();
        }
        found.push((name.trim().to_owned(), value));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Download, file_name};

    #[tokio::test]
    async fn file_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice.pdf");
        let file = Download { content: "%PDF-".into(), ..Download::default() };
        file.save(&path).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"%PDF-");
    }

    #[test]
    fn names_in_every_notation() {
        for (header, expected) in [
            ("attachment", None),
            (" filename=a", None),
            ("attachment; filename=", None),
            ("attachment; filename=invoice.pdf", Some("invoice.pdf")),
            ("attachment;filename = \"a b.pdf\" ; size=3", Some("a b.pdf")),
            (r#"attachment; filename="a\"b;c.pdf""#, Some("a\"b;c.pdf")),
            (
                "inline; filename=\"plain.pdf\"; filename*=UTF-8''f%C3%A9vrier.pdf",
                Some("février.pdf"),
            ),
            ("attachment; filename*=utf-8'fr'x.csv", Some("x.csv")),
            ("attachment; filename*=UTF-8''%FF; filename=plain.pdf", Some("plain.pdf")),
            ("attachment; filename*=unquoted; filename=plain.pdf", Some("plain.pdf")),
            ("attachment; filename*=UTF-8''", None),
            ("attachment; filename*=UTF-8''; filename=plain.pdf", Some("plain.pdf")),
            ("attachment; FILENAME=\"open", Some("open")),
            ("attachment; filename=\"a\" filename=b; size=3", Some("a")),
            (";;=;", None),
        ] {
            assert_eq!(file_name(header).as_deref(), expected, "{header}");
        }
    }
}
