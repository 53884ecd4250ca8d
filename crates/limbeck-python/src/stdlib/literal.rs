//! Between the database's values and Python's.

use std::iter::Peekable;
use std::str::Chars;

use limbeck_core::Dialect;
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
        // What it is of the day MySQL's drivers don't say: it may be longer than one.
        "time" if matches!(vm.dialect, Dialect::Mysql | Dialect::Mariadb) => {
            datetime::parse_duration(text).map(|delta| Value::object(Delta(delta)))
        }
        "time" | "time without time zone" => text.parse().ok().map(|time| Value::object(Time(time))),
        "interval" => datetime::parse_duration(text).map(|delta| Value::object(Delta(delta))),
        "numeric" => Some(Value::object(Decimal(text.to_owned()))),
        "double precision" | "real" => text.parse().ok().map(Value::Float),
        "integer" | "bigint" | "smallint" | "oid" => text.parse().ok().map(Value::Int),
        "boolean" => Some(Value::Bool(text == "t")),
        "uuid" => Uuid::parse(text).map(Value::object),
        "json" | "jsonb" => Some(json::parse(vm, text)?),
        // Texts by another name.
        "inet" | "cidr" | "macaddr" | "tsvector" | "name" | "citext" | "xml" | "regclass" | "regtype"
        | "char" | "money" | "enum" | "set" | "bit" | "ltree" | "text" | "character varying"
        | "character" | "point" => Some(Value::str(text)),
        kind => match kind.strip_suffix("[]") {
            Some(element) if ELEMENTS.contains(&element) => array(vm, text, element)?,
            _ => None,
        },
    })
}

/// The types of which drivers make lists; another's array is a text to some.
const ELEMENTS: [&str; 22] = [
    "integer",
    "bigint",
    "smallint",
    "oid",
    "numeric",
    "double precision",
    "real",
    "boolean",
    "text",
    "character varying",
    "character",
    "name",
    "date",
    "time",
    "time without time zone",
    "timestamp",
    "timestamp without time zone",
    "timestamp with time zone",
    "interval",
    "uuid",
    "json",
    "jsonb",
];

/// An array of PostgreSQL's: <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>.
fn array(vm: &mut Vm<'_>, text: &str, element: &str) -> Outcome<Option<Value>> {
    let mut characters = text.chars().peekable();
    match characters.next() {
        Some('{') => items(vm, &mut characters, element),
        // Bounds of its own (`[2:3]={1,2}`).
        _ => Ok(None),
    }
}

/// The elements up to the brace that closes.
fn items(vm: &mut Vm<'_>, characters: &mut Peekable<Chars<'_>>, element: &str) -> Outcome<Option<Value>> {
    let mut values = Vec::new();
    loop {
        match characters.peek() {
            None => return Ok(None),
            Some('}') => {
                characters.next();
                return Ok(Some(Value::list(values)));
            }
            Some(',') => {
                characters.next();
            }
            Some('{') => {
                characters.next();
                let Some(inner) = items(vm, characters, element)? else {
                    return Ok(None);
                };
                values.push(inner);
            }
            Some(_) => {
                let value = match item(characters) {
                    (false, text) if text == "NULL" => Some(Value::None),
                    (_, text) => of_kind(vm, &text, element)?,
                };
                let Some(value) = value else {
                    return Ok(None);
                };
                values.push(value);
            }
        }
    }
}

/// An element, and whether it is in quotes.
fn item(characters: &mut Peekable<Chars<'_>>) -> (bool, String) {
    let quoted = characters.next_if_eq(&'"').is_some();
    let mut text = String::new();
    while let Some(c) = characters.next_if(|c| quoted || !matches!(c, ',' | '}')) {
        match c {
            '"' if quoted => break,
            '\\' => text.extend(characters.next()),
            c => text.push(c),
        }
    }
    (quoted, text)
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
