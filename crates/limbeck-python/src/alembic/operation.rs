//! What directives do to a database, one step each.

use std::rc::Rc;

use limbeck_core::Dialect;

use super::alter::AlterColumn;
use crate::sa::ddl;
use crate::sa::names::Name;
use crate::sa::quote::quote;
use crate::sa::schema::{Column, Constraint, Index, Kind, Table, TableName};
use crate::value::Outcome;
use crate::vm::Vm;

/// A step of a directive.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    AddColumn(AddColumn),
    DropColumn {
        table: TableName,
        column: Name,
        if_exists: bool,
    },
    AlterColumn(Box<AlterColumn>),
    AddConstraint {
        table: Rc<Table>,
        constraint: Rc<Constraint>,
    },
    DropConstraint {
        table: TableName,
        constraint: Rc<Constraint>,
        if_exists: bool,
    },
    CreateIndex {
        index: Rc<Index>,
        if_not_exists: bool,
    },
    DropIndex {
        index: Rc<Index>,
        if_exists: bool,
    },
    RenameTable {
        table: TableName,
        to: Name,
    },
    CreateTable {
        table: Rc<Table>,
        if_not_exists: bool,
    },
    DropTable {
        table: TableName,
        if_exists: bool,
    },
    TableComment {
        table: TableName,
        comment: Option<String>,
    },
    ColumnComment {
        table: TableName,
        column: Rc<Column>,
    },
}

/// `ADD COLUMN`.
#[derive(Debug, Clone)]
pub(crate) struct AddColumn {
    /// A table with that column only.
    pub(crate) table: Rc<Table>,
    pub(crate) column: Rc<Column>,
    pub(crate) if_not_exists: bool,
    pub(crate) inline_references: bool,
    pub(crate) inline_primary_key: bool,
    /// The columns that it stands between, in a batch.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl AddColumn {
    /// The foreign key that stands in the column's definition.
    pub(crate) fn inline_reference(&self) -> Option<Rc<Constraint>> {
        let constraints = self.table.constraints.borrow();
        let mut keys = constraints
            .iter()
            .filter(|constraint| matches!(constraint.kind, Kind::ForeignKey { .. }));
        let first = keys.next().cloned();
        first.filter(|key| self.inline_references && keys.next().is_none() && key.columns.len() == 1)
    }

    fn statement(&self, vm: &mut Vm<'_>) -> Outcome<String> {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let mut text = format!(
            "ALTER TABLE {} ADD COLUMN {if_not_exists}{}",
            self.table.name.sql(vm.dialect),
            ddl::column_definition(vm, &self.table, &self.column)?
        );
        if self.inline_primary_key && self.column.primary_key.get() {
            text.push_str(" PRIMARY KEY");
        }
        if let Some(key) = self.inline_reference()
            && let Kind::ForeignKey { targets, actions } = &key.kind
            && let Some(target) = targets.first()
        {
            let table = TableName::new(Name::new(&target.table), target.schema.clone());
            let column = target
                .column
                .clone()
                .unwrap_or_else(|| self.column.name.text.to_string());
            text.push_str(&format!(
                " REFERENCES {} ({}){}",
                table.sql(vm.dialect),
                quote(vm.dialect, &column),
                ddl::foreign_key_tail(vm, actions)?
            ));
            text.push_str(&ddl::deferral(vm, &key)?);
        }
        for constraint in &self.column.constraints {
            if let Some(definition) = ddl::constraint_definition(vm, &self.table, constraint)? {
                text.push_str(&format!(" {definition}"));
            }
        }
        Ok(text)
    }
}

const NO_ALTER: &str = "No support for ALTER of constraints in SQLite dialect. Please refer to the batch mode \
                        feature which allows for SQLite migrations using a copy-and-move strategy.";

impl Operation {
    /// Does it with the database's own ALTER.
    pub(crate) fn run(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        match self {
            Self::AlterColumn(alter) => return alter.run(vm),
            Self::CreateTable { table, if_not_exists } => return ddl::make_table(vm, table, *if_not_exists),
            _ => {}
        }
        if let Some(statement) = self.statement(vm)? {
            vm.emit(&statement)?;
        }
        Ok(())
    }

    fn statement(&self, vm: &mut Vm<'_>) -> Outcome<Option<String>> {
        let dialect = vm.dialect;
        Ok(Some(match self {
            Self::AddColumn(add) => add.statement(vm)?,
            Self::DropColumn {
                table,
                column,
                if_exists,
            } => {
                let if_exists = if *if_exists { "IF EXISTS " } else { "" };
                format!(
                    "ALTER TABLE {} DROP COLUMN {if_exists}{}",
                    table.sql(dialect),
                    column.sql(dialect)
                )
            }
            Self::AddConstraint { table, constraint } => return add_constraint(vm, table, constraint),
            Self::DropConstraint {
                table,
                constraint,
                if_exists,
            } => return drop_constraint(vm, table, constraint, *if_exists),
            Self::CreateIndex { index, if_not_exists } => ddl::create_index(vm, index, *if_not_exists)?,
            Self::DropIndex { index, if_exists } => ddl::drop_index(vm, index, *if_exists)?,
            Self::RenameTable { table, to } => {
                let to = match dialect {
                    Dialect::Mysql | Dialect::Mariadb => {
                        TableName::new(to.clone(), table.schema.clone()).sql(dialect)
                    }
                    Dialect::Postgresql | Dialect::Sqlite => to.sql(dialect),
                };
                format!("ALTER TABLE {} RENAME TO {to}", table.sql(dialect))
            }
            Self::DropTable { table, if_exists } => {
                let if_exists = if *if_exists { "IF EXISTS " } else { "" };
                format!("DROP TABLE {if_exists}{}", table.sql(dialect))
            }
            Self::TableComment { table, comment } => {
                return ddl::table_comment(vm, table, comment.as_deref());
            }
            Self::ColumnComment { table, column } => return ddl::column_comment(vm, table, column),
            Self::AlterColumn(_) | Self::CreateTable { .. } => return Ok(None),
        }))
    }
}

fn add_constraint(
    vm: &mut Vm<'_>,
    table: &Rc<Table>,
    constraint: &Rc<Constraint>,
) -> Outcome<Option<String>> {
    if vm.dialect != Dialect::Sqlite {
        return ddl::add_constraint(vm, table, constraint);
    }
    if constraint.type_bound {
        vm.warn("the CHECK that a type asks for is left out: SQLite can add it in op.batch_alter_table only");
        return Ok(None);
    }
    Err(vm.raise("NotImplementedError", NO_ALTER))
}

fn drop_constraint(
    vm: &mut Vm<'_>,
    table: &TableName,
    constraint: &Rc<Constraint>,
    if_exists: bool,
) -> Outcome<Option<String>> {
    match vm.dialect {
        // They have none of their own: a CHECK that a type asks for is known by the type only.
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite if constraint.type_bound => Ok(None),
        Dialect::Sqlite => Err(vm.raise("NotImplementedError", NO_ALTER)),
        _ => ddl::drop_constraint(vm, table, constraint, if_exists).map(Some),
    }
}
