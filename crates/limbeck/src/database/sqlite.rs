//! SQLite, by the library that is linked in.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::script::{Answer, Datum};
use rusqlite::ErrorCode;
use rusqlite::InterruptHandle;
use rusqlite::OpenFlags;
use rusqlite::ffi;
use rusqlite::types::ValueRef;

use super::Cancel;
use super::Connection;
use super::DatabaseError;
use super::ErrorKind;
use super::Keep;
use super::Notice;
use super::Options;
use super::Outcome;
use super::Row;
use super::Url;
use super::hex;
use super::url::Mode;
use super::url::SqliteTarget;

struct Sqlite {
    inner: rusqlite::Connection,
    server: String,
}

/// Opens the file, or a database in memory.
pub(super) fn connect(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    let target = url.sqlite().expect("an SQLite URL has its target");
    if !options.create_file && !target.memory && !Path::new(&target.path).exists() {
        return Err(missing(target));
    }
    let inner = open(target).map_err(|error| unusable(target, error))?;
    // SQLite opens a file only when it is first needed, and only then sees what it is.
    probe(&inner).map_err(|error| unusable(target, error))?;
    let wait = url.settings().busy_timeout.unwrap_or(options.busy_timeout);
    inner.busy_timeout(wait).map_err(|error| failure(error, None))?;
    let server = format!("SQLite {}", rusqlite::version());
    Ok(Box::new(Sqlite { inner, server }))
}

pub(super) fn open(target: &SqliteTarget) -> rusqlite::Result<rusqlite::Connection> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | match target.mode {
            Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Mode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
    if target.uri_parameters.is_empty() {
        return if target.memory {
            rusqlite::Connection::open_in_memory()
        } else {
            rusqlite::Connection::open_with_flags(literal_path(&target.path), flags)
        };
    }
    rusqlite::Connection::open_with_flags(uri(target), flags | OpenFlags::SQLITE_OPEN_URI)
}

/// A path that SQLite can't take for a URI or for one of its special names.
fn literal_path(path: &str) -> PathBuf {
    if Path::new(path).is_relative() {
        Path::new(".").join(path)
    } else {
        PathBuf::from(path)
    }
}

/// A URI for the settings that can only be made in one.
fn uri(target: &SqliteTarget) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let mut uri = if target.memory {
        format!("file:{}?mode=memory", escape(&target.path))
    } else {
        format!("file:{}?", escape(&target.path))
    };
    for (name, value) in &target.uri_parameters {
        uri.push_str(&format!("&{name}={}", escape(value).replace('&', "%26")));
    }
    uri
}

fn probe(inner: &rusqlite::Connection) -> rusqlite::Result<()> {
    // Another process's lock is no reason to wait, nor not to connect: the statement that needs it waits.
    inner.busy_timeout(Duration::ZERO)?;
    match inner.query_row("PRAGMA schema_version", [], |_| Ok(())) {
        Err(error) if is_busy(&error) => Ok(()),
        outcome => outcome,
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

impl Connection for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn server(&self) -> &str {
        &self.server
    }

    fn run(&mut self, statements: &[&str], keep: Keep) -> Result<Vec<Outcome>, DatabaseError> {
        let mut outcomes = Vec::with_capacity(statements.len());
        for (at, sql) in statements.iter().enumerate() {
            let outcome = run_one(&self.inner, sql, keep).map_err(|error| {
                let mut error = failure(error, Some(sql));
                error.statement = Some(at);
                error
            })?;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn query_typed(&mut self, sql: &str) -> Result<Answer, DatabaseError> {
        typed(&self.inner, sql).map_err(|error| failure(error, Some(sql)))
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn canceller(&self) -> Box<dyn Cancel> {
        Box::new(Interrupt(self.inner.get_interrupt_handle()))
    }

    fn session_id(&self) -> Option<u64> {
        None
    }
}

fn run_one(inner: &rusqlite::Connection, sql: &str, keep: Keep) -> rusqlite::Result<Outcome> {
    let mut statement = inner.prepare(sql)?;
    let mut kept = Vec::new();
    let affected = each_row(inner, &mut statement, |row, columns| {
        if keep == Keep::Rows {
            let values = (0..columns).map(|at| row.get_ref(at).map(text));
            kept.push(values.collect::<rusqlite::Result<Row>>()?);
        }
        Ok(())
    })?;
    Ok(Outcome { affected, rows: kept })
}

fn typed(inner: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Answer> {
    let mut statement = inner.prepare(sql)?;
    let columns = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let affected = each_row(inner, &mut statement, |row, columns| {
        let values = (0..columns).map(|at| row.get_ref(at).map(datum));
        rows.push(values.collect::<rusqlite::Result<Vec<Datum>>>()?);
        Ok(())
    })?;
    Ok(Answer {
        columns,
        affected: affected.max(rows.len() as u64),
        rows,
    })
}

/// Steps through a statement's rows, and returns how many it changed.
fn each_row(
    inner: &rusqlite::Connection,
    statement: &mut rusqlite::Statement<'_>,
    mut take: impl FnMut(&rusqlite::Row<'_>, usize) -> rusqlite::Result<()>,
) -> rusqlite::Result<u64> {
    let columns = statement.column_count();
    // The count of changed rows is left over from the statement before when this one changes none.
    let before = inner.total_changes();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        take(row, columns)?;
    }
    drop(rows);
    Ok(if inner.total_changes() == before {
        0
    } else {
        inner.changes()
    })
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(format!("{number:?}")),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(hex(bytes)),
    }
}

fn datum(value: ValueRef<'_>) -> Datum {
    match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(number) => Datum::Int(number),
        ValueRef::Real(number) => Datum::Float(number),
        ValueRef::Text(bytes) => Datum::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Datum::Bytes(bytes.to_vec()),
    }
}

struct Interrupt(InterruptHandle);

impl Cancel for Interrupt {
    fn cancel(&self) -> Result<(), DatabaseError> {
        self.0.interrupt();
        Ok(())
    }
}

/// Translates an error of a statement.
pub(super) fn failure(error: rusqlite::Error, sql: Option<&str>) -> DatabaseError {
    let (code, message, position) = match &error {
        rusqlite::Error::SqliteFailure(code, message) => (Some(*code), message.clone(), None),
        rusqlite::Error::SqlInputError {
            error, msg, offset, ..
        } => (Some(*error), Some(msg.clone()), usize::try_from(*offset).ok()),
        rusqlite::Error::MultipleStatement => (
            None,
            Some("the text holds more than one statement".to_owned()),
            None,
        ),
        _ => (None, None, None),
    };
    let message = message.unwrap_or_else(|| error.to_string());
    let mut failure = DatabaseError::new(code.map_or(ErrorKind::Statement, |code| kind(code.code)), message);
    failure.code = code.map(|code| name(code.extended_code));
    failure.position = match sql {
        Some(sql) if failure.message == "incomplete input" => Some(sql.trim_end().len()),
        Some(sql) => position.filter(|at| sql.is_char_boundary(*at)),
        None => None,
    };
    failure.hint = match failure.kind {
        ErrorKind::LockTimeout => Some(
            "another connection writes to this file: try again when it is done, or wait longer".to_owned(),
        ),
        ErrorKind::ReadOnly => Some("check the rights of the file and of its directory".to_owned()),
        _ => None,
    };
    failure.with_source(error)
}

fn kind(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => ErrorKind::LockTimeout,
        ErrorCode::ReadOnly => ErrorKind::ReadOnly,
        ErrorCode::OperationInterrupted => ErrorKind::Cancelled,
        ErrorCode::CannotOpen
        | ErrorCode::NotADatabase
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::SystemIoFailure => ErrorKind::File,
        _ => ErrorKind::Statement,
    }
}

/// The name of an extended code, or the number where the name is not known.
fn name(code: i32) -> String {
    let primary = match code & 0xff {
        ffi::SQLITE_ERROR => "SQLITE_ERROR",
        ffi::SQLITE_BUSY => "SQLITE_BUSY",
        ffi::SQLITE_LOCKED => "SQLITE_LOCKED",
        ffi::SQLITE_NOMEM => "SQLITE_NOMEM",
        ffi::SQLITE_READONLY => "SQLITE_READONLY",
        ffi::SQLITE_INTERRUPT => "SQLITE_INTERRUPT",
        ffi::SQLITE_IOERR => "SQLITE_IOERR",
        ffi::SQLITE_CORRUPT => "SQLITE_CORRUPT",
        ffi::SQLITE_FULL => "SQLITE_FULL",
        ffi::SQLITE_CANTOPEN => "SQLITE_CANTOPEN",
        ffi::SQLITE_SCHEMA => "SQLITE_SCHEMA",
        ffi::SQLITE_TOOBIG => "SQLITE_TOOBIG",
        ffi::SQLITE_CONSTRAINT => "SQLITE_CONSTRAINT",
        ffi::SQLITE_MISMATCH => "SQLITE_MISMATCH",
        ffi::SQLITE_MISUSE => "SQLITE_MISUSE",
        ffi::SQLITE_AUTH => "SQLITE_AUTH",
        ffi::SQLITE_PERM => "SQLITE_PERM",
        ffi::SQLITE_NOTADB => "SQLITE_NOTADB",
        _ => return format!("SQLITE_{code}"),
    };
    let suffix = match code {
        ffi::SQLITE_CONSTRAINT_CHECK => "_CHECK",
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "_FOREIGNKEY",
        ffi::SQLITE_CONSTRAINT_NOTNULL => "_NOTNULL",
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => "_PRIMARYKEY",
        ffi::SQLITE_CONSTRAINT_TRIGGER => "_TRIGGER",
        ffi::SQLITE_CONSTRAINT_UNIQUE => "_UNIQUE",
        ffi::SQLITE_CONSTRAINT_ROWID => "_ROWID",
        ffi::SQLITE_CONSTRAINT_DATATYPE => "_DATATYPE",
        ffi::SQLITE_BUSY_SNAPSHOT => "_SNAPSHOT",
        ffi::SQLITE_READONLY_DBMOVED => "_DBMOVED",
        ffi::SQLITE_READONLY_DIRECTORY => "_DIRECTORY",
        _ => "",
    };
    format!("{primary}{suffix}")
}

/// Says why a file can't be used as a database, which SQLite itself does not.
fn unusable(target: &SqliteTarget, error: rusqlite::Error) -> DatabaseError {
    let path = Path::new(&target.path);
    let code = error.sqlite_error().map(|error| name(error.extended_code));
    let (message, hint) = reason(target, path, &error);
    let mut failure = DatabaseError::new(ErrorKind::File, message).with_source(error);
    failure.code = code;
    failure.hint = hint;
    failure
}

fn absent(target: &SqliteTarget) -> String {
    format!("there is no SQLite database {}", target.path)
}

/// The error of a file that is not there and is not to be created.
fn missing(target: &SqliteTarget) -> DatabaseError {
    DatabaseError::new(ErrorKind::UnknownDatabase, absent(target))
        .with_hint("the first upgrade creates it; if it should be there, correct the path in the URL")
}

fn reason(target: &SqliteTarget, path: &Path, error: &rusqlite::Error) -> (String, Option<String>) {
    let shown = &target.path;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
        return (
            format!("the file {shown} is not an SQLite database"),
            Some("check the path; an encrypted database can't be opened either".to_owned()),
        );
    }
    if path.is_dir() {
        return (
            format!("{shown} is a directory, not an SQLite database"),
            Some("name a file in it".to_owned()),
        );
    }
    if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
        return (
            format!(
                "can't open the SQLite database {shown}: there is no directory {}",
                directory.display()
            ),
            Some(missing_directory(path, directory)),
        );
    }
    if !path.exists() && !matches!(target.mode, Mode::Create) {
        return (
            absent(target),
            Some("take 'mode' out of the URL, or use mode=rwc, to create it".to_owned()),
        );
    }
    if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) {
        return (
            format!("can't open the SQLite database {shown}: this user may not read or write it"),
            Some("check the rights of the file and of its directory".to_owned()),
        );
    }
    (format!("can't open the SQLite database {shown}: {error}"), None)
}

/// The commonest reason is a URL with three slashes where an absolute path needs four.
fn missing_directory(path: &Path, directory: &Path) -> String {
    let absolute = Path::new("/").join(path);
    if path.is_relative() && absolute.parent().is_some_and(Path::is_dir) {
        format!(
            "for the absolute path write four slashes: sqlite:///{}",
            absolute.display()
        )
    } else {
        format!("create {}, or correct the path", directory.display())
    }
}
