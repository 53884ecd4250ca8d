//! The lock that keeps two runs on one database apart.
//!
//! PostgreSQL and MySQL have locks that belong to a session. They are taken on a connection of their own
//! and by polling: a *blocked* `pg_advisory_lock` holds a snapshot, which `CREATE INDEX CONCURRENTLY` then waits for.
//! SQLite needs none here: each step is one `BEGIN IMMEDIATE` that reads the version rows again.

use std::thread;
use std::time::{Duration, Instant};

use limbeck_core::Dialect;
use sha2::{Digest, Sha256};

use super::session::Session;
use super::tables::Tables;
use crate::database::{self, Connection, DatabaseError, ErrorKind, Options, Url};
use crate::error::Error;

/// A lock that is held until it is dropped.
pub(crate) struct Lock {
    /// The session that it belongs to; `None` on SQLite.
    held: Option<Held>,
}

struct Held {
    connection: Box<dyn Connection>,
    /// Tells which session the connection leads to, as long as that has the lock.
    ask: String,
    /// Which it was when the lock was taken.
    session: Option<String>,
}

impl Lock {
    /// Asks whether the lock is still held: a session can be ended without its owner noticing, and a pooler can give its
    /// owner another one.
    ///
    /// # Errors
    /// [`Error::LockLost`] when it isn't.
    pub(crate) fn verify(&mut self) -> Result<(), Error> {
        let Some(Held {
            connection,
            ask,
            session,
        }) = &mut self.held
        else {
            return Ok(());
        };
        match text(connection.as_mut(), ask) {
            Ok(now) if now == *session => Ok(()),
            Ok(_) => Err(Error::LockLost(None)),
            Err(Error::Database { source, .. }) => Err(Error::LockLost(Some(source))),
            Err(error) => Err(error),
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Takes the lock, and tells `waiting` who holds it while it can't be had.
pub(crate) fn take(
    url: &Url,
    options: &Options,
    tables: &Tables,
    limit: Duration,
    mut waiting: impl FnMut(&str),
) -> Result<Lock, Error> {
    if tables.dialect == Dialect::Sqlite {
        return Ok(Lock { held: None });
    }
    let mut connection = database::connect(url, options).map_err(Error::Connect)?;
    let Statements {
        try_lock,
        holder,
        session: ask,
    } = statements(tables);
    let (start, mut pause, mut told) = (Instant::now(), FIRST_PAUSE, String::new());
    loop {
        if is_true(connection.as_mut(), &try_lock)? {
            let session = text(connection.as_mut(), &ask)?;
            let held = Some(Held {
                connection,
                ask,
                session,
            });
            return Ok(Lock { held });
        }
        let holder = text(connection.as_mut(), &holder)?
            .map(|holder| format!(" ({holder})"))
            .unwrap_or_default();
        if holder != told {
            waiting(&holder);
            told.clone_from(&holder);
        }
        if start.elapsed() >= limit {
            return Err(Error::Locked {
                holder,
                waited: limit,
            });
        }
        thread::sleep(pause.min(limit.saturating_sub(start.elapsed())));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// SQLite: waits until nobody else writes, for as long as for any other lock, and has the session wait as long from
/// now on.
pub(crate) fn await_writers(
    session: &mut Session,
    limit: Duration,
    waiting: impl FnOnce(&str),
) -> Result<(), Error> {
    if session.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let attempt = |session: &mut Session| session.connection.execute_many(&["BEGIN IMMEDIATE", "ROLLBACK"]);
    let patience = |session: &mut Session| {
        let sql = format!("PRAGMA busy_timeout = {}", limit.as_millis());
        session.connection.query(&sql)
    };
    let is_busy = |error: &DatabaseError| error.kind == ErrorKind::LockTimeout;
    let first = attempt(session);
    patience(session).map_err(Error::database("can't set how long to wait"))?;
    let result = match first {
        Err(error) if is_busy(&error) => {
            waiting("");
            attempt(session)
        }
        result => result,
    };
    match result {
        Err(error) if is_busy(&error) => Err(Error::Locked {
            holder: String::new(),
            waited: limit,
        }),
        result => result.map_err(Error::database("can't lock the database")),
    }
}

struct Statements {
    /// Tries to take the lock.
    try_lock: String,
    /// Tells who holds it.
    holder: String,
    /// Tells which session this is, as long as it has the lock.
    session: String,
}

fn statements(tables: &Tables) -> Statements {
    let digest = Sha256::digest(format!("limbeck {}", tables.version()));
    match tables.dialect {
        Dialect::Postgresql => {
            let (high, low) = (key(&digest[..4]), key(&digest[4..8]));
            // Advisory locks are each database's own, and end with their session (PostgreSQL manual, 13.3.5). So it is
            // enough to ask for the session: `pg_locks` lists every lock of every session, which is slow while a run holds
            // thousands of tables.
            let lock = format!(
                "l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = \
                 pg_catalog.current_database()) AND l.classid = ({high} & 4294967295::bigint)::oid AND l.objid = ({low} & \
                 4294967295::bigint)::oid"
            );
            Statements {
                try_lock: format!("SELECT pg_catalog.pg_try_advisory_lock({high}, {low})"),
                holder: format!(
                    "SELECT 'pid ' || a.pid || ', ' || a.application_name || COALESCE(', from ' || a.client_addr::text, '') || \
                     ', connected since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
                     FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE {lock}"
                ),
                session: "SELECT pg_catalog.pg_backend_pid()".to_owned(),
            }
        }
        dialect => {
            // The name is shared by all databases of the server; it is 64 characters at most.
            let name: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            let name = dialect.literal(&format!("limbeck {name}"));
            Statements {
                try_lock: format!("SELECT GET_LOCK({name}, 0)"),
                holder: format!(
                    "SELECT CONCAT('connection ', id, ', ', user, '@', host) FROM information_schema.processlist WHERE id = \
                     IS_USED_LOCK({name})"
                ),
                session: format!("SELECT IF(IS_USED_LOCK({name}) = CONNECTION_ID(), CONNECTION_ID(), 0)"),
            }
        }
    }
}

fn key(bytes: &[u8]) -> i32 {
    i32::from_be_bytes(bytes.try_into().expect("four bytes are asked for"))
}

fn is_true(connection: &mut dyn Connection, sql: &str) -> Result<bool, Error> {
    Ok(matches!(
        text(connection, sql)?.as_deref(),
        Some("t" | "1" | "true")
    ))
}

fn text(connection: &mut dyn Connection, sql: &str) -> Result<Option<String>, Error> {
    let rows = connection
        .query(sql)
        .map_err(Error::database("can't take the lock"))?;
    Ok(rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next())
        .flatten())
}
