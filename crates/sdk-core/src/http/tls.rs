use std::sync::Arc;

use rustls::{ClientConfig, crypto::ring};
use rustls_pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

use crate::{Error, Result};

/// TLS that trusts the operating system's roots and these.
///
/// The provider is handed over here rather than installed for the whole process, which belongs to
/// the program, not to a library.
pub(super) fn configuration(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig> {
    let failed = |error| Error::config("TLS cannot be set up").with_source(error);
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(failed)?;
    let mut configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}
