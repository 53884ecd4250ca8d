use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::revision::ResolveError;
use limbeck_core::script::{Direction, ScriptError};

use crate::autogenerate::Unproven;
use crate::catalog::Difference;
use crate::database::backup::BackupError;
use crate::database::{DatabaseError, UrlError};

/// Whatever can go wrong in a verb of [`Migrator`](crate::Migrator).
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::{Error, Migrator};
///
/// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
/// match migrator.upgrade("003") {
///     Err(Error::Locked { holder, .. }) => println!("still held{holder}"),
///     Err(error @ Error::Resolve(_)) => assert!(error.to_string().contains("'003'")),
///     other => panic!("there is no revision 003: {other:?}"),
/// }
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No URL was given.
    #[error(
        "no database was named: give its URL with --url, in DATABASE_URL, or as [database] url in limbeck.toml"
    )]
    NoUrl,
    /// The URL can't be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The revisions can't be read, or don't make a graph.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A target means nothing here.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The database can't be reached, or doesn't let limbeck in.
    #[error("{0}")]
    Connect(#[source] DatabaseError),
    /// The database refused something of limbeck's own.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: DatabaseError,
    },
    /// A revision failed.
    #[error(transparent)]
    Failed(#[from] Box<Failure>),
    /// Applied revisions have been edited since.
    #[error("{}", edited(.0))]
    Edited(Vec<Edit>),
    /// A revision has no way back.
    #[error(
        "revision {revision} ({file}) can't be stepped back on {dialect}: its file has no 'limbeck:downgrade' section \
         for it. Nothing was run. Write the section, or choose a target that is not below {revision}"
    )]
    Irreversible {
        /// The revision.
        revision: String,
        /// Its file.
        file: String,
        /// The database.
        dialect: Dialect,
    },
    /// A revision has nothing to run on this kind of database.
    #[error(
        "revision {revision} ({file}) has no upgrade section for {dialect}: add '-- limbeck:upgrade' or '-- \
         limbeck:upgrade {dialect}'. Nothing was run"
    )]
    NoSection {
        /// The revision.
        revision: String,
        /// Its file.
        file: String,
        /// The database.
        dialect: Dialect,
    },
    /// An id does not fit into the version table.
    #[error(
        "revision id '{revision}' has {length} characters, but {table} was made for {limit}: {}give the revision a shorter \
         id. Nothing was run",
        widen(*limit)
    )]
    IdTooLong {
        /// The id.
        revision: String,
        /// Its length in characters.
        length: usize,
        /// The version table.
        table: String,
        /// What the table takes, in characters.
        limit: usize,
    },
    /// The statements that an interrupted run has finished read otherwise now.
    #[error(
        "{file}: an earlier run of revision {revision} finished {done} of its statements, and these have been changed \
         since: put them back as they were (the rest may be changed), or undo them by hand and say so with 'limbeck \
         repair --restart {revision}'"
    )]
    ResumeChanged {
        /// The revision.
        revision: String,
        /// Its file.
        file: String,
        /// How many statements were done.
        done: usize,
    },
    /// A program that was cut off runs other statements when it is run again.
    #[error(
        "{file}:{line}: an earlier run of revision {revision} finished {done} of its statements and was cut off; run again, it \
         doesn't run the same: {why}. Undo by hand what was done (or leave it, where the revision looks for it itself), and say so \
         with 'limbeck repair --restart {revision}'"
    )]
    ProgramDiffers {
        /// The revision.
        revision: String,
        /// Its file.
        file: String,
        /// The line where it was seen, from 1.
        line: usize,
        /// How many statements were done.
        done: usize,
        /// What is not the same.
        why: String,
    },
    /// There is something to do, and the database can only be read.
    #[error(
        "{database} can't be written: {why}. Nothing was run. Give the URL of the primary; to wait only until the database is \
         migrated, 'limbeck wait' needs no more than this"
    )]
    ReadOnly {
        /// Its URL, without the password.
        database: String,
        /// How that is known.
        why: String,
    },
    /// Somebody else held the lock for too long.
    #[error(
        "another migration holds the lock on this database{holder}, and did not end within {waited:?}: run again when it has"
    )]
    Locked {
        /// Who holds it, where the database tells.
        holder: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The lock was lost during the run.
    #[error(
        "the lock on this database was lost during the run, so that another run could have begun: nothing more was run. See \
         'limbeck status', then run again{}",
        .0.as_ref().map(|error| format!(" ({error})")).unwrap_or_default()
    )]
    LockLost(#[source] Option<DatabaseError>),
    /// The run was stopped by its [`CancelToken`](crate::CancelToken); in the statement that this tells, if one was being run.
    #[error("the run was cancelled{}", .0.as_deref().map_or_else(between_steps, cancelled))]
    Cancelled(Option<Box<Failure>>),
    /// The version table was changed by somebody else between reading and writing.
    #[error(
        "the version table {table} was changed by another program during the run (expected {expected}): nothing of this \
         step was kept. See 'limbeck current', then run again"
    )]
    Disturbed {
        /// The version table.
        table: String,
        /// What was expected there.
        expected: String,
    },
    /// There is no database to test on, or it must not be tested on.
    #[error("{0}")]
    Scratch(String),
    /// A backup can't be made, read or restored.
    #[error(transparent)]
    Backup(Box<BackupError>),
    /// The backup that must come first can't be made.
    #[error(
        "nothing was run, because the backup before it failed: {0}. Mend that, or go on without a backup (--no-backup)"
    )]
    NoBackup(#[source] Box<BackupError>),
    /// The models can't be read, or can't be compared with what they are to be compared with.
    #[error("{0}")]
    Models(String),
    /// The scratch database refused a statement that tells a schema.
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
    /// Something may only have got another name; each is told as `users.fullname:users.name`.
    #[error("{}", renames(.0))]
    Renames(Vec<String>),
    /// What there is can't be made again as it is, so a revision can't be tried on it.
    #[error("{}", no_copy(.0))]
    NoCopy(Vec<Difference>),
    /// The revision that was written from the models does not do what it should.
    #[error(transparent)]
    Unproven(Box<Unproven>),
    /// Models are compared with a database that lacks revisions, or has some that are not in this checkout.
    #[error(
        "the database is not at the heads: it is at {at}, and the heads are {heads}. Bring it \
         there with 'limbeck upgrade heads', or take the checkout that it belongs to, and check again"
    )]
    NotAtHeads {
        /// Its version rows, or `base`.
        at: String,
        /// The heads of the revisions, or `base`.
        heads: String,
    },
    /// A range where none can be, or none where one must be.
    #[error("{0}")]
    Range(String),
    /// A revision named to `repair` or the like is in no state for it.
    #[error("{0}")]
    Repair(String),
    /// The blocking task that ran the migration was ended by the runtime.
    #[cfg(feature = "tokio")]
    #[error("the task that ran the migration did not end by itself: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// A revision whose file no longer says what was run.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let file = dir.path().join("001_create_users.sql");
/// # std::fs::write(&file, "CREATE TABLE users (id INTEGER);").unwrap();
/// # let migrator = Migrator::new(dir.path().to_owned()).url(url).who("alice");
/// migrator.upgrade("head")?;
/// std::fs::write(&file, "CREATE TABLE users (id BIGINT);").unwrap();
/// std::fs::write(dir.path().join("002_next.sql"), "SELECT 1;").unwrap();
/// let Err(limbeck::Error::Edited(edits)) = migrator.upgrade("head") else { panic!("001 was edited") };
/// assert_eq!((edits[0].revision.as_str(), edits[0].applied_by.as_str()), ("001", "alice"));
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// When it was applied: UTC, ISO 8601.
    pub applied_at: String,
    /// By whom.
    pub applied_by: String,
}

fn between_steps() -> String {
    "; what it had done stays, and the next run goes on behind it".to_owned()
}

fn cancelled(failure: &Failure) -> String {
    let Failure {
        file,
        line,
        revision,
        remains,
        ..
    } = failure;
    format!(" in revision {revision} ({file}:{line}): {remains}")
}

fn no_copy(lost: &[Difference]) -> String {
    let mut text = "limbeck can't make a true copy of the schema as it is, so it can't try on one what it wrote, and made no file. A copy \
                    differs in this:"
        .to_owned();
    for difference in lost {
        text.push_str(&format!("\n  {difference}"));
    }
    text + "\nLeave such objects out with [models] ignore, or write the revision untried with --no-verify"
}

fn renames(open: &[String]) -> String {
    let mut text =
        "what may only have got another name would be dropped with its data, and added empty:".to_owned();
    for rename in open {
        let (from, to) = rename.split_once(':').unwrap_or((rename, ""));
        text.push_str(&format!("\n  {from} may be {to} now: --rename {rename}"));
    }
    text + "\nNothing was written. Say which are renames, with --rename or in the models ('-- limbeck:renamed-from OLD'), or say \
            with --allow-drop that none is"
}

fn widen(limit: usize) -> &'static str {
    if limit < crate::run::ID_LENGTH {
        "widen it with 'limbeck ensure-version', or "
    } else {
        ""
    }
}

fn edited(edits: &[Edit]) -> String {
    let mut text = String::from("applied revisions have been edited since:\n");
    for Edit {
        revision,
        file,
        applied_at,
        applied_by,
    } in edits
    {
        text.push_str(&format!(
            "  {revision}  {file}  applied {applied_at} by {applied_by}\n"
        ));
    }
    let first = edits.first().map_or("REV", |edit| edit.revision.as_str());
    text.push_str(&format!(
        "Nothing was run. Put the files back and write a new revision for the change, or, if the database is right as it \
         is, accept the new text with 'limbeck repair --accept {first}'"
    ));
    text
}

/// A statement of a revision failed.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::{Error, Migrator};
/// use limbeck::script::EmbeddedFile;
///
/// const FILES: &[EmbeddedFile] =
///     &[EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);\nDROP TABLE b;" }];
///
/// let Err(Error::Failed(failure)) = Migrator::new(FILES).url("sqlite::memory:").upgrade("head") else {
///     panic!("there is no table b");
/// };
/// assert_eq!((failure.file.as_str(), failure.line, failure.sql.as_str()), ("001_a.sql", 2, "DROP TABLE b"));
/// assert_eq!(failure.source.to_string(), "no such table: b");
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {} of revision {revision} failed: {source}", direction.name())]
pub struct Failure {
    /// The revision.
    pub revision: String,
    /// Which way it was run.
    pub direction: Direction,
    /// Its file.
    pub file: String,
    /// The line in it, from 1, where the database saw the error, or else where the statement starts.
    pub line: usize,
    /// The statement.
    pub sql: String,
    /// Where the database saw the error, in bytes of `sql`.
    pub position: Option<usize>,
    /// What is left of the revision in the database.
    pub remains: Remains,
    /// What the database said.
    pub source: DatabaseError,
}

/// A statement that tells a schema, and that the scratch database refused.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # let dir = tempfile::tempdir().unwrap();
/// use limbeck::{CompareOptions, Error, Migrator, SchemaSource};
///
/// let file = dir.path().join("schema.sql");
/// std::fs::write(&file, "CREATE TABLE a (id int);\nCREATE INDEX i ON b (id);").unwrap();
/// let migrator = Migrator::new("migrations").url("sqlite::memory:");
/// let database = SchemaSource::Database("sqlite::memory:".to_owned());
/// let Err(Error::Refused(refused)) = migrator.compare(&database, &SchemaSource::Sql(file), &CompareOptions::default()) else {
///     panic!("there is no table b");
/// };
/// assert_eq!((refused.line, refused.source.to_string().as_str()), (2, "no such table: main.b"));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {source}")]
pub struct Refused {
    /// The file, or what the program is called that printed the statement.
    pub file: String,
    /// The line in it, from 1, where the database saw the error, or else where the statement starts.
    pub line: usize,
    /// The statement.
    pub sql: String,
    /// Where the database saw the error, in bytes of `sql`.
    pub position: Option<usize>,
    /// What the database said.
    pub source: DatabaseError,
}

impl Refused {
    /// `line` is where the statement starts.
    pub(crate) fn new(file: &str, line: usize, sql: &str, source: DatabaseError) -> Box<Self> {
        let position = source.position.filter(|position| sql.is_char_boundary(*position));
        let before = &sql[..position.unwrap_or_default()];
        Box::new(Self {
            file: file.to_owned(),
            line: line + before.matches('\n').count(),
            sql: sql.to_owned(),
            position,
            source,
        })
    }
}

/// What a failed revision left behind.
///
/// # Examples
/// ```
/// use limbeck::Remains;
///
/// let remains = Remains::Statements { done: 1, total: 3 };
/// assert!(remains.to_string().starts_with("1 of its 3 statements are done and stay"));
/// assert_eq!(Remains::Nothing.to_string(), "nothing of this revision was kept");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remains {
    /// It can't be told: the connection was lost, and the server could not be reached again.
    Unknown,
    /// Nothing: its transaction was rolled back.
    Nothing,
    /// Nothing of the whole run.
    NothingOfRun,
    /// Nothing of the run behind this revision, with whose autocommit section the run's transaction ended.
    NothingBehind(String),
    /// The first statements; the next run goes on behind them.
    Statements {
        /// How many are done.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// The first statements of a program, which is run again by the next run; how many it has is not known before it ends.
    OfProgram {
        /// How many are done.
        done: usize,
    },
}

impl std::fmt::Display for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing of this revision was kept"),
            Self::NothingOfRun => f.write_str("nothing of this run was kept"),
            Self::Unknown => f.write_str(
                "whether it took effect could not be seen, because the server can't be reached again; the next run looks, and \
                 goes on from there",
            ),
            Self::NothingBehind(revision) => {
                write!(f, "nothing of this run behind revision {revision} was kept")
            }
            Self::Statements { done: 0, .. } | Self::OfProgram { done: 0 } => {
                f.write_str("none of its statements took effect")
            }
            Self::OfProgram { done } => write!(
                f,
                "its first {done} statement{} {} done and stay; the next run evaluates it again, and goes on behind them",
                if *done == 1 { "" } else { "s" },
                if *done == 1 { "is" } else { "are" }
            ),
            Self::Statements { done, total } => {
                write!(
                    f,
                    "{done} of its {total} statements are done and stay; the next run goes on behind them"
                )
            }
        }
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Self {
        Self::Backup(Box::new(error))
    }
}

impl Error {
    pub(crate) fn database(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Database { doing, source }
    }
}
