//! Tables that a program describes, as a model that databases are compared with.
//!
//! [`derive(Table)`](macro@crate::Table) reads them off structs; [`tables!`](crate::tables!) makes a list of them.

mod column_type;
mod ddl;

use limbeck_core::Dialect;

pub use column_type::ColumnType;
pub(crate) use ddl::statements;

use crate::error::Error;

/// A Rust type that describes a table; what [`derive(Table)`](macro@crate::Table) makes.
pub trait Table {
    /// The table.
    fn definition() -> TableDefinition;
}

/// Tables that belong together, from [`tables!`](crate::tables!).
///
/// ```
/// use limbeck::Dialect;
///
/// #[derive(limbeck::Table)]
/// #[table(name = "users")]
/// struct User {
///     #[column(primary_key)]
///     id: i64,
///     #[column(unique, length = 200)]
///     email: String,
/// }
///
/// let ddl = limbeck::tables![User].ddl(Dialect::Postgresql)?;
/// assert!(ddl.contains(r#"CONSTRAINT "uq_users_email" UNIQUE ("email")"#));
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// The tables, in the order in which they were named.
    pub tables: Vec<TableDefinition>,
    /// Statements that stand before the tables: see [`Tables::before`].
    pub before: Vec<(Dialect, String)>,
}

impl Tables {
    /// A list of tables.
    pub fn new(tables: impl IntoIterator<Item = TableDefinition>) -> Self {
        Self {
            tables: tables.into_iter().collect(),
            before: Vec::new(),
        }
    }

    /// Puts a statement before the tables that makes what they need on that database, and structs have no words for: a type, an
    /// extension.
    ///
    /// ```
    /// use limbeck::Dialect;
    ///
    /// #[derive(limbeck::Table)]
    /// struct Person {
    ///     #[column(primary_key)]
    ///     id: i64,
    ///     #[column(type = "mood")]
    ///     mood: String,
    /// }
    ///
    /// let tables = limbeck::tables![Person].before(Dialect::Postgresql, "CREATE TYPE mood AS ENUM ('sad', 'happy')");
    /// assert!(tables.ddl(Dialect::Postgresql)?.starts_with("CREATE TYPE mood"));
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn before(mut self, dialect: Dialect, sql: impl Into<String>) -> Self {
        self.before.push((dialect, sql.into()));
        self
    }

    /// The DDL that makes the tables.
    ///
    /// # Errors
    /// [`Error::Models`] when a table has something that there is no way to say on this database.
    pub fn ddl(&self, dialect: Dialect) -> Result<String, Error> {
        let tables: Vec<&TableDefinition> = self.tables.iter().collect();
        let before = self
            .before
            .iter()
            .filter(|(of, _)| family(*of) == family(dialect));
        let mut ddl: String = before
            .map(|(_, sql)| format!("{};\n\n", sql.trim_end().trim_end_matches(';')))
            .collect();
        for statement in statements(&tables, dialect)? {
            ddl.push_str(&statement.sql);
            ddl.push_str(";\n\n");
        }
        ddl.truncate(ddl.trim_end().len());
        ddl.push('\n');
        Ok(ddl)
    }
}

/// What is said of MySQL holds for MariaDB.
fn family(dialect: Dialect) -> Dialect {
    match dialect {
        Dialect::Mariadb => Dialect::Mysql,
        dialect => dialect,
    }
}

/// A table.
///
/// ```
/// use limbeck::tables::{ColumnDefinition, ColumnType, TableDefinition};
///
/// let mut users = TableDefinition::new("users");
/// users.columns.push(ColumnDefinition::new("id", ColumnType::I64));
/// users.primary_key(["id"], None);
/// users.index(["id"], None);
/// assert_eq!(users.indexes[0].name, "ix_users_id");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableDefinition {
    /// Its name.
    pub name: String,
    /// PostgreSQL: the schema that it is in.
    pub schema: Option<String>,
    /// What the database is to say of it.
    pub comment: Option<String>,
    /// The name that it had before.
    pub renamed_from: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<ColumnDefinition>,
    /// Its primary key.
    pub primary_key: Option<Key>,
    /// Its unique constraints.
    pub uniques: Vec<Key>,
    /// Its indexes.
    pub indexes: Vec<Key>,
    /// Its check constraints.
    pub checks: Vec<CheckConstraint>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub data_type: ColumnType,
    /// The longest text or byte string that it holds.
    pub length: Option<u32>,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// The default, in SQL.
    pub default: Option<String>,
    /// How the database numbers rows in it, if it does.
    pub numbering: Option<Numbering>,
    /// What the database is to say of it.
    pub comment: Option<String>,
    /// The name that it had before.
    pub renamed_from: Option<String>,
}

/// How a database numbers rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// `GENERATED BY DEFAULT AS IDENTITY`, `AUTO_INCREMENT`, and on SQLite nothing, since a primary key of integers numbers rows.
    Identity,
    /// The same, but on SQLite `AUTOINCREMENT`, which never gives a number again.
    AutoIncrement,
}

/// A primary key, unique constraint or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckConstraint {
    /// Its name.
    pub name: String,
    /// The condition, in SQL.
    pub expression: String,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// PostgreSQL: the schema of the table that they refer to.
    pub schema: Option<String>,
    /// The table that they refer to.
    pub table: String,
    /// The columns there.
    pub to: Vec<String>,
    /// What happens when a row there is deleted: `CASCADE`.
    pub on_delete: Option<String>,
    /// What happens when its key is changed.
    pub on_update: Option<String>,
}

impl ColumnDefinition {
    /// A column that can't be NULL.
    pub fn new(name: impl Into<String>, data_type: ColumnType) -> Self {
        Self {
            name: name.into(),
            data_type,
            length: None,
            nullable: false,
            default: None,
            numbering: None,
            comment: None,
            renamed_from: None,
        }
    }
}

impl TableDefinition {
    /// A table without columns.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            schema: None,
            comment: None,
            renamed_from: None,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
        }
    }

    /// Sets the primary key, `pk_TABLE` unless it has a name of its own.
    pub fn primary_key<'a>(&mut self, columns: impl IntoIterator<Item = &'a str>, name: Option<&str>) {
        let name = name.map_or_else(|| format!("pk_{}", self.name), str::to_owned);
        let columns = columns.into_iter().map(str::to_owned).collect();
        self.primary_key = Some(Key { name, columns });
    }

    /// Adds a unique constraint, `uq_TABLE_COLUMNS` unless it has a name of its own.
    pub fn unique<'a>(&mut self, columns: impl IntoIterator<Item = &'a str>, name: Option<&str>) {
        let key = self.key("uq", columns, name);
        self.uniques.push(key);
    }

    /// Adds an index, `ix_TABLE_COLUMNS` unless it has a name of its own.
    pub fn index<'a>(&mut self, columns: impl IntoIterator<Item = &'a str>, name: Option<&str>) {
        let key = self.key("ix", columns, name);
        self.indexes.push(key);
    }

    fn key<'a>(&self, kind: &str, columns: impl IntoIterator<Item = &'a str>, name: Option<&str>) -> Key {
        let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
        let name = name.map_or_else(
            || format!("{kind}_{}_{}", self.name, columns.join("_")),
            str::to_owned,
        );
        Key { name, columns }
    }

    /// Adds a check, `ck_TABLE_COLUMN` or else `ck_TABLE_NUMBER` unless it has a name of its own.
    pub fn check(&mut self, column: Option<&str>, expression: impl Into<String>, name: Option<&str>) {
        let prefix = format!("ck_{}_", self.name);
        let has_number = |check: &&CheckConstraint| {
            let rest = check.name.strip_prefix(&prefix);
            rest.is_some_and(|rest| rest.parse::<u32>().is_ok())
        };
        let number = self.checks.iter().filter(has_number).count() + 1;
        let what = column.map_or_else(|| number.to_string(), str::to_owned);
        let name = name.map_or_else(|| prefix + &what, str::to_owned);
        let expression = expression.into();
        self.checks.push(CheckConstraint { name, expression });
    }

    /// Adds a foreign key to a `TABLE.COLUMN` or `SCHEMA.TABLE.COLUMN`, `fk_TABLE_COLUMN_OTHER` unless it has a name of its own;
    /// what is deleted or changed there is left to the caller.
    pub fn foreign_key(&mut self, column: &str, references: &str, name: Option<&str>) -> &mut ForeignKey {
        let (table, to) = references.rsplit_once('.').unwrap_or((references, "id"));
        let (schema, table) = match table.rsplit_once('.') {
            Some((schema, table)) => (Some(schema.to_owned()), table),
            None => (None, table),
        };
        let name = name.map_or_else(|| format!("fk_{}_{column}_{table}", self.name), str::to_owned);
        self.foreign_keys.push(ForeignKey {
            name,
            columns: vec![column.to_owned()],
            schema,
            table: table.to_owned(),
            to: vec![to.to_owned()],
            on_delete: None,
            on_update: None,
        });
        self.foreign_keys.last_mut().expect("it was just added")
    }
}
