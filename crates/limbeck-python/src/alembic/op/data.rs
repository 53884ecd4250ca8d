//! Directives for rows, statements and literals.

use crate::sa::names::Name;
use crate::sa::types::Type;
use crate::sa::{ddl, sql};
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// `op.execute(…)`: a text may have `:names`, as `sa.text` has.
pub(super) fn execute(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let statement = args.need(vm, "sqltext")?;
    args.keyword("execution_options");
    args.finish(vm, "execute")?;
    let statement = match &statement {
        Value::Str(_) => sql::text(vm, &statement)?,
        _ => statement,
    };
    let text = match ddl::element_text(&statement) {
        Some(text) => text,
        None => sql::compile(vm, &statement)?,
    };
    vm.emit(&text)?;
    Ok(Value::None)
}

/// `op.bulk_insert(table, rows)`: an INSERT for each row, so that each may name other columns.
pub(super) fn bulk_insert(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let table = args.need(vm, "table")?;
    let rows = args.need(vm, "rows")?;
    args.take("multiinsert");
    args.finish(vm, "bulk_insert")?;
    let Value::List(rows) = rows else {
        return Err(vm.type_error("List expected"));
    };
    let rows = rows.borrow().clone();
    if rows.first().is_some_and(|row| !matches!(row, Value::Dict(_))) {
        return Err(vm.type_error("List of dictionaries expected"));
    }
    for row in rows {
        let insert = vm.call_method(&table, "insert", Args::default())?;
        let insert = vm.call_method(&insert, "inline", Args::default())?;
        let insert = vm.call_method(&insert, "values", Args::of([row]))?;
        let text = sql::compile(vm, &insert)?;
        vm.emit(&text)?;
    }
    Ok(Value::None)
}

/// `op.inline_literal(value, type_)`.
pub(super) fn inline_literal(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "value")?;
    let type_ = args.take("type_");
    args.finish(vm, "inline_literal")?;
    let type_ = Type::maybe(vm, type_)?;
    let text = sql::literal(vm, &value, type_.as_deref())?;
    Ok(ddl::verbatim(text))
}

/// `op.f(name)`: the naming convention has been applied.
pub(super) fn fixed(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let name = Name::of(vm, &name)?;
    args.finish(vm, "f")?;
    Ok(Value::object(Name::fixed(&*name.text)))
}
