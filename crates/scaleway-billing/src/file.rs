use std::{fmt, path::Path};

use bytes::Bytes;
use sdk_core::{
    Result,
    http::{Download, File},
    json::{As, Base64, DefaultOnNull},
    save_atomically,
};
use serde::{Deserialize, Serialize};

/// A file: its name, its media type and its decoded content.
///
/// JSON contains the content as base64.
///
/// [`name`](Self::name) is the file name that Scaleway sends. It may contain anything, including
/// path separators: check it before you use it as a path, or choose your own name.
///
/// ```no_run
/// # async fn run(file: scaleway_billing::ScwFile) -> scaleway_billing::Result<()> {
/// println!("{} ({}, {} bytes)", file.name, file.content_type, file.content.len());
/// file.save("invoice.pdf").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScwFile {
    /// File name that Scaleway sends; empty if there is none.
    #[serde(default, with = "As::<DefaultOnNull>")]
    pub name: String,
    /// Media type, such as `application/pdf`; empty if Scaleway sends none.
    #[serde(default, with = "As::<DefaultOnNull>")]
    pub content_type: String,
    /// Decoded content, which may be empty.
    #[serde(with = "As::<Base64>")]
    pub content: Bytes,
}

impl ScwFile {
    /// Creates an empty file without a name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Sets the bytes.
    #[must_use]
    pub fn content(mut self, content: impl Into<Bytes>) -> Self {
        self.content = content.into();
        self
    }

    /// Writes the bytes to `path` atomically: `path` has either its old content or the whole file.
    /// The folder must exist; [`name`](Self::name) is not used.
    ///
    /// ```no_run
    /// # async fn run(file: scaleway_billing::ScwFile) -> scaleway_billing::Result<()> {
    /// file.save("invoices/2026-05.pdf").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the folder does not exist or is not writable, or if the disk is full. The old
    /// content of `path` is unchanged in these cases.
    pub async fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_atomically(path, self.content.clone()).await
    }
}

impl From<Download> for ScwFile {
    fn from(download: Download) -> Self {
        Self {
            name: download.name.unwrap_or_default(),
            content_type: download.content_type.unwrap_or_default(),
            content: download.content,
        }
    }
}

impl File for ScwFile {
    fn media_type(&self) -> &str {
        &self.content_type
    }

    fn content(&self) -> &[u8] {
        &self.content
    }

    fn into_content(self) -> Bytes {
        self.content
    }
}

impl From<ScwFile> for Bytes {
    fn from(file: ScwFile) -> Self {
        file.content
    }
}

impl AsRef<[u8]> for ScwFile {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

/// Shows the length of the content instead of its bytes.
impl fmt::Debug for ScwFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScwFile")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("content", &format_args!("{} bytes", self.content.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sdk_core::http::Download;
    use serde_json::json;

    use super::ScwFile;

    fn decode(body: serde_json::Value) -> ScwFile {
        serde_json::from_str(&body.to_string()).unwrap()
    }

    #[test]
    fn content_is_base64_in_both_directions() {
        let wire = json!({
            "name": "invoice.pdf", "content_type": "application/pdf", "content": "JVBERi0xLjc+/w=="
        });
        let file = decode(wire.clone());
        assert_eq!(file.name, "invoice.pdf");
        assert_eq!(file.content_type, "application/pdf");
        assert_eq!(file.as_ref(), b"%PDF-1.7>\xff");
        assert_eq!(serde_json::to_value(&file).unwrap(), wire);
    }

    #[test]
    fn padding_may_be_missing() {
        for (text, bytes) in
            [("YQ==", "a"), ("YQ", "a"), ("YWI=", "ab"), ("YWI", "ab"), ("YWJj", "abc"), ("", "")]
        {
            assert_eq!(decode(json!({"content": text})).content, bytes, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_missing_or_null_is_empty() {
        assert_eq!(decode(json!({"content": ""})), ScwFile::new());
        let nulls = json!({"name": null, "content_type": null, "content": ""});
        assert_eq!(decode(nulls), ScwFile::new());
        assert_eq!(
            serde_json::to_value(ScwFile::new()).unwrap(),
            json!({"name": "", "content_type": "", "content": ""})
        );
    }

    #[test]
    fn invalid_base64_is_an_error() {
        for content in [json!("%PDF-1.7"), json!("YWJ*"), json!(5), json!(["YQ=="]), json!(null)] {
            let body = json!({"content": content}).to_string();
            assert!(serde_json::from_str::<ScwFile>(&body).is_err(), "{body}");
        }
        let error = serde_json::from_str::<ScwFile>(r#"{"name":"a.pdf"}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `content`"), "{error}");
    }

    #[test]
    fn a_download_is_a_file() {
        let mut download = Download::default();
        assert_eq!(ScwFile::from(download.clone()), ScwFile::new());
        download.name = Some("a.csv".to_owned());
        download.content_type = Some("text/csv".to_owned());
        download.content = "x,y".into();
        let expected = ScwFile::new().name("a.csv").content_type("text/csv").content("x,y");
        let file = ScwFile::from(download);
        assert_eq!(file, expected);
        assert_eq!(
            (sdk_core::http::File::content(&file), file.as_ref()),
            (&b"x,y"[..], &b"x,y"[..])
        );
        assert_eq!(bytes::Bytes::from(file), "x,y");
    }

    #[test]
    fn debug_shows_no_content() {
        let file = ScwFile::new().name("a.csv").content("private");
        let shown = format!("{file:?}");
        assert!(shown.contains("a.csv") && shown.contains("7 bytes"), "{shown}");
        assert!(!shown.contains("private"), "{shown}");
    }

    #[tokio::test]
    async fn content_is_saved_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.csv");
        ScwFile::new().name("../a.csv").content("x,y").save(&path).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x,y");
        let nowhere = folder.path().join("missing").join("b.csv");
        assert!(ScwFile::new().save(nowhere).await.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
