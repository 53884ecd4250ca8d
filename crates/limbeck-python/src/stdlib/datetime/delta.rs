//! Spans of time.

use std::rc::Rc;

use jiff::{SignedDuration, civil};

use super::{Delta, ordered};
use crate::value::{Args, Binary, Compare, Key, Object, Outcome, Value};
use crate::vm::{Vm, as_float, as_int};

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

/// Reads an interval as PostgreSQL writes it (`1 year 2 mons -3 days 04:05:06.7`), or a time of MySQL's. A month has 30 days, and a year
/// 365, as the drivers have it.
pub(crate) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let mut total = SignedDuration::ZERO;
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        total = total.checked_add(match word.contains(':') {
            true => parse_clock(word)?,
            false => {
                let days = match words.next()? {
                    "day" | "days" => 1,
                    "mon" | "mons" => 30,
                    "year" | "years" => 365,
                    _ => return None,
                };
                SignedDuration::from_hours(word.parse::<i64>().ok()?.checked_mul(24 * days)?)
            }
        })?;
    }
    Some(total)
}

/// Reads `[-]hours:minutes:seconds`.
fn parse_clock(text: &str) -> Option<SignedDuration> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let number = |text: &str| text.parse::<i64>().ok();
    let seconds = number(hours)?.checked_mul(3600)? + number(minutes)? * 60 + number(seconds)?;
    Some(SignedDuration::from_secs(sign * seconds) + SignedDuration::from_micros(sign * micros))
}

/// The time of the day that a duration is, if it is one.
pub(crate) fn time_of_day(duration: SignedDuration) -> Option<civil::Time> {
    let is_of_day = !duration.is_negative() && duration < SignedDuration::from_hours(24);
    is_of_day.then(|| civil::Time::midnight().wrapping_add(duration))
}

pub(super) fn new_delta(vm: &Vm<'_>, mut args: Args) -> Outcome<Value> {
    const UNITS: [(&str, f64); 7] = [
        ("days", 86_400e6),
        ("seconds", 1e6),
        ("microseconds", 1.0),
        ("milliseconds", 1e3),
        ("minutes", 60e6),
        ("hours", 3_600e6),
        ("weeks", 604_800e6),
    ];
    let mut micros = 0.0;
    for (name, unit) in UNITS {
        if let Some(value) = args.take(name) {
            let Some(number) = as_float(&value) else {
                return Err(vm.type_error(format!("unsupported type for timedelta {name} component")));
            };
            micros += number * unit;
        }
    }
    args.finish(vm, "timedelta")?;
    #[allow(clippy::cast_possible_truncation)]
    let micros = micros.round() as i64;
    Ok(Value::object(Delta(SignedDuration::from_micros(micros))))
}
