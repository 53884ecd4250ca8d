//! Directives for constraints.

use std::rc::Rc;

use super::take_table;
use crate::alembic::operation::Operation;
use crate::sa::names::Name;
use crate::sa::schema::{
    Actions, Constraint, Construct, Kind, TableName, Target, column_names, draft, exclude,
};
use crate::sa::take;
use crate::value::{Args, Outcome};
use crate::vm::Vm;

/// The constraint on its table, with the name that the convention gives it.
fn add(vm: &mut Vm<'_>, table: &TableName, constraint: Constraint) -> Outcome<Vec<Operation>> {
    let table = draft(vm, table.clone()).finish(vm)?;
    table.add_constraint(vm, &Rc::new(constraint))?;
    let constraint = table.constraints.borrow().first().cloned();
    let constraint = constraint.ok_or_else(|| vm.unknown("a constraint without a table"))?;
    Ok(vec![Operation::AddConstraint { table, constraint }])
}

fn take_name(vm: &Vm<'_>, args: &mut Args) -> Outcome<Option<Name>> {
    let name = args.need(vm, "constraint_name")?;
    Name::maybe(vm, Some(name))
}

fn take_columns(vm: &mut Vm<'_>, args: &mut Args, argument: &str) -> Outcome<Vec<Name>> {
    let columns = args.need(vm, argument)?;
    let columns = take::list(vm, Some(columns))?;
    column_names(vm, &columns)
}

pub(super) fn create_unique(
    vm: &mut Vm<'_>,
    args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    create_key(vm, args, given, Kind::Unique, Construct::Unique)
}

pub(super) fn create_primary_key(
    vm: &mut Vm<'_>,
    args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    create_key(vm, args, given, Kind::PrimaryKey, Construct::PrimaryKey)
}

fn create_key(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
    kind: Kind,
    construct: Construct,
) -> Outcome<Vec<Operation>> {
    let function = match kind {
        Kind::PrimaryKey => "create_primary_key",
        _ => "create_unique_constraint",
    };
    let name = take_name(vm, &mut args)?;
    let table = take_table(vm, &mut args, given, "table_name")?;
    let columns = take_columns(vm, &mut args, "columns")?;
    let constraint = Constraint::new(kind, name, columns).rest(vm, &mut args, construct)?;
    args.finish(vm, function)?;
    add(vm, &table, constraint)
}

pub(super) fn create_foreign_key(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    let name = take_name(vm, &mut args)?;
    let table = match given {
        Some(given) => given.clone(),
        None => {
            let source = args.need(vm, "source_table")?;
            let schema = take::schema(vm, args.keyword("source_schema"))?;
            TableName::new(Name::of(vm, &source)?, schema)
        }
    };
    let referent = args.need(vm, "referent_table")?;
    let referent = Name::of(vm, &referent)?;
    let columns = take_columns(vm, &mut args, "local_cols")?;
    let remote = take_columns(vm, &mut args, "remote_cols")?;
    let schema = take::schema(vm, args.keyword("referent_schema"))?;
    if remote.len() != columns.len() {
        return Err(vm.raise(
            "ArgumentError",
            "ForeignKeyConstraint number of constrained columns must match the number of referenced columns.",
        ));
    }
    let target = |column: &Name| Target {
        schema: schema.clone(),
        table: referent.text.to_string(),
        column: Some(column.text.to_string()),
    };
    let kind = Kind::ForeignKey {
        targets: remote.iter().map(target).collect(),
        actions: Actions {
            on_update: take::string(vm, args.keyword("onupdate"))?,
            on_delete: take::string(vm, args.keyword("ondelete"))?,
            matching: take::string(vm, args.keyword("match"))?,
            use_alter: take::is_set(vm, args.keyword("use_alter"))?,
        },
    };
    args.keyword("link_to_name");
    let constraint = Constraint::new(kind, name, columns).rest(vm, &mut args, Construct::ForeignKey)?;
    args.finish(vm, "create_foreign_key")?;
    add(vm, &table, constraint)
}

pub(super) fn create_check(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    let name = take_name(vm, &mut args)?;
    let table = take_table(vm, &mut args, given, "table_name")?;
    let condition = args.need(vm, "condition")?;
    let constraint = Constraint::new(Kind::Check { condition }, name, Vec::new());
    let constraint = constraint.rest(vm, &mut args, Construct::Check)?;
    args.finish(vm, "create_check_constraint")?;
    add(vm, &table, constraint)
}

pub(super) fn create_exclude(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    let name = take_name(vm, &mut args)?;
    let table = take_table(vm, &mut args, given, "table_name")?;
    let elements = args.rest();
    let constraint = exclude(vm, name, &elements, &mut args)?;
    args.finish(vm, "create_exclude_constraint")?;
    add(vm, &table, constraint)
}

pub(super) fn drop(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let name = take_name(vm, &mut args)?;
    let table = take_table(vm, &mut args, given, "table_name")?;
    let type_ = take::string(vm, args.take("type_"))?;
    let kind = match type_.as_deref() {
        None => Kind::Any,
        Some("foreignkey") => Kind::ForeignKey {
            targets: Vec::new(),
            actions: Actions::default(),
        },
        Some("primary") => Kind::PrimaryKey,
        Some("unique") => Kind::Unique,
        Some("check") => Kind::Check {
            condition: crate::value::Value::None,
        },
        Some(_) => {
            return Err(
                vm.type_error("'type' can be one of 'check', 'foreignkey', 'primary', 'unique', None")
            );
        }
    };
    let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
    args.finish(vm, "drop_constraint")?;
    let made = draft(vm, table.clone()).finish(vm)?;
    made.add_constraint(vm, &Rc::new(Constraint::new(kind, name, Vec::new())))?;
    let constraint = made.constraints.borrow().first().cloned();
    let constraint = constraint.ok_or_else(|| vm.unknown("a constraint without a table"))?;
    Ok(vec![Operation::DropConstraint {
        table,
        constraint,
        if_exists,
    }])
}
