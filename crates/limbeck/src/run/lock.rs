//! The lock that keeps two runs on one database apart.
//!
//! It is taken by polling: a *blocked* waiter holds a snapshot, which `CREATE INDEX CONCURRENTLY` then waits for.
//! There are three kinds. PostgreSQL and MySQL have locks that belong to a session ([`session`]); where sessions are not what
//! they seem, a row with a time limit takes their place ([`lease`]); SQLite's own transactions keep runs apart
//! ([`file`]), with a lease beside them where a revision has statements outside of any.
//!
//! Runs that reach one database on different ways take different kinds. So whoever has one looks for the other before
//! going on, and gives way: each raises a flag of its own first and looks second, so that two can't miss each other.

mod detect;
mod file;
mod lease;
mod session;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use limbeck_core::Dialect;

use super::brake::Brake;
use super::tables::Tables;
use crate::database::{self, Connection, DatabaseError, ErrorKind, Options, Row, Url};
use crate::error::Error;

pub(crate) use file::begin;
pub(crate) use lease::Fence;

/// How runs on one database are kept apart.
///
/// # Examples
/// ```
/// use limbeck::{LockMode, Migrator};
///
/// assert_eq!("lease".parse(), Ok(LockMode::Lease));
/// let behind_a_pooler = Migrator::new("migrations").lock(LockMode::Lease);
/// # let _ = behind_a_pooler;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockMode {
    /// A lease behind a pooler and on a Galera cluster, the session's lock elsewhere.
    #[default]
    Auto,
    /// A lock that belongs to a session: PostgreSQL's advisory lock, MySQL's `GET_LOCK`.
    Session,
    /// A row in a table of limbeck's, with a heartbeat and a fencing token.
    Lease,
}

impl std::str::FromStr for LockMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "session" => Ok(Self::Session),
            "lease" => Ok(Self::Lease),
            _ => Err(format!("there is no lock '{text}': it is auto, session or lease")),
        }
    }
}

/// What taking the lock needs to know.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a Url,
    pub(crate) options: &'a Options,
    pub(crate) tables: &'a Tables,
    pub(crate) mode: LockMode,
    /// How long a lease lasts without a heartbeat.
    pub(crate) lease: Duration,
    pub(crate) who: &'a str,
    /// How long to wait.
    pub(crate) wait: Duration,
    pub(crate) brake: &'a Arc<Brake>,
    /// Is told who holds the lock while it can't be had.
    pub(crate) waiting: &'a dyn Fn(&str),
}

/// A lock that is held until it is dropped.
pub(crate) struct Lock {
    held: Held,
    brake: Arc<Brake>,
}

enum Held {
    /// SQLite: whoever writes has the file.
    File,
    /// SQLite: nobody else can reach the database.
    Memory,
    Session(session::Held),
    Lease(lease::Held),
}

/// What a try to take the lock came to.
enum Tried<T> {
    Taken(T),
    /// Somebody has it; who, where the database tells.
    Busy(String),
}

impl Lock {
    /// Asks whether the lock is still held: a session can be ended without its owner noticing, and a pooler can give its
    /// owner another one.
    ///
    /// # Errors
    /// [`Error::LockLost`] when it isn't; [`Error::Cancelled`] when the run is to stop.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        self.verify("", true)
    }

    /// As [`Lock::check`], and tells others which revision is run now. `open` tells whether a transaction of the run is open: it
    /// may have the row where that would be written.
    pub(crate) fn verify(&mut self, revision: &str, open: bool) -> Result<(), Error> {
        self.brake.check()?;
        match &mut self.held {
            Held::File | Held::Memory => Ok(()),
            Held::Session(held) => held.verify(revision),
            Held::Lease(held) => {
                if !open {
                    held.announce(revision);
                }
                Ok(())
            }
        }
    }

    /// Has a session work under the lock, once nothing of an earlier run goes on any more.
    pub(crate) fn enter(&self, request: &Request<'_>, connection: &mut dyn Connection) -> Result<(), Error> {
        match &self.held {
            Held::Session(_) => session::enter(request, connection),
            // Whatever goes on there has the file, or the row of the lease.
            Held::File | Held::Memory | Held::Lease(_) => Ok(()),
        }
    }

    /// Has a session work under the lock no longer, before it is closed.
    pub(crate) fn leave(&self, tables: &Tables, connection: &mut dyn Connection) {
        if let Held::Session(_) = &self.held {
            session::leave(tables, connection);
        }
    }

    /// Gives the lock back now.
    pub(crate) fn release(mut self, tables: &Tables, connection: &mut dyn Connection) {
        self.leave(tables, connection);
        if let Held::Session(held) = &mut self.held {
            held.release();
        }
    }

    /// What keeps a run that has lost its lease from writing; `None` where the lock is no lease.
    pub(crate) fn fence(&self) -> Option<&Fence> {
        match &self.held {
            Held::Lease(held) => Some(held.fence()),
            Held::File | Held::Memory | Held::Session(_) => None,
        }
    }

    /// Whether what is set in a session stays there. Behind a pooler it would be set in other people's.
    pub(crate) fn keeps_sessions(&self) -> bool {
        !matches!(&self.held, Held::Lease(held) if held.is_pooled())
    }

    /// The session that holds it, by the server's number.
    pub(crate) fn session_id(&self) -> Option<u64> {
        match &self.held {
            Held::Session(held) => held.session_id(),
            Held::File | Held::Memory | Held::Lease(_) => None,
        }
    }

    /// Whether it also keeps statements apart that are outside of any transaction.
    pub(crate) fn covers_autocommit(&self) -> bool {
        !matches!(self.held, Held::File)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.brake.holds(false);
    }
}

/// Takes the lock. `autocommit` tells whether there are statements to run outside of any transaction.
pub(crate) fn take(request: &Request<'_>, autocommit: bool) -> Result<Lock, Error> {
    let held = if request.tables.dialect == Dialect::Sqlite {
        file::take(request, autocommit)?
    } else {
        let mut connection = database::connect(request.url, request.options).map_err(Error::Connect)?;
        let place = detect::place(connection.as_mut(), request.mode)?;
        if place.needs_lease {
            Held::Lease(lease::take(request, connection, place.pooled)?)
        } else {
            Held::Session(session::take(request, connection)?)
        }
    };
    request.brake.holds(true);
    let brake = Arc::clone(request.brake);
    Ok(Lock { held, brake })
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const WORTH_TELLING: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Tries until it works, or for as long as may be waited.
fn poll<T>(request: &Request<'_>, mut attempt: impl FnMut() -> Result<Tried<T>, Error>) -> Result<T, Error> {
    let (start, mut pause, mut told) = (Instant::now(), FIRST_PAUSE, None);
    let mut holder = String::new();
    loop {
        match attempt() {
            Ok(Tried::Taken(taken)) => return Ok(taken),
            Ok(Tried::Busy(by)) => holder = by,
            // Who it is can't be read now. On a Galera cluster the slower of two has a deadlock, whatever it asks.
            Err(Error::Database { source, .. })
                if is_file_taken(request.tables, &source) || source.kind == ErrorKind::Deadlock => {}
            Err(error) => return Err(error),
        }
        // A session that was just closed still has its lock for a moment.
        if told.as_ref() != Some(&holder) && start.elapsed() >= WORTH_TELLING {
            (request.waiting)(&holder);
            told = Some(holder.clone());
        }
        let left = request.wait.saturating_sub(start.elapsed());
        if left.is_zero() {
            let waited = request.wait;
            return Err(Error::Locked { holder, waited });
        }
        request.brake.pause(pause.min(left))?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether somebody has SQLite's file. Who commits, or changes more than fits into memory, keeps readers out of it too, so that
/// any statement of a try can come upon that.
fn is_file_taken(tables: &Tables, error: &DatabaseError) -> bool {
    tables.dialect == Dialect::Sqlite && error.kind == ErrorKind::LockTimeout
}

/// Names the holder in a message, where it is known.
fn parenthesised(holder: Option<impl fmt::Display>) -> String {
    holder.map(|holder| format!(" ({holder})")).unwrap_or_default()
}

fn cant_lock(error: DatabaseError) -> Error {
    Error::database("can't take the lock")(error)
}

/// The first value of an answer.
fn value(rows: Vec<Row>) -> Option<String> {
    rows.into_iter().next()?.into_iter().next()?
}

fn ask(connection: &mut dyn Connection, sql: &str) -> Result<Option<String>, Error> {
    Ok(value(connection.query(sql).map_err(cant_lock)?))
}

fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("t" | "1" | "true"))
}
