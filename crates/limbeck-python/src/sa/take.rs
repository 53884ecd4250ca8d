//! Arguments as the values that they should be.

use super::names::Name;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// A truth value, unless it is None.
pub(crate) fn flag(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<Option<bool>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => vm.truth(&value).map(Some),
    }
}

/// A truth value that is false unless it is given.
pub(crate) fn is_set(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<bool> {
    Ok(flag(vm, value)?.unwrap_or(false))
}

/// A text, unless it is None.
pub(crate) fn string(vm: &Vm<'_>, value: Option<Value>) -> Outcome<Option<String>> {
    Ok(Name::maybe(vm, value)?.map(|name| name.text.to_string()))
}

/// A schema; an empty name is none.
pub(crate) fn schema(vm: &Vm<'_>, value: Option<Value>) -> Outcome<Option<String>> {
    Ok(string(vm, value)?.filter(|schema| !schema.is_empty()))
}

/// A whole number, unless it is None.
pub(crate) fn whole(vm: &Vm<'_>, value: Option<Value>) -> Outcome<Option<i128>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(Value::Int(number)) => Ok(Some(number)),
        Some(other) => Err(vm.type_error(format!("a whole number is wanted, not {}", other.type_name()))),
    }
}

/// The values of a list or tuple; a text is not taken apart.
pub(crate) fn list(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<Vec<Value>> {
    match value {
        None | Some(Value::None) => Ok(Vec::new()),
        Some(value @ (Value::Str(_) | Value::Object(_))) if !is_iterable(&value) => Ok(vec![value]),
        Some(value) => vm.iterate(&value),
    }
}

fn is_iterable(value: &Value) -> bool {
    match value {
        Value::Object(object) => !matches!(
            object.class_name(),
            "quoted_name" | "Column" | "TextClause" | "ColumnClause"
        ),
        Value::Str(_) => false,
        _ => true,
    }
}
