use http::HeaderValue;

use super::*;

const KEY: &str = "s3cret-\u{e9}-key";

fn headers(content_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    headers
}

fn raw(content_type: &'static str, body: &'static str) -> RawResponse {
    RawResponse {
        status: StatusCode::OK,
        headers: headers(content_type),
        request_id: None,
        body: Bytes::from_static(body.as_bytes()),
        checked: false,
        secrets: Secrets::new([KEY]),
    }
}

#[test]
fn error_body_is_redacted_and_otherwise_unchanged() {
    let redacted = |body: &str| {
        let body = redacted(Bytes::copy_from_slice(body.as_bytes()), &Secrets::new([KEY]));
        String::from_utf8(body.into()).unwrap()
    };
    for body in [
        "",
        "not JSON",
        "{ \"message\" : \"spaces are kept\", \"n\": 1.10 }",
        r#"["a", {"b": [null, true, 1e400]}]"#,
        "\u{feff}{ }",
    ] {
        assert_eq!(redacted(body), body);
    }
    for (body, expected) in [
        ("the key s3cret-\u{e9}-key.", "the key [redacted]."),
        (r#"{"message":"s3cret-\u00e9-key"}"#, r#"{"message":"[redacted]"}"#),
        (r#"{"s3cret-\u00E9-key":1,"n":1.10}"#, r#"{"[redacted]":1,"n":1.10}"#),
        // A string with JSON in it, whose backslashes are escaped themselves.
        (r#"["x",["s3cret-\\u00e9-key"],2]"#, r#"["x",["[redacted]"],2]"#),
        (r#"{"a":["\u0073\\u0033cret-\u00e9-key"],"b":"x"}"#, r#"{"a":["[redacted]"],"b":"x"}"#),
        ("\u{feff}{\"a\":{\"b\":\"\\\\u0073\\\\u0033cret-é-key\"}}", r#"{"a":{"b":"[redacted]"}}"#),
    ] {
        assert_eq!(redacted(body), expected, "{body}");
    }
    let binary = Bytes::from_static(b"\xff\xfe");
    assert_eq!(super::redacted(binary.clone(), &Secrets::new([KEY])), binary);
}

/// Redaction in one place of a list or an object does not depend on its other places.
#[test]
fn every_key_and_string_is_redacted() {
    let secrets = Secrets::new([KEY]);
    let hidden = r"s3cret-\\u00e9-key";
    for body in [
        format!(r#"["{hidden}","x"]"#),
        format!(r#"["x","{hidden}"]"#),
        format!(r#"["{hidden}","{hidden}"]"#),
        format!(r#"{{"{hidden}":"x"}}"#),
        format!(r#"{{"x":"{hidden}"}}"#),
        format!(r#"{{"{hidden}":"{hidden}"}}"#),
        format!(r#"{{"a":"{hidden}","b":"x"}}"#),
        format!(r#"{{"a":"x","b":"{hidden}","c":"{hidden}"}}"#),
    ] {
        let json: Value = serde_json::from_slice(&redacted(body.clone().into(), &secrets)).unwrap();
        let text = json.to_string();
        assert!(text.contains("[redacted]") && !text.contains("s3cret"), "{body}: {text}");
    }
}

#[test]
fn message_names_the_media_type_and_quotes_the_body() {
    let message = |content_type, body| {
        raw(content_type, body).decode_list::<u8>().unwrap_err().message().to_owned()
    };
    let text = message("", "<s3cret-\u{e9}-key>");
    assert!(text.starts_with("the response is not the expected JSON list: "), "{text}");
    assert!(text.ends_with("(no content type: <[redacted]>)"), "{text}");
    let text = message("Text/HTML; charset=utf-8", "<p>");
    assert!(text.ends_with("(text/html: <p>)"), "{text}");
    let text = message("application/json", " \n");
    assert_eq!(text, "the response is empty, expected a JSON list (application/json: )");
    let error = raw("", r#"[1,"#).decode_list::<u8>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let error = RawResponse { checked: true, ..raw("", "[1,") }.decode_list::<u8>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

/// A caller that accepts any bytes gets no error page and no JSON.
#[test]
fn file_is_of_the_requested_type() {
    const ANY: &str = "application/octet-stream";
    const PAGE: &[u8] = b" <!doctype HTML>";
    for (media_type, file, wanted, accepted) in [
        (ANY, &b"\0\x01"[..], ANY, true),
        ("", b"\0\x01", ANY, true),
        ("binary/octet-stream", b"x", ANY, true),
        ("image/png", b"\x89PNG", ANY, true),
        ("text/csv", b"a,b\n", ANY, true),
        ("text/csv", PAGE, ANY, false),
        ("application/pdf", b"%PDF-", ANY, true),
        ("application/pdf", b"\x1f\x8b", ANY, false),
        ("application/json", b"x", ANY, false),
        ("application/problem+json", b"x", ANY, false),
        ("text/html", b"x", ANY, false),
        ("application/xhtml+xml", b"x", ANY, false),
        (ANY, b"{\"message\":\"no\"}", ANY, true),
        ("", b"{\"message\":\"no\"}", ANY, false),
        ("", PAGE, ANY, false),
        ("binary/octet-stream", b"<p>", ANY, false),
        ("application/zip", b"PK\x03\x04", "application/zip", true),
        ("application/zip", b"[1]", "application/zip", false),
        ("", b"PK\x03\x04", "application/zip", true),
        ("", b"x", "application/zip", false),
        (ANY, b"PK\x03\x04", "application/zip", true),
        (ANY, b"%PDF-", "application/zip", false),
        ("text/plain", b"a", "text/plain", true),
        ("text/plain", b"a\0", "text/plain", false),
        ("text/plain", b"\x1f\x8b", "text/plain", false),
        ("text/plain", PAGE, "text/plain", false),
        ("text/plain", b"{}", "text/plain", true),
        ("", b"a", "text/plain", true),
        ("", b"{}", "text/plain", false),
        ("application/pdf", b"{%PDF-", "application/pdf", true),
        ("application/pdf", b"{", "application/pdf", false),
        ("application/pdf", b"<?XML?>%PDF-", "application/pdf", false),
    ] {
        let checked = check_file(media_type, file, wanted, true);
        let file = String::from_utf8_lossy(file);
        assert_eq!(checked.is_ok(), accepted, "{media_type} {file:?} for {wanted}: {checked:?}");
    }
    for (media_type, may_be_empty, accepted) in [
        ("text/csv", true, true),
        ("text/csv", false, false),
        ("", true, false),
        ("text/plain", true, false),
    ] {
        let checked = check_file(media_type, b"", "text/csv", may_be_empty);
        assert_eq!(checked.is_ok(), accepted, "{media_type}");
    }
    for (media_type, file, text) in [
        ("", &b"<p>"[..], "the response has no content type, and its content is not text/csv"),
        (ANY, b"<p>", "the response is application/octet-stream, and its content is not text/csv"),
        ("image/png", b"x", "the response is image/png, expected text/csv"),
        ("text/csv", PAGE, "the content type of the response is text/csv, but its content is not"),
        ("text/csv", b"", "the response contains no file: its content is empty"),
    ] {
        let error = check_file(media_type, file, "text/csv", false).unwrap_err();
        assert_eq!((error.message(), error.kind()), (text, ErrorKind::Decode));
    }
}

/// Only the beginning of a large file is searched.
#[test]
fn beginning_of_a_file_decides() {
    let padded = |count: usize, end: &[u8]| [&vec![b' '; count], end].concat();
    assert!(is_pdf(&padded(1019, PDF)) && !is_pdf(&padded(1020, PDF)));
    assert!(is_binary(&padded(511, b"\0")) && !is_binary(&padded(512, b"\0")));
    assert!(!is_pdf(b"%PDF") && !is_binary(b""));
    assert!(is_archive(b"PK\x03\x04") && is_archive(b"\x1f\x8b") && !is_archive(b"PK"));
    assert!(is_page(b"\xef\xbb\xbf <HTML>") && !is_page(b"<htm") && !is_page(b"x<html"));
}

#[test]
fn json_without_content_type_is_recognized() {
    for (content_type, body, expected) in [
        ("application/json", "x", true),
        ("application/vnd.api+json; a=b", "x", true),
        ("application/pdf", "{", false),
        ("application/jsonp", "{", false),
        ("", "\u{feff}\n {", true),
        ("", "[", false),
        ("", "", false),
    ] {
        assert_eq!(raw(content_type, body).is_json(), expected, "{content_type} {body}");
    }
}

#[test]
fn encoding_that_was_not_requested_is_an_error() {
    let body = || Bytes::from_static(b"x");
    let decoded = |encodings: &[&'static str], body| {
        let mut headers = HeaderMap::new();
        for encoding in encodings {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        decoded(&headers, body, 10)
    };
    for encodings in [&[][..], &["identity"], &["", " Identity ,"]] {
        assert_eq!(decoded(encodings, body()).unwrap(), body(), "{encodings:?}");
    }
    for (encodings, named) in [
        (&["br"][..], "`br`"),
        (&["gzip", "br"], "`gzip, br`"),
        (&["gzip, GZIP"], "`gzip, gzip`"),
        (&["identity, deflate"], "`deflate`"),
    ] {
        let error = decoded(encodings, body()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(named), "{error}");
        // A response without a body has nothing to decode.
        assert!(decoded(encodings, Bytes::new()).unwrap().is_empty());
    }
}

#[cfg(feature = "gzip")]
#[test]
fn gzip_is_limited_and_checked() {
    use std::io::Write as _;

    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let kind = |body: &[u8], limit| unzipped(body, limit).map_err(|error| error.kind());
    let one = gzip(b"0123456789");
    let two = [&one[..], &one].concat();
    assert_eq!(kind(&one, 10).unwrap(), &b"0123456789"[..]);
    assert_eq!(kind(&one, 9), Err(ErrorKind::BodyTooLarge));
    assert_eq!(kind(&one, 0), Err(ErrorKind::BodyTooLarge));
    assert_eq!(kind(&two, 20).unwrap(), &b"01234567890123456789"[..]);
    for limit in [10, 15, 19] {
        assert_eq!(kind(&two, limit), Err(ErrorKind::BodyTooLarge), "{limit}");
    }
    assert_eq!(kind(&[&one[..], &gzip(b"")].concat(), 10).unwrap(), &b"0123456789"[..]);
    for end in 1..one.len() {
        assert_eq!(kind(&one[..end], 10), Err(ErrorKind::Transport), "{end} bytes");
    }
    // The checksum is wrong.
    let mut bad = one.clone();
    let checksum = bad.len() - 8;
    bad[checksum] ^= 1;
    assert_eq!(kind(&bad, 10), Err(ErrorKind::Decode));
    assert_eq!(kind(b"\x1f\x8c", 10), Err(ErrorKind::Decode));
    assert_eq!(kind(&[&one[..], b"\x1f\x8c"].concat(), 10), Err(ErrorKind::Decode));
}
