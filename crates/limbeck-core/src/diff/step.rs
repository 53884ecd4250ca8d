//! Ops, with what becomes of which items by them.

use crate::op::Op;
use crate::schema::{Column, Constraint, Id, Index, Kind, Name, Object, Table};

/// An op, and what becomes of which items by it.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) drops: Vec<Id>,
    pub(super) creates: Vec<Id>,
    pub(super) alters: Vec<Id>,
}

impl Step {
    pub(super) fn new(op: Op) -> Self {
        Self {
            op,
            drops: Vec::new(),
            creates: Vec::new(),
            alters: Vec::new(),
        }
    }

    pub(super) fn dropping(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        self.drops.extend(ids);
        self
    }

    pub(super) fn creating(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        self.creates.extend(ids);
        self
    }

    pub(super) fn altering(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        self.alters.extend(ids);
        self
    }
}

pub(super) fn alter_table(name: &Name, from: &Table, to: &Table) -> Step {
    let [from, to] = [from, to].map(|table| {
        Box::new(Table {
            options: table.options.clone(),
            comment: table.comment.clone(),
            ..Table::default()
        })
    });
    let name = name.clone();
    let id = Id::table(&name);
    Step::new(Op::AlterTable { name, from, to }).altering([id])
}

pub(super) fn add_column(table: &Name, column: &Column) -> Step {
    let made = [Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name));
    let (table, column) = (table.clone(), Box::new(column.clone()));
    Step::new(Op::AddColumn { table, column }).creating(made)
}

pub(super) fn drop_column(table: &Name, column: &Column) -> Step {
    let gone = [Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name));
    let (table, column) = (table.clone(), Box::new(column.clone()));
    Step::new(Op::DropColumn { table, column }).dropping(gone)
}

pub(super) fn alter_column(table: &Name, from: &Column, to: &Column) -> Step {
    let op = Op::AlterColumn {
        table: table.clone(),
        from: Box::new(from.clone()),
        to: Box::new(to.clone()),
    };
    Step::new(op).altering([Id::column(table, &from.name)])
}

/// Gives a column that has none its default, and whatever else is new in it.
pub(super) fn set_default(table: &Name, from: &Column, to: &Column) -> Step {
    alter_column(table, &without_default(from), to).creating([Id::part(Kind::Default, table, &to.name)])
}

pub(super) fn drop_default(table: &Name, column: &Column) -> Step {
    let without = without_default(column);
    alter_column(table, column, &without).dropping([Id::part(Kind::Default, table, &column.name)])
}

fn without_default(column: &Column) -> Column {
    Column {
        default: None,
        ..column.clone()
    }
}

pub(super) fn add_constraint(table: &Name, name: &str, constraint: &Constraint) -> Step {
    let op = Op::AddConstraint {
        table: table.clone(),
        name: name.to_owned(),
        constraint: Box::new(constraint.clone()),
    };
    Step::new(op).creating([Id::part(Kind::Constraint, table, name)])
}

pub(super) fn drop_constraint(table: &Name, name: &str, constraint: &Constraint) -> Step {
    let op = Op::DropConstraint {
        table: table.clone(),
        name: name.to_owned(),
        constraint: Box::new(constraint.clone()),
    };
    Step::new(op).dropping([Id::part(Kind::Constraint, table, name)])
}

pub(super) fn alter_constraint(table: &Name, name: &str, from: &Constraint, to: &Constraint) -> Step {
    let op = Op::AlterConstraint {
        table: table.clone(),
        name: name.to_owned(),
        from: Box::new(from.clone()),
        to: Box::new(to.clone()),
    };
    Step::new(op).altering([Id::part(Kind::Constraint, table, name)])
}

pub(super) fn rename_constraint(table: &Name, from: &str, to: &str, constraint: &Constraint) -> Step {
    let [gone, made] = [from, to].map(|name| Id::part(Kind::Constraint, table, name));
    let op = Op::RenameConstraint {
        table: table.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        constraint: Box::new(constraint.clone()),
    };
    Step::new(op).dropping([gone]).creating([made])
}

pub(super) fn create_index(table: &Name, name: &str, index: &Index) -> Step {
    let op = Op::CreateIndex {
        table: table.clone(),
        name: name.to_owned(),
        index: Box::new(index.clone()),
    };
    Step::new(op).creating([Id::part(Kind::Index, table, name)])
}

pub(super) fn drop_index(table: &Name, name: &str, index: &Index) -> Step {
    let op = Op::DropIndex {
        table: table.clone(),
        name: name.to_owned(),
        index: Box::new(index.clone()),
    };
    Step::new(op).dropping([Id::part(Kind::Index, table, name)])
}

pub(super) fn alter_index(table: &Name, name: &str, from: &Index, to: &Index) -> Step {
    let op = Op::AlterIndex {
        table: table.clone(),
        name: name.to_owned(),
        from: Box::new(from.clone()),
        to: Box::new(to.clone()),
    };
    Step::new(op).altering([Id::part(Kind::Index, table, name)])
}

pub(super) fn rename_index(table: &Name, from: &str, to: &str, index: &Index) -> Step {
    let [gone, made] = [from, to].map(|name| Id::part(Kind::Index, table, name));
    let op = Op::RenameIndex {
        table: table.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        index: Box::new(index.clone()),
    };
    Step::new(op).dropping([gone]).creating([made])
}

pub(super) fn create_object(id: &Id, object: &Object) -> Step {
    let (id, object) = (id.clone(), Box::new(object.clone()));
    let made = id.clone();
    Step::new(Op::CreateObject { id, object }).creating([made])
}

pub(super) fn drop_object(id: &Id, object: &Object) -> Step {
    let (id, object) = (id.clone(), Box::new(object.clone()));
    let gone = id.clone();
    Step::new(Op::DropObject { id, object }).dropping([gone])
}

pub(super) fn alter_object(id: &Id, from: &Object, to: &Object) -> Step {
    let op = Op::AlterObject {
        id: id.clone(),
        from: Box::new(from.clone()),
        to: Box::new(to.clone()),
    };
    Step::new(op).altering([id.clone()])
}
