//! Fastly's billing address on the wire: JSON:API requests and responses.

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{CUSTOMER, JSON_API, client, fixture, sent},
};
use fastly_billing::{
    ApiError, ApiErrorKind, ErrorForm, ErrorKind, RateLimit,
    billing_address::{
        AddBillingAddrRequest, BillingAddressApi, BillingAddressAttributes, BillingAddressRequest,
        BillingAddressRequestData, TypeBillingAddress, UpdateBillingAddrRequest,
        UpdateBillingAddressAttributes, UpdateBillingAddressRequest,
        UpdateBillingAddressRequestData,
    },
};

const MEDIA_TYPE: &str = "application/vnd.api+json";
const ROUTE: &str = "/customer/x4exampleCustomer/billing_address";

fn api(server: &ScriptedServer) -> BillingAddressApi {
    BillingAddressApi::new(&client(server))
}

fn address(status: &str) -> Reply {
    Reply::http(status, &[JSON_API], fixture("billing_address/address.json"))
}

fn attributes() -> BillingAddressAttributes {
    BillingAddressAttributes::default().address_1("1 Example Street").country("US")
}

#[tokio::test]
async fn get_billing_addr() {
    let server = ScriptedServer::start([address("200 OK")]).await;
    let response = api(&server).get_billing_addr(CUSTOMER).await.unwrap();
    let sent = &sent(&server)[0];
    sent.assert_accepts(MEDIA_TYPE);
    assert_eq!(sent.line, format!("GET {ROUTE}"));
    assert_eq!(sent.header("content-type"), None);
    let data = &response.data;
    assert_eq!(
        (data.id.as_str(), &data.r#type),
        ("7exampleAddress", &TypeBillingAddress::BillingAddress)
    );
    assert_eq!(data.attributes.city.as_deref(), Some("Exampleton"));
    assert_eq!(data.attributes.address_2, None);
    let customer = data.relationships.as_ref().unwrap().customer.as_ref().unwrap();
    assert_eq!(customer.data.as_ref().unwrap().id, CUSTOMER);
}

#[tokio::test]
async fn an_address_is_never_an_empty_value() {
    let get = async |body: &str| {
        let server = ScriptedServer::start([Reply::http("200 OK", &[JSON_API], body)]).await;
        api(&server).get_billing_addr(CUSTOMER).await
    };
    for body in [
        "{}",
        r#"{"data":{"x":1}}"#,
        r#"{"data":null}"#,
        r#"{"data":{}}"#,
        r#"{"x":1}"#,
        // Writing back a missing address would clear the real one.
        r#"{"data":{"id":"x"}}"#,
        r#"{"data":{"id":"x","attributes":null}}"#,
        r#"{"data":{"id":"x","attributes":{}}}"#,
        r#"{"data":{"id":"x","attributes":[]}}"#,
        r#"{"data":{"attributes":{"new":1}}}"#,
    ] {
        let error = get(body).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{body}");
    }
    let new_keys = r#"{"data":{"id":"7","type":"billing_address","links":{},
        "attributes":{"city":"Exampleton","planet":"Earth"}},"jsonapi":{}}"#;
    assert_eq!(get(new_keys).await.unwrap().data.attributes.city.as_deref(), Some("Exampleton"));
}

#[tokio::test]
async fn add_billing_addr_is_sent_once() {
    let server = ScriptedServer::start([
        address("201 Created"),
        address("201 Created"),
        Reply::http("503 Service Unavailable", &[], ""),
    ])
    .await;
    let api = api(&server);
    api.add_billing_addr(AddBillingAddrRequest::new(CUSTOMER, attributes())).await.unwrap();
    let unchecked = BillingAddressRequest::from(attributes()).skip_verification(true);
    let request = AddBillingAddrRequest::new(CUSTOMER, unchecked);
    let response = api.add_billing_addr(request.clone()).await.unwrap();
    assert_eq!(response.status(), 201);
    let error = api.add_billing_addr(request).await.unwrap_err();
    assert_eq!((error.attempts(), server.requests().len()), (1, 3));

    let sent = sent(&server);
    sent[0].assert_accepts(MEDIA_TYPE);
    assert_eq!(sent[0].line, format!("POST {ROUTE}"));
    assert_eq!(sent[0].header("content-type"), Some(MEDIA_TYPE));
    let data = r#""data":{"attributes":{"address_1":"1 Example Street","country":"US"},"type":"billing_address"}"#;
    assert_eq!(sent[0].body, format!("{{{data}}}"));
    assert_eq!(sent[1].body, format!(r#"{{{data},"skip_verification":true}}"#));
}

#[tokio::test]
async fn update_billing_addr_sends_changed_attributes() {
    let server = ScriptedServer::start([address("200 OK")]).await;
    let change = UpdateBillingAddressRequest::default().skip_verification(false).data(
        UpdateBillingAddressRequestData::default()
            .id("7exampleAddress")
            .attributes(UpdateBillingAddressAttributes::default().state("DE")),
    );
    let api = api(&server);
    api.update_billing_addr(UpdateBillingAddrRequest::new(CUSTOMER, change)).await.unwrap();
    let short = UpdateBillingAddressAttributes::default().state("DE");
    api.update_billing_addr(UpdateBillingAddrRequest::new(CUSTOMER, short)).await.unwrap();
    let sent = sent(&server);
    sent[0].assert_accepts(MEDIA_TYPE);
    assert_eq!(sent[0].line, format!("PATCH {ROUTE}"));
    assert_eq!(sent[0].header("content-type"), Some(MEDIA_TYPE));
    assert_eq!(
        sent[0].body,
        r#"{"data":{"attributes":{"state":"DE"},"id":"7exampleAddress","type":"billing_address"},"skip_verification":false}"#
    );
    assert_eq!(sent[1].body, r#"{"data":{"attributes":{"state":"DE"},"type":"billing_address"}}"#);
}

#[tokio::test]
async fn update_billing_addr_sets_clears_or_leaves_an_attribute() {
    let server = ScriptedServer::start([address("200 OK")]).await;
    let api = api(&server);
    let update = async |changes: UpdateBillingAddressAttributes| {
        api.update_billing_addr(UpdateBillingAddrRequest::new(CUSTOMER, changes)).await.unwrap();
        let body: serde_json::Value =
            serde_json::from_str(&sent(&server).last().unwrap().body).unwrap();
        body["data"]["attributes"].clone()
    };
    let changes = UpdateBillingAddressAttributes::default;
    assert_eq!(update(changes()).await, serde_json::json!({}));
    assert_eq!(update(changes().address_2("Unit 7")).await["address_2"], "Unit 7");
    let cleared = changes().clear_address_2().clear_city().clear_locality().clear_state();
    let nulls = serde_json::json!({"address_2":null,"city":null,"locality":null,"state":null});
    assert_eq!(update(cleared.clone()).await, nulls);

    // All three states survive serialization.
    for changes in [changes(), changes().address_2("Unit 7"), cleared] {
        let request = UpdateBillingAddrRequest::new(CUSTOMER, changes);
        let stored = serde_json::to_string(&request).unwrap();
        let read: UpdateBillingAddrRequest = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, request, "{stored}");
    }
}

#[tokio::test]
async fn removed_address_line_is_cleared_on_update() {
    let read = r#"{"data":{"id":"7exampleAddress","type":"billing_address","attributes":{
        "address_1":"1 Example Street","address_2":"Unit 7","city":"Exampleton","country":"US",
        "locality":null,"postal_code":1,"state":"DE","customer_id":"x4exampleCustomer"}}}"#;
    let server = ScriptedServer::start([Reply::http("200 OK", &[JSON_API], read)]).await;
    let api = api(&server);
    let mut address = api.get_billing_addr(CUSTOMER).await.unwrap().into_inner().data.attributes;
    assert_eq!(address.postal_code.as_deref(), Some("1"));
    address.address_2 = None;

    let changes = UpdateBillingAddressAttributes::replace(address.clone());
    api.update_billing_addr(UpdateBillingAddrRequest::new(CUSTOMER, changes)).await.unwrap();
    assert_eq!(
        sent(&server)[1].body,
        r#"{"data":{"attributes":{"address_1":"1 Example Street","address_2":null,"city":"Exampleton","country":"US","locality":null,"postal_code":"1","state":"DE"},"type":"billing_address"}}"#
    );

    // An address to add has neither nulls nor a customer id, however the body is created.
    let stored = serde_json::to_string(&address).unwrap();
    assert!(stored.contains(r#""customer_id":"x4exampleCustomer""#), "{stored}");
    let data = BillingAddressRequestData::default().attributes(address.clone());
    for body in [address.into(), BillingAddressRequest::default().data(data)] {
        let _ = api.add_billing_addr(AddBillingAddrRequest::new(CUSTOMER, body)).await;
        assert_eq!(
            sent(&server).last().unwrap().body,
            r#"{"data":{"attributes":{"address_1":"1 Example Street","city":"Exampleton","country":"US","postal_code":"1","state":"DE"},"type":"billing_address"}}"#
        );
    }
}

#[tokio::test]
async fn delete_billing_addr_returns_the_response() {
    let server = ScriptedServer::start([
        Reply::http("503 Service Unavailable", &[], ""),
        Reply::http(
            "204 No Content",
            &["Fastly-RateLimit-Remaining: 997", "Fastly-RateLimit-Reset: 1733590800"],
            "",
        ),
    ])
    .await;
    let response = api(&server).delete_billing_addr(CUSTOMER).await.unwrap();
    assert_eq!(response.status(), 204);
    let limit = RateLimit::of(&response);
    assert_eq!(limit.remaining, Some(997));
    assert_eq!(limit.reset.unwrap().timestamp(), 1_733_590_800);
    let sent = sent(&server);
    assert_eq!((sent.len(), &*sent[1].line), (2, &*format!("DELETE {ROUTE}")));
    assert_eq!((sent[1].body.as_str(), sent[1].header("content-type")), ("", None));
}

#[tokio::test]
async fn unverified_address_has_candidates() {
    let body = fixture("errors/address_not_found.json");
    let server = ScriptedServer::start([Reply::http("400 Bad Request", &[JSON_API], body)]).await;
    let request = AddBillingAddrRequest::new(CUSTOMER, attributes());
    let error = api(&server).add_billing_addr(request).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "add_billing_addr failed: 400 Bad Request: The address could not be verified (Address not \
         found)"
    );
    let error = ApiError::from_error(&error).unwrap();
    assert_eq!((error.kind, error.form), (ApiErrorKind::BadRequest, ErrorForm::JsonApi));
    let [reason] = &error.errors[..] else { panic!("{error:?}") };
    assert_eq!((reason.status, &*reason.r#type), (Some(400), "bad_request"));
    assert_eq!(reason.candidates[0].address_1.as_deref(), Some("10 Example Street"));
}

#[tokio::test]
async fn invalid_customer_id_is_rejected() {
    for customer in ["", ".", ".."] {
        let server = ScriptedServer::start([address("200 OK")]).await;
        let error = api(&server).get_billing_addr(customer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(server.requests().is_empty());
    }
}
