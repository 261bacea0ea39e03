use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{ServiceCategory, ServiceSubcategory};

/// Defines an enum of the values that FOCUS allows in a column.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// Returns the value as FOCUS writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Field for $name {
            fn value(&self) -> Value<'_> {
                Value::Text(self.as_str())
            }
        }
    };
}

values! {
    /// Kind of a charge (`ChargeCategory`).
    ChargeCategory {
        /// Consumption of a service.
        Usage = "Usage",
        /// A purchased service, such as a support plan.
        Purchase = "Purchase",
        /// A tax.
        Tax = "Tax",
        /// A reduction by the provider: a discount, a voucher or a free tier.
        Credit = "Credit",
        /// A charge that fits no other category, such as a credit note without a reference to a
        /// charge.
        Adjustment = "Adjustment",
    }
}

values! {
    /// Mark of a charge that corrects an invoiced period (`ChargeClass`).
    ChargeClass {
        /// The charge corrects a period that has already been invoiced.
        Correction = "Correction",
    }
}

values! {
    /// How often a charge occurs (`ChargeFrequency`).
    ChargeFrequency {
        /// Once.
        OneTime = "One-Time",
        /// In every period.
        Recurring = "Recurring",
        /// When the service is used.
        UsageBased = "Usage-Based",
    }
}

/// A value of a [`Row`] in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A non-empty string.
    Text(&'a str),
    /// An exact number.
    Decimal(Decimal),
    /// An instant. FOCUS writes it in whole seconds.
    Time(DateTime<Utc>),
}

/// Type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Strings.
    Text,
    /// Exact numbers.
    Decimal {
        /// Number of decimal places in formats with a fixed number of them, such as Parquet.
        scale: u8,
    },
    /// Instants in UTC.
    Time,
}

/// A field that provides the value of a column.
trait Field {
    const NULLABLE: bool = false;

    fn value(&self) -> Value<'_>;
}

impl Field for String {
    fn value(&self) -> Value<'_> {
        if self.is_empty() { Value::Null } else { Value::Text(self) }
    }
}

impl Field for Decimal {
    fn value(&self) -> Value<'_> {
        Value::Decimal(*self)
    }
}

impl Field for DateTime<Utc> {
    fn value(&self) -> Value<'_> {
        Value::Time(*self)
    }
}

impl Field for ServiceCategory {
    fn value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl Field for ServiceSubcategory {
    fn value(&self) -> Value<'_> {
        Value::Text(self.as_str())
    }
}

impl<T: Field> Field for Option<T> {
    const NULLABLE: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }
}

const TEXT: Kind = Kind::Text;
const TIME: Kind = Kind::Time;
const COST: Kind = Kind::Decimal { scale: 17 };
const PRICE: Kind = Kind::Decimal { scale: 16 };
const QUANTITY: Kind = Kind::Decimal { scale: 14 };

/// Defines the columns and the row from one list.
macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident / $field:ident: $type:ty, $kind:ident, $presence:ident;)*) => {
        /// A charge as one row of the FOCUS dataset *Cost and Usage*.
        ///
        /// A field is an `Option` where FOCUS allows null. [`Schema`](crate::Schema) selects the
        /// columns that are written. The row has the mandatory columns of all supported versions,
        /// and the conditional columns that Scaleway, Fastly or Viam can fill.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct Row {
            $($(#[$doc])* pub $field: $type,)*
            /// Columns outside FOCUS, by name. Names start with `x_`.
            pub custom: BTreeMap<String, String>,
        }

        /// A column of FOCUS, named as in the specification.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Column {
            $($(#[$doc])* $column,)*
        }

        impl Column {
            /// All columns that a [`Row`] has, in alphabetical order.
            pub const VALUES: &[Self] = &[$(Self::$column),*];

            /// Returns the name of the column.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$column => stringify!($column),)*
                }
            }

            /// Returns the type of the column's values.
            #[must_use]
            pub fn kind(self) -> Kind {
                match self {
                    $(Self::$column => $kind,)*
                }
            }

            /// Returns whether FOCUS allows null in the column.
            #[must_use]
            pub fn is_nullable(self) -> bool {
                match self {
                    $(Self::$column => <$type as Field>::NULLABLE,)*
                }
            }

            pub(crate) fn presence(self) -> Presence {
                match self {
                    $(Self::$column => Presence::$presence,)*
                }
            }
        }

        impl Row {
            /// Returns the value in `column`. An empty string is null.
            #[must_use]
            pub fn get(&self, column: Column) -> Value<'_> {
                match column {
                    $(Column::$column => self.$field.value(),)*
                }
            }
        }
    };
}

/// The datasets that contain a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Every dataset of every version.
    Always,
    /// Every dataset of version 1.2.
    AlwaysIn12,
    /// Every dataset of version 1.4.
    AlwaysIn14,
    /// Datasets whose source can fill it.
    IfSupported,
    /// Datasets of version 1.4 whose source can fill it.
    IfSupportedIn14,
}

columns! {
    /// Isolated location within a region, such as `fr-par-1`.
    AvailabilityZone / availability_zone: Option<String>, TEXT, IfSupported;
    /// Amount on the invoice.
    BilledCost / billed_cost: Decimal, COST, Always;
    /// Identifier of the invoice recipient.
    BillingAccountId / billing_account_id: String, TEXT, Always;
    /// Display name of the invoice recipient.
    BillingAccountName / billing_account_name: Option<String>, TEXT, Always;
    /// Currency of all costs (ISO 4217).
    BillingCurrency / billing_currency: String, TEXT, Always;
    /// End of the billing period, exclusive.
    BillingPeriodEnd / billing_period_end: DateTime<Utc>, TIME, Always;
    /// Start of the billing period, inclusive.
    BillingPeriodStart / billing_period_start: DateTime<Utc>, TIME, Always;
    /// Kind of the charge.
    ChargeCategory / charge_category: ChargeCategory, TEXT, Always;
    /// Set if the charge corrects a period that has already been invoiced.
    ChargeClass / charge_class: Option<ChargeClass>, TEXT, Always;
    /// Human-readable summary of the charge.
    ChargeDescription / charge_description: Option<String>, TEXT, Always;
    /// Frequency of the charge.
    ChargeFrequency / charge_frequency: ChargeFrequency, TEXT, Always;
    /// End of the charge period, exclusive.
    ChargePeriodEnd / charge_period_end: DateTime<Utc>, TIME, Always;
    /// Start of the charge period, inclusive.
    ChargePeriodStart / charge_period_start: DateTime<Utc>, TIME, Always;
    /// Quantity of the service that was used; set for usage only.
    ConsumedQuantity / consumed_quantity: Option<Decimal>, QUANTITY, IfSupported;
    /// Unit of `consumed_quantity`.
    ConsumedUnit / consumed_unit: Option<String>, TEXT, IfSupported;
    /// Cost at the negotiated price.
    ContractedCost / contracted_cost: Decimal, COST, Always;
    /// Negotiated price of one pricing unit.
    ContractedUnitPrice / contracted_unit_price: Option<Decimal>, PRICE, IfSupported;
    /// Cost after all reductions.
    EffectiveCost / effective_cost: Decimal, COST, Always;
    /// Provider of the infrastructure (since 1.3).
    HostProviderName / host_provider_name: Option<String>, TEXT, AlwaysIn14;
    /// Identifier of the line in the dataset *Invoice Detail* (since 1.4).
    InvoiceDetailId / invoice_detail_id: Option<String>, TEXT, IfSupportedIn14;
    /// Identifier of the invoice that includes the charge, or will include it.
    InvoiceId / invoice_id: Option<String>, TEXT, IfSupported;
    /// Issuer of the invoice.
    InvoiceIssuerName / invoice_issuer_name: String, TEXT, Always;
    /// Cost at the list price.
    ListCost / list_cost: Decimal, COST, Always;
    /// List price of one pricing unit.
    ListUnitPrice / list_unit_price: Option<Decimal>, PRICE, IfSupported;
    /// Quantity that the price applies to.
    PricingQuantity / pricing_quantity: Option<Decimal>, QUANTITY, Always;
    /// Unit of `pricing_quantity`.
    PricingUnit / pricing_unit: Option<String>, TEXT, Always;
    /// Provider of the service (removed in 1.4).
    ProviderName / provider_name: String, TEXT, AlwaysIn12;
    /// Publisher of the service (removed in 1.4).
    PublisherName / publisher_name: String, TEXT, AlwaysIn12;
    /// Identifier of the region, such as `fr-par`.
    RegionId / region_id: Option<String>, TEXT, IfSupported;
    /// Display name of the region.
    RegionName / region_name: Option<String>, TEXT, IfSupported;
    /// Identifier of the resource.
    ResourceId / resource_id: Option<String>, TEXT, IfSupported;
    /// Display name of the resource.
    ResourceName / resource_name: Option<String>, TEXT, IfSupported;
    /// Type of the resource.
    ResourceType / resource_type: Option<String>, TEXT, IfSupported;
    /// Category of the service, the same for all providers.
    ServiceCategory / service_category: ServiceCategory, TEXT, Always;
    /// Name of the service. Each service belongs to one category.
    ServiceName / service_name: String, TEXT, Always;
    /// Provider of the service (since 1.3).
    ServiceProviderName / service_provider_name: String, TEXT, AlwaysIn14;
    /// Subcategory of the service.
    ServiceSubcategory / service_subcategory: ServiceSubcategory, TEXT, Always;
    /// Identifier of the SKU.
    SkuId / sku_id: Option<String>, TEXT, IfSupported;
    /// Identifier of the project, team or similar.
    SubAccountId / sub_account_id: Option<String>, TEXT, IfSupported;
    /// Display name of the project, team or similar.
    SubAccountName / sub_account_name: Option<String>, TEXT, IfSupported;
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The required values of a row.
#[derive(Debug)]
pub(crate) struct Basis<'a> {
    pub(crate) provider: &'a str,
    pub(crate) account: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) cost: Decimal,
    /// Start and end of the billing period, which is also the charge period unless changed.
    pub(crate) period: (DateTime<Utc>, DateTime<Utc>),
    pub(crate) service: (&'a str, ServiceSubcategory),
}

impl Row {
    /// Creates a row of usage in which all four costs are the same.
    pub(crate) fn new(basis: &Basis<'_>) -> Self {
        let provider = || basis.provider.to_owned();
        let (start, end) = basis.period;
        let (service, subcategory) = basis.service;
        Self {
            availability_zone: None,
            billed_cost: basis.cost,
            billing_account_id: basis.account.to_owned(),
            billing_account_name: None,
            billing_currency: basis.currency.to_owned(),
            billing_period_end: end,
            billing_period_start: start,
            charge_category: ChargeCategory::Usage,
            charge_class: None,
            charge_description: None,
            charge_frequency: ChargeFrequency::UsageBased,
            charge_period_end: end,
            charge_period_start: start,
            consumed_quantity: None,
            consumed_unit: None,
            contracted_cost: basis.cost,
            contracted_unit_price: None,
            effective_cost: basis.cost,
            host_provider_name: Some(provider()),
            invoice_detail_id: None,
            invoice_id: None,
            invoice_issuer_name: provider(),
            list_cost: basis.cost,
            list_unit_price: None,
            pricing_quantity: None,
            pricing_unit: None,
            provider_name: provider(),
            publisher_name: provider(),
            region_id: None,
            region_name: None,
            resource_id: None,
            resource_name: None,
            resource_type: None,
            service_category: subcategory.category(),
            service_name: service.to_owned(),
            service_provider_name: provider(),
            service_subcategory: subcategory,
            sku_id: None,
            sub_account_id: None,
            sub_account_name: None,
            custom: BTreeMap::new(),
        }
    }

    /// Sets the category and the frequency.
    pub(crate) fn categorized(
        mut self,
        category: ChargeCategory,
        frequency: ChargeFrequency,
    ) -> Self {
        self.charge_category = category;
        self.charge_frequency = frequency;
        self
    }

    /// Sets a column outside FOCUS, unless the value is empty.
    pub(crate) fn set_custom(&mut self, name: &str, value: &str) {
        if let Some(value) = filled(value) {
            self.custom.insert(name.to_owned(), value);
        }
    }
}

/// Returns the string, unless it is empty or blank.
pub(crate) fn filled(text: &str) -> Option<String> {
    is_filled(text).then(|| text.to_owned())
}

pub(crate) fn is_filled(text: &str) -> bool {
    !text.trim().is_empty()
}
