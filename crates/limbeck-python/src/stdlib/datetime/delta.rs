//! Spans of time.

use std::rc::Rc;

use super::{Delta, ordered};
use crate::value::{Binary, Compare, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

impl Delta {
    /// Days, seconds and microseconds; only the days are negative.
    fn parts(&self) -> (i128, i128, i128) {
        const DAY: i128 = 86_400_000_000;
        let micros = self.0.as_micros();
        let rest = micros.rem_euclid(DAY);
        (micros.div_euclid(DAY), rest / 1_000_000, rest % 1_000_000)
    }
}

impl Object for Delta {
    fn class_name(&self) -> &str {
        "timedelta"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "total_seconds" => Value::native("total_seconds", move |_, _| {
                Ok(Value::Float(self.0.as_secs_f64()))
            }),
            "days" => Value::Int(self.parts().0),
            "seconds" => Value::Int(self.parts().1),
            "microseconds" => Value::Int(self.parts().2),
            _ => return Err(vm.unknown(format!("'{name}' of timedelta"))),
        }))
    }

    fn binary(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Binary,
        other: &Value,
        reflected: bool,
    ) -> Outcome<Option<Value>> {
        if let Some(other) = other.downcast::<Self>() {
            return Ok(match op {
                Binary::Add => self.0.checked_add(other.0).map(Self).map(Value::object),
                Binary::Sub => self.0.checked_sub(other.0).map(Self).map(Value::object),
                Binary::Div if !other.0.is_zero() => {
                    Some(Value::Float(self.0.as_secs_f64() / other.0.as_secs_f64()))
                }
                _ => None,
            });
        }
        let times = as_int(other).and_then(|times| i32::try_from(times).ok());
        Ok(match (op, times) {
            (Binary::Mul, Some(times)) => self.0.checked_mul(times).map(Self).map(Value::object),
            (Binary::Div, Some(parts)) if !reflected => {
                self.0.checked_div(parts).map(Self).map(Value::object)
            }
            _ => None,
        })
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
        Some(Key::Value("timedelta", self.0.as_micros().to_string()))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        let (days, rest, micros) = self.parts();
        let clock = format!("{}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60);
        let clock = match micros {
            0 => clock,
            micros => format!("{clock}.{micros:06}"),
        };
        Ok(match days {
            0 => clock,
            1 | -1 => format!("{days} day, {clock}"),
            _ => format!("{days} days, {clock}"),
        })
    }
}
