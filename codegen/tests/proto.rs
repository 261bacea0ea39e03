//! What is written from `.proto` files compiles and converts. `drift.rs` compares and rewrites it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;

pub use sdk_core::{Error, ErrorKind, Response, Result};
use serde::{Serialize, de::DeserializeOwned};

/// Every kind of field, message and method.
#[path = "golden/messages/generated/mod.rs"]
#[allow(dead_code, unexpected_cfgs, unused_imports, unreachable_pub, deprecated, missing_docs, clippy::pedantic, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod generated;

use generated::{proto::golden::v1 as wire, v1};

#[allow(deprecated, reason = "deprecated fields are fields, too")]
fn everything() -> v1::Everything {
    let time = |second: i64| chrono::DateTime::from_timestamp(second, 5).unwrap();
    let leaf = || v1::Leaf::default().name("leaf");
    let span = || v1::Span::default().start(time(1)).end(time(2));
    let deepest = v1::EverythingInnerDeepest::default().value(9);
    let tree = v1::Tree::default()
        .parent(v1::Tree::default())
        .children([v1::Tree::default()
            .side(v1::TreeSide::Right(Box::new(v1::Other::default().tree(v1::Tree::default()))))])
        .named([("a".to_owned(), v1::Tree::default())])
        .side(v1::TreeSide::Left(Box::default()));
    v1::Everything::default()
        .a_double(-0.5)
        .a_float(1.5)
        .an_int32(i32::MIN)
        .an_int64(i64::MIN)
        .a_uint32(u32::MAX)
        .a_uint64(u64::MAX)
        .a_sint32(-1)
        .a_sint64(-2)
        .a_fixed32(3)
        .a_fixed64(4)
        .a_sfixed32(-5)
        .a_sfixed64(-6)
        .a_bool(true)
        .a_string("text")
        .some_bytes(&b"\x00\xff"[..])
        .maybe_double(0.0)
        .maybe_bool(false)
        .maybe_string("")
        .maybe_bytes("")
        .maybe_color(v1::Color::Unspecified)
        .maybe_leaf(v1::Leaf::default())
        .maybe_time(time(0))
        .doubles([1.0, 2.0])
        .strings(["a", "b"])
        .byte_strings([&b"x"[..], b""])
        .colors([v1::Color::Red, v1::Color::Unknown(99), v1::Color::UltraViolet])
        .leaves([leaf(), v1::Leaf::default()])
        .times([time(7), time(-7)])
        .spans([span()])
        .string_map([("k".to_owned(), "v".to_owned())])
        .color_map([(-1, v1::Color::Red), (1, v1::Color::Unknown(-3))])
        .leaf_map([(true, leaf())])
        .time_map([(u64::MAX, time(8))])
        .span_map([("s".to_owned(), span())])
        .inner(v1::EverythingInner::default().kind(v1::EverythingInnerKind::One).deepest(deepest))
        .kinds([v1::EverythingInnerKind::One, v1::EverythingInnerKind::Unknown(4)])
        .simple_choice(v1::EverythingSimpleChoice::ColorChoice(v1::Color::Unknown(6)))
        .choice(v1::EverythingChoice::TreeChoice(tree))
        .r#type("type")
        .r#match(1)
        .camel_case("camel")
        .old_name("old")
}

/// Over the bytes of the wire, and back.
fn over_the_wire<M, W>(model: M) -> M
where
    M: TryFrom<W, Error: std::fmt::Debug>,
    W: prost::Message + Default + From<M>,
{
    let bytes = W::from(model).encode_to_vec();
    M::try_from(W::decode(&*bytes).unwrap()).unwrap()
}

fn over_json<M: Serialize + DeserializeOwned>(model: &M) -> M {
    let text = serde_json::to_string(model).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn models_survive_the_wire_and_storage() {
    let choices = [
        v1::EverythingChoice::TimeChoice(chrono::DateTime::UNIX_EPOCH),
        v1::EverythingChoice::SpanChoice(v1::Span::default()),
        v1::EverythingChoice::Again(Box::new(everything())),
    ];
    let all = [everything(), v1::Everything::default()];
    for model in all.into_iter().chain(choices.map(|choice| everything().choice(choice))) {
        assert_eq!(over_the_wire::<_, wire::Everything>(model.clone()), model);
        assert_eq!(over_json(&model), model);
    }
    let chain = v1::Chain::default().next(v1::Chain::default().time(chrono::DateTime::UNIX_EPOCH));
    assert_eq!(over_the_wire::<_, wire::Chain>(chain.clone()), chain);
    let request = v1::PayRequest::new(9.99, v1::Color::Red, &b"d"[..], 3, true)
        .note("n")
        .means(v1::PayRequestMeans::Voucher("v".to_owned()));
    assert_eq!(over_the_wire::<_, wire::PayRequest>(request.clone()), request);
    assert_eq!(over_json(&request), request);
    let _ = v1::LoadRequest::from(()).page(1);
    let id = "id".to_owned();
    for request in [(&id).into(), "id".into(), v1::GetEverythingRequest::from(id.clone())] {
        assert_eq!(request, v1::GetEverythingRequest::new("id"));
    }
}

#[test]
fn stored_requests_are_checked() {
    let read = |text: &str| serde_json::from_str::<v1::PayRequest>(text);
    let whole = r#"{"amount": 1, "color": "COLOR_RED", "data": [], "number": 1, "sure": true}"#;
    assert_eq!(read(whole).unwrap().color, v1::Color::Red);
    assert!(read("{}").unwrap_err().to_string().contains("missing field `amount`"));
    let misspelt = whole.replace("}", r#", "nots": "x"}"#);
    assert!(read(&misspelt).unwrap_err().to_string().contains("unknown field `nots`"));
    let unknown = whole.replace("COLOR_RED", "COLOR_PINK");
    assert!(read(&unknown).unwrap_err().to_string().contains("COLOR_PINK"));
    assert_eq!(read(&whole.replace("\"COLOR_RED\"", "7")).unwrap().color, v1::Color::Unknown(7));
    // Models take what is new, and what is missing.
    let leaf: v1::Leaf = serde_json::from_str(r#"{"new": 1}"#).unwrap();
    assert_eq!(leaf, v1::Leaf::default());
}

#[test]
fn an_impossible_time_names_its_field() {
    let bad = || prost_types::Timestamp { seconds: 0, nanos: -1 };
    let span = || wire::Span { start: None, end: Some(bad()) };
    let of = |change: &dyn Fn(&mut wire::Everything)| {
        let mut message = wire::Everything::default();
        change(&mut message);
        v1::Everything::try_from(message).unwrap_err().to_string()
    };
    for (error, path) in [
        (of(&|message| message.maybe_time = Some(bad())), "maybe_time"),
        (of(&|message| message.times = vec![bad()]), "times[0]"),
        (of(&|message| message.spans = vec![wire::Span::default(), span()]), "spans[1].end"),
        (of(&|message| message.time_map = BTreeMap::from([(1, bad())])), "time_map"),
        (
            of(&|message| message.span_map = BTreeMap::from([("x".to_owned(), span())])),
            "span_map.end",
        ),
        (
            of(&|message| message.choice = Some(wire::everything::Choice::TimeChoice(bad()))),
            "choice.time_choice",
        ),
        (
            of(&|message| message.choice = Some(wire::everything::Choice::SpanChoice(span()))),
            "choice.span_choice.end",
        ),
    ] {
        assert!(error.starts_with(&format!("`{path}` is not a valid timestamp")), "{error}");
    }
    let chain = wire::Chain {
        next: Some(Box::new(wire::Chain { next: None, time: Some(bad()) })),
        time: None,
    };
    let error = v1::Chain::try_from(chain).unwrap_err().to_string();
    assert!(error.starts_with("`next.time` is not"), "{error}");
}

#[test]
fn secrets_are_not_printed() {
    let keyring = v1::Keyring::default()
        .api_key("s3cret")
        .inner(v1::KeyringInner::default().token("s3cret"))
        .either(v1::KeyringEither::Secret("s3cret".to_owned()));
    for text in [
        format!("{keyring:?}"),
        format!("{:?} {:?}", keyring.inner, keyring.either),
        format!("{:?}", wire::Keyring::from(keyring.clone())),
        format!("{:?}", wire::Keyring::from(keyring.clone()).inner),
        format!("{:?}", wire::Keyring::from(keyring).either),
    ] {
        assert!(text.contains("Keyring") || text.contains("Inner") || text.contains("Either"));
        assert!(!text.contains("s3cret"), "{text}");
    }
}
