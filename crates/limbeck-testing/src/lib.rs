//! Throwaway PostgreSQL and MariaDB servers for limbeck's own tests.
//!
//! A server is started by the test process that first asks for one, in a directory of its own below
//! `/tmp`, on a free port, and ends with that process however it ends. No test touches a server that it
//! did not start. A server that can't be had fails the test, with what to install.
//!
//! ```no_run
//! let database = limbeck_testing::Postgres::shared().fresh_database();
//! println!("connect to {}", database.url);
//! ```

mod certificates;
mod dump;
mod faketime;
mod mariadb;
mod pgbouncer;
mod postgres;
mod proxy;
mod python;
mod server;

pub use certificates::Certificates;
pub use dump::{application_schema, dump_schema, sqlite_schema};
pub use faketime::faketime;
pub use mariadb::Mariadb;
pub use pgbouncer::Pgbouncer;
pub use postgres::Postgres;
pub use proxy::Cut;
pub use proxy::Fault;
pub use proxy::Moment;
pub use proxy::Proxy;
pub use python::alembic;
pub use python::python;
pub use server::TestDatabase;
pub use server::Tls;
pub use server::free_port;

/// The password of the role that has one: every character that URLs make trouble with.
pub const PASSWORD: &str = "p@ss:w/rd%";

/// [`PASSWORD`] as a part of a URL.
pub const PASSWORD_IN_URL: &str = "p%40ss%3Aw%2Frd%25";
