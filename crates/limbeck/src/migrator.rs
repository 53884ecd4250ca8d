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
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets how to connect.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Names the version table; `alembic_version` otherwise.
    #[must_use]
    pub fn version_table(mut self, table: impl Into<String>) -> Self {
        self.version_table = table.into();
        self
    }

    /// Names the schema of the version table; the current schema otherwise.
    #[must_use]
    pub fn version_table_schema(mut self, schema: Option<String>) -> Self {
        self.version_table_schema = schema;
        self
    }

    /// Sets whether each revision or the whole run is one transaction.
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
    #[must_use]
    pub fn who(mut self, who: impl Into<String>) -> Self {
        self.who = who.into();
        self
    }

    /// Has an observer told what happens.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Reads the revisions.
    ///
    /// # Errors
    /// [`Error::Script`] when a file can't be read or understood, or the revisions make no graph.
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
    /// When the target means nothing, when an applied revision was edited, when the lock can't be had, or when
    /// a statement fails: [`Error::Failed`] tells what is left of the revision then.
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
    pub fn downgrade(&self, target: &str) -> Result<Outcome, Error> {
        self.with_run(|run| run.execute(&|known, rows| known.graph.downgrade(rows, target)))
    }

    /// Writes version rows as if the revisions up to `targets` had been applied, and runs nothing (Alembic's `stamp`).
    /// With `purge` all rows are removed first.
    ///
    /// # Errors
    /// When a target means nothing, or the lock can't be had.
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
    /// # Errors
    /// When the database can't be reached or read.
    pub fn current(&self) -> Result<Vec<String>, Error> {
        self.with_run(|run| run.look()?.rows())
    }

    /// Tells for each revision whether it is applied, pending, edited or cut off. Writes nothing.
    ///
    /// # Errors
    /// When the database or a revision's file can't be read.
    pub fn status(&self) -> Result<Status, Error> {
        self.with_run(run::status)
    }

    /// Reads the journal, oldest attempt first. Writes nothing.
    ///
    /// # Errors
    /// When the database can't be reached or read.
    pub fn log(&self) -> Result<Vec<Attempt>, Error> {
        self.with_run(|run| run.look()?.attempts())
    }

    /// Tells what [`Migrator::upgrade`] would run. Writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`], for what can be known beforehand.
    pub fn plan_upgrade(&self, target: &str) -> Result<Vec<Planned>, Error> {
        self.with_run(|run| run.plan(&|known, rows| known.graph.upgrade(rows, known.target(target))))
    }

    /// Tells what [`Migrator::downgrade`] would run. Writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::downgrade`], for what can be known beforehand.
    pub fn plan_downgrade(&self, target: &str) -> Result<Vec<Planned>, Error> {
        self.with_run(|run| run.plan(&|known, rows| known.graph.downgrade(rows, target)))
    }

    /// Makes limbeck's own tables where they are missing, and a version table of Alembic's width wider. Returns
    /// whether it was widened.
    ///
    /// # Errors
    /// When the database can't be reached, or refuses it.
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
    /// When the revision is not applied, or the database can't be written.
    pub fn accept(&self, revision: &str) -> Result<String, Error> {
        self.with_run(|run| run::accept(run, revision))
    }

    /// Forgets how far an interrupted run of a revision came, because its statements were undone by hand. Returns the
    /// revision's id.
    ///
    /// # Errors
    /// When no run of it was cut off, or the database can't be written.
    pub fn restart(&self, revision: &str) -> Result<String, Error> {
        self.with_run(|run| run::restart(run, revision))
    }

    /// Writes the script of an upgrade, without a connection: `target`, or `start:target`, where `start` is the state of the
    /// database (`base` otherwise; several ids with commas).
    ///
    /// # Errors
    /// When a target means nothing.
    pub fn upgrade_sql(&self, dialect: Dialect, range: &str) -> Result<String, Error> {
        let (start, target) = range.split_once(':').unwrap_or(("base", range));
        self.offline(dialect, start, |scripts, rows| {
            Ok(scripts.graph().upgrade(rows, target)?)
        })
    }

    /// Writes the script of a downgrade, without a connection: `start:target`.
    ///
    /// # Errors
    /// When a target means nothing, or a revision on the way has no way back.
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
    /// When a target means nothing, or two of them name a start.
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
    /// When the revisions can't be read.
    pub fn ensure_version_sql(&self, dialect: Dialect) -> Result<String, Error> {
        let scripts = self.scripts()?;
        Ok(self.writer(&scripts, dialect).tables())
    }

    /// The kind of database that the URL names, without connecting.
    ///
    /// # Errors
    /// [`Error::NoUrl`] and [`Error::Url`].
    pub fn dialect(&self) -> Result<Dialect, Error> {
        Ok(self.parsed_url()?.dialect())
    }

    /// The URL as it may be shown: without its password.
    ///
    /// # Errors
    /// [`Error::NoUrl`] and [`Error::Url`].
    pub fn display_url(&self) -> Result<String, Error> {
        Ok(self.parsed_url()?.to_string())
    }

    /// [`Migrator::upgrade`] for asynchronous services: it runs on a thread for blocking work.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`], and [`Error::Task`] when the runtime shuts down meanwhile.
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
