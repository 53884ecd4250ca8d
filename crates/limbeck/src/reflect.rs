//! Reads a database's schema, as a value that can be written again.
//!
//! [`Catalog`](crate::catalog::Catalog) tells everything in a database as text, and judges what was made of it; this tells what limbeck can
//! make, in the parts in which it can be changed.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use limbeck_core::Dialect;
use limbeck_core::schema::{Name, Schema, Table};
use limbeck_core::script::{Depth, find};

use crate::database::{Connection, DatabaseError};

/// How much of a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    All,
    /// Tables, and the views, sequences and types beside them, where that is less work: neither functions nor what hangs on tables.
    Tables,
}

/// Reads the schema, without the tables of the names given, in a handful of queries however much there is.
pub(crate) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Schema, DatabaseError> {
    read_extent(connection, own, Extent::All)
}

/// The same, as far as it is wanted.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
pub(crate) fn read_extent(
    connection: &mut dyn Connection,
    own: &[&str],
    extent: Extent,
) -> Result<Schema, DatabaseError> {
    match connection.dialect() {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::read(connection, own),
        #[cfg(feature = "postgres")]
        Dialect::Postgresql => postgres::read(connection, own, extent),
        #[cfg(feature = "mysql")]
        Dialect::Mysql | Dialect::Mariadb => mysql::read(connection, own),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        dialect => unreachable!("there is no driver for {dialect}, and so no connection"),
    }
}

/// Reads a table, where that is less work than to read the schema: on PostgreSQL always, with what it inherits; on SQLite for its
/// columns.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
pub(crate) fn read_table(
    connection: &mut dyn Connection,
    own: &[&str],
    name: &Name,
    depth: Depth,
) -> Result<Option<Table>, DatabaseError> {
    match connection.dialect() {
        #[cfg(feature = "postgres")]
        Dialect::Postgresql => postgres::read_table(connection, own, name, depth),
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite if depth == Depth::Columns => sqlite::read_columns(connection, own, &name.name),
        dialect => {
            let mut schema = read_extent(connection, own, Extent::Tables)?;
            let known = find(dialect, &schema, &name.name).cloned();
            Ok(known.and_then(|known| schema.tables.remove(&known)))
        }
    }
}
