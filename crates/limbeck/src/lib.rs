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
//! `sqlite`, `postgres`, `mysql`: a driver each, all on by default. `tokio`: [`Migrator::upgrade_async`]. `diesel`: [`SchemaSource::Diesel`],
//! which takes the crate `syn`.

mod autogenerate;
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
mod reflect;
mod run;
mod scratch;
pub mod tables;
mod trace;
mod trial;

pub use autogenerate::{Answer, AutogenerateOptions, Draft, RevisionWriter, Unproven};
pub use cancel::CancelToken;
pub use catalog::Difference;
pub use database::backup::BackupError;
pub use error::{Edit, Error, Failure, Refused, Remains};
pub use limbeck_core::{Dialect, diagram, dialect, diff, op, plan, revision, schema, script};
/// Describes a struct as a table: what a database is compared with, so that the schema stands once, beside the code that uses it.
///
/// ```
/// use limbeck::Dialect;
///
/// #[derive(limbeck::Table)]
/// #[table(name = "users", comment = "who may log in")]
/// struct User {
///     #[column(primary_key, identity)]
///     id: i64,
///     #[column(unique, length = 200)]
///     email: String,
///     #[column(renamed_from = "fullname", length = 100)]
///     name: Option<String>,
///     #[column(default = "CURRENT_TIMESTAMP")]
///     created_at: chrono::DateTime<chrono::Utc>,
///     #[column(skip)]
///     is_new: bool,
/// }
///
/// #[derive(limbeck::Table)]
/// #[table(name = "posts", index(author_id, published_at), check = "title <> ''")]
/// struct Post {
///     #[column(primary_key, identity)]
///     id: i64,
///     #[column(references = "users.id", on_delete = "cascade")]
///     author_id: i64,
///     title: String,
///     published_at: Option<chrono::DateTime<chrono::Utc>>,
/// }
/// # mod chrono { pub struct Utc; pub struct DateTime<Zone>(Zone); }
///
/// let tables = limbeck::tables![User, Post];
/// assert_eq!(tables.ddl(Dialect::Sqlite)?, r#"CREATE TABLE "users" (
///     "id" INTEGER NOT NULL,
///     "email" VARCHAR(200) NOT NULL,
///     "name" VARCHAR(100), -- limbeck:renamed-from fullname
///     "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
///     PRIMARY KEY ("id"),
///     CONSTRAINT "uq_users_email" UNIQUE ("email")
/// );
///
/// CREATE TABLE "posts" (
///     "id" INTEGER NOT NULL,
///     "author_id" INTEGER NOT NULL,
///     "title" TEXT NOT NULL,
///     "published_at" DATETIME,
///     PRIMARY KEY ("id"),
///     CONSTRAINT "ck_posts_1" CHECK (title <> ''),
///     CONSTRAINT "fk_posts_author_id_users" FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON DELETE CASCADE
/// );
///
/// CREATE INDEX "ix_posts_author_id_published_at" ON "posts" ("author_id", "published_at");
/// "#);
/// # Ok::<(), limbeck::Error>(())
/// ```
///
/// A table is called as its struct, in snake case (`HttpRoute` and `HTTPRoute` are `http_route`), a column as its field. `Option`
/// is what can be NULL. Types are known by the last word of their path, and mean what they mean to sqlx; `type = "…"` stands for any
/// other.
///
/// | `#[table(…)]` | |
/// |---|---|
/// | `name = "users"`, `schema = "app"`, `comment = "…"` | |
/// | `primary_key(a, b)`, `unique(a, b)`, `index(a, b)` | of several fields; `name = "…"` behind them gives it a name |
/// | `check = "a < b"`, `check("a_first" = "a < b")` | a condition, without and with a name |
/// | `renamed_from = "people"` | the name that it had |
///
/// | `#[column(…)]` | |
/// |---|---|
/// | `skip` | the field is no column |
/// | `name = "…"`, `type = "numeric(6, 2)"`, `length = 100`, `comment = "…"` | |
/// | `primary_key`, `unique`, `index` | `unique = "…"` gives it a name |
/// | `identity`, `auto_increment` | the database numbers rows; the second is `AUTOINCREMENT` on SQLite |
/// | `default = "…"`, `check = "…"` | in SQL; a default may be a number, `true` or `false` too |
/// | `references = "users.id"` | a foreign key; then `on_delete = "cascade"`, `on_update`, and its name as `foreign_key = "…"` |
/// | `renamed_from = "…"` | the name that it had |
///
/// Names are `pk_TABLE`, `uq_TABLE_COLUMNS`, `ix_TABLE_COLUMNS`, `fk_TABLE_COLUMN_OTHER`, `ck_TABLE_COLUMN` and `ck_TABLE_NUMBER`.
pub use limbeck_macros::Table;
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
pub use migrator::{Migrator, Reader, Source};
pub use models::{CompareOptions, SchemaSource};
/// Lists the tables that structs describe, as models: see [`derive(Table)`](macro@Table).
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::{CompareOptions, Migrator};
///
/// #[derive(limbeck::Table)]
/// #[table(name = "users")]
/// struct User {
///     #[column(primary_key)]
///     id: i64,
///     #[column(length = 100)]
///     name: String,
///     #[column(length = 200)]
///     email: Option<String>,
/// }
///
/// let models = limbeck::tables![User].into();
/// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:");
/// assert_eq!(migrator.compare(&limbeck::SchemaSource::Revisions, &models, &CompareOptions::default())?, []);
/// # }
/// # Ok::<(), limbeck::Error>(())
/// ```
#[macro_export]
macro_rules! tables {
    ($($table:ty),* $(,)?) => {
        $crate::Tables::new([$(<$table as $crate::Table>::definition()),*])
    };
}
pub use observer::{Event, Observer, StepLine};
pub use run::{Attempt, Done, LockMode, Outcome, Planned, RevisionStatus, State, Status, Transaction};
pub use run::{Backup, BackupPolicy, BackupWhen, Inspection, Restored};
pub use tables::{Table, Tables};
pub use trial::{Check, Finding, TestOptions, TestReport, Tested};
