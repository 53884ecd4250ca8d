//! Offline mode: scripts for a database's own client.

use limbeck_core::Dialect;
use limbeck_core::revision::Step;
use limbeck_core::script::Scripts;

use super::Migrator;
use crate::error::Error;
use crate::run::{Offline, Tables};

impl Migrator {
    /// Writes the script of an upgrade, without a connection: `target`, or `start:target`, where `start` is the state of the
    /// database (`base` otherwise; several ids with commas). Alembic calls it
    /// "Offline Mode".
    ///
    /// # Errors
    /// [`Error::Resolve`] when a target means nothing, [`Error::NoSection`] when a revision has nothing to run on `dialect`,
    /// [`Error::Range`] when one leaves its database with `USE`, and [`Error::Script`] when the revisions can't be read, or one depends on
    /// what the database answers.
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
