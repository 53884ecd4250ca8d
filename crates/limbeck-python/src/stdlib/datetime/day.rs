//! Days, and times of the day.

use std::rc::Rc;

use jiff::civil;

use super::{Class, Date, Delta, Time, ordered, ordinal, strftime, time_text};
use crate::value::{Binary, Compare, Key, Object, Outcome, Value};
use crate::vm::Vm;

impl Object for Date {
    fn class_name(&self) -> &str {
        "date"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "year" => Value::Int(self.0.year().into()),
            "month" => Value::Int(self.0.month().into()),
            "day" => Value::Int(self.0.day().into()),
            "toordinal" => Value::native("toordinal", move |_, _| Ok(ordinal(self.0))),
            "isoformat" => Value::native("isoformat", move |_, _| Ok(Value::str(self.0.to_string()))),
            "strftime" | "__format__" => Value::native("strftime", move |vm, mut args| {
                let format = args.need(vm, "format")?;
                let at = self.0.to_datetime(civil::Time::midnight());
                strftime(vm, at, format.as_str().unwrap_or_default())
            }),
            "__class__" => Value::object(Class("date")),
            _ => return Err(vm.unknown(format!("'{name}' of date"))),
        }))
    }

    fn binary(self: Rc<Self>, vm: &mut Vm<'_>, op: Binary, other: &Value, _: bool) -> Outcome<Option<Value>> {
        let at = self.0.to_datetime(civil::Time::midnight());
        if let Some(delta) = other.downcast::<Delta>() {
            let at = match op {
                Binary::Add => at.checked_add(delta.0),
                Binary::Sub => at.checked_sub(delta.0),
                _ => return Ok(None),
            };
            let at = at.map_err(|_| vm.raise("OverflowError", "date value out of range"))?;
            return Ok(Some(Value::object(Self(at.date()))));
        }
        match (other.downcast::<Self>(), op) {
            (Some(other), Binary::Sub) => Ok(Some(Value::object(Delta(self.0.duration_since(other.0))))),
            _ => Ok(None),
        }
    }

    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        Ok(other
            .downcast::<Self>()
            .map(|other| ordered(op, self.0.cmp(&other.0))))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("date", self.0.to_string()))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.0.to_string())
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!(
            "datetime.date({}, {}, {})",
            self.0.year(),
            self.0.month(),
            self.0.day()
        ))
    }
}

impl Object for Time {
    fn class_name(&self) -> &str {
        "time"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "hour" => Value::Int(self.0.hour().into()),
            "minute" => Value::Int(self.0.minute().into()),
            "second" => Value::Int(self.0.second().into()),
            "isoformat" => Value::native("isoformat", move |_, _| Ok(Value::str(time_text(self.0)))),
            _ => return Err(vm.unknown(format!("'{name}' of time"))),
        }))
    }

    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        Ok(other
            .downcast::<Self>()
            .map(|other| ordered(op, self.0.cmp(&other.0))))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("time", time_text(self.0)))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(time_text(self.0))
    }
}
