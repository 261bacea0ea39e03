//! The Fastly side of the sandbox, used through the crate as users do.

use std::time::Duration;

use billing_sandbox::Sandbox;
use fastly_billing::{
    ApiError, BillingMonth, Client, FileFormat, RateLimit, Wait,
    billing_address::{AddBillingAddrRequest, BillingAddressApi, BillingAddressAttributes},
    v2,
    v3::{
        BillingInvoicesApi, BillingUsageMetricsApi, CustomerAddress, CustomerAddressType,
        CustomerAddressesApi, GetMonthToDateInvoiceRequest, GetServiceLevelUsageRequest,
        GetUsageMetricsRequest, ListCustomerAddressesRequest, ListInvoicesRequest,
        UpdateCustomerAddressRequest,
    },
};
use rust_decimal::Decimal;

fn client(sandbox: &Sandbox) -> Client {
    let fastly = sandbox.fastly();
    Client::builder().api_token(fastly.api_token()).api_url(fastly.url()).build().unwrap()
}

fn quick() -> Wait {
    Wait::new().first_step(Duration::from_millis(1))
}

#[tokio::test]
async fn invoices_over_pages_and_by_id() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let api = BillingInvoicesApi::new(&client(&sandbox));
    let all = api.list_invoices_all(ListInvoicesRequest::new().limit(50)).try_collect().await;
    let all = all.unwrap();
    assert_eq!(all.len(), 120);
    assert!(all.is_sorted_by(|a, b| a.billing_start_date > b.billing_start_date));
    let lines = sandbox.requests();
    assert_eq!(lines.len(), 3);
    // The cursor contains all three characters that must be percent-encoded.
    assert!(lines[1].contains("cursor=%2B%2F%2B%2F") && lines[1].ends_with("%3D%3D"), "{lines:?}");
    for invoice in &all {
        let sum: Decimal =
            invoice.transaction_line_items.iter().filter_map(|line| line.amount).sum();
        assert_eq!(Some(sum), invoice.monthly_transaction_amount);
        for line in &invoice.transaction_line_items {
            let exact = line.rate.unwrap() * line.units.unwrap();
            assert!((exact - line.amount.unwrap()).abs() <= Decimal::new(5, 3), "{line:?}");
        }
    }
    let last = all.last().unwrap();
    let same = api.get_invoice_by_invoice_id(last.invoice_id.clone()).await.unwrap();
    assert_eq!(fastly_billing::v3::Invoice::from(same.into_inner()), *last);
    assert!(api.get_invoice_by_invoice_id("INV-0").await.unwrap_err().is_not_found());
    let error = api.list_invoices(ListInvoicesRequest::new().limit(500)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 400);
}

#[tokio::test]
async fn month_to_date_invoice_becomes_available() {
    let sandbox =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).pending(2).start().await.unwrap();
    let client = client(&sandbox);
    let api = BillingInvoicesApi::new(&client);
    let request = GetMonthToDateInvoiceRequest::new();
    assert!(api.get_month_to_date_invoice(request.clone()).await.unwrap().is_pending());
    let bill = api.get_month_to_date_invoice_when_ready(request, quick()).await.unwrap();
    let sum: Decimal = bill.transaction_line_items.iter().filter_map(|line| line.amount).sum();
    assert_eq!(Some(sum), bill.monthly_transaction_amount);
    assert_eq!(sandbox.requests().len(), 3);

    let old = v2::BillingApi::new(&client);
    let customer = sandbox.fastly().customer_id();
    let estimate = old.get_invoice_mtd_when_ready(customer, quick()).await.unwrap();
    assert_eq!(estimate.total.as_ref().unwrap().cost, Some(sum));
    assert_eq!(sandbox.requests().len(), 6);
}

#[tokio::test]
async fn v2_shows_the_same_months() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let client = client(&sandbox);
    let old = v2::BillingApi::new(&client);
    let month: BillingMonth = "2026-05".parse().unwrap();
    let invoice = old.get_invoice(month.into()).await.unwrap();
    let invoices = BillingInvoicesApi::new(&client);
    let page = invoices.list_invoices(ListInvoicesRequest::new().limit(1)).await.unwrap();
    let newest = &page.data[0];
    let total = invoice.total.as_ref().unwrap();
    assert_eq!(total.cost, newest.monthly_transaction_amount);
    let costs = total.incurred_cost.unwrap() + total.extras_cost.unwrap();
    assert_eq!(Some(costs), total.cost);
    let regions: Decimal = invoice.regions.values().filter_map(|region| region.cost).sum();
    assert_eq!(Some(regions), total.incurred_cost);
    let customer = sandbox.fastly().customer_id();
    let request = v2::GetInvoiceByIdRequest::new(customer, invoice.invoice_id.clone());
    let same = old.get_invoice_by_id(request).await.unwrap();
    assert_eq!(*same, *invoice);
    let csv = old.download_invoice(month.into(), FileFormat::Csv).await.unwrap();
    assert!(
        csv.content.starts_with(b"description,")
            && csv.name.as_deref() == Some("invoice-2026-05.csv")
    );
    let pdf = old.download_invoice(month.into(), FileFormat::Pdf).await.unwrap();
    assert!(pdf.content.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn usage_adds_up() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let usage = BillingUsageMetricsApi::new(&client(&sandbox));
    let months =
        GetUsageMetricsRequest::new("2025-07".parse().unwrap(), "2026-05".parse().unwrap());
    let rows = usage.get_usage_metrics_all(months.clone()).try_collect().await.unwrap();
    assert_eq!(rows.len(), 11 * 4);
    assert!(rows.is_sorted_by_key(|row| row.month));
    assert_eq!(sandbox.requests().len(), 4);
    assert_eq!(usage.get_usage_metrics(months).await.unwrap_err().status().unwrap(), 400);

    let month: BillingMonth = "2026-05".parse().unwrap();
    let request = GetServiceLevelUsageRequest::new().start_month(month).end_month(month).limit(5);
    let mut blocks = usage.get_service_level_usage_all(request.clone());
    let mut sums = std::collections::BTreeMap::<String, Decimal>::new();
    while let Some(block) = blocks.try_next().await.unwrap() {
        let sum: Decimal = block.details.iter().filter_map(|row| row.usage_units).sum();
        *sums.entry(block.usage_type).or_default() += sum;
    }
    for row in rows.iter().filter(|row| row.month == Some(month)) {
        assert_eq!(Some(sums[&row.name]), row.quantity);
    }
    // A single usage type is sent as an object instead of a list.
    let one = request.product_id("cdn_usage").usage_type_name("Asia Requests");
    let page = usage.get_service_level_usage(one).await.unwrap();
    assert!(page.raw_body().unwrap().starts_with(br#"{"data":{"#));
    assert_eq!((page.data.len(), page.data[0].details.len()), (1, 3));
}

#[tokio::test]
async fn addresses_are_stored() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let client = client(&sandbox);
    let api = CustomerAddressesApi::new(&client);
    let list = async || api.list_customer_addresses(ListCustomerAddressesRequest::new()).await;
    assert!(list().await.unwrap().data.is_empty());
    let address =
        CustomerAddress::default().r#type(CustomerAddressType::Tax).address_1("1 Example Street");
    let created = api.create_customer_address(address.clone()).await.unwrap();
    assert_eq!((created.status().as_u16(), created.id.is_empty()), (201, false));
    assert_eq!(RateLimit::of(&created).remaining, Some(999));
    let moved = address.address_1("2 Example Street");
    let request = UpdateCustomerAddressRequest::new(CustomerAddressType::Tax, moved.clone());
    assert_eq!(api.update_customer_address(request).await.unwrap().status(), 202);
    assert_eq!(list().await.unwrap().data, std::slice::from_ref(&moved));
    let request = UpdateCustomerAddressRequest::new(CustomerAddressType::Billing, moved);
    assert!(api.update_customer_address(request).await.is_err());

    let api = BillingAddressApi::new(&client);
    let customer = sandbox.fastly().customer_id();
    assert!(api.get_billing_addr(customer).await.unwrap_err().is_not_found());
    let lost = BillingAddressAttributes::default().address_1("Nowhere 7").country("US");
    let error = api.add_billing_addr(AddBillingAddrRequest::new(customer, lost)).await.unwrap_err();
    let found = ApiError::from_error(&error).unwrap().errors.remove(0).candidates.remove(0);
    api.add_billing_addr(AddBillingAddrRequest::new(customer, found)).await.unwrap();
    let stored = api.get_billing_addr(customer).await.unwrap();
    assert_eq!(stored.data.attributes.address_1.as_deref(), Some("1 Example Street"));
    assert_eq!(stored.data.attributes.customer_id.as_deref(), Some(customer));
    assert_eq!(api.delete_billing_addr(customer).await.unwrap().status(), 204);
    assert!(api.get_billing_addr(customer).await.is_err());
}

#[tokio::test]
async fn wrong_token_is_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let url = sandbox.fastly().url();
    let client = Client::builder().api_token("wrong").api_url(url).build().unwrap();
    let api = BillingInvoicesApi::new(&client);
    let error = api.list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
    assert!(error.is_auth());
    let text = "list_invoices failed: 403 Forbidden: Invalid API key (Unauthorized)";
    assert_eq!(error.to_string(), text);
}
