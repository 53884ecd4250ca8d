//! What an inspector says of a table, in the dictionaries that SQLAlchemy makes of it.

mod definition;
mod indexes;

use limbeck_core::Dialect;
use limbeck_core::dialect::tokens;
use limbeck_core::schema::{Column, Constraint, ConstraintKind, Generated, Identity, Sql, Table};

use crate::sa::types::Type;
use crate::value::{Dict, Outcome, Value};
use crate::vm::Vm;
use definition::Definition;

pub(super) use indexes::indexes;

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

pub(super) fn columns(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
    let mut columns = Vec::new();
    for column in &table.columns {
        columns.push(self::column(vm, table, column)?);
    }
    Ok(Value::list(columns))
}

fn column(vm: &mut Vm<'_>, table: &Table, column: &Column) -> Outcome<Value> {
    let collation = column.collation.as_deref();
    // What SQLite was told of it is not told on.
    let collation = collation.filter(|_| vm.dialect != Dialect::Sqlite);
    let type_ = Type::reflected(vm, &column.data_type, collation)?;
    let is_integer = column
        .data_type
        .split([' ', '('])
        .next()
        .is_some_and(|word| word.ends_with("int"));
    let default = column.default.as_ref().map(Sql::text);
    let default = default.map(|default| self::default(vm.dialect, default));
    let numbered = match &column.identity {
        Some(Identity::Serial | Identity::AutoIncrement) => true,
        Some(_) => vm.dialect == Dialect::Postgresql,
        None => is_serial(column),
    };
    let mut entries = vec![
        ("name", Value::str(&column.name)),
        ("type", Value::Object(type_)),
        ("nullable", Value::Bool(is_nullable(vm.dialect, table, column))),
        ("default", optional(default.as_deref())),
    ];
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
            if numbered || is_integer {
                entries.push(("autoincrement", Value::Bool(numbered)));
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

/// SQLite's integer keys take a NULL for the next number, and SQLAlchemy goes by what was written.
fn is_nullable(dialect: Dialect, table: &Table, column: &Column) -> bool {
    let is_number = dialect == Dialect::Sqlite
        && column.data_type.eq_ignore_ascii_case("integer")
        && table.primary_key() == [column.name.as_str()];
    if is_number {
        return !column.says_not_null.0;
    }
    column.nullable
}

/// A default as the server has it; MariaDB's own name for the time is another.
fn default(dialect: Dialect, text: &str) -> std::borrow::Cow<'_, str> {
    match text.strip_prefix("CURRENT_TIMESTAMP") {
        Some("") if dialect == Dialect::Mariadb => "current_timestamp()".into(),
        Some(digits) if dialect == Dialect::Mariadb => format!("current_timestamp{digits}").into(),
        _ => text.into(),
    }
}

/// Whether a sequence numbers a column, on PostgreSQL.
fn is_serial(column: &Column) -> bool {
    let is_numbered = |default: &Sql| default.text().starts_with("nextval('");
    matches!(&*column.data_type, "smallint" | "integer" | "bigint")
        && column.default.as_ref().is_some_and(is_numbered)
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
pub(super) fn unique_constraints(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
    let mut found = Vec::new();
    for (name, constraint) in of_kind(table, ConstraintKind::Unique) {
        let mut entries = vec![
            ("name", name_of(name, constraint)),
            ("column_names", texts(&constraint.columns)),
        ];
        if vm.dialect == Dialect::Postgresql {
            let include = Definition::read(vm.dialect, constraint.definition.text()).include;
            let is_distinct = !constraint.definition.text().contains("NULLS NOT DISTINCT");
            let options = vec![
                ("postgresql_include", texts(&include)),
                ("postgresql_nulls_not_distinct", Value::Bool(!is_distinct)),
            ];
            entries.push(("comment", optional(constraint.comment.as_deref())));
            entries.push(("dialect_options", dict(options)));
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

pub(super) fn foreign_keys(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
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

pub(super) fn primary_key(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
    let key = of_kind(table, ConstraintKind::PrimaryKey).next();
    let columns = key.map_or(&[][..], |(_, key)| &key.columns);
    let name = match (vm.dialect, key) {
        // MySQL calls it PRIMARY, which SQLAlchemy takes for no name.
        (Dialect::Mysql | Dialect::Mariadb, _) | (_, None) => Value::None,
        (_, Some((name, key))) => name_of(name, key),
    };
    let mut entries = vec![("constrained_columns", texts(columns)), ("name", name)];
    if vm.dialect == Dialect::Postgresql
        && let Some((_, key)) = key
    {
        let include = Definition::read(vm.dialect, key.definition.text()).include;
        entries.push(("comment", optional(key.comment.as_deref())));
        entries.push((
            "dialect_options",
            dict(vec![("postgresql_include", texts(&include))]),
        ));
    }
    Ok(dict(entries))
}

pub(super) fn checks(vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
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

/// What stands in the parentheses of `CHECK (…)`; PostgreSQL puts most of it into a second pair.
fn condition(definition: &str) -> &str {
    let inner = definition.find('(').zip(definition.rfind(')'));
    let inner = inner.map_or(definition, |(start, end)| definition[start + 1..end].trim());
    let bare = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut depth = 0_i32;
    let is_pair = |bare: &&str| {
        bare.chars().all(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth >= 0
        })
    };
    bare.filter(is_pair).unwrap_or(inner)
}

pub(super) fn comment(_vm: &mut Vm<'_>, table: &Table) -> Outcome<Value> {
    Ok(dict(vec![("text", optional(table.comment.as_deref()))]))
}
