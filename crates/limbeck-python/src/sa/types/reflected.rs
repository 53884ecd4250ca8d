//! Types as the databases tell them.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::{Definition, Id, Kind, Name as CoreName};

use super::{Class, Type};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

impl Type {
    /// The type that the database calls so.
    pub(crate) fn reflected(vm: &mut Vm<'_>, text: &str, collation: Option<&str>) -> Outcome<Rc<Self>> {
        let mut made = match vm.dialect {
            Dialect::Postgresql => postgresql(vm, text)?,
            dialect @ (Dialect::Mysql | Dialect::Mariadb) => mysql(dialect, text),
            Dialect::Sqlite => sqlite(text),
        };
        if let Some(collation) = collation {
            let name = names(collation).pop().unwrap_or_default();
            made = made.with("collation", Value::str(name));
        }
        Ok(Rc::new(made))
    }
}

/// A type's words, and the arguments in its parentheses.
fn parts(text: &str) -> (String, Vec<String>, String) {
    let Some((word, rest)) = text.split_once('(') else {
        return (text.trim().to_lowercase(), Vec::new(), String::new());
    };
    let (inner, behind) = rest.rsplit_once(')').unwrap_or((rest, ""));
    (
        word.trim().to_lowercase(),
        arguments(inner),
        behind.trim().to_lowercase(),
    )
}

/// Arguments, without the quotes of texts.
fn arguments(inner: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    let mut characters = inner.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\'' if quoted && characters.peek() == Some(&'\'') => {
                characters.next();
                found.last_mut().expect("there is one").push('\'');
            }
            '\'' => quoted = !quoted,
            ',' if !quoted => found.push(String::new()),
            c if c.is_whitespace() && !quoted => {}
            c => found.last_mut().expect("there is one").push(c),
        }
    }
    found
}

fn number(arguments: &[String], at: usize) -> Option<Value> {
    arguments.get(at)?.parse().ok().map(Value::Int)
}

fn with_numbers(mut made: Type, names: &[&'static str], arguments: &[String]) -> Type {
    for (at, name) in names.iter().enumerate() {
        if let Some(value) = number(arguments, at) {
            made = made.with(name, value);
        }
    }
    made
}

fn of(module: &str, name: &str) -> Type {
    Class::find(module, name).map_or_else(|| Type::generic("NullType"), Type::plain)
}

fn postgresql(vm: &mut Vm<'_>, text: &str) -> Outcome<Type> {
    if let Some(item) = text.strip_suffix("[]") {
        let mut made = of("postgresql", "ARRAY");
        made.inner = Some(Rc::new(postgresql(vm, item)?));
        return Ok(made);
    }
    let (word, arguments, behind) = parts(text);
    let word = format!("{word} {behind}");
    let word = word.trim();
    let zoned = |name: &str, zone: bool| {
        let made = of("postgresql", name).with("timezone", Value::Bool(zone));
        with_numbers(made, &["precision"], &arguments)
    };
    let name = match word {
        "character varying" => return Ok(with_numbers(of("", "VARCHAR"), &["length"], &arguments)),
        "character" => return Ok(with_numbers(of("", "CHAR"), &["length"], &arguments)),
        "numeric" => {
            return Ok(with_numbers(
                of("", "NUMERIC"),
                &["precision", "scale"],
                &arguments,
            ));
        }
        "timestamp without time zone" => return Ok(zoned("TIMESTAMP", false)),
        "timestamp with time zone" => return Ok(zoned("TIMESTAMP", true)),
        "time without time zone" => return Ok(zoned("TIME", false)),
        "time with time zone" => return Ok(zoned("TIME", true)),
        "bit" => return Ok(with_numbers(of("postgresql", "BIT"), &["length"], &arguments)),
        "bit varying" => {
            let made = of("postgresql", "BIT").with("varying", Value::Bool(true));
            return Ok(with_numbers(made, &["length"], &arguments));
        }
        word if word.starts_with("interval") => {
            let made = of("postgresql", "INTERVAL");
            let fields = word["interval".len()..].trim().to_uppercase();
            let made = with_numbers(made, &["precision"], &arguments);
            return Ok(if fields.is_empty() {
                made
            } else {
                made.with("fields", Value::str(fields))
            });
        }
        "double precision" => "DOUBLE_PRECISION",
        "\"char\"" | "name" => "VARCHAR",
        word => return named(vm, text, word),
    };
    Ok(of("", name))
}

/// The names that stand between dots.
fn names(text: &str) -> Vec<String> {
    let parts = text.split('.');
    parts.map(|part| part.trim_matches('"').to_owned()).collect()
}

/// A type of one word: PostgreSQL's own, or an enum of the database's.
fn named(vm: &mut Vm<'_>, text: &str, word: &str) -> Outcome<Type> {
    let capital = word.to_uppercase();
    if let Some(class) = Class::find("postgresql", &capital) {
        return Ok(Type::plain(class));
    }
    let unquoted = names(text);
    let (schema, name) = match unquoted.as_slice() {
        [schema, name] => (Some(schema.clone()), name.clone()),
        _ => (None, unquoted.join(".")),
    };
    let there = vm.schema(schema.as_deref())?;
    let in_schema = |name: &String| CoreName {
        schema: schema.clone(),
        name: name.clone(),
    };
    let object = |kind: Kind| there.objects.get(&Id::of(kind, in_schema(&name)));
    let mut made = Type::generic("NullType");
    if object(Kind::Domain).is_some() {
        made = of("postgresql", "DOMAIN").with("name", Value::str(&name));
    }
    if let Some(Definition::Enum { labels }) = object(Kind::Enum).map(|object| &object.definition) {
        made = of("postgresql", "ENUM").with("name", Value::str(name));
        if let Some(schema) = schema {
            made = made.with("schema", Value::str(schema));
        }
        made.labels = labels.iter().map(|label| Rc::from(label.as_str())).collect();
    }
    Ok(made)
}

fn mysql(dialect: Dialect, text: &str) -> Type {
    let (words, arguments, behind) = parts(text);
    let mut words = words.split_whitespace();
    let word = words.next().unwrap_or_default();
    let flags: Vec<&str> = words.chain(behind.split_whitespace()).collect();
    let name = match word {
        "int" => "INTEGER".to_owned(),
        "bool" | "boolean" => "TINYINT".to_owned(),
        word => word.to_uppercase(),
    };
    if dialect == Dialect::Mariadb && word == "json" {
        return of("mysql", "LONGTEXT");
    }
    let mut made = of("mysql", &name);
    made = match word {
        "enum" | "set" => {
            made.labels = arguments.iter().map(|label| Rc::from(label.as_str())).collect();
            made
        }
        "decimal" | "numeric" | "float" | "double" | "real" => {
            with_numbers(made, &["precision", "scale"], &arguments)
        }
        "datetime" | "timestamp" | "time" => with_numbers(made, &["fsp"], &arguments),
        word if word.ends_with("int") || word == "year" => with_numbers(made, &["display_width"], &arguments),
        _ => with_numbers(made, &["length"], &arguments),
    };
    for flag in ["unsigned", "zerofill"] {
        if flags.contains(&flag) {
            made = made.with(
                if flag == "unsigned" {
                    "unsigned"
                } else {
                    "zerofill"
                },
                Value::Bool(true),
            );
        }
    }
    made
}

/// SQLite has only what was written: known words, or else what the affinity of the words says.
fn sqlite(text: &str) -> Type {
    let (word, arguments, _) = parts(text);
    let upper = word.to_uppercase();
    let name = match upper.as_str() {
        "BOOL" => "BOOLEAN",
        "INT" => "INTEGER",
        "DATE_CHAR" => "DATE",
        "DATETIME_CHAR" => "DATETIME",
        "TIME_CHAR" => "TIME",
        "DOUBLE PRECISION" => "DOUBLE_PRECISION",
        "" => "NUMERIC",
        "DATE" | "DATETIME" | "TIME" => return of("sqlite", &upper),
        known if Class::find("sqlite", known).is_some() => known,
        other if other.contains("INT") => "INTEGER",
        other if ["CHAR", "CLOB", "TEXT"].iter().any(|part| other.contains(part)) => "TEXT",
        other if other.contains("BLOB") => "BLOB",
        other if ["REAL", "FLOA", "DOUB"].iter().any(|part| other.contains(part)) => "REAL",
        _ => "NUMERIC",
    };
    let made = of("sqlite", name);
    match name {
        "NUMERIC" | "DECIMAL" => with_numbers(made, &["precision", "scale"], &arguments),
        "VARCHAR" | "CHAR" | "NVARCHAR" | "NCHAR" | "TEXT" => with_numbers(made, &["length"], &arguments),
        _ => made,
    }
}
