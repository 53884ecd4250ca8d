//! A throwaway PostgreSQL.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::Certificates;
use crate::PASSWORD;
use crate::PASSWORD_IN_URL;
use crate::TestDatabase;
use crate::Tls;
use crate::server::Server;
use crate::server::directory;
use crate::server::free_port;
use crate::server::is_root;
use crate::server::program;
use crate::server::run;
use crate::server::succeeds;
use crate::server::text;
use crate::server::unique_name;

/// A PostgreSQL server of the test process's own.
///
/// `postgres` is its superuser and needs no password. `guarded` has the password [`PASSWORD`];
/// `only_tls` and `only_plain` are let in with, and without, TLS.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    directory: PathBuf,
    port: u16,
    certificates: Option<Certificates>,
    psql: String,
}

const ACCESS: &str = "
local     all guarded                  scram-sha-256
host      all guarded    127.0.0.1/32  scram-sha-256
hostssl   all only_tls   127.0.0.1/32  trust
hostnossl all only_plain 127.0.0.1/32  trust
host      all only_tls,only_plain 127.0.0.1/32 reject
local     all all                      trust
local     replication all              trust
host      all all        127.0.0.1/32  trust
";

impl Postgres {
    /// The one server that the tests of a process share, started when it is first asked for.
    ///
    /// # Panics
    /// Panics when PostgreSQL is not installed or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Tls::On))
    }

    /// Starts a server for one test, which may do with it what it likes.
    ///
    /// # Panics
    /// Panics when PostgreSQL is not installed or does not start.
    pub fn start(tls: Tls) -> Self {
        let programs = installed();
        let initdb = program("initdb", &programs, "postgresql");
        let postgres = program("postgres", &programs, "postgresql");
        let psql = program("psql", &programs, "postgresql-client");
        // As root, the server runs as the user that its package made.
        let owner = is_root().then_some("postgres");
        let directory = directory("limbeck-pg-", owner);
        let data = directory.join("data");
        run(&as_owner(
            owner,
            &[
                &initdb,
                "-D",
                &text(&data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
        ));
        fs::write(data.join("pg_hba.conf"), ACCESS).expect("initdb has made the directory");
        let certificates = (tls == Tls::On).then(|| {
            let certificates = Certificates::create(&directory);
            if let Some(owner) = owner {
                run(&[
                    "chown".into(),
                    owner.into(),
                    text(&certificates.key),
                    text(&certificates.certificate),
                ]);
            }
            certificates
        });
        let port = free_port();
        let command = as_owner(owner, &[&postgres, "-D", &text(&data)]);
        let command = with_settings(command, &directory, port, certificates.as_ref());
        let server = Server::start(&directory, "INT", &command);
        let this = Self {
            server,
            directory,
            port,
            certificates,
            psql,
        };
        this.wait();
        this.psql(
            "postgres",
            &format!(
                "CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE only_tls LOGIN; CREATE ROLE only_plain LOGIN"
            ),
        );
        this
    }

    /// Starts a standby of this server, which follows it and can only be read.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn standby(&self) -> Self {
        let programs = installed();
        let copy = program("pg_basebackup", &programs, "postgresql-client");
        let postgres = program("postgres", &programs, "postgresql");
        let owner = is_root().then_some("postgres");
        let directory = directory("limbeck-pg-", owner);
        let data = directory.join("data");
        let primary = text(&self.directory);
        let (port, data) = (self.port.to_string(), text(&data));
        run(&as_owner(
            owner,
            &[
                &copy, "-D", &data, "-R", "-c", "fast", "-h", &primary, "-p", &port, "-U", "postgres",
            ],
        ));
        let port = free_port();
        let command = as_owner(owner, &[&postgres, "-D", &data]);
        let command = with_settings(command, &directory, port, None);
        let server = Server::start(&directory, "INT", &command);
        let this = Self {
            server,
            directory,
            port,
            certificates: None,
            psql: self.psql.clone(),
        };
        this.wait();
        this
    }

    /// Ends the server as `pg_ctl stop -m immediate` does: without a word to anybody, and without writing what it holds in
    /// memory.
    pub fn kill(&self) {
        self.server.order("QUIT");
    }

    /// Starts the server again after [`Postgres::kill`]; it may take connections only a little later.
    pub fn start_again(&self) {
        self.server.order("start");
    }

    /// Waits until the server takes connections.
    ///
    /// # Panics
    /// Panics when it does not within a minute.
    pub fn wait(&self) {
        let mut probe = self.admin("postgres");
        probe.push("SELECT 1".into());
        self.server.wait("PostgreSQL", || succeeds(&probe));
    }

    /// Creates an empty database, which is dropped with the value.
    pub fn fresh_database(&self) -> TestDatabase {
        let name = unique_name();
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        TestDatabase::new(
            self.url(&name),
            name.clone(),
            self.admin("postgres"),
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
    }

    /// The URL of a database, over TCP, as the superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// The URL of a database, over TCP, as another user: `USER` or `USER:PASSWORD`, as in URLs.
    pub fn url_as(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database as the user who needs a password.
    pub fn url_with_password(&self, database: &str) -> String {
        self.url_as(&format!("guarded:{PASSWORD_IN_URL}"), database)
    }

    /// The URL of a database over the server's unix socket.
    pub fn socket_url(&self, database: &str) -> String {
        format!(
            "postgresql://postgres@/{database}?host={}&port={}",
            text(&self.directory),
            self.port
        )
    }

    /// The port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the server's unix socket.
    pub fn socket_directory(&self) -> &Path {
        &self.directory
    }

    /// The server's certificates, if it has TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Runs SQL as the superuser with `psql`, and returns its unadorned output.
    ///
    /// # Panics
    /// Panics when the server refuses the SQL.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let mut words = self.admin(database);
        words.push(sql.to_owned());
        run(&words)
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        self.server.log()
    }

    fn admin(&self, database: &str) -> Vec<String> {
        let port = self.port.to_string();
        let directory = text(&self.directory);
        [
            &self.psql,
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            &directory,
            "-p",
            &port,
            "-U",
            "postgres",
            "-d",
            database,
            "-c",
        ]
        .iter()
        .map(ToString::to_string)
        .collect()
    }
}

fn with_settings(
    mut command: Vec<String>,
    directory: &Path,
    port: u16,
    certificates: Option<&Certificates>,
) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", text(directory)),
        // What is committed is to survive the server, not the machine.
        "fsync=off".to_owned(),
        "shared_buffers=64MB".to_owned(),
        "max_connections=200".to_owned(),
        "lc_messages=C".to_owned(),
    ];
    if let Some(certificates) = certificates {
        settings.push("ssl=on".to_owned());
        settings.push(format!("ssl_cert_file={}", text(&certificates.certificate)));
        settings.push(format!("ssl_key_file={}", text(&certificates.key)));
    }
    for setting in settings {
        command.extend(["-c".to_owned(), setting]);
    }
    command
}

/// Debian keeps the server's programs out of `PATH`, a directory for each version.
pub(crate) fn installed() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, path)| path).collect()
}

pub(crate) fn as_owner(owner: Option<&str>, words: &[&str]) -> Vec<String> {
    let mut command = Vec::new();
    if let Some(owner) = owner {
        let group = run(&["id".into(), "-g".into(), owner.into()]).trim().to_owned();
        let setpriv = program("setpriv", &[], "util-linux");
        command.extend([
            setpriv,
            format!("--reuid={owner}"),
            format!("--regid={group}"),
            "--clear-groups".to_owned(),
        ]);
    }
    command.extend(words.iter().map(ToString::to_string));
    command
}
