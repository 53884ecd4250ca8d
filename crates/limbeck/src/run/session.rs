//! One run's connection: reading limbeck's own tables, and making them.

use std::time::Instant;

use limbeck_core::Dialect;
use limbeck_core::revision::Revision;
use limbeck_core::script::Scripts;

use super::actions::adopted;
use super::journal::{self, Attempt};
use super::known::Known;
use super::prepare::kept;
use super::tables::{ID_LENGTH, Tables};
use crate::database::{self, Connection, DatabaseError, ErrorKind, Options, Row, Url};
use crate::error::Error;

/// A connection, and the names of limbeck's tables behind it.
pub(crate) struct Session {
    pub(crate) connection: Box<dyn Connection>,
    pub(crate) tables: Tables,
    /// When the connection was made.
    pub(crate) opened: Instant,
    schema: Option<String>,
    url: Url,
    options: Options,
}

impl Session {
    /// Connects.
    pub(crate) fn open(
        url: &Url,
        options: &Options,
        schema: Option<&str>,
        version: &str,
    ) -> Result<Self, Error> {
        let connection = database::connect(url, options).map_err(Error::Connect)?;
        Ok(Self::on(connection, url, options, schema, version))
    }

    /// Goes on with a connection that was made so.
    pub(crate) fn on(
        connection: Box<dyn Connection>,
        url: &Url,
        options: &Options,
        schema: Option<&str>,
        version: &str,
    ) -> Self {
        Self {
            tables: Tables::new(connection.dialect(), schema, version),
            connection,
            opened: Instant::now(),
            schema: schema.map(str::to_owned),
            url: url.clone(),
            options: options.clone(),
        }
    }

    /// Connects anew, so that nothing is left of what was set in the session. A database in memory would be lost with
    /// its connection, and is kept as it is.
    pub(crate) fn renew(&mut self) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            let sql = "SELECT file FROM pragma_database_list WHERE name = 'main' AND file <> ''";
            let file = self
                .connection
                .query(sql)
                .map_err(Error::database("can't look for the file"))?;
            if file.is_empty() {
                return Ok(());
            }
        }
        self.connection =
            database::connect(&self.url, &self.options).map_err(Error::database("can't connect again"))?;
        self.opened = Instant::now();
        Ok(())
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    /// Connects to look only: a file of SQLite's that is not there is not made, and looks empty. Tells whether the
    /// database is there.
    pub(crate) fn look(
        url: &Url,
        options: &Options,
        schema: Option<&str>,
        version: &str,
    ) -> Result<(Self, bool), Error> {
        let looking = Options {
            create_file: false,
            ..options.clone()
        };
        match Self::open(url, &looking, schema, version) {
            Err(Error::Connect(error))
                if url.dialect() == Dialect::Sqlite && error.kind == ErrorKind::UnknownDatabase =>
            {
                if !url.may_create() {
                    // Only a try to make the file tells what is in its way.
                    return Ok((Self::open(url, options, schema, version)?, true));
                }
                let memory = Url::parse("sqlite::memory:")?;
                Ok((Self::open(&memory, options, schema, version)?, false))
            }
            result => Ok((result?, true)),
        }
    }

    /// The version table's rows, in order; none where the table is missing.
    pub(crate) fn rows(&mut self) -> Result<Vec<String>, Error> {
        let sql = self.tables.select_rows();
        let rows = self
            .query_if_there(&sql)
            .map_err(Error::database("can't read the version table"))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect())
    }

    /// The journal, oldest first; none where the table is missing.
    pub(crate) fn attempts(&mut self) -> Result<Vec<Attempt>, Error> {
        let sql = journal::select(&self.tables);
        let rows = self
            .query_if_there(&sql)
            .map_err(Error::database("can't read the journal"))?;
        Ok(rows.into_iter().map(journal::attempt).collect())
    }

    /// The downgrade that the journal keeps of a revision.
    pub(crate) fn kept_downgrade(&mut self, revision: &str) -> Result<Option<String>, Error> {
        let sql = journal::select_downgrade(&self.tables, revision);
        let rows = self
            .query_if_there(&sql)
            .map_err(Error::database("can't read the journal"))?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .flatten())
    }

    /// What is known of the revisions, given the version rows. The journal is read only when a row is not in
    /// the checkout.
    pub(crate) fn known<'a>(&mut self, scripts: &'a Scripts, rows: &[String]) -> Result<Known<'a>, Error> {
        if rows.iter().all(|row| scripts.graph().get(row).is_some()) {
            return Ok(Known::new(scripts));
        }
        Ok(Known::with_journal(scripts, rows, &self.attempts()?))
    }

    fn query_if_there(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        match self.connection.query(sql) {
            Err(error) if is_missing_table(&error) => Ok(Vec::new()),
            result => result,
        }
    }

    /// Fixes the schema of limbeck's tables, so that a revision that changes the search path or the current
    /// database does not hide them.
    pub(crate) fn qualify(&mut self) -> Result<(), Error> {
        if self.schema.is_none() {
            self.schema = self.current_schema()?;
            self.tables = Tables::new(self.dialect(), self.schema.as_deref(), self.tables.version_name());
        }
        Ok(())
    }

    /// Refuses a database that can only be read, before anything is tried.
    pub(crate) fn refuse_read_only(&mut self) -> Result<(), Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => return Ok(()),
            Dialect::Postgresql => {
                "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'it is a standby' WHEN \
                 pg_catalog.current_setting('transaction_read_only') = 'on' THEN 'default_transaction_read_only is on for it' END"
            }
            Dialect::Mysql | Dialect::Mariadb => {
                "SELECT IF(@@global.read_only, 'read_only is on, as on a replica', NULL)"
            }
        };
        let rows = self.connection.query(sql);
        let rows = rows.map_err(Error::database(
            "can't find out whether the database can be written",
        ))?;
        match rows.into_iter().flatten().flatten().next() {
            Some(why) => Err(Error::ReadOnly {
                database: self.url.to_string(),
                why,
            }),
            None => Ok(()),
        }
    }

    /// Makes those of limbeck's tables that are missing. A database that another tool managed until now is taken over;
    /// returns whether it was.
    pub(crate) fn claim(&mut self, known: &Known<'_>, rows: &[String], who: &str) -> Result<bool, Error> {
        let newcomer = !self.missing_tables()?.is_empty() && self.create_tables(known, rows, who)?;
        // What the server says about limbeck's own tables is not about any revision.
        self.connection.take_notices();
        Ok(newcomer)
    }

    /// Makes what is missing and takes the database over in one transaction, where DDL takes part in them: SQLite keeps runs apart
    /// by nothing else, so that what is missing is looked for inside of it.
    fn create_tables(&mut self, known: &Known<'_>, rows: &[String], who: &str) -> Result<bool, Error> {
        const DOING: &str = "can't create limbeck's own tables";
        let begin = [begin(self.dialect()).to_owned()];
        let whole = self.dialect().transactional_ddl();
        if whole {
            self.run_own(&begin, DOING)?;
        }
        let missing = match self.missing_tables() {
            Ok(missing) => missing,
            Err(error) => {
                self.roll_back();
                return Err(error);
            }
        };
        self.run_own(&missing, DOING)?;
        if !whole {
            self.run_own(&begin, DOING)?;
        }
        let newcomer = missing == [self.tables.create_journal()] && !rows.is_empty();
        if newcomer && let Err(error) = self.adopt(known, rows, who) {
            self.roll_back();
            return Err(error);
        }
        self.run_own(&["COMMIT".to_owned()], DOING)?;
        Ok(newcomer)
    }

    /// The statements that make those of limbeck's tables that are missing.
    fn missing_tables(&mut self) -> Result<Vec<String>, Error> {
        let tables = [
            (self.tables.version(), self.tables.create_version()),
            (self.tables.journal(), self.tables.create_journal()),
        ];
        let mut missing = Vec::new();
        for (table, create) in tables {
            if !self.exists(&table)? {
                missing.push(create);
            }
        }
        Ok(missing)
    }

    /// The schema that holds the version table, or else the one where a new table goes.
    fn current_schema(&mut self) -> Result<Option<String>, Error> {
        let literal = self.dialect().literal(&self.tables.version());
        let sql = match self.dialect() {
            Dialect::Sqlite => "SELECT 'main'".to_owned(),
            Dialect::Postgresql => format!(
                "SELECT COALESCE((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = \
                 c.relnamespace WHERE c.oid = pg_catalog.to_regclass({literal})), pg_catalog.current_schema())"
            ),
            Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()".to_owned(),
        };
        let rows = self
            .connection
            .query(&sql)
            .map_err(Error::database("can't find the current schema"))?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .flatten())
    }

    /// Whether a table, named as in SQL, is there.
    fn exists(&mut self, table: &str) -> Result<bool, Error> {
        let sql = match self.dialect() {
            Dialect::Postgresql => {
                format!(
                    "SELECT 1 WHERE pg_catalog.to_regclass({}) IS NOT NULL",
                    self.dialect().literal(table)
                )
            }
            Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => format!("SELECT 1 FROM {table} LIMIT 0"),
        };
        match self.connection.query(&sql) {
            Ok(rows) => Ok(self.dialect() != Dialect::Postgresql || !rows.is_empty()),
            Err(error) if is_missing_table(&error) => Ok(false),
            Err(error) => Err(Error::database("can't look for limbeck's own tables")(error)),
        }
    }

    /// Takes over a database that was managed by Alembic, or by hand: what is applied gets a row in the journal each, with the
    /// checksum that its file has now.
    fn adopt(&mut self, known: &Known<'_>, rows: &[String], who: &str) -> Result<(), Error> {
        let applied: Vec<Revision> = known.graph.applied(rows).into_iter().cloned().collect();
        let mut inserts = Vec::new();
        for revision in &applied {
            let script = known.scripts.script(&revision.id)?;
            let (checksum, downgrade) = kept(known, script.as_ref(), &revision.id, self.dialect())?;
            let record = adopted(revision, checksum.as_deref(), downgrade.as_deref(), who);
            inserts.push(journal::insert(&self.tables, &record));
        }
        self.run_own(&inserts, "can't write the journal")
    }

    /// Runs statements of limbeck's own.
    pub(crate) fn run_own(&mut self, statements: &[String], doing: &'static str) -> Result<(), Error> {
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.connection.execute_many(&statements).map_err(|error| {
            self.roll_back();
            Error::database(doing)(error)
        })
    }

    /// Rolls back whatever is open. That nothing is, or that the connection is gone, is as good.
    pub(crate) fn roll_back(&mut self) {
        if self.connection.execute("ROLLBACK").is_err() {
            // SQLite says so when no transaction is open; a lost connection has rolled back by itself.
        }
        self.connection.take_notices();
    }

    /// How many characters the version table's column takes; `None` where it has no limit.
    pub(crate) fn id_limit(&mut self) -> Result<Option<usize>, Error> {
        let (schema, table) = (
            self.schema.clone().unwrap_or_default(),
            self.tables.version_name().to_owned(),
        );
        let quote = |text: &str| self.tables.dialect.literal(text);
        let sql = match self.dialect() {
            // SQLite does not keep to the length of a VARCHAR.
            Dialect::Sqlite => return Ok(None),
            Dialect::Postgresql | Dialect::Mysql | Dialect::Mariadb => format!(
                "SELECT character_maximum_length FROM information_schema.columns WHERE table_schema = {} AND table_name = {} \
                 AND column_name = 'version_num'",
                quote(&schema),
                quote(&table)
            ),
        };
        let rows = self
            .connection
            .query(&sql)
            .map_err(Error::database("can't read the version table's width"))?;
        let value = rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .flatten();
        Ok(value.and_then(|value| value.parse().ok()))
    }

    /// Makes a version table that another tool made as wide as limbeck's own.
    pub(crate) fn widen(&mut self) -> Result<bool, Error> {
        if self.id_limit()?.is_none_or(|limit| limit >= ID_LENGTH) {
            return Ok(false);
        }
        let change = match self.dialect() {
            Dialect::Postgresql => format!("ALTER COLUMN version_num TYPE VARCHAR({ID_LENGTH})"),
            _ => format!("MODIFY version_num VARCHAR({ID_LENGTH}) NOT NULL"),
        };
        let sql = format!("ALTER TABLE {} {change}", self.tables.version());
        self.connection
            .execute(&sql)
            .map_err(Error::database("can't widen the version table"))?;
        Ok(true)
    }
}

/// Opens a transaction. SQLite's takes the write lock at once, because a lock taken later can fail.
pub(crate) fn begin(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgresql => "BEGIN",
        Dialect::Mysql | Dialect::Mariadb => "START TRANSACTION",
    }
}

fn is_missing_table(error: &DatabaseError) -> bool {
    match error.code.as_deref() {
        Some("42P01" | "1146") => true,
        _ => error.message.contains("no such table"),
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::thread;
    use std::time::Duration;

    use limbeck_core::script::EmbeddedFile;

    use super::*;

    const FILES: &[EmbeddedFile] = &[EmbeddedFile {
        name: "001_users.sql",
        text: "CREATE TABLE users (id INTEGER);",
    }];

    /// On SQLite several can have come as far as that: all see that the journal is missing, and want to write.
    #[test]
    fn a_database_is_taken_over_once() {
        let directory = tempfile::tempdir().expect("there is room for a file");
        let url = format!("sqlite:///{}", directory.path().join("app.db").display());
        let url = Url::parse(&url).expect("it is a URL");
        let open = || Session::open(&url, &Options::default(), None, "alembic_version").expect("it opens");
        let mut other = open();
        let version = [
            other.tables.create_version(),
            "INSERT INTO alembic_version VALUES ('001')".to_owned(),
            "BEGIN IMMEDIATE".to_owned(),
        ];
        other.run_own(&version, "").expect("nobody is in the way");
        let claim = || {
            let scripts = Scripts::embedded(FILES).expect("it can be read");
            let mut session = open();
            let claimed = session.claim(&Known::new(&scripts), &["001".to_owned()], "tester");
            usize::from(claimed.expect("it waits for the others"))
        };
        let newcomers: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(claim)).collect();
            thread::sleep(Duration::from_millis(300));
            other.roll_back();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .sum()
        });
        assert_eq!((newcomers, other.attempts().expect("it is there").len()), (1, 1));
    }
}
