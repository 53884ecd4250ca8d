//! Columns, as they stand in statements.

use super::super::Change;
use crate::Dialect;
use crate::schema::{Column, Identity};

/// The whole definition of a column. `is_key` says that `PRIMARY KEY` stands behind it.
pub(super) fn definition(change: &Change<'_>, column: &Column, is_key: bool) -> String {
    let dialect = change.dialect;
    let mut parts = vec![dialect.quoted(&column.name), column.data_type.clone()];
    if let Some(collation) = &column.collation {
        parts.push(format!("COLLATE {collation}"));
    }
    let is_row_time = is_row_time(column);
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        parts.push(if is_row_time {
            format!("GENERATED ALWAYS AS {}", generated.expression)
        } else {
            format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression)
        });
    }
    // MariaDB takes no NOT NULL for what is computed.
    let computed = column.generated.is_some() && dialect == Dialect::Mariadb;
    if !column.nullable && !is_key && !computed && !is_row_time {
        parts.push("NOT NULL".to_owned());
    } else if column.nullable && column.generated.is_none() && column.data_type.starts_with("timestamp") {
        // Old servers, and those set up as such, take timestamps as NOT NULL.
        parts.push("NULL".to_owned());
    }
    if column.invisible {
        parts.push("INVISIBLE".to_owned());
    }
    if let Some(default) = &column.default {
        parts.push(format!("DEFAULT {default}"));
    }
    if let Some(on_update) = &column.on_update {
        parts.push(format!("ON UPDATE {on_update}"));
    }
    if column.identity == Some(Identity::AutoIncrement) {
        parts.push("AUTO_INCREMENT".to_owned());
    }
    let (checks, clauses): (Vec<&str>, Vec<&str>) = column
        .clauses
        .iter()
        .map(|clause| clause.text())
        .partition(|clause| clause.starts_with("CHECK "));
    parts.extend(clauses.into_iter().map(str::to_owned));
    if is_key {
        parts.push("PRIMARY KEY".to_owned());
    }
    if let Some(comment) = &column.comment {
        parts.push(format!("COMMENT {}", dialect.plain_literal(comment)));
    }
    parts.extend(checks.into_iter().map(str::to_owned));
    parts.join(" ")
}

/// Whether it is the start or the end of a row's time in the history.
fn is_row_time(column: &Column) -> bool {
    let expression = column
        .generated
        .as_ref()
        .map(|generated| generated.expression.text());
    matches!(expression, Some("ROW START" | "ROW END"))
}

/// Whether rows that are there would get a value that nobody chose.
pub(super) fn needs_value(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && !column.has_value()
}

/// Whether it has a character set.
pub(super) fn is_text(column: &Column) -> bool {
    const TYPES: [&str; 8] = [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
    ];
    let data_type = column.data_type.as_str();
    let end = data_type.find(['(', ' ']).unwrap_or(data_type.len());
    TYPES.contains(&&data_type[..end])
}

/// The clause for a change of nothing but the default, if it is only that.
pub(super) fn default_only(change: &Change<'_>, from: &Column, to: &Column) -> Option<String> {
    let without = |column: &Column| {
        let mut column = column.clone();
        column.default = None;
        column
    };
    // Not every server takes a function without parentheses here.
    let is_now = |column: &Column| {
        let default = column.default.as_ref().map_or("", |default| default.text());
        default.starts_with("CURRENT_TIMESTAMP")
    };
    if without(from) != without(to) || is_now(to) || to.has_value() {
        return None;
    }
    let name = change.dialect.quoted(&to.name);
    Some(match &to.default {
        Some(default) => format!("ALTER COLUMN {name} SET DEFAULT {default}"),
        None if to.nullable => format!("ALTER COLUMN {name} SET DEFAULT NULL"),
        None => format!("ALTER COLUMN {name} DROP DEFAULT"),
    })
}
