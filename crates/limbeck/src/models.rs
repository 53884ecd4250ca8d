//! What the models say against what a database is.
//!
//! A schema that is only told is made on a scratch database, and read back as any other: so the server normalises both sides,
//! and what differs is what differs to it.

mod bench;
mod cache;
mod ddl;
#[cfg(feature = "diesel")]
mod diesel;
mod filter;
mod hints;
mod needs;
mod sqlalchemy;
mod store;
mod trace;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use limbeck_core::Dialect;
use limbeck_core::schema::Schema;

use crate::catalog::Difference;
use crate::database::Url;
use crate::error::Error;
use crate::run::Run;
use crate::tables;
pub(crate) use bench::{Bench, on_bench};
pub(crate) use filter::Filter;
pub(crate) use hints::Hint;

/// Where a schema is told.
///
/// ```
/// use limbeck::SchemaSource;
///
/// assert_eq!(SchemaSource::Sql("schema.sql".into()).to_string(), "schema.sql");
/// assert_eq!(SchemaSource::Database("postgres://app:secret@db/app".into()).to_string(), "postgres://app:***@db/app");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaSource {
    /// What a database holds now, by its URL.
    Database(String),
    /// Plain DDL: a file, or a directory of `.sql` files in natural order.
    Sql(PathBuf),
    /// What a program prints: DDL for the database that `LIMBECK_DIALECT` names in its environment.
    Command {
        /// The program and its arguments.
        command: Vec<String>,
        /// Where it is run.
        directory: PathBuf,
    },
    /// The models of a Python program that uses SQLAlchemy or SQLModel.
    Sqlalchemy {
        /// `MODULE:OBJECT`: a declarative base, a `MetaData`, or a list of these.
        object: String,
        /// The Python that has them.
        python: PathBuf,
        /// Where its modules are looked for first.
        directory: PathBuf,
    },
    /// The `target_metadata` of an Alembic directory's env.py, which the project's Python runs as far as that.
    TargetMetadata {
        /// alembic.ini.
        ini: Option<PathBuf>,
        /// pyproject.toml, where it has `[tool.alembic]`.
        pyproject: Option<PathBuf>,
        /// The section of alembic.ini.
        section: String,
        /// Arguments for env.py (`-x`).
        x: Vec<String>,
        /// The Python that has the models, and Alembic.
        python: PathBuf,
        /// Where it is run.
        directory: PathBuf,
        /// Whether schemas are compared that none of its tables is in (`include_schemas` of env.py). PostgreSQL only.
        include_schemas: bool,
    },
    /// The `table!` and `joinable!` of Diesel's `schema.rs`, in one file or several.
    #[cfg(feature = "diesel")]
    Diesel(Vec<PathBuf>),
    /// The tables that a program describes: see [`tables!`](crate::tables!).
    Tables(tables::Tables),
    /// The migrator's revisions, all of them.
    Revisions,
}

impl From<tables::Tables> for SchemaSource {
    fn from(tables: tables::Tables) -> Self {
        Self::Tables(tables)
    }
}

impl fmt::Display for SchemaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(url) => match Url::parse(url) {
                Ok(url) => url.fmt(f),
                // What can't be read may hold a password.
                Err(_) => f.write_str("the database"),
            },
            Self::Sql(path) => path.display().fmt(f),
            Self::Command { command, .. } => write!(f, "'{}'", command.join(" ")),
            Self::Sqlalchemy { object, .. } => f.write_str(object),
            Self::TargetMetadata { .. } => f.write_str("target_metadata of env.py"),
            #[cfg(feature = "diesel")]
            Self::Diesel(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                f.write_str(&paths.join(", "))
            }
            Self::Tables(_) => f.write_str("the program's tables"),
            Self::Revisions => f.write_str("the revisions"),
        }
    }
}

/// How schemas are compared.
///
/// ```
/// use limbeck::CompareOptions;
///
/// let options = CompareOptions { ignore: vec!["legacy_*".to_owned()], ..CompareOptions::default() };
/// assert!(options.scratch_url.is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompareOptions {
    /// An empty database to make schemas on; otherwise one is created on the server of the database that is compared, and
    /// dropped at the end. For SQLite it is in memory.
    pub scratch_url: Option<String>,
    /// Shell-like patterns of names. What is called so, or belongs to a table that is, does not count.
    pub ignore: Vec<String>,
    /// A directory where it is kept what models made, so that models that did not change need not be made again to be compared with a live
    /// database.
    pub cache: Option<PathBuf>,
    /// The environment, names and values, that programs are run in which tell models; otherwise it is this process's. Where it is known and there
    /// is a `cache`, SQLAlchemy's models are not imported again before something changes that they read.
    pub environment: Option<Vec<(OsString, OsString)>>,
}

/// The database's URL that decides where schemas are made.
pub(crate) fn home(
    sides: [&SchemaSource; 2],
    options: &CompareOptions,
    configured: Option<&str>,
) -> Option<String> {
    let live = sides.into_iter().find_map(|side| match side {
        SchemaSource::Database(url) => Some(url.as_str()),
        _ => None,
    });
    let home = options.scratch_url.as_deref().or(live).or(configured);
    home.map(str::to_owned)
}

/// Compares two schemas; the run's database is where they are made that are none yet, or the scratch database if it is given.
pub(crate) fn compare(
    run: &Run<'_>,
    sides: [&SchemaSource; 2],
    options: &CompareOptions,
) -> Result<Vec<Difference>, Error> {
    let filter = Filter::new(&options.ignore)?;
    on_bench(run, sides, options, |bench| {
        let catalogs = [bench.catalog(0)?, bench.catalog(1)?];
        Ok(filter.differences(sides, bench.dialect, catalogs))
    })
}

/// Reads what a source holds, as a schema that can be written.
pub(crate) fn schema(
    run: &Run<'_>,
    source: &SchemaSource,
    options: &CompareOptions,
) -> Result<(Dialect, Schema), Error> {
    let filter = Filter::new(&options.ignore)?;
    on_bench(run, [source], options, |bench| {
        let mut schema = bench.schema(0)?;
        filter.adopt_ignored(&Schema::default(), &mut schema);
        Ok((bench.dialect, schema))
    })
}
