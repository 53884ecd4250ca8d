//! Certificates for servers with TLS: an authority, and a certificate that it signed for `localhost`.

use std::path::Path;
use std::path::PathBuf;

use crate::server::run;
use crate::server::text;

/// The files of an authority and of a server.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The certificate of the authority.
    pub authority: PathBuf,
    /// The certificate of the server, for the host name `localhost` and no address.
    pub certificate: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes new ones in `directory` with the program `openssl`.
    ///
    /// # Panics
    /// Panics when `openssl` is not installed.
    pub fn create(directory: &Path) -> Self {
        let file = |name: &str| directory.join(name);
        let (authority, authority_key) = (file("ca.crt"), file("ca.key"));
        let (certificate, key, request) = (file("server.crt"), file("server.key"), file("server.csr"));
        let extensions = file("server.ext");
        std::fs::write(
            &extensions,
            "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
        )
        .expect("the directory can be written to");
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(&format!(
            "req -x509 {new_key} -days 2 -subj /CN=limbeck-tests -keyout {} -out {}",
            text(&authority_key),
            text(&authority)
        ));
        openssl(&format!(
            "req {new_key} -subj /CN=localhost -keyout {} -out {}",
            text(&key),
            text(&request)
        ));
        openssl(&format!(
            "x509 -req -days 2 -in {} -CA {} -CAkey {} -CAcreateserial -extfile {} -out {}",
            text(&request),
            text(&authority),
            text(&authority_key),
            text(&extensions),
            text(&certificate)
        ));
        Self {
            authority,
            certificate,
            key,
        }
    }
}

fn openssl(arguments: &str) {
    let program = crate::server::program("openssl", &[], "openssl");
    let words: Vec<String> = std::iter::once(program)
        .chain(arguments.split(' ').map(str::to_owned))
        .collect();
    run(&words);
}
