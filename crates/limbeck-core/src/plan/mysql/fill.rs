//! New columns for which the rows that are there must be given a value.

use super::super::{Change, Statement, missing};
use crate::schema::{Column, Name};

/// The column as it is until it has its values.
pub(super) fn nullable(column: &Column) -> Column {
    Column {
        nullable: true,
        ..column.clone()
    }
}

/// The statement in which somebody fills in the value. As it stands it does nothing, and a run stops there where there are rows.
pub(super) fn update(change: &Change<'_>, table: &Name, column: &Column) -> Statement {
    let [on, name] = [table.sql(change.dialect), change.dialect.quoted(&column.name)];
    let place = missing::place(table, &column.name);
    let mut statement = Statement::new(format!("UPDATE {on} SET {name} = {place} WHERE {name} IS NULL"));
    statement.to_do = true;
    statement
}
