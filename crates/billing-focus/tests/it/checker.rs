//! A checker of FOCUS files. It reads the files and shares no code with the crate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

/// A file: names of columns, and rows of fields. `None` is null.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Table {
    /// Reads CSV by RFC 4180.
    pub(crate) fn from_csv(bytes: &[u8]) -> Self {
        assert!(bytes.ends_with(b"\r\n"), "the last line is complete");
        let mut reader = csv::Reader::from_reader(bytes);
        let fields = |record: &csv::StringRecord| -> Vec<Option<String>> {
            record.iter().map(|field| Some(field.to_owned()).filter(|f| !f.is_empty())).collect()
        };
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        // The reader refuses a record of another length.
        let rows = reader.records().map(|record| fields(&record.unwrap())).collect();
        Self { columns, rows }
    }

    /// Reads JSON Lines. Numbers keep their digits.
    pub(crate) fn from_json_lines(bytes: &[u8]) -> Self {
        type Line<'a> = Vec<(String, Option<String>)>;
        let text = std::str::from_utf8(bytes).unwrap();
        let lines: Vec<Line<'_>> = text.lines().map(json_line).collect();
        let columns: Vec<String> =
            lines.first().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let rows = lines.into_iter().map(|line| {
            assert!(line.iter().map(|(name, _)| name).eq(&columns), "all lines have the same keys");
            line.into_iter().map(|(_, value)| value).collect()
        });
        let rows = rows.collect();
        Self { columns, rows }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    pub(crate) fn set(&mut self, row: usize, column: &str, value: &str) {
        let column = self.column(column).unwrap_or_else(|| panic!("no column {column}"));
        self.rows[row][column] = Some(value.to_owned()).filter(|value| !value.is_empty());
    }

    /// Adds a column of nulls.
    pub(crate) fn add(&mut self, column: &str) {
        self.columns.push(column.to_owned());
        self.rows.iter_mut().for_each(|row| row.push(None));
    }

    pub(crate) fn remove(&mut self, column: &str) {
        let column = self.column(column).unwrap_or_else(|| panic!("no column {column}"));
        self.columns.remove(column);
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
    }

    fn row(&self, row: usize) -> View<'_> {
        View { table: self, fields: &self.rows[row] }
    }

    pub(crate) fn views(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.rows.len()).map(|row| self.row(row))
    }
}

/// The keys and values of a JSON object without nesting, in order.
fn json_line(line: &str) -> Vec<(String, Option<String>)> {
    let _: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).unwrap();
    let mut rest = line.strip_prefix('{').unwrap();
    let mut fields = Vec::new();
    while !rest.is_empty() && rest != "}" {
        let (key, after) = json_string(rest);
        rest = after.strip_prefix(':').unwrap();
        let value = if rest.starts_with('"') {
            let (text, after) = json_string(rest);
            rest = after;
            assert!(!text.is_empty(), "null is not an empty string");
            Some(text)
        } else {
            let end = rest.find([',', '}']).unwrap();
            let text = &rest[..end];
            rest = &rest[end..];
            Some(text.to_owned()).filter(|text| text != "null")
        };
        fields.push((key, value));
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    fields
}

fn json_string(text: &str) -> (String, &str) {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = values.next().unwrap().unwrap();
    (value, &text[values.byte_offset()..])
}

/// A row of a table.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    table: &'a Table,
    fields: &'a [Option<String>],
}

impl<'a> View<'a> {
    /// The value; `None` for null and for a column that the file does not have.
    pub(crate) fn get(self, column: &str) -> Option<&'a str> {
        self.fields[self.table.column(column)?].as_deref()
    }

    pub(crate) fn decimal(self, column: &str) -> Option<Decimal> {
        let text = self.get(column)?;
        text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
    }
}

/// Facts that the checker cannot read from the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expectations {
    pub(crate) version: &'static str,
    /// `false` if the vendor has no quantities, so that `PricingQuantity` of usage is null: a known
    /// deviation.
    pub(crate) quantities: bool,
    /// `false` if lines may lack the data for a `SkuId`.
    pub(crate) skus: bool,
    /// All rows are on an invoice.
    pub(crate) invoiced: bool,
}

/// The facts of a file that follows all rules.
pub(crate) const ALL: Expectations =
    Expectations { version: "1.2", quantities: true, skus: true, invoiced: true };

/// The total of an invoice, as returned by the vendor's API.
#[derive(Debug, Clone)]
pub(crate) struct Total {
    pub(crate) invoice: Option<String>,
    pub(crate) currency: String,
    /// Without the rows of category `Tax`.
    pub(crate) untaxed: Option<Decimal>,
    pub(crate) total: Decimal,
}

/// A violation: the name of the rule, and the place.
pub(crate) type Violation = (&'static str, String);

/// All rules, except those that cannot be checked on these columns or contradict another one:
///
/// - The form of key-value columns, and `SkuMeter`: no file has such a column.
/// - `ChargeClass` is null unless the row corrects an invoiced period: only the vendor knows.
/// - The null rules of 1.4 for rows without `SkuPriceId`: they contradict those for usage.
pub(crate) const RULES: &[&str] = &[
    "a billing period is a month, and its end is exclusive",
    "a column that is not nullable has a value",
    "a currency is an ISO 4217 code",
    "a decimal has digits, a point and a minus sign only",
    "a name is null exactly when its id is",
    "a period ends after its start",
    "a purchase is not usage-based",
    "a resource name is more than its id",
    "a service name belongs to one category",
    "a subcategory belongs to its category",
    "a tax has neither quantity, price nor SKU",
    "a unit has the form of FOCUS",
    "a unit is null exactly when its quantity is",
    "a unit price is not negative",
    "a value is one of those allowed",
    "a zone is in a region",
    "all costs of a credit or tax are the billed cost",
    "an instant is YYYY-MM-DDTHH:mm:ssZ",
    "an invoiced row has its invoice",
    "columns are there once",
    "columns have names of FOCUS or begin with x_",
    "mandatory columns are there",
    "null is an empty field",
    "only usage is consumed",
    "own columns come last",
    "the issuer is the provider, or nothing is billed",
    "the rows of an invoice add up to it",
    "unit price times quantity is the cost",
    "usage and purchases have a SKU",
    "usage and purchases have quantity and price",
];

const MANDATORY: &[&str] = &[
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ServiceCategory",
    "ServiceName",
];

const OPTIONAL: &[&str] = &[
    "AvailabilityZone",
    "BillingAccountType",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedUnitPrice",
    "InvoiceId",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
];

const SINCE_1_4: &[&str] = &[
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "CommitmentProgramEligibilityDetails",
    "ContractApplied",
    "InvoiceDetailId",
];

const NOT_NULL: &[&str] = &[
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
];

const TIMES: &[&str] =
    &["BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"];

const COSTS: &[&str] = &["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"];

const PRICES: &[&str] = &["ContractedUnitPrice", "ListUnitPrice"];

const QUANTITIES: &[&str] = &["ConsumedQuantity", "PricingQuantity"];

const UNITS: &[&str] = &["ConsumedUnit", "PricingUnit"];

const VALUES: &[(&str, &[&str])] = &[
    ("ChargeCategory", &["Usage", "Purchase", "Tax", "Credit", "Adjustment"]),
    ("ChargeClass", &["Correction"]),
    ("ChargeFrequency", &["One-Time", "Recurring", "Usage-Based"]),
];

#[rustfmt::skip]
const SERVICES: &[(&str, &[&str])] = &[
    ("AI and Machine Learning", &["AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing", "Other (AI and Machine Learning)"]),
    ("Analytics", &["Analytics Platforms", "Business Intelligence", "Data Processing", "Other (Analytics)", "Search", "Streaming Analytics"]),
    ("Business Applications", &["Other (Business Applications)", "Productivity and Collaboration"]),
    ("Compute", &["Containers", "End User Computing", "Other (Compute)", "Quantum Compute", "Serverless Compute", "Virtual Machines"]),
    ("Databases", &["Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Other (Databases)", "Relational Databases", "Time Series Databases"]),
    ("Developer Tools", &["Continuous Integration and Deployment", "Developer Platforms", "Development Environments", "Other (Developer Tools)", "Quality Assurance", "Source Code Management"]),
    ("Multicloud", &["Multicloud Integration", "Other (Multicloud)"]),
    ("Identity", &["Identity and Access Management", "Other (Identity)"]),
    ("Integration", &["API Management", "Messaging", "Other (Integration)", "Workflow Orchestration"]),
    ("Internet of Things", &["IoT Analytics", "IoT Platforms", "Other (Internet of Things)"]),
    ("Management and Governance", &["Architecture", "Compliance", "Cost Management", "Data Governance", "Disaster Recovery", "Endpoint Management", "Observability", "Other (Management and Governance)", "Support"]),
    ("Media", &["Content Creation", "Gaming", "Media Streaming", "Mixed Reality", "Other (Media)"]),
    ("Migration", &["Data Migration", "Other (Migration)", "Resource Migration"]),
    ("Mobile", &["Other (Mobile)"]),
    ("Networking", &["Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure", "Network Routing", "Network Security", "Other (Networking)"]),
    ("Security", &["Other (Security)", "Secret Management", "Security Posture Management", "Threat Detection and Response"]),
    ("Storage", &["Backup Storage", "Block Storage", "File Storage", "Object Storage", "Other (Storage)", "Storage Platforms"]),
    ("Web", &["Application Platforms", "Other (Web)"]),
    ("Other", &["Other (Other)"]),
];

/// All categories of services with their subcategories.
pub(crate) fn services() -> &'static [(&'static str, &'static [&'static str])] {
    SERVICES
}

/// Placeholders for a missing value, which must not be in a file.
const NULL_WORDS: &[&str] = &["null", "none", "n/a", "nil", "not applicable", "\"\"", "-", "nan"];

/// Columns with names from Scaleway or Fastly, which are not checked for placeholders.
const FREE_TEXT: &[&str] = &["ChargeDescription", "SubAccountName", "ResourceName"];

/// Returns every rule that the file breaks.
pub(crate) fn check(table: &Table, expected: Expectations) -> Vec<Violation> {
    let mut found = Vec::new();
    columns(table, expected.version, &mut found);
    if !found.is_empty() {
        return found;
    }
    let mut services = BTreeMap::new();
    for (index, view) in table.views().enumerate() {
        let mut rules = BTreeSet::new();
        formats(view, &mut rules);
        values(view, expected, &mut rules);
        let service = (view.get("ServiceCategory"), view.get("ServiceSubcategory"));
        if *services.entry(view.get("ServiceName")).or_insert(service.0) != service.0 {
            rules.insert("a service name belongs to one category");
        }
        found.extend(
            rules.into_iter().map(|rule| (rule, format!("row {index}: {:?}", view.fields))),
        );
    }
    assert!(found.iter().all(|(rule, _)| RULES.contains(rule)), "{found:?}");
    found
}

/// Returns every invoice whose rows do not add up to its total, and every row on another invoice.
pub(crate) fn add_up(table: &Table, totals: &[Total]) -> Vec<Violation> {
    const RULE: &str = "the rows of an invoice add up to it";
    let mut sums = BTreeMap::<_, (Decimal, Decimal)>::new();
    for row in table.views() {
        let (untaxed, total) =
            sums.entry((row.get("InvoiceId"), row.get("BillingCurrency"))).or_default();
        let cost = row.decimal("BilledCost").unwrap();
        *total += cost;
        if row.get("ChargeCategory") != Some("Tax") {
            *untaxed += cost;
        }
    }
    let mut found = Vec::new();
    for total in totals {
        let key = (total.invoice.as_deref(), Some(&*total.currency));
        let sum = sums.remove(&key).unwrap_or_default();
        if sum != (total.untaxed.unwrap_or(sum.0), total.total) {
            found.push((RULE, format!("{sum:?} instead of {total:?}")));
        }
    }
    found.extend(sums.into_iter().map(|sum| (RULE, format!("{sum:?} is on no invoice"))));
    found
}

fn columns(table: &Table, version: &str, found: &mut Vec<Violation>) {
    let mut mandatory = MANDATORY.to_vec();
    let mut optional = OPTIONAL.to_vec();
    match version {
        "1.2" => mandatory.extend(["ProviderName", "PublisherName"]),
        "1.4" => {
            mandatory.extend(["ServiceProviderName", "HostProviderName"]);
            optional.extend(SINCE_1_4);
        }
        _ => panic!("version {version}"),
    }
    for name in &mandatory {
        if table.column(name).is_none() {
            found.push(("mandatory columns are there", (*name).to_owned()));
        }
    }
    let mut custom = false;
    let mut seen = BTreeSet::new();
    for name in &table.columns {
        if !seen.insert(name) {
            found.push(("columns are there once", name.clone()));
        }
        if name.starts_with("x_") {
            custom = true;
        } else if !mandatory.contains(&&**name) && !optional.contains(&&**name) {
            found.push(("columns have names of FOCUS or begin with x_", name.clone()));
        } else if custom {
            found.push(("own columns come last", name.clone()));
        }
    }
}

fn formats(view: View<'_>, rules: &mut BTreeSet<&'static str>) {
    let given = |column: &'static str| view.get(column);
    for text in TIMES.iter().filter_map(|column| given(column)) {
        if time(text).is_none() {
            rules.insert("an instant is YYYY-MM-DDTHH:mm:ssZ");
        }
    }
    for column in COSTS.iter().chain(PRICES).chain(QUANTITIES) {
        if given(column).is_some_and(|text| !is_decimal(text)) {
            rules.insert("a decimal has digits, a point and a minus sign only");
        }
    }
    if given("BillingCurrency").is_some_and(|code| !["EUR", "USD", "GBP", "JPY"].contains(&code)) {
        rules.insert("a currency is an ISO 4217 code");
    }
    for text in UNITS.iter().filter_map(|column| given(column)) {
        if !is_unit(text) {
            rules.insert("a unit has the form of FOCUS");
        }
    }
    for (name, field) in view.table.columns.iter().zip(view.fields) {
        let text = field.as_deref().unwrap_or("x");
        if text.trim().is_empty()
            || (!FREE_TEXT.contains(&&**name) && NULL_WORDS.contains(&&*text.to_lowercase()))
        {
            rules.insert("null is an empty field");
        }
    }
    for (column, allowed) in VALUES {
        if given(column).is_some_and(|value| !allowed.contains(&value)) {
            rules.insert("a value is one of those allowed");
        }
    }
    let subcategories =
        SERVICES.iter().find(|(name, _)| given("ServiceCategory") == Some(name)).map(|(_, s)| *s);
    match (subcategories, given("ServiceSubcategory")) {
        (None, _) => {
            rules.insert("a value is one of those allowed");
        }
        (Some(subcategories), Some(subcategory)) if !subcategories.contains(&subcategory) => {
            rules.insert("a subcategory belongs to its category");
        }
        _ => {}
    }
}

fn values(view: View<'_>, expected: Expectations, rules: &mut BTreeSet<&'static str>) {
    let is_null = |column: &str| view.get(column).is_none();
    let has_column = |column: &str| view.table.column(column).is_some();
    let category = view.get("ChargeCategory").unwrap_or_default();

    if NOT_NULL.iter().any(|column| has_column(column) && is_null(column)) {
        rules.insert("a column that is not nullable has a value");
    }
    let provider = view.get("ProviderName").or(view.get("ServiceProviderName"));
    let billed = view.decimal("BilledCost").unwrap_or_default();
    if provider != view.get("InvoiceIssuerName") && !billed.is_zero() {
        rules.insert("the issuer is the provider, or nothing is billed");
    }
    if matches!(category, "Credit" | "Tax")
        && COSTS.iter().any(|column| view.decimal(column) != view.decimal("BilledCost"))
    {
        rules.insert("all costs of a credit or tax are the billed cost");
    }
    let quantity = view.decimal("PricingQuantity");
    for (price, cost) in [("ContractedUnitPrice", "ContractedCost"), ("ListUnitPrice", "ListCost")]
    {
        let price = view.decimal(price);
        if let (Some(price), Some(quantity)) = (price, quantity)
            && Some(price * quantity) != view.decimal(cost)
        {
            rules.insert("unit price times quantity is the cost");
        }
        if price.is_some_and(|price| price.is_sign_negative() && !price.is_zero()) {
            rules.insert("a unit price is not negative");
        }
    }
    if category == "Purchase" && view.get("ChargeFrequency") == Some("Usage-Based") {
        rules.insert("a purchase is not usage-based");
    }
    const OF_PRICES: &[&str] = &[
        "PricingQuantity",
        "PricingUnit",
        "PricingCategory",
        "ListUnitPrice",
        "ContractedUnitPrice",
        "SkuId",
        "SkuPriceId",
        "ConsumedQuantity",
    ];
    if category == "Tax" && OF_PRICES.iter().any(|column| !is_null(column)) {
        rules.insert("a tax has neither quantity, price nor SKU");
    }
    let priced = matches!(category, "Usage" | "Purchase") && is_null("ChargeClass");
    if priced && expected.quantities {
        let columns = ["PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice"];
        if columns.iter().any(|column| has_column(column) && is_null(column)) {
            rules.insert("usage and purchases have quantity and price");
        }
    }
    // An invoice that has an amount and no lines has no SKU either.
    let is_line = view.get("ServiceName") != Some("Invoice");
    if priced && expected.skus && is_line && has_column("SkuId") && is_null("SkuId") {
        rules.insert("usage and purchases have a SKU");
    }
    if category != "Usage" && !is_null("ConsumedQuantity") {
        rules.insert("only usage is consumed");
    }
    if is_null("ConsumedUnit") != is_null("ConsumedQuantity")
        || is_null("PricingUnit") != is_null("PricingQuantity")
    {
        rules.insert("a unit is null exactly when its quantity is");
    }
    for (name, id) in [
        ("SubAccountName", "SubAccountId"),
        ("ResourceType", "ResourceId"),
        ("RegionName", "RegionId"),
    ] {
        if has_column(name) && is_null(name) != is_null(id) {
            rules.insert("a name is null exactly when its id is");
        }
    }
    if is_null("RegionId") && !is_null("AvailabilityZone") {
        rules.insert("a zone is in a region");
    }
    if !is_null("ResourceName")
        && (is_null("ResourceId") || view.get("ResourceName") == view.get("ResourceId"))
    {
        rules.insert("a resource name is more than its id");
    }
    if expected.invoiced && is_null("InvoiceId") {
        rules.insert("an invoiced row has its invoice");
    }
    for (start, end) in
        [("BillingPeriodStart", "BillingPeriodEnd"), ("ChargePeriodStart", "ChargePeriodEnd")]
    {
        let of = |column| view.get(column).and_then(time);
        if let (Some(start), Some(end)) = (of(start), of(end))
            && start >= end
        {
            rules.insert("a period ends after its start");
        }
    }
    let midnight = |column| {
        let text = view.get(column).filter(|text| time(text).is_some());
        text.is_none_or(|text| text.ends_with("-01T00:00:00Z"))
    };
    if !midnight("BillingPeriodStart") || !midnight("BillingPeriodEnd") {
        rules.insert("a billing period is a month, and its end is exclusive");
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok()?;
    (text.len() == 20).then(|| time.and_utc())
}

fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.strip_prefix('-').unwrap_or(exponent))
}

/// Units of size in the spelling of FOCUS.
#[rustfmt::skip]
const SIZES: &[&str] = &[
    "b", "B", "Kb", "KB", "Mb", "MB", "Gb", "GB", "Tb", "TB", "Pb", "PB", "Eb", "EB",
    "Kib", "KiB", "Mib", "MiB", "Gib", "GiB", "Tib", "TiB", "Pib", "PiB", "Eib", "EiB",
];

/// `GB`, `Hours`, `GB-Hours`, `10000 Requests`.
fn is_unit(text: &str) -> bool {
    let unit = match text.split_once(' ') {
        Some((count, unit)) if count.bytes().all(|byte| byte.is_ascii_digit()) => unit,
        Some(_) => return false,
        None => text,
    };
    let is_size = |part: &str| SIZES.iter().any(|size| size.eq_ignore_ascii_case(part));
    unit.split('-').all(|part| {
        if is_size(part) {
            return SIZES.contains(&part);
        }
        part.starts_with(|first: char| first.is_ascii_uppercase())
            && part.chars().all(char::is_alphanumeric)
    })
}
