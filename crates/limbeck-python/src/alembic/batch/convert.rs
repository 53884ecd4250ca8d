//! SQLAlchemy's schema items as the schema of SQLite that limbeck plans with.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::dialect::sqlite::{normal, significant, written};
use limbeck_core::schema::{self, ConstraintKind, Generated, Moot, Reference, Sql, TableOption};

use crate::sa::ddl;
use crate::sa::schema::{Column, Constraint, Index, Kind, ServerDefault, Table};
use crate::value::Outcome;
use crate::vm::Vm;

const SQLITE: Dialect = Dialect::Sqlite;

/// SQL as it is when it is read from the database.
fn sql(text: &str) -> Sql {
    let tokens = significant(text);
    Sql::keyed(written(&tokens), normal(&tokens))
}

/// A type and its collation.
pub(super) fn data_type(vm: &mut Vm<'_>, column: &Column) -> Outcome<(String, Option<String>)> {
    let text = column.type_.compile(vm)?;
    Ok(match text.split_once(" COLLATE ") {
        Some((word, collation)) => {
            let collation = collation.trim_matches('"');
            let large = collation.to_ascii_uppercase();
            let known = matches!(large.as_str(), "BINARY" | "NOCASE" | "RTRIM");
            let collation = if known {
                large
            } else {
                collation.to_ascii_lowercase()
            };
            (word.to_owned(), Some(collation))
        }
        None => (text, None),
    })
}

/// What stands behind `DEFAULT`.
pub(super) fn default(vm: &mut Vm<'_>, default: &ServerDefault) -> Outcome<Option<Sql>> {
    let text = ddl::server_default(vm, default)?;
    Ok(text.map(|text| {
        let clause = ddl::default_clause(SQLITE, &text);
        sql(clause.strip_prefix("DEFAULT ").unwrap_or(&clause))
    }))
}

pub(super) fn column(vm: &mut Vm<'_>, column: &Column) -> Outcome<schema::Column> {
    let (data_type, collation) = data_type(vm, column)?;
    let mut made = schema::Column::new(&*column.name.text, data_type);
    made.collation = collation;
    made.nullable = column.is_nullable();
    made.says_not_null = Moot(!made.nullable);
    match &column.server_default {
        Some(ServerDefault::Computed(computed)) => {
            let expression = ddl::expression(vm, &computed.sqltext)?;
            made.generated = Some(Generated {
                expression: sql(&expression),
                stored: computed.persisted == Some(true),
            });
        }
        Some(known) => made.default = default(vm, known)?,
        None => {}
    }
    if let Some(word) = column
        .options
        .get("sqlite", "on_conflict_not_null")
        .and_then(|word| word.as_str())
    {
        made.clauses
            .push(Sql::new(format!("NOT NULL ON CONFLICT {word}")));
    }
    Ok(made)
}

/// A constraint under the name that it is found by.
pub(super) fn constraint(
    vm: &mut Vm<'_>,
    table: &Table,
    constraint: &Constraint,
) -> Outcome<Option<(String, schema::Constraint)>> {
    let unnamed = Constraint {
        name: None,
        ..constraint.clone()
    };
    let Some(definition) = ddl::constraint_definition(vm, table, &unnamed)? else {
        return Ok(None);
    };
    let kind = match &constraint.kind {
        Kind::PrimaryKey => ConstraintKind::PrimaryKey,
        Kind::Unique => ConstraintKind::Unique,
        Kind::Check { .. } => ConstraintKind::Check,
        Kind::ForeignKey { .. } => ConstraintKind::ForeignKey,
        Kind::Exclude(_) | Kind::Any => return Err(vm.unknown("such a constraint on SQLite")),
    };
    let references = match &constraint.kind {
        Kind::ForeignKey { targets, .. } => targets.first().map(|first| Reference {
            table: schema::Name::new(&*first.table),
            columns: targets
                .iter()
                .filter_map(|target| target.column.clone())
                .collect(),
        }),
        _ => None,
    };
    let definition = sql(&definition);
    let name = match &constraint.name {
        Some(name) => name.text.to_string(),
        None => normal(&significant(definition.text())),
    };
    let made = schema::Constraint {
        references,
        named: constraint.name.is_some(),
        ..schema::Constraint::new(
            kind,
            definition,
            constraint.columns.iter().map(|name| name.text.to_string()),
        )
    };
    Ok(Some((name, made)))
}

pub(super) fn index(vm: &mut Vm<'_>, index: &Index) -> Outcome<(String, schema::Index)> {
    let statement = ddl::create_index(vm, index, false)?;
    let (_, definition) = statement.split_once('(').unwrap_or_default();
    let name = index
        .name
        .as_ref()
        .map_or_else(String::new, |name| name.text.to_string());
    let made = schema::Index {
        unique: index.unique,
        definition: sql(&format!("({definition}")),
        columns: index
            .column_names()
            .iter()
            .map(|name| name.text.to_string())
            .collect(),
        comment: None,
    };
    Ok((name, made))
}

/// A whole table, as `copy_from` gives it.
pub(super) fn table(vm: &mut Vm<'_>, from: &Rc<Table>) -> Outcome<schema::Table> {
    let mut made = schema::Table::default();
    for known in from.columns.borrow().iter() {
        made.columns.push(column(vm, known)?);
        for check in &known.constraints {
            if let Some((name, check)) = constraint(vm, from, check)? {
                made.constraints.insert(name, check);
            }
        }
    }
    let key = from.primary_key.borrow().clone();
    let others = from.constraints.borrow().clone();
    for known in key.iter().chain(&others) {
        if let Some((name, known)) = constraint(vm, from, known)? {
            made.constraints.insert(name, known);
        }
    }
    for known in from.indexes.borrow().clone() {
        let (name, known) = index(vm, &known)?;
        made.indexes.insert(name, known);
    }
    options(vm, &mut made, &from.options)?;
    Ok(made)
}

/// What `sqlite_autoincrement`, `sqlite_with_rowid` and `sqlite_strict` say.
pub(super) fn options(
    vm: &mut Vm<'_>,
    table: &mut schema::Table,
    options: &crate::sa::schema::Options,
) -> Outcome<()> {
    let mut is_set = |argument: &str| match options.get("sqlite", argument).cloned() {
        Some(value) => vm.truth(&value).map(Some),
        None => Ok(None),
    };
    if is_set("with_rowid")? == Some(false) {
        table.options.insert(TableOption::WithoutRowid, String::new());
    }
    if is_set("strict")? == Some(true) {
        table.options.insert(TableOption::Strict, String::new());
    }
    if is_set("autoincrement")? == Some(true) {
        let mut keys = table.constraints.iter_mut();
        let key = keys.find(|(_, constraint)| constraint.kind == ConstraintKind::PrimaryKey);
        if let Some((_, key)) = key
            && let [only] = key.columns.as_slice()
        {
            // Such a key stands in its column, where it has no name.
            key.definition = sql(&format!("PRIMARY KEY ({} AUTOINCREMENT)", SQLITE.quoted(only)));
            key.named = false;
        }
    }
    Ok(())
}

/// `PRIMARY KEY (…)`.
pub(super) fn key_definition(columns: &[String]) -> Sql {
    let names: Vec<String> = columns.iter().map(|name| SQLITE.quoted(name)).collect();
    sql(&format!("PRIMARY KEY ({})", names.join(", ")))
}
