//! How connections to servers are encrypted.
//!
//! The roots that a server's certificate is checked against are those of the file that the URL names,
//! else those of the operating system, else Mozilla's, which are part of the binary.

use std::path::Path;
use std::sync::Arc;

use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;

use super::DatabaseError;
use super::ErrorKind;
use super::url::Settings;
use super::url::TlsMode;

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

/// Sets up rustls for `mode`, which must be one that encrypts.
#[cfg(feature = "postgres")]
pub(super) fn client_config(mode: TlsMode, settings: &Settings) -> Result<ClientConfig, DatabaseError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(mode, settings, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DatabaseError::new(ErrorKind::Tls, "can't set up TLS").with_source(error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (&settings.cert, &settings.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unreadable(key, "private key", &error.to_string()))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                DatabaseError::new(ErrorKind::Tls, format!("can't use the certificate of {cert}"))
                    .with_hint("check that sslcert and sslkey belong together")
                    .with_source(error)
            })
        }
        _ => Err(DatabaseError::new(
            ErrorKind::Tls,
            "a client certificate needs its private key, and the key its certificate",
        )
        .with_hint("give both sslcert and sslkey in the URL")),
    }
}

#[cfg(feature = "postgres")]
fn verifier(
    mode: TlsMode,
    settings: &Settings,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, DatabaseError> {
    if mode < TlsMode::VerifyCa {
        return Ok(Arc::new(AnyServer(Arc::clone(provider))));
    }
    let mut store = RootCertStore::empty();
    let mut given = Vec::new();
    match settings.root_cert.as_deref() {
        Some(path) if path != "system" => {
            given = certificates(path)?;
            for root in &given {
                store
                    .add(root.clone())
                    .map_err(|error| unreadable(path, "certificate", &error.to_string()))?;
            }
        }
        _ => match system_roots() {
            Some(path) => {
                store.add_parsable_certificates(certificates(path)?);
            }
            None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        },
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|error| DatabaseError::new(ErrorKind::Tls, "can't set up TLS").with_source(error))?;
    Ok(Arc::new(KnownServer {
        chain,
        given,
        check_name: mode == TlsMode::VerifyFull,
    }))
}

#[cfg(feature = "postgres")]
fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, "certificate", &error.to_string()))?;
    if found.is_empty() {
        return Err(unreadable(path, "certificate", "it holds none in PEM form"));
    }
    Ok(found)
}

#[cfg(feature = "postgres")]
fn unreadable(path: &str, what: &str, why: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Tls, format!("can't read the {what} in {path}: {why}"))
        .with_hint("check the path in the URL and the rights of the file")
}

/// Accepts any server, as `sslmode=require` means: encrypted, and nothing said about with whom.
#[cfg(feature = "postgres")]
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

#[cfg(feature = "postgres")]
impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Accepts a server whose certificate is signed by a trusted authority, or is itself the one that the
/// user trusts.
#[cfg(feature = "postgres")]
#[derive(Debug)]
struct KnownServer {
    chain: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
    check_name: bool,
}

#[cfg(feature = "postgres")]
impl ServerCertVerifier for KnownServer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // The usual set-up of a small PostgreSQL is one self-signed certificate, which is given as its
        // own root. It claims to be an authority, and webpki takes no authority for a server.
        if self.given.iter().any(|root| root == certificate) {
            if self.check_name {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match self
            .chain
            .verify_server_cert(certificate, between, name, ocsp, now)
        {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_name => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
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
