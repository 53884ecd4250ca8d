//! Comparing what models say with what a database is.

use std::collections::BTreeSet;

use super::{Migrator, Source};
use crate::autogenerate::{self, Answer, AutogenerateOptions, Draft};
use crate::catalog::Difference;
use crate::error::Error;
use crate::models::{self, CompareOptions, SchemaSource};
use limbeck_core::Dialect;
use limbeck_core::schema::Schema;

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
    /// use limbeck::{CompareOptions, Migrator, SchemaSource};
    ///
    /// let file = dir.path().join("schema.sql");
    /// std::fs::write(&file, "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);").unwrap();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("heads")?;
    /// let differences = migrator.check(&SchemaSource::Sql(file), &CompareOptions::default())?;
    /// assert_eq!(differences[0].object, "column users.email");
    /// assert!(differences[0].after.is_none(), "an upgrade would have to drop it");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn check(&self, models: &SchemaSource, options: &CompareOptions) -> Result<Vec<Difference>, Error> {
        self.compare(&self.at_heads()?, models, options)
    }

    /// The database, when it is at the heads.
    fn at_heads(&self) -> Result<SchemaSource, Error> {
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
        Ok(SchemaSource::Database(url))
    }

    /// Writes the revision that makes the database what the models say (Alembic's `revision --autogenerate`); `None` where it is.
    ///
    /// What is written is run on a scratch copy of the database's schema first, there and back, and must give what the models give. `ask` is asked
    /// for each table or column that may only have got another name, told as `users.fullname:users.name`. The database is not
    /// written.
    ///
    /// # Errors
    /// [`Error::NotAtHeads`] when the database lacks revisions; [`Error::Renames`] when something may be a rename and `ask` has no
    /// answer; [`Error::Unproven`] when the revision does not stand the test; otherwise as [`Migrator::compare`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
    /// use limbeck::{Answer, AutogenerateOptions, Migrator, SchemaSource};
    ///
    /// let file = dir.path().join("schema.sql");
    /// let text = "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(200), nick TEXT);";
    /// std::fs::write(&file, text).unwrap();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url(url);
    /// migrator.upgrade("heads")?;
    /// let draft = migrator.autogenerate(&SchemaSource::Sql(file), &AutogenerateOptions::default(), &mut |_| Answer::None)?;
    /// let draft = draft.expect("there is a column more");
    /// assert_eq!(draft.upgrade[0].sql, "ALTER TABLE users ADD COLUMN nick TEXT");
    /// assert_eq!(draft.downgrade[0].sql, "ALTER TABLE users DROP COLUMN nick");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn autogenerate(
        &self,
        models: &SchemaSource,
        options: &AutogenerateOptions,
        ask: &mut dyn FnMut(&str) -> Answer,
    ) -> Result<Option<Draft>, Error> {
        let from = if options.replay {
            SchemaSource::Revisions
        } else {
            self.at_heads()?
        };
        let sides = [&from, models];
        let mut migrator = self.clone();
        migrator.url = models::home(sides, &options.compare, self.url.as_deref());
        migrator.with_run(|run| autogenerate::autogenerate(run, sides, options, ask))
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
    /// use limbeck::{CompareOptions, Migrator, SchemaSource};
    ///
    /// let file = dir.path().join("schema.sql");
    /// let text = "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(200));";
    /// std::fs::write(&file, text).unwrap();
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// assert_eq!(migrator.compare(&SchemaSource::Revisions, &SchemaSource::Sql(file), &CompareOptions::default())?, []);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn compare(
        &self,
        before: &SchemaSource,
        after: &SchemaSource,
        options: &CompareOptions,
    ) -> Result<Vec<Difference>, Error> {
        let sides = [before, after];
        let mut migrator = self.clone();
        migrator.url = models::home(sides, options, self.url.as_deref());
        if !sides.contains(&&SchemaSource::Revisions) {
            // Then there need be none.
            migrator.source = Source::Embedded(&[]);
        }
        migrator.with_run(|run| models::compare(run, sides, options))
    }

    /// Reads a schema as a value: tables with columns, constraints and indexes, and what there is besides.
    ///
    /// A source that is no database is made on a scratch database.
    ///
    /// # Errors
    /// As [`Migrator::compare`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// use limbeck::{CompareOptions, Migrator, SchemaSource};
    ///
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// let (_, schema) = migrator.schema(&SchemaSource::Revisions, &CompareOptions::default())?;
    /// let users = &schema.tables[&limbeck::schema::Name::new("users")];
    /// assert_eq!(users.primary_key(), ["id"]);
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn schema(
        &self,
        source: &SchemaSource,
        options: &CompareOptions,
    ) -> Result<(Dialect, Schema), Error> {
        let mut migrator = self.clone();
        migrator.url = models::home([source, source], options, self.url.as_deref());
        if *source != SchemaSource::Revisions {
            migrator.source = Source::Embedded(&[]);
        }
        migrator.with_run(|run| models::schema(run, source, options))
    }
}
