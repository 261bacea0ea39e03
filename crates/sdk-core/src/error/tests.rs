use std::io;

use http::{Method, header::RETRY_AFTER};

use super::*;

static CHARGE: Operation = Operation::http("charge", Method::POST, "/charge", Idempotency::Never);
static READ: Operation = Operation::http("read", Method::GET, "/read", Idempotency::Safe);

const KEY: &str = "s3cret-key-of-31-characters-long";

/// An error with a message and perhaps a cause, all from a peer.
#[derive(Debug)]
struct Peer(String, Option<Box<Peer>>);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Peer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

fn status(code: u16) -> Error {
    let status = StatusCode::from_u16(code).unwrap();
    Error::new(ErrorKind::Status, "no").with_response(status, HeaderMap::new(), None)
}

#[test]
fn debug_prints_the_line_and_its_causes() {
    let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
    let error = Error::new(ErrorKind::Connect, "no connection to the service")
        .with_source(Peer("outer".to_owned(), Some(Box::new(Peer("inner".to_owned(), None)))))
        .of_call(&READ, Some(&Server::new("[::1]", 443)))
        .with_attempts(3);
    let line = "read failed: no connection to the service ([::1]:443) [3 attempts]";
    assert_eq!(error.to_string(), line);
    assert_eq!(format!("{error:?}"), format!("{line}\n  caused by: outer\n  caused by: inner"));
    let fields = format!("{error:#?}");
    for expected in ["kind: Connect", "attempts: 3", "was_sent: false", "\"outer\"", "\"inner\""] {
        assert!(fields.contains(expected), "{expected}: {fields}");
    }
    assert_eq!(format!("{:?}", Error::config("bad")), "bad");

    // A printable error is kept unchanged.
    let error = Error::new(ErrorKind::File, "x").with_source(refused);
    assert!(error.source().unwrap().downcast_ref::<io::Error>().is_some());
}

#[test]
fn error_and_causes_are_short_single_lines() {
    let long = format!("one\r\ntwo\u{1b}[31m\0\u{202e}{}", "\u{7} word".repeat(10_000));
    let error = Error::quoting(ErrorKind::Status, &long)
        .with_response(StatusCode::BAD_REQUEST, HeaderMap::new(), Some(long.clone()))
        .with_code(Some(long.clone()))
        .with_details(Some(long.clone()))
        .with_source(Peer(long.clone(), Some(Box::new(Peer(long.clone(), None)))))
        .of_call(&READ, None)
        .with_attempts(4);
    let mut count = 0;
    for cause in causes(&error) {
        count += 1;
        let line = cause.to_string();
        assert!(line.chars().count() <= 1001, "{}", line.len());
        assert!(line.contains("one two\\u{1b}[31m\\u{0}\\u{202e}"), "{line}");
        for text in [line, format!("{cause:?}").replace("\n  caused by: ", "")] {
            assert!(!text.contains(|char: char| char.is_control()), "{text}");
        }
    }
    assert_eq!(count, 3);
    assert_eq!(error.message(), long, "the getter returns it as received");
}

#[test]
fn secret_is_redacted_even_if_truncated() {
    for before in 0..1100 {
        let text = format!("{}{KEY} {KEY}", "x".repeat(before));
        // Redacted twice, as if a call needs another call first.
        let error = Error::quoting(ErrorKind::Status, &text)
            .with_code(Some(text.clone()))
            .with_details(Some(text.clone()))
            .with_response(StatusCode::BAD_REQUEST, HeaderMap::new(), Some(text.clone()))
            .with_source(Peer(text.clone(), Some(Box::new(Peer(text.clone(), None)))))
            .without(&["not in it".to_owned()])
            .without(&[KEY.to_owned()]);
        let printed = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.source());
        assert!(!printed.contains("s3c"), "{before}: {printed}");
        assert_eq!(causes(&error).count(), 3, "the causes stay");
    }
}

#[test]
fn only_peer_text_and_long_secrets_are_redacted() {
    let secrets = ["connection".to_owned(), "service".to_owned()];
    let ours = Error::new(ErrorKind::Connect, "no connection to the service").without(&secrets);
    assert_eq!(ours.message(), "no connection to the service");
    let quoted = Error::quoting(ErrorKind::Status, "no connection to the service");
    let quoted = quoted.without(&secrets);
    assert_eq!(quoted.message(), "no [redacted] to the service");
    assert_eq!(quoted.to_string(), "no [redacted] to the service");
    // A secret that only the `Debug` output of a cause would show.
    let error = Error::new(ErrorKind::Transport, "cut")
        .with_source(Peer("outer".to_owned(), Some(Box::new(Peer(KEY.to_owned(), None)))));
    let error = error.without(&[KEY.to_owned()]);
    assert_eq!(format!("{error:?}"), "cut\n  caused by: outer\n  caused by: [redacted]");
}

#[test]
fn each_predicate_matches_only_its_own_errors() {
    let of = |kind| Error::new(kind, "x");
    type Predicate = fn(&Error) -> bool;
    let predicates: [(&str, Predicate); 6] = [
        ("retryable", Error::is_retryable),
        ("not_found", Error::is_not_found),
        ("auth", Error::is_auth),
        ("throttled", Error::is_throttled),
        ("timeout", Error::is_timeout),
        ("connect", Error::is_connect),
    ];
    for (error, expected) in [
        (status(400), &[][..]),
        (status(401), &["auth"]),
        (status(403), &["auth"]),
        (status(404), &["not_found"]),
        (status(408), &["retryable", "timeout"]),
        (status(409), &[]),
        (status(429), &["retryable", "throttled"]),
        (status(500), &["retryable"]),
        (status(501), &[]),
        (status(502), &["retryable"]),
        (status(503), &["retryable"]),
        (status(504), &["retryable", "timeout"]),
        (status(503).permanent(), &[]),
        (of(ErrorKind::Connect), &["retryable", "connect"]),
        (of(ErrorKind::Connect).permanent(), &["connect"]),
        (of(ErrorKind::Transport), &["retryable"]),
        (of(ErrorKind::Timeout), &["retryable", "timeout"]),
        (of(ErrorKind::Decode), &[]),
        (of(ErrorKind::Redirect), &[]),
        (of(ErrorKind::BodyTooLarge), &[]),
        (of(ErrorKind::Pagination), &[]),
        (of(ErrorKind::File), &[]),
        (of(ErrorKind::Config), &[]),
        (of(ErrorKind::InvalidRequest), &[]),
    ] {
        let found = predicates.iter().filter(|(_, holds)| holds(&error)).map(|(name, _)| *name);
        assert_eq!(found.collect::<Vec<_>>(), expected, "{error:#?}");
        let never = error.with_operation(&CHARGE);
        assert_eq!(never.is_retryable(), expected == ["retryable", "connect"], "{never:#?}");
    }
}

#[test]
fn request_counts_as_sent_unless_provably_not() {
    for (kind, sent) in [
        (ErrorKind::Config, false),
        (ErrorKind::InvalidRequest, false),
        (ErrorKind::Connect, false),
        (ErrorKind::Transport, true),
        (ErrorKind::Timeout, true),
        (ErrorKind::Status, true),
        (ErrorKind::Decode, true),
        (ErrorKind::BodyTooLarge, true),
    ] {
        assert_eq!(Error::new(kind, "x").was_sent(), sent, "{kind:?}");
        assert!(Error::new(kind, "x").after_sending(true).was_sent(), "{kind:?}");
    }
}

#[test]
fn getters_return_received_values() {
    let headers = HeaderMap::from_iter([(RETRY_AFTER, "7".parse().unwrap())]);
    let error = Error::quoting(ErrorKind::Status, "message")
        .with_response(StatusCode::TOO_MANY_REQUESTS, headers, Some("r-1".to_owned()))
        .with_code(Some("code".to_owned()))
        .with_details(Some("details".to_owned()))
        .with_body(Bytes::from_static(b"body"))
        .with_retry_after(Some(Duration::from_secs(7)))
        .with_operation(&READ)
        .with_operation(&CHARGE)
        .with_attempts(2);
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(error.operation(), Some("read"), "the inner operation stays");
    assert_eq!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert_eq!((error.code(), error.message()), (Some("code"), "message"));
    assert_eq!((error.details(), error.request_id()), (Some("details"), Some("r-1")));
    assert_eq!(error.headers()[RETRY_AFTER], "7");
    assert_eq!(error.raw_body().unwrap(), &b"body"[..]);
    assert_eq!((error.retry_after(), error.attempts()), (Some(Duration::from_secs(7)), 2));
    let line = "read failed: 429 code: message (details) [request id r-1, 2 attempts]";
    assert_eq!(error.to_string(), line);

    let bare = Error::config("message");
    assert_eq!((bare.operation(), bare.status(), bare.code()), (None, None, None));
    assert_eq!((bare.details(), bare.request_id(), bare.raw_body()), (None, None, None));
    assert_eq!((bare.retry_after(), bare.attempts()), (None, 0));
    assert!(bare.headers().is_empty() && bare.source().is_none());
}
