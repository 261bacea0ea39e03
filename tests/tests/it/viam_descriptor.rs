//! The `.proto` files against a hand-written table. Client and server of the other tests share one
//! description, so they would not notice a mistake in it.

use std::collections::BTreeSet;

use prost_types::{
    DescriptorProto, FieldDescriptorProto,
    field_descriptor_proto::{Label, Type},
    method_options::IdempotencyLevel,
};

/// `message.number name type`; `?` = explicit presence, `*` = list, `!` = deprecated.
const FIELDS: &str = "
InvoiceSummary.1 id string
InvoiceSummary.2 invoice_date Timestamp?
InvoiceSummary.3 invoice_amount double
InvoiceSummary.4 status string
InvoiceSummary.5 due_date Timestamp?
InvoiceSummary.6 paid_date Timestamp?
InvoiceSummary.7 last_payment_failure_reason string
InvoiceSummary.8 last_payment_failure_at Timestamp?
PaymentMethodCard.1 brand string
PaymentMethodCard.2 last_four_digits string
VerificationInfo.1 arrival_date int64
VerificationInfo.2 hosted_verification_page_url string
PaymentMethodUSBankAccount.1 bank_name string
PaymentMethodUSBankAccount.2 last_four_digits_account_number string
PaymentMethodUSBankAccount.3 routing_number string
PaymentMethodUSBankAccount.4 account_type string
PaymentMethodUSBankAccount.5 verification_info VerificationInfo? optional
GetCurrentMonthUsageRequest.1 org_id string
UsageCost.1 resource_type UsageCostType
UsageCost.2 cost double
ResourceUsageCostsBySource.1 source_type SourceType
ResourceUsageCostsBySource.2 resource_usage_costs ResourceUsageCosts?
ResourceUsageCostsBySource.3 tier_name string
ResourceUsageCosts.1 usage_costs UsageCost*
ResourceUsageCosts.2 discount double
ResourceUsageCosts.3 total_with_discount double
ResourceUsageCosts.4 total_without_discount double
GetCurrentMonthUsageResponse.1 start_date Timestamp?
GetCurrentMonthUsageResponse.2 end_date Timestamp?
GetCurrentMonthUsageResponse.3 cloud_storage_usage_cost double!
GetCurrentMonthUsageResponse.4 data_upload_usage_cost double!
GetCurrentMonthUsageResponse.5 data_egres_usage_cost double!
GetCurrentMonthUsageResponse.6 remote_control_usage_cost double!
GetCurrentMonthUsageResponse.7 standard_compute_usage_cost double!
GetCurrentMonthUsageResponse.8 discount_amount double!
GetCurrentMonthUsageResponse.9 total_usage_with_discount double!
GetCurrentMonthUsageResponse.10 total_usage_without_discount double!
GetCurrentMonthUsageResponse.11 per_machine_usage_cost double!
GetCurrentMonthUsageResponse.12 binary_data_cloud_storage_usage_cost double!
GetCurrentMonthUsageResponse.13 other_cloud_storage_usage_cost double!
GetCurrentMonthUsageResponse.14 resource_usage_costs_by_source ResourceUsageCostsBySource*
GetCurrentMonthUsageResponse.15 subtotal double
GetOrgBillingInformationRequest.1 org_id string
GetOrgBillingInformationResponse.1 type PaymentMethodType
GetOrgBillingInformationResponse.2 billing_email string
GetOrgBillingInformationResponse.3 method PaymentMethodCard? optional
GetOrgBillingInformationResponse.4 billing_tier string? optional
GetOrgBillingInformationResponse.5 method_us_bank_account PaymentMethodUSBankAccount? optional
GetInvoicesSummaryRequest.1 org_id string
GetInvoicesSummaryResponse.1 outstanding_balance double
GetInvoicesSummaryResponse.2 invoices InvoiceSummary*
GetInvoicePdfRequest.1 id string
GetInvoicePdfRequest.2 org_id string
GetInvoicePdfResponse.1 chunk bytes
SendPaymentRequiredEmailRequest.1 customer_org_id string
SendPaymentRequiredEmailRequest.2 billing_owner_org_id string
SendPaymentRequiredEmailResponse
GetAvailableBillingTiersRequest
GetAvailableBillingTiersResponse.1 tiers string*
UpdateOrganizationBillingTierRequest.1 organization_id string
UpdateOrganizationBillingTierRequest.2 billing_tier string
UpdateOrganizationBillingTierResponse
GetLocationBillingOrganizationRequest.1 location_id string
GetLocationBillingOrganizationResponse.1 billing_organization_id string
UpdateLocationBillingOrganizationRequest.1 location_id string
UpdateLocationBillingOrganizationRequest.2 billing_organization_id string
UpdateLocationBillingOrganizationResponse
ChargeOrganizationRequest.1 org_id_to_charge string
ChargeOrganizationRequest.2 description string? optional
ChargeOrganizationRequest.3 subtotal double
ChargeOrganizationRequest.4 tax double
ChargeOrganizationRequest.5 org_id_for_branding string? optional
ChargeOrganizationRequest.6 disable_confirmation_email bool
ChargeOrganizationResponse.1 invoice_id string
CreateInvoiceAndChargeImmediatelyRequest.1 org_id_to_charge string
CreateInvoiceAndChargeImmediatelyRequest.2 amount double
CreateInvoiceAndChargeImmediatelyRequest.3 description string? optional
CreateInvoiceAndChargeImmediatelyRequest.4 org_id_for_branding string? optional
CreateInvoiceAndChargeImmediatelyRequest.5 disable_email bool
CreateInvoiceAndChargeImmediatelyResponse.1 invoice_id string
";

const AUTH_FIELDS: &str = "
AuthenticateRequest.1 entity string
AuthenticateRequest.2 credentials Credentials?
Credentials.1 type string
Credentials.2 payload string
AuthenticateResponse.1 access_token string
AuthenticateToRequest.1 entity string
AuthenticateToResponse.1 access_token string
";

const VALUES: &str = "
PAYMENT_METHOD_TYPE_UNSPECIFIED 0
PAYMENT_METHOD_TYPE_CARD 1
PAYMENT_METHOD_TYPE_USBANKACCOUNT 2
USAGE_COST_TYPE_UNSPECIFIED 0
USAGE_COST_TYPE_DATA_UPLOAD 1!
USAGE_COST_TYPE_DATA_EGRESS 2!
USAGE_COST_TYPE_REMOTE_CONTROL 3
USAGE_COST_TYPE_STANDARD_COMPUTE 4
USAGE_COST_TYPE_CLOUD_STORAGE 5!
USAGE_COST_TYPE_BINARY_DATA_CLOUD_STORAGE 6
USAGE_COST_TYPE_OTHER_CLOUD_STORAGE 7!
USAGE_COST_TYPE_PER_MACHINE 8
USAGE_COST_TYPE_TRIGGER_NOTIFICATION 9
USAGE_COST_TYPE_TABULAR_DATA_CLOUD_STORAGE 10
USAGE_COST_TYPE_CONFIG_HISTORY_CLOUD_STORAGE 11
USAGE_COST_TYPE_LOGS_CLOUD_STORAGE 12
USAGE_COST_TYPE_TRAINING_LOGS_CLOUD_STORAGE 13
USAGE_COST_TYPE_PACKAGES_CLOUD_STORAGE 14
USAGE_COST_TYPE_BINARY_DATA_UPLOAD 15
USAGE_COST_TYPE_TABULAR_DATA_UPLOAD 16
USAGE_COST_TYPE_LOGS_UPLOAD 17
USAGE_COST_TYPE_BINARY_DATA_EGRESS 18
USAGE_COST_TYPE_TABULAR_DATA_EGRESS 19
USAGE_COST_TYPE_LOGS_EGRESS 20
USAGE_COST_TYPE_TRAINING_LOGS_EGRESS 21
USAGE_COST_TYPE_TABULAR_DATA_DATABASE_CLOUD_STORAGE 22
USAGE_COST_TYPE_TABULAR_DATA_DATABASE_COMPUTE 23
USAGE_COST_TYPE_BINARY_DATA_CROSS_REGION_EGRESS 24
USAGE_COST_TYPE_PIPELINE_SINK_CLOUD_STORAGE 25
USAGE_COST_TYPE_PIPELINE_SINK_COMPUTE 26
USAGE_COST_TYPE_PREMIUM_MODULE 27
USAGE_COST_TYPE_SIMULATION_COMPUTE 28
SOURCE_TYPE_UNSPECIFIED 0
SOURCE_TYPE_ORG 1
SOURCE_TYPE_FRAGMENT 2
";

/// The idempotency of calls is our own declaration, and a mistake would charge twice.
const METHODS: &str = "
viam.app.v1.BillingService/GetCurrentMonthUsage safe
viam.app.v1.BillingService/GetOrgBillingInformation safe
viam.app.v1.BillingService/GetInvoicesSummary safe
viam.app.v1.BillingService/GetInvoicePdf stream safe
viam.app.v1.BillingService/SendPaymentRequiredEmail once
viam.app.v1.BillingService/GetAvailableBillingTiers safe
viam.app.v1.BillingService/UpdateOrganizationBillingTier idempotent
viam.app.v1.BillingService/GetLocationBillingOrganization safe
viam.app.v1.BillingService/UpdateLocationBillingOrganization idempotent
viam.app.v1.BillingService/ChargeOrganization once
viam.app.v1.BillingService/CreateInvoiceAndChargeImmediately once
proto.rpc.v1.AuthService/Authenticate safe
proto.rpc.v1.ExternalAuthService/AuthenticateTo once
";

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn describe_field(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let mut ty = match field.r#type() {
        Type::Message | Type::Enum => field.type_name().rsplit('.').next().unwrap().to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    let repeated = field.label() == Label::Repeated;
    if repeated {
        ty.push('*');
    } else if field.proto3_optional() || field.r#type() == Type::Message {
        ty.push('?');
    }
    if field.options.as_ref().is_some_and(|options| options.deprecated()) {
        ty.push('!');
    }
    let optional = if field.proto3_optional() { " optional" } else { "" };
    format!("{}.{} {} {ty}{optional}", message.name(), field.number(), field.name())
}

#[test]
fn messages_enums_and_methods_match_the_table() {
    let files = codegen::proto::descriptors(&codegen::proto::sources()).unwrap().file;
    let (mut fields, mut values, mut methods) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut messages = 0;
    for file in files
        .iter()
        .filter(|file| !file.package().starts_with("google.") && file.package() != "codegen")
    {
        assert_eq!(file.syntax(), "proto3");
        for message in &file.message_type {
            messages += 1;
            assert!(message.nested_type.is_empty() && message.enum_type.is_empty());
            if message.field.is_empty() {
                fields.insert(message.name().to_owned());
            }
            fields.extend(message.field.iter().map(|field| describe_field(message, field)));
        }
        for value in file.enum_type.iter().flat_map(|described| &described.value) {
            let deprecated = value.options.as_ref().is_some_and(|options| options.deprecated());
            let mark = if deprecated { "!" } else { "" };
            values.insert(format!("{} {}{mark}", value.name(), value.number()));
        }
        for service in &file.service {
            for method in &service.method {
                let request = method.input_type().rsplit('.').next().unwrap();
                let response = method.output_type().rsplit('.').next().unwrap();
                assert_eq!(request, format!("{}Request", method.name()));
                assert_eq!(response, format!("{}Response", method.name()));
                assert!(!method.client_streaming());
                let stream = if method.server_streaming() { " stream" } else { "" };
                let path = format!("{}.{}/{}", file.package(), service.name(), method.name());
                let options = method.options.as_ref();
                let repeat = match options.map(|options| options.idempotency_level()) {
                    Some(IdempotencyLevel::NoSideEffects) => " safe",
                    Some(IdempotencyLevel::Idempotent) => " idempotent",
                    _ => " once",
                };
                methods.insert(path + stream + repeat);
            }
        }
    }
    assert_eq!(messages, 34);
    assert_eq!(fields, &lines(FIELDS) | &lines(AUTH_FIELDS));
    assert_eq!(values, lines(VALUES));
    assert_eq!(methods, lines(METHODS));
}

#[test]
fn generated_code_is_up_to_date() {
    for (vendor, files) in codegen::proto::generate(&codegen::proto::sources()).unwrap() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
        let folder = format!("{root}/{vendor}-billing/src/generated");
        let differences = codegen::differences(folder.as_ref(), &files).unwrap();
        assert_eq!(differences, Vec::<String>::new(), "run `cargo codegen`");
    }
}
