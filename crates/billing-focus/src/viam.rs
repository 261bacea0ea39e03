//! Rows of Viam's current month.
//!
//! Viam reports costs for the current month only. Earlier months have an invoice with an amount and
//! no lines.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Months, NaiveTime, Utc};
use rust_decimal::Decimal;
use viam_billing::{ViamClient, round_to_cents, v1::GetCurrentMonthUsageResponse};

use crate::{
    ChargeCategory, ChargeFrequency, Column, Columns, Error, InvoiceTotal, Result, Row, Rows,
    judgement::Judgement,
    row::{Basis, filled},
    rows::{Batch, BoxFuture, Source, Step},
};

const VIAM: &str = "Viam";

/// The conditional columns of [`current_month`].
pub const COLUMNS: Columns = Columns::new(
    &[Column::InvoiceDetailId, Column::InvoiceId, Column::SkuId],
    &["x_SourceType", "x_TierName"],
);

/// Returns the rows of an organization's costs in the current month.
///
/// A row is the cost of one type of resource from one source (the organization itself or its
/// fragments), rounded to cents with [`round_to_cents`]; the discount of each source is a `Credit`.
/// Viam reports no quantities, so `PricingQuantity` and `PricingUnit` are null. `InvoiceId` is null
/// because there is no invoice yet.
///
/// [`Rows::totals`] returns the sum of the totals of all sources. Viam sends amounts with more
/// decimal places than cents, so each row can differ from Viam's amount by up to half a cent.
///
/// # Errors
///
/// The rows fail with [`ErrorKind::Vendor`](crate::ErrorKind::Vendor) if the call fails, and with
/// `Data` if the response has no period, or an amount that is not a number.
///
/// # Example
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use billing_focus::viam;
///
/// let client = viam_billing::ViamClient::from_env()?;
/// let mut rows = viam::current_month(&client, "<organization id>");
/// while let Some(row) = rows.try_next().await? {
///     println!("{:?} {}", row.sku_id, row.billed_cost);
/// }
/// # Ok(())
/// # }
/// ```
pub fn current_month(client: &ViamClient, org_id: impl Into<String>) -> Rows {
    Rows::new(CurrentMonth { client: Some(client.clone()), org_id: org_id.into() })
}

struct CurrentMonth {
    /// `None` once the month has been fetched.
    client: Option<ViamClient>,
    org_id: String,
}

impl Source for CurrentMonth {
    fn step(mut self: Box<Self>, judgement: Arc<Judgement>) -> BoxFuture<Step> {
        Box::pin(async move {
            let Some(client) = self.client.take() else { return Ok(None) };
            let billing = client.billing_client();
            let usage = billing.get_current_month_usage(&*self.org_id).await;
            let usage = usage.map_err(|error| Error::vendor(VIAM, error))?;
            let batch = Month::new(&usage, &self.org_id, &judgement)?.batch()?;
            Ok(Some((self as Box<dyn Source>, batch)))
        })
    }
}

/// The response, and the common values of its rows.
struct Month<'a> {
    usage: &'a GetCurrentMonthUsageResponse,
    org_id: &'a str,
    judgement: &'a Judgement,
    /// Returns the calendar month in which the billing month starts.
    billing: (DateTime<Utc>, DateTime<Utc>),
    charged: (DateTime<Utc>, DateTime<Utc>),
}

impl<'a> Month<'a> {
    fn new(
        usage: &'a GetCurrentMonthUsageResponse,
        org_id: &'a str,
        judgement: &'a Judgement,
    ) -> Result<Self> {
        let (Some(start), Some(end)) = (usage.start_date, usage.end_date) else {
            return Err(Error::data("the current month has no `start_date` or no `end_date`"));
        };
        let first = start.date_naive().with_day(1).unwrap_or_default();
        let midnight = first.and_time(NaiveTime::MIN).and_utc();
        let next = midnight.checked_add_months(Months::new(1)).unwrap_or(end);
        let billing = (midnight, next);
        Ok(Self { usage, org_id, judgement, billing, charged: (start, end) })
    }

    fn batch(&self) -> Result<Batch> {
        let mut batch = Batch::default();
        let mut total = Decimal::ZERO;
        for source in &self.usage.resource_usage_costs_by_source {
            let Some(costs) = &source.resource_usage_costs else { continue };
            let mut add = |mut row: Row| {
                row.set_custom("x_SourceType", &source.source_type.to_string());
                row.set_custom("x_TierName", &source.tier_name);
                batch.rows.push_back(row);
            };
            for cost in &costs.usage_costs {
                let name = cost.resource_type.to_string();
                let mut row = self.row(cost.cost, &name)?;
                row.charge_description = filled(&described(&name));
                row.sku_id = filled(&name);
                add(row);
            }
            if let Some(row) = self.discount(costs.discount)? {
                add(row);
            }
            let of_source = cents(costs.total_with_discount, "`total_with_discount`")?;
            total = total
                .checked_add(of_source)
                .ok_or_else(|| Error::data("the total of all sources is too large to be exact"))?;
        }
        if self.usage.resource_usage_costs_by_source.is_empty() {
            total = self.without_sources(&mut batch)?;
        }
        batch.totals.push(InvoiceTotal {
            invoice_id: None,
            currency: self.judgement.viam_currency.value.to_string(),
            untaxed: None,
            total: Some(total),
        });
        Ok(batch)
    }

    /// Converts the older form, in which costs have no sources. Its individual costs overlap, so
    /// the row is their total.
    #[allow(deprecated, reason = "an older service sends only these fields")]
    fn without_sources(&self, batch: &mut Batch) -> Result<Decimal> {
        let total = self.usage.total_usage_without_discount;
        if total != 0.0 {
            let mut row = self.row(total, "`total_usage_without_discount`")?;
            row.charge_description = Some("Usage".to_owned());
            batch.rows.push_back(row);
        }
        batch.rows.extend(self.discount(self.usage.discount_amount)?);
        cents(self.usage.total_usage_with_discount, "`total_usage_with_discount`")
    }

    fn discount(&self, discount: f64) -> Result<Option<Row>> {
        if cents(discount, "`discount`")?.is_zero() {
            return Ok(None);
        }
        let row = self.row(-discount, "`discount`")?;
        let mut row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
        row.charge_description = Some("Discount".to_owned());
        Ok(Some(row))
    }

    fn row(&self, cost: f64, what: &str) -> Result<Row> {
        let cost = cents(cost, what)?;
        let service = &self.judgement.viam_service.value;
        let basis = Basis {
            provider: VIAM,
            account: self.org_id,
            currency: &self.judgement.viam_currency.value,
            cost,
            period: self.billing,
            service: (&service.name, service.subcategory),
        };
        let mut row = Row::new(&basis);
        (row.charge_period_start, row.charge_period_end) = self.charged;
        if cost.is_sign_negative() && !cost.is_zero() {
            row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
        }
        Ok(row)
    }
}

fn cents(amount: f64, what: &str) -> Result<Decimal> {
    round_to_cents(amount)
        .ok_or_else(|| Error::data(format!("the amount of {what} is not a number: {amount}")))
}

/// Formats `USAGE_COST_TYPE_PER_MACHINE` as `Per machine`.
fn described(name: &str) -> String {
    let name = name.strip_prefix("USAGE_COST_TYPE_").unwrap_or(name);
    let words = name.to_lowercase().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use viam_billing::v1::{ResourceUsageCosts, ResourceUsageCostsBySource, UsageCost};

    use super::*;

    fn batch(usage: &GetCurrentMonthUsageResponse) -> Result<Batch> {
        Month::new(usage, "o1", &Judgement::default())?.batch()
    }

    fn may() -> GetCurrentMonthUsageResponse {
        let date = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        GetCurrentMonthUsageResponse::default()
            .start_date(date("2026-05-01T00:00:00Z"))
            .end_date(date("2026-06-01T00:00:00Z"))
    }

    fn costs(cost: f64) -> ResourceUsageCostsBySource {
        let costs = ResourceUsageCosts::default().usage_costs([UsageCost::default().cost(cost)]);
        ResourceUsageCostsBySource::default().resource_usage_costs(costs)
    }

    #[test]
    #[allow(deprecated, reason = "an older service sends only these fields")]
    fn the_form_without_sources_is_its_totals() {
        let usage = may()
            .cloud_storage_usage_cost(7.0)
            .total_usage_without_discount(10.0)
            .discount_amount(2.5)
            .total_usage_with_discount(7.5);
        let batch = batch(&usage).unwrap();
        let rows: Vec<_> = batch
            .rows
            .iter()
            .map(|row| (row.charge_category, row.billed_cost.to_string()))
            .collect();
        assert_eq!(
            rows,
            [
                (ChargeCategory::Usage, "10.00".to_owned()),
                (ChargeCategory::Credit, "-2.50".to_owned())
            ]
        );
        assert_eq!(batch.totals[0].total.unwrap().to_string(), "7.50");
    }

    #[test]
    fn negative_costs_are_credits() {
        let usage = may().resource_usage_costs_by_source([costs(-1.005)]);
        let row = batch(&usage).unwrap().rows.remove(0).unwrap();
        assert_eq!(
            (row.charge_category, row.billed_cost.to_string()),
            (ChargeCategory::Credit, "-1.01".to_owned())
        );
        assert_eq!(row.billing_period_end, row.charge_period_end);
    }

    #[test]
    fn months_and_totals_at_the_limits_do_not_panic() {
        let last = DateTime::<Utc>::MAX_UTC;
        let usage = GetCurrentMonthUsageResponse::default().start_date(last).end_date(last);
        assert_eq!(batch(&usage).unwrap().rows.len(), 0);
        let large = || {
            let costs = ResourceUsageCosts::default().total_with_discount(7e26);
            ResourceUsageCostsBySource::default().resource_usage_costs(costs)
        };
        let usage = may().resource_usage_costs_by_source(std::iter::repeat_n(large(), 200));
        let error = batch(&usage).unwrap_err();
        assert!(error.to_string().contains("too large"), "{error}");
    }

    #[test]
    fn missing_required_values_are_named() {
        let error = batch(&GetCurrentMonthUsageResponse::default()).unwrap_err();
        assert!(error.to_string().contains("start_date"), "{error}");
        let usage = may().resource_usage_costs_by_source([costs(f64::NAN)]);
        let error = batch(&usage).unwrap_err();
        assert!(error.to_string().contains("NaN"), "{error}");
    }

    #[test]
    fn types_are_described_in_words() {
        assert_eq!(described("USAGE_COST_TYPE_PER_MACHINE"), "Per machine");
        assert_eq!(described("4711"), "4711");
        assert_eq!(described(""), "");
    }
}
