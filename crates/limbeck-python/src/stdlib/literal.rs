//! Between the database's values and Python's.

use limbeck_core::script::Datum;

use super::{Date, DateTime, Decimal, Delta, Time, Uuid, datetime, json};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// What the database answered, as a value.
pub(crate) fn from_datum(vm: &mut Vm<'_>, datum: Datum) -> Outcome<Value> {
    Ok(match datum {
        Datum::Null => Value::None,
        Datum::Bool(value) => Value::Bool(value),
        Datum::Int(number) => Value::Int(number.into()),
        Datum::Float(number) => Value::Float(number),
        Datum::Decimal(text) => Value::object(Decimal(text)),
        Datum::Text(text) => Value::str(text),
        Datum::Bytes(bytes) => Value::Bytes(bytes.into()),
        Datum::Other(text, kind) => match of_kind(vm, &text, &kind)? {
            Some(value) => value,
            None => return Err(vm.unknown(format!("a value of the type {kind} ('{text}')"))),
        },
    })
}

fn of_kind(vm: &mut Vm<'_>, text: &str, kind: &str) -> Outcome<Option<Value>> {
    Ok(match kind {
        "timestamp"
        | "timestamptz"
        | "datetime"
        | "timestamp with time zone"
        | "timestamp without time zone" => datetime::parse(text).map(Value::object),
        "date" => text.parse().ok().map(|date| Value::object(Date(date))),
        "time" | "time without time zone" => text.parse().ok().map(|time| Value::object(Time(time))),
        "uuid" => Uuid::parse(text).map(Value::object),
        "json" | "jsonb" => Some(json::parse(vm, text)?),
        // Texts by another name.
        "inet" | "cidr" | "macaddr" | "tsvector" | "name" | "citext" | "xml" | "regclass" | "regtype"
        | "char" | "money" | "enum" | "set" | "bit" | "ltree" => Some(Value::str(text)),
        kind => match kind.strip_suffix("[]") {
            Some(element) => array(vm, text, element)?,
            None => None,
        },
    })
}

/// An array of PostgreSQL's, of one dimension.
fn array(vm: &mut Vm<'_>, text: &str, element: &str) -> Outcome<Option<Value>> {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return Ok(None);
    };
    let mut values = Vec::new();
    let mut characters = inner.chars().peekable();
    while characters.peek().is_some() {
        let mut item = String::new();
        let quoted = characters.next_if_eq(&'"').is_some();
        loop {
            match characters.next() {
                None => break,
                Some('"') if quoted => {
                    characters.next_if_eq(&',');
                    break;
                }
                Some(',') if !quoted => break,
                Some('{') if !quoted => return Ok(None),
                Some('\\') => item.extend(characters.next()),
                Some(c) => item.push(c),
            }
        }
        let value = match (quoted, item.as_str()) {
            (false, "NULL") => Value::None,
            (_, item) => match element {
                "integer" | "bigint" | "smallint" | "int4" | "int8" | "int2" | "oid" => match item.parse() {
                    Ok(number) => Value::Int(number),
                    Err(_) => return Ok(None),
                },
                "boolean" | "bool" => Value::Bool(item == "t"),
                "text" | "character varying" | "varchar" | "name" => Value::str(item),
                element => match of_kind(vm, item, element)? {
                    Some(value) => value,
                    None => return Ok(None),
                },
            },
        };
        values.push(value);
    }
    Ok(Some(Value::list(values)))
}

/// A value of the standard library's, as SQL has words for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plain {
    Number(String),
    DateTime(String),
    Date(String),
    Time(String),
    Interval { seconds: i64, micros: i32 },
    Uuid(String),
}

/// What SQL has words for; `None` for every other value.
pub(crate) fn plain(value: &Value) -> Option<Plain> {
    if let Some(decimal) = value.downcast::<Decimal>() {
        return Some(Plain::Number(decimal.0.clone()));
    }
    if let Some(at) = value.downcast::<DateTime>() {
        return Some(Plain::DateTime(at.iso(' ')));
    }
    if let Some(date) = value.downcast::<Date>() {
        return Some(Plain::Date(date.0.to_string()));
    }
    if let Some(time) = value.downcast::<Time>() {
        return Some(Plain::Time(datetime::time_text(time.0)));
    }
    if let Some(delta) = value.downcast::<Delta>() {
        return Some(Plain::Interval {
            seconds: delta.0.as_secs(),
            micros: delta.0.subsec_micros(),
        });
    }
    value.downcast::<Uuid>().map(|uuid| Plain::Uuid(uuid.text()))
}
