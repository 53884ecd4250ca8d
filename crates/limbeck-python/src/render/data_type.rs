//! Types as SQLAlchemy's classes.

use std::collections::BTreeSet;

use limbeck_core::Dialect;

use super::Writing;
use super::code::{call, quoted, truth};

impl Writing {
    /// A column's type; `None` where SQLAlchemy has no class that gives exactly that one.
    pub(super) fn data_type(
        &self,
        told: &str,
        collation: Option<&str>,
        imports: &mut BTreeSet<String>,
    ) -> Option<String> {
        let mut class = match self.dialect {
            Dialect::Postgresql => self.postgresql(told, imports)?,
            Dialect::Mysql | Dialect::Mariadb => mysql(told)?,
            Dialect::Sqlite => sqlite(told)?,
        };
        if let Some(collation) = collation {
            class.collate(collation)?;
        }
        let module = class.module;
        if module != "sa" {
            imports.insert(format!("from sqlalchemy.dialects import {module}"));
        }
        Some(call(&format!("{module}.{}", class.name), &class.arguments))
    }

    fn postgresql(&self, told: &str, imports: &mut BTreeSet<String>) -> Option<Class> {
        if let Some(element) = told.strip_suffix("[]") {
            let element = self.data_type(element, None, imports)?;
            return Some(Class::of("postgresql", "ARRAY").with(element));
        }
        if let Some(labels) = self.enums.get(told) {
            return postgresql_enum(told, labels);
        }
        let read = Told::read(told)?;
        let is_zoned = read.name.ends_with(" with time zone");
        match (read.name.as_str(), read.numbers.as_slice()) {
            ("boolean", []) => Some(Class::sa("Boolean")),
            ("smallint", []) => Some(Class::sa("SmallInteger")),
            ("integer", []) => Some(Class::sa("Integer")),
            ("bigint", []) => Some(Class::sa("BigInteger")),
            ("real", []) => Some(Class::sa("REAL")),
            ("double precision", []) => Some(Class::sa("Double")),
            ("numeric", numbers) => Class::sa("Numeric").with_all(&["precision", "scale"], numbers),
            ("text", []) => Some(Class::sa("Text")),
            ("character varying", numbers) => Class::sa("String").with_all(&["length"], numbers),
            ("character", [_]) => Class::sa("CHAR").with_all(&["length"], &read.numbers),
            ("bytea", []) => Some(Class::sa("LargeBinary")),
            ("date", []) => Some(Class::sa("Date")),
            ("interval", []) => Some(Class::sa("Interval")),
            ("uuid", []) => Some(Class::sa("UUID")),
            ("json", []) => Some(Class::sa("JSON")),
            ("timestamp without time zone" | "timestamp with time zone", numbers) => {
                Some(zoned(["DateTime", "TIMESTAMP"], is_zoned, numbers))
            }
            ("time without time zone" | "time with time zone", numbers) => {
                Some(zoned(["Time", "TIME"], is_zoned, numbers))
            }
            ("bit", [length]) => Some(Class::of("postgresql", "BIT").with(length.to_string())),
            (name, []) => Some(Class::of("postgresql", postgresql_class(name)?)),
            _ => None,
        }
    }
}

/// Classes of PostgreSQL's dialect that take nothing.
fn postgresql_class(name: &str) -> Option<&'static str> {
    let class = match name {
        "jsonb" => "JSONB",
        "inet" => "INET",
        "cidr" => "CIDR",
        "macaddr" => "MACADDR",
        "macaddr8" => "MACADDR8",
        "money" => "MONEY",
        "oid" => "OID",
        "regclass" => "REGCLASS",
        "tsvector" => "TSVECTOR",
        "tsquery" => "TSQUERY",
        "hstore" => "HSTORE",
        "citext" => "CITEXT",
        "int4range" => "INT4RANGE",
        "int8range" => "INT8RANGE",
        "numrange" => "NUMRANGE",
        "daterange" => "DATERANGE",
        "tsrange" => "TSRANGE",
        "tstzrange" => "TSTZRANGE",
        _ => return None,
    };
    Some(class)
}

/// A type that is made by a statement of its own.
fn postgresql_enum(told: &str, labels: &[String]) -> Option<Class> {
    let mut parts: Vec<&str> = told.split('.').collect();
    let is_plain = |part: &&str| !part.contains('"');
    let name = parts.pop().filter(is_plain)?;
    let mut class = Class::of("postgresql", "ENUM");
    class.arguments.extend(labels.iter().map(|label| quoted(label)));
    class = class.with(format!("name={}", quoted(name)));
    match parts.as_slice() {
        [] => {}
        [schema] if is_plain(schema) => class = class.with(format!("schema={}", quoted(schema))),
        _ => return None,
    }
    Some(class.with("create_type=False".to_owned()))
}

/// A time or date, of the dialect's own class where it has a precision.
fn zoned([plain, precise]: [&'static str; 2], is_zoned: bool, numbers: &[i64]) -> Class {
    let zone = format!("timezone={}", truth(is_zoned));
    match numbers {
        [precision, ..] => Class::of("postgresql", precise)
            .with(zone)
            .with(format!("precision={precision}")),
        [] if is_zoned => Class::sa(plain).with(zone),
        [] => Class::sa(plain),
    }
}

fn mysql(told: &str) -> Option<Class> {
    if let Some(labels) = told.strip_prefix("enum(").and_then(|rest| rest.strip_suffix(')')) {
        let mut class = Class::sa("Enum");
        class.arguments = labels_of(labels)?;
        return Some(class);
    }
    let (told, is_unsigned) = match told.strip_suffix(" unsigned") {
        Some(told) => (told, true),
        None => (told, false),
    };
    let read = Told::read(told)?;
    let numbers = read.numbers.as_slice();
    if is_unsigned {
        return unsigned(&read);
    }
    let one = |class: &'static str, keyword| Class::sa(class).with_all(&[keyword], numbers);
    let dated = |plain, own| match numbers {
        [] => Some(Class::sa(plain)),
        _ => Class::of("mysql", own).with_all(&["fsp"], numbers),
    };
    match (read.name.as_str(), numbers) {
        ("tinyint", [1]) => Some(Class::sa("Boolean")),
        ("tinyint", [] | [4]) => Some(Class::of("mysql", "TINYINT")),
        ("smallint", [] | [6]) => Some(Class::sa("SmallInteger")),
        ("mediumint", [] | [9]) => Some(Class::of("mysql", "MEDIUMINT")),
        ("int", [] | [11]) => Some(Class::sa("Integer")),
        ("bigint", [] | [20]) => Some(Class::sa("BigInteger")),
        ("decimal", [_, _]) => Class::sa("Numeric").with_all(&["precision", "scale"], numbers),
        ("float", []) => Some(Class::sa("Float")),
        ("double", []) => Some(Class::sa("Double")),
        ("varchar", [_]) => one("String", "length"),
        ("char", [_]) => one("CHAR", "length"),
        ("binary", [_]) => one("BINARY", "length"),
        ("varbinary", [_]) => one("VARBINARY", "length"),
        ("text", []) => Some(Class::sa("Text")),
        ("tinytext", []) => Some(Class::of("mysql", "TINYTEXT")),
        ("mediumtext", []) => Some(Class::of("mysql", "MEDIUMTEXT")),
        ("longtext", []) => Some(Class::of("mysql", "LONGTEXT")),
        ("blob", []) => Some(Class::sa("LargeBinary")),
        ("tinyblob", []) => Some(Class::of("mysql", "TINYBLOB")),
        ("mediumblob", []) => Some(Class::of("mysql", "MEDIUMBLOB")),
        ("longblob", []) => Some(Class::of("mysql", "LONGBLOB")),
        ("date", []) => Some(Class::sa("Date")),
        ("datetime", _) => dated("DateTime", "DATETIME"),
        ("timestamp", _) => dated("TIMESTAMP", "TIMESTAMP"),
        ("time", _) => dated("Time", "TIME"),
        ("year", [] | [4]) => Some(Class::of("mysql", "YEAR")),
        ("json", []) => Some(Class::sa("JSON")),
        _ => None,
    }
}

/// Whole numbers that are never negative, with the width that the server gives them.
fn unsigned(told: &Told) -> Option<Class> {
    let class = match (told.name.as_str(), told.numbers.as_slice()) {
        ("tinyint", [] | [3]) => "TINYINT",
        ("smallint", [] | [5]) => "SMALLINT",
        ("mediumint", [] | [8]) => "MEDIUMINT",
        ("int", [] | [10]) => "INTEGER",
        ("bigint", [] | [20]) => "BIGINT",
        _ => return None,
    };
    Some(Class::of("mysql", class).with("unsigned=True".to_owned()))
}

/// The values of an enum, from SQL to Python.
fn labels_of(list: &str) -> Option<Vec<String>> {
    let mut labels = Vec::new();
    let mut rest = list;
    loop {
        let mut label = String::new();
        rest = rest.strip_prefix('\'')?;
        loop {
            let end = rest.find('\'')?;
            label.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(behind) => {
                    label.push('\'');
                    rest = behind;
                }
                None => break,
            }
        }
        labels.push(quoted(&label));
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None if rest.is_empty() => return Some(labels),
            None => return None,
        }
    }
}

/// SQLite keeps a type as it was written, so only SQLAlchemy's own spelling will do.
fn sqlite(told: &str) -> Option<Class> {
    let read = Told::read(told)?;
    let numbers = read.numbers.as_slice();
    let plain = |class| numbers.is_empty().then(|| Class::sa(class));
    match read.name.as_str() {
        "INTEGER" => plain("Integer"),
        "SMALLINT" => plain("SmallInteger"),
        "BIGINT" => plain("BigInteger"),
        "BOOLEAN" => plain("Boolean"),
        "TEXT" => plain("Text"),
        "BLOB" => plain("LargeBinary"),
        "DATE" => plain("Date"),
        "TIME" => plain("Time"),
        "DATETIME" => plain("DateTime"),
        "TIMESTAMP" => plain("TIMESTAMP"),
        "JSON" => plain("JSON"),
        "FLOAT" => plain("Float"),
        "REAL" => plain("REAL"),
        "DOUBLE" => plain("Double"),
        "VARCHAR" => Class::sa("String").with_all(&["length"], numbers),
        "CHAR" => Class::sa("CHAR").with_all(&["length"], numbers),
        "NUMERIC" => Class::sa("Numeric").with_all(&["precision", "scale"], numbers),
        _ => None,
    }
}

/// A type as a server tells it: `timestamp(3) with time zone` is a `timestamp with time zone` with a number.
struct Told {
    name: String,
    numbers: Vec<i64>,
}

impl Told {
    fn read(text: &str) -> Option<Self> {
        let Some((before, rest)) = text.split_once('(') else {
            return Some(Self {
                name: text.to_owned(),
                numbers: Vec::new(),
            });
        };
        let (numbers, behind) = rest.split_once(')')?;
        let numbers = numbers.split(',').map(|number| number.trim().parse().ok());
        Some(Self {
            name: format!("{}{behind}", before.trim_end()),
            numbers: numbers.collect::<Option<_>>()?,
        })
    }
}

/// A class of SQLAlchemy's, with its arguments.
struct Class {
    module: &'static str,
    name: &'static str,
    arguments: Vec<String>,
}

impl Class {
    fn of(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            arguments: Vec::new(),
        }
    }

    fn sa(name: &'static str) -> Self {
        Self::of("sa", name)
    }

    fn with(mut self, argument: String) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Numbers by their keywords; `None` where there are more of them.
    fn with_all(mut self, keywords: &[&str], numbers: &[i64]) -> Option<Self> {
        if numbers.len() > keywords.len() {
            return None;
        }
        let arguments = keywords.iter().zip(numbers);
        self.arguments
            .extend(arguments.map(|(keyword, number)| format!("{keyword}={number}")));
        Some(self)
    }

    fn collate(&mut self, collation: &str) -> Option<()> {
        let name = collation.trim_matches('"');
        let can_be_collated = matches!(self.name, "String" | "Text" | "CHAR" | "Enum");
        if !can_be_collated || name.contains(['"', '.']) {
            return None;
        }
        self.arguments.push(format!("collation={}", quoted(name)));
        Some(())
    }
}
