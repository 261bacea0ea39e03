//! Parquet files have the same values as CSV files.

use billing_focus::{Columns, Format, Row, Schema, Version, Writer, fastly, scaleway};
use billing_sandbox::Sandbox;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use parquet::{
    basic::{LogicalType, Type},
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};
use rust_decimal::Decimal;

use crate::{
    checker::Table,
    sandbox::{fastly_client, reconciled, scaleway_client, written},
};

fn file(rows: &[Row], columns: Columns) -> SerializedFileReader<Bytes> {
    let schema = Schema::new(Version::V1_2, columns);
    let mut writer = Writer::parquet(Vec::new(), schema).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap()
}

fn assert_same(reader: &SerializedFileReader<Bytes>, csv: &Table) {
    let mut count = 0;
    for (row, expected) in reader.get_row_iter(None).unwrap().zip(&csv.rows) {
        let row = row.unwrap();
        let columns = row.get_column_iter();
        for (((name, field), column), expected) in columns.zip(&csv.columns).zip(expected) {
            assert_eq!(name, column);
            let text = match field {
                Field::Null => None,
                Field::Str(text) => Some(text.clone()),
                Field::TimestampMicros(micros) => {
                    let time = DateTime::from_timestamp_micros(*micros).unwrap();
                    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
                }
                Field::Decimal(decimal) => {
                    let digits = i128::from_be_bytes(decimal.data().try_into().unwrap());
                    let scale = u32::try_from(decimal.scale()).unwrap();
                    let whole = digits / 10_i128.pow(scale);
                    let fraction = (digits % 10_i128.pow(scale)).abs();
                    let sign = if digits < 0 { "-" } else { "" };
                    let text = format!(
                        "{sign}{}.{fraction:0width$}",
                        whole.abs(),
                        width = decimal.scale() as usize
                    );
                    let parse = |text: &str| text.trim_end_matches('0').parse::<Decimal>().unwrap();
                    assert_eq!(parse(&text), parse(expected.as_deref().unwrap()));
                    continue;
                }
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!(&text, expected, "{name}");
        }
        count += 1;
    }
    assert_eq!(count, csv.rows.len());
}

#[tokio::test]
async fn values_are_those_of_csv() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .charges(9_000)
        .start()
        .await
        .unwrap();
    let month = "2026-05".parse().unwrap();

    let client = scaleway_client(&sandbox);
    let rows = reconciled(scaleway::consumption(&client, month), 1).await;
    let csv = written(&rows, scaleway::CONSUMPTION_COLUMNS, Version::V1_2, Format::Csv);
    assert_same(&file(&rows, scaleway::CONSUMPTION_COLUMNS), &csv);

    let rows = reconciled(fastly::invoice(&fastly_client(&sandbox), month), 1).await;
    let csv = written(&rows, fastly::COLUMNS, Version::V1_2, Format::Csv);
    assert_same(&file(&rows, fastly::COLUMNS), &csv);

    let mut charges = scaleway::charges(&client, month);
    let mut rows = Vec::new();
    while let Some(row) = charges.try_next().await.unwrap() {
        rows.push(row);
    }
    let csv = written(&rows, scaleway::CHARGES_COLUMNS, Version::V1_2, Format::Csv);
    let reader = file(&rows, scaleway::CHARGES_COLUMNS);
    assert_eq!(reader.num_row_groups(), 2, "memory holds a row group, not all rows");
    assert_same(&reader, &csv);
}

#[tokio::test]
async fn costs_are_decimals_of_128_bits() {
    let reader = file(&[], scaleway::CONSUMPTION_COLUMNS);
    let schema = reader.metadata().file_metadata().schema_descr();
    let column =
        |name: &str| schema.columns().iter().find(|column| column.name() == name).unwrap().clone();
    for (name, scale) in [("BilledCost", 17), ("PricingQuantity", 14)] {
        let column = column(name);
        assert_eq!(column.physical_type(), Type::FIXED_LEN_BYTE_ARRAY);
        assert_eq!(column.type_length(), 16);
        assert_eq!(column.logical_type_ref(), Some(&LogicalType::decimal(scale, 38)));
    }
    assert_eq!(column("BilledCost").max_def_level(), 0, "not nullable");
    assert_eq!(column("PricingQuantity").max_def_level(), 1, "nullable");
}

#[tokio::test]
async fn numbers_with_too_many_digits_are_refused() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let mut rows = scaleway::consumption(&scaleway_client(&sandbox), "2026-05".parse().unwrap());
    let mut row = rows.try_next().await.unwrap().unwrap();
    row.billed_cost = "0.000000000000000001".parse().unwrap();
    let schema = Schema::new(Version::V1_2, scaleway::CONSUMPTION_COLUMNS);
    let mut writer = Writer::parquet(Vec::new(), schema).unwrap();
    let error = writer.write(&row).unwrap_err();
    assert!(error.to_string().contains("BilledCost has more digits"), "{error}");
}
