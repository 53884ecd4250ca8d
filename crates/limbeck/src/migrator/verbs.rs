//! What is done with a database: Alembic's verbs and limbeck's own.

use super::Migrator;
use crate::error::Error;
use crate::observer::Event;
use crate::run::{self, Attempt, Outcome, Planned, Status};

impl Migrator {
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

    /// Lists what an upgrade to the heads would apply, in that order: nothing where the database is at them, or ahead.
    ///
    /// It writes nothing, and needs no more than the right to read the version table; the journal is read only where
    /// the database has revisions that are not in this checkout.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`], as far as it only looks.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("001")?;
    /// assert_eq!(migrator.pending()?, ["002"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn pending(&self) -> Result<Vec<String>, Error> {
        self.with_run(|run| {
            let mut session = run.look()?;
            let rows = session.rows()?;
            let known = session.known(run.scripts, &rows)?;
            let steps = known.graph.upgrade(&rows, "heads")?;
            Ok(steps.into_iter().filter_map(|step| step.revision).collect())
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
            let _lock = run.lock(&mut session, false)?;
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
        // The thread has no span of its own: what happens there belongs to the caller's.
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(|| migrator.upgrade(&target))).await?
    }
}
