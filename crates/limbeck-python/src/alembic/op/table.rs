//! Directives for tables.

use super::{leave_out, take_table};
use crate::alembic::operation::Operation;
use crate::sa::names::Name;
use crate::sa::schema::{MetaData, TableName, draft};
use crate::sa::take;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

pub(super) fn create(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = take_table(vm, &mut args, None, "table_name")?;
    let mut draft = draft(vm, name);
    for item in args.rest() {
        let is_item = matches!(item, Value::Object(_)) && item.downcast::<MetaData>().is_none();
        if is_item {
            draft.add(vm, &item)?;
        } else {
            vm.warn(format!(
                "op.create_table leaves out an argument of type '{}'",
                item.type_name()
            ));
        }
    }
    let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
    draft.take_options(vm, &mut args)?;
    args.finish(vm, "create_table")?;
    let table = draft.finish(vm)?;
    let create = Operation::CreateTable {
        table: table.clone(),
        if_not_exists,
    };
    create.run(vm)?;
    Ok(Value::Object(table))
}

pub(super) fn drop(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let table = take_table(vm, &mut args, None, "table_name")?;
    let drop = Operation::DropTable {
        table,
        if_exists: take::is_set(vm, args.keyword("if_exists"))?,
    };
    for known in ["comment", "info", "prefixes"] {
        args.keyword(known);
    }
    // Options of the table, which DROP has no use for.
    args.keywords.retain(|(name, _)| !name.contains('_'));
    leave_out(vm, &mut args, "drop_table");
    args.finish(vm, "drop_table")?;
    drop.run(vm)?;
    Ok(Value::None)
}

pub(super) fn rename(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let table = take_table(vm, &mut args, None, "old_table_name")?;
    let to = args.need(vm, "new_table_name")?;
    let to = Name::of(vm, &to)?;
    args.finish(vm, "rename_table")?;
    Operation::RenameTable { table, to }.run(vm)?;
    Ok(Value::None)
}

pub(super) fn create_comment(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    let table = take_table(vm, &mut args, given, "table_name")?;
    let comment = args.need(vm, "comment")?;
    let comment = take::string(vm, Some(comment))?;
    args.keyword("existing_comment");
    args.finish(vm, "create_table_comment")?;
    Ok(vec![Operation::TableComment { table, comment }])
}

pub(super) fn drop_comment(
    vm: &mut Vm<'_>,
    mut args: Args,
    given: Option<&TableName>,
) -> Outcome<Vec<Operation>> {
    let table = take_table(vm, &mut args, given, "table_name")?;
    args.keyword("existing_comment");
    args.finish(vm, "drop_table_comment")?;
    Ok(vec![Operation::TableComment { table, comment: None }])
}
