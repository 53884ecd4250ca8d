//! Backups: before a run that can lose data, by hand, and back.

mod files;
mod restore;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use limbeck_core::Dialect;
use limbeck_core::dialect::loses_data;
use limbeck_core::script::{Depends, Statement};
use tracing::field::Empty;
use tracing::info_span;

use super::Run;
use super::prepare::{Dependent, Prepared};
use super::session::Session;
use crate::database::backup::{self, BackupError, Place};
use crate::error::Error;
use crate::observer::Event;
use crate::trace::traced;

pub use restore::{Inspection, Restored};

/// When a run backs up its database, and where to.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// use limbeck::script::EmbeddedFile;
/// use limbeck::{BackupPolicy, BackupWhen, Migrator};
///
/// const FILES: &[EmbeddedFile] = &[
///     EmbeddedFile { name: "001_users.sql", text: "CREATE TABLE users (id int, name text);" },
///     EmbeddedFile { name: "002_no_names.sql", text: "ALTER TABLE users DROP COLUMN name;" },
/// ];
/// let policy = BackupPolicy { when: BackupWhen::Destructive, dir: dir.path().join("backups"), keep: Some(5) };
/// let migrator = Migrator::new(FILES).url(url).backup(policy);
/// assert!(migrator.upgrade("001")?.backup.is_none());
/// let backup = migrator.upgrade("002")?.backup.expect("it drops a column");
/// assert_eq!(backup.label, "before-002");
/// assert_eq!(migrator.restore(&backup.file)?.to, ["001"]);
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPolicy {
    /// When.
    pub when: BackupWhen,
    /// The directory that backups go to. It is made where it is missing, for its owner only.
    pub dir: PathBuf,
    /// How many of this database's backups that runs made are kept there; `None` is all.
    pub keep: Option<usize>,
}

/// Before which runs a backup is made.
///
/// # Examples
/// ```
/// # use limbeck::BackupWhen;
/// assert_ne!(BackupWhen::Destructive, BackupWhen::Always);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupWhen {
    /// None.
    Never,
    /// Those with a statement that can lose data, as [`loses_data`](crate::dialect::loses_data) tells.
    Destructive,
    /// All that run a statement.
    Always,
}

/// A backup of one database: a file.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// migrator.upgrade("head")?;
/// let backup = migrator.back_up(dir.path())?;
/// assert_eq!(backup.label, "by-hand");
/// assert!(backup.size > 0 && backup.made_at.ends_with('Z'));
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was made: the database's clock, UTC, ISO 8601.
    pub made_at: String,
    /// What for: `before-REVISION`, `before-restore` or `by-hand`.
    pub label: String,
}

/// A backup that a run has to make before its first step.
pub(super) struct Wanted<'a> {
    policy: &'a BackupPolicy,
    label: String,
    reason: String,
}

impl Run<'_> {
    /// The backup that the policy wants before `steps`, of each of which `skips` statements are done. `rows` are the version rows
    /// that they start from.
    pub(super) fn wants_backup(
        &self,
        session: &mut Session,
        steps: &[Prepared],
        skips: &[usize],
        rows: &[String],
    ) -> Result<Option<Wanted<'_>>, Error> {
        // A database in memory is the process's own, and ends with it.
        let Some(policy) = self.backup.filter(|_| !self.url.is_in_memory()) else {
            return Ok(None);
        };
        let Some(reason) = reason(policy.when, steps, skips, session.dialect()) else {
            return Ok(None);
        };
        if rows.is_empty() && self.is_new(session).map_err(no_backup)? {
            return Ok(None);
        }
        let label = format!("before-{}", steps[0].revision.id);
        Ok(Some(Wanted {
            policy,
            label,
            reason,
        }))
    }

    /// Makes the backup before a run's first step.
    ///
    /// # Errors
    /// [`Error::NoBackup`], and then nothing may be run; [`Error::Cancelled`] when the run is to stop.
    pub(super) fn back_up_before(&self, session: &mut Session, wanted: &Wanted<'_>) -> Result<Backup, Error> {
        let Wanted {
            policy,
            label,
            reason,
        } = wanted;
        let make = |session: &mut Session| {
            let name = files::database_name(self.url, session)?;
            files::prepare(&policy.dir)?;
            let backup = self.make_backup(session, &policy.dir, &name, label, reason)?;
            if let Some(keep) = policy.keep {
                files::keep(&policy.dir, &name, keep)?;
            }
            Ok(backup)
        };
        make(session).map_err(|error| self.stopped_or(error, no_backup))
    }

    /// What is to be said when a backup came to no end: that the run was stopped, where it was.
    fn stopped_or(&self, error: BackupError, other: impl FnOnce(BackupError) -> Error) -> Error {
        match self.brake.check() {
            Err(stopped) => stopped,
            Ok(()) => other(error),
        }
    }

    /// Whether the database holds nothing but limbeck's own tables.
    fn is_new(&self, session: &mut Session) -> Result<bool, BackupError> {
        backup::holds_only(session.connection.as_mut(), session.tables.names())
    }

    /// Makes a backup with a name of its own in a directory that is there.
    fn make_backup(
        &self,
        session: &mut Session,
        directory: &Path,
        name: &str,
        label: &str,
        reason: &str,
    ) -> Result<Backup, BackupError> {
        let made_at = now(session)?;
        let file = directory.join(files::file_name(name, &made_at, label, session.dialect()));
        self.write_backup(session, name, file, made_at, label, reason)
    }

    /// Writes a backup under a passing name, proves it, and gives it its own name when it is on the disk.
    fn write_backup(
        &self,
        session: &mut Session,
        name: &str,
        file: PathBuf,
        made_at: String,
        label: &str,
        reason: &str,
    ) -> Result<Backup, BackupError> {
        let start = Instant::now();
        let dialect = session.dialect();
        let directory = file.parent().unwrap_or(Path::new("")).to_owned();
        let lease = session.tables.lease();
        let mut place = self.place(session, &lease);
        backup::check_tools(&mut place)?;
        files::check_room(&directory, backup::least_size(place.connection)?)?;
        let span = info_span!("backup", file = %file.display(), elapsed_ms = Empty, error = Empty);
        traced(&span, || {
            let partial = files::partial(&directory, name)?;
            self.observer.event(&Event::BackupStarted { file: &file, reason });
            let mut told = Duration::ZERO;
            let dumped = backup::dump(&mut place, partial.path(), &mut |written, total| {
                let elapsed = start.elapsed();
                if elapsed >= told + Duration::from_secs(1) {
                    told = elapsed;
                    let event = Event::BackupProgress {
                        written,
                        total,
                        elapsed,
                    };
                    self.observer.event(&event);
                }
                self.goes_on()
            });
            dumped.map_err(|error| match error {
                BackupError::Full { .. } => BackupError::Full { path: directory },
                other => other,
            })?;
            backup::prove(dialect, partial.path(), &mut |_, _| self.goes_on())?;
            let size = files::finish(partial, &file)?;
            let backup = Backup {
                file,
                size,
                made_at,
                label: label.to_owned(),
            };
            let elapsed = start.elapsed();
            let event = Event::BackupFinished {
                backup: &backup,
                elapsed,
            };
            self.observer.event(&event);
            Ok(backup)
        })
    }

    fn goes_on(&self) -> bool {
        self.brake.why().is_none()
    }

    fn place<'a>(&'a self, session: &'a mut Session, lease: &'a str) -> Place<'a> {
        Place {
            url: self.url,
            options: self.options,
            connection: session.connection.as_mut(),
            lease,
            wait: self.lock_wait,
        }
    }

    /// Makes a backup by hand, while no migration runs: into a directory, or under the name given.
    pub(crate) fn back_up(&self, to: &Path) -> Result<Backup, Error> {
        if self.url.is_in_memory() {
            return Err(BackupError::InMemory.into());
        }
        let mut session = self.there()?;
        let _lock = self.lock(&mut session, false)?;
        let make = |session: &mut Session| {
            let name = files::database_name(self.url, session)?;
            let (label, reason) = ("by-hand", "by hand");
            if files::is_directory(to) {
                files::prepare(to)?;
                return self.make_backup(session, to, &name, label, reason);
            }
            if to.exists() {
                let file = to.to_owned();
                return Err(BackupError::Exists { file });
            }
            files::prepare(to.parent().unwrap_or(Path::new("")))?;
            let made_at = now(session)?;
            self.write_backup(session, &name, to.to_owned(), made_at, label, reason)
        };
        make(&mut session).map_err(|error| self.stopped_or(error, Error::from))
    }

    /// The backups of this database in a directory, newest first.
    pub(crate) fn backups(&self, directory: &Path) -> Result<Vec<Backup>, Error> {
        let mut session = self.look()?;
        let name = files::database_name(self.url, &mut session)?;
        Ok(files::list(directory, &name)?)
    }

    /// A session with a database that must be there already.
    fn there(&self) -> Result<Session, Error> {
        let options = crate::database::Options {
            create_file: false,
            ..self.options.clone()
        };
        self.patiently(self.connect_wait, || {
            Session::open(self.url, &options, self.schema, self.version_table)
        })
    }
}

/// Why a backup is made before these steps, if it is.
fn reason(when: BackupWhen, steps: &[Prepared], skips: &[usize], dialect: Dialect) -> Option<String> {
    let mut left = steps.iter().zip(skips).flat_map(|(step, skip)| {
        let place = move |statement| (&step.revision.file, statement);
        step.statements.iter().skip(*skip).map(place)
    });
    let mut programs = steps.iter().filter_map(|step| {
        let program = step.program.as_ref()?;
        Some((&step.revision.file, program))
    });
    match when {
        BackupWhen::Never => None,
        BackupWhen::Always => {
            let runs = left.next().is_some() || programs.next().is_some();
            runs.then(|| "as before every run".to_owned())
        }
        BackupWhen::Destructive => {
            let loss = left.find_map(|(file, statement): (_, &Statement)| {
                let loss = loses_data(dialect, &statement.sql)?;
                Some(format!("{file}:{} {loss}", statement.line))
            });
            // What is not known is not known to be safe.
            let unknown = |(file, program): (_, &Dependent)| {
                let Depends { line, on } = &program.depends;
                format!("{file}:{line} {on}, and what it runs is not known before")
            };
            loss.or_else(|| programs.next().map(unknown))
        }
    }
}

fn no_backup(error: BackupError) -> Error {
    Error::NoBackup(Box::new(error))
}

fn now(session: &mut Session) -> Result<String, BackupError> {
    let sql = format!("SELECT {}", session.tables.now());
    let rows = session.connection.query(&sql)?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}
