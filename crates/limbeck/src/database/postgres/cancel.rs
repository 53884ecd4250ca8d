//! Requests to cancel what a session runs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::stream::{Patient, Stream};
use super::{block_on, new_runtime};
use crate::database::{Cancel, DatabaseError, ErrorKind};

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Where a server listens.
#[derive(Clone)]
pub(super) enum Target {
    Tcp {
        /// The name that its certificate bears.
        name: String,
        /// Where to connect: the name, or an address that the URL gives instead.
        address: String,
        port: u16,
    },
    Socket(PathBuf),
}

pub(super) struct CancelRequest {
    /// `None` once the connection is closed.
    pub(super) token: Option<CancelToken>,
    pub(super) tls: Option<MakeRustlsConnect>,
    pub(super) target: Target,
    /// The target in messages.
    pub(super) place: String,
}

impl Cancel for CancelRequest {
    fn cancel(&self) -> Result<(), DatabaseError> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let runtime = new_runtime()?;
        let outcome = block_on(&runtime, async {
            tokio::time::timeout(LIMIT, self.send(token)).await
        });
        runtime.shutdown_background();
        let failure =
            || DatabaseError::new(ErrorKind::Connect, format!("can't ask {} to cancel", self.place));
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failure().with_source(error)),
            Err(late) => Err(failure().with_source(late)),
        }
    }
}

impl CancelRequest {
    async fn send(&self, token: &CancelToken) -> io::Result<()> {
        let name = match &self.target {
            Target::Tcp { name, .. } => name,
            Target::Socket(_) => "",
        };
        let stream = Patient(self.target.connect().await?);
        match &self.tls {
            Some(tls) => {
                let tls = MakeTlsConnect::<Patient>::make_tls_connect(&mut tls.clone(), name)
                    .map_err(io::Error::other)?;
                token.cancel_query_raw(stream, tls).await
            }
            None => token.cancel_query_raw(stream, NoTls).await,
        }
        .map_err(io::Error::other)
    }
}

impl Target {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp { address, port, .. } => Box::new(TcpStream::connect((address.as_str(), *port)).await?),
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}
