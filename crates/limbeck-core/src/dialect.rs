//! The databases that limbeck speaks to, and what differs between them.

mod classify;
mod destructive;
mod lex;
mod mysql;
mod postgres;
mod quote;
pub mod sqlite;

use std::fmt;
use std::str::FromStr;

pub use classify::{
    creates_only, first_words, implicitly_commits, needs_autocommit, only_reads, transaction_control,
};
pub use destructive::{Loss, loses_data};
pub use lex::{Piece, Problem, Split, Token, TokenKind, split, tokens};
pub use mysql::target::{DdlTarget, ddl_targets};
pub use postgres::generated::generated_name;
pub use postgres::index::ConcurrentIndex;

/// A kind of database.
///
/// MariaDB and MySQL share most code but are told apart, because a revision may have a section
/// for one of them (`-- limbeck:upgrade mariadb`).
///
/// ```
/// use limbeck_core::Dialect;
///
/// let dialect: Dialect = "postgres".parse()?;
/// assert_eq!(dialect, Dialect::Postgresql);
/// assert_eq!(dialect.to_string(), "postgresql");
/// # Ok::<(), limbeck_core::dialect::UnknownDialect>(())
/// ```
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
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// let names = Dialect::ALL.map(Dialect::name);
    /// assert_eq!(names, ["sqlite", "postgresql", "mysql", "mariadb"]);
    /// ```
    pub const ALL: [Self; 4] = [Self::Sqlite, Self::Postgresql, Self::Mysql, Self::Mariadb];

    /// Returns the name that users write: in a revision's section, and as a URL's scheme.
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert_eq!(Dialect::Mariadb.name(), "mariadb");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    /// Tells whether DDL takes part in transactions, so that a step either happens whole or not at all.
    ///
    /// On MySQL and MariaDB it commits by itself (MySQL manual, 15.3.3 "Statements That Cause an Implicit Commit").
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert!(Dialect::Postgresql.transactional_ddl());
    /// assert!(!Dialect::Mysql.transactional_ddl());
    /// ```
    pub fn transactional_ddl(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgresql => true,
            Self::Mysql | Self::Mariadb => false,
        }
    }

    /// Tells whether names that differ in case only are the same. (MySQL's are too, but for those of tables, where that is the
    /// file system's matter.)
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert!(Dialect::Sqlite.folds_names());
    /// assert!(!Dialect::Postgresql.folds_names());
    /// ```
    pub fn folds_names(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgresql | Self::Mysql | Self::Mariadb => false,
        }
    }

    /// Quotes `name` as an identifier.
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert_eq!(Dialect::Sqlite.identifier("order"), "\"order\"");
    /// assert_eq!(Dialect::Mysql.identifier("a`b"), "`a``b`");
    /// ```
    pub fn identifier(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgresql => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Mysql | Self::Mariadb => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// Quotes `text` as a string literal that means the same under every setting of the server
    /// (PostgreSQL manual, 4.1.2.2 "String Constants With C-Style Escapes", for `standard_conforming_strings`; MySQL manual,
    /// 9.1.1 "String Literals", for `NO_BACKSLASH_ESCAPES`).
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert_eq!(Dialect::Sqlite.literal("it's"), "'it''s'");
    /// assert_eq!(Dialect::Postgresql.literal(r"C:\tmp"), r"E'C:\\tmp'");
    /// assert_eq!(Dialect::Mariadb.literal(r"\"), "_utf8mb4 0x5c");
    /// ```
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
///
/// ```
/// use limbeck_core::Dialect;
///
/// let error = "oracle".parse::<Dialect>().unwrap_err();
/// assert_eq!(error.0, "oracle");
/// assert!(error.to_string().contains("use sqlite, postgresql, mysql or mariadb"));
/// ```
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
