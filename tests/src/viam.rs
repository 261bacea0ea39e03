use std::{
    collections::{HashMap, VecDeque},
    net::{Shutdown, SocketAddr, TcpListener},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{runtime::Runtime, sync::Semaphore};
use tonic::{
    Request, Response, Status,
    metadata::MetadataMap,
    transport::{Identity, Server, ServerTlsConfig},
};
use viam_billing::{
    server::{
        auth::{
            AuthenticateRequest, AuthenticateResponse,
            auth_service_server::{AuthService, AuthServiceServer},
        },
        v1::{
            self as wire,
            billing_service_server::{BillingService, BillingServiceServer},
        },
    },
    v1::{
        ChargeOrganizationResponse, CreateInvoiceAndChargeImmediatelyResponse,
        GetAvailableBillingTiersResponse, GetCurrentMonthUsageResponse, GetInvoicesSummaryResponse,
        GetLocationBillingOrganizationResponse, GetOrgBillingInformationResponse,
        SendPaymentRequiredEmailResponse, UpdateLocationBillingOrganizationResponse,
        UpdateOrganizationBillingTierResponse,
    },
};

/// What a [`ViamServer`] does instead of a normal response.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Responds with this status.
    Status(Status),
    /// Cuts every connection.
    Cut,
    /// Sends nothing, and keeps the connection open.
    Hang,
}

/// Viam's services in this process, over real sockets, with faults on demand.
pub struct ViamServer {
    address: SocketAddr,
    root_pem: Option<String>,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

#[derive(Default)]
struct State {
    calls: Mutex<Vec<String>>,
    faults: Mutex<HashMap<&'static str, VecDeque<Fault>>>,
    metadata: Mutex<MetadataMap>,
    sockets: Mutex<Vec<std::net::TcpStream>>,
    tokens: Mutex<Tokens>,
    gate: Mutex<Option<Arc<Semaphore>>>,
    chunks: Mutex<Vec<Bytes>>,
    after_chunks: Mutex<VecDeque<Fault>>,
    summary: Mutex<GetInvoicesSummaryResponse>,
    usage: Mutex<Option<GetCurrentMonthUsageResponse>>,
}

#[derive(Default)]
struct Tokens {
    issued: u32,
    valid: Vec<String>,
    payload: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl ViamServer {
    /// The API key that it accepts.
    pub const KEY: &'static str = "viam-test-key";
    /// The id of that key.
    pub const KEY_ID: &'static str = "11111111-1111-1111-1111-111111111111";

    /// Starts a server in plaintext.
    #[must_use]
    pub fn start() -> Self {
        Self::serve("127.0.0.1:0".parse().unwrap(), Arc::default(), None)
    }

    /// Starts a server with TLS and its own certificate.
    #[must_use]
    pub fn start_tls() -> Self {
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let pem = certificate.cert.pem();
        let identity = Identity::from_pem(&pem, certificate.signing_key.serialize_pem());
        Self::serve("127.0.0.1:0".parse().unwrap(), Arc::default(), Some((identity, pem)))
    }

    /// Stops the server with all its connections, and starts another one at the same URL.
    #[must_use]
    pub fn restart(mut self) -> Self {
        self.stop();
        Self::serve(self.address, Arc::clone(&self.state), None)
    }

    fn serve(address: SocketAddr, state: Arc<State>, tls: Option<(Identity, String)>) -> Self {
        let (identity, root_pem) = tls.unzip();
        // It has its own threads, so a test that pauses its clock or blocks does not stop it.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service(Arc::clone(&state));
        let sockets = Arc::clone(&state);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let connections = stream::unfold(listener, move |listener| {
                let sockets = Arc::clone(&sockets);
                async move {
                    let (stream, _) = listener.accept().await.unwrap();
                    let stream = stream.into_std().unwrap();
                    lock(&sockets.sockets).push(stream.try_clone().unwrap());
                    Some((tokio::net::TcpStream::from_std(stream), listener))
                }
            });
            let mut server = Server::builder();
            if let Some(identity) = identity {
                server = server.tls_config(ServerTlsConfig::new().identity(identity)).unwrap();
            }
            let billing = BillingServiceServer::new(service.clone());
            server
                .add_service(billing)
                .add_service(AuthServiceServer::new(service))
                .serve_with_incoming(connections)
                .await
                .unwrap();
        });
        Self { address, root_pem, state, runtime: Some(runtime) }
    }

    fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits until the port is free again, on another thread, since blocking may not be
            // allowed here.
            std::thread::spawn(move || drop(runtime)).join().unwrap();
        }
        self.cut();
    }

    /// `http://127.0.0.1:…`, or `https` with TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.root_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate to trust.
    #[must_use]
    pub fn root_pem(&self) -> &[u8] {
        self.root_pem.as_deref().unwrap_or_default().as_bytes()
    }

    /// Queues faults for the next calls of a method, named as in the client, or `authenticate`.
    pub fn fail(&self, method: &'static str, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.state.faults).entry(method).or_default().extend(faults);
    }

    /// The names of all called methods, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state.calls).clone()
    }

    /// The number of calls of a method.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.calls().iter().filter(|call| *call == method).count()
    }

    /// The metadata of the last call.
    #[must_use]
    pub fn metadata(&self) -> MetadataMap {
        lock(&self.state.metadata).clone()
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        self.state.cut();
    }

    /// Rejects all tokens issued so far.
    pub fn revoke_tokens(&self) {
        lock(&self.state.tokens).valid.clear();
    }

    /// The payload of the next tokens, as JSON.
    pub fn token_payload(&self, json: &str) {
        json.clone_into(&mut lock(&self.state.tokens).payload);
    }

    /// Withholds tokens until the semaphore has permits.
    #[must_use]
    pub fn hold_tokens(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *lock(&self.state.gate) = Some(Arc::clone(&gate));
        gate
    }

    /// The chunks of every PDF.
    pub fn pdf(&self, chunks: impl IntoIterator<Item = Bytes>) {
        *lock(&self.state.chunks) = chunks.into_iter().collect();
    }

    /// Queues faults for the next PDFs, after all chunks.
    pub fn fail_after_chunks(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.state.after_chunks).extend(faults);
    }

    /// The invoice summary of every organization.
    pub fn summary(&self, summary: GetInvoicesSummaryResponse) {
        *lock(&self.state.summary) = summary;
    }

    /// The usage of every organization.
    pub fn usage(&self, usage: GetCurrentMonthUsageResponse) {
        *lock(&self.state.usage) = Some(usage);
    }
}

impl Drop for ViamServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl State {
    fn cut(&self) {
        for socket in lock(&self.sockets).drain(..) {
            // The peer may have closed the connection.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    async fn enter(&self, method: &'static str, metadata: &MetadataMap) -> Result<(), Status> {
        lock(&self.calls).push(method.to_owned());
        *lock(&self.metadata) = metadata.clone();
        let fault = lock(&self.faults).get_mut(method).and_then(VecDeque::pop_front);
        if let Some(fault) = fault {
            return Err(self.play(fault).await);
        }
        if method == "authenticate" {
            return Ok(());
        }
        let known = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .is_some_and(|token| lock(&self.tokens).valid.iter().any(|valid| valid == token));
        if known { Ok(()) } else { Err(Status::unauthenticated("authentication required")) }
    }

    async fn play(&self, fault: Fault) -> Status {
        match fault {
            Fault::Status(status) => return status,
            Fault::Cut => self.cut(),
            Fault::Hang => {}
        }
        std::future::pending().await
    }
}

#[derive(Clone)]
struct Service(Arc<State>);

#[tonic::async_trait]
impl AuthService for Service {
    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        let state = &self.0;
        state.enter("authenticate", request.metadata()).await?;
        if request.metadata().contains_key("authorization") {
            return Err(Status::invalid_argument("already authenticated; cannot re-authenticate"));
        }
        let gate = lock(&state.gate).clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        let request = request.into_inner();
        let credentials = request.credentials.unwrap();
        let known = request.entity == ViamServer::KEY_ID
            && credentials.r#type == "api-key"
            && credentials.payload == ViamServer::KEY;
        if !known {
            return Err(Status::unauthenticated("invalid credentials"));
        }
        let mut tokens = lock(&state.tokens);
        tokens.issued += 1;
        // `{}` unless a payload was set, in base64.
        let payload =
            if tokens.payload.is_empty() { "e30".to_owned() } else { base64(&tokens.payload) };
        let token = format!("e30.{payload}.{}", tokens.issued);
        tokens.valid.push(token.clone());
        Ok(Response::new(AuthenticateResponse { access_token: token }))
    }
}

/// URL-safe base64 without padding.
fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for position in 0..=group.len() {
            let index = bits >> (18 - 6 * position) & 63;
            encoded.push(char::from(ALPHABET[index as usize]));
        }
    }
    encoded
}

type Chunks = Pin<Box<dyn Stream<Item = Result<wire::GetInvoicePdfResponse, Status>> + Send>>;

macro_rules! billing_service {
    ($($method:ident: $request:ident -> $response:ident, $reply:expr;)*) => {
        #[tonic::async_trait]
        impl BillingService for Service {
            type GetInvoicePdfStream = Chunks;

            async fn get_invoice_pdf(
                &self,
                request: Request<wire::GetInvoicePdfRequest>,
            ) -> Result<Response<Chunks>, Status> {
                self.0.enter("get_invoice_pdf", request.metadata()).await?;
                let chunks = lock(&self.0.chunks).clone();
                let chunks = chunks.into_iter().map(|chunk| {
                    Ok(wire::GetInvoicePdfResponse { chunk })
                });
                let fault = lock(&self.0.after_chunks).pop_front();
                let state = Arc::clone(&self.0);
                let end = stream::iter(fault).then(move |fault| {
                    let state = Arc::clone(&state);
                    async move { Err(state.play(fault).await) }
                });
                Ok(Response::new(Box::pin(stream::iter(chunks).chain(end))))
            }

            $(async fn $method(
                &self,
                request: Request<wire::$request>,
            ) -> Result<Response<wire::$response>, Status> {
                self.0.enter(stringify!($method), request.metadata()).await?;
                let reply: fn(&State, wire::$request) -> $response = $reply;
                Ok(Response::new(reply(&self.0, request.into_inner()).into()))
            })*
        }
    };
}

billing_service! {
    get_current_month_usage: GetCurrentMonthUsageRequest -> GetCurrentMonthUsageResponse,
        |state, request| lock(&state.usage).clone().unwrap_or_else(|| {
            GetCurrentMonthUsageResponse::default()
                .subtotal(f64::from(u32::try_from(request.org_id.len()).unwrap()))
        });
    get_org_billing_information:
        GetOrgBillingInformationRequest -> GetOrgBillingInformationResponse,
        |_, request| GetOrgBillingInformationResponse::default().billing_email(request.org_id);
    get_invoices_summary: GetInvoicesSummaryRequest -> GetInvoicesSummaryResponse,
        |state, _| lock(&state.summary).clone();
    send_payment_required_email:
        SendPaymentRequiredEmailRequest -> SendPaymentRequiredEmailResponse,
        |_, _| SendPaymentRequiredEmailResponse::default();
    get_available_billing_tiers:
        GetAvailableBillingTiersRequest -> GetAvailableBillingTiersResponse,
        |_, _| GetAvailableBillingTiersResponse::default().tiers(["free", "pro"]);
    update_organization_billing_tier:
        UpdateOrganizationBillingTierRequest -> UpdateOrganizationBillingTierResponse,
        |_, _| UpdateOrganizationBillingTierResponse::default();
    get_location_billing_organization:
        GetLocationBillingOrganizationRequest -> GetLocationBillingOrganizationResponse,
        |_, request| GetLocationBillingOrganizationResponse::default()
            .billing_organization_id(format!("payer of {}", request.location_id));
    update_location_billing_organization:
        UpdateLocationBillingOrganizationRequest -> UpdateLocationBillingOrganizationResponse,
        |_, _| UpdateLocationBillingOrganizationResponse::default();
    charge_organization: ChargeOrganizationRequest -> ChargeOrganizationResponse,
        |_, request| ChargeOrganizationResponse::default()
            .invoice_id(format!("{} {}", request.subtotal, request.tax));
    create_invoice_and_charge_immediately:
        CreateInvoiceAndChargeImmediatelyRequest -> CreateInvoiceAndChargeImmediatelyResponse,
        |_, request| CreateInvoiceAndChargeImmediatelyResponse::default()
            .invoice_id(request.amount.to_string());
}

impl std::fmt::Debug for ViamServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViamServer").field("address", &self.address).finish_non_exhaustive()
    }
}
