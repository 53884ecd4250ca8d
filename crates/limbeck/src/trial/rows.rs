//! The rows of a database, and whether they survive a revision.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, first_words, tokens};
use limbeck_core::script::Statement;

use super::finding::{Check, Finding};
use crate::catalog::{Catalog, Column, Table};
use crate::database::{Connection, DatabaseError, Row};

/// The rows of each table.
pub(super) type Rows = BTreeMap<String, Vec<Row>>;

/// A database at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) catalog: Catalog,
    pub(super) rows: Rows,
}

impl State {
    pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Self, DatabaseError> {
        let catalog = Catalog::read(connection, own)?;
        let rows = rows(connection, &catalog)?;
        Ok(Self { catalog, rows })
    }
}

pub(super) fn rows(connection: &mut dyn Connection, catalog: &Catalog) -> Result<Rows, DatabaseError> {
    let dialect = connection.dialect();
    let with_columns = || catalog.tables.iter().filter(|table| !table.columns.is_empty());
    let queries: Vec<String> = with_columns()
        .map(|table| {
            let columns = table.columns.iter();
            let columns: Vec<String> = columns.map(|column| dialect.identifier(&column.name)).collect();
            format!("SELECT {} FROM {}", columns.join(", "), table.sql)
        })
        .collect();
    if queries.is_empty() {
        return Ok(Rows::new());
    }
    let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
    let sets = connection.query_many(&queries)?.into_iter().map(|mut rows| {
        rows.sort();
        rows
    });
    Ok(with_columns().map(|table| table.name.clone()).zip(sets).collect())
}

/// What became of the rows that were there before some statements: rows and values that are missing now. New rows are nobody's
/// loss.
pub(super) fn survival(
    before: &State,
    after: &State,
    dialect: Dialect,
    statements: &[Statement],
    doing: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in &after.catalog.tables {
        let (Some(was), Some(old), Some(new)) = (
            before.catalog.table(&table.name),
            before.rows.get(&table.name),
            after.rows.get(&table.name),
        ) else {
            continue;
        };
        let losses = losses(was, old, table, new);
        for Loss { message, rows } in losses {
            let words: &[&str] = if rows {
                &["DELETE", "TRUNCATE", "MERGE", "REPLACE"]
            } else {
                &["UPDATE", "MERGE", "REPLACE", "DELETE", "TRUNCATE"]
            };
            let family = family(&after.catalog, table);
            let meant = statements
                .iter()
                .find(|statement| writes(dialect, &statement.sql, words, &family));
            let message = format!("{message} by the {doing}");
            let line = |statement: &Statement| Some(statement.line);
            findings.push(match meant {
                Some(statement) => {
                    let message = format!("{message}, as line {} says", statement.line);
                    Finding::note(Check::Rows, message).at(line(statement))
                }
                None => {
                    let about = statements
                        .iter()
                        .find(|statement| names(dialect, &statement.sql, &[bare(&table.name)]));
                    Finding::failed(Check::Rows, message).at(about.and_then(line))
                }
            });
        }
    }
    findings
}

/// Rows or values that are missing.
struct Loss {
    message: String,
    rows: bool,
}

fn losses(was: &Table, old: &[Row], now: &Table, new: &[Row]) -> Vec<Loss> {
    let name = &now.name;
    if new.len() < old.len() {
        let message = format!(
            "{} of {} rows of {name} were lost",
            old.len() - new.len(),
            old.len()
        );
        return vec![Loss { message, rows: true }];
    }
    let mut losses = Vec::new();
    let mut kept = Vec::new();
    for (at, column) in now.columns.iter().enumerate() {
        let Some(before) = was.columns.iter().position(|known| known.name == column.name) else {
            continue;
        };
        let values = |rows: &[Row], at: usize| -> Vec<Option<String>> {
            rows.iter().map(|row| row.get(at).cloned().flatten()).collect()
        };
        let (old, new) = (values(old, before), values(new, at));
        let missing = missing_values(&was.columns[before], &old, column, &new);
        if missing > 0 {
            let message = format!(
                "{missing} of {} values of {name}.{} were {}",
                old.len(),
                column.name,
                fate(&old, &new)
            );
            losses.push(Loss { message, rows: false });
        } else if self::missing(&old, &new) == 0 {
            kept.push((before, at));
        }
    }
    if losses.is_empty() {
        let tuples = |rows: &[Row], side: fn(&(usize, usize)) -> usize| -> Vec<Row> {
            let value = |row: &Row, pair| row.get(side(pair)).cloned().flatten();
            let tuple = |row: &Row| kept.iter().map(|pair| value(row, pair)).collect();
            rows.iter().map(tuple).collect()
        };
        let mixed = missing(&tuples(old, |pair| pair.0), &tuples(new, |pair| pair.1));
        if mixed > 0 {
            let message = format!(
                "the values of {mixed} of {} rows of {name} were mixed up",
                old.len()
            );
            losses.push(Loss { message, rows: false });
        }
    }
    losses
}

/// How many values are not there any more. NULL is none that could be lost; of a column that became another type, values look
/// different, and must only be there.
fn missing_values(was: &Column, old: &[Option<String>], now: &Column, new: &[Option<String>]) -> usize {
    let values = |all: &[Option<String>]| -> Vec<String> { all.iter().flatten().cloned().collect() };
    let (old, new) = (values(old), values(new));
    if was.data_type == now.data_type {
        missing(&old, &new)
    } else {
        old.len().saturating_sub(new.len())
    }
}

fn nulls(values: &[Option<String>]) -> usize {
    values.iter().filter(|value| value.is_none()).count()
}

fn fate(old: &[Option<String>], new: &[Option<String>]) -> &'static str {
    if nulls(new) > nulls(old) {
        "lost"
    } else {
        "changed"
    }
}

/// How many of some values are not among others; each counts as often as it is there.
fn missing<T: Hash + Eq>(old: &[T], new: &[T]) -> usize {
    let mut left: HashMap<&T, usize> = HashMap::new();
    for value in new {
        *left.entry(value).or_default() += 1;
    }
    let mut missing = 0;
    for value in old {
        match left.get_mut(value) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing += 1,
        }
    }
    missing
}

/// A table's name, and those that its foreign keys lead to: what is deleted there may take its rows with it.
fn family<'a>(catalog: &'a Catalog, table: &'a Table) -> Vec<&'a str> {
    let mut family = vec![bare(&table.name)];
    let mut open = vec![table];
    while let Some(table) = open.pop() {
        for reference in &table.references {
            if !family.contains(&bare(&reference.table)) {
                family.push(bare(&reference.table));
                open.extend(catalog.table(&reference.table));
            }
        }
    }
    family
}

/// A name without its schema.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether a statement changes rows of one of some tables on purpose, by one of some words. What a routine does is not known
/// here, and counts.
fn writes(dialect: Dialect, sql: &str, words: &[&str], tables: &[&str]) -> bool {
    let first = first_words(dialect, sql, 1);
    match first.first().map(String::as_str) {
        // Their words for what happens to children, and when a trigger comes, change nothing now.
        Some("CREATE" | "ALTER") => false,
        Some("CALL" | "EXECUTE") => true,
        _ => {
            let has = |word: &&str| names(dialect, sql, &[word]);
            words.iter().any(has) && names(dialect, sql, tables)
        }
    }
}

/// Whether one of some words stands in a statement, or in the text of a block in it.
fn names(dialect: Dialect, sql: &str, words: &[&str]) -> bool {
    tokens(dialect, sql).iter().any(|token| match token.kind {
        TokenKind::Word => words.iter().any(|word| word.eq_ignore_ascii_case(token.text)),
        TokenKind::Name => {
            let name = token.text.trim_matches(['"', '`', '[', ']']);
            words.iter().any(|word| word.eq_ignore_ascii_case(name))
        }
        TokenKind::String if token.text.starts_with('$') => {
            let body = token.text.to_ascii_lowercase();
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            body.split(|c| !is_word(c))
                .any(|part| words.iter().any(|word| word.eq_ignore_ascii_case(part)))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_rows_on_purpose_is_told_from_what_does_not() {
        let says = |sql: &str| writes(Dialect::Postgresql, sql, &["UPDATE", "DELETE"], &["users"]);
        assert!(says("UPDATE users SET name = 'x'"));
        assert!(says(
            "WITH gone AS (DELETE FROM ONLY public.\"users\" RETURNING 1) SELECT 1"
        ));
        assert!(says("DO $$ BEGIN UPDATE users SET name = 'x'; END $$"));
        assert!(!says("UPDATE others SET name = 'users'"));
        assert!(!says(
            "CREATE TABLE a (u int REFERENCES users (id) ON DELETE CASCADE)"
        ));
        assert!(!says("INSERT INTO users SELECT 1"));
    }

    #[test]
    fn each_value_counts_as_often_as_it_is_there() {
        assert_eq!(missing(&[1, 1, 2], &[1, 2, 3]), 1);
        assert_eq!(missing(&[1, 2], &[2, 1, 1]), 0);
    }
}
