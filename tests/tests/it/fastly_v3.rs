//! Fastly v3 on the wire: the request of each operation, and the decoding of hand-written
//! responses.

use std::time::{Duration, Instant};

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{client, fixture, response, sent},
    json,
};
use fastly_billing::{
    Error, ErrorKind, Id, MonthToDate, Wait,
    v3::{
        BillingInvoicesApi, BillingUsageMetricsApi, CreateCustomerAddressRequest, CustomerAddress,
        CustomerAddressType, CustomerAddressesApi, GetMonthToDateInvoiceRequest,
        GetServiceLevelUsageRequest, GetUsageMetricsRequest, Invoice, ListCustomerAddressesRequest,
        ListInvoicesRequest, PaymentStatus, UpdateCustomerAddressRequest,
    },
};
use serde_json::{Value, json as value};

fn invoices(server: &ScriptedServer) -> BillingInvoicesApi {
    BillingInvoicesApi::new(&client(server))
}

fn usage(server: &ScriptedServer) -> BillingUsageMetricsApi {
    BillingUsageMetricsApi::new(&client(server))
}

fn addresses(server: &ScriptedServer) -> CustomerAddressesApi {
    CustomerAddressesApi::new(&client(server))
}

fn accepted(headers: &[&str], body: &str) -> Reply {
    Reply::http("202 Accepted", headers, body)
}

/// A policy without waits.
fn at_once() -> Wait {
    Wait::new().first_step(Duration::ZERO).longest_step(Duration::ZERO)
}

#[tokio::test]
async fn list_invoices() {
    let server = ScriptedServer::start([response("v3/list_invoices_1.json")]).await;
    let request = ListInvoicesRequest::new()
        .billing_start_date("2024-01-01".parse().unwrap())
        .billing_end_date("2024-02-29".parse().unwrap())
        .limit(200)
        .cursor("x");
    let page = invoices(&server).list_invoices(request).await.unwrap();
    let sent = &sent(&server)[0];
    sent.assert_accepts("application/json");
    assert_eq!(
        sent.line,
        "GET /billing/v3/invoices?billing_start_date=2024-01-01&billing_end_date=2024-02-29\
         &limit=200&cursor=x"
    );
    assert_eq!(sent.header("content-type"), None);
    let meta = page.meta.as_ref().unwrap();
    assert_eq!((meta.limit, meta.total, &*meta.next_cursor), (Some(200), Some(2), "a+b/c=="));
    assert_eq!(meta.sort, "-billing_start_date");
    let invoice = &page.data[0];
    assert_eq!((&*invoice.invoice_id, &*invoice.currency_code), ("INV-100002", ""));
    assert_eq!(invoice.payment_status, None);
    assert_eq!(invoice.transaction_line_items[0].amount.unwrap().to_string(), "100.5");
}

#[tokio::test]
async fn list_invoices_sends_only_set_parameters() {
    let server = ScriptedServer::start([json("{}")]).await;
    let page = invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    assert!(page.data.is_empty() && page.meta.is_none());
    assert_eq!(sent(&server)[0].line, "GET /billing/v3/invoices");
}

#[tokio::test]
async fn list_invoices_all_encodes_cursors_and_keeps_the_query() {
    let script = [response("v3/list_invoices_1.json"), response("v3/list_invoices_2.json")];
    let server = ScriptedServer::start(script).await;
    let request = ListInvoicesRequest::new().limit(1);
    let all = invoices(&server).list_invoices_all(request).try_collect().await.unwrap();
    let ids: Vec<&str> = all.iter().map(|invoice| invoice.invoice_id.as_str()).collect();
    assert_eq!(ids, ["INV-100002", "29000001"]);
    assert_eq!(all[1].monthly_transaction_amount.unwrap().to_string(), "75.25");
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    assert_eq!(
        lines,
        [
            "GET /billing/v3/invoices?limit=1",
            "GET /billing/v3/invoices?limit=1&cursor=a%2Bb%2Fc%3D%3D"
        ]
    );
}

#[tokio::test]
async fn list_ends_without_cursor_not_at_an_empty_page() {
    for end in [r#""next_cursor":"""#, r#""next_cursor":null"#, r#""total":3"#] {
        let server = ScriptedServer::start([
            json(r#"{"data":[{"invoice_id":"1"}],"meta":{"next_cursor":"one"}}"#),
            json(r#"{"data":[],"meta":{"next_cursor":"two"}}"#),
            json(format!(r#"{{"data":[{{"invoice_id":"2"}}],"meta":{{{end}}}}}"#)),
        ])
        .await;
        let mut pager = invoices(&server).list_invoices_all(ListInvoicesRequest::new());
        let mut ids = Vec::new();
        while let Some(invoice) = pager.try_next().await.unwrap() {
            ids.push(invoice.invoice_id);
        }
        assert_eq!(ids, [Id::from(1), Id::from(2)], "{end}");
        assert_eq!(server.requests().len(), 3);
        assert!(pager.cursor().unwrap().is_end());
    }
    let server = ScriptedServer::start([json(r#"{"data":[]}"#)]).await;
    let all = invoices(&server).list_invoices_all(ListInvoicesRequest::new()).try_collect().await;
    assert!(all.unwrap().is_empty());
}

#[tokio::test]
async fn failed_list_resumes() {
    let server = ScriptedServer::start([
        response("v3/list_invoices_1.json"),
        Reply::http("400 Bad Request", &[], ""),
        response("v3/list_invoices_2.json"),
    ])
    .await;
    let api = invoices(&server);
    let mut pager = api.list_invoices_all(ListInvoicesRequest::new());
    assert!(pager.try_next().await.unwrap().is_some());
    assert!(pager.try_next().await.is_err());
    let cursor = pager.cursor().unwrap();
    let pager = api.list_invoices_all(ListInvoicesRequest::new()).resume_from(&cursor).unwrap();
    let rest = pager.try_collect().await.unwrap();
    assert_eq!(rest[0].invoice_id, "29000001");
    assert!(sent(&server)[2].line.ends_with("?cursor=a%2Bb%2Fc%3D%3D"));
}

#[tokio::test]
async fn get_invoice_by_invoice_id() {
    let server = ScriptedServer::start([response("v3/invoice.json")]).await;
    let api = invoices(&server);
    let response = api.get_invoice_by_invoice_id("INV-100001").await.unwrap();
    assert!(response.raw_body().unwrap().windows(14).any(|part| part == b"payment_status"));
    let invoice = response.into_inner();
    assert_eq!(invoice.invoice_id, "INV-100001");
    assert_eq!(invoice.payment_status, Some(PaymentStatus::Outstanding));
    assert_eq!(invoice.monthly_transaction_amount.unwrap().to_string(), "6604.19");
    assert_eq!(invoice.billing_end_date.unwrap().to_rfc3339(), "2026-07-31T00:00:00+00:00");
    let [requests, credit] = &invoice.transaction_line_items[..] else { panic!("{invoice:?}") };
    assert_eq!(requests.units.unwrap().to_string(), "146017.0369");
    let exact = requests.rate.unwrap() * requests.units.unwrap();
    assert_eq!(Some(exact.round_dp(2)), requests.amount);
    assert_eq!(
        (&*credit.credit_coupon_code, credit.amount.unwrap().to_string()),
        ("EXAMPLE25", "-25".into())
    );
    let as_listed = Invoice::from(invoice.clone());
    assert_eq!(serde_json::to_value(&as_listed).unwrap(), serde_json::to_value(&invoice).unwrap());

    api.get_invoice_by_invoice_id(29_000_001).await.unwrap();
    api.get_invoice_by_invoice_id(&*invoice.invoice_id).await.unwrap();
    api.get_invoice_by_invoice_id(invoice.invoice_id).await.unwrap();
    api.get_invoice_by_invoice_id("a b/../c+%").await.unwrap();
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    assert_eq!(
        lines,
        [
            "GET /billing/v3/invoices/INV-100001",
            "GET /billing/v3/invoices/29000001",
            "GET /billing/v3/invoices/INV-100001",
            "GET /billing/v3/invoices/INV-100001",
            "GET /billing/v3/invoices/a%20b%2F..%2Fc%2B%25",
        ]
    );
    for id in ["", ".", ".."] {
        let error = api.get_invoice_by_invoice_id(id).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    }
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn the_capitalized_keys_of_2024_decode() {
    let line = r#"{"description":"d","ProductName":"n","ProductGroup":"g","ProductLine":"l",
        "Region":"r","UsageType":"u"}"#;
    let body = format!(r#"{{"transaction_line_items":[{line}]}}"#);
    let server = ScriptedServer::start([json(body)]).await;
    let api = invoices(&server);
    let closed = api.get_invoice_by_invoice_id("1").await.unwrap().into_inner();
    let request = GetMonthToDateInvoiceRequest::new();
    let running = api.get_month_to_date_invoice(request).await.unwrap().into_inner();
    let running = running.ready().unwrap();
    let (a, b) = (&closed.transaction_line_items[0], &running.transaction_line_items[0]);
    for (found, expected) in [
        ([&a.product_name, &b.product_name], "n"),
        ([&a.product_group, &b.product_group], "g"),
        ([&a.product_line, &b.product_line], "l"),
        ([&a.region, &b.region], "r"),
        ([&a.usage_type, &b.usage_type], "u"),
    ] {
        assert_eq!(found, [expected; 2]);
    }
    // These keys alone identify a line.
    let server =
        ScriptedServer::start([json(r#"{"transaction_line_items":[{"Region":"r"}]}"#)]).await;
    let closed = invoices(&server).get_invoice_by_invoice_id("1").await.unwrap();
    assert_eq!(closed.transaction_line_items[0].region, "r");
}

#[tokio::test]
async fn month_to_date_invoice_is_ready() {
    let server = ScriptedServer::start([response("v3/month_to_date.json")]).await;
    let request = GetMonthToDateInvoiceRequest::new();
    let response = invoices(&server).get_month_to_date_invoice(request).await.unwrap();
    sent(&server)[0].assert_accepts("application/json");
    assert_eq!(sent(&server)[0].line, "GET /billing/v3/invoices/month-to-date");
    assert_eq!(response.status(), 200);
    let MonthToDate::Ready(bill) = response.into_inner() else { panic!("not ready") };
    assert_eq!(bill.monthly_transaction_amount.unwrap().to_string(), "2890.32");
    assert_eq!(bill.invoice_id, "x4exampleCustomer-1785888000");
    let sum: rust_decimal::Decimal =
        bill.transaction_line_items.iter().filter_map(|line| line.amount).sum();
    assert_eq!(Some(sum), bill.monthly_transaction_amount);
}

#[tokio::test]
async fn month_to_date_invoice_is_pending() {
    let bodies = [
        ("", "", ""),
        (r#"{"title":"being made","status":"202"}"#, "being made", "202"),
        (r#"{"title":"being made","status":202}"#, "being made", "202"),
        ("Accepted", "Accepted", ""),
        ("<html>later</html>", "", ""),
        ("[]", "", ""),
        // With status 202, even a complete invoice is not a result.
        (r#"{"customer_id":"x","monthly_transaction_amount":"1"}"#, "", ""),
    ];
    for (body, title, status) in bodies {
        let server = ScriptedServer::start([accepted(&["retry-after: 7"], body)]).await;
        let request = GetMonthToDateInvoiceRequest::new();
        let response = invoices(&server).get_month_to_date_invoice(request).await.unwrap();
        assert_eq!(response.status(), 202);
        let MonthToDate::Pending(pending) = response.into_inner() else { panic!("{body}") };
        assert_eq!((&*pending.title, &*pending.status), (title, status), "{body}");
        assert_eq!(pending.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn month_to_date_invoice_is_polled() {
    let pending = accepted(&[], "");
    let script = [
        pending.clone(),
        // A failure while waiting is retried like in any other call.
        Reply::http("503 Service Unavailable", &[], ""),
        pending.clone(),
        accepted(&["retry-after: 0"], r#"{"title":"soon"}"#),
        response("v3/month_to_date.json"),
    ];
    let server = ScriptedServer::start(script).await;
    let request = GetMonthToDateInvoiceRequest::new();
    let api = invoices(&server);
    let bill = api.get_month_to_date_invoice_when_ready(request.clone(), at_once()).await.unwrap();
    assert_eq!(bill.status(), 200);
    assert_eq!(bill.monthly_transaction_amount.unwrap().to_string(), "2890.32");
    assert_eq!(server.requests().len(), 5);

    // The service asks for a longer wait than the deadline allows, so the call does not wait.
    let server = ScriptedServer::start([accepted(&["retry-after: 3600"], "")]).await;
    let start = Instant::now();
    let error = invoices(&server)
        .get_month_to_date_invoice_when_ready(request.clone(), Wait::new())
        .await
        .unwrap_err();
    assert!(error.is_timeout() && start.elapsed() < Duration::from_secs(30));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(
        error.to_string(),
        "get_month_to_date_invoice failed: the result was not ready within 90s"
    );

    // It never becomes ready.
    let server = ScriptedServer::start([pending]).await;
    let wait = at_once().timeout(Duration::from_millis(100));
    let error = invoices(&server).get_month_to_date_invoice_when_ready(request.clone(), wait).await;
    let error = error.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("not ready within 100ms"), "{error}");

    // An error ends the wait.
    let refused = Reply::http("422 Unprocessable Entity", &[], r#"{"title":"no estimate"}"#);
    let server = ScriptedServer::start([refused]).await;
    let error = invoices(&server)
        .get_month_to_date_invoice_when_ready(request, at_once())
        .await
        .unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.message()), (422, "no estimate"));
}

#[tokio::test]
async fn get_usage_metrics_in_either_envelope() {
    let month = |text: &str| text.parse().unwrap();
    let request = GetUsageMetricsRequest::new(month("2026-03"), month("2026-05"));
    let list = fixture("v3/usage_metrics.json");
    let rows: Value = serde_json::from_str(&list).unwrap();
    let row = rows["data"][1].to_string();
    for (body, count) in [
        (list.clone(), 2),
        (format!(r#"{{"data":{row}}}"#), 1),
        (row.clone(), 1),
        (r#"{"data":[]}"#.to_owned(), 0),
        (r#"{"data":null}"#.to_owned(), 0),
        ("{}".to_owned(), 0),
    ] {
        let server = ScriptedServer::start([json(&body)]).await;
        let response = usage(&server).get_usage_metrics(request.clone()).await.unwrap();
        assert_eq!(response.data.len(), count, "{body}");
        if let Some(last) = response.data.last() {
            assert_eq!((last.quantity.unwrap().to_string(), &*last.unit), ("0.5".to_owned(), "gb"));
            assert_eq!(last.month.unwrap(), month("2026-05"));
        }
        assert_eq!(
            sent(&server)[0].line,
            "GET /billing/v3/usage-metrics?start_month=2026-03&end_month=2026-05"
        );
    }
    let server = ScriptedServer::start([json(&list)]).await;
    let response = usage(&server).get_usage_metrics(request).await.unwrap();
    assert_eq!(response.data[0].quantity.unwrap().to_string(), "146017.0369");
    assert_eq!(response.data[0].raw_quantity.unwrap().to_string(), "1460170369");
    let stored = serde_json::to_string(&*response).unwrap();
    let again: fastly_billing::Usagemetrics = serde_json::from_str(&stored).unwrap();
    assert_eq!(again, response.into_inner());
}

#[tokio::test]
async fn long_usage_range_is_split_into_three_month_calls() {
    let window = |months: &[&str]| {
        let rows: Vec<Value> = months.iter().map(|month| value!({"month": month})).collect();
        json(value!({"data": rows}).to_string())
    };
    let script =
        [window(&["2025-11", "2025-12", "2026-01"]), window(&[]), window(&["2026-05", "2026-06"])];
    let server = ScriptedServer::start(script).await;
    let api = usage(&server);
    let request =
        GetUsageMetricsRequest::new("2025-11".parse().unwrap(), "2026-06".parse().unwrap());
    let rows = api.get_usage_metrics_all(request).try_collect().await.unwrap();
    let months: Vec<String> = rows.iter().map(|row| row.month.unwrap().to_string()).collect();
    assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-05", "2026-06"]);
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    let line = |from: &str, to: &str| {
        format!("GET /billing/v3/usage-metrics?start_month={from}&end_month={to}")
    };
    assert_eq!(
        lines,
        [line("2025-11", "2026-01"), line("2026-02", "2026-04"), line("2026-05", "2026-06")]
    );

    // One month is one call. A window is a page, and the list can be resumed after it.
    let server = ScriptedServer::start([window(&["2026-05"])]).await;
    let one = GetUsageMetricsRequest::new("2026-05".parse().unwrap(), "2026-05".parse().unwrap());
    let mut windows = usage(&server).get_usage_metrics_all(one).pages();
    let page = windows.try_next().await.unwrap().unwrap();
    assert_eq!((page.start_month, page.end_month), ("2026-05".parse().unwrap(), page.start_month));
    assert!(windows.try_next().await.unwrap().is_none());

    let wrong = GetUsageMetricsRequest::new("2026-06".parse().unwrap(), "2026-05".parse().unwrap());
    let error = usage(&server).get_usage_metrics_all(wrong).try_collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn get_service_level_usage_in_either_envelope() {
    let server = ScriptedServer::start([
        response("v3/service_usage_list.json"),
        response("v3/service_usage_object.json"),
        json(r#"{"data":[],"meta":{"next_cursor":"beside","total":7}}"#),
        json("{}"),
    ])
    .await;
    let api = usage(&server);
    let request = GetServiceLevelUsageRequest::new()
        .product_id("cdn_usage")
        .service("5exampleService1")
        .usage_type_name("North America Requests")
        .start_month("2026-09".parse().unwrap())
        .end_month("2026-09".parse().unwrap())
        .limit(10_000)
        .cursor("c");
    let list = api.get_service_level_usage(request).await.unwrap();
    assert_eq!(
        sent(&server)[0].line,
        "GET /billing/v3/service-usage-metrics?product_id=cdn_usage&service=5exampleService1\
         &usage_type_name=North+America+Requests&start_month=2026-09&end_month=2026-09\
         &limit=10000&cursor=c"
    );
    assert_eq!((list.data.len(), list.next_cursor()), (2, Some("a+b/c==")));
    assert_eq!(list.data[0].details[1].usage_units.unwrap().to_string(), "2.0");
    assert!(list.data[1].details.is_empty());

    let read = async || api.get_service_level_usage(GetServiceLevelUsageRequest::new()).await;
    let object = read().await.unwrap();
    assert_eq!((object.data.len(), object.next_cursor()), (1, None));
    assert_eq!(object.data[0].details[0].usage_units.unwrap().to_string(), "0.1234567890123456789");
    let beside = read().await.unwrap();
    assert_eq!((beside.data.len(), beside.next_cursor()), (0, Some("beside")));
    assert_eq!(beside.meta.as_ref().unwrap().total, Some(7));
    assert!(read().await.unwrap().data.is_empty());
    let stored = serde_json::to_string(&*object).unwrap();
    let again: fastly_billing::Serviceusagemetrics = serde_json::from_str(&stored).unwrap();
    assert_eq!(again, object.into_inner());
}

#[tokio::test]
async fn get_service_level_usage_all_uses_the_cursor_in_the_blocks() {
    let server = ScriptedServer::start([
        response("v3/service_usage_list.json"),
        json(r#"{"data":[],"meta":{"next_cursor":"beside"}}"#),
        response("v3/service_usage_object.json"),
    ])
    .await;
    let request = GetServiceLevelUsageRequest::new().service("5exampleService1");
    let blocks = usage(&server).get_service_level_usage_all(request).try_collect().await.unwrap();
    let types: Vec<&str> = blocks.iter().map(|block| &*block.usage_type).collect();
    assert_eq!(types, ["North America Requests", "Asia Requests", "Bandwidth"]);
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    let path = "GET /billing/v3/service-usage-metrics?service=5exampleService1";
    assert_eq!(
        lines,
        [
            path.to_owned(),
            format!("{path}&cursor=a%2Bb%2Fc%3D%3D"),
            format!("{path}&cursor=beside")
        ]
    );
}

#[tokio::test]
async fn get_service_level_usage_all_has_total_and_shortfall() {
    for (page, total, shortfall) in [
        (r#"{"data":[{"usage_type":"a"}],"meta":{"total":3}}"#, Some(3), Some(2)),
        (r#"{"data":{"usage_type":"a","meta":{"total":"3"}}}"#, Some(3), Some(2)),
        (r#"{"data":[{"usage_type":"a"}],"meta":{"total":1}}"#, Some(1), None),
        (r#"{"data":[{"usage_type":"a"}]}"#, None, None),
        // Whether it counts blocks or rows is unknown: two rows in one block may be all of them.
        (
            r#"{"data":[{"usage_type":"a","details":[{"service_id":"1"},{"service_id":"2"}]}],
                "meta":{"total":2}}"#,
            Some(2),
            None,
        ),
    ] {
        let server = ScriptedServer::start([json(page)]).await;
        let request = GetServiceLevelUsageRequest::new();
        let mut blocks = usage(&server).get_service_level_usage_all(request);
        while blocks.try_next().await.unwrap().is_some() {}
        assert_eq!((blocks.total(), blocks.shortfall()), (total, shortfall), "{page}");
        assert_eq!(blocks.delivered(), 1);
    }
}

#[tokio::test]
async fn list_customer_addresses() {
    let server = ScriptedServer::start([response("v3/customer_addresses.json")]).await;
    let request = ListCustomerAddressesRequest::new();
    let list = addresses(&server).list_customer_addresses(request).await.unwrap();
    assert_eq!(sent(&server)[0].line, "GET /billing/v3/customer-addresses");
    assert_eq!(list.data[0].r#type, Some(CustomerAddressType::Billing));
    assert_eq!(list.data[0].region.as_deref(), Some("DE"));
    assert_eq!(list.data[1].address_2, None);
}

fn address() -> CustomerAddress {
    CustomerAddress::default().r#type(CustomerAddressType::Tax).address_1("1 Example Street")
}

#[tokio::test]
async fn create_customer_address_is_sent_once() {
    let created = Reply::http(
        "201 Created",
        &["content-type: application/json", "Fastly-RateLimit-Remaining: 998"],
        r#"{"id":"7exampleAddress"}"#,
    );
    let server = ScriptedServer::start([
        created,
        Reply::http("503 Service Unavailable", &[], ""),
        Reply::http("429 Too Many Requests", &[], ""),
        Reply::Close,
    ])
    .await;
    let api = addresses(&server);
    let response = api.create_customer_address(address()).await.unwrap();
    assert_eq!((response.status().as_u16(), response.id.as_str()), (201, "7exampleAddress"));
    let sent = &sent(&server)[0];
    sent.assert_accepts("application/json");
    assert_eq!(sent.line, "POST /billing/v3/customer-addresses");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    // Unset fields are not sent.
    assert_eq!(sent.body, r#"{"address_1":"1 Example Street","type":"tax"}"#);
    for attempts in 2..=4 {
        let request = CreateCustomerAddressRequest::new(address());
        let error = api.create_customer_address(request).await.unwrap_err();
        assert_eq!((error.attempts(), server.requests().len()), (1, attempts), "{error}");
    }
}

#[tokio::test]
async fn address_to_create_has_a_type() {
    let server = ScriptedServer::start([json("{}")]).await;
    let read = serde_json::from_str::<CreateCustomerAddressRequest>(r#"{"customer_address":{}}"#);
    for request in [
        read.unwrap(),
        CustomerAddress::default().into(),
        CustomerAddress::default().r#type("").address_1("1 Example Street").into(),
    ] {
        let error = addresses(&server).create_customer_address(request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let text = error.to_string();
        assert!(
            text.contains("`type` of `customer_address` is missing or empty: set it"),
            "{text}"
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn update_customer_address_is_retried() {
    let server = ScriptedServer::start([
        Reply::http("503 Service Unavailable", &[], ""),
        accepted(&["Fastly-RateLimit-Reset: 1733590800"], ""),
    ])
    .await;
    let request = UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, address());
    let response = addresses(&server).update_customer_address(request).await.unwrap();
    assert_eq!(response.status(), 202);
    let sent = sent(&server);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].line, "PUT /billing/v3/customer-addresses/tax");
    assert_eq!(sent[1].header("content-type"), Some("application/json"));
    assert_eq!(sent[1].body, r#"{"address_1":"1 Example Street","type":"tax"}"#);
}

/// Calls every operation against a service that sends `body` in every response.
async fn every_operation(body: &str) -> Vec<(&'static str, Result<(), Error>)> {
    let server = ScriptedServer::start([json(body)]).await;
    let (invoices, usage, addresses) = (invoices(&server), usage(&server), addresses(&server));
    let month = GetUsageMetricsRequest::new("2026-05".parse().unwrap(), "2026-05".parse().unwrap());
    let service = GetServiceLevelUsageRequest::new();
    let mtd = GetMonthToDateInvoiceRequest::new();
    let list = ListCustomerAddressesRequest::new();
    vec![
        ("list_invoices", invoices.list_invoices(ListInvoicesRequest::new()).await.map(drop)),
        ("get_month_to_date_invoice", invoices.get_month_to_date_invoice(mtd).await.map(drop)),
        ("get_invoice_by_invoice_id", invoices.get_invoice_by_invoice_id("1").await.map(drop)),
        ("get_usage_metrics", usage.get_usage_metrics(month).await.map(drop)),
        ("get_service_level_usage", usage.get_service_level_usage(service).await.map(drop)),
        ("list_customer_addresses", addresses.list_customer_addresses(list).await.map(drop)),
        ("create_customer_address", addresses.create_customer_address(address()).await.map(drop)),
    ]
}

#[tokio::test]
async fn empty_object_is_an_empty_value() {
    for (operation, result) in every_operation("{}").await {
        let is_list = operation.starts_with("list_") || operation.contains("usage");
        assert_eq!(result.is_ok(), is_list, "{operation}: {result:?}");
    }
}

#[tokio::test]
async fn decode_error_names_the_path() {
    let body = r#"{"data":[{"invoice_id":"1"},{"transaction_line_items":[{"amount":"x"}]}]}"#;
    let server = ScriptedServer::start([json(body)]).await;
    let error = invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
    let place = "`data[1].transaction_line_items[0].amount`";
    assert!(error.to_string().contains(place), "{error}");
    let server = ScriptedServer::start([json(r#"{"data":[{"quantity":"x"}]}"#)]).await;
    let month = GetUsageMetricsRequest::new("2026-05".parse().unwrap(), "2026-05".parse().unwrap());
    let error = usage(&server).get_usage_metrics(month).await.unwrap_err();
    assert!(error.to_string().contains("`data[0].quantity`"), "{error}");
}

#[tokio::test]
async fn hundred_calls_run_concurrently_on_one_client() {
    const CALLS: usize = 100;
    // The service holds all responses back until every call has reached it: no call waits for
    // another.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = tokio::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..CALLS {
            streams.push(listener.accept().await.unwrap().0);
        }
        for mut stream in streams {
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let id = head.split([' ', '/']).find(|part| part.starts_with("INV-")).unwrap();
                let body = format!(r#"{{"invoice_id":"{id}"}}"#);
                let length = body.len();
                let response = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                stream.write_all(response.as_bytes()).await.unwrap();
            });
        }
    });
    let client = fastly_billing::Client::builder()
        .api_token("example")
        .api_url(format!("http://{address}"))
        .build()
        .unwrap();
    let api = BillingInvoicesApi::new(&client);
    let calls = (0..CALLS).map(|number| {
        let api = &api;
        async move {
            let id = format!("INV-{number}");
            let invoice = api.get_invoice_by_invoice_id(&*id).await.unwrap();
            assert_eq!(invoice.invoice_id, *id);
        }
    });
    futures_util::future::join_all(calls).await;
    service.await.unwrap();
}

#[tokio::test]
async fn a_prefix_precedes_the_token() {
    let server = ScriptedServer::start(vec![json(r#"{"invoice_id":"INV-1"}"#)]).await;
    let builder = fastly_billing::Client::builder().api_token("t0ken").api_key_prefix("Bearer");
    let client = builder.api_url(server.url()).build().unwrap();
    BillingInvoicesApi::new(&client).get_invoice_by_invoice_id("INV-1").await.unwrap();
    assert!(server.requests()[0].to_lowercase().contains("\r\nfastly-key: bearer t0ken\r\n"));
}
