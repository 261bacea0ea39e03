use std::{error::Error as StdError, fmt, io};

/// Kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is invalid.
    Usage,
    /// A call to the vendor failed. The source is the vendor crate's error.
    Vendor,
    /// The vendor's data lack something that a FOCUS row requires.
    Data,
    /// Rows could not be written. The source is the [`io::Error`] or the format's error.
    Write,
}

/// An error of an export. `Display` writes one line; `source` returns the cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    #[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }

    #[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
    pub(crate) fn vendor(name: &str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let message = format!("{name} could not be read");
        Self { source: Some(source.into()), ..Self::new(ErrorKind::Vendor, message) }
    }

    pub(crate) fn write(
        message: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { source: Some(source.into()), ..Self::new(ErrorKind::Write, message) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::write("the rows could not be written", error)
    }
}

/// A result whose error is an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
