//! What is done when the connection of a run is lost.

use std::time::{Duration, Instant};

use limbeck_core::Dialect;

use super::Run;
use super::lock::Lock;
use super::session::Session;
use crate::database::{Connection, DatabaseError, ErrorKind};
use crate::error::Error;

/// How long at least a server is waited for that was there a moment ago, and how long a lost session has to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects again, and makes sure that nothing of the lost session is under way any more, and that the lock is held.
///
/// # Errors
/// When any of it can't be done; what became of the session is unknown then.
pub(super) fn connect_again(
    run: &Run<'_>,
    session: &mut Session,
    lock: &mut Lock,
    autocommit: bool,
) -> Result<(), Error> {
    let lost = Lost {
        id: session.connection.session_id(),
        age: session.opened.elapsed(),
        keep: lock.session_id(),
    };
    *session = run.patiently(run.connect_wait.max(PATIENCE), || {
        Session::open(run.url, run.options, run.schema, run.version_table)
    })?;
    session.qualify()?;
    match lock.fence() {
        Some(fence) => await_end(session.connection.as_mut(), &fence.wait),
        None => lost.end(session.connection.as_mut()),
    }
    .map_err(Error::database("can't find out what became of the lost session"))?;
    match lock.check() {
        Err(Error::LockLost(_)) if run.brake.why().is_none() => *lock = run.lock(session, autocommit)?,
        result => {
            result?;
            run.enter(session, lock)?;
        }
    }
    Ok(())
}

/// Waits for the transaction of a lost session: it has the row of the lease until it ends.
fn await_end(connection: &mut dyn Connection, wait: &str) -> Result<(), DatabaseError> {
    let limit = match connection.dialect() {
        Dialect::Postgresql => vec![
            "BEGIN".to_owned(),
            format!("SET LOCAL lock_timeout = {}", PATIENCE.as_millis()),
        ],
        Dialect::Mysql | Dialect::Mariadb => {
            vec![
                format!("SET SESSION innodb_lock_wait_timeout = {}", PATIENCE.as_secs()),
                "START TRANSACTION".to_owned(),
            ]
        }
        Dialect::Sqlite => return Ok(()),
    };
    let statements: Vec<&str> = limit.iter().map(String::as_str).chain([wait, "COMMIT"]).collect();
    connection.execute_many(&statements)
}

/// A session whose connection is lost. Its server may not know yet.
struct Lost {
    id: Option<u64>,
    age: Duration,
    /// The session that must not be taken for it: numbers are used again.
    keep: Option<u64>,
}

impl Lost {
    /// Ends the session on the server, and waits until it is gone.
    fn end(&self, connection: &mut dyn Connection) -> Result<(), DatabaseError> {
        let Some(id) = self.id else { return Ok(()) };
        let start = Instant::now();
        while self.is_there(connection, id)? {
            if start.elapsed() >= PATIENCE {
                let message = format!("session {id} was told to end, and does not");
                return Err(DatabaseError::new(ErrorKind::Statement, message));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Tells the session to end, and whether it was there.
    fn is_there(&self, connection: &mut dyn Connection, id: u64) -> Result<bool, DatabaseError> {
        let keep = self.keep.unwrap_or(0);
        match connection.dialect() {
            Dialect::Postgresql => {
                let rows = connection.query(&format!(
                    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = {id} AND pid NOT \
                     IN (pg_catalog.pg_backend_pid(), {keep}) AND datname = pg_catalog.current_database() AND usename = \
                     CURRENT_USER AND application_name = pg_catalog.current_setting('application_name')"
                ))?;
                Ok(!rows.is_empty())
            }
            Dialect::Mysql | Dialect::Mariadb => {
                // A server that was started since counts from one again.
                let uptime = connection.query("SHOW GLOBAL STATUS LIKE 'Uptime'")?;
                let uptime = uptime.into_iter().next().and_then(|row| row.into_iter().nth(1)?);
                let uptime: u64 = uptime.and_then(|text| text.parse().ok()).unwrap_or_default();
                if uptime <= self.age.as_secs() {
                    return Ok(false);
                }
                let rows = connection.query(&format!(
                    "SELECT id FROM information_schema.processlist WHERE id = {id} AND id NOT IN (CONNECTION_ID(), {keep})"
                ))?;
                if rows.is_empty() {
                    return Ok(false);
                }
                // It may have ended by itself meanwhile.
                drop(connection.execute(&format!("KILL {id}")));
                Ok(true)
            }
            Dialect::Sqlite => Ok(false),
        }
    }
}
