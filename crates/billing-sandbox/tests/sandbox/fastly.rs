//! The Fastly side, tested over a plain socket.

use std::time::Duration;

use billing_sandbox::{Fastly, Sandbox, chrono::DateTime};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http::Response;

async fn send(fastly: &Fastly, method: &str, path: &str, headers: &str, body: &str) -> Response {
    Response::read(open(fastly, method, path, headers, body).await).await.unwrap()
}

async fn open(fastly: &Fastly, method: &str, path: &str, headers: &str, body: &str) -> TcpStream {
    let url = fastly.url();
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn get(fastly: &Fastly, path: &str) -> Response {
    send(fastly, "GET", path, &token(fastly), "").await
}

fn token(fastly: &Fastly) -> String {
    format!("Fastly-Key: {}\r\n", fastly.api_token())
}

#[tokio::test]
async fn bad_key_is_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    for headers in ["", "Fastly-Key: wrong\r\n", "Authorization: Bearer x\r\n"] {
        let response = send(sandbox.fastly(), "GET", "/billing/v3/invoices", headers, "").await;
        assert_eq!(response.status, 403, "{headers}");
        assert_eq!(response.json(), json!({"msg": "Unauthorized", "detail": "Invalid API key"}));
    }
    let response = get(sandbox.fastly(), "/billing/year/2016/month/05").await;
    assert_eq!((response.status, response.json()), (404, json!({"msg": "Not found"})));
}

#[tokio::test]
async fn responses_have_the_observed_format() {
    let sandbox =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).invoices(30).start().await.unwrap();
    let fastly = sandbox.fastly();
    let list = get(fastly, "/billing/v3/invoices").await.json();
    assert_eq!(list["meta"]["next_cursor"], "");
    assert_eq!(list["meta"]["sort"], "-billing_start_date");
    let newest = &list["data"][0];
    assert_eq!(newest["invoice_id"], "INV-99999");
    assert_eq!(newest["billing_end_date"], "2026-05-31T00:00:00Z");
    assert_eq!(newest["payment_status"], "outstanding");
    assert!(newest["monthly_transaction_amount"].is_number());
    assert_eq!(newest["transaction_line_items"][0]["credit_coupon_code"], "");
    let oldest = &list["data"][29];
    assert!(oldest["invoice_id"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));

    let first = get(fastly, "/billing/v3/invoices/month-to-date").await;
    assert_eq!((first.status, &first.json()["status"]), (202, &json!("202")));
    let running = get(fastly, "/billing/v3/invoices/month-to-date").await;
    assert_eq!(running.status, 200);
    let running = running.json();
    assert!(running["monthly_transaction_amount"].is_string());
    assert!(running.get("payment_status").is_none() && running.get("currency_code").is_none());

    let missing = get(fastly, "/billing/v3/invoices/INV-0").await;
    let expected = json!({"title": "requested id:INV-0 doesn't exist", "status": 404});
    assert_eq!((missing.status, missing.json()), (404, expected));

    let customer = fastly.customer_id();
    let old = format!("/billing/v2/account_customers/{customer}/mtd_invoice");
    let pending = get(fastly, &old).await;
    assert_eq!((pending.status, pending.body.len()), (202, 0));
    assert_eq!(get(fastly, &old).await.json()["status"]["status"], "MTD");
}

#[tokio::test]
async fn doubtful_requests_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let fastly = sandbox.fastly();
    for path in [
        "/billing/v3/invoices?limit=500",
        "/billing/v3/invoices?limit=0",
        "/billing/v3/invoices?limit=1&limit=2",
        "/billing/v3/invoices?billing_start_date=2026-5-1",
        "/billing/v3/invoices?cursor=page2",
        "/billing/v3/usage-metrics?start_month=2026-05",
        "/billing/v3/usage-metrics?start_month=2026-01&end_month=2026-04",
        "/billing/v3/usage-metrics?start_month=2026-05&end_month=2026-04",
        "/billing/v3/service-usage-metrics?product_id=cdn_usage",
    ] {
        let response = get(fastly, path).await;
        assert_eq!((response.status, &response.json()["status"]), (400, &json!(400)), "{path}");
    }
    assert_eq!(get(fastly, "/billing/v3/invoices?limit=300").await.json()["meta"]["limit"], 200);
    // A cursor that was not percent-encoded arrives with spaces for its plus signs.
    let first = get(fastly, "/billing/v3/invoices?limit=7").await.json();
    let cursor = first["meta"]["next_cursor"].as_str().unwrap().to_owned();
    assert!(cursor.contains('+') && cursor.contains('/') && cursor.ends_with('='), "{cursor}");
    let bare = format!("/billing/v3/invoices?limit=7&cursor={cursor}");
    assert_eq!(get(fastly, &bare).await.status, 400);
    let encoded = cursor.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let second = format!("/billing/v3/invoices?limit=7&cursor={encoded}");
    assert_eq!(get(fastly, &second).await.json()["data"][0]["invoice_id"], "INV-99992");
    let other = format!("/billing/v3/invoices?limit=8&cursor={encoded}");
    assert_eq!(get(fastly, &other).await.status, 400);

    let json_type = format!("{}Content-Type: application/json\r\n", token(fastly));
    let address = r#"{"type":"tax","address_1":"1 Example Street"}"#;
    let path = "/billing/v3/customer-addresses";
    assert_eq!(send(fastly, "POST", path, &token(fastly), address).await.status, 400);
    assert_eq!(send(fastly, "POST", path, &json_type, r#"{"address_1":"x"}"#).await.status, 400);
    assert_eq!(send(fastly, "POST", path, &json_type, address).await.status, 201);
    assert_eq!(send(fastly, "POST", path, &json_type, address).await.status, 400);
    assert_eq!(get(fastly, path).await.json()["data"][0]["type"], "tax");
    let path = format!("/customer/{}/billing_address", fastly.customer_id());
    let body = r#"{"data":{"type":"billing_address","attributes":{"city":"Exampleton"}}}"#;
    let refused = send(fastly, "POST", &path, &json_type, body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("content-type"), Some("application/vnd.api+json"));
}

#[tokio::test]
async fn writes_are_counted_but_not_always_reported() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let fastly = sandbox.fastly();
    let path = format!("/customer/{}/billing_address", fastly.customer_id());
    let mut told = Vec::new();
    for _ in 0..6 {
        let response = send(fastly, "DELETE", &path, &token(fastly), "").await;
        told.push(response.header("fastly-ratelimit-remaining").map(str::to_owned));
    }
    let expected = [Some("999"), Some("998"), None, Some("996"), Some("995"), None];
    assert_eq!(told, expected.map(|left| left.map(str::to_owned)));
    let response = get(fastly, "/billing/v3/invoices").await;
    assert_eq!(response.header("fastly-ratelimit-remaining"), None);
    let body: Value = response.json();
    assert_eq!(body["meta"]["total"], 120);
}

#[tokio::test]
async fn fault_kinds_alternate() {
    let builder = Sandbox::builder().today("2026-06-15".parse().unwrap());
    let builder = builder.fastly_fail_every(2).stall(Duration::ZERO);
    let sandbox = builder.start().await.unwrap();
    let fastly = sandbox.fastly();
    let path = "/billing/v3/invoices";

    assert_eq!(get(fastly, path).await.status, 200);
    let unavailable = get(fastly, path).await;
    assert_eq!((unavailable.status, unavailable.header("retry-after")), (503, Some("0")));

    let whole = get(fastly, path).await;
    assert_eq!(whole.status, 200);
    let limited = get(fastly, path).await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("fastly-ratelimit-remaining"), Some("0"));
    let reset: i64 = limited.header("fastly-ratelimit-reset").unwrap().parse().unwrap();
    assert!((1..=2).contains(&(reset - date(&limited))), "{reset}");
    assert_eq!(limited.json()["msg"], "Too many requests");

    assert_eq!(get(fastly, path).await.status, 200);
    let cut = get(fastly, path).await;
    assert_eq!((cut.status, cut.announced()), (200, whole.body.len()));
    assert!(cut.body.len() < whole.body.len());

    assert_eq!(get(fastly, path).await.status, 200);
    let stream = open(fastly, "GET", path, &token(fastly), "").await;
    assert!(Response::read(stream).await.is_none());
}

/// The `Date` of a response, in seconds since 1970.
fn date(response: &Response) -> i64 {
    let date = response.header("date").unwrap();
    DateTime::parse_from_rfc2822(date).unwrap().timestamp()
}
