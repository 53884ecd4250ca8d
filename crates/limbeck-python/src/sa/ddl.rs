//! Schema items as DDL, as SQLAlchemy writes it for each database.

mod column;
mod constraint;
mod elements;
mod index;
mod items;
mod table;

use limbeck_core::Dialect;
use md5::{Digest, Md5};

use super::names::Name;
use super::schema::{Column, ServerDefault};
use super::sql;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

pub(crate) use column::{column_definition, default_clause, identity_clause};
pub(crate) use constraint::{
    add_constraint, constraint_definition, deferral, drop_constraint, foreign_key_tail,
};
pub(crate) use elements::{element_text, find};
pub(crate) use index::{create_index, drop_index};
pub(crate) use items::{
    create_all, create_index_item, create_sequence, create_table_item, drop_all, drop_index_item,
    drop_sequence, drop_table_item, make_table,
};
pub(crate) use table::{column_comment, create_named_types, create_table, table_comment};

/// SQL that is written as it stands.
pub(crate) fn verbatim(text: impl AsRef<str>) -> Value {
    sql::verbatim(text.as_ref())
}

/// An expression without the names of tables; a text is SQL.
pub(crate) fn expression(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    if let Some(column) = value.downcast::<Column>() {
        return Ok(column.name.sql(vm.dialect));
    }
    match value {
        Value::Str(text) => Ok(text.to_string()),
        value => sql::compile_ddl(vm, value),
    }
}

/// What stands behind `DEFAULT`: a text is a value, everything else is SQL.
pub(crate) fn default_text(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    match value {
        Value::Str(_) => sql::literal(vm, value, None),
        value => match value.downcast::<Name>() {
            Some(name) => sql::literal(vm, &Value::Str(name.text.clone()), None),
            None => expression(vm, value),
        },
    }
}

/// The same for what `server_default` may be.
pub(crate) fn server_default(vm: &mut Vm<'_>, default: &ServerDefault) -> Outcome<Option<String>> {
    match default {
        ServerDefault::Value(value) => default_text(vm, value).map(Some),
        ServerDefault::Computed(_) | ServerDefault::Identity(_) | ServerDefault::Fetched => Ok(None),
    }
}

/// A literal text.
pub(crate) fn string(vm: &mut Vm<'_>, text: &str) -> Outcome<String> {
    sql::literal(vm, &Value::str(text), None)
}

/// The name of a constraint or index. One that is too long is cut as SQLAlchemy cuts it, where a convention made it.
pub(crate) fn identifier(vm: &Vm<'_>, name: &Name) -> Outcome<String> {
    // What is cut, and what is refused: SQLAlchemy leaves the rest to MySQL.
    let (made, given) = match vm.dialect {
        Dialect::Postgresql => (63, 63),
        Dialect::Mysql | Dialect::Mariadb => (64, 255),
        Dialect::Sqlite => return Ok(name.sql(vm.dialect)),
    };
    let length = name.text.chars().count();
    if name.is_final && length > made {
        let start: String = name.text.chars().take(made - 8).collect();
        let digest = Md5::digest(name.text.as_bytes());
        let short = Name::fixed(format!("{start}_{:02x}{:02x}", digest[14], digest[15]));
        return Ok(short.sql(vm.dialect));
    }
    if length > given {
        let message = format!(
            "Identifier '{}' exceeds maximum length of {given} characters",
            name.text
        );
        return Err(vm.raise("IdentifierError", message));
    }
    Ok(name.sql(vm.dialect))
}

/// A phrase of SQL that must be words only, such as `SET NULL`; for PostgreSQL's `SET NULL (a)`, columns may follow.
fn phrase(vm: &Vm<'_>, text: &str, columns: bool) -> Outcome<String> {
    let (words, list) = match text.split_once('(') {
        Some((words, list)) if columns => (words, list.strip_suffix(')').unwrap_or(";")),
        _ => (text, ""),
    };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ');
    let is_name = |c: char| is_word(c) || matches!(c, ',' | '"' | '$');
    if !words.is_empty() && words.chars().all(is_word) && list.chars().all(is_name) {
        Ok(text.to_owned())
    } else {
        Err(vm.raise("CompileError", format!("Unexpected SQL phrase: '{text}'")))
    }
}
