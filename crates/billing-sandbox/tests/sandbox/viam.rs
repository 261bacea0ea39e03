//! The Viam side, tested with the client that shares its protobuf definitions.

#![allow(deprecated, reason = "the vendor's deprecated method is also called")]

use std::time::Duration;

use billing_sandbox::{Sandbox, SandboxBuilder};
use viam_billing::v1::{
    BillingClient, ChargeOrganizationRequest, CreateInvoiceAndChargeImmediatelyRequest,
    GetInvoicePdfRequest, SendPaymentRequiredEmailRequest,
    UpdateLocationBillingOrganizationRequest, UpdateOrganizationBillingTierRequest, UsageCostType,
};
use viam_billing::{CallOptions, NeverRetry, StandardRetry, ViamClient, round_to_cents};

fn client(sandbox: &Sandbox, key: &str) -> ViamClient {
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    ViamClient::builder()
        .api_key(key, sandbox.viam().api_key_id())
        .api_url(sandbox.viam().url())
        .options(CallOptions::new().retry(retry))
        .build()
        .unwrap()
}

fn billing(sandbox: &Sandbox) -> BillingClient {
    client(sandbox, sandbox.viam().api_key()).billing_client()
}

async fn start(builder: SandboxBuilder) -> Sandbox {
    builder.start().await.unwrap()
}

#[tokio::test]
async fn sums_agree_and_one_cost_type_is_unknown() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let billing = billing(&sandbox);
    let usage = billing.get_current_month_usage(sandbox.viam().organization_id()).await.unwrap();
    let cents = |amount| round_to_cents(amount).unwrap();
    let mut subtotal = cents(0.0);
    let mut unknown = 0;
    for source in &usage.resource_usage_costs_by_source {
        let costs = source.resource_usage_costs.as_ref().unwrap();
        let sum: rust_decimal::Decimal =
            costs.usage_costs.iter().map(|cost| cents(cost.cost)).sum();
        assert_eq!(sum, cents(costs.total_without_discount));
        assert_eq!(sum - cents(costs.discount), cents(costs.total_with_discount));
        subtotal += cents(costs.total_with_discount);
        let kinds = costs.usage_costs.iter().map(|cost| cost.resource_type);
        unknown += kinds.filter(|kind| matches!(kind, UsageCostType::Unknown(_))).count();
    }
    assert_eq!((subtotal, unknown), (cents(usage.subtotal), 1));
}

#[tokio::test]
async fn charges_create_invoices() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let billing = billing(&sandbox);
    let organization = sandbox.viam().organization_id();
    let summary = billing.get_invoices_summary(organization).await.unwrap().into_inner();
    assert_eq!(summary.invoices.len(), 24);
    assert_eq!(summary.outstanding_balance, summary.invoices[0].invoice_amount);

    let request = ChargeOrganizationRequest::new(organization, 100.0, 8.25);
    let charged = billing.charge_organization(request).await.unwrap();
    for status in ["payment_processing", "paid"] {
        let summary = billing.get_invoices_summary(organization).await.unwrap().into_inner();
        let invoice = &summary.invoices[0];
        assert_eq!((&invoice.id, &*invoice.status), (&charged.invoice_id, status));
        assert_eq!(invoice.invoice_amount, 108.25);
    }
    let request = CreateInvoiceAndChargeImmediatelyRequest::new(organization, 1.0);
    let created = billing.create_invoice_and_charge_immediately(request).await.unwrap();
    assert_ne!(created.invoice_id, charged.invoice_id);
}

#[tokio::test]
async fn files_have_the_configured_size() {
    let sandbox =
        start(Sandbox::builder().today("2026-06-15".parse().unwrap()).invoice_file_size(200_000))
            .await;
    let billing = billing(&sandbox);
    let organization = sandbox.viam().organization_id();
    let summary = billing.get_invoices_summary(organization).await.unwrap();
    let request = GetInvoicePdfRequest::new(&*summary.invoices[0].id, organization);
    let file = billing.get_invoice_pdf(request).bytes().await.unwrap().into_inner();
    assert_eq!(file.len(), 200_000);
    assert!(file.starts_with(b"%PDF-"));
    let unknown = GetInvoicePdfRequest::new("unknown", organization);
    assert!(billing.get_invoice_pdf(unknown).bytes().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn settings_last() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let billing = billing(&sandbox);
    let (organization, location) = (sandbox.viam().organization_id(), sandbox.viam().location_id());
    let tiers = billing.get_available_billing_tiers().await;
    let tier = tiers.unwrap().into_inner().tiers.pop().unwrap();
    let request = UpdateOrganizationBillingTierRequest::new(organization, &*tier);
    billing.update_organization_billing_tier(request).await.unwrap();
    let information = billing.get_org_billing_information(organization).await.unwrap();
    assert_eq!(information.billing_tier.as_ref(), Some(&tier));

    let request = UpdateLocationBillingOrganizationRequest::new(location, "other");
    billing.update_location_billing_organization(request).await.unwrap();
    let payer = billing.get_location_billing_organization(location).await.unwrap();
    assert_eq!(payer.billing_organization_id, "other");
    let request = SendPaymentRequiredEmailRequest::new("customer", organization);
    billing.send_payment_required_email(request).await.unwrap();
}

#[tokio::test]
async fn keys_and_organizations_are_checked() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let wrong = client(&sandbox, "wrong").billing_client();
    let error = wrong.get_invoices_summary("any").await.unwrap_err();
    assert_eq!(error.code(), Some("UNAUTHENTICATED"));
    let error = billing(&sandbox).get_invoices_summary("other").await.unwrap_err();
    assert_eq!(error.code(), Some("PERMISSION_DENIED"));
    assert_eq!(
        sandbox.requests(),
        [
            "POST /proto.rpc.v1.AuthService/Authenticate",
            "POST /proto.rpc.v1.AuthService/Authenticate",
            "POST /viam.app.v1.BillingService/GetInvoicesSummary",
        ]
    );
}

#[tokio::test]
async fn expired_tokens_are_renewed() {
    let sandbox = start(
        Sandbox::builder().today("2026-06-15".parse().unwrap()).viam_token_lifetime(Duration::ZERO),
    )
    .await;
    let error = billing(&sandbox).get_invoices_summary("any").await.unwrap_err();
    assert!(error.to_string().contains("token is expired"), "{error}");
    assert_eq!(sandbox.requests().len(), 4, "once more with a new token");
}

#[tokio::test]
async fn client_retries_through_a_flaky_start() {
    let sandbox =
        start(Sandbox::builder().today("2026-06-15".parse().unwrap()).viam_flaky_start(3)).await;
    let organization = sandbox.viam().organization_id();
    billing(&sandbox).get_invoices_summary(organization).await.unwrap();

    let sandbox =
        start(Sandbox::builder().today("2026-06-15".parse().unwrap()).viam_flaky_start(1)).await;
    let once = client(&sandbox, sandbox.viam().api_key());
    let once = once.with_options(CallOptions::new().retry(NeverRetry)).billing_client();
    let error = once.get_invoices_summary(organization).await.unwrap_err();
    assert_eq!(error.code(), Some("UNAVAILABLE"));
    once.get_invoices_summary(organization).await.unwrap();
}

#[tokio::test]
async fn fault_codes_alternate_and_are_retried() {
    let today = "2026-06-15".parse().unwrap();
    let sandbox = start(Sandbox::builder().today(today).viam_fail_every(2)).await;
    let organization = sandbox.viam().organization_id();
    let client = client(&sandbox, sandbox.viam().api_key());
    let once = client.with_options(CallOptions::new().retry(NeverRetry)).billing_client();
    let mut codes = Vec::new();
    for _ in 0..6 {
        let result = once.get_invoices_summary(organization).await;
        codes.push(result.err().and_then(|error| error.code().map(str::to_owned)));
    }
    let expected =
        [None, Some("UNAVAILABLE"), None, Some("RESOURCE_EXHAUSTED"), None, Some("UNAVAILABLE")];
    assert_eq!(codes, expected.map(|code| code.map(str::to_owned)));

    let retrying = client.billing_client();
    for _ in 0..4 {
        retrying.get_invoices_summary(organization).await.unwrap();
    }
}
