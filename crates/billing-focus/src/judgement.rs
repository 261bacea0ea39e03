//! Rules for everything that the vendors' data leave open.
//!
//! Each decision is a [`Rule`] with its reason. [`Judgement::default`] has the default rules;
//! insert your own before them, or replace them:
//!
//! ```
//! use billing_focus::{ServiceSubcategory, judgement::{Judgement, Rule, Service}};
//!
//! let mut judgement = Judgement::default();
//! judgement.scaleway_services.insert(
//!     0,
//!     Rule::new(
//!         "/compute/h100",
//!         Service::new("GPU Instances", ServiceSubcategory::MachineLearning),
//!         "our H100 instances only train models",
//!     ),
//! );
//! ```
//!
//! A service name must belong to one category, so give a new name to a service whose category you
//! change, or change all of its rules.

use std::borrow::Cow;

use crate::{ChargeCategory, ServiceSubcategory as Sub};

/// A decision, with its pattern and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule<T> {
    /// Pattern that the rule matches. The field of [`Judgement`] documents what it is compared
    /// with.
    pub pattern: Cow<'static, str>,
    /// Result of the rule.
    pub value: T,
    /// Reason for the decision.
    pub reason: Cow<'static, str>,
}

impl<T> Rule<T> {
    /// Creates a rule.
    pub fn new(
        pattern: impl Into<Cow<'static, str>>,
        value: T,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pattern: pattern.into(), value, reason: reason.into() }
    }
}

/// A service: its name and the subcategory, which implies the category.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// `ServiceName`.
    pub name: Cow<'static, str>,
    /// `ServiceSubcategory`.
    pub subcategory: Sub,
}

impl Service {
    /// Creates a service.
    pub fn new(name: impl Into<Cow<'static, str>>, subcategory: Sub) -> Self {
        Self { name: name.into(), subcategory }
    }
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Region {
    /// `RegionId`.
    pub id: Cow<'static, str>,
    /// `RegionName`.
    pub name: Cow<'static, str>,
}

impl Region {
    /// Creates a region.
    pub fn new(id: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// All decisions. In each list, the first rule that matches applies. Comparisons ignore case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judgement {
    /// Service of a Scaleway SKU, by the beginning of its path.
    pub scaleway_services: Vec<Rule<Service>>,
    /// Subcategory of a Scaleway line whose SKU no rule matches, by the exact category name, which
    /// is then the service name.
    pub scaleway_categories: Vec<Rule<Sub>>,
    /// Region of a Scaleway SKU, by the three letters of the city at the end of its path
    /// (`fr-par-1`, `fr-par1` and `par1` are all `par`).
    pub scaleway_regions: Vec<Rule<Region>>,
    /// FOCUS unit of a Scaleway unit, by its whole name. A unit that no rule matches keeps its
    /// words, capitalized and joined by `-`.
    pub scaleway_units: Vec<Rule<Cow<'static, str>>>,
    /// Scaleway lines that are credits whatever their sign, by the beginning of the SKU.
    pub scaleway_credits: Vec<Rule<ChargeCategory>>,
    /// Category of a Scaleway credit note, which does not state what it corrects.
    pub scaleway_credit_note: Rule<ChargeCategory>,
    /// Subcategory of a Fastly line, by a substring of its product name, or else of its product
    /// group.
    pub fastly_services: Vec<Rule<Sub>>,
    /// FOCUS unit of a Fastly line, by a substring of its usage type.
    pub fastly_units: Vec<Rule<Cow<'static, str>>>,
    /// Fastly lines that are purchases, by a substring of the product name, or else of the product
    /// group.
    pub fastly_purchases: Vec<Rule<ChargeCategory>>,
    /// Currency of a Fastly invoice that states none, such as the month-to-date invoice.
    pub fastly_currency: Rule<Cow<'static, str>>,
    /// Service of all Viam costs.
    pub viam_service: Rule<Service>,
    /// Currency of all Viam amounts.
    pub viam_currency: Rule<Cow<'static, str>>,
    /// Service of a row that concerns a whole invoice: a tax, a discount, a credit note, a
    /// purchase without lines.
    pub whole_invoice: Rule<Service>,
    /// Unit of a quantity that has none.
    pub unknown_unit: Rule<Cow<'static, str>>,
}

impl Default for Judgement {
    fn default() -> Self {
        let names = |rules: &[(&'static str, &'static str, &'static str)]| {
            rules.iter().map(|&(pattern, name, why)| Rule::new(pattern, name.into(), why)).collect()
        };
        let subcategories = |rules: &[(&'static str, Sub, &'static str)]| {
            rules.iter().map(|&(pattern, value, why)| Rule::new(pattern, value, why)).collect()
        };
        let categories = |rules: &[(&'static str, ChargeCategory, &'static str)]| {
            rules.iter().map(|&(pattern, value, why)| Rule::new(pattern, value, why)).collect()
        };
        Self {
            scaleway_services: SCALEWAY_SERVICES
                .iter()
                .map(|&(sku, name, value, why)| Rule::new(sku, Service::new(name, value), why))
                .collect(),
            scaleway_categories: subcategories(SCALEWAY_CATEGORIES),
            scaleway_regions: SCALEWAY_REGIONS
                .iter()
                .map(|&(city, id, name, why)| Rule::new(city, Region::new(id, name), why))
                .collect(),
            scaleway_units: names(SCALEWAY_UNITS),
            scaleway_credits: categories(SCALEWAY_CREDITS),
            scaleway_credit_note: Rule::new(
                "",
                ChargeCategory::Adjustment,
                "a credit note has an amount and no lines, so it may take back usage, a purchase \
                 or both",
            ),
            fastly_services: subcategories(FASTLY_SERVICES),
            fastly_units: names(FASTLY_UNITS),
            fastly_purchases: categories(FASTLY_PURCHASES),
            fastly_currency: Rule::new(
                "",
                "USD".into(),
                "Fastly documents US dollars for v2, and v3 names the currency on finalized \
                 invoices only",
            ),
            viam_service: Rule::new(
                "",
                Service::new("Viam", Sub::IotPlatforms),
                "Viam sells one platform that connects machines",
            ),
            viam_currency: Rule::new("", "USD".into(), "Viam documents its amounts in US dollars"),
            whole_invoice: Rule::new(
                "",
                Service::new("Invoice", Sub::OtherOther),
                "the API does not state which services such an amount belongs to",
            ),
            unknown_unit: Rule::new("", "Units".into(), "FOCUS's term for a count"),
        }
    }
}

/// SKU prefix, service name, subcategory, reason. A longer prefix comes before a shorter one.
#[rustfmt::skip]
const SCALEWAY_SERVICES: &[(&str, &str, Sub, &str)] = &[
    ("/compute/", "Instances", Sub::VirtualMachines, "virtual machines by type"),
    ("/baremetal/", "Elastic Metal", Sub::OtherCompute, "dedicated servers; FOCUS has no subcategory for them"),
    ("/dedibox/", "Dedibox", Sub::OtherCompute, "dedicated servers; FOCUS has no subcategory for them"),
    ("/apple-silicon/", "Apple silicon", Sub::OtherCompute, "dedicated Mac minis"),
    ("/k8s/", "Kubernetes", Sub::Containers, "control planes of Kapsule and Kosmos"),
    ("/registry/", "Container Registry", Sub::Containers, "container images"),
    ("/paas/registry/", "Container Registry", Sub::Containers, "container images"),
    ("/paas/caas/", "Serverless Containers", Sub::ServerlessCompute, "billed by memory and time"),
    ("/paas/faas/", "Serverless Functions", Sub::ServerlessCompute, "billed by memory and time"),
    ("/paas/jobs/", "Serverless Jobs", Sub::ServerlessCompute, "billed by memory and time"),
    ("/paas/messaging/", "Messaging and Queuing", Sub::Messaging, "NATS, queues and topics; Scaleway's category is Serverless"),
    ("/paas/secret_manager/", "Secret Manager", Sub::SecretManagement, "secret versions and accesses"),
    ("/paas/key_manager/", "Key Manager", Sub::SecretManagement, "keys and their use"),
    ("/paas/tem/", "Transactional Email", Sub::Messaging, "email sent by programs"),
    ("/storage/rdb/", "Managed Databases", Sub::RelationalDatabases, "PostgreSQL and MySQL; nodes, volumes and backups"),
    ("/storage/redis/", "Managed Redis", Sub::Caching, "Redis is a cache first"),
    ("/storage/mongodb/", "Managed MongoDB", Sub::NoSqlDatabases, "a document database"),
    ("/storage/obj/", "Object Storage", Sub::ObjectStorage, "buckets, their traffic and free tiers"),
    ("/storage/block/", "Block Storage", Sub::BlockStorage, "volumes and snapshots"),
    ("/storage/local/", "Local Storage", Sub::BlockStorage, "disks of instances"),
    ("/storage/snapshot/", "Local Storage", Sub::BlockStorage, "snapshots of disks of instances"),
    ("/storage/file/", "File Storage", Sub::FileStorage, "shared file systems"),
    ("/storage/", "Storage", Sub::OtherStorage, "storage of an unknown kind"),
    ("/network/", "Network", Sub::NetworkInfrastructure, "load balancers, gateways and private networks"),
    ("/ip/", "Flexible IP", Sub::NetworkInfrastructure, "addresses; Scaleway's category is Compute"),
    ("/domain/", "Domains and DNS", Sub::NetworkRouting, "names and zones; Scaleway's category is Managed Services"),
    ("/edge_services/", "Edge Services", Sub::ContentDelivery, "cache and firewall before buckets and load balancers"),
    ("/observability/", "Cockpit", Sub::Observability, "metrics, logs and traces"),
    ("/ai/", "AI", Sub::GenerativeAi, "models behind an API"),
    ("/iot/", "IoT Hub", Sub::IotPlatforms, "connects devices; Scaleway's category is Managed Services"),
    ("/offer/deducted/paas/faas/", "Serverless Functions", Sub::ServerlessCompute, "a free tier is a credit of its service"),
    ("/offer/deducted/paas/caas/", "Serverless Containers", Sub::ServerlessCompute, "a free tier is a credit of its service"),
    ("/offer/deducted/storage/obj/", "Object Storage", Sub::ObjectStorage, "a free tier is a credit of its service"),
    ("/offer/", "Offers", Sub::OtherOther, "an offer for an unspecified service"),
];

/// Category name on the invoice, subcategory, reason.
#[rustfmt::skip]
const SCALEWAY_CATEGORIES: &[(&str, Sub, &str)] = &[
    ("Compute", Sub::OtherCompute, "contains more than virtual machines"),
    ("BareMetal", Sub::OtherCompute, "dedicated servers"),
    ("Containers", Sub::Containers, "Kubernetes and registries"),
    ("Serverless", Sub::ServerlessCompute, "functions and containers, for the most part"),
    ("Storage", Sub::OtherStorage, "contains volumes, snapshots and disks"),
    ("Object Storage", Sub::ObjectStorage, "the same service by name"),
    ("Network", Sub::NetworkInfrastructure, "load balancers and gateways"),
    ("Managed Databases", Sub::RelationalDatabases, "PostgreSQL and MySQL, for the most part"),
    ("Observability", Sub::Observability, "the same by name"),
    ("Security and Identity", Sub::OtherSecurity, "contains more than secrets"),
    ("AI", Sub::GenerativeAi, "models behind an API, for the most part"),
];

/// Letters of the city, region, name, reason.
#[rustfmt::skip]
const SCALEWAY_REGIONS: &[(&str, &str, &str, &str)] = &[
    ("par", "fr-par", "Paris", "old SKUs end in par1, new ones in fr-par-1"),
    ("ams", "nl-ams", "Amsterdam", "old SKUs end in ams1, new ones in nl-ams-1"),
    ("waw", "pl-waw", "Warsaw", "the region in Poland"),
    ("mil", "it-mil", "Milan", "the region in Italy"),
];

const HOURS: &str = "time is counted in whole units of it";
const SIZE: &str = "FOCUS writes sizes with their unit and multiplies by `-`";
const COUNT: &str = "FOCUS writes what is counted with a capital letter and in the plural";

/// Scaleway's unit, FOCUS unit, reason.
#[rustfmt::skip]
const SCALEWAY_UNITS: &[(&str, &str, &str)] = &[
    ("second", "Seconds", HOURS),
    ("minute", "Minutes", HOURS),
    ("hour", "Hours", HOURS),
    ("day", "Days", HOURS),
    ("month", "Months", HOURS),
    ("gigabyte", "GB", SIZE),
    ("gigabyte_minute", "GB-Minutes", SIZE),
    ("gigabyte_hour", "GB-Hours", SIZE),
    ("gigabyte_month", "GB-Months", SIZE),
    ("gb_s", "GB-Seconds", SIZE),
    ("node_minute", "Node-Minutes", COUNT),
    ("ip_minute", "IP-Minutes", COUNT),
    ("version_minute", "Version-Minutes", COUNT),
    ("version_month", "Version-Months", COUNT),
    ("device_hour", "Device-Hours", COUNT),
    ("plan", "Plans", COUNT),
    ("request", "Requests", COUNT),
    ("sample", "Samples", COUNT),
    ("token", "Tokens", COUNT),
];

/// SKU prefix, category, reason.
const SCALEWAY_CREDITS: &[(&str, ChargeCategory, &str)] = &[(
    "/offer/deducted/",
    ChargeCategory::Credit,
    "the part of the usage that a free tier takes back",
)];

/// Part of the product name or group, subcategory, reason.
#[rustfmt::skip]
const FASTLY_SERVICES: &[(&str, Sub, &str)] = &[
    ("Support", Sub::Support, "support plans"),
    ("CS:", Sub::Support, "the group of support plans"),
    ("TLS", Sub::NetworkSecurity, "certificates; the group is N/A until the month is closed"),
    ("WAF", Sub::ThreatDetectionAndResponse, "the web application firewalls"),
    ("DDoS", Sub::ThreatDetectionAndResponse, "protection against denial of service"),
    ("Bot ", Sub::ThreatDetectionAndResponse, "bot management"),
    ("Security", Sub::OtherSecurity, "security products of an unknown kind"),
    ("Compute", Sub::ServerlessCompute, "functions at the edge"),
    ("KV Store", Sub::NoSqlDatabases, "data of functions at the edge"),
    ("Object Storage", Sub::ObjectStorage, "the same service by name"),
    ("Image Optimizer", Sub::ContentCreation, "makes images"),
    ("Bandwidth", Sub::ContentDelivery, "traffic of the delivery network"),
    ("Requests", Sub::ContentDelivery, "requests to the delivery network"),
    ("Delivery", Sub::ContentDelivery, "the group Full Site Delivery"),
    ("CDN", Sub::ContentDelivery, "the delivery network"),
];

/// Part of the usage type, FOCUS unit, reason.
#[rustfmt::skip]
const FASTLY_UNITS: &[(&str, &str, &str)] = &[
    ("Bandwidth", "GB", "Fastly's gigabyte is 10^9 bytes"),
    ("Requests", "10000 Requests", "Fastly prices requests by the 10,000"),
];

/// Part of the product name or group, category, reason.
#[rustfmt::skip]
const FASTLY_PURCHASES: &[(&str, ChargeCategory, &str)] = &[
    ("Support", ChargeCategory::Purchase, "a plan at a fixed price per month"),
    ("CS:", ChargeCategory::Purchase, "the group of support plans"),
    ("Minimum", ChargeCategory::Purchase, "tops the month up to the minimum spend"),
    ("Shortfall", ChargeCategory::Purchase, "tops the month up to the minimum spend"),
];

/// Returns the value of the first rule whose pattern passes `test`.
#[cfg(any(feature = "scaleway", feature = "fastly"))]
pub(crate) fn first<T>(rules: &[Rule<T>], test: impl Fn(&str) -> bool) -> Option<&T> {
    rules.iter().find(|rule| test(&rule.pattern)).map(|rule| &rule.value)
}

/// Returns whether `text` starts with `pattern`, ignoring case.
#[cfg(feature = "scaleway")]
pub(crate) fn begins(text: &str, pattern: &str) -> bool {
    text.get(..pattern.len()).is_some_and(|start| start.eq_ignore_ascii_case(pattern))
}

/// Returns whether `text` contains `pattern`, ignoring case.
#[cfg(feature = "fastly")]
pub(crate) fn contains(text: &str, pattern: &str) -> bool {
    text.to_lowercase().contains(&pattern.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_service_name_belongs_to_one_category() {
        let judgement = Judgement::default();
        let mut names = BTreeMap::new();
        let services = judgement.scaleway_services.iter().map(|rule| rule.value.clone());
        let categories = judgement
            .scaleway_categories
            .iter()
            .map(|rule| Service::new(rule.pattern.clone(), rule.value));
        for service in services.chain(categories).chain([judgement.whole_invoice.value]) {
            let first = *names.entry(service.name.clone()).or_insert(service.subcategory);
            assert_eq!(first.category(), service.subcategory.category(), "{service:?}");
        }
    }

    #[test]
    fn every_rule_can_apply_and_has_a_reason() {
        let judgement = Judgement::default();
        for (index, rule) in judgement.scaleway_services.iter().enumerate() {
            assert!(!rule.reason.is_empty(), "{rule:?}");
            let earlier = &judgement.scaleway_services[..index];
            assert!(
                !earlier.iter().any(|other| rule.pattern.starts_with(&*other.pattern)),
                "{rule:?}"
            );
        }
        for (index, rule) in judgement.fastly_services.iter().enumerate() {
            assert!(!rule.reason.is_empty(), "{rule:?}");
            let earlier = &judgement.fastly_services[..index];
            assert!(
                !earlier.iter().any(|other| rule.pattern.contains(&*other.pattern)),
                "{rule:?}"
            );
        }
    }
}
