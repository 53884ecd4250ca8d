//! Ops as statements of a database, with what may hurt.

mod missing;
mod mysql;
mod postgres;
mod sqlite;

use std::fmt;
use std::sync::Arc;

use crate::Dialect;
use crate::op::Op;
use crate::schema::Schema;

pub use missing::missing_value;

/// A statement of a plan.
///
/// ```
/// use limbeck_core::plan::{Hazard, Statement};
///
/// let drop = Statement::new("DROP TABLE users").with(Hazard::DataLoss("the rows of users".to_owned()));
/// assert_eq!(drop.hazards[0].to_string(), "data loss: the rows of users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, without a semicolon; it may have several lines.
    pub sql: String,
    /// What it may hurt.
    pub hazards: Vec<Hazard>,
    /// Whether it can't be in a transaction.
    pub autocommit: bool,
    /// Whether somebody must fill something in before it is right: a place that is marked in the text.
    pub to_do: bool,
    /// Why it is there, where that can't be seen from it; in one line.
    pub note: Option<String>,
    /// The ops that it does, alone or together with all other statements that have the same ones; none where it only helps.
    pub ops: Arc<[Op]>,
}

impl Statement {
    /// A statement that hurts nobody.
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            hazards: Vec::new(),
            autocommit: false,
            to_do: false,
            note: None,
            ops: Arc::default(),
        }
    }

    /// Says why it is there.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Adds a hazard.
    #[must_use]
    pub fn with(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    /// Whether both do the same ops together.
    ///
    /// ```
    /// use limbeck_core::plan::Statement;
    ///
    /// let [one, other] = ["CREATE TABLE a (b INT)", "CREATE TABLE c (d INT)"].map(Statement::new);
    /// assert!(!one.is_of(&other), "nobody said what they do");
    /// ```
    pub fn is_of(&self, other: &Self) -> bool {
        !self.ops.is_empty() && Arc::ptr_eq(&self.ops, &other.ops)
    }

    /// Why it is there and what it may hurt, each in a line. That it can't be in a transaction is said by the block around it.
    ///
    /// ```
    /// use limbeck_core::plan::{Hazard, Statement};
    ///
    /// let drop = Statement::new("DROP TABLE users").with(Hazard::DataLoss("the rows of users".to_owned()));
    /// let remarks: Vec<_> = drop.noted("accounts has them").remarks().collect();
    /// assert_eq!(remarks, ["accounts has them", "data loss: the rows of users"]);
    /// ```
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        let is_said = |hazard: &&Hazard| self.autocommit && **hazard == Hazard::NotTransactional;
        let hazards = self.hazards.iter().filter(move |hazard| !is_said(hazard));
        let remarks = self.note.iter().cloned().chain(hazards.map(Hazard::to_string));
        remarks.map(|remark| remark.replace('\n', " "))
    }

    /// Says that it can't be in a transaction.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.autocommit = true;
        self
    }
}

/// What a statement may hurt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Data is gone afterwards; what.
    DataLoss(String),
    /// The table is written anew: as long as that takes, it can't be used.
    Rewrite(String),
    /// All rows are read under a lock that keeps others out; which table.
    Scan(String),
    /// PostgreSQL: the lock that it takes, and on what (`ACCESS EXCLUSIVE on users`), where that keeps readers or writers out.
    Lock(String),
    /// It fails where rows are not as it wants them; why.
    MayFail(String),
    /// It can't be in a transaction, so what was done stays done if what follows fails.
    NotTransactional,
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataLoss(what) => write!(f, "data loss: {what}"),
            Self::Rewrite(what) => write!(f, "rewrites {what}"),
            Self::Scan(what) => write!(f, "reads all of {what} under a lock"),
            Self::Lock(what) => write!(f, "lock: {what}"),
            Self::MayFail(why) => write!(f, "may fail: {why}"),
            Self::NotTransactional => f.write_str("not in a transaction"),
        }
    }
}

impl Hazard {
    /// The word for its kind, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DataLoss(_) => "data-loss",
            Self::Rewrite(_) => "rewrite",
            Self::Scan(_) => "scan",
            Self::Lock(_) => "lock",
            Self::MayFail(_) => "may-fail",
            Self::NotTransactional => "not-transactional",
        }
    }

    /// Reads what [`Display`](fmt::Display) wrote, as it stands in a comment above a statement.
    ///
    /// ```
    /// use limbeck_core::plan::Hazard;
    ///
    /// let hazard = Hazard::Rewrite("users".to_owned());
    /// assert_eq!(Hazard::read(&hazard.to_string()), Some(hazard));
    /// assert_eq!(Hazard::read("the users of last year"), None);
    /// ```
    pub fn read(line: &str) -> Option<Self> {
        let behind = |start: &str| line.strip_prefix(start).map(str::to_owned);
        let scan = || {
            Some(Self::Scan(
                line.strip_prefix("reads all of ")?
                    .strip_suffix(" under a lock")?
                    .to_owned(),
            ))
        };
        if line == "not in a transaction" {
            return Some(Self::NotTransactional);
        }
        behind("data loss: ")
            .map(Self::DataLoss)
            .or_else(|| behind("rewrites ").map(Self::Rewrite))
            .or_else(scan)
            .or_else(|| behind("lock: ").map(Self::Lock))
            .or_else(|| behind("may fail: ").map(Self::MayFail))
    }
}

/// What a plan is made of, and how.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The kind of database.
    pub dialect: Dialect,
    /// The schema before, with renames done.
    pub from: &'a Schema,
    /// The schema after.
    pub to: &'a Schema,
    /// Whether the application goes on meanwhile: then indexes are made concurrently, and constraints are validated apart.
    pub online: bool,
}

/// Says which ops the statements do of which nobody said it.
fn mark(statements: &mut [Statement], ops: &Arc<[Op]>) {
    for statement in statements.iter_mut().filter(|statement| statement.ops.is_empty()) {
        statement.ops = ops.clone();
    }
}

/// The statements of ops, in their order.
pub fn plan(change: &Change<'_>, ops: &[Op]) -> Vec<Statement> {
    match change.dialect {
        Dialect::Postgresql => postgres::plan(change, ops),
        Dialect::Mysql | Dialect::Mariadb => mysql::plan(change, ops),
        Dialect::Sqlite => sqlite::plan(change, ops),
    }
}
