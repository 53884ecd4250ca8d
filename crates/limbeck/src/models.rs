//! What the models say against what a database is.
//!
//! A schema that is only told is made on a scratch database, and read back as any other: so the server normalises both sides,
//! and what differs is what differs to it.

mod ddl;
#[cfg(feature = "diesel")]
mod diesel;
mod filter;
mod hints;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use limbeck_core::Dialect;
use limbeck_core::dialect::needs_autocommit;
use limbeck_core::script::Scripts;
use limbeck_core::{plan, schema};

use crate::catalog::{Catalog, Difference};
use crate::database::{self, Connection, DatabaseError, Keep, Url};
use crate::error::{Error, Refused};
use crate::migrator::Silent;
use crate::observer::Observer;
use crate::reflect;
use crate::run::{Plan, Run, Tables, Transaction};
use crate::scratch::{Scratch, cant_read, check_reach, check_statement};
use crate::tables;
use ddl::{Ddl, Statement};
pub(crate) use filter::Filter;
pub(crate) use hints::Hint;

/// Where a schema is told.
///
/// ```
/// use limbeck::Schema;
///
/// assert_eq!(Schema::Sql("schema.sql".into()).to_string(), "schema.sql");
/// assert_eq!(Schema::Database("postgres://app:secret@db/app".into()).to_string(), "postgres://app:***@db/app");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schema {
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
    /// The `table!` and `joinable!` of Diesel's `schema.rs`, in one file or several.
    #[cfg(feature = "diesel")]
    Diesel(Vec<PathBuf>),
    /// The tables that a program describes: see [`tables!`](crate::tables!).
    Tables(tables::Tables),
    /// The migrator's revisions, all of them.
    Revisions,
}

impl From<tables::Tables> for Schema {
    fn from(tables: tables::Tables) -> Self {
        Self::Tables(tables)
    }
}

impl fmt::Display for Schema {
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
}

/// The database's URL that decides where schemas are made.
pub(crate) fn home(
    sides: [&Schema; 2],
    options: &CompareOptions,
    configured: Option<&str>,
) -> Option<String> {
    let live = sides.into_iter().find_map(|side| match side {
        Schema::Database(url) => Some(url.as_str()),
        _ => None,
    });
    let home = options.scratch_url.as_deref().or(live).or(configured);
    home.map(str::to_owned)
}

/// What a side holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    /// Everything, as text: by it is decided what differs.
    pub(crate) catalog: Catalog,
    /// What limbeck can write, where that was asked for.
    pub(crate) schema: schema::Schema,
    /// What it says of names that changed.
    pub(crate) hints: Vec<Hint>,
}

impl Content {
    fn read(connection: &mut dyn Connection, own: &[&str], written: bool) -> Result<Self, DatabaseError> {
        let catalog = Catalog::read(connection, own)?;
        let schema = if written {
            reflect::read(connection, own)?
        } else {
            schema::Schema::default()
        };
        Ok(Self {
            catalog,
            schema,
            hints: Vec::new(),
        })
    }
}

/// Compares two schemas; the run's database is where they are made that are none yet, or the scratch database if it is given.
pub(crate) fn compare(
    run: &Run<'_>,
    sides: [&Schema; 2],
    options: &CompareOptions,
) -> Result<Vec<Difference>, Error> {
    let filter = Filter::new(&options.ignore)?;
    on_bench(run, sides, options, false, |bench, contents| {
        Ok(filter.differences(sides, bench.dialect, contents.map(|content| content.catalog)))
    })
}

/// Reads what a source holds, as a schema that can be written.
pub(crate) fn schema(
    run: &Run<'_>,
    source: &Schema,
    options: &CompareOptions,
) -> Result<(Dialect, schema::Schema), Error> {
    let filter = Filter::new(&options.ignore)?;
    on_bench(run, [source], options, true, |bench, [mut content]| {
        filter.adopt_ignored(&schema::Schema::default(), &mut content.schema);
        Ok((bench.dialect, content.schema))
    })
}

/// Reads all sides, as schemas too if they are to be written, and lets `work` have them, with the bench where more can be made.
pub(crate) fn on_bench<T, const N: usize>(
    run: &Run<'_>,
    sides: [&Schema; N],
    options: &CompareOptions,
    written: bool,
    work: impl FnOnce(&mut Bench<'_>, [Content; N]) -> Result<T, Error>,
) -> Result<T, Error> {
    check_kinds(run, &sides)?;
    let mut live: [_; N] = std::array::from_fn(|_| None);
    for (side, content) in sides.iter().zip(&mut live) {
        if let Schema::Database(url) = side {
            *content = Some(read(run, &Url::parse(url)?, written)?);
        }
    }
    let dialect = dialect(run, &live, &sides)?;
    // Before anything is created, so that nothing has to be dropped when a program fails.
    let texts = sides.iter().map(|side| ddl::read(side, dialect));
    let texts = texts.collect::<Result<Vec<_>, Error>>()?;
    let extensions = live
        .iter()
        .flatten()
        .next()
        .map(|(_, content)| content.catalog.clone());
    let mut bench = Bench {
        run,
        dialect,
        written,
        given: options.scratch_url.is_some(),
        extensions: extensions.unwrap_or_default(),
        scratch: None,
    };
    run.brake.holds(true);
    let live = live.map(|live| live.map(|(_, content)| content));
    let result = bench
        .contents(live, texts)
        .and_then(|contents| work(&mut bench, contents));
    drop(bench);
    run.brake.holds(false);
    result
}

/// Refuses databases of different kinds before one is connected to.
fn check_kinds(run: &Run<'_>, sides: &[&Schema]) -> Result<(), Error> {
    // What a URL of MySQL's leads to may be MariaDB, and is looked at again when it is known.
    let family = |dialect| match dialect {
        Dialect::Mariadb => Dialect::Mysql,
        dialect => dialect,
    };
    let here = run.url.dialect();
    for side in sides {
        if let Schema::Database(url) = side {
            let dialect = Url::parse(url)?.dialect();
            if family(dialect) != family(here) {
                return Err(not_of_one_kind(run, side, dialect, here));
            }
        }
    }
    Ok(())
}

/// A database's kind and content.
fn read(run: &Run<'_>, url: &Url, written: bool) -> Result<(Dialect, Content), Error> {
    let mut session = Run {
        url,
        brake: Arc::clone(&run.brake),
        ..*run
    }
    .look()?;
    let own = session.tables.clone();
    let content = Content::read(session.connection.as_mut(), &own.names(), written)
        .map_err(Error::database("can't read the schema"))?;
    Ok((session.dialect(), content))
}

/// The kind of database that both sides are for.
fn dialect(run: &Run<'_>, live: &[Option<(Dialect, Content)>], sides: &[&Schema]) -> Result<Dialect, Error> {
    // What a URL of MySQL's leads to may be MariaDB.
    let here = match run.url.dialect() {
        Dialect::Mysql | Dialect::Mariadb => run.look()?.dialect(),
        dialect => dialect,
    };
    for (side, live) in sides.iter().zip(live) {
        if let Some((dialect, _)) = live
            && *dialect != here
        {
            return Err(not_of_one_kind(run, side, *dialect, here));
        }
    }
    Ok(here)
}

fn not_of_one_kind(run: &Run<'_>, side: &Schema, dialect: Dialect, here: Dialect) -> Error {
    Error::Models(format!(
        "{side} is {dialect}, and {} is {here}: only databases of one kind can be compared",
        run.url
    ))
}

/// Where schemas are made, one after the other.
pub(crate) struct Bench<'a> {
    run: &'a Run<'a>,
    pub(crate) dialect: Dialect,
    /// Whether schemas are read as values too.
    written: bool,
    /// Whether the run's database is the scratch database.
    given: bool,
    /// What is in the live database, whose extensions models take for granted.
    extensions: Catalog,
    scratch: Option<Scratch>,
}

impl Bench<'_> {
    /// What the sides hold.
    fn contents<const N: usize>(
        &mut self,
        live: [Option<Content>; N],
        texts: Vec<Option<Vec<Ddl>>>,
    ) -> Result<[Content; N], Error> {
        let mut contents: [_; N] = std::array::from_fn(|_| Content::default());
        for ((content, live), text) in contents.iter_mut().zip(live).zip(texts) {
            *content = match (live, text) {
                (Some(content), _) => content,
                (None, Some(text)) => self.make(&text)?,
                (None, None) => self.replay()?,
            };
        }
        Ok(contents)
    }

    /// The scratch database, empty.
    pub(crate) fn scratch(&mut self) -> Result<&mut Scratch, Error> {
        self.run.brake.check()?;
        match self.scratch.take() {
            Some(mut scratch) => {
                scratch.reset()?;
                Ok(self.scratch.insert(scratch))
            }
            None if self.given => Ok(self.scratch.insert(Scratch::given(self.run)?)),
            None => Ok(self.scratch.insert(Scratch::create(self.run)?)),
        }
    }

    /// Makes a schema of statements.
    fn make(&mut self, ddl: &[Ddl]) -> Result<Content, Error> {
        let (run, given) = (self.run, self.given);
        let extensions = extensions(&self.extensions, ddl);
        let scratch = self.scratch()?;
        let dialect = scratch.connection.dialect();
        if !given {
            for (ddl, statement) in statements(ddl) {
                check_statement(run, dialect, &ddl.file, statement.line, &statement.sql)?;
            }
        }
        for sql in extensions {
            // What the user may not create is missed by the statement that needs it.
            drop(scratch.connection.execute(&sql));
        }
        // On a connection of its own, since it may leave settings behind, as a dump does.
        let mut connection = database::connect(&scratch.url, run.options).map_err(Error::Connect)?;
        for ddl in ddl {
            run.brake.check()?;
            execute(connection.as_mut(), ddl)?;
        }
        drop(connection);
        let mut content = self.content()?;
        content.hints = hints::hints(self.dialect, ddl);
        Ok(content)
    }

    /// Applies all revisions to an empty database.
    fn replay(&mut self) -> Result<Content, Error> {
        let run = self.run;
        if !self.given {
            let steps = run.scripts.graph().upgrade(&[], "heads")?;
            check_reach(run, &steps, self.dialect)?;
        }
        self.scratch()?;
        self.run(run.scripts, &|known, rows| known.graph.upgrade(rows, "heads"))?;
        self.content()
    }

    /// Does on the scratch database what a plan says of some revisions.
    pub(crate) fn run(&mut self, scripts: &Scripts, plan: &Plan<'_>) -> Result<(), Error> {
        let run = self.run;
        let scratch = self.scratch.as_ref().expect("there is one to run on");
        let silent: Arc<dyn Observer> = Arc::new(Silent);
        let on_scratch = Run {
            url: &scratch.url,
            scripts,
            schema: None,
            observer: &silent,
            transaction: Transaction::PerRevision,
            backup: None,
            brake: Arc::clone(&run.brake),
            ..*run
        };
        let applied = on_scratch.execute(plan);
        // There is still a database to be dropped.
        run.brake.holds(true);
        applied.map(drop)
    }

    /// Runs statements on the scratch database; `what` they are for is told with one that is refused.
    pub(crate) fn execute(&mut self, what: &str, statements: &[plan::Statement]) -> Result<(), Error> {
        let scratch = self.scratch.as_mut().expect("there is one to run on");
        let statements = statements.iter().enumerate().map(|(at, statement)| Statement {
            sql: statement.sql.clone(),
            line: at + 1,
        });
        let ddl = Ddl {
            file: what.to_owned(),
            statements: statements.collect(),
        };
        execute(scratch.connection.as_mut(), &ddl)
    }

    /// What is in the scratch database.
    pub(crate) fn content(&mut self) -> Result<Content, Error> {
        let scratch = self.scratch.as_mut().expect("something was made there");
        let connection = scratch.connection.as_mut();
        let own = Tables::new(connection.dialect(), None, self.run.version_table);
        Content::read(connection, &own.names(), self.written).map_err(cant_read)
    }
}

fn statements(ddl: &[Ddl]) -> impl Iterator<Item = (&Ddl, &Statement)> {
    ddl.iter()
        .flat_map(|ddl| ddl.statements.iter().map(move |statement| (ddl, statement)))
}

/// PostgreSQL: what creates the extensions of a database that these statements don't create themselves.
fn extensions(catalog: &Catalog, ddl: &[Ddl]) -> Vec<String> {
    let created: Vec<String> = statements(ddl)
        .filter_map(|(_, statement)| ddl::created_extension(&statement.sql))
        .collect();
    let of = |(object, definition): (&'_ String, &'_ String)| {
        let name = object.strip_prefix("extension ")?;
        let (_, schema) = definition.rsplit_once(" in ")?;
        let is_created = created.iter().any(|created| created == name);
        let [name, schema] = [name, schema].map(|name| Dialect::Postgresql.identifier(name));
        (!is_created).then(|| {
            [
                format!("CREATE SCHEMA IF NOT EXISTS {schema}"),
                format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema} CASCADE"),
            ]
        })
    };
    catalog.objects.iter().filter_map(of).flatten().collect()
}

/// Runs statements, many in a message, but those alone that can't be in a transaction.
fn execute(connection: &mut dyn Connection, ddl: &Ddl) -> Result<(), Error> {
    const BATCH: usize = 64;
    let dialect = connection.dialect();
    let alone = |statement: &Statement| needs_autocommit(dialect, &statement.sql).is_some();
    let runs = ddl.statements.chunk_by(|one, next| !alone(one) && !alone(next));
    for batch in runs.flat_map(|run| run.chunks(BATCH)) {
        let sql: Vec<&str> = batch.iter().map(|statement| statement.sql.as_str()).collect();
        connection.run(&sql, Keep::Nothing).map_err(|source| {
            let statement = &batch[source.statement.unwrap_or_default().min(batch.len() - 1)];
            Refused::new(&ddl.file, statement.line, &statement.sql, source)
        })?;
    }
    Ok(())
}
