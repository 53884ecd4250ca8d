//! Makes a database what it was when a backup was made.

use std::path::Path;

use super::{Backup, BackupWhen, files, no_backup};
use crate::database::backup::{self, BackupError};
use crate::error::Error;
use crate::run::{Attempt, Run, Session};

/// What is in a backup, and what came after it.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// migrator.upgrade("001")?;
/// let backup = migrator.back_up(dir.path())?;
/// migrator.upgrade("002")?;
/// let inspection = migrator.inspect_backup(&backup.file)?;
/// assert_eq!((inspection.rows, inspection.current), (vec!["001".to_owned()], vec!["002".to_owned()]));
/// assert_eq!(inspection.later[0].revision, "002");
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The version rows in the backup.
    pub rows: Vec<String>,
    /// The version rows in the database now.
    pub current: Vec<String>,
    /// What the database's journal has beyond the backup's: it would be undone.
    pub later: Vec<Attempt>,
}

/// What restoring did.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::Migrator;
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
/// migrator.upgrade("001")?;
/// let backup = migrator.back_up(dir.path())?;
/// migrator.upgrade("002")?;
/// let restored = migrator.restore(&backup.file)?;
/// assert_eq!((restored.from, restored.to), (vec!["002".to_owned()], vec!["001".to_owned()]));
/// assert_eq!(restored.backup, None, "this migrator has no policy");
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Restored {
    /// The version rows before.
    pub from: Vec<String>,
    /// The version rows after.
    pub to: Vec<String>,
    /// The backup of what was there before.
    pub backup: Option<Backup>,
}

impl Run<'_> {
    /// Proves a backup, and tells what restoring it would undo.
    pub(crate) fn inspect_backup(&self, file: &Path) -> Result<Inspection, Error> {
        if self.url.is_in_memory() {
            return Err(BackupError::InMemory.into());
        }
        let mut session = self.look()?;
        session.qualify()?;
        self.prove(&mut session, file)?;
        let contents = contents(&session, file)?;
        let attempts = session.attempts()?.into_iter();
        Ok(Inspection {
            rows: contents.rows,
            current: session.rows()?,
            later: attempts
                .filter(|attempt| attempt.id > contents.last_attempt)
                .collect(),
        })
    }

    /// Restores a backup, while no migration runs. Under a policy that is not [`BackupWhen::Never`], what is there now is backed
    /// up first.
    pub(crate) fn restore(&self, file: &Path) -> Result<Restored, Error> {
        if self.url.is_in_memory() {
            return Err(BackupError::InMemory.into());
        }
        let mut session = self.session()?;
        self.prove(&mut session, file)?;
        let mut lock = self.lock(&mut session, false)?;
        let contents = contents(&session, file)?;
        let from = session.rows()?;
        let safety = self.back_up_present(&mut session)?;
        lock.check()?;
        let lease = session.tables.lease();
        let mut place = self.place(&mut session, &lease);
        backup::restore(&mut place, file, &mut |_, _| self.goes_on()).map_err(|error| match error {
            BackupError::HalfRestored { source, .. } => BackupError::HalfRestored {
                source,
                safety: safety.as_ref().map(|backup| backup.file.clone()),
            }
            .into(),
            other => self.stopped_or(other, Error::from),
        })?;
        let to = session.rows()?;
        if to != contents.rows {
            return Err(BackupError::NotRestored {
                found: to.join(", "),
                wanted: contents.rows.join(", "),
            }
            .into());
        }
        Ok(Restored {
            from,
            to,
            backup: safety,
        })
    }

    /// Backs up what restoring is about to overwrite, unless that is nothing.
    fn back_up_present(&self, session: &mut Session) -> Result<Option<Backup>, Error> {
        let Some(policy) = self.backup.filter(|policy| policy.when != BackupWhen::Never) else {
            return Ok(None);
        };
        let make = |session: &mut Session| {
            if self.is_new(session)? {
                return Ok(None);
            }
            let name = files::database_name(self.url, session)?;
            files::prepare(&policy.dir)?;
            let reason = "before it is restored";
            self.make_backup(session, &policy.dir, &name, "before-restore", reason)
                .map(Some)
        };
        make(session).map_err(|error| self.stopped_or(error, no_backup))
    }

    fn prove(&self, session: &mut Session, file: &Path) -> Result<(), Error> {
        let lease = session.tables.lease();
        backup::check_tools(&mut self.place(session, &lease))?;
        let proved = backup::prove(session.dialect(), file, &mut |_, _| self.goes_on());
        proved.map_err(|error| self.stopped_or(error, Error::from))
    }
}

fn contents(session: &Session, file: &Path) -> Result<backup::Contents, BackupError> {
    let tables = &session.tables;
    backup::contents(session.dialect(), file, &tables.version(), &tables.journal())
}
