//! Tables, columns and constraints as SQLite's SQL.

use crate::Dialect;
use crate::dialect::sqlite::{is_descending_key, name, parentheses, plain, significant};
use crate::schema::{Column, Constraint, ConstraintKind, Index, Name, Table, TableOption};

const SQLITE: Dialect = Dialect::Sqlite;

pub(super) fn create_table(called: &Name, table: &Table) -> String {
    if let Some(statement) = table.options.get(&TableOption::Virtual) {
        return statement.clone();
    }
    let key = inline_key(table);
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let mut line = column_definition(table, column);
            if let Some((_, text)) = key
                .as_ref()
                .filter(|(name, _)| name.eq_ignore_ascii_case(&column.name))
            {
                line.push_str(text);
            }
            line
        })
        .collect();
    let mut constraints: Vec<(&String, &Constraint)> = table.constraints.iter().collect();
    constraints.sort_by_key(|(name, constraint)| (constraint.kind, *name));
    for (name, constraint) in constraints {
        if constraint.kind != ConstraintKind::PrimaryKey || key.is_none() {
            lines.push(named(name, constraint, constraint.definition.text()));
        }
    }
    let options = [
        (TableOption::WithoutRowid, "WITHOUT ROWID"),
        (TableOption::Strict, "STRICT"),
    ];
    let options: Vec<&str> = options
        .iter()
        .filter(|(option, _)| table.options.contains_key(option))
        .map(|(_, text)| *text)
        .collect();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" {}", options.join(", "))
    };
    format!(
        "CREATE TABLE {} (\n    {}\n){options}",
        called.sql(SQLITE),
        lines.join(",\n    ")
    )
}

/// A column without the constraints that its table has.
pub(super) fn column_definition(table: &Table, column: &Column) -> String {
    let mut parts = vec![SQLITE.quoted(&column.name)];
    if !column.data_type.is_empty() {
        parts.push(column.data_type.clone());
    }
    if let Some(collation) = &column.collation {
        parts.push(format!("COLLATE {}", SQLITE.quoted(collation)));
    }
    let says_so = column
        .clauses
        .iter()
        .any(|clause| clause.text().starts_with("NOT NULL"));
    let is_needed = !is_rowid(table, column) || column.says_not_null.0;
    if !column.nullable && !says_so && is_needed {
        parts.push("NOT NULL".to_owned());
    }
    parts.extend(column.clauses.iter().map(|clause| clause.text().to_owned()));
    if let Some(default) = &column.default {
        parts.push(format!("DEFAULT {default}"));
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        parts.push(format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression));
    }
    parts.join(" ")
}

/// A constraint behind its name, if it has one.
pub(super) fn named(name: &str, constraint: &Constraint, text: &str) -> String {
    if constraint.named {
        format!("CONSTRAINT {} {text}", SQLITE.quoted(name))
    } else {
        text.to_owned()
    }
}

pub(super) fn create_index(table: &Name, name: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!(
        "CREATE {unique}INDEX {} ON {} {}",
        SQLITE.quoted(name),
        table.sql(SQLITE),
        index.definition
    )
}

pub(super) fn drop_index(name: &str) -> String {
    format!("DROP INDEX {}", SQLITE.quoted(name))
}

fn primary_key(table: &Table) -> Option<(&String, &Constraint)> {
    let mut constraints = table.constraints.iter();
    constraints.find(|(_, constraint)| constraint.kind == ConstraintKind::PrimaryKey)
}

/// The key that stands in its column: the column, and what follows its definition.
fn inline_key(table: &Table) -> Option<(String, String)> {
    let (called, key) = primary_key(table)?;
    let tokens = significant(key.definition.text());
    let (list, behind) = parentheses(tokens.get(2..)?)?;
    let descending = is_descending_key(&tokens);
    let numbers = matches!(list, [_, last] if plain(last) == "autoincrement");
    // Where it is anything but the name of a column, it means something else in the column (DESC), or can't stand there.
    if !descending && (key.named || list.len() != 1 && !numbers) {
        return None;
    }
    let mut text = String::from("PRIMARY KEY");
    for token in behind {
        text.push(' ');
        text.push_str(token.text);
    }
    if numbers {
        text.push_str(" AUTOINCREMENT");
    }
    Some((
        name(list.first()?).into_owned(),
        format!(" {}", named(called, key, &text)),
    ))
}

/// Whether the column is the row's own number.
pub(super) fn is_rowid(table: &Table, column: &Column) -> bool {
    column.data_type.eq_ignore_ascii_case("INTEGER")
        && !table.options.contains_key(&TableOption::WithoutRowid)
        && primary_key(table).is_some_and(|(_, key)| {
            matches!(key.columns.as_slice(), [only] if only.eq_ignore_ascii_case(&column.name))
                && !is_descending_key(&significant(key.definition.text()))
        })
}

/// Whether its rows are numbered, and no number comes twice.
pub(super) fn is_autoincrement(table: &Table) -> bool {
    primary_key(table).is_some_and(|(_, key)| {
        let tokens = significant(key.definition.text());
        tokens.iter().any(|token| plain(token) == "autoincrement")
    })
}
