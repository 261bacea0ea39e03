//! Every message of Viam. The first byte chooses the message; the rest is its wire format. A model
//! that is decoded from the wire encodes to the same message.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use prost::Message;
use viam_billing::{server::v1 as wire, v1};

fn check<W, M>(bytes: &[u8])
where
    W: Message + Default + From<M>,
    M: Debug + Clone + TryFrom<W>,
{
    let Ok(message) = W::decode(bytes) else { return };
    let Ok(model) = M::try_from(message) else { return };
    let sent = W::from(model.clone()).encode_to_vec();
    let received = W::decode(sent.as_slice()).unwrap();
    let Ok(again) = M::try_from(received) else { panic!("{model:?} is rejected") };
    assert_eq!(shown(&model), shown(&again));
    assert_eq!(W::from(again).encode_to_vec(), sent);
}

/// Compared instead of the models, because NaN is not equal to itself. A zero is not sent, whatever
/// its sign.
fn shown(model: &impl Debug) -> String {
    format!("{model:?}").replace("-0.0,", "0.0,").replace("-0.0 }", "0.0 }")
}

type Check = fn(&[u8]);

macro_rules! messages {
    ($($message:ident),* $(,)?) => {
        const CHECKS: &[Check] = &[$(check::<wire::$message, v1::$message>,)*];
    };
}

messages! {
    ChargeOrganizationRequest,
    ChargeOrganizationResponse,
    CreateInvoiceAndChargeImmediatelyRequest,
    CreateInvoiceAndChargeImmediatelyResponse,
    GetAvailableBillingTiersResponse,
    GetCurrentMonthUsageRequest,
    GetCurrentMonthUsageResponse,
    GetInvoicePdfRequest,
    GetInvoicePdfResponse,
    GetInvoicesSummaryRequest,
    GetInvoicesSummaryResponse,
    GetLocationBillingOrganizationRequest,
    GetLocationBillingOrganizationResponse,
    GetOrgBillingInformationRequest,
    GetOrgBillingInformationResponse,
    InvoiceSummary,
    PaymentMethodCard,
    PaymentMethodUsBankAccount,
    ResourceUsageCosts,
    ResourceUsageCostsBySource,
    SendPaymentRequiredEmailRequest,
    SendPaymentRequiredEmailResponse,
    UpdateLocationBillingOrganizationRequest,
    UpdateLocationBillingOrganizationResponse,
    UpdateOrganizationBillingTierRequest,
    UpdateOrganizationBillingTierResponse,
    UsageCost,
    VerificationInfo,
}

fuzz_target!(|data: &[u8]| {
    let Some((message, bytes)) = data.split_first() else { return };
    CHECKS[usize::from(*message) % CHECKS.len()](bytes);
});
