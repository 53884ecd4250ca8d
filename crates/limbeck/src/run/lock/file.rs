//! SQLite: the transaction is the lock, and statements outside of one are kept apart by a lease.

use std::time::{Duration, Instant};

use super::{Held, LockMode, Request, Tried, cant_lock, lease, parenthesised, poll};
use crate::database::{self, Connection, DatabaseError, ErrorKind};
use crate::error::Error;
use crate::run::brake::Brake;

/// Waits until nobody else writes, and takes the lease where it is needed.
pub(super) fn take(request: &Request<'_>, autocommit: bool) -> Result<Held, Error> {
    let mut connection = database::connect(request.url, request.options).map_err(Error::Connect)?;
    let shared = is_file(connection.as_mut())?;
    if !shared {
        return Ok(Held::Memory);
    }
    connection.query("PRAGMA busy_timeout = 0").map_err(cant_lock)?;
    if autocommit || request.mode == LockMode::Lease {
        return Ok(Held::Lease(lease::take(request, connection, false)?));
    }
    poll(request, || {
        // A lease is looked for inside of it, where nobody else can commit: who does keeps readers out of the file as well.
        connection
            .execute("BEGIN IMMEDIATE")
            .map_err(Error::database("can't lock the database"))?;
        let holder = lease::holder(connection.as_mut(), request.tables);
        connection.execute("ROLLBACK").map_err(cant_lock)?;
        Ok(match holder? {
            Some(holder) => Tried::Busy(parenthesised(Some(holder))),
            None => Tried::Taken(()),
        })
    })?;
    Ok(Held::File)
}

fn is_file(connection: &mut dyn Connection) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM pragma_database_list WHERE name = 'main' AND file <> ''";
    Ok(!connection.query(sql).map_err(cant_lock)?.is_empty())
}

/// Begins a transaction that writes, when nobody else does. It is tried again and again, because SQLite's own waiting can't be
/// cut short.
pub(crate) fn begin(connection: &mut dyn Connection, limit: Duration, brake: &Brake) -> Result<(), Error> {
    const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));
    let (start, mut pause) = (Instant::now(), PAUSES.0);
    let cant_begin = |error: DatabaseError| Error::database("can't lock the database")(error);
    connection.query("PRAGMA busy_timeout = 0").map_err(cant_begin)?;
    let begun = loop {
        match connection.execute_many(&["PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"]) {
            Err(error) if error.kind == ErrorKind::LockTimeout && start.elapsed() < limit => {
                brake.pause(pause)?;
                pause = (pause * 2).min(PAUSES.1);
            }
            result => break result,
        }
    };
    begun.map_err(cant_begin)?;
    // What is left to wait for is readers, at the end.
    let patience = format!("PRAGMA busy_timeout = {}", limit.as_millis());
    connection.query(&patience).map_err(cant_begin).map(drop)
}
