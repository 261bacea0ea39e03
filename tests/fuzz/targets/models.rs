//! Every JSON model. The first byte chooses the model; the rest is the document. A decoded model is
//! unchanged after it is stored and read back.

#![no_main]
#![allow(deprecated, reason = "retired versions are also decoded")]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use sdk_core::json::from_slice;
use serde::{Serialize, de::DeserializeOwned};

fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(json: &[u8]) {
    let Ok(value) = from_slice::<T>(json) else { return };
    let stored = serde_json::to_vec(&value).unwrap();
    let again: T = from_slice(&stored).unwrap_or_else(|error| {
        panic!("{error}: {value:?} was stored as {}", String::from_utf8_lossy(&stored))
    });
    assert_eq!(value, again);
    assert_eq!(serde_json::to_vec(&again).unwrap(), stored);
}

type Check = fn(&[u8]);

macro_rules! models {
    ($($package:ident::$version:ident { $($model:ident),* $(,)? })*) => {
        const CHECKS: &[Check] = &[$($(check::<$package::$version::$model>,)*)*];
    };
}

models! {
    scaleway_billing::v2 {
        ListBudgetsResponse,
        Budget,
        BudgetAlert,
        BudgetAlertNotification,
        BudgetAlertWebhook,
        ListElectronicAddressesResponse,
        ElectronicAddress,
    }
    scaleway_billing::v2alpha1 {
        GetConsumptionResponse,
        GetConsumptionResponseConsumption,
        ListInvoicesResponse,
        Invoice,
        ListDiscountsResponse,
        Discount,
        DiscountCoupon,
        DiscountFilter,
    }
    scaleway_billing::v2beta1 {
        ListConsumptionsResponse,
        ListConsumptionsResponseConsumption,
        ListTaxesResponse,
        ListTaxesResponseTax,
        ListInvoicesResponse,
        Invoice,
        ListDiscountsResponse,
        Discount,
        DiscountCoupon,
        DiscountFilter,
        ListChargesResponse,
        Charge,
    }
    fastly_billing::billing_address {
        BillingAddressAttributes,
        UpdateBillingAddressAttributes,
        BillingAddressRequest,
        BillingAddressRequestData,
        UpdateBillingAddressRequest,
        UpdateBillingAddressRequestData,
        BillingAddressResponse,
        BillingAddressResponseData,
        RelationshipCustomer,
        RelationshipCustomerCustomer,
        RelationshipMemberCustomer,
    }
    fastly_billing::customer {
        CustomerResponse,
    }
    fastly_billing::v2 {
        BillingResponse,
        BillingEstimateResponse,
        BillingStatus,
        BillingTotal,
        BillingTotalExtras,
        BillingRegions,
        BillingBandwidth,
        BillingBandwidthTiers,
        BillingResponseLineItem,
        BillingEstimateLinesLineItems,
    }
    fastly_billing::v3 {
        ListEomInvoicesResponse,
        Invoice,
        EomInvoiceResponse,
        Invoicelineitems,
        Metadata,
        MtdInvoiceResponse,
        Mtdlineitems,
        Usagemetric,
        ServiceusagemetricsData,
        Serviceusagemetric,
        ListCustomerAddressesResponse,
        CustomerAddress,
        InlineResponse201,
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((model, json)) = data.split_first() else { return };
    CHECKS[usize::from(*model) % CHECKS.len()](json);
});
