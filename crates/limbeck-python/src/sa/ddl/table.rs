//! Tables.

use std::rc::Rc;

use limbeck_core::Dialect;

use super::{column_definition, constraint_definition, string};
use crate::sa::quote::quote;
use crate::sa::schema::{Column, Kind, Table, TableName};
use crate::sa::types::Type;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// `CREATE TABLE …`.
pub(crate) fn create_table(vm: &mut Vm<'_>, table: &Table, if_not_exists: bool) -> Outcome<String> {
    let mut lines = Vec::new();
    let columns = table.columns.borrow().clone();
    for column in &columns {
        let mut line = column_definition(vm, table, column)?;
        for constraint in &column.constraints {
            if let Some(definition) = constraint_definition(vm, table, constraint)? {
                line.push_str(&format!(" {definition}"));
            }
        }
        lines.push(line);
    }
    let key = table.primary_key.borrow().clone();
    let others = table.constraints.borrow().clone();
    for constraint in key.iter().chain(&others) {
        if let Kind::ForeignKey { actions, .. } = &constraint.kind
            && actions.use_alter
            && vm.dialect != Dialect::Sqlite
        {
            vm.warn("a foreign key with use_alter=True is made by nobody: use op.create_foreign_key");
            continue;
        }
        lines.extend(constraint_definition(vm, table, constraint)?);
    }
    let prefixes: String = table.prefixes.iter().map(|prefix| format!("{prefix} ")).collect();
    let if_not_exists = if if_not_exists { "IF NOT EXISTS " } else { "" };
    let body = if lines.is_empty() {
        "(\n)".to_owned()
    } else {
        format!("(\n    {}\n)", lines.join(",\n    "))
    };
    Ok(format!(
        "CREATE {prefixes}TABLE {if_not_exists}{} {body}{}",
        table.name.sql(vm.dialect),
        behind(vm, table)?
    ))
}

/// What stands behind the parentheses.
fn behind(vm: &mut Vm<'_>, table: &Table) -> Outcome<String> {
    match vm.dialect {
        Dialect::Postgresql => postgresql(vm, table),
        Dialect::Mysql | Dialect::Mariadb => mysql(vm, table),
        Dialect::Sqlite => sqlite(vm, table),
    }
}

fn postgresql(vm: &mut Vm<'_>, table: &Table) -> Outcome<String> {
    let option = |argument: &str| table.options.get("postgresql", argument).cloned();
    let mut text = String::new();
    if let Some(inherits) = option("inherits") {
        let mut names = Vec::new();
        for name in crate::sa::take::list(vm, Some(inherits))? {
            names.push(quote(vm.dialect, &vm.text_of(&name)?));
        }
        text.push_str(&format!(" INHERITS ({})", names.join(", ")));
    }
    for (argument, words) in [("partition_by", "PARTITION BY"), ("using", "USING")] {
        if let Some(value) = option(argument) {
            text.push_str(&format!(" {words} {}", vm.text_of(&value)?));
        }
    }
    if let Some(with) = option("with") {
        let with = with_options(vm, &with)?;
        if !with.is_empty() {
            text.push_str(&format!(" WITH ({with})"));
        }
    }
    match option("with_oids") {
        Some(Value::Bool(true)) => text.push_str(" WITH OIDS"),
        Some(Value::Bool(false)) => text.push_str(" WITHOUT OIDS"),
        _ => {}
    }
    if let Some(Value::Str(on_commit)) = option("on_commit") {
        text.push_str(&format!(
            " ON COMMIT {}",
            on_commit.replace('_', " ").to_uppercase()
        ));
    }
    if let Some(Value::Str(tablespace)) = option("tablespace") {
        text.push_str(&format!(" TABLESPACE {}", quote(vm.dialect, &tablespace)));
    }
    Ok(text)
}

/// PostgreSQL's storage parameters.
pub(super) fn with_options(vm: &mut Vm<'_>, with: &Value) -> Outcome<String> {
    let mut options = Vec::new();
    for (name, value) in vm.pairs(with)? {
        let name = vm.text_of(&name)?;
        options.push(match value {
            Value::None => name,
            Value::Bool(value) => format!("{name} = {value}"),
            value => format!("{name} = {}", vm.text_of(&value)?),
        });
    }
    Ok(options.join(", "))
}

/// Options whose values are texts, behind quotes.
const TEXTS: &[&str] = &[
    "COMMENT",
    "DATA_DIRECTORY",
    "INDEX_DIRECTORY",
    "PASSWORD",
    "CONNECTION",
];

const PARTITIONS: &[&str] = &["PARTITION_BY", "PARTITIONS", "SUBPARTITIONS", "SUBPARTITION_BY"];

fn mysql(vm: &mut Vm<'_>, table: &Table) -> Outcome<String> {
    let mut options: Vec<(String, String)> = Vec::new();
    for (argument, value) in table.options.of(vm.called.name()) {
        if !value.is_none() {
            options.push((argument.to_uppercase(), vm.text_of(value)?));
        }
    }
    if let Some(comment) = &table.comment {
        options.push(("COMMENT".to_owned(), comment.clone()));
    }
    // The character set has to stand before the collation, and the partitions behind everything.
    let place = |name: &str| match name {
        "COLLATE" => 1,
        name => match PARTITIONS.iter().position(|known| *known == name) {
            Some(at) => 2 + at,
            None => 0,
        },
    };
    options.sort_by_key(|(name, _)| place(name));
    let mut text = String::new();
    for (name, value) in options {
        let value = if TEXTS.contains(&name.as_str()) {
            string(vm, &value)?
        } else {
            value
        };
        let spaced = name.replace('_', " ");
        let is_spaced = PARTITIONS.contains(&name.as_str())
            || matches!(
                name.as_str(),
                "DATA_DIRECTORY"
                    | "INDEX_DIRECTORY"
                    | "DEFAULT_CHARACTER_SET"
                    | "CHARACTER_SET"
                    | "DEFAULT_CHARSET"
                    | "DEFAULT_COLLATE"
            );
        let word = if is_spaced { spaced } else { name.clone() };
        let between = if PARTITIONS.contains(&name.as_str())
            || matches!(
                word.as_str(),
                "TABLESPACE" | "DEFAULT CHARACTER SET" | "CHARACTER SET" | "COLLATE"
            ) {
            " "
        } else {
            "="
        };
        text.push_str(&format!(" {word}{between}{value}"));
    }
    Ok(text)
}

fn sqlite(vm: &mut Vm<'_>, table: &Table) -> Outcome<String> {
    let mut options = Vec::new();
    if let Some(value) = table.options.get("sqlite", "with_rowid").cloned()
        && !vm.truth(&value)?
    {
        options.push("WITHOUT ROWID");
    }
    if let Some(value) = table.options.get("sqlite", "strict").cloned()
        && vm.truth(&value)?
    {
        options.push("STRICT");
    }
    Ok(if options.is_empty() {
        String::new()
    } else {
        format!(" {}", options.join(", "))
    })
}

/// Makes the types of their own that a table's columns need, each once in a program.
pub(crate) fn create_named_types(vm: &mut Vm<'_>, table: &Table) -> Outcome<()> {
    let columns = table.columns.borrow().clone();
    let types: Vec<Type> = columns
        .iter()
        .flat_map(|column| column.type_.named_types(vm.dialect))
        .filter(Type::is_created_with_table)
        .collect();
    for named in types {
        let key = named.named_key();
        if vm.alembic.types.insert(key) {
            let statement = named.create_once(vm)?;
            vm.emit(&statement)?;
        }
    }
    Ok(())
}

/// Sets or takes away a table's comment.
pub(crate) fn table_comment(
    vm: &mut Vm<'_>,
    table: &TableName,
    comment: Option<&str>,
) -> Outcome<Option<String>> {
    let sql = table.sql(vm.dialect);
    Ok(match (vm.dialect, comment) {
        // SQLite refuses it.
        (Dialect::Postgresql | Dialect::Sqlite, Some(comment)) => {
            Some(format!("COMMENT ON TABLE {sql} IS {}", string(vm, comment)?))
        }
        (Dialect::Postgresql | Dialect::Sqlite, None) => Some(format!("COMMENT ON TABLE {sql} IS NULL")),
        (Dialect::Mysql | Dialect::Mariadb, comment) => {
            let comment = string(vm, comment.unwrap_or_default())?;
            Some(format!("ALTER TABLE {sql} COMMENT {comment}"))
        }
    })
}

/// Sets a column's comment, where that takes a statement of its own.
pub(crate) fn column_comment(
    vm: &mut Vm<'_>,
    table: &TableName,
    column: &Rc<Column>,
) -> Outcome<Option<String>> {
    match (&column.comment, vm.dialect) {
        (Some(comment), Dialect::Postgresql) => Ok(Some(format!(
            "COMMENT ON COLUMN {}.{} IS {}",
            table.sql(vm.dialect),
            column.name.sql(vm.dialect),
            string(vm, comment)?
        ))),
        _ => Ok(None),
    }
}
