mod backup;
mod models;
mod offline;
mod source;
mod test;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::script::Scripts;

use crate::cancel::CancelToken;
use crate::database::{Options, Url};
use crate::error::Error;
use crate::observer::{Event, Observer};
use crate::run::{BackupPolicy, Early, Limits, LockMode, Run, Transaction};

pub use source::{Reader, Source};

/// Applies, inspects and steps back a project's revisions on one database.
///
/// Two migrators share nothing, so one process can migrate several databases at once.
///
/// # Errors
/// Every method that connects reads the revisions too, while it connects to a server, and before it opens a file of SQLite's. What is
/// wrong with them or with the URL counts first. So it fails, besides with the errors that it names, with [`Error::Script`],
/// [`Error::NoUrl`], [`Error::Url`], [`Error::Connect`] and [`Error::Database`].
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # let dir = tempfile::tempdir().unwrap();
/// # let (migrations, url) = (dir.path().join("migrations"), format!("sqlite:///{}", dir.path().join("app.db").display()));
/// # std::fs::create_dir(&migrations).unwrap();
/// # std::fs::write(migrations.join("001_create_users.sql"), "CREATE TABLE users (id INTEGER);").unwrap();
/// let migrator = limbeck::Migrator::new(migrations).url(url);
/// let outcome = migrator.upgrade("head")?;
/// assert_eq!(outcome.to, ["001"]);
/// assert!(migrator.upgrade("head")?.steps.is_empty());
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Clone)]
pub struct Migrator {
    source: Source,
    url: Option<String>,
    options: Options,
    version_table: String,
    version_table_schema: Option<String>,
    transaction: Transaction,
    connect_wait: Duration,
    lock: LockMode,
    lock_wait: Duration,
    lease: Duration,
    cancel_token: CancelToken,
    limits: Limits,
    backup: Option<BackupPolicy>,
    who: String,
    observer: Arc<dyn Observer>,
}

/// Nobody wants to know.
pub(crate) struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}

impl Migrator {
    /// Takes revisions from a directory, or from [`embed!`](crate::embed).
    ///
    /// # Examples
    /// ```
    /// use limbeck::Migrator;
    ///
    /// let built_in = Migrator::new(limbeck::embed!("tests/migrations"));
    /// let from_directory = Migrator::new("tests/migrations");
    /// assert_eq!(built_in.scripts()?.graph().heads(), from_directory.scripts()?.graph().heads());
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn new(source: impl Into<Source>) -> Self {
        Self {
            source: source.into(),
            url: None,
            options: Options::default(),
            version_table: "alembic_version".to_owned(),
            version_table_schema: None,
            transaction: Transaction::default(),
            connect_wait: Duration::ZERO,
            lock: LockMode::default(),
            lock_wait: Duration::from_secs(60),
            lease: Duration::from_secs(15),
            cancel_token: CancelToken::new(),
            limits: Limits {
                lock_timeout: Some(Duration::from_secs(3)),
                statement_timeout: None,
                retries: 10,
            },
            backup: None,
            who: format!("pid {}", std::process::id()),
            observer: Arc::new(Silent),
        }
    }

    /// Names the database. The URL is read when a verb connects.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Error, Migrator};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations"));
    /// assert!(matches!(migrator.upgrade("head"), Err(Error::NoUrl)));
    /// assert_eq!(migrator.url("sqlite:///app.db").display_url()?, "sqlite:///app.db");
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets how to connect. [`Migrator::lock_wait`] takes the place of its `busy_timeout`.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// use limbeck::database::Options;
    ///
    /// let options = Options { create_file: false, ..Options::default() };
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url).options(options);
    /// assert!(matches!(migrator.upgrade("head"), Err(limbeck::Error::Connect(_))));
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Names the version table; `alembic_version` otherwise (Alembic's `version_table`).
    ///
    /// The journal is then called after it, so that two services can share one database.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// let billing = Migrator::new(limbeck::embed!("tests/migrations")).url(&url).version_table("billing_version");
    /// billing.upgrade("001")?;
    /// assert_eq!(billing.current()?, ["001"]);
    /// assert!(Migrator::new(limbeck::embed!("tests/migrations")).url(&url).current()?.is_empty());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn version_table(mut self, table: impl Into<String>) -> Self {
        self.version_table = table.into();
        self
    }

    /// Names the schema of the version table; the current schema otherwise (Alembic's `version_table_schema`).
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).version_table_schema(Some("ops".to_owned()));
    /// assert!(migrator.upgrade_sql(Dialect::Postgresql, "head")?.contains(r#""ops"."alembic_version""#));
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn version_table_schema(mut self, schema: Option<String>) -> Self {
        self.version_table_schema = schema;
        self
    }

    /// Sets whether each revision or the whole run is one transaction (Alembic's `transaction_per_migration`).
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// use limbeck::{Error, Remains, Transaction, script::EmbeddedFile};
    ///
    /// const FILES: &[EmbeddedFile] = &[
    ///     EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);" },
    ///     EmbeddedFile { name: "002_b.sql", text: "DROP TABLE b;" },
    /// ];
    /// let migrator = Migrator::new(FILES).url("sqlite::memory:").transaction(Transaction::WholeRun);
    /// let Err(Error::Failed(failure)) = migrator.upgrade("head") else { panic!("there is no table b") };
    /// assert_eq!(failure.remains, Remains::NothingOfRun);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn transaction(mut self, transaction: Transaction) -> Self {
        self.transaction = transaction;
        self
    }

    /// Sets how long to wait for a server that can't be reached yet; not at all otherwise.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").connect_wait(Duration::from_secs(60));
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn connect_wait(mut self, limit: Duration) -> Self {
        self.connect_wait = limit;
        self
    }

    /// Sets how long to wait for another run's lock; a minute otherwise.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// use std::time::Duration;
    ///
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).lock_wait(Duration::from_secs(5));
    /// assert_eq!(migrator.url("sqlite::memory:").upgrade("head")?.steps.len(), 2);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn lock_wait(mut self, limit: Duration) -> Self {
        self.lock_wait = limit;
        self
    }

    /// Sets how runs on one database are kept apart; [`LockMode::Auto`] otherwise.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{LockMode, Migrator};
    /// let migrator = Migrator::new("migrations").lock(LockMode::Lease);
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn lock(mut self, mode: LockMode) -> Self {
        self.lock = mode;
        self
    }

    /// Sets how long a lease lasts when its holder is gone; 15 seconds otherwise. A holder renews it three times as often.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").lease(Duration::from_secs(60));
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn lease(mut self, length: Duration) -> Self {
        self.lease = length;
        self
    }

    /// Has a token stop its runs.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{CancelToken, Migrator};
    /// let token = CancelToken::new();
    /// let migrator = Migrator::new("migrations").cancel_token(&token);
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn cancel_token(mut self, token: &CancelToken) -> Self {
        self.cancel_token = token.clone();
        self
    }

    /// Sets how long a revision's statement may wait for a lock that the application has; three seconds otherwise. `None` is
    /// for as long as the server lets it. SQLite has no such limit.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").lock_timeout(Some(Duration::from_secs(1)));
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn lock_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.lock_timeout = limit;
        self
    }

    /// Sets how long a revision's statement may run; as long as the server lets it otherwise. For PostgreSQL and MariaDB.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").statement_timeout(Some(Duration::from_secs(600)));
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn statement_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.statement_timeout = limit;
        self
    }

    /// Sets how often a revision that waited for a lock for too long is tried again, with pauses that grow to eight
    /// seconds and more; ten times otherwise.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").retries(20);
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.limits.retries = count;
        self
    }

    /// Says who runs it, for the journal; the process id otherwise.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url).who("deploy 4711");
    /// migrator.upgrade("head")?;
    /// assert_eq!(migrator.log()?[0].who, "deploy 4711");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn who(mut self, who: impl Into<String>) -> Self {
        self.who = who.into();
        self
    }

    /// Has an observer told what happens.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// use limbeck::{Event, Observer};
    ///
    /// struct Log;
    /// impl Observer for Log {
    ///     fn event(&self, event: &Event<'_>) {
    ///         if let Event::Statement { file, line, sql, .. } = event {
    ///             println!("{file}:{line}: {sql}");
    ///         }
    ///     }
    /// }
    /// Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:").observer(Log).upgrade("head")?;
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Reads the revisions.
    ///
    /// # Errors
    /// [`Error::Script`] when a file can't be read or understood, or the revisions make no graph.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::Migrator;
    /// let scripts = Migrator::new(limbeck::embed!("tests/migrations")).scripts()?;
    /// assert_eq!(scripts.graph().len(), 2);
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn scripts(&self) -> Result<Arc<Scripts>, Error> {
        self.source.read()
    }

    /// Returns the kind of database that the URL names, without connecting.
    ///
    /// # Errors
    /// [`Error::NoUrl`] and [`Error::Url`].
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let migrator = Migrator::new("migrations").url("postgres://localhost/registry");
    /// assert_eq!(migrator.dialect()?, Dialect::Postgresql);
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn dialect(&self) -> Result<Dialect, Error> {
        Ok(self.parsed_url()?.dialect())
    }

    /// Returns the URL as it may be shown: without its password.
    ///
    /// # Errors
    /// [`Error::NoUrl`] and [`Error::Url`].
    ///
    /// # Examples
    /// ```
    /// # use limbeck::Migrator;
    /// let migrator = Migrator::new("migrations").url("postgres://app:secret@db/registry");
    /// assert_eq!(migrator.display_url()?, "postgres://app:***@db/registry");
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn display_url(&self) -> Result<String, Error> {
        Ok(self.parsed_url()?.to_string())
    }

    fn parsed_url(&self) -> Result<Url, Error> {
        Ok(Url::parse(self.url.as_deref().ok_or(Error::NoUrl)?)?)
    }

    fn with_run<T>(&self, verb: impl FnOnce(&Run<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let url = self.parsed_url();
        // SQLite's lock is the transaction itself, and is waited for as any other.
        let options = Options {
            busy_timeout: self.lock_wait,
            ..self.options.clone()
        };
        let early = match &url {
            Ok(url) if self.source.takes_time() => Early::connect(url, &options),
            _ => Early::default(),
        };
        let (scripts, url) = (self.scripts()?, url?);
        verb(&Run {
            scripts: &scripts,
            url: &url,
            options: &options,
            early,
            schema: self.version_table_schema.as_deref(),
            version_table: &self.version_table,
            observer: &self.observer,
            who: &self.who,
            connect_wait: self.connect_wait,
            lock_mode: self.lock,
            lock_wait: self.lock_wait,
            lease: self.lease,
            brake: self.cancel_token.brake(),
            limits: self.limits,
            transaction: self.transaction,
            backup: self.backup.as_ref(),
            beside: None,
        })
    }
}
