use std::{error::Error as StdError, io};

use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use crate::{Error, Result};

/// Parses the certificates in a PEM string.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certificates =
        CertificateDer::pem_slice_iter(pem).collect::<std::result::Result<Vec<_>, _>>().map_err(
            |error| Error::config("the root certificate is not valid PEM").with_source(error),
        )?;
    if certificates.is_empty() {
        return Err(Error::config(
            "the PEM string of the root certificate contains no certificate",
        ));
    }
    Ok(certificates)
}

/// Returns whether TLS rejected the peer's certificate. `io::Error` hides its inner error from
/// `source()`.
pub(crate) fn is_certificate_error(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(
                tls,
                rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
            );
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}
