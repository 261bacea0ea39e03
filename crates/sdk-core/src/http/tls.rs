use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

use crate::{Error, Result};

/// Creates a TLS configuration that trusts the operating system's roots and these. Unless `needed`,
/// it trusts none, so that a client for plain `http` works on a machine without any roots.
///
/// The crypto provider is passed here instead of being installed for the whole process, which is up
/// to the program.
pub(super) fn configuration(
    roots: Vec<CertificateDer<'static>>,
    needed: bool,
) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::config("TLS cannot be set up").with_source(error))?;
    let builder = if needed {
        let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(|error| {
            let message = format!(
                "TLS cannot be set up: {error}; install the system's CA certificates, or add root \
                 certificates on the builder"
            );
            Error::config(message).with_source(error)
        })?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    let mut configuration = builder.with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}
