//! A throwaway MariaDB.

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

/// A MariaDB server of the test process's own.
///
/// `limbeck` may do anything and needs no password. `guarded` has the password [`PASSWORD`].
#[derive(Debug)]
pub struct Mariadb {
    server: Server,
    directory: PathBuf,
    port: u16,
    certificates: Option<Certificates>,
    client: String,
}

impl Mariadb {
    /// The one server that the tests of a process share, started when it is first asked for.
    ///
    /// # Panics
    /// Panics when MariaDB is not installed or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Mariadb> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Tls::On))
    }

    /// Starts a server for one test, which may do with it what it likes.
    ///
    /// # Panics
    /// Panics when MariaDB is not installed or does not start.
    pub fn start(tls: Tls) -> Self {
        Self::start_with(tls, &[])
    }

    /// Starts a server that is a Galera cluster of one.
    ///
    /// # Panics
    /// As [`Mariadb::start`], and when the library of Galera is not installed.
    pub fn start_galera() -> Self {
        let provider = program("libgalera_smm.so", &["/usr/lib/galera".into()], "galera-4");
        Self::start_with(
            Tls::Off,
            &[
                "--wsrep-on=ON".into(),
                format!("--wsrep-provider={provider}"),
                "--wsrep-cluster-address=gcomm://".into(),
                format!(
                    "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{};ist.recv_addr=127.0.0.1:{}",
                    free_port(),
                    free_port()
                ),
                "--wsrep-node-address=127.0.0.1".into(),
                "--binlog-format=ROW".into(),
                "--innodb-autoinc-lock-mode=2".into(),
            ],
        )
    }

    fn start_with(tls: Tls, more: &[String]) -> Self {
        let places = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/libexec")];
        let install = program("mariadb-install-db", &places, "mariadb-server");
        let mariadbd = program("mariadbd", &places, "mariadb-server");
        let client = program("mariadb", &places, "mariadb-client");
        // As root, the server runs as the user that its package made.
        let owner = is_root().then_some("mysql");
        let directory = directory("limbeck-my-", owner);
        let data = directory.join("data");
        let user = owner.map(|owner| format!("--user={owner}"));
        let mut words = vec![
            install,
            "--no-defaults".into(),
            format!("--datadir={}", text(&data)),
            "--auth-root-authentication-method=normal".into(),
            "--skip-test-db".into(),
            // Temporary tables are called after process ids, which servers in different containers share.
            format!("--tmpdir={}", text(&directory)),
        ];
        words.extend(user.clone());
        run(&words);
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
        let mut command = vec![
            mariadbd,
            "--no-defaults".into(),
            format!("--datadir={}", text(&data)),
            format!("--socket={}", text(&socket(&directory))),
            format!("--pid-file={}", text(&directory.join("pid"))),
            format!("--port={port}"),
            format!("--tmpdir={}", text(&directory)),
            "--bind-address=127.0.0.1".into(),
            "--skip-name-resolve".into(),
            "--skip-log-bin".into(),
            "--character-set-server=utf8mb4".into(),
            "--max-connections=200".into(),
            // What is committed is to survive the server, not the machine.
            "--innodb-flush-log-at-trx-commit=2".into(),
            "--innodb-buffer-pool-size=64M".into(),
            "--innodb-log-file-size=16M".into(),
        ];
        command.extend(user);
        command.extend_from_slice(more);
        if let Some(certificates) = &certificates {
            command.push(format!("--ssl-cert={}", text(&certificates.certificate)));
            command.push(format!("--ssl-key={}", text(&certificates.key)));
            command.push(format!("--ssl-ca={}", text(&certificates.authority)));
        }
        let this = Self {
            server: Server::start(&directory, "KILL", &command),
            directory,
            port,
            certificates,
            client,
        };
        this.wait();
        this.mariadb(
            "mysql",
            &format!(
                "CREATE USER limbeck@'%'; GRANT ALL ON *.* TO limbeck@'%' WITH GRANT OPTION; \
                 CREATE USER guarded@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON `test\\_%`.* TO guarded@'%'"
            ),
        );
        this
    }

    /// Ends the server by SIGKILL.
    pub fn kill(&self) {
        self.server.order("KILL");
    }

    /// Starts the server again after [`Mariadb::kill`]; it may take connections only a little later.
    pub fn start_again(&self) {
        self.server.order("start");
    }

    /// Waits until the server takes connections.
    ///
    /// # Panics
    /// Panics when it does not within a minute.
    pub fn wait(&self) {
        let mut probe = self.admin("mysql");
        probe.push("SELECT 1".into());
        self.server.wait("MariaDB", || succeeds(&probe));
    }

    /// Creates an empty database, which is dropped with the value.
    pub fn fresh_database(&self) -> TestDatabase {
        let name = unique_name();
        self.mariadb("mysql", &format!("CREATE DATABASE {name}"));
        TestDatabase::new(
            self.url(&name),
            name.clone(),
            self.admin("mysql"),
            format!("DROP DATABASE IF EXISTS {name}"),
        )
    }

    /// The URL of a database, over TCP, as the user who may do anything.
    pub fn url(&self, database: &str) -> String {
        self.url_as("limbeck", database)
    }

    /// The URL of a database, over TCP, as another user: `USER` or `USER:PASSWORD`, as in URLs.
    pub fn url_as(&self, user: &str, database: &str) -> String {
        format!("mariadb://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database as the user who needs a password.
    pub fn url_with_password(&self, database: &str) -> String {
        self.url_as(&format!("guarded:{PASSWORD_IN_URL}"), database)
    }

    /// The URL of a database over the server's unix socket.
    pub fn socket_url(&self, database: &str) -> String {
        format!(
            "mysql://limbeck@localhost/{database}?unix_socket={}",
            text(&socket(&self.directory))
        )
    }

    /// The port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's certificates, if it has TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Runs SQL as root with `mariadb`, and returns its unadorned output.
    ///
    /// # Panics
    /// Panics when the server refuses the SQL.
    pub fn mariadb(&self, database: &str, sql: &str) -> String {
        let mut words = self.admin(database);
        words.push(sql.to_owned());
        run(&words)
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        self.server.log()
    }

    fn admin(&self, database: &str) -> Vec<String> {
        let socket = format!("--socket={}", text(&socket(&self.directory)));
        [
            &self.client,
            "--no-defaults",
            &socket,
            "-u",
            "root",
            "-N",
            "-B",
            "-D",
            database,
            "-e",
        ]
        .iter()
        .map(ToString::to_string)
        .collect()
    }
}

fn socket(directory: &Path) -> PathBuf {
    directory.join("sock")
}
