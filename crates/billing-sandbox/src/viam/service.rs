//! The two services.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{Stream, stream};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use viam_billing::server::auth::auth_service_server::AuthService;
use viam_billing::server::auth::{AuthenticateRequest, AuthenticateResponse};
use viam_billing::server::v1::billing_service_server::BillingService;
use viam_billing::server::v1::{
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

use crate::month::Today;

use super::Options;
use super::account::{Account, LOCATION_ID, ORGANIZATION_ID, TIERS};
use super::tokens::Tokens;
use crate::pdf;

/// Chunk size of a PDF.
const PIECE: usize = 64 * 1024;

pub(super) struct Service {
    account: Mutex<Account>,
    tokens: Mutex<Tokens>,
    invoice_file_size: usize,
    /// Number of calls that will still fail.
    flaky: AtomicU64,
    fail_every: u64,
    /// Number of calls with a valid token.
    calls: AtomicU64,
}

type Reply<T> = Result<Response<T>, Status>;

impl Service {
    pub(super) fn new(options: &Options, invoice_file_size: usize, today: Today) -> Arc<Self> {
        Arc::new(Self {
            account: Mutex::new(Account::new(today)),
            tokens: Mutex::new(Tokens::new(options.token_lifetime)),
            invoice_file_size,
            flaky: AtomicU64::new(options.flaky_start),
            fail_every: options.fail_every,
            calls: AtomicU64::new(0),
        })
    }

    /// Fails while the service is starting.
    fn started(&self) -> Result<(), Status> {
        let one_less = |left: u64| left.checked_sub(1);
        match self.flaky.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
            Ok(_) => Err(Status::unavailable("the service is starting")),
            Err(_) => Ok(()),
        }
    }

    /// Counts a call, and fails it when its turn comes. The two codes alternate.
    fn inject_fault(&self) -> Result<(), Status> {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if calls.checked_rem(self.fail_every) != Some(0) {
            return Ok(());
        }
        Err(match (calls / self.fail_every) % 2 {
            1 => Status::unavailable("the service is unavailable"),
            _ => Status::resource_exhausted("too many requests"),
        })
    }

    /// Lets a call pass only with a valid token.
    fn enter(&self, metadata: &MetadataMap) -> Result<MutexGuard<'_, Account>, Status> {
        self.started()?;
        lock(&self.tokens).check(metadata)?;
        self.inject_fault()?;
        Ok(lock(&self.account))
    }

    /// Like `enter`, for a call that concerns one organization.
    fn enter_for<T>(
        &self,
        request: Request<T>,
        organization: impl Fn(&T) -> &str,
    ) -> Result<(MutexGuard<'_, Account>, T), Status> {
        let account = self.enter(request.metadata())?;
        let request = request.into_inner();
        match organization(&request) {
            ORGANIZATION_ID => Ok((account, request)),
            _ => Err(Status::permission_denied("the key has no access to the organization")),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tonic::async_trait]
impl AuthService for Service {
    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Reply<AuthenticateResponse> {
        self.started()?;
        let (metadata, _, message) = request.into_parts();
        let token = lock(&self.tokens).issue(&metadata, message)?;
        Ok(Response::new(AuthenticateResponse { access_token: token }))
    }
}

#[tonic::async_trait]
impl BillingService for Service {
    type GetInvoicePdfStream =
        Pin<Box<dyn Stream<Item = Result<GetInvoicePdfResponse, Status>> + Send>>;

    async fn get_current_month_usage(
        &self,
        request: Request<GetCurrentMonthUsageRequest>,
    ) -> Reply<GetCurrentMonthUsageResponse> {
        let (account, _) = self.enter_for(request, |request| &request.org_id)?;
        Ok(Response::new(account.usage().into()))
    }

    async fn get_org_billing_information(
        &self,
        request: Request<GetOrgBillingInformationRequest>,
    ) -> Reply<GetOrgBillingInformationResponse> {
        let (account, _) = self.enter_for(request, |request| &request.org_id)?;
        Ok(Response::new(account.information().into()))
    }

    async fn get_invoices_summary(
        &self,
        request: Request<GetInvoicesSummaryRequest>,
    ) -> Reply<GetInvoicesSummaryResponse> {
        let (mut account, _) = self.enter_for(request, |request| &request.org_id)?;
        Ok(Response::new(account.summary().into()))
    }

    async fn get_invoice_pdf(
        &self,
        request: Request<GetInvoicePdfRequest>,
    ) -> Reply<Self::GetInvoicePdfStream> {
        let (account, request) = self.enter_for(request, |request| &request.org_id)?;
        let file = pdf::page(&account.invoice(&request.id)?, self.invoice_file_size);
        let pieces: Vec<_> = file
            .chunks(PIECE)
            .map(|piece| Ok(GetInvoicePdfResponse { chunk: piece.to_vec().into() }))
            .collect();
        Ok(Response::new(Box::pin(stream::iter(pieces))))
    }

    async fn send_payment_required_email(
        &self,
        request: Request<SendPaymentRequiredEmailRequest>,
    ) -> Reply<SendPaymentRequiredEmailResponse> {
        let _entered = self.enter_for(request, |request| &request.billing_owner_org_id)?;
        Ok(Response::new(SendPaymentRequiredEmailResponse::default()))
    }

    async fn get_available_billing_tiers(
        &self,
        request: Request<GetAvailableBillingTiersRequest>,
    ) -> Reply<GetAvailableBillingTiersResponse> {
        let _entered = self.enter(request.metadata())?;
        Ok(Response::new(GetAvailableBillingTiersResponse {
            tiers: TIERS.map(str::to_owned).to_vec(),
        }))
    }

    async fn update_organization_billing_tier(
        &self,
        request: Request<UpdateOrganizationBillingTierRequest>,
    ) -> Reply<UpdateOrganizationBillingTierResponse> {
        let (mut account, request) = self.enter_for(request, |request| &request.organization_id)?;
        account.put_on_tier(request.billing_tier)?;
        Ok(Response::new(UpdateOrganizationBillingTierResponse::default()))
    }

    async fn get_location_billing_organization(
        &self,
        request: Request<GetLocationBillingOrganizationRequest>,
    ) -> Reply<GetLocationBillingOrganizationResponse> {
        let account = self.enter(request.metadata())?;
        require_location(&request.get_ref().location_id)?;
        let billing_organization_id = account.payer().to_owned();
        Ok(Response::new(GetLocationBillingOrganizationResponse { billing_organization_id }))
    }

    async fn update_location_billing_organization(
        &self,
        request: Request<UpdateLocationBillingOrganizationRequest>,
    ) -> Reply<UpdateLocationBillingOrganizationResponse> {
        let mut account = self.enter(request.metadata())?;
        let request = request.into_inner();
        require_location(&request.location_id)?;
        account.let_pay(request.billing_organization_id);
        Ok(Response::new(UpdateLocationBillingOrganizationResponse::default()))
    }

    async fn charge_organization(
        &self,
        request: Request<ChargeOrganizationRequest>,
    ) -> Reply<ChargeOrganizationResponse> {
        let (mut account, request) =
            self.enter_for(request, |request| &request.org_id_to_charge)?;
        let id = account.charge(request.subtotal + request.tax, "payment_processing")?;
        Ok(Response::new(ChargeOrganizationResponse { invoice_id: id }))
    }

    async fn create_invoice_and_charge_immediately(
        &self,
        request: Request<CreateInvoiceAndChargeImmediatelyRequest>,
    ) -> Reply<CreateInvoiceAndChargeImmediatelyResponse> {
        let (mut account, request) =
            self.enter_for(request, |request| &request.org_id_to_charge)?;
        let id = account.charge(request.amount, "paid")?;
        Ok(Response::new(CreateInvoiceAndChargeImmediatelyResponse { invoice_id: id }))
    }
}

fn require_location(id: &str) -> Result<(), Status> {
    if id == LOCATION_ID { Ok(()) } else { Err(Status::not_found("location not found")) }
}
