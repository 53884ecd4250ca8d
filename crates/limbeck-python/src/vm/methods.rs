//! Methods of Python's own values.

mod collection;
mod string;

use std::rc::Rc;

pub(super) use collection::pairs_of;

use super::Vm;
use crate::value::{Args, Native, Outcome, Value};

/// A method of a value, by its name.
pub(super) fn method(value: &Value, name: &str) -> Option<Value> {
    let (name, call): (&'static str, Method) = match value {
        Value::Str(_) => string::find(name)?,
        Value::Bytes(_) => string::find_of_bytes(name)?,
        Value::List(_) => collection::of_list(name)?,
        Value::Tuple(_) => collection::of_tuple(name)?,
        Value::Dict(_) => collection::of_dict(name)?,
        Value::Set(_) => collection::of_set(name)?,
        Value::Int(_) | Value::Bool(_) | Value::Float(_) => number(name)?,
        _ => return None,
    };
    let this = value.clone();
    Some(Value::Native(Rc::new(Native::new(name, move |vm, args| {
        call(vm, &this, args)
    }))))
}

/// A method: what it belongs to, and what it is called with.
type Method = fn(&mut Vm<'_>, &Value, Args) -> Outcome<Value>;

fn number(name: &str) -> Option<(&'static str, Method)> {
    match name {
        "is_integer" => Some(("is_integer", |vm, this, args| {
            args.finish(vm, "is_integer")?;
            Ok(Value::Bool(match this {
                Value::Float(number) => number.fract() == 0.0,
                _ => true,
            }))
        })),
        "bit_length" => Some(("bit_length", |vm, this, args| {
            args.finish(vm, "bit_length")?;
            match this {
                Value::Int(number) => Ok(Value::Int(i128::from(
                    128 - number.unsigned_abs().leading_zeros(),
                ))),
                _ => Err(vm.unknown("'bit_length'")),
            }
        })),
        _ => None,
    }
}
