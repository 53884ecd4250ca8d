//! Where schemas are made, one after the other, and read.

use std::sync::Arc;

use limbeck_core::Dialect;
use limbeck_core::dialect::needs_autocommit;
use limbeck_core::plan;
use limbeck_core::schema::Schema;
use limbeck_core::script::Scripts;

use super::cache::Cache;
use super::ddl::{self, Ddl, Statement};
use super::hints::{self, Hint};
use super::{CompareOptions, SchemaSource};
use crate::catalog::Catalog;
use crate::database::{self, Connection, Keep, Url};
use crate::error::{Error, Refused};
use crate::migrator::Silent;
use crate::observer::Observer;
use crate::reflect;
use crate::run::{Early, Plan, Run, Session, Tables, Transaction};
use crate::scratch::{Scratch, cant_read, check_reach, check_statement};

/// What is compared, and a scratch database to make it on.
pub(crate) struct Bench<'a> {
    run: &'a Run<'a>,
    pub(crate) dialect: Dialect,
    /// Whether the run's database is the scratch database.
    given: bool,
    sides: Vec<Side>,
    /// What creates the live database's extensions, which models take for granted.
    extensions: Vec<Extension>,
    cache: Option<Cache>,
    scratch: Option<Scratch>,
    /// The side that the scratch database holds.
    holds: Option<usize>,
}

/// Where a side comes from.
enum Side {
    Live(Box<Session>),
    Told(Vec<Ddl>),
    Revisions,
}

/// Lets `work` have the sides, and takes care that no scratch database is left behind.
pub(crate) fn on_bench<T, const N: usize>(
    run: &Run<'_>,
    sides: [&SchemaSource; N],
    options: &CompareOptions,
    work: impl FnOnce(&mut Bench<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    check_kinds(run, &sides)?;
    let mut live = Vec::new();
    for side in sides {
        live.push(match side {
            SchemaSource::Database(url) => Some(look(run, &Url::parse(url)?)?),
            _ => None,
        });
    }
    let dialect = dialect(run, &live, &sides)?;
    let (mut opened, mut extensions, mut cache) = (Vec::new(), Vec::new(), None);
    for (side, live) in sides.into_iter().zip(live) {
        // Before anything is created, so that nothing has to be dropped when a program fails.
        opened.push(match (live, ddl::read(side, dialect, options)?) {
            (Some(mut session), _) => {
                if extensions.is_empty() && cache.is_none() {
                    extensions = Extension::all(session.connection.as_mut())?;
                    let directory = options.cache.as_deref();
                    cache = directory
                        .map(|directory| Cache::open(directory, &mut session, &extensions))
                        .transpose()?;
                }
                Side::Live(Box::new(session))
            }
            (None, Some(told)) => Side::Told(told),
            (None, None) => Side::Revisions,
        });
    }
    let mut bench = Bench {
        run,
        dialect,
        given: options.scratch_url.is_some(),
        sides: opened,
        extensions,
        cache,
        scratch: None,
        holds: None,
    };
    run.brake.holds(true);
    let result = work(&mut bench);
    drop(bench);
    run.brake.holds(false);
    result
}

/// Refuses databases of different kinds before one is connected to.
fn check_kinds(run: &Run<'_>, sides: &[&SchemaSource]) -> Result<(), Error> {
    // What a URL of MySQL's leads to may be MariaDB, and is looked at again when it is known.
    let family = |dialect| match dialect {
        Dialect::Mariadb => Dialect::Mysql,
        dialect => dialect,
    };
    let here = run.url.dialect();
    for side in sides {
        if let SchemaSource::Database(url) = side {
            let dialect = Url::parse(url)?.dialect();
            if family(dialect) != family(here) {
                return Err(not_of_one_kind(run, side, dialect, here));
            }
        }
    }
    Ok(())
}

/// A session to look at a live database with.
fn look(run: &Run<'_>, url: &Url) -> Result<Session, Error> {
    let there = Run {
        url,
        early: Early::default(),
        brake: Arc::clone(&run.brake),
        ..*run
    };
    there.look()
}

/// The kind of database that both sides are for.
fn dialect(run: &Run<'_>, live: &[Option<Session>], sides: &[&SchemaSource]) -> Result<Dialect, Error> {
    let here = match run.url.dialect() {
        // What a URL of MySQL's leads to may be MariaDB.
        Dialect::Mysql | Dialect::Mariadb => {
            let known = sides.iter().zip(live).find_map(|(side, live)| match side {
                SchemaSource::Database(url) => live
                    .as_ref()
                    .filter(|_| Url::parse(url).is_ok_and(|url| url == *run.url)),
                _ => None,
            });
            known.map_or_else(
                || run.look().map(|session| session.dialect()),
                |session| Ok(session.dialect()),
            )?
        }
        dialect => dialect,
    };
    for (side, live) in sides.iter().zip(live) {
        if let Some(session) = live
            && session.dialect() != here
        {
            return Err(not_of_one_kind(run, side, session.dialect(), here));
        }
    }
    Ok(here)
}

fn not_of_one_kind(run: &Run<'_>, side: &SchemaSource, dialect: Dialect, here: Dialect) -> Error {
    Error::Models(format!(
        "{side} is {dialect}, and {} is {here}: only databases of one kind can be compared",
        run.url
    ))
}

impl Bench<'_> {
    /// Everything that a side holds, as text.
    pub(crate) fn catalog(&mut self, side: usize) -> Result<Catalog, Error> {
        if let Side::Live(session) = &mut self.sides[side] {
            let own = session.tables.clone();
            let catalog = Catalog::read(session.connection.as_mut(), &own.names());
            return catalog.map_err(Error::database("can't read the schema"));
        }
        if let (Some(cache), Side::Told(told)) = (&self.cache, &self.sides[side])
            && let Some(catalog) = cache.get(told)
        {
            return Ok(catalog);
        }
        self.make(side)?;
        let catalog = self.made_catalog()?;
        if let (Some(cache), Side::Told(told)) = (&self.cache, &self.sides[side]) {
            cache.put(told, &catalog);
        }
        Ok(catalog)
    }

    /// What a side holds and limbeck can write.
    pub(crate) fn schema(&mut self, side: usize) -> Result<Schema, Error> {
        if let Side::Live(session) = &mut self.sides[side] {
            let own = session.tables.clone();
            let schema = reflect::read(session.connection.as_mut(), &own.names());
            return schema.map_err(Error::database("can't read the schema"));
        }
        self.make(side)?;
        self.made_schema()
    }

    /// What a side says of names that changed.
    pub(crate) fn hints(&self, side: usize) -> Vec<Hint> {
        match &self.sides[side] {
            Side::Told(told) => hints::hints(self.dialect, told),
            Side::Live(_) | Side::Revisions => Vec::new(),
        }
    }

    /// Makes the scratch database hold a side.
    fn make(&mut self, side: usize) -> Result<(), Error> {
        if self.holds == Some(side) {
            return Ok(());
        }
        self.scratch()?;
        match &self.sides[side] {
            Side::Told(_) => self.tell(side)?,
            Side::Live(_) | Side::Revisions => self.replay()?,
        }
        self.holds = Some(side);
        Ok(())
    }

    /// The scratch database, empty.
    pub(crate) fn scratch(&mut self) -> Result<&mut Scratch, Error> {
        self.run.brake.check()?;
        self.holds = None;
        match self.scratch.take() {
            Some(mut scratch) => {
                scratch.reset()?;
                Ok(self.scratch.insert(scratch))
            }
            None if self.given => Ok(self.scratch.insert(Scratch::given(self.run)?)),
            None => Ok(self.scratch.insert(Scratch::create(self.run)?)),
        }
    }

    /// Runs the statements of a side.
    fn tell(&mut self, side: usize) -> Result<(), Error> {
        let Self {
            run,
            given,
            sides,
            extensions,
            scratch: Some(scratch),
            ..
        } = self
        else {
            return Ok(());
        };
        let Side::Told(told) = &sides[side] else {
            return Ok(());
        };
        let dialect = scratch.connection.dialect();
        if !*given {
            for (ddl, statement) in statements(told) {
                check_statement(run.url, dialect, &ddl.file, statement.line, &statement.sql)?;
            }
        }
        let created: Vec<String> = statements(told)
            .filter_map(|(_, statement)| ddl::created_extension(&statement.sql))
            .collect();
        for extension in extensions
            .iter()
            .filter(|extension| !created.contains(&extension.name))
        {
            for sql in extension.create() {
                // What the user may not create is missed by the statement that needs it.
                drop(scratch.connection.execute(&sql));
            }
        }
        // On a connection of its own, since it may leave settings behind, as a dump does.
        let mut connection = database::connect(&scratch.url, run.options).map_err(Error::Connect)?;
        for ddl in told {
            run.brake.check()?;
            execute(connection.as_mut(), ddl)?;
        }
        Ok(())
    }

    /// Applies all revisions to the scratch database.
    fn replay(&mut self) -> Result<(), Error> {
        let run = self.run;
        if !self.given {
            let steps = run.scripts.graph().upgrade(&[], "heads")?;
            check_reach(run, &steps, self.dialect)?;
        }
        self.run(run.scripts, &|known, rows| known.graph.upgrade(rows, "heads"))
    }

    /// Does on the scratch database what a plan says of some revisions.
    pub(crate) fn run(&mut self, scripts: &Scripts, plan: &Plan<'_>) -> Result<(), Error> {
        self.holds = None;
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
            early: Early::default(),
            brake: Arc::clone(&run.brake),
            beside: (!self.given).then_some(run.url),
            ..*run
        };
        let applied = on_scratch.execute(plan);
        // There is still a database to be dropped.
        run.brake.holds(true);
        applied.map(drop)
    }

    /// Runs statements on the scratch database; `what` they are for is told with one that is refused.
    pub(crate) fn execute(&mut self, what: &str, statements: &[plan::Statement]) -> Result<(), Error> {
        self.holds = None;
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

    /// Everything that is in the scratch database, as text.
    pub(crate) fn made_catalog(&mut self) -> Result<Catalog, Error> {
        let (connection, own) = self.made();
        Catalog::read(connection, &own.names()).map_err(cant_read)
    }

    /// What is in the scratch database and limbeck can write.
    pub(crate) fn made_schema(&mut self) -> Result<Schema, Error> {
        let (connection, own) = self.made();
        reflect::read(connection, &own.names()).map_err(cant_read)
    }

    fn made(&mut self) -> (&mut dyn Connection, Tables) {
        let scratch = self.scratch.as_mut().expect("something was made there");
        let connection = scratch.connection.as_mut();
        let own = Tables::new(connection.dialect(), None, self.run.version_table);
        (connection, own)
    }
}

fn statements(ddl: &[Ddl]) -> impl Iterator<Item = (&Ddl, &Statement)> {
    ddl.iter()
        .flat_map(|ddl| ddl.statements.iter().map(move |statement| (ddl, statement)))
}

/// An extension of PostgreSQL's that a database has.
pub(super) struct Extension {
    pub(super) name: String,
    schema: String,
    pub(super) version: String,
}

impl Extension {
    fn all(connection: &mut dyn Connection) -> Result<Vec<Self>, Error> {
        if connection.dialect() != Dialect::Postgresql {
            return Ok(Vec::new());
        }
        let sql = "SELECT x.extname, n.nspname, x.extversion FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace \
                   WHERE x.extname <> 'plpgsql' ORDER BY x.oid";
        let rows = connection
            .query(sql)
            .map_err(Error::database("can't read the extensions"))?;
        let row = |row: database::Row| {
            let [name, schema, version] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(Self {
                name: name?,
                schema: schema?,
                version: version?,
            })
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// What creates it.
    fn create(&self) -> [String; 2] {
        let [name, schema] = [&self.name, &self.schema].map(|name| Dialect::Postgresql.identifier(name));
        [
            format!("CREATE SCHEMA IF NOT EXISTS {schema}"),
            format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema} CASCADE"),
        ]
    }
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
