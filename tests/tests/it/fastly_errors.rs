//! Every form in which Fastly writes errors, and how long a 429 makes a call wait.

use std::time::{Duration, Instant};

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{client, fixture},
    json,
};
use chrono::{TimeDelta, Utc};
use fastly_billing::{
    ApiError, ApiErrorKind, Error, ErrorForm, NeverRetry, RateLimit,
    v3::{BillingInvoicesApi, ListInvoicesRequest},
};

async fn list(server: &ScriptedServer) -> Result<(), Error> {
    let options = fastly_billing::CallOptions::new();
    let client = client(server).with_options(options.timeout(Duration::from_secs(20)));
    BillingInvoicesApi::new(&client).list_invoices(ListInvoicesRequest::new()).await.map(drop)
}

async fn error_of(status: &str, media_type: &str, body: &str) -> Error {
    let media_type = format!("content-type: {media_type}");
    let server = ScriptedServer::start([Reply::http(status, &[&media_type], body)]).await;
    let options = fastly_billing::CallOptions::new().retry(NeverRetry);
    let client = client(&server).with_options(options);
    let api = BillingInvoicesApi::new(&client);
    api.list_invoices(ListInvoicesRequest::new()).await.unwrap_err()
}

#[tokio::test]
async fn every_form_has_one_view() {
    use {ApiErrorKind as Kind, ErrorForm as Form};

    for (status, file, kind, form, shown) in [
        (
            "400 Bad Request",
            "classic_400.json",
            Kind::BadRequest,
            Form::Classic,
            "400 Bad Request: Name must start with a letter (Bad request)",
        ),
        (
            "404 Not Found",
            "classic_404.json",
            Kind::NotFound,
            Form::Classic,
            "404 Not Found: Not found",
        ),
        (
            "409 Conflict",
            "classic_404.json",
            Kind::Conflict,
            Form::Classic,
            "409 Conflict: Not found",
        ),
        (
            "400 Bad Request",
            "jsonapi_400.json",
            Kind::BadRequest,
            Form::JsonApi,
            "400 Bad Request: it has already been taken (Invalid value)",
        ),
        (
            "404 Not Found",
            "jsonapi_404.json",
            Kind::NotFound,
            Form::JsonApi,
            "404 Not Found: The address you requested was not found (Not found)",
        ),
        (
            "400 Bad Request",
            "problem_400.json",
            Kind::BadRequest,
            Form::Problem,
            "400 Bad Request: example.com (Domain not found)",
        ),
        (
            "400 Bad Request",
            "problem_plain_400.json",
            Kind::BadRequest,
            Form::Problem,
            "400 Bad Request: no product on service",
        ),
        (
            "404 Not Found",
            "problem_404.json",
            Kind::NotFound,
            Form::Problem,
            "404 https://example.com/not-found: The content you requested could not be found",
        ),
        (
            "404 Not Found",
            "billing_404.json",
            Kind::NotFound,
            Form::Problem,
            "404 Not Found: requested id:INV-0 doesn't exist",
        ),
        (
            "401 Unauthorized",
            "declared_401.json",
            Kind::Unauthorized,
            Form::Problem,
            "401 E401: Unauthorized",
        ),
    ] {
        // What decides is the body's keys, whatever it is sent as.
        for media_type in ["application/json", "application/problem+json", "text/plain"] {
            let error = error_of(status, media_type, &fixture(&format!("errors/{file}"))).await;
            let typed = ApiError::from_error(&error).unwrap();
            assert_eq!((typed.kind, typed.form), (kind, form), "{file}");
            assert_eq!(error.to_string(), format!("list_invoices failed: {shown}"));
        }
    }
}

#[tokio::test]
async fn what_is_no_form_is_still_an_error() {
    for (body, shown) in [
        ("", "503 Service Unavailable"),
        ("<!DOCTYPE html><title>503</title>", "503 Service Unavailable"),
        ("upstream connect error\nand more", "503 Service Unavailable: upstream connect error"),
        ("[]", "503 Service Unavailable"),
        ("{}", "503 Service Unavailable"),
        ("null", "503 Service Unavailable"),
        ("{\n  \"a\": 1", "503 Service Unavailable: { \"a\": 1"),
        (r#"{"errors":[7,null,{}]}"#, r#"503 Service Unavailable: {"errors":[7,null,{}]}"#),
        (r#"{"state":"down"}"#, r#"503 Service Unavailable: {"state":"down"}"#),
        (r#"{"errors":{},"title":5}"#, "503 Service Unavailable: 5"),
    ] {
        let error = error_of("503 Service Unavailable", "text/html", body).await;
        assert_eq!(error.to_string(), format!("list_invoices failed: {shown}"), "{body}");
        assert_eq!(ApiError::from_error(&error).unwrap().kind, ApiErrorKind::Server);
    }
    // Not about an error status.
    let server = ScriptedServer::start([json("[]")]).await;
    assert!(ApiError::from_error(&list(&server).await.unwrap_err()).is_none());
}

#[tokio::test]
async fn texts_are_found_in_any_json() {
    for (body, title, shown) in [
        (r#"{"message":"no such key"}"#, "no such key", "no such key"),
        (r#"{"error":"no such key"}"#, "no such key", "no such key"),
        (r#"{"error":{"code":7,"message":"no such key"}}"#, "no such key", "no such key"),
        (r#"{"errors":["first","second"]}"#, "", "first (second)"),
        (r#"{"errors":"only"}"#, "", "only"),
        (
            r#"{"errors":{"city":["is too long"],"zip":"is missing"}}"#,
            "",
            "city: is too long (zip: is missing)",
        ),
        (r#"{"errors":{"name":[{"message":"is taken"}]}}"#, "", "name: is taken"),
        (r#"{"errors":{"name":{"message":"is taken"}}}"#, "", "name: is taken"),
        (r#"{"errors":{"home":{"zip":["is missing"]}}}"#, "", "home: zip: is missing"),
        (r#"{"errors":{"name":[{"title":"is taken"}]}}"#, "", "name: is taken"),
        (r#"{"errors":{"message":"no such key"}}"#, "", "no such key"),
        (r#"{"errors":[{"message":"no such key"}]}"#, "", "no such key"),
        (r#"{"errors":[{"msg":"first"},{"error":"second"}]}"#, "", "first (second)"),
        ("\u{feff}{\"msg\":\"no such key\"}", "no such key", "no such key"),
        (r#""no such key""#, "no such key", "no such key"),
        (r#"["first","second"]"#, "", "first (second)"),
        (r#"[{"title":"first"}]"#, "", "first"),
        (r#"{"reason":"who knows"}"#, r#"{"reason":"who knows"}"#, r#"{"reason":"who knows"}"#),
        ("no such key\nat all", "no such key", "no such key"),
    ] {
        let error = error_of("400 Bad Request", "application/json", body).await;
        assert_eq!(error.to_string(), format!("list_invoices failed: 400 Bad Request: {shown}"));
        let view = ApiError::from_error(&error).unwrap();
        assert_eq!((view.kind, &*view.title), (ApiErrorKind::BadRequest, title), "{body}");
    }
}

#[tokio::test]
async fn the_view_shows_no_credential_that_the_service_echoes() {
    use billing_tests::fastly::TOKEN;

    let escaped: String = TOKEN.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    for token in [TOKEN, &escaped] {
        for body in [
            format!(r#"{{"msg":"bad token {token}","detail":"{token}"}}"#),
            format!(r#"{{"errors":[{{"title":"{token}","detail":"use another than {token}"}}]}}"#),
            format!(r#"{{"errors":{{"{token}":["is bad"]}}}}"#),
            format!("\"{token}\""),
            format!("\u{feff}{{\"msg\":\"{token}\"}}"),
            format!(r#"{{"errors":{{"name":[{{"message":"{token}"}}]}}}}"#),
            format!("{{\"what\": \"{token}"),
        ] {
            let error = error_of("400 Bad Request", "application/json", &body).await;
            let view = format!("{:?}", ApiError::from_error(&error).unwrap());
            assert!(!view.contains(TOKEN), "{view}");
            // What is not JSON is not unescaped either.
            assert!(view.contains("[redacted]") || body.ends_with(&escaped), "{view}");
        }
    }
}

#[tokio::test]
async fn a_429_waits_for_the_reset_within_the_deadline() {
    let throttled = |seconds: i64| {
        let now = Utc::now();
        let date = format!("date: {}", now.format("%a, %d %b %Y %H:%M:%S GMT"));
        let reset = now.timestamp() + seconds;
        let reset = format!("Fastly-RateLimit-Reset: {reset}");
        Reply::http("429 Too Many Requests", &[&date, &reset, "Fastly-RateLimit-Remaining: 0"], "")
    };
    // It is over: the call is made again at once.
    let server = ScriptedServer::start([throttled(-5), json("{}")]).await;
    list(&server).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    // It is not, by the service's own clock: the call waits.
    let clock = "date: Sat, 07 Dec 2024 16:59:59 GMT";
    let headers = [clock, "Fastly-RateLimit-Reset: 1733590800"];
    let soon = Reply::http("429 Too Many Requests", &headers, "");
    let server = ScriptedServer::start([soon, json("{}")]).await;
    let start = Instant::now();
    list(&server).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));

    // It lies beyond the deadline: no use in waiting.
    let server = ScriptedServer::start([throttled(3600), json("{}")]).await;
    let error = list(&server).await.unwrap_err();
    assert_eq!((server.requests().len(), error.attempts()), (1, 1));
    assert!(error.is_throttled());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    let limit = RateLimit::of_error(&error);
    assert_eq!(limit.remaining, Some(0));
    assert!(limit.reset.unwrap() > Utc::now() + TimeDelta::minutes(50));

    // Garbage is as good as nothing.
    let garbage = Reply::http("429 Too Many Requests", &["Fastly-RateLimit-Reset: soon"], "");
    let server = ScriptedServer::start([garbage, json("{}")]).await;
    list(&server).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    // Another status does not wait for it.
    let reset = format!("Fastly-RateLimit-Reset: {}", Utc::now().timestamp() + 3600);
    let failed = Reply::http("503 Service Unavailable", &[&reset], "");
    let server = ScriptedServer::start([failed, json("{}")]).await;
    list(&server).await.unwrap();
}
