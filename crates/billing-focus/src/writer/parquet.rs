use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType},
    data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};
use rust_decimal::Decimal;

use crate::{Column, Error, Kind, Result, Row, Schema, Value};

/// Number of rows in a row group. All of them are in memory until the row group is complete.
const ROWS: usize = 8_192;

/// Digits of a decimal, and its size in bytes (decimal128).
const PRECISION: i32 = 38;
const BYTES: i32 = 16;

pub(super) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: Schema,
    columns: Vec<Data>,
    rows: usize,
}

/// Values of a column in the row group.
struct Data {
    values: Values,
    /// For a nullable column: 1 for a value, 0 for null.
    present: Option<Vec<i16>>,
}

enum Values {
    Text(Vec<ByteArray>),
    Decimal { values: Vec<FixedLenByteArray>, scale: u8 },
    Time(Vec<i64>),
}

impl<W: Write + Send> Writer<W> {
    pub(super) fn new(output: W, schema: Schema) -> Result<Self> {
        let fields = schema.columns().iter().map(|column| field(*column));
        let custom = schema.custom().iter().map(|name| text(name, Repetition::OPTIONAL));
        let fields: Result<Vec<_>> =
            fields.chain(custom).map(|field| Ok(Arc::new(field.map_err(failed)?))).collect();
        let root =
            Type::group_type_builder("focus").with_fields(fields?).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(output, Arc::new(root), Arc::new(properties));
        let columns = schema.columns().iter().map(|column| Data {
            values: match column.kind() {
                Kind::Text => Values::Text(Vec::new()),
                Kind::Decimal { scale } => Values::Decimal { values: Vec::new(), scale },
                Kind::Time => Values::Time(Vec::new()),
            },
            present: column.is_nullable().then(Vec::new),
        });
        let custom = schema
            .custom()
            .iter()
            .map(|_| Data { values: Values::Text(Vec::new()), present: Some(Vec::new()) });
        let columns = columns.chain(custom).collect();
        Ok(Self { file: file.map_err(failed)?, schema, columns, rows: 0 })
    }

    pub(super) fn write(&mut self, row: &Row) -> Result<()> {
        let fields = self.schema.columns().iter().map(|&column| (column.as_str(), row.get(column)));
        let custom = self.schema.custom().iter().map(|name| {
            let value = row.custom.get(name).filter(|value| !value.is_empty());
            (name.as_str(), value.map_or(Value::Null, |value| Value::Text(value)))
        });
        for ((name, value), column) in fields.chain(custom).zip(&mut self.columns) {
            column.push(name, value)?;
        }
        self.rows += 1;
        if self.rows == ROWS { self.end_group() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Result<W> {
        if self.rows > 0 {
            self.end_group()?;
        }
        // Also writes the footer.
        self.file.into_inner().map_err(failed)
    }

    fn end_group(&mut self) -> Result<()> {
        self.rows = 0;
        let mut group = self.file.next_row_group().map_err(failed)?;
        for data in &mut self.columns {
            let Some(mut column) = group.next_column().map_err(failed)? else { break };
            let levels = data.present.as_deref();
            let written = match &data.values {
                Values::Text(values) => {
                    column.typed::<ByteArrayType>().write_batch(values, levels, None)
                }
                Values::Decimal { values, .. } => {
                    column.typed::<FixedLenByteArrayType>().write_batch(values, levels, None)
                }
                Values::Time(values) => {
                    column.typed::<Int64Type>().write_batch(values, levels, None)
                }
            };
            written.map_err(failed)?;
            column.close().map_err(failed)?;
            data.clear();
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

impl Data {
    fn push(&mut self, name: &str, value: Value<'_>) -> Result<()> {
        let wrong = |what: &str| {
            let message = format!("the value of {name} {what}");
            Error::new(crate::ErrorKind::Write, message)
        };
        match (&mut self.values, value) {
            (_, Value::Null) => {
                let present = self.present.as_mut().ok_or_else(|| wrong("is null"))?;
                present.push(0);
                return Ok(());
            }
            (Values::Text(values), Value::Text(text)) => values.push(ByteArray::from(text)),
            (Values::Time(values), Value::Time(time)) => values.push(time.timestamp_micros()),
            (Values::Decimal { values, scale }, Value::Decimal(number)) => {
                let unscaled = unscaled(number, *scale).ok_or_else(|| {
                    wrong(&format!("has more digits than Parquet holds: {number}"))
                })?;
                values.push(FixedLenByteArray::from(unscaled.to_be_bytes().to_vec()));
            }
            _ => return Err(wrong("is of another type")),
        }
        if let Some(present) = &mut self.present {
            present.push(1);
        }
        Ok(())
    }

    fn clear(&mut self) {
        match &mut self.values {
            Values::Text(values) => values.clear(),
            Values::Decimal { values, .. } => values.clear(),
            Values::Time(values) => values.clear(),
        }
        if let Some(present) = &mut self.present {
            present.clear();
        }
    }
}

/// Returns the digits of a number with this many decimal places; `None` if the result is not exact
/// or does not fit.
fn unscaled(number: Decimal, scale: u8) -> Option<i128> {
    let number = number.normalize();
    let missing = u32::from(scale).checked_sub(number.scale())?;
    let digits = number.mantissa().checked_mul(10_i128.checked_pow(missing)?)?;
    (digits.unsigned_abs() < 10_u128.pow(PRECISION.unsigned_abs())).then_some(digits)
}

fn field(column: Column) -> Result<Type, ParquetError> {
    let name = column.as_str();
    let repetition = if column.is_nullable() { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    match column.kind() {
        Kind::Text => text(name, repetition),
        Kind::Decimal { scale } => {
            let (scale, precision) = (i32::from(scale), PRECISION);
            Type::primitive_type_builder(name, PhysicalType::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(repetition)
                .with_length(BYTES)
                .with_logical_type(Some(LogicalType::decimal(scale, precision)))
                .with_precision(precision)
                .with_scale(scale)
                .build()
        }
        Kind::Time => Type::primitive_type_builder(name, PhysicalType::INT64)
            .with_repetition(repetition)
            .with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MICROS)))
            .build(),
    }
}

fn text(name: &str, repetition: Repetition) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
        .with_repetition(repetition)
        .with_logical_type(Some(LogicalType::String))
        .build()
}

fn failed(error: ParquetError) -> Error {
    Error::write("the rows could not be written as Parquet", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        for (number, scale, expected) in [
            ("1.5", 2, Some(150)),
            ("-0.01", 2, Some(-1)),
            ("1.500", 1, Some(15)),
            ("0.001", 2, None),
            (
                "79228162514264337593543950335",
                9,
                Some(79_228_162_514_264_337_593_543_950_335_000_000_000),
            ),
            ("79228162514264337593543950335", 10, None),
        ] {
            assert_eq!(unscaled(number.parse().unwrap(), scale), expected, "{number}");
        }
    }
}
