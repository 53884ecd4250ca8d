//! What a program may ask of the dialect.

use std::rc::Rc;

use crate::sa::quote;
use crate::value::{Args, Compare, Object, Outcome, Value};
use crate::vm::Vm;

use super::{Method, bound};

/// A dialect, by the name of its database.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
}

impl Dialect {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The driver that the URL names, or that SQLAlchemy takes where it names none.
    fn driver<'v>(&self, vm: &'v Vm<'_>) -> &'v str {
        let url = vm.settings.url.as_deref();
        let named = url
            .and_then(|url| url.split(':').next()?.split_once('+'))
            .filter(|_| self.name == vm.called.name());
        match (named, self.name) {
            (Some((_, driver)), _) => driver,
            (None, "postgresql") => "psycopg2",
            (None, "sqlite") => "pysqlite",
            (None, _) => "mysqldb",
        }
    }
}

const METHODS: &[(&str, Method<Dialect>)] = &[
    ("has_table", |vm, _, args| of_inspector(vm, "has_table", args)),
    ("get_table_names", |vm, _, args| {
        of_inspector(vm, "get_table_names", args)
    }),
    ("get_columns", |vm, _, args| of_inspector(vm, "get_columns", args)),
    ("get_indexes", |vm, _, args| of_inspector(vm, "get_indexes", args)),
    ("has_index", |vm, _, args| of_inspector(vm, "has_index", args)),
    ("has_sequence", |vm, _, args| {
        of_inspector(vm, "has_sequence", args)
    }),
];

/// Those of a dialect have the connection before their arguments.
fn of_inspector(vm: &mut Vm<'_>, method: &str, mut args: Args) -> Outcome<Value> {
    let connection = args.need(vm, "connection")?;
    let inspector = super::inspector_of(vm, &connection)?;
    vm.call_method(&inspector, method, args)
}

impl Object for Dialect {
    fn class_name(&self) -> &'static str {
        "Dialect"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(method) = bound(&self, METHODS, name) {
            return Ok(Some(method));
        }
        let is = |names: &[&str]| Value::Bool(names.contains(&self.name));
        let is_mariadb = match vm.dialect {
            limbeck_core::Dialect::Mariadb => self.name != "postgresql" && self.name != "sqlite",
            _ => self.name == "mariadb",
        };
        Ok(Some(match name {
            "name" => Value::str(self.name),
            "driver" => Value::str(self.driver(vm)),
            "dialect_description" => Value::str(format!("{}+{}", self.name, self.driver(vm))),
            "is_mariadb" => Value::Bool(is_mariadb),
            "supports_native_boolean" => is(&["postgresql"]),
            "supports_native_enum" => is(&["postgresql", "mysql", "mariadb"]),
            "supports_sequences" => Value::Bool(is_mariadb || self.name == "postgresql"),
            "identifier_preparer" | "preparer" => Value::object(Preparer),
            "server_version_info" => version(vm)?,
            "default_schema_name" => match self.name {
                "sqlite" => Value::str("main"),
                "postgresql" => one(vm, "SELECT current_schema()")?,
                _ => one(vm, "SELECT DATABASE()")?,
            },
            "max_identifier_length" => Value::Int(match self.name {
                "postgresql" => 63,
                "sqlite" => 9999,
                _ => 255,
            }),
            _ => return Ok(None),
        }))
    }

    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        let same = other
            .downcast::<Self>()
            .is_some_and(|other| other.name == self.name);
        Ok(match op {
            Compare::Eq => Some(Value::Bool(same)),
            Compare::NotEq => Some(Value::Bool(!same)),
            _ => None,
        })
    }
}

/// The only value of a query.
fn one(vm: &mut Vm<'_>, sql: &str) -> Outcome<Value> {
    let answer = vm.query(sql)?;
    match answer
        .rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next())
    {
        Some(datum) => crate::stdlib::from_datum(vm, datum),
        None => Ok(Value::None),
    }
}

/// The server's version, as a tuple of numbers.
fn version(vm: &mut Vm<'_>) -> Outcome<Value> {
    let sql = match vm.dialect {
        limbeck_core::Dialect::Sqlite => "SELECT sqlite_version()",
        limbeck_core::Dialect::Postgresql => "SHOW server_version",
        _ => "SELECT VERSION()",
    };
    let version = one(vm, sql)?;
    let text = version.as_str().unwrap_or_default();
    let numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .take_while(|part| !part.is_empty());
    let numbers = numbers.filter_map(|part| part.parse().ok()).map(Value::Int);
    Ok(Value::tuple(numbers.collect()))
}

/// What puts names in quotes.
#[derive(Debug)]
struct Preparer;

impl Object for Preparer {
    fn class_name(&self) -> &'static str {
        "IdentifierPreparer"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let text = |vm: &mut Vm<'_>, mut args: Args| {
            let name = args.need(vm, "ident")?;
            crate::sa::names::Name::of(vm, &name).map(|name| name.text)
        };
        Ok(match name {
            "quote" | "quote_schema" | "format_collation" => Some(Value::native("quote", move |vm, args| {
                let name = text(vm, args)?;
                Ok(Value::str(quote::quote(vm.dialect, &name)))
            })),
            "quote_identifier" => Some(Value::native("quote_identifier", move |vm, args| {
                let name = text(vm, args)?;
                Ok(Value::str(quote::always(vm.dialect, &name)))
            })),
            "format_table" | "format_column" => Some(Value::native("format_table", |vm, mut args| {
                let item = args.need(vm, "table")?;
                crate::sa::sql::compile(vm, &item).map(Value::str)
            })),
            _ => None,
        })
    }
}

/// The class of a database's dialect: `postgresql.dialect`, `mysql.base.MySQLDialect`.
pub(super) fn class(module: &str, name: &str) -> Option<Value> {
    let database = module.split('.').next()?;
    let names: &[&'static str] = match (database, name) {
        ("postgresql", "dialect" | "PGDialect" | "PGDialect_psycopg2" | "PGDialect_psycopg") => {
            &["postgresql"]
        }
        ("mysql" | "mariadb", "dialect" | "MySQLDialect" | "MySQLDialect_pymysql") => &["mysql", "mariadb"],
        ("sqlite", "dialect" | "SQLiteDialect" | "SQLiteDialect_pysqlite") => &["sqlite"],
        ("mssql", "dialect" | "MSDialect") | ("oracle", "dialect" | "OracleDialect") => &[],
        _ => return None,
    };
    Some(Value::object(DialectClass { names }))
}

/// A class of dialects.
#[derive(Debug)]
struct DialectClass {
    names: &'static [&'static str],
}

impl Object for DialectClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match (name, self.names.first()) {
            ("name", Some(database)) => Some(Value::str(database)),
            _ => None,
        })
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        args.finish(vm, "dialect")?;
        match self.names.first() {
            Some(name) => Ok(Value::object(Dialect::new(name))),
            None => Err(vm.unknown("the dialect of a database that limbeck does not speak to")),
        }
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let dialect = value.downcast::<Dialect>();
        Ok(Some(
            dialect.is_some_and(|dialect| self.names.contains(&dialect.name)),
        ))
    }
}
