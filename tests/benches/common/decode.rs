//! The bodies, and the ways to decode them.

use std::hint::black_box;

use fastly_billing::{Usagemetrics, v3::ListEomInvoicesResponse};
use prost::Message as _;
use scaleway_billing::v2beta1::{
    ListChargesResponse, ListConsumptionsResponse, ListInvoicesResponse,
};
use sdk_core::json;
use serde::de::DeserializeOwned;
use viam_billing::{server::v1 as wire, v1::GetInvoicesSummaryResponse};

use super::{
    bare::{self, Exact},
    bodies,
};

/// A body, and ways to decode it.
pub struct Decode {
    pub name: &'static str,
    pub body: fn() -> Vec<u8>,
    pub ours: fn(&[u8]),
    pub bare: fn(&[u8]),
}

pub const DECODE: &[Decode] = &[
    Decode {
        name: "scaleway consumptions, 521 lines",
        body: || bodies::consumptions(521).into_bytes(),
        ours: ours::<ListConsumptionsResponse>,
        bare: bare::<bare::Consumptions>,
    },
    Decode {
        name: "scaleway invoices, 100",
        body: || bodies::invoices(0..100, 100).into_bytes(),
        ours: ours::<ListInvoicesResponse>,
        bare: bare::<bare::Invoices>,
    },
    Decode {
        name: "scaleway charges, 1000",
        body: || bodies::charges(0..1_000, Some(2)).into_bytes(),
        ours: ours::<ListChargesResponse>,
        bare: bare::<bare::Charges>,
    },
    Decode {
        name: "fastly invoices, 200 with 20 lines",
        body: || bodies::fastly_invoices(200, 20).into_bytes(),
        ours: ours::<ListEomInvoicesResponse>,
        bare: bare::<bare::FastlyInvoices<f64>>,
    },
    Decode {
        name: "the same beside exact decimals",
        body: || bodies::fastly_invoices(200, 20).into_bytes(),
        ours: ours::<ListEomInvoicesResponse>,
        bare: bare::<bare::FastlyInvoices<Exact>>,
    },
    Decode {
        name: "fastly usage, 2000 rows",
        body: || bodies::fastly_usage(2_000).into_bytes(),
        ours: ours::<Usagemetrics>,
        bare: bare::<bare::UsageMetrics<f64>>,
    },
    Decode {
        name: "the same usage beside exact decimals",
        body: || bodies::fastly_usage(2_000).into_bytes(),
        ours: ours::<Usagemetrics>,
        bare: bare::<bare::UsageMetrics<Exact>>,
    },
    Decode {
        name: "viam summary, 60000 invoices",
        body: || bodies::viam_summary(60_000),
        ours: |body| {
            let message = wire::GetInvoicesSummaryResponse::decode(body).unwrap();
            black_box(GetInvoicesSummaryResponse::try_from(message).unwrap());
        },
        bare: |body| {
            black_box(wire::GetInvoicesSummaryResponse::decode(body).unwrap());
        },
    },
];

fn ours<T: DeserializeOwned>(body: &[u8]) {
    black_box(json::from_slice::<T>(body).unwrap());
}

fn bare<T: DeserializeOwned>(body: &[u8]) {
    black_box(serde_json::from_slice::<T>(body).unwrap());
}
