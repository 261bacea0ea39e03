use http::Method;

/// Whether a call may be repeated after it may have reached the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotency {
    /// The call only reads.
    Safe,
    /// Repeating the call has the same effect as making it once.
    Idempotent,
    /// The call must happen at most once. It is repeated only if the request was certainly not
    /// sent.
    Never,
}

/// One operation of a vendor's API.
#[derive(Debug)]
pub struct Operation {
    name: &'static str,
    method: Option<Method>,
    route: &'static str,
    idempotency: Idempotency,
    success: &'static [u16],
    vendor: Option<&'static str>,
    api_version: Option<&'static str>,
}

impl Operation {
    /// Creates an HTTP operation; `route` is the path with its parameters in braces,
    /// `/invoices/{invoice_id}`.
    #[must_use]
    pub const fn http(
        name: &'static str,
        method: Method,
        route: &'static str,
        idempotency: Idempotency,
    ) -> Self {
        Self {
            name,
            method: Some(method),
            route,
            idempotency,
            success: &[200],
            vendor: None,
            api_version: None,
        }
    }

    /// Creates a gRPC operation; `route` is its path, `/package.Service/Method`.
    #[must_use]
    pub const fn grpc(name: &'static str, route: &'static str, idempotency: Idempotency) -> Self {
        Self {
            name,
            method: None,
            route,
            idempotency,
            success: &[200],
            vendor: None,
            api_version: None,
        }
    }

    /// Sets the HTTP statuses that mean success, instead of 200 alone.
    #[must_use]
    pub const fn success(mut self, statuses: &'static [u16]) -> Self {
        self.success = statuses;
        self
    }

    /// Adds the API that the operation belongs to, as [telemetry](crate::telemetry) shows it: the
    /// vendor in lower case, and the version.
    #[must_use]
    pub const fn api(mut self, vendor: &'static str, version: &'static str) -> Self {
        self.vendor = Some(vendor);
        self.api_version = Some(version);
        self
    }

    /// Returns the name in snake case, like the method that calls it: `list_invoices`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the HTTP method; `None` over other transports.
    #[must_use]
    pub const fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// Returns the path with its parameters in braces.
    #[must_use]
    pub const fn route(&self) -> &'static str {
        self.route
    }

    /// Returns whether the call may be repeated.
    #[must_use]
    pub const fn idempotency(&self) -> Idempotency {
        self.idempotency
    }

    /// Returns the HTTP statuses that mean success. A response with any other status is an error.
    #[must_use]
    pub const fn success_statuses(&self) -> &'static [u16] {
        self.success
    }

    pub(crate) const fn vendor(&self) -> Option<&'static str> {
        self.vendor
    }

    pub(crate) const fn api_version(&self) -> Option<&'static str> {
        self.api_version
    }
}
