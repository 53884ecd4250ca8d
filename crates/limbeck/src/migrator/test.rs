//! Testing a history on a scratch database.

use super::Migrator;
use crate::error::Error;
use crate::trial::{self, TestOptions, TestReport};

impl Migrator {
    /// Tests every revision on a scratch database: up, down, and up again; what they leave is compared.
    ///
    /// The configured database is not written: a scratch database is created on its server and dropped at the end, even after
    /// a panic. SQLite's is in memory. [`Event::Tested`](crate::Event::Tested) tells each revision as it is done.
    ///
    /// # Errors
    /// What is wrong with revisions are findings and no errors. [`Error::Scratch`] when there is no database to test on: no right
    /// to create one, a given one that is not empty, revisions that reach beyond it. Besides [`Error::Resolve`] where
    /// [`TestOptions::from`] is no revision, and as for all methods.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::{Migrator, TestOptions};
    /// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite:///app.db");
    /// let report = migrator.test(&TestOptions::default())?;
    /// assert!(report.passed(), "{report:#?}");
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn test(&self, options: &TestOptions) -> Result<TestReport, Error> {
        let migrator = match &options.scratch_url {
            Some(url) => self.clone().url(url),
            None => self.clone(),
        };
        migrator.with_run(|run| trial::test(run, options))
    }
}
