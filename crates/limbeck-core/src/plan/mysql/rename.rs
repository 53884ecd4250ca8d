//! Columns that are renamed.

use super::super::{Change, Statement};
use super::alter_table;
use super::column::definition;
use crate::Dialect;
use crate::dialect::{TokenKind, tokens};
use crate::op::Op;
use crate::schema::{Column, Name, Sql};

/// Renames a column, as one of the renames of `ops`.
///
/// On MariaDB a check of the column's own has the column's name, and keeps the old one by `RENAME COLUMN`. So there such a column is defined anew.
pub(super) fn column(change: &Change<'_>, ops: &[Op], table: &Name, [from, to]: [&str; 2]) -> Statement {
    let head = alter_table(change, table);
    let [old, new] = [from, to].map(|name| change.dialect.quoted(name));
    let known = before(change, ops, table).and_then(|name| change.from.tables.get(name)?.column(from));
    let checked = known.filter(|column| change.dialect == Dialect::Mariadb && has_check(column));
    let clause = match checked {
        Some(column) => {
            let renamed = renamed(change, ops, table, column, to);
            format!("CHANGE COLUMN {old} {}", definition(change, &renamed, false))
        }
        None => format!("RENAME COLUMN {old} TO {new}"),
    };
    Statement::new(format!("{head} {clause}"))
}

/// What the table is called before the renames.
fn before<'a>(change: &Change<'_>, ops: &'a [Op], table: &'a Name) -> Option<&'a Name> {
    let mut renames = ops.iter().filter_map(|op| {
        if let Op::RenameTable { from, to } = op {
            return Some((from, to));
        }
        None
    });
    let old = renames.find(|(_, to)| *to == table).map(|(from, _)| from);
    old.or_else(|| change.from.tables.contains_key(table).then_some(table))
}

fn has_check(column: &Column) -> bool {
    column.data_type == "json"
        || column
            .clauses
            .iter()
            .any(|clause| clause.text().starts_with("CHECK "))
}

/// The column by its new name, and with the new names of those columns of its table that are renamed up to it.
fn renamed(change: &Change<'_>, ops: &[Op], table: &Name, column: &Column, to: &str) -> Column {
    let mut renamed = column.clone();
    for op in ops {
        let Op::RenameColumn {
            table: of,
            from,
            to: new,
        } = op
        else {
            continue;
        };
        if of != table {
            continue;
        }
        let anew = |sql: &Sql| Sql::new(with_name(change.dialect, sql.text(), from, new));
        renamed.clauses = renamed.clauses.iter().map(anew).collect();
        renamed.default = renamed.default.as_ref().map(anew);
        if *from == column.name {
            break;
        }
    }
    to.clone_into(&mut renamed.name);
    renamed
}

/// An expression with another name in the place of one.
fn with_name(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    let tokens = tokens(dialect, text);
    let mut result = String::with_capacity(text.len());
    for (at, token) in tokens.iter().enumerate() {
        let named = match token.kind {
            TokenKind::Name => token.text == dialect.identifier(from),
            TokenKind::Word => token.text == from && tokens.get(at + 1).is_none_or(|next| next.text != "("),
            _ => false,
        };
        if named {
            result.push_str(&dialect.quoted(to));
        } else {
            result.push_str(token.text);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_expressions() {
        let anew = |text| with_name(Dialect::Mariadb, text, "a", "order");
        assert_eq!(
            anew("CHECK (a > 0 AND `a` <> 'a' AND a(b) > ab)"),
            "CHECK (`order` > 0 AND `order` <> 'a' AND a(b) > ab)"
        );
    }
}
