/// File format of a downloaded invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Comma-separated values. Fastly documents neither the columns nor the character set.
    Csv,
    /// PDF.
    Pdf,
}

impl FileFormat {
    /// Returns the media type to request.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Pdf => "application/pdf",
        }
    }
}
