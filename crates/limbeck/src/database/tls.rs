//! How connections to servers are encrypted.
//!
//! The roots that a server's certificate is checked against are those of the file that the URL names,
//! else those of the operating system, else Mozilla's, which are part of the binary.

#[cfg(feature = "postgres")]
mod config;

use std::path::Path;

use rustls::CertificateError;

use super::DatabaseError;
use super::ErrorKind;

#[cfg(feature = "postgres")]
pub(super) use config::client_config;

/// Where systems keep the certificates of the authorities that they trust.
const SYSTEM_ROOTS: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The file of the roots that this system trusts.
pub(super) fn system_roots() -> Option<&'static str> {
    SYSTEM_ROOTS
        .iter()
        .copied()
        .find(|path| Path::new(path).is_file())
}

/// Says what is wrong with an encrypted connection, and what to do about it.
pub(super) fn failure(place: &str, error: &rustls::Error) -> DatabaseError {
    let (what, hint) = match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => (
            "its certificate is for another host name".to_owned(),
            "connect by a name that the certificate has, or ask only for verify-ca (VERIFY_CA on MySQL)",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer
            | CertificateError::InvalidPurpose
            | CertificateError::BadSignature,
        ) => (
            "its certificate is not signed by an authority that is trusted here".to_owned(),
            "name the authority's certificate in the URL: sslrootcert=FILE (ssl_ca=FILE on MySQL)",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => (
            "its certificate has expired".to_owned(),
            "renew the server's certificate",
        ),
        other => (
            other.to_string(),
            "check the TLS settings of the server and of the URL",
        ),
    };
    DatabaseError::new(ErrorKind::Tls, format!("no secure connection to {place}: {what}")).with_hint(hint)
}
