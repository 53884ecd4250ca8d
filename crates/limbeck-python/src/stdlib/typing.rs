//! `typing` and its kin: what is said there is for readers.

use std::rc::Rc;

use crate::value::{Args, Binary, Dict, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "TYPE_CHECKING" => Value::Bool(false),
        "cast" => Value::native("cast", |vm, mut args| {
            args.need(vm, "type")?;
            args.need(vm, "value")
        }),
        "overload" | "final" | "override" => super::functools::identity(),
        "NamedTuple" | "TypedDict" | "Protocol" | "SimpleNamespace" => return None,
        _ => annotation(),
    })
}

/// Whether a value is of no use but to readers.
pub(crate) fn is_annotation(value: &Value) -> bool {
    value.downcast::<Annotation>().is_some()
}

/// What stands in an annotation.
pub(super) fn annotation() -> Value {
    Value::object(Annotation)
}

#[derive(Debug)]
struct Annotation;

impl Object for Annotation {
    fn class_name(&self) -> &str {
        "annotation"
    }

    fn item(self: Rc<Self>, _vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn binary(self: Rc<Self>, _: &mut Vm<'_>, op: Binary, _: &Value, _: bool) -> Outcome<Option<Value>> {
        Ok((op == Binary::BitOr).then(|| Value::Object(self)))
    }

    // `TypeVar("T")`, `NewType("Id", int)`.
    fn call(self: Rc<Self>, _vm: &mut Vm<'_>, _args: Args) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn subclass(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        _name: &str,
        _bases: &[Value],
        _namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        Ok(None)
    }
}
