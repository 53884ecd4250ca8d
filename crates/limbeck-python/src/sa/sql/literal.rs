//! Python's values as literals of SQL.

use limbeck_core::Dialect;

use crate::stdlib::{self, Member, Plain};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::kind::{Kind, SqlType};

/// The value as it stands in SQL, as one of that type.
pub(super) fn literal(vm: &mut Vm<'_>, value: &Value, type_: &SqlType) -> Outcome<String> {
    if let Some(named) = type_.named.as_ref().filter(|named| named.is_decorator()) {
        let converted = named.processed(vm, "process_bind_param", value.clone())?;
        let inner = SqlType::optional(named.inner.clone());
        return literal(vm, &converted, &inner);
    }
    let kind = type_.kind;
    if type_
        .named
        .as_ref()
        .is_some_and(|named| named.class() == "PickleType")
        && !value.is_none()
    {
        return Err(vm.unknown("a value of a PickleType, which only Python can write"));
    }
    if kind.is_json() && !(value.is_none() && none_is_null(type_)) {
        let text = stdlib::dump(vm, value)?;
        return Ok(text_literal(vm.dialect, &text));
    }
    match value {
        Value::None => Ok("NULL".to_owned()),
        Value::Bool(value) => Ok(boolean(vm.dialect, kind, *value)),
        Value::Int(value @ (0 | 1)) if kind == Kind::Boolean => Ok(boolean(vm.dialect, kind, *value == 1)),
        Value::Int(value) => Ok(value.to_string()),
        Value::Float(number) if number.is_finite() => vm.repr(value),
        Value::Float(_) => Err(vm.unknown("a float that is not a number, or infinite, in SQL")),
        Value::Str(text) if kind == Kind::Uuid => Ok(uuid(vm.dialect, text)),
        Value::Str(text) if is_number(kind, text) => Ok(text.to_string()),
        Value::Str(text) => Ok(text_literal(vm.dialect, text)),
        Value::Bytes(bytes) => Ok(bytes_literal(vm.dialect, bytes)),
        Value::Tuple(values) => list(vm, values, type_),
        Value::List(values) => {
            let values = values.borrow().clone();
            list(vm, &values, type_)
        }
        Value::Object(_) => {
            if let Some(found) = stdlib::plain(value) {
                return plain(vm, found, kind);
            }
            match value.downcast::<Member>() {
                Some(found) => member(vm, value, &found, type_),
                None => Err(vm.unknown(format!("a '{}' as a value of SQL", value.type_name()))),
            }
        }
        _ => Err(vm.raise(
            "ProgrammingError",
            format!("can't adapt type '{}'", value.type_name()),
        )),
    }
}

/// Whether None is NULL in a JSON column, and not JSON's own null.
fn none_is_null(type_: &SqlType) -> bool {
    let named = type_.named.as_ref();
    named.is_some_and(|named| named.flag("none_as_null") == Some(true))
}

/// A text as a literal.
pub(crate) fn text_literal(dialect: Dialect, text: &str) -> String {
    dialect.plain_literal(text)
}

/// Whether a text is a number of that kind: a column of numbers gets it as one.
fn is_number(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Integer => text.parse::<i128>().is_ok(),
        Kind::Numeric | Kind::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

fn boolean(dialect: Dialect, kind: Kind, value: bool) -> String {
    let number = matches!(kind, Kind::Integer | Kind::Numeric | Kind::Float);
    match (number || dialect == Dialect::Sqlite, value) {
        (true, true) => "1",
        (true, false) => "0",
        (false, true) => "true",
        (false, false) => "false",
    }
    .to_owned()
}

fn bytes_literal(dialect: Dialect, bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match dialect {
        Dialect::Postgresql => format!("'\\x{digits}'::bytea"),
        _ => format!("x'{digits}'"),
    }
}

/// But for PostgreSQL, SQLAlchemy keeps it as 32 digits.
fn uuid(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Postgresql => text_literal(dialect, text),
        _ => text_literal(dialect, &text.replace('-', "")),
    }
}

fn list(vm: &mut Vm<'_>, values: &[Value], type_: &SqlType) -> Outcome<String> {
    if vm.dialect != Dialect::Postgresql {
        return Err(vm.raise(
            "ProgrammingError",
            "can't adapt a list: only PostgreSQL has arrays",
        ));
    }
    let inner = type_.named.as_ref().and_then(|named| named.inner.clone());
    let item = SqlType::optional(inner);
    let nested = |value: &Value| matches!(value, Value::List(_) | Value::Tuple(_));
    let mut items = Vec::new();
    for value in values {
        let of = if nested(value) { type_ } else { &item };
        items.push(literal(vm, value, of)?);
    }
    if items.is_empty() {
        // Without items its type is not known, and a text is taken as any array.
        return Ok("'{}'".to_owned());
    }
    Ok(format!("ARRAY[{}]", items.join(", ")))
}

/// A member of an enumeration: its label, where the column is of such a type.
fn member(vm: &mut Vm<'_>, value: &Value, member: &Member, type_: &SqlType) -> Outcome<String> {
    if let Some(named) = &type_.named {
        let mut labels = named.members.iter().zip(&named.labels);
        let same = |known: &Value| {
            known
                .downcast::<Member>()
                .is_some_and(|known| known.name == member.name)
        };
        if let Some((_, label)) = labels.find(|(known, _)| same(known)) {
            return Ok(text_literal(vm.dialect, label));
        }
    }
    if member.is_plain() {
        return literal(vm, &member.value, type_);
    }
    Err(vm.raise(
        "ProgrammingError",
        format!("can't adapt type '{}'", value.type_name()),
    ))
}

/// A value of the standard library's.
fn plain(vm: &Vm<'_>, value: Plain, kind: Kind) -> Outcome<String> {
    let text = match value {
        Plain::Number(text) => return Ok(text),
        Plain::Uuid(text) if kind == Kind::Uuid => return Ok(uuid(vm.dialect, &text)),
        Plain::Uuid(text) => text,
        Plain::DateTime(text) => moment(vm.dialect, &text, kind),
        Plain::Date(text) => date(vm.dialect, &text, kind),
        Plain::Time(text) => time(vm.dialect, &text, kind),
        // A time of MySQL's comes as one, and goes as one.
        Plain::Interval { seconds, micros } if is_time(vm.dialect, seconds, micros, kind) => {
            let clock = format!(
                "{:02}:{:02}:{:02}",
                seconds / 3600,
                seconds % 3600 / 60,
                seconds % 60
            );
            match micros {
                0 => clock,
                micros => format!("{clock}.{micros:06}"),
            }
        }
        Plain::Interval { seconds, micros } => {
            if vm.dialect != Dialect::Postgresql {
                return Err(vm.unknown("a timedelta on a database that has no type for it"));
            }
            let seconds = f64::from(micros) / 1e6 + seconds as f64;
            return Ok(format!("make_interval(secs=>{})", crate::vm::float(seconds)));
        }
    };
    Ok(text_literal(vm.dialect, &text))
}

/// Whether a span of time is a time of MySQL's: `Interval` is kept otherwise, and drivers write negative ones wrongly.
fn is_time(dialect: Dialect, seconds: i64, micros: i32, kind: Kind) -> bool {
    let is_mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    is_mysql && seconds >= 0 && micros >= 0 && kind != Kind::Interval
}

/// A point in time as its database keeps it: SQLite's are texts of one length, and MySQL's know no time zone.
fn moment(dialect: Dialect, text: &str, kind: Kind) -> String {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    match (dialect, kind) {
        (Dialect::Postgresql, _) => text.to_owned(),
        (Dialect::Sqlite, Kind::Date) => day.to_owned(),
        (Dialect::Sqlite, Kind::DateTime) => format!("{day} {}", with_micros(naive(clock))),
        (Dialect::Sqlite, _) => text.to_owned(),
        (Dialect::Mysql | Dialect::Mariadb, _) => format!("{day} {}", naive(clock)),
    }
}

fn date(dialect: Dialect, text: &str, kind: Kind) -> String {
    match (dialect, kind) {
        (Dialect::Sqlite, Kind::DateTime) => format!("{text} 00:00:00.000000"),
        _ => text.to_owned(),
    }
}

fn time(dialect: Dialect, text: &str, kind: Kind) -> String {
    match (dialect, kind) {
        (Dialect::Sqlite, Kind::Time) => with_micros(naive(text)),
        _ => text.to_owned(),
    }
}

/// A time without its zone.
fn naive(clock: &str) -> &str {
    clock.split(['+', '-']).next().unwrap_or(clock)
}

fn with_micros(clock: &str) -> String {
    match clock.contains('.') {
        true => clock.to_owned(),
        false => format!("{clock}.000000"),
    }
}
