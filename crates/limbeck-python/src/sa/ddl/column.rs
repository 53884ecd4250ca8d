//! Columns.

use std::rc::Rc;

use limbeck_core::Dialect;

use super::{default_text, expression, string};
use crate::sa::schema::{Autoincrement, Column, Computed, Identity, ServerDefault, Table};
use crate::value::Outcome;
use crate::vm::Vm;

/// A column as it stands in CREATE TABLE and behind ADD COLUMN, without its constraints.
pub(crate) fn column_definition(vm: &mut Vm<'_>, table: &Table, column: &Rc<Column>) -> Outcome<String> {
    let numbered = table.autoincrement_column(vm)?;
    let numbers = numbered.is_some_and(|numbered| numbered.name.text == column.name.text);
    match vm.dialect {
        Dialect::Postgresql => postgresql(vm, column, numbers),
        Dialect::Mysql | Dialect::Mariadb => mysql(vm, column, numbers),
        Dialect::Sqlite => sqlite(vm, table, column),
    }
}

fn type_text(vm: &mut Vm<'_>, table: Option<&Table>, column: &Column) -> Outcome<String> {
    let text = column.type_.on(vm.called);
    if text.is_null() {
        let place = table.map_or_else(String::new, |table| {
            format!("in table '{}', ", table.name.name.text)
        });
        let message = format!(
            "({place}column '{}'): Can't generate DDL for NullType(); did you forget to specify a type on this Column?",
            column.name.text
        );
        return Err(vm.raise("CompileError", message));
    }
    column.type_.compile(vm)
}

fn postgresql(vm: &mut Vm<'_>, column: &Column, numbers: bool) -> Outcome<String> {
    let mut parts = vec![column.name.sql(vm.dialect)];
    let identity = column.identity().cloned();
    let sequence_allows = column.sequence.as_ref().is_none_or(|sequence| sequence.optional);
    let is_serial = numbers && column.primary_key.get() && identity.is_none() && column.default.is_none();
    if is_serial && sequence_allows {
        let on = column.type_.on(vm.called);
        let word = if on.is_a("BigInteger") {
            "BIGSERIAL"
        } else if on.is_a("SmallInteger") {
            "SMALLSERIAL"
        } else {
            "SERIAL"
        };
        parts.push(word.to_owned());
    } else {
        parts.push(type_text(vm, None, column)?);
        if let Some(ServerDefault::Value(default)) = &column.server_default {
            parts.push(format!("DEFAULT {}", default_text(vm, default)?));
        }
    }
    if let Some(computed) = column.computed() {
        // Without a word, a server before 18 keeps the values, and says so.
        let kept = if computed.persisted == Some(false) {
            "VIRTUAL"
        } else {
            "STORED"
        };
        parts.push(format!(
            "GENERATED ALWAYS AS ({}) {kept}",
            expression(vm, &computed.sqltext)?
        ));
    }
    match &identity {
        Some(identity) => {
            parts.push(identity_clause(identity));
            if column.is_nullable() {
                parts.push("NULL".to_owned());
            }
        }
        None if !column.is_nullable() => parts.push("NOT NULL".to_owned()),
        None => {}
    }
    Ok(parts.join(" "))
}

/// `GENERATED … AS IDENTITY`.
pub(crate) fn identity_clause(identity: &Identity) -> String {
    let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let options = identity.options.sql();
    if options.is_empty() {
        format!("GENERATED {when} AS IDENTITY")
    } else {
        format!("GENERATED {when} AS IDENTITY ({options})")
    }
}

fn generated(vm: &mut Vm<'_>, computed: &Computed) -> Outcome<String> {
    let kept = match computed.persisted {
        Some(true) => " STORED",
        Some(false) => " VIRTUAL",
        None => "",
    };
    Ok(format!(
        "GENERATED ALWAYS AS ({}){kept}",
        expression(vm, &computed.sqltext)?
    ))
}

fn mysql(vm: &mut Vm<'_>, column: &Column, numbers: bool) -> Outcome<String> {
    let mut parts = vec![column.name.sql(vm.dialect), type_text(vm, None, column)?];
    if let Some(computed) = column.computed() {
        parts.push(generated(vm, computed)?);
    }
    let may_be_null = column.is_nullable()
        || vm.dialect == Dialect::Mariadb && column.computed().is_some() && column.nullable.is_none();
    if !may_be_null {
        parts.push("NOT NULL".to_owned());
    } else if column.is_nullable() && column.type_.on(vm.called).is_a("TIMESTAMP") {
        parts.push("NULL".to_owned());
    }
    if let Some(comment) = &column.comment {
        parts.push(format!("COMMENT {}", string(vm, comment)?));
    }
    let has_default = column.server_default.is_some() && column.identity().is_none();
    let by_sequence = vm.dialect == Dialect::Mariadb
        && column
            .sequence
            .as_ref()
            .is_some_and(|sequence| !sequence.optional);
    if numbers && !has_default && !by_sequence {
        parts.push("AUTO_INCREMENT".to_owned());
    } else if let Some(ServerDefault::Value(default)) = &column.server_default {
        let default = default_text(vm, default)?;
        parts.push(default_clause(vm.dialect, &default));
    }
    Ok(parts.join(" "))
}

fn sqlite(vm: &mut Vm<'_>, table: &Table, column: &Column) -> Outcome<String> {
    let mut parts = vec![column.name.sql(vm.dialect), type_text(vm, Some(table), column)?];
    if let Some(ServerDefault::Value(default)) = &column.server_default {
        let default = default_text(vm, default)?;
        parts.push(default_clause(vm.dialect, &default));
    }
    let key = table.primary_key.borrow().clone();
    let is_part = key.is_some_and(|key| key.columns.len() > 1);
    if column.primary_key.get() && column.autoincrement == Autoincrement::Yes && is_part {
        let message = format!(
            "(in table '{}', column '{}'): SQLite does not support autoincrement for composite primary keys",
            table.name.name.text, column.name.text
        );
        return Err(vm.raise("CompileError", message));
    }
    let on_conflict = |argument: &str| -> Option<String> {
        let word = column.options.get("sqlite", argument)?.as_str()?;
        Some(format!("ON CONFLICT {word}"))
    };
    if !column.is_nullable() {
        parts.push("NOT NULL".to_owned());
        parts.extend(on_conflict("on_conflict_not_null"));
    }
    if super::constraint::is_sqlite_autoincrement(vm, table, column)? {
        parts.push("PRIMARY KEY".to_owned());
        parts.extend(on_conflict("on_conflict_primary_key"));
        parts.push("AUTOINCREMENT".to_owned());
    }
    if let Some(computed) = column.computed() {
        parts.push(generated(vm, computed)?);
    }
    Ok(parts.join(" "))
}

/// `DEFAULT …`, in parentheses where the database wants an expression in them.
pub(crate) fn default_clause(dialect: Dialect, default: &str) -> String {
    let is_plain = match dialect {
        Dialect::Postgresql => true,
        Dialect::Sqlite => !needs_parentheses(default),
        Dialect::Mysql | Dialect::Mariadb => {
            let lower = default.to_ascii_lowercase();
            let words: Vec<&str> = lower.split_whitespace().collect();
            let updates = words
                .windows(2)
                .any(|pair| pair[0].ends_with("on") && pair[1].starts_with("update"));
            !needs_parentheses(default) || updates || is_now_with_digits(&lower)
        }
    };
    if is_plain {
        format!("DEFAULT {default}")
    } else {
        format!("DEFAULT ({default})")
    }
}

/// Whether it is neither a word, nor in quotes or parentheses.
fn needs_parentheses(default: &str) -> bool {
    let starts = default.trim_start().starts_with(['\'', '"', '(']);
    !starts && default.chars().any(|c| !c.is_alphanumeric() && c != '_')
}

/// `now(6)`, `current_timestamp(6)`.
fn is_now_with_digits(default: &str) -> bool {
    ["now(", "current_timestamp("].iter().any(|start| {
        let digits = default.strip_prefix(start).and_then(|rest| rest.split_once(')'));
        digits.is_some_and(|(digits, _)| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
    })
}
