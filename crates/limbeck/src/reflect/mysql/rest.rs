//! What the information schema doesn't tell, asked of the few objects that may have it.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::Dialect;

use super::queries::Answers;
use super::{Server, by_first, values};
use crate::database::{Connection, DatabaseError, Row};

/// The answers.
#[derive(Default)]
pub(super) struct Rest {
    /// Name, comment, start, minimum, maximum, increment, cache, cycle of each sequence.
    pub(super) sequences: Vec<Row>,
    /// The reference systems of spatial columns, by table and column, where it is not 0.
    srids: BTreeMap<(String, String), String>,
    /// `SHOW CREATE` of those tables and views that were asked for.
    creates: BTreeMap<String, String>,
}

impl Rest {
    pub(super) fn srid(&self, table: &str, column: &str) -> Option<&str> {
        let key = (table.to_owned(), column.to_owned());
        self.srids.get(&key).map(String::as_str)
    }

    pub(super) fn create(&self, name: &str) -> Option<&str> {
        self.creates.get(name).map(String::as_str)
    }

    /// The lines of a table that begin with a word.
    pub(super) fn lines<'a>(&'a self, table: &str, word: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.create(table).unwrap_or_default().lines();
        lines
            .map(|line| line.trim().trim_end_matches(','))
            .filter(move |line| line.starts_with(word))
    }
}

pub(super) fn read(
    connection: &mut dyn Connection,
    server: &Server,
    answers: &Answers,
    own: &[&str],
) -> Result<Rest, DatabaseError> {
    let mut rest = Rest::default();
    let dialect = server.dialect;
    let mut queries = Vec::new();
    let sequences = sequences(dialect, answers);
    queries.extend(sequences.clone());
    let spatial = dialect == Dialect::Mariadb && has_spatial(answers);
    if spatial {
        queries.push(SRIDS.to_owned());
    }
    let odd: Vec<String> = odd(server, answers)
        .into_iter()
        .filter(|name| !own.contains(&name.as_str()))
        .collect();
    queries.extend(
        odd.iter()
            .map(|name| format!("SHOW CREATE TABLE {}", dialect.identifier(name))),
    );
    if queries.is_empty() {
        return Ok(rest);
    }
    let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
    let mut answers = connection.query_many(&queries)?.into_iter();
    if sequences.is_some() {
        rest.sequences = answers.next().unwrap_or_default();
    }
    if spatial {
        let rows = answers.next().unwrap_or_default();
        let rows = rows.into_iter().filter_map(values);
        rest.srids = rows
            .map(|[table, column, srid]| ((table, column), srid))
            .collect();
    }
    for (name, rows) in odd.into_iter().zip(answers) {
        let create = rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().nth(1).flatten());
        rest.creates.extend(create.map(|create| (name, create)));
    }
    Ok(rest)
}

/// MariaDB's columns with a reference system.
const SRIDS: &str = "SELECT f_table_name, g_geometry_column, srid FROM information_schema.geometry_columns WHERE f_table_schema = \
    DATABASE() AND srid <> 0";

/// One query for all sequences, since each is a table of one row.
fn sequences(dialect: Dialect, answers: &Answers) -> Option<String> {
    let names = answers.tables.iter().filter_map(|row| match row.as_slice() {
        [Some(name), Some(kind), _, _, _, Some(comment)] if kind == "SEQUENCE" => Some((name, comment)),
        _ => None,
    });
    let selects: Vec<String> = names
        .map(|(name, comment)| {
            format!(
                "SELECT {}, {}, start_value, minimum_value, maximum_value, increment, cache_size, cycle_option FROM {}",
                dialect.literal(name),
                dialect.literal(comment),
                dialect.identifier(name)
            )
        })
        .collect();
    (!selects.is_empty()).then(|| selects.join(" UNION ALL "))
}

fn has_spatial(answers: &Answers) -> bool {
    const TYPES: [&str; 8] = [
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
    ];
    let mut types = answers.columns.iter().filter_map(|row| row.get(5)?.as_deref());
    types.any(|data_type| TYPES.contains(&data_type))
}

/// The tables and views of which only `SHOW CREATE` tells all: those with a full-text index, which may have a parser; with a
/// period, which looks like a check; with a check of a column that was renamed; with partitions by system time; and MySQL's views,
/// which have an algorithm.
fn odd(server: &Server, answers: &Answers) -> BTreeSet<String> {
    let mut odd = BTreeSet::new();
    let cell = |row: &Row, at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    for row in answers.indexes.iter().filter(|row| cell(row, 6) == "FULLTEXT") {
        odd.insert(cell(row, 0));
    }
    for row in answers
        .partitions
        .iter()
        .filter(|row| cell(row, 3) == "SYSTEM_TIME")
    {
        odd.insert(cell(row, 0));
    }
    if server.dialect == Dialect::Mariadb {
        let names = answers
            .checks
            .iter()
            .filter(|row| is_period(&cell(row, 2), &cell(row, 3)));
        odd.extend(names.map(|row| cell(row, 0)));
        odd.extend(renamed(answers));
    } else {
        odd.extend(by_first(answers.views.clone()).into_keys());
    }
    odd
}

/// The tables with checks of columns that are no longer called so.
fn renamed(answers: &Answers) -> BTreeSet<String> {
    let checks = answers.checks.iter().filter_map(|row| match row.as_slice() {
        [Some(table), Some(column), Some(level), _] if level == "Column" => Some((table, column)),
        _ => None,
    });
    let mut checks: BTreeSet<(&String, &String)> = checks.collect();
    for row in &answers.columns {
        if let [Some(table), Some(column), ..] = row.as_slice() {
            checks.remove(&(table, column));
        }
    }
    checks.into_iter().map(|(table, _)| table.clone()).collect()
}

/// Whether a check may be an application period: `` `a` < `b` ``.
fn is_period(level: &str, condition: &str) -> bool {
    let parts: Vec<&str> = condition.split(" < ").collect();
    level == "Table"
        && parts.len() == 2
        && parts
            .iter()
            .all(|part| part.starts_with('`') && part.ends_with('`'))
}
