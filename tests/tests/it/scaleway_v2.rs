//! Scaleway v2 on the wire: the requests of each operation on budgets and electronic addresses, and
//! the decoding of hand-written responses.

use billing_tests::{
    Reply, ScriptedServer, json as json_reply,
    wire::{
        ORGANIZATION, OTHER, Query, REQUEST_ID, assert_at_most_once, assert_deletes,
        assert_refused, assert_repeated, builder, client, date, expect, fixture, round_trip, serve,
        serve_anything, serve_json,
    },
};
use httpmock::{
    Method::{DELETE, PATCH, POST},
    MockServer,
};
use scaleway_billing::{
    Client, Error, ErrorKind, Money, Result, from_slice,
    v2::{
        BillingApi, BudgetAlertNotificationType, BudgetAlertWebhook,
        CreateBudgetAlertNotificationRequest, CreateBudgetAlertRequest, CreateBudgetRequest,
        CreateElectronicAddressRequest, ElectronicBillingApi, ListBudgetsRequest,
        ListElectronicAddressesRequest, ListElectronicAddressesRequestOrderBy,
        UpdateBudgetAlertNotificationRequest, UpdateBudgetAlertRequest, UpdateBudgetRequest,
        UpdateElectronicAddressRequest,
    },
};
use serde_json::{Value, json};

const BUDGET: &str = "bd000000-0000-4000-8000-000000000001";
const ALERT: &str = "a1000000-0000-4000-8000-000000000001";
const NOTIFICATION: &str = "ab000000-0000-4000-8000-000000000001";
const ADDRESS: &str = "ea000000-0000-4000-8000-000000000001";
const BUDGETS: &str = "/billing/v2/budgets";
const ONE_BUDGET: &str = "/billing/v2/budgets/bd000000-0000-4000-8000-000000000001";
const ALERTS: &str = "/billing/v2/budget-alerts";
const ONE_ALERT: &str = "/billing/v2/budget-alerts/a1000000-0000-4000-8000-000000000001";
const NOTIFICATIONS: &str = "/billing/v2/budget-alert-notifications";
const ONE_NOTIFICATION: &str =
    "/billing/v2/budget-alert-notifications/ab000000-0000-4000-8000-000000000001";
const ADDRESSES: &str = "/billing/v2/electronic-address";
const ONE_ADDRESS: &str = "/billing/v2/electronic-address/ea000000-0000-4000-8000-000000000001";

fn api(server: &MockServer) -> BillingApi {
    BillingApi::new(&client(server.base_url()))
}

fn addresses(server: &MockServer) -> ElectronicBillingApi {
    ElectronicBillingApi::new(&client(server.base_url()))
}

/// A client without defaults.
fn bare(server: &MockServer) -> Client {
    builder(server.base_url()).build().unwrap()
}

#[tokio::test]
async fn list_budgets_sends_exactly_the_set_parameters() {
    let server = MockServer::start_async().await;
    let query = &[("organization_id", OTHER), ("page", "2"), ("page_size", "10")];
    let mocked = serve(&server, BUDGETS, query, r#"{"budgets":[],"total_count":0}"#).await;
    let request = ListBudgetsRequest::new().organization_id(OTHER).page(2).page_size(10);
    let response = api(&server).list_budgets(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((response.status().as_u16(), response.request_id()), (200, Some(REQUEST_ID)));
    assert_eq!((response.total_count, response.budgets.len()), (0, 0));

    let mocked = serve(&server, BUDGETS, &[], "{}").await;
    api(&server).list_budgets(ListBudgetsRequest::new()).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn budgets_contain_alerts_with_notifications() {
    let body = fixture("v2/list_budgets.json");
    let page = round_trip(&body, async |client: Client| {
        BillingApi::new(&client).list_budgets(ListBudgetsRequest::new()).await
    })
    .await;
    assert_eq!(page.total_count, 2);
    let [full, bare] = &page.budgets[..] else { panic!("{page:?}") };
    assert_eq!((&*full.id, &*full.organization_id, full.enabled), (BUDGET, ORGANIZATION, true));
    assert_eq!(full.consumption_limit, Some(Money::new("", 10_000, 0).unwrap()));
    assert_eq!(full.created_at, Some(date("2026-06-24T15:18:59.541407Z")));
    let [alert, last] = &full.alerts[..] else { panic!("{full:?}") };
    assert_eq!((&*alert.id, alert.threshold, last.threshold), (ALERT, 80, 100));
    assert!(last.notifications.is_empty());
    let [sms, pigeon] = &alert.notifications[..] else { panic!("{alert:?}") };
    assert_eq!((&*sms.id, &sms.r#type), (NOTIFICATION, &BudgetAlertNotificationType::Sms));
    assert_eq!(sms.recipients, ["+33600000001", "+33600000002"]);
    assert_eq!((sms.created_at, sms.updated_at), (Some(date("2026-06-30T16:24:52.199440Z")), None));
    assert_eq!(pigeon.r#type.as_str(), "pigeon");
    assert!(matches!(pigeon.r#type, BudgetAlertNotificationType::Unknown(_)));
    assert_eq!((&bare.consumption_limit, bare.enabled, bare.alerts.len()), (&None, false, 0));
}

#[tokio::test]
async fn list_budgets_all_uses_a_page_size_of_100() {
    let server = MockServer::start_async().await;
    let page = |first: usize, count: usize, total: usize| {
        let budgets: Vec<Value> =
            (first..first + count).map(|n| json!({"id": n.to_string()})).collect();
        json!({"budgets": budgets, "total_count": total})
    };
    let first = serve(&server, BUDGETS, &[("page", "1"), ("page_size", "100")], page(0, 100, 101));
    let first = first.await;
    let second = serve(&server, BUDGETS, &[("page", "2"), ("page_size", "100")], page(100, 1, 9));
    let second = second.await;
    let mut all = api(&server).list_budgets_all(ListBudgetsRequest::new());
    let mut seen = 0;
    while let Some(budget) = all.try_next().await.unwrap() {
        assert_eq!(budget.id, seen.to_string());
        seen += 1;
    }
    assert_eq!((seen, all.first_page().unwrap().total_count), (101, 101));
    assert_eq!((first.calls_async().await, second.calls_async().await), (1, 1));
}

#[tokio::test]
async fn lists_use_the_page_size_of_the_client() {
    let server = MockServer::start_async().await;
    let client = builder(server.base_url()).default_organization_id(ORGANIZATION);
    let client = client.default_page_size(20).build().unwrap();

    let empty = r#"{"budgets":[],"electronic_addresses":[]}"#;
    let one = serve(&server, BUDGETS, &[("page_size", "20")], empty).await;
    let all = serve(&server, BUDGETS, &[("page", "1"), ("page_size", "20")], empty).await;
    let api = BillingApi::new(&client);
    api.list_budgets(ListBudgetsRequest::new()).await.unwrap();
    assert!(api.list_budgets_all(ListBudgetsRequest::new()).try_next().await.unwrap().is_none());
    assert_eq!((one.calls_async().await, all.calls_async().await), (1, 1));

    let query = &[("page_size", "20"), ("organization_id", ORGANIZATION)];
    let one = serve(&server, ADDRESSES, query, empty).await;
    let query = &[("page", "1"), ("page_size", "20"), ("organization_id", ORGANIZATION)];
    let all = serve(&server, ADDRESSES, query, empty).await;
    let api = ElectronicBillingApi::new(&client);
    let request = ListElectronicAddressesRequest::new();
    api.list_electronic_addresses(request.clone()).await.unwrap();
    assert!(api.list_electronic_addresses_all(request).try_next().await.unwrap().is_none());
    assert_eq!((one.calls_async().await, all.calls_async().await), (1, 1));
}

#[tokio::test]
async fn get_budget_reads_one() {
    let server = MockServer::start_async().await;
    let mocked = serve(&server, ONE_BUDGET, &[], fixture("v2/budget.json")).await;
    api(&server).get_budget(BUDGET).await.unwrap();
    mocked.assert_async().await;

    // Everything that `list_budgets` shows of a budget, `get_budget` shows too.
    let list: Value = serde_json::from_str(&fixture("v2/list_budgets.json")).unwrap();
    let body = list["budgets"][0].to_string();
    let budget =
        round_trip(&body, async |client: Client| BillingApi::new(&client).get_budget(BUDGET).await)
            .await;
    assert_eq!(budget.alerts[0].notifications[0].recipients.len(), 2);

    let body = r#"{"message":"Budget x not found","resource":"Budget","resource_id":"x","type":"not_found"}"#;
    let missing = Reply::http("404 Not Found", &["content-type: application/json"], body);
    let server =
        ScriptedServer::start([Reply::http("503 Service Unavailable", &[], ""), missing]).await;
    let error = BillingApi::new(&client(server.url())).get_budget(BUDGET).await.unwrap_err();
    assert!(error.is_not_found(), "a 404 is a success only for a DELETE: {error}");
}

#[tokio::test]
async fn create_budget_sends_limit_and_enabled() {
    let server = MockServer::start_async().await;
    let sent =
        json!({"organization_id": ORGANIZATION, "consumption_limit": 10000, "enabled": false});
    let mocked = serve_json(&server, POST, BUDGETS, sent, fixture("v2/budget.json")).await;
    let request = CreateBudgetRequest::new(10_000, false);
    let budget = api(&server).create_budget(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((budget.status().as_u16(), &*budget.id, budget.enabled), (200, BUDGET, false));
    assert_eq!(budget.consumption_limit, Some(Money::new("", 10_000, 0).unwrap()));
    assert_eq!(budget.consumption_limit.as_ref().unwrap().to_string(), "10000.00");

    let sent =
        json!({"organization_id": OTHER, "consumption_limit": 4294967295_u32, "enabled": true});
    let mocked = serve_json(&server, POST, BUDGETS, sent, fixture("v2/budget.json")).await;
    let request = CreateBudgetRequest::new(u32::MAX, true).organization_id(OTHER);
    BillingApi::new(&bare(&server)).create_budget(request).await.unwrap();
    mocked.assert_async().await;

    let body = fixture("v2/budget.json");
    round_trip_budget(&body, async |client: Client| {
        BillingApi::new(&client).create_budget(CreateBudgetRequest::new(10_000, false)).await
    })
    .await;

    let any = serve_anything(&server, "{}").await;
    let request = CreateBudgetRequest::new(0, true);
    let error = BillingApi::new(&bare(&server)).create_budget(request).await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    assert!(error.to_string().contains("default_organization_id"), "{error}");
    assert_eq!(any.calls_async().await, 0);
}

/// Like [`round_trip`], for a budget without alerts.
async fn round_trip_budget(
    body: &str,
    call: impl AsyncFn(Client) -> Result<scaleway_billing::Response<scaleway_billing::v2::Budget>>,
) {
    let budget = round_trip(body, call).await;
    assert_eq!(budget.created_at, Some(date("2026-06-19T13:32:56.931924Z")));
    assert_eq!((budget.alerts.len(), budget.updated_at), (0, budget.created_at));
}

#[tokio::test]
async fn update_budget_sends_only_what_was_set() {
    let request = || UpdateBudgetRequest::new(BUDGET);
    for (request, sent) in [
        (request(), json!({})),
        (request().enabled(false), json!({"enabled": false})),
        (request().enabled(true), json!({"enabled": true})),
        (request().consumption_limit(0), json!({"consumption_limit": 0})),
        (
            request().consumption_limit(500).enabled(false),
            json!({"consumption_limit": 500, "enabled": false}),
        ),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve_json(&server, PATCH, ONE_BUDGET, sent, fixture("v2/budget.json")).await;
        let budget = api(&server).update_budget(request).await.unwrap();
        mocked.assert_async().await;
        assert_eq!((budget.status().as_u16(), &*budget.id), (200, BUDGET));
    }
    round_trip_budget(&fixture("v2/budget.json"), async |client: Client| {
        BillingApi::new(&client).update_budget(UpdateBudgetRequest::new(BUDGET)).await
    })
    .await;
}

#[tokio::test]
async fn budget_alerts_have_a_threshold() {
    let server = MockServer::start_async().await;
    let sent = json!({"budget_id": BUDGET, "threshold": 80});
    let mocked = serve_json(&server, POST, ALERTS, sent, fixture("v2/budget_alert.json")).await;
    let request = CreateBudgetAlertRequest::new(BUDGET, 80);
    let alert = api(&server).create_budget_alert(request).await.unwrap();
    mocked.assert_async().await;
    assert_eq!((&*alert.id, alert.threshold, alert.notifications.len()), (ALERT, 80, 0));
    assert_eq!(alert.created_at, Some(date("2026-06-24T15:18:59.774330Z")));

    let sent = json!({"threshold": 100});
    let mocked = serve_json(&server, PATCH, ONE_ALERT, sent, fixture("v2/budget_alert.json")).await;
    let request = UpdateBudgetAlertRequest::new(ALERT, 100);
    api(&server).update_budget_alert(request).await.unwrap();
    mocked.assert_async().await;

    let body = fixture("v2/budget_alert.json");
    round_trip(&body, async |client: Client| {
        let request = CreateBudgetAlertRequest::new(BUDGET, 80);
        BillingApi::new(&client).create_budget_alert(request).await
    })
    .await;
    round_trip(&body, async |client: Client| {
        let request = UpdateBudgetAlertRequest::new(ALERT, 80);
        BillingApi::new(&client).update_budget_alert(request).await
    })
    .await;
}

#[tokio::test]
async fn notification_has_one_kind_of_recipients() {
    let answered = fixture("v2/budget_alert_notification.json");
    let create = || CreateBudgetAlertNotificationRequest::new(ALERT);
    let none: [&str; 0] = [];
    for (request, sent) in [
        (
            create().sms_phone_numbers(["+33600000001", "+33600000002"]),
            json!({"budget_alert_id": ALERT, "sms_phone_numbers": ["+33600000001", "+33600000002"]}),
        ),
        (
            create().email_addresses(["alerts@example.com"]),
            json!({"budget_alert_id": ALERT, "email_addresses": ["alerts@example.com"]}),
        ),
        (
            create().webhook_urls(["https://example.com/hook?a=b"]),
            json!({"budget_alert_id": ALERT, "webhook_urls": ["https://example.com/hook?a=b"]}),
        ),
        (create().email_addresses(none), json!({"budget_alert_id": ALERT, "email_addresses": []})),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve_json(&server, POST, NOTIFICATIONS, sent, &answered).await;
        let notification = api(&server).create_budget_alert_notification(request).await.unwrap();
        mocked.assert_async().await;
        assert_eq!(notification.id, NOTIFICATION);
        assert_eq!(notification.r#type, BudgetAlertNotificationType::Email);
        assert_eq!(notification.recipients, ["alerts@example.com"]);
    }
    let update = || UpdateBudgetAlertNotificationRequest::new(NOTIFICATION);
    for (request, sent) in [
        (
            update().sms_phone_numbers(["+33600000001"]),
            json!({"sms_phone_numbers": ["+33600000001"]}),
        ),
        (update().email_addresses(none), json!({"email_addresses": []})),
        (
            update().webhook_urls(["https://example.com/hook"]),
            json!({"webhook_urls": ["https://example.com/hook"]}),
        ),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve_json(&server, PATCH, ONE_NOTIFICATION, sent, &answered).await;
        api(&server).update_budget_alert_notification(request).await.unwrap();
        mocked.assert_async().await;
    }
    round_trip(&answered, async |client: Client| {
        let request =
            CreateBudgetAlertNotificationRequest::new(ALERT).email_addresses(["a@example.com"]);
        BillingApi::new(&client).create_budget_alert_notification(request).await
    })
    .await;
    round_trip(&answered, async |client: Client| {
        let request = UpdateBudgetAlertNotificationRequest::new(NOTIFICATION)
            .email_addresses(["a@example.com"]);
        BillingApi::new(&client).update_budget_alert_notification(request).await
    })
    .await;
}

#[tokio::test]
async fn notification_with_no_or_two_kinds_of_recipients_is_rejected() {
    let server = MockServer::start_async().await;
    let any = serve_anything(&server, fixture("v2/budget_alert_notification.json")).await;
    let api = api(&server);
    let none: [&str; 0] = [];
    let all = ["sms_phone_numbers", "email_addresses", "webhook_urls"];

    let create = || CreateBudgetAlertNotificationRequest::new(ALERT);
    let error = api.create_budget_alert_notification(create()).await.unwrap_err();
    assert_refused(&error, &all);
    let request = create().sms_phone_numbers(none).webhook_urls(["https://example.com"]);
    let error = api.create_budget_alert_notification(request).await.unwrap_err();
    assert_refused(&error, &["sms_phone_numbers", "webhook_urls"]);
    let request = create().sms_phone_numbers(["1"]).email_addresses(["2"]).webhook_urls(["3"]);
    let error = api.create_budget_alert_notification(request).await.unwrap_err();
    assert_refused(&error, &["sms_phone_numbers", "webhook_urls"]);

    let update = || UpdateBudgetAlertNotificationRequest::new(NOTIFICATION);
    let error = api.update_budget_alert_notification(update()).await.unwrap_err();
    assert_refused(&error, &all);
    let request = update().email_addresses(["a@example.com"]).webhook_urls(none);
    let error = api.update_budget_alert_notification(request).await.unwrap_err();
    assert_refused(&error, &["email_addresses", "webhook_urls"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn list_electronic_addresses_sends_every_parameter() {
    let server = MockServer::start_async().await;
    let query = &[
        ("page", "2"),
        ("page_size", "1000"),
        ("order_by", "starts_at_desc"),
        ("organization_id", OTHER),
        ("starts_after", "2026-09-01T00:00:00Z"),
        ("stops_before", "2026-12-31T23:59:59.999Z"),
    ];
    let mocked = serve(&server, ADDRESSES, query, "{}").await;
    let request = ListElectronicAddressesRequest::new()
        .page(2)
        .page_size(1000)
        .order_by(ListElectronicAddressesRequestOrderBy::StartsAtDesc)
        .organization_id(OTHER)
        .starts_after(date("2026-09-01T02:00:00+02:00"))
        .stops_before(date("2026-12-31T23:59:59.999Z"));
    addresses(&server).list_electronic_addresses(request).await.unwrap();
    mocked.assert_async().await;
}

#[tokio::test]
async fn list_electronic_addresses_needs_an_organization() {
    let server = MockServer::start_async().await;
    let query = &[("organization_id", ORGANIZATION)] as Query;
    let mocked = serve(&server, ADDRESSES, query, "{}").await;
    let request = ListElectronicAddressesRequest::new();
    addresses(&server).list_electronic_addresses(request.clone()).await.unwrap();
    mocked.assert_async().await;
    mocked.delete_async().await;

    let any = serve_anything(&server, "{}").await;
    let api = ElectronicBillingApi::new(&bare(&server));
    let error = api.list_electronic_addresses(request.clone()).await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    let error = api.list_electronic_addresses_all(request).try_next().await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn electronic_addresses_page_by_page() {
    let body = fixture("v2/list_electronic_addresses.json");
    let page = round_trip(&body, async |client: Client| {
        let request = ListElectronicAddressesRequest::new();
        ElectronicBillingApi::new(&client).list_electronic_addresses(request).await
    })
    .await;
    assert_eq!(page.total_count, 2);
    let [dated, bare] = &page.electronic_addresses[..] else { panic!("{page:?}") };
    assert_eq!((&*dated.id, &*dated.value), (ADDRESS, "0225:000000001_example"));
    assert_eq!(dated.stops_at, Some(date("2026-12-31T23:59:59.999999Z")));
    assert_eq!((bare.starts_at, bare.stops_at, bare.created_at), (None, None, None));

    let server = MockServer::start_async().await;
    let query = &[("page", "1"), ("page_size", "100"), ("organization_id", ORGANIZATION)];
    let mocked = serve(&server, ADDRESSES, query, &body).await;
    let request = ListElectronicAddressesRequest::new();
    let all = addresses(&server).list_electronic_addresses_all(request).try_collect().await;
    assert_eq!(all.unwrap(), page.electronic_addresses);
    mocked.assert_async().await;
}

#[tokio::test]
async fn get_electronic_address_reads_one() {
    let server = MockServer::start_async().await;
    let body = fixture("v2/electronic_address.json");
    let mocked = serve(&server, ONE_ADDRESS, &[], &body).await;
    addresses(&server).get_electronic_address(ADDRESS).await.unwrap();
    mocked.assert_async().await;

    let address = round_trip(&body, async |client: Client| {
        ElectronicBillingApi::new(&client).get_electronic_address(ADDRESS).await
    })
    .await;
    assert_eq!((&*address.organization_id, address.stops_at), (ORGANIZATION, None));
    assert_eq!(address.starts_at, Some(date("2026-09-01T00:00:00Z")));
}

#[tokio::test]
async fn create_electronic_address_sends_what_was_set() {
    let server = MockServer::start_async().await;
    let body = fixture("v2/electronic_address.json");
    let sent = json!({"organization_id": ORGANIZATION, "value": "0225:1"});
    let mocked = serve_json(&server, POST, ADDRESSES, sent, &body).await;
    let address = addresses(&server).create_electronic_address("0225:1").await.unwrap();
    mocked.assert_async().await;
    assert_eq!((address.status().as_u16(), &*address.id), (200, ADDRESS));

    let sent = json!({
        "organization_id": OTHER,
        "value": "0225:1",
        "starts_at": "2026-09-01T00:00:00Z",
        "stops_at": "2026-12-31T23:59:59.999999Z",
    });
    let mocked = serve_json(&server, POST, ADDRESSES, sent, &body).await;
    let request = CreateElectronicAddressRequest::new("0225:1")
        .organization_id(OTHER)
        .starts_at(date("2026-09-01T02:00:00+02:00"))
        .stops_at(date("2026-12-31T23:59:59.999999Z"));
    addresses(&server).create_electronic_address(request).await.unwrap();
    mocked.assert_async().await;

    round_trip(&body, async |client: Client| {
        ElectronicBillingApi::new(&client).create_electronic_address("0225:1").await
    })
    .await;

    let any = serve_anything(&server, "{}").await;
    let api = ElectronicBillingApi::new(&bare(&server));
    let error = api.create_electronic_address("0225:1").await.unwrap_err();
    assert_refused(&error, &["organization_id"]);
    let error = addresses(&server).create_electronic_address("").await.unwrap_err();
    assert_refused(&error, &["value"]);
    assert_eq!(any.calls_async().await, 0);
}

#[tokio::test]
async fn update_electronic_address_sends_only_what_was_set() {
    let body = fixture("v2/electronic_address.json");
    let request = || UpdateElectronicAddressRequest::new(ADDRESS);
    let end = date("2026-12-31T23:59:59Z");
    for (request, sent) in [
        (request(), json!({})),
        (request().value("0225:2"), json!({"value": "0225:2"})),
        (request().stops_at(end), json!({"stops_at": "2026-12-31T23:59:59Z"})),
        (
            request().value("0225:2").stops_at(end),
            json!({"value": "0225:2", "stops_at": "2026-12-31T23:59:59Z"}),
        ),
    ] {
        let server = MockServer::start_async().await;
        let mocked = serve_json(&server, PATCH, ONE_ADDRESS, sent, &body).await;
        addresses(&server).update_electronic_address(request).await.unwrap();
        mocked.assert_async().await;
    }
    round_trip(&body, async |client: Client| {
        let request = UpdateElectronicAddressRequest::new(ADDRESS);
        ElectronicBillingApi::new(&client).update_electronic_address(request).await
    })
    .await;
}

#[tokio::test]
async fn deletions_send_neither_query_nor_body() {
    for path in [ONE_BUDGET, ONE_ALERT, ONE_NOTIFICATION, ONE_ADDRESS] {
        let server = MockServer::start_async().await;
        let mocked = server
            .mock_async(|when, then| {
                expect(when, DELETE, path, &[]);
                then.status(204)
                    .header("content-type", "application/json")
                    .header("x-request-id", REQUEST_ID);
            })
            .await;
        let response = match path {
            ONE_BUDGET => api(&server).delete_budget(BUDGET).await,
            ONE_ALERT => api(&server).delete_budget_alert(ALERT).await,
            ONE_NOTIFICATION => api(&server).delete_budget_alert_notification(NOTIFICATION).await,
            _ => addresses(&server).delete_electronic_address(ADDRESS).await,
        };
        let response = response.unwrap();
        assert_eq!((response.status().as_u16(), response.request_id()), (204, Some(REQUEST_ID)));
        mocked.assert_async().await;
    }
}

#[tokio::test]
async fn retried_budget_deletion_succeeds() {
    assert_deletes(async |client: Client| BillingApi::new(&client).delete_budget(BUDGET).await)
        .await;
}

#[tokio::test]
async fn retried_budget_alert_deletion_succeeds() {
    assert_deletes(async |client: Client| {
        BillingApi::new(&client).delete_budget_alert(ALERT).await
    })
    .await;
}

#[tokio::test]
async fn retried_notification_deletion_succeeds() {
    assert_deletes(async |client: Client| {
        BillingApi::new(&client).delete_budget_alert_notification(NOTIFICATION).await
    })
    .await;
}

#[tokio::test]
async fn retried_electronic_address_deletion_succeeds() {
    assert_deletes(async |client: Client| {
        ElectronicBillingApi::new(&client).delete_electronic_address(ADDRESS).await
    })
    .await;
}

#[tokio::test]
async fn creations_are_sent_at_most_once() {
    assert_at_most_once(fixture("v2/budget.json"), async |client: Client| {
        BillingApi::new(&client).create_budget(CreateBudgetRequest::new(10_000, true)).await
    })
    .await;
    assert_at_most_once(fixture("v2/budget_alert.json"), async |client: Client| {
        let request = CreateBudgetAlertRequest::new(BUDGET, 80);
        BillingApi::new(&client).create_budget_alert(request).await
    })
    .await;
    let notification = fixture("v2/budget_alert_notification.json");
    assert_at_most_once(notification, async |client: Client| {
        let request =
            CreateBudgetAlertNotificationRequest::new(ALERT).email_addresses(["a@example.com"]);
        BillingApi::new(&client).create_budget_alert_notification(request).await
    })
    .await;
    assert_at_most_once(fixture("v2/electronic_address.json"), async |client: Client| {
        ElectronicBillingApi::new(&client).create_electronic_address("0225:1").await
    })
    .await;
}

#[tokio::test]
async fn updates_are_retried_with_their_body() {
    assert_repeated(json_reply(fixture("v2/budget.json")), async |client: Client| {
        BillingApi::new(&client)
            .update_budget(UpdateBudgetRequest::new(BUDGET).enabled(false))
            .await
    })
    .await;
    assert_repeated(json_reply(fixture("v2/budget_alert.json")), async |client: Client| {
        let request = UpdateBudgetAlertRequest::new(ALERT, 90);
        BillingApi::new(&client).update_budget_alert(request).await
    })
    .await;
    let notification = json_reply(fixture("v2/budget_alert_notification.json"));
    assert_repeated(notification, async |client: Client| {
        let request = UpdateBudgetAlertNotificationRequest::new(NOTIFICATION)
            .email_addresses(["a@example.com"]);
        BillingApi::new(&client).update_budget_alert_notification(request).await
    })
    .await;
    assert_repeated(json_reply(fixture("v2/electronic_address.json")), async |client: Client| {
        let request = UpdateElectronicAddressRequest::new(ADDRESS).value("0225:2");
        ElectronicBillingApi::new(&client).update_electronic_address(request).await
    })
    .await;

    let unavailable = Reply::http("503 Service Unavailable", &[], "");
    let missing = Reply::http("404 Not Found", &[], r#"{"type":"not_found"}"#);
    let server = ScriptedServer::start([unavailable, missing]).await;
    let api = BillingApi::new(&client(server.url()));
    let error = api.update_budget(UpdateBudgetRequest::new(BUDGET)).await.unwrap_err();
    assert!(error.is_not_found(), "a 404 is a success only for a DELETE: {error}");
}

/// Calls every operation that returns a model against a service that sends `body` in every
/// response.
async fn every_operation(body: &str) -> Vec<(&'static str, Result<(), Error>)> {
    let server = MockServer::start_async().await;
    serve_anything(&server, body).await;
    let (api, addresses) = (api(&server), addresses(&server));
    let to = ["a@example.com"];
    let create_notification = CreateBudgetAlertNotificationRequest::new(ALERT).email_addresses(to);
    let update_notification =
        UpdateBudgetAlertNotificationRequest::new(NOTIFICATION).email_addresses(to);
    macro_rules! results {
        ($($api:ident.$operation:ident($request:expr),)*) => {
            vec![$((stringify!($operation), $api.$operation($request).await.map(drop))),*]
        };
    }
    results![
        api.list_budgets(ListBudgetsRequest::new()),
        api.get_budget(BUDGET),
        api.create_budget(CreateBudgetRequest::new(1, true)),
        api.update_budget(UpdateBudgetRequest::new(BUDGET)),
        api.create_budget_alert(CreateBudgetAlertRequest::new(BUDGET, 1)),
        api.update_budget_alert(UpdateBudgetAlertRequest::new(ALERT, 1)),
        api.create_budget_alert_notification(create_notification),
        api.update_budget_alert_notification(update_notification),
        addresses.list_electronic_addresses(ListElectronicAddressesRequest::new()),
        addresses.get_electronic_address(ADDRESS),
        addresses.create_electronic_address("0225:1"),
        addresses.update_electronic_address(UpdateElectronicAddressRequest::new(ADDRESS)),
    ]
}

#[tokio::test]
async fn nulls_and_missing_fields_are_empty() {
    for (operation, result) in every_operation("{}").await {
        assert_eq!(result.is_ok(), operation.starts_with("list_"), "{operation}: {result:?}");
    }
    for body in [
        r#"{"id":null,"budgets":null,"electronic_addresses":null,"total_count":null}"#,
        r#"{"id":null,"created_at":null,"updated_at":null,"organization_id":null,"enabled":null,
            "consumption_limit":null,"alerts":null,"threshold":null,"notifications":null,
            "type":null,"recipients":null,"starts_at":null,"stops_at":null,"value":null,
            "total_count":1,"budgets":[{"id":null,"created_at":null,"updated_at":null,
                "organization_id":null,"enabled":null,"consumption_limit":null,"alerts":null}],
            "electronic_addresses":[{"id":null,"starts_at":null,"stops_at":null,"created_at":null,
                "updated_at":null,"organization_id":null,"value":null}]}"#,
        r#"{"id":"","threshold":"80","alerts":[{"notifications":[{"recipients":null,"type":null}]},
            {"id":null,"created_at":null,"updated_at":null,"threshold":null,"notifications":null}],
            "consumption_limit":{"units":null,"nanos":null,"currency_code":null},
            "total_count":"0"}"#,
    ] {
        for (operation, result) in every_operation(body).await {
            assert!(result.is_ok(), "{operation} {body}: {result:?}");
        }
    }
}

#[tokio::test]
async fn decode_error_names_the_path() {
    for (body, place) in [
        (
            r#"{"budgets":[{"id":"a"},{"alerts":[{"threshold":"low"}]}]}"#,
            "budgets[1].alerts[0].threshold",
        ),
        (r#"{"budgets":[{"alerts":[{"threshold":1.5}]}]}"#, "budgets[0].alerts[0].threshold"),
        (r#"{"budgets":[{"alerts":[{"message":"x"}]}]}"#, "budgets[0].alerts[0]"),
        (
            r#"{"budgets":[{"alerts":[{"notifications":[[]]}]}]}"#,
            "budgets[0].alerts[0].notifications[0]",
        ),
        (r#"{"budgets":[{"consumption_limit":10000}]}"#, "budgets[0].consumption_limit"),
        (r#"{"budgets":[{"enabled":"no"}]}"#, "budgets[0].enabled"),
    ] {
        let server = MockServer::start_async().await;
        serve_anything(&server, body).await;
        let error = api(&server).list_budgets(ListBudgetsRequest::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(&format!("`{place}`")), "{error}");
        assert_eq!(error.raw_body().unwrap(), body.as_bytes());
    }
}

#[test]
fn webhook_payload_is_decoded() {
    for body in [
        r#"{"invoice_start_date":"2026-06-01T00:00:00Z","threshold":80}"#,
        r#"{"new_budget":{"id":"a"},"threshold":"80","invoice_start_date":"2026-06-01T00:00:00Z"}"#,
    ] {
        let call: BudgetAlertWebhook = from_slice(body.as_bytes()).unwrap();
        assert_eq!((&*call.invoice_start_date, call.threshold), ("2026-06-01T00:00:00Z", 80));
        let written = serde_json::to_string(&call).unwrap();
        assert_eq!(serde_json::from_str::<BudgetAlertWebhook>(&written).unwrap(), call);
    }
    let nulls = r#"{"invoice_start_date":null,"threshold":null}"#;
    let call: BudgetAlertWebhook = from_slice(nulls.as_bytes()).unwrap();
    assert_eq!(call, BudgetAlertWebhook::default());
    for body in ["[]", r#"{"message":"x"}"#, "", r#"{"threshold":"many"}"#] {
        let error = from_slice::<BudgetAlertWebhook>(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[test]
fn every_enum_value_is_defined() {
    fn texts<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }
    assert_eq!(
        texts(BudgetAlertNotificationType::VALUES),
        ["unknown_type", "sms", "email", "webhook"]
    );
    assert_eq!(
        texts(ListElectronicAddressesRequestOrderBy::VALUES),
        ["starts_at_asc", "starts_at_desc"]
    );
    assert_eq!(BudgetAlertNotificationType::default(), BudgetAlertNotificationType::UnknownType);
}

#[tokio::test]
async fn path_parameters_stay_in_their_segment() {
    let (one, gone) = (json_reply(r#"{"id":""}"#), Reply::http("204 No Content", &[], ""));
    let replies = [&one, &one, &gone, &one, &gone, &one, &gone, &one, &one, &gone];
    let server = ScriptedServer::start(replies.map(Reply::clone)).await;
    let client = client(server.url());
    let (api, addresses) = (BillingApi::new(&client), ElectronicBillingApi::new(&client));
    let id = "../budgets?x=1#";
    let segment = "..%2Fbudgets%3Fx%3D1%23";
    let to = ["a@example.com"];
    api.get_budget(id).await.unwrap();
    api.update_budget(UpdateBudgetRequest::new(id)).await.unwrap();
    api.delete_budget(id).await.unwrap();
    api.update_budget_alert(UpdateBudgetAlertRequest::new(id, 1)).await.unwrap();
    api.delete_budget_alert(id).await.unwrap();
    let request = UpdateBudgetAlertNotificationRequest::new(id).email_addresses(to);
    api.update_budget_alert_notification(request).await.unwrap();
    api.delete_budget_alert_notification(id).await.unwrap();
    addresses.get_electronic_address(id).await.unwrap();
    let request = UpdateElectronicAddressRequest::new(id);
    addresses.update_electronic_address(request).await.unwrap();
    addresses.delete_electronic_address(id).await.unwrap();
    let lines: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.lines().next().unwrap().to_owned())
        .collect();
    let expected = [
        "GET /billing/v2/budgets",
        "PATCH /billing/v2/budgets",
        "DELETE /billing/v2/budgets",
        "PATCH /billing/v2/budget-alerts",
        "DELETE /billing/v2/budget-alerts",
        "PATCH /billing/v2/budget-alert-notifications",
        "DELETE /billing/v2/budget-alert-notifications",
        "GET /billing/v2/electronic-address",
        "PATCH /billing/v2/electronic-address",
        "DELETE /billing/v2/electronic-address",
    ];
    assert_eq!(lines, expected.map(|start| format!("{start}/{segment} HTTP/1.1")));

    for id in ["", ".", ".."] {
        let to = ["a@example.com"];
        let update = UpdateBudgetAlertNotificationRequest::new(id).email_addresses(to);
        for (result, name) in [
            (api.get_budget(id).await.map(drop), "budget_id"),
            (api.update_budget(UpdateBudgetRequest::new(id)).await.map(drop), "budget_id"),
            (api.delete_budget(id).await.map(drop), "budget_id"),
            (
                api.update_budget_alert(UpdateBudgetAlertRequest::new(id, 1)).await.map(drop),
                "budget_alert_id",
            ),
            (api.delete_budget_alert(id).await.map(drop), "budget_alert_id"),
            (
                api.update_budget_alert_notification(update).await.map(drop),
                "budget_alert_notification_id",
            ),
            (
                api.delete_budget_alert_notification(id).await.map(drop),
                "budget_alert_notification_id",
            ),
            (addresses.get_electronic_address(id).await.map(drop), "electronic_address_id"),
            (
                addresses
                    .update_electronic_address(UpdateElectronicAddressRequest::new(id))
                    .await
                    .map(drop),
                "electronic_address_id",
            ),
            (addresses.delete_electronic_address(id).await.map(drop), "electronic_address_id"),
        ] {
            assert_refused(&result.unwrap_err(), &[name]);
        }
    }
    assert_eq!(server.requests().len(), expected.len());
}
