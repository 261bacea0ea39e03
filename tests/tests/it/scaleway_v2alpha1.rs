//! Scaleway v2alpha1 on the wire: the request of each operation, and the decoding of hand-written
//! responses.

use billing_tests::wire::{
    ORGANIZATION, OTHER, Query, REQUEST_ID, assert_refused, builder, client, date, decimal,
    fixture, money, respond, serve, serve_anything, serve_file,
};
use httpmock::MockServer;
use scaleway_billing::{
    Error, ErrorKind,
    v2alpha1::{
        BillingApi, DiscountDiscountMode, DiscountFilterType, DownloadInvoiceRequest,
        DownloadInvoiceRequestFileType, GetConsumptionRequest, InvoiceType, ListDiscountsRequest,
        ListDiscountsRequestOrderBy, ListInvoicesRequest, ListInvoicesRequestOrderBy,
    },
};
use serde_json::{Value, json};

const INVOICE: &str = "1c000000-0000-4000-8000-000000000001";

fn api(server: &MockServer) -> BillingApi {
    BillingApi::new(&client(server.base_url()))
}

#[tokio::test]
async fn get_consumption_sends_the_default_organization() {
    let server = MockServer::start_async().await;
    let path = "/billing/v2alpha1/consumption";
    let body = json!({
        "consumptions": [
            {
                "value": {"currency_code": "EUR", "units": -5911, "nanos": -170_000_000},
                "description": "Offer deducted",
                "project_id": "b0000000-0000-4000-8000-000000000001",
                "category": "compute",
                "operation_path": "/compute/dev1_s/run_par1",
                "a_new_field": {"x": [1]},
            },
            {"value": {"currency_code": "EUR", "units": 0, "nanos": -500_000_000}},
        ],
        "updated_at": "2026-06-30T16:24:52.199440Z",
    });
    let mocked = serve(&server, path, &[("organization_id", ORGANIZATION)], body).await;
    let request = GetConsumptionRequest::new();
    let response = api(&server).get_consumption(request.clone()).await.unwrap();
    mocked.assert_async().await;
    assert_eq!(request, GetConsumptionRequest::new(), "the caller's request stays as it was");
    assert_eq!(response.status(), 200);
    assert_eq!(response.request_id(), Some(REQUEST_ID));
    assert!(response.raw_body().unwrap().windows(11).any(|part| part == b"a_new_field"));
    let [first, second] = &response.consumptions[..] else { panic!("{response:?}") };
    assert_eq!(first.value, money(-5911, -170_000_000));
    assert_eq!(first.value.as_ref().unwrap().to_string(), "-5911.17 EUR");
    assert_eq!(first.operation_path, "/compute/dev1_s/run_par1");
    assert_eq!(second.value.as_ref().unwrap().to_string(), "-0.50 EUR");
    assert_eq!(response.updated_at, Some(date("2026-06-30T16:24:52.199440Z")));
}

#[tokio::test]
async fn get_consumption_with_or_without_organization() {
    let server = MockServer::start_async().await;
    let path = "/billing/v2alpha1/consumption";
    let named = serve(&server, path, &[("organization_id", OTHER)], "{}").await;
    let request = GetConsumptionRequest::new().organization_id(OTHER);
    api(&server).get_consumption(request).await.unwrap();
    named.assert_async().await;

    let without = serve(&server, path, &[], "{}").await;
    let client = builder(server.base_url()).build().unwrap();
    BillingApi::new(&client).get_consumption(GetConsumptionRequest::new()).await.unwrap();
    without.assert_async().await;
}

#[tokio::test]
async fn list_invoices_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let mocked = serve(
        &server,
        "/billing/v2alpha1/invoices",
        &[
            ("organization_id", OTHER),
            ("started_after", "2023-10-18T15:41:18Z"),
            ("started_before", "2023-11-01T00:00:00.000000001Z"),
            ("invoice_type", "purchase"),
            ("page", "3"),
            ("page_size", "50"),
            ("order_by", "total_taxed_asc"),
        ],
        r#"{"total_count": 0, "invoices": []}"#,
    )
    .await;
    let request = ListInvoicesRequest::new()
        .organization_id(OTHER)
        .started_after(date("2023-10-18T17:41:18+02:00"))
        .started_before(date("2023-11-01T00:00:00.000000001Z"))
        .invoice_type(InvoiceType::Purchase)
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
    let mocked =
        serve(&server, "/billing/v2alpha1/invoices", &[], fixture("v2alpha1/list_invoices.json"))
            .await;
    let response = api(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    mocked.assert_async().await;
    assert_eq!(response.total_count, 2);
    let [draft, issued] = &response.invoices[..] else { panic!("{response:?}") };
    assert_eq!((draft.number, draft.issued_date, draft.due_date), (0, None, None));
    assert_eq!(draft.start_date, Some(date("2023-10-01T00:00:00Z")));
    assert_eq!(draft.total_untaxed, money(317, 760_000_000));
    assert_eq!(issued.invoice_type, InvoiceType::Periodic);
    assert_eq!(issued.number, 4711);
    assert_eq!(issued.total_taxed.as_ref().unwrap().to_string(), "381.31 EUR");
}

#[tokio::test]
async fn published_example_with_numbers_as_strings() {
    let server = MockServer::start_async().await;
    serve(&server, "/billing/v2alpha1/invoices", &[], fixture("v2alpha1/published_example.json"))
        .await;
    let response = api(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    assert_eq!(response.total_count, 1);
    let invoice = &response.invoices[0];
    assert_eq!(invoice.number, 0);
    assert_eq!(invoice.total_untaxed, money(9, 360_000_000));
    assert_eq!(invoice.due_date, Some(date("2022-03-22T12:34:56.123456Z")));
}

#[tokio::test]
async fn list_invoices_all_uses_a_page_size_of_100() {
    let server = MockServer::start_async().await;
    let page = |first: usize, count: usize| {
        let invoices: Vec<Value> = (first..first + count).map(|n| json!({"number": n})).collect();
        json!({"total_count": 130, "invoices": invoices})
    };
    let first = serve(
        &server,
        "/billing/v2alpha1/invoices",
        &[("invoice_type", "periodic"), ("page", "1"), ("page_size", "100")],
        page(0, 100),
    )
    .await;
    let second = serve(
        &server,
        "/billing/v2alpha1/invoices",
        &[("invoice_type", "periodic"), ("page", "2"), ("page_size", "100")],
        page(100, 30),
    )
    .await;
    let request = ListInvoicesRequest::new().invoice_type(InvoiceType::Periodic);
    let invoices = api(&server).list_invoices_all(request).try_collect().await.unwrap();
    assert!(invoices.iter().map(|invoice| invoice.number).eq(0..130));
    assert_eq!((first.calls_async().await, second.calls_async().await), (1, 1));
}

#[tokio::test]
async fn list_invoices_all_with_a_page_size_of_the_request_or_the_client() {
    let server = MockServer::start_async().await;
    let path = "/billing/v2alpha1/invoices";
    for (size, expected) in [
        (Some(7), &[("page", "1"), ("page_size", "7")] as Query),
        (None, &[("page", "1"), ("page_size", "20")]),
    ] {
        let mocked =
            serve(&server, path, expected, r#"{"total_count": 1, "invoices": [{"id": "a"}]}"#)
                .await;
        let client = builder(server.base_url()).default_page_size(20).build().unwrap();
        let mut request = ListInvoicesRequest::new();
        request.page_size = size;
        let all = BillingApi::new(&client).list_invoices_all(request).try_collect().await;
        assert_eq!(all.unwrap().len(), 1);
        mocked.assert_async().await;
    }
}

#[tokio::test]
async fn early_stop_fetches_only_needed_pages() {
    let server = MockServer::start_async().await;
    let mut mocked = Vec::new();
    for (page, ids) in [("1", ["a", "b"]), ("2", ["c", "d"]), ("3", ["e", "f"])] {
        let [one, other] = ids;
        let body =
            format!(r#"{{"total_count":50,"invoices":[{{"id":"{one}"}},{{"id":"{other}"}}]}}"#);
        let page = server.mock_async(|when, then| {
            when.path("/billing/v2alpha1/invoices").query_param("page", page);
            respond(then, body);
        });
        mocked.push(page.await);
    }
    let mut all = api(&server).list_invoices_all(ListInvoicesRequest::new().page_size(2));
    for _ in 0..3 {
        all.try_next().await.unwrap().unwrap();
    }
    drop(all);
    for (page, calls) in mocked.iter().zip([1, 1, 0]) {
        assert_eq!(page.calls_async().await, calls);
    }
}

#[tokio::test]
async fn download_invoice_from_json_and_from_bytes() {
    let server = MockServer::start_async().await;
    let path = "/billing/v2alpha1/invoices/1c000000-0000-4000-8000-000000000001/download";
    let json = serve(
        &server,
        path,
        &[],
        r#"{"name": "a.pdf", "content_type": "application/pdf",
        "content": "JVBERi0xLjQKAP8="}"#,
    )
    .await;
    let file = api(&server).download_invoice(INVOICE).await.unwrap();
    json.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("a.pdf", "application/pdf"));
    assert_eq!(&file.content[..], b"%PDF-1.4\n\x00\xff");
    json.delete_async().await;

    let query = &[("file_type", "pdf")];
    let raw =
        serve_file(&server, path, query, "application/pdf", "b.pdf", b"%PDF-1.4\n\x00\xff").await;
    let request =
        DownloadInvoiceRequest::new(INVOICE).file_type(DownloadInvoiceRequestFileType::Pdf);
    let file = api(&server).download_invoice(request).await.unwrap();
    raw.assert_async().await;
    assert_eq!((&*file.name, &*file.content_type), ("b.pdf", "application/pdf"));
    assert_eq!(&file.content[..], b"%PDF-1.4\n\x00\xff");
}

#[tokio::test]
async fn download_without_a_file_is_an_error() {
    for body in [
        r#"{"name": "a.pdf", "content_type": "application/pdf"}"#,
        r#"{"name": null, "content_type": null, "content": null}"#,
        r#"{"name": "a.pdf", "content": ""}"#,
        r#"{"name": "a.pdf", "content": "not base64!"}"#,
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, body).await;
        let error = api(&server).download_invoice(INVOICE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[tokio::test]
async fn saved_file_replaces_the_old_one_completely() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| {
            then.status(200).header("content-type", "application/pdf").body("new");
        })
        .await;
    let file = api(&server).download_invoice(INVOICE).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, "an older and longer file").unwrap();
    file.save(&path).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");

    let error = file.save(folder.path().join("missing").join("invoice.pdf")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.to_string().contains("missing"), "{error}");
    let error = file.save(folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    let names: Vec<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["invoice.pdf"], "nothing half-written is left");
}

#[tokio::test]
async fn list_discounts_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let mocked = serve(
        &server,
        "/billing/v2alpha1/discounts",
        &[
            ("order_by", "creation_date_asc"),
            ("page", "2"),
            ("page_size", "10"),
            ("organization_id", OTHER),
        ],
        fixture("v2alpha1/list_discounts.json"),
    )
    .await;
    let request = ListDiscountsRequest::new()
        .order_by(ListDiscountsRequestOrderBy::CreationDateAsc)
        .page(2)
        .page_size(10)
        .organization_id(OTHER);
    let response = api(&server).list_discounts(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!(response.total_count, 2);
    let [rate, fixed] = &response.discounts[..] else { panic!("{response:?}") };
    assert_eq!(rate.mode, DiscountDiscountMode::DiscountModeRate);
    assert_eq!(rate.value, decimal("16777217.01"));
    assert_eq!(rate.value_used, decimal("0"));
    assert_eq!(rate.value_remaining, decimal("1234567890.123456789"));
    assert_eq!(rate.stop_date, None);
    assert_eq!(rate.coupon.as_ref().unwrap().description.as_deref(), Some("Welcome"));
    assert_eq!(rate.filters[0].r#type, DiscountFilterType::ProductCategory);
    assert_eq!((&*rate.filters[0].value, rate.filters[0].exclude), ("Compute", true));
    assert_eq!(fixed.mode.as_str(), "discount_mode_of_tomorrow");
    assert!(matches!(fixed.mode, DiscountDiscountMode::Unknown(_)));
    assert_eq!(fixed.filters[0].r#type.as_str(), "planet");
    assert_eq!(fixed.coupon, None);
    assert_eq!(fixed.organization_id, "");

    let again: Value = serde_json::to_value(&*response).unwrap();
    assert_eq!(again["discounts"][1]["mode"], "discount_mode_of_tomorrow");
    assert_eq!(again["discounts"][0]["value"], "16777217.01");
    assert_eq!(again["discounts"][0]["filters"][0]["type"], "product_category");
}

#[tokio::test]
async fn list_discounts_all_sends_only_the_page() {
    let server = MockServer::start_async().await;
    let mocked = serve(
        &server,
        "/billing/v2alpha1/discounts",
        &[("page", "1"), ("page_size", "100")],
        fixture("v2alpha1/list_discounts.json"),
    )
    .await;
    let all = api(&server).list_discounts_all(ListDiscountsRequest::new()).try_collect().await;
    assert_eq!(all.unwrap().len(), 2);
    mocked.assert_async().await;
}

/// Calls every operation against a service that sends `body` in every response.
async fn every_operation(body: &str) -> Vec<(&'static str, Result<usize, Error>)> {
    let server = MockServer::start_async().await;
    serve_anything(&server, body).await;
    let api = api(&server);
    let consumption = api.get_consumption(GetConsumptionRequest::new()).await;
    let invoices = api.list_invoices(ListInvoicesRequest::new()).await;
    let discounts = api.list_discounts(ListDiscountsRequest::new()).await;
    let file = api.download_invoice(INVOICE).await;
    vec![
        ("get_consumption", consumption.map(|response| response.consumptions.len())),
        ("list_invoices", invoices.map(|response| response.invoices.len())),
        ("list_discounts", discounts.map(|response| response.discounts.len())),
        ("download_invoice", file.map(|file| file.content.len())),
    ]
}

#[tokio::test]
async fn nulls_and_missing_fields_are_empty() {
    for body in [
        "{}",
        r#"{"consumptions":null,"invoices":null,"discounts":null,"total_count":null,"updated_at":null}"#,
        r#"{"consumptions":[],"invoices":[],"discounts":[],"total_count":"0"}"#,
    ] {
        for (operation, result) in every_operation(body).await {
            if operation != "download_invoice" {
                assert_eq!(result.unwrap(), 0, "{operation} {body}");
            }
        }
    }
    let nulls = r#"{
        "consumptions":[{"value":null,"description":null,"project_id":null,"category":null,"operation_path":null}],
        "invoices":[{"id":null,"start_date":null,"issued_date":null,"due_date":null,"total_untaxed":null,
            "total_taxed":null,"invoice_type":null,"number":null}],
        "discounts":[{"id":null,"creation_date":null,"organization_id":null,"description":null,"value":null,
            "value_used":null,"value_remaining":null,"mode":null,"start_date":null,"stop_date":null,
            "coupon":null,"filters":null}, {"coupon":{"description":null},"filters":[{"type":null,"value":null,"exclude":null}]}],
        "total_count":1}"#;
    for (operation, result) in every_operation(nulls).await {
        if operation != "download_invoice" {
            assert!(result.unwrap() > 0, "{operation}");
        }
    }
}

#[tokio::test]
async fn decode_error_names_the_path() {
    let body = r#"{"invoices":[{"id":"a"},{"total_taxed":{"units":"nine"}}]}"#;
    let server = MockServer::start_async().await;
    serve_anything(&server, body).await;
    let error = api(&server).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
    assert!(error.to_string().contains("`invoices[1].total_taxed.units`"), "{error}");
    assert_eq!(error.raw_body().unwrap(), body.as_bytes());
}

#[tokio::test]
async fn every_enum_value_is_decoded_and_sent() {
    let server = MockServer::start_async().await;
    for order in ListInvoicesRequestOrderBy::VALUES {
        let expected = order.as_str();
        let mocked = server
            .mock_async(|when, then| {
                when.path("/billing/v2alpha1/invoices").query_param("order_by", expected);
                respond(then, "{}");
            })
            .await;
        api(&server)
            .list_invoices(ListInvoicesRequest::new().order_by(order.clone()))
            .await
            .unwrap();
        mocked.assert_async().await;
    }
    let texts =
        |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let of = |values: &[InvoiceType]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(of(InvoiceType::VALUES), texts(&["unknown_type", "periodic", "purchase"]));
    assert_eq!(ListInvoicesRequestOrderBy::VALUES.len(), 14);
    assert_eq!(ListInvoicesRequestOrderBy::default().as_str(), "invoice_number_desc");
    assert_eq!(DiscountFilterType::VALUES.len(), 7);
    assert_eq!(DiscountDiscountMode::VALUES.len(), 4);
    assert_eq!(InvoiceType::from("credit_note").to_string(), "credit_note");
}

#[tokio::test]
async fn path_parameters_stay_in_their_segment() {
    for (id, segment) in [
        ("../x", "..%2Fx"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("%2e%2e", "%252e%252e"),
        ("..\\..", "..%5C.."),
        (".\t.", ".%09."),
        ("x?file_type=csv#", "x%3Ffile_type%3Dcsv%23"),
    ] {
        let server = billing_tests::ScriptedServer::start([billing_tests::json("{}")]).await;
        let client = builder(server.url()).build().unwrap();
        let _ = BillingApi::new(&client).download_invoice(id).await;
        let line = format!("GET /billing/v2alpha1/invoices/{segment}/download HTTP/1.1\r\n");
        assert!(server.requests()[0].starts_with(&line), "{}", server.requests()[0]);
    }
    for id in ["", ".", ".."] {
        let server = MockServer::start_async().await;
        let any = serve_anything(&server, "{}").await;
        let error = api(&server).download_invoice(id).await.unwrap_err();
        assert_refused(&error, &["invoice_id"]);
        assert_eq!(any.calls_async().await, 0);
    }
}
