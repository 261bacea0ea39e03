use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use serde_json::json;

use super::*;
use crate::Client;

const ID: &str = "11111111-1111-1111-1111-111111111111";

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn view(code: u16, body: &Value) -> (ApiError, ErrorDescription) {
    view_bytes(code, body.to_string().as_bytes())
}

fn view_bytes(code: u16, body: &[u8]) -> (ApiError, ErrorDescription) {
    let description = describe(status(code), &HeaderMap::new(), body);
    (ApiError::read(status(code), &object(body)), description)
}

#[track_caller]
fn check(code: u16, body: Value, expected: ApiError, details: &str) {
    let (error, description) = view(code, &body);
    assert_eq!(error, expected);
    assert_eq!(description.details.as_deref().unwrap_or_default(), details);
    assert_eq!(description.code.as_deref(), body["type"].as_str());
    assert_eq!(description.message.as_deref(), body["message"].as_str());
    assert_eq!(description.retry_after, None);
}

#[test]
fn invalid_arguments() {
    let argument = |name: &str, reason, help: &str| ArgumentError {
        argument_name: name.to_owned(),
        reason,
        help_message: help.to_owned(),
    };
    check(
        400,
        json!({
            "details": [
                {"argument_name": "page_size", "help_message": "at most 100", "reason": "constraint"},
                {"argument_name": "organization_id", "reason": "required"},
                {"argument_name": "billing_period", "help_message": "", "reason": "format"},
                {"argument_name": "order_by", "reason": "unknown"},
                {"argument_name": "page", "reason": "fancy", "help_message": "no"},
            ],
            "message": "invalid argument(s)",
            "type": "invalid_arguments",
        }),
        ApiError::InvalidArguments {
            arguments: vec![
                argument("page_size", ArgumentReason::Constraint, "at most 100"),
                argument("organization_id", ArgumentReason::Required, ""),
                argument("billing_period", ArgumentReason::Format, ""),
                argument("order_by", ArgumentReason::Unspecified, ""),
                argument("page", ArgumentReason::from("fancy"), "no"),
            ],
        },
        "`page_size`: constraint, at most 100; `organization_id`: required; \
             `billing_period`: format; `order_by`: unknown; `page`: fancy, no",
    );
}

#[test]
fn denied_authentication() {
    for (method, reason, expected) in [
        ("api_key", "not_found", (AuthenticationMethod::ApiKey, AuthenticationReason::NotFound)),
        ("jwt", "expired", (AuthenticationMethod::Jwt, AuthenticationReason::Expired)),
        (
            "unknown_method",
            "invalid_argument",
            (AuthenticationMethod::Unspecified, AuthenticationReason::InvalidArgument),
        ),
        ("badge", "lost", ("badge".into(), "lost".into())),
    ] {
        check(
            401,
            json!({
                "message": "authentication is denied", "method": method, "reason": reason,
                "type": "denied_authentication"
            }),
            ApiError::DeniedAuthentication { method: expected.0, reason: expected.1 },
            &format!("{method}: {reason}"),
        );
    }
}

#[test]
fn permissions_denied() {
    let missing = |action: &str, resource: &str| MissingPermission {
        action: action.to_owned(),
        resource: resource.to_owned(),
    };
    let body = |details| {
        json!({
            "details": details, "message": "insufficient permissions",
            "type": "permissions_denied"
        })
    };
    check(
        403,
        body(json!([
            {"action": "read", "resource": "billing"}, {"action": "write", "resource": "budget"}
        ])),
        ApiError::PermissionsDenied {
            permissions: vec![missing("read", "billing"), missing("write", "budget")],
        },
        &format!("read billing; write budget; {PERMISSION_SETS}"),
    );
    for details in [json!([]), json!(null)] {
        let expected = ApiError::PermissionsDenied { permissions: vec![] };
        check(403, body(details), expected, "");
    }
    // A key that lacks a permission of another product does not need those of billing.
    check(
        403,
        body(json!([{"action": "read", "resource": "api_key"}])),
        ApiError::PermissionsDenied { permissions: vec![missing("read", "api_key")] },
        "read api_key",
    );
    let expected = ApiError::PermissionsDenied { permissions: vec![missing("list", "Invoices")] };
    let advice = format!("list Invoices; {PERMISSION_SETS}");
    check(403, body(json!([{"action": "list", "resource": "Invoices"}])), expected, &advice);
}

#[test]
fn quotas_exceeded() {
    check(
        403,
        json!({
            "details": [
                {"resource": "budgets", "quota": 10, "current": 10, "organization_id": ID},
                {"resource": "alerts", "quota": "5", "project_id": ID},
                {"resource": "coupons"},
            ],
            "message": "quota(s) exceeded",
            "type": "quotas_exceeded",
        }),
        ApiError::QuotasExceeded {
            quotas: vec![
                ExceededQuota {
                    resource: "budgets".to_owned(),
                    quota: Some(10),
                    current: Some(10),
                    organization_id: Some(ID.to_owned()),
                    project_id: None,
                },
                ExceededQuota {
                    resource: "alerts".to_owned(),
                    quota: Some(5),
                    project_id: Some(ID.to_owned()),
                    ..ExceededQuota::default()
                },
                ExceededQuota { resource: "coupons".to_owned(), ..ExceededQuota::default() },
            ],
        },
        "budgets: 10 of 10; alerts: at most 5; coupons",
    );
}

#[test]
fn about_one_resource() {
    let (resource, resource_id) = ("Budget".to_owned(), ID.to_owned());
    let body = |name: &str, more: Value| {
        let mut body = json!({
            "type": name, "message": "m", "resource": "Budget", "resource_id": ID
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    check(
        404,
        body("not_found", json!({})),
        ApiError::NotFound { resource: resource.clone(), resource_id: resource_id.clone() },
        &format!("Budget {ID}"),
    );
    check(
        409,
        body("already_exists", json!({"help_message": "one per organization"})),
        ApiError::AlreadyExists {
            resource: resource.clone(),
            resource_id: resource_id.clone(),
            help_message: "one per organization".to_owned(),
        },
        &format!("Budget {ID}, one per organization"),
    );
    check(
        409,
        body("transient_state", json!({"current_state": "deleting"})),
        ApiError::TransientState {
            resource: resource.clone(),
            resource_id: resource_id.clone(),
            current_state: "deleting".to_owned(),
        },
        &format!("Budget {ID}, deleting"),
    );
    check(
        403,
        body("locked", json!({})),
        ApiError::Locked { resource: resource.clone(), resource_id: resource_id.clone() },
        &format!("Budget {ID}"),
    );
    check(
        412,
        body("out_of_stock", json!({})),
        ApiError::OutOfStock { resource: resource.clone() },
        "Budget",
    );
    check(
        410,
        body("resource_expired", json!({"expired_since": "2026-05-01T02:00:00.5+02:00"})),
        ApiError::ResourceExpired {
            resource,
            resource_id,
            expired_since: Some("2026-05-01T00:00:00.5Z".parse().unwrap()),
        },
        &format!("Budget {ID}, since 2026-05-01T00:00:00.500+00:00"),
    );
    // The other spelling is the same error.
    let (other, description) = view(410, &body("expired", json!({"expired_since": "soon"})));
    assert!(matches!(other, ApiError::ResourceExpired { expired_since: None, .. }), "{other:?}");
    assert_eq!(description.code.as_deref(), Some("resource_expired"));
}

#[test]
fn precondition_failed() {
    for (precondition, expected) in [
        ("unknown_precondition", Precondition::Unspecified),
        ("resource_still_in_use", Precondition::ResourceStillInUse),
        ("attribute_must_be_set", Precondition::AttributeMustBeSet),
        ("protected_resource", Precondition::ProtectedResource),
        ("full_moon", Precondition::from("full_moon")),
    ] {
        check(
            412,
            json!({
                "help_message": "wait", "message": "precondition is not respected",
                "precondition": precondition, "type": "precondition_failed"
            }),
            ApiError::PreconditionFailed {
                precondition: expected,
                help_message: "wait".to_owned(),
            },
            &format!("{precondition}, wait"),
        );
    }
}

#[test]
fn conflict_and_unknown_types_keep_their_words() {
    check(
        409,
        json!({"message": "budget exists", "type": "conflict"}),
        ApiError::Conflict { message: "budget exists".to_owned() },
        "",
    );
    check(
        418,
        json!({"message": "short and stout", "type": "teapot", "details": [{"resource": "x"}]}),
        ApiError::Unknown {
            status: status(418),
            r#type: "teapot".to_owned(),
            message: "short and stout".to_owned(),
        },
        "",
    );
    // A type decides before the status does.
    for code in [401, 403, 404, 429] {
        let (error, _) = view(code, &json!({"type": "teapot"}));
        assert!(matches!(error, ApiError::Unknown { .. }), "{error:?}");
    }
}

#[test]
fn too_many_requests() {
    let body = json!({
        "type": "too_many_requests", "message": "slow down", "help_message": "at night",
        "limit": {"quota": 100, "window_seconds": 60}, "reset_seconds": 7,
        "reset_at": "2026-05-01T00:00:00Z"
    });
    let (error, description) = view(429, &body);
    let expected = ApiError::TooManyRequests {
        help_message: "at night".to_owned(),
        quota: Some(100),
        window: Some(Duration::from_secs(60)),
        reset_after: Some(Duration::from_secs(7)),
        reset_at: Some("2026-05-01T00:00:00Z".parse().unwrap()),
    };
    assert_eq!(error, expected);
    assert_eq!(description.code.as_deref(), Some("too_many_requests"));
    assert_eq!(description.details.as_deref(), Some("at night, 100 calls in 60 s"));
    assert_eq!(description.retry_after, Some(Duration::from_secs(7)));

    let wait = |body: Value| {
        let mut all = json!({"type": "too_many_requests"});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        view(429, &all).1.retry_after
    };
    assert_eq!(wait(json!({"reset_seconds": "1.5"})), Some(Duration::from_millis(1500)));
    let soon = (Utc::now() + Duration::from_secs(60)).to_rfc3339();
    let left = wait(json!({"reset_at": soon})).unwrap();
    assert!((50..=60).contains(&left.as_secs()), "{left:?}");
    for nothing in [
        json!({}),
        json!({"reset_at": "2020-01-01T00:00:00Z"}),
        json!({"reset_at": "soon", "limit": []}),
        json!({"reset_seconds": -1}),
        json!({"reset_seconds": 1e300}),
        json!({"reset_seconds": "inf"}),
        json!({"reset_seconds": [7], "limit": {"quota": -1, "window_seconds": "x"}}),
    ] {
        assert_eq!(wait(nothing.clone()), None, "{nothing}");
    }
}

#[test]
fn legacy_forms() {
    for message in [format!("\"{ID}\" not found"), format!("Volume '{ID}' not found")] {
        let (error, description) =
            view(404, &json!({"type": "unknown_resource", "message": message}));
        let expected = ApiError::NotFound { resource: String::new(), resource_id: ID.to_owned() };
        assert_eq!(error, expected);
        assert_eq!(description.code.as_deref(), Some("not_found"));
        assert_eq!(description.details.as_deref(), Some(ID));
    }
    let (error, _) = view(404, &json!({"type": "unknown_resource", "message": "it's gone"}));
    assert_eq!(error, ApiError::NotFound { resource: String::new(), resource_id: String::new() });
    // The current form does not have its identifier in the message.
    let (error, _) = view(404, &json!({"type": "not_found", "message": "no 'x' here"}));
    assert_eq!(error, ApiError::NotFound { resource: String::new(), resource_id: String::new() });

    let (error, description) = view(
        400,
        &json!({
            "type": "invalid_request_error", "message": "Validation Error",
            "fields": {"name": ["required key not provided", "too short"], "b": "no list", "c": [1]}
        }),
    );
    let argument = |help: &str| ArgumentError {
        argument_name: "name".to_owned(),
        reason: ArgumentReason::Constraint,
        help_message: help.to_owned(),
    };
    let arguments = vec![argument("required key not provided"), argument("too short")];
    assert_eq!(error, ApiError::InvalidArguments { arguments });
    assert_eq!(description.code.as_deref(), Some("invalid_arguments"));

    let (error, description) = view(
        403,
        &json!({
            "type": "invalid_request_error", "message": "Quota exceeded for this resource.",
            "resource": "budgets"
        }),
    );
    let quota = ExceededQuota { resource: "budgets".to_owned(), ..ExceededQuota::default() };
    assert_eq!(error, ApiError::QuotasExceeded { quotas: vec![quota] });
    assert_eq!(description.code.as_deref(), Some("quotas_exceeded"));
    assert_eq!(description.details.as_deref(), Some("budgets"));

    for fields in [json!({}), json!(null), json!([]), json!({"name": []})] {
        let body = json!({"type": "invalid_request_error", "message": "m", "fields": fields});
        let (error, description) = view(400, &body);
        assert!(
            matches!(error, ApiError::Unknown { r#type, .. } if r#type == "invalid_request_error")
        );
        assert_eq!(description.code.as_deref(), Some("invalid_request_error"));
    }
}

/// Returns the view of an empty body.
fn by_status(code: u16, message: &str) -> ApiError {
    match code {
        401 => ApiError::DeniedAuthentication {
            method: AuthenticationMethod::Unspecified,
            reason: AuthenticationReason::Unspecified,
        },
        403 => ApiError::PermissionsDenied { permissions: vec![] },
        404 => ApiError::NotFound { resource: String::new(), resource_id: String::new() },
        429 => ApiError::TooManyRequests {
            help_message: String::new(),
            quota: None,
            window: None,
            reset_after: None,
            reset_at: None,
        },
        _ => ApiError::Unknown {
            status: status(code),
            r#type: String::new(),
            message: message.to_owned(),
        },
    }
}

#[test]
fn without_a_type_the_status_decides() {
    let bodies: [&[u8]; 14] = [
        b"",
        b" ",
        b"{}",
        b"[]",
        b"null",
        b"5",
        b"\"not_found\"",
        b"<html><body>502 Bad Gateway</body></html>",
        b"{\"type\":\"not_found\",\"resource\":\"Bud",
        b"{\"type\":\"not_found\"} trailing",
        b"\xff\xfe\x00{",
        b"{\"type\":\"conflict\",\"message\":\"\xff\"}",
        b"[{\"type\":\"conflict\"}]",
        b"{\"type\":5,\"message\":[\"x\"],\"details\":{}}",
    ];
    for code in [400, 401, 403, 404, 409, 429, 500, 502, 503] {
        for body in bodies {
            let (error, description) = view_bytes(code, body);
            assert_eq!(error, by_status(code, ""), "{}", String::from_utf8_lossy(body));
            assert_eq!(description, ErrorDescription::default());
        }
        let (error, description) = view(code, &json!({"message": "Not Found"}));
        assert_eq!(error, by_status(code, "Not Found"));
        assert_eq!(description.message.as_deref(), Some("Not Found"));
        assert_eq!((description.code, description.details), (None, None));
    }
    let (error, _) = view(404, &json!({"resource": "Budget", "resource_id": ID, "type": ""}));
    assert_eq!(error, ApiError::NotFound { resource: "Budget".into(), resource_id: ID.into() });
}

#[test]
fn wrong_shapes_are_skipped() {
    let odd = json!([null, 5, "text", [], {}, {"argument_name": 5, "resource": [], "action": {}}]);
    for name in ["invalid_arguments", "permissions_denied", "quotas_exceeded"] {
        for details in [json!(null), json!("text"), json!({"resource": "x"}), odd.clone()] {
            let (error, description) = view(400, &json!({"type": name, "details": details}));
            assert_eq!(description.details, None);
            let found = match &error {
                ApiError::InvalidArguments { arguments } => arguments.len(),
                ApiError::PermissionsDenied { permissions } => permissions.len(),
                ApiError::QuotasExceeded { quotas } => quotas.len(),
                _ => panic!("{error:?}"),
            };
            assert_eq!(found, 0, "{name}");
        }
    }
    let numbers = json!({
        "type": "transient_state", "message": 5, "resource": 5, "resource_id": null,
        "current_state": ["x"]
    });
    let (error, description) = view(409, &numbers);
    let empty = String::new;
    let expected = ApiError::TransientState {
        resource: empty(),
        resource_id: empty(),
        current_state: empty(),
    };
    assert_eq!(error, expected);
    assert_eq!((description.message, description.details), (None, None));
}

/// Makes one call that gets this response over a real socket.
async fn call(status_line: &str, content_type: &str, body: &str) -> Error {
    static PROBE: sdk_core::Operation = sdk_core::Operation::http(
        "probe",
        http::Method::GET,
        "/probe",
        sdk_core::Idempotency::Safe,
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status_line}\r\nX-Request-Id: r-1\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert_ne!(stream.read(&mut request).unwrap(), 0);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let client = Client::builder()
        .secret_key(ID)
        .api_url(url)
        .options(sdk_core::CallOptions::new().retry(sdk_core::NeverRetry))
        .build()
        .unwrap();
    let error = client.call(&PROBE).send::<Object>().await.unwrap_err();
    server.join().unwrap();
    error
}

#[tokio::test]
async fn errors_over_the_wire() {
    let body = r#"{"details":[{"action":"read","resource":"billing"}],"message":"insufficient permissions","type":"permissions_denied"}"#;
    for content_type in ["application/json", "application/problem+json", "text/plain"] {
        let error = call("403 Forbidden", content_type, body).await;
        assert_eq!(
            error.to_string(),
            "probe failed: 403 permissions_denied: insufficient permissions (read billing; \
                 the IAM permission set BillingReadOnly lets a key read, BillingManager change as \
                 well) [request id r-1]"
        );
        assert!(error.is_auth());
        let view = ApiError::from_error(&error).unwrap();
        assert!(
            matches!(&view, ApiError::PermissionsDenied { permissions } if permissions.len() == 1)
        );
    }
    let error = call("429 Too Many Requests", "", "").await;
    assert_eq!(ApiError::from_error(&error), Some(by_status(429, "")));
    let error = call("502 Bad Gateway", "text/html", "<html>").await;
    assert_eq!(ApiError::from_error(&error), Some(by_status(502, "")));
    assert_eq!(error.to_string(), "probe failed: 502 Bad Gateway [request id r-1]");
}

#[tokio::test]
async fn only_responses_with_an_error_status_have_a_view() {
    assert_eq!(ApiError::from_error(&Error::config("no key")), None);
    let error = call("200 OK", "application/json", r#"["not_found"]"#).await;
    assert_eq!((error.kind(), ApiError::from_error(&error)), (ErrorKind::Decode, None));
    let error = call("302 Found", "application/json", r#"{"type":"not_found"}"#).await;
    assert_eq!((error.kind(), ApiError::from_error(&error)), (ErrorKind::Redirect, None));
}

#[test]
fn display_is_one_line() {
    for (code, body, expected) in [
        (
            404,
            json!({"type": "not_found", "resource": "Budget", "resource_id": "b-1"}),
            "not found: Budget b-1",
        ),
        (
            400,
            json!({"type": "invalid_arguments", "details": [
                {"argument_name": "page", "reason": "constraint", "help_message": "too\nlarge"}
            ]}),
            "invalid arguments: `page`: constraint, too large",
        ),
        (409, json!({"type": "conflict", "message": "busy"}), "conflict: busy"),
        (418, json!({"type": "teapot", "message": "short"}), "418: teapot: short"),
        (500, json!({}), "500"),
        (403, json!({}), "permissions denied"),
    ] {
        assert_eq!(view(code, &body).0.to_string(), expected);
    }
}
