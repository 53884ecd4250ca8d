//! Database schema migrations that the machine keeps safe: SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! The library prints nothing, never exits the process, and reads neither the environment nor a clock
//! of its own accord. One Cargo feature a driver (`sqlite`, `postgres`, `mysql`) decides which
//! databases it can speak to; all are on by default.

pub mod database;

pub use limbeck_core::Dialect;
