//! The declarations of a program without these crates: plain structs with the same fields.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub struct Money {
    pub currency_code: String,
    pub units: i64,
    pub nanos: i32,
}

#[derive(Deserialize)]
pub struct Consumptions {
    pub consumptions: Vec<Consumption>,
    pub total_count: u64,
    pub total_discount_untaxed_value: f64,
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
pub struct Consumption {
    pub value: Option<Money>,
    pub product_name: String,
    pub resource_name: String,
    pub sku: String,
    pub project_id: String,
    pub category_name: String,
    pub unit: String,
    pub billed_quantity: String,
    pub consumer_id: String,
    pub project_name: String,
    pub organization_name: String,
}

#[derive(Deserialize)]
pub struct Invoices {
    pub total_count: u64,
    pub invoices: Vec<Invoice>,
}

#[derive(Deserialize)]
pub struct Invoice {
    pub id: String,
    pub organization_id: String,
    pub organization_name: String,
    pub start_date: Option<DateTime<Utc>>,
    pub stop_date: Option<DateTime<Utc>>,
    pub billing_period: Option<DateTime<Utc>>,
    pub issued_date: Option<DateTime<Utc>>,
    pub due_date: Option<DateTime<Utc>>,
    pub total_untaxed: Option<Money>,
    pub total_taxed: Option<Money>,
    pub total_tax: Option<Money>,
    pub total_discount: Option<Money>,
    pub total_undiscount: Option<Money>,
    pub r#type: InvoiceType,
    pub state: String,
    pub number: i32,
    pub seller_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceType {
    UnknownType,
    Periodic,
    Purchase,
}

#[derive(Deserialize)]
pub struct Charges {
    pub charges: Vec<Charge>,
    pub next_page_token: Option<String>,
}

#[derive(Deserialize)]
pub struct Charge {
    pub organization_id: String,
    pub organization_name: String,
    pub project_id: String,
    pub project_name: String,
    pub sku: String,
    pub invoice_id: String,
    pub resource_id: String,
    pub resource_name: Option<String>,
    pub price: Option<Money>,
    pub start_date: Option<DateTime<Utc>>,
    pub end_date: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
pub struct FastlyInvoices<N> {
    pub data: Vec<FastlyInvoice<N>>,
    pub meta: Option<Metadata>,
}

#[derive(Deserialize)]
pub struct FastlyInvoice<N> {
    pub customer_id: String,
    pub invoice_id: String,
    pub invoice_posted_on: Option<DateTime<Utc>>,
    pub billing_start_date: Option<DateTime<Utc>>,
    pub billing_end_date: Option<DateTime<Utc>>,
    pub statement_number: String,
    pub currency_code: String,
    pub monthly_transaction_amount: N,
    pub payment_status: PaymentStatus,
    pub transaction_line_items: Vec<LineItem<N>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Outstanding,
    Paid,
}

#[derive(Deserialize)]
pub struct LineItem<N> {
    pub description: String,
    pub amount: N,
    pub credit_coupon_code: String,
    pub rate: N,
    pub units: N,
    pub product_name: String,
    pub product_group: String,
    pub product_line: String,
    pub region: String,
    pub usage_type: String,
}

#[derive(Deserialize)]
pub struct Metadata {
    pub next_cursor: String,
    pub limit: Option<u64>,
    pub sort: String,
    pub total: Option<u64>,
}

#[derive(Deserialize)]
pub struct UsageMetrics<N> {
    pub data: Vec<UsageMetric<N>>,
}

#[derive(Deserialize)]
pub struct UsageMetric<N> {
    pub month: String,
    pub usage_type: String,
    pub name: String,
    pub region: String,
    pub unit: String,
    pub quantity: N,
    pub raw_quantity: N,
    pub product_id: String,
    pub last_updated_at: String,
}

/// An exact amount, as a program without these crates would decode it.
pub struct Exact(pub Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let literal = <&RawValue>::deserialize(deserializer)?.get();
        Decimal::from_str_exact(literal).map(Self).map_err(D::Error::custom)
    }
}
