//! What is asked of a run, and what it says it did.

use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::dialect::{Loss, loses_data};
use limbeck_core::script::{Depends, Direction, Statement};

use super::backup::Backup;
use super::prepare::Prepared;

/// Whether each revision is a transaction of its own, or the whole run is one.
///
/// # Examples
/// ```
/// use limbeck::{Migrator, Transaction};
///
/// assert_eq!(Transaction::default(), Transaction::PerRevision);
/// let all_or_nothing = Migrator::new("migrations").transaction(Transaction::WholeRun);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transaction {
    /// What is done stays done when a later revision fails.
    #[default]
    PerRevision,
    /// All or nothing, where DDL takes part in transactions (PostgreSQL, SQLite). An autocommit section ends the
    /// transaction, and a new one is begun behind it.
    WholeRun,
}

/// What a run did.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// let outcome = migrator.upgrade("head")?;
/// assert!(outcome.from.is_empty() && outcome.ahead.is_empty());
/// assert_eq!((outcome.to.as_slice(), outcome.steps.len()), (["002".to_owned()].as_slice(), 2));
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The version rows before.
    pub from: Vec<String>,
    /// The version rows after.
    pub to: Vec<String>,
    /// The steps, in the order in which they were done.
    pub steps: Vec<Done>,
    /// Applied revisions that are not in this checkout: the database is ahead.
    pub ahead: Vec<String>,
    /// The backup that was made first, if one was.
    pub backup: Option<Backup>,
}

/// A step that was done.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// let outcome = migrator.upgrade("head")?;
/// let done = &outcome.steps[1];
/// assert_eq!((done.revision.as_str(), done.statements, done.resumed_behind), ("002", 1, 0));
/// println!("{} took {} ms", done.message, done.elapsed.as_millis());
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// `None` for a stamp.
    pub direction: Option<Direction>,
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// The state before, as far as the step concerns it.
    pub from: Vec<String>,
    /// The state after.
    pub to: Vec<String>,
    /// How many statements were run.
    pub statements: usize,
    /// How many an earlier run had finished.
    pub resumed_behind: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// A step that would be done.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// let planned = &migrator.plan_upgrade("head")?[0];
/// assert_eq!((planned.revision.as_str(), planned.file.as_str()), ("001", "001_create_users.sql"));
/// assert_eq!((planned.statements.len(), planned.done), (1, 0));
/// assert_eq!(planned.losses, [None]);
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// Which way.
    pub direction: Direction,
    /// The revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Its file.
    pub file: String,
    /// The state before, as far as the step concerns it.
    pub from: Vec<String>,
    /// The state after.
    pub to: Vec<String>,
    /// What would be run; nothing is known of it where `depends` says why.
    pub statements: Vec<Statement>,
    /// What of the database tells what is run, where only that does.
    pub depends: Option<Depends>,
    /// How each of them may lose data, if it may: what a backup is made before.
    pub losses: Vec<Option<Loss>>,
    /// How many of the statements an interrupted run has finished; they would not be run again.
    pub done: usize,
}

impl Done {
    pub(super) fn new(step: &Prepared, skip: usize, elapsed: Duration) -> Self {
        Self {
            direction: step.direction,
            revision: step.revision.id.clone(),
            message: step.revision.message.clone(),
            from: step.step.from.clone(),
            to: step.step.to.clone(),
            statements: step.statements.len().saturating_sub(skip),
            resumed_behind: skip,
            elapsed,
        }
    }
}

impl Planned {
    pub(super) fn new(step: Prepared, done: usize, dialect: Dialect) -> Self {
        let statements = step.statements.iter();
        let depends = step.program.map(|program| program.depends);
        Self {
            depends,
            losses: statements
                .map(|statement| loses_data(dialect, &statement.sql))
                .collect(),
            done,
            direction: step.direction.unwrap_or(Direction::Upgrade),
            revision: step.revision.id,
            message: step.revision.message,
            file: step.revision.file,
            from: step.step.from,
            to: step.step.to,
            statements: step.statements,
        }
    }
}
