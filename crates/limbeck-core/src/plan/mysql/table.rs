//! New tables.

use super::super::{Change, Statement};
use super::column::definition;
use super::option;
use crate::schema::{Constraint, ConstraintKind, Index, Name, Table};

pub(super) fn create(change: &Change<'_>, name: &Name, table: &Table, statements: &mut Vec<Statement>) {
    let dialect = change.dialect;
    let key = inline_key(change, table);
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|column| definition(change, column, key == Some(column.name.as_str())))
        .collect();
    if let Some(period) = option::period(table) {
        lines.push(period.to_owned());
    }
    let of_kind = |kind: ConstraintKind| {
        let constraints = table.constraints.iter();
        constraints.filter(move |(_, constraint)| constraint.kind == kind)
    };
    if key.is_none() {
        lines.extend(of_kind(ConstraintKind::PrimaryKey).map(|(name, key)| constraint(change, name, key)));
    }
    // A key over a period needs the period.
    let checks = of_kind(ConstraintKind::Check);
    let (periods, checks): (Vec<_>, Vec<_>) = checks.partition(|(_, check)| is_period(check));
    lines.extend(
        periods
            .iter()
            .map(|(name, period)| constraint(change, name, period)),
    );
    let (unique, other): (Vec<_>, Vec<_>) = table.indexes.iter().partition(|(_, index)| index.unique);
    lines.extend(
        unique
            .iter()
            .chain(&other)
            .map(|(name, there)| index(change, name, there)),
    );
    for kind in [
        ConstraintKind::Unique,
        ConstraintKind::ForeignKey,
        ConstraintKind::Exclude,
    ] {
        lines.extend(of_kind(kind).map(|(name, there)| constraint(change, name, there)));
    }
    lines.extend(checks.iter().map(|(name, check)| constraint(change, name, check)));
    let mut sql = format!(
        "CREATE TABLE {} (\n    {}\n)",
        name.sql(dialect),
        lines.join(",\n    ")
    );
    sql += &option::of_new(change, table);
    statements.push(Statement::new(sql));
}

/// The column that is the primary key alone, and has nothing to say of it.
fn inline_key<'a>(change: &Change<'_>, table: &'a Table) -> Option<&'a str> {
    let mut keys = table.constraints.values();
    let key = keys.find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)?;
    let [column] = key.columns.as_slice() else {
        return None;
    };
    let plain = format!("PRIMARY KEY ({})", change.dialect.quoted(column));
    (key.definition.text() == plain && key.comment.is_none()).then_some(column)
}

/// Whether a check is none, but a period that a table's rows hold for.
pub(super) fn is_period(constraint: &Constraint) -> bool {
    constraint.definition.text().starts_with("PERIOD FOR ")
}

/// A constraint, as it stands in the statement that makes or alters a table.
pub(super) fn constraint(change: &Change<'_>, name: &str, constraint: &Constraint) -> String {
    let dialect = change.dialect;
    let definition = constraint.definition.text();
    let comment = comment(change, constraint.comment.as_deref());
    // The primary key has no name of its own, and a period has it in its definition.
    if constraint.kind == ConstraintKind::PrimaryKey || is_period(constraint) {
        return format!("{definition}{comment}");
    }
    format!("CONSTRAINT {} {definition}", dialect.quoted(name))
}

/// An index, as it stands in the statement that makes or alters a table.
pub(super) fn index(change: &Change<'_>, name: &str, index: &Index) -> String {
    let definition = index.definition.text();
    let (kind, rest) = match definition.split_once(' ') {
        Some((kind @ ("FULLTEXT" | "SPATIAL"), rest)) => (format!("{kind} "), rest),
        _ if index.unique => ("UNIQUE ".to_owned(), definition),
        _ => (String::new(), definition),
    };
    let comment = comment(change, index.comment.as_deref());
    format!("{kind}KEY {} {rest}{comment}", change.dialect.quoted(name))
}

fn comment(change: &Change<'_>, comment: Option<&str>) -> String {
    comment.map_or_else(String::new, |comment| {
        format!(" COMMENT {}", change.dialect.plain_literal(comment))
    })
}
