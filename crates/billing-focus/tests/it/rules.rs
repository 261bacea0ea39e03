//! The checker notices each broken rule.

use std::collections::BTreeSet;

use billing_focus::{Format, ServiceCategory, ServiceSubcategory, Version, fastly, scaleway};
use billing_sandbox::Sandbox;

use crate::{
    checker::{ALL, Expectations, RULES, Table, Total, add_up, check, services},
    sandbox::{collected, fastly_client, reconciled, scaleway_client, written},
};

struct Tables {
    consumption: Table,
    charges: Table,
    fastly: Table,
}

impl Tables {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap());
        let sandbox = sandbox.start().await.unwrap();
        let client = scaleway_client(&sandbox);
        let month = "2026-05".parse().unwrap();
        let consumption = reconciled(scaleway::consumption(&client, month), 1).await;
        let charges = collected(scaleway::charges(&client, month)).await;
        let fastly = reconciled(fastly::invoice(&fastly_client(&sandbox), month), 1).await;
        let csv = |rows: &[_], columns| written(rows, columns, Version::V1_2, Format::Csv);
        Self {
            consumption: csv(&consumption, scaleway::CONSUMPTION_COLUMNS),
            charges: csv(&charges, scaleway::CHARGES_COLUMNS),
            fastly: csv(&fastly, fastly::COLUMNS),
        }
    }
}

/// The first row of a category, in a table of its own.
fn first(table: &Table, category: &str) -> Table {
    let row = table.views().position(|row| row.get("ChargeCategory") == Some(category)).unwrap();
    Table { columns: table.columns.clone(), rows: vec![table.rows[row].clone()] }
}

#[track_caller]
fn assert_breaks(table: &Table, rule: &'static str) -> &'static str {
    // Charges have no quantities.
    let quantities = table.column("ResourceId").is_none();
    let found = check(table, Expectations { quantities, ..ALL });
    assert_eq!(found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [rule], "{found:?}");
    rule
}

#[tokio::test]
#[rustfmt::skip]
async fn each_rule_is_noticed_when_it_alone_is_broken() {
    let Tables { consumption, charges, fastly } = Tables::new().await;
    let id = charges.views().next().and_then(|row| row.get("ResourceId")).unwrap().to_owned();
    let mut noticed = BTreeSet::new();
    for (table, category, changes, rule) in [
        (&consumption, "Usage", &[("BillingPeriodEnd", "2026-06-01T00:00:00.000Z")][..], "an instant is YYYY-MM-DDTHH:mm:ssZ"),
        (&consumption, "Usage", &[("ChargePeriodEnd", "2026-06-01 00:00:00")], "an instant is YYYY-MM-DDTHH:mm:ssZ"),
        (&consumption, "Usage", &[("ChargePeriodEnd", "2026-06-01T00:00:00+02:00")], "an instant is YYYY-MM-DDTHH:mm:ssZ"),
        (&consumption, "Usage", &[("BilledCost", "+1.0")], "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", &[("ListCost", "1,000.0")], "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", &[("EffectiveCost", "€5")], "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", &[("BillingCurrency", "euro")], "a currency is an ISO 4217 code"),
        (&consumption, "Usage", &[("PricingUnit", "hours")], "a unit has the form of FOCUS"),
        (&consumption, "Usage", &[("PricingUnit", "ten Requests")], "a unit has the form of FOCUS"),
        (&consumption, "Usage", &[("ConsumedUnit", "GIB-Hours")], "a unit has the form of FOCUS"),
        (&consumption, "Usage", &[("BillingAccountName", "null")], "null is an empty field"),
        (&consumption, "Usage", &[("SkuId", " ")], "null is an empty field"),
        (&consumption, "Usage", &[("SubAccountId", "Not Applicable")], "null is an empty field"),
        (&charges, "Usage", &[("ChargeCategory", "usage")], "a value is one of those allowed"),
        (&consumption, "Usage", &[("ChargeClass", "Refund")], "a value is one of those allowed"),
        (&consumption, "Usage", &[("ChargeFrequency", "Daily")], "a value is one of those allowed"),
        (&consumption, "Usage", &[("ServiceCategory", "Cloud")], "a value is one of those allowed"),
        (&consumption, "Usage", &[("ServiceSubcategory", "Caching")], "a subcategory belongs to its category"),
        (&consumption, "Usage", &[("BilledCost", "")], "a column that is not nullable has a value"),
        (&consumption, "Usage", &[("BillingAccountId", "")], "a column that is not nullable has a value"),
        (&consumption, "Usage", &[("ChargeFrequency", "")], "a column that is not nullable has a value"),
        (&consumption, "Usage", &[("InvoiceIssuerName", "Reseller")], "the issuer is the provider, or nothing is billed"),
        (&consumption, "Credit", &[("ListCost", "1.0")], "all costs of a credit or tax are the billed cost"),
        (&consumption, "Tax", &[("EffectiveCost", "1.0")], "all costs of a credit or tax are the billed cost"),
        (&consumption, "Tax", &[("SkuId", "x")], "a tax has neither quantity, price nor SKU"),
        (&consumption, "Tax", &[("PricingQuantity", "1.0"), ("PricingUnit", "Units")], "a tax has neither quantity, price nor SKU"),
        (&consumption, "Usage", &[("ConsumedUnit", "")], "a unit is null exactly when its quantity is"),
        (&charges, "Usage", &[("PricingUnit", "Hours")], "a unit is null exactly when its quantity is"),
        (&consumption, "Usage", &[("SubAccountName", "")], "a name is null exactly when its id is"),
        (&consumption, "Usage", &[("RegionName", "")], "a name is null exactly when its id is"),
        (&charges, "Usage", &[("ResourceType", "")], "a name is null exactly when its id is"),
        (&consumption, "Usage", &[("RegionId", ""), ("RegionName", "")], "a zone is in a region"),
        (&charges, "Usage", &[("ResourceName", &*id)], "a resource name is more than its id"),
        (&consumption, "Usage", &[("InvoiceId", "")], "an invoiced row has its invoice"),
        (&consumption, "Usage", &[("ChargePeriodEnd", "2026-05-01T00:00:00Z")], "a period ends after its start"),
        (&consumption, "Usage", &[("BillingPeriodEnd", "2026-05-31T23:59:59Z")], "a billing period is a month, and its end is exclusive"),
        (&consumption, "Usage", &[("SkuId", "")], "usage and purchases have a SKU"),
        (&fastly, "Purchase", &[("SkuId", "")], "usage and purchases have a SKU"),
        (&fastly, "Usage", &[("ListUnitPrice", "0.5")], "unit price times quantity is the cost"),
        (&fastly, "Usage", &[("ContractedCost", "0.01")], "unit price times quantity is the cost"),
        (&fastly, "Usage", &[("ContractedUnitPrice", "")], "usage and purchases have quantity and price"),
        (&fastly, "Purchase", &[("ChargeFrequency", "Usage-Based")], "a purchase is not usage-based"),
        (&fastly, "Purchase", &[("ConsumedQuantity", "1.0"), ("ConsumedUnit", "Units")], "only usage is consumed"),
        (&fastly, "Usage", &[("ListUnitPrice", "-1.0"), ("ContractedUnitPrice", "-1.0"), ("ListCost", "-1.0"), ("ContractedCost", "-1.0"), ("PricingQuantity", "1.0")], "a unit price is not negative"),
    ] {
        let mut table = first(table, category);
        for (column, value) in changes {
            table.set(0, column, value);
        }
        noticed.insert(assert_breaks(&table, rule));
    }

    let mut table = consumption.clone();
    let other = first(&table, "Tax").rows.remove(0);
    table.rows.truncate(1);
    table.rows.push(other);
    table.set(1, "ServiceName", &table.rows[0][table.column("ServiceName").unwrap()].clone().unwrap());
    noticed.insert(assert_breaks(&table, "a service name belongs to one category"));

    let changed = |change: fn(&mut Table)| {
        let mut table = first(&consumption, "Usage");
        change(&mut table);
        table
    };
    let table = changed(|table| table.remove("AvailabilityZone"));
    assert_eq!(check(&table, ALL), [], "a conditional column");
    let table = changed(|table| table.remove("BilledCost"));
    noticed.insert(assert_breaks(&table, "mandatory columns are there"));
    let table = changed(|table| "Zone".clone_into(&mut table.columns[0]));
    noticed.insert(assert_breaks(&table, "columns have names of FOCUS or begin with x_"));
    let table = changed(|table| table.add("x_ProductName"));
    noticed.insert(assert_breaks(&table, "columns are there once"));
    let table = changed(|table| table.add("SkuMeter"));
    noticed.insert(assert_breaks(&table, "own columns come last"));

    let mut table = first(&consumption, "Usage");
    let row = table.views().next().unwrap();
    let cost = row.decimal("BilledCost").unwrap();
    let total = Total {
        invoice: row.get("InvoiceId").map(str::to_owned),
        currency: "EUR".to_owned(),
        untaxed: Some(cost),
        total: cost,
    };
    assert_eq!(add_up(&table, std::slice::from_ref(&total)), []);
    assert_eq!(add_up(&table, &[]).len(), 1, "a row is on an unknown invoice");
    table.set(0, "BilledCost", "0.01");
    assert_eq!(check(&table, ALL), []);
    noticed.extend(add_up(&table, &[total]).into_iter().map(|(rule, _)| rule));

    assert_eq!(noticed, RULES.iter().copied().collect(), "each rule was broken");
}

#[tokio::test]
async fn files_that_break_no_rule_pass() {
    let Tables { consumption, charges, fastly } = Tables::new().await;
    for table in [&consumption, &fastly] {
        assert_eq!(check(table, ALL), []);
    }
    assert_eq!(check(&charges, Expectations { quantities: false, ..ALL }), []);
}

#[test]
fn services_are_those_of_the_specification() {
    let mut count = 0;
    for &(category, subcategories) in services() {
        for &subcategory in subcategories {
            let found =
                ServiceSubcategory::VALUES.iter().find(|value| value.as_str() == subcategory);
            assert_eq!(
                found.map(|value| value.category().as_str()),
                Some(category),
                "{subcategory}"
            );
            count += 1;
        }
    }
    assert_eq!(ServiceSubcategory::VALUES.len(), count);
    assert_eq!(ServiceCategory::VALUES.len(), services().len());
}
