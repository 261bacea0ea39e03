/// The form in which an invoice is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Comma-separated values. Fastly documents neither the columns nor the character set.
    Csv,
    /// A document to read or print.
    Pdf,
}

impl FileFormat {
    /// The media type that is asked for.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Pdf => "application/pdf",
        }
    }
}
