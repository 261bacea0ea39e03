//! Parquet files have the same values as CSV files.

use billing_focus::{Columns, Format, Row, Schema, Version, Writer, fastly, scaleway, viam};
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
    sandbox::{collected, fastly_client, reconciled, scaleway_client, viam_client, written},
};

fn file(rows: &[Row], columns: Columns, version: Version) -> SerializedFileReader<Bytes> {
    let schema = Schema::new(version, columns);
    let mut writer = Writer::parquet(Vec::new(), schema).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    SerializedFileReader::new(Bytes::from(writer.finish().unwrap())).unwrap()
}

/// Asserts that Parquet files in all versions have the values of CSV files. Returns the row groups.
fn assert_as_csv(rows: &[Row], columns: Columns) -> usize {
    let groups = Version::VALUES.iter().map(|&version| {
        let csv = written(rows, columns, version, Format::Csv);
        let reader = file(rows, columns, version);
        let fields = reader.metadata().file_metadata().schema().get_fields();
        assert!(fields.iter().map(|field| field.name()).eq(&csv.columns));
        assert_same(&reader, &csv);
        reader.num_row_groups()
    });
    groups.max().unwrap()
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
    assert_as_csv(&rows, scaleway::CONSUMPTION_COLUMNS);

    let client = fastly_client(&sandbox);
    assert_as_csv(&reconciled(fastly::invoice(&client, month), 1).await, fastly::COLUMNS);
    assert_as_csv(&reconciled(fastly::month_to_date(&client), 1).await, fastly::COLUMNS);

    let rows = viam::current_month(&viam_client(&sandbox), sandbox.viam().organization_id());
    assert_as_csv(&reconciled(rows, 1).await, viam::COLUMNS);

    let charges = collected(scaleway::charges(&scaleway_client(&sandbox), month)).await;
    let groups = assert_as_csv(&charges, scaleway::CHARGES_COLUMNS);
    assert_eq!(groups, 2, "memory holds a row group, not all rows");

    assert_eq!(assert_as_csv(&[], viam::COLUMNS), 0, "a file without rows can be read");
}

#[tokio::test]
async fn costs_are_decimals_of_128_bits() {
    let reader = file(&[], scaleway::CONSUMPTION_COLUMNS, Version::V1_2);
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
