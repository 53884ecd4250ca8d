//! The set-up of rustls for each of libpq's modes.

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

use super::system_roots;
use crate::database::DatabaseError;
use crate::database::ErrorKind;
use crate::database::url::Settings;
use crate::database::url::TlsMode;

/// Sets up rustls for `mode`, which must be one that encrypts.
pub(in crate::database) fn client_config(
    mode: TlsMode,
    settings: &Settings,
) -> Result<ClientConfig, DatabaseError> {
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

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, "certificate", &error.to_string()))?;
    if found.is_empty() {
        return Err(unreadable(path, "certificate", "it holds none in PEM form"));
    }
    Ok(found)
}

fn unreadable(path: &str, what: &str, why: &str) -> DatabaseError {
    // No matter of TLS, lest a connection that merely prefers it goes on without.
    DatabaseError::new(ErrorKind::File, format!("can't read the {what} in {path}: {why}"))
        .with_hint("check the path in the URL and the rights of the file")
}

/// Accepts any server, as `sslmode=require` means: encrypted, and nothing said about with whom.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

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
#[derive(Debug)]
struct KnownServer {
    chain: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
    check_name: bool,
}

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
