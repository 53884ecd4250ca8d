//! Directives for columns.

use std::rc::Rc;

use super::{leave_out, take_table};
use crate::alembic::alter::{AlterColumn, Existing};
use crate::alembic::operation::{AddColumn, Operation};
use crate::sa::names::Name;
use crate::sa::schema::{Column, Kind, ServerDefault, Table, TableName, draft};
use crate::sa::take;
use crate::sa::types::Type;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

pub(super) fn add(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let name = take_table(vm, &mut args, given, "table_name")?;
    let column = args.need(vm, "column")?;
    let Some(column) = column.downcast::<Column>() else {
        return Err(vm.type_error(format!("add_column() wants a Column, not {}", column.type_name())));
    };
    let table = table_of(vm, &name, &column)?;
    let column = table.column(&column.name.text).unwrap_or(column);
    let is_batch = given.is_some();
    let side = |vm: &mut Vm<'_>, args: &mut Args, side: &str| match args.keyword(side) {
        Some(value) if is_batch => take::string(vm, Some(value)),
        Some(_) => Err(vm.type_error(format!(
            "add_column() got an unexpected keyword argument '{side}'"
        ))),
        None => Ok(None),
    };
    let add = AddColumn {
        before: side(vm, &mut args, "insert_before")?,
        after: side(vm, &mut args, "insert_after")?,
        if_not_exists: take::is_set(vm, args.keyword("if_not_exists"))?,
        inline_references: take::is_set(vm, args.keyword("inline_references"))?,
        inline_primary_key: take::is_set(vm, args.keyword("inline_primary_key"))?,
        table: table.clone(),
        column: column.clone(),
    };
    args.finish(vm, "add_column")?;
    let inline = add.inline_reference();
    let mut operations = vec![Operation::AddColumn(add)];
    for constraint in table.constraints.borrow().iter() {
        let is_inline = inline
            .as_ref()
            .is_some_and(|inline| Rc::ptr_eq(inline, constraint));
        if !is_inline {
            operations.push(Operation::AddConstraint {
                table: table.clone(),
                constraint: constraint.clone(),
            });
        }
    }
    for index in table.indexes.borrow().iter() {
        operations.push(Operation::CreateIndex {
            index: index.clone(),
            if_not_exists: false,
        });
    }
    operations.push(Operation::ColumnComment { table: name, column });
    Ok(operations)
}

/// A table with that column only.
fn table_of(vm: &mut Vm<'_>, name: &TableName, column: &Rc<Column>) -> Outcome<Rc<Table>> {
    let mut draft = draft(vm, name.clone());
    draft.columns.push(column.clone());
    draft.finish(vm)
}

pub(super) fn drop(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let table = take_table(vm, &mut args, given, "table_name")?;
    let column = args.need(vm, "column_name")?;
    let drop = Operation::DropColumn {
        table,
        column: Name::of(vm, &column)?,
        if_exists: take::is_set(vm, args.keyword("if_exists"))?,
    };
    for known in ["existing_type", "existing_nullable", "existing_server_default"] {
        args.keyword(known);
    }
    leave_out(vm, &mut args, "drop_column");
    args.finish(vm, "drop_column")?;
    Ok(vec![drop])
}

/// A default, unless it is False, which stands for "as it is".
fn take_default(vm: &Vm<'_>, value: Option<Value>) -> Outcome<Option<Option<ServerDefault>>> {
    match value {
        None | Some(Value::Bool(false)) => Ok(None),
        Some(value) => ServerDefault::of(vm, &value).map(Some),
    }
}

pub(super) fn alter(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let table = take_table(vm, &mut args, given, "table_name")?;
    let column = args.need(vm, "column_name")?;
    let column = Name::of(vm, &column)?;
    let type_ = args.keyword("type_");
    let existing_type = args.keyword("existing_type");
    let existing = Existing {
        type_: Type::maybe(vm, existing_type)?,
        server_default: take_default(vm, args.keyword("existing_server_default"))?,
        nullable: take::flag(vm, args.keyword("existing_nullable"))?,
        comment: take::string(vm, args.keyword("existing_comment"))?,
        autoincrement: take::flag(vm, args.keyword("existing_autoincrement"))?,
    };
    let comment = match args.keyword("comment") {
        None | Some(Value::Bool(false)) => None,
        Some(comment) => Some(take::string(vm, Some(comment))?),
    };
    let using = match args.keyword("postgresql_using") {
        None | Some(Value::None) => None,
        Some(using) => Some(vm.text_of(&using)?),
    };
    let alter = AlterColumn {
        nullable: take::flag(vm, args.keyword("nullable"))?,
        server_default: take_default(vm, args.keyword("server_default"))?,
        comment,
        new_name: Name::maybe(vm, args.keyword("new_column_name"))?,
        type_: Type::maybe(vm, type_)?,
        autoincrement: take::flag(vm, args.keyword("autoincrement"))?,
        existing,
        using,
        table,
        column,
    };
    if given.is_some() {
        for side in ["insert_before", "insert_after"] {
            if args.keyword(side).is_some_and(|value| !value.is_none()) {
                return Err(vm.unknown(format!("'{side}' of a column that is altered")));
            }
        }
    }
    leave_out(vm, &mut args, "alter_column");
    args.finish(vm, "alter_column")?;
    with_type_checks(vm, alter)
}

/// The CHECKs that the old type asked for go before, those of the new one come behind.
fn with_type_checks(vm: &mut Vm<'_>, alter: AlterColumn) -> Outcome<Vec<Operation>> {
    let mut operations = Vec::new();
    if let (Some(existing), Some(_)) = (&alter.existing.type_, &alter.type_) {
        let column = Rc::new(Column::plain(alter.column.clone(), existing.clone()));
        let table = table_of(vm, &alter.table, &column)?;
        for constraint in table.constraints.borrow().iter() {
            operations.push(Operation::DropConstraint {
                table: alter.table.clone(),
                constraint: constraint.clone(),
                if_exists: false,
            });
        }
    }
    let added = match &alter.type_ {
        Some(type_) => {
            let column = Rc::new(Column::plain(alter.column.clone(), type_.clone()));
            Some(table_of(vm, &alter.table, &column)?)
        }
        None => None,
    };
    operations.push(Operation::AlterColumn(Box::new(alter)));
    if let Some(table) = added {
        let checks = table.constraints.borrow().clone();
        for constraint in checks {
            if matches!(constraint.kind, Kind::Check { .. }) {
                operations.push(Operation::AddConstraint {
                    table: table.clone(),
                    constraint,
                });
            }
        }
    }
    Ok(operations)
}
