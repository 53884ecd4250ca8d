//! Which process of the server a connection was told that it has.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// How many bytes a pipe takes: more than a request for TLS and a request to cancel together.
const PIPE: usize = 64;

/// Returns the process id that the server named when the connection was made.
///
/// tokio-postgres keeps it to itself, but a request to cancel carries it: length, code, process id and key, four bytes each
/// (PostgreSQL manual, 54.7, `CancelRequest`). So one is written into a pipe, and read there.
pub(super) async fn process_id(token: &CancelToken) -> Option<u64> {
    let (near, mut far) = tokio::io::duplex(PIPE);
    // The answer to a request for TLS, in case that comes first.
    far.write_all(b"S").await.ok()?;
    token.cancel_query_raw(near, Plain).await.ok()?;
    let mut written = Vec::new();
    far.read_to_end(&mut written).await.ok()?;
    let bytes = written.get(written.len().checked_sub(8)?..)?;
    Some(u64::from(u32::from_be_bytes(bytes[..4].try_into().ok()?)))
}

/// Takes the place of TLS in the pipe, and encrypts nothing.
struct Plain;

impl TlsConnect<DuplexStream> for Plain {
    type Stream = Pipe;
    type Error = io::Error;
    type Future = Ready<io::Result<Pipe>>;

    fn connect(self, stream: DuplexStream) -> Self::Future {
        ready(Ok(Pipe(stream)))
    }
}

struct Pipe(DuplexStream);

impl TlsStream for Pipe {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
