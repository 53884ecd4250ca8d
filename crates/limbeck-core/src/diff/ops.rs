//! Items that change as ops.

use super::items::Needs;
use super::state::{State, States};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, Constraint, Definition, Id, Index, Kind, Name, Object, Schema, Table};

/// An op, and what becomes of which items by it.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) drops: Vec<Id>,
    pub(super) creates: Vec<Id>,
    pub(super) alters: Vec<Id>,
}

impl Step {
    fn new(op: Op) -> Self {
        Self {
            op,
            drops: Vec::new(),
            creates: Vec::new(),
            alters: Vec::new(),
        }
    }

    fn dropping(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        self.drops.extend(ids);
        self
    }

    fn creating(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        self.creates.extend(ids);
        self
    }

    fn altering(mut self, id: Id) -> Self {
        self.alters.push(id);
        self
    }
}

/// One step for each change, in no order.
pub(super) fn steps(dialect: Dialect, [from, to]: [&Schema; 2], needs: &Needs, states: &States) -> Vec<Step> {
    let mut made = Maker {
        dialect,
        needs,
        states,
        steps: Vec::new(),
    };
    let mut names: Vec<&Name> = from.tables.keys().chain(to.tables.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        match (from.tables.get(name), to.tables.get(name)) {
            (Some(table), None) => made.drop_table(from, name, table),
            (None, Some(table)) => made.create_table(name, table),
            (Some(from), Some(to)) => made.alter_table(name, from, to),
            (None, None) => {}
        }
    }
    for (id, state) in states {
        made.object(id, *state, from, to);
    }
    made.steps
}

struct Maker<'a> {
    dialect: Dialect,
    /// What the items before need.
    needs: &'a Needs,
    states: &'a States,
    steps: Vec<Step>,
}

impl Maker<'_> {
    fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn state(&self, kind: Kind, table: &Name, part: &str) -> State {
        let state = self.states.get(&Id::part(kind, table, part));
        state.copied().unwrap_or(State::Same)
    }

    /// Whether all that it needs stays, so that it can too.
    fn can_stay(&self, kind: Kind, table: &Name, part: &str) -> bool {
        let needed = self.needs.get(&Id::part(kind, table, part));
        let goes = |id: &Id| self.states.get(id).is_some_and(|state| state.is_dropped());
        !needed.into_iter().flatten().any(goes)
    }

    /// Its columns, constraints and indexes go with it, and what else is a part of it, and so do sequences of its own.
    fn drop_table(&mut self, from: &Schema, name: &Name, table: &Table) {
        let mut gone = vec![Id::table(name)];
        gone.extend(parts(name, table));
        gone.extend(indexes(name, table));
        gone.extend(
            from.objects
                .keys()
                .filter(|id| goes_with(from, id, name, None))
                .cloned(),
        );
        let (name, table) = (name.clone(), Box::new(table.clone()));
        self.push(Step::new(Op::DropTable { name, table }).dropping(gone));
    }

    fn create_table(&mut self, name: &Name, table: &Table) {
        let made = std::iter::once(Id::table(name)).chain(parts(name, table));
        let made: Vec<Id> = made.collect();
        let bare = Table {
            indexes: Default::default(),
            ..table.clone()
        };
        let op = Op::CreateTable {
            name: name.clone(),
            table: Box::new(bare),
        };
        self.push(Step::new(op).creating(made));
        for (part, index) in &table.indexes {
            self.create_index(name, part, index);
        }
    }

    fn alter_table(&mut self, name: &Name, from: &Table, to: &Table) {
        if self.states.get(&Id::table(name)) == Some(&State::Altered) {
            let [from, to] = [from, to].map(|table| {
                Box::new(Table {
                    options: table.options.clone(),
                    comment: table.comment.clone(),
                    ..Table::default()
                })
            });
            let op = Op::AlterTable {
                name: name.clone(),
                from,
                to,
            };
            self.push(Step::new(op).altering(Id::table(name)));
        }
        let added = to
            .columns
            .iter()
            .filter(|column| from.column(&column.name).is_none());
        added.for_each(|column| self.add_column(name, column));
        for column in &from.columns {
            match to.column(&column.name) {
                None => self.drop_column(name, column),
                Some(after) => self.column(name, column, after),
            }
        }
        self.constraints(name, from, to);
        self.indexes(name, from, to);
    }

    fn add_column(&mut self, table: &Name, column: &Column) {
        let made = [Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name));
        let (table, column) = (table.clone(), Box::new(column.clone()));
        self.push(Step::new(Op::AddColumn { table, column }).creating(made));
    }

    fn drop_column(&mut self, table: &Name, column: &Column) {
        let gone = [Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name));
        let (table, column) = (table.clone(), Box::new(column.clone()));
        self.push(Step::new(Op::DropColumn { table, column }).dropping(gone));
    }

    /// A column that is on both sides.
    fn column(&mut self, table: &Name, from: &Column, to: &Column) {
        let state = self.state(Kind::Column, table, &from.name);
        if state == State::Replaced {
            self.drop_column(table, from);
            self.add_column(table, to);
            return;
        }
        let default = Id::part(Kind::Default, table, &from.name);
        if self.states.get(&default) == Some(&State::Replaced) {
            self.push(drop_default(table, from));
            self.push(alter_column(table, &without_default(from), to).creating([default]));
        } else if state == State::Altered {
            let mut step = alter_column(table, from, to);
            match self.states.get(&default) {
                Some(State::Removed) => step.drops.push(default),
                Some(State::Added) => step.creates.push(default),
                Some(State::Same) => step.alters.push(default),
                _ => {}
            }
            self.push(step);
        }
    }

    fn constraints(&mut self, table: &Name, from: &Table, to: &Table) {
        let mut renamed = Vec::new();
        let removed = from
            .constraints
            .iter()
            .filter(|(name, _)| !to.constraints.contains_key(*name));
        for (name, constraint) in removed {
            let same = |(other, there): &(&String, &Constraint)| {
                !from.constraints.contains_key(*other) && !renamed.contains(*other) && *there == constraint
            };
            let twin = to.constraints.iter().find(same).filter(|_| {
                renames_constraints(self.dialect) && self.can_stay(Kind::Constraint, table, name)
            });
            match twin {
                Some((other, _)) => {
                    renamed.push(other.clone());
                    let [gone, made] = [name, other].map(|name| Id::part(Kind::Constraint, table, name));
                    let op = Op::RenameConstraint {
                        table: table.clone(),
                        from: name.clone(),
                        to: other.clone(),
                        constraint: Box::new(constraint.clone()),
                    };
                    self.push(Step::new(op).dropping([gone]).creating([made]));
                }
                None => self.drop_constraint(table, name, constraint),
            }
        }
        for (name, constraint) in &to.constraints {
            match (
                from.constraints.get(name),
                self.state(Kind::Constraint, table, name),
            ) {
                (None, _) if !renamed.contains(name) => self.add_constraint(table, name, constraint),
                (Some(before), State::Replaced) => {
                    self.drop_constraint(table, name, before);
                    self.add_constraint(table, name, constraint);
                }
                (Some(before), State::Altered) => {
                    let op = Op::AlterConstraint {
                        table: table.clone(),
                        name: name.clone(),
                        from: Box::new(before.clone()),
                        to: Box::new(constraint.clone()),
                    };
                    self.push(Step::new(op).altering(Id::part(Kind::Constraint, table, name)));
                }
                _ => {}
            }
        }
    }

    fn add_constraint(&mut self, table: &Name, name: &str, constraint: &Constraint) {
        self.push(add_constraint(table, name, constraint));
    }

    fn drop_constraint(&mut self, table: &Name, name: &str, constraint: &Constraint) {
        self.push(drop_constraint(table, name, constraint));
    }

    fn indexes(&mut self, table: &Name, from: &Table, to: &Table) {
        let mut renamed = Vec::new();
        let removed = from
            .indexes
            .iter()
            .filter(|(name, _)| !to.indexes.contains_key(*name));
        for (name, index) in removed {
            let same = |(other, there): &(&String, &Index)| {
                !from.indexes.contains_key(*other) && !renamed.contains(*other) && *there == index
            };
            let twin = to
                .indexes
                .iter()
                .find(same)
                .filter(|_| renames_indexes(self.dialect) && self.can_stay(Kind::Index, table, name));
            match twin {
                Some((other, _)) => {
                    renamed.push(other.clone());
                    let [gone, made] = [name, other].map(|name| Id::part(Kind::Index, table, name));
                    let op = Op::RenameIndex {
                        table: table.clone(),
                        from: name.clone(),
                        to: other.clone(),
                        index: Box::new(index.clone()),
                    };
                    self.push(Step::new(op).dropping([gone]).creating([made]));
                }
                None => self.drop_index(table, name, index),
            }
        }
        for (name, index) in &to.indexes {
            match (from.indexes.get(name), self.state(Kind::Index, table, name)) {
                (None, _) if !renamed.contains(name) => self.create_index(table, name, index),
                (Some(before), State::Replaced) => {
                    self.drop_index(table, name, before);
                    self.create_index(table, name, index);
                }
                (Some(before), State::Altered) => {
                    let op = Op::AlterIndex {
                        table: table.clone(),
                        name: name.clone(),
                        from: Box::new(before.clone()),
                        to: Box::new(index.clone()),
                    };
                    self.push(Step::new(op).altering(Id::part(Kind::Index, table, name)));
                }
                _ => {}
            }
        }
    }

    fn create_index(&mut self, table: &Name, name: &str, index: &Index) {
        let op = Op::CreateIndex {
            table: table.clone(),
            name: name.to_owned(),
            index: Box::new(index.clone()),
        };
        self.push(Step::new(op).creating([Id::part(Kind::Index, table, name)]));
    }

    fn drop_index(&mut self, table: &Name, name: &str, index: &Index) {
        let op = Op::DropIndex {
            table: table.clone(),
            name: name.to_owned(),
            index: Box::new(index.clone()),
        };
        self.push(Step::new(op).dropping([Id::part(Kind::Index, table, name)]));
    }

    fn object(&mut self, id: &Id, state: State, from: &Schema, to: &Schema) {
        let (before, after) = (from.objects.get(id), to.objects.get(id));
        // What is a part of a table that goes, goes with it.
        let alone = || !with_its_table(from, to, id);
        match (before, after, state) {
            (Some(object), _, State::Removed) if alone() => self.drop_object(id, object),
            (_, Some(object), State::Added) => self.create_object(id, object),
            (Some(before), Some(after), State::Replaced) => {
                self.drop_object(id, before);
                self.create_object(id, after);
            }
            (Some(before), Some(after), State::Altered) => self.alter_object(id, before, after),
            _ => {}
        }
    }

    fn drop_object(&mut self, id: &Id, object: &Object) {
        self.push(drop_object(id, object));
    }

    /// A sequence is made before its column, whose default it is, and given to it behind.
    fn create_object(&mut self, id: &Id, object: &Object) {
        let mut first = object.clone();
        let owner = match &mut first.definition {
            Definition::Sequence(sequence) => sequence.owned_by.take(),
            _ => None,
        };
        if owner.is_some() {
            self.alter_object(id, &first, object);
        }
        let op = Op::CreateObject {
            id: id.clone(),
            object: Box::new(first),
        };
        self.push(Step::new(op).creating([id.clone()]));
    }

    fn alter_object(&mut self, id: &Id, from: &Object, to: &Object) {
        let op = Op::AlterObject {
            id: id.clone(),
            from: Box::new(from.clone()),
            to: Box::new(to.clone()),
        };
        self.push(Step::new(op).altering(id.clone()));
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

pub(super) fn drop_object(id: &Id, object: &Object) -> Step {
    let op = Op::DropObject {
        id: id.clone(),
        object: Box::new(object.clone()),
    };
    Step::new(op).dropping([id.clone()])
}

pub(super) fn set_default(table: &Name, column: &Column) -> Step {
    let without = without_default(column);
    alter_column(table, &without, column).creating([Id::part(Kind::Default, table, &column.name)])
}

pub(super) fn drop_default(table: &Name, column: &Column) -> Step {
    let without = without_default(column);
    alter_column(table, column, &without).dropping([Id::part(Kind::Default, table, &column.name)])
}

fn alter_column(table: &Name, from: &Column, to: &Column) -> Step {
    let op = Op::AlterColumn {
        table: table.clone(),
        from: Box::new(from.clone()),
        to: Box::new(to.clone()),
    };
    Step::new(op).altering(Id::column(table, &from.name))
}

fn without_default(column: &Column) -> Column {
    Column {
        default: None,
        ..column.clone()
    }
}

/// The columns, defaults and constraints of a table.
fn parts(name: &Name, table: &Table) -> Vec<Id> {
    let columns = table.columns.iter();
    let columns = columns
        .flat_map(|column| [Kind::Column, Kind::Default].map(|kind| Id::part(kind, name, &column.name)));
    let constraints = table.constraints.keys();
    columns
        .chain(constraints.map(|part| Id::part(Kind::Constraint, name, part)))
        .collect()
}

fn indexes(name: &Name, table: &Table) -> impl Iterator<Item = Id> {
    table.indexes.keys().map(|part| Id::part(Kind::Index, name, part))
}

/// Whether an object is gone when a table is, or one of its columns.
pub(crate) fn goes_with(schema: &Schema, id: &Id, table: &Name, column: Option<&str>) -> bool {
    if id.part.is_some() {
        return id.name == *table && column.is_none();
    }
    match schema.objects.get(id).map(|object| &object.definition) {
        Some(Definition::Sequence(sequence)) => sequence
            .owned_by
            .as_ref()
            .is_some_and(|(owner, owned)| owner == table && column.is_none_or(|column| column == owned)),
        _ => false,
    }
}

/// Whether what an object is a part of, or goes with, is gone in `to`.
fn with_its_table(from: &Schema, to: &Schema, id: &Id) -> bool {
    let gone = |name: &Name| from.tables.contains_key(name) && !to.tables.contains_key(name);
    if id.part.is_some() {
        return gone(&id.name);
    }
    match from.objects.get(id).map(|object| &object.definition) {
        Some(Definition::Sequence(sequence)) => sequence.owned_by.as_ref().is_some_and(|(table, column)| {
            gone(table)
                || to
                    .tables
                    .get(table)
                    .is_some_and(|table| table.column(column).is_none())
        }),
        _ => false,
    }
}

fn renames_constraints(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgresql => true,
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => false,
    }
}

fn renames_indexes(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgresql | Dialect::Mysql | Dialect::Mariadb => true,
        Dialect::Sqlite => false,
    }
}
