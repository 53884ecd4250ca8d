//! Ops as PostgreSQL's statements.
//!
//! What can't be altered (a partitioned table's key, an access method before PostgreSQL 15 …) gets no statement, so it is left as
//! it is; whoever compares afterwards sees that.

mod column;
mod comment;
mod constraint;
mod enums;
mod index;
mod inherit;
mod object;
mod sequence;
mod table;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Change, Hazard, Statement};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Id, Name, Schema, TableOption};

pub(super) fn plan(change: &Change<'_>, ops: &[Op]) -> Vec<Statement> {
    let mut planner = Planner {
        change,
        ops,
        now: change.from.clone(),
        made: BTreeSet::new(),
        restored: BTreeSet::new(),
        suspended: BTreeSet::new(),
        first: Vec::new(),
        statements: Vec::new(),
        apart: Vec::new(),
        last: Vec::new(),
    };
    for op in ops {
        let before = planner.parts().map(|statements| statements.len());
        planner.op(op);
        planner.mark(before, op);
        op.apply(&mut planner.now);
        planner.restore_foreign_keys();
    }
    let parts = [planner.first, planner.statements, planner.apart, planner.last];
    parts.into_iter().flatten().collect()
}

const ACCESS_EXCLUSIVE: &str = "ACCESS EXCLUSIVE";
const SHARE_ROW_EXCLUSIVE: &str = "SHARE ROW EXCLUSIVE";
const SHARE: &str = "SHARE";

struct Planner<'a> {
    change: &'a Change<'a>,
    ops: &'a [Op],
    /// The schema as it is before the op at hand.
    now: Schema,
    /// The tables that the ops made: nobody has rows in them, or waits for them.
    made: BTreeSet<Name>,
    /// The columns that already have the default that they should have, since something else was done to them or their parents.
    restored: BTreeSet<Id>,
    /// Foreign keys that had to make way for a type, and come back when both sides have it: their tables and names.
    suspended: BTreeSet<(Name, String)>,
    /// What must be known before everything else, and can't be in a transaction: values of enums.
    first: Vec<Statement>,
    /// One transaction, so that nobody sees a part of it.
    statements: Vec<Statement>,
    /// What takes its time while others read and write, each in no transaction: indexes are made, rows are looked at.
    apart: Vec<Statement>,
    /// What rests on that.
    last: Vec<Statement>,
}

impl Planner<'_> {
    fn parts(&mut self) -> [&mut Vec<Statement>; 4] {
        [
            &mut self.first,
            &mut self.statements,
            &mut self.apart,
            &mut self.last,
        ]
    }

    /// Says of the statements from these places on that they do an op.
    fn mark(&mut self, from: [usize; 4], op: &Op) {
        let ops: Arc<[Op]> = std::slice::from_ref(op).into();
        for (statements, from) in self.parts().into_iter().zip(from) {
            // What another op put there may be gone by now.
            let from = from.min(statements.len());
            super::mark(&mut statements[from..], &ops);
        }
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::CreateTable { name, table } => self.create_table(name, table),
            Op::DropTable { name, .. } => self.drop_table(name),
            Op::RenameTable { from, to } => self.rename_table(from, to),
            Op::AlterTable { name, from, to } => self.alter_table(name, from, to),
            Op::AddColumn { table, column } => self.add_column(table, column),
            Op::DropColumn { table, column } => self.drop_column(table, column),
            Op::AlterColumn { table, from, to } => self.alter_column(table, from, to),
            Op::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Op::AddConstraint {
                table,
                name,
                constraint,
            } => self.add_constraint(table, name, constraint),
            Op::DropConstraint {
                table,
                name,
                constraint,
            } => self.drop_constraint(table, name, constraint),
            Op::AlterConstraint {
                table,
                name,
                from,
                to,
            } => self.alter_constraint(table, name, from, to),
            Op::RenameConstraint { table, from, to, .. } => {
                let (from, to) = (quoted(from), quoted(to));
                self.alter(table, &format!("RENAME CONSTRAINT {from} TO {to}"));
            }
            Op::CreateIndex { table, name, index } => self.create_index(table, name, index),
            Op::DropIndex { table, name, index } => self.drop_index(table, name, index),
            Op::AlterIndex { table, name, to, .. } => {
                self.comment(&comment::index_address(table, name), to.comment.as_deref());
            }
            Op::RenameIndex { table, from, to, .. } => {
                let from = sql(&table.sibling(from));
                self.push(Statement::new(format!(
                    "ALTER INDEX {from} RENAME TO {}",
                    quoted(to)
                )));
            }
            Op::CreateObject { id, object } => self.create_object(id, object),
            Op::DropObject { id, object } => self.drop_object(id, object),
            Op::AlterObject { id, from, to } => self.alter_object(id, from, to),
        }
    }

    fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Alters a table under the strongest lock.
    fn alter(&mut self, table: &Name, action: &str) {
        let statement = self.altering(table, action);
        self.push(statement);
    }

    fn altering(&self, table: &Name, action: &str) -> Statement {
        let statement = Statement::new(format!("ALTER TABLE {} {action}", sql(table)));
        self.locking(statement, table, ACCESS_EXCLUSIVE)
    }

    /// Whether something takes its time while the application goes on: nobody has to wait for what a table's partitions do together,
    /// nor where the table can't be used meanwhile.
    fn is_online(&self, table: &Name) -> bool {
        self.change.online && self.has_rows(table) && !self.is_partitioned(table)
    }

    /// Whether something rests on a key or an index, so that it can't come behind everything else.
    fn is_needed(&self, id: &Id) -> bool {
        let mut needs = self.change.to.dependencies.iter();
        needs.any(|(other, needed)| other != id && needed.contains(id))
    }

    /// Says what lock a statement takes, where somebody could wait for it.
    fn locking(&self, statement: Statement, table: &Name, mode: &str) -> Statement {
        if self.has_rows(table) {
            statement.with(Hazard::Lock(format!("{mode} on {table}")))
        } else {
            statement
        }
    }

    /// Whether the table was there before, and so may have rows.
    fn has_rows(&self, table: &Name) -> bool {
        self.now.tables.contains_key(table) && !self.made.contains(table)
    }

    /// Whether a constraint goes and comes back as it was. Something under it changes then, and nobody can use the table meanwhile.
    fn constraint_comes_back(&self, table: &Name, name: &str) -> bool {
        let constraint = |schema: &Schema| {
            schema
                .tables
                .get(table)?
                .constraints
                .get(name)
                .map(|constraint| constraint.definition.clone())
        };
        constraint(self.change.from).is_some_and(|before| constraint(self.change.to) == Some(before))
    }

    /// Whether an index goes and comes back as it was.
    fn index_comes_back(&self, table: &Name, name: &str) -> bool {
        let index = |schema: &Schema| {
            schema
                .tables
                .get(table)?
                .indexes
                .get(name)
                .map(|index| (index.unique, index.definition.clone()))
        };
        index(self.change.from).is_some_and(|before| index(self.change.to) == Some(before))
    }

    fn is_partitioned(&self, table: &Name) -> bool {
        let table = self.now.tables.get(table);
        table.is_some_and(|table| table.options.contains_key(&TableOption::PartitionBy))
    }
}

fn comment_on(address: &str, comment: Option<&str>) -> Statement {
    let text = comment.map_or_else(|| "NULL".to_owned(), literal);
    Statement::new(format!("COMMENT ON {address} IS {text}"))
}

/// Lets a statement be in no transaction.
fn alone(statement: Statement) -> Statement {
    statement.alone().with(Hazard::NotTransactional)
}

fn sql(name: &Name) -> String {
    name.sql(Dialect::Postgresql)
}

fn quoted(name: &str) -> String {
    Dialect::Postgresql.quoted(name)
}

fn literal(text: &str) -> String {
    Dialect::Postgresql.literal(text)
}
