//! The organization's monthly consumption.

use super::account::{PROJECT_IDS, PROJECT_NAMES};
use crate::money::Money;
use crate::month::Month;

/// A line of a month's consumption.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) project_id: &'static str,
    pub(crate) project_name: &'static str,
    pub(crate) category: &'static str,
    /// May be empty.
    pub(crate) product: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) quantity: i64,
    pub(crate) value: Money,
}

/// Returns the lines of a month. Months differ only in the quantities.
pub(crate) fn lines(month: Month) -> Vec<Line> {
    (0..)
        .zip(CATALOGUE)
        .map(|(index, product)| {
            let quantity = quantity(product.quantity, month, index);
            Line {
                project_id: PROJECT_IDS[product.project],
                project_name: PROJECT_NAMES[product.project],
                category: product.category,
                product: product.product,
                resource: product.resource,
                sku: product.sku,
                unit: product.unit,
                quantity,
                value: Money::cents(product.cents * quantity),
            }
        })
        .collect()
}

/// The number of lines of every month.
pub(crate) const LINES: usize = CATALOGUE.len();

/// Small quantities are the same every month; others vary by up to a dozen.
fn quantity(base: i64, month: Month, index: i64) -> i64 {
    if base < 20 {
        base
    } else {
        base + (i64::from(month.ordinal()) * 5 + index * 3).rem_euclid(13)
    }
}

struct Product {
    project: usize,
    category: &'static str,
    product: &'static str,
    resource: &'static str,
    sku: &'static str,
    unit: &'static str,
    cents: i64,
    quantity: i64,
}

const fn product(
    project: usize,
    category: &'static str,
    product: &'static str,
    resource: &'static str,
    sku: &'static str,
    (cents, unit): (i64, &'static str),
    quantity: i64,
) -> Product {
    Product { project, category, product, resource, sku, unit, cents, quantity }
}

const SHOP: usize = 0;
const DATA: usize = 1;
const STAGING: usize = 2;

/// Prices are multiples of 5 cents, and of 20 cents in the category "Compute", so that 20 % tax and
/// a 25 % discount on "Compute" are whole cents.
#[rustfmt::skip]
const CATALOGUE: &[Product] = &[
    product(SHOP, "Compute", "Instance PRO2-S", "Run - FR-PAR-1", "/compute/pro2_s/run_fr-par-1", (20, "hour"), 690),
    product(SHOP, "Compute", "Instance PRO2-XS", "Run - FR-PAR-2", "/compute/pro2_xs/run_fr-par-2", (20, "hour"), 344),
    product(DATA, "Compute", "Instance GP1-S", "Run - NL-AMS-1", "/compute/gp1_s/run_nl-ams-1", (40, "hour"), 212),
    product(STAGING, "Compute", "Instance DEV1-M", "Run - FR-PAR-1", "/compute/dev1_m/run_fr-par-1", (20, "hour"), 61),
    product(STAGING, "Compute", "Instance DEV1-S", "Run - PL-WAW-2", "/compute/dev1_s/run_pl-waw-2", (20, "hour"), 0),
    product(SHOP, "Compute", "", "Flexible IPv4 - FR-PAR-1", "/ip/flexible_v4/fr-par-1", (20, "hour"), 14),
    product(DATA, "BareMetal", "Elastic Metal EM-A116X-SSD", "EM-A116X-SSD-Hourly", "/baremetal/em-a116x-ssd/hourly/run_fr-par-2", (15, "hour"), 410),
    product(SHOP, "Containers", "Kapsule-dedicated-4", "Kapsule Dedicated Control-Plane - FR-PAR", "/k8s/control-plane/kapsule-dedicated-4/fr-par", (10, "hour"), 633),
    product(STAGING, "Containers", "Kapsule", "Kapsule Mutualized Control-Plane - FR-PAR", "/k8s/control-plane/kapsule/fr-par", (0, "hour"), 660),
    product(SHOP, "Storage", "Block Storage Volume", "Block Storage Low Latency 5k IOPS - FR-PAR-1", "/storage/block/volume-low-latency-5k/fr-par-1", (10, "gigabyte_month"), 180),
    product(DATA, "Storage", "Block Storage Volume", "Block Storage Low Latency 15k IOPS - NL-AMS-1", "/storage/block/volume-low-latency-15k/nl-ams-1", (15, "gigabyte_month"), 96),
    product(SHOP, "Object Storage", "Multi-AZ Standard", "Multi-AZ - FR-PAR", "/storage/obj/standard/fr-par", (5, "gigabyte_month"), 820),
    product(DATA, "Object Storage", "Glacier", "Glacier - FR-PAR", "/storage/obj/glacier/fr-par", (5, "gigabyte_month"), 145),
    product(SHOP, "Object Storage", "Internal Bandwidth", "Intra region fr-par", "/storage/obj/bandwidth/internal/fr-par", (0, "gigabyte"), 2310),
    product(SHOP, "Object Storage", "Offer deducted", "Outgoing bandwidth free tier", "/offer/deducted/storage/obj/bandwidth", (-5, "currency"), 75),
    product(SHOP, "Network", "Load Balancer LB-S", "Run - FR-PAR-1", "/network/loadbalancer/lb-s/fr-par-1", (5, "hour"), 640),
    product(SHOP, "Network", "", "Load Balancer IP - FR-PAR-1", "/network/loadbalancer/ip/fr-par-1", (5, "hour"), 72),
    product(DATA, "Network", "VPC Public Gateway S", "VPC GW S - NL-AMS-1", "/network/vpc/public-gateway/vpc-gw-s/nl-ams-1", (5, "hour"), 305),
    product(STAGING, "Network", "Private Networks", "Private Network - FR-PAR", "/network/vpc/private-network/fr-par", (0, "hour"), 1320),
    product(SHOP, "Managed Databases", "Database Node DB-GP-XS", "Run - FR-PAR", "/storage/rdb/node/db-gp-xs/fr-par", (15, "hour"), 522),
    product(SHOP, "Managed Databases", "", "Database Backup - FR-PAR", "/storage/rdb/backup/fr-par", (5, "gigabyte_month"), 33),
    product(STAGING, "Managed Databases", "Database Node DB-DEV-S", "Run - FR-PAR", "/storage/rdb/node/db-dev-s/fr-par", (5, "hour"), 158),
    product(DATA, "Managed Databases", "RED1-XS", "Database main node RED1-XS - FR-PAR-1", "/storage/redis/main-node/red1-xs/fr-par-1", (10, "hour"), 207),
    product(SHOP, "Serverless", "Serverless Functions", "Memory allocation - FR-PAR", "/paas/faas/memory/fr-par", (5, "gb_s"), 49),
    product(SHOP, "Serverless", "Offer deducted", "Serverless Functions free tier", "/offer/deducted/paas/faas/requests", (-5, "currency"), 7),
    product(DATA, "Serverless", "Messaging and Queuing NATS", "NATS Volume - FR-PAR", "/paas/messaging/nats/volume/fr-par", (5, "gigabyte"), 11),
    product(SHOP, "Observability", "Free plan", "Free plan - FR-PAR", "/observability/cockpit/plan-free/fr-par", (0, "hour"), 720),
    product(DATA, "Observability", "Custom metrics", "Custom metrics - FR-PAR", "/observability/cockpit/custom-sample/fr-par", (5, "sample"), 88),
    product(SHOP, "Security and Identity", "Secret Manager", "Secret Manager - Version storage - FR-PAR", "/paas/secret_manager/version/fr-par", (5, "version_month"), 18),
    product(SHOP, "Security and Identity", "Secret Manager", "Secret Manager - Access - FR-PAR", "/paas/secret_manager/access/fr-par", (0, "request"), 905),
    product(DATA, "AI", "Generative APIs", "Generative APIs - Input tokens - FR-PAR", "/ai/generative-apis/input-tokens/fr-par", (20, "token"), 26),
    product(SHOP, "Managed Services", "Domains and DNS", "DNS zone", "/domain/dns/zone", (25, "month"), 1),
];
