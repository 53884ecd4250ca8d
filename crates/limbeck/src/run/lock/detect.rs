//! Where the locks of sessions can't be relied on.

use limbeck_core::Dialect;

use super::{LockMode, ask, cant_lock, is_true};
use crate::database::{Connection, is_pooled};
use crate::error::Error;

/// What lies between here and the database.
pub(super) struct Place {
    /// Whether a pooler may give each transaction another session.
    pub(super) pooled: bool,
    pub(super) needs_lease: bool,
}

/// Finds out what there is to find out. /// A lease works behind a pooler that keeps sessions as well.
pub(super) fn place(connection: &mut dyn Connection, mode: LockMode) -> Result<Place, Error> {
    let pooled = is_pooled(connection).map_err(cant_lock)?;
    let needs_lease = match mode {
        LockMode::Auto => pooled || is_galera(connection)?,
        LockMode::Session => false,
        LockMode::Lease => true,
    };
    Ok(Place { pooled, needs_lease })
}

/// On a Galera cluster `GET_LOCK` is each node's own (MariaDB's manual, "MariaDB Galera Cluster - Known Limitations").
fn is_galera(connection: &mut dyn Connection) -> Result<bool, Error> {
    if connection.dialect() != Dialect::Mariadb {
        return Ok(false);
    }
    let sql = "SELECT variable_value = 'ON' FROM information_schema.global_variables WHERE variable_name = 'wsrep_on'";
    Ok(is_true(ask(connection, sql)?.as_deref()))
}
