//! A directory, a database and a migrator for one case, and the verbs that cases have.
//!
//! | verb | what it does |
//! |---|---|
//! | `upgrade T`, `downgrade T`, `stamp [--purge] T…`, `current`, `accept R`, `restart R`, `ensure-version` | as in the library |
//! | `status`, `log`, `plan T`, `plan-down T`, `upgrade-sql R`, `downgrade-sql R`, `stamp-sql T…` | the same, listed |
//! | `with key=value …` | sets up the migrator for the verbs below |
//! | `sql STATEMENT` | runs a statement on a connection of its own, and shows rows |
//! | `tables` | lists the tables that are not limbeck's |
//! | `delete PATH`, `directory PATH`, `unreadable PATH` | changes the files |
//! | `keep NAME` | keeps a connection open for `kept NAME STATEMENT` |
//!
//! `verb@mariadb` and the like are for that database only.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use limbeck::database::{self, Connection, Options, Url};
use limbeck::{Event, Migrator, Observer, Transaction};
use limbeck_testing::{Mariadb, Postgres, TestDatabase};

use super::file::{Case, Section};
use super::show;

/// A kind of database that cases are run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Database {
    Sqlite,
    Postgresql,
    Mariadb,
}

impl Database {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgresql, Self::Mariadb];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mariadb => "mariadb",
        }
    }

    pub(crate) fn dialect(self) -> limbeck::Dialect {
        self.name().parse().expect("the names are limbeck's")
    }
}

impl std::str::FromStr for Database {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|database| database.name() == name)
            .ok_or_else(|| format!("'{name}' is no database that cases are run on"))
    }
}

/// What a case is played in.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) url: String,
    name: Option<String>,
    _server: Option<TestDatabase>,
    settings: Settings,
    kept: Vec<(String, Box<dyn Connection>)>,
    told: Arc<Mutex<String>>,
}

#[derive(Clone)]
struct Settings {
    directories: Vec<String>,
    version_table: String,
    schema: Option<String>,
    transaction: Transaction,
    who: String,
    search_path: Option<String>,
    lock_wait: Duration,
    busy_timeout: Duration,
}

/// Writes events as the lines of a case.
struct Teller(Arc<Mutex<String>>);

impl Observer for Teller {
    fn event(&self, event: &Event<'_>) {
        if let Some(line) = show::event(event) {
            let mut told = self.0.lock().expect("no thread panics with it");
            told.push_str(&line);
            told.push('\n');
        }
    }
}

impl World {
    pub(crate) fn new(database: Database) -> Self {
        let directory = tempfile::tempdir().expect("there is room for files");
        let server = match database {
            Database::Sqlite => None,
            Database::Postgresql => Some(Postgres::shared().fresh_database()),
            Database::Mariadb => Some(Mariadb::shared().fresh_database()),
        };
        let url = server.as_ref().map_or_else(
            || format!("sqlite:///{}", directory.path().join("app.db").display()),
            |server| server.url.clone(),
        );
        Self {
            database,
            url,
            name: server.as_ref().map(|server| server.name.clone()),
            directory,
            _server: server,
            settings: Settings {
                directories: vec!["migrations".to_owned()],
                version_table: "alembic_version".to_owned(),
                schema: None,
                transaction: Transaction::default(),
                who: "tester".to_owned(),
                search_path: None,
                lock_wait: Duration::from_secs(30),
                busy_timeout: Duration::from_secs(5),
            },
            kept: Vec::new(),
            told: Arc::default(),
        }
    }

    /// Works through a case, and returns what its verbs said.
    pub(crate) fn play(mut self, case: &Case) -> String {
        for section in &case.sections {
            match section {
                Section::File { path, bytes } => self.write(path, bytes),
                Section::Run(verbs) => {
                    for verb in verbs {
                        self.run(verb);
                    }
                }
            }
        }
        let told = std::mem::take(&mut *self.told.lock().expect("no thread panics with it"));
        show::normalise(
            &told,
            &self.directory.path().display().to_string(),
            self.name.as_deref(),
        )
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("the directory can be made");
        std::fs::write(path, bytes).expect("the file can be written");
    }

    /// The migrator that the settings describe.
    pub(crate) fn migrator(&self) -> Migrator {
        let settings = &self.settings;
        let directories: Vec<PathBuf> = settings.directories.iter().map(|path| self.path(path)).collect();
        let options = Options {
            search_path: settings.search_path.clone(),
            busy_timeout: settings.busy_timeout,
            ..Options::default()
        };
        Migrator::new(directories)
            .url(&self.url)
            .options(options)
            .version_table(&settings.version_table)
            .version_table_schema(settings.schema.clone())
            .transaction(settings.transaction)
            .lock_wait(settings.lock_wait)
            .who(&settings.who)
            .observer(Teller(Arc::clone(&self.told)))
    }

    pub(crate) fn connect(&self) -> Box<dyn Connection> {
        let url = Url::parse(&self.url).expect("tests write good URLs");
        database::connect(&url, &Options::default()).expect("the database is there")
    }

    fn run(&mut self, line: &str) {
        let (verb, rest) = line.split_once([' ', '\n']).unwrap_or((line, ""));
        let (verb, database) = verb
            .split_once('@')
            .map_or((verb, None), |(verb, name)| (verb, Some(name)));
        if database.is_some_and(|name| name != self.database.name()) {
            return;
        }
        let shown = if rest.is_empty() {
            verb.to_owned()
        } else {
            format!("{verb} {}", rest.replace('\n', "\n  "))
        };
        self.tell(&format!("$ {shown}\n"));
        let said = self.verb(verb, rest);
        self.tell(&said);
    }

    fn tell(&self, text: &str) {
        self.told.lock().expect("no thread panics with it").push_str(text);
    }

    fn verb(&mut self, verb: &str, rest: &str) -> String {
        let migrator = self.migrator();
        let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        let dialect = self.database.dialect();
        match verb {
            "upgrade" => show::result(migrator.upgrade(rest), show::outcome),
            "downgrade" => show::result(migrator.downgrade(rest), show::outcome),
            "stamp" => {
                let purge = words.first().is_some_and(|word| word == "--purge");
                show::result(migrator.stamp(&words[usize::from(purge)..], purge), show::outcome)
            }
            "current" => show::result(migrator.current(), |rows| format!("= {}\n", rows.join(" "))),
            "status" => show::result(migrator.status(), show::status),
            "log" => show::result(migrator.log(), |log| show::log(&log)),
            "plan" => show::result(migrator.plan_upgrade(rest), |plan| show::plan(&plan)),
            "plan-down" => show::result(migrator.plan_downgrade(rest), |plan| show::plan(&plan)),
            "accept" => show::result(migrator.accept(rest), |id| format!("accepted {id}\n")),
            "restart" => show::result(migrator.restart(rest), |id| format!("restarts {id}\n")),
            "ensure-version" => {
                show::result(migrator.ensure_version(), |wider| format!("widened: {wider}\n"))
            }
            "upgrade-sql" => show::result(migrator.upgrade_sql(dialect, rest), |sql| show::script(&sql)),
            "downgrade-sql" => show::result(migrator.downgrade_sql(dialect, rest), |sql| show::script(&sql)),
            "stamp-sql" => show::result(migrator.stamp_sql(dialect, &words), |sql| show::script(&sql)),
            "with" => self.set(&words),
            "sql" => show::sql(self.connect().query(rest)),
            "tables" => self.tables(),
            "keep" => {
                let connection = self.connect();
                self.kept.push((rest.to_owned(), connection));
                String::new()
            }
            "kept" => self.kept(rest),
            "delete" => {
                let path = self.path(rest);
                let deleted = if path.is_dir() {
                    std::fs::remove_dir_all(path)
                } else {
                    std::fs::remove_file(path)
                };
                deleted.map_or_else(|error| format!("error: {error}\n"), |()| String::new())
            }
            "directory" => {
                std::fs::create_dir_all(self.path(rest)).expect("the directory can be made");
                String::new()
            }
            // Root reads everything, but nobody reads a link to nothing.
            "unreadable" => {
                std::os::unix::fs::symlink("/nowhere/at/all", self.path(rest)).expect("a link can be made");
                String::new()
            }
            _ => panic!("'{verb}' is no verb that cases have"),
        }
    }

    fn kept(&mut self, rest: &str) -> String {
        let (name, statement) = rest.split_once(' ').expect("kept NAME STATEMENT");
        let (_, connection) = self
            .kept
            .iter_mut()
            .find(|(kept, _)| kept == name)
            .expect("keep NAME comes first");
        show::sql(connection.query(statement))
    }

    fn set(&mut self, words: &[String]) -> String {
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let some = || (!value.is_empty()).then(|| value.to_owned());
            let millis = || Duration::from_millis(value.parse().expect("a number of milliseconds"));
            let settings = &mut self.settings;
            match key {
                "dirs" => settings.directories = value.split(',').map(str::to_owned).collect(),
                "version_table" => settings.version_table = value.to_owned(),
                "schema" => settings.schema = some(),
                "search_path" => settings.search_path = some(),
                "who" => settings.who = value.to_owned(),
                "lock_wait" => settings.lock_wait = millis(),
                "busy_timeout" => settings.busy_timeout = millis(),
                "transaction" => {
                    settings.transaction = match value {
                        "whole-run" => Transaction::WholeRun,
                        "per-revision" => Transaction::PerRevision,
                        _ => panic!("'{value}' is no way of transactions"),
                    }
                }
                _ => panic!("'{key}' is nothing that a migrator can be set up with"),
            }
        }
        String::new()
    }

    fn tables(&self) -> String {
        let sql = match self.database {
            Database::Sqlite => {
                "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            }
            Database::Postgresql => {
                "SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name FROM \
                 information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            }
            Database::Mariadb => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            }
        };
        let rows = self.connect().query(sql).expect("the catalog can be read");
        let mut names: Vec<String> = rows
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect();
        const OWN: [&str; 3] = ["alembic_version", "limbeck_journal", "limbeck_lease"];
        names.retain(|name| !OWN.contains(&name.as_str()));
        names.sort();
        format!(
            "{}\n",
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(" ")
            }
        )
    }
}
