//! Scaleway's FinOps API (v2beta1) on the wire: the requests that list charges, and the decoding of
//! hand-written responses.

use billing_tests::{
    Reply, ScriptedServer, json as json_reply,
    wire::{
        ORGANIZATION, OTHER, PROJECT, Query, REQUEST_ID, assert_refused, assert_repeated, builder,
        client, date, fixture, money, round_trip, serve, serve_anything,
    },
};
use httpmock::MockServer;
use scaleway_billing::{
    ApiError, Client, ErrorKind,
    v2beta1::{FinOpsApi, ListChargesRequest, ListChargesRequestOrderBy},
};
use serde_json::{Value, json};

const CHARGES: &str = "/billing/v2beta1/charges";
const SECOND_PROJECT: &str = "b0000000-0000-4000-8000-000000000002";
const INVOICE: &str = "1c000000-0000-4000-8000-000000000001";
const SECOND_INVOICE: &str = "1c000000-0000-4000-8000-000000000002";

fn api(server: &MockServer) -> FinOpsApi {
    FinOpsApi::new(&client(server.base_url()))
}

#[tokio::test]
async fn list_charges_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("order_by", "start_date_desc"),
        ("page_token", "bmV4dA=="),
        ("page_size", "1000"),
        ("start_date_after", "2026-05-01T00:00:00Z"),
        ("end_date_before", "2026-05-31T23:59:59.999999Z"),
        ("invoice_ids", INVOICE),
        ("invoice_ids", SECOND_INVOICE),
        ("organization_id", OTHER),
        ("project_ids", PROJECT),
        ("project_ids", SECOND_PROJECT),
        ("resource_ids", "fr-par/bucket: photos & more"),
        ("resource_ids", "c5000000-0000-4000-8000-000000000001"),
        ("resource_names", "web-1"),
        ("resource_names", ""),
        ("skus", "/compute/dev1_s/run_fr-par-1"),
        ("skus", "/a+b"),
        ("clamp_to_time_range", "true"),
    ];
    let mocked = serve(&server, CHARGES, query, r#"{"charges":[]}"#).await;
    let request = ListChargesRequest::new()
        .order_by(ListChargesRequestOrderBy::StartDateDesc)
        .page_token("bmV4dA==")
        .page_size(1000)
        .start_date_after(date("2026-05-01T02:00:00+02:00"))
        .end_date_before(date("2026-05-31T23:59:59.999999Z"))
        .invoice_ids([INVOICE, SECOND_INVOICE])
        .organization_id(OTHER)
        .project_ids([PROJECT, SECOND_PROJECT])
        .resource_ids(["fr-par/bucket: photos & more", "c5000000-0000-4000-8000-000000000001"])
        .resource_names(["web-1", ""])
        .skus(["/compute/dev1_s/run_fr-par-1", "/a+b"])
        .clamp_to_time_range(true);
    let response = api(&server).list_charges(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((response.status().as_u16(), response.request_id()), (200, Some(REQUEST_ID)));
}

#[tokio::test]
async fn query_is_encoded() {
    let server = ScriptedServer::start([json_reply("{}")]).await;
    let request = ListChargesRequest::new()
        .page_token("a+/b==&c=d#é ")
        .start_date_after(date("2026-05-01T00:00:00Z"))
        .resource_names(["x", "y,z"]);
    FinOpsApi::new(&client(server.url())).list_charges(request).await.unwrap();
    let line = "GET /billing/v2beta1/charges?page_token=a%2B%2Fb%3D%3D%26c%3Dd%23%C3%A9+\
        &start_date_after=2026-05-01T00%3A00%3A00Z\
        &organization_id=0a000000-0000-4000-8000-000000000001\
        &resource_names=x&resource_names=y%2Cz HTTP/1.1\r\n";
    assert!(server.requests()[0].starts_with(line), "{}", server.requests()[0]);
}

#[tokio::test]
async fn organization_or_projects_are_required() {
    let of = ListChargesRequest::new;
    for (request, expected) in [
        (of(), &[("organization_id", ORGANIZATION)] as Query),
        (of().organization_id(OTHER), &[("organization_id", OTHER)]),
        (
            of().project_ids([PROJECT]),
            &[("organization_id", ORGANIZATION), ("project_ids", PROJECT)],
        ),
        (
            of().project_ids([PROJECT]).organization_id(OTHER),
            &[("organization_id", OTHER), ("project_ids", PROJECT)],
        ),
        (
            of().clamp_to_time_range(false),
            &[("organization_id", ORGANIZATION), ("clamp_to_time_range", "false")],
        ),
        (
            of().project_ids(Vec::<String>::new()).skus(["/a"]),
            &[("organization_id", ORGANIZATION), ("skus", "/a")],
        ),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve(&server, CHARGES, expected, "{}").await;
        api(&server).list_charges(request.clone()).await.unwrap();
        mocked.assert_async().await;
    }

    // Without a default organization, one of the two must be set; a default project does not count.
    let server = MockServer::start_async().await;
    let bare = builder(server.base_url()).default_project_id(PROJECT).build().unwrap();
    let bare = FinOpsApi::new(&bare);
    let any = serve_anything(&server, "{}").await;
    let without = of().invoice_ids([INVOICE]);
    let error = bare.list_charges(without.clone()).await.unwrap_err();
    assert_refused(&error, &["organization_id", "project_ids"]);
    assert!(error.to_string().contains("default_organization_id"), "{error}");
    let error = bare.list_charges_all(without).try_next().await.unwrap_err();
    assert_refused(&error, &["organization_id", "project_ids"]);
    assert_eq!(any.calls_async().await, 0);
    any.delete_async().await;

    let mocked = serve(&server, CHARGES, &[("project_ids", PROJECT)], "{}").await;
    bare.list_charges(of().project_ids([PROJECT])).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn charges_are_exact() {
    let body = fixture("v2beta1/list_charges.json");
    let page = round_trip(&body, async |client: Client| {
        FinOpsApi::new(&client).list_charges(ListChargesRequest::new()).await
    })
    .await;
    assert_eq!(page.next_page_token.as_deref(), Some("bmV4dA=="));
    let [named, nameless] = &page.charges[..] else { panic!("{page:?}") };
    assert_eq!(named.price, money(0, 12_345_678));
    assert_eq!(named.price.as_ref().unwrap().to_string(), "0.012345678 EUR");
    assert_eq!((&*named.organization_id, &*named.project_id), (ORGANIZATION, PROJECT));
    assert_eq!(
        (&*named.organization_name, &*named.project_name),
        ("Example Organization", "production")
    );
    assert_eq!((&*named.sku, &*named.invoice_id), ("/compute/dev1_s/run_fr-par-1", INVOICE));
    assert_eq!(named.resource_name.as_deref(), Some("web-1"));
    assert_eq!(named.start_date, Some(date("2026-05-01T00:00:00Z")));
    assert_eq!(named.end_date, Some(date("2026-05-31T23:59:59.999999Z")));
    assert_eq!(named.updated_at, Some(date("2026-06-01T02:03:04.000005Z")));
    assert_eq!(nameless.price, money(-5911, -170_000_000));
    assert_eq!(nameless.price.as_ref().unwrap().to_string(), "-5911.17 EUR");
    assert_eq!((&nameless.resource_name, nameless.updated_at), (&None, None));
    assert_eq!((&*nameless.project_name, &*nameless.invoice_id), ("", ""));
    assert_eq!(nameless.resource_id, "fr-par/bucket: photos & more");
}

#[tokio::test]
async fn last_page_has_no_token() {
    for (last, kept) in [
        (r#"{"charges":[{"sku":"b"}]}"#, None),
        (r#"{"charges":[{"sku":"b"}],"next_page_token":null}"#, None),
        (r#"{"charges":[{"sku":"b"}],"next_page_token":""}"#, Some("")),
    ] {
        let server = MockServer::start_async().await;
        let query = &[("page_size", "100"), ("organization_id", ORGANIZATION)];
        let body = r#"{"charges":[{"sku":"a"}],"next_page_token":"t+1=="}"#;
        let first = serve(&server, CHARGES, query, body).await;
        let query =
            &[("page_token", "t+1=="), ("page_size", "100"), ("organization_id", ORGANIZATION)];
        let second = serve(&server, CHARGES, query, last).await;
        let all = api(&server).list_charges_all(ListChargesRequest::new());
        let skus = all.try_collect().await.unwrap().into_iter().map(|charge| charge.sku);
        assert!(skus.eq(["a", "b"]));
        assert_eq!((first.calls_async().await, second.calls_async().await), (1, 1), "{last}");

        let request = ListChargesRequest::new().page_token("t+1==").page_size(100);
        let page = api(&server).list_charges(request).await.unwrap();
        assert_eq!(page.next_page_token.as_deref(), kept);
    }
}

#[tokio::test]
async fn list_charges_all_continues_after_an_empty_page_and_repeats_filters() {
    const SIZE: (&str, &str) = ("page_size", "7");
    const OF: (&str, &str) = ("organization_id", ORGANIZATION);
    const IN: (&str, &str) = ("project_ids", PROJECT);
    const CLAMP: (&str, &str) = ("clamp_to_time_range", "true");
    let server = MockServer::start_async().await;
    let page = |first: usize, count: usize, token: Option<&str>| {
        let charges: Vec<Value> =
            (first..first + count).map(|n| json!({"resource_id": n.to_string()})).collect();
        json!({"charges": charges, "next_page_token": token})
    };
    let pages = [
        (&[("page_token", "start"), SIZE, OF, IN, CLAMP], page(0, 7, Some("one"))),
        (&[("page_token", "one"), SIZE, OF, IN, CLAMP], page(7, 0, Some("two"))),
        (&[("page_token", "two"), SIZE, OF, IN, CLAMP], page(7, 3, None)),
    ];
    let mut mocked = Vec::new();
    for (query, body) in pages {
        mocked.push(serve(&server, CHARGES, query, body).await);
    }
    let request = ListChargesRequest::new()
        .page_token("start")
        .page_size(7)
        .project_ids([PROJECT])
        .clamp_to_time_range(true);
    let charges = api(&server).list_charges_all(request).try_collect().await.unwrap();
    assert!(
        charges.iter().map(|charge| charge.resource_id.clone()).eq((0..10).map(|n| n.to_string()))
    );
    for page in mocked {
        page.assert_async().await;
    }
}

#[tokio::test]
async fn list_charges_uses_the_page_size_of_the_client() {
    let server = MockServer::start_async().await;
    let client = builder(server.base_url()).default_organization_id(ORGANIZATION);
    let api = FinOpsApi::new(&client.default_page_size(20).build().unwrap());
    let query = &[("page_size", "20"), ("organization_id", ORGANIZATION)];
    let mocked = serve(&server, CHARGES, query, r#"{"charges":[]}"#).await;
    api.list_charges(ListChargesRequest::new()).await.unwrap();
    assert!(
        api.list_charges_all(ListChargesRequest::new()).try_collect().await.unwrap().is_empty()
    );
    assert_eq!(mocked.calls_async().await, 2);
}

#[tokio::test]
async fn repeated_token_is_an_error() {
    let page =
        |sku| json_reply(format!(r#"{{"charges":[{{"sku":"{sku}"}}],"next_page_token":"t"}}"#));
    let server = ScriptedServer::start([page("a"), page("b")]).await;
    let api = FinOpsApi::new(&client(server.url()));
    let mut all = api.list_charges_all(ListChargesRequest::new());
    for sku in ["a", "b"] {
        assert_eq!(all.try_next().await.unwrap().unwrap().sku, sku);
    }
    let error = all.try_next().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Pagination, Some("list_charges")));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn failed_list_resumes() {
    let first = r#"{"charges":[{"sku":"a"},{"sku":"b"}],"next_page_token":"t=1"}"#;
    let forbidden = Reply::http("403 Forbidden", &[], "");
    let second = r#"{"charges":[{"sku":"c"}]}"#;
    let server = ScriptedServer::start([json_reply(first), forbidden, json_reply(second)]).await;
    let api = FinOpsApi::new(&client(server.url()));
    let mut all = api.list_charges_all(ListChargesRequest::new());
    for sku in ["a", "b"] {
        assert_eq!(all.try_next().await.unwrap().unwrap().sku, sku);
    }
    assert!(all.try_next().await.unwrap_err().is_auth());
    let stored = all.cursor().unwrap().to_string();
    let again = api.list_charges_all(ListChargesRequest::new());
    let rest = again.resume_from(&stored.parse().unwrap()).unwrap().try_collect().await.unwrap();
    assert_eq!(rest.iter().map(|charge| &*charge.sku).collect::<Vec<_>>(), ["c"]);
    assert!(server.requests()[2].contains("page_token=t%3D1&page_size=100&"));
}

#[tokio::test]
async fn list_charges_is_retried() {
    assert_repeated(json_reply(fixture("v2beta1/list_charges.json")), async |client: Client| {
        FinOpsApi::new(&client).list_charges(ListChargesRequest::new()).await
    })
    .await;
}

#[tokio::test]
async fn denied_call_names_the_missing_permission() {
    let body = r#"{"details":[{"action":"read","resource":"billing"}],
        "message":"insufficient permissions","type":"permissions_denied"}"#;
    let forbidden = Reply::http("403 Forbidden", &["content-type: application/json"], body);
    let server = ScriptedServer::start([forbidden]).await;
    let api = FinOpsApi::new(&client(server.url()));
    let error = api.list_charges(ListChargesRequest::new()).await.unwrap_err();
    assert!(error.is_auth() && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains("read billing"), "{error}");
    let Some(ApiError::PermissionsDenied { permissions, .. }) = ApiError::from_error(&error) else {
        panic!("{error}");
    };
    assert_eq!((&*permissions[0].action, &*permissions[0].resource), ("read", "billing"));
    assert!(error.to_string().contains("BillingReadOnly"), "{error}");
}

#[tokio::test]
async fn nulls_and_missing_fields_are_empty() {
    for (body, count) in [
        ("{}", 0),
        (r#"{"charges":null,"next_page_token":null}"#, 0),
        (r#"{"next_page_token":""}"#, 0),
        (r#"{"charges":[null,{"sku":null}]}"#, 1),
        (
            r#"{"charges":[{"organization_id":null,"organization_name":null,"project_id":null,
                "project_name":null,"sku":null,"invoice_id":null,"resource_id":null,
                "resource_name":null,"price":null,"start_date":null,"end_date":null,
                "updated_at":null}]}"#,
            1,
        ),
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, body).await;
        let page = api(&server).list_charges(ListChargesRequest::new()).await.unwrap();
        assert_eq!(page.charges.len(), count, "{body}");
    }
}

#[tokio::test]
async fn decode_error_names_the_path() {
    for (body, place) in [
        (r#"{"charges":[{"sku":"a"},{"price":{"units":"nine"}}]}"#, "charges[1].price.units"),
        (r#"{"charges":[{"end_date":"tomorrow"}]}"#, "charges[0].end_date"),
        (r#"{"charges":[{"message":"x"}]}"#, "charges[0]"),
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, body).await;
        let error = api(&server).list_charges(ListChargesRequest::new()).await.unwrap_err();
        assert!(error.to_string().contains(&format!("`{place}`")), "{error}");
    }
}

#[test]
fn every_order_is_defined() {
    let texts: Vec<_> =
        ListChargesRequestOrderBy::VALUES.iter().map(|value| value.as_str()).collect();
    assert_eq!(texts, ["start_date_asc", "start_date_desc"]);
    assert_eq!(ListChargesRequestOrderBy::default(), ListChargesRequestOrderBy::StartDateAsc);
}
