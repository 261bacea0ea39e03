//! Scaleway v2beta1 on the wire: the request of each operation of the Billing API, and the decoding
//! of hand-written responses.

use billing_tests::{
    ScriptedServer, json as json_reply,
    wire::{
        ORGANIZATION, OTHER, PROJECT, Query, REQUEST_ID, assert_at_most_once, assert_refused,
        builder, client, date, decimal, expect, fixture, money, respond, round_trip, serve,
        serve_anything, serve_file,
    },
};
use httpmock::{Method::POST, Mock, MockServer};
use scaleway_billing::{
    BillingMonth, Client, Error, ErrorKind, Result,
    v2beta1::{
        BillingApi, DiscountDiscountMode, DiscountFilterType, DownloadInvoiceRequest,
        DownloadInvoiceRequestFileType, ExportInvoicesRequest, ExportInvoicesRequestFileType,
        ExportInvoicesRequestOrderBy, InvoiceType, ListConsumptionsRequest,
        ListConsumptionsRequestOrderBy, ListDiscountsRequest, ListDiscountsRequestOrderBy,
        ListInvoicesRequest, ListInvoicesRequestOrderBy, ListTaxesRequest, ListTaxesRequestOrderBy,
        RedeemCouponRequest,
    },
};
use serde_json::{Value, json};

const INVOICE: &str = "1c000000-0000-4000-8000-000000000001";
const CONSUMPTIONS: &str = "/billing/v2beta1/consumptions";
const TAXES: &str = "/billing/v2beta1/taxes";
const INVOICES: &str = "/billing/v2beta1/invoices";
const EXPORT: &str = "/billing/v2beta1/export-invoices";
const DOWNLOAD: &str = "/billing/v2beta1/invoices/1c000000-0000-4000-8000-000000000001/download";
const DISCOUNTS: &str = "/billing/v2beta1/discounts";
const REDEEM: &str = "/billing/v2beta1/redeem-coupon";

fn api(server: &MockServer) -> BillingApi {
    BillingApi::new(&client(server.base_url()))
}

/// An API whose client has no defaults.
fn bare_api(server: &MockServer) -> BillingApi {
    BillingApi::new(&builder(server.base_url()).build().unwrap())
}

fn month(text: &str) -> BillingMonth {
    text.parse().unwrap()
}

#[tokio::test]
async fn list_consumptions_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("order_by", "category_name_asc"),
        ("page", "3"),
        ("page_size", "50"),
        ("project_id", PROJECT),
        ("category_name", "Managed Databases"),
        ("billing_period", "2026-05"),
    ];
    let of_project = serve(&server, CONSUMPTIONS, query, "{}").await;
    let request = ListConsumptionsRequest::new()
        .order_by(ListConsumptionsRequestOrderBy::CategoryNameAsc)
        .page(3)
        .page_size(50)
        .project_id(PROJECT)
        .category_name("Managed Databases")
        .billing_period(month("2026-05"));
    let response = api(&server).list_consumptions(request).await.unwrap();
    of_project.assert_async().await;
    assert_eq!((response.status().as_u16(), response.request_id()), (200, Some(REQUEST_ID)));
    assert_eq!((response.total_count, response.consumptions.len()), (0, 0));

    let query = &[("order_by", "updated_at_desc"), ("organization_id", OTHER)];
    let of_organization = serve(&server, CONSUMPTIONS, query, "{}").await;
    let request = ListConsumptionsRequest::new()
        .order_by(ListConsumptionsRequestOrderBy::UpdatedAtDesc)
        .organization_id(OTHER);
    api(&server).list_consumptions(request).await.unwrap();
    of_organization.assert_async().await;
}

#[tokio::test]
async fn list_consumptions_needs_an_organization_or_a_project() {
    let of = ListConsumptionsRequest::new;
    for (organization, project, request, expected) in [
        (None, None, of(), &[] as Query),
        (Some(ORGANIZATION), None, of(), &[("organization_id", ORGANIZATION)]),
        (None, Some(PROJECT), of(), &[("project_id", PROJECT)]),
        (Some(ORGANIZATION), Some(PROJECT), of(), &[("organization_id", ORGANIZATION)]),
        (Some(ORGANIZATION), None, of().project_id(PROJECT), &[("project_id", PROJECT)]),
        (None, Some(PROJECT), of().organization_id(OTHER), &[("organization_id", OTHER)]),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve(&server, CONSUMPTIONS, expected, "{}").await;
        let mut builder = builder(server.base_url());
        if let Some(id) = organization {
            builder = builder.default_organization_id(id);
        }
        if let Some(id) = project {
            builder = builder.default_project_id(id);
        }
        let api = BillingApi::new(&builder.build().unwrap());
        api.list_consumptions(request).await.unwrap();
        mocked.assert_async().await;
    }

    let server = MockServer::start_async().await;
    let any = serve_anything(&server, "{}").await;
    let both = of().organization_id(OTHER).project_id(PROJECT);
    let error = api(&server).list_consumptions(both.clone()).await.unwrap_err();
    assert_refused(&error, &["organization_id", "project_id"]);
    let error = api(&server).list_consumptions_all(both).try_next().await.unwrap_err();
    assert_refused(&error, &["organization_id", "project_id"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn consumptions_are_exact_and_may_be_negative() {
    let body = fixture("v2beta1/list_consumptions.json");
    let page = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).list_consumptions(ListConsumptionsRequest::new()).await
    })
    .await;
    assert_eq!(page.total_count, 4);
    assert_eq!(page.total_discount_untaxed_value, decimal("16295.3"));
    assert_eq!(page.total_discount_untaxed_value.to_string(), "16295.3");
    assert_eq!(page.updated_at, Some(date("2026-05-28T17:55:07.844017Z")));
    let [line, free, credit, large] = &page.consumptions[..] else { panic!("{page:?}") };
    assert_eq!(line.value, money(8, 120_000_000));
    assert_eq!((&*line.billed_quantity, &*line.unit), ("28", "minute"));
    assert_eq!((&*line.consumer_id, &*line.project_name, &*line.organization_name), ("", "", ""));
    assert_eq!(free.value, money(0, 0));
    assert_eq!((&*free.consumer_id, &*free.organization_name), (OTHER, "Example Customer"));
    assert_eq!(credit.value.as_ref().unwrap().to_string(), "-0.50 EUR");
    assert_eq!(large.value, money(-5911, -170_000_000));
    assert_eq!(large.value.as_ref().unwrap().to_string(), "-5911.17 EUR");
    assert_eq!(large.billed_quantity, "0.25");

    for (written, expected) in [
        ("16295.3", "16295.3"),
        ("\"16295.3\"", "16295.3"),
        ("0", "0"),
        ("162953e-1", "16295.3"),
        ("9007199254740993.01", "9007199254740993.01"),
        ("null", "0"),
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, format!(r#"{{"total_discount_untaxed_value":{written}}}"#)).await;
        let page = api(&server).list_consumptions(ListConsumptionsRequest::new()).await.unwrap();
        assert_eq!(page.total_discount_untaxed_value.to_string(), expected);
        let again: Value = serde_json::to_value(&*page).unwrap();
        assert_eq!(again["total_discount_untaxed_value"], expected);
    }
}

#[tokio::test]
async fn list_consumptions_all_keeps_the_totals_of_the_first_page() {
    let server = MockServer::start_async().await;
    let page = |first: usize, count: usize, total: u64, discount: &str, updated_at: &str| {
        let lines: Vec<Value> =
            (first..first + count).map(|n| json!({"billed_quantity": n.to_string()})).collect();
        json!({
            "consumptions": lines,
            "total_count": total,
            "total_discount_untaxed_value": discount,
            "updated_at": updated_at,
        })
    };
    let early = "2026-05-28T17:55:07Z";
    let late = "2026-05-28T18:00:00Z";
    let query = &[("page", "1"), ("page_size", "100"), ("organization_id", ORGANIZATION)];
    let first = serve(&server, CONSUMPTIONS, query, page(0, 100, 230, "16295.3", early)).await;
    // The list has grown since, and the last page has no totals.
    let query = &[("page", "2"), ("page_size", "100"), ("organization_id", ORGANIZATION)];
    let second = serve(&server, CONSUMPTIONS, query, page(100, 100, 231, "16300.1", late)).await;
    let query = &[("page", "3"), ("page_size", "100"), ("organization_id", ORGANIZATION)];
    let third = serve(&server, CONSUMPTIONS, query, page(200, 31, 0, "0", late)).await;

    let mut all = api(&server).list_consumptions_all(ListConsumptionsRequest::new());
    assert!(all.first_page().is_none());
    let mut seen = 0;
    while let Some(line) = all.try_next().await.unwrap() {
        assert_eq!(line.billed_quantity, seen.to_string());
        let page = all.first_page().unwrap();
        assert_eq!(page.total_count, 230);
        assert_eq!(page.total_discount_untaxed_value, decimal("16295.3"));
        assert_eq!(page.updated_at, Some(date(early)));
        seen += 1;
    }
    assert_eq!(seen, 231);
    for mocked in [first, second, third] {
        mocked.assert_async().await;
    }
}

#[tokio::test]
async fn list_taxes_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("order_by", "category_name_desc"),
        ("page", "2"),
        ("page_size", "10"),
        ("organization_id", OTHER),
        ("billing_period", "2025-12"),
    ];
    let mocked = serve(&server, TAXES, query, "{}").await;
    let request = ListTaxesRequest::new()
        .order_by(ListTaxesRequestOrderBy::CategoryNameDesc)
        .page(2)
        .page_size(10)
        .organization_id(OTHER)
        .billing_period(month("2025-12"));
    api(&server).list_taxes(request).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn list_taxes_needs_an_organization() {
    let server = MockServer::start_async().await;
    let default = serve(&server, TAXES, &[("organization_id", ORGANIZATION)], "{}").await;
    api(&server).list_taxes(ListTaxesRequest::new()).await.unwrap();
    default.assert_async().await;
    default.delete_async().await;

    let any = serve_anything(&server, "{}").await;
    let api = bare_api(&server);
    let error = api.list_taxes(ListTaxesRequest::new()).await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    assert!(error.to_string().contains("default_organization_id"), "{error}");
    let error = api.list_taxes_all(ListTaxesRequest::new()).try_next().await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn taxes_are_exact() {
    let body = fixture("v2beta1/list_taxes.json");
    let page = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).list_taxes(ListTaxesRequest::new()).await
    })
    .await;
    assert_eq!((page.total_count, page.updated_at), (4, Some(date("2026-05-28T17:55:07Z"))));
    let [vat, levy, exempt, nil] = &page.taxes[..] else { panic!("{page:?}") };
    assert_eq!((&*vat.description, &*vat.currency), ("VAT", "EUR"));
    assert_eq!(vat.rate, Some(decimal("0.2")));
    assert_eq!(vat.total_tax_value, Some(decimal("3259.06")));
    assert_eq!(levy.rate, Some(decimal("0.055")));
    assert_eq!(levy.total_tax_value.unwrap().to_string(), "-1.5");
    assert_eq!((exempt.rate, exempt.total_tax_value), (None, None));
    assert_eq!((nil.rate, nil.total_tax_value), (Some(decimal("0")), Some(decimal("0"))));
}

#[tokio::test]
async fn list_taxes_all_keeps_the_totals_of_the_first_page() {
    let server = MockServer::start_async().await;
    let query = &[("page", "1"), ("page_size", "1"), ("organization_id", ORGANIZATION)];
    let body =
        r#"{"taxes":[{"description":"a"}],"total_count":2,"updated_at":"2026-05-01T00:00:00Z"}"#;
    let first = serve(&server, TAXES, query, body).await;
    let query = &[("page", "2"), ("page_size", "1"), ("organization_id", ORGANIZATION)];
    let body = r#"{"taxes":[{"description":"b"}],"total_count":"2","updated_at":null}"#;
    let second = serve(&server, TAXES, query, body).await;
    // The second page is full, so the list does not rely on the total.
    let query = &[("page", "3"), ("page_size", "1"), ("organization_id", ORGANIZATION)];
    let third = serve(&server, TAXES, query, r#"{"taxes":[],"total_count":0}"#).await;
    let mut all = api(&server).list_taxes_all(ListTaxesRequest::new().page_size(1));
    let mut seen = Vec::new();
    while let Some(tax) = all.try_next().await.unwrap() {
        seen.push(tax.description);
    }
    assert_eq!(seen, ["a", "b"]);
    assert_eq!(all.first_page().unwrap().updated_at, Some(date("2026-05-01T00:00:00Z")));
    assert_eq!((first.calls_async().await, second.calls_async().await), (1, 1));
    assert_eq!(third.calls_async().await, 1);
    assert_eq!((all.total(), all.delivered(), all.shortfall()), (Some(2), 2, None));
}

#[tokio::test]
async fn cursor_belongs_to_its_filters_client_and_page_size() {
    let server = MockServer::start_async().await;
    let body = r#"{"taxes":[{"description":"a"},{"description":"b"}],"total_count":2}"#;
    serve_anything(&server, body).await;
    let request = || ListTaxesRequest::new().page_size(10);
    let mut all = api(&server).list_taxes_all(request());
    assert_eq!(all.try_next().await.unwrap().unwrap().description, "a");
    let cursor = all.cursor().unwrap();
    let rest = api(&server).list_taxes_all(request()).resume_from(&cursor).unwrap();
    assert_eq!(rest.try_collect().await.unwrap()[0].description, "b");
    // The start page does not count, and a default is the same as its explicit value.
    let same = request().page(7).organization_id(ORGANIZATION);
    let resumed = api(&server).list_taxes_all(same).resume_from(&cursor).unwrap();
    assert_eq!(resumed.cursor().as_ref(), Some(&cursor));

    let other = builder(server.base_url()).default_organization_id(OTHER).build().unwrap();
    let invoices = ListInvoicesRequest::new().page_size(10);
    let errors = [
        api(&server).list_taxes_all(request().page_size(11)).resume_from(&cursor).err(),
        api(&server)
            .list_taxes_all(request().billing_period(month("2026-05")))
            .resume_from(&cursor)
            .err(),
        BillingApi::new(&other).list_taxes_all(request()).resume_from(&cursor).err(),
        api(&server).list_invoices_all(invoices).resume_from(&cursor).err(),
    ];
    for error in errors {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Pagination);
        assert!(error.operation().is_some_and(|name| name.starts_with("list_")));
        assert!(error.to_string().contains("another request"), "{error}");
    }
}

#[tokio::test]
async fn list_invoices_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("organization_id", OTHER),
        ("billing_period_start_after", "2023-10-18T15:41:18Z"),
        ("billing_period_start_before", "2023-11-01T00:00:00.000000001Z"),
        ("invoice_type", "credit_note"),
        ("page", "3"),
        ("page_size", "50"),
        ("order_by", "total_taxed_asc"),
    ];
    let mocked = serve(&server, INVOICES, query, r#"{"total_count": 0, "invoices": []}"#).await;
    let request = ListInvoicesRequest::new()
        .organization_id(OTHER)
        .billing_period_start_after(date("2023-10-18T17:41:18+02:00"))
        .billing_period_start_before(date("2023-11-01T00:00:00.000000001Z"))
        .invoice_type(InvoiceType::CreditNote)
        .page(3)
        .page_size(50)
        .order_by(ListInvoicesRequestOrderBy::TotalTaxedAsc);
    let response = api(&server).list_invoices(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((response.total_count, response.invoices.len()), (0, 0));
}

#[tokio::test]
async fn list_invoices_sends_only_set_parameters() {
    let server = MockServer::start_async().await;
    let mocked = serve(&server, INVOICES, &[], "{}").await;
    api(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn invoices_in_every_state() {
    let body = fixture("v2beta1/list_invoices.json");
    let page = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await
    })
    .await;
    assert_eq!(page.total_count, 3);
    let [stopped, issued, strange] = &page.invoices[..] else { panic!("{page:?}") };
    assert_eq!((stopped.number, stopped.issued_date, stopped.due_date), (0, None, None));
    assert_eq!((&*stopped.state, &*stopped.organization_name), ("stopped", "None"));
    assert_eq!(stopped.total_discount, money(-5911, -170_000_000));
    assert_eq!(stopped.total_discount.as_ref().unwrap().to_string(), "-5911.17 EUR");
    assert_eq!(stopped.billing_period, Some(month("2019-11")));
    assert_eq!(stopped.stop_date, Some(date("2019-11-30T23:59:59.999999Z")));
    assert_eq!((issued.number, &issued.r#type), (4711, &InvoiceType::Periodic));
    assert_eq!(issued.issued_date, Some(date("2026-05-02T15:36:26.470866Z")));
    assert_eq!(issued.total_discount.as_ref().unwrap().to_string(), "-0.50 EUR");
    let total = |amount: &Option<scaleway_billing::Money>| amount.clone().unwrap();
    assert_eq!(
        total(&issued.total_undiscount).checked_add(&total(&issued.total_discount)).unwrap(),
        total(&issued.total_untaxed)
    );
    assert_eq!(
        total(&issued.total_untaxed).checked_add(&total(&issued.total_tax)).unwrap(),
        total(&issued.total_taxed)
    );
    assert_eq!((strange.number, &*strange.seller_name), (4712, "Example Seller SAS"));
    assert_eq!((&*strange.state, strange.r#type.as_str()), ("voided_tomorrow", "pro_forma"));
    assert!(matches!(strange.r#type, InvoiceType::Unknown(_)));
    assert_eq!(strange.billing_period, Some(month("2026-03")));
    assert_eq!((&strange.total_discount, &strange.total_undiscount), (&None, &None));
    assert_eq!(strange.total_tax, money(-1, -200_000_000));
}

#[tokio::test]
async fn billing_periods_decode_as_months_in_any_format() {
    for (written, expected) in [
        ("\"2025-07-01T00:00:00Z\"", Some("2025-07")),
        ("\"2025-07-01T00:00:00.000000Z\"", Some("2025-07")),
        ("\"2025-07\"", Some("2025-07")),
        ("null", None),
    ] {
        let server = MockServer::start_async().await;
        let body = format!(r#"{{"id":"a","billing_period":{written}}}"#);
        serve_anything(&server, body).await;
        let invoice = api(&server).get_invoice(INVOICE).await.unwrap();
        assert_eq!(invoice.billing_period.map(|month| month.to_string()).as_deref(), expected);
        assert_eq!(serde_json::to_value(&*invoice).unwrap()["billing_period"], json!(expected));
    }
    for written in ["\"July 2025\"", "\"2025-13\"", "\"2025\"", "7", "{}"] {
        let server = MockServer::start_async().await;
        serve_anything(&server, format!(r#"{{"invoices":[{{"billing_period":{written}}}]}}"#))
            .await;
        let error = api(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("`invoices[0].billing_period`"), "{error}");
    }
}

#[tokio::test]
async fn list_invoices_all_uses_a_page_size_of_100() {
    let server = MockServer::start_async().await;
    let page = |first: usize, count: usize| {
        let invoices: Vec<Value> = (first..first + count).map(|n| json!({"number": n})).collect();
        json!({"total_count": 130, "invoices": invoices})
    };
    let query = &[("invoice_type", "purchase"), ("page", "1"), ("page_size", "100")];
    let first = serve(&server, INVOICES, query, page(0, 100)).await;
    let query = &[("invoice_type", "purchase"), ("page", "2"), ("page_size", "100")];
    let second = serve(&server, INVOICES, query, page(100, 30)).await;
    let request = ListInvoicesRequest::new().invoice_type(InvoiceType::Purchase);
    let invoices = api(&server).list_invoices_all(request).try_collect().await.unwrap();
    assert!(invoices.iter().map(|invoice| invoice.number).eq(0..130));
    assert_eq!((first.calls_async().await, second.calls_async().await), (1, 1));
}

#[tokio::test]
async fn get_invoice_reads_one() {
    let path = "/billing/v2beta1/invoices/1c000000-0000-4000-8000-000000000001";
    let server = MockServer::start_async().await;
    let mocked = serve(&server, path, &[], fixture("v2beta1/invoice.json")).await;
    api(&server).get_invoice(INVOICE).await.unwrap();
    mocked.assert_async().await;

    let body = fixture("v2beta1/invoice.json");
    let invoice = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).get_invoice(INVOICE).await
    })
    .await;
    assert_eq!((invoice.number, &*invoice.state), (0, "draft"));
    assert_eq!(invoice.r#type, InvoiceType::CreditNote);
    assert_eq!(invoice.billing_period, Some(month("2026-05")));
    assert_eq!(invoice.total_taxed.unwrap().to_string(), "555.648 EUR");
    assert_eq!(invoice.total_discount, money(0, 0));
}

#[tokio::test]
async fn download_invoice_from_json_and_from_bytes() {
    let server = MockServer::start_async().await;
    let envelope = json!({
        "name": "a.pdf", "content_type": "application/pdf", "content": "JVBERi0xLjQKAP8=",
    });
    let mocked = serve(&server, DOWNLOAD, &[], envelope).await;
    let file = api(&server).download_invoice(INVOICE).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("a.pdf", "application/pdf"));
    assert_eq!(&file.content[..], b"%PDF-1.4\n\x00\xff");
    mocked.delete_async().await;

    let query = &[("file_type", "pdf"), ("dl", "1")];
    let bytes = b"%PDF-1.4\n\x00\xff";
    let raw = serve_file(&server, DOWNLOAD, query, "application/pdf", "b.pdf", bytes).await;
    let request =
        DownloadInvoiceRequest::new(INVOICE).file_type(DownloadInvoiceRequestFileType::Pdf).dl(1);
    let file = api(&server).download_invoice(request).await.unwrap();
    raw.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("b.pdf", "application/pdf"));
    assert_eq!(&file.content[..], bytes);
}

#[tokio::test]
async fn export_invoices_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("organization_id", OTHER),
        ("billing_period_start_after", "2026-01-01T00:00:00Z"),
        ("billing_period_start_before", "2026-04-01T00:00:00Z"),
        ("invoice_type", "periodic"),
        ("page", "1"),
        ("page_size", "100"),
        ("order_by", "due_date_desc"),
        ("file_type", "csv"),
        ("dl", "1"),
    ];
    let bytes = "number;total\n4711;122.40\n".as_bytes();
    let raw = serve_file(&server, EXPORT, query, "text/csv; charset=utf-8", "b.csv", bytes).await;
    let request = ExportInvoicesRequest::new()
        .organization_id(OTHER)
        .billing_period_start_after(date("2026-01-01T00:00:00Z"))
        .billing_period_start_before(date("2026-04-01T00:00:00Z"))
        .invoice_type(InvoiceType::Periodic)
        .page(1)
        .page_size(100)
        .order_by(ExportInvoicesRequestOrderBy::DueDateDesc)
        .file_type(ExportInvoicesRequestFileType::Csv)
        .dl(1);
    let file = api(&server).export_invoices(request).await.unwrap();
    raw.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("b.csv", "text/csv; charset=utf-8"));
    assert_eq!(&file.content[..], bytes);
}

#[tokio::test]
async fn export_invoices_sends_only_set_parameters() {
    let server = MockServer::start_async().await;
    let envelope =
        r#"{"name": "a.csv", "content_type": "text/csv", "content": "bnVtYmVyCjQ3MTEK"}"#;
    let mocked = serve(&server, EXPORT, &[], envelope).await;
    let file = api(&server).export_invoices(ExportInvoicesRequest::new()).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("a.csv", "text/csv"));
    assert_eq!(&file.content[..], b"number\n4711\n");
}

#[tokio::test]
async fn response_that_is_not_a_file_is_an_error() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    for (media_type, body) in [
        ("application/json", r#"{"name": "a.pdf", "content_type": "application/pdf"}"#),
        ("application/json", r#"{"name": null, "content_type": null, "content": null}"#),
        ("application/json", r#"{"name": "a.pdf", "content": ""}"#),
        ("application/json", r#"{"name": "a.pdf", "content": "not base64!"}"#),
        ("application/pdf", ""),
        ("text/csv", ""),
        ("text/html", page),
        ("text/html; charset=utf-8", page),
        ("application/xhtml+xml", page),
    ] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|_, then| {
                then.status(200).header("content-type", media_type).body(body);
            })
            .await;
        let request = DownloadInvoiceRequest::new(INVOICE).dl(1);
        let invoice = api(&server).download_invoice(request).await;
        let export = api(&server).export_invoices(ExportInvoicesRequest::new()).await;
        // An export may be empty if its content type is right.
        let is_export =
            body.ends_with(r#""content": ""}"#) || (media_type, body) == ("text/csv", "");
        assert_eq!(export.is_ok(), is_export, "{media_type} {body}");
        for error in [Some(invoice.unwrap_err()), export.err()].into_iter().flatten() {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{media_type}");
        }
    }
}

#[tokio::test]
async fn list_discounts_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("order_by", "stop_date_asc"),
        ("page", "2"),
        ("page_size", "10"),
        ("organization_id", OTHER),
    ];
    let mocked = serve(&server, DISCOUNTS, query, "{}").await;
    let request = ListDiscountsRequest::new()
        .order_by(ListDiscountsRequestOrderBy::StopDateAsc)
        .page(2)
        .page_size(10)
        .organization_id(OTHER);
    api(&server).list_discounts(request).await.unwrap();
    mocked.assert_async().await;

    // A reseller gets the discounts of all customers only if no organization is sent.
    let mocked = serve(&server, DISCOUNTS, &[], "{}").await;
    api(&server).list_discounts(ListDiscountsRequest::new()).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn discounts_are_exact() {
    let body = fixture("v2beta1/list_discounts.json");
    let page = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).list_discounts(ListDiscountsRequest::new()).await
    })
    .await;
    assert_eq!(page.total_count, 2);
    let [rate, fixed] = &page.discounts[..] else { panic!("{page:?}") };
    assert_eq!(rate.mode, DiscountDiscountMode::DiscountModeRate);
    assert_eq!(rate.value, decimal("16777217.01"));
    assert_eq!(rate.value_used, decimal("0"));
    assert_eq!(rate.value_remaining, decimal("1234567890.123456789"));
    assert_eq!(rate.stop_date, None);
    assert_eq!(rate.coupon.as_ref().unwrap().description.as_deref(), Some("Welcome"));
    assert_eq!(rate.filters[0].r#type, DiscountFilterType::ProductRange);
    assert_eq!((&*rate.filters[0].value, rate.filters[0].exclude), ("Cost Optimized", true));
    assert_eq!(rate.filters[1].r#type, DiscountFilterType::Zone);
    assert_eq!(fixed.mode.as_str(), "discount_mode_of_tomorrow");
    assert!(matches!(fixed.mode, DiscountDiscountMode::Unknown(_)));
    assert_eq!(fixed.filters[0].r#type.as_str(), "planet");
    assert_eq!(fixed.coupon.as_ref().unwrap().description, None);
    assert_eq!(fixed.organization_id, "");
}

#[tokio::test]
async fn list_discounts_all_sends_only_the_page() {
    let server = MockServer::start_async().await;
    let query = &[("page", "1"), ("page_size", "100")];
    let mocked = serve(&server, DISCOUNTS, query, fixture("v2beta1/list_discounts.json")).await;
    let all = api(&server).list_discounts_all(ListDiscountsRequest::new()).try_collect().await;
    assert_eq!(all.unwrap().len(), 2);
    mocked.assert_async().await;
}

#[tokio::test]
async fn lists_use_the_page_size_of_the_client() {
    const PAGE: (&str, &str) = ("page", "1");
    const SIZE: (&str, &str) = ("page_size", "20");
    const OF: (&str, &str) = ("organization_id", ORGANIZATION);
    macro_rules! check {
        ($path:ident: $list:ident, $all:ident, $request:ident, $query:expr, $all_query:expr) => {
            let server = MockServer::start_async().await;
            let builder = builder(server.base_url()).default_organization_id(ORGANIZATION);
            let api = BillingApi::new(&builder.default_page_size(20).build().unwrap());
            let empty = r#"{"consumptions":[],"taxes":[],"invoices":[],"discounts":[]}"#;
            let one = serve(&server, $path, $query, empty).await;
            let all = serve(&server, $path, $all_query, empty).await;
            api.$list($request::new()).await.unwrap();
            assert!(api.$all($request::new()).try_next().await.unwrap().is_none());
            assert_eq!((one.calls_async().await, all.calls_async().await), (1, 1));
        };
    }
    check!(CONSUMPTIONS: list_consumptions, list_consumptions_all, ListConsumptionsRequest,
        &[SIZE, OF], &[PAGE, SIZE, OF]);
    check!(TAXES: list_taxes, list_taxes_all, ListTaxesRequest, &[SIZE, OF], &[PAGE, SIZE, OF]);
    check!(INVOICES: list_invoices, list_invoices_all, ListInvoicesRequest, &[SIZE], &[PAGE, SIZE]);
    check!(DISCOUNTS: list_discounts, list_discounts_all, ListDiscountsRequest,
        &[SIZE], &[PAGE, SIZE]);

    let server = MockServer::start_async().await;
    let exported = serve_file(&server, EXPORT, &[SIZE], "text/csv", "a.csv", b"x").await;
    let client = builder(server.base_url()).default_page_size(20).build().unwrap();
    BillingApi::new(&client).export_invoices(ExportInvoicesRequest::new()).await.unwrap();
    exported.assert_async().await;
}

async fn serve_coupon<'a>(server: &'a MockServer, query: Query) -> Mock<'a> {
    server
        .mock_async(|when, then| {
            expect(when, POST, REDEEM, query);
            respond(then, fixture("v2beta1/discount.json"));
        })
        .await
}

#[tokio::test]
async fn redeem_coupon_is_a_post_without_a_body() {
    let server = MockServer::start_async().await;
    let query = &[("organization_id", ORGANIZATION), ("code", "SPRING 50%+&=é")];
    let mocked = serve_coupon(&server, query).await;
    let discount = api(&server).redeem_coupon("SPRING 50%+&=é").await.unwrap();
    mocked.assert_async().await;
    assert_eq!(discount.status(), 200);
    assert_eq!(discount.description, "Startup credit");

    let query = &[("organization_id", OTHER), ("code", "SPRING")];
    let mocked = serve_coupon(&server, query).await;
    let request = RedeemCouponRequest::new("SPRING").organization_id(OTHER);
    api(&server).redeem_coupon(request).await.unwrap();
    mocked.assert_async().await;

    let body = fixture("v2beta1/discount.json");
    let discount = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).redeem_coupon("SPRING").await
    })
    .await;
    assert_eq!(discount.mode, DiscountDiscountMode::DiscountModeSplittable);
    assert_eq!((discount.value, discount.value_remaining), (decimal("500"), decimal("500")));
    assert_eq!(discount.creation_date, Some(date("2026-05-28T17:55:07.844017Z")));
    assert_eq!(discount.filters[0].r#type, DiscountFilterType::CategoryName);
}

#[tokio::test]
async fn redeem_coupon_needs_an_organization_and_a_code() {
    let server = MockServer::start_async().await;
    let any = serve_anything(&server, "{}").await;
    let error = bare_api(&server).redeem_coupon("SPRING").await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    let error = api(&server).redeem_coupon("").await.unwrap_err();
    assert_refused(&error, &["code"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn coupon_is_redeemed_at_most_once() {
    assert_at_most_once(fixture("v2beta1/discount.json"), async |client: Client| {
        BillingApi::new(&client).redeem_coupon("SPRING").await
    })
    .await;
}

/// Calls every operation against a service that sends `body` in every response, and returns the
/// number of decoded items.
async fn every_operation(body: &str) -> Vec<(&'static str, Result<usize, Error>)> {
    let server = MockServer::start_async().await;
    serve_anything(&server, body).await;
    let api = api(&server);
    let consumptions = api.list_consumptions(ListConsumptionsRequest::new()).await;
    let taxes = api.list_taxes(ListTaxesRequest::new()).await;
    let invoices = api.list_invoices(ListInvoicesRequest::new()).await;
    let discounts = api.list_discounts(ListDiscountsRequest::new()).await;
    let exported = api.export_invoices(ExportInvoicesRequest::new()).await;
    vec![
        ("list_consumptions", consumptions.map(|response| response.consumptions.len())),
        ("list_taxes", taxes.map(|response| response.taxes.len())),
        ("list_invoices", invoices.map(|response| response.invoices.len())),
        ("list_discounts", discounts.map(|response| response.discounts.len())),
        ("get_invoice", api.get_invoice(INVOICE).await.map(|_| 1)),
        ("redeem_coupon", api.redeem_coupon("SPRING").await.map(|_| 1)),
        ("export_invoices", exported.map(|file| file.content.len())),
        ("download_invoice", api.download_invoice(INVOICE).await.map(|file| file.content.len())),
    ]
}

fn is_list(operation: &str) -> bool {
    operation.starts_with("list_")
}

#[tokio::test]
async fn nulls_and_missing_fields_are_empty() {
    for body in [
        "{}",
        r#"{"id":null,"consumptions":null,"taxes":null,"invoices":null,"discounts":null,
            "total_count":null,"total_discount_untaxed_value":null,"updated_at":null}"#,
        r#"{"id":"","consumptions":[],"taxes":[],"invoices":[],"discounts":[],"total_count":"0"}"#,
    ] {
        for (operation, result) in every_operation(body).await {
            if !is_list(operation) {
                continue;
            }
            assert_eq!(result.unwrap(), 0, "{operation} {body}");
        }
    }
    let invoice = r#""id":null,"organization_id":null,"organization_name":null,"start_date":null,
        "stop_date":null,"billing_period":null,"issued_date":null,"due_date":null,
        "total_untaxed":null,"total_taxed":null,"total_tax":null,"total_discount":null,
        "total_undiscount":null,"type":null,"state":null,"number":null,"seller_name":null"#;
    let discount = r#""id":null,"creation_date":null,"organization_id":null,"description":null,
        "value":null,"value_used":null,"value_remaining":null,"mode":null,"start_date":null,
        "stop_date":null,"coupon":null,"filters":null"#;
    let nulls = format!(
        r#"{{
        "consumptions":[{{"value":null,"product_name":null,"resource_name":null,"sku":null,
            "project_id":null,"category_name":null,"unit":null,"billed_quantity":null,
            "consumer_id":null,"project_name":null,"organization_name":null}}],
        "taxes":[{{"description":null,"currency":null,"rate":null,"total_tax_value":null}}],
        "invoices":[{{{invoice}}}, null, {{"id":"a"}}],
        "discounts":[{{{discount}}},
            {{"coupon":{{"description":null}},"filters":[{{"type":null,"value":null,"exclude":null}}]}}],
        "total_count":1}}"#
    );
    for (operation, result) in every_operation(&nulls).await {
        if is_list(operation) {
            assert!(result.unwrap() > 0, "{operation}");
        }
    }
    for (operation, result) in every_operation("{}").await {
        assert_eq!(result.is_ok(), is_list(operation), "{operation}");
    }
    for body in [format!("{{{invoice}}}"), format!("{{{discount}}}")] {
        for (operation, result) in every_operation(&body).await {
            if ["get_invoice", "redeem_coupon"].contains(&operation) {
                assert!(result.is_ok(), "{operation} {body}");
            }
        }
    }
}

#[tokio::test]
async fn decode_error_names_the_path() {
    for (body, place) in [
        (
            r#"{"consumptions":[{"sku":"a"},{"value":{"units":"nine"}}]}"#,
            "consumptions[1].value.units",
        ),
        (r#"{"consumptions":[[]]}"#, "consumptions[0]"),
        (r#"{"consumptions":[{"value":[]}]}"#, "consumptions[0].value"),
        (r#"{"consumptions":{}}"#, "consumptions"),
        (r#"{"total_count":1.5}"#, "total_count"),
        (r#"{"total_discount_untaxed_value":"NaN"}"#, "total_discount_untaxed_value"),
        (r#"{"updated_at":"yesterday"}"#, "updated_at"),
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, body).await;
        let request = ListConsumptionsRequest::new();
        let error = api(&server).list_consumptions(request).await.unwrap_err();
        assert!(error.to_string().contains(&format!("`{place}`")), "{error}");
        assert_eq!(error.raw_body().unwrap(), body.as_bytes());
    }
}

#[tokio::test]
async fn every_enum_value_is_decoded_and_sent() {
    fn texts<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }
    let by_refresh_or_category =
        ["updated_at_desc", "updated_at_asc", "category_name_desc", "category_name_asc"];
    assert_eq!(texts(ListConsumptionsRequestOrderBy::VALUES), by_refresh_or_category);
    assert_eq!(texts(ListTaxesRequestOrderBy::VALUES), by_refresh_or_category);
    let of_invoices = [
        "invoice_number_desc",
        "invoice_number_asc",
        "start_date_desc",
        "start_date_asc",
        "issued_date_desc",
        "issued_date_asc",
        "due_date_desc",
        "due_date_asc",
        "total_untaxed_desc",
        "total_untaxed_asc",
        "total_taxed_desc",
        "total_taxed_asc",
        "invoice_type_desc",
        "invoice_type_asc",
    ];
    assert_eq!(texts(ListInvoicesRequestOrderBy::VALUES), of_invoices);
    assert_eq!(texts(ExportInvoicesRequestOrderBy::VALUES), of_invoices);
    assert_eq!(
        texts(ListDiscountsRequestOrderBy::VALUES),
        [
            "creation_date_desc",
            "creation_date_asc",
            "start_date_desc",
            "start_date_asc",
            "stop_date_desc",
            "stop_date_asc",
        ]
    );
    assert_eq!(texts(InvoiceType::VALUES), ["unknown_type", "periodic", "purchase", "credit_note"]);
    assert_eq!(
        texts(DiscountDiscountMode::VALUES),
        [
            "unknown_discount_mode",
            "discount_mode_rate",
            "discount_mode_value",
            "discount_mode_splittable",
        ]
    );
    assert_eq!(
        texts(DiscountFilterType::VALUES),
        [
            "unknown_type",
            "category_name",
            "product_name",
            "product_range",
            "resource_name",
            "region",
            "zone",
        ]
    );
    assert_eq!(texts(DownloadInvoiceRequestFileType::VALUES), ["pdf"]);
    assert_eq!(texts(ExportInvoicesRequestFileType::VALUES), ["csv"]);
    assert_eq!(ListDiscountsRequestOrderBy::default().as_str(), "creation_date_desc");

    let server = MockServer::start_async().await;
    let mocked = serve(&server, INVOICES, &[("invoice_type", "debit_note")], "{}").await;
    let request = ListInvoicesRequest::new().invoice_type("debit_note");
    api(&server).list_invoices(request).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn path_parameters_stay_in_their_segment() {
    for (id, segment) in [
        ("../discounts?x=1#", "..%2Fdiscounts%3Fx%3D1%23"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("%2e%2e", "%252e%252e"),
    ] {
        let server = ScriptedServer::start([json_reply("{}")]).await;
        let api = BillingApi::new(&client(server.url()));
        let _ = api.get_invoice(id).await;
        let _ = api.download_invoice(id).await;
        let requests = server.requests();
        let line = format!("GET /billing/v2beta1/invoices/{segment} HTTP/1.1\r\n");
        assert!(requests[0].starts_with(&line), "{}", requests[0]);
        let line = format!("GET /billing/v2beta1/invoices/{segment}/download HTTP/1.1\r\n");
        assert!(requests[1].starts_with(&line), "{}", requests[1]);
    }
    for id in ["", ".", ".."] {
        let server = MockServer::start_async().await;
        let any = serve_anything(&server, "{}").await;
        assert_refused(&api(&server).get_invoice(id).await.unwrap_err(), &["invoice_id"]);
        assert_refused(&api(&server).download_invoice(id).await.unwrap_err(), &["invoice_id"]);
        assert_eq!(any.calls_async().await, 0);
    }
}
