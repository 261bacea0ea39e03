//! The organization that the sandbox serves.

use chrono::{DateTime, TimeDelta, Utc};
use tonic::Status;
use viam_billing::v1::{
    GetCurrentMonthUsageResponse, GetInvoicesSummaryResponse, GetOrgBillingInformationResponse,
    InvoiceSummary, PaymentMethodCard, PaymentMethodType, ResourceUsageCosts,
    ResourceUsageCostsBySource, SourceType, UsageCost, UsageCostType,
};

use crate::ids;
use crate::month::Today;

pub(super) const ORGANIZATION_ID: &str = "5a4db0c5-0000-4000-8000-0a51ed0000aa";
pub(super) const LOCATION_ID: &str = "sandboxloc";
pub(super) const TIERS: [&str; 3] = ["free", "standard", "enterprise"];

/// Number of months before the current one that have an invoice.
const MONTHS: i32 = 24;

/// A kind of cost that no version of the API lists.
const NEW_KIND: UsageCostType = UsageCostType::Unknown(4711);

/// The costs of the current month, in cents.
const OWN: [(UsageCostType, i64); 5] = [
    (UsageCostType::PerMachine, 12_50),
    (UsageCostType::BinaryDataCloudStorage, 3_07),
    (UsageCostType::BinaryDataUpload, 1_15),
    (UsageCostType::SimulationCompute, 20_00),
    (NEW_KIND, 99),
];
const OWN_DISCOUNT: i64 = 2_00;
const FRAGMENT: [(UsageCostType, i64); 1] = [(UsageCostType::PremiumModule, 5_00)];

/// A cent amount in its wire format.
#[allow(clippy::cast_precision_loss, reason = "amounts are small")]
fn dollars(cents: i64) -> f64 {
    cents as f64 / 100.0
}

struct Invoice {
    id: String,
    date: DateTime<Utc>,
    cents: i64,
    status: &'static str,
}

/// The organization and its state.
pub(super) struct Account {
    today: Today,
    invoices: Vec<Invoice>,
    tier: String,
    payer: String,
}

impl Account {
    pub(super) fn new(today: Today) -> Self {
        let invoices = (1..=MONTHS).map(|months| {
            let month = today.month().before(months);
            Invoice {
                id: ids::uuid("viam invoice", u64::from(month.ordinal().unsigned_abs())),
                date: month.next().start(),
                cents: 30_00 + i64::from(month.ordinal() % 12) * 2_35,
                status: if months == 1 { "outstanding" } else { "paid" },
            }
        });
        Self {
            today,
            invoices: invoices.collect(),
            tier: "standard".to_owned(),
            payer: ORGANIZATION_ID.to_owned(),
        }
    }

    pub(super) fn usage(&self) -> GetCurrentMonthUsageResponse {
        let source = |source, kinds: &[(UsageCostType, i64)], discount| {
            let total: i64 = kinds.iter().map(|(_, cents)| cents).sum();
            let costs = kinds.iter().map(|(kind, cents)| {
                UsageCost::default().resource_type(*kind).cost(dollars(*cents))
            });
            let costs = ResourceUsageCosts::default()
                .usage_costs(costs)
                .discount(dollars(discount))
                .total_without_discount(dollars(total))
                .total_with_discount(dollars(total - discount));
            let source = ResourceUsageCostsBySource::default()
                .source_type(source)
                .resource_usage_costs(costs)
                .tier_name(&*self.tier);
            (source, total - discount)
        };
        let (own, own_total) = source(SourceType::Org, &OWN, OWN_DISCOUNT);
        let (fragment, fragment_total) = source(SourceType::Fragment, &FRAGMENT, 0);
        GetCurrentMonthUsageResponse::default()
            .start_date(self.today.month().start())
            .end_date(self.today.month().next().start())
            .resource_usage_costs_by_source([own, fragment])
            .subtotal(dollars(own_total + fragment_total))
    }

    pub(super) fn information(&self) -> GetOrgBillingInformationResponse {
        GetOrgBillingInformationResponse::default()
            .r#type(PaymentMethodType::Card)
            .billing_email("billing@example.com")
            .method(PaymentMethodCard::default().brand("visa").last_four_digits("0042"))
            .billing_tier(&*self.tier)
    }

    /// Lists the invoices, newest first. A payment in process is completed by the next request.
    pub(super) fn summary(&mut self) -> GetInvoicesSummaryResponse {
        let open = self.invoices.iter().filter(|invoice| invoice.status == "outstanding");
        let balance = open.map(|invoice| invoice.cents).sum();
        let invoices = self.invoices.iter().map(|invoice| {
            let summary = InvoiceSummary::default()
                .id(&*invoice.id)
                .invoice_date(invoice.date)
                .invoice_amount(dollars(invoice.cents))
                .status(invoice.status)
                .due_date(invoice.date + TimeDelta::days(14));
            match invoice.status {
                "paid" => summary.paid_date(invoice.date + TimeDelta::days(3)),
                "outstanding" => summary
                    .last_payment_failure_reason("card_declined")
                    .last_payment_failure_at(invoice.date + TimeDelta::days(3)),
                _ => summary,
            }
        });
        let summary = GetInvoicesSummaryResponse::default()
            .outstanding_balance(dollars(balance))
            .invoices(invoices);
        for invoice in &mut self.invoices {
            if invoice.status == "payment_processing" {
                invoice.status = "paid";
            }
        }
        summary
    }

    /// The text of an invoice file.
    pub(super) fn invoice(&self, id: &str) -> Result<Vec<String>, Status> {
        let found = self.invoices.iter().find(|invoice| invoice.id == id);
        let invoice = found.ok_or_else(|| Status::not_found("invoice not found"))?;
        Ok(vec![
            "Invoice".to_owned(),
            format!("Id: {}", invoice.id),
            format!("Date: {}", invoice.date.format("%Y-%m-%d")),
            format!("Amount: {:.2} USD", dollars(invoice.cents)),
        ])
    }

    /// Creates an invoice with this status, and returns its id.
    pub(super) fn charge(&mut self, amount: f64, status: &'static str) -> Result<String, Status> {
        if !(0.0..1e9).contains(&amount) {
            return Err(Status::invalid_argument("the amount must be positive"));
        }
        #[allow(clippy::cast_possible_truncation, reason = "checked above")]
        let cents = (amount * 100.0).round() as i64;
        let id = ids::uuid("viam charge", self.invoices.len() as u64);
        let date = self.today.midnight();
        self.invoices.insert(0, Invoice { id: id.clone(), date, cents, status });
        Ok(id)
    }

    pub(super) fn put_on_tier(&mut self, tier: String) -> Result<(), Status> {
        if !TIERS.contains(&&*tier) {
            return Err(Status::invalid_argument("unknown billing tier"));
        }
        self.tier = tier;
        Ok(())
    }

    pub(super) fn payer(&self) -> &str {
        &self.payer
    }

    pub(super) fn let_pay(&mut self, organization: String) {
        self.payer = organization;
    }
}
