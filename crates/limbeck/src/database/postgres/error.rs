//! What PostgreSQL says, in limbeck's terms.

use tokio_postgres::error::DbError;
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::error::Severity as PgSeverity;

use super::PgError;
use crate::database::DatabaseError;
use crate::database::ErrorKind;
use crate::database::Notice;
use crate::database::Object;
use crate::database::Severity;
use crate::database::batch::Batch;

/// Translates a notice.
pub(super) fn notice(notice: &DbError) -> Notice {
    Notice {
        severity: match notice.parsed_severity() {
            Some(PgSeverity::Debug) => Severity::Debug,
            Some(PgSeverity::Log) => Severity::Log,
            Some(PgSeverity::Info) => Severity::Info,
            Some(PgSeverity::Warning) => Severity::Warning,
            Some(PgSeverity::Error | PgSeverity::Fatal | PgSeverity::Panic) => Severity::Error,
            Some(PgSeverity::Notice) | None => Severity::Notice,
        },
        message: notice.message().to_owned(),
        // The code of every notice that means nothing in particular.
        code: Some(notice.code().code().to_owned()).filter(|code| code != "00000"),
        detail: notice.detail().map(str::to_owned),
        hint: notice.hint().map(str::to_owned),
    }
}

/// The error of a connection that has ended before.
pub(super) fn lost(place: &str) -> DatabaseError {
    DatabaseError::new(
        ErrorKind::ConnectionLost,
        format!("the connection to {place} has ended"),
    )
    .with_hint("connect again")
}

/// Translates the failure of statement number `done` or a later one.
pub(super) fn statement(error: PgError, batch: &Batch<'_>, done: usize, place: &str) -> DatabaseError {
    let Some(db) = error.as_db_error() else {
        return without_answer(error, place);
    };
    let mut failure = translated(db, place);
    let located = match db.position() {
        Some(ErrorPosition::Original(character)) => {
            byte_offset(batch.text(), *character).and_then(|at| batch.locate(at))
        }
        Some(ErrorPosition::Internal { query, .. }) => {
            let inner = format!("inner statement: {query}");
            failure.context = Some(match failure.context.take() {
                Some(context) => format!("{inner}\n{context}"),
                None => inner,
            });
            None
        }
        None => None,
    };
    failure.position = located.map(|(_, offset)| offset);
    failure.statement = Some(located.map_or(done, |(index, _)| index).min(batch.len() - 1));
    failure.with_source(error)
}

/// Translates what the server says, whether to a statement or to a log-in.
pub(super) fn translated(db: &DbError, place: &str) -> DatabaseError {
    let code = db.code().code();
    let ended = matches!(db.parsed_severity(), Some(PgSeverity::Fatal | PgSeverity::Panic));
    let mut failure = DatabaseError::new(kind(code, db.message(), ended), db.message()).with_code(code);
    if failure.kind == ErrorKind::ConnectionLost {
        failure.message = format!("the connection to {place} was lost: {}", db.message());
    }
    failure.detail = db.detail().map(str::to_owned);
    failure.hint = db.hint().map(str::to_owned);
    failure.context = db.where_().map(str::to_owned);
    failure.object = Object {
        schema: db.schema().map(str::to_owned),
        table: db.table().map(str::to_owned),
        column: db.column().map(str::to_owned),
        constraint: db.constraint().map(str::to_owned),
        data_type: db.datatype().map(str::to_owned),
    };
    failure
}

fn kind(code: &str, message: &str, ended: bool) -> ErrorKind {
    match code {
        "28000" | "28P01" => ErrorKind::Authentication,
        "3D000" => ErrorKind::UnknownDatabase,
        "53300" | "57P03" => ErrorKind::NotReady,
        "42501" => ErrorKind::Permission,
        "55P03" => ErrorKind::LockTimeout,
        "40P01" => ErrorKind::Deadlock,
        "57014" => ErrorKind::Cancelled,
        "25006" => ErrorKind::ReadOnly,
        "57P01" | "57P02" | "57P05" | "25P03" => ErrorKind::ConnectionLost,
        _ if code.starts_with("08") => ErrorKind::ConnectionLost,
        // Poolers and proxies have no codes of their own, and say this with code 08P01 or XX000.
        _ if ended && !message.is_empty() => ErrorKind::ConnectionLost,
        _ => ErrorKind::Statement,
    }
}

fn without_answer(error: PgError, place: &str) -> DatabaseError {
    let text = error.to_string();
    if text.starts_with("unexpected message") {
        // The answer to COPY, which this protocol has no place for.
        return DatabaseError::new(
            ErrorKind::Unsupported,
            "the statement wants to copy data from or to the client",
        )
        .with_hint("COPY FROM STDIN and COPY TO STDOUT can't be used here: write INSERT statements")
        .with_source(error);
    }
    if text.starts_with("error encoding") {
        return DatabaseError::new(ErrorKind::Statement, "the statement holds a zero byte")
            .with_source(error);
    }
    DatabaseError::new(
        ErrorKind::ConnectionLost,
        format!("the connection to {place} was lost"),
    )
    .with_hint("check the server's log, and connect again")
    .with_source(error)
}

/// PostgreSQL counts characters from one.
fn byte_offset(text: &str, character: u32) -> Option<usize> {
    let wanted = usize::try_from(character).ok()?.checked_sub(1)?;
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(wanted)
}
