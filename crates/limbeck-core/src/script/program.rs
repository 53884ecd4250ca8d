//! Revisions that are programs: what they run may depend on what the database answers.

use std::error::Error;
use std::fmt;

use super::{Direction, ScriptError, Statement};
use crate::Dialect;
use crate::dialect::transaction_control;
use crate::schema::{Kind, Name, Schema, Table};

/// A revision that is a program, such as Alembic's in Python.
///
/// # Examples
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::script::{Bind, Compiled, Depends, Direction, On, Program, ProgramError, ScriptError};
///
/// /// Empties a table, if it has rows.
/// #[derive(Debug)]
/// struct Empty(&'static str);
///
/// impl Program for Empty {
///     fn checksum(&self) -> Result<String, ScriptError> {
///         Ok(format!("{:0>64}", self.0.len()))
///     }
///
///     fn compile(&self, direction: Direction, _: Dialect) -> Result<Compiled, ScriptError> {
///         Ok(match direction {
///             Direction::Upgrade => Compiled::Depends(Depends { line: 1, on: On::Database(format!("the rows of {}", self.0)) }),
///             Direction::Downgrade => Compiled::Missing,
///         })
///     }
///
///     fn run(&self, _: Direction, bind: &mut dyn Bind) -> Result<(), ProgramError> {
///         let failed = |line| move |error| ProgramError::of("empty", line, error);
///         let rows = bind.query(&format!("SELECT * FROM {}", self.0), 1).map_err(failed(1))?;
///         if !rows.rows.is_empty() {
///             bind.execute(&format!("DELETE FROM {}", self.0), 2).map_err(failed(2))?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Program: fmt::Debug + Send + Sync {
    /// Returns what its author says about it, for who reads a history.
    ///
    /// # Errors
    /// [`ScriptError`] when the file can't be read.
    fn documentation(&self) -> Result<String, ScriptError> {
        Ok(String::new())
    }

    /// Returns the checksum of what an upgrade runs, by its tokens: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`ScriptError`] when the file can't be read or understood.
    fn checksum(&self) -> Result<String, ScriptError>;

    /// Runs the program without a database, as far as that goes.
    ///
    /// # Errors
    /// [`ScriptError`] with file, line and what is not understood.
    fn compile(&self, direction: Direction, dialect: Dialect) -> Result<Compiled, ScriptError>;

    /// As [`Program::compile`], for a script that somebody else runs later (offline mode): the program may be told so. By default it does
    /// the same.
    ///
    /// # Errors
    /// [`ScriptError`] when it can't be understood.
    fn script(&self, direction: Direction, dialect: Dialect) -> Result<Compiled, ScriptError> {
        self.compile(direction, dialect)
    }

    /// Runs the program on a database.
    ///
    /// # Errors
    /// [`ProgramError`] where it stops; what it has done until then is the caller's to take back.
    fn run(&self, direction: Direction, bind: &mut dyn Bind) -> Result<(), ProgramError>;

    /// Returns what there is to tell of the last time that it was compiled or run. What it printed while it was run went to
    /// [`Bind::say`].
    fn remarks(&self) -> Vec<Remark> {
        Vec::new()
    }
}

/// What there is to tell of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A line that it prints.
    Printed(String),
    /// What its author should know: something that is surely not as it was meant, and does no harm.
    Doubt {
        /// The line, from 1.
        line: usize,
        /// What it is.
        message: String,
    },
}

/// What a program runs, as far as it is known without a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiled {
    /// It can't be run in that direction.
    Missing,
    /// It runs these statements, whatever the database answers.
    Statements(Vec<Statement>),
    /// What it runs is known only when it runs.
    Depends(Depends),
}

/// Why it is not known beforehand what a program runs.
///
/// # Examples
/// ```
/// use limbeck_core::script::{Depends, On};
///
/// let asks = Depends { line: 12, on: On::Database("the tables".to_owned()) };
/// assert_eq!(asks.to_string(), "depends on the database: it asks for the tables (line 12)");
/// let foreign = Depends { line: 3, on: On::Python("sessions are not understood".to_owned()) };
/// assert_eq!(foreign.to_string(), "is run by Python: sessions are not understood (line 3)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depends {
    /// The line that tells it first, from 1.
    pub line: usize,
    /// What it depends on.
    pub on: On,
}

impl fmt::Display for Depends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, on } = self;
        write!(f, "{on} (line {line})")
    }
}

/// What tells what a program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// The database, which is asked for this.
    Database(String),
    /// The project's Python runs it, for this reason.
    Python(String),
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(what) => write!(f, "depends on the database: it asks for {what}"),
            Self::Python(why) => write!(f, "is run by Python: {why}"),
        }
    }
}

impl Compiled {
    /// A statement that ends the transaction can't be one of a list, because limbeck opens and ends it: the program is run, so
    /// that limbeck is told.
    ///
    /// ```
    /// use limbeck_core::Dialect;
    /// use limbeck_core::script::{Compiled, Statement};
    ///
    /// let commit = Statement { sql: "COMMIT".to_owned(), autocommit: false, hazards: Vec::new(), offset: 0, line: 1 };
    /// let compiled = Compiled::Statements(vec![commit]).unless_it_ends_the_transaction(Dialect::Sqlite);
    /// assert!(matches!(compiled, Compiled::Depends(_)));
    /// ```
    pub fn unless_it_ends_the_transaction(self, dialect: Dialect) -> Self {
        let Self::Statements(statements) = &self else {
            return self;
        };
        let control = |statement: &Statement| {
            let what = transaction_control(dialect, &statement.sql)?;
            (!statement.autocommit).then_some((statement.line, what))
        };
        match statements.iter().find_map(control) {
            Some((line, what)) => Self::Depends(Depends {
                line,
                on: On::Database(format!("the transaction, with {what}")),
            }),
            None => self,
        }
    }
}

/// What a program runs on: a connection of a run, in its transaction and under its lock.
pub trait Bind {
    /// The database's dialect.
    fn dialect(&self) -> Dialect;

    /// Runs a statement whose rows nobody wants, and returns how many rows it touched. `None` where that is not known any more,
    /// because an earlier run that was cut off has done the statement.
    ///
    /// `COMMIT` commits what was done so far and begins another transaction; `BEGIN` does nothing, since there is one always.
    ///
    /// # Errors
    /// [`BindError`] when the database refuses it.
    fn execute(&mut self, sql: &str, line: usize) -> Result<Option<u64>, BindError>;

    /// Runs a statement and returns its rows. What only reads is asked again when a run that was cut off is taken up.
    ///
    /// # Errors
    /// [`BindError`] when the database refuses it.
    fn query(&mut self, sql: &str, line: usize) -> Result<Answer, BindError>;

    /// Leaves the transaction, or begins another: behind `true` each statement commits by itself.
    ///
    /// # Errors
    /// [`BindError`] when the transaction can't be committed or begun.
    fn autocommit(&mut self, on: bool, line: usize) -> Result<(), BindError>;

    /// Takes a line that the program prints.
    fn say(&mut self, _line: &str) {}

    /// Tells why the run is to stop, if it is: for a program that has been busy with itself for a while.
    fn stops(&mut self) -> Option<BindError> {
        None
    }

    /// Reads what is in the database but limbeck's journal: the schema of the connection for `None`, whose names have no
    /// schema then; of another schema the tables and objects in it, with its name.
    ///
    /// # Errors
    /// [`BindError`] when it can't be read.
    fn schema(&mut self, name: Option<&str>) -> Result<Schema, BindError>;

    /// Reads the names of the tables and views of a schema, as [`Bind::schema`] has them, where that is less work.
    ///
    /// # Errors
    /// [`BindError`] when they can't be read.
    fn relations(&mut self, name: Option<&str>) -> Result<Vec<(String, Kind)>, BindError> {
        self.schema(name).map(|schema| relations(&schema))
    }

    /// Reads a table, or the columns of a view, with everything that it inherits; `None` where there is none of that name. It may
    /// be less work than [`Bind::schema`], and has no less of the table than `depth` says.
    ///
    /// # Errors
    /// [`BindError`] when it can't be read.
    fn table(&mut self, name: &Name, _depth: Depth) -> Result<Option<Table>, BindError> {
        let mut schema = self.schema(name.schema.as_deref())?;
        let known = find(self.dialect(), &schema, &name.name).cloned();
        Ok(known.and_then(|known| schema.tables.remove(&known)))
    }
}

/// How much of a table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Its columns and its comment.
    Columns,
    /// Its constraints and indexes too.
    All,
}

/// Returns the name that a table has in a schema; SQLite takes no notice of case.
///
/// # Examples
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::schema::{Name, Schema, Table};
/// use limbeck_core::script::find;
///
/// let mut schema = Schema::default();
/// schema.tables.insert(Name::new("Users"), Table::default());
/// assert_eq!(find(Dialect::Sqlite, &schema, "users"), Some(&Name::new("Users")));
/// assert_eq!(find(Dialect::Postgresql, &schema, "users"), None);
/// ```
pub fn find<'a>(dialect: Dialect, schema: &'a Schema, name: &str) -> Option<&'a Name> {
    let folded = |known: &&Name| dialect.folds_names() && known.name.eq_ignore_ascii_case(name);
    let exact = schema.tables.keys().find(|known| known.name == name);
    exact.or_else(|| schema.tables.keys().find(folded))
}

/// Returns the names of tables and views in a schema.
///
/// # Examples
/// ```
/// use limbeck_core::schema::{Kind, Name, Schema, Table};
///
/// let mut schema = Schema::default();
/// schema.tables.insert(Name::new("users"), Table::default());
/// assert_eq!(limbeck_core::script::relations(&schema), [("users".to_owned(), Kind::Table)]);
/// ```
pub fn relations(schema: &Schema) -> Vec<(String, Kind)> {
    let tables = schema.tables.keys().map(|name| (name.name.clone(), Kind::Table));
    let views = schema
        .objects
        .keys()
        .filter(|id| id.part.is_none() && matches!(id.kind, Kind::View | Kind::MaterializedView));
    tables
        .chain(views.map(|id| (id.name.name.clone(), id.kind)))
        .collect()
}

/// The rows that a statement returned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Datum>>,
    /// How many rows the statement touched or returned.
    pub affected: u64,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// NULL.
    Null,
    /// A boolean of PostgreSQL's.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A number with decimal places, as the server writes it.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A value of another type, as the server writes it, with the type's name as SQL has it: `timestamp`, `timestamp with time
    /// zone`, `datetime`, `date`, `time`, `interval`, `json`, `jsonb`, `uuid`, `integer[]` …
    Other(String, String),
}

/// Why a statement of a program failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BindError {
    /// What kind of failure.
    pub kind: BindErrorKind,
    /// What the database says.
    pub message: String,
    /// The database's own code for it, such as an SQLSTATE, where it has one.
    pub code: Option<String>,
    /// The error as the connection has it.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of failures that a program may tell apart, with the words of Python's DB-API (PEP 249).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindErrorKind {
    /// A constraint is violated.
    Integrity,
    /// The statement is wrong, or names something that isn't there.
    Programming,
    /// The database can't do it at the moment.
    Operational,
    /// A value is wrong.
    Data,
    /// Any other answer of the database.
    Database,
    /// The run is to stop: it was cancelled, or the connection or the lock is lost. A program can't catch that.
    Stop,
}

/// Why a program stopped.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ProgramError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What happened, and what to do.
    pub message: String,
    /// The statement that failed, where one did.
    pub sql: Option<String>,
    /// What the database said.
    #[source]
    pub source: Option<Box<BindError>>,
}

impl ProgramError {
    /// What it means for the program in `file` that its line `line` could not be run.
    ///
    /// # Examples
    /// ```
    /// use limbeck_core::script::{BindError, BindErrorKind, ProgramError};
    ///
    /// let error = BindError {
    ///     kind: BindErrorKind::Integrity,
    ///     message: "duplicate key".to_owned(),
    ///     code: Some("23505".to_owned()),
    ///     source: None,
    /// };
    /// assert_eq!(ProgramError::of("001_a.py", 7, error).to_string(), "001_a.py:7: duplicate key");
    /// ```
    pub fn of(file: &str, line: usize, error: BindError) -> Self {
        Self {
            file: file.to_owned(),
            line,
            message: error.message.clone(),
            sql: None,
            source: Some(Box::new(error)),
        }
    }
}
