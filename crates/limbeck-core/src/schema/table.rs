use std::collections::BTreeMap;

use super::{Name, Sql};

/// A table.
///
/// ```
/// use limbeck_core::schema::{Column, Table};
///
/// let [id, name] = ["id", "name"].map(|name| Column::new(name, "text"));
/// let one = Table { columns: vec![id.clone(), name.clone()], ..Table::default() };
/// let other = Table { columns: vec![name, id], ..Table::default() };
/// assert!(one != other && one.same(&other), "the order of columns does not count");
/// assert_eq!(one.column("name").unwrap().data_type, "text");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// Keys, foreign keys, checks, by name. One that has none (SQLite) is under its definition.
    pub constraints: BTreeMap<String, Constraint>,
    /// The indexes that no constraint made, by name.
    pub indexes: BTreeMap<String, Index>,
    /// What else its database knows of a table.
    pub options: BTreeMap<TableOption, String>,
    /// The comment on it; never empty.
    pub comment: Option<String>,
}

impl Table {
    /// Whether both are the same but for the order of their columns.
    pub fn same(&self, other: &Self) -> bool {
        self.constraints == other.constraints
            && self.indexes == other.indexes
            && self.options == other.options
            && self.comment == other.comment
            && self.columns.len() == other.columns.len()
            && self
                .columns
                .iter()
                .all(|column| other.column(&column.name) == Some(column))
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key's columns; none where there is no key.
    pub fn primary_key(&self) -> &[String] {
        let mut constraints = self.constraints.values();
        let key = constraints.find(|constraint| constraint.kind == ConstraintKind::PrimaryKey);
        key.map_or(&[], |key| &key.columns)
    }
}

/// What a database knows of a table beside columns, constraints and indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableOption {
    /// PostgreSQL: its changes are not logged. The value is empty.
    Unlogged,
    /// PostgreSQL: storage parameters, as they stand in `WITH (…)`.
    With,
    /// PostgreSQL: `RANGE (at)`.
    PartitionBy,
    /// PostgreSQL: of which table it is a partition, and which: `events FOR VALUES IN (1)`.
    PartitionOf,
    /// PostgreSQL: the tables that it inherits from, as SQL.
    Inherits,
    /// PostgreSQL: its access method, where that is not `heap`.
    Using,
    /// PostgreSQL: its tablespace, where that is not the default one.
    Tablespace,
    /// PostgreSQL: row level security: `ENABLE`.
    RowSecurity,
    /// PostgreSQL: row level security for the owner too: `FORCE`.
    ForceRowSecurity,
    /// MySQL: the storage engine.
    Engine,
    /// MySQL: the character set and collation, as `utf8mb4_general_ci`.
    Collation,
    /// MySQL: other options, as they stand in SQL.
    Options,
    /// MySQL: the partitioning clause.
    Partitions,
    /// MariaDB: its history is kept. The value is empty, or tells the columns for it: `PERIOD FOR SYSTEM_TIME (a, b)`.
    SystemVersioning,
    /// SQLite: types are kept. The value is empty.
    Strict,
    /// SQLite: the primary key is the table. The value is empty.
    WithoutRowid,
    /// SQLite: the whole statement that makes a virtual table.
    Virtual,
}

/// A column of a table.
///
/// ```
/// use limbeck_core::schema::{Column, Sql};
///
/// let email = Column { nullable: false, default: Some(Sql::new("''")), ..Column::new("email", "varchar(200)") };
/// assert!(!email.has_value());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type with all parameters, as the server tells it.
    pub data_type: String,
    /// The collation, where it is not the default of the type, the table or the database.
    pub collation: Option<String>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// What it is when no value is given.
    pub default: Option<Sql>,
    /// What it is always.
    pub generated: Option<Generated>,
    /// How it is numbered, if it is.
    pub identity: Option<Identity>,
    /// MySQL: what it becomes when its row is changed.
    pub on_update: Option<String>,
    /// MySQL: `SELECT *` does not show it.
    pub invisible: bool,
    /// Other clauses of its definition, as they stand in SQL (PostgreSQL: `STORAGE external`; SQLite: `NOT NULL ON CONFLICT
    /// IGNORE`), sorted.
    pub clauses: Vec<Sql>,
    /// The comment on it; never empty.
    pub comment: Option<String>,
    /// SQLite: whether `NOT NULL` stands in its definition. It says nothing new of an `INTEGER PRIMARY KEY`.
    pub says_not_null: Moot,
}

/// Whether something is written that may as well not be: it stays as it is, and makes no two things different.
///
/// ```
/// use limbeck_core::schema::Moot;
///
/// assert_eq!(Moot(true), Moot(false));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Moot(pub bool);

impl PartialEq for Moot {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Moot {}

impl Column {
    /// A column that may be NULL, and is nothing else.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            collation: None,
            nullable: true,
            default: None,
            generated: None,
            identity: None,
            on_update: None,
            invisible: false,
            clauses: Vec::new(),
            comment: None,
            says_not_null: Moot::default(),
        }
    }

    /// Whether the database always has a value for it that nobody gave: it is generated, or numbered.
    pub fn has_value(&self) -> bool {
        self.generated.is_some() || self.identity.is_some()
    }
}

/// What a generated column is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression, without parentheses around it.
    pub expression: Sql,
    /// Whether it is kept in the row (`STORED`), or computed when it is read (`VIRTUAL`).
    pub stored: bool,
}

/// How a column is numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// PostgreSQL: `GENERATED ALWAYS AS IDENTITY`, with the options of its sequence as they stand in the parentheses (empty
    /// where all are the default's).
    Always(String),
    /// PostgreSQL: `GENERATED BY DEFAULT AS IDENTITY`, with the options of its sequence.
    ByDefault(String),
    /// PostgreSQL: `serial`: a sequence of the usual name that is owned by the column.
    Serial,
    /// MySQL: `AUTO_INCREMENT`.
    AutoIncrement,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What it is.
    pub kind: ConstraintKind,
    /// What follows its name: `UNIQUE (a, b)`, `FOREIGN KEY (a) REFERENCES b(id) ON DELETE CASCADE NOT VALID`.
    pub definition: Sql,
    /// The columns that it is about, as far as the server tells.
    pub columns: Vec<String>,
    /// Where a foreign key leads.
    pub references: Option<Reference>,
    /// Whether it has a name. Without one (SQLite), it can only be told by its definition.
    pub named: bool,
    /// The comment on it; never empty.
    pub comment: Option<String>,
    /// PostgreSQL: the comment on the index of its name that it made; never empty.
    pub index_comment: Option<String>,
}

impl Constraint {
    /// A constraint with a name, and without comments; where a foreign key leads is not said yet.
    ///
    /// ```
    /// use limbeck_core::schema::{Constraint, ConstraintKind, Sql};
    ///
    /// let key = Constraint::new(ConstraintKind::PrimaryKey, Sql::new("PRIMARY KEY (id)"), ["id"]);
    /// assert_eq!(key.columns, ["id"]);
    /// ```
    pub fn new(
        kind: ConstraintKind,
        definition: Sql,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            kind,
            definition,
            columns: columns.into_iter().map(Into::into).collect(),
            references: None,
            named: true,
            comment: None,
            index_comment: None,
        }
    }
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is what SQL calls so")]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    Check,
    Exclude,
    ForeignKey,
}

/// Where a foreign key leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: Name,
    /// Its columns.
    pub columns: Vec<String>,
}

/// An index that no constraint made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Whether two rows can't have the same.
    pub unique: bool,
    /// What is indexed and how: what follows the table's name in `CREATE INDEX` (PostgreSQL: `USING btree (a DESC) WHERE b`).
    pub definition: Sql,
    /// The columns that it is about, as far as the server tells; those in expressions too where it does.
    pub columns: Vec<String>,
    /// The comment on it; never empty.
    pub comment: Option<String>,
}
