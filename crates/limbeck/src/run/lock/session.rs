//! Locks that belong to a session: PostgreSQL's advisory locks, MySQL's `GET_LOCK`.

use limbeck_core::Dialect;
use sha2::{Digest, Sha256};

use super::lease;
use super::{Request, Tried, ask, cant_lock, is_true, parenthesised, poll, value};
use crate::database::{Connection, ErrorKind};
use crate::error::Error;
use crate::run::tables::Tables;

/// A session that has the lock.
pub(super) struct Held {
    connection: Box<dyn Connection>,
    /// Tells which session the connection leads to, as long as that has the lock.
    ask: String,
    /// Which it was when the lock was taken.
    session: Option<String>,
    /// What the session is called when no revision is run; empty where sessions have no names.
    name: String,
    unlock: String,
}

impl Held {
    pub(super) fn session_id(&self) -> Option<u64> {
        self.session.as_deref()?.parse().ok()
    }

    /// Gives the lock back now. It would be given back with its session too, but a server takes its time to end one.
    pub(super) fn release(&mut self) {
        drop(self.connection.query(&self.unlock));
    }

    pub(super) fn verify(&mut self, revision: &str) -> Result<(), Error> {
        let mut statements = vec![self.ask.clone()];
        if !self.name.is_empty() && !revision.is_empty() {
            let name = running(&self.name, revision);
            let name = Dialect::Postgresql.literal(&name);
            statements.push(format!("SET application_name = {name}"));
        }
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        let answers = self
            .connection
            .query_many(&statements)
            .map_err(|error| Error::LockLost(Some(error)))?;
        if answers.into_iter().next().and_then(value) != self.session {
            return Err(Error::LockLost(None));
        }
        Ok(())
    }
}

/// A session's name with the revision that is run. PostgreSQL cuts names off at 63 bytes, so the name gives way.
fn running(name: &str, revision: &str) -> String {
    const LONGEST: usize = 63;
    let what: String = format!(", running {revision}").chars().take(40).collect();
    let mut name = name.to_owned();
    while name.len() + what.len() > LONGEST && name.pop().is_some() {}
    name + &what
}

pub(super) fn take(request: &Request<'_>, mut connection: Box<dyn Connection>) -> Result<Held, Error> {
    end_with_client(connection.as_mut());
    let statements = statements(request.tables, LOCK);
    let session = poll(request, || attempt(request, connection.as_mut(), &statements))?;
    let name = match request.tables.dialect {
        Dialect::Postgresql => ask(connection.as_mut(), "SELECT current_setting('application_name')")?,
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => None,
    };
    Ok(Held {
        connection,
        ask: statements.session,
        session,
        name: name.unwrap_or_default(),
        unlock: statements.unlock,
    })
}

/// Has a session work under the lock; waits until no other does.
///
/// A killed process loses its lock at once, because nothing else goes on in the session that has it. What it asked for in the
/// other may go on for long, and would be done twice. So that one has a lock as well, until the server is through with it.
pub(super) fn enter(request: &Request<'_>, connection: &mut dyn Connection) -> Result<(), Error> {
    end_with_client(connection);
    let statements = statements(request.tables, WORK);
    poll(request, || {
        if is_true(ask(connection, &statements.try_lock)?.as_deref()) {
            return Ok(Tried::Taken(()));
        }
        Ok(Tried::Busy(parenthesised(ask(connection, &statements.holder)?)))
    })
}

/// Has a session work under the lock no longer.
pub(super) fn leave(tables: &Tables, connection: &mut dyn Connection) {
    drop(connection.query(&statements(tables, WORK).unlock));
}

/// Has PostgreSQL end a session soon whose client is gone: by itself it looks only when it has an answer, and it takes hours to
/// miss a machine that was switched off.
fn end_with_client(connection: &mut dyn Connection) {
    const SETTINGS: [&str; 2] = [
        "('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')",
        "('client_connection_check_interval', '2s')",
    ];
    if connection.dialect() != Dialect::Postgresql {
        return;
    }
    for settings in SETTINGS {
        let sql = format!(
            "SELECT pg_catalog.set_config(name, wanted, false) FROM (VALUES {settings}) AS wanted (name, wanted) JOIN \
             pg_catalog.pg_settings USING (name)"
        );
        // Not every version and not every system has it, and it works without, only later.
        drop(connection.query(&sql));
    }
}

fn attempt(
    request: &Request<'_>,
    connection: &mut dyn Connection,
    statements: &Statements,
) -> Result<Tried<Option<String>>, Error> {
    if !is_true(ask(connection, &statements.try_lock)?.as_deref()) {
        let holder = ask(connection, &statements.holder)?;
        let revision = match request.tables.dialect {
            Dialect::Postgresql => None,
            _ => journalled(connection, request.tables)?,
        };
        let holder = holder.map(|holder| match revision {
            Some(revision) => format!("{holder}, running {revision}"),
            None => holder,
        });
        return Ok(Tried::Busy(parenthesised(holder)));
    }
    if let Some(holder) = lease::holder(connection, request.tables)? {
        connection.execute(&statements.unlock).map_err(cant_lock)?;
        return Ok(Tried::Busy(parenthesised(Some(holder))));
    }
    Ok(Tried::Taken(ask(connection, &statements.session)?))
}

/// The revision that is run, as the journal has it: on MySQL, where sessions have no names, each is written there first.
fn journalled(connection: &mut dyn Connection, tables: &Tables) -> Result<Option<String>, Error> {
    let sql = format!(
        "SELECT revision FROM {} WHERE outcome = 'running' ORDER BY id DESC LIMIT 1",
        tables.journal()
    );
    match connection.query(&sql) {
        Ok(rows) => Ok(value(rows)),
        // The first run of all has not made it yet.
        Err(error) if error.kind == ErrorKind::Statement => Ok(None),
        Err(error) => Err(cant_lock(error)),
    }
}

/// Who has the session's lock, for those who have a lease.
pub(super) fn holder(connection: &mut dyn Connection, tables: &Tables) -> Result<Option<String>, Error> {
    if tables.dialect == Dialect::Sqlite {
        return Ok(None);
    }
    ask(connection, &statements(tables, LOCK).holder)
}

struct Statements {
    /// Tries to take the lock.
    try_lock: String,
    unlock: String,
    /// Tells who holds it.
    holder: String,
    /// Tells which session this is, as long as it has the lock.
    session: String,
}

/// What the locks are called, in front of what they are for.
const LOCK: &str = "limbeck";
const WORK: &str = "limbeck at work";

fn statements(tables: &Tables, name: &str) -> Statements {
    let digest = Sha256::digest(format!("{name} {}", tables.version()));
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
                unlock: format!("SELECT pg_catalog.pg_advisory_unlock({high}, {low})"),
                holder: format!(
                    "SELECT 'pid ' || a.pid || ', ' || a.application_name || COALESCE(', from ' || pg_catalog.host(a.client_addr), '') || \
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
                unlock: format!("SELECT RELEASE_LOCK({name})"),
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
