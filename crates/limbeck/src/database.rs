//! Connections to databases: SQLite, PostgreSQL, MySQL and MariaDB behind one trait.
//!
//! Statements go to the server as text and values come back as text, so that nothing stands between
//! a revision file and the database. A connection is blocking; a program that is asynchronous runs it
//! on a thread for blocking work.
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use limbeck::database::{self, Options, Url};
//!
//! let url = Url::parse("sqlite::memory:")?;
//! let mut connection = database::connect(&url, &Options::default())?;
//! connection.execute("CREATE TABLE codebundles (name TEXT NOT NULL)")?;
//! connection.execute("INSERT INTO codebundles VALUES ('k8s-podresources')")?;
//! let rows = connection.query("SELECT name FROM codebundles")?;
//! assert_eq!(rows, [[Some("k8s-podresources".to_owned())]]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Each driver's part needs its share of what all are given.
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, unused_variables)
)]
pub(crate) mod backup;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod batch;
mod db_api;
mod error;
#[cfg(feature = "mysql")]
mod mysql;
mod pooler;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod reach;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod tls;
// A URL is read whole whichever drivers there are, and some of what it says is then not asked for.
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, unused_imports)
)]
mod url;

use std::fmt;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::script::Answer;
use tracing::field::Empty;
use tracing::info_span;

use crate::trace::traced;

pub use error::DatabaseError;
pub use error::ErrorKind;
pub use error::Failure;
pub use error::Object;
pub(crate) use pooler::is_pooled;
pub use url::Url;
pub use url::UrlError;

/// A row of a result: every value as the server writes it, `None` for NULL.
///
/// Bytes that are not text come as `\x` and hexadecimal digits.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// let rows: Vec<database::Row> = connection.query("SELECT 1.5, NULL, x'ff'")?;
/// assert_eq!(rows, [[Some("1.5".to_owned()), None, Some("\\xff".to_owned())]]);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Row = Vec<Option<String>>;

/// How to connect, as far as the URL leaves it open.
///
/// ```
/// use std::time::Duration;
/// use limbeck::database::Options;
///
/// let options = Options { connect_timeout: Duration::from_secs(3), ..Options::default() };
/// assert_eq!(options.application_name, "limbeck");
/// ```
#[derive(Clone)]
pub struct Options {
    /// How long one attempt to reach a server may take, the log-in included.
    pub connect_timeout: Duration,
    /// The schemas that unqualified names are looked up in (PostgreSQL), as in `SET search_path`.
    pub search_path: Option<String>,
    /// How long SQLite waits for another process's lock.
    pub busy_timeout: Duration,
    /// Whether an SQLite file that is not there is created. Off, connecting to it fails with
    /// [`ErrorKind::UnknownDatabase`], as on a server: for commands that only look.
    pub create_file: bool,
    /// The name that the server's activity views show.
    pub application_name: String,
    /// The user where the URL names none.
    pub default_user: Option<String>,
    /// The password where the URL holds none.
    pub default_password: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            search_path: None,
            busy_timeout: Duration::from_secs(5),
            create_file: true,
            application_name: "limbeck".to_owned(),
            default_user: None,
            default_password: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connect_timeout", &self.connect_timeout)
            .field("search_path", &self.search_path)
            .field("busy_timeout", &self.busy_timeout)
            .field("create_file", &self.create_file)
            .field("application_name", &self.application_name)
            .field("default_user", &self.default_user)
            .field("default_password", &self.default_password.as_ref().map(|_| "***"))
            .finish()
    }
}

/// How important a notice is.
///
/// ```
/// use limbeck::database::Severity;
///
/// assert!(Severity::Warning > Severity::Notice);
/// assert_eq!(Severity::Warning.to_string(), "warning");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// For who looks for a fault.
    Debug,
    /// For the server's log.
    Log,
    /// Asked for by the statement.
    Info,
    /// Worth knowing: what MySQL calls a note.
    Notice,
    /// Likely to be a problem.
    Warning,
    /// An error that did not stop the statement.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Log => "log",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something that the server said about a statement that went well.
///
/// ```
/// use limbeck::database::{Notice, Severity};
///
/// let notice = Notice {
///     severity: Severity::Notice,
///     message: "relation \"users\" already exists, skipping".to_owned(),
///     code: Some("42P07".to_owned()),
///     detail: None,
///     hint: None,
/// };
/// assert_eq!(format!("{}: {}", notice.severity, notice.code.as_deref().unwrap_or("")), "notice: 42P07");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How important it is.
    pub severity: Severity,
    /// What the server said.
    pub message: String,
    /// The server's code: an SQLSTATE, or a MySQL error number.
    pub code: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What one statement did.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// let outcomes = connection.run(
///     &["CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (1), (2)", "SELECT i FROM t"],
///     database::Keep::Rows,
/// )?;
/// assert_eq!((outcomes[1].affected, outcomes[2].rows.len()), (2, 2));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many rows it changed, or found for an `UPDATE` that changed none, as far as the server tells.
    pub affected: u64,
    /// The rows that it returned.
    pub rows: Vec<Row>,
}

/// What happens to the rows that statements return.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// use limbeck::database::Keep;
///
/// assert_eq!(connection.run(&["SELECT 1"], Keep::Rows)?[0].rows.len(), 1);
/// assert_eq!(connection.run(&["SELECT 1"], Keep::Nothing)?[0].rows.len(), 0);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// They are returned.
    Rows,
    /// They are read and dropped, one by one.
    Nothing,
}

/// A connection to a database.
///
/// It is dropped to be closed; an open transaction is then rolled back.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// connection.execute_many(&["CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (1)"])?;
/// if connection.dialect().transactional_ddl() {
///     connection.execute_many(&["BEGIN", "DROP TABLE t", "ROLLBACK"])?;
///     assert_eq!(connection.query("SELECT i FROM t")?.len(), 1);
/// }
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Connection: Send {
    /// Returns the kind of database, as the server says it: a MariaDB behind a `mysql://` URL is MariaDB.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// assert_eq!(connection.dialect(), limbeck::Dialect::Sqlite);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn dialect(&self) -> Dialect;

    /// Returns the server's product and version, such as `PostgreSQL 15.18`.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// assert!(connection.server().starts_with("SQLite 3."));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn server(&self) -> &str;

    /// Runs statements in the order given, and stops at the first that fails.
    ///
    /// Each text is one statement. PostgreSQL and MySQL are sent all of them at once and answer at
    /// once, so many statements cost one round trip.
    ///
    /// PostgreSQL makes a transaction of statements that come together, and a `BEGIN` among them takes
    /// in those before it; SQLite and MySQL do not. So that it is the same everywhere, let `BEGIN` come
    /// first and `COMMIT` last. MySQL tells the results of a `CALL` apart only if it comes alone.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// let outcomes = connection.run(&["CREATE TABLE t (i INTEGER)", "SELECT * FROM t"], Keep::Rows)?;
    /// assert_eq!(outcomes[1].rows.len(), 0);
    /// let error = connection.run(&["SELECT 1", "SELECT oops"], Keep::Nothing).unwrap_err();
    /// assert_eq!(error.statement, Some(1));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with the error of the first failing statement; [`Failure::statement`] tells which it was.
    fn run(&mut self, statements: &[&str], keep: Keep) -> Result<Vec<Outcome>, DatabaseError>;

    /// Runs one statement, and returns its rows as values of their types.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Options, Url};
    /// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
    /// use limbeck::script::Datum;
    ///
    /// let answer = connection.query_typed("SELECT 1.5 AS price, 'k8s' AS name")?;
    /// assert_eq!(answer.columns, ["price", "name"]);
    /// assert_eq!(answer.rows, [[Datum::Float(1.5), Datum::Text("k8s".to_owned())]]);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with what the server says when it refuses the statement.
    fn query_typed(&mut self, sql: &str) -> Result<Answer, DatabaseError>;

    /// Takes what the server said about the statements since the last call.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// connection.execute("SELECT 1")?;
    /// assert!(connection.take_notices().is_empty());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn take_notices(&mut self) -> Vec<Notice>;

    /// Tells whether the connection is known to have ended.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// assert!(!connection.is_closed());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn is_closed(&self) -> bool;

    /// Returns a handle that other threads can cancel the running statement with.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// let canceller = connection.canceller();
    /// std::thread::spawn(move || canceller.cancel()).join().expect("it does not panic")?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn canceller(&self) -> Box<dyn Cancel>;

    /// Returns the number that the session was given when it was opened: PostgreSQL's process id, MySQL's connection id.
    /// `None` where there are no sessions (SQLite).
    ///
    /// A server counts its own sessions. A number that differs from `pg_backend_pid()` or `CONNECTION_ID()` comes from a
    /// pooler between here and there.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Options, Url};
    /// let connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
    /// assert_eq!(connection.session_id(), None);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn session_id(&self) -> Option<u64>;

    /// Runs one statement, and returns how many rows it changed.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// connection.execute("CREATE TABLE t (i INTEGER)")?;
    /// assert_eq!(connection.execute("INSERT INTO t VALUES (1), (2)")?, 2);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with what the server says when it refuses the statement.
    fn execute(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let outcomes = self.run(&[sql], Keep::Nothing)?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.affected))
    }

    /// Runs one statement, and returns its rows.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// let rows = connection.query("SELECT 1, NULL")?;
    /// assert_eq!(rows, [[Some("1".to_owned()), None]]);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with what the server says when it refuses the statement.
    fn query(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let outcomes = self.run(&[sql], Keep::Rows)?;
        Ok(outcomes.into_iter().next().unwrap_or_default().rows)
    }

    /// Runs several statements in as few round trips as the database allows, as [`Self::run`] does.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// connection.execute_many(&["BEGIN", "CREATE TABLE t (i INTEGER)", "COMMIT"])?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with the error of the first failing statement.
    fn execute_many(&mut self, statements: &[&str]) -> Result<(), DatabaseError> {
        self.run(statements, Keep::Nothing).map(drop)
    }

    /// Runs several queries as [`Self::run`] does, and returns the rows of each.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
    /// # let url = Url::parse("sqlite::memory:")?;
    /// # let mut connection = database::connect(&url, &Options::default())?;
    /// let sets = connection.query_many(&["SELECT 1", "SELECT 2 UNION SELECT 3"])?;
    /// assert_eq!((sets[0].len(), sets[1].len()), (1, 2));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails with the error of the first failing statement.
    fn query_many(&mut self, statements: &[&str]) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let outcomes = self.run(statements, Keep::Rows)?;
        Ok(outcomes.into_iter().map(|outcome| outcome.rows).collect())
    }
}

/// Cancels the statement that a connection is running.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// use limbeck::database::{Cancel, DatabaseError, ErrorKind};
/// use std::sync::mpsc::{RecvTimeoutError, channel};
/// use std::time::Duration;
///
/// let canceller: Box<dyn Cancel> = connection.canceller();
/// let (done, waiting) = channel::<()>();
/// let thread = std::thread::spawn(move || {
///     // Again and again: what is cancelled before it has begun goes on.
///     while waiting.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
///         canceller.cancel()?;
///     }
///     Ok::<(), DatabaseError>(())
/// });
/// let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
/// assert_eq!(connection.query(endless).unwrap_err().kind, ErrorKind::Cancelled);
/// drop(done);
/// thread.join().expect("it does not panic")?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Cancel: Send + Sync {
    /// Asks the server to cancel whatever the connection is running now.
    ///
    /// The statement then fails with [`ErrorKind::Cancelled`], unless it ends first.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::database::{self, Options, Url};
    /// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
    /// let canceller = connection.canceller();
    /// canceller.cancel()?;
    /// assert_eq!(connection.query("SELECT 'nothing was running'")?.len(), 1);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails when the server can't be asked. Whether it heeds the request is not known here.
    fn cancel(&self) -> Result<(), DatabaseError>;
}

/// Connects to the database at `url`.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Cancel, Connection, Keep, Options, Url};
/// # let url = Url::parse("sqlite::memory:")?;
/// # let mut connection = database::connect(&url, &Options::default())?;
/// assert_eq!(connection.query("SELECT 'it works'")?.len(), 1);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Fails when the server can't be reached or refuses the log-in, when the file can't be used, and when
/// the driver was left out of this build.
pub fn connect(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    let span = info_span!("connect", %url, elapsed_ms = Empty, error = Empty);
    traced(&span, || open(url, options))
}

fn open(url: &Url, options: &Options) -> Result<Box<dyn Connection>, DatabaseError> {
    match url.dialect() {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::connect(url, options),
        #[cfg(feature = "postgres")]
        Dialect::Postgresql => postgres::connect(url, options),
        #[cfg(feature = "mysql")]
        Dialect::Mysql | Dialect::Mariadb => mysql::connect(url, options),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        dialect => {
            let _ = options;
            Err(left_out(dialect))
        }
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn left_out(dialect: Dialect) -> DatabaseError {
    let (name, feature) = match dialect {
        Dialect::Sqlite => ("SQLite", "sqlite"),
        Dialect::Postgresql => ("PostgreSQL", "postgres"),
        Dialect::Mysql => ("MySQL", "mysql"),
        Dialect::Mariadb => ("MariaDB", "mysql"),
    };
    DatabaseError::new(
        ErrorKind::Unsupported,
        format!("limbeck was built without its driver for {name}"),
    )
    .with_hint(format!("build it with the Cargo feature '{feature}'"))
}

/// Bytes that are not text, as text.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String can't fail");
    }
    text
}

#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_was_left_out_is_named() {
        let url = Url::parse("postgresql://localhost/registry").expect("the URL is right");
        let error = connect(&url, &Options::default())
            .err()
            .expect("the driver is not there");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(
            error.to_string(),
            "limbeck was built without its driver for PostgreSQL"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("build it with the Cargo feature 'postgres'")
        );
    }
}
