//! The schema of MariaDB and MySQL, from the standard's information schema.

mod column;
mod dependencies;
mod index;
mod key;
mod partition;
mod queries;
mod rest;
mod routine;
mod sequence;
mod table;
mod text;
mod trigger;
mod view;

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::schema::Schema;

use crate::database::{Connection, DatabaseError, Row};
use queries::Answers;

/// What holds for all that is read.
struct Server {
    dialect: Dialect,
    /// The database that is read.
    database: String,
    /// Its collation.
    collation: String,
    /// The session's SQL mode.
    sql_mode: String,
}

/// What was read so far.
struct Reading<'a> {
    server: Server,
    /// limbeck's own tables.
    own: &'a [&'a str],
    schema: Schema,
    /// What is said in words only, by what it is of.
    dependencies: dependencies::Texts,
}

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Schema, DatabaseError> {
    let Some((server, answers)) = Answers::ask(connection)? else {
        return Ok(Schema::default());
    };
    let rest = rest::read(connection, &server, &answers, own)?;
    let mut reading = Reading {
        server,
        own,
        schema: Schema::default(),
        dependencies: dependencies::Texts::default(),
    };
    reading.tables(answers.tables);
    reading.columns(answers.columns, &answers.checks, &rest);
    reading.periods();
    reading.indexes(answers.indexes, &rest);
    reading.checks(answers.checks, &rest);
    reading.foreign_keys(answers.references, answers.rules);
    reading.partitions(answers.partitions, &rest);
    reading.sequences(&rest);
    reading.views(answers.views, &rest);
    reading.routines(answers.routines, answers.parameters);
    reading.triggers(answers.triggers);
    reading.events(answers.events);
    reading.connect();
    Ok(reading.schema)
}

/// The values of a row, if it has as many; what is NULL is empty.
fn values<const N: usize>(row: Row) -> Option<[String; N]> {
    let values: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
    <[String; N]>::try_from(values).ok()
}

/// Rows by the value that they begin with, in their order.
fn by_first(rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for mut row in rows {
        if !row.is_empty()
            && let Some(first) = row.remove(0)
        {
            groups.entry(first).or_default().push(row);
        }
    }
    groups
}
