//! The databases that limbeck speaks to, and what differs between them.

mod classify;
mod lex;
mod mysql;
mod postgres;
mod sqlite;

use std::fmt;
use std::str::FromStr;

pub use classify::{creates_only, first_words, implicitly_commits, needs_autocommit, transaction_control};
pub use lex::{Piece, Problem, Split, Token, TokenKind, split, tokens};

/// A kind of database.
///
/// MariaDB and MySQL share most code but are told apart, because a revision may have a section
/// for one of them (`-- limbeck:upgrade mariadb`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgresql,
    /// MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
}

impl Dialect {
    /// Every dialect, in the order in which they are listed to users.
    pub const ALL: [Self; 4] = [Self::Sqlite, Self::Postgresql, Self::Mysql, Self::Mariadb];

    /// The name that users write: in a revision's section, and as a URL's scheme.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    /// Whether DDL takes part in transactions, so that a step either happens whole or not at all.
    pub fn transactional_ddl(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgresql => true,
            Self::Mysql | Self::Mariadb => false,
        }
    }

    /// Quotes `name` as an identifier.
    pub fn identifier(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgresql => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Mysql | Self::Mariadb => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// Quotes `text` as a string literal that means the same under every setting of the server
    /// (`standard_conforming_strings`, `NO_BACKSLASH_ESCAPES`).
    pub fn literal(self, text: &str) -> String {
        match self {
            Self::Sqlite => sqlite::literal(text),
            Self::Postgresql => postgres::literal(text),
            Self::Mysql | Self::Mariadb => mysql::literal(text),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is not one of a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a database that limbeck knows: use sqlite, postgresql, mysql or mariadb")]
pub struct UnknownDialect(pub String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "sqlite" | "sqlite3" => Ok(Self::Sqlite),
            "postgresql" | "postgres" => Ok(Self::Postgresql),
            "mysql" => Ok(Self::Mysql),
            "mariadb" => Ok(Self::Mariadb),
            _ => Err(UnknownDialect(name.to_owned())),
        }
    }
}
