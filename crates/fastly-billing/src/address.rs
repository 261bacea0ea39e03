use crate::billing_address::{
    BillingAddressAttributes, BillingAddressRequest, BillingAddressRequestData,
    UpdateBillingAddressAttributes, UpdateBillingAddressRequest, UpdateBillingAddressRequestData,
};

/// Creates a request to add this address, which Fastly validates. The read-only `customer_id` is
/// not sent.
impl From<BillingAddressAttributes> for BillingAddressRequest {
    fn from(attributes: BillingAddressAttributes) -> Self {
        Self::default().data(BillingAddressRequestData::default().attributes(attributes))
    }
}

/// Creates a request for these changes, which Fastly validates.
impl From<UpdateBillingAddressAttributes> for UpdateBillingAddressRequest {
    fn from(attributes: UpdateBillingAddressAttributes) -> Self {
        Self::default().data(UpdateBillingAddressRequestData::default().attributes(attributes))
    }
}

impl UpdateBillingAddressAttributes {
    /// Replaces the whole address: sets every attribute of `address`, and clears the nullable
    /// attributes that `address` lacks.
    ///
    /// Use it to write back an address that was read. The read-only `customer_id` is dropped.
    ///
    /// ```no_run
    /// use fastly_billing::{
    ///     Client,
    ///     billing_address::{
    ///         BillingAddressApi, UpdateBillingAddrRequest, UpdateBillingAddressAttributes,
    ///     },
    /// };
    ///
    /// # async fn example() -> Result<(), fastly_billing::Error> {
    /// let addresses = BillingAddressApi::new(&Client::from_env()?);
    /// let mut address = addresses.get_billing_addr("x4exampleCustomer").await?.into_inner();
    /// address.data.attributes.address_2 = None;
    ///
    /// let changes = UpdateBillingAddressAttributes::replace(address.data.attributes);
    /// let request = UpdateBillingAddrRequest::new("x4exampleCustomer", changes);
    /// addresses.update_billing_addr(request).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn replace(address: BillingAddressAttributes) -> Self {
        Self {
            address_1: address.address_1,
            address_2: Some(address.address_2),
            city: Some(address.city),
            country: address.country,
            locality: Some(address.locality),
            postal_code: address.postal_code,
            state: Some(address.state),
        }
    }
}
