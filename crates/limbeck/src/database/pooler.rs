//! Poolers between here and a database.

use limbeck_core::Dialect;

use super::{Connection, DatabaseError};

/// Whether a pooler may give each transaction of a connection another session.
///
/// A pooler makes up the number of the session that it gives, because the real one changes. A pooler that keeps sessions (and any
/// other proxy that makes numbers up) is taken for one that doesn't.
pub(crate) fn is_pooled(connection: &mut dyn Connection) -> Result<bool, DatabaseError> {
    let Some(given) = connection.session_id() else {
        return Ok(false);
    };
    let sql = match connection.dialect() {
        Dialect::Postgresql => "SELECT pg_catalog.pg_backend_pid()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT CONNECTION_ID()",
        Dialect::Sqlite => return Ok(false),
    };
    let rows = connection.query(sql)?;
    Ok(rows.into_iter().flatten().next().flatten() != Some(given.to_string()))
}
