//! Fastly v2 on the wire: what each operation sends, and what it makes of answers written by hand,
//! old forms included.

use std::time::Duration;

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{CUSTOMER, answer, client, fixture, sent},
    json,
};
use fastly_billing::{
    BillingMonth, ErrorKind, FileFormat, Month, MonthToDate, Wait, Year,
    v2::{
        BillingApi, BillingStatusStatus, GetInvoiceByIdRequest, GetInvoiceMtdRequest,
        GetInvoiceRequest, VendorState,
    },
};

fn api(server: &ScriptedServer) -> BillingApi {
    BillingApi::new(&client(server))
}

fn may_2020() -> GetInvoiceRequest {
    GetInvoiceRequest::new(Month::new(5).unwrap(), Year::new(2020).unwrap())
}

fn text(decimal: Option<rust_decimal::Decimal>) -> String {
    decimal.map(|decimal| decimal.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn get_invoice() {
    let server = ScriptedServer::start([answer("v2/invoice.json")]).await;
    let invoice = api(&server).get_invoice(may_2020()).await.unwrap();
    let sent = &sent(&server)[0];
    sent.assert_accepts("application/json");
    assert_eq!(sent.line, "GET /billing/v2/year/2020/month/05");
    assert_eq!(may_2020(), GetInvoiceRequest::from("2020-05".parse::<BillingMonth>().unwrap()));

    assert_eq!(invoice.invoice_id, "4100001");
    assert_eq!(invoice.vendor_state, Some(VendorState::Up));
    let status = invoice.status.as_ref().unwrap();
    assert_eq!(status.status, Some(BillingStatusStatus::Paid));
    assert_eq!(status.sent_at.unwrap().to_rfc3339(), "2020-06-01T06:30:00+00:00");
    let total = invoice.total.as_ref().unwrap();
    assert_eq!(total.cost.unwrap().to_string(), "16777217.01");
    assert_eq!(total.requests.unwrap().to_string(), "1234567890.123456789");
    assert_eq!(total.plan_minimum.unwrap().to_string(), "50.00");
    assert_eq!(total.terms, "Net15");
    assert_eq!(text(total.percentile), "111.1");
    assert_eq!(text(total.percentile_cost), "111.1");
    assert_eq!(text(total.commit_shortfall), "-0.01");
    assert_eq!(text(total.discount_amount), "0.0000001");
    assert_eq!(total.extras[0].recurring.unwrap().to_string(), "20.00");
    assert_eq!(invoice.regions.keys().collect::<Vec<_>>(), ["anzac", "usa"]);
    let usa = &invoice.regions["usa"];
    assert_eq!(usa.cost.unwrap().to_string(), "148.9");
    assert_eq!(usa.bandwidth.as_ref().unwrap().tiers[0].price.unwrap().to_string(), "0.12");
    let line = &invoice.line_items[0];
    assert_eq!(
        (text(line.amount), text(line.rate_schedule_tier_no)),
        ("0.75".into(), "1.0".into())
    );
    assert_eq!((line.line_number, line.credit_coupon_code.as_deref()), (Some(1), None));
    assert_eq!(line.aria_invoice_id.as_deref(), Some("900001"));
    assert_eq!(i64::try_from(line.plan_no.unwrap()).unwrap(), 7);
    assert!(line.created_at.is_some() && line.deleted_at.is_none());

    let stored = serde_json::to_string(&*invoice).unwrap();
    let again: fastly_billing::v2::BillingResponse = serde_json::from_str(&stored).unwrap();
    assert_eq!(again, invoice.into_inner());
}

#[tokio::test]
async fn a_default_month_or_year_is_not_sent() {
    let server = ScriptedServer::start([answer("v2/invoice.json")]).await;
    let api = api(&server);
    let (month, year) = (Month::new(5).unwrap(), Year::new(2020).unwrap());
    for (request, missing) in [
        (GetInvoiceRequest::default(), "month"),
        (GetInvoiceRequest::default().year(year), "month"),
        (GetInvoiceRequest::default().month(month), "year"),
    ] {
        for error in [
            api.get_invoice(request.clone()).await.unwrap_err(),
            api.download_invoice(request, FileFormat::Pdf).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
            let text = error.to_string();
            assert!(text.contains(&format!("`{missing}` is not set: set the {missing}")), "{text}");
        }
    }
    let request = GetInvoiceMtdRequest::new(CUSTOMER).year(Year::default());
    let error = api.get_invoice_mtd(request).await.unwrap_err();
    assert!(error.to_string().contains("`year` is not set"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn get_invoice_by_id() {
    let server = ScriptedServer::start([answer("v2/invoice_of_2019.json")]).await;
    let api = api(&server);
    let invoice = api.get_invoice_by_id(GetInvoiceByIdRequest::new(CUSTOMER, 4_100_001)).await;
    let invoice = invoice.unwrap();
    assert_eq!(invoice.invoice_id, "111");
    assert_eq!(invoice.total.as_ref().unwrap().plan_code, "");
    assert_eq!(text(invoice.total.as_ref().unwrap().percentile), "111.1");
    assert!(invoice.regions.is_empty() && invoice.status.as_ref().unwrap().status.is_none());
    api.get_invoice_by_id(GetInvoiceByIdRequest::new("a/b", "7Example Id")).await.unwrap();
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    assert_eq!(
        lines,
        [
            "GET /billing/v2/account_customers/x4exampleCustomer/invoices/4100001",
            "GET /billing/v2/account_customers/a%2Fb/invoices/7Example%20Id",
        ]
    );
    for request in [GetInvoiceByIdRequest::new("", 1), GetInvoiceByIdRequest::new(CUSTOMER, "..")] {
        let error = api.get_invoice_by_id(request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    }
}

#[tokio::test]
async fn get_invoice_mtd() {
    let server = ScriptedServer::start([answer("v2/estimate.json")]).await;
    let api = api(&server);
    let request = GetInvoiceMtdRequest::new(CUSTOMER)
        .month(Month::new(6).unwrap())
        .year(Year::new(2020).unwrap());
    let MonthToDate::Ready(estimate) = api.get_invoice_mtd(request).await.unwrap().into_inner()
    else {
        panic!("not ready")
    };
    assert_eq!(estimate.invoice_id, "9exampleEstimate");
    assert_eq!(estimate.status.unwrap().status, Some(BillingStatusStatus::Mtd));
    assert_eq!(estimate.total.unwrap().cost.unwrap().to_string(), "50.10");
    assert_eq!(estimate.line_items[0].per_unit_cost.unwrap().to_string(), "0.0075");
    assert_eq!(estimate.line_items[0].plan_no, Some(7));
    api.get_invoice_mtd(CUSTOMER).await.unwrap();
    let lines: Vec<String> = sent(&server).into_iter().map(|sent| sent.line).collect();
    let path = "GET /billing/v2/account_customers/x4exampleCustomer/mtd_invoice";
    assert_eq!(lines, [format!("{path}?month=06&year=2020"), path.to_owned()]);
}

#[tokio::test]
async fn an_estimate_that_is_not_ready_is_waited_for() {
    let pending = Reply::http("202 Accepted", &[], "");
    let server =
        ScriptedServer::start([pending.clone(), pending, answer("v2/estimate.json")]).await;
    let api = api(&server);
    assert!(api.get_invoice_mtd(CUSTOMER).await.unwrap().is_pending());
    let wait = Wait::new().first_step(Duration::from_millis(1));
    let estimate = api.get_invoice_mtd_when_ready(CUSTOMER, wait).await.unwrap();
    assert_eq!(estimate.invoice_id, "9exampleEstimate");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn files_are_bytes_with_name_and_type() {
    let csv = b"description,amount\nCaf\xe9,1.00\n";
    let pdf = b"%PDF-1.7\n\xe2\xe3\xcf\xd3\x00";
    let file = |kind: &str, disposition: &str, body: &[u8]| {
        let kind = format!("content-type: {kind}");
        Reply::http("200 OK", &[&kind, disposition], body)
    };
    let server = ScriptedServer::start([
        file(
            "text/csv; charset=iso-8859-1",
            "content-disposition: attachment; filename=\"a.csv\"",
            csv,
        ),
        file("application/pdf", "x-other: 1", pdf),
    ])
    .await;
    let api = api(&server);
    let download = api.download_invoice(may_2020(), FileFormat::Csv).await.unwrap();
    assert_eq!(download.content, &csv[..]);
    assert_eq!(download.name.as_deref(), Some("a.csv"));
    assert_eq!(download.content_type.as_deref(), Some("text/csv; charset=iso-8859-1"));
    let request = GetInvoiceByIdRequest::new(CUSTOMER, "4100001");
    let download = api.download_invoice_by_id(request, FileFormat::Pdf).await.unwrap();
    assert_eq!((&*download.content, &download.name), (&pdf[..], &None));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    download.save(&path).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), pdf);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let sent = sent(&server);
    sent[0].assert_accepts("text/csv");
    sent[1].assert_accepts("application/pdf");
    assert_eq!(sent[0].line, "GET /billing/v2/year/2020/month/05");
    assert_eq!(
        sent[1].line,
        "GET /billing/v2/account_customers/x4exampleCustomer/invoices/4100001"
    );
}

#[tokio::test]
async fn what_is_no_file_is_an_error() {
    for (kind, body, expected) in [
        ("text/html", "<html>", "text/html where application/pdf is due"),
        ("application/json", "{}", "application/json where application/pdf is due"),
        ("application/pdf", "", "its content is empty"),
    ] {
        let kind = format!("content-type: {kind}");
        let server = ScriptedServer::start([Reply::http("200 OK", &[&kind], body)]).await;
        let error = api(&server).download_invoice(may_2020(), FileFormat::Pdf).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn old_forms_decode() {
    let wrapped = fixture("v2/estimate_of_2022.json");
    let bare = fixture("v2/estimate.json").replace("line_items", "lines");
    for (body, amount) in [(wrapped, "0.75"), (bare, "0.75")] {
        let server = ScriptedServer::start([json(&body)]).await;
        let estimate = api(&server).get_invoice_mtd(CUSTOMER).await.unwrap().into_inner();
        let MonthToDate::Ready(estimate) = estimate else { panic!("not ready") };
        assert_eq!(estimate.line_items.len(), 1, "{body}");
        assert_eq!(estimate.line_items[0].amount.unwrap().to_string(), amount);
        assert_eq!(estimate.line_items[0].plan_no, Some(7));
    }
    for (body, place) in [
        (r#"{"lines":[{"line":{"amount":"x"}}]}"#, "`amount`"),
        (r#"{"lines":[{"line":[]}]}"#, "`lines[0]`"),
        (r#"{"line_items":[7]}"#, "`line_items[0]`"),
        (r#"{"line_items":[{"message":"x"}]}"#, "none of the expected keys"),
    ] {
        let server = ScriptedServer::start([json(body)]).await;
        let error = api(&server).get_invoice_mtd(CUSTOMER).await.unwrap_err().to_string();
        assert!(error.contains(place), "{body}: {error}");
    }
    let invoice = r#"{"invoice_id":"7exampleInvoice","total":{"cost":"1.10","requests":"5"},
        "regions":{"usa":{"cost":"0.10"}},"lines":[{"line":{"id":"3x","amount":"1.10"}}]}"#;
    let server = ScriptedServer::start([json(invoice)]).await;
    let invoice = api(&server).get_invoice(may_2020()).await.unwrap();
    assert_eq!(invoice.invoice_id, "7exampleInvoice");
    assert_eq!(invoice.regions["usa"].cost.unwrap().to_string(), "0.10");
    assert_eq!(text(invoice.line_items[0].amount), "1.10");
}

#[tokio::test]
async fn the_retired_service_answers_not_found() {
    let gone =
        Reply::http("404 Not Found", &["content-type: application/json"], r#"{"msg":"Not found"}"#);
    let server = ScriptedServer::start([gone]).await;
    let error = api(&server).get_invoice(may_2020()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "get_invoice failed: 404 Not Found: Not found");
}
