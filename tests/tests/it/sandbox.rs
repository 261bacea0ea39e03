//! The clients against the sandbox, end to end: many pages, and failing requests.

use std::{collections::HashSet, time::Duration};

use billing_sandbox::{Sandbox, SandboxBuilder};
use scaleway_billing::{
    CallOptions, Client, Money, StandardRetry,
    v2::{self, CreateBudgetRequest, UpdateBudgetRequest},
    v2alpha1, v2beta1,
};

async fn start(builder: SandboxBuilder) -> (Sandbox, Client) {
    let sandbox = builder.start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let options = CallOptions::new()
        .attempt_timeout(Duration::from_secs(2))
        .retry(StandardRetry::new().base_delay(Duration::from_millis(1)));
    let client = Client::builder()
        .api_url(scaleway.url())
        .secret_key(scaleway.secret_key())
        .default_organization_id(scaleway.organization_id())
        .options(options)
        .build()
        .unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn each_charge_is_listed_once_although_requests_fail() {
    const CHARGES: usize = 20_000;
    // The sandbox closes a stalled request. To the client this is a lost connection, like a
    // timeout.
    let faulty = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .charges(CHARGES)
        .fail_every(50)
        .stall(Duration::from_millis(50));
    let (sandbox, client) = start(faulty).await;
    let request = v2beta1::ListChargesRequest::new().page_size(100);
    let mut charges = v2beta1::FinOpsApi::new(&client).list_charges_all(request);
    let mut seen = HashSet::new();
    while let Some(charge) = charges.try_next().await.unwrap() {
        assert!(seen.insert((charge.resource_id, charge.start_date)), "a charge was listed twice");
    }
    assert_eq!(seen.len(), CHARGES);
    let requests = sandbox.requests().len();
    assert!(requests > CHARGES / 100, "no request failed: there were {requests}");
}

#[tokio::test]
async fn both_versions_list_the_same_invoices_and_totals_agree() {
    let (_sandbox, client) = start(Sandbox::builder().today("2026-06-15".parse().unwrap())).await;
    let old = v2alpha1::BillingApi::new(&client);
    let old = old.list_invoices_all(v2alpha1::ListInvoicesRequest::new());
    let new = v2beta1::BillingApi::new(&client);
    let new = new.list_invoices_all(v2beta1::ListInvoicesRequest::new());
    let (old, new) = (old.try_collect().await.unwrap(), new.try_collect().await.unwrap());
    assert!(old.len() > 100);
    assert!(old.iter().map(|invoice| &invoice.id).eq(new.iter().map(|invoice| &invoice.id)));
    for invoice in &new {
        let sum = |a: &Option<Money>, b: &Option<Money>| {
            a.as_ref().unwrap().checked_add(b.as_ref().unwrap()).unwrap()
        };
        assert_eq!(
            Some(sum(&invoice.total_undiscount, &invoice.total_discount)),
            invoice.total_untaxed
        );
        assert_eq!(Some(sum(&invoice.total_untaxed, &invoice.total_tax)), invoice.total_taxed);
    }
}

#[tokio::test]
async fn budget_is_created_and_deleted() {
    let (_sandbox, client) = start(Sandbox::builder().today("2026-06-15".parse().unwrap())).await;
    let billing = v2::BillingApi::new(&client);
    let budget = billing.create_budget(CreateBudgetRequest::new(100_u32, false)).await.unwrap();
    assert!(!budget.enabled);
    let update = UpdateBudgetRequest::new(&*budget.id).enabled(true);
    assert!(billing.update_budget(update).await.unwrap().enabled);
    let read = billing.get_budget(&*budget.id).await.unwrap();
    assert_eq!((read.enabled, read.consumption_limit.as_ref().unwrap().units), (true, 100));
    billing.delete_budget(&*budget.id).await.unwrap();
    assert!(billing.get_budget(&*budget.id).await.unwrap_err().is_not_found());
    assert!(billing.delete_budget(&*budget.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn coupon_is_redeemed_once() {
    let (sandbox, client) = start(Sandbox::builder().today("2026-06-15".parse().unwrap())).await;
    let billing = v2beta1::BillingApi::new(&client);
    let code = sandbox.scaleway().coupon_codes()[0];
    billing.redeem_coupon(code).await.unwrap();
    let error = billing.redeem_coupon(code).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 409);
    assert!(!error.to_string().contains(code), "{error}");
}

#[tokio::test]
async fn wrong_key_and_foreign_organization_are_rejected() {
    let (sandbox, client) = start(Sandbox::builder().today("2026-06-15".parse().unwrap())).await;
    let stranger = Client::builder()
        .api_url(sandbox.scaleway().url())
        .secret_key("00000000-0000-4000-8000-00000000dead")
        .build()
        .unwrap();
    let request = v2beta1::ListInvoicesRequest::new;
    let error = v2beta1::BillingApi::new(&stranger).list_invoices(request()).await.unwrap_err();
    assert!(error.is_auth() && error.status().unwrap() == 401, "{error}");
    let foreign = request().organization_id("00000000-0000-4000-8000-00000000beef");
    let error = v2beta1::BillingApi::new(&client).list_invoices(foreign).await.unwrap_err();
    assert!(error.is_auth() && error.status().unwrap() == 403, "{error}");
}
