mod csv;
mod json_lines;
#[cfg(feature = "parquet")]
mod parquet;

use std::{
    fmt::{self, Write as _},
    io::Write,
    str::FromStr,
};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use rust_decimal::Decimal;

use crate::{Error, Result, Row, Schema};

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values (RFC 4180), with a header line.
    Csv,
    /// A JSON object per line.
    JsonLines,
    /// Apache Parquet.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// All formats that the enabled features offer.
    pub const VALUES: &[Self] = &[
        Self::Csv,
        Self::JsonLines,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// Returns the name of the format, which is also the usual file extension.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::VALUES.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::VALUES.iter().map(|format| format.as_str()).collect();
            Error::usage(format!("format {text:?} is not supported: use {}", names.join(" or ")))
        })
    }
}

/// Writes rows in one of the formats.
///
/// CSV and JSON Lines write an instant as `YYYY-MM-DDTHH:mm:ssZ`, truncated to whole seconds. They
/// write a number with all of its digits and at least one decimal place, so that programs that
/// infer the type of a column choose a decimal. Null is an empty field in CSV, and `null` in JSON.
/// Lines end with CRLF in CSV (RFC 4180) and with LF in JSON Lines. Strings are written unchanged.
/// A spreadsheet may evaluate a string that starts with `=` as a formula.
///
/// Rows are buffered. Call [`finish`](Self::finish) at the end; a writer that is dropped earlier
/// leaves an incomplete file.
pub struct Writer<W: Write + Send> {
    kind: WriterKind<W>,
    buffer: Buffer,
}

enum WriterKind<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    JsonLines(json_lines::Writer<W>),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Writer<W>>),
}

impl<W: Write + Send> Writer<W> {
    /// Creates a writer of CSV, and writes the header line.
    ///
    /// # Errors
    ///
    /// Fails if `output` fails.
    pub fn csv(output: W, schema: Schema) -> Result<Self> {
        Self::new(Format::Csv, output, schema)
    }

    /// Creates a writer of JSON Lines.
    ///
    /// # Errors
    ///
    /// Never fails at present.
    pub fn json_lines(output: W, schema: Schema) -> Result<Self> {
        Self::new(Format::JsonLines, output, schema)
    }

    /// Creates a writer of Parquet. Costs are decimals with 17 decimal places, unit prices with 16,
    /// and quantities with 14; instants are microseconds in UTC.
    ///
    /// # Errors
    ///
    /// Fails if `output` fails.
    #[cfg(feature = "parquet")]
    pub fn parquet(output: W, schema: Schema) -> Result<Self> {
        Self::new(Format::Parquet, output, schema)
    }

    /// Creates a writer of `format`.
    ///
    /// # Errors
    ///
    /// Fails if `output` fails.
    pub fn new(format: Format, output: W, schema: Schema) -> Result<Self> {
        Ok(Self {
            kind: match format {
                Format::Csv => WriterKind::Csv(Box::new(csv::Writer::new(output, schema, true)?)),
                Format::JsonLines => WriterKind::JsonLines(json_lines::Writer::new(output, schema)),
                #[cfg(feature = "parquet")]
                Format::Parquet => {
                    WriterKind::Parquet(Box::new(parquet::Writer::new(output, schema)?))
                }
            },
            buffer: Buffer::default(),
        })
    }

    /// Creates a writer that continues a file of complete rows. Like [`new`](Self::new), but it
    /// does not write the header line of CSV.
    ///
    /// # Errors
    ///
    /// Fails for Parquet, whose files end with a footer.
    pub fn append(format: Format, output: W, schema: Schema) -> Result<Self> {
        match format {
            Format::Csv => Ok(Self {
                kind: WriterKind::Csv(Box::new(csv::Writer::new(output, schema, false)?)),
                buffer: Buffer::default(),
            }),
            Format::JsonLines => Self::new(format, output, schema),
            #[cfg(feature = "parquet")]
            Format::Parquet => Err(Error::usage(
                "a Parquet file cannot be continued: write CSV or JSON Lines instead",
            )),
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Fails if the output fails, or if a number has more digits than a Parquet decimal can hold.
    pub fn write(&mut self, row: &Row) -> Result<()> {
        match &mut self.kind {
            WriterKind::Csv(writer) => writer.write(row, &mut self.buffer),
            WriterKind::JsonLines(writer) => writer.write(row, &mut self.buffer),
            #[cfg(feature = "parquet")]
            WriterKind::Parquet(writer) => writer.write(row),
        }
    }

    /// Flushes the rows to the output. Parquet keeps the rows of an incomplete row group.
    ///
    /// # Errors
    ///
    /// Fails if the output fails.
    pub fn flush(&mut self) -> Result<()> {
        match &mut self.kind {
            WriterKind::Csv(writer) => writer.flush(),
            WriterKind::JsonLines(writer) => writer.flush(),
            #[cfg(feature = "parquet")]
            WriterKind::Parquet(_) => Ok(()),
        }
    }

    /// Writes the remaining rows, and returns the output.
    ///
    /// # Errors
    ///
    /// Fails if the output fails.
    pub fn finish(self) -> Result<W> {
        match self.kind {
            WriterKind::Csv(writer) => writer.finish(),
            WriterKind::JsonLines(writer) => writer.finish(),
            #[cfg(feature = "parquet")]
            WriterKind::Parquet(writer) => writer.finish(),
        }
    }
}

impl<W: Write + Send> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Formats numbers and instants in a reused buffer.
#[derive(Debug, Default)]
struct Buffer(String);

impl Buffer {
    fn decimal(&mut self, number: Decimal) -> &str {
        self.0.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{number}");
        if number.scale() == 0 {
            self.0.push_str(".0");
        }
        &self.0
    }

    fn time(&mut self, time: DateTime<Utc>) -> &str {
        self.0.clear();
        let (year, month, day) = (time.year(), time.month(), time.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let _ = write!(self.0, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_instants_have_the_format_of_focus() {
        let mut buffer = Buffer::default();
        for (number, expected) in [
            ("5", "5.0"),
            ("0", "0.0"),
            ("-0.350", "-0.350"),
            ("146017.0369", "146017.0369"),
            ("79228162514264337593543950335", "79228162514264337593543950335.0"),
            ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ] {
            assert_eq!(buffer.decimal(number.parse().unwrap()), expected);
        }
        for (time, expected) in [
            ("2026-05-31T23:59:59.999999Z", "2026-05-31T23:59:59Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(buffer.time(time.parse().unwrap()), expected);
        }
    }
}
