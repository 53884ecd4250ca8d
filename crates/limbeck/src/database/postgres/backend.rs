//! Which process of the server a connection was told that it has.

use std::future::{Ready, ready};
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::TlsConnect;

use super::stream::Patient;

/// How many bytes a pipe takes: more than a request for TLS and a request to cancel together.
const PIPE: usize = 64;

/// Returns the process id that the server named when the connection was made.
///
/// tokio-postgres keeps it to itself, but a request to cancel carries it: length, code, process id and key, four bytes each
/// (PostgreSQL manual, 54.7, `CancelRequest`). So one is written into a pipe, and read there.
pub(super) async fn process_id(token: &CancelToken) -> Option<u64> {
    let (near, mut far) = tokio::io::duplex(PIPE);
    // The answer to a request for TLS, in case that comes first; nothing else will be said.
    far.write_all(b"S").await.ok()?;
    far.shutdown().await.ok()?;
    token
        .cancel_query_raw(Patient(Box::new(near)), Plain)
        .await
        .ok()?;
    let mut written = Vec::new();
    far.read_to_end(&mut written).await.ok()?;
    let bytes = written.get(written.len().checked_sub(8)?..)?;
    Some(u64::from(u32::from_be_bytes(bytes[..4].try_into().ok()?)))
}

/// Takes the place of TLS in the pipe, and encrypts nothing.
struct Plain;

impl TlsConnect<Patient> for Plain {
    type Stream = Patient;
    type Error = io::Error;
    type Future = Ready<io::Result<Patient>>;

    fn connect(self, stream: Patient) -> Self::Future {
        ready(Ok(stream))
    }
}
