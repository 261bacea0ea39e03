//! Every request and response as literal bytes, put together from field numbers by hand, against a
//! server without any gRPC library.

#![allow(deprecated, reason = "the vendor's deprecated fields go over the wire, too")]

use std::fmt::Debug;

use billing_tests::{RawReply, RawServer};
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use viam_billing::{
    Response, Result, ViamClient,
    v1::{
        BillingClient, ChargeOrganizationRequest, CreateInvoiceAndChargeImmediatelyRequest,
        GetCurrentMonthUsageRequest, GetInvoicePdfRequest, InvoiceSummary, PaymentMethodType,
        SendPaymentRequiredEmailRequest, SourceType, UpdateLocationBillingOrganizationRequest,
        UpdateOrganizationBillingTierRequest, UsageCostType,
    },
};

/// Bytes from hexadecimal digits; anything behind `;` in a line is a comment.
fn hex(text: &str) -> Vec<u8> {
    let digits: String = text
        .lines()
        .filter_map(|line| line.split(';').next())
        .flat_map(str::chars)
        .filter(|digit| !digit.is_whitespace())
        .collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Makes a call that is answered with these messages, and checks what was sent for it.
async fn call<T, F>(
    method: &str,
    request: &str,
    responses: &[&str],
    make: impl FnOnce(BillingClient) -> F,
) -> T
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
    F: Future<Output = Result<Response<T>>>,
{
    let responses: Vec<Vec<u8>> = responses.iter().map(|text| hex(text)).collect();
    let server = RawServer::start(move |request| {
        if request.path == "/proto.rpc.v1.AuthService/Authenticate" {
            return RawReply::messages(&[&hex("0a05 746f6b656e ; access_token = token")]);
        }
        RawReply::messages(&responses.iter().map(Vec::as_slice).collect::<Vec<_>>())
    })
    .await;
    let client =
        ViamClient::builder().api_key("s3cret", "key-id").api_url(server.url()).build().unwrap();
    let answer = make(client.billing_client()).await.unwrap().into_inner();
    let stored = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<T>(&stored).unwrap(), answer, "{stored}");

    let requests = server.requests();
    let [authenticate, sent] = requests.as_slice() else { panic!("{requests:?}") };
    let expected = hex("0a06 6b65792d6964       ; entity = key-id
         1211                    ; credentials
           0a07 6170692d6b6579   ;   type = api-key
           1206 733363726574     ;   payload = s3cret");
    assert_eq!(authenticate.message, expected);
    assert!(!authenticate.headers.contains_key("authorization"));
    assert_eq!(sent.path, format!("/viam.app.v1.BillingService/{method}"));
    assert_eq!(sent.message, hex(request), "{method}");
    assert_eq!(sent.headers["authorization"], "Bearer token");
    for request in [authenticate, sent] {
        assert_eq!(request.headers["content-type"], "application/grpc");
        assert_eq!(request.headers["te"], "trailers");
        assert!(request.headers.contains_key("grpc-timeout"));
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(request.headers["viam_client"], format!("rust;v{version};v0.1.601"));
        let agent = request.headers["user-agent"].to_str().unwrap();
        assert!(agent.starts_with(&format!("viam-billing/{version}")), "{agent}");
    }
    answer
}

const ORG: &str = "0a03 6f7267 ; org_id = org";

#[tokio::test]
async fn get_current_month_usage() {
    let answer = "
        0a06 08 8097f3d006                  ; start_date, seconds = 1780272000
        1206 08 80b191d206                  ; end_date, seconds = 1782864000
        19 0000000000000a40                 ; cloud_storage_usage_cost = 3.25
        21 0000000000001140                 ; data_upload_usage_cost = 4.25
        29 0000000000001540                 ; data_egres_usage_cost = 5.25
        31 0000000000001940                 ; remote_control_usage_cost = 6.25
        39 0000000000001d40                 ; standard_compute_usage_cost = 7.25
        41 0000000000802040                 ; discount_amount = 8.25
        49 0000000000802240                 ; total_usage_with_discount = 9.25
        51 0000000000802440                 ; total_usage_without_discount = 10.25
        59 0000000000802640                 ; per_machine_usage_cost = 11.25
        61 0000000000802840                 ; binary_data_cloud_storage_usage_cost = 12.25
        69 0000000000802a40                 ; other_cloud_storage_usage_cost = 13.25
        7243                                ; resource_usage_costs_by_source
          0801                              ;   source_type = 1
          1235                              ;   resource_usage_costs
            0a0b 081c 11 7b14ae47e1fa2340   ;     usage_costs: 28, 9.99
            0a0b 0863 11 000000000000e03f   ;     usage_costs: 99, 0.5
            11 000000000000f03f             ;     discount = 1
            19 7b14ae47e1fa2240             ;     total_with_discount = 9.49
            21 7b14ae47e1fa2440             ;     total_without_discount = 10.49
          1a08 7374616e64617264             ;   tier_name = standard
        7202 0807                           ; resource_usage_costs_by_source, source_type = 7
        79 7b14ae47e1fa2240                 ; subtotal = 9.49";
    let usage = call("GetCurrentMonthUsage", ORG, &[answer], async |billing| {
        billing.get_current_month_usage(GetCurrentMonthUsageRequest::new("org")).await
    })
    .await;
    assert_eq!(usage.start_date, Some(time("2026-06-01T00:00:00Z")));
    assert_eq!(usage.end_date, Some(time("2026-07-01T00:00:00Z")));
    let old = [
        usage.cloud_storage_usage_cost,
        usage.data_upload_usage_cost,
        usage.data_egres_usage_cost,
        usage.remote_control_usage_cost,
        usage.standard_compute_usage_cost,
        usage.discount_amount,
        usage.total_usage_with_discount,
        usage.total_usage_without_discount,
        usage.per_machine_usage_cost,
        usage.binary_data_cloud_storage_usage_cost,
        usage.other_cloud_storage_usage_cost,
    ];
    assert_eq!(old, [3.25, 4.25, 5.25, 6.25, 7.25, 8.25, 9.25, 10.25, 11.25, 12.25, 13.25]);
    let [known, bare] = usage.resource_usage_costs_by_source.as_slice() else {
        panic!("{usage:?}")
    };
    assert_eq!((known.source_type, &*known.tier_name), (SourceType::Org, "standard"));
    let costs = known.resource_usage_costs.as_ref().unwrap();
    let kinds: Vec<_> =
        costs.usage_costs.iter().map(|cost| (cost.resource_type, cost.cost)).collect();
    let simulation = (UsageCostType::SimulationCompute, 9.99);
    assert_eq!(kinds, [simulation, (UsageCostType::Unknown(99), 0.5)]);
    assert_eq!(costs.discount, 1.0);
    assert_eq!((costs.total_with_discount, costs.total_without_discount), (9.49, 10.49));
    assert_eq!((bare.source_type, &bare.resource_usage_costs), (SourceType::Unknown(7), &None));
    assert_eq!(usage.subtotal, 9.49);
}

#[tokio::test]
async fn get_org_billing_information() {
    let answer = "
        0802                                                 ; type = 2
        1211 62696c6c73406578616d706c652e636f6d              ; billing_email
        1a0c 0a04 76697361 1204 30303432                     ; method: visa, 0042
        2200                                                 ; billing_tier, empty
        2a45                                                 ; method_us_bank_account
          0a04 42616e6b                                      ;   bank_name = Bank
          1204 30303037                                      ;   last four digits = 0007
          1a09 313130303030303030                            ;   routing_number = 110000000
          2208 636865636b696e67                              ;   account_type = checking
          2a22                                               ;   verification_info
            08 8097f3d006                                    ;     arrival_date = 1780272000
            121a 68747470733a2f2f7665726966792e6578616d706c652e636f6d";
    let ask = async |billing: BillingClient| billing.get_org_billing_information("org").await;
    let information = call("GetOrgBillingInformation", ORG, &[answer], ask).await;
    assert_eq!(information.r#type, PaymentMethodType::Usbankaccount);
    assert_eq!(information.billing_email, "bills@example.com");
    let card = information.method.unwrap();
    assert_eq!((&*card.brand, &*card.last_four_digits), ("visa", "0042"));
    assert_eq!(information.billing_tier.as_deref(), Some(""), "present, though empty");
    let account = information.method_us_bank_account.unwrap();
    assert_eq!((&*account.bank_name, &*account.account_type), ("Bank", "checking"));
    assert_eq!(account.last_four_digits_account_number, "0007");
    assert_eq!(account.routing_number, "110000000");
    let verification = account.verification_info.unwrap();
    assert_eq!(verification.arrival_date, 1_780_272_000);
    assert_eq!(verification.hosted_verification_page_url, "https://verify.example.com");

    let bare = call("GetOrgBillingInformation", ORG, &["0801"], ask).await;
    assert_eq!(bare.r#type, PaymentMethodType::Card);
    assert_eq!((bare.method, bare.billing_tier, bare.method_us_bank_account), (None, None, None));
}

#[tokio::test]
async fn get_invoices_summary() {
    let answer = "
        09 0000000000002940                            ; outstanding_balance = 12.5
        1253                                           ; invoices
          0a05 696e762d31                              ;   id = inv-1
          1206 08 8097f3d006                           ;   invoice_date
          19 7b14ae47e1fa2340                          ;   invoice_amount = 9.99
          220b 6f75747374616e64696e67                  ;   status = outstanding
          2a08 08 80baf8d006 10 05                     ;   due_date, with 5 nanoseconds
          3200                                         ;   paid_date, present and zero
          3a0d 636172645f6465636c696e6564              ;   card_declined
          4211 08 ffffffffffffffffff01 10 ff93ebdc03   ;   -1 second, 999999999 nanoseconds
        120d                                           ; invoices
          0a05 696e762d32                              ;   id = inv-2
          9a0603 6e6577                                ;   field 99, which nobody knows";
    let summary = call("GetInvoicesSummary", ORG, &[answer], async |billing| {
        billing.get_invoices_summary("org").await
    })
    .await;
    assert_eq!(summary.outstanding_balance, 12.5);
    let [first, second] = summary.invoices.as_slice() else { panic!("{summary:?}") };
    assert_eq!((&*first.id, first.invoice_amount, &*first.status), ("inv-1", 9.99, "outstanding"));
    assert_eq!(first.invoice_date, Some(time("2026-06-01T00:00:00Z")));
    assert_eq!(first.due_date, Some(time("2026-06-02T00:00:00.000000005Z")));
    assert_eq!(first.paid_date, Some(time("1970-01-01T00:00:00Z")));
    assert_eq!(first.last_payment_failure_reason, "card_declined");
    assert_eq!(first.last_payment_failure_at, Some(time("1969-12-31T23:59:59.999999999Z")));
    assert_eq!((&*second.id, second.invoice_date, second.paid_date), ("inv-2", None, None));
}

#[tokio::test]
async fn get_invoice_pdf() {
    let request = "0a05 696e762d31 ; id = inv-1
                   1203 6f7267     ; org_id = org";
    let pieces = ["0a05 255044462d ; chunk = %PDF-", "", "0a01 31 ; chunk = 1"];
    let pdf = call("GetInvoicePdf", request, &pieces, async |billing| {
        let pdf =
            billing.get_invoice_pdf(GetInvoicePdfRequest::new("inv-1", "org")).bytes().await?;
        Ok(pdf.map(|pdf| pdf.to_vec()))
    })
    .await;
    assert_eq!(pdf, b"%PDF-1");
}

#[tokio::test]
async fn send_payment_required_email() {
    let request = "0a08 637573746f6d6572 ; customer_org_id = customer
                   1205 6f776e6572       ; billing_owner_org_id = owner";
    call("SendPaymentRequiredEmail", request, &[""], async |billing| {
        let request = SendPaymentRequiredEmailRequest::new("customer", "owner");
        billing.send_payment_required_email(request).await
    })
    .await;
}

#[tokio::test]
async fn get_available_billing_tiers() {
    let answer = "0a04 66726565 0a03 70726f ; tiers = free, pro";
    let tiers = call("GetAvailableBillingTiers", "", &[answer], async |billing| {
        billing.get_available_billing_tiers().await
    })
    .await;
    assert_eq!(tiers.tiers, ["free", "pro"]);
}

#[tokio::test]
async fn update_organization_billing_tier() {
    let request = "0a03 6f7267 ; organization_id = org
                   1203 70726f ; billing_tier = pro";
    call("UpdateOrganizationBillingTier", request, &[""], async |billing| {
        let request = UpdateOrganizationBillingTierRequest::new("org", "pro");
        billing.update_organization_billing_tier(request).await
    })
    .await;
}

#[tokio::test]
async fn get_location_billing_organization() {
    let request = "0a03 6c6f63 ; location_id = loc";
    let answer = "0a03 6f7267 ; billing_organization_id = org";
    let payer = call("GetLocationBillingOrganization", request, &[answer], async |billing| {
        billing.get_location_billing_organization("loc").await
    })
    .await;
    assert_eq!(payer.billing_organization_id, "org");
}

#[tokio::test]
async fn update_location_billing_organization() {
    let request = "0a03 6c6f63 ; location_id = loc
                   1203 6f7267 ; billing_organization_id = org";
    call("UpdateLocationBillingOrganization", request, &[""], async |billing| {
        let request = UpdateLocationBillingOrganizationRequest::new("loc", "org");
        billing.update_location_billing_organization(request).await
    })
    .await;
}

#[tokio::test]
async fn charge_organization() {
    let request = "
        0a03 6f7267          ; org_id_to_charge = org
        1205 486f757273      ; description = Hours
        19 0000000000005940  ; subtotal = 100
        21 0000000000802040  ; tax = 8.25
        2a05 6272616e64      ; org_id_for_branding = brand
        3001                 ; disable_confirmation_email";
    let answer = "0a05 696e762d33 ; invoice_id = inv-3";
    let charged = call("ChargeOrganization", request, &[answer], async |billing| {
        let request = ChargeOrganizationRequest::new("org", 100.0, 8.25)
            .description("Hours")
            .org_id_for_branding("brand")
            .disable_confirmation_email(true);
        billing.charge_organization(request).await
    })
    .await;
    assert_eq!(charged.invoice_id, "inv-3");

    // Zero amounts, flags that are off and texts that are not set do not go out.
    let bare = call("ChargeOrganization", ORG, &[answer], async |billing| {
        billing.charge_organization(ChargeOrganizationRequest::new("org", 0.0, 0.0)).await
    })
    .await;
    assert_eq!(bare.invoice_id, "inv-3");
}

#[tokio::test]
async fn create_invoice_and_charge_immediately() {
    let request = "
        0a03 6f7267          ; org_id_to_charge = org
        11 0000000000001640  ; amount = 5.5
        1a00                 ; description, present though empty
        2205 6272616e64      ; org_id_for_branding = brand
        2801                 ; disable_email";
    let answer = "0a05 696e762d34 ; invoice_id = inv-4";
    let charged = call("CreateInvoiceAndChargeImmediately", request, &[answer], async |billing| {
        let request = CreateInvoiceAndChargeImmediatelyRequest::new("org", 5.5)
            .description("")
            .org_id_for_branding("brand")
            .disable_email(true);
        billing.create_invoice_and_charge_immediately(request).await
    })
    .await;
    assert_eq!(charged.invoice_id, "inv-4");
}

/// Amounts of which a parser that does not care for the last bit makes others.
#[test]
fn stored_amounts_read_back_equal() {
    for amount in [938943.6320000001, 0.1 + 0.2, 1.0 / 3.0, -0.0, 5e-324, f64::MAX] {
        let invoice = InvoiceSummary::default().invoice_amount(amount);
        let stored = serde_json::to_string(&invoice).unwrap();
        let read: InvoiceSummary = serde_json::from_str(&stored).unwrap();
        assert_eq!(read.invoice_amount.to_bits(), amount.to_bits(), "{stored}");
    }
    for amount in [f64::NAN, f64::INFINITY] {
        let invoice = InvoiceSummary::default().invoice_amount(amount);
        let stored = serde_json::to_string(&invoice).unwrap();
        assert!(stored.contains(r#""invoice_amount":null"#), "{stored}");
        assert!(serde_json::from_str::<InvoiceSummary>(&stored).is_err(), "{stored}");
    }
}
