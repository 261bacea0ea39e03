//! The checker notices each broken rule.

use billing_focus::{Format, ServiceCategory, ServiceSubcategory, Version, fastly, scaleway};
use billing_sandbox::Sandbox;

use crate::{
    checker::{Expectations, Table, check, services},
    sandbox::{fastly_client, reconciled, scaleway_client, written},
};

const ALL: Expectations = Expectations { version: "1.2", quantities: true, invoiced: true };

async fn tables() -> [Table; 3] {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let client = scaleway_client(&sandbox);
    let month = "2026-05".parse().unwrap();
    let scaleway = reconciled(scaleway::consumption(&client, month), 1).await;
    let mut charges = Vec::new();
    let mut rows = scaleway::charges(&client, month);
    while let Some(row) = rows.try_next().await.unwrap() {
        charges.push(row);
    }
    let fastly = reconciled(fastly::invoice(&fastly_client(&sandbox), month), 1).await;
    let csv = |rows: &[_], columns| written(rows, columns, Version::V1_2, Format::Csv);
    [
        csv(&scaleway, scaleway::CONSUMPTION_COLUMNS),
        csv(&charges, scaleway::CHARGES_COLUMNS),
        csv(&fastly, fastly::COLUMNS),
    ]
}

/// The first row of a category.
fn first(table: &Table, category: &str) -> usize {
    table.views().position(|view| view.get("ChargeCategory") == Some(category)).unwrap()
}

fn broken(table: &Table) -> Vec<&'static str> {
    check(table, ALL).into_iter().map(|(rule, _)| rule).collect()
}

#[tokio::test]
#[rustfmt::skip]
async fn each_rule_is_noticed_when_it_is_broken() {
    let [consumption, charges, fastly] = tables().await;
    for (table, category, column, value, rule) in [
        (&consumption, "Usage", "BillingPeriodEnd", "2026-06-01T00:00:00.000Z", "an instant is YYYY-MM-DDTHH:mm:ssZ"),
        (&consumption, "Usage", "ChargePeriodEnd", "2026-06-01 00:00:00", "an instant is YYYY-MM-DDTHH:mm:ssZ"),
        (&consumption, "Usage", "BilledCost", "+1.0", "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", "ListCost", "1,000.0", "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", "EffectiveCost", "€5", "a decimal has digits, a point and a minus sign only"),
        (&consumption, "Usage", "BillingCurrency", "euro", "a currency is an ISO 4217 code"),
        (&consumption, "Usage", "PricingUnit", "hours", "a unit has the form of FOCUS"),
        (&consumption, "Usage", "PricingUnit", "ten Requests", "a unit has the form of FOCUS"),
        (&consumption, "Usage", "BillingAccountName", "null", "null is an empty field"),
        (&consumption, "Usage", "SkuId", " ", "null is an empty field"),
        (&consumption, "Usage", "ChargeCategory", "usage", "a value is one of those allowed"),
        (&consumption, "Usage", "ChargeClass", "Refund", "a value is one of those allowed"),
        (&consumption, "Usage", "ServiceCategory", "Cloud", "a value is one of those allowed"),
        (&consumption, "Usage", "ServiceSubcategory", "Caching", "a subcategory belongs to its category"),
        (&consumption, "Usage", "BilledCost", "", "a column that is not nullable has a value"),
        (&consumption, "Usage", "BillingAccountId", "", "a column that is not nullable has a value"),
        (&consumption, "Usage", "ChargeFrequency", "", "a column that is not nullable has a value"),
        (&consumption, "Usage", "InvoiceIssuerName", "Reseller", "the issuer is the provider, or nothing is billed"),
        (&consumption, "Credit", "ListCost", "1.0", "all costs of a credit or tax are the billed cost"),
        (&consumption, "Tax", "EffectiveCost", "1.0", "all costs of a credit or tax are the billed cost"),
        (&consumption, "Tax", "SkuId", "x", "a tax has neither quantity, price nor SKU"),
        (&consumption, "Usage", "ConsumedUnit", "", "a unit is null exactly when its quantity is"),
        (&consumption, "Usage", "SubAccountName", "", "a name is null exactly when its id is"),
        (&consumption, "Usage", "RegionName", "", "a name is null exactly when its id is"),
        (&consumption, "Usage", "InvoiceId", "", "an invoiced row has its invoice"),
        (&consumption, "Usage", "ChargePeriodEnd", "2026-05-01T00:00:00Z", "a period ends after its start"),
        (&consumption, "Usage", "BillingPeriodEnd", "2026-05-31T23:59:59Z", "a billing period is a month, and its end is exclusive"),
        (&consumption, "Usage", "ServiceName", "Object Storage", "a service name belongs to one category"),
        (&charges, "Usage", "ResourceType", "", "a name is null exactly when its id is"),
        (&fastly, "Usage", "ListUnitPrice", "0.5", "unit price times quantity is the cost"),
        (&fastly, "Usage", "ContractedCost", "0.01", "unit price times quantity is the cost"),
        (&fastly, "Usage", "ContractedUnitPrice", "", "usage and purchases have quantity and price"),
        (&fastly, "Purchase", "ChargeFrequency", "Usage-Based", "a purchase is not usage-based"),
    ] {
        let mut table = table.clone();
        let row = first(&table, category);
        table.set(row, column, value);
        let quantities = table.column("ResourceId").is_none();
        let found = check(&table, Expectations { quantities, ..ALL });
        let mut rules: Vec<_> = found.into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        assert!(rules.contains(&rule), "{column} = {value:?}: {rules:?} instead of {rule:?}");
    }
}

#[tokio::test]
async fn rules_of_several_fields_are_noticed_when_they_are_broken() {
    let [consumption, charges, fastly] = tables().await;

    let mut table = fastly.clone();
    let row = first(&table, "Purchase");
    table.set(row, "ConsumedQuantity", "1.0");
    table.set(row, "ConsumedUnit", "Units");
    assert_eq!(broken(&table), ["only usage is consumed"]);

    let mut table = fastly;
    let row = first(&table, "Usage");
    for column in ["ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost"] {
        table.set(row, column, "-1.0");
    }
    table.set(row, "PricingQuantity", "1.0");
    assert_eq!(broken(&table), ["a unit price is not negative"]);

    let mut table = consumption.clone();
    let row = first(&table, "Usage");
    table.set(row, "RegionId", "");
    table.set(row, "RegionName", "");
    assert_eq!(broken(&table), ["a zone is in a region"]);

    let mut table = charges;
    let id = table.views().next().and_then(|view| view.get("ResourceId")).unwrap().to_owned();
    table.set(0, "ResourceName", &id);
    let found = check(&table, Expectations { quantities: false, ..ALL });
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "a resource name is more than its id");

    let rename = |from: &str, to: &str| {
        let mut table = consumption.clone();
        let column = table.column(from).unwrap();
        table.columns[column] = to.to_owned();
        broken(&table)
    };
    assert_eq!(rename("SkuId", "Sku"), ["columns have names of FOCUS or begin with x_"]);
    assert_eq!(rename("SkuId", "RegionId"), ["columns are there once"]);
    assert_eq!(
        rename("BilledCost", "billedCost"),
        ["mandatory columns are there", "columns have names of FOCUS or begin with x_"]
    );
    assert!(rename("AvailabilityZone", "x_Zone").contains(&"own columns come last"));
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
