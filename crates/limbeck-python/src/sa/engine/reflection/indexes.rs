//! Indexes, as SQLAlchemy tells them.

use limbeck_core::Dialect;
use limbeck_core::schema::{ConstraintKind, Index, Table};

use super::definition::Definition;
use super::{dict, of_kind, optional, texts};
use crate::value::{Dict, Outcome, Value};
use crate::vm::Vm;

/// The indexes; PostgreSQL and MySQL count those of unique constraints among them. SQLAlchemy leaves SQLite's out that have
/// expressions.
pub(in crate::sa::engine) fn indexes(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
    let mut indexes: Vec<(&String, Value)> = Vec::new();
    for (name, index) in &table.indexes {
        let definition = Definition::read(vm.dialect, index.definition.text());
        let told = match vm.dialect {
            Dialect::Sqlite if definition.items.iter().any(|item| item.column.is_none()) => continue,
            Dialect::Sqlite => sqlite_index(name, index, &definition),
            Dialect::Postgresql => postgresql_index(name, index.unique, &definition, None),
            Dialect::Mysql | Dialect::Mariadb => mysql_index(vm.called, name, index.unique, &definition),
        };
        indexes.push((name, dict(told)));
    }
    for (name, constraint) in of_kind(table, ConstraintKind::Unique) {
        let definition = Definition::read(vm.dialect, constraint.definition.text());
        let told = match vm.dialect {
            Dialect::Sqlite => continue,
            Dialect::Postgresql => postgresql_index(name, true, &definition, Some(name)),
            Dialect::Mysql | Dialect::Mariadb => mysql_index(vm.called, name, true, &definition),
        };
        indexes.push((name, dict(told)));
    }
    indexes.sort_by(|a, b| a.0.cmp(b.0));
    Ok(Value::list(indexes.into_iter().map(|(_, index)| index).collect()))
}

/// The names of an index's columns; an expression has none.
fn column_names(definition: &Definition<'_>) -> Value {
    let names = definition
        .items
        .iter()
        .map(|item| optional(item.column.as_deref()));
    Value::list(names.collect())
}

fn sqlite_index<'a>(name: &str, index: &Index, definition: &Definition<'_>) -> Vec<(&'a str, Value)> {
    let condition = definition
        .condition
        .map(|condition| ("sqlite_where", crate::sa::ddl::verbatim(condition)));
    vec![
        ("name", Value::str(name)),
        ("unique", Value::Int(i128::from(index.unique))),
        ("column_names", column_names(definition)),
        ("dialect_options", dict(condition.into_iter().collect())),
    ]
}

fn postgresql_index<'a>(
    name: &str,
    unique: bool,
    definition: &Definition<'_>,
    duplicates: Option<&str>,
) -> Vec<(&'a str, Value)> {
    let mut entries = vec![
        ("name", Value::str(name)),
        ("unique", Value::Bool(unique)),
        ("column_names", column_names(definition)),
        ("include_columns", texts(&definition.include)),
    ];
    let items = &definition.items;
    if items.iter().any(|item| item.column.is_none()) {
        let told = items
            .iter()
            .map(|item| Value::str(item.column.as_deref().unwrap_or(item.text)));
        entries.push(("expressions", Value::list(told.collect())));
    }
    let sorted = items.iter().filter(|item| !item.sorting.is_empty());
    let sorted: Vec<(&str, Value)> = sorted
        .map(|item| {
            let words = item.sorting.iter().map(Value::str).collect();
            (item.column.as_deref().unwrap_or(item.text), Value::tuple(words))
        })
        .collect();
    if !sorted.is_empty() {
        entries.push(("column_sorting", dict(sorted)));
    }
    if let Some(constraint) = duplicates {
        entries.push(("duplicates_constraint", Value::str(constraint)));
    }
    let mut options = vec![("postgresql_include", texts(&definition.include))];
    if let Some(method) = definition.using.filter(|method| *method != "btree") {
        options.push(("postgresql_using", Value::str(method)));
    }
    if let Some(condition) = definition.condition {
        options.push(("postgresql_where", Value::str(condition)));
    }
    if let Some(with) = definition.with {
        let parameters = with.split(',').filter_map(|parameter| parameter.split_once('='));
        let parameters =
            parameters.map(|(name, value)| (name.trim(), Value::str(value.trim().trim_matches('\''))));
        options.push(("postgresql_with", dict(parameters.collect())));
    }
    entries.push(("dialect_options", dict(options)));
    entries
}

fn mysql_index<'a>(
    called: Dialect,
    name: &str,
    unique: bool,
    definition: &Definition<'_>,
) -> Vec<(&'a str, Value)> {
    let mut entries = vec![
        ("name", Value::str(name)),
        ("column_names", column_names(definition)),
        ("unique", Value::Bool(unique)),
    ];
    let kind = definition.prefix.or(unique.then_some("UNIQUE"));
    entries.extend(kind.map(|kind| ("type", Value::str(kind))));
    let lengths = definition.items.iter().filter_map(|item| {
        let length = item.length?;
        Some((item.column.as_deref()?, Value::Int(length)))
    });
    let lengths: Vec<(&str, Value)> = lengths.collect();
    let mut options = Dict::default();
    let mut option =
        |word: &str, value: Value| options.insert_str(&format!("{}_{word}", called.name()), value);
    if !lengths.is_empty() {
        option("length", dict(lengths));
    }
    if let Some(prefix) = definition.prefix {
        option("prefix", Value::str(prefix));
    }
    if let Some(method) = definition.using {
        option("using", Value::str(method));
    }
    if options.len() > 0 {
        entries.push(("dialect_options", Value::dict(options)));
    }
    entries
}
