//! Ops brought together to steps, of which each is as few statements as can be.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Change;
use super::column::is_text;
use crate::op::Op;
use crate::schema::{Constraint, ConstraintKind, Id, Name, Schema, TableOption};

/// What is done together.
pub(super) enum Step {
    /// Changes of one table that is there.
    Table { name: Name, ops: Vec<Op> },
    /// Everything else.
    Other(Op),
}

pub(super) fn steps(change: &Change<'_>, ops: &[Op]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut last: BTreeMap<Name, usize> = BTreeMap::new();
    for op in with_foreign_keys(change, folded(ops)) {
        let Some(table) = altered(&op).cloned() else {
            steps.push(Step::Other(op));
            continue;
        };
        let earlier = last.get(&table).copied();
        let together = earlier.filter(|at| {
            steps[at + 1..]
                .iter()
                .all(|step| lets_pass(change, step, &table, &op))
        });
        if let Some(Step::Table { ops, .. }) = together.and_then(|at| steps.get_mut(at)) {
            ops.push(op);
        } else {
            last.insert(table.clone(), steps.len());
            steps.push(Step::Table {
                name: table,
                ops: vec![op],
            });
        }
    }
    steps
}

/// The table that an op changes, if it is one that others can be added to.
fn altered(op: &Op) -> Option<&Name> {
    match op {
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
        | Op::RenameIndex { table, .. } => Some(table),
        Op::CreateTable { .. }
        | Op::DropTable { .. }
        | Op::RenameTable { .. }
        | Op::RenameColumn { .. }
        | Op::CreateObject { .. }
        | Op::DropObject { .. }
        | Op::AlterObject { .. } => None,
    }
}

/// A new table gets its indexes at once: then a foreign key of its finds the one that it would make otherwise.
fn folded(ops: &[Op]) -> Vec<Op> {
    let mut result: Vec<Op> = Vec::with_capacity(ops.len());
    let mut created: BTreeMap<&Name, usize> = BTreeMap::new();
    for op in ops {
        match op {
            Op::CreateTable { name, .. } => {
                created.insert(name, result.len());
                result.push(op.clone());
            }
            Op::CreateIndex { table, name, index } => {
                let made = created.get(table).and_then(|at| result.get_mut(*at));
                if let Some(Op::CreateTable { table: made, .. }) = made {
                    made.indexes.insert(name.clone(), (**index).clone());
                } else {
                    result.push(op.clone());
                }
            }
            Op::DropTable { .. }
            | Op::RenameTable { .. }
            | Op::AlterTable { .. }
            | Op::AddColumn { .. }
            | Op::DropColumn { .. }
            | Op::AlterColumn { .. }
            | Op::RenameColumn { .. }
            | Op::AddConstraint { .. }
            | Op::DropConstraint { .. }
            | Op::AlterConstraint { .. }
            | Op::RenameConstraint { .. }
            | Op::DropIndex { .. }
            | Op::AlterIndex { .. }
            | Op::RenameIndex { .. }
            | Op::CreateObject { .. }
            | Op::DropObject { .. }
            | Op::AlterObject { .. } => result.push(op.clone()),
        }
    }
    result
}

/// The server refuses to change the type of a column in a foreign key, of either table. So these go before, and come back behind.
fn with_foreign_keys(change: &Change<'_>, ops: Vec<Op>) -> Vec<Op> {
    let changed = changed_columns(change, &ops);
    let ops = drops_first(ops);
    if changed.is_empty() {
        return ops;
    }
    let touched = |constraint: &Constraint, table: &Name| {
        let own = constraint
            .columns
            .iter()
            .any(|column| changed.contains(&(table.clone(), column.clone())));
        let to = constraint.references.iter();
        own || to
            .flat_map(|to| to.columns.iter().map(|column| (to.table.clone(), column.clone())))
            .any(|column| changed.contains(&column))
    };
    let moved = |table: &Name, constraint: &str| {
        ops.iter().any(|op| {
            matches!(op, Op::AddConstraint { table: of, name, .. } | Op::DropConstraint { table: of, name, .. }
                if of == table && name == constraint)
        })
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (name, constraint, key) in foreign_keys(change.from) {
        let kept = change
            .to
            .tables
            .get(name)
            .and_then(|table| table.constraints.get(constraint));
        let Some(kept) = kept.filter(|_| touched(key, name) && !moved(name, constraint)) else {
            continue;
        };
        before.push(Op::DropConstraint {
            table: name.clone(),
            name: constraint.clone(),
            constraint: Box::new(key.clone()),
        });
        after.push(Op::AddConstraint {
            table: name.clone(),
            name: constraint.clone(),
            constraint: Box::new(kept.clone()),
        });
    }
    let renames = ops
        .iter()
        .take_while(|op| matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. }));
    let at = renames.count();
    let mut ops = ops;
    ops.splice(at..at, before);
    ops.extend(after);
    ops
}

/// Puts the drops of foreign keys to tables that are altered before everything else: that costs nothing, and lets all that is
/// done to such a table be one statement.
fn drops_first(ops: Vec<Op>) -> Vec<Op> {
    let tables: BTreeSet<Name> = ops.iter().filter_map(altered).cloned().collect();
    let is_renaming = |op: &Op| matches!(op, Op::RenameTable { .. } | Op::RenameColumn { .. });
    let goes_first = |op: &Op| {
        matches!(op, Op::DropConstraint { table, constraint, .. }
            if constraint.references.as_ref().is_some_and(|to| to.table != *table && tables.contains(&to.table)))
    };
    let (renames, others): (Vec<Op>, Vec<Op>) = ops.into_iter().partition(is_renaming);
    let (first, others): (Vec<Op>, Vec<Op>) = others.into_iter().partition(goes_first);
    [renames, first, others].concat()
}

fn foreign_keys(schema: &Schema) -> impl Iterator<Item = (&Name, &String, &Constraint)> {
    schema.tables.iter().flat_map(|(name, table)| {
        let constraints = table.constraints.iter();
        constraints
            .filter(|(_, constraint)| constraint.kind == ConstraintKind::ForeignKey)
            .map(move |(key, constraint)| (name, key, constraint))
    })
}

/// The columns of which the type changes, or the collation.
fn changed_columns(change: &Change<'_>, ops: &[Op]) -> BTreeSet<(Name, String)> {
    let mut changed = BTreeSet::new();
    for op in ops {
        if let Op::AlterColumn { table, from, to } = op
            && (&from.data_type, &from.collation) != (&to.data_type, &to.collation)
        {
            changed.insert((table.clone(), from.name.clone()));
        }
        if let Op::AlterTable { name, from, to } = op
            && from.options.get(&TableOption::Collation) != to.options.get(&TableOption::Collation)
        {
            let columns = change
                .from
                .tables
                .get(name)
                .into_iter()
                .flat_map(|table| &table.columns);
            let texts = columns.filter(|column| is_text(column));
            changed.extend(texts.map(|column| (name.clone(), column.name.clone())));
        }
    }
    changed
}

/// Whether a change of a table can be done before a step that it comes behind.
fn lets_pass(change: &Change<'_>, step: &Step, table: &Name, op: &Op) -> bool {
    let leads_to = |op: &Op, table: &Name| {
        matches!(op, Op::AddConstraint { constraint, .. } | Op::DropConstraint { constraint, .. }
            if constraint.references.as_ref().is_some_and(|to| to.table == *table))
    };
    match step {
        Step::Table { name, ops } => {
            let mut drops = ops.iter().filter(|op| matches!(op, Op::DropConstraint { .. }));
            !leads_to(op, name) && !drops.any(|op| leads_to(op, table))
        }
        Step::Other(Op::CreateTable { name, .. }) => !leads_to(op, name),
        Step::Other(Op::DropTable { table: dropped, .. }) => {
            let mut references = dropped
                .constraints
                .values()
                .filter_map(|key| key.references.as_ref());
            !references.any(|to| to.table == *table)
        }
        Step::Other(Op::CreateObject { id, .. } | Op::DropObject { id, .. } | Op::AlterObject { id, .. }) => {
            !is_about(change.from, id, table) && !is_about(change.to, id, table)
        }
        Step::Other(
            Op::RenameTable { .. }
            | Op::RenameColumn { .. }
            | Op::AlterTable { .. }
            | Op::AddColumn { .. }
            | Op::DropColumn { .. }
            | Op::AlterColumn { .. }
            | Op::AddConstraint { .. }
            | Op::DropConstraint { .. }
            | Op::AlterConstraint { .. }
            | Op::RenameConstraint { .. }
            | Op::CreateIndex { .. }
            | Op::DropIndex { .. }
            | Op::AlterIndex { .. }
            | Op::RenameIndex { .. },
        ) => false,
    }
}

/// Whether an object needs a table or a part of it, or is needed there.
fn is_about(schema: &Schema, object: &Id, table: &Name) -> bool {
    let (mut seen, mut left) = (BTreeSet::new(), vec![object]);
    while let Some(id) = left.pop() {
        if id.name == *table {
            return true;
        }
        if seen.insert(id) {
            left.extend(schema.dependencies.get(id).into_iter().flatten());
        }
    }
    let mut of_table = schema.dependencies.iter().filter(|(id, _)| id.name == *table);
    of_table.any(|(_, needed)| needed.contains(object))
}
