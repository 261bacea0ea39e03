//! Which HTTP responses count as a success, and which requests are rejected before they are sent.

use std::time::Duration;

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{CUSTOMER, JSON_API, client, fixture, sent},
    json,
    wire::{self, ORGANIZATION},
};
use fastly_billing::{
    BillingMonth, CallOptions, ErrorKind, MonthToDate, NeverRetry,
    billing_address::{
        AddBillingAddrRequest, BillingAddressApi, BillingAddressAttributes,
        UpdateBillingAddrRequest, UpdateBillingAddressAttributes,
    },
    v3::{
        BillingInvoicesApi, BillingUsageMetricsApi, CustomerAddress, CustomerAddressType,
        CustomerAddressesApi, GetMonthToDateInvoiceRequest, GetUsageMetricsRequest,
        ListInvoicesRequest, UpdateCustomerAddressRequest,
    },
};
use scaleway_billing::{v2, v2beta1};

const ID: &str = "INV-100001";

#[tokio::test]
async fn undeclared_status_is_an_error() {
    let invoice = fixture("v3/invoice.json");
    for status in [
        "201 Created",
        "202 Accepted",
        "203 Non-Authoritative Information",
        "204 No Content",
        "205 Reset Content",
        "206 Partial Content",
        "299 Strange",
    ] {
        let headers = ["content-type: application/json", "content-range: bytes 0-99/100"];
        let body = if status.starts_with("204") { "" } else { &invoice };
        let server = ScriptedServer::start([Reply::http(status, &headers, body)]).await;
        let api = BillingInvoicesApi::new(&client(&server));
        let one = api.get_invoice_by_invoice_id(ID).await.map(drop);
        let list = api.list_invoices(ListInvoicesRequest::new()).await.map(drop);
        for (result, body) in [(one, body), (list, body)] {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{status}");
            let code = error.status().unwrap().as_str().to_owned();
            assert!(status.starts_with(&code), "{status}: {error}");
            let text = error.to_string();
            assert!(text.contains(&code) && text.contains("succeeds with 200"), "{text}");
            assert_eq!(error.raw_body().unwrap(), body.as_bytes());
        }
    }

    let server = ScriptedServer::start([Reply::http("200 OK", &[], "")]).await;
    let client = client(&server);
    let deleted = BillingAddressApi::new(&client).delete_billing_addr(CUSTOMER).await;
    assert!(deleted.unwrap_err().to_string().contains("succeeds with 204"));
    let request =
        UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, CustomerAddress::default());
    let updated = CustomerAddressesApi::new(&client).update_customer_address(request).await;
    assert!(updated.unwrap_err().to_string().contains("succeeds with 202"));
}

#[tokio::test]
async fn status_decides_if_there_is_no_body_to_read() {
    let head = "HTTP/1.1 202 Accepted\r\ncontent-length: 99\r\nretry-after: 7\r\n\r\n{\"title\":";
    for reply in [Reply::Stall(head.into()), Reply::Bytes(head.into())] {
        let server = ScriptedServer::start([reply]).await;
        let options = CallOptions::new().attempt_timeout(Duration::from_secs(1)).retry(NeverRetry);
        let client = client(&server).with_options(options);
        let invoices = BillingInvoicesApi::new(&client);
        let response =
            invoices.get_month_to_date_invoice(GetMonthToDateInvoiceRequest::new()).await.unwrap();
        let MonthToDate::Pending(status) = response.into_inner() else { panic!("ready") };
        assert_eq!(status.retry_after, Some(Duration::from_secs(7)));

        let request =
            UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, CustomerAddress::default());
        let updated = CustomerAddressesApi::new(&client).update_customer_address(request).await;
        assert_eq!(updated.unwrap().status(), 202);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn creation_needs_a_body_only_to_decode_it() {
    for body in ["", " \n", "{}", "null", r#"{"new":1}"#, r#"{"id":null,"new":{"id":"7"}}"#] {
        let server = ScriptedServer::start([Reply::http("201 Created", &[JSON_API], body)]).await;
        let client = client(&server);
        let address = CustomerAddress::default().r#type(CustomerAddressType::Tax);
        let created = CustomerAddressesApi::new(&client).create_customer_address(address).await;
        let created = created.unwrap();
        assert_eq!((created.status().as_u16(), &*created.id), (201, ""));

        let request = AddBillingAddrRequest::new(CUSTOMER, BillingAddressAttributes::default());
        let error = BillingAddressApi::new(&client).add_billing_addr(request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{body}");
    }
}

#[tokio::test]
async fn empty_object_is_not_an_invoice_budget_or_address() {
    for body in ["{}", " {\n} ", "\u{feff}{}"] {
        let server = ScriptedServer::start([json(body)]).await;
        let fastly = client(&server);
        let scaleway = wire::client(server.url());
        let invoices = BillingInvoicesApi::new(&fastly);
        let mtd = GetMonthToDateInvoiceRequest::new();
        for error in [
            invoices.get_invoice_by_invoice_id(ID).await.unwrap_err(),
            invoices.get_month_to_date_invoice(mtd).await.unwrap_err(),
            BillingAddressApi::new(&fastly).get_billing_addr(CUSTOMER).await.unwrap_err(),
            v2::BillingApi::new(&scaleway).get_budget(ORGANIZATION).await.unwrap_err(),
            v2beta1::BillingApi::new(&scaleway).get_invoice(ORGANIZATION).await.unwrap_err(),
            v2::ElectronicBillingApi::new(&scaleway)
                .get_electronic_address(ORGANIZATION)
                .await
                .unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{error}");
            assert!(error.to_string().contains("empty JSON object"), "{error}");
        }
        // A page may be empty.
        let page = invoices.list_invoices(ListInvoicesRequest::new()).await.unwrap();
        assert!(page.data.is_empty());
    }
}

#[tokio::test]
async fn id_that_forms_another_route_is_rejected() {
    let server = ScriptedServer::start([invoice_response()]).await;
    let api = BillingInvoicesApi::new(&client(&server));
    for id in [
        "month-to-date",
        "Month-To-Date",
        "month-to-date/",
        " month-to-date",
        "/month-to-date\t",
        "month-to-date?",
    ] {
        let error = api.get_invoice_by_invoice_id(id).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert!(error.to_string().contains("another route"), "{error}");
    }
    assert!(server.requests().is_empty());
    api.get_invoice_by_invoice_id("month-to-date-1").await.unwrap();
    assert_eq!(sent(&server)[0].line, "GET /billing/v3/invoices/month-to-date-1");
}

fn invoice_response() -> Reply {
    billing_tests::fastly::response("v3/invoice.json")
}

#[tokio::test]
async fn contradictions_and_placeholders_are_rejected() {
    let server = ScriptedServer::start([Reply::http("202 Accepted", &[], "")]).await;
    let fastly = client(&server);
    let api = CustomerAddressesApi::new(&fastly);
    let update = |of| {
        let address = CustomerAddress::default().address_1("1 Example Street");
        UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, address.r#type(of))
    };
    let refused = api.update_customer_address(update(CustomerAddressType::Billing)).await;
    let error = refused.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    assert!(error.to_string().contains("differ"), "{error}");

    let usage = BillingUsageMetricsApi::new(&fastly);
    let may: BillingMonth = "2026-05".parse().unwrap();
    for request in [
        GetUsageMetricsRequest::default(),
        GetUsageMetricsRequest::new(BillingMonth::default(), may),
        GetUsageMetricsRequest::new(may, BillingMonth::default()),
    ] {
        let error = usage.get_usage_metrics(request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert!(error.to_string().contains("0001-01"), "{error}");
    }
    let request = v2beta1::ListTaxesRequest::new().billing_period(BillingMonth::default());
    let scaleway = v2beta1::BillingApi::new(&wire::client(server.url()));
    let error = scaleway.list_taxes(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(server.requests().is_empty());

    api.update_customer_address(update(CustomerAddressType::Tax)).await.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn patch_is_not_retried() {
    for reply in [Reply::http("503 Service Unavailable", &[], ""), Reply::Close] {
        let server = ScriptedServer::start([reply]).await;
        let request =
            UpdateBillingAddrRequest::new(CUSTOMER, UpdateBillingAddressAttributes::default());
        let error = BillingAddressApi::new(&client(&server)).update_billing_addr(request).await;
        let error = error.unwrap_err();
        assert!(!error.is_retryable() && error.was_sent(), "{error}");
        assert_eq!((error.attempts(), server.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn retry_after_takes_precedence_over_rate_limit_reset() {
    let date = "date: Sat, 21 Nov 2026 10:00:00 GMT";
    let reset = "fastly-ratelimit-reset: 1795258200";
    for (headers, wait) in [(&[date, reset, "retry-after: 1"][..], 1), (&[date, reset], 50 * 60)] {
        let reply = Reply::http("429 Too Many Requests", headers, "");
        let server = ScriptedServer::start([reply]).await;
        let client = client(&server).with_options(CallOptions::new().retry(NeverRetry));
        let error = BillingInvoicesApi::new(&client).get_invoice_by_invoice_id(ID).await;
        assert_eq!(error.unwrap_err().retry_after(), Some(Duration::from_secs(wait)));
    }
}

#[tokio::test]
async fn polling_survives_temporary_failures() {
    let pending = Reply::http("202 Accepted", &[], "");
    let down = Reply::http("503 Service Unavailable", &[], "");
    let ready = billing_tests::fastly::response("v3/month_to_date.json");
    let server = ScriptedServer::start([pending, down.clone(), down, ready]).await;
    let client = client(&server).with_options(CallOptions::new().retry(NeverRetry));
    let wait = fastly_billing::Wait::new().first_step(Duration::ZERO);
    BillingInvoicesApi::new(&client)
        .get_month_to_date_invoice_when_ready(GetMonthToDateInvoiceRequest::new(), wait)
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 4);
}
