use std::{path::Path, time::Duration};

use bytes::Bytes;
use sdk_core::{
    Idempotency, Operation, Response, Result,
    grpc::{ByteStream, Chunk, GrpcClient},
};

use crate::generated::v1::{
    ChargeOrganizationRequest, ChargeOrganizationResponse,
    CreateInvoiceAndChargeImmediatelyRequest, CreateInvoiceAndChargeImmediatelyResponse,
    GetAvailableBillingTiersRequest, GetAvailableBillingTiersResponse, GetCurrentMonthUsageRequest,
    GetCurrentMonthUsageResponse, GetInvoicePdfRequest, GetInvoicePdfResponse,
    GetInvoicesSummaryRequest, GetInvoicesSummaryResponse, GetLocationBillingOrganizationRequest,
    GetLocationBillingOrganizationResponse, GetOrgBillingInformationRequest,
    GetOrgBillingInformationResponse, SendPaymentRequiredEmailRequest,
    SendPaymentRequiredEmailResponse, UpdateLocationBillingOrganizationRequest,
    UpdateLocationBillingOrganizationResponse, UpdateOrganizationBillingTierRequest,
    UpdateOrganizationBillingTierResponse,
};

macro_rules! operations {
    ($($constant:ident: $name:literal, $method:literal, $idempotency:ident;)*) => {
        $(static $constant: Operation = Operation::grpc(
            $name,
            concat!("/viam.app.v1.BillingService/", $method),
            Idempotency::$idempotency,
        )
        .api("viam", "v1");)*
    };
}

operations! {
    USAGE: "get_current_month_usage", "GetCurrentMonthUsage", Safe;
    INFORMATION: "get_org_billing_information", "GetOrgBillingInformation", Safe;
    INVOICES: "get_invoices_summary", "GetInvoicesSummary", Safe;
    PDF: "get_invoice_pdf", "GetInvoicePdf", Safe;
    EMAIL: "send_payment_required_email", "SendPaymentRequiredEmail", Never;
    TIERS: "get_available_billing_tiers", "GetAvailableBillingTiers", Safe;
    UPDATE_TIER: "update_organization_billing_tier", "UpdateOrganizationBillingTier", Idempotent;
    LOCATION: "get_location_billing_organization", "GetLocationBillingOrganization", Safe;
    UPDATE_LOCATION: "update_location_billing_organization", "UpdateLocationBillingOrganization", Idempotent;
    CHARGE: "charge_organization", "ChargeOrganization", Never;
    CREATE: "create_invoice_and_charge_immediately", "CreateInvoiceAndChargeImmediately", Never;
}

/// Longer than the two minutes that the service itself waits for a payment.
const CREATE_TIMEOUT: Duration = Duration::from_secs(180);

/// Viam's billing API.
///
/// [`ViamClient::billing_client`](crate::ViamClient::billing_client) makes one. It is cheap to
/// clone. Every method needs an API key with the owner role of the organization.
///
/// # Errors
///
/// Every method fails with an [`Error`](crate::Error), whose predicates say what to do. A wrong key
/// shows as [`is_auth`](crate::Error::is_auth), an unknown organization as that or as
/// [`is_not_found`](crate::Error::is_not_found): Viam does not say which. An id that is empty is
/// refused before anything is sent.
#[derive(Debug, Clone)]
pub struct BillingClient {
    grpc: GrpcClient,
}

impl BillingClient {
    pub(crate) fn new(grpc: GrpcClient) -> Self {
        Self { grpc }
    }

    /// What an organization used and owes so far in the running billing month.
    ///
    /// Safe to repeat · [vendor page](https://docs.viam.com/reference/apis/billing-client/)
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example() -> viam_billing::Result<()> {
    /// use viam_billing::ViamClient;
    ///
    /// let billing = ViamClient::from_env()?.billing_client();
    /// let usage = billing.get_current_month_usage("<organization id>").await?;
    /// for source in &usage.resource_usage_costs_by_source {
    ///     for cost in source.resource_usage_costs.iter().flat_map(|costs| &costs.usage_costs) {
    ///         println!("{} {} $", cost.resource_type, cost.cost);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "GetCurrentMonthUsage")]
    #[doc(alias = "/viam.app.v1.BillingService/GetCurrentMonthUsage")]
    pub async fn get_current_month_usage(
        &self,
        request: impl Into<GetCurrentMonthUsageRequest>,
    ) -> Result<Response<GetCurrentMonthUsageResponse>> {
        let request = request.into();
        self.grpc
            .call(&USAGE)
            .require(!request.org_id.is_empty(), "`org_id` is empty")
            .unary(request)
            .await
    }

    /// How an organization pays, and where its bills are mailed.
    ///
    /// Safe to repeat · [vendor page](https://docs.viam.com/reference/apis/billing-client/)
    ///
    /// The tier is there only for those who may administer billing.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "GetOrgBillingInformation")]
    #[doc(alias = "/viam.app.v1.BillingService/GetOrgBillingInformation")]
    pub async fn get_org_billing_information(
        &self,
        request: impl Into<GetOrgBillingInformationRequest>,
    ) -> Result<Response<GetOrgBillingInformationResponse>> {
        let request = request.into();
        self.grpc
            .call(&INFORMATION)
            .require(!request.org_id.is_empty(), "`org_id` is empty")
            .unary(request)
            .await
    }

    /// What an organization has not paid, and every invoice it had, in one answer.
    ///
    /// Safe to repeat · [vendor page](https://docs.viam.com/reference/apis/billing-client/)
    ///
    /// There are no pages: an answer of more than 32 MiB needs
    /// [`max_body_size`](crate::CallOptions::max_body_size). The order of the invoices is not
    /// documented.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example() -> viam_billing::Result<()> {
    /// use viam_billing::{ViamClient, round_to_cents};
    ///
    /// let billing = ViamClient::from_env()?.billing_client();
    /// let summary = billing.get_invoices_summary("<organization id>").await?;
    /// println!("{:?} $ are unpaid", round_to_cents(summary.outstanding_balance));
    /// for invoice in &summary.invoices {
    ///     println!("{} {:?} {}", invoice.id, invoice.due_date_utc()?, invoice.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "GetInvoicesSummary")]
    #[doc(alias = "/viam.app.v1.BillingService/GetInvoicesSummary")]
    pub async fn get_invoices_summary(
        &self,
        request: impl Into<GetInvoicesSummaryRequest>,
    ) -> Result<Response<GetInvoicesSummaryResponse>> {
        let request = request.into();
        self.grpc
            .call(&INVOICES)
            .require(!request.org_id.is_empty(), "`org_id` is empty")
            .unary(request)
            .await
    }

    /// The PDF of one invoice: to a file, into memory, or piece by piece.
    ///
    /// Safe to repeat · [vendor page](https://docs.viam.com/reference/apis/billing-client/)
    ///
    /// Nothing is sent until one of the three is asked for; see [`InvoicePdf`].
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example() -> viam_billing::Result<()> {
    /// use viam_billing::{ViamClient, v1::GetInvoicePdfRequest};
    ///
    /// let billing = ViamClient::from_env()?.billing_client();
    /// let request = GetInvoicePdfRequest::new("<invoice id>", "<organization id>");
    /// billing.get_invoice_pdf(request).save("invoice.pdf").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "GetInvoicePdf")]
    #[doc(alias = "/viam.app.v1.BillingService/GetInvoicePdf")]
    pub fn get_invoice_pdf(&self, request: GetInvoicePdfRequest) -> InvoicePdf<'_> {
        InvoicePdf { grpc: &self.grpc, request }
    }

    /// Mails a customer organization a prompt to pay.
    ///
    /// **At most once** · not on the vendor's pages
    ///
    /// A mail cannot be taken back, so a request that may have left is never sent again, whatever
    /// the answer. When this fails and [`was_sent`](crate::Error::was_sent) is true, the mail may
    /// be on its way: ask the customer before you call again.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "SendPaymentRequiredEmail")]
    #[doc(alias = "/viam.app.v1.BillingService/SendPaymentRequiredEmail")]
    pub async fn send_payment_required_email(
        &self,
        request: SendPaymentRequiredEmailRequest,
    ) -> Result<Response<SendPaymentRequiredEmailResponse>> {
        self.grpc
            .call(&EMAIL)
            .require(!request.customer_org_id.is_empty(), "`customer_org_id` is empty")
            .require(!request.billing_owner_org_id.is_empty(), "`billing_owner_org_id` is empty")
            .unary(request)
            .await
    }

    /// The names of the tiers that an organization can be put on.
    ///
    /// Safe to repeat · not on the vendor's pages
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "GetAvailableBillingTiers")]
    #[doc(alias = "/viam.app.v1.BillingService/GetAvailableBillingTiers")]
    pub async fn get_available_billing_tiers(
        &self,
        request: GetAvailableBillingTiersRequest,
    ) -> Result<Response<GetAvailableBillingTiersResponse>> {
        self.grpc.call(&TIERS).unary(request).await
    }

    /// Puts an organization on a tier. The last call wins.
    ///
    /// Idempotent · not on the vendor's pages
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "UpdateOrganizationBillingTier")]
    #[doc(alias = "/viam.app.v1.BillingService/UpdateOrganizationBillingTier")]
    pub async fn update_organization_billing_tier(
        &self,
        request: UpdateOrganizationBillingTierRequest,
    ) -> Result<Response<UpdateOrganizationBillingTierResponse>> {
        self.grpc
            .call(&UPDATE_TIER)
            .require(!request.organization_id.is_empty(), "`organization_id` is empty")
            .require(!request.billing_tier.is_empty(), "`billing_tier` is empty")
            .unary(request)
            .await
    }

    /// Which organization pays for a location.
    ///
    /// Safe to repeat · not on the vendor's pages
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "GetLocationBillingOrganization")]
    #[doc(alias = "/viam.app.v1.BillingService/GetLocationBillingOrganization")]
    pub async fn get_location_billing_organization(
        &self,
        request: impl Into<GetLocationBillingOrganizationRequest>,
    ) -> Result<Response<GetLocationBillingOrganizationResponse>> {
        let request = request.into();
        self.grpc
            .call(&LOCATION)
            .require(!request.location_id.is_empty(), "`location_id` is empty")
            .unary(request)
            .await
    }

    /// Makes another organization pay for a location. The last call wins.
    ///
    /// Idempotent · not on the vendor's pages
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    #[doc(alias = "UpdateLocationBillingOrganization")]
    #[doc(alias = "/viam.app.v1.BillingService/UpdateLocationBillingOrganization")]
    pub async fn update_location_billing_organization(
        &self,
        request: UpdateLocationBillingOrganizationRequest,
    ) -> Result<Response<UpdateLocationBillingOrganizationResponse>> {
        let payer = &request.billing_organization_id;
        self.grpc
            .call(&UPDATE_LOCATION)
            .require(!request.location_id.is_empty(), "`location_id` is empty")
            .require(!payer.is_empty(), "`billing_organization_id` is empty")
            .unary(request)
            .await
    }

    /// Charges an organization now: `subtotal` and `tax`, in US dollars. Answers with the id of the
    /// invoice as soon as the payment is under way.
    ///
    /// **At most once** · [vendor page](https://docs.viam.com/reference/apis/billing-client/)
    ///
    /// The caller must own the organization that is charged. Whether the payment succeeds shows
    /// later, in the invoice's status in [`get_invoices_summary`](Self::get_invoices_summary):
    /// `payment_processing` becomes `paid` or `outstanding`.
    ///
    /// # When the outcome is unclear
    ///
    /// The API has no idempotency key, so a request that may have left is never sent again,
    /// whatever the answer, an expired token included. When this fails and
    /// [`was_sent`](crate::Error::was_sent) is true, the organization may have been charged: list
    /// the invoices of the organization, and look for a new one with this amount, for some
    /// minutes, before you call again. When it is false, nothing happened.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`]. Amounts that are negative or no numbers are refused before anything
    /// is sent. A payment that fails is not an error of this call.
    #[doc(alias = "ChargeOrganization")]
    #[doc(alias = "/viam.app.v1.BillingService/ChargeOrganization")]
    pub async fn charge_organization(
        &self,
        request: ChargeOrganizationRequest,
    ) -> Result<Response<ChargeOrganizationResponse>> {
        self.grpc
            .call(&CHARGE)
            .require(!request.org_id_to_charge.is_empty(), "`org_id_to_charge` is empty")
            .require(is_amount(request.subtotal), "`subtotal` is negative or no number")
            .require(is_amount(request.tax), "`tax` is negative or no number")
            .unary(request)
            .await
    }

    /// Charges an organization now, the older way: one amount in US dollars, without tax. The
    /// answer waits for the payment.
    ///
    /// **At most once** · not on the vendor's pages; Viam's description of the API calls it
    /// deprecated: prefer [`charge_organization`](Self::charge_organization).
    ///
    /// The service waits up to two minutes for the payment, so the call has 180 s unless the
    /// [`CallOptions`](crate::CallOptions) say otherwise.
    ///
    /// # When the outcome is unclear
    ///
    /// As for [`charge_organization`](Self::charge_organization): never sent again by itself; list
    /// the invoices before you call again.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`]. An amount that is negative or no number is refused before anything is
    /// sent.
    #[doc(alias = "CreateInvoiceAndChargeImmediately")]
    #[doc(alias = "/viam.app.v1.BillingService/CreateInvoiceAndChargeImmediately")]
    pub async fn create_invoice_and_charge_immediately(
        &self,
        request: CreateInvoiceAndChargeImmediatelyRequest,
    ) -> Result<Response<CreateInvoiceAndChargeImmediatelyResponse>> {
        self.grpc
            .call(&CREATE)
            .default_timeout(CREATE_TIMEOUT)
            .require(!request.org_id_to_charge.is_empty(), "`org_id_to_charge` is empty")
            .require(is_amount(request.amount), "`amount` is negative or no number")
            .unary(request)
            .await
    }
}

fn is_amount(amount: f64) -> bool {
    amount.is_finite() && amount >= 0.0
}

/// The PDF of an invoice, about to be fetched; made by [`BillingClient::get_invoice_pdf`].
///
/// The service sends it in pieces, without saying how many there will be. Each of the three ways to
/// take them knows an incomplete file from a complete one, and says in its error how much had
/// arrived. Of the time limits in the [`CallOptions`](crate::CallOptions), `timeout` is for the
/// whole of it, and `attempt_timeout` (30 s) for the wait for each piece.
#[derive(Debug)]
#[must_use = "nothing is fetched until it is saved, collected or streamed"]
pub struct InvoicePdf<'a> {
    grpc: &'a GrpcClient,
    request: GetInvoicePdfRequest,
}

/// The pieces of a PDF, as they come.
pub type InvoicePdfStream = ByteStream<GetInvoicePdfResponse>;

impl InvoicePdf<'_> {
    /// Writes the PDF to a file, and returns the number of its bytes.
    ///
    /// What stood at `path` is replaced only when the whole PDF is there and on the disk; until
    /// then the pieces are in a temporary file beside it. A stream that breaks off is begun anew, as
    /// the options allow. Memory holds one piece at a time.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`]; also if the file cannot be written, or not a byte came.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<Response<u64>> {
        let Self { grpc, request } = self;
        call(grpc, &request).save::<_, GetInvoicePdfResponse>(request, path.as_ref()).await
    }

    /// Collects the PDF in memory, up to the options' `max_body_size` (32 MiB). A stream that breaks
    /// off is begun anew, as the options allow.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`]; also if it is larger than the limit, or not a byte came.
    pub async fn bytes(self) -> Result<Response<Bytes>> {
        let Self { grpc, request } = self;
        call(grpc, &request).bytes::<_, GetInvoicePdfResponse>(request).await
    }

    /// Hands out the pieces as they come. Once the first is there, nothing is tried again: an error
    /// of the stream means that the PDF is incomplete.
    ///
    /// # Errors
    ///
    /// See [`BillingClient`].
    pub async fn stream(self) -> Result<Response<InvoicePdfStream>> {
        let Self { grpc, request } = self;
        call(grpc, &request).stream(request).await
    }
}

fn call<'a>(grpc: &'a GrpcClient, request: &GetInvoicePdfRequest) -> sdk_core::grpc::Call<'a> {
    grpc.call(&PDF)
        .require(!request.id.is_empty(), "`id` is empty")
        .require(!request.org_id.is_empty(), "`org_id` is empty")
}

impl Chunk for GetInvoicePdfResponse {
    fn into_bytes(self) -> Bytes {
        self.chunk
    }
}
