//! Items that change as ops.

use std::collections::BTreeMap;

use super::items::{Needs, owner};
use super::state::{State, States};
use super::step::{
    Step, add_column, add_constraint, alter_column, alter_constraint, alter_index, alter_object, alter_table,
    create_index, create_object, drop_column, drop_constraint, drop_default, drop_index, drop_object,
    rename_constraint, rename_index, set_default,
};
use crate::Dialect;
use crate::op::Op;
use crate::schema::{Column, Definition, Id, Kind, Name, Object, Schema, Table};

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

/// What becomes of a constraint or an index of a table that stays.
enum Change<'a, T> {
    Drop(&'a str, &'a T),
    Add(&'a str, &'a T),
    Alter(&'a str, &'a T, &'a T),
    Rename(&'a str, &'a str, &'a T),
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

    fn state(&self, id: &Id) -> State {
        self.states.get(id).copied().unwrap_or(State::Same)
    }

    /// Whether all that it needs stays, so that it can too.
    fn can_stay(&self, id: &Id) -> bool {
        let mut needed = self.needs.get(id).into_iter().flatten();
        !needed.any(|id| self.state(id).is_dropped())
    }

    /// Its columns, constraints and indexes go with it, and what else is a part of it, and so do sequences of its own.
    fn drop_table(&mut self, from: &Schema, name: &Name, table: &Table) {
        let mut gone = vec![Id::table(name)];
        gone.extend(parts(name, table));
        gone.extend(table.indexes.keys().map(|part| Id::part(Kind::Index, name, part)));
        let objects = from.objects.keys();
        gone.extend(objects.filter(|id| goes_with(from, id, name, None)).cloned());
        let (name, table) = (name.clone(), Box::new(table.clone()));
        self.push(Step::new(Op::DropTable { name, table }).dropping(gone));
    }

    /// Indexes are made behind it.
    fn create_table(&mut self, name: &Name, table: &Table) {
        let made = [Id::table(name)].into_iter().chain(parts(name, table));
        let bare = Table {
            indexes: BTreeMap::new(),
            ..table.clone()
        };
        let op = Op::CreateTable {
            name: name.clone(),
            table: Box::new(bare),
        };
        self.push(Step::new(op).creating(made));
        for (part, index) in &table.indexes {
            self.push(create_index(name, part, index));
        }
    }

    fn alter_table(&mut self, name: &Name, from: &Table, to: &Table) {
        if self.state(&Id::table(name)) == State::Altered {
            self.push(alter_table(name, from, to));
        }
        for column in &to.columns {
            if from.column(&column.name).is_none() {
                self.push(add_column(name, column));
            }
        }
        for column in &from.columns {
            match to.column(&column.name) {
                None => self.push(drop_column(name, column)),
                Some(after) => self.column(name, column, after),
            }
        }
        self.constraints(name, from, to);
        self.indexes(name, from, to);
    }

    /// A column that is on both sides.
    fn column(&mut self, table: &Name, from: &Column, to: &Column) {
        let state = self.state(&Id::column(table, &from.name));
        if state == State::Replaced {
            self.push(drop_column(table, from));
            self.push(add_column(table, to));
            return;
        }
        let default = Id::part(Kind::Default, table, &from.name);
        let default_state = self.states.get(&default);
        if default_state == Some(&State::Replaced) {
            self.push(drop_default(table, from));
            self.push(set_default(table, from, to));
        } else if state == State::Altered {
            let step = alter_column(table, from, to);
            self.push(match default_state {
                Some(State::Removed) => step.dropping([default]),
                Some(State::Added) => step.creating([default]),
                Some(State::Same) => step.altering([default]),
                _ => step,
            });
        }
    }

    fn constraints(&mut self, table: &Name, from: &Table, to: &Table) {
        let sides = [&from.constraints, &to.constraints];
        for change in self.changes(Kind::Constraint, table, sides) {
            self.push(match change {
                Change::Drop(name, constraint) => drop_constraint(table, name, constraint),
                Change::Add(name, constraint) => add_constraint(table, name, constraint),
                Change::Alter(name, before, after) => alter_constraint(table, name, before, after),
                Change::Rename(name, other, constraint) => rename_constraint(table, name, other, constraint),
            });
        }
    }

    fn indexes(&mut self, table: &Name, from: &Table, to: &Table) {
        for change in self.changes(Kind::Index, table, [&from.indexes, &to.indexes]) {
            self.push(match change {
                Change::Drop(name, index) => drop_index(table, name, index),
                Change::Add(name, index) => create_index(table, name, index),
                Change::Alter(name, before, after) => alter_index(table, name, before, after),
                Change::Rename(name, other, index) => rename_index(table, name, other, index),
            });
        }
    }

    /// What becomes of a table's parts of a kind. What is gone, and is there under a name that was free, is renamed where that can be.
    fn changes<'a, T: PartialEq>(
        &self,
        kind: Kind,
        table: &Name,
        [from, to]: [&'a BTreeMap<String, T>; 2],
    ) -> Vec<Change<'a, T>> {
        let (mut changes, mut renamed) = (Vec::new(), Vec::new());
        for (name, part) in from.iter().filter(|(name, _)| !to.contains_key(*name)) {
            let is_twin = |(other, there): &(&String, &T)| {
                !from.contains_key(*other) && !renamed.contains(other) && *there == part
            };
            let can_be_renamed = renames(self.dialect, kind) && self.can_stay(&Id::part(kind, table, name));
            let twin = can_be_renamed.then(|| to.iter().find(is_twin)).flatten();
            changes.push(match twin {
                Some((other, _)) => {
                    renamed.push(other);
                    Change::Rename(name, other, part)
                }
                None => Change::Drop(name, part),
            });
        }
        for (name, part) in to {
            match (from.get(name), self.state(&Id::part(kind, table, name))) {
                (None, _) if !renamed.contains(&name) => changes.push(Change::Add(name, part)),
                (Some(before), State::Replaced) => {
                    changes.extend([Change::Drop(name, before), Change::Add(name, part)]);
                }
                (Some(before), State::Altered) => changes.push(Change::Alter(name, before, part)),
                _ => {}
            }
        }
        changes
    }

    fn object(&mut self, id: &Id, state: State, from: &Schema, to: &Schema) {
        let (before, after) = (from.objects.get(id), to.objects.get(id));
        // What is a part of a table that goes, goes with it.
        let alone = || !with_its_table(from, to, id);
        match (before, after, state) {
            (Some(object), _, State::Removed) if alone() => self.push(drop_object(id, object)),
            (_, Some(object), State::Added) => self.create_object(id, object),
            (Some(before), Some(after), State::Replaced) => {
                self.push(drop_object(id, before));
                self.create_object(id, after);
            }
            (Some(before), Some(after), State::Altered) => self.push(alter_object(id, before, after)),
            _ => {}
        }
    }

    /// A sequence is made before its column, whose default it is, and given to it behind.
    fn create_object(&mut self, id: &Id, object: &Object) {
        let mut first = object.clone();
        let owner = match &mut first.definition {
            Definition::Sequence(sequence) => sequence.owned_by.take(),
            _ => None,
        };
        self.push(create_object(id, &first));
        if owner.is_some() {
            self.push(alter_object(id, &first, object));
        }
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

/// Whether an object is gone when a table is, or one of its columns.
pub(crate) fn goes_with(schema: &Schema, id: &Id, table: &Name, column: Option<&str>) -> bool {
    if id.part.is_some() {
        return id.name == *table && column.is_none();
    }
    let owner = schema.objects.get(id).and_then(owner);
    owner.is_some_and(|owner| {
        owner.name == *table && column.is_none_or(|column| owner.part.as_deref() == Some(column))
    })
}

/// Whether what an object is a part of, or goes with, is gone in `to`.
fn with_its_table(from: &Schema, to: &Schema, id: &Id) -> bool {
    let gone = |name: &Name| from.tables.contains_key(name) && !to.tables.contains_key(name);
    if id.part.is_some() {
        return gone(&id.name);
    }
    let Some(owner) = from.objects.get(id).and_then(owner) else {
        return false;
    };
    let column = |table: &Table| {
        owner
            .part
            .as_deref()
            .and_then(|part| table.column(part))
            .is_some()
    };
    gone(&owner.name) || to.tables.get(&owner.name).is_some_and(|table| !column(table))
}

/// Whether a part of a table can get another name without being made anew.
fn renames(dialect: Dialect, kind: Kind) -> bool {
    match dialect {
        Dialect::Postgresql => true,
        Dialect::Mysql | Dialect::Mariadb => kind == Kind::Index,
        Dialect::Sqlite => false,
    }
}
