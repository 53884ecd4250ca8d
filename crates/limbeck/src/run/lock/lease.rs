//! A lock that belongs to nobody's session: a row with its holder, a heartbeat, and a token.
//!
//! Whoever raises the token has the lease, until it is given back or was not renewed for as long as it lasts; the database's
//! clock counts. Every transaction of the run begins with the token ([`Fence`]), so a holder that slept through the end of its
//! lease can't write any more.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use limbeck_core::Dialect;

use super::{Request, Tried, cant_lock, is_file_taken, parenthesised, poll, session, value};
use crate::database::{self, Connection, DatabaseError, ErrorKind, Keep, Options, Url};
use crate::error::Error;
use crate::run::brake::{Brake, Why};
use crate::run::tables::Tables;

/// How long one statement on the lease may wait for the row.
const PATIENCE: Duration = Duration::from_secs(2);

/// A lease that is renewed until it is dropped.
pub(super) struct Held {
    connection: SharedConnection,
    tables: Tables,
    token: i64,
    fence: Fence,
    pooled: bool,
    /// Ends the renewal when it is dropped.
    _renewal: Sender<()>,
}

/// The connection of the lease, on which its renewal and its release take turns.
type SharedConnection = Arc<Mutex<Box<dyn Connection>>>;

/// What a transaction begins with, so that it fails once the lease is lost, and so that nobody takes the lease over before it
/// ends.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    /// The statements; one of them fails without the lease.
    pub(crate) statements: Vec<String>,
    /// Waits until no transaction that began so is open any more.
    pub(crate) wait: String,
}

/// Takes the lease, and keeps renewing it.
pub(super) fn take(
    request: &Request<'_>,
    mut connection: Box<dyn Connection>,
    pooled: bool,
) -> Result<Held, Error> {
    be_brief(connection.as_mut()).map_err(cant_lock)?;
    let token = poll(request, || {
        prepare(connection.as_mut(), request)?;
        attempt(request, connection.as_mut())
    })?;
    let tables = request.tables.clone();
    let connection = Arc::new(Mutex::new(connection));
    let (renewal, end) = mpsc::channel::<()>();
    let renewer = Renewer {
        connection: Arc::clone(&connection),
        url: request.url.clone(),
        options: request.options.clone(),
        sql: change(&tables, token, &beat(&tables)),
        lease: request.lease,
        brake: Arc::clone(request.brake),
    };
    thread::spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(renewer.lease / 3) {
            renewer.renew();
        }
    });
    Ok(Held {
        connection,
        fence: fence(&tables, token),
        tables,
        token,
        pooled,
        _renewal: renewal,
    })
}

impl Held {
    pub(super) fn fence(&self) -> &Fence {
        &self.fence
    }

    pub(super) fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// Tells others which revision is run.
    pub(super) fn announce(&self, revision: &str) {
        let set = format!("running = {}", self.tables.dialect.literal(revision));
        // It is for people to read; that it can't be written now must not stop the run.
        if let Ok(mut connection) = self.connection.try_lock() {
            drop(send(connection.as_mut(), &change(&self.tables, self.token, &set)));
        }
    }
}

impl Drop for Held {
    /// Gives the lease back; if that can't be done soon, it ends by itself.
    fn drop(&mut self) {
        let end = Instant::now() + PATIENCE;
        let mut connection = loop {
            match self.connection.try_lock() {
                Ok(connection) => break connection,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if Instant::now() >= end => return,
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            }
        };
        let free = change(&self.tables, self.token, "holder = NULL, running = NULL");
        drop(send(connection.as_mut(), &free));
    }
}

/// Renews a lease from a thread of its own.
struct Renewer {
    connection: SharedConnection,
    url: Url,
    options: Options,
    sql: Vec<String>,
    lease: Duration,
    brake: Arc<Brake>,
}

impl Renewer {
    /// Renews the lease. If that can't be done until shortly before it is over, what the run has sent is cancelled: another run
    /// may begin then.
    fn renew(&self) {
        let start = Instant::now();
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match send(connection.as_mut(), &self.sql) {
                Ok(0) => return self.brake.stop(Why::LockLost),
                // The run's own transaction has the row, and nobody else can take it.
                Err(error) if error.kind == ErrorKind::LockTimeout => return,
                Ok(_) => return,
                Err(_) if start.elapsed() >= self.lease / 2 => return self.brake.stop(Why::LockLost),
                Err(_) => {
                    thread::sleep(Duration::from_millis(200));
                    if let Ok(again) = open(&self.url, &self.options) {
                        *connection = again;
                    }
                }
            }
        }
    }
}

fn open(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    let mut connection = database::connect(url, options)?;
    be_brief(connection.as_mut())?;
    Ok(connection)
}

/// Has the statements of a session give up soon where they wait for the row. On PostgreSQL each says so itself, because a pooler
/// would keep it for somebody else.
fn be_brief(connection: &mut dyn Connection) -> Result<(), DatabaseError> {
    match connection.dialect() {
        Dialect::Postgresql => Ok(()),
        Dialect::Sqlite => connection
            .query(&format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis()))
            .map(drop),
        Dialect::Mysql | Dialect::Mariadb => connection
            .execute(&format!(
                "SET SESSION innodb_lock_wait_timeout = {}",
                PATIENCE.as_secs()
            ))
            .map(drop),
    }
}

/// Renews the heartbeat. It always changes the row, because MySQL doesn't count those that stay as they are.
fn beat(tables: &Tables) -> String {
    let greater = if tables.dialect == Dialect::Sqlite {
        "MAX"
    } else {
        "GREATEST"
    };
    format!("heartbeat = {greater}(heartbeat + 1, {})", tables.now_ms())
}

/// The statements that change the lease as long as it is one's own.
fn change(tables: &Tables, token: i64, set: &str) -> Vec<String> {
    let update = format!(
        "UPDATE {} SET {set} WHERE id = 1 AND token = {token}",
        tables.lease()
    );
    if tables.dialect != Dialect::Postgresql {
        return vec![update];
    }
    let limit = format!("SET LOCAL lock_timeout = {}", PATIENCE.as_millis());
    vec!["BEGIN".to_owned(), limit, update, "COMMIT".to_owned()]
}

/// Sends what [`change`] made, and returns how many rows it touched.
fn send(connection: &mut dyn Connection, statements: &[String]) -> Result<u64, DatabaseError> {
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let update = if statements.len() > 1 { 2 } else { 0 };
    match connection.run(&statements, Keep::Nothing) {
        Ok(outcomes) => Ok(outcomes.get(update).map_or(0, |outcome| outcome.affected)),
        Err(error) => {
            if statements.len() > 1 {
                drop(connection.execute("ROLLBACK"));
            }
            Err(error)
        }
    }
}

/// Makes the table and its row. Several may do that at the same moment.
fn prepare(connection: &mut dyn Connection, request: &Request<'_>) -> Result<(), Error> {
    const TRIES: u32 = 20;
    let tables = request.tables;
    for tried in 1.. {
        if exists(connection, tables)? {
            return Ok(());
        }
        match connection.execute_many(&[&tables.create_lease(), &tables.first_lease()]) {
            Ok(()) => return Ok(()),
            Err(error)
                if tried >= TRIES || error.kind == ErrorKind::Permission || is_file_taken(tables, &error) =>
            {
                return Err(Error::database("can't make the table of the lease")(error));
            }
            Err(_) => request
                .brake
                .pause(Duration::from_millis(20 * u64::from(tried)))?,
        }
    }
    Ok(())
}

/// Whether the table is there, with its row.
fn exists(connection: &mut dyn Connection, tables: &Tables) -> Result<bool, Error> {
    let found = match tables.dialect {
        Dialect::Postgresql => {
            let name = tables.dialect.literal(&tables.lease());
            let sql = format!("SELECT 1 WHERE pg_catalog.to_regclass({name}) IS NOT NULL");
            !connection.query(&sql).map_err(cant_lock)?.is_empty()
        }
        _ => true,
    };
    if !found {
        return Ok(false);
    }
    match connection.query(&format!("SELECT 1 FROM {} WHERE id = 1", tables.lease())) {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(error) if error.kind == ErrorKind::Statement => Ok(false),
        Err(error) => Err(cant_lock(error)),
    }
}

fn attempt(request: &Request<'_>, connection: &mut dyn Connection) -> Result<Tried<i64>, Error> {
    let tables = request.tables;
    let Some(token) = raise(request, connection)? else {
        return Ok(Tried::Busy(parenthesised(holder(connection, tables)?)));
    };
    let other = session::holder(connection, tables);
    if let Ok(None) = other {
        return Ok(Tried::Taken(token));
    }
    let given_back = send(
        connection,
        &change(tables, token, "holder = NULL, running = NULL"),
    );
    let holder = other?;
    given_back.map_err(cant_lock)?;
    Ok(Tried::Busy(parenthesised(holder)))
}

/// Raises the token, if the lease is free or over.
fn raise(request: &Request<'_>, connection: &mut dyn Connection) -> Result<Option<i64>, Error> {
    let tables = request.tables;
    let (lease, now) = (tables.lease(), tables.now_ms());
    let free = format!("(holder IS NULL OR heartbeat + duration < {now})");
    let set = format!(
        "holder = {}, since = {}, running = NULL, heartbeat = {now}, duration = {}",
        tables
            .dialect
            .literal(&request.who.chars().take(255).collect::<String>()),
        tables.now(),
        request.lease.as_millis(),
    );
    let raised = match tables.dialect {
        Dialect::Postgresql => {
            // A row that the holder's transaction has is passed over: to wait for it would be to block.
            let sql = format!(
                "UPDATE {lease} SET token = token + 1, {set} WHERE id = (SELECT id FROM {lease} WHERE id = 1 AND {free} FOR \
                 UPDATE SKIP LOCKED) RETURNING token"
            );
            connection.query(&sql).map(value)
        }
        Dialect::Sqlite => {
            let sql = format!(
                "UPDATE {lease} SET token = token + 1, {set} WHERE id = 1 AND {free} RETURNING token"
            );
            connection.query(&sql).map(value)
        }
        Dialect::Mysql | Dialect::Mariadb => {
            let sql = format!(
                "UPDATE {lease} SET token = LAST_INSERT_ID(token + 1), {set} WHERE id = 1 AND {free}"
            );
            match connection.execute(&sql) {
                Ok(1) => connection.query("SELECT LAST_INSERT_ID()").map(value),
                Ok(_) => Ok(None),
                Err(error) => Err(error),
            }
        }
    };
    match raised {
        Ok(token) => Ok(token.and_then(|token| token.parse().ok())),
        // On a Galera cluster the slower of two has a deadlock.
        Err(error) if matches!(error.kind, ErrorKind::LockTimeout | ErrorKind::Deadlock) => Ok(None),
        Err(error) => Err(cant_lock(error)),
    }
}

/// Who has a lease that is not over, since when, and what is run; `None` also where no lease was ever taken.
pub(super) fn holder(connection: &mut dyn Connection, tables: &Tables) -> Result<Option<String>, Error> {
    if !exists(connection, tables)? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT holder, since, running FROM {} WHERE id = 1 AND holder IS NOT NULL AND heartbeat + duration >= {}",
        tables.lease(),
        tables.now_ms()
    );
    let rows = connection.query(&sql).map_err(cant_lock)?;
    Ok(rows.into_iter().next().map(|row| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let (holder, since) = (
            values.next().unwrap_or_default(),
            values.next().unwrap_or_default(),
        );
        match values.next() {
            Some(revision) if !revision.is_empty() => format!("{holder}, since {since}, running {revision}"),
            _ => format!("{holder}, since {since}"),
        }
    }))
}

fn fence(tables: &Tables, token: i64) -> Fence {
    let lease = tables.lease();
    let mine = format!("id = 1 AND token = {token}");
    let touch = format!("UPDATE {lease} SET {} WHERE {mine}", beat(tables));
    let statements = match tables.dialect {
        Dialect::Postgresql => vec![format!(
            "WITH held AS ({touch} RETURNING 1) SELECT 1 / pg_catalog.count(*) FROM held"
        )],
        // A subquery of two rows is an error, and an empty one is none.
        Dialect::Mysql | Dialect::Mariadb => vec![
            touch,
            format!(
                "SELECT (SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 2) two WHERE NOT EXISTS (SELECT 1 FROM {lease} WHERE {mine}))"
            ),
        ],
        // There is no positive number for it, so abs() overflows.
        Dialect::Sqlite => vec![
            touch,
            format!(
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM {lease} WHERE {mine}) THEN 1 ELSE abs(-9223372036854775807 - 1) END"
            ),
        ],
    };
    let wait = match tables.dialect {
        Dialect::Sqlite => format!("SELECT token FROM {lease} WHERE {mine}"),
        _ => format!("SELECT token FROM {lease} WHERE {mine} FOR UPDATE"),
    };
    Fence { statements, wait }
}
