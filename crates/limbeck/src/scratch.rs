//! A database that is there to try something on, and that nobody needs afterwards.

mod reach;

use std::sync::atomic::{AtomicU64, Ordering};

use limbeck_core::Dialect;

use crate::catalog::Catalog;
use crate::database::{self, Connection, DatabaseError, ErrorKind, Options, Url};
use crate::error::Error;
use crate::run::Run;

pub(crate) use reach::{check_reach, check_statement};

/// The start of the names of databases that limbeck creates.
const PREFIX: &str = "limbeck_scratch_";

/// A scratch database. Dropped, it is gone again, or, if it was given, empty again.
pub(crate) struct Scratch {
    pub(crate) url: Url,
    pub(crate) connection: Box<dyn Connection>,
    options: Options,
    /// PostgreSQL: extensions that were there before.
    extensions: Vec<String>,
    /// The database's name and where it was created from; `None` where that is nowhere.
    created: Option<(String, Creator)>,
}

/// The connection that a database was created on. As long as it lives, other tests let the database be.
struct Creator {
    connection: Box<dyn Connection>,
    url: Url,
    options: Options,
}

impl Scratch {
    /// Creates a database on the server of a run; for SQLite in memory, where nothing of it is left behind.
    pub(crate) fn create(run: &Run<'_>) -> Result<Self, Error> {
        if run.url.dialect() == Dialect::Sqlite {
            return Self::in_memory(run.options);
        }
        let (url, mut connection) = run.patiently(run.connect_wait, || server(run.url, run.options))?;
        let name = new_name(connection.as_mut())?;
        remove_left_overs(connection.as_mut());
        let create = create(connection.as_mut(), &name)?;
        connection
            .execute(&create)
            .map_err(|error| cant_create(run.url, error))?;
        let creator = Creator {
            connection,
            url,
            options: run.options.clone(),
        };
        // From here on the database is dropped whatever happens.
        let mut guard = Created(Some((name, creator)));
        let name = &guard.0.as_ref().expect("it was just put there").0;
        let url = run.url.with_database(name);
        let connection = database::connect(&url, run.options).map_err(Error::Connect)?;
        let mut scratch = Self {
            url,
            connection,
            options: run.options.clone(),
            extensions: Vec::new(),
            created: guard.0.take(),
        };
        scratch.make_schemas()?;
        Ok(scratch)
    }

    /// Uses the database that a run names.
    ///
    /// # Errors
    /// [`Error::Scratch`] when something is in it, which is not touched then.
    pub(crate) fn given(run: &Run<'_>) -> Result<Self, Error> {
        if run.url.is_in_memory() {
            return Self::in_memory(run.options);
        }
        let mut connection = run.patiently(run.connect_wait, || {
            database::connect(run.url, run.options).map_err(Error::Connect)
        })?;
        let catalog = Catalog::read(connection.as_mut(), &[]).map_err(cant_read)?;
        let here = |object: &&String| {
            !["schema ", "privileges on schema ", "extension "]
                .iter()
                .any(|kind| object.starts_with(kind))
        };
        if let Some(object) = catalog
            .objects
            .keys()
            .filter(here)
            .min_by_key(|object| !object.starts_with("table "))
        {
            return Err(Error::Scratch(format!(
                "{} is no scratch database: it holds a {object}, and limbeck must be free to drop everything in it. Nothing was \
                 changed. Name an empty database",
                run.url
            )));
        }
        let extensions = catalog.objects.keys();
        let extensions = extensions.filter_map(|object| object.strip_prefix("extension ").map(str::to_owned));
        let extensions = extensions.collect();
        let mut scratch = Self {
            url: run.url.clone(),
            connection,
            options: run.options.clone(),
            extensions,
            created: None,
        };
        scratch.make_schemas()?;
        Ok(scratch)
    }

    /// A database that the connections of this process share, and that ends with the last of them.
    fn in_memory(options: &Options) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let url = Url::parse(&format!("file:{PREFIX}{number}?mode=memory&cache=shared"))?;
        let connection = database::connect(&url, options).map_err(Error::Connect)?;
        Ok(Self {
            url,
            connection,
            options: options.clone(),
            extensions: Vec::new(),
            created: None,
        })
    }

    /// Makes it as it was at the beginning.
    pub(crate) fn reset(&mut self) -> Result<(), Error> {
        self.empty()?;
        self.make_schemas()
    }

    /// PostgreSQL: makes the schemas of the configured search path, which revisions find in the real database too.
    fn make_schemas(&mut self) -> Result<(), Error> {
        let path = self.options.search_path.as_ref();
        let path = path.or(self.url.settings().search_path.as_ref());
        let Some(path) = path.filter(|_| self.connection.dialect() == Dialect::Postgresql) else {
            return Ok(());
        };
        for name in path.split(',').map(|name| name.trim().trim_matches('"')) {
            if !["", "$user", "pg_catalog", "public"].contains(&name) {
                let name = Dialect::Postgresql.identifier(name);
                self.connection
                    .execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}"))
                    .map_err(Error::database("can't create the schemas of the search path"))?;
            }
        }
        Ok(())
    }

    /// Drops everything that is in it.
    fn empty(&mut self) -> Result<(), Error> {
        let statements = self.drops().map_err(cant_read)?;
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.connection
            .execute_many(&statements)
            .map_err(Error::database("can't empty the scratch database"))
    }

    fn drops(&mut self) -> Result<Vec<String>, DatabaseError> {
        let (query, before): (String, &[&str]) = match self.connection.dialect() {
            Dialect::Sqlite => (SQLITE_DROPS.to_owned(), &["PRAGMA foreign_keys = OFF"]),
            Dialect::Postgresql => (postgres_drops(&self.extensions), &[]),
            Dialect::Mysql | Dialect::Mariadb => (MYSQL_DROPS.to_owned(), &["SET foreign_key_checks = 0"]),
        };
        let mut statements: Vec<String> = before.iter().map(ToString::to_string).collect();
        let rows = self.connection.query(&query)?;
        statements.extend(rows.into_iter().flatten().flatten());
        if !before.is_empty() && statements.len() > 1 {
            let after = match self.connection.dialect() {
                Dialect::Sqlite => "PRAGMA foreign_keys = ON",
                _ => "SET foreign_key_checks = 1",
            };
            statements.push(after.to_owned());
        }
        Ok(statements)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        match self.created.take() {
            Some(created) => drop(Created(Some(created))),
            // A database that can't be emptied says so when it is next tested on.
            None => drop(self.empty()),
        }
    }
}

/// A database that is dropped with the value. What can't be dropped now is a left-over to the next test.
struct Created(Option<(String, Creator)>);

impl Drop for Created {
    fn drop(&mut self) {
        let Some((name, mut creator)) = self.0.take() else {
            return;
        };
        let sql = drop_database(creator.connection.dialect(), &name);
        if creator.connection.execute(&sql).is_err()
            && let Ok(mut anew) = database::connect(&creator.url, &creator.options)
        {
            drop(anew.execute(&sql));
        }
    }
}

fn drop_database(dialect: Dialect, name: &str) -> String {
    let name = dialect.identifier(name);
    match dialect {
        // The connections to it may not have ended yet.
        Dialect::Postgresql => format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        _ => format!("DROP DATABASE IF EXISTS {name}"),
    }
}

/// Connects to the server: to the configured database, or to one that is always there.
fn server(url: &Url, options: &Options) -> Result<(Url, Box<dyn Connection>), Error> {
    match database::connect(url, options) {
        Err(error) if error.kind == ErrorKind::UnknownDatabase => {
            let always = match url.dialect() {
                Dialect::Postgresql => "postgres",
                _ => "information_schema",
            };
            let url = url.with_database(always);
            let connection = database::connect(&url, options).map_err(Error::Connect)?;
            Ok((url, connection))
        }
        result => Ok((url.clone(), result.map_err(Error::Connect)?)),
    }
}

/// A name that says which session it belongs to; on MySQL the session also has a lock of that name.
fn new_name(connection: &mut dyn Connection) -> Result<String, Error> {
    let sql = match connection.dialect() {
        Dialect::Postgresql => format!(
            "SELECT '{PREFIX}' || pg_backend_pid() || '_' || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        ),
        _ => format!(
            "SELECT CONCAT('{PREFIX}', CONNECTION_ID(), '_', CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED))"
        ),
    };
    let name = connection
        .query(&sql)
        .map_err(cant_read)?
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .unwrap_or_default();
    if connection.dialect() != Dialect::Postgresql {
        connection
            .query(&format!("SELECT GET_LOCK('{name}', 0)"))
            .map_err(cant_read)?;
    }
    Ok(name)
}

/// The statement that creates a database with the text settings of the one that the connection leads to.
fn create(connection: &mut dyn Connection, name: &str) -> Result<String, Error> {
    let dialect = connection.dialect();
    let name = dialect.identifier(name);
    let sql = match dialect {
        Dialect::Postgresql => {
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
        }
        _ => "SELECT @@character_set_database, @@collation_database",
    };
    let row = connection.query(sql).map_err(cant_read)?.into_iter().next();
    let row: Vec<String> = row.into_iter().flatten().flatten().collect();
    Ok(match (dialect, row.as_slice()) {
        (Dialect::Postgresql, [encoding, collate, ctype]) => format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
            dialect.literal(encoding),
            dialect.literal(collate),
            dialect.literal(ctype)
        ),
        (Dialect::Mysql | Dialect::Mariadb, [charset, collation]) => {
            format!("CREATE DATABASE {name} CHARACTER SET {charset} COLLATE {collation}")
        }
        _ => format!("CREATE DATABASE {name}"),
    })
}

/// Drops the databases of tests that were killed. That one can't be dropped is not this test's matter.
fn remove_left_overs(connection: &mut dyn Connection) {
    let sql = match connection.dialect() {
        Dialect::Postgresql => format!(
            "SELECT d.datname FROM pg_database d WHERE d.datname ~ '^{PREFIX}[0-9]+_[0-9]+$' AND NOT EXISTS (SELECT FROM \
             pg_stat_activity a WHERE a.pid::text = split_part(d.datname, '_', 3) OR a.datname = d.datname)"
        ),
        _ => format!(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name REGEXP '^{PREFIX}[0-9]+_[0-9]+$' AND \
             IS_FREE_LOCK(schema_name) = 1"
        ),
    };
    let names = connection.query(&sql).unwrap_or_default();
    for name in names.into_iter().flatten().flatten() {
        let name = connection.dialect().identifier(&name);
        drop(connection.execute(&format!("DROP DATABASE IF EXISTS {name}")));
    }
}

fn cant_create(url: &Url, error: DatabaseError) -> Error {
    if error.kind != ErrorKind::Permission {
        return Error::database("can't create a scratch database")(error);
    }
    let user = url.user().unwrap_or("the user");
    let grant = match url.dialect() {
        Dialect::Postgresql => format!("ALTER ROLE {} CREATEDB", Dialect::Postgresql.identifier(user)),
        _ => format!("GRANT ALL ON `limbeck\\_scratch\\_%`.* TO '{user}'@'…'"),
    };
    Error::Scratch(format!(
        "{user} may not create a scratch database ({error}). Let it ({grant}), or name an empty database with --scratch-url"
    ))
}

pub(crate) fn cant_read(error: DatabaseError) -> Error {
    Error::database("can't read the scratch database")(error)
}

const SQLITE_DROPS: &str = "SELECT 'DROP ' || type || ' IF EXISTS \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_schema \
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN (SELECT name FROM \
    pragma_table_list WHERE type = 'shadow') ORDER BY type DESC";

const MYSQL_DROPS: &str = "SELECT CONCAT('DROP VIEW IF EXISTS `', REPLACE(table_name, '`', '``'), '`') FROM \
    information_schema.views WHERE table_schema = DATABASE() UNION ALL SELECT CONCAT('DROP ', IF(table_type = 'SEQUENCE', \
    'SEQUENCE', 'TABLE'), ' IF EXISTS `', REPLACE(table_name, '`', '``'), '`') FROM information_schema.tables WHERE \
    table_schema = DATABASE() AND table_type NOT LIKE '%VIEW' UNION ALL SELECT CONCAT('DROP ', routine_type, ' IF EXISTS `', \
    REPLACE(routine_name, '`', '``'), '`') FROM information_schema.routines WHERE routine_schema = DATABASE() UNION ALL \
    SELECT CONCAT('DROP EVENT IF EXISTS `', REPLACE(event_name, '`', '``'), '`') FROM information_schema.events WHERE \
    event_schema = DATABASE()";

/// Everything but the schema public itself, whose owner and privileges would not come back. What belongs to an extension, or is
/// a part of something else, goes with it.
fn postgres_drops(extensions: &[String]) -> String {
    const IN_PUBLIC: [(&str, &str); 7] = [
        (
            "pg_class",
            "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')",
        ),
        ("pg_proc", "pronamespace = 'public'::regnamespace"),
        ("pg_type", "typnamespace = 'public'::regnamespace"),
        ("pg_operator", "oprnamespace = 'public'::regnamespace"),
        ("pg_collation", "collnamespace = 'public'::regnamespace"),
        ("pg_ts_config", "cfgnamespace = 'public'::regnamespace"),
        ("pg_ts_dict", "dictnamespace = 'public'::regnamespace"),
    ];
    let mut keep = vec!["'plpgsql'".to_owned()];
    keep.extend(extensions.iter().map(|name| Dialect::Postgresql.literal(name)));
    let keep = keep.join(", ");
    let mut objects: Vec<String> = IN_PUBLIC
        .iter()
        .map(|(table, which)| format!("SELECT 2, '{table}'::regclass, oid FROM {table} WHERE {which}"))
        .collect();
    objects.push("SELECT 0, 'pg_event_trigger'::regclass, oid FROM pg_event_trigger".to_owned());
    objects.push("SELECT 0, 'pg_publication'::regclass, oid FROM pg_publication".to_owned());
    objects.push(format!(
        "SELECT 1, 'pg_extension'::regclass, oid FROM pg_extension WHERE extname NOT IN ({keep})"
    ));
    objects.push(
        "SELECT 2, 'pg_namespace'::regclass, oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN \
         ('information_schema', 'public')"
            .to_owned(),
    );
    format!(
        "SELECT format('DROP %s IF EXISTS %s CASCADE', i.type, i.identity) FROM ({}) o(at, class, id), \
         pg_identify_object(o.class, o.id, 0) i WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.class AND e.objid = \
         o.id AND e.refobjid <> o.id AND e.deptype IN ('e', 'i')) ORDER BY o.at, o.id",
        objects.join(" UNION ALL ")
    )
}
