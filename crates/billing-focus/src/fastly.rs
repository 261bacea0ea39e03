//! Rows of Fastly's invoices.
//!
//! | function | a row is | adds up to |
//! |---|---|---|
//! | [`invoice`] | a line of a finalized invoice | the invoice's `monthly_transaction_amount` |
//! | [`month_to_date`] | a line of the current month's invoice so far | its `monthly_transaction_amount` |

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, Utc};
use fastly_billing::{
    BillingMonth, Client, Id, Pages, Wait,
    v3::{
        BillingInvoicesApi, GetMonthToDateInvoiceRequest, Invoice, Invoicelineitems,
        ListEomInvoicesResponse, ListInvoicesRequest, Mtdlineitems,
    },
};
use rust_decimal::Decimal;

use crate::{
    ChargeCategory, ChargeFrequency, Column, Columns, Error, InvoiceTotal, Result, Row, Rows,
    ServiceSubcategory,
    judgement::{Judgement, contains, first},
    row::{Basis, filled, is_filled},
    rows::{Batch, BoxFuture, Source, Step},
};

const FASTLY: &str = "Fastly";

/// The conditional columns of [`invoice`] and [`month_to_date`].
pub const COLUMNS: Columns = Columns::new(
    &[
        Column::ConsumedQuantity,
        Column::ConsumedUnit,
        Column::ContractedUnitPrice,
        Column::InvoiceDetailId,
        Column::InvoiceId,
        Column::ListUnitPrice,
        Column::RegionId,
        Column::RegionName,
        Column::SkuId,
    ],
    &["x_CouponCode", "x_ProductGroup", "x_ProductLine"],
);

/// Selects a finalized invoice by its identifier, or all invoices of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvoiceSelector {
    /// The invoice with this identifier.
    Id(Id),
    /// The invoices whose billing period starts in this month.
    Month(BillingMonth),
}

impl From<Id> for InvoiceSelector {
    fn from(id: Id) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for InvoiceSelector {
    fn from(id: &str) -> Self {
        Self::Id(id.into())
    }
}

impl From<BillingMonth> for InvoiceSelector {
    fn from(month: BillingMonth) -> Self {
        Self::Month(month)
    }
}

/// Returns the rows of a finalized invoice, or of all invoices of a month.
///
/// A line with a negative amount is a `Credit`; a support plan and a top-up to the minimum spend
/// are each a `Purchase`; every other line is `Usage`. `BilledCost` is the amount, which Fastly
/// rounds to cents; `ContractedCost` and `ListCost` are `rate` times `units`, not rounded.
///
/// # Errors
///
/// The rows fail with [`ErrorKind::Vendor`](crate::ErrorKind::Vendor) if a call fails, and with
/// `Data` if the month has no invoice or a line has no amount.
///
/// # Example
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use billing_focus::fastly;
///
/// let client = fastly_billing::Client::from_env()?;
/// let mut rows = fastly::invoice(&client, "INV-100001");
/// while let Some(row) = rows.try_next().await? {
///     println!("{} {}", row.service_name, row.billed_cost);
/// }
/// # Ok(())
/// # }
/// ```
pub fn invoice(client: &Client, invoice: impl Into<InvoiceSelector>) -> Rows {
    let api = BillingInvoicesApi::new(client);
    let stage = match invoice.into() {
        InvoiceSelector::Id(id) => Stage::One(api, id),
        InvoiceSelector::Month(month) => {
            // Fastly documents neither whether the bounds are inclusive nor which date they apply
            // to, so they are wider.
            let request = ListInvoicesRequest::new()
                .billing_start_date(month.first_day() - Days::new(1))
                .billing_end_date(month.last_day() + Days::new(2));
            Stage::List { pages: api.list_invoices_all(request).pages(), month, found: false }
        }
    };
    Rows::new(Invoices::new(stage))
}

/// Returns the rows of the month-to-date invoice.
///
/// Fastly generates this invoice on request; the first row waits for it for up to 90 seconds.
/// `InvoiceId` is null, and Fastly does not state the currency; see
/// [`fastly_currency`](Judgement::fastly_currency).
///
/// # Errors
///
/// Same as [`invoice`]. The rows also fail if the invoice is not ready in time.
pub fn month_to_date(client: &Client) -> Rows {
    Rows::new(Invoices::new(Stage::MonthToDate(BillingInvoicesApi::new(client))))
}

/// Invoices: a single one, or a list that is fetched page by page.
struct Invoices {
    stage: Stage,
    services: Services,
}

/// The subcategory of each service so far. A service belongs to one category, so its first line
/// decides, even if a later line has another product group.
type Services = BTreeMap<String, ServiceSubcategory>;

enum Stage {
    One(BillingInvoicesApi, Id),
    List { pages: Pages<ListEomInvoicesResponse>, month: BillingMonth, found: bool },
    MonthToDate(BillingInvoicesApi),
    Done,
}

impl Source for Invoices {
    fn step(mut self: Box<Self>, judgement: Arc<Judgement>) -> BoxFuture<Step> {
        Box::pin(async move {
            let batch = self.batch(&judgement).await?;
            Ok(batch.map(|batch| (self as Box<dyn Source>, batch)))
        })
    }
}

impl Invoices {
    fn new(stage: Stage) -> Self {
        Self { stage, services: Services::new() }
    }

    async fn batch(&mut self, judgement: &Judgement) -> Result<Option<Batch>> {
        let mut batch = Batch::default();
        let services = &mut self.services;
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Done => return Ok(None),
            Stage::One(api, id) => {
                let invoice = api.get_invoice_by_invoice_id(id).await.map_err(vendor)?;
                Bill::of(&invoice.into_inner().into()).make(judgement, services, &mut batch)?;
            }
            Stage::MonthToDate(api) => {
                let request = GetMonthToDateInvoiceRequest::new();
                let invoice = api
                    .get_month_to_date_invoice_when_ready(request, Wait::new())
                    .await
                    .map_err(vendor)?;
                let lines: Vec<_> = invoice.transaction_line_items.iter().map(finalized).collect();
                let bill = Bill {
                    customer: &invoice.customer_id,
                    id: None,
                    start: invoice.billing_start_date,
                    currency: "",
                    total: invoice.monthly_transaction_amount,
                    lines: &lines,
                };
                bill.make(judgement, services, &mut batch)?;
            }
            Stage::List { mut pages, month, mut found } => {
                let Some(page) = pages.try_next().await.map_err(vendor)? else {
                    if found {
                        return Ok(None);
                    }
                    return Err(Error::data(format!(
                        "Fastly has no invoice of {month}: it posts one after the end of the \
                         month; use the month-to-date invoice for the current month"
                    )));
                };
                for invoice in &page.into_inner().data {
                    let start = invoice.billing_start_date.map(BillingMonth::try_from);
                    if matches!(start, Some(Ok(start)) if start == month) {
                        found = true;
                        Bill::of(invoice).make(judgement, services, &mut batch)?;
                    }
                }
                self.stage = Stage::List { pages, month, found };
            }
        }
        Ok(Some(batch))
    }
}

/// The common fields of both kinds of invoices.
struct Bill<'a> {
    customer: &'a str,
    id: Option<String>,
    start: Option<DateTime<Utc>>,
    currency: &'a str,
    total: Option<Decimal>,
    lines: &'a [Invoicelineitems],
}

impl<'a> Bill<'a> {
    fn of(invoice: &'a Invoice) -> Self {
        Self {
            customer: &invoice.customer_id,
            id: filled(invoice.invoice_id.as_str()),
            start: invoice.billing_start_date,
            currency: &invoice.currency_code,
            total: invoice.monthly_transaction_amount,
            lines: &invoice.transaction_line_items,
        }
    }

    /// Creates the rows and the total.
    fn make(
        &self,
        judgement: &Judgement,
        services: &mut Services,
        batch: &mut Batch,
    ) -> Result<()> {
        let what = match &self.id {
            Some(id) => format!("the invoice {id}"),
            None => "the month-to-date invoice".to_owned(),
        };
        let month = self.start.and_then(|start| BillingMonth::try_from(start).ok());
        let month =
            month.ok_or_else(|| Error::data(format!("{what} has no `billing_start_date`")))?;
        if self.customer.is_empty() {
            return Err(Error::data(format!("{what} has no `customer_id`")));
        }
        let currency = match self.currency {
            "" => &*judgement.fastly_currency.value,
            currency => currency,
        };
        for (index, line) in self.lines.iter().enumerate() {
            let amount = line.amount.ok_or_else(|| {
                Error::data(format!(
                    "line {} ({:?}) of {what} has no amount",
                    index + 1,
                    line.description
                ))
            })?;
            let name = [&*line.product_name, &*line.description, &*line.product_group]
                .into_iter()
                .find(|name| is_filled(name))
                .unwrap_or(&judgement.whole_invoice.value.name);
            let subcategory = *services.entry(name.to_owned()).or_insert_with(|| {
                let subcategory = by_product(line, &judgement.fastly_services);
                subcategory.copied().unwrap_or(ServiceSubcategory::OtherOther)
            });
            let basis = Basis {
                provider: FASTLY,
                account: self.customer,
                currency,
                cost: amount,
                period: (month.start(), month.end()),
                service: (name, subcategory),
            };
            let mut row = line_row(line, &basis, judgement);
            row.invoice_id.clone_from(&self.id);
            batch.rows.push_back(row);
        }
        batch.totals.push(InvoiceTotal {
            invoice_id: self.id.clone(),
            currency: currency.to_owned(),
            untaxed: None,
            total: self.total,
        });
        Ok(())
    }
}

fn line_row(line: &Invoicelineitems, basis: &Basis<'_>, judgement: &Judgement) -> Row {
    let mut row = Row::new(basis);
    if basis.cost.is_sign_negative() && !basis.cost.is_zero() {
        row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
    } else {
        if let Some(&category) = by_product(line, &judgement.fastly_purchases) {
            row = row.categorized(category, ChargeFrequency::Recurring);
        }
        price(line, &mut row, judgement);
    }
    row.charge_description = filled(&line.description).or_else(|| filled(basis.service.0));
    row.region_id = filled(&line.region);
    row.region_name = filled(&line.region);
    let parts = [&*line.product_name, &*line.region, &*line.usage_type];
    let parts: Vec<&str> = parts.into_iter().filter(|part| is_filled(part)).collect();
    row.sku_id = filled(&parts.join("/"));
    row.set_custom("x_CouponCode", &line.credit_coupon_code);
    // Fastly's placeholder for a group that is not known yet.
    if !["N/A", "Unknown"].contains(&&*line.product_group) {
        row.set_custom("x_ProductGroup", &line.product_group);
    }
    row.set_custom("x_ProductLine", &line.product_line);
    row
}

/// Fills in the unit price, the quantity, and the costs before Fastly rounds them. They stay empty
/// if the price or the quantity is unknown, or if their product has too many digits to be exact.
fn price(line: &Invoicelineitems, row: &mut Row, judgement: &Judgement) {
    let (rate, units) = (line.rate, line.units);
    let (Some(rate), Some(units)) = (rate, units) else { return };
    // A rounded product has fewer decimal places.
    let zero = rate.is_zero() || units.is_zero();
    let exact = |cost: &Decimal| zero || cost.scale() == rate.scale() + units.scale();
    let cost = rate.checked_mul(units).filter(exact).filter(|_| !rate.is_sign_negative());
    let Some(cost) = cost else { return };
    let unit = first(&judgement.fastly_units, |part| contains(&line.usage_type, part));
    let unit = unit.unwrap_or(&judgement.unknown_unit.value).to_string();
    row.list_unit_price = Some(rate);
    row.contracted_unit_price = Some(rate);
    row.list_cost = cost;
    row.contracted_cost = cost;
    row.pricing_quantity = Some(units);
    row.pricing_unit = Some(unit.clone());
    if row.charge_category == ChargeCategory::Usage {
        row.consumed_quantity = Some(units);
        row.consumed_unit = Some(unit);
    }
}

/// Returns the first rule that applies to the name of the product, or else to its group.
fn by_product<'a, T>(
    line: &Invoicelineitems,
    rules: &'a [crate::judgement::Rule<T>],
) -> Option<&'a T> {
    first(rules, |part| contains(&line.product_name, part))
        .or_else(|| first(rules, |part| contains(&line.product_group, part)))
}

/// Converts the line to that of a finalized invoice.
fn finalized(line: &Mtdlineitems) -> Invoicelineitems {
    let mut finalized = Invoicelineitems::default();
    finalized.description.clone_from(&line.description);
    finalized.amount = line.amount;
    finalized.rate = line.rate;
    finalized.units = line.units;
    finalized.product_name.clone_from(&line.product_name);
    finalized.product_group.clone_from(&line.product_group);
    finalized.product_line.clone_from(&line.product_line);
    finalized.region.clone_from(&line.region);
    finalized.usage_type.clone_from(&line.usage_type);
    finalized
}

fn vendor(error: fastly_billing::Error) -> Error {
    Error::vendor(FASTLY, error)
}
