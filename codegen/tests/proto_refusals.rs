//! Unsupported `.proto` files are rejected, with file and place.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

use std::fs;

use codegen::proto;

/// A file with the usual beginning.
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

/// The mistakes in a file with the usual beginning.
fn refusal(rest: &str) -> String {
    refusal_of(&with_head(rest))
}

fn refusal_of(text: &str) -> String {
    match outcome(&[("test.proto", text)]) {
        Ok(()) => panic!("accepted: {text}"),
        Err(refusals) => refusals,
    }
}

/// A service with one method, and its messages.
fn service(method: &str, messages: &str) -> String {
    format!(
        "// S.\nservice S {{\n  // M.\n  {method}\n}}\n// Q.\nmessage Q {{}}\n// A.\nmessage A {{}}\n{messages}"
    )
}

#[test]
fn unsupported_features_are_rejected_with_their_place() {
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
        ("// E.\nenum E {\n  // U.\n  E_UNKNOWN = 0;\n}".to_owned(), "test.proto:8: `test.v1.E_UNKNOWN` cannot have the name `Unknown`: set `(codegen.value).rust_name`"),
        ("// E.\nenum E {\n  option allow_alias = true;\n  // A.\n  A = 0;\n  // B.\n  B = 0;\n}".to_owned(), "`test.v1.B` has the number of another value"),
        ("// E.\nenum E {\n  // A.\n  E_A = 0;\n  // B.\n  A = 1;\n}".to_owned(), "`test.v1.A` becomes `A`, like another value"),
        ("// M.\nmessage M {\n  // X.\n  int32 new = 1;\n}".to_owned(), "`test.v1.M.new` `new` would shadow the method of that name"),
        ("// M.\nmessage M {\n  // X.\n  int32 self = 1;\n}".to_owned(), "`test.v1.M.self` `self` cannot be a name in Rust"),
        ("// M.\nmessage M {\n  // X.\n  int32 fooBar = 1;\n  // Y.\n  int32 foo_bar = 2;\n}".to_owned(), "conflicts with"),
        ("// M.\nmessage Option {}".to_owned(), "`test.v1.Option` `Option` is reserved"),
        ("// A.\nmessage A {\n  // B.\n  message Bc {}\n}\n// A.\nmessage ABc {}".to_owned(), "`test.v1.ABc` becomes `ABc`, as `test.v1.A.Bc` does"),
        (service("rpc M(Q) returns (A);", "").replace("Q {}", "Q {\n  // X.\n  optional int32 x = 1 [(codegen.field).required = true];\n}"), "`test.v1.Q.x` cannot be required"),
        ("// M.\nmessage M {\n  // X.\n  float x = 1 [(codegen.field).amount = true];\n}".to_owned(), "`test.v1.M.x` is an amount, but not a `double`"),
        ("// M.\nmessage M {\n  // X.\n  oneof x {\n    // A.\n    int32 self = 1;\n  }\n}".to_owned(), "`test.v1.M.self` cannot become the variant `Self`"),
        (service("rpc GetPDF(Q) returns (A);\n  // N.\n  rpc GetPdf(Q) returns (A);", ""), "test.proto:10: `test.v1.S.GetPdf` becomes `get_pdf`, as `GetPDF` does"),
        ("// M.\nmessage M {\n  // X.\n  int32 into = 1;\n}".to_owned(), "test.proto:8: `test.v1.M.into` `into` would shadow the method of that name"),
        (amount("double x = 1 [(codegen.field).amount = true];"), "test.proto:8: `test.v1.M.x` cannot have `(codegen.field).amount`: no method takes `M`"),
        (amount("double x = 1 [(codegen.field).required = true];"), "test.proto:8: `test.v1.M.x` cannot have `(codegen.field).required`: no method takes `M`"),
        (amount("double x = 1 [(codegen.field).deprecated = \"y\"];"), "test.proto:8: `test.v1.M.x` has `(codegen.field).deprecated` but is not deprecated"),
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
    assert_eq!(two.lines().count(), 2, "every mistake is reported: {two}");
}

#[test]
fn names_that_generated_code_uses_are_rejected() {
    for name in ["Bytes", "Chunk", "Duration", "InvalidField", "TryFrom"] {
        let found = refusal(&format!("// M.\nmessage {name} {{}}"));
        let expected = format!("test.proto:6: `test.v1.{name}` `{name}` is reserved");
        assert!(found.contains(&expected), "{found}");
    }
    let found = refusal("// S.\nservice GrpcService {}");
    assert!(found.contains("`GrpcClient` is reserved"), "{found}");
    let found = refusal("// M.\nmessage GrpcClient {}");
    assert!(found.contains("`GrpcClient` is reserved"), "{found}");
}

#[test]
fn fields_named_like_secrets_are_found_in_every_spelling() {
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
fn modules_that_overwrite_each_other_are_rejected() {
    let one = with_head("// M.\nmessage M {}");
    let other = one.replace("package test.v1;", "package other.v1;");
    let found = outcome(&[("a.proto", &one), ("b.proto", &other)]).unwrap_err();
    let expected = "proto/b.proto:4: the module `v1` is also that of proto/a.proto";
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
