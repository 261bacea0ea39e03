use crate::billing_address::{
    BillingAddressAttributes, BillingAddressRequest, BillingAddressRequestData,
    UpdateBillingAddressRequest, UpdateBillingAddressRequestData,
};

/// These attributes, to be checked.
impl From<BillingAddressAttributes> for BillingAddressRequest {
    fn from(attributes: BillingAddressAttributes) -> Self {
        Self::default().data(BillingAddressRequestData::default().attributes(attributes))
    }
}

/// A change of these attributes, to be checked.
impl From<BillingAddressAttributes> for UpdateBillingAddressRequest {
    fn from(attributes: BillingAddressAttributes) -> Self {
        Self::default().data(UpdateBillingAddressRequestData::default().attributes(attributes))
    }
}
