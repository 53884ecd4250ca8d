//! A whole database as one file, and back, by the tool that each database has for it.
//!
//! PostgreSQL and MariaDB are dumped by their own programs, which know every kind of object of their version. They get
//! what the URL says in their environment or arguments; passwords never stand in arguments, which every user of the
//! machine can read.

mod error;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod tool;

use std::path::Path;
use std::time::Duration;

use limbeck_core::Dialect;

pub use error::BackupError;

use super::{Connection, Options, Url};

/// The database that is backed up or restored.
pub(crate) struct Place<'a> {
    pub(crate) url: &'a Url,
    pub(crate) options: &'a Options,
    /// A connection to it, in no transaction.
    pub(crate) connection: &'a mut dyn Connection,
    /// limbeck's lease, as in SQL: it is about runs and not about data, and neither saved nor restored.
    pub(crate) lease: &'a str,
    /// How long to wait for locks.
    pub(crate) wait: Duration,
}

/// What is found of limbeck's own tables in a backup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The version rows, in order.
    pub(crate) rows: Vec<String>,
    /// The number of the journal's last row, 0 without one.
    pub(crate) last_attempt: i64,
}

/// Is told several times a second how many bytes are written, and of how many where that is known; tells whether to go on.
pub(crate) type Progress<'a> = dyn FnMut(u64, Option<u64>) -> bool + 'a;

/// The ending of a backup's name.
pub(crate) fn ending(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "db",
        Dialect::Postgresql => "dump",
        Dialect::Mysql | Dialect::Mariadb => "sql",
    }
}

macro_rules! of_dialect {
    ($dialect:expr, $module:ident => $call:expr) => {
        match $dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                use sqlite as $module;
                $call
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgresql => {
                use postgres as $module;
                $call
            }
            #[cfg(feature = "mysql")]
            Dialect::Mysql | Dialect::Mariadb => {
                use mysql as $module;
                $call
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            dialect => unreachable!("there is no connection to {dialect} without its driver"),
        }
    };
}

/// Looks for the programs that a backup needs.
///
/// # Errors
/// [`BackupError::NoTool`], [`BackupError::OldTool`] and [`BackupError::Pooled`].
pub(crate) fn check_tools(place: &mut Place<'_>) -> Result<(), BackupError> {
    of_dialect!(place.connection.dialect(), module => module::check_tools(place))
}

/// The least room that a backup can take.
pub(crate) fn least_size(connection: &mut dyn Connection) -> Result<u64, BackupError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        // Without indexes, which are not in a dump; what is in it is compressed, hardly ever to less than a tenth.
        Dialect::Postgresql => {
            "SELECT COALESCE(sum(pg_catalog.pg_table_size(c.oid)) / 10, 0)::bigint FROM pg_catalog.pg_class c JOIN \
             pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND \
             n.nspname <> 'information_schema'"
        }
        // Pages are half full at the least.
        Dialect::Mysql | Dialect::Mariadb => {
            "SELECT CAST(COALESCE(SUM(data_length) / 2, 0) AS UNSIGNED) FROM information_schema.tables WHERE table_schema = \
             DATABASE()"
        }
    };
    let rows = connection.query(sql)?;
    let value = rows.into_iter().flatten().next().flatten();
    Ok(value.and_then(|value| value.parse().ok()).unwrap_or_default())
}

/// Whether the database has no tables but these: there is nothing in it to lose.
pub(crate) fn holds_only(connection: &mut dyn Connection, own: [&str; 3]) -> Result<bool, BackupError> {
    let quoted = own.map(|name| connection.dialect().literal(name)).join(", ");
    let sql = match connection.dialect() {
        Dialect::Sqlite => format!(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN \
             ({quoted}) LIMIT 1"
        ),
        Dialect::Postgresql => format!(
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN \
             ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname NOT IN ({quoted}) \
             LIMIT 1"
        ),
        Dialect::Mysql | Dialect::Mariadb => format!(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT IN ({quoted}) LIMIT 1"
        ),
    };
    Ok(connection.query(&sql)?.is_empty())
}

/// Writes the database into `file`, which is empty.
pub(crate) fn dump(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    of_dialect!(place.connection.dialect(), module => module::dump(place, file, progress))
}

/// Reads a backup from its first to its last byte.
///
/// # Errors
/// [`BackupError::Unusable`] when it can't be restored.
pub(crate) fn prove(dialect: Dialect, file: &Path, progress: &mut Progress<'_>) -> Result<(), BackupError> {
    std::fs::File::open(file).map_err(|source| BackupError::File {
        doing: "open",
        path: file.to_owned(),
        source,
    })?;
    of_dialect!(dialect, module => module::prove(file, progress))
}

/// Reads limbeck's tables in a backup that was proved. They are named as in SQL, with their schema.
pub(crate) fn contents(
    dialect: Dialect,
    file: &Path,
    version: &str,
    journal: &str,
) -> Result<Contents, BackupError> {
    of_dialect!(dialect, module => module::contents(file, version, journal))
}

/// Makes the database what it was.
pub(crate) fn restore(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    of_dialect!(place.connection.dialect(), module => module::restore(place, file, progress))
}
