//! Database schema migrations whose rules the machine keeps: on SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! A service that migrates itself when it starts:
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! # let dir = tempfile::tempdir().unwrap();
//! # let url = format!("sqlite:///{}", dir.path().join("app.db").display());
//! use limbeck::Migrator;
//!
//! let outcome = Migrator::new(limbeck::embed!("tests/migrations")).url(url).upgrade("head")?;
//! for step in &outcome.steps {
//!     println!("{} {}", step.revision, step.message);
//! }
//! # assert_eq!(outcome.to, ["002"]);
//! # }
//! # Ok::<(), limbeck::Error>(())
//! ```
//!
//! However many processes do that together, each revision is applied once; the others wait, and go on.
//! What the files look like is told in [`script`].
//!
//! The library prints nothing, reads no environment, and has no state of its own between calls.
//!
//! What it does can be followed with an [`Observer`], or with a subscriber of the crate `tracing`: the spans `connect`, `lock`
//! and `step`, and at the level debug `statement` for each message that goes to the server with statements of a revision. They
//! end with the fields `elapsed_ms` and, where something failed, `error`. No password and no SQL stands in them, but for a
//! statement's first two words.
//!
//! # Features
//! `sqlite`, `postgres`, `mysql`: a driver each, all on by default. `tokio`: [`Migrator::upgrade_async`]. `diesel`: [`Schema::Diesel`],
//! which takes the crate `syn`.

mod cancel;
// Each driver's part reads what it needs with the same few helpers.
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, unused_imports, unused_variables)
)]
mod catalog;
pub mod database;
mod error;
mod migrator;
mod models;
mod observer;
mod run;
mod scratch;
pub mod tables;
mod trace;
mod trial;

pub use cancel::CancelToken;
pub use catalog::Difference;
pub use database::backup::BackupError;
pub use error::{Edit, Error, Failure, Refused, Remains};
pub use limbeck_core::{Dialect, dialect, revision, script};
/// Makes the revisions of a directory part of the program.
///
/// ```
/// use limbeck::script::EmbeddedFile;
///
/// const REVISIONS: &[EmbeddedFile] = limbeck::embed!("tests/migrations");
/// assert_eq!(REVISIONS[0].name, "001_create_users.sql");
/// assert_eq!(limbeck::Migrator::new(REVISIONS).scripts()?.graph().heads(), ["002"]);
/// # Ok::<(), limbeck::Error>(())
/// ```
pub use limbeck_macros::embed;
pub use migrator::{Migrator, Source};
pub use models::{CompareOptions, Schema};
pub use observer::{Event, Observer, StepLine};
pub use run::{Attempt, Done, LockMode, Outcome, Planned, RevisionStatus, State, Status, Transaction};
pub use run::{Backup, BackupPolicy, BackupWhen, Inspection, Restored};
pub use tables::{Table, Tables};
pub use trial::{Check, Finding, TestOptions, TestReport, Tested};
