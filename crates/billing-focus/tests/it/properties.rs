//! Properties: whatever the vendors send, the files follow the rules and the rows add up.

use billing_focus::{Check, fastly, scaleway, viam};
use billing_sandbox::Sandbox;
use billing_tests::{ScriptedServer, ViamServer, json};
use chrono::{Days, TimeZone as _, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json as value};
use tokio::runtime::Runtime;
use viam_billing::v1::{
    GetCurrentMonthUsageResponse, ResourceUsageCosts, ResourceUsageCostsBySource, UsageCost,
};

use crate::{
    checker::{ALL, Expectations, Total},
    sandbox::{assert_conform, collected, fastly_client, reconciled, scaleway_client},
};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_month_of_any_sandbox_conforms(
        invoices in 0_usize..400,
        charges in 0_usize..1_200,
        age in 0_u16..130,
        pending in 0_u32..3,
    ) {
        block_on(async {
            let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).invoices(invoices).charges(charges).pending(pending);
            let sandbox = sandbox.start().await.unwrap();
            let months = 2026 * 12 + 5 - age;
            let month = scaleway_billing::BillingMonth::new(
                months / 12,
                u8::try_from(months % 12 + 1).unwrap(),
            );
            let month = month.unwrap();

            let client = scaleway_client(&sandbox);
            let mut rows = scaleway::consumption(&client, month);
            let (mut all, mut check) = (Vec::new(), Check::default());
            while let Some(row) = rows.try_next().await.unwrap() {
                check.add(&row).unwrap();
                all.push(row);
            }
            for comparison in check.compare(rows.totals()) {
                assert!(!comparison.differs(), "{comparison}");
            }
            let invoiced = all.iter().all(|row| row.invoice_id.is_some());
            let expected = Expectations { invoiced, ..ALL };
            assert_conform(&all, scaleway::CONSUMPTION_COLUMNS, expected, None);

            let all = collected(scaleway::charges(&client, month)).await;
            let expected = Expectations { quantities: false, invoiced: age > 0, ..ALL };
            assert_conform(&all, scaleway::CHARGES_COLUMNS, expected, None);

            let client = fastly_client(&sandbox);
            let of_month = age > 0 && usize::from(age) <= invoices;
            if of_month {
                let rows = reconciled(fastly::invoice(&client, month), 1).await;
                assert_conform(&rows, fastly::COLUMNS, ALL, None);
            }
            let rows = reconciled(fastly::month_to_date(&client), 1).await;
            let expected = Expectations { invoiced: false, ..ALL };
            assert_conform(&rows, fastly::COLUMNS, expected, None);
        });
    }
}

/// A string as a customer may choose it: commas, quotes, line ends, other scripts.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(" \t".to_owned()),
        "[a-zA-Z\",;'\\\\ \n\r\té日=+@-]{0,12}[a-z]",
    ]
}

fn sku() -> impl Strategy<Value = String> {
    let path = prop::collection::vec("q[a-z0-9_-]{0,7}", 0..4);
    let head = prop_oneof![
        Just("/compute"),
        Just("/storage/obj"),
        Just("/offer/deducted"),
        Just("/new"),
        Just(""),
    ];
    let end = prop_oneof![
        Just(""),
        Just("/fr-par"),
        Just("/run_par1"),
        Just("/nl-ams-3"),
        Just("/xx-par-1"),
    ];
    (head, path, end).prop_map(|(head, path, end)| {
        let path: String = path.iter().map(|part| format!("/{part}")).collect();
        format!("{head}{path}{end}")
    })
}

fn category() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("Compute"), Just("Object Storage"), Just("Instances"), Just("Novel"), Just("")]
}

/// An amount of up to nine decimal places, as units and nanos of one sign.
fn money() -> impl Strategy<Value = Decimal> {
    (-10_000_000_000_000_000_i64..10_000_000_000_000_000).prop_map(|nanos| Decimal::new(nanos, 9))
}

fn money_json(amount: Decimal) -> Value {
    let nanos = amount.mantissa() * 10_i128.pow(9 - amount.scale());
    let (units, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let part = |part: i128| i64::try_from(part).unwrap();
    value!({"currency_code": "EUR", "units": part(units), "nanos": part(nanos)})
}

/// A bare JSON number with all digits.
fn number(amount: Decimal) -> Value {
    // The crate reads it as a string, so that no digit is lost.
    Value::String(amount.to_string())
}

fn line() -> impl Strategy<Value = (Decimal, Value)> {
    let quantity = prop_oneof![Just(None), money().prop_map(Some)];
    let unit = prop_oneof![
        Just("hour"),
        Just("gb_s"),
        Just("robot"),
        Just("robot_arm hour"),
        Just(" "),
        Just(""),
    ];
    (money(), sku(), category(), name(), name(), (quantity, unit)).prop_map(
        |(amount, sku, category, product, project, (quantity, unit))| {
            let line = value!({
                "value": money_json(amount),
                "sku": sku,
                "category_name": category,
                "product_name": product,
                "project_name": project,
                "project_id": if project.len() % 2 == 0 { "" } else { "p1" },
                "billed_quantity": quantity.map_or(String::new(), |quantity| quantity.to_string()),
                "unit": unit,
            });
            (amount, line)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_consumption_conforms_and_adds_up(
        lines in prop::collection::vec(line(), 1..12),
        discount in 0_i64..1_000_000,
        tax in money(),
        organization in name(),
    ) {
        let discount = Decimal::new(discount, 2);
        let untaxed = lines.iter().map(|(amount, _)| amount).sum::<Decimal>() - discount;
        let invoices = value!({"total_count": 1, "invoices": [{
            "id": "i1",
            "organization_name": organization,
            "billing_period": "2026-05-01T00:00:00Z",
            "type": "periodic",
            "total_untaxed": money_json(untaxed),
            "total_taxed": money_json(untaxed + tax),
        }]});
        let consumptions = value!({
            "total_count": lines.len(),
            "consumptions": lines.iter().map(|(_, line)| line).collect::<Vec<_>>(),
            "total_discount_untaxed_value": number(discount),
        });
        let taxes = value!({"total_count": 2, "taxes": [
            {"description": "VAT", "currency": "EUR", "rate": 0.2, "total_tax_value": number(tax)},
            {"description": "None", "currency": "EUR", "rate": null, "total_tax_value": null},
        ]});
        block_on(async {
            let script = [invoices, consumptions, taxes].map(|body| json(body.to_string()));
            let server = ScriptedServer::start(script).await;
            let client = scaleway_billing::Client::builder()
                .api_url(server.url())
                .secret_key("11111111-1111-1111-1111-111111111111")
                .default_organization_id("22222222-2222-2222-2222-222222222222")
                .build()
                .unwrap();
            let rows = scaleway::consumption(&client, "2026-05".parse().unwrap());
            let rows = reconciled(rows, 1).await;
            // A line without a quantity cannot have one in its row.
            let expected = Expectations { quantities: false, skus: false, ..ALL };
            let total = Total {
                invoice: Some("i1".to_owned()),
                currency: "EUR".to_owned(),
                untaxed: Some(untaxed),
                total: untaxed + tax,
            };
            assert_conform(&rows, scaleway::CONSUMPTION_COLUMNS, expected, Some(&[total]));
        });
    }

    #[test]
    fn any_fastly_invoice_conforms_and_adds_up(
        lines in prop::collection::vec(
            (
                -1_000_000_i64..10_000_000,
                0_i64..100_000,
                0_i64..10_000_000_000,
                prop_oneof![name(), Just("One".to_owned()), Just("WAF".to_owned())],
                prop_oneof![name(), Just("Security".to_owned()), Just("Delivery".to_owned())],
            ),
            1..12,
        ),
        region in prop_oneof![Just(""), Just("Asia")],
        usage in prop_oneof![Just(""), Just("Requests"), Just("bandwidth"), Just("Seconds")],
    ) {
        let total: i64 = lines.iter().map(|line| line.0).sum();
        let items = lines.iter().map(|(amount, rate, units, product, group)| value!({
            "description": product,
            "amount": number(Decimal::new(*amount, 2)),
            "rate": number(Decimal::new(*rate, 4)),
            "units": number(Decimal::new(*units, 4)),
            "product_name": product,
            "product_group": group,
            "region": region,
            "usage_type": usage,
        }));
        let invoice = value!({
            "customer_id": "c1",
            "invoice_id": "INV-1",
            "billing_start_date": "2026-05-01T00:00:00Z",
            "billing_end_date": "2026-05-31T00:00:00Z",
            "currency_code": "USD",
            "monthly_transaction_amount": number(Decimal::new(total, 2)),
            "transaction_line_items": items.collect::<Vec<_>>(),
        });
        block_on(async {
            let server = ScriptedServer::start([json(invoice.to_string())]).await;
            let client = fastly_billing::Client::builder()
                .api_url(server.url())
                .api_token("token")
                .build()
                .unwrap();
            let rows = reconciled(fastly::invoice(&client, "INV-1"), 1).await;
            let expected = Expectations { skus: false, ..ALL };
            let total = Total {
                invoice: Some("INV-1".to_owned()),
                currency: "USD".to_owned(),
                untaxed: None,
                total: Decimal::new(total, 2),
            };
            assert_conform(&rows, fastly::COLUMNS, expected, Some(&[total]));
        });
    }

    #[test]
    fn any_current_month_of_viam_conforms_and_adds_up(
        sources in prop::collection::vec(
            (
                (0_i32..5, name()),
                prop::collection::vec((0_i32..40, amount()), 0..6),
                amount(),
            ),
            0..4,
        ),
        (total, discount) in (amount(), amount()),
        (day, days) in (1_u32..29, 1_u64..32),
    ) {
        let of_source = |((source, tier), costs, discount): &((i32, String), Vec<(i32, f64)>, f64)| {
            let usage = costs.iter().map(|&(resource_type, cost)| {
                UsageCost::default().resource_type(resource_type.into()).cost(cost)
            });
            let sum: Decimal = costs.iter().map(|(_, cost)| cents(*cost)).sum();
            let sum = sum - cents(*discount);
            let usage = ResourceUsageCosts::default()
                .usage_costs(usage)
                .discount(*discount)
                .total_with_discount(sum.to_string().parse::<f64>().unwrap());
            let source = ResourceUsageCostsBySource::default()
                .source_type((*source).into())
                .tier_name(tier)
                .resource_usage_costs(usage);
            (source, sum)
        };
        let (sources, sums): (Vec<_>, Vec<_>) = sources.iter().map(of_source).unzip();
        let start = Utc.with_ymd_and_hms(2026, 5, day, 7, 30, 0).unwrap();
        let mut sum: Decimal = sums.into_iter().sum();
        #[allow(deprecated, reason = "an older service sends these fields only")]
        let usage = if sources.is_empty() {
            sum = cents(total) - cents(discount);
            GetCurrentMonthUsageResponse::default()
                .total_usage_without_discount(total)
                .discount_amount(discount)
                .total_usage_with_discount(sum.to_string().parse::<f64>().unwrap())
        } else {
            GetCurrentMonthUsageResponse::default().resource_usage_costs_by_source(sources.clone())
        };
        let usage = usage.start_date(start).end_date(start + Days::new(days));
        block_on(async {
            let server = ViamServer::start();
            server.usage(usage);
            let client = viam_billing::ViamClient::builder()
                .api_url(server.url())
                .api_key(ViamServer::KEY, ViamServer::KEY_ID)
                .build()
                .unwrap();
            let rows = reconciled(viam::current_month(&client, "o1"), 1).await;
            let skus = !sources.is_empty();
            let expected = Expectations { quantities: false, invoiced: false, skus, ..ALL };
            let total = Total {
                invoice: None,
                currency: "USD".to_owned(),
                untaxed: None,
                total: sum,
            };
            assert_conform(&rows, viam::COLUMNS, expected, Some(&[total]));
        });
    }
}

/// An amount of Viam in cents, possibly with the rounding error of a floating-point sum.
fn amount() -> impl Strategy<Value = f64> {
    let drifts = prop_oneof![Just(0.0), Just(1e-9), Just(-1e-9)];
    (-10_000_i32..1_000_000, drifts).prop_map(|(cents, drift)| f64::from(cents) / 100.0 + drift)
}

fn cents(amount: f64) -> Decimal {
    let text = format!("{amount:.2}");
    text.parse().unwrap()
}
