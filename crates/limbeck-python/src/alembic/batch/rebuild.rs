//! A table of SQLite's that is changed in a batch: what is there, changed as the operations say, and limbeck's own plan from
//! one to the other.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::diff::diff;
use limbeck_core::op::Op;
use limbeck_core::plan::{Change, plan};
use limbeck_core::schema::{ConstraintKind, Name as CoreName, Schema, Table as CoreTable};

use super::Settings;
use super::convert;
use super::order::sorted;
use crate::alembic::alter::AlterColumn;
use crate::alembic::operation::{AddColumn, Operation};
use crate::sa::names::Name;
use crate::sa::schema::{Actions, Column, Constraint, Kind, Table, TableName, Target};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// Does the operations of a batch.
pub(super) fn run(
    vm: &mut Vm<'_>,
    table: &TableName,
    settings: &Settings,
    queue: &[Operation],
) -> Outcome<()> {
    if table.schema.is_some() {
        return Err(vm.unknown("a batch for a table of another database of SQLite's"));
    }
    let renames = rename_columns(vm, table, queue)?;
    let from = present(vm, table, settings)?;
    let name =
        found(&from, &table.name.text).ok_or_else(|| vm.raise("NoSuchTableError", &*table.name.text))?;
    let mut rebuild = Rebuild {
        table: from.tables[&name].clone(),
        added: Vec::new(),
        pairs: Vec::new(),
        renames,
    };
    rebuild.take_names(vm, table, settings)?;
    rebuild.take_reflected(vm, settings)?;
    for operation in queue {
        rebuild.apply(vm, operation)?;
    }
    rebuild.take_arguments(vm, table, settings)?;
    rebuild.sort_columns(settings);
    emit(vm, &from, &name, rebuild.table)
}

/// Columns get their new names first, from the database itself: it renames them in triggers and views too.
fn rename_columns(vm: &mut Vm<'_>, table: &TableName, queue: &[Operation]) -> Outcome<Vec<(String, String)>> {
    let mut renames: Vec<(String, String)> = Vec::new();
    for operation in queue {
        let Operation::AlterColumn(alter) = operation else {
            continue;
        };
        let Some(new) = alter
            .new_name
            .as_ref()
            .filter(|new| new.text != alter.column.text)
        else {
            continue;
        };
        let statement = format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            table.sql(vm.dialect),
            alter.column.sql(vm.dialect),
            new.sql(vm.dialect)
        );
        vm.emit(&statement)?;
        renames.push((alter.column.text.to_string(), new.text.to_string()));
    }
    Ok(renames)
}

/// What is there: the database, or, where there is none, the table that the revision tells.
fn present(vm: &mut Vm<'_>, table: &TableName, settings: &Settings) -> Outcome<Schema> {
    match &settings.copy_from {
        Some(copy) if vm.offline => {
            let mut schema = Schema::default();
            let name = CoreName::new(&*table.name.text);
            schema.tables.insert(name, convert::table(vm, copy)?);
            Ok(schema)
        }
        _ => Ok((*vm.schema(None)?).clone()),
    }
}

/// The table as it is called where it is made.
fn found(schema: &Schema, called: &str) -> Option<CoreName> {
    let mut names = schema.tables.keys();
    names.find(|name| name.name.eq_ignore_ascii_case(called)).cloned()
}

/// Writes what makes the table as it should be of the one that there is.
fn emit(vm: &mut Vm<'_>, from: &Schema, name: &CoreName, table: CoreTable) -> Outcome<()> {
    let mut to = from.clone();
    let before = &from.tables[name];
    let is_moved = is_moved(before, &table);
    to.tables.insert(name.clone(), table);
    let mut ops = diff(Dialect::Sqlite, from, &to);
    if is_moved {
        // Only a new table has another order of columns.
        ops.push(Op::AlterTable {
            name: name.clone(),
            from: Box::new(before.clone()),
            to: Box::new(to.tables[name].clone()),
        });
    }
    let change = Change {
        dialect: Dialect::Sqlite,
        from,
        to: &to,
        online: false,
    };
    for statement in plan(&change, &ops) {
        // Nobody is asked for a value: NULL is refused where there are rows.
        let sql = match statement.sql.find(" /* TODO") {
            Some(at) => {
                let end = statement.sql[at..]
                    .find("*/")
                    .map_or(statement.sql.len(), |end| at + end + 2);
                format!("{}{}", &statement.sql[..at], &statement.sql[end..])
            }
            None => statement.sql,
        };
        vm.emit(&sql)?;
    }
    Ok(())
}

/// Whether columns stand in another order than ALTER TABLE would leave them in.
fn is_moved(before: &CoreTable, after: &CoreTable) -> bool {
    let is_kept = |name: &str| after.column(name).is_some();
    let kept = before
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| is_kept(name));
    let added = after
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| before.column(name).is_none());
    let usual: Vec<&str> = kept.chain(added).collect();
    let wanted: Vec<&str> = after.columns.iter().map(|column| column.name.as_str()).collect();
    usual != wanted
}

struct Rebuild {
    table: CoreTable,
    /// The columns that the batch has added.
    added: Vec<String>,
    /// Which column stands before which.
    pairs: Vec<(String, String)>,
    /// Columns' names before and after.
    renames: Vec<(String, String)>,
}

impl Rebuild {
    /// A column's name now: operations may still use the one that it had before the batch.
    fn current(&self, name: &str) -> String {
        if self.table.column(name).is_some() {
            return name.to_owned();
        }
        let renamed = self
            .renames
            .iter()
            .find(|(before, _)| before.eq_ignore_ascii_case(name));
        let name = renamed.map_or(name, |(_, after)| after);
        let mut columns = self.table.columns.iter();
        let known = columns.find(|column| column.name.eq_ignore_ascii_case(name));
        known.map_or(name, |column| &column.name).to_owned()
    }

    fn apply(&mut self, vm: &mut Vm<'_>, operation: &Operation) -> Outcome<()> {
        match operation {
            Operation::AddColumn(add) => self.add_column(vm, add),
            Operation::DropColumn { column, .. } => self.drop_column(vm, &column.text),
            Operation::AlterColumn(alter) => self.alter_column(vm, alter),
            Operation::AddConstraint { table, constraint } => self.add_constraint(vm, table, constraint),
            Operation::DropConstraint { constraint, .. } => self.drop_constraint(vm, constraint),
            Operation::CreateIndex { index, .. } => {
                let mut index = (**index).clone();
                for expression in &mut index.expressions {
                    if let Value::Str(name) = expression {
                        *expression = Value::str(self.current(name));
                    }
                }
                let (name, index) = convert::index(vm, &index)?;
                self.table.indexes.insert(name, index);
                Ok(())
            }
            Operation::DropIndex { index, .. } => {
                let name = index
                    .name
                    .as_ref()
                    .map_or_else(String::new, |name| name.text.to_string());
                match self.table.indexes.remove(&name) {
                    Some(_) => Ok(()),
                    None => Err(vm.value_error(format!("No such index: '{name}'"))),
                }
            }
            // SQLite has none.
            Operation::TableComment { .. } | Operation::ColumnComment { .. } => Ok(()),
            Operation::RenameTable { .. } | Operation::CreateTable { .. } | Operation::DropTable { .. } => {
                Err(vm.raise(
                    "NotImplementedError",
                    "Can't create, rename or drop a table in batch mode",
                ))
            }
        }
    }

    fn add_column(&mut self, vm: &mut Vm<'_>, add: &AddColumn) -> Outcome<()> {
        let column = convert::column(vm, &add.column)?;
        let name = column.name.clone();
        if let Some(before) = &add.before {
            self.pairs.push((name.clone(), self.current(before)));
        }
        if let Some(after) = &add.after {
            // Right behind it: before what follows.
            let after = self.current(after);
            let next = self.following(&after);
            self.pairs.push((after, name.clone()));
            self.pairs.extend(next.map(|next| (name.clone(), next)));
        }
        self.table.columns.push(column);
        self.added.push(name.clone());
        for check in &add.column.constraints {
            if let Some((name, check)) = convert::constraint(vm, &add.table, check)? {
                self.table.constraints.insert(name, check);
            }
        }
        if let Some(key) = add.inline_reference()
            && let Some((name, key)) = convert::constraint(vm, &add.table, &key)?
        {
            self.table.constraints.insert(name, key);
        }
        if add.column.primary_key.get() {
            let mut columns = self.table.primary_key().to_vec();
            columns.push(name);
            self.set_key_columns(&columns);
        }
        Ok(())
    }

    /// The column behind another, among those that were there before.
    fn following(&self, name: &str) -> Option<String> {
        let mut columns = self
            .table
            .columns
            .iter()
            .filter(|column| !self.added.contains(&column.name));
        columns.find(|column| column.name == name)?;
        columns.next().map(|column| column.name.clone())
    }

    /// Changes the columns of the primary key, whose name stays.
    fn set_key_columns(&mut self, columns: &[String]) {
        let is_key =
            |constraint: &limbeck_core::schema::Constraint| constraint.kind == ConstraintKind::PrimaryKey;
        let known = self
            .table
            .constraints
            .iter()
            .find(|(_, constraint)| is_key(constraint));
        let known = known.map(|(name, constraint)| (name.clone(), constraint.clone()));
        self.table.constraints.retain(|_, constraint| !is_key(constraint));
        if columns.is_empty() {
            return;
        }
        let definition = convert::key_definition(columns);
        let (name, named) = match known {
            Some((name, constraint)) if constraint.named => (name, true),
            _ => (definition.text().to_ascii_lowercase(), false),
        };
        self.table.constraints.insert(
            name,
            limbeck_core::schema::Constraint {
                named,
                ..limbeck_core::schema::Constraint::new(
                    ConstraintKind::PrimaryKey,
                    definition,
                    columns.to_vec(),
                )
            },
        );
    }

    /// What is about the column goes with it.
    fn drop_column(&mut self, vm: &Vm<'_>, name: &str) -> Outcome<()> {
        let name = self.current(name);
        if self.table.column(&name).is_none() {
            return Err(vm.raise("KeyError", &name));
        }
        self.table.columns.retain(|column| column.name != name);
        let key = self.table.primary_key();
        if key.contains(&name) {
            let rest: Vec<String> = key.iter().filter(|column| **column != name).cloned().collect();
            self.set_key_columns(&rest);
        }
        self.table.constraints.retain(|_, constraint| {
            constraint.kind == ConstraintKind::PrimaryKey || !constraint.columns.contains(&name)
        });
        self.table
            .indexes
            .retain(|_, index| !index.columns.contains(&name));
        Ok(())
    }

    fn alter_column(&mut self, vm: &mut Vm<'_>, alter: &AlterColumn) -> Outcome<()> {
        let name = self.current(&alter.column.text);
        let Some(at) = self.table.columns.iter().position(|column| column.name == name) else {
            return Err(vm.raise("KeyError", &name));
        };
        if let Some(type_) = &alter.type_ {
            let typed = Column::plain(Name::new(&name), type_.clone());
            let (data_type, collation) = convert::data_type(vm, &typed)?;
            let column = &mut self.table.columns[at];
            column.data_type = data_type;
            if collation.is_some() {
                column.collation = collation;
            }
        }
        if let Some(nullable) = alter.nullable {
            self.table.columns[at].nullable = nullable;
        }
        if let Some(default) = &alter.server_default {
            let default = match default {
                Some(default) => convert::default(vm, default)?,
                None => None,
            };
            self.table.columns[at].default = default;
        }
        Ok(())
    }

    fn add_constraint(&mut self, vm: &mut Vm<'_>, table: &Rc<Table>, constraint: &Constraint) -> Outcome<()> {
        if constraint.name.is_none() && !constraint.type_bound {
            return Err(vm.value_error("Constraint must have a name"));
        }
        let mut constraint = constraint.clone();
        for column in &mut constraint.columns {
            *column = Name::new(self.current(&column.text));
        }
        if matches!(constraint.kind, Kind::PrimaryKey) {
            self.set_key_columns(&[]);
        }
        if let Some((name, constraint)) = convert::constraint(vm, table, &constraint)? {
            self.table.constraints.insert(name, constraint);
        }
        Ok(())
    }

    fn drop_constraint(&mut self, vm: &Vm<'_>, constraint: &Constraint) -> Outcome<()> {
        let Some(name) = &constraint.name else {
            if constraint.type_bound {
                return Ok(());
            }
            return Err(vm.value_error("Constraint must have a name"));
        };
        let known = self.table.constraints.keys();
        let mut known = known.filter(|known| known.eq_ignore_ascii_case(&name.text));
        let key = known.next().cloned();
        let is_named = |key: &String| self.table.constraints[key].named;
        match key.filter(is_named) {
            Some(key) => drop(self.table.constraints.remove(&key)),
            None if constraint.type_bound => {}
            None => return Err(vm.value_error(format!("No such constraint: '{}'", name.text))),
        }
        Ok(())
    }

    /// Gives names to the constraints that have none, where the batch says how.
    fn take_names(&mut self, vm: &mut Vm<'_>, table: &TableName, settings: &Settings) -> Outcome<()> {
        let Some(conventions) = &settings.conventions else {
            return Ok(());
        };
        for (key, mut constraint) in std::mem::take(&mut self.table.constraints) {
            if constraint.named || constraint.kind == ConstraintKind::Check {
                self.table.constraints.insert(key, constraint);
                continue;
            }
            let kind = match (&constraint.references, constraint.kind) {
                (Some(to), _) => Kind::ForeignKey {
                    targets: to
                        .columns
                        .iter()
                        .map(|column| Target {
                            schema: None,
                            table: to.table.name.clone(),
                            column: Some(column.clone()),
                        })
                        .collect(),
                    actions: Actions::default(),
                },
                (None, ConstraintKind::PrimaryKey) => Kind::PrimaryKey,
                (None, _) => Kind::Unique,
            };
            let columns = constraint.columns.iter().map(Name::new).collect();
            let unnamed = Rc::new(Constraint::new(kind, None, columns));
            match conventions.constraint(vm, table, &unnamed)? {
                // A key that numbers its rows stands in its column, where it has no name.
                Some(name) if !constraint.definition.text().contains("AUTOINCREMENT") => {
                    constraint.named = true;
                    self.table.constraints.insert(name.text.to_string(), constraint);
                }
                _ => drop(self.table.constraints.insert(key, constraint)),
            }
        }
        Ok(())
    }

    /// What `reflect_args` say of columns beyond what the database tells.
    fn take_reflected(&mut self, vm: &mut Vm<'_>, settings: &Settings) -> Outcome<()> {
        for item in &settings.reflect_args {
            let Some(given) = item.downcast::<Column>() else {
                return Err(vm.unknown(format!("a {} among 'reflect_args'", item.type_name())));
            };
            let name = self.current(&given.name.text);
            let (data_type, _) = convert::data_type(vm, &given)?;
            if let Some(column) = self.table.columns.iter_mut().find(|column| column.name == name) {
                column.data_type = data_type;
            }
        }
        Ok(())
    }

    /// What `table_args` and `table_kwargs` add to the new table.
    fn take_arguments(&mut self, vm: &mut Vm<'_>, table: &TableName, settings: &Settings) -> Outcome<()> {
        let owner = crate::sa::schema::draft(vm, table.clone()).finish(vm)?;
        for item in &settings.table_args {
            let Some(constraint) = item.downcast::<Constraint>() else {
                return Err(vm.unknown(format!("a {} among 'table_args'", item.type_name())));
            };
            if let Some((name, constraint)) = convert::constraint(vm, &owner, &constraint)? {
                let is_there =
                    |known: &limbeck_core::schema::Constraint| known.definition == constraint.definition;
                if !self.table.constraints.values().any(is_there) {
                    self.table.constraints.insert(name, constraint);
                }
            }
        }
        convert::options(vm, &mut self.table, &settings.table_options)
    }

    fn sort_columns(&mut self, settings: &Settings) {
        let names: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let mut pairs = self.pairs.clone();
        if settings.order.is_empty() {
            let kept: Vec<&String> = names.iter().filter(|name| !self.added.contains(name)).collect();
            pairs.extend(kept.windows(2).map(|two| (two[0].clone(), two[1].clone())));
        }
        for columns in &settings.order {
            let columns: Vec<String> = columns.iter().map(|name| self.current(name)).collect();
            pairs.extend(columns.windows(2).map(|two| (two[0].clone(), two[1].clone())));
        }
        let sorted = sorted(&names, &pairs);
        let place = |name: &String| sorted.iter().position(|known| known == name);
        self.table.columns.sort_by_key(|column| place(&column.name));
    }
}
