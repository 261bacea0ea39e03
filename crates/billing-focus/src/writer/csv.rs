use std::io::Write;

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::Buffer;
use crate::{Error, Result, Row, Schema, Value};

pub(super) struct Writer<W: Write> {
    csv: csv::Writer<W>,
    schema: Schema,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(output: W, schema: Schema, header: bool) -> Result<Self> {
        let mut csv = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .buffer_capacity(64 * 1024)
            .from_writer(output);
        if header {
            csv.write_record(schema.names()).map_err(failed)?;
        }
        Ok(Self { csv, schema })
    }

    pub(super) fn write(&mut self, row: &Row, buffer: &mut Buffer) -> Result<()> {
        for &column in self.schema.columns() {
            let field = match row.get(column) {
                Value::Null => "",
                Value::Text(text) => text,
                Value::Decimal(number) => buffer.decimal(number),
                Value::Time(time) => buffer.time(time),
            };
            self.csv.write_field(field).map_err(failed)?;
        }
        for name in self.schema.custom() {
            let value = row.custom.get(name).map_or("", String::as_str);
            self.csv.write_field(value).map_err(failed)?;
        }
        // Ends the record.
        self.csv.write_record(None::<&[u8]>).map_err(failed)
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        Ok(self.csv.flush()?)
    }

    pub(super) fn finish(mut self) -> Result<W> {
        self.csv.flush()?;
        self.csv.into_inner().map_err(|error| Error::from(error.into_error()))
    }
}

fn failed(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        kind => Error::write("the rows could not be written as CSV", format!("{kind:?}")),
    }
}
