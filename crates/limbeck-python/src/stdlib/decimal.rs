//! `decimal`: numbers that are taken and passed on. They are not calculated with.

use std::rc::Rc;

use crate::value::{Args, Compare, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    (name == "Decimal").then(|| Value::object(Class))
}

/// `decimal.Decimal`, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decimal(pub(crate) String);

/// The class.
#[derive(Debug)]
struct Class;

impl Object for Class {
    fn class_name(&self) -> &str {
        "type"
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("decimal", String::new()))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let value = args.take("value").unwrap_or(Value::Int(0));
        args.finish(vm, "Decimal")?;
        let text = match &value {
            Value::Str(text) => text.trim().to_owned(),
            Value::Int(number) => number.to_string(),
            value if value.downcast::<Decimal>().is_some() => return Ok(value.clone()),
            other => return Err(vm.unknown(format!("a decimal number of a {}", other.type_name()))),
        };
        let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
        if !is_number {
            return Err(vm.value_error(format!("'{text}' is no decimal number")));
        }
        Ok(Value::object(Decimal(text)))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(value.downcast::<Decimal>().is_some()))
    }
}

impl Decimal {
    /// Its digits without what changes nothing, so that equal numbers are equal texts.
    fn normal(&self) -> String {
        let text = self.0.trim_start_matches('+');
        if !text.contains('.') || text.contains(['e', 'E']) {
            return text.to_owned();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl Object for Decimal {
    fn class_name(&self) -> &str {
        "Decimal"
    }

    fn truth(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<bool> {
        Ok(self.0.parse::<f64>().is_ok_and(|number| number != 0.0))
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        let other = match other.downcast::<Self>() {
            Some(other) => other.normal(),
            None => match as_int(other) {
                Some(number) => number.to_string(),
                None => return Ok(None),
            },
        };
        match op {
            Compare::Eq => return Ok(Some(Value::Bool(self.normal() == other))),
            Compare::NotEq => return Ok(Some(Value::Bool(self.normal() != other))),
            _ => {}
        }
        let numbers = (self.0.parse::<f64>(), other.parse::<f64>());
        let (Ok(a), Ok(b)) = numbers else {
            return Err(vm.unknown("a comparison of these numbers"));
        };
        vm.compare(op, &Value::Float(a), &Value::Float(b)).map(Some)
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Err(vm.unknown(format!("'{name}' of Decimal")))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("decimal", self.normal()))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.0.clone())
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("Decimal('{}')", self.0))
    }
}
