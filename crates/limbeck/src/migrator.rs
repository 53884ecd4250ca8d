use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::revision::Step;
use limbeck_core::script::{EmbeddedFile, Scripts};

use crate::database::{Options, Url};
use crate::error::Error;
use crate::observer::{Event, Observer};
use crate::run::{self, Attempt, Limits, Offline, Outcome, Planned, Run, Status, Tables, Transaction};

/// Applies, inspects and steps back a project's revisions on one database.
///
/// Two migrators share nothing, so one process can migrate several databases at once.
///
/// # Errors
/// Every method that connects reads the revisions and the URL first, and so fails, besides with the errors that it names, with
/// [`Error::Script`], [`Error::NoUrl`], [`Error::Url`], [`Error::Connect`] and [`Error::Database`].
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
    lock_wait: Duration,
    limits: Limits,
    who: String,
    observer: Arc<dyn Observer>,
}

/// Where a migrator finds its revisions.
///
/// # Examples
/// ```
/// use limbeck::{Migrator, Source};
/// use limbeck::script::EmbeddedFile;
///
/// const FILES: &[EmbeddedFile] = &[EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);" }];
/// assert_eq!(Migrator::new(FILES).scripts()?.graph().heads(), ["001"]);
/// assert!(matches!(Source::from("migrations"), Source::Directories(of) if of.len() == 1));
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// In the program itself: what [`embed!`](crate::embed) gives.
    Embedded(&'static [EmbeddedFile]),
    /// In directories, read whenever a verb needs them.
    Directories(Vec<PathBuf>),
    /// In revisions read before.
    Scripts(Arc<Scripts>),
}

impl From<&'static [EmbeddedFile]> for Source {
    fn from(files: &'static [EmbeddedFile]) -> Self {
        Self::Embedded(files)
    }
}

impl From<PathBuf> for Source {
    fn from(directory: PathBuf) -> Self {
        Self::Directories(vec![directory])
    }
}

impl From<&str> for Source {
    fn from(directory: &str) -> Self {
        Self::Directories(vec![directory.into()])
    }
}

impl From<Vec<PathBuf>> for Source {
    fn from(directories: Vec<PathBuf>) -> Self {
        Self::Directories(directories)
    }
}

impl From<Arc<Scripts>> for Source {
    fn from(scripts: Arc<Scripts>) -> Self {
        Self::Scripts(scripts)
    }
}

struct Silent;

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
            lock_wait: Duration::from_secs(60),
            limits: Limits {
                lock_timeout: Some(Duration::from_secs(3)),
                statement_timeout: None,
                retries: 10,
            },
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

    /// Sets how long a revision's statement may wait for a lock that the application has; three seconds otherwise. `None` is
    /// for as long as the server lets it. SQLite has no such limit.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.lock_timeout = limit;
        self
    }

    /// Sets how long a revision's statement may run; as long as the server lets it otherwise. For PostgreSQL and MariaDB.
    #[must_use]
    pub fn statement_timeout(mut self, limit: Option<Duration>) -> Self {
        self.limits.statement_timeout = limit;
        self
    }

    /// Sets how often a revision that waited for a lock for too long is tried again, with pauses that grow to eight
    /// seconds and more; ten times otherwise.
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
    ///         if let Event::Statement { sql } = event {
    ///             println!("{sql}");
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
        Ok(match &self.source {
            Source::Embedded(files) => Arc::new(Scripts::embedded(files)?),
            Source::Directories(directories) => Arc::new(Scripts::read(directories)?),
            Source::Scripts(scripts) => Arc::clone(scripts),
        })
    }

    /// Applies what is missing up to `target`: `head`, `heads`, an id, `+1`, `label@head` (Alembic's `upgrade`).
    ///
    /// With nothing to do it writes nothing and takes no lock.
    ///
    /// # Errors
    /// - [`Error::Resolve`] when the target means nothing.
    /// - [`Error::Edited`], [`Error::ResumeChanged`], [`Error::NoSection`] and [`Error::IdTooLong`], before anything is run.
    /// - [`Error::Locked`] when the lock can't be had, and [`Error::Disturbed`] when another program wrote the version table.
    /// - [`Error::Failed`] when a statement fails; it tells what is left of the revision then.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// let outcome = migrator.upgrade("head")?;
    /// assert_eq!((outcome.from, outcome.to), (vec![], vec!["002".to_owned()]));
    /// assert_eq!(outcome.steps[1].message, "add the address of a user");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn upgrade(&self, target: &str) -> Result<Outcome, Error> {
        self.with_run(|run| run.execute(&|known, rows| known.graph.upgrade(rows, known.target(target))))
    }

    /// Steps back to `target`: an id, `base`, `-1`, `label@base` (Alembic's `downgrade`).
    ///
    /// A revision that a newer checkout applied is stepped back with the SQL that the journal keeps of it.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`]; and [`Error::Irreversible`], before anything is run, when a revision on the way has
    /// no way back.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("head")?;
    /// assert_eq!(migrator.downgrade("-1")?.to, ["001"]);
    /// assert!(matches!(migrator.downgrade("base"), Err(limbeck::Error::Irreversible { .. })));
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn downgrade(&self, target: &str) -> Result<Outcome, Error> {
        self.with_run(|run| run.execute(&|known, rows| known.graph.downgrade(rows, target)))
    }

    /// Writes version rows as if the revisions up to `targets` had been applied, and runs nothing (Alembic's `stamp`).
    /// With `purge` all rows are removed first.
    ///
    /// # Errors
    /// [`Error::Resolve`] when a target means nothing, [`Error::IdTooLong`] when an id doesn't fit, [`Error::Locked`] when the
    /// lock can't be had, and [`Error::Disturbed`] when another program wrote the version table.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// let outcome = migrator.stamp(&["001".to_owned()], false)?;
    /// assert_eq!(outcome.to, ["001"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn stamp(&self, targets: &[String], purge: bool) -> Result<Outcome, Error> {
        self.with_run(|run| {
            run.execute(&|known, rows| {
                if !purge {
                    return known.graph.stamp(rows, targets);
                }
                let mut steps = known.graph.stamp(&[], targets)?;
                steps.splice(0..0, run::purge(rows));
                Ok(steps)
            })
        })
    }

    /// Reads the version rows. Writes nothing.
    ///
    /// An SQLite file that is not there is an empty database, and is not created.
    ///
    /// # Errors
    /// [`Error::Connect`] when the database can't be reached, and [`Error::Database`] when it can't be read.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// assert!(migrator.current()?.is_empty());
    /// migrator.upgrade("001")?;
    /// assert_eq!(migrator.current()?, ["001"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn current(&self) -> Result<Vec<String>, Error> {
        self.with_run(|run| run.look()?.rows())
    }

    /// Tells for each revision whether it is applied, pending, edited or cut off. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Connect`] when the database can't be reached, [`Error::Database`] when it can't be read, and [`Error::Script`]
    /// when a revision's file can't be.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("001")?;
    /// let status = migrator.status()?;
    /// assert!(!status.is_current());
    /// assert_eq!(status.revisions[1].state, limbeck::State::Pending);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn status(&self) -> Result<Status, Error> {
        self.with_run(run::status)
    }

    /// Reads the journal, oldest attempt first. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Connect`] when the database can't be reached, and [`Error::Database`] when it can't be read.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("head")?;
    /// migrator.downgrade("001")?;
    /// let directions: Vec<String> = migrator.log()?.into_iter().map(|attempt| attempt.direction).collect();
    /// assert_eq!(directions, ["upgrade", "upgrade", "downgrade"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn log(&self) -> Result<Vec<Attempt>, Error> {
        self.with_run(|run| run.look()?.attempts())
    }

    /// Tells what [`Migrator::upgrade`] would run. Writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`], for what can be known beforehand.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// let plan = migrator.plan_upgrade("head")?;
    /// assert_eq!(plan[1].statements[0].sql, "ALTER TABLE users ADD COLUMN email VARCHAR(200)");
    /// assert!(migrator.current()?.is_empty());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn plan_upgrade(&self, target: &str) -> Result<Vec<Planned>, Error> {
        self.with_run(|run| run.plan(&|known, rows| known.graph.upgrade(rows, known.target(target))))
    }

    /// Tells what [`Migrator::downgrade`] would run. Writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::downgrade`], for what can be known beforehand.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("head")?;
    /// let plan = migrator.plan_downgrade("-1")?;
    /// assert_eq!(plan[0].statements[0].sql, "ALTER TABLE users DROP COLUMN email");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn plan_downgrade(&self, target: &str) -> Result<Vec<Planned>, Error> {
        self.with_run(|run| run.plan(&|known, rows| known.graph.downgrade(rows, target)))
    }

    /// Makes limbeck's own tables where they are missing, and a version table of Alembic's width wider. Returns
    /// whether it was widened.
    ///
    /// # Errors
    /// [`Error::Connect`] when the database can't be reached, and [`Error::Database`] when it refuses a statement.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// assert!(!migrator.ensure_version()?);
    /// assert!(migrator.current()?.is_empty());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn ensure_version(&self) -> Result<bool, Error> {
        self.with_run(|run| {
            let mut session = run.session()?;
            session.qualify()?;
            let rows = session.rows()?;
            let known = session.known(run.scripts, &rows)?;
            if session.claim(&known, &rows, run.who)? {
                run.observer.event(&Event::Adopted { rows: &rows });
            }
            session.widen()
        })
    }

    /// Accepts the present text of an applied revision that was edited, and notes in the journal who did. Returns the
    /// revision's id.
    ///
    /// # Errors
    /// [`Error::Resolve`] when no revision is called so, [`Error::Repair`] when it is not applied or its file is not here, and
    /// [`Error::Locked`] when the lock can't be had.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let file = dir.path().join("001_create_users.sql");
    /// # std::fs::write(&file, "CREATE TABLE users (id INTEGER);").unwrap();
    /// # let migrator = Migrator::new(dir.path().to_owned()).url(url);
    /// migrator.upgrade("head")?;
    /// std::fs::write(&file, "CREATE TABLE users (id INTEGER NOT NULL);").unwrap();
    /// assert_eq!(migrator.accept("head")?, "001");
    /// assert!(migrator.status()?.is_current());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn accept(&self, revision: &str) -> Result<String, Error> {
        self.with_run(|run| run::accept(run, revision))
    }

    /// Forgets how far an interrupted run of a revision came, because its statements were undone by hand. Returns the
    /// revision's id.
    ///
    /// # Errors
    /// [`Error::Resolve`] when no revision is called so, [`Error::Repair`] when no run of it was cut off, and [`Error::Locked`]
    /// when the lock can't be had.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// use limbeck::script::EmbeddedFile;
    ///
    /// const TEXT: &str = "-- limbeck:upgrade autocommit\nCREATE TABLE a (id int);\nDROP TABLE b;";
    /// const FILES: &[EmbeddedFile] = &[EmbeddedFile { name: "001_a.sql", text: TEXT }];
    /// let migrator = Migrator::new(FILES).url(&url);
    /// assert!(migrator.upgrade("head").is_err());
    ///
    /// // Somebody drops table a by hand; the next run starts at the first statement again.
    /// assert_eq!(migrator.restart("001")?, "001");
    /// assert_eq!(migrator.plan_upgrade("head")?[0].done, 0);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn restart(&self, revision: &str) -> Result<String, Error> {
        self.with_run(|run| run::restart(run, revision))
    }

    /// Writes the script of an upgrade, without a connection: `target`, or `start:target`, where `start` is the state of the
    /// database (`base` otherwise; several ids with commas). Alembic calls it
    /// "Offline Mode".
    ///
    /// # Errors
    /// [`Error::Resolve`] when a target means nothing, [`Error::NoSection`] when a revision has nothing to run on `dialect`,
    /// [`Error::Range`] when one leaves its database with `USE`, and [`Error::Script`] when the revisions can't be read.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations"));
    /// let sql = migrator.upgrade_sql(Dialect::Postgresql, "001:head")?;
    /// assert!(sql.contains("ALTER TABLE users ADD COLUMN email VARCHAR(200);"));
    /// assert!(!sql.contains("CREATE TABLE users"));
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn upgrade_sql(&self, dialect: Dialect, range: &str) -> Result<String, Error> {
        let (start, target) = range.split_once(':').unwrap_or(("base", range));
        self.offline(dialect, start, |scripts, rows| {
            Ok(scripts.graph().upgrade(rows, target)?)
        })
    }

    /// Writes the script of a downgrade, without a connection: `start:target`.
    ///
    /// # Errors
    /// [`Error::Range`] when the start is missing or a revision leaves its database with `USE`, [`Error::Resolve`] when a
    /// target means nothing, [`Error::Irreversible`] when a revision on the way has no way back, and [`Error::Script`] when the
    /// revisions can't be read.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations"));
    /// let sql = migrator.downgrade_sql(Dialect::Mysql, "002:001")?;
    /// assert!(sql.contains("ALTER TABLE users DROP COLUMN email;"));
    /// assert!(migrator.downgrade_sql(Dialect::Mysql, "001").is_err());
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn downgrade_sql(&self, dialect: Dialect, range: &str) -> Result<String, Error> {
        let Some((start, target)) = range.split_once(':') else {
            let message = "downgrade with --sql requires <fromrev>:<torev>: without a connection limbeck can't know where the \
                           database is";
            return Err(Error::Range(message.to_owned()));
        };
        self.offline(dialect, start, |scripts, rows| {
            Ok(scripts.graph().downgrade(rows, target)?)
        })
    }

    /// Writes the script of a stamp, without a connection: targets, the first of which may be `start:target`.
    ///
    /// # Errors
    /// [`Error::Range`] when targets name different starts, [`Error::Resolve`] when a target means nothing, and
    /// [`Error::Script`] when the revisions can't be read.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations"));
    /// let sql = migrator.stamp_sql(Dialect::Sqlite, &["001:head".to_owned()])?;
    /// assert!(sql.contains("SET version_num = '002' WHERE version_num = '001'"));
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn stamp_sql(&self, dialect: Dialect, targets: &[String]) -> Result<String, Error> {
        let mut start = None;
        let mut plain = Vec::new();
        for target in targets {
            match target.split_once(':') {
                Some((from, _)) if start.is_some_and(|start| start != from) => {
                    let message = "stamp with --sql takes one start for all targets: write it once, as <fromrev>:<torev>";
                    return Err(Error::Range(message.to_owned()));
                }
                Some((from, to)) => {
                    start = Some(from);
                    plain.push(to.to_owned());
                }
                None => plain.push(target.clone()),
            }
        }
        self.offline(dialect, start.unwrap_or("base"), |scripts, rows| {
            Ok(scripts.graph().stamp(rows, &plain)?)
        })
    }

    /// Writes the script that makes limbeck's own tables, without a connection.
    ///
    /// # Errors
    /// [`Error::Script`] when the revisions can't be read.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::{Dialect, Migrator};
    /// let sql = Migrator::new(limbeck::embed!("tests/migrations")).ensure_version_sql(Dialect::Sqlite)?;
    /// assert!(sql.contains("alembic_version") && sql.contains("limbeck_journal"));
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn ensure_version_sql(&self, dialect: Dialect) -> Result<String, Error> {
        let scripts = self.scripts()?;
        Ok(self.writer(&scripts, dialect).tables())
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

    /// Applies what is missing as [`Migrator::upgrade`] does, for asynchronous services: it runs on a thread for blocking
    /// work.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`], and [`Error::Task`] when the runtime shuts down meanwhile.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let outcome = runtime.block_on(async {
    /// let outcome = migrator.upgrade_async("head").await?;
    /// # Ok::<_, limbeck::Error>(outcome)
    /// # })?;
    /// assert_eq!(outcome.to, ["002"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn upgrade_async(&self, target: &str) -> Result<Outcome, Error> {
        let (migrator, target) = (self.clone(), target.to_owned());
        tokio::task::spawn_blocking(move || migrator.upgrade(&target)).await?
    }

    fn parsed_url(&self) -> Result<Url, Error> {
        Ok(Url::parse(self.url.as_deref().ok_or(Error::NoUrl)?)?)
    }

    fn with_run<T>(&self, verb: impl FnOnce(&Run<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (scripts, url) = (self.scripts()?, self.parsed_url()?);
        // SQLite's lock is the transaction itself, and is waited for as any other.
        let options = Options {
            busy_timeout: self.lock_wait,
            ..self.options.clone()
        };
        verb(&Run {
            scripts: &scripts,
            url: &url,
            options: &options,
            schema: self.version_table_schema.as_deref(),
            version_table: &self.version_table,
            observer: self.observer.as_ref(),
            who: &self.who,
            connect_wait: self.connect_wait,
            lock_wait: self.lock_wait,
            limits: self.limits,
            transaction: self.transaction,
        })
    }

    fn writer<'a>(&'a self, scripts: &'a Scripts, dialect: Dialect) -> Offline<'a> {
        let tables = Tables::new(dialect, self.version_table_schema.as_deref(), &self.version_table);
        Offline {
            scripts,
            tables,
            who: &self.who,
            transaction: self.transaction,
        }
    }

    fn offline(
        &self,
        dialect: Dialect,
        start: &str,
        steps: impl FnOnce(&Scripts, &[String]) -> Result<Vec<Step>, Error>,
    ) -> Result<String, Error> {
        let scripts = self.scripts()?;
        let start = if start.is_empty() { "base" } else { start };
        let rows = scripts.graph().start_rows(start)?;
        let steps = steps(&scripts, &rows)?;
        self.writer(&scripts, dialect).script(steps, &rows)
    }
}
