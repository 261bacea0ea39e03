//! Scaleway billing v2 and electronic billing v2.

use billing_sandbox::{Sandbox, Scaleway};
use serde_json::{Value, json};

use crate::http::{call, call_json, get, get_json, send, send_body, token};
use crate::json::{assert_page, assert_rejected, items, text};

const BUDGETS: &str = "/billing/v2/budgets";
const ALERTS: &str = "/billing/v2/budget-alerts";
const NOTIFICATIONS: &str = "/billing/v2/budget-alert-notifications";
const ADDRESSES: &str = "/billing/v2/electronic-address";
const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";

/// Sends JSON that must be accepted, and returns the JSON of the response.
async fn change(scaleway: &Scaleway, method: &str, path: &str, body: Value) -> Value {
    let response = call_json(scaleway, method, path, &body).await;
    let text = String::from_utf8_lossy(&response.body);
    assert_eq!(response.status, 200, "{method} {path}: {text}");
    // Compact, with keys in alphabetical order.
    assert_eq!(text, response.json().to_string());
    response.json()
}

async fn create_budget(scaleway: &Scaleway) -> Value {
    let body = json!({
        "organization_id": scaleway.organization_id(),
        "consumption_limit": 10000,
        "enabled": false,
    });
    change(scaleway, "POST", BUDGETS, body).await
}

async fn create_alert(scaleway: &Scaleway, budget: &Value) -> Value {
    let body = json!({"budget_id": budget["id"], "threshold": 80});
    change(scaleway, "POST", ALERTS, body).await
}

async fn create_notification(scaleway: &Scaleway, alert: &Value) -> Value {
    let body = json!({"budget_alert_id": alert["id"], "email_addresses": ["alerts@example.com"]});
    change(scaleway, "POST", NOTIFICATIONS, body).await
}

/// The path of what has been created.
fn of(path: &str, created: &Value) -> String {
    format!("{path}/{}", text(created, "id"))
}

async fn assert_deleted(scaleway: &Scaleway, path: &str, resource: &str) {
    let response = call(scaleway, "DELETE", path).await;
    assert_eq!(response.status, 204, "{path}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.body.is_empty());
    assert_missing(scaleway, "DELETE", path, resource).await;
}

async fn assert_missing(scaleway: &Scaleway, method: &str, path: &str, resource: &str) {
    let response = match method {
        // Enough for every kind of resource.
        "PATCH" => {
            let body = match resource {
                "BudgetAlert" => json!({"threshold": 1}),
                "BudgetAlertNotification" => json!({"webhook_urls": []}),
                _ => json!({}),
            };
            call_json(scaleway, method, path, &body).await
        }
        _ => call(scaleway, method, path).await,
    };
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(response.status, 404, "{method} {path}");
    let expected = format!(
        r#"{{"message":"{resource} {id} not found","resource":"{resource}","resource_id":"{id}","type":"not_found"}}"#
    );
    assert_eq!(String::from_utf8(response.body).unwrap(), expected);
}

#[tokio::test]
async fn budget_can_be_created_read_updated_and_deleted() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let empty = get(scaleway, BUDGETS).await;
    assert_eq!(empty.body, br#"{"budgets":[],"total_count":0}"#);

    let body = json!({
        "organization_id": scaleway.organization_id(),
        "consumption_limit": 10000,
        "enabled": false,
    });
    let response = call_json(scaleway, "POST", BUDGETS, &body).await;
    let budget = response.json();
    let path = of(BUDGETS, &budget);
    let created = "2026-06-15T12:00:01.234567Z";
    let expected = format!(
        r#"{{"alerts":[],"consumption_limit":{{"currency_code":"","nanos":0,"units":10000}},"created_at":"{created}","enabled":false,"id":"{}","organization_id":"{}","updated_at":"{created}"}}"#,
        text(&budget, "id"),
        scaleway.organization_id(),
    );
    assert_eq!(String::from_utf8(response.body).unwrap(), expected);
    assert_eq!(get_json(scaleway, &path).await, budget);

    // Fields that were not sent are unchanged, and so are those of nested objects.
    for (body, limit, enabled, updated) in [
        (json!({"enabled": true}), 10000, true, "2026-06-15T12:00:02.469134Z"),
        (
            json!({"consumption_limit": 4_294_967_295_u32}),
            4_294_967_295_u32,
            true,
            "2026-06-15T12:00:03.703701Z",
        ),
        (
            json!({"consumption_limit": 0, "enabled": false}),
            0,
            false,
            "2026-06-15T12:00:04.938268Z",
        ),
        (json!({}), 0, false, "2026-06-15T12:00:06.172835Z"),
    ] {
        let mut expected = budget.clone();
        expected["consumption_limit"]["units"] = json!(limit);
        expected["enabled"] = json!(enabled);
        expected["updated_at"] = json!(updated);
        assert_eq!(change(scaleway, "PATCH", &path, body).await, expected);
        assert_eq!(get_json(scaleway, &path).await, expected);
    }

    assert_deleted(scaleway, &path, "Budget").await;
    assert_missing(scaleway, "GET", &path, "Budget").await;
    assert_missing(scaleway, "PATCH", &path, "Budget").await;
    assert_page(&get_json(scaleway, BUDGETS).await, "budgets", 0, 0);
}

#[tokio::test]
async fn budgets_are_listed_in_pages() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let mut budgets = Vec::new();
    for _ in 0..5 {
        budgets.push(create_budget(scaleway).await);
    }
    let organization = scaleway.organization_id();
    for query in ["?".to_owned(), format!("?organization_id={organization}")] {
        let list = get_json(scaleway, &format!("{BUDGETS}{query}")).await;
        assert_page(&list, "budgets", 5, 5);
        assert_eq!(items(&list, "budgets"), budgets);
    }
    for (page, range) in [(1, 0..2), (2, 2..4), (3, 4..5)] {
        let list = get_json(scaleway, &format!("{BUDGETS}?page={page}&page_size=2")).await;
        assert_page(&list, "budgets", range.len(), 5);
        assert_eq!(items(&list, "budgets"), &budgets[range]);
    }
    // The same requests create the same objects on every start.
    let other = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    assert_eq!(create_budget(other.scaleway()).await, budgets[0]);
}

#[tokio::test]
async fn alerts_and_notifications_nest_in_their_budget() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let budget = create_budget(scaleway).await;
    let path = of(BUDGETS, &budget);

    let alert = create_alert(scaleway, &budget).await;
    assert_eq!(
        alert,
        json!({
            "created_at": "2026-06-15T12:00:02.469134Z",
            "id": alert["id"],
            "notifications": [],
            "threshold": 80,
            "updated_at": "2026-06-15T12:00:02.469134Z",
        })
    );
    let notification = create_notification(scaleway, &alert).await;
    assert_eq!(
        notification,
        json!({
            "created_at": "2026-06-15T12:00:03.703701Z",
            "id": notification["id"],
            "recipients": ["alerts@example.com"],
            "type": "email",
            "updated_at": "2026-06-15T12:00:03.703701Z",
        })
    );

    // The dates of the parents are unchanged.
    let mut expected = budget.clone();
    expected["alerts"] = json!([alert]);
    expected["alerts"][0]["notifications"] = json!([notification]);
    assert_eq!(get_json(scaleway, &path).await, expected);

    let changed = change(scaleway, "PATCH", &of(ALERTS, &alert), json!({"threshold": 100})).await;
    assert_eq!(changed["threshold"], 100);
    assert_eq!(changed["created_at"], alert["created_at"]);
    assert_eq!(changed["updated_at"], "2026-06-15T12:00:04.938268Z");
    assert_eq!(changed["notifications"], json!([notification]));

    // A list replaces the previous one, whatever its kind.
    let notification_path = of(NOTIFICATIONS, &notification);
    for (field, kind, list) in [
        ("email_addresses", "email", json!(["a@example.com", "b@example.com"])),
        ("sms_phone_numbers", "sms", json!(["+33123456789"])),
        ("webhook_urls", "webhook", json!(["https://example.com/hook"])),
        ("webhook_urls", "webhook", json!([])),
    ] {
        let mut body = json!({});
        body[field] = list.clone();
        let changed = change(scaleway, "PATCH", &notification_path, body).await;
        assert_eq!((&changed["type"], &changed["recipients"]), (&json!(kind), &list));
        assert_eq!(changed["created_at"], notification["created_at"]);
        assert!(text(&changed, "updated_at") > text(&notification, "updated_at"));
        let budget = get_json(scaleway, &path).await;
        assert_eq!(budget["alerts"][0]["notifications"], json!([changed]));
    }

    assert_deleted(scaleway, &notification_path, "BudgetAlertNotification").await;
    assert_missing(scaleway, "PATCH", &notification_path, "BudgetAlertNotification").await;
    assert_eq!(get_json(scaleway, &path).await["alerts"][0]["notifications"], json!([]));
    assert_deleted(scaleway, &of(ALERTS, &alert), "BudgetAlert").await;
    assert_missing(scaleway, "PATCH", &of(ALERTS, &alert), "BudgetAlert").await;
    assert_eq!(get_json(scaleway, &path).await, budget);
}

#[tokio::test]
async fn deleting_a_budget_deletes_its_alerts() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let kept = create_budget(scaleway).await;
    create_alert(scaleway, &kept).await;
    let budget = create_budget(scaleway).await;
    let alert = create_alert(scaleway, &budget).await;
    let notification = create_notification(scaleway, &alert).await;

    assert_deleted(scaleway, &of(BUDGETS, &budget), "Budget").await;
    assert_missing(scaleway, "DELETE", &of(ALERTS, &alert), "BudgetAlert").await;
    let path = of(NOTIFICATIONS, &notification);
    assert_missing(scaleway, "DELETE", &path, "BudgetAlertNotification").await;
    for (path, body) in [
        (ALERTS, json!({"budget_id": budget["id"], "threshold": 1})),
        (NOTIFICATIONS, json!({"budget_alert_id": alert["id"], "webhook_urls": []})),
    ] {
        assert_eq!(call_json(scaleway, "POST", path, &body).await.status, 404);
    }
    assert_eq!(
        get_json(scaleway, &of(BUDGETS, &kept)).await["alerts"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn budget_has_at_most_ten_alerts() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let budget = create_budget(scaleway).await;
    for _ in 0..10 {
        create_alert(scaleway, &budget).await;
    }
    let body = json!({"budget_id": budget["id"], "threshold": 80});
    let response = call_json(scaleway, "POST", ALERTS, &body).await;
    assert_eq!(response.status, 403);
    assert_eq!(
        response.json(),
        json!({
            "details": [{"current": 10, "quota": 10, "resource": "budget_alerts"}],
            "message": "quota(s) exceeded",
            "type": "quotas_exceeded",
        })
    );
    let budget = get_json(scaleway, &of(BUDGETS, &budget)).await;
    assert_eq!(items(&budget, "alerts").len(), 10);
}

#[tokio::test]
async fn electronic_address_can_be_created_read_updated_and_deleted() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let organization = scaleway.organization_id();
    let body = json!({
        "organization_id": organization,
        "value": "é".repeat(115),
        "starts_at": "2026-07-01T02:00:00+02:00",
    });
    let address = change(scaleway, "POST", ADDRESSES, body).await;
    let path = of(ADDRESSES, &address);
    assert_eq!(
        address,
        json!({
            "created_at": "2026-06-15T12:00:01.234567Z",
            "id": address["id"],
            "organization_id": organization,
            "starts_at": "2026-07-01T00:00:00Z",
            "stops_at": null,
            "updated_at": "2026-06-15T12:00:01.234567Z",
            "value": "é".repeat(115),
        })
    );
    assert_eq!(get_json(scaleway, &path).await, address);

    let mut expected = address;
    for (body, updated) in [
        (json!({"value": "x"}), "2026-06-15T12:00:02.469134Z"),
        (json!({"stops_at": "2027-01-01T00:00:00.500000Z"}), "2026-06-15T12:00:03.703701Z"),
        (json!({}), "2026-06-15T12:00:04.938268Z"),
    ] {
        for (key, value) in body.as_object().unwrap() {
            expected[key] = value.clone();
        }
        expected["updated_at"] = json!(updated);
        assert_eq!(change(scaleway, "PATCH", &path, body).await, expected);
    }
    assert_deleted(scaleway, &path, "ElectronicAddress").await;
    assert_missing(scaleway, "GET", &path, "ElectronicAddress").await;
    assert_missing(scaleway, "PATCH", &path, "ElectronicAddress").await;
}

#[tokio::test]
async fn electronic_addresses_are_filtered_and_ordered() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let organization = scaleway.organization_id();
    for (value, starts_at, stops_at) in [
        ("b", Some("2026-02-01T00:00:00Z"), Some("2026-03-01T00:00:00Z")),
        ("open", None, None),
        ("a", Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z")),
        ("c", Some("2026-03-01T00:00:00Z"), None),
    ] {
        let mut body = json!({"organization_id": organization, "value": value});
        for (key, time) in [("starts_at", starts_at), ("stops_at", stops_at)] {
            if let Some(time) = time {
                body[key] = json!(time);
            }
        }
        change(scaleway, "POST", ADDRESSES, body).await;
    }
    for (query, values) in [
        ("", vec!["a", "b", "c", "open"]),
        ("&order_by=starts_at_asc", vec!["a", "b", "c", "open"]),
        ("&order_by=starts_at_desc", vec!["open", "c", "b", "a"]),
        ("&starts_after=2026-02-01T00:00:00Z", vec!["b", "c"]),
        ("&stops_before=2026-03-01T00:00:00Z", vec!["a"]),
        ("&stops_before=2026-03-01T00:00:00.000001Z", vec!["a", "b"]),
        ("&starts_after=2026-01-15T00:00:00Z&stops_before=2027-01-01T00:00:00Z", vec!["b"]),
    ] {
        let list =
            get_json(scaleway, &format!("{ADDRESSES}?organization_id={organization}{query}")).await;
        assert_page(&list, "electronic_addresses", values.len(), values.len());
        let found: Vec<&str> =
            items(&list, "electronic_addresses").iter().map(|item| text(item, "value")).collect();
        assert_eq!(found, values, "{query}");
    }
    let page = format!("{ADDRESSES}?organization_id={organization}&page=2&page_size=3");
    assert_page(&get_json(scaleway, &page).await, "electronic_addresses", 1, 4);
}

#[tokio::test]
async fn invalid_bodies_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let id = scaleway.organization_id();
    let budget = create_budget(scaleway).await;
    let alert = create_alert(scaleway, &budget).await;
    let notification = create_notification(scaleway, &alert).await;
    let body = json!({"organization_id": id, "value": "x", "starts_at": "2026-06-01T00:00:00Z"});
    let address = change(scaleway, "POST", ADDRESSES, body).await;

    let budgets = (
        "POST",
        BUDGETS,
        json!({
            "organization_id": id,
            "consumption_limit": 1,
            "enabled": true,
        }),
    );
    let alerts = ("POST", ALERTS, json!({"budget_id": budget["id"], "threshold": 1}));
    let notifications =
        ("POST", NOTIFICATIONS, json!({"budget_alert_id": alert["id"], "webhook_urls": []}));
    let addresses = ("POST", ADDRESSES, json!({"organization_id": id, "value": "x"}));
    let budget_path = of(BUDGETS, &budget);
    let one_budget = ("PATCH", &*budget_path, json!({}));
    let alert_path = of(ALERTS, &alert);
    let one_alert = ("PATCH", &*alert_path, json!({"threshold": 1}));
    let notification_path = of(NOTIFICATIONS, &notification);
    let one_notification = ("PATCH", &*notification_path, json!({"webhook_urls": []}));
    let address_path = of(ADDRESSES, &address);
    let one_address = ("PATCH", &*address_path, json!({}));

    // Each replaces one field of a valid body with an invalid value.
    for ((method, path, body), field, value, reason) in [
        (&budgets, "organization_id", json!("mine"), "format"),
        (&budgets, "consumption_limit", json!({"units": 1}), "format"),
        (&budgets, "consumption_limit", json!("1"), "format"),
        (&budgets, "consumption_limit", json!(1.5), "format"),
        (&budgets, "consumption_limit", json!(-1), "format"),
        (&budgets, "consumption_limit", json!(4_294_967_296_u64), "format"),
        (&budgets, "enabled", json!("true"), "format"),
        (&budgets, "name", json!("x"), "constraint"),
        (&one_budget, "enabled", json!(null), "format"),
        (&one_budget, "organization_id", json!(id), "constraint"),
        (&alerts, "budget_id", json!("1"), "format"),
        (&alerts, "threshold", json!(0), "constraint"),
        (&alerts, "notifications", json!([]), "constraint"),
        (&one_alert, "threshold", json!(101), "constraint"),
        (&one_alert, "budget_id", budget["id"].clone(), "constraint"),
        (&notifications, "budget_alert_id", json!(7), "format"),
        (&notifications, "webhook_urls", json!("https://example.com"), "format"),
        (&notifications, "recipients", json!([]), "constraint"),
        (&one_notification, "webhook_urls", json!([1]), "format"),
        (&addresses, "value", json!(""), "constraint"),
        (&addresses, "value", json!("x".repeat(116)), "constraint"),
        (&addresses, "starts_at", json!("2026-06-01"), "format"),
        (&one_address, "starts_at", json!("2026-06-01T00:00:00Z"), "constraint"),
        (&one_address, "stops_at", json!("2026-06-01T00:00:00Z"), "constraint"),
        (&one_address, "stops_at", json!(null), "format"),
    ] {
        let mut body = body.clone();
        body[field] = value;
        let response = call_json(scaleway, method, path, &body).await;
        assert_rejected(&response, field, reason, &format!("{method} {path} {body}"));
    }

    // Each leaves one field out.
    for ((method, path, body), field) in [
        (&budgets, "organization_id"),
        (&budgets, "consumption_limit"),
        (&budgets, "enabled"),
        (&alerts, "budget_id"),
        (&alerts, "threshold"),
        (&one_alert, "threshold"),
        (&notifications, "budget_alert_id"),
        (&addresses, "organization_id"),
        (&addresses, "value"),
    ] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove(field);
        let response = call_json(scaleway, method, path, &body).await;
        assert_rejected(&response, field, "required", &format!("{method} {path} {body}"));
    }

    // Exactly one list of recipients is allowed.
    for (method, path, body) in [&notifications, &one_notification] {
        let mut two = body.clone();
        two["email_addresses"] = json!([]);
        let response = call_json(scaleway, method, path, &two).await;
        assert_rejected(&response, "webhook_urls", "constraint", "two lists");
        let mut none = body.clone();
        none.as_object_mut().unwrap().remove("webhook_urls");
        let response = call_json(scaleway, method, path, &none).await;
        assert_rejected(&response, "recipients", "required", "no list");
    }
    for body in ["", "[]", "{", "null"] {
        let headers = format!("{}Content-Type: application/json\r\n", token(scaleway));
        let response = send_body(scaleway, "PATCH", &budget_path, &headers, body).await;
        assert_rejected(&response, "body", "format", body);
    }

    // None of the requests had an effect.
    let list = get_json(scaleway, BUDGETS).await;
    let mut expected = budget.clone();
    expected["alerts"] = json!([alert]);
    expected["alerts"][0]["notifications"] = json!([notification]);
    assert_eq!(list["budgets"], json!([expected]));
    assert_eq!(get_json(scaleway, &address_path).await, address);

    // The content type decides whether a body is JSON.
    let body = budgets.2.to_string();
    for (content_type, status) in [
        ("", 400),
        ("Content-Type: text/plain\r\n", 400),
        ("Content-Type: application/x-www-form-urlencoded\r\n", 400),
        ("Content-Type: application/json\r\n", 200),
        ("Content-Type: application/json; charset=utf-8\r\n", 200),
    ] {
        let headers = format!("{}{content_type}", token(scaleway));
        let response = send_body(scaleway, "POST", BUDGETS, &headers, &body).await;
        assert_eq!(response.status, status, "{content_type}");
        if status == 400 {
            assert_rejected(&response, "Content-Type", "format", content_type);
        }
    }
}

#[tokio::test]
async fn invalid_parameters_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let organization = format!("organization_id={}", scaleway.organization_id());
    for (method, path, name, reason) in [
        ("GET", "budgets?page=0".to_owned(), "page", "constraint"),
        ("GET", "budgets/42".to_owned(), "budget_id", "format"),
        ("DELETE", "budgets/42".to_owned(), "budget_id", "format"),
        ("DELETE", "budget-alerts/42".to_owned(), "budget_alert_id", "format"),
        (
            "DELETE",
            "budget-alert-notifications/42".to_owned(),
            "budget_alert_notification_id",
            "format",
        ),
        ("GET", "electronic-address".to_owned(), "organization_id", "required"),
        ("GET", "electronic-address/42".to_owned(), "electronic_address_id", "format"),
        (
            "GET",
            format!("electronic-address?{organization}&page_size=1001"),
            "page_size",
            "constraint",
        ),
        (
            "GET",
            format!("electronic-address?{organization}&order_by=value"),
            "order_by",
            "constraint",
        ),
        (
            "GET",
            format!("electronic-address?{organization}&starts_after=now"),
            "starts_after",
            "format",
        ),
    ] {
        let response = call(scaleway, method, &format!("/billing/v2/{path}")).await;
        assert_rejected(&response, name, reason, &path);
    }
}

#[tokio::test]
async fn key_and_organization_are_checked() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for path in [BUDGETS, ALERTS, NOTIFICATIONS, ADDRESSES] {
        assert_eq!(send(scaleway, "POST", path, "").await.status, 401);
        let one = format!("{path}/{OTHER_ID}");
        assert_eq!(send(scaleway, "PATCH", &one, "").await.status, 401);
        assert_eq!(send(scaleway, "DELETE", &one, "").await.status, 401);
    }
    for (path, resource) in [(BUDGETS, "budget"), (ADDRESSES, "electronic_address")] {
        let path = format!("{path}?organization_id={OTHER_ID}");
        let response = get(scaleway, &path).await;
        assert_eq!(response.status, 403);
        assert_eq!(response.json()["details"], json!([{"action": "read", "resource": resource}]));
    }
    for (path, resource, body) in [
        (
            BUDGETS,
            "budget",
            json!({"organization_id": OTHER_ID, "consumption_limit": 1, "enabled": true}),
        ),
        (ADDRESSES, "electronic_address", json!({"organization_id": OTHER_ID, "value": "x"})),
    ] {
        let response = call_json(scaleway, "POST", path, &body).await;
        assert_eq!(response.status, 403);
        assert_eq!(response.json()["details"], json!([{"action": "write", "resource": resource}]));
    }
}
