//! What can be done to a schema.

use std::fmt;

use crate::diff::goes_with;
use crate::schema::{Column, Constraint, Id, Index, Kind, Name, Object, Schema, Table};

/// One change of a schema. It carries what was and what will be, so that it can be shown, turned into SQL, and applied to a
/// [`Schema`] in memory.
///
/// ```
/// use limbeck_core::op::Op;
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let mut schema = Schema::default();
/// let users = Name::new("users");
/// Op::CreateTable { name: users.clone(), table: Box::default() }.apply(&mut schema);
/// Op::AddColumn { table: users.clone(), column: Box::new(Column::new("email", "text")) }.apply(&mut schema);
/// assert_eq!(schema.tables[&users].columns[0].name, "email");
/// assert_eq!(Op::RenameTable { from: users, to: Name::new("accounts") }.to_string(), "rename table users to accounts");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each is named as in SQL, and its fields say what of what"
)]
pub enum Op {
    /// With its columns, and those of its constraints and indexes that the table has.
    CreateTable {
        name: Name,
        table: Box<Table>,
    },
    DropTable {
        name: Name,
        table: Box<Table>,
    },
    RenameTable {
        from: Name,
        to: Name,
    },
    /// Changes options and the comment; columns, constraints and indexes are changed by their own.
    AlterTable {
        name: Name,
        from: Box<Table>,
        to: Box<Table>,
    },
    AddColumn {
        table: Name,
        column: Box<Column>,
    },
    DropColumn {
        table: Name,
        column: Box<Column>,
    },
    AlterColumn {
        table: Name,
        from: Box<Column>,
        to: Box<Column>,
    },
    RenameColumn {
        table: Name,
        from: String,
        to: String,
    },
    AddConstraint {
        table: Name,
        name: String,
        constraint: Box<Constraint>,
    },
    DropConstraint {
        table: Name,
        name: String,
        constraint: Box<Constraint>,
    },
    /// Changes what a constraint can change without being made anew: its comment, and from `NOT VALID` to valid.
    AlterConstraint {
        table: Name,
        name: String,
        from: Box<Constraint>,
        to: Box<Constraint>,
    },
    RenameConstraint {
        table: Name,
        from: String,
        to: String,
        constraint: Box<Constraint>,
    },
    CreateIndex {
        table: Name,
        name: String,
        index: Box<Index>,
    },
    DropIndex {
        table: Name,
        name: String,
        index: Box<Index>,
    },
    /// Changes the comment.
    AlterIndex {
        table: Name,
        name: String,
        from: Box<Index>,
        to: Box<Index>,
    },
    RenameIndex {
        table: Name,
        from: String,
        to: String,
        index: Box<Index>,
    },
    CreateObject {
        id: Id,
        object: Box<Object>,
    },
    DropObject {
        id: Id,
        object: Box<Object>,
    },
    /// Changes it in its place.
    AlterObject {
        id: Id,
        from: Box<Object>,
        to: Box<Object>,
    },
}

impl Op {
    /// Does it to a schema in memory. What names something that is not there does nothing.
    pub fn apply(&self, schema: &mut Schema) {
        match self {
            Self::CreateTable { name, table } => {
                schema.tables.insert(name.clone(), (**table).clone());
            }
            Self::DropTable { name, .. } => {
                // What is a part of it, or goes with it, is gone too.
                let gone: Vec<Id> = schema
                    .objects
                    .keys()
                    .filter(|id| goes_with(schema, id, name, None))
                    .cloned()
                    .collect();
                schema.objects.retain(|id, _| !gone.contains(id));
                schema.tables.remove(name);
            }
            Self::DropColumn { table, column } => {
                let goes = |id: &&Id| goes_with(schema, id, table, Some(&column.name));
                let gone: Vec<Id> = schema.objects.keys().filter(goes).cloned().collect();
                schema.objects.retain(|id, _| !gone.contains(id));
                if let Some(there) = schema.tables.get_mut(table) {
                    there.columns.retain(|known| known.name != column.name);
                }
            }
            Self::RenameTable { from, to } => {
                if let Some(table) = schema.tables.remove(from) {
                    schema.tables.insert(to.clone(), table);
                }
            }
            Self::CreateObject { id, object } | Self::AlterObject { id, to: object, .. } => {
                schema.objects.insert(id.clone(), (**object).clone());
            }
            Self::DropObject { id, .. } => {
                schema.objects.remove(id);
            }
            Self::AlterTable { .. }
            | Self::AddColumn { .. }
            | Self::AlterColumn { .. }
            | Self::RenameColumn { .. }
            | Self::AddConstraint { .. }
            | Self::DropConstraint { .. }
            | Self::AlterConstraint { .. }
            | Self::RenameConstraint { .. }
            | Self::CreateIndex { .. }
            | Self::DropIndex { .. }
            | Self::AlterIndex { .. }
            | Self::RenameIndex { .. } => {
                if let Some(table) = self.table().and_then(|name| schema.tables.get_mut(name)) {
                    self.apply_to(table);
                }
            }
        }
    }

    /// Does what concerns a part of a table.
    fn apply_to(&self, there: &mut Table) {
        let at = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == name);
        match self {
            Self::AlterTable { to, .. } => {
                there.options.clone_from(&to.options);
                there.comment.clone_from(&to.comment);
            }
            Self::AddColumn { column, .. } => there.columns.push((**column).clone()),
            Self::AlterColumn { from, to, .. } => {
                if let Some(at) = at(there, &from.name) {
                    there.columns[at] = (**to).clone();
                }
            }
            Self::RenameColumn { from, to, .. } => {
                if let Some(at) = at(there, from) {
                    there.columns[at].name.clone_from(to);
                }
            }
            Self::AddConstraint { name, constraint, .. }
            | Self::AlterConstraint {
                name, to: constraint, ..
            } => {
                there.constraints.insert(name.clone(), (**constraint).clone());
            }
            Self::DropConstraint { name, .. } => {
                there.constraints.remove(name);
            }
            Self::RenameConstraint { from, to, .. } => {
                if let Some(constraint) = there.constraints.remove(from) {
                    there.constraints.insert(to.clone(), constraint);
                }
            }
            Self::CreateIndex { name, index, .. } | Self::AlterIndex { name, to: index, .. } => {
                there.indexes.insert(name.clone(), (**index).clone());
            }
            Self::DropIndex { name, .. } => {
                there.indexes.remove(name);
            }
            Self::RenameIndex { from, to, .. } => {
                if let Some(index) = there.indexes.remove(from) {
                    there.indexes.insert(to.clone(), index);
                }
            }
            Self::CreateTable { .. }
            | Self::DropTable { .. }
            | Self::RenameTable { .. }
            | Self::DropColumn { .. }
            | Self::CreateObject { .. }
            | Self::DropObject { .. }
            | Self::AlterObject { .. } => {}
        }
    }

    /// The table that it changes, as it is called before.
    pub fn table(&self) -> Option<&Name> {
        match self {
            Self::CreateTable { name, .. }
            | Self::DropTable { name, .. }
            | Self::RenameTable { from: name, .. }
            | Self::AlterTable { name, .. }
            | Self::AddColumn { table: name, .. }
            | Self::DropColumn { table: name, .. }
            | Self::AlterColumn { table: name, .. }
            | Self::RenameColumn { table: name, .. }
            | Self::AddConstraint { table: name, .. }
            | Self::DropConstraint { table: name, .. }
            | Self::AlterConstraint { table: name, .. }
            | Self::RenameConstraint { table: name, .. }
            | Self::CreateIndex { table: name, .. }
            | Self::DropIndex { table: name, .. }
            | Self::AlterIndex { table: name, .. }
            | Self::RenameIndex { table: name, .. } => Some(name),
            Self::CreateObject { id, .. } | Self::DropObject { id, .. } | Self::AlterObject { id, .. } => {
                id.part.is_some().then_some(&id.name)
            }
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |kind: Kind, table: &Name, part: &str| Id::part(kind, table, part);
        match self {
            Self::CreateTable { name, .. } => write!(f, "create table {name}"),
            Self::DropTable { name, .. } => write!(f, "drop table {name}"),
            Self::RenameTable { from, to } => write!(f, "rename table {from} to {to}"),
            Self::AlterTable { name, .. } => write!(f, "alter table {name}"),
            Self::AddColumn { table, column } => write!(f, "add column {table}.{}", column.name),
            Self::DropColumn { table, column } => write!(f, "drop column {table}.{}", column.name),
            Self::AlterColumn { table, from, .. } => write!(f, "alter column {table}.{}", from.name),
            Self::RenameColumn { table, from, to } => write!(f, "rename column {table}.{from} to {to}"),
            Self::AddConstraint { table, name, .. } => {
                write!(f, "add {}", part(Kind::Constraint, table, name))
            }
            Self::DropConstraint { table, name, .. } => {
                write!(f, "drop {}", part(Kind::Constraint, table, name))
            }
            Self::AlterConstraint { table, name, .. } => {
                write!(f, "alter {}", part(Kind::Constraint, table, name))
            }
            Self::RenameConstraint { table, from, to, .. } => {
                write!(f, "rename {} to {to}", part(Kind::Constraint, table, from))
            }
            Self::CreateIndex { table, name, .. } => write!(f, "create {}", part(Kind::Index, table, name)),
            Self::DropIndex { table, name, .. } => write!(f, "drop {}", part(Kind::Index, table, name)),
            Self::AlterIndex { table, name, .. } => write!(f, "alter {}", part(Kind::Index, table, name)),
            Self::RenameIndex { table, from, to, .. } => {
                write!(f, "rename {} to {to}", part(Kind::Index, table, from))
            }
            Self::CreateObject { id, .. } => write!(f, "create {id}"),
            Self::DropObject { id, .. } => write!(f, "drop {id}"),
            Self::AlterObject { id, .. } => write!(f, "alter {id}"),
        }
    }
}
