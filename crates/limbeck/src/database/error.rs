//! What can go wrong between limbeck and a database.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::ops::DerefMut;

/// The kind of failure, by what can be done about it.
///
/// ```
/// use limbeck::database::{DatabaseError, ErrorKind};
///
/// fn advice(error: &DatabaseError) -> &'static str {
///     match error.kind {
///         ErrorKind::LockTimeout | ErrorKind::Deadlock => "run it again",
///         ErrorKind::Permission => "ask for the right",
///         _ => "read the message",
///     }
/// }
/// assert_eq!(advice(&DatabaseError::new(ErrorKind::Deadlock, "deadlock detected")), "run it again");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server can't be reached: refused, timed out, or its name is not known.
    Connect,
    /// The server is there but takes no connection now: it starts, stops, or is full.
    NotReady,
    /// The server does not accept the user or the password.
    Authentication,
    /// The server has no database of that name.
    UnknownDatabase,
    /// The connection can't be encrypted as the URL demands.
    Tls,
    /// The file of an SQLite database, a certificate or a key can't be used.
    File,
    /// The server refused the statement.
    Statement,
    /// A revision that is a program stopped by itself.
    Program,
    /// The user lacks a right that the statement needs.
    Permission,
    /// Another session held a lock for longer than this one may wait.
    LockTimeout,
    /// The server ended the transaction because it and another one stood in each other's way.
    Deadlock,
    /// The statement was cancelled, or ran longer than its time limit.
    Cancelled,
    /// The database can't be written to: a replica, or a file opened for reading.
    ReadOnly,
    /// The connection ended while it was in use.
    ConnectionLost,
    /// What was asked for is not possible with this build of limbeck or this kind of database.
    Unsupported,
}

/// The database objects that an error is about, as far as the server names them.
///
/// PostgreSQL names them in the fields of its errors ("Error and Notice Message Fields" in its manual).
///
/// ```
/// use limbeck::database::{DatabaseError, ErrorKind, Object};
///
/// let mut error = DatabaseError::new(ErrorKind::Statement, "duplicate key value");
/// error.object = Object { table: Some("users".to_owned()), ..Object::default() };
/// assert_eq!(error.object.table.as_deref(), Some("users"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// The constraint, or the index that upholds it.
    pub constraint: Option<String>,
    /// The data type.
    pub data_type: Option<String>,
}

/// A failure that a database, or the way to it, reported.
///
/// The fields are those of [`Failure`], which this type dereferences to. No field holds a password.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::database::{self, ErrorKind, Options, Url};
///
/// let url = Url::parse("sqlite::memory:").expect("a good URL");
/// let mut connection = database::connect(&url, &Options::default()).expect("memory is there");
/// let error = connection.execute("SELECT nothing").unwrap_err();
/// assert_eq!(error.kind, ErrorKind::Statement);
/// assert_eq!(error.position, Some(7));
/// # }
/// ```
#[derive(Debug)]
pub struct DatabaseError(Box<Failure>);

/// The fields of a [`DatabaseError`].
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::database::{self, Options, Url};
/// # let mut connection = database::connect(&Url::parse("sqlite::memory:")?, &Options::default())?;
/// let error = connection.execute_many(&["SELECT 1", "SELECT * FROM user"]).unwrap_err();
/// let database::Failure { message, statement, .. } = &*error;
/// assert_eq!((message.as_str(), *statement), ("no such table: user", Some(1)));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// The server's own code: an SQLSTATE, a MySQL error number, or the name of an SQLite code.
    pub code: Option<String>,
    /// More about what happened.
    pub detail: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The byte offset of the failing spot in the statement, where the server tells it.
    pub position: Option<usize>,
    /// Which of several statements sent together failed, counted from zero.
    pub statement: Option<usize>,
    /// The functions and inner statements that led to the failure, innermost first.
    pub context: Option<String>,
    /// The objects that the failure is about.
    pub object: Object,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl DatabaseError {
    /// Creates an error of `kind` with nothing known but its message.
    ///
    /// ```
    /// use limbeck::database::{DatabaseError, ErrorKind};
    ///
    /// let error = DatabaseError::new(ErrorKind::Unsupported, "no such thing").with_hint("use the other");
    /// assert_eq!(error.to_string(), "no such thing");
    /// assert_eq!(error.hint.as_deref(), Some("use the other"));
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Failure {
            kind,
            message: message.into(),
            code: None,
            detail: None,
            hint: None,
            position: None,
            statement: None,
            context: None,
            object: Object::default(),
            source: None,
        }))
    }

    /// Adds what to do next.
    ///
    /// ```
    /// # use limbeck::database::{DatabaseError, ErrorKind};
    /// let error = DatabaseError::new(ErrorKind::Connect, "can't reach the server").with_hint("start it");
    /// assert_eq!(error.hint.as_deref(), Some("start it"));
    /// ```
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the server's code.
    ///
    /// ```
    /// # use limbeck::database::{DatabaseError, ErrorKind};
    /// let error = DatabaseError::new(ErrorKind::Statement, "no such relation").with_code("42P01");
    /// assert_eq!(error.code.as_deref(), Some("42P01"));
    /// ```
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the error that caused this one.
    ///
    /// ```
    /// # use limbeck::database::{DatabaseError, ErrorKind};
    /// use std::error::Error;
    ///
    /// let error = DatabaseError::new(ErrorKind::File, "can't read the key").with_source("permission denied");
    /// assert_eq!(error.source().unwrap().to_string(), "permission denied");
    /// ```
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Tells whether connecting again a little later may succeed without anyone changing anything.
    ///
    /// That is what a service does which starts together with its database.
    ///
    /// ```
    /// use limbeck::database::{DatabaseError, ErrorKind};
    ///
    /// assert!(DatabaseError::new(ErrorKind::Connect, "refused").may_pass());
    /// assert!(!DatabaseError::new(ErrorKind::Authentication, "wrong password").may_pass());
    /// ```
    pub fn may_pass(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Connect | ErrorKind::NotReady | ErrorKind::ConnectionLost
        )
    }
}

impl Deref for DatabaseError {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for DatabaseError {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for DatabaseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| &**source as &(dyn Error + 'static))
    }
}
