//! Changes of a table's character set and collation, which its columns have by themselves.

use super::super::{Change, Hazard};
use super::column::{definition, is_text};
use super::hazard;
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, Name, Table, TableOption};

/// The clauses that give a table, and those of its columns that have none of their own, another collation.
///
/// `CONVERT TO` changes all columns, makes longer types of some where the character set takes more room, and MariaDB loses letters in the
/// values of an ENUM by it. So where any column would become something else than it shall, each is changed by itself.
pub(super) fn clauses(
    change: &Change<'_>,
    name: &Name,
    [from, to]: [&Table; 2],
    all: &[Op],
) -> (Vec<String>, Vec<Hazard>) {
    let [before, after] = [from, to].map(|table| table.options.get(&TableOption::Collation));
    let Some(after) = after.filter(|after| before != Some(after)) else {
        return (Vec::new(), Vec::new());
    };
    let before = before.map_or("", String::as_str);
    let columns = |table: Option<&'_ Table>| -> Vec<Column> {
        let columns = table.into_iter().flat_map(|table| table.columns.clone());
        columns
            .filter(|column| is_text(column) || column.data_type == "json")
            .collect()
    };
    let there = columns(change.from.tables.get(name));
    let wanted = columns(change.to.tables.get(name));
    // MySQL's JSON has no collation; MariaDB's is a text of a certain one.
    let keeps_own = |column: &Column| {
        column.collation.is_some() || (column.data_type == "json" && change.dialect == Dialect::Mariadb)
    };
    let suffers = |column: &Column| {
        let data_type = column.data_type.as_str();
        data_type.contains("text") || data_type.starts_with("enum") || data_type.starts_with("set")
    };
    let suffers = charset(before) != charset(after) && there.iter().any(suffers);
    let default = format!("CHARACTER SET {} COLLATE {after}", charset(after));
    let mut hazards = Vec::new();
    if !there.is_empty() {
        hazards.push(Hazard::Rewrite(name.to_string()));
        hazards.extend(hazard::of_collation(&name.to_string(), before, after));
    }
    if !suffers && !there.iter().chain(&wanted).any(keeps_own) {
        let convert = if there.is_empty() {
            "DEFAULT "
        } else {
            "CONVERT TO "
        };
        return (vec![format!("{convert}{default}")], hazards);
    }
    let mut clauses = vec![format!("DEFAULT {default}")];
    let by_itself = |column: &Column| {
        all.iter()
            .any(|op| matches!(op, Op::AlterColumn { to, .. } if to.name == column.name))
    };
    for column in wanted.iter().filter(|column| is_text(column)) {
        let before = there.iter().find(|there| there.name == column.name);
        let follows = before.is_some_and(|before| before.collation.is_none()) && column.collation.is_none();
        if follows && !by_itself(column) {
            clauses.push(format!("MODIFY COLUMN {}", definition(change, column, false)));
        }
    }
    (clauses, hazards)
}

/// The character set of a collation.
pub(super) fn charset(collation: &str) -> &str {
    collation.split('_').next().unwrap_or_default()
}
