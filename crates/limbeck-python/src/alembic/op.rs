//! The directives of `op`.

mod column;
mod constraint;
mod data;
mod index;
mod table;

use super::batch;
use super::context;
use super::operation::Operation;
use crate::sa::names::Name;
use crate::sa::schema::TableName;
use crate::sa::take;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// A directive that changes a table; in a batch, the table is given.
pub(super) type Directive = fn(&mut Vm<'_>, Args, Option<&TableName>) -> Outcome<Vec<Operation>>;

/// The directives that a batch has too.
const DIRECTIVES: &[(&str, Directive)] = &[
    ("add_column", column::add),
    ("drop_column", column::drop),
    ("alter_column", column::alter),
    ("create_index", index::create),
    ("drop_index", index::drop),
    ("create_unique_constraint", constraint::create_unique),
    ("create_primary_key", constraint::create_primary_key),
    ("create_foreign_key", constraint::create_foreign_key),
    ("create_check_constraint", constraint::create_check),
    ("create_exclude_constraint", constraint::create_exclude),
    ("drop_constraint", constraint::drop),
    ("create_table_comment", table::create_comment),
    ("drop_table_comment", table::drop_comment),
];

type Function = fn(&mut Vm<'_>, Args) -> Outcome<Value>;

/// The others.
const FUNCTIONS: &[(&str, Function)] = &[
    ("create_table", table::create),
    ("drop_table", table::drop),
    ("rename_table", table::rename),
    ("bulk_insert", data::bulk_insert),
    ("execute", data::execute),
    ("inline_literal", data::inline_literal),
    ("f", data::fixed),
    ("get_bind", context::get_bind),
    ("get_context", context::get_context),
    ("batch_alter_table", batch::open),
    ("sync_enum_values", crate::packages::sync_enum_values),
];

/// The directive of that name, in or outside of a batch.
pub(super) fn directive(name: &str) -> Option<(&'static str, Directive)> {
    DIRECTIVES.iter().find(|(known, _)| *known == name).copied()
}

pub(super) fn find(name: &str) -> Option<Value> {
    if let Some((name, directive)) = directive(name) {
        return Some(Value::native(name, move |vm, args| {
            for operation in directive(vm, args, None)? {
                operation.run(vm)?;
            }
            Ok(Value::None)
        }));
    }
    function(name)
}

/// A function that is no step of a batch.
pub(super) fn function(name: &str) -> Option<Value> {
    let (name, function) = FUNCTIONS.iter().find(|(known, _)| *known == name).copied()?;
    Some(Value::native(name, function))
}

/// The table that a directive is about: that of the batch, or the next argument.
fn take_table(
    vm: &mut Vm<'_>,
    args: &mut Args,
    given: Option<&TableName>,
    argument: &str,
) -> Outcome<TableName> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let name = args.need(vm, argument)?;
    let name = Name::of(vm, &name)?;
    let schema = take::schema(vm, args.keyword("schema"))?;
    Ok(TableName::new(name, schema))
}

/// Tells of arguments that Alembic takes and leaves out.
fn leave_out(vm: &mut Vm<'_>, args: &mut Args, function: &str) {
    for (name, _) in std::mem::take(&mut args.keywords) {
        if !name.starts_with("mssql_") && !name.starts_with("oracle_") {
            vm.warn(format!("op.{function} does not know '{name}', and leaves it out"));
        }
    }
}
