//! Directives for indexes.

use std::rc::Rc;

use super::take_table;
use crate::alembic::operation::Operation;
use crate::sa::names::Name;
use crate::sa::schema::{Index, TableName, draft, index_of};
use crate::sa::take;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

pub(super) fn create(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let name = args.need(vm, "index_name")?;
    let name = Name::maybe(vm, Some(name))?;
    let table = take_table(vm, &mut args, given, "table_name")?;
    let columns = args.need(vm, "columns")?;
    let columns = take::list(vm, Some(columns))?;
    let if_not_exists = take::is_set(vm, args.keyword("if_not_exists"))?;
    let index = index_of(vm, name, columns, &mut args)?;
    args.finish(vm, "create_index")?;
    Ok(vec![Operation::CreateIndex {
        index: of_table(vm, &table, index)?,
        if_not_exists,
    }])
}

/// The index with its table, and the name that the convention gives it.
fn of_table(vm: &mut Vm<'_>, table: &TableName, index: Index) -> Outcome<Rc<Index>> {
    let table = draft(vm, table.clone()).finish(vm)?;
    table.add_index(vm, &Rc::new(index))?;
    let made = table.indexes.borrow().first().cloned();
    made.ok_or_else(|| vm.unknown("an index without a table"))
}

pub(super) fn drop(vm: &mut Vm<'_>, mut args: Args, given: Option<&TableName>) -> Outcome<Vec<Operation>> {
    let name = args.need(vm, "index_name")?;
    let name = Name::maybe(vm, Some(name))?;
    let table = match given {
        Some(given) => given.clone(),
        None => {
            let table = args.take("table_name").filter(|table| !table.is_none());
            let table = table.unwrap_or_else(|| Value::str("no_table"));
            let schema = take::schema(vm, args.keyword("schema"))?;
            TableName::new(Name::of(vm, &table)?, schema)
        }
    };
    let if_exists = take::is_set(vm, args.keyword("if_exists"))?;
    let index = index_of(vm, name, vec![Value::str("x")], &mut args)?;
    args.finish(vm, "drop_index")?;
    Ok(vec![Operation::DropIndex {
        index: of_table(vm, &table, index)?,
        if_exists,
    }])
}
