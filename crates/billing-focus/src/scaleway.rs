//! Rows of Scaleway's bills.
//!
//! | function | a row is | adds up to the invoice |
//! |---|---|---|
//! | [`consumption`] | a line of the bill: a product in a project; or a tax, a discount, a purchase, a credit note | yes |
//! | [`charges`] | a charge of a resource | no, see there |

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use chrono::{DateTime, Days, TimeDelta, Timelike as _, Utc};
use futures_core::Stream;
use rust_decimal::Decimal;
use scaleway_billing::{
    BillingMonth, Client, Cursor, Money, Pager, Pages,
    v2beta1::{
        BillingApi, Charge, FinOpsApi, Invoice, InvoiceType, ListChargesRequest,
        ListChargesResponse, ListConsumptionsRequest, ListConsumptionsResponse,
        ListConsumptionsResponseConsumption, ListInvoicesRequest, ListTaxesRequest,
        ListTaxesResponse, ListTaxesResponseTax,
    },
};

use crate::{
    ChargeCategory, ChargeClass, ChargeFrequency, Column, Columns, Error, InvoiceTotal, Result,
    Row, Rows, ServiceSubcategory,
    judgement::{Judgement, Region, begins, first},
    row::{Basis, filled, is_filled},
    rows::{Batch, BoxFuture, Source, Step},
};

const SCALEWAY: &str = "Scaleway";

/// The conditional columns of [`consumption`].
pub const CONSUMPTION_COLUMNS: Columns = Columns::new(
    &[
        Column::AvailabilityZone,
        Column::ConsumedQuantity,
        Column::ConsumedUnit,
        Column::InvoiceDetailId,
        Column::InvoiceId,
        Column::RegionId,
        Column::RegionName,
        Column::SkuId,
        Column::SubAccountId,
        Column::SubAccountName,
    ],
    &["x_CategoryName", "x_ConsumerId", "x_ProductName"],
);

/// The conditional columns of [`charges`].
pub const CHARGES_COLUMNS: Columns = Columns::new(
    &[
        Column::AvailabilityZone,
        Column::InvoiceDetailId,
        Column::InvoiceId,
        Column::RegionId,
        Column::RegionName,
        Column::ResourceId,
        Column::ResourceName,
        Column::ResourceType,
        Column::SkuId,
        Column::SubAccountId,
        Column::SubAccountName,
    ],
    &[],
);

/// Returns the rows of a month's bill, which add up to its invoices.
///
/// The organization is the client's default one. The rows come in this order:
///
/// - One per line of consumption. A free tier (`/offer/deducted/…`) and every other negative line
///   is a `Credit`.
/// - The discount of the whole bill, a `Credit`.
/// - One per `Tax`.
/// - One per purchase invoice and per credit note of the month, with rows of their own for their
///   discount and tax. A credit note is a `Correction`. An invoice of a type that this version of
///   the API does not list is an `Adjustment`.
///
/// The rows with the same `InvoiceId` add up to the invoice's `total_taxed`, and those of
/// categories other than `Tax` to its `total_untaxed`. Scaleway keeps a draft of the current
/// month's invoice; the rows of the current month have its identifier as `InvoiceId`.
///
/// A line has no resource: use [`charges`] to see which resource a cost comes from.
///
/// # Errors
///
/// The rows fail with [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the client has no default
/// organization, with `Vendor` if a call fails, and with `Data` if a line has no amount.
///
/// # Example
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use billing_focus::{Schema, Version, Writer, scaleway};
///
/// let client = scaleway_billing::Client::from_env()?;
/// let mut rows = scaleway::consumption(&client, "2026-05".parse()?);
/// let schema = Schema::new(Version::V1_2, scaleway::CONSUMPTION_COLUMNS);
/// let mut writer = Writer::csv(std::io::stdout(), schema)?;
/// while let Some(row) = rows.try_next().await? {
///     writer.write(&row)?;
/// }
/// writer.finish()?;
/// # Ok(())
/// # }
/// ```
pub fn consumption(client: &Client, month: BillingMonth) -> Rows {
    Rows::new(Consumption {
        client: client.clone(),
        month,
        account: Account::default(),
        invoices: VecDeque::new(),
        periodic: None,
        stage: Stage::Invoices,
    })
}

/// Returns a row for every charge of a month, resource by resource.
///
/// The rows **need not add up to the invoice**: Scaleway rounds and aggregates charges differently
/// from the bill. The rows include neither discounts nor taxes. Use [`consumption`] for the amounts
/// due.
///
/// If a charge extends beyond the month, Scaleway returns only the part within the month, with a
/// prorated price. Charges have no quantity, so `PricingQuantity` and `PricingUnit` are null.
///
/// # Example
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use billing_focus::scaleway;
///
/// let client = scaleway_billing::Client::from_env()?;
/// let mut rows = scaleway::charges(&client, "2026-05".parse()?);
/// while let Some(row) = rows.try_next().await? {
///     println!("{:?} {}", row.resource_id, row.billed_cost);
/// }
/// # Ok(())
/// # }
/// ```
pub fn charges(client: &Client, month: BillingMonth) -> Charges {
    let (start, end) = period(month);
    let request = ListChargesRequest::new()
        .start_date_after(start)
        .end_date_before(end)
        .clamp_to_time_range(true);
    Charges {
        pager: FinOpsApi::new(client).list_charges_all(request),
        account: client.default_organization_id().unwrap_or_default().to_owned(),
        month,
        judgement: Arc::default(),
        failed: false,
    }
}

/// Returns the totals of the issued monthly invoices of a month.
///
/// Use this function to compare [`charges`] with the invoice; for [`consumption`], [`Rows::totals`]
/// returns the totals. Only the amount before tax is set, because charges have no tax.
///
/// # Errors
///
/// Fails if a call to Scaleway fails, or if the client has no default organization.
pub async fn invoiced_before_tax(
    client: &Client,
    month: BillingMonth,
) -> Result<Vec<InvoiceTotal>> {
    let invoices = invoices(client, month).await?;
    let issued = invoices
        .iter()
        .filter(|invoice| invoice.r#type == InvoiceType::Periodic && invoice.issued_date.is_some());
    Ok(issued.filter_map(total).map(|total| InvoiceTotal { total: None, ..total }).collect())
}

/// The charges of a month as rows: see [`charges`]. It is also a `Stream`.
///
/// After an error, there are no more rows, but [`cursor`](Self::cursor) still returns the position.
#[must_use = "charges are fetched only when they are requested"]
pub struct Charges {
    pager: Pager<ListChargesResponse>,
    account: String,
    month: BillingMonth,
    judgement: Arc<Judgement>,
    failed: bool,
}

impl Charges {
    /// Uses these decisions instead of the default ones.
    pub fn judged_by(mut self, judgement: impl Into<Arc<Judgement>>) -> Self {
        self.judgement = judgement.into();
        self
    }

    /// Returns the next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Row>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns the next row; `Ok(None)` after the last one.
    ///
    /// # Errors
    ///
    /// Fails if a call to Scaleway fails, or if a charge has no price, date or organization.
    pub async fn try_next(&mut self) -> Result<Option<Row>> {
        self.next().await.transpose()
    }

    /// Returns the position of the next row; `None` before the first row was requested. After the
    /// last row, the cursor marks the end.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        self.pager.cursor()
    }

    /// Starts at `cursor` instead of the first row. The month and the organization must be the same
    /// as those of the cursor.
    ///
    /// # Errors
    ///
    /// Fails if the cursor belongs to another list.
    pub fn resume_from(mut self, cursor: &Cursor) -> Result<Self> {
        self.pager = self.pager.resume_from(cursor).map_err(vendor)?;
        Ok(self)
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let charge = std::task::ready!(Pin::new(&mut self.pager).poll_next(cx));
        let row = charge.map(|charge| self.row(&charge.map_err(vendor)?));
        self.failed = matches!(row, Some(Err(_)));
        Poll::Ready(row)
    }

    fn row(&self, charge: &Charge) -> Result<Row> {
        let what = || format!("the charge of resource {:?} ({})", charge.resource_id, charge.sku);
        let (cost, currency) = amount(charge.price.as_ref(), what)?;
        let (Some(start), Some(end)) = (charge.start_date, charge.end_date) else {
            return Err(Error::data(format!("{} has no start or end", what())));
        };
        let account = match &*charge.organization_id {
            "" => &*self.account,
            id => id,
        };
        if account.is_empty() {
            return Err(Error::data(format!(
                "{} names no organization: set the client's default organization",
                what()
            )));
        }
        let place = place(&self.judgement, &charge.sku);
        let (service, subcategory) = service(&self.judgement, &charge.sku, "");
        let basis = Basis {
            provider: SCALEWAY,
            account,
            currency,
            cost,
            period: period(self.month),
            service: (&service, subcategory),
        };
        let mut row = Row::new(&basis);
        if is_credit(&self.judgement, &charge.sku, cost) {
            row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
        }
        row.billing_account_name = named(&charge.organization_name);
        (row.charge_period_start, row.charge_period_end) = charge_period(start, exclusive(end));
        row.invoice_id = filled(&charge.invoice_id);
        row.resource_id = filled(&charge.resource_id);
        if row.resource_id.is_some() {
            row.resource_name = charge
                .resource_name
                .clone()
                .filter(|name| is_filled(name) && *name != charge.resource_id);
            row.resource_type =
                Some(if place.product.is_empty() { service } else { place.product.to_owned() });
        }
        row.charge_description = filled(match charge.resource_name.as_deref() {
            Some(name) if is_filled(name) => name,
            _ => &charge.sku,
        });
        row.sku_id = filled(&charge.sku);
        row.sub_account_id = filled(&charge.project_id);
        row.sub_account_name = name_of(&charge.project_id, &charge.project_name);
        place.fill(&mut row);
        Ok(row)
    }
}

impl Stream for Charges {
    type Item = Result<Row>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }
}

impl fmt::Debug for Charges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charges")
            .field("month", &self.month)
            .field("cursor", &self.cursor())
            .finish_non_exhaustive()
    }
}

/// The bill of a month: its invoices, lines and taxes.
struct Consumption {
    client: Client,
    month: BillingMonth,
    account: Account,
    /// The other invoices, whose rows come last.
    invoices: VecDeque<Invoice>,
    periodic: Option<Invoice>,
    stage: Stage,
}

/// The billed organization.
#[derive(Debug, Default)]
struct Account {
    id: String,
    name: Option<String>,
}

/// The next request.
enum Stage {
    Invoices,
    Lines { pages: Pages<ListConsumptionsResponse>, currency: Option<String>, first: bool },
    Taxes(Pages<ListTaxesResponse>),
    OtherInvoices,
}

impl Source for Consumption {
    fn step(mut self: Box<Self>, judgement: Arc<Judgement>) -> BoxFuture<Step> {
        Box::pin(async move {
            let batch = self.batch(&judgement).await?;
            Ok(batch.map(|batch| (self as Box<dyn Source>, batch)))
        })
    }
}

impl Consumption {
    async fn batch(&mut self, judgement: &Judgement) -> Result<Option<Batch>> {
        let mut batch = Batch::default();
        match &mut self.stage {
            Stage::Invoices => {
                batch.totals = self.start().await?;
            }
            Stage::Lines { pages, currency, first } => {
                let Some(page) = pages.try_next().await.map_err(vendor)? else {
                    let api = BillingApi::new(&self.client);
                    let request = ListTaxesRequest::new()
                        .organization_id(&*self.account.id)
                        .billing_period(self.month);
                    self.stage = Stage::Taxes(api.list_taxes_all(request).pages());
                    return Ok(Some(batch));
                };
                let page = page.into_inner();
                // Only the first page is guaranteed to have the discount.
                let discount = std::mem::take(first).then_some(page.total_discount_untaxed_value);
                if currency.is_none() {
                    let values = page.consumptions.iter().filter_map(|line| line.value.as_ref());
                    *currency = values.map(|value| value.currency_code.clone()).next();
                }
                let currency = currency.clone();
                for line in &page.consumptions {
                    batch.rows.push_back(self.line(line, judgement)?);
                }
                if let Some(discount) = discount.filter(|discount| !discount.is_zero()) {
                    let Some(currency) = currency else {
                        return Err(Error::data(
                            "the bill has a discount, but no line with its currency",
                        ));
                    };
                    let row = self.whole(-discount, &currency, self.periodic.as_ref(), judgement);
                    let mut row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
                    row.charge_description = Some("Discounts".to_owned());
                    batch.rows.push_back(row);
                }
            }
            Stage::Taxes(pages) => {
                let Some(page) = pages.try_next().await.map_err(vendor)? else {
                    self.stage = Stage::OtherInvoices;
                    return Ok(Some(batch));
                };
                for tax in &page.into_inner().taxes {
                    batch.rows.extend(self.tax(tax, judgement)?);
                }
            }
            Stage::OtherInvoices => {
                let Some(invoice) = self.invoices.pop_front() else { return Ok(None) };
                batch.rows = self.other_invoice(&invoice, judgement)?.into();
            }
        }
        Ok(Some(batch))
    }

    /// Fetches the invoices of the month, and continues with the lines.
    async fn start(&mut self) -> Result<Vec<InvoiceTotal>> {
        self.account.id = organization(&self.client)?.to_owned();
        self.invoices = invoices(&self.client, self.month).await?.into();
        let periodic =
            self.invoices.iter().position(|invoice| invoice.r#type == InvoiceType::Periodic);
        self.periodic = periodic.and_then(|index| self.invoices.remove(index));
        let all = || self.periodic.iter().chain(&self.invoices);
        self.account.name = all().find_map(|invoice| named(&invoice.organization_name));
        let totals = all().filter_map(total).collect();

        let request = ListConsumptionsRequest::new()
            .organization_id(&*self.account.id)
            .billing_period(self.month);
        let pages = BillingApi::new(&self.client).list_consumptions_all(request).pages();
        self.stage = Stage::Lines { pages, currency: None, first: true };
        Ok(totals)
    }

    fn line(
        &self,
        line: &ListConsumptionsResponseConsumption,
        judgement: &Judgement,
    ) -> Result<Row> {
        let what = || format!("the line {:?} ({})", line.resource_name, line.sku);
        let (cost, currency) = amount(line.value.as_ref(), what)?;
        let (service, subcategory) = service(judgement, &line.sku, &line.category_name);
        let basis = Basis {
            provider: SCALEWAY,
            account: &self.account.id,
            currency,
            cost,
            period: period(self.month),
            service: (&service, subcategory),
        };
        let mut row = Row::new(&basis);
        if is_credit(judgement, &line.sku, cost) {
            row = row.categorized(ChargeCategory::Credit, ChargeFrequency::OneTime);
        } else if let Ok(quantity) = line.billed_quantity.trim().parse::<Decimal>() {
            let unit = unit(judgement, &line.unit);
            row.pricing_quantity = Some(quantity);
            row.pricing_unit = Some(unit.clone());
            row.consumed_quantity = Some(quantity);
            row.consumed_unit = Some(unit);
        }
        row.billing_account_name.clone_from(&self.account.name);
        let names = [&*line.product_name, &*line.resource_name];
        let names: Vec<&str> = names.into_iter().filter(|name| is_filled(name)).collect();
        row.charge_description = filled(&names.join(": ")).or_else(|| filled(&line.sku));
        row.invoice_id = self.periodic.as_ref().and_then(|invoice| filled(&invoice.id));
        row.sku_id = filled(&line.sku);
        row.sub_account_id = filled(&line.project_id);
        row.sub_account_name = name_of(&line.project_id, &line.project_name);
        place(judgement, &line.sku).fill(&mut row);
        row.set_custom("x_CategoryName", &line.category_name);
        row.set_custom("x_ConsumerId", &line.consumer_id);
        row.set_custom("x_ProductName", &line.product_name);
        Ok(row)
    }

    /// Returns the row of a tax, unless the tax has no amount.
    fn tax(&self, tax: &ListTaxesResponseTax, judgement: &Judgement) -> Result<Option<Row>> {
        let Some(value) = tax.total_tax_value else { return Ok(None) };
        if tax.currency.is_empty() {
            return Err(Error::data(format!("the tax {:?} has no currency", tax.description)));
        }
        let row = self.whole(value, &tax.currency, self.periodic.as_ref(), judgement);
        let mut row = row.categorized(ChargeCategory::Tax, ChargeFrequency::OneTime);
        row.charge_description = filled(&tax.description);
        Ok(Some(row))
    }

    /// Returns the rows of a purchase or a credit note, of which only the amounts are known.
    fn other_invoice(&self, invoice: &Invoice, judgement: &Judgement) -> Result<Vec<Row>> {
        let correction = invoice.r#type == InvoiceType::CreditNote;
        let category = match invoice.r#type {
            InvoiceType::CreditNote => judgement.scaleway_credit_note.value,
            InvoiceType::Purchase | InvoiceType::Periodic => ChargeCategory::Purchase,
            _ => ChargeCategory::Adjustment,
        };
        let what = || format!("the invoice {}", invoice.id);
        // Without these two parts, only the amount before tax is known.
        let gross = invoice.total_undiscount.as_ref().or(invoice.total_untaxed.as_ref());
        let discount = invoice.total_undiscount.as_ref().and(invoice.total_discount.as_ref());
        let parts = [
            (gross, category, invoice.r#type.as_str()),
            (discount, ChargeCategory::Credit, "discount"),
            (invoice.total_tax.as_ref(), ChargeCategory::Tax, "tax"),
        ];
        let mut rows = Vec::new();
        for (index, (part, category, name)) in parts.into_iter().enumerate() {
            if index > 0 && part.is_none() {
                continue;
            }
            let (cost, currency) = amount(part, what)?;
            if index > 0 && cost.is_zero() {
                continue;
            }
            let row = self.whole(cost, currency, Some(invoice), judgement);
            let mut row = row.categorized(category, ChargeFrequency::OneTime);
            row.charge_class = correction.then_some(ChargeClass::Correction);
            if category == ChargeCategory::Purchase {
                row.pricing_quantity = Some(Decimal::ONE);
                row.pricing_unit = Some(judgement.unknown_unit.value.to_string());
            }
            row.charge_description = Some(match invoice.number {
                0 => name.replace('_', " "),
                number => format!("{} of invoice {number}", name.replace('_', " ")),
            });
            if let Some(start) = invoice.start_date {
                let end = invoice.stop_date.map_or(self.month.end(), exclusive);
                (row.charge_period_start, row.charge_period_end) = charge_period(start, end);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Returns a row for an invoice as a whole.
    fn whole(
        &self,
        cost: Decimal,
        currency: &str,
        invoice: Option<&Invoice>,
        judgement: &Judgement,
    ) -> Row {
        let service = &judgement.whole_invoice.value;
        let basis = Basis {
            provider: SCALEWAY,
            account: &self.account.id,
            currency,
            cost,
            period: period(self.month),
            service: (&service.name, service.subcategory),
        };
        let mut row = Row::new(&basis);
        row.billing_account_name.clone_from(&self.account.name);
        row.invoice_id = invoice.and_then(|invoice| filled(&invoice.id));
        row
    }
}

/// Fetches the invoices of a month, of all types.
async fn invoices(client: &Client, month: BillingMonth) -> Result<Vec<Invoice>> {
    let organization = organization(client)?;
    let (start, end) = period(month);
    // Scaleway does not document whether the bounds are inclusive, so they are a day wider.
    let request = ListInvoicesRequest::new()
        .organization_id(organization)
        .billing_period_start_after(start - Days::new(1))
        .billing_period_start_before(end + Days::new(1));
    let mut pager = BillingApi::new(client).list_invoices_all(request);
    let mut invoices = Vec::new();
    while let Some(invoice) = pager.try_next().await.map_err(vendor)? {
        let billed =
            invoice.billing_period.or_else(|| BillingMonth::try_from(invoice.start_date?).ok());
        if billed == Some(month) {
            invoices.push(invoice);
        }
    }
    Ok(invoices)
}

fn total(invoice: &Invoice) -> Option<InvoiceTotal> {
    let amounts = [&invoice.total_taxed, &invoice.total_untaxed];
    let currency = amounts.into_iter().flatten().next()?.currency_code.clone();
    Some(InvoiceTotal {
        invoice_id: filled(&invoice.id),
        currency,
        untaxed: invoice.total_untaxed.as_ref().map(Money::to_decimal),
        total: invoice.total_taxed.as_ref().map(Money::to_decimal),
    })
}

fn vendor(error: scaleway_billing::Error) -> Error {
    Error::vendor(SCALEWAY, error)
}

fn organization(client: &Client) -> Result<&str> {
    client.default_organization_id().ok_or_else(|| {
        Error::usage(
            "no organization is set: set `SCW_DEFAULT_ORGANIZATION_ID`, or the client's default \
             organization",
        )
    })
}

/// Returns the start and the end of a month.
fn period(month: BillingMonth) -> (DateTime<Utc>, DateTime<Utc>) {
    (month.start(), month.end())
}

/// Converts an inclusive end to an exclusive one, which is one unit of its precision later.
fn exclusive(last: DateTime<Utc>) -> DateTime<Utc> {
    let nanos = last.nanosecond();
    let unit =
        [1_000_000_000, 1_000_000, 1_000, 1].into_iter().find(|unit| nanos.is_multiple_of(*unit));
    let unit = TimeDelta::nanoseconds(unit.unwrap_or(1).into());
    last.checked_add_signed(unit).unwrap_or(last)
}

/// Returns the charge period. The end is at least a second after the start, because files have
/// whole seconds.
fn charge_period(start: DateTime<Utc>, end: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let least = start.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(start);
    (start, end.max(least))
}

/// Returns the amount and its currency, both of which a row requires.
fn amount(money: Option<&Money>, what: impl Fn() -> String) -> Result<(Decimal, &str)> {
    match money {
        None => Err(Error::data(format!("{} has no amount", what()))),
        Some(money) if money.currency_code.is_empty() => {
            Err(Error::data(format!("{} has no currency", what())))
        }
        Some(money) => Ok((money.to_decimal(), &money.currency_code)),
    }
}

/// Returns a name, unless it is `None`, which Scaleway sends for a missing name.
fn named(name: &str) -> Option<String> {
    filled(name).filter(|name| name != "None")
}

/// Returns the name for this id. FOCUS requires one, so the id is the fallback.
fn name_of(id: &str, name: &str) -> Option<String> {
    filled(id).map(|id| filled(name).unwrap_or(id))
}

fn is_credit(judgement: &Judgement, sku: &str, cost: Decimal) -> bool {
    cost.is_sign_negative() && !cost.is_zero()
        || first(&judgement.scaleway_credits, |prefix| begins(sku, prefix)).is_some()
}

fn service(judgement: &Judgement, sku: &str, category: &str) -> (String, ServiceSubcategory) {
    if let Some(service) = first(&judgement.scaleway_services, |prefix| begins(sku, prefix)) {
        return (service.name.to_string(), service.subcategory);
    }
    let name = [category].into_iter().chain(sku.split('/')).find(|name| is_filled(name));
    let Some(name) = name else {
        let service = &judgement.whole_invoice.value;
        return (service.name.to_string(), service.subcategory);
    };
    // A service belongs to one category, so a rule with this service name decides.
    let services = judgement.scaleway_services.iter().map(|rule| &rule.value);
    let subcategory = services
        .chain([&judgement.whole_invoice.value])
        .find(|service| service.name == name)
        .map(|service| &service.subcategory)
        .or_else(|| first(&judgement.scaleway_categories, |rule| name == rule));
    (name.to_owned(), subcategory.copied().unwrap_or(ServiceSubcategory::OtherOther))
}

fn unit(judgement: &Judgement, unit: &str) -> String {
    if let Some(unit) = first(&judgement.scaleway_units, |name| unit.eq_ignore_ascii_case(name)) {
        return unit.to_string();
    }
    let words = unit.split(|c: char| c == '_' || c.is_whitespace()).filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        })
        .collect();
    if words.is_empty() { judgement.unknown_unit.value.to_string() } else { words.join("-") }
}

/// The region and zone of a SKU, and the product without them.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    region: Option<&'a Region>,
    zone: Option<String>,
    product: &'a str,
}

impl Place<'_> {
    fn fill(self, row: &mut Row) {
        row.region_id = self.region.map(|region| region.id.to_string());
        row.region_name = self.region.map(|region| region.name.to_string());
        row.availability_zone = self.zone;
    }
}

/// Parses the end of a SKU: `fr-par`, `fr-par-1`, `fr-par1` or `par1`, with or without the prefix
/// `run_`.
fn place<'a>(judgement: &'a Judgement, sku: &'a str) -> Place<'a> {
    let nowhere = Place { region: None, zone: None, product: sku.trim_matches('/') };
    let (rest, last) = sku.rsplit_once('/').unwrap_or(("", sku));
    let text = last.rsplit_once('_').map_or(last, |(_, text)| text);
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = text.get(letters.len()..).unwrap_or_default();
    let letters = letters.strip_suffix('-').unwrap_or(letters);
    let (country, city) = match letters.split_once('-') {
        Some((country, city)) => (Some(country), city),
        None => (None, letters),
    };
    let region = first_region(judgement, country, city);
    match region {
        None => nowhere,
        Some(region) => Place {
            region: Some(region),
            zone: (!number.is_empty()).then(|| format!("{}-{number}", region.id)),
            product: rest.trim_matches('/'),
        },
    }
}

fn first_region<'a>(
    judgement: &'a Judgement,
    country: Option<&str>,
    city: &str,
) -> Option<&'a Region> {
    let region = first(&judgement.scaleway_regions, |name| city.eq_ignore_ascii_case(name))?;
    let fits = |country: &str| {
        region.id.split_once('-').is_some_and(|(own, _)| own.eq_ignore_ascii_case(country))
    };
    country.is_none_or(fits).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skus_end_in_a_region() {
        let judgement = Judgement::default();
        for (sku, region, zone, product) in [
            ("/compute/dev1_s/run_par1", "fr-par", "fr-par-1", "compute/dev1_s"),
            ("/compute/dev1_s/run_fr-par-2", "fr-par", "fr-par-2", "compute/dev1_s"),
            (
                "/storage/rdb/node/db-dev-m/fr-par1",
                "fr-par",
                "fr-par-1",
                "storage/rdb/node/db-dev-m",
            ),
            ("/network/loadbalancer/ip/ams1", "nl-ams", "nl-ams-1", "network/loadbalancer/ip"),
            ("/k8s/control-plane/nl-ams", "nl-ams", "", "k8s/control-plane"),
            (
                "/storage/obj/bandwidth/to-fr-par/fr-par",
                "fr-par",
                "",
                "storage/obj/bandwidth/to-fr-par",
            ),
            ("/baremetal/option/pn/hourly", "", "", "baremetal/option/pn/hourly"),
            ("/storage/local/ssd/storage", "", "", "storage/local/ssd/storage"),
            ("/x/de-par", "", "", "x/de-par"),
            ("/x/db-dev-1", "", "", "x/db-dev-1"),
            ("waw-3", "pl-waw", "pl-waw-3", ""),
            ("", "", "", ""),
        ] {
            let place = place(&judgement, sku);
            assert_eq!(place.region.map_or("", |region| &region.id), region, "{sku}");
            assert_eq!(place.zone.as_deref().unwrap_or_default(), zone, "{sku}");
            assert_eq!(place.product, product, "{sku}");
        }
    }

    #[test]
    fn inclusive_ends_become_exclusive() {
        for (last, end) in [
            ("2026-05-31T23:59:59.999999Z", "2026-06-01T00:00:00Z"),
            ("2026-05-31T23:59:59.999Z", "2026-06-01T00:00:00Z"),
            ("2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z"),
            ("2026-05-31T23:59:59.999999999Z", "2026-06-01T00:00:00Z"),
        ] {
            let last: DateTime<Utc> = last.parse().unwrap();
            assert_eq!(exclusive(last), end.parse::<DateTime<Utc>>().unwrap());
        }
        assert_eq!(exclusive(DateTime::<Utc>::MAX_UTC), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn a_period_is_a_second_or_longer() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (start, end, expected) in [
            ("2026-05-03T10:00:00.2Z", "2026-05-03T10:00:00.7Z", "2026-05-03T10:00:01.2Z"),
            ("2026-05-03T10:00:00Z", "2026-05-02T10:00:00Z", "2026-05-03T10:00:01Z"),
            ("2026-05-03T10:00:00Z", "2026-05-04T10:00:00Z", "2026-05-04T10:00:00Z"),
        ] {
            let (_, found) = charge_period(instant(start), instant(end));
            assert_eq!(found, instant(expected));
        }
        let last = DateTime::<Utc>::MAX_UTC;
        assert_eq!(charge_period(last, last), (last, last));
        let december = period("9999-12".parse().unwrap());
        assert!(december.0 < december.1);
    }

    #[test]
    fn services_and_units_come_from_the_table_or_the_vendor() {
        let judgement = Judgement::default();
        for (sku, category, name, subcategory) in [
            ("/compute/dev1_s/run_par1", "Compute", "Instances", "Virtual Machines"),
            (
                "/offer/deducted/storage/obj/bandwidth",
                "Object Storage",
                "Object Storage",
                "Object Storage",
            ),
            ("/new/thing", "Network", "Network", "Network Infrastructure"),
            ("/new/thing", "Novelties", "Novelties", "Other (Other)"),
            ("/new/thing", "", "new", "Other (Other)"),
            ("", "", "Invoice", "Other (Other)"),
        ] {
            let found = service(&judgement, sku, category);
            assert_eq!((&*found.0, found.1.as_str()), (name, subcategory), "{sku} {category}");
        }
        for (text, expected) in [
            ("hour", "Hours"),
            ("gigabyte_month", "GB-Months"),
            ("robot", "Robot"),
            ("robot_arm second", "Robot-Arm-Second"),
            ("_", "Units"),
            ("", "Units"),
        ] {
            assert_eq!(unit(&judgement, text), expected);
        }
    }
}
