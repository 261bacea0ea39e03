use std::io::{BufWriter, Write};

use super::Buffer;
use crate::{Error, Result, Row, Schema, Value};

pub(super) struct Writer<W: Write> {
    output: BufWriter<W>,
    schema: Schema,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(output: W, schema: Schema) -> Self {
        Self { output: BufWriter::with_capacity(64 * 1024, output), schema }
    }

    pub(super) fn write(&mut self, row: &Row, buffer: &mut Buffer) -> Result<()> {
        let mut separator = '{';
        for &column in self.schema.columns() {
            let name = column.as_str();
            match row.get(column) {
                Value::Null => write!(self.output, "{separator}\"{name}\":null")?,
                Value::Text(text) => {
                    write!(self.output, "{separator}\"{name}\":")?;
                    string(&mut self.output, text)?;
                }
                // All digits: JSON does not limit their number.
                Value::Decimal(number) => {
                    let number = buffer.decimal(number);
                    write!(self.output, "{separator}\"{name}\":{number}")?;
                }
                Value::Time(time) => {
                    let time = buffer.time(time);
                    write!(self.output, "{separator}\"{name}\":\"{time}\"")?;
                }
            }
            separator = ',';
        }
        for name in self.schema.custom() {
            write!(self.output, "{separator}")?;
            string(&mut self.output, name)?;
            self.output.write_all(b":")?;
            match row.custom.get(name).filter(|value| !value.is_empty()) {
                None => self.output.write_all(b"null")?,
                Some(value) => string(&mut self.output, value)?,
            }
            separator = ',';
        }
        Ok(self.output.write_all(b"}\n")?)
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        Ok(self.output.flush()?)
    }

    pub(super) fn finish(self) -> Result<W> {
        self.output.into_inner().map_err(|error| Error::from(error.into_error()))
    }
}

fn string(output: &mut impl Write, text: &str) -> Result<()> {
    serde_json::to_writer(output, text).map_err(|error| Error::from(std::io::Error::from(error)))
}
