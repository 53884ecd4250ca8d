//! Indexes.

use limbeck_core::Dialect;

use super::{expression, identifier, phrase};
use crate::sa::names::{Name, dotted};
use crate::sa::quote::quote;
use crate::sa::schema::{Column, Index, TableName};
use crate::sa::sql;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// `CREATE INDEX …`.
pub(crate) fn create_index(vm: &mut Vm<'_>, index: &Index, if_not_exists: bool) -> Outcome<String> {
    let Some(table) = index.table.borrow().clone() else {
        return Err(vm.raise("CompileError", "Index is not associated with any table."));
    };
    let Some(name) = &index.name else {
        return Err(vm.raise("CompileError", "CREATE INDEX requires that the index have a name"));
    };
    let name = identifier(vm, name)?;
    let unique = if index.unique { "UNIQUE " } else { "" };
    let if_not_exists = if if_not_exists { "IF NOT EXISTS " } else { "" };
    match vm.dialect {
        Dialect::Postgresql => postgresql(vm, index, &table, [unique, if_not_exists, &name]),
        Dialect::Mysql | Dialect::Mariadb => mysql(vm, index, &table, [unique, if_not_exists, &name]),
        Dialect::Sqlite => sqlite(vm, index, &table, [unique, if_not_exists, &name]),
    }
}

fn option(vm: &Vm<'_>, index: &Index, argument: &str) -> Option<Value> {
    match vm.dialect {
        // What MariaDB takes over from MySQL, and what not, is SQLAlchemy's choice.
        Dialect::Mysql | Dialect::Mariadb if matches!(argument, "using" | "with_parser") => {
            index.options.mysql(vm.called, argument).cloned()
        }
        _ => index.options.get(vm.called.name(), argument).cloned(),
    }
}

fn is_set(vm: &mut Vm<'_>, index: &Index, argument: &str) -> Outcome<bool> {
    match option(vm, index, argument) {
        Some(value) => vm.truth(&value),
        None => Ok(false),
    }
}

fn postgresql(
    vm: &mut Vm<'_>,
    index: &Index,
    table: &TableName,
    [unique, if_not_exists, name]: [&str; 3],
) -> Outcome<String> {
    let concurrently = if is_set(vm, index, "concurrently")? {
        "CONCURRENTLY "
    } else {
        ""
    };
    let using = match option(vm, index, "using") {
        Some(Value::Str(using)) if !using.is_empty() => {
            format!("USING {} ", phrase(vm, &using, false)?.to_lowercase())
        }
        _ => String::new(),
    };
    let elements = postgresql_elements(vm, index)?;
    Ok(format!(
        "CREATE {unique}INDEX {concurrently}{if_not_exists}{name} ON {} {using}({}){}",
        table.sql(vm.dialect),
        elements.join(", "),
        postgresql_options(vm, index)?
    ))
}

/// Columns as they are, and expressions in parentheses where they need them, each with its operator class.
fn postgresql_elements(vm: &mut Vm<'_>, index: &Index) -> Outcome<Vec<String>> {
    let mut elements = Vec::new();
    let ops = option(vm, index, "ops");
    for element in &index.expressions {
        let text = match element {
            Value::Object(_) if column_name(element).is_none() => {
                let grouped = vm.attribute(element, "self_group")?;
                let grouped = vm.call(&grouped, Args::default())?;
                expression(vm, &grouped)?
            }
            element => indexed(vm, element)?,
        };
        let class = match &ops {
            Some(ops) => operator_class(vm, ops, element)?,
            None => String::new(),
        };
        elements.push(format!("{text}{class}"));
    }
    Ok(elements)
}

/// What stands behind the elements.
fn postgresql_options(vm: &mut Vm<'_>, index: &Index) -> Outcome<String> {
    let mut text = String::new();
    if let Some(columns) = option(vm, index, "include") {
        text.push_str(&include(vm, &columns)?);
    }
    match option(vm, index, "nulls_not_distinct") {
        Some(Value::Bool(true)) => text.push_str(" NULLS NOT DISTINCT"),
        Some(Value::Bool(false)) => text.push_str(" NULLS DISTINCT"),
        _ => {}
    }
    if let Some(with) = option(vm, index, "with") {
        let with = super::table::with_options(vm, &with)?;
        if !with.is_empty() {
            text.push_str(&format!(" WITH ({with})"));
        }
    }
    if let Some(Value::Str(tablespace)) = option(vm, index, "tablespace") {
        text.push_str(&format!(" TABLESPACE {}", quote(vm.dialect, &tablespace)));
    }
    if let Some(condition) = option(vm, index, "where") {
        text.push_str(&format!(" WHERE {}", expression(vm, &condition)?));
    }
    Ok(text)
}

fn mysql(
    vm: &mut Vm<'_>,
    index: &Index,
    table: &TableName,
    [unique, if_not_exists, name]: [&str; 3],
) -> Outcome<String> {
    let length = option(vm, index, "length");
    let mut elements = Vec::new();
    for element in &index.expressions {
        let text = match element {
            Value::Object(_) if column_name(element).is_none() && sql::is_computation(element) => {
                format!("({})", expression(vm, element)?)
            }
            element => indexed(vm, element)?,
        };
        let length = match &length {
            Some(Value::Int(length)) => format!("({length})"),
            Some(Value::Dict(lengths)) => {
                let key = column_name(element).map(|name| name.text.to_string());
                let lengths = lengths.borrow();
                let found = key.and_then(|key| lengths.get_str(&key).cloned());
                match found.or_else(|| lengths.get_str(&text).cloned()) {
                    Some(Value::Int(length)) => format!("({length})"),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        };
        elements.push(format!("{text}{length}"));
    }
    let prefix = match option(vm, index, "prefix") {
        Some(Value::Str(prefix)) if !prefix.is_empty() => format!("{prefix} "),
        _ => String::new(),
    };
    let mut text = format!(
        "CREATE {unique}{prefix}INDEX {if_not_exists}{name} ON {} ({})",
        table.sql(vm.dialect),
        elements.join(", ")
    );
    if let Some(Value::Str(parser)) = option(vm, index, "with_parser") {
        text.push_str(&format!(" WITH PARSER {parser}"));
    }
    if let Some(Value::Str(using)) = option(vm, index, "using") {
        text.push_str(&format!(" USING {}", quote(vm.dialect, &using)));
    }
    Ok(text)
}

fn sqlite(
    vm: &mut Vm<'_>,
    index: &Index,
    table: &TableName,
    [unique, if_not_exists, name]: [&str; 3],
) -> Outcome<String> {
    let mut elements = Vec::new();
    for element in &index.expressions {
        elements.push(indexed(vm, element)?);
    }
    let schema = match &table.schema {
        Some(schema) => format!("{}.", dotted(vm.dialect, schema)),
        None => String::new(),
    };
    let mut text = format!(
        "CREATE {unique}INDEX {if_not_exists}{schema}{name} ON {} ({})",
        table.name.sql(vm.dialect),
        elements.join(", ")
    );
    if let Some(condition) = option(vm, index, "where") {
        text.push_str(&format!(" WHERE {}", expression(vm, &condition)?));
    }
    Ok(text)
}

/// The name of a column that is indexed as it is.
fn column_name(element: &Value) -> Option<Name> {
    match element {
        Value::Str(text) => Some(Name::new(text)),
        element => match element.downcast::<Column>() {
            Some(column) => Some(column.name.clone()),
            None => element.downcast::<Name>().map(|name| (*name).clone()),
        },
    }
}

fn indexed(vm: &mut Vm<'_>, element: &Value) -> Outcome<String> {
    match column_name(element) {
        Some(name) => Ok(name.sql(vm.dialect)),
        None => expression(vm, element),
    }
}

/// ` INCLUDE (…)`.
pub(super) fn include(vm: &mut Vm<'_>, columns: &Value) -> Outcome<String> {
    let mut names = Vec::new();
    for column in vm.iterate(columns)? {
        names.push(indexed(vm, &column)?);
    }
    Ok(if names.is_empty() {
        String::new()
    } else {
        format!(" INCLUDE ({})", names.join(", "))
    })
}

/// The operator class of an element, behind a space.
pub(super) fn operator_class(vm: &mut Vm<'_>, ops: &Value, element: &Value) -> Outcome<String> {
    let key = match column_name(element) {
        Some(name) => Some(name.text.to_string()),
        // Alembic keeps a text by itself.
        None => sql::key(element).or_else(|| sql::plain_text(element)),
    };
    let (Some(key), Value::Dict(ops)) = (key, ops) else {
        return Ok(String::new());
    };
    let class = ops.borrow().get_str(&key).cloned();
    match class {
        Some(class) => Ok(format!(" {}", vm.text_of(&class)?)),
        None => Ok(String::new()),
    }
}

/// `DROP INDEX …`.
pub(crate) fn drop_index(vm: &mut Vm<'_>, index: &Index, if_exists: bool) -> Outcome<String> {
    let Some(name) = &index.name else {
        return Err(vm.raise("CompileError", "DROP INDEX requires that the index have a name"));
    };
    let name = identifier(vm, name)?;
    let table = index.table.borrow().clone();
    let if_exists = if if_exists { "IF EXISTS " } else { "" };
    if matches!(vm.dialect, Dialect::Mysql | Dialect::Mariadb) {
        let table = table.map_or_else(|| "no_table".to_owned(), |table| table.sql(vm.dialect));
        return Ok(format!("DROP INDEX {if_exists}{name} ON {table}"));
    }
    let is_concurrent = vm.dialect == Dialect::Postgresql && is_set(vm, index, "concurrently")?;
    let concurrently = if is_concurrent { "CONCURRENTLY " } else { "" };
    let schema = match table.and_then(|table| table.schema) {
        Some(schema) => format!("{}.", dotted(vm.dialect, &schema)),
        None => String::new(),
    };
    Ok(format!("DROP INDEX {concurrently}{if_exists}{schema}{name}"))
}
