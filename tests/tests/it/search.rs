//! What people type into the search of the documentation finds an item.

use std::{collections::BTreeSet, fs, path::Path};

/// Every name of a public item and every alias in the sources below a folder.
fn searchable(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            searchable(&path, words);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim_start) {
            if let Some(alias) = line.strip_prefix("#[doc(alias = \"") {
                words.insert(alias.split('"').next().unwrap_or_default().to_owned());
            } else if let Some(item) = line.strip_prefix("pub ") {
                let name = item.trim_start_matches("async ").split(' ').nth(1).unwrap_or_default();
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '#');
                let name = &name[..end.unwrap_or(name.len())];
                words.insert(name.trim_start_matches("r#").to_owned());
            }
        }
    }
}

fn missing<'a>(package: &str, spellings: &[&'a str]) -> Vec<&'a str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(package).join("src");
    let mut words = BTreeSet::new();
    searchable(&folder, &mut words);
    spellings.iter().filter(|spelling| !words.contains(**spelling)).copied().collect()
}

#[test]
fn scaleway_is_found_by_its_own_spellings() {
    let spellings = [
        "/billing/v2/budgets",
        "/billing/v2/budgets/{budget_id}",
        "/billing/v2alpha1/consumption",
        "/billing/v2beta1/charges",
        "/billing/v2beta1/consumptions",
        "/billing/v2beta1/export-invoices",
        "/billing/v2beta1/invoices",
        "/billing/v2beta1/invoices/{invoice_id}/download",
        "GET /billing/v2beta1/invoices",
        "POST /billing/v2beta1/redeem-coupon",
        "BillingV2API",
        "BillingV2Alpha1API",
        "BillingV2Beta1API",
        "BillingV2Beta1FinOpsAPI",
        "BillingV2ElectronicBillingAPI",
        "DownloadInvoice",
        "ListConsumptions",
        "ListInvoices",
        "list_invoices_all",
        "SCW_ACCESS_KEY",
        "SCW_API_URL",
        "SCW_CONFIG_PATH",
        "SCW_DEFAULT_ORGANIZATION_ID",
        "SCW_DEFAULT_PROJECT_ID",
        "SCW_PROFILE",
        "SCW_SECRET_KEY",
        "X-Auth-Token",
        "BillingManager",
        "BillingReadOnly",
        "bypass_validation",
        "credit_note",
        "google.type.Money",
        "host",
        "invalid_arguments",
        "not_found",
        "permissions_denied",
        "quotas_exceeded",
        "too_many_requests",
        "ScalewayException",
        "ResponseError",
        "X-Session-Token",
    ];
    assert_eq!(missing("scaleway-billing", &spellings), [""; 0]);
}

#[test]
fn fastly_is_found_by_its_own_spellings() {
    let spellings = [
        "/billing/v2/year/{year}/month/{month}",
        "/billing/v3/customer-addresses",
        "/billing/v3/invoices",
        "/billing/v3/invoices/month-to-date",
        "/billing/v3/invoices/{invoice_id}",
        "/billing/v3/service-usage-metrics",
        "/billing/v3/usage-metrics",
        "/customer/{customer_id}/billing_address",
        "GET /billing/v3/invoices",
        "BillingAddressApi",
        "BillingInvoicesApi",
        "BillingUsageMetricsApi",
        "EomInvoiceResponse",
        "Serviceusagemetrics",
        "Usagemetrics",
        "FASTLY_API_ENDPOINT",
        "FASTLY_API_KEY",
        "FASTLY_API_TOKEN",
        "FASTLY_API_URL",
        "Fastly-Key",
        "add_billing_addr",
        "api_key",
        "api_key_prefix",
        "get_invoice_mtd",
        "get_service_level_usage",
        "get_usage_metrics_all",
        "/current_customer",
        "/customer/{customer_id}",
        "ApiException",
        "insecure",
        "host",
    ];
    assert_eq!(missing("fastly-billing", &spellings), [""; 0]);
}

#[test]
fn viam_is_found_by_its_own_spellings() {
    let spellings = [
        "/viam.app.v1.BillingService/ChargeOrganization",
        "/viam.app.v1.BillingService/GetInvoicePdf",
        "BillingClient",
        "BillingService",
        "BillingServiceStub",
        "DialOptions",
        "GetCurrentMonthUsage",
        "GetInvoicesSummary",
        "HasField",
        "USAGE_COST_TYPE_PER_MACHINE",
        "VIAM_API_KEY",
        "VIAM_API_KEY_ID",
        "ViamClient",
        "WhichOneof",
        "app_url",
        "auth_entity",
        "billing_client",
        "create_from_api_key",
        "create_from_dial_options",
        "create_from_env_vars",
        "get_invoice_pdf",
        "get_org_billing_information",
        "host",
        "insecure",
        "proxy",
        "with_api_key",
    ];
    assert_eq!(missing("viam-billing", &spellings), [""; 0]);
}

#[test]
fn shared_types_are_found_by_the_words_of_other_clients() {
    let spellings = ["CallOptions", "timeout", "_request_timeout", "backoff", "unmarshal"];
    assert_eq!(missing("sdk-core", &spellings), [""; 0]);
}
