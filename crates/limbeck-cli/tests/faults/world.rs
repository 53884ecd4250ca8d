//! A database, and the history that is run on it.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use limbeck::database::{self, Connection, Options, Url};
use limbeck_testing::{Mariadb, Postgres, TestDatabase};
use tempfile::TempDir;

use super::process::Process;
use crate::session::Database;

/// Where a world's database is.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    File,
    Postgres(&'a Postgres),
    Mariadb(&'a Mariadb),
}

impl Place<'static> {
    pub(super) fn shared(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::File,
            Database::Postgresql => Self::Postgres(Postgres::shared()),
            Database::Mariadb => Self::Mariadb(Mariadb::shared()),
        }
    }
}

/// An empty database, dropped with this value.
pub(super) struct World {
    pub(super) database: Database,
    /// Leads to the database without a detour.
    pub(super) url: String,
    pub(super) name: String,
    directory: TempDir,
    runs: Cell<usize>,
    /// The port in the URL.
    port: u16,
    _fresh: Option<TestDatabase>,
}

impl World {
    pub(super) fn new(place: Place<'_>) -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        fs::create_dir(directory.path().join("more")).expect("there is room");
        let (database, fresh, port) = match place {
            Place::File => (Database::Sqlite, None, 0),
            Place::Postgres(server) => (Database::Postgresql, Some(server.fresh_database()), server.port()),
            Place::Mariadb(server) => (Database::Mariadb, Some(server.fresh_database()), server.port()),
        };
        let (url, name) = match &fresh {
            Some(fresh) => (fresh.url.clone(), fresh.name.clone()),
            None => {
                let path = directory.path().join("app.db");
                (format!("sqlite:///{}", path.display()), String::new())
            }
        };
        // What passes a proxy is to be read there.
        let plain = match database {
            Database::Sqlite => "",
            Database::Postgresql => "?sslmode=disable",
            Database::Mariadb => "?ssl_mode=disabled",
        };
        let world = Self {
            database,
            url: url + plain,
            name,
            directory,
            runs: Cell::new(0),
            port,
            _fresh: fresh,
        };
        world.configure("");
        world
    }

    /// The port of the server.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Leads to the database by way of another port.
    pub(super) fn url_by(&self, port: u16) -> String {
        self.url
            .replace(&format!(":{}/", self.port), &format!(":{port}/"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a revision behind the history.
    pub(super) fn append(&self, upgrade: &str) {
        let text = format!("-- one more\n--\n-- Revision ID: 009\n-- Revises: 008\n\n{upgrade}\n");
        fs::write(self.more().join("009_one_more.sql"), text).expect("there is room");
    }

    /// Writes limbeck.toml. Backups have tests of their own, and would take most of the time here.
    pub(super) fn configure(&self, text: &str) {
        let text = format!("[backup]\nwhen = \"never\"\n{text}");
        fs::write(self.path("limbeck.toml"), text).expect("there is room");
    }

    fn more(&self) -> PathBuf {
        self.path("more")
    }

    /// The program, to be started with the history and the database's URL.
    pub(super) fn limbeck(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command
            .args(arguments)
            .arg("--dir")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/migrations"))
            .arg("--dir")
            .arg(self.more())
            .current_dir(self.directory.path())
            .env_clear()
            .env("DATABASE_URL", &self.url)
            .env("USER", "ada");
        command
    }

    /// Starts a process in this world.
    pub(super) fn start(&self, command: &mut Command) -> Process {
        self.runs.set(self.runs.get() + 1);
        Process::start(command, self.path(&format!("said-{}", self.runs.get())))
    }

    pub(super) fn connect(&self) -> Box<dyn Connection> {
        let url = Url::parse(&self.url).expect("the URL of a test database is right");
        database::connect(&url, &Options::default()).expect("the server is there")
    }
}
