//! A throwaway pgbouncer.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;

use crate::Postgres;
use crate::postgres::as_owner;
use crate::server::Server;
use crate::server::directory;
use crate::server::free_port;
use crate::server::is_root;
use crate::server::program;
use crate::server::text;

/// A pgbouncer in transaction mode in front of a PostgreSQL: each transaction gets whatever session of the server is
/// free, so that locks of a session mean nothing.
///
/// ```no_run
/// use limbeck_testing::{Pgbouncer, Postgres};
///
/// let database = Postgres::shared().fresh_database();
/// let pgbouncer = Pgbouncer::start(Postgres::shared());
/// println!("connect to {}", pgbouncer.url(&database.name));
/// ```
#[derive(Debug)]
pub struct Pgbouncer {
    server: Server,
    port: u16,
}

impl Pgbouncer {
    /// Starts a pgbouncer in front of `postgres`.
    ///
    /// # Panics
    /// Panics when pgbouncer is not installed or does not start.
    pub fn start(postgres: &Postgres) -> Self {
        let pgbouncer = program("pgbouncer", &[PathBuf::from("/usr/sbin")], "pgbouncer");
        // It refuses to run as root.
        let owner = is_root().then_some("postgres");
        let directory = directory("limbeck-pb-", owner);
        let port = free_port();
        let settings = directory.join("pgbouncer.ini");
        fs::write(
            &settings,
            format!(
                "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = \
                 {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\nmax_client_conn = 500\n",
                postgres.port(),
            ),
        )
        .expect("the directory is new");
        let command = as_owner(owner, &[&pgbouncer, &text(&settings)]);
        let server = Server::start(&directory, "KILL", &command);
        server.wait("pgbouncer", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { server, port }
    }

    /// The URL of a database of the PostgreSQL behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.server.log()
    }
}
