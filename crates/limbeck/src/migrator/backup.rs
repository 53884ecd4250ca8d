//! Backups, and back.

use std::path::Path;

use super::Migrator;
use crate::error::Error;
use crate::run::{Backup, BackupPolicy, Inspection, Restored};

impl Migrator {
    /// Sets when [`upgrade`](Self::upgrade) and [`downgrade`](Self::downgrade) back up the database first; never otherwise.
    ///
    /// PostgreSQL is backed up by `pg_dump`, MariaDB by `mariadb-dump`; these are looked for in `PATH`. A database that holds
    /// nothing yet, and one in memory, are not backed up.
    ///
    /// # Examples
    /// ```
    /// # use limbeck::Migrator;
    /// use limbeck::{BackupPolicy, BackupWhen};
    ///
    /// let policy = BackupPolicy { when: BackupWhen::Destructive, dir: "/var/backups/app".into(), keep: Some(5) };
    /// let migrator = Migrator::new("migrations").backup(policy);
    /// # let _ = migrator;
    /// ```
    #[must_use]
    pub fn backup(mut self, policy: BackupPolicy) -> Self {
        self.backup = Some(policy);
        self
    }

    /// Backs up the database while no migration runs: into a directory, under a name with the time, or into the file
    /// named, which must not be there yet.
    ///
    /// # Errors
    /// [`Error::Backup`], and [`Error::Locked`] when a migration runs for too long.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::Migrator;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("head")?;
    /// let backup = migrator.back_up(dir.path().join("copy.db"))?;
    /// assert_eq!(backup.file, dir.path().join("copy.db"));
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn back_up(&self, to: impl AsRef<Path>) -> Result<Backup, Error> {
        self.with_run(|run| run.back_up(to.as_ref()))
    }

    /// Lists the backups of this database in a directory, newest first.
    ///
    /// # Errors
    /// [`Error::Backup`] when the directory can't be read.
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
    /// assert_eq!(migrator.backups(dir.path())?, [backup]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn backups(&self, directory: impl AsRef<Path>) -> Result<Vec<Backup>, Error> {
        self.with_run(|run| run.backups(directory.as_ref()))
    }

    /// Reads a backup to its end, and tells what restoring it would undo. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Backup`] when it can't be restored.
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
    /// assert!(migrator.inspect_backup(&backup.file)?.later.is_empty());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn inspect_backup(&self, file: impl AsRef<Path>) -> Result<Inspection, Error> {
        self.with_run(|run| run.inspect_backup(file.as_ref()))
    }

    /// Makes the database what it was when the backup was made. What was written since is lost; with a policy that is not
    /// [`Never`](crate::BackupWhen::Never), it is backed up first.
    ///
    /// On SQLite and PostgreSQL it happens whole or not at all.
    ///
    /// # Errors
    /// [`Error::Backup`] when the file can't be restored, before anything is changed; [`Error::NoBackup`] when what is there
    /// can't be backed up, and [`Error::Locked`] when a migration runs for too long.
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
    /// migrator.restore(&backup.file)?;
    /// assert_eq!(migrator.current()?, ["001"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn restore(&self, file: impl AsRef<Path>) -> Result<Restored, Error> {
        self.with_run(|run| run.restore(file.as_ref()))
    }
}
