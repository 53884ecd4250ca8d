//! Fills tables with generated rows, so that a revision meets what it meets in a real database: rows.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};

use super::rows::Rows;
use super::value::value;
use crate::catalog::{Catalog, Column, Reference, Table};
use crate::database::Connection;

/// How many rows a table gets at a time.
const ROWS: usize = 3;

/// What was filled so far.
#[derive(Debug, Default)]
pub(super) struct Filler {
    /// The columns that a table had when it was last filled, and whether it could be.
    filled: BTreeMap<String, (Vec<Column>, bool)>,
    /// How many rows were generated.
    count: usize,
}

/// How much of a row is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// Every column.
    All,
    /// Every column, with the values that stand in the checks.
    Checked,
    /// What has no other value, with the values that stand in the checks.
    Required,
}

impl Filler {
    /// Forgets the tables that are not as they were filled: their rows have no values any more in the columns that come next.
    pub(super) fn forget_changed(&mut self, catalog: &Catalog) {
        self.filled.retain(|name, (columns, could)| {
            let table = catalog.table(name);
            !*could || table.is_some_and(|table| table.columns == *columns)
        });
    }

    /// Adds rows to the tables that are empty, or have changed since they were filled. Returns those that stay empty, and why.
    pub(super) fn fill(
        &mut self,
        connection: &mut dyn Connection,
        catalog: &Catalog,
        rows: &Rows,
    ) -> Vec<(String, String)> {
        let mut empty = Vec::new();
        for table in parents_first(catalog) {
            let has_rows = rows.get(&table.name).is_some_and(|rows| !rows.is_empty());
            let as_filled = self
                .filled
                .get(&table.name)
                .is_some_and(|(columns, could)| *columns == table.columns && (has_rows || !could));
            if as_filled || table.columns.is_empty() {
                continue;
            }
            let first = self.count;
            self.count += ROWS;
            let result = fill(connection, table, first);
            let filled = (table.columns.clone(), result.is_ok());
            self.filled.insert(table.name.clone(), filled);
            if let Err(reason) = result
                && !has_rows
            {
                empty.push((table.name.clone(), reason));
            }
        }
        connection.take_notices();
        empty
    }
}

/// Tables behind those that their foreign keys lead to, as far as they are in no circle.
fn parents_first(catalog: &Catalog) -> Vec<&Table> {
    let mut ordered: Vec<&Table> = Vec::new();
    let mut left: Vec<&Table> = catalog.tables.iter().collect();
    while !left.is_empty() {
        let waits = |table: &&Table| {
            let mut parents = table.references.iter().map(|reference| &reference.table);
            parents.any(|parent| *parent != table.name && left.iter().any(|other| other.name == *parent))
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = left.iter().copied().partition(waits);
        if ready.is_empty() {
            ordered.extend(waiting);
            break;
        }
        ordered.extend(ready);
        left = waiting;
    }
    ordered
}

/// Adds rows: together, and, where that fails, one by one and with less and less of a claim.
fn fill(connection: &mut dyn Connection, table: &Table, first: usize) -> Result<(), String> {
    let dialect = connection.dialect();
    let numbers: Vec<usize> = (first..first + ROWS).collect();
    if connection
        .execute(&insert(dialect, table, &numbers, Attempt::All))
        .is_ok()
    {
        return Ok(());
    }
    let mut result = Err(String::new());
    for number in numbers {
        for attempt in [Attempt::All, Attempt::Checked, Attempt::Required] {
            match connection.execute(&insert(dialect, table, &[number], attempt)) {
                Ok(_) => {
                    result = Ok(());
                    break;
                }
                Err(error) => result = result.map_err(|_: String| error.to_string()),
            }
        }
    }
    result
}

fn insert(dialect: Dialect, table: &Table, numbers: &[usize], attempt: Attempt) -> String {
    let given = |column: &&Column| {
        !column.generated
            && (attempt != Attempt::Required
                || !column.nullable && (!column.has_default || is_key(table, column)))
    };
    let columns: Vec<&Column> = table.columns.iter().filter(given).collect();
    if columns.is_empty() {
        return match dialect {
            Dialect::Mysql | Dialect::Mariadb => format!("INSERT INTO {} () VALUES ()", table.sql),
            _ => format!("INSERT INTO {} DEFAULT VALUES", table.sql),
        };
    }
    let rows: Vec<String> = numbers
        .iter()
        .map(|number| {
            let values = columns.iter();
            let values: Vec<String> = values
                .map(|column| expression(dialect, table, column, *number, attempt))
                .collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let names: Vec<String> = columns
        .iter()
        .map(|column| dialect.identifier(&column.name))
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES {}",
        table.sql,
        names.join(", "),
        rows.join(", ")
    )
}

/// Whether a column with a default leads to another table, where the default need not be.
fn is_key(table: &Table, column: &Column) -> bool {
    table
        .references
        .iter()
        .any(|reference| reference.columns.contains(&column.name))
}

fn expression(dialect: Dialect, table: &Table, column: &Column, number: usize, attempt: Attempt) -> String {
    let leads = |reference: &&Reference| reference.columns.contains(&column.name);
    if let Some(reference) = table.references.iter().find(leads) {
        let at = reference.columns.iter().position(|name| *name == column.name);
        return match at.and_then(|at| reference.to.get(at)) {
            Some(to) if reference.table == table.name => itself(dialect, table, to, number, attempt),
            Some(to) => of_parent(dialect, reference, to, number, attempt),
            None => "NULL".to_owned(),
        };
    }
    let listed = if attempt == Attempt::All {
        Vec::new()
    } else {
        listed(dialect, table, column)
    };
    if listed.is_empty() {
        value(dialect, column, number)
    } else {
        listed[number % listed.len()].clone()
    }
}

/// A row that leads to its own table leads to itself.
fn itself(dialect: Dialect, table: &Table, to: &str, number: usize, attempt: Attempt) -> String {
    let target = table
        .columns
        .iter()
        .find(|column| column.name == *to && !column.generated);
    match target {
        Some(target) if !is_key(table, target) => expression(dialect, table, target, number, attempt),
        _ => "NULL".to_owned(),
    }
}

/// A value of the row that is led to: another one for each row, as long as there are so many.
fn of_parent(dialect: Dialect, reference: &Reference, to: &str, number: usize, attempt: Attempt) -> String {
    let order: Vec<String> = reference.to.iter().map(|name| dialect.identifier(name)).collect();
    let offset = if attempt == Attempt::Required {
        0
    } else {
        number % ROWS
    };
    format!(
        "(SELECT {} FROM {} ORDER BY {} LIMIT 1 OFFSET {offset})",
        dialect.identifier(to),
        reference.sql,
        order.join(", ")
    )
}

/// The strings and numbers in the checks that name a column: `CHECK (state IN ('new', 'done'))`.
fn listed(dialect: Dialect, table: &Table, column: &Column) -> Vec<String> {
    let mut listed = Vec::new();
    for check in &table.checks {
        let tokens = tokens(dialect, check);
        let names = |kind, text: &str| {
            matches!(kind, TokenKind::Word | TokenKind::Name)
                && text
                    .trim_matches(['"', '`', '[', ']'])
                    .eq_ignore_ascii_case(&column.name)
        };
        if tokens.iter().any(|token| names(token.kind, token.text)) {
            let values = tokens
                .iter()
                .filter(|token| matches!(token.kind, TokenKind::String | TokenKind::Number));
            listed.extend(values.map(|token| token.text.to_owned()));
        }
    }
    listed
}
