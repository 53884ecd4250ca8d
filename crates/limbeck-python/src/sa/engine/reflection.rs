//! What an inspector says of a table, in the dictionaries that SQLAlchemy makes of it.

use limbeck_core::Dialect;
use limbeck_core::dialect::tokens;
use limbeck_core::schema::{Column, Constraint, ConstraintKind, Generated, Identity, Table};

use crate::sa::types::Type;
use crate::value::{Dict, Outcome, Value};
use crate::vm::Vm;

/// A dictionary of these entries.
fn dict(entries: Vec<(&str, Value)>) -> Value {
    let mut dict = Dict::default();
    for (key, value) in entries {
        dict.insert_str(key, value);
    }
    Value::dict(dict)
}

fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(Value::str).collect())
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::None, Value::str)
}

fn empty() -> Value {
    Value::dict(Dict::default())
}

pub(super) fn columns(vm: &mut Vm<'_>, name: &str, table: &Table) -> Outcome<Value> {
    let mut columns = Vec::new();
    for column in &table.columns {
        columns.push(self::column(vm, name, table, column)?);
    }
    Ok(Value::list(columns))
}

fn column(vm: &mut Vm<'_>, of: &str, table: &Table, column: &Column) -> Outcome<Value> {
    let type_ = Type::reflected(vm, &column.data_type, column.collation.as_deref())?;
    let mut entries = vec![
        ("name", Value::str(&column.name)),
        ("type", Value::Object(type_)),
        ("nullable", Value::Bool(column.nullable)),
        ("default", default(of, column)),
    ];
    let numbered = matches!(column.identity, Some(Identity::Serial | Identity::AutoIncrement));
    match vm.dialect {
        Dialect::Sqlite => {
            let key = table.primary_key().iter().position(|name| *name == column.name);
            let place = key.map_or(0, |at| i128::try_from(at + 1).unwrap_or_default());
            entries.push(("primary_key", Value::Int(place)));
        }
        Dialect::Postgresql => {
            entries.push(("autoincrement", Value::Bool(numbered)));
            entries.push(("comment", optional(column.comment.as_deref())));
        }
        Dialect::Mysql | Dialect::Mariadb => {
            if numbered {
                entries.push(("autoincrement", Value::Bool(true)));
            }
            entries.push(("comment", optional(column.comment.as_deref())));
        }
    }
    if let Some(Generated { expression, stored }) = &column.generated {
        let computed = vec![
            ("sqltext", Value::str(expression.text())),
            ("persisted", Value::Bool(*stored)),
        ];
        entries.push(("computed", dict(computed)));
    }
    if let Some(identity @ (Identity::Always(_) | Identity::ByDefault(_))) = &column.identity {
        let always = matches!(identity, Identity::Always(_));
        entries.push(("identity", dict(vec![("always", Value::Bool(always))])));
    }
    Ok(dict(entries))
}

/// The text of a column's default; a `serial`'s is that of its sequence.
fn default(table: &str, column: &Column) -> Value {
    match (&column.default, &column.identity) {
        (Some(default), _) => Value::str(default.text()),
        (None, Some(Identity::Serial)) => {
            let name = format!("{table}_{}_seq", column.name);
            Value::str(format!("nextval('{name}'::regclass)"))
        }
        _ => Value::None,
    }
}

/// The indexes; PostgreSQL and MySQL count those of unique constraints among them.
pub(super) fn indexes(vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    let mut indexes: Vec<(String, Value)> = Vec::new();
    for (name, index) in &table.indexes {
        let mut entries = vec![
            ("name", Value::str(name)),
            ("unique", Value::Bool(index.unique)),
            ("column_names", texts(&index.columns)),
        ];
        if vm.dialect == Dialect::Postgresql {
            entries.push(("include_columns", Value::list(Vec::new())));
        }
        entries.push(("dialect_options", empty()));
        indexes.push((name.clone(), dict(entries)));
    }
    if vm.dialect != Dialect::Sqlite {
        for (name, constraint) in of_kind(table, ConstraintKind::Unique) {
            let mut entries = vec![
                ("name", Value::str(name)),
                ("unique", Value::Bool(true)),
                ("column_names", texts(&constraint.columns)),
            ];
            if vm.dialect == Dialect::Postgresql {
                entries.push(("duplicates_constraint", Value::str(name)));
                entries.push(("include_columns", Value::list(Vec::new())));
            }
            entries.push(("dialect_options", empty()));
            indexes.push((name.clone(), dict(entries)));
        }
    }
    indexes.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Value::list(indexes.into_iter().map(|(_, index)| index).collect()))
}

/// The constraints of a kind, with their names.
fn of_kind(table: &Table, kind: ConstraintKind) -> impl Iterator<Item = (&String, &Constraint)> {
    table
        .constraints
        .iter()
        .filter(move |(_, constraint)| constraint.kind == kind)
}

/// The name of a constraint; SQLite's may have none.
fn name_of(name: &str, constraint: &Constraint) -> Value {
    if constraint.named {
        Value::str(name)
    } else {
        Value::None
    }
}

/// The unique constraints; MySQL's are its unique indexes.
pub(super) fn unique_constraints(vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    let mut found = Vec::new();
    for (name, constraint) in of_kind(table, ConstraintKind::Unique) {
        let mut entries = vec![
            ("name", name_of(name, constraint)),
            ("column_names", texts(&constraint.columns)),
        ];
        if vm.dialect == Dialect::Postgresql {
            entries.push(("comment", optional(constraint.comment.as_deref())));
            entries.push(("dialect_options", empty()));
        }
        found.push(dict(entries));
    }
    if matches!(vm.dialect, Dialect::Mysql | Dialect::Mariadb) {
        for (name, index) in table.indexes.iter().filter(|(_, index)| index.unique) {
            found.push(dict(vec![
                ("name", Value::str(name)),
                ("column_names", texts(&index.columns)),
                ("duplicates_index", Value::str(name)),
            ]));
        }
    }
    Ok(Value::list(found))
}

pub(super) fn foreign_keys(vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    let mut found = Vec::new();
    for (name, constraint) in of_kind(table, ConstraintKind::ForeignKey) {
        let Some(to) = &constraint.references else {
            continue;
        };
        let mut entries = vec![
            ("name", name_of(name, constraint)),
            ("constrained_columns", texts(&constraint.columns)),
            ("referred_schema", optional(to.table.schema.as_deref())),
            ("referred_table", Value::str(&to.table.name)),
            ("referred_columns", texts(&to.columns)),
            ("options", options(vm.dialect, constraint.definition.text())),
        ];
        if vm.dialect == Dialect::Postgresql {
            entries.push(("comment", optional(constraint.comment.as_deref())));
        }
        found.push(dict(entries));
    }
    Ok(Value::list(found))
}

/// What a foreign key does when the row that it leads to goes, as far as that is not nothing.
fn options(dialect: Dialect, definition: &str) -> Value {
    let tokens = tokens(dialect, definition);
    let significant = tokens.iter().filter(|token| token.is_significant());
    let words: Vec<String> = significant.map(|token| token.text.to_ascii_uppercase()).collect();
    let mut entries = Vec::new();
    for (event, key) in [("DELETE", "ondelete"), ("UPDATE", "onupdate")] {
        let at = words
            .windows(2)
            .position(|pair| pair[0] == "ON" && pair[1] == event);
        let Some(rest) = at.map(|at| &words[at + 2..]) else {
            continue;
        };
        let action = match rest {
            [first, second, ..] if matches!(first.as_str(), "SET" | "NO") => format!("{first} {second}"),
            [first, ..] => first.clone(),
            [] => continue,
        };
        if action != "NO ACTION" {
            entries.push((key, Value::str(action)));
        }
    }
    for word in ["DEFERRABLE", "INITIALLY"] {
        let Some(at) = words.iter().position(|known| known == word) else {
            continue;
        };
        let negated = at > 0 && words[at - 1] == "NOT";
        match (word, words.get(at + 1)) {
            ("DEFERRABLE", _) => entries.push(("deferrable", Value::Bool(!negated))),
            (_, Some(when)) => entries.push(("initially", Value::str(when))),
            (_, None) => {}
        }
    }
    dict(entries)
}

pub(super) fn primary_key(vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    let key = of_kind(table, ConstraintKind::PrimaryKey).next();
    let columns = key.map_or(&[][..], |(_, key)| &key.columns);
    let name = match (vm.dialect, key) {
        // MySQL calls it PRIMARY, which SQLAlchemy takes for no name.
        (Dialect::Mysql | Dialect::Mariadb, _) | (_, None) => Value::None,
        (_, Some((name, key))) => name_of(name, key),
    };
    let mut entries = vec![("constrained_columns", texts(columns)), ("name", name)];
    if vm.dialect == Dialect::Postgresql {
        let comment = key.and_then(|(_, key)| key.comment.as_deref());
        entries.push(("comment", optional(comment)));
    }
    Ok(dict(entries))
}

pub(super) fn checks(vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    let mut found = Vec::new();
    for (name, constraint) in of_kind(table, ConstraintKind::Check) {
        let mut entries = vec![
            ("name", name_of(name, constraint)),
            ("sqltext", Value::str(condition(constraint.definition.text()))),
        ];
        if vm.dialect == Dialect::Postgresql {
            entries.push(("comment", optional(constraint.comment.as_deref())));
        }
        found.push(dict(entries));
    }
    Ok(Value::list(found))
}

/// What stands in the parentheses of `CHECK (…)`.
fn condition(definition: &str) -> &str {
    let inner = definition.find('(').zip(definition.rfind(')'));
    inner.map_or(definition, |(start, end)| definition[start + 1..end].trim())
}

pub(super) fn comment(_vm: &mut Vm<'_>, _name: &str, table: &Table) -> Outcome<Value> {
    Ok(dict(vec![("text", optional(table.comment.as_deref()))]))
}
