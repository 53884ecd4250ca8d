//! Connections: what goes to a database and what comes back.

mod dumps;
mod errors;
mod lifetime;
mod mysql;
mod postgres;
mod sqlite;
mod tls;
mod url;
mod values;

use limbeck::database;
use limbeck::database::Connection;
use limbeck::database::DatabaseError;
use limbeck::database::Options;
use limbeck::database::Url;

fn connect(url: &str) -> Box<dyn Connection> {
    try_connect(url).unwrap_or_else(|error| panic!("{url}: {error}\n{:?}", *error))
}

fn try_connect(url: &str) -> Result<Box<dyn Connection>, DatabaseError> {
    let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    database::connect(&url, &Options::default())
}

fn refused(url: &str) -> DatabaseError {
    match try_connect(url) {
        Ok(_) => panic!("{url} should not be accepted"),
        Err(error) => error,
    }
}

/// What a user would read: kind, message and hint.
fn told(error: &DatabaseError) -> String {
    let hint = error.hint.as_deref().unwrap_or("-");
    format!("{:?}: {error}\nhint: {hint}\n", error.kind)
}

/// The statement with the failing spot marked.
fn marked(sql: &str, error: &DatabaseError) -> String {
    match error.position {
        Some(at) => format!("{}»{}", &sql[..at], &sql[at..]),
        None => sql.to_owned(),
    }
}
