//! SQLite, by its backup API (<https://www.sqlite.org/backup.html>).

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{BackupError, Contents, Place, Progress};
use crate::database::sqlite::{failure, open};

/// How many pages are copied at once.
const PAGES: i32 = 1024;

/// SQLite needs no program.
pub(super) fn check_tools(place: &mut Place<'_>) -> Result<(), BackupError> {
    if place.url.is_in_memory() {
        return Err(BackupError::InMemory);
    }
    Ok(())
}

pub(super) fn dump(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let full = |error| with_full_disk(error, file);
    let target = place.url.sqlite().expect("an SQLite URL has its target");
    let source = open(target).map_err(said)?;
    source.busy_timeout(place.wait).map_err(said)?;
    // One read transaction around all: else the copy would start over whenever the application writes.
    source.execute_batch("BEGIN").map_err(said)?;
    source
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(said)?;
    let mut copy = Connection::open(file).map_err(full)?;
    // It is made durable at the end, and thrown away when it fails.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(full)?;
    let size: u64 = source
        .query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))
        .map_err(said)?
        .into();
    let backup = Backup::new(&source, &mut copy).map_err(full)?;
    run(&backup, place.wait, full, &mut |done, total| {
        progress(done * size, total.map(|total| total * size))
    })?;
    drop(backup);
    copy.close().map_err(|(_, error)| full(error))
}

/// Copies to the end; waits for those who use the file. Progress is in pages.
fn run(
    backup: &Backup<'_, '_>,
    wait: Duration,
    failed: impl Fn(rusqlite::Error) -> BackupError,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut waiting = None;
    loop {
        match backup.step(PAGES).map_err(&failed)? {
            StepResult::Done => return Ok(()),
            StepResult::More => waiting = None,
            // Busy or locked, or what else SQLite may come to say.
            _ => {
                if waiting.get_or_insert_with(Instant::now).elapsed() >= wait {
                    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                    let message = "database is locked".to_owned();
                    return Err(failed(rusqlite::Error::SqliteFailure(busy, Some(message))));
                }
                thread::sleep(PAUSE);
            }
        }
        let state = backup.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or_default();
        if !progress(
            count(state.pagecount - state.remaining),
            Some(count(state.pagecount)),
        ) {
            return Err(BackupError::Stopped);
        }
    }
}

/// SQLite's check can't be stopped.
pub(super) fn prove(file: &Path, _: &mut Progress<'_>) -> Result<(), BackupError> {
    /// <https://www.sqlite.org/fileformat.html>, 1.3: SQLite itself takes an empty file for an empty database.
    const HEAD: &[u8] = b"SQLite format 3\0";
    let unusable = |reason: String| BackupError::Unusable {
        file: file.to_owned(),
        reason,
    };
    let mut head = Vec::new();
    let read = File::open(file).and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut head));
    read.map_err(|source| BackupError::File {
        doing: "read",
        path: file.to_owned(),
        source,
    })?;
    if head != HEAD {
        return Err(unusable("it is not an SQLite database".to_owned()));
    }
    let damaged = |error| unusable(format!("it is damaged: {error}"));
    let connection = open_copy(file).map_err(damaged)?;
    let whole = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let whole: i64 = connection
        .query_row(whole, [], |row| row.get(0))
        .map_err(damaged)?;
    // What is missing of the last page would be read as zeros.
    if file.metadata().map_or(0, |data| data.len()) < u64::try_from(whole).unwrap_or_default() {
        return Err(unusable("its end is missing".to_owned()));
    }
    let check = || {
        // It lists what is wrong, and says "ok" otherwise.
        let mut statement = connection.prepare("PRAGMA integrity_check(3)")?;
        let lines = statement.query_map([], |row| row.get(0))?;
        lines.collect::<rusqlite::Result<Vec<String>>>()
    };
    let lines = check().map_err(damaged)?;
    if lines != ["ok"] {
        return Err(unusable(format!("it is damaged: {}", lines.join("; "))));
    }
    Ok(())
}

/// Opens a backup so that nothing is written beside it, even where it says that it has a write-ahead log.
fn open_copy(file: &Path) -> rusqlite::Result<Connection> {
    let path = file.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // `file:` and two slashes would begin the name of a host.
    let path = if path.starts_with("//") {
        format!("//{path}")
    } else {
        path
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
}

pub(super) fn contents(file: &Path, version: &str, journal: &str) -> Result<Contents, BackupError> {
    let connection = open_copy(file).map_err(said)?;
    let mut contents = Contents::default();
    if has(&connection, version) {
        let mut statement = connection
            .prepare(&format!("SELECT version_num FROM {version} ORDER BY 1"))
            .map_err(said)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(said)?;
        contents.rows = rows.collect::<rusqlite::Result<_>>().map_err(said)?;
    }
    if has(&connection, journal) {
        contents.last_attempt = connection
            .query_row(
                &format!("SELECT COALESCE(max(id), 0) FROM {journal}"),
                [],
                |row| row.get(0),
            )
            .map_err(said)?;
    }
    Ok(contents)
}

fn has(connection: &Connection, table: &str) -> bool {
    connection.prepare(&format!("SELECT 1 FROM {table}")).is_ok()
}

/// Writes the backup over the database in one transaction: who reads meanwhile sees the old state or the new one.
pub(super) fn restore(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let target = place.url.sqlite().expect("an SQLite URL has its target");
    if target.memory {
        return Err(BackupError::InMemory);
    }
    let source = open_copy(file).map_err(said)?;
    let mut database = open(target).map_err(said)?;
    database.busy_timeout(place.wait).map_err(said)?;
    let lease = place.lease;
    let token: i64 = database
        .query_row(&format!("SELECT token FROM {lease}"), [], |row| row.get(0))
        .unwrap_or_default();
    let backup = Backup::new(&source, &mut database).map_err(said)?;
    run(&backup, place.wait, said, progress)?;
    drop(backup);
    // Whoever held the lease when the backup was made has it no longer, and no token may come a second time.
    if has(&database, lease) {
        let free = format!("UPDATE {lease} SET holder = NULL, running = NULL, token = max(token, {token})");
        database.execute_batch(&free).map_err(said)?;
    }
    Ok(())
}

fn said(error: rusqlite::Error) -> BackupError {
    failure(error, None).into()
}

fn with_full_disk(error: rusqlite::Error, file: &Path) -> BackupError {
    if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
        let path = file.parent().unwrap_or(Path::new("")).to_owned();
        return BackupError::Full { path };
    }
    said(error)
}
