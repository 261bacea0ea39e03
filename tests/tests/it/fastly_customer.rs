//! Fastly's customer accounts on the wire.

use billing_sandbox::Sandbox;
use billing_tests::{
    ScriptedServer,
    fastly::{CUSTOMER, client, response, sent},
};
use fastly_billing::{
    Client,
    billing_address::BillingAddressApi,
    customer::{CustomerApi, GetLoggedInCustomerRequest},
};

#[tokio::test]
async fn customer_is_read_by_token_and_by_id() {
    let reply = || response("customer/customer.json");
    let server = ScriptedServer::start([reply(), reply()]).await;
    let api = CustomerApi::new(&client(&server));
    let own = api.get_logged_in_customer(GetLoggedInCustomerRequest::new()).await.unwrap();
    let found = api.get_customer(&own.id).await.unwrap();
    assert_eq!(*own, *found);
    assert_eq!((own.id.as_str(), own.name.as_str()), (CUSTOMER, "Example Outfitters"));
    assert_eq!((own.can_upload_vcl, own.has_pci), (Some(true), None));
    assert_eq!(own.created_at.unwrap().to_rfc3339(), "2020-04-27T19:40:49+00:00");
    assert!(own.deleted_at.is_none() && own.billing_ref.is_none());
    let sent = sent(&server);
    assert_eq!(sent[0].line, "GET /current_customer");
    assert_eq!(sent[1].line, "GET /customer/x4exampleCustomer");
}

#[tokio::test]
async fn sandbox_returns_the_customer_of_the_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let fastly = sandbox.fastly();
    let client = Client::builder().api_url(fastly.url()).api_token(fastly.api_token());
    let client = client.build().unwrap();
    let api = CustomerApi::new(&client);
    let own = api.get_logged_in_customer(GetLoggedInCustomerRequest::new()).await.unwrap();
    assert_eq!(own.id, fastly.customer_id());
    assert_eq!(*api.get_customer(&own.id).await.unwrap(), *own);
    assert!(api.get_customer("other").await.unwrap_err().is_not_found());
    // There is no address yet.
    let addresses = BillingAddressApi::new(&client);
    assert!(addresses.get_billing_addr(&own.id).await.unwrap_err().is_not_found());
}
