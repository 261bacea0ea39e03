use std::str::FromStr as _;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    amount::{NOT_DECIMAL, TOO_LARGE, parse_short_decimal},
    object::{Guarded, Keys},
    *,
};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(with = "As::<DefaultOnNull>")]
    id: String,
    #[serde(with = "As::<OrDefault<Number>>")]
    count: u64,
    #[serde(with = "As::<Number>")]
    limit: Option<u32>,
    #[serde(with = "As::<Amount>")]
    amount: Option<Decimal>,
    #[serde(with = "As::<Text>")]
    code: Option<String>,
    #[serde(with = "As::<Instant>")]
    at: Option<DateTime<Utc>>,
    #[serde(with = "As::<AnyNumber>")]
    position: Option<i64>,
    #[serde(with = "As::<AnyInstant>")]
    seen: Option<DateTime<Utc>>,
    #[serde(with = "As::<EmptyAsNone>")]
    day: Option<NaiveDate>,
    #[serde(with = "As::<Object>")]
    inner: Option<Box<Line>>,
    #[serde(with = "As::<List<Item>>")]
    lines: Vec<Line>,
    #[serde(with = "As::<OneOrMany>")]
    rows: Vec<Line>,
    #[serde(with = "As::<List>")]
    tags: Vec<String>,
}

fn line(json: &str) -> Line {
    decode(json.as_bytes()).unwrap()
}

fn refusal(json: &str) -> (String, String) {
    let error = decode::<Line>(json.as_bytes()).unwrap_err();
    (error.path, error.source.to_string())
}

#[test]
fn nothing_and_null_are_the_default() {
    assert_eq!(line("{}"), Line::default());
    let nulls = r#"{"id":null,"count":null,"limit":null,"amount":null,"code":null,"at":null,
        "day":null,"inner":null,"lines":null,"rows":null,"tags":null}"#;
    assert_eq!(line(nulls), Line::default());
    assert_eq!(line(r#"{"id":"a","new":[{"x":1}]}"#).id, "a");
    assert_eq!(line("\u{feff}{\"id\":\"a\"}").id, "a");
}

#[test]
fn empty_strings_are_absent() {
    let empty = r#"{"count":"","limit":" ","amount":"","at":"","day":""}"#;
    assert_eq!(line(empty), Line::default());
}

#[test]
fn integers_may_be_strings_and_floats() {
    for (json, expected) in [
        ("7", 7),
        ("\"18446744073709551615\"", u64::MAX),
        ("18446744073709551615", u64::MAX),
        ("4183280.0", 4_183_280),
        ("\"1.0\"", 1),
        ("\" 5 \"", 5),
        ("1e3", 1000),
        ("-1", 0),
        ("-1.0", 0),
        ("\"-1\"", 0),
    ] {
        assert_eq!(line(&format!("{{\"count\":{json}}}")).count, expected, "{json}");
    }
    assert_eq!(line(r#"{"limit":0}"#).limit, Some(0));
    assert_eq!(line(r#"{"limit":-1}"#).limit, None);
    for json in ["4294967296", "1.5", "\"1.5\"", "\"x\"", "1e30", "true", "[]", "{}"] {
        assert_eq!(refusal(&format!("{{\"limit\":{json}}}")).0, "limit", "{json}");
    }
    let (_, reason) = refusal(r#"{"limit":1.5}"#);
    assert!(reason.contains("expected an integer (u32) or the same as a string"), "{reason}");
}

#[test]
fn an_integer_beyond_its_type_is_an_error_however_it_is_written() {
    for json in ["5000000000.0", "5e9", "\"5000000000.0\""] {
        assert_eq!(refusal(&format!("{{\"limit\":{json}}}")).0, "limit", "{json}");
    }
    // A floating-point number above 2^53 may be another integer than was written.
    assert_eq!(line(r#"{"count":9007199254740992.0}"#).count, 1 << 53);
    assert_eq!(refusal(r#"{"count":9007199254740994.0}"#).0, "count");

    let signed = |json| Number::deserialize_as(&mut serde_json::Deserializer::from_str(json));
    assert_eq!(signed("-7").unwrap(), Some(-7_i32));
    let reason = signed("-3000000000").unwrap_err().to_string();
    assert!(reason.contains("integer `-3000000000`, expected an integer (i32)"), "{reason}");
}

#[test]
fn literal_is_the_text_in_the_document() {
    let literals: Vec<Literal<'_>> = serde_json::from_str(r#"[1.50,"a\"b",{"x": 1}]"#).unwrap();
    let texts: Vec<_> = literals.iter().map(Literal::get).collect();
    assert_eq!(texts, ["1.50", r#""a\"b""#, r#"{"x": 1}"#]);
    let number: serde::de::value::I32Deserializer<serde::de::value::Error> = 7.into_deserializer();
    let reason = Literal::deserialize(number).unwrap_err().to_string();
    assert_eq!(reason, "invalid type: integer `7`, expected any valid JSON value");
}

#[test]
fn a_number_that_is_not_such_an_integer_may_be_absent() {
    for (json, expected) in [
        ("7", Some(7)),
        ("\"-7\"", Some(-7)),
        ("7.0", Some(7)),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("\"18446744073709551616\"", None),
        ("1e30", None),
        ("1.5", None),
        ("\"A-7\"", None),
        ("\"\"", None),
        ("null", None),
    ] {
        assert_eq!(line(&format!("{{\"position\":{json}}}")).position, expected, "{json}");
    }
    for json in ["true", "[]", "{}"] {
        assert_eq!(refusal(&format!("{{\"position\":{json}}}")).0, "position", "{json}");
    }
}

#[test]
fn codes_may_be_numbers() {
    for (json, expected) in [
        ("\"INV-1\"", "INV-1"),
        (r#""a\"b\u00e9""#, "a\"b\u{e9}"),
        ("\"\"", ""),
        ("\"007\"", "007"),
        ("4183280", "4183280"),
        ("-7", "-7"),
        ("4183280.0", "4183280"),
        ("1.50", "1.50"),
        ("1e3", "1000"),
        ("18446744073709551616", "18446744073709551616"),
        ("-99999999999999999999999999999999999999", "-99999999999999999999999999999999999999"),
    ] {
        let code = line(&format!("{{\"code\":{json}}}")).code;
        assert_eq!(code.as_deref(), Some(expected), "{json}");
    }
    for json in ["true", "[]", "{}"] {
        let (path, reason) = refusal(&format!("{{\"code\":{json}}}"));
        assert_eq!(path, "code");
        assert!(reason.contains("expected a string or a number"), "{reason}");
    }
}

#[test]
fn dates_have_a_time_and_a_zone_or_get_them() {
    for (text, expected) in [
        ("2026-05-01T00:59:59Z", "2026-05-01T00:59:59Z"),
        ("2026-05-01T00:59:59.999999Z", "2026-05-01T00:59:59.999999Z"),
        ("2026-05-01T00:59:59.123456789Z", "2026-05-01T00:59:59.123456789Z"),
        ("2026-05-01T00:59:59.1234567891Z", "2026-05-01T00:59:59.123456789Z"),
        ("2026-05-01T01:59:59+02:00", "2026-04-30T23:59:59Z"),
        ("2026-05-01T00:59:59", "2026-05-01T00:59:59Z"),
        ("2026-05-01 00:59:59", "2026-05-01T00:59:59Z"),
        ("2026-05-01T00:59:59.5", "2026-05-01T00:59:59.500Z"),
        ("2026-05-01", "2026-05-01T00:00:00Z"),
        (" 2026-05-01 ", "2026-05-01T00:00:00Z"),
        ("2026-05-01T10:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01 10:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01T10:00Z", "2026-05-01T10:00:00Z"),
        ("2026-05-01T10:00+02:00", "2026-05-01T08:00:00Z"),
        ("2026-05-01 00:59:59+0200", "2026-04-30T22:59:59Z"),
        ("2026-05-01 00:59:59 UTC", "2026-05-01T00:59:59Z"),
    ] {
        let read = line(&format!("{{\"at\":\"{text}\",\"seen\":\"{text}\"}}"));
        assert_eq!(read.at, read.seen);
        let shown = read.at.unwrap().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        assert_eq!(shown, expected, "{text}");
    }
    for text in ["0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00Z", " "] {
        assert_eq!(line(&format!("{{\"at\":\"{text}\"}}")).at, None, "{text}");
    }
    for json in [
        "\"soon\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"2026-05-01T25:00:00Z\"",
        "\"2026-05-01T00:59:59.Z\"",
        "7",
        "-7",
        "7.5",
        "{}",
    ] {
        let (path, reason) = refusal(&format!("{{\"at\":{json}}}"));
        assert_eq!(path, "at", "{json}");
        assert!(reason.contains("expected a date and time by RFC 3339"), "{json}: {reason}");
    }
    for json in ["\"soon\"", "\"2026-02-30\"", "7", "1588291199.5", "-1", "null", "\"\""] {
        assert_eq!(line(&format!("{{\"seen\":{json}}}")).seen, None, "{json}");
    }
    for json in ["true", "[]", "{}"] {
        assert_eq!(refusal(&format!("{{\"seen\":{json}}}")).0, "seen", "{json}");
    }
    assert_eq!(line(r#"{"day":"2026-05-01"}"#).day.unwrap().to_string(), "2026-05-01");
    assert_eq!(refusal(r#"{"day":"soon"}"#).0, "day");
    let (_, reason) = refusal(r#"{"day":7}"#);
    assert!(reason.contains("expected a string"), "{reason}");
}

#[test]
fn the_fast_path_for_dates_agrees_with_chrono() {
    for second in (0..4_000_000_000_i64).step_by(12_345_679) {
        let expected = DateTime::from_timestamp(second, 120_000_000).unwrap();
        let text = expected.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        assert_eq!(parse_utc(&text), Some(expected), "{text}");
        assert_eq!(text.parse::<DateTime<Utc>>().ok(), Some(expected), "{text}");
    }
}

#[test]
fn amounts_are_held_to_the_last_place_that_fits() {
    for (json, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.01", "-0.01"),
        ("1.50", "1.50"),
        ("16777217.01", "16777217.01"),
        ("1234567890.123456789", "1234567890.123456789"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("79228162514264337593543950335", "79228162514264337593543950335"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("-2.50e-1", "-0.250"),
        ("0e400", "0"),
        ("0.00", "0.00"),
        ("-0.00", "0.00"),
        ("7.105427357601002e-15", "0.0000000000000071054273576010"),
        ("-1e-28", "-0.0000000000000000000000000001"),
        ("5e-29", "0.0000000000000000000000000001"),
        ("4e-29", "0.0000000000000000000000000000"),
        ("1e-30", "0.0000000000000000000000000000"),
        ("1e-65", "0.0000000000000000000000000000"),
        ("1e-66", "0"),
        ("1e-999999999999", "0"),
        ("0.0000000001e12", "100"),
        ("0.12345678901234567890123456789", "0.1234567890123456789012345679"),
        ("0.123456789012345678901234567890", "0.1234567890123456789012345679"),
        ("949549990.01195459559000000000", "949549990.0119545955900000000"),
        ("17014118346.04692317316873037158841057275", "17014118346.046923173168730372"),
        ("100.10000000000000000000000000000000", "100.10000000000000000000000000"),
        ("12345678901234567890123456789.5", "12345678901234567890123456790"),
        ("\"1E-2\"", "0.01"),
        ("\"+1.5\"", "1.5"),
        ("\".5\"", "0.5"),
        ("\"-.5\"", "-0.5"),
        ("\" 1.5 \"", "1.5"),
        ("\"1\\u002e5\"", "1.5"),
    ] {
        let amount = line(&format!("{{\"amount\":{json}}}")).amount.unwrap();
        assert_eq!(amount.to_string(), expected, "{json}");
    }
    for (json, expected) in [
        ("1e400", TOO_LARGE),
        ("-1e29", TOO_LARGE),
        ("1e9223372036854775808", TOO_LARGE),
        ("79228162514264337593543950336", TOO_LARGE),
        ("\"1_0\"", NOT_DECIMAL),
        ("\"+-1\"", NOT_DECIMAL),
        ("\"++1\"", NOT_DECIMAL),
        ("\"NaN\"", NOT_DECIMAL),
        ("true", NOT_DECIMAL),
        ("[1]", NOT_DECIMAL),
        ("{}", NOT_DECIMAL),
        ("\"5.\"", NOT_DECIMAL),
        ("\".\"", NOT_DECIMAL),
        ("\"-\"", NOT_DECIMAL),
        ("\"--5\"", NOT_DECIMAL),
        ("\"1e\"", NOT_DECIMAL),
        ("\"e1\"", NOT_DECIMAL),
        ("\"1 0\"", NOT_DECIMAL),
    ] {
        let (path, reason) = refusal(&format!("{{\"amount\":{json}}}"));
        assert_eq!(path, "amount", "{json}");
        assert!(reason.starts_with(expected), "{json}: {reason}");
    }
}

#[test]
fn short_decimals_agree_with_long_ones() {
    for number in (-2_000_000..2_000_000_i64).step_by(997) {
        for places in 0..=8 {
            let expected = Decimal::new(number, places);
            let text = expected.to_string();
            let long = Decimal::from_str(&text).unwrap();
            let short = parse_short_decimal(&text).unwrap();
            assert_eq!((short.mantissa(), short.scale()), (long.mantissa(), long.scale()));
        }
    }
    let longest = parse_short_decimal("999999999999999999").unwrap();
    assert_eq!(longest.to_string(), "999999999999999999");
    for text in ["", "-", ".", "5.", "-.", "1.2.3", "1e3", "+1", " 1", "1_0", "--1", "\u{661}"] {
        assert_eq!(parse_short_decimal(text), None, "{text}");
    }
    assert_eq!(parse_short_decimal("9999999999999999999"), None);
}

#[test]
fn a_string_that_is_not_utf_8_is_an_error_where_it_is_read() {
    let body = b"{\"id\":\"a\",\"new\":\"\xff\",\"count\":7}";
    assert_eq!(decode::<Line>(body).unwrap().count, 7);
    let error = decode::<Line>(b"{\"lines\":[{\"id\":\"\xff\"}]}").unwrap_err();
    assert_eq!(error.path, "lines[0].id");
    assert!(error.source.to_string().starts_with("invalid unicode code point"));
}

#[test]
fn what_is_no_such_object_is_an_error() {
    for (json, path, expected) in [
        ("[]", "", "expected an object"),
        ("7", "", "expected an object"),
        ("null", "", "expected an object"),
        (r#"{"message":"x"}"#, "", "none of the expected keys (id, count"),
        (r#"{"inner":[]}"#, "inner", "expected an object"),
        (r#"{"inner":7}"#, "inner", "expected an object"),
        (r#"{"lines":[{"id":"a"},[]]}"#, "lines[1]", "expected an object"),
        (r#"{"lines":[{"id":"a"},{}]}"#, "lines[1]", "the object is empty"),
        (r#"{"lines":[{"message":"x"}]}"#, "lines[0]", "but `message`"),
        (
            r#"{"lines":[{"inner":{"lines":[{"count":true}]}}]}"#,
            "lines[0].inner.lines[0].count",
            "",
        ),
        (r#"{"lines":{}}"#, "lines", "expected a list"),
        (r#"{"id":"a"}x"#, "", "trailing characters"),
    ] {
        let error = decode::<Line>(json.as_bytes()).unwrap_err();
        assert_eq!(error.path, path, "{json}: {}", error.source);
        assert!(error.source.to_string().contains(expected), "{json}: {}", error.source);
        assert!(!error.cut_short, "{json}");
    }
    for json in ["", "{", r#"{"lines":[{"id":"a"#] {
        assert!(decode::<Line>(json.as_bytes()).unwrap_err().cut_short, "{json}");
    }
}

#[test]
fn an_object_inside_may_have_new_keys_only() {
    for json in [r#"{"inner":{}}"#, r#"{"inner":{"message":"x"}}"#] {
        assert_eq!(line(json).inner.as_deref(), Some(&Line::default()), "{json}");
    }
}

#[test]
fn null_elements_are_skipped() {
    let lists = line(r#"{"lines":[null,{"id":"a"},null],"tags":["b",null]}"#);
    assert_eq!((lists.lines.len(), &*lists.lines[0].id), (1, "a"));
    assert_eq!(lists.tags, ["b"]);
    assert_eq!(refusal(r#"{"lines":[null,{"count":true}]}"#).0, "lines[1].count");
}

#[test]
fn one_object_may_stand_for_a_list() {
    for (json, expected) in [
        (r#"[{"id":"a"},null,{"id":"b"}]"#, 2),
        (r#"{"id":"a"}"#, 1),
        ("{}", 0),
        ("[]", 0),
        ("null", 0),
    ] {
        assert_eq!(line(&format!("{{\"rows\":{json}}}")).rows.len(), expected, "{json}");
    }
    for (json, expected) in [
        ("7", "expected an object or a list of objects"),
        ("[7]", "expected an object"),
        (r#"[{"message":"x"}]"#, "none of the expected keys"),
        (r#"{"message":"x"}"#, "none of the expected keys"),
    ] {
        let (path, reason) = refusal(&format!("{{\"rows\":{json}}}"));
        assert!(path.starts_with("rows"), "{json}: {path}");
        assert!(reason.contains(expected), "{json}: {reason}");
    }
    assert_eq!(refusal(r#"{"rows":{"count":true}}"#).0, "rows.count");
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
struct Renamed {
    #[serde(alias = "Name", alias = "NAME", with = "As::<DefaultOnNull>")]
    name: String,
    #[serde(alias = "lines", with = "As::<List<Item>>")]
    line_items: Vec<Line>,
    #[serde(alias = "Inner", with = "As::<Object>")]
    inner: Option<Line>,
}

impl<'de> Deserialize<'de> for Renamed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FORMER: Former = Former::new(&[
            ("Name", "name"),
            ("NAME", "name"),
            ("lines", "line_items"),
            ("Inner", "inner"),
        ]);
        Self::deserialize(FormerKeys::new(deserializer, FORMER))
    }
}

#[test]
fn the_present_spelling_of_a_key_wins() {
    for (json, name, id) in [
        (r#"{"Name":"a","lines":[{"id":"x"}]}"#, "a", "x"),
        (r#"{"Name":"a","name":"b","lines":[{"id":"x"}],"line_items":[{"id":"y"}]}"#, "b", "y"),
        (r#"{"name":"b","line_items":[{"id":"y"}],"lines":[{"id":"x"}],"Name":"a"}"#, "b", "y"),
        (r#"{"name":"b","Name":7,"lines":[{"id":"x"}]}"#, "b", "x"),
    ] {
        let read: Renamed = decode(json.as_bytes()).unwrap();
        assert_eq!((&*read.name, &*read.line_items[0].id), (name, id), "{json}");
    }
    for (json, name, ids) in [
        (r#"{"line_items":null,"lines":[{"id":"x"}],"name":"b"}"#, "b", "x"),
        (r#"{"lines":[{"id":"x"}],"line_items":null,"name":"b"}"#, "b", "x"),
        (
            r#"{"line_items":null,"name":null,"NAME":null,"Name":"a","lines":[{"id":"x"}]}"#,
            "a",
            "x",
        ),
        (r#"{"name":null,"line_items":null,"new":1,"lines":[{"id":"x"}],"Name":"a"}"#, "a", "x"),
        (r#"{"line_items":[],"lines":[{"id":"x"}],"name":"","Name":"a"}"#, "", ""),
        (r#"{"lines":[{"id":"x"}],"line_items":[],"name":"b"}"#, "b", ""),
        (r#"{"line_items":null,"lines":null,"name":"b"}"#, "b", ""),
        (r#"{"line_items":null,"name":"b"}"#, "b", ""),
    ] {
        let same = |read: Renamed| {
            let read_ids: Vec<_> = read.line_items.iter().map(|line| &*line.id).collect();
            assert_eq!((&*read.name, read_ids.concat()), (name, ids.to_owned()), "{json}");
        };
        same(decode(json.as_bytes()).unwrap());
        same(serde_json::from_reader(json.as_bytes()).unwrap());
        same(serde_json::from_value(serde_json::from_str(json).unwrap()).unwrap());
    }
    let read: Renamed = decode(br#"{"Name":"a","NAME":"b"}"#).unwrap();
    assert!(["a", "b"].contains(&&*read.name));
    for (json, expected) in [
        ("[]", "expected an object"),
        (r#"{"message":"x"}"#, "none of the expected keys"),
        (r#"{"Name":7}"#, "at `Name`: "),
        (r#"{"lines":[{"id":"a"},{}]}"#, "at `lines[1]`: "),
        (r#"{"lines":[{"count":true}]}"#, "at `lines[0].count`: "),
        (r#"{"line_items":null,"lines":[{"count":true}]}"#, "at `lines[0].count`: "),
        (r#"{"line_items":null,"name":7,"lines":[]}"#, "at `name`: "),
        (r#"{"Inner":{"count":true}}"#, "at `Inner.count`: "),
    ] {
        let error = decode::<Renamed>(json.as_bytes()).unwrap_err().source.to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    let error = serde_json::from_str::<Renamed>("[]").unwrap_err().to_string();
    assert!(error.contains("expected struct Renamed"), "{error}");
}

#[test]
fn spellings_may_have_the_same_letters_and_length() {
    #[derive(Deserialize)]
    #[serde(remote = "Self")]
    struct Sum {
        #[serde(alias = "total")]
        taxed: u32,
    }

    impl<'de> Deserialize<'de> for Sum {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            const FORMER: Former = Former::new(&[("total", "taxed")]);
            Self::deserialize(FormerKeys::new(deserializer, FORMER))
        }
    }

    for (json, expected) in [
        (r#"{"total":1}"#, 1),
        (r#"{"taxed":2}"#, 2),
        (r#"{"total":1,"taxed":2}"#, 2),
        (r#"{"taxed":2,"total":1}"#, 2),
    ] {
        assert_eq!(serde_json::from_str::<Sum>(json).unwrap().taxed, expected, "{json}");
    }
}

#[test]
fn a_key_that_is_no_string_is_an_error() {
    use serde::de::value::{Error, MapDeserializer};

    let object = || MapDeserializer::<_, Error>::new([(1, "a")].into_iter());
    let guarded = Guarded { deserializer: object(), keys: Keys::Some };
    let reasons = [
        Line::deserialize(guarded).unwrap_err().to_string(),
        <Renamed as Deserialize>::deserialize(object()).unwrap_err().to_string(),
    ];
    assert_eq!(reasons, ["invalid type: integer `1`, expected a key"; 2]);
}

#[test]
fn a_body_may_be_a_list_of_objects() {
    let lines: Vec<Line> = decode_list(br#"[null,{"id":"a"},{"id":"b"}]"#).unwrap();
    let ids: Vec<_> = lines.iter().map(|line| &*line.id).collect();
    assert_eq!(ids, ["a", "b"]);
    for (json, path) in
        [(r#"[{"id":"a"},{"count":true}]"#, "[1].count"), (r#"[null,{}]"#, "[1]"), ("{}", "")]
    {
        let error = decode_list::<Line>(json.as_bytes()).unwrap_err();
        assert_eq!((&*error.path, error.cut_short), (path, false), "{json}");
    }
    assert!(decode_list::<Line>(br#"[{"id":"a"}"#).unwrap_err().cut_short);
}

#[test]
fn null_may_stand_for_what_is_decoded() {
    let read = |json: &str| -> Option<Line> {
        Maybe::<Strict>::deserialize_as(&mut serde_json::Deserializer::from_str(json)).unwrap()
    };
    assert_eq!(read("null"), None);
    assert_eq!(read(r#"{"id":"a"}"#).unwrap().id, "a");
}

#[test]
fn bytes_are_written_as_base64_with_padding() {
    assert_eq!(to_base64(b""), "");
    assert_eq!(to_base64(b"\xfb\xff"), "+/8=");
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(with = "As::<Strict>")]
    line: Line,
}

#[test]
fn a_part_of_a_request_has_no_unknown_keys() {
    let read = |json: &str| serde_json::from_str::<Request>(json);
    assert_eq!(read(r#"{"line":{"id":"a"}}"#).unwrap().line.id, "a");
    assert_eq!(read(r#"{"line":{}}"#).unwrap(), Request::default());
    for (json, expected) in [
        (r#"{"line":{"id":"a","ids":"b"}}"#, "unknown field `ids`"),
        (r#"{"line":[]}"#, "expected an object"),
        (r#"{"line":null}"#, "expected an object"),
        ("{}", "missing field `line`"),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Envelope {
    #[serde(with = "As::<Required>")]
    data: Line,
}

#[test]
fn a_required_object_is_there_and_says_something() {
    let read = |json: &str| decode::<Envelope>(json.as_bytes());
    assert_eq!(read(r#"{"data":{"id":"a","new":1}}"#).unwrap().data.id, "a");
    for (json, expected) in [
        ("{}", "missing field `data`"),
        (r#"{"data":null}"#, "expected an object"),
        (r#"{"data":[]}"#, "expected an object"),
        (r#"{"data":{}}"#, "the object is empty"),
        (r#"{"data":{"x":1}}"#, "none of the expected keys"),
    ] {
        let error = read(json).unwrap_err().source.to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn a_model_reads_from_any_source() {
    use serde::de::value::MapDeserializer;

    let json = r#"{"id":"a","count":"7","amount":12.50,"code":7,"at":"2026-05-01","day":"2026-05-01",
        "lines":[{"code":"b\u00e9","amount":"1.500"},null],"rows":{"limit":"7"},"tags":["x"],
        "inner":{"amount":null,"code":null},"new":{"x":[1]}}"#;
    let expected = line(json);
    let same = |read: Line| {
        // A `Value` has lost the zero at the end.
        assert_eq!(
            read.amount.map(|one| one.normalize()),
            expected.amount.map(|one| one.normalize())
        );
        assert_eq!(Line { amount: expected.amount, ..read }, expected);
    };
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    same(serde_json::from_value(value.clone()).unwrap());
    same(Line::deserialize(&value).unwrap());
    same(serde_json::from_reader(json.as_bytes()).unwrap());
    let serde_json::Value::Object(fields) = value else { panic!("an object") };
    same(Line::deserialize(MapDeserializer::new(fields.into_iter())).unwrap());

    // Inside of types that look at everything before they choose.
    #[derive(Deserialize)]
    struct Outer {
        name: String,
        #[serde(flatten)]
        line: Line,
    }
    let outer: Outer = serde_json::from_str(&json.replacen('{', "{\"name\":\"n\",", 1)).unwrap();
    assert_eq!(outer.name, "n");
    same(outer.line);

    // More digits than a floating-point number has.
    let exact = r#"{"amount":16777217.0123456789,"code":18446744073709551616}"#;
    for read in [line(exact), serde_json::from_reader(exact.as_bytes()).unwrap()] {
        assert_eq!(read.amount.unwrap().to_string(), "16777217.0123456789");
        assert_eq!(read.code.unwrap(), "18446744073709551616");
    }
    let stored = serde_json::to_value(line(exact)).unwrap();
    let read: Line = serde_json::from_value(stored).unwrap();
    assert_eq!(read.amount.unwrap().to_string(), "16777217.0123456789");

    let former = r#"{"Name":"a","name":"b","lines":[{"id":"x","amount":1.5}]}"#;
    let renamed: Renamed = serde_json::from_str(former).unwrap();
    let value: serde_json::Value = serde_json::from_str(former).unwrap();
    assert_eq!(serde_json::from_value::<Renamed>(value).unwrap(), renamed);
    assert_eq!(serde_json::from_reader::<_, Renamed>(former.as_bytes()).unwrap(), renamed);

    let refused = serde_json::from_value::<Line>(serde_json::json!({"amount": true}));
    assert!(refused.unwrap_err().to_string().starts_with("not a decimal amount: true"));
}

#[test]
fn what_is_written_reads_the_same() {
    let written = line(
        r#"{"id":"a","amount":1.50,"lines":[{"code":2,"at":"2026-05-01","day":"2026-05-01"}],
            "inner":{"id":"b"},"rows":{"limit":"7"},"tags":["x"]}"#,
    );
    let json = serde_json::to_string(&written).unwrap();
    assert!(json.contains(r#""amount":"1.50""#), "{json}");
    assert_eq!(line(&json), written);
    // What nobody sent is null, not 0.
    let json = serde_json::to_string(&line("{}")).unwrap();
    assert!(json.contains(r#""amount":null"#) && json.contains(r#""limit":null"#), "{json}");
}
