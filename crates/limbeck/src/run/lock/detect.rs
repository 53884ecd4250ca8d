//! Where the locks of sessions can't be relied on.

use limbeck_core::Dialect;

use super::{LockMode, ask, is_true};
use crate::database::Connection;
use crate::error::Error;

/// What lies between here and the database.
pub(super) struct Place {
    /// Whether a pooler may give each transaction another session.
    pub(super) pooled: bool,
    pub(super) needs_lease: bool,
}

/// Finds out what there is to find out.
///
/// A pooler makes up the number of the session that it gives, because the real one changes. A pooler that keeps sessions (and
/// any other proxy that makes numbers up) is taken for one that doesn't; a lease works there just as well.
pub(super) fn place(connection: &mut dyn Connection, mode: LockMode) -> Result<Place, Error> {
    let pooled = is_pooled(connection)?;
    let needs_lease = match mode {
        LockMode::Auto => pooled || is_galera(connection)?,
        LockMode::Session => false,
        LockMode::Lease => true,
    };
    Ok(Place { pooled, needs_lease })
}

fn is_pooled(connection: &mut dyn Connection) -> Result<bool, Error> {
    let Some(given) = connection.session_id() else {
        return Ok(false);
    };
    let sql = match connection.dialect() {
        Dialect::Postgresql => "SELECT pg_catalog.pg_backend_pid()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT CONNECTION_ID()",
        Dialect::Sqlite => return Ok(false),
    };
    Ok(ask(connection, sql)? != Some(given.to_string()))
}

/// On a Galera cluster `GET_LOCK` is each node's own (MariaDB's manual, "MariaDB Galera Cluster - Known Limitations").
fn is_galera(connection: &mut dyn Connection) -> Result<bool, Error> {
    if connection.dialect() != Dialect::Mariadb {
        return Ok(false);
    }
    let sql = "SELECT variable_value = 'ON' FROM information_schema.global_variables WHERE variable_name = 'wsrep_on'";
    Ok(is_true(ask(connection, sql)?.as_deref()))
}
