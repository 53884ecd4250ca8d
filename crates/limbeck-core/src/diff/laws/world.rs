//! What a server looks at when it is given an op.

use crate::Dialect;
use crate::diff::goes_with;
use crate::diff::items::{Needs, needs};
use crate::op::Op;
use crate::schema::{Column, Id, Kind, Name, Schema, Table};

/// What is there, with what each thing needs now.
pub(super) struct World<'a> {
    dialect: Dialect,
    from: &'a Schema,
    present: Needs,
    needs_to: Needs,
}

impl<'a> World<'a> {
    pub(super) fn new(dialect: Dialect, from: &'a Schema, to: &Schema) -> Self {
        Self {
            dialect,
            from,
            present: needs(from),
            needs_to: needs(to),
        }
    }

    pub(super) fn step(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::CreateTable { name, table } => self.create(whole(name, table)),
            Op::DropTable { name, .. } => self.drop_table(name),
            Op::AddColumn { table, column } => self.create(with_default(table, column)),
            Op::DropColumn { table, column } => {
                self.drop(&[Kind::Column, Kind::Default].map(|kind| Id::part(kind, table, &column.name)))
            }
            Op::AlterColumn { table, from, to } => self.alter_column(table, from, to),
            Op::AddConstraint { table, name, .. } => {
                self.create(vec![Id::part(Kind::Constraint, table, name)])
            }
            Op::DropConstraint { table, name, .. } => self.drop(&[Id::part(Kind::Constraint, table, name)]),
            Op::CreateIndex { table, name, .. } => self.create(vec![Id::part(Kind::Index, table, name)]),
            Op::DropIndex { table, name, .. } => self.drop(&[Id::part(Kind::Index, table, name)]),
            Op::CreateObject { id, .. } => self.create(vec![id.clone()]),
            Op::DropObject { id, .. } => self.drop(std::slice::from_ref(id)),
            Op::AlterObject { id, .. } => self.alter(id),
            Op::RenameConstraint { table, from, to, .. } => self.rename(Kind::Constraint, table, from, to),
            Op::RenameIndex { table, from, to, .. } => self.rename(Kind::Index, table, from, to),
            Op::RenameTable { .. }
            | Op::RenameColumn { .. }
            | Op::AlterTable { .. }
            | Op::AlterConstraint { .. }
            | Op::AlterIndex { .. } => Ok(()),
        }
    }

    fn drop_table(&mut self, name: &Name) -> Result<(), String> {
        let parts = self.present.keys();
        let parts = parts.filter(|id| id.name == *name && id.part.is_some());
        let objects = self.from.objects.keys();
        let objects = objects.filter(|id| goes_with(self.from, id, name, None));
        let gone: Vec<Id> = [&Id::table(name)]
            .into_iter()
            .chain(parts)
            .chain(objects)
            .cloned()
            .collect();
        self.drop(&gone)
    }

    fn alter_column(&mut self, table: &Name, from: &Column, to: &Column) -> Result<(), String> {
        let default = Id::part(Kind::Default, table, &from.name);
        match (&from.default, &to.default) {
            (Some(_), None) => self.drop(std::slice::from_ref(&default))?,
            (None, Some(_)) => self.create(vec![default])?,
            _ => {}
        }
        let column = Id::column(table, &from.name);
        if from.data_type == to.data_type {
            return Ok(());
        }
        let waits = |id: &Id| matches!(id.kind, Kind::View | Kind::Trigger);
        if self.dialect == Dialect::Postgresql
            && let Some(view) = self.dependents(&column).find(|id| waits(id))
        {
            return Err(format!("{view} is in the way"));
        }
        self.alter(&column)
    }

    fn create(&mut self, ids: Vec<Id>) -> Result<(), String> {
        let ids: Vec<Id> = ids
            .into_iter()
            .filter(|id| self.needs_to.contains_key(id))
            .collect();
        for id in &ids {
            if self.present.contains_key(id) {
                return Err(format!("{id} is there already"));
            }
            let lacking = self.needs_to[id].iter().find(|needed| {
                // A default that comes behind is no part of what is needed.
                !self.present.contains_key(*needed) && !ids.contains(*needed)
            });
            if let Some(lacking) = lacking {
                return Err(format!("{id} needs {lacking}"));
            }
        }
        for id in ids {
            let needed = self.needs_to[&id].clone();
            self.present.insert(id, needed);
        }
        Ok(())
    }

    fn drop(&mut self, ids: &[Id]) -> Result<(), String> {
        for id in ids {
            let mut others = self.dependents(id).filter(|dependent| !ids.contains(*dependent));
            if let Some(dependent) = others.find(|dependent| self.insists(dependent)) {
                return Err(format!("{dependent} still needs {id}"));
            }
        }
        if !self.present.contains_key(&ids[0]) {
            return Err(format!("{} is not there", ids[0]));
        }
        self.present.retain(|id, _| !ids.contains(id));
        Ok(())
    }

    fn alter(&mut self, id: &Id) -> Result<(), String> {
        let needed = self.needs_to.get(id).ok_or("it is not to be there")?;
        if let Some(lacking) = needed.iter().find(|needed| !self.present.contains_key(*needed)) {
            return Err(format!("{id} needs {lacking}"));
        }
        self.present.insert(id.clone(), needed.clone());
        Ok(())
    }

    fn rename(&mut self, kind: Kind, table: &Name, from: &str, to: &str) -> Result<(), String> {
        let [from, to] = [from, to].map(|part| Id::part(kind, table, part));
        let needed = self.present.remove(&from).ok_or("it is not there")?;
        for needs in self.present.values_mut() {
            if needs.remove(&from) {
                needs.insert(to.clone());
            }
        }
        self.present.insert(to, needed);
        Ok(())
    }

    /// Whether the server lets go nothing that a thing still needs.
    fn insists(&self, dependent: &Id) -> bool {
        match self.dialect {
            Dialect::Postgresql => true,
            Dialect::Mysql | Dialect::Mariadb => {
                matches!(dependent.kind, Kind::Column | Kind::Constraint | Kind::Index)
            }
            Dialect::Sqlite => false,
        }
    }

    fn dependents(&self, id: &Id) -> impl Iterator<Item = &Id> {
        self.present
            .iter()
            .filter(move |(_, needed)| needed.contains(id))
            .map(|(dependent, _)| dependent)
    }
}

/// A table with all that is made with it.
fn whole(name: &Name, table: &Table) -> Vec<Id> {
    let columns = table.columns.iter().flat_map(|column| with_default(name, column));
    let constraints = table.constraints.keys();
    let constraints = constraints.map(|part| Id::part(Kind::Constraint, name, part));
    [Id::table(name)]
        .into_iter()
        .chain(columns)
        .chain(constraints)
        .collect()
}

fn with_default(table: &Name, column: &Column) -> Vec<Id> {
    let default = column.default.as_ref();
    let default = default.map(|_| Id::part(Kind::Default, table, &column.name));
    [Id::column(table, &column.name)]
        .into_iter()
        .chain(default)
        .collect()
}
