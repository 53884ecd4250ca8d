//! PostgreSQL, and what speaks its protocol.
//!
//! Statements go by the simple query protocol: text to the server, text back, and several statements in
//! one message. The connection is polled on the caller's thread, while a statement runs.

mod backend;
mod cancel;
mod connect;
mod error;
mod stream;
mod typed;

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use limbeck_core::Dialect;
use limbeck_core::script::Answer;
use tokio::runtime::Runtime;
use tokio_postgres::AsyncMessage;
use tokio_postgres::Client;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres_rustls::MakeRustlsConnect;

pub(super) use connect::local;

use super::Cancel;
use super::Connection;
use super::DatabaseError;
use super::ErrorKind;
use super::Keep;
use super::Notice;
use super::Options;
use super::Outcome;
use super::Url;
use super::batch::Batch;

/// Keeps the server from compiling queries until the end of the transaction that this is, or stands in: a look at large catalogs is
/// expected to cost so much that it would, and takes longer for it. Servers before 11 don't know the setting.
pub(crate) const NO_JIT: &str = "SELECT CASE WHEN pg_catalog.current_setting('jit', true) IS NOT NULL THEN \
    pg_catalog.set_config('jit', 'off', true) END";

type PgError = tokio_postgres::Error;

/// The half of a connection that reads and writes: it goes on only while it is polled.
type Wire = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, PgError>>> + Send>;

struct Postgres {
    runtime: Option<Runtime>,
    client: Option<Client>,
    wire: Option<Wire>,
    notices: Vec<Notice>,
    server: String,
    place: String,
    target: cancel::Target,
    tls: Option<MakeRustlsConnect>,
}

/// Connects to the first host of the URL that accepts.
pub(super) fn connect(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    let runtime = new_runtime()?;
    let opened = block_on(&runtime, connect::open(url, options));
    match opened {
        Ok(opened) => Ok(Box::new(Postgres {
            runtime: Some(runtime),
            client: Some(opened.client),
            wire: Some(opened.wire),
            notices: Vec::new(),
            server: opened.server,
            place: opened.place,
            target: opened.target,
            tls: opened.tls,
        })),
        Err(error) => {
            // A look-up of a name that hangs must not keep the caller waiting.
            runtime.shutdown_background();
            Err(error)
        }
    }
}

fn new_runtime() -> Result<Runtime, DatabaseError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            DatabaseError::new(ErrorKind::Connect, "can't set up the network").with_source(error)
        })
}

/// Runs `future` to its end on this thread.
///
/// A thread that runs an async task may not block in a second runtime. Callers should know better, but
/// a migration that works is worth more than a panic that teaches.
fn block_on<F>(runtime: &Runtime, future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    if tokio::runtime::Handle::try_current().is_err() {
        return runtime.block_on(future);
    }
    std::thread::scope(|scope| match scope.spawn(|| runtime.block_on(future)).join() {
        Ok(output) => output,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Drives the wire and `work` together until `work` is done.
async fn drive<T>(
    wire: &mut Option<Wire>,
    notices: &mut Vec<Notice>,
    work: impl Future<Output = Result<T, PgError>>,
) -> Result<T, PgError> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let mut broken = None;
        while let Some(poll) = wire.as_mut() {
            match poll(cx) {
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => notices.push(error::notice(&notice)),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    broken = Some(error);
                    *wire = None;
                }
                Poll::Ready(None) => *wire = None,
                Poll::Pending => break,
            }
        }
        // A server that ends the connection says why in its answer to the statement, if one is running.
        match (work.as_mut().poll(cx), broken) {
            (Poll::Ready(Err(error)), Some(broken)) if error.as_db_error().is_none() => {
                Poll::Ready(Err(broken))
            }
            (Poll::Ready(outcome), _) => Poll::Ready(outcome),
            (Poll::Pending, Some(broken)) => Poll::Ready(Err(broken)),
            (Poll::Pending, None) => Poll::Pending,
        }
    })
    .await
}

impl Connection for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }

    fn server(&self) -> &str {
        &self.server
    }

    fn run(&mut self, statements: &[&str], keep: Keep) -> Result<Vec<Outcome>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::new(statements);
        let (Some(runtime), Some(client), true) = (&self.runtime, &self.client, self.wire.is_some()) else {
            return Err(error::lost(&self.place));
        };
        let mut outcomes = Vec::with_capacity(statements.len());
        let work = read(client, batch.text(), keep, &mut outcomes);
        let result = block_on(runtime, drive(&mut self.wire, &mut self.notices, work));
        if let Err(error) = result {
            return Err(self.failed(error, &batch, outcomes.len()));
        }
        outcomes.resize_with(statements.len(), Outcome::default);
        Ok(outcomes)
    }

    fn query_typed(&mut self, sql: &str) -> Result<Answer, DatabaseError> {
        let (Some(runtime), Some(client), true) = (&self.runtime, &self.client, self.wire.is_some()) else {
            return Err(error::lost(&self.place));
        };
        let work = typed::query(client, sql);
        let result = block_on(runtime, drive(&mut self.wire, &mut self.notices, work));
        result.map_err(|error| self.failed(error, &Batch::new(&[sql]), 0))
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn is_closed(&self) -> bool {
        self.wire.is_none()
    }

    fn canceller(&self) -> Box<dyn Cancel> {
        Box::new(cancel::CancelRequest {
            token: self.client.as_ref().map(Client::cancel_token),
            tls: self.tls.clone(),
            target: self.target.clone(),
            place: self.place.clone(),
        })
    }

    fn session_id(&self) -> Option<u64> {
        let token = self.client.as_ref()?.cancel_token();
        block_on(self.runtime.as_ref()?, backend::process_id(&token))
    }
}

/// Sends `text` and reads every answer; the outcomes so far stay when one is an error.
async fn read(client: &Client, text: &str, keep: Keep, outcomes: &mut Vec<Outcome>) -> Result<(), PgError> {
    let mut answers = pin!(client.simple_query_raw(text).await?);
    let mut rows = Vec::new();
    while let Some(answer) = poll_fn(|cx| answers.as_mut().poll_next(cx)).await {
        match answer? {
            SimpleQueryMessage::Row(row) if keep == Keep::Rows => {
                rows.push(
                    (0..row.len())
                        .map(|at| row.try_get(at).map(|value| value.map(str::to_owned)))
                        .collect::<Result<_, _>>()?,
                );
            }
            SimpleQueryMessage::CommandComplete(affected) => outcomes.push(Outcome {
                affected,
                rows: std::mem::take(&mut rows),
            }),
            _ => {}
        }
    }
    Ok(())
}

impl Postgres {
    /// What it means that the statement behind the first `done` ones of a batch has failed.
    fn failed(&mut self, error: PgError, batch: &Batch<'_>, done: usize) -> DatabaseError {
        let failure = error::statement(error, batch, done, &self.place);
        if matches!(failure.kind, ErrorKind::ConnectionLost | ErrorKind::Unsupported) {
            self.close();
        }
        failure
    }

    /// Says good-bye, so that the server frees the session at once and logs no broken connection.
    fn close(&mut self) {
        drop(self.client.take());
        if let (Some(runtime), Some(mut wire)) = (&self.runtime, self.wire.take()) {
            let end = poll_fn(move |cx| {
                loop {
                    match wire(cx) {
                        Poll::Ready(Some(Ok(_))) => {}
                        Poll::Ready(_) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            });
            block_on(runtime, async {
                // Nothing is lost if the server does not listen any more.
                let _ = tokio::time::timeout(Duration::from_secs(1), end).await;
            });
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.close();
        if let Some(runtime) = self.runtime.take() {
            // Waiting for a runtime to end is not allowed on every thread.
            runtime.shutdown_background();
        }
    }
}
