//! What is written from `.proto` files compiles and converts, and what cannot be written is refused.
//! `drift.rs` compares and rewrites it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

use std::{collections::BTreeMap, fs};

use codegen::proto;
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
    let _ = (v1::GetNothingRequest::from(()), v1::LoadRequest::from(()).page(1));
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

/// A file that begins as all do.
fn with_head(rest: &str) -> String {
    let head = "syntax = \"proto3\";\npackage test.v1;\nimport \"codegen/options.proto\";\n\
                option (codegen.file) = { vendor: \"test\" module: \"v1\" title: \"t\" page: \"p\" };\n";
    format!("{head}{rest}")
}

fn outcome(files: &[(&str, &str)]) -> std::result::Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    proto::generate(folder.path()).map(drop).map_err(|refusals| refusals.to_string())
}

/// What is wrong with a file that begins as all do.
fn refusal(rest: &str) -> String {
    refusal_of(&with_head(rest))
}

fn refusal_of(text: &str) -> String {
    match outcome(&[("test.proto", text)]) {
        Ok(()) => panic!("accepted: {text}"),
        Err(refusals) => refusals,
    }
}

/// A service with one method, and messages for it.
fn service(method: &str, messages: &str) -> String {
    format!(
        "// S.\nservice S {{\n  // M.\n  {method}\n}}\n// Q.\nmessage Q {{}}\n// A.\nmessage A {{}}\n{messages}"
    )
}

#[test]
fn what_is_not_supported_is_refused_with_its_place() {
    let mut wrong = Vec::new();
    let amount = |field: &str| format!("// M.\nmessage M {{\n  // X.\n  {field}\n}}");
    let case = |option: &str| {
        format!(
            "// M.\nmessage M {{\n  // X.\n  oneof x {{\n    // A.\n    double a = 1 [{option}];\n  }}\n}}"
        )
    };
    for (text, expected) in [
        (service("rpc M(stream Q) returns (A);", ""), "test.proto:8: `test.v1.S.M` takes a stream of `Q`"),
        (service("rpc M(stream Q) returns (stream A);", ""), "test.proto:8: `test.v1.S.M` takes a stream of `Q`"),
        (service("rpc M(Q) returns (stream A);", ""), "test.proto:8: `test.v1.S.M` returns a stream of `A`"),
        (
            service("rpc M(google.protobuf.Empty) returns (A);", "import \"google/protobuf/empty.proto\";"),
            "`test.v1.S.M` uses `google.protobuf.Empty` of another file",
        ),
        (
            "// M.\nmessage M {\n  // D.\n  google.protobuf.Duration d = 1;\n}\nimport \"google/protobuf/duration.proto\";".to_owned(),
            "test.proto:8: `test.v1.M.d` has the type `google.protobuf.Duration`",
        ),
        ("message M {}".to_owned(), "test.proto:5: `test.v1.M` has no comment"),
        ("// M.\nmessage M {\n  int32 x = 1;\n}".to_owned(), "test.proto:7: `test.v1.M.x` has no comment"),
        ("// # M.\nmessage M {}".to_owned(), "test.proto:6: `test.v1.M` a line begins with `#`"),
        ("// M.\nmessage M {\n  // K.\n  string api_key = 1;\n}".to_owned(), "test.proto:8: `test.v1.M.api_key` looks like a secret"),
        ("// M.\nmessage M {\n  // K.\n  map<string, string> tokens = 1;\n}".to_owned(), "`test.v1.M.tokens` looks like a secret"),
        ("// M.\nmessage M {\n  // K.\n  string bankAccount = 1;\n}".to_owned(), "`test.v1.M.bankAccount` looks like a secret"),
        ("// M.\nmessage M {\n  // K.\n  Inner api_keys = 1;\n}\n// I.\nmessage Inner {}".to_owned(), "`test.v1.M.api_keys` looks like a secret"),
        ("// E.\nenum E {\n  // U.\n  E_UNKNOWN = 0;\n}".to_owned(), "test.proto:8: `test.v1.E_UNKNOWN` cannot be called `Unknown`: set `(codegen.value).rust_name`"),
        ("// E.\nenum E {\n  option allow_alias = true;\n  // A.\n  A = 0;\n  // B.\n  B = 0;\n}".to_owned(), "`test.v1.B` has the number of another value"),
        ("// E.\nenum E {\n  // A.\n  E_A = 0;\n  // B.\n  A = 1;\n}".to_owned(), "`test.v1.A` becomes `A`, as another value does"),
        ("// M.\nmessage M {\n  // X.\n  int32 new = 1;\n}".to_owned(), "`test.v1.M.new` `new` would hide the method of that name"),
        ("// M.\nmessage M {\n  // X.\n  int32 self = 1;\n}".to_owned(), "`test.v1.M.self` `self` cannot be a name in Rust"),
        ("// M.\nmessage M {\n  // X.\n  int32 fooBar = 1;\n  // Y.\n  int32 foo_bar = 2;\n}".to_owned(), "conflicts with"),
        ("// M.\nmessage Option {}".to_owned(), "`test.v1.Option` `Option` is the name of something"),
        ("// A.\nmessage A {\n  // B.\n  message Bc {}\n}\n// A.\nmessage ABc {}".to_owned(), "`test.v1.ABc` becomes `ABc`, as `test.v1.A.Bc` does"),
        (service("rpc M(Q) returns (A);", "").replace("Q {}", "Q {\n  // X.\n  optional int32 x = 1 [(codegen.field).required = true];\n}"), "`test.v1.Q.x` cannot be required"),
        ("// M.\nmessage M {\n  // X.\n  float x = 1 [(codegen.field).amount = true];\n}".to_owned(), "`test.v1.M.x` is an amount, but not a `double`"),
        ("// M.\nmessage M {\n  // X.\n  oneof x {\n    // A.\n    int32 self = 1;\n  }\n}".to_owned(), "`test.v1.M.self` cannot become the variant `Self`"),
        (service("rpc GetPDF(Q) returns (A);\n  // N.\n  rpc GetPdf(Q) returns (A);", ""), "test.proto:10: `test.v1.S.GetPdf` becomes `get_pdf`, as `GetPDF` does"),
        ("// M.\nmessage M {\n  // X.\n  int32 into = 1;\n}".to_owned(), "test.proto:8: `test.v1.M.into` `into` would hide the method of that name"),
        (amount("double x = 1 [(codegen.field).amount = true];"), "test.proto:8: `test.v1.M.x` cannot have `(codegen.field).amount`: no method takes `M`"),
        (amount("double x = 1 [(codegen.field).required = true];"), "test.proto:8: `test.v1.M.x` cannot have `(codegen.field).required`: no method takes `M`"),
        (amount("double x = 1 [(codegen.field).deprecated = \"y\"];"), "test.proto:8: `test.v1.M.x` has `(codegen.field).deprecated` and is not deprecated"),
        (case("(codegen.field).amount = true"), "test.proto:10: `test.v1.M.a` cannot have `(codegen.field).amount`: it is part of a oneof"),
        (case("(codegen.field).required = true"), "test.proto:10: `test.v1.M.a` cannot have `(codegen.field).required`: it is part of a oneof"),
        (case("deprecated = true"), "test.proto:10: `test.v1.M.a` cannot be `deprecated`: it is part of a oneof"),
        ("// M.\nmessage M {\n  option deprecated = true;\n}".to_owned(), "test.proto:6: `test.v1.M` cannot be `deprecated`"),
        ("// E.\nenum E {\n  option deprecated = true;\n  // A.\n  E_A = 0;\n}".to_owned(), "test.proto:6: `test.v1.E` cannot be `deprecated`"),
        ("// S.\nservice S {\n  option deprecated = true;\n}".to_owned(), "test.proto:6: `test.v1.S` cannot be `deprecated`"),
        // Mistakes that the compiler finds.
        ("// M.\nmessage M {\n  // X.\n  int33 x = 1;\n}".to_owned(), "test.proto:8:3: "),
        ("message M {".to_owned(), "test.proto:5: "),
    ] {
        let found = refusal(&text);
        if !(found.contains(expected) && found.contains("test.proto")) {
            wrong.push(format!("{text}\nexpected: {expected}\nfound: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let no_vendor = refusal_of("syntax = \"proto3\";\npackage a;\n// M.\nmessage M {}");
    assert!(no_vendor.contains("names no vendor"), "{no_vendor}");
    let proto2 = refusal_of("syntax = \"proto2\";\npackage a;\n// M.\nmessage M {}");
    assert!(proto2.contains("test.proto:1: `test.proto` is not proto3"), "{proto2}");
    let two = refusal("message M {\n  int32 x = 1;\n}");
    assert_eq!(two.lines().count(), 2, "every mistake is told: {two}");
}

#[test]
fn names_that_generated_code_uses_are_refused() {
    for name in ["Bytes", "Chunk", "Duration", "InvalidField", "TryFrom"] {
        let found = refusal(&format!("// M.\nmessage {name} {{}}"));
        let expected = format!("test.proto:6: `test.v1.{name}` `{name}` is the name of something");
        assert!(found.contains(&expected), "{found}");
    }
    let found = refusal("// S.\nservice GrpcService {}");
    assert!(found.contains("`GrpcClient` is the name of something"), "{found}");
    let found = refusal("// M.\nmessage GrpcClient {}");
    assert!(found.contains("`GrpcClient` is the name of something"), "{found}");
}

#[test]
fn fields_named_like_secrets_are_found_in_every_form() {
    let text = |kind: &str, name: &str| {
        format!("// M.\nmessage M {{\n  // X.\n  {kind} {name} = 1;\n}}\n")
    };
    for name in [
        "apikey",
        "api_keys",
        "apikeys",
        "APIKey",
        "passwords",
        "secrets",
        "bearer",
        "jwt",
        "jwts",
        "cards",
        "passcode",
        "clientsecret",
        "access_token2",
        "accesstokens",
        "IBANs",
        "pins",
    ] {
        let found = refusal(&text("string", name));
        assert!(
            found.contains(&format!("test.proto:8: `test.v1.M.{name}` looks like a secret")),
            "{found}"
        );
    }
    let inner = "// I.\nmessage Inner {\n  option (codegen.message).secret = SECRET;\n}";
    for accepted in [
        text("string", "name") + &text("string", "spinner").replace(" M ", " N "),
        text("Inner", "card") + &inner.replace("SECRET", "true"),
        text("repeated Inner", "cards") + &inner.replace("SECRET", "false"),
    ] {
        assert_eq!(outcome(&[("test.proto", &with_head(&accepted))]), Ok(()));
    }
}

#[test]
fn modules_that_overwrite_each_other_are_refused() {
    let one = with_head("// M.\nmessage M {}");
    let other = one.replace("package test.v1;", "package other.v1;");
    let found = outcome(&[("a.proto", &one), ("b.proto", &other)]).unwrap_err();
    let expected = "proto/b.proto:4: the module `v1` is that of proto/a.proto, too";
    assert!(found.starts_with(expected), "{found}");
    let found = outcome(&[("a.proto", &one), ("b.proto", &one.replace("M", "N"))]).unwrap_err();
    assert!(found.contains("put both in one file") && found.lines().count() == 1, "{found}");
    let elsewhere = other.replace("vendor: \"test\"", "vendor: \"other\"");
    assert_eq!(outcome(&[("a.proto", &one), ("b.proto", &elsewhere)]), Ok(()));
    for module in ["proto", "mod"] {
        let text = one.replace("module: \"v1\"", &format!("module: \"{module}\""));
        let found = refusal_of(&text);
        let expected =
            format!("proto/test.proto:4: `test.proto` cannot have the module `{module}`");
        assert!(found.starts_with(&expected), "{found}");
    }
}
