//! Pictures of a schema: its tables, and how they reference each other.

mod layout;
mod mermaid;
mod svg;

use crate::schema::{Column, ConstraintKind, Name, Schema, Table};

pub use mermaid::mermaid;
pub use svg::svg;

/// A foreign key, as far as a picture shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge<'a> {
    /// The table that references, and its columns.
    from: &'a Name,
    columns: &'a [String],
    /// The table that is referenced, and its columns.
    to: &'a Name,
    keys: &'a [String],
    /// Whether a row need not reference one.
    is_optional: bool,
    /// Whether a row is referenced by one at the most.
    is_unique: bool,
}

/// The tables that are shown: all but partitions, which look as what they are partitions of.
fn tables(schema: &Schema) -> impl Iterator<Item = (&Name, &Table)> {
    use crate::schema::TableOption::PartitionOf;
    schema
        .tables
        .iter()
        .filter(|(_, table)| !table.options.contains_key(&PartitionOf))
}

/// The foreign keys between tables that are shown.
fn edges(schema: &Schema) -> Vec<Edge<'_>> {
    let shown: Vec<&Name> = tables(schema).map(|(name, _)| name).collect();
    let mut edges = Vec::new();
    for (from, table) in tables(schema) {
        for constraint in table.constraints.values() {
            let Some(reference) = &constraint.references else {
                continue;
            };
            let Some(to) = shown.iter().find(|name| ***name == reference.table) else {
                continue;
            };
            let may_be_null = |name: &String| table.column(name).is_none_or(|column| column.nullable);
            edges.push(Edge {
                from,
                columns: &constraint.columns,
                to,
                keys: &reference.columns,
                is_optional: constraint.columns.iter().any(may_be_null),
                is_unique: is_unique(table, &constraint.columns),
            });
        }
    }
    edges
}

/// Whether two rows can't have the same in these columns.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let same = |key: &[String]| key.len() == columns.len() && key.iter().all(|name| columns.contains(name));
    let is_key = |kind| matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique);
    table
        .constraints
        .values()
        .any(|constraint| is_key(constraint.kind) && same(&constraint.columns))
        || table
            .indexes
            .values()
            .any(|index| index.unique && same(&index.columns))
}

/// The keys that a column is in: `PK`, `FK`, `UK`.
fn keys(table: &Table, column: &Column) -> Vec<&'static str> {
    let is_in = |kind: ConstraintKind| {
        let mut constraints = table.constraints.values();
        constraints.any(|constraint| constraint.kind == kind && constraint.columns.contains(&column.name))
    };
    let alone = std::slice::from_ref(&column.name);
    let is_primary = is_in(ConstraintKind::PrimaryKey);
    let marks = [
        (is_primary, "PK"),
        (is_in(ConstraintKind::ForeignKey), "FK"),
        (!is_primary && is_unique(table, alone), "UK"),
    ];
    marks
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, mark)| mark)
        .collect()
}
