//! How long a revision may stand in the way of the application. While a statement waits for a table that a long reader has,
//! everybody else who wants the table queues behind it; so it waits shortly, gives way, and comes back.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use limbeck_core::Dialect;

use super::session::Session;
use crate::database::ErrorKind;
use crate::error::Error;

/// Limits for the statements of revisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a statement may wait for a lock.
    pub(crate) lock_timeout: Option<Duration>,
    /// How long a statement may run.
    pub(crate) statement_timeout: Option<Duration>,
    /// How often a revision that waited too long is tried again.
    pub(crate) retries: u32,
}

impl Limits {
    /// What a transaction begins with, so that the limits hold where a pooler gives it another session. They end with it.
    pub(crate) fn local(&self, dialect: Dialect) -> Vec<String> {
        if dialect != Dialect::Postgresql {
            return Vec::new();
        }
        let statements = self.statements(dialect).into_iter();
        statements
            .map(|sql| sql.replacen("SET ", "SET LOCAL ", 1))
            .collect()
    }

    /// Sets the limits in a session. SQLite has none: a transaction there either has the database or waits for it, as long
    /// as for another run.
    pub(crate) fn set(&self, session: &mut Session) -> Result<(), Error> {
        let statements = self.statements(session.dialect());
        if statements.is_empty() {
            return Ok(());
        }
        session.run_own(&statements, "can't set the time limits")
    }

    /// How long a statement may wait for a lock, as PostgreSQL counts.
    pub(crate) fn lock_milliseconds(&self) -> Option<u128> {
        self.lock_timeout.map(milliseconds)
    }

    fn statements(&self, dialect: Dialect) -> Vec<String> {
        // MySQL counts whole seconds.
        let seconds = |limit: Duration| limit.as_millis().div_ceil(1000).max(1);
        let (lock, statement) = (self.lock_timeout, self.statement_timeout);
        let set = |sql: Option<String>| sql.into_iter();
        match dialect {
            Dialect::Sqlite => Vec::new(),
            Dialect::Postgresql => {
                set(lock.map(|limit| format!("SET lock_timeout = {}", milliseconds(limit))))
                    .chain(set(statement.map(|limit| {
                        format!("SET statement_timeout = {}", milliseconds(limit))
                    })))
                    .collect()
            }
            Dialect::Mysql | Dialect::Mariadb => {
                let lock = lock.map(|limit| {
                    let limit = seconds(limit);
                    format!("SET SESSION lock_wait_timeout = {limit}, innodb_lock_wait_timeout = {limit}")
                });
                // MySQL's own limit is for SELECT only.
                let statement = statement
                    .filter(|_| dialect == Dialect::Mariadb)
                    .map(|limit| format!("SET SESSION max_statement_time = {}", limit.as_secs_f64()));
                set(lock).chain(set(statement)).collect()
            }
        }
    }

    /// How long to pause before a run that failed is tried again; `None` when it is not to be.
    pub(crate) fn pause(&self, error: &Error, tried: u32) -> Option<Duration> {
        let Error::Failed(failure) = error else {
            return None;
        };
        if failure.source.kind != ErrorKind::LockTimeout || tried >= self.retries {
            return None;
        }
        let pause = Duration::from_millis(250) * 2_u32.pow(tried.min(5));
        // Up to half as much again, so that two that met do not meet again.
        let jitter = RandomState::new().hash_one(tried) % 512;
        Some(pause + pause.mul_f64(f64::from(u32::try_from(jitter).unwrap_or_default()) / 1024.0))
    }
}

/// Zero would be no limit.
fn milliseconds(limit: Duration) -> u128 {
    limit.as_millis().max(1)
}
