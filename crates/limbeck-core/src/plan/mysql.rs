//! Statements of MariaDB and MySQL.
//!
//! Every statement of theirs commits by itself, and many copy the whole table. So what is done to one table is one statement as far as the
//! server allows that.

mod alter;
mod column;
mod convert;
mod fill;
mod hazard;
mod object;
mod option;
mod rename;
mod steps;
mod table;
#[cfg(test)]
mod tests;

use super::{Change, Hazard, Statement};
use crate::Dialect;
use crate::op::Op;
use crate::schema::Name;
use steps::Step;

pub(super) fn plan(change: &Change<'_>, ops: &[Op]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for step in steps::steps(change, ops) {
        let before = statements.len();
        let done = match step {
            Step::Other(Op::RenameColumn { table, from, to }) => {
                statements.push(rename::column(change, ops, &table, [&from, &to]));
                vec![Op::RenameColumn { table, from, to }]
            }
            Step::Table { name, ops } => {
                alter::alter(change, &name, &ops, &mut statements);
                ops
            }
            Step::Other(op) => {
                other(change, &op, &mut statements);
                vec![op]
            }
        };
        super::mark(&mut statements[before..], &done.into());
    }
    statements
}

/// An op that is a statement of its own.
fn other(change: &Change<'_>, op: &Op, statements: &mut Vec<Statement>) {
    let dialect = change.dialect;
    match op {
        Op::CreateTable { name, table } => table::create(change, name, table, statements),
        Op::DropTable { name, .. } => {
            let drop = Statement::new(format!("DROP TABLE {}", name.sql(dialect)));
            statements.push(drop.with(Hazard::DataLoss(format!("the rows of {name}"))));
        }
        Op::RenameTable { from, to } => {
            let [from, to] = [from, to].map(|name| name.sql(dialect));
            statements.push(Statement::new(format!("RENAME TABLE {from} TO {to}")));
        }
        Op::RenameColumn { table, from, to } => {
            statements.push(rename::column(
                change,
                std::slice::from_ref(op),
                table,
                [from, to],
            ));
        }
        Op::CreateObject { id, object } => object::create(change, id, object, statements),
        Op::DropObject { id, object } => object::drop(id, object, statements),
        Op::AlterObject { id, from, to } => object::alter(change, id, from, to, statements),
        Op::AlterTable { name: table, .. }
        | Op::AddColumn { table, .. }
        | Op::DropColumn { table, .. }
        | Op::AlterColumn { table, .. }
        | Op::AddConstraint { table, .. }
        | Op::DropConstraint { table, .. }
        | Op::AlterConstraint { table, .. }
        | Op::RenameConstraint { table, .. }
        | Op::CreateIndex { table, .. }
        | Op::DropIndex { table, .. }
        | Op::AlterIndex { table, .. }
        | Op::RenameIndex { table, .. } => alter::alter(change, table, std::slice::from_ref(op), statements),
    }
}

/// The start of a statement that changes a table. A table whose history is kept refuses to be changed without being told what is to become
/// of that.
fn alter_table(change: &Change<'_>, name: &Name) -> String {
    let has_history = change.from.tables.get(name).is_some_and(option::keeps_history);
    let before = if has_history && change.dialect == Dialect::Mariadb {
        "SET STATEMENT system_versioning_alter_history = KEEP FOR "
    } else {
        ""
    };
    format!("{before}ALTER TABLE {}", name.sql(change.dialect))
}
