//! What the database answers, as Python has it.

use limbeck_core::Dialect;
use limbeck_core::script::Datum;

use crate::sa::sql::{Kind, SqlType};
use crate::sa::types::Type;
use crate::stdlib::{self, Delta, Time};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// The value of a column: as its type has it, where the program named one; else as the driver has it.
pub(super) fn value(vm: &mut Vm<'_>, datum: Datum, type_: Option<&SqlType>) -> Outcome<Value> {
    // Only PostgreSQL's drivers read JSON by themselves.
    let datum = match datum {
        Datum::Other(text, kind) if kind == "json" && vm.dialect != Dialect::Postgresql => Datum::Text(text),
        datum => datum,
    };
    let value = stdlib::from_datum(vm, datum)?;
    match type_ {
        Some(type_) => converted(vm, value, type_),
        None => Ok(value),
    }
}

fn converted(vm: &mut Vm<'_>, value: Value, type_: &SqlType) -> Outcome<Value> {
    let named = type_.named.as_deref();
    if let Some(named) = named.filter(|named| named.is_decorator()) {
        let inner = named.inner.clone();
        let value = match inner {
            Some(inner) => converted(vm, value, &SqlType::named(inner))?,
            None => value,
        };
        return named.processed(vm, "process_result_value", value);
    }
    Ok(match (type_.kind, &value) {
        (_, Value::None) => value,
        (Kind::Boolean, Value::Int(number)) => Value::Bool(*number != 0),
        (Kind::Json | Kind::Jsonb, Value::Str(text)) => stdlib::parse(vm, text)?,
        (Kind::DateTime | Kind::Date | Kind::Time, Value::Str(text)) => {
            let kind = match type_.kind {
                Kind::DateTime => "timestamp",
                Kind::Date => "date",
                _ => "time",
            };
            stdlib::from_datum(vm, Datum::Other(text.to_string(), kind.to_owned()))?
        }
        (Kind::Uuid, Value::Str(text)) if named.is_none_or(gives_objects) => {
            stdlib::from_datum(vm, Datum::Other(text.to_string(), "uuid".to_owned()))?
        }
        (Kind::Uuid, Value::Object(_)) if !named.is_none_or(gives_objects) => Value::str(vm.text_of(&value)?),
        (Kind::Numeric, Value::Int(_) | Value::Float(_)) if named.is_none_or(is_decimal) => {
            let number = crate::vm::as_float(&value).unwrap_or_default();
            stdlib::from_datum(vm, Datum::Decimal(format!("{number:.*}", scale(named))))?
        }
        // A time of MySQL's is one of the day where the program says so.
        (Kind::Time, Value::Object(_)) => {
            let delta = value.downcast::<Delta>();
            let time = delta.and_then(|delta| stdlib::time_of_day(delta.0));
            time.map_or(value, |time| Value::object(Time(time)))
        }
        (Kind::Interval, Value::Str(_)) => {
            return Err(vm.unknown("an Interval where the database has none"));
        }
        (Kind::Numeric, Value::Object(_)) if !named.is_none_or(is_decimal) => {
            let text = vm.text_of(&value)?;
            text.parse().map_or(value, Value::Float)
        }
        (Kind::Float, Value::Object(_)) => {
            let text = vm.text_of(&value)?;
            text.parse().map_or(value, Value::Float)
        }
        (Kind::Enum, Value::Str(text)) => member(named, text).unwrap_or(value),
        _ => value,
    })
}

/// `Uuid(as_uuid=True)`, which is the default.
fn gives_objects(named: &Type) -> bool {
    named.flag("as_uuid") != Some(false)
}

/// `Numeric(asdecimal=True)`, which is the default.
fn is_decimal(named: &Type) -> bool {
    named.flag("asdecimal") != Some(false)
}

/// How many decimal places a number gets that the database keeps without any.
fn scale(named: Option<&Type>) -> usize {
    let said = named.and_then(|named| {
        named
            .integer("decimal_return_scale")
            .or_else(|| named.integer("scale"))
    });
    said.and_then(|scale| usize::try_from(scale).ok()).unwrap_or(10)
}

/// The member of an enumeration that a label stands for.
fn member(named: Option<&Type>, label: &str) -> Option<Value> {
    let named = named?;
    let mut labels = named.labels.iter().zip(&named.members);
    labels
        .find(|(known, _)| &***known == label)
        .map(|(_, member)| member.clone())
}
