//! What can go wrong on the wire, over real sockets: each fault ends in the right result or a
//! typed error that says what happened, and the attempts are counted.

use std::{io::Write as _, time::Duration};

use billing_tests::{Alone, ClosedPort, Reply, ScriptedServer, chain, json, lines, wire};
use chrono::{TimeDelta, Utc};
use scaleway_billing::{
    CallOptions, Client, ClientBuilder, ErrorKind, NeverRetry, Response, Result, StandardRetry,
    v2alpha1::{BillingApi, ListInvoicesRequest, ListInvoicesResponse},
};

const LIST: &str = r#"{"total_count":1,"invoices":[{"id":"a"}]}"#;

fn builder(url: &str) -> ClientBuilder {
    // Waits are the service's, not the policy's: tests need not take their time.
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    wire::builder(url).options(CallOptions::new().retry(retry))
}

async fn list(client: Client) -> Result<Response<ListInvoicesResponse>> {
    BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await
}

/// Lists invoices against a server that plays this script; tells how often it was asked.
async fn run(
    script: impl IntoIterator<Item = Reply>,
) -> (Result<Response<ListInvoicesResponse>>, usize) {
    let server = ScriptedServer::start(script).await;
    let result = list(builder(&server.url()).build().unwrap()).await;
    (result, server.requests().len())
}

#[tokio::test]
async fn refused_connection() {
    let port = ClosedPort::take();
    let client = builder(&port.url()).build().unwrap();
    let error = list(client).await.unwrap_err();
    assert!(error.is_connect() && error.is_retryable() && !error.was_sent());
    assert_eq!(error.attempts(), 4);
    let server = port.url().replace("http://", "");
    let expected =
        format!("list_invoices failed: no connection to the service ({server}) [4 attempts]");
    assert_eq!(error.to_string(), expected);
    assert!(chain(&error).contains("refused"), "{}", chain(&error));
}

#[tokio::test]
async fn unavailable_then_success() {
    let unavailable = Reply::http("503 Service Unavailable", &[], "");
    let (result, asked) = run([unavailable.clone(), unavailable, json(LIST)]).await;
    assert_eq!(result.unwrap().invoices.len(), 1);
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn unavailable_for_good() {
    let body = r#"{"message":"try later"}"#;
    let headers = ["content-type: application/json", "x-request-id: r-1"];
    let (result, asked) = run([Reply::http("503 Service Unavailable", &headers, body)]).await;
    let error = result.unwrap_err();
    assert_eq!(asked, 4);
    assert_eq!(
        error.to_string(),
        "list_invoices failed: 503 Service Unavailable: try later [request id r-1, 4 attempts]"
    );
}

#[tokio::test]
async fn throttled_without_a_word() {
    let throttled = Reply::http("429 Too Many Requests", &["x-envoy-ratelimited: true"], "");
    let (result, asked) = run([throttled.clone(), json(LIST)]).await;
    assert!(result.is_ok());
    assert_eq!(asked, 2);

    let error = run([throttled]).await.0.unwrap_err();
    assert!(error.is_throttled() && error.is_retryable());
    assert_eq!((error.attempts(), error.retry_after()), (4, None));
}

#[tokio::test]
async fn retry_after_in_seconds_and_as_a_date() {
    let in_two_seconds = || {
        let date = Utc::now() + TimeDelta::seconds(2);
        date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    // A date has whole seconds, so what is left of two of them is more than one.
    for header in [|| "1".to_owned(), in_two_seconds] {
        let header = format!("retry-after: {}", header());
        let start = std::time::Instant::now();
        let (result, asked) =
            run([Reply::http("429 Too Many Requests", &[&header], ""), json(LIST)]).await;
        assert!(result.is_ok());
        assert_eq!(asked, 2);
        let waited = start.elapsed().as_secs_f64();
        assert!((0.9..10.0).contains(&waited), "waited {waited} s after {header}");
    }
}

#[tokio::test]
async fn retry_after_beyond_the_deadline() {
    let start = std::time::Instant::now();
    let (result, asked) =
        run([Reply::http("429 Too Many Requests", &["retry-after: 3600"], "")]).await;
    let error = result.unwrap_err();
    assert_eq!((error.retry_after(), asked), (Some(Duration::from_secs(3600)), 1));
    assert!(start.elapsed() < Duration::from_secs(1800), "it did not wait");
}

#[tokio::test]
async fn headers_slower_than_an_attempt() {
    let server =
        ScriptedServer::start([Reply::Stall(b"HTTP/1.1 200 OK\r\n".into()), json(LIST)]).await;
    let options = CallOptions::new().attempt_timeout(Duration::from_secs(2));
    let client = builder(&server.url()).options(options).build().unwrap();
    assert!(list(client.clone()).await.is_ok());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_body_slower_than_the_whole_call() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"total_count\":";
    let server = ScriptedServer::start([Reply::Stall(head.into())]).await;
    let options = CallOptions::new()
        .attempt_timeout(Duration::from_millis(100))
        .timeout(Duration::from_millis(250));
    let client = builder(&server.url()).options(options).build().unwrap();
    let error = list(client).await.unwrap_err();
    assert!(error.is_timeout() && error.was_sent(), "{error}");
    // The first attempt took 100 ms, and the whole call 250: a slow machine may not come to a third.
    assert!((1..=3).contains(&error.attempts()), "{error}");
    assert!(server.requests().len() <= error.attempts() as usize, "{error}");
}

#[tokio::test]
async fn a_body_cut_half_way() {
    let (result, asked) = run([json(LIST).cut(10), json(LIST)]).await;
    assert!(result.is_ok());
    assert_eq!(asked, 2);

    let error = run([json(LIST).cut(10)]).await.0.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 4));
    assert!(error.to_string().contains("ended half-way"), "{error}");

    // Without an announced length, only the JSON tells.
    let bare = format!("HTTP/1.1 200 OK\r\n\r\n{LIST}");
    let (result, asked) =
        run([Reply::Bytes(bare.clone().into()).cut(5), Reply::Bytes(bare.into())]).await;
    assert!(result.is_ok());
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_connection_closed_before_the_answer() {
    let (result, asked) = run([Reply::Close, Reply::Bytes(b"HT".into()), json(LIST)]).await;
    assert!(result.is_ok());
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn what_is_not_http() {
    let (result, asked) = run([Reply::Bytes(b"220 smtp.example.com ready\r\n".into())]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Transport, 4));
}

#[tokio::test]
async fn a_web_page_with_status_200() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let (result, asked) = run([Reply::http("200 OK", &["content-type: text/html"], page)]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1));
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("text/html: <!DOCTYPE html>"), "{error}");
    assert_eq!(error.raw_body().unwrap(), page.as_bytes());

    let server =
        ScriptedServer::start([Reply::http("200 OK", &["content-type: text/html"], page)]).await;
    let client = builder(&server.url()).build().unwrap();
    let error = BillingApi::new(&client).download_invoice("a").await.unwrap_err();
    assert!(error.to_string().contains("text/html where application/pdf is due"), "{error}");
}

#[tokio::test]
async fn an_empty_body_with_status_200() {
    let (result, asked) = run([json("")]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1));
    assert!(error.to_string().contains("is empty"), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_host() {
    let other = ScriptedServer::start([json(LIST)]).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("location: {}/elsewhere?secret=x", other.url());
        let (result, asked) = run([Reply::http(status, &[&location], "")]).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind(), asked), (ErrorKind::Redirect, 1));
        assert!(error.to_string().contains(&other.url()), "{error}");
        assert!(!error.to_string().contains("secret=x"), "{error}");
    }
    assert!(other.requests().is_empty(), "the key went astray: {:?}", other.requests());
}

#[tokio::test]
async fn an_oversized_body() {
    let limit = CallOptions::new().max_body_size(1000);
    let large = format!(r#"{{"total_count":1,"invoices":[],"padding":"{}"}}"#, "x".repeat(2000));
    let announced = json(&large);
    let unannounced = Reply::Bytes(format!("HTTP/1.1 200 OK\r\n\r\n{large}").into());
    for reply in [announced, unannounced] {
        let server = ScriptedServer::start([reply]).await;
        let client = builder(&server.url()).options(limit.clone()).build().unwrap();
        let error = list(client.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::BodyTooLarge, 1));
        assert!(error.to_string().contains("1000 bytes"), "{error}");

        for (size, fits) in [(large.len() - 1, false), (large.len(), true), (10_000, true)] {
            let options = CallOptions::new().max_body_size(size);
            assert_eq!(list(client.with_options(options)).await.is_ok(), fits, "{size}");
        }
    }
}

#[tokio::test]
async fn a_body_is_measured_after_decompression() {
    // 100 MB of blanks in 100 KB.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        packed.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 1 << 20);
    let (result, asked) = run([Reply::http("200 OK", &["content-encoding: gzip"], packed)]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::BodyTooLarge, 1));
}

#[tokio::test]
async fn retries_can_be_turned_off_for_a_call() {
    let server = ScriptedServer::start([Reply::http("503 Service Unavailable", &[], "")]).await;
    let client = builder(&server.url()).build().unwrap();
    let once = client.with_options(CallOptions::new().retry(NeverRetry));
    assert_eq!(list(once).await.unwrap_err().attempts(), 1);
    assert_eq!(list(client).await.unwrap_err().attempts(), 4);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_tried_again() {
    let server = ScriptedServer::start_tls([json(LIST)]).await;
    let client = builder(&server.url()).build().unwrap();
    let error = list(client).await.unwrap_err();
    assert!(error.is_connect() && !error.is_retryable() && !error.was_sent());
    assert_eq!(error.attempts(), 1);
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn an_extra_root_certificate_is_trusted() {
    let server = ScriptedServer::start_tls([json(LIST)]).await;
    let client =
        builder(&server.url()).add_root_certificates(server.root_pem()).unwrap().build().unwrap();
    assert_eq!(list(client).await.unwrap().total_count, 1);
}

#[tokio::test]
async fn proxy_variables_are_honoured_but_not_for_this_machine() {
    // Run apart from the other tests: the variables belong to the whole process.
    let Some(direct) = Alone::argument() else {
        let proxy = ScriptedServer::start([json(LIST)]).await;
        let direct = ScriptedServer::start([json(LIST)]).await;
        Alone::new("faults::proxy_variables_are_honoured_but_not_for_this_machine")
            .env("HTTP_PROXY", proxy.url())
            .env("http_proxy", proxy.url())
            .run(direct.url())
            .await;
        assert!(proxy.requests()[0].starts_with("GET http://billing.invalid/billing/v2alpha1/"));
        assert_eq!((proxy.requests().len(), direct.requests().len()), (1, 1));
        return;
    };
    list(builder(&direct).build().unwrap()).await.unwrap();
    let far = builder("http://billing.invalid").allow_http(true).build().unwrap();
    list(far).await.unwrap();
}

#[tokio::test]
async fn an_error_whose_body_does_not_come_keeps_its_status() {
    let head = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 100\r\n\r\n{";
    let server = ScriptedServer::start([Reply::Stall(head.into())]).await;
    let options = CallOptions::new().attempt_timeout(Duration::from_secs(4));
    let client = builder(&server.url()).options(options).build().unwrap();
    let error = list(client).await.unwrap_err();
    assert!(error.is_auth() && !error.is_retryable(), "{error}");
    assert_eq!((error.attempts(), server.requests().len()), (1, 1));

    let cut = Reply::http("403 Forbidden", &[], r#"{"type":"permissions_denied"}"#).cut(5);
    let error = run([cut]).await.0.unwrap_err();
    assert!(error.is_auth(), "{error}");
}

#[tokio::test]
async fn a_complete_answer_that_says_nothing_is_not_asked_for_again() {
    for bytes in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\r\n",
    ] {
        let (result, asked) = run([Reply::Bytes(bytes.into())]).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind(), asked), (ErrorKind::Decode, 1), "{bytes}: {error}");
    }
    let cut_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{";
    let (result, asked) = run([Reply::Bytes(cut_chunk.into())]).await;
    assert_eq!((result.unwrap_err().kind(), asked), (ErrorKind::Transport, 4));
}

#[tokio::test]
async fn what_is_neither_success_nor_redirect_is_an_error_by_its_status() {
    let (result, asked) = run([Reply::http("304 Not Modified", &[], "")]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Status, 1));
    assert_eq!(error.status().unwrap(), 304);
}

#[tokio::test]
async fn a_long_message_is_cut_for_the_log() {
    let body = format!(r#"{{"message":"{}\nend"}}"#, "long ".repeat(100_000));
    let error = run([Reply::http("400 Bad Request", &[], body)]).await.0.unwrap_err();
    assert_eq!(error.message().len(), 500_004, "it is whole where it is asked for");
    assert!(error.to_string().len() < 1000 && format!("{error:?}").len() < 1000);
    let body = r#"{"message":"one\ntwo\u001b[31m"}"#;
    let error = run([Reply::http("400 Bad Request", &[], body)]).await.0.unwrap_err();
    assert_eq!(error.to_string(), "list_invoices failed: 400 Bad Request: one two\\u{1b}[31m");
}

#[tokio::test]
async fn an_error_and_each_cause_is_one_short_line_whatever_is_sent() {
    let noise = "one\\r\\ntwo\\u001b[31m".repeat(3000);
    for reply in [
        json(format!(r#"{{"{noise}":1}}"#)),
        json(format!(r#"{{"total_count":"{noise}"}}"#)),
        json(format!(r#"{{"invoices":[{{"invoice_type":["{noise}"]}}]}}"#)),
        Reply::http("200 OK", &[], "\u{1b}[31m\r\n".repeat(10_000)),
        Reply::http("200 OK", &["content-type: text/html"], "\u{202e}<html>\n".repeat(10_000)),
        Reply::http(
            "400 Bad Request",
            &[&format!("x-request-id: {}", "r".repeat(4000))],
            format!(
                r#"{{"type":"{noise}","message":"{noise}","details":[{{"argument_name":"{noise}"}}]}}"#
            ),
        ),
        Reply::http("302 Found", &[&format!("location: https://{}", "a".repeat(4000))], ""),
        Reply::Bytes(b"\x1b[31m junk\r\n".repeat(1000)),
    ] {
        let error = run([reply]).await.0.unwrap_err();
        let printed = lines(&error);
        for line in &printed {
            assert!(line.chars().count() <= 1001, "{} characters: {line}", line.len());
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        let debug = format!("{error:?}");
        assert_eq!(debug.lines().count(), printed.len(), "{debug}");
    }
}

#[tokio::test]
async fn an_error_tells_what_the_response_said() {
    let body = r#"{"type":"invalid_arguments","message":"wrong","details":[
        {"argument_name":"page","reason":"constraint","help_message":"must be positive"}]}"#;
    let headers = ["x-request-id: r-1", "retry-after: 7", "x-extra: 1"];
    let error = run([Reply::http("400 Bad Request", &headers, body)]).await.0.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Status, Some("list_invoices")));
    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (400, 1));
    assert_eq!((error.code(), error.request_id()), (Some("invalid_arguments"), Some("r-1")));
    assert!(error.details().unwrap().contains("page"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.headers()["x-extra"], "1");
    assert_eq!(error.raw_body().unwrap(), body.as_bytes());
    assert!(error.was_sent() && !error.is_retryable() && !error.is_auth() && !error.is_connect());
}

#[tokio::test]
async fn a_truncated_body_says_that_it_is_cut_and_is_asked_for_again() {
    // Its announced length is that of what came.
    let cut = json(r#"{"total_count":1,"invoices":[{"id":"a"#);
    let (result, asked) = run([cut.clone(), json(LIST)]).await;
    assert_eq!((result.unwrap().invoices.len(), asked), (1, 2));
    for bytes in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{",
    ] {
        let (result, asked) = run([Reply::Bytes(bytes.into())]).await;
        assert_eq!((result.unwrap_err().kind(), asked), (ErrorKind::Transport, 4), "{bytes}");
    }
    // Never for an operation that must happen at most once.
    let server = ScriptedServer::start([cut.clone()]).await;
    let client = builder(&server.url()).build().unwrap();
    let budgets = scaleway_billing::v2::BillingApi::new(&client);
    let request = scaleway_billing::v2::CreateBudgetRequest::new(1, true)
        .organization_id("00000000-0000-4000-8000-000000000001");
    let error = budgets.create_budget(request).await.unwrap_err();
    assert_eq!((error.kind(), server.requests().len()), (ErrorKind::Transport, 1));
    assert!(error.was_sent() && !error.is_retryable(), "{error}");

    let (result, asked) = run([cut]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Transport, 4));
    let text = error.to_string();
    assert!(text.contains("the response is cut"), "{text}");
    let excerpt = r#"(application/json: {"total_count":1,"invoices":[{"id":"a)"#;
    assert!(text.contains(excerpt), "{text}");
}

#[tokio::test]
async fn a_list_that_repeats_its_page_and_names_no_total_ends_in_an_error() {
    let server = ScriptedServer::start([json(r#"{"invoices":[{"id":"a"}]}"#)]).await;
    let client = builder(&server.url()).build().unwrap();
    let all = BillingApi::new(&client).list_invoices_all(ListInvoicesRequest::new());
    let error = all.try_collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pagination);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn downloads_are_judged_by_their_content() {
    let envelope = r#"{"name":"a.pdf","content_type":"application/pdf","content":"JVBERi0="}"#;
    let message = r#"{"message":"x"}"#;
    for (headers, body, is_file) in [
        (&["content-type: application/json; charset=utf-8"] as &[_], envelope, true),
        (&["content-type: application/vnd.api+json"], envelope, true),
        (&[], envelope, true),
        (&[], "%PDF-", true),
        (&["content-type: application/octet-stream"], "%PDF-", true),
        (&["content-type: application/problem+json"], message, false),
        (&[], message, false),
        (&["content-type: application/pdf"], "", false),
    ] {
        let server = ScriptedServer::start([Reply::http("200 OK", headers, body)]).await;
        let client = builder(&server.url()).build().unwrap();
        let result = BillingApi::new(&client).download_invoice("a").await;
        match result {
            Ok(file) => assert!(is_file && &file.content[..] == b"%PDF-", "{headers:?} {body}"),
            Err(error) => {
                assert!(
                    !is_file && error.kind() == ErrorKind::Decode,
                    "{headers:?} {body} {error}"
                );
            }
        }
    }
}
