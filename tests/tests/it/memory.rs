//! The size of a decoded response in memory, as documented by `CallOptions::max_body_size`. Each
//! shape is decoded in a separate process, whose peak memory is measured.

use billing_tests::Alone;
use fastly_billing::{v2 as fastly_v2, v3};
use scaleway_billing::{v2, v2alpha1, v2beta1};
use serde::de::DeserializeOwned;
use viam_billing::{
    server::v1 as wire,
    v1::{
        GetAvailableBillingTiersResponse, GetCurrentMonthUsageResponse, GetInvoicesSummaryResponse,
    },
};

use crate::viam_memory::peak;

const SIZE: usize = 4 * 1024 * 1024;
/// The bounds in the documentation of `CallOptions::max_body_size`.
const JSON: usize = 40;
const MESSAGE: usize = 96;

/// A shape, and the function that decodes it and returns whether it is accepted.
struct Shape {
    name: String,
    body: Box<dyn Fn() -> Vec<u8>>,
    accepted: bool,
    bound: usize,
    decode: fn(&[u8]) -> bool,
}

fn json<T: DeserializeOwned>(body: &[u8]) -> bool {
    sdk_core::json::from_slice::<T>(body).is_ok()
}

fn message<W: prost::Message + Default, M: TryFrom<W>>(body: &[u8]) -> bool {
    W::decode(body).is_ok_and(|message| M::try_from(message).is_ok())
}

/// The object `{before}{item},{item}…{after}` of about [`SIZE`].
fn repeated(before: &str, item: impl Fn(usize) -> String, after: &str) -> Vec<u8> {
    let mut body = before.to_owned();
    for number in 0.. {
        if body.len() >= SIZE {
            break;
        }
        if number > 0 {
            body.push(',');
        }
        body.push_str(&item(number));
    }
    body.push_str(after);
    body.into_bytes()
}

/// The shapes of a list: of empty items, which are rejected, and of the smallest that are accepted.
fn list<T: DeserializeOwned, I>(before: &str, after: &str) -> [Shape; 2] {
    // The error of an empty item lists the keys.
    let empty = format!("{before}{{}}{after}");
    let Err(error) = sdk_core::json::from_slice::<T>(empty.as_bytes()) else { panic!("{empty}") };
    let error = error.to_string();
    let (_, keys) =
        error.split_once("expected keys (").unwrap_or_else(|| panic!("{empty}: {error}"));
    let keys = keys.split([',', ')']).map(str::trim);
    let key = keys.filter(|key| !key.is_empty()).min_by_key(|key| key.len()).unwrap().to_owned();
    let name = std::any::type_name::<I>();
    let (before, after) = (before.to_owned(), after.to_owned());
    let shape = |kind: &str, item: String, accepted| {
        let (before, after) = (before.clone(), after.clone());
        Shape {
            name: format!("{kind} {name}"),
            body: Box::new(move || repeated(&before, |_| item.clone(), &after)),
            accepted,
            bound: JSON,
            decode: json::<T>,
        }
    };
    [shape("empty", "{}".into(), false), shape("smallest", format!("{{\"{key}\":null}}"), true)]
}

macro_rules! lists {
    ($($response:ty, $item:ty, $before:literal, $after:literal;)*) => {
        [$(list::<$response, $item>($before, $after)),*].into_iter().flatten()
    };
}

fn shapes() -> Vec<Shape> {
    let lists = lists! {
        v2beta1::ListConsumptionsResponse, v2beta1::ListConsumptionsResponseConsumption, r#"{"consumptions":["#, "]}";
        v2beta1::ListTaxesResponse, v2beta1::ListTaxesResponseTax, r#"{"taxes":["#, "]}";
        v2beta1::ListInvoicesResponse, v2beta1::Invoice, r#"{"invoices":["#, "]}";
        v2beta1::ListDiscountsResponse, v2beta1::Discount, r#"{"discounts":["#, "]}";
        v2beta1::ListDiscountsResponse, v2beta1::DiscountFilter, r#"{"discounts":[{"filters":["#, "]}]}";
        v2beta1::ListChargesResponse, v2beta1::Charge, r#"{"charges":["#, "]}";
        v2::ListBudgetsResponse, v2::Budget, r#"{"budgets":["#, "]}";
        v2::ListBudgetsResponse, v2::BudgetAlert, r#"{"budgets":[{"alerts":["#, "]}]}";
        v2::ListElectronicAddressesResponse, v2::ElectronicAddress, r#"{"electronic_addresses":["#, "]}";
        v2alpha1::GetConsumptionResponse, v2alpha1::GetConsumptionResponseConsumption, r#"{"consumptions":["#, "]}";
        v2alpha1::ListInvoicesResponse, v2alpha1::Invoice, r#"{"invoices":["#, "]}";
        v2alpha1::ListDiscountsResponse, v2alpha1::Discount, r#"{"discounts":["#, "]}";
        fastly_v2::BillingResponse, fastly_v2::BillingResponseLineItem, r#"{"line_items":["#, "]}";
        fastly_v2::BillingEstimateResponse, fastly_v2::BillingEstimateLinesLineItems, r#"{"line_items":["#, "]}";
        v3::ListEomInvoicesResponse, v3::Invoice, r#"{"data":["#, "]}";
        v3::EomInvoiceResponse, v3::Invoicelineitems, r#"{"transaction_line_items":["#, "]}";
        v3::MtdInvoiceResponse, v3::Mtdlineitems, r#"{"transaction_line_items":["#, "]}";
        v3::ServiceusagemetricsData, v3::Serviceusagemetric, r#"{"details":["#, "]}";
        v3::ListCustomerAddressesResponse, v3::CustomerAddress, r#"{"data":["#, "]}";
    };
    let mut shapes: Vec<Shape> = lists.collect();
    type Body = fn() -> Vec<u8>;
    let mut more = |name: &str, body: Body, accepted, bound, decode| {
        shapes.push(Shape { name: name.to_owned(), body: Box::new(body), accepted, bound, decode });
    };
    let strings: Body = || {
        let before = r#"{"alerts":[{"notifications":[{"recipients":["#;
        repeated(before, |_| r#""""#.to_owned(), "]}]}]}")
    };
    more("strings", strings, true, JSON, json::<v2::Budget>);
    let map: Body = || repeated(r#"{"regions":{"#, |number| format!("\"{number}\":{{}}"), "}}");
    more("map", map, true, JSON, json::<fastly_v2::BillingResponse>);
    let deep: Body = || [r#"{"x":"#.as_bytes(), &vec![b'['; SIZE]].concat();
    more("deep", deep, false, JSON, json::<v3::ListEomInvoicesResponse>);
    let text: Body =
        || [r#"{"invoices":[{"id":""#, &"x".repeat(SIZE), r#""}]}"#].concat().into_bytes();
    more("one string", text, true, JSON, json::<v2beta1::ListInvoicesResponse>);

    // Empty messages in a list, which take two bytes each.
    let decode = message::<wire::GetInvoicesSummaryResponse, GetInvoicesSummaryResponse>;
    more("messages: invoices", || [0x12, 0].repeat(SIZE / 2), true, MESSAGE, decode);
    let decode = message::<wire::GetCurrentMonthUsageResponse, GetCurrentMonthUsageResponse>;
    more("messages: sources", || [0x72, 0].repeat(SIZE / 2), true, MESSAGE, decode);
    let decode =
        message::<wire::GetAvailableBillingTiersResponse, GetAvailableBillingTiersResponse>;
    more("messages: strings", || [0x0a, 0].repeat(SIZE / 2), true, MESSAGE, decode);
    shapes
}

#[tokio::test]
async fn size_of_a_decoded_response_is_bounded() {
    let mut shapes = shapes();
    let Some(argument) = Alone::argument() else {
        for number in 0..shapes.len() {
            let test = "memory::size_of_a_decoded_response_is_bounded";
            Alone::new(test).run(number.to_string()).await;
        }
        return;
    };
    let Shape { name, body, accepted, bound, decode } =
        shapes.swap_remove(argument.parse().unwrap());
    let body = body();
    let before = peak();
    assert_eq!(decode(&body), accepted, "{name}");
    let times = peak().saturating_sub(before) / body.len() + 1;
    println!("{times} times: {name}");
    assert!(times <= bound, "{name}: {times} times its size in memory");
}
