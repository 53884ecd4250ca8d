//! Comparing what models say with what a database is.

use std::collections::BTreeSet;

use super::{Migrator, Source};
use crate::catalog::Difference;
use crate::error::Error;
use crate::models::{self, CompareOptions, Schema};

impl Migrator {
    /// Compares the models with the database, and tells what an upgrade would have to do (Alembic's `check`): nothing where they
    /// are equal. limbeck's own tables don't count, nor do privileges.
    ///
    /// The database is not written: the models are made on a scratch database of the same server, and read back.
    ///
    /// # Errors
    /// [`Error::NotAtHeads`] when the database lacks revisions; otherwise as [`Migrator::compare`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// use limbeck::{CompareOptions, Migrator, Schema};
    ///
    /// let file = dir.path().join("schema.sql");
    /// std::fs::write(&file, "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);").unwrap();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("heads")?;
    /// let differences = migrator.check(&Schema::Sql(file), &CompareOptions::default())?;
    /// assert_eq!(differences[0].object, "column users.email");
    /// assert!(differences[0].after.is_none(), "an upgrade would have to drop it");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn check(&self, models: &Schema, options: &CompareOptions) -> Result<Vec<Difference>, Error> {
        let url = self.url.clone().ok_or(Error::NoUrl)?;
        let (rows, heads) = self.with_run(|run| {
            let heads: Vec<String> = run
                .scripts
                .graph()
                .real_heads()
                .into_iter()
                .map(str::to_owned)
                .collect();
            Ok((run.look()?.rows()?, heads))
        })?;
        if rows.iter().collect::<BTreeSet<_>>() != heads.iter().collect() {
            let listed = |ids: &[String]| match ids {
                [] => "base".to_owned(),
                ids => ids.join(", "),
            };
            return Err(Error::NotAtHeads {
                at: listed(&rows),
                heads: listed(&heads),
            });
        }
        self.compare(&Schema::Database(url), models, options)
    }

    /// Compares two schemas, and tells what would make the second of the first. Two runs over equal schemas say nothing.
    ///
    /// A schema that is no database yet is made on a scratch database of the server that the other is on, or of the migrator's.
    ///
    /// # Errors
    /// [`Error::Models`] when a side can't be read, or the sides are for databases of different kinds; [`Error::Refused`] when
    /// the server refuses a statement of a side; [`Error::Failed`] when a revision fails; [`Error::Scratch`] when there is no
    /// scratch database, or something reaches beyond it. Besides as for all methods.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # let dir = tempfile::tempdir().unwrap();
    /// use limbeck::{CompareOptions, Migrator, Schema};
    ///
    /// let file = dir.path().join("schema.sql");
    /// let text = "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(200));";
    /// std::fs::write(&file, text).unwrap();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// assert_eq!(migrator.compare(&Schema::Revisions, &Schema::Sql(file), &CompareOptions::default())?, []);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn compare(
        &self,
        before: &Schema,
        after: &Schema,
        options: &CompareOptions,
    ) -> Result<Vec<Difference>, Error> {
        let sides = [before, after];
        let mut migrator = self.clone();
        migrator.url = models::home(sides, options, self.url.as_deref());
        if !sides.contains(&&Schema::Revisions) {
            // Then there need be none.
            migrator.source = Source::Embedded(&[]);
        }
        migrator.with_run(|run| models::compare(run, sides, options))
    }
}
