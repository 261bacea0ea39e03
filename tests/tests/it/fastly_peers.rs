//! The defects of Fastly's own generated Rust client, one test for each defect that a call can
//! show. The name of the test describes the defect. Two more are not about calls: that client
//! contains 132 API modules that features cannot deselect (`dependency_lines.rs` limits ours), and
//! types that no call returns.

use std::time::Duration;

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{CUSTOMER, JSON_API, client, fixture, response, sent},
    json,
};
use fastly_billing::{
    ApiError, ApiErrorKind, BillingMonth, Client, ErrorKind, FileFormat, MonthToDate, RateLimit,
    Wait,
    billing_address::{AddBillingAddrRequest, BillingAddressApi, BillingAddressAttributes},
    v2,
    v3::{
        BillingInvoicesApi, BillingUsageMetricsApi, CustomerAddress, CustomerAddressType,
        CustomerAddressesApi, GetMonthToDateInvoiceRequest, GetServiceLevelUsageRequest,
        GetUsageMetricsRequest, ListInvoicesRequest, PaymentStatus, UpdateCustomerAddressRequest,
    },
};

fn invoices(server: &ScriptedServer) -> BillingInvoicesApi {
    BillingInvoicesApi::new(&client(server))
}

fn old(server: &ScriptedServer) -> v2::BillingApi {
    v2::BillingApi::new(&client(server))
}

fn mtd() -> GetMonthToDateInvoiceRequest {
    GetMonthToDateInvoiceRequest::new()
}

fn may_2020() -> v2::GetInvoiceRequest {
    "2020-05".parse::<BillingMonth>().unwrap().into()
}

#[tokio::test]
async fn defect_01_status_202_is_decoded_as_an_invoice() {
    for body in ["", r#"{"title":"Accepted","status":"202"}"#] {
        let server = ScriptedServer::start([Reply::http("202 Accepted", &[], body)]).await;
        let new = invoices(&server).get_month_to_date_invoice(mtd()).await.unwrap();
        assert!(matches!(*new, MonthToDate::Pending(_)), "{body}");
        let old = old(&server).get_invoice_mtd(CUSTOMER).await.unwrap();
        assert!(matches!(*old, MonthToDate::Pending(_)), "{body}");
    }
}

#[tokio::test]
async fn defect_02_usage_metrics_in_a_list_are_lost() {
    let server = ScriptedServer::start([response("v3/usage_metrics.json")]).await;
    let month: BillingMonth = "2026-05".parse().unwrap();
    let request = GetUsageMetricsRequest::new(month, month);
    let usage = BillingUsageMetricsApi::new(&client(&server)).get_usage_metrics(request).await;
    let names: Vec<String> = usage.unwrap().data.iter().map(|row| row.name.clone()).collect();
    assert_eq!(names, ["Asia Requests", "Asia Bandwidth"]);
}

#[tokio::test]
async fn defect_03_service_usage_in_a_list_fails() {
    let server = ScriptedServer::start([response("v3/service_usage_list.json")]).await;
    let api = BillingUsageMetricsApi::new(&client(&server));
    let usage = api.get_service_level_usage(GetServiceLevelUsageRequest::new()).await.unwrap();
    assert_eq!(usage.data[0].details[0].service_name, "www");
}

#[tokio::test]
async fn defect_04_money_is_a_32_bit_float() {
    let body = r#"{"monthly_transaction_amount":16777217.01,
        "transaction_line_items":[{"amount":6604.19,"units":146017.0369}]}"#;
    let server = ScriptedServer::start([json(body)]).await;
    let invoice = invoices(&server).get_invoice_by_invoice_id("1").await.unwrap();
    assert_eq!(invoice.monthly_transaction_amount.unwrap().to_string(), "16777217.01");
    assert_eq!(invoice.transaction_line_items[0].amount.unwrap().to_string(), "6604.19");
    assert_eq!(invoice.transaction_line_items[0].units.unwrap().to_string(), "146017.0369");
}

#[tokio::test]
async fn defect_05_a_total_must_be_of_the_expected_json_type() {
    for total in ["2890.32", "\"2890.32\""] {
        let body = format!(r#"{{"monthly_transaction_amount":{total}}}"#);
        let server = ScriptedServer::start([json(&body)]).await;
        let closed = invoices(&server).get_invoice_by_invoice_id("1").await.unwrap();
        assert_eq!(closed.monthly_transaction_amount.unwrap().to_string(), "2890.32");
        let running = invoices(&server).get_month_to_date_invoice(mtd()).await.unwrap();
        let running = running.into_inner().ready().unwrap();
        assert_eq!(running.monthly_transaction_amount.unwrap().to_string(), "2890.32");
    }
}

#[tokio::test]
async fn defect_06_an_invoice_id_must_be_an_integer() {
    let server = ScriptedServer::start([response("v3/invoice.json")]).await;
    let invoice = invoices(&server).get_invoice_by_invoice_id("INV-100001").await.unwrap();
    assert_eq!(invoice.invoice_id, "INV-100001");
    assert_eq!(sent(&server)[0].line, "GET /billing/v3/invoices/INV-100001");
}

#[tokio::test]
async fn defect_07_undocumented_fields_are_dropped() {
    let body = r#"{"invoice_id":"1","payment_status":"paid","brand_new":{"x":[1]}}"#;
    let server = ScriptedServer::start([json(body)]).await;
    let invoice = invoices(&server).get_invoice_by_invoice_id("1").await.unwrap();
    assert_eq!(invoice.payment_status, Some(PaymentStatus::Paid));
    assert_eq!(invoice.raw_body().unwrap(), body.as_bytes());
}

#[tokio::test]
async fn defect_08_a_bad_rate_limit_header_panics() {
    for bad in ["soon", "-1", "1.5", "", "99999999999999999999999"] {
        let remaining = format!("Fastly-RateLimit-Remaining: {bad}");
        let reset = format!("Fastly-RateLimit-Reset: {bad}");
        let reply = Reply::http("204 No Content", &[&remaining, &reset], "");
        let server = ScriptedServer::start([reply]).await;
        let response = BillingAddressApi::new(&client(&server)).delete_billing_addr(CUSTOMER).await;
        let limit = RateLimit::of(&response.unwrap());
        assert_eq!((limit.remaining, limit.reset), (None, None), "{bad}");
    }
}

#[tokio::test]
async fn defect_09_rate_limit_headers_of_reads_are_ignored() {
    let headers = ["Fastly-RateLimit-Remaining: 12"];
    let server = ScriptedServer::start([Reply::http("200 OK", &headers, "{}")]).await;
    let page = invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    assert_eq!(RateLimit::of(&page).remaining, Some(12));
}

#[tokio::test]
async fn defect_10_a_missing_rate_limit_header_counts_as_a_full_quota() {
    let server = ScriptedServer::start([Reply::http("204 No Content", &[], "")]).await;
    let api = BillingAddressApi::new(&client(&server));
    let response = api.delete_billing_addr(CUSTOMER).await.unwrap();
    assert_eq!(RateLimit::of(&response), RateLimit::default());
    assert_eq!(RateLimit::default().remaining, None);
}

#[tokio::test]
async fn defect_11_a_call_needs_exclusive_access_to_the_configuration() {
    let server = ScriptedServer::start([json("{}")]).await;
    let api = invoices(&server);
    let (first, second) = tokio::join!(
        api.list_invoices(ListInvoicesRequest::new()),
        api.list_invoices(ListInvoicesRequest::new())
    );
    assert!(first.is_ok() && second.is_ok());
}

#[tokio::test]
async fn defect_12_an_error_has_the_first_type_that_decodes() {
    let declared = r#"{"type":"about:blank","title":"oops","code":"E1","status":"500"}"#;
    for (status, body, kind, message) in [
        ("500 Internal Server Error", declared, ApiErrorKind::Server, "oops"),
        ("429 Too Many Requests", declared, ApiErrorKind::TooManyRequests, "oops"),
        ("401 Unauthorized", declared, ApiErrorKind::Unauthorized, "oops"),
        ("400 Bad Request", r#"{"msg":"no"}"#, ApiErrorKind::BadRequest, "no"),
        ("422 Unprocessable Entity", "<html>", ApiErrorKind::Unprocessable, ""),
    ] {
        let server = ScriptedServer::start([Reply::http(status, &[], body)]).await;
        let error = invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
        let typed = ApiError::from_error(&error).unwrap();
        assert_eq!((typed.kind, &*typed.title), (kind, message), "{status}");
        assert!(status.starts_with(typed.status.as_str()));
    }
}

#[tokio::test]
async fn defect_13_a_numeric_status_hides_the_error() {
    let body = fixture("errors/billing_404.json");
    let server = ScriptedServer::start([Reply::http("404 Not Found", &[], body)]).await;
    let error = invoices(&server).get_invoice_by_invoice_id("INV-0").await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.message(), "requested id:INV-0 doesn't exist");
    assert_eq!(ApiError::from_error(&error).unwrap().kind, ApiErrorKind::NotFound);
}

#[tokio::test]
async fn defect_14_an_html_or_empty_error_body_loses_the_status() {
    for (status, retryable, message) in [
        ("503 Service Unavailable", true, "Service Unavailable"),
        ("403 Forbidden", false, "Forbidden"),
        ("412 Precondition Failed", false, "Precondition Failed"),
    ] {
        for body in ["", "<html><body>no</body></html>"] {
            let headers = ["content-type: text/html"];
            let server = ScriptedServer::start([Reply::http(status, &headers, body)]).await;
            let error =
                invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
            assert_eq!((error.is_retryable(), error.message()), (retryable, message), "{status}");
            assert!(ApiError::from_error(&error).is_some());
            assert_eq!(error.raw_body().unwrap(), body.as_bytes());
        }
    }
}

#[tokio::test]
async fn defect_15_nothing_is_retried() {
    let server = ScriptedServer::start([
        Reply::http("503 Service Unavailable", &[], ""),
        Reply::http("429 Too Many Requests", &[], ""),
        Reply::Close,
        json("{}"),
    ])
    .await;
    invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn defect_16_pagination_is_missing() {
    let script = [response("v3/list_invoices_1.json"), response("v3/list_invoices_2.json")];
    let server = ScriptedServer::start(script).await;
    let all = invoices(&server).list_invoices_all(ListInvoicesRequest::new()).try_collect().await;
    assert_eq!(all.unwrap().len(), 2);

    // A repeated cursor is an error, not an endless list.
    let server = ScriptedServer::start([response("v3/list_invoices_1.json")]).await;
    let all = invoices(&server).list_invoices_all(ListInvoicesRequest::new()).try_collect().await;
    assert_eq!(all.unwrap_err().kind(), ErrorKind::Pagination);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn defect_17_polling_after_a_202_is_missing() {
    let pending = Reply::http("202 Accepted", &[], "");
    let server = ScriptedServer::start([pending, response("v3/month_to_date.json")]).await;
    let wait = Wait::new().first_step(Duration::from_millis(1));
    let bill = invoices(&server).get_month_to_date_invoice_when_ready(mtd(), wait).await.unwrap();
    assert_eq!(bill.monthly_transaction_amount.unwrap().to_string(), "2890.32");
}

#[tokio::test]
async fn defect_18_files_are_decoded_as_text_and_json() {
    let reply = Reply::http("200 OK", &["content-type: application/pdf"], b"%PDF\xff\xfe\x00");
    let server = ScriptedServer::start([reply]).await;
    let file = old(&server).download_invoice(may_2020(), FileFormat::Pdf).await.unwrap();
    assert_eq!(file.content, &b"%PDF\xff\xfe\x00"[..]);
}

#[tokio::test]
async fn defect_19_accept_header_is_missing() {
    let address = Reply::http("201 Created", &[JSON_API], fixture("billing_address/address.json"));
    let server = ScriptedServer::start([json("{}"), address]).await;
    invoices(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    let request = AddBillingAddrRequest::new(CUSTOMER, BillingAddressAttributes::default());
    BillingAddressApi::new(&client(&server)).add_billing_addr(request).await.unwrap();
    let sent = sent(&server);
    sent[0].assert_accepts("application/json");
    sent[1].assert_accepts("application/vnd.api+json");
    assert_eq!(sent[1].header("content-type"), Some("application/vnd.api+json"));
}

#[tokio::test]
async fn defect_20_path_segments_are_form_encoded() {
    let address = Reply::http("200 OK", &[JSON_API], fixture("billing_address/address.json"));
    let server = ScriptedServer::start([address]).await;
    BillingAddressApi::new(&client(&server)).get_billing_addr("a b/c+d").await.unwrap();
    assert_eq!(sent(&server)[0].line, "GET /customer/a%20b%2Fc%2Bd/billing_address");
}

#[test]
fn defect_21_dates_and_months_are_unchecked_strings() {
    for text in ["2024-13", "2024-00", "24-01", "January"] {
        assert!(text.parse::<BillingMonth>().is_err(), "{text}");
    }
    assert!("13".parse::<fastly_billing::Month>().is_err());
    assert!("20".parse::<fastly_billing::Year>().is_err());
    let invoice: fastly_billing::v3::Invoice =
        serde_json::from_str(&fixture("v3/invoice.json")).unwrap();
    assert_eq!(invoice.billing_start_date.unwrap().timestamp(), 1_782_864_000);
}

#[test]
fn defect_22_a_missing_token_is_sent_as_an_empty_one() {
    for error in [
        Client::builder().build().unwrap_err(),
        Client::new("").unwrap_err(),
        Client::new(" ").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("token"), "{error}");
    }
}

#[test]
fn defect_23_debug_shows_the_token() {
    let builder = Client::builder().api_token("example-secret-token");
    assert!(!format!("{builder:?}").contains("example-secret-token"));
    let client = builder.build().unwrap();
    let api = BillingInvoicesApi::new(&client);
    assert!(!format!("{client:?} {api:?}").contains("example-secret-token"));
}

#[tokio::test]
async fn defect_24_an_unknown_state_fails_the_whole_invoice() {
    let body = r#"{"invoice_id":1,"status":{"status":"Disputed"},"vendor_state":"sideways"}"#;
    let server = ScriptedServer::start([json(body)]).await;
    let invoice = old(&server).get_invoice(may_2020()).await.unwrap();
    let status = invoice.status.as_ref().unwrap().status.as_ref().unwrap();
    assert_eq!(status.as_str(), "Disputed");
    assert_eq!(invoice.vendor_state.as_ref().unwrap().as_str(), "sideways");
}

#[tokio::test]
async fn defect_25_string_ids_and_amounts_fail_the_whole_invoice() {
    let body = r#"{"invoice_id":"7exampleInvoice","total":{"plan_minimum":"50.00"}}"#;
    let server = ScriptedServer::start([json(body)]).await;
    let invoice = old(&server).get_invoice(may_2020()).await.unwrap();
    assert_eq!(invoice.invoice_id, "7exampleInvoice");
    assert_eq!(invoice.total.as_ref().unwrap().plan_minimum.unwrap().to_string(), "50.00");
}

#[tokio::test]
async fn defect_26_the_older_lines_are_dropped() {
    let server = ScriptedServer::start([response("v2/estimate_of_2022.json")]).await;
    let estimate = old(&server).get_invoice_mtd(CUSTOMER).await.unwrap().into_inner();
    assert_eq!(estimate.ready().unwrap().line_items[0].amount.unwrap().to_string(), "0.75");
}

#[tokio::test]
async fn defect_27_a_list_is_decoded_as_an_object() {
    let body = r#"["2020-05-31T00:00:00Z","2020-05-01T00:00:00Z","x4exampleCustomer"]"#;
    let server = ScriptedServer::start([json(body)]).await;
    let error = old(&server).get_invoice(may_2020()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("expected an object"), "{error}");
}

#[tokio::test]
async fn defect_28_headers_of_an_empty_response_are_hidden() {
    let headers = ["Fastly-RateLimit-Remaining: 5", "x-request-id: r-1"];
    let server = ScriptedServer::start([Reply::http("202 Accepted", &headers, "ok")]).await;
    let request =
        UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, CustomerAddress::default());
    let api = CustomerAddressesApi::new(&client(&server));
    let response = api.update_customer_address(request).await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.request_id(), Some("r-1"));
    assert_eq!(RateLimit::of(&response).remaining, Some(5));
    assert_eq!(response.raw_body().unwrap(), &b"ok"[..]);
}
