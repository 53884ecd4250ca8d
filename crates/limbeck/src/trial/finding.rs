//! What a test is asked, and what it says.

use std::time::Duration;

use crate::catalog::Difference;

/// What [`Migrator::test`](crate::Migrator::test) is asked.
///
/// ```
/// use limbeck::TestOptions;
///
/// let options = TestOptions { strict: true, ..TestOptions::default() };
/// assert!(options.rows && options.scratch_url.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOptions {
    /// An empty database to test on; otherwise one is created on the configured server, and dropped at the end. For SQLite it is
    /// in memory.
    pub scratch_url: Option<String>,
    /// Test only the revisions above this one, it included; those below are applied without a word.
    pub from: Option<String>,
    /// Fill the tables with generated rows, which must survive.
    pub rows: bool,
    /// Whether a revision that can't be stepped back fails.
    pub strict: bool,
    /// Whether there may be several heads.
    pub heads: bool,
}

impl Default for TestOptions {
    fn default() -> Self {
        Self {
            scratch_url: None,
            from: None,
            rows: true,
            strict: false,
            heads: false,
        }
    }
}

/// What a test said of a history.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::{Migrator, TestOptions};
///
/// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
/// let report = migrator.test(&TestOptions::default())?;
/// assert!(report.passed());
/// assert_eq!(report.revisions.len(), 2);
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestReport {
    /// The server's product and version.
    pub server: String,
    /// The heads of the revisions.
    pub heads: Vec<String>,
    /// Each revision that was tested, in the order of an upgrade.
    pub revisions: Vec<Tested>,
    /// What was found about all of them together.
    pub findings: Vec<Finding>,
}

impl TestReport {
    /// Tells whether nothing failed.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::{Migrator, TestOptions};
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// assert!(migrator.test(&TestOptions::default())?.passed());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn passed(&self) -> bool {
        self.revisions.iter().all(Tested::passed) && !self.findings.iter().any(|finding| finding.failed)
    }
}

/// What was found about one revision.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # use limbeck::{Migrator, TestOptions};
/// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
/// for tested in migrator.test(&TestOptions::default())?.revisions {
///     println!("{} {}", if tested.passed() { "ok" } else { "FAIL" }, tested.revision);
/// }
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tested {
    /// Its id.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Its file.
    pub file: String,
    /// How long the upgrade took, if it was done.
    pub upgrade: Option<Duration>,
    /// How long the downgrade took, if it was done.
    pub downgrade: Option<Duration>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Tested {
    /// Tells whether nothing failed.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use limbeck::{Migrator, TestOptions};
    /// # let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
    /// assert!(migrator.test(&TestOptions::default())?.revisions[0].passed());
    /// # }
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn passed(&self) -> bool {
        !self.findings.iter().any(|finding| finding.failed)
    }
}

/// One thing that a test found.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::{Check, Migrator, TestOptions, script::EmbeddedFile};
///
/// const FILES: &[EmbeddedFile] = &[EmbeddedFile {
///     name: "001_a.sql",
///     text: "-- limbeck:upgrade\nCREATE TABLE a (i int);\nCREATE TABLE b (i int);\n-- limbeck:downgrade\nDROP TABLE a;",
/// }];
/// let report = Migrator::new(FILES).url("sqlite::memory:").test(&TestOptions::default())?;
/// let finding = &report.revisions[0].findings[0];
/// assert_eq!((finding.check, finding.failed, finding.line), (Check::Restored, true, Some(5)));
/// assert_eq!(finding.differences[0].object, "table b");
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// Whether the test fails by it; otherwise it is only to be known.
    pub failed: bool,
    /// What was found.
    pub message: String,
    /// The line of the revision's file that it is about.
    pub line: Option<usize>,
    /// What is not as it should be in the catalog.
    pub differences: Vec<Difference>,
}

impl Finding {
    pub(super) fn failed(check: Check, message: impl Into<String>) -> Self {
        Self {
            check,
            failed: true,
            message: message.into(),
            line: None,
            differences: Vec::new(),
        }
    }

    pub(super) fn note(check: Check, message: impl Into<String>) -> Self {
        Self {
            failed: false,
            ..Self::failed(check, message)
        }
    }

    pub(super) fn at(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }

    pub(super) fn with(self, differences: Vec<Difference>) -> Self {
        Self { differences, ..self }
    }
}

/// What a test checks.
///
/// ```
/// assert_eq!(limbeck::Check::Restored.name(), "restored");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// There is one head.
    OneHead,
    /// The tables could be filled with generated rows.
    Filled,
    /// The revision can be applied.
    Upgrade,
    /// A second run of its statements is refused, or does nothing.
    SecondRun,
    /// It can be stepped back.
    Downgrade,
    /// The catalog is then what it was before.
    Restored,
    /// It can be applied again, and the catalog is then what it was the first time.
    Again,
    /// Rows survive in the columns that stay.
    Rows,
    /// All revisions down to the base leave nothing, and all up again give the same.
    Whole,
    /// The revision was not tested, because another is in the way.
    Untested,
}

impl Check {
    /// Returns the name that programs read.
    ///
    /// ```
    /// assert_eq!(limbeck::Check::SecondRun.name(), "second-run");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::OneHead => "one-head",
            Self::Filled => "filled",
            Self::Upgrade => "upgrade",
            Self::SecondRun => "second-run",
            Self::Downgrade => "downgrade",
            Self::Restored => "restored",
            Self::Again => "again",
            Self::Rows => "rows",
            Self::Whole => "whole",
            Self::Untested => "untested",
        }
    }
}
