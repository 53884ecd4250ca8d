//! Parts of a table that can be made or dropped apart from it.

use super::is_on_table;
use crate::diff::step::{Step, add_constraint, drop_constraint, drop_default, drop_object, set_default};
use crate::op::Op;
use crate::schema::{Column, Constraint, ConstraintKind, Id, Kind, Schema, Table};

/// Whether a part of the table that an op makes or drops could be made or dropped by another op.
pub(super) fn can_be_apart(op: &Op, id: &Id) -> bool {
    let Some(part) = id.part.as_deref() else {
        return false;
    };
    let can_wait = |table: &Table| {
        let constraint = table.constraints.get(part);
        constraint.is_some_and(|constraint| constraint.named && can_wait(constraint))
    };
    match (op, id.kind) {
        (Op::CreateTable { table, .. } | Op::DropTable { table, .. }, Kind::Constraint) => can_wait(table),
        (Op::CreateTable { .. }, Kind::Default) => true,
        (Op::DropTable { .. }, kind) => kind == Kind::Default || is_on_table(kind),
        _ => false,
    }
}

/// Whether a constraint can come behind its table, and go before it.
fn can_wait(constraint: &Constraint) -> bool {
    match constraint.kind {
        ConstraintKind::ForeignKey | ConstraintKind::Check | ConstraintKind::Exclude => true,
        ConstraintKind::PrimaryKey | ConstraintKind::Unique => false,
    }
}

/// Takes a part out of the table that an op makes or drops, and gives the step that makes or drops it alone.
pub(super) fn take_apart(op: &mut Op, id: &Id, from: &Schema) -> Option<Step> {
    let part = id.part.as_deref()?;
    match (op, id.kind) {
        (Op::CreateTable { name, table }, Kind::Default) => {
            let column = column(table, part)?;
            let apart = set_default(name, column, column);
            column.default = None;
            Some(apart)
        }
        (Op::CreateTable { name, table }, Kind::Constraint) => {
            let constraint = table.constraints.remove(part)?;
            Some(add_constraint(name, part, &constraint))
        }
        (Op::DropTable { name, table }, Kind::Default) => {
            let column = column(table, part)?;
            let apart = drop_default(name, column);
            column.default = None;
            Some(apart)
        }
        (Op::DropTable { name, table }, Kind::Constraint) => {
            let constraint = table.constraints.remove(part)?;
            Some(drop_constraint(name, part, &constraint))
        }
        (Op::DropTable { .. }, _) => from.objects.get(id).map(|object| drop_object(id, object)),
        _ => None,
    }
}

fn column<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Column> {
    table.columns.iter_mut().find(|column| column.name == name)
}
