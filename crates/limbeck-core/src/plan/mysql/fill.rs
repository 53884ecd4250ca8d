//! New columns for which the rows that are there must be given a value.

use super::super::{Change, Statement, TO_DO};
use crate::schema::{Column, Name};

/// The column as it is until it has its values.
pub(super) fn nullable(column: &Column) -> Column {
    Column {
        nullable: true,
        ..column.clone()
    }
}

/// The statement in which somebody fills in the value. As it stands it does nothing, and what follows fails where there are rows.
pub(super) fn update(change: &Change<'_>, table: &Name, column: &Column) -> Statement {
    let [table, name] = [table.sql(change.dialect), change.dialect.quoted(&column.name)];
    let mut statement = Statement::new(format!(
        "UPDATE {table} SET {name} = NULL {TO_DO} WHERE {name} IS NULL"
    ));
    statement.to_do = true;
    statement
}
