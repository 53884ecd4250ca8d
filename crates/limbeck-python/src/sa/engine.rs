//! The connection of a migration: what it runs, and what the database answers.

mod connection;
mod dialect;
mod inspector;
mod reflection;
mod result;
mod row;
mod session;
mod statement;
#[cfg(test)]
mod tests;
mod typed;
mod url;

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

pub(crate) use connection::Connection;
pub(crate) use dialect::Dialect;

use inspector::Inspector;

/// `op.get_bind()`.
pub(crate) fn connection(_vm: &Vm<'_>) -> Value {
    Value::object(Connection)
}

/// `op.get_bind().dialect`.
pub(crate) fn dialect(vm: &Vm<'_>) -> Value {
    Value::object(Dialect::new(vm.called.name()))
}

/// The classes of connections and results that programs name, with what they are called here.
const CLASSES: &[(&str, &[&str])] = &[
    ("Connection", &["Connection"]),
    ("Engine", &["Engine"]),
    ("Inspector", &["Inspector"]),
    ("Result", &["CursorResult", "ScalarResult", "MappingResult"]),
    ("CursorResult", &["CursorResult"]),
    ("ResultProxy", &["CursorResult"]),
    ("ScalarResult", &["ScalarResult"]),
    ("MappingResult", &["MappingResult"]),
    ("Row", &["Row"]),
    ("RowMapping", &["RowMapping"]),
    ("Dialect", &["Dialect"]),
];

/// The modules that have their names.
const MODULES: &[&str] = &[
    "sqlalchemy",
    "sqlalchemy.engine",
    "sqlalchemy.engine.base",
    "sqlalchemy.engine.cursor",
    "sqlalchemy.engine.interfaces",
    "sqlalchemy.engine.reflection",
    "sqlalchemy.engine.result",
    "sqlalchemy.engine.row",
    "sqlalchemy.inspection",
    "sqlalchemy.future",
];

/// A name of one of SQLAlchemy's modules.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    if let Some(database) = module.strip_prefix("sqlalchemy.dialects.") {
        return dialect::class(database, name);
    }
    if matches!(module, "sqlalchemy.orm" | "sqlalchemy.orm.session") {
        return session::find(name);
    }
    if !MODULES.contains(&module) {
        return None;
    }
    if name == "inspect" {
        return Some(Value::native("inspect", inspect));
    }
    let (name, members) = CLASSES.iter().find(|(known, _)| *known == name)?;
    Some(Value::object(EngineClass { name, members }))
}

/// `sa.inspect(bind)`.
fn inspect(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let subject = args.need(vm, "subject")?;
    args.keyword("raiseerr");
    args.finish(vm, "inspect")?;
    inspector_of(vm, &subject)
}

fn inspector_of(vm: &Vm<'_>, subject: &Value) -> Outcome<Value> {
    match subject.type_name().as_str() {
        "Connection" | "Engine" => Ok(Value::object(Inspector)),
        "NoneType" => Err(vm.raise(
            "NoInspectionAvailable",
            "No inspection system is available for object of type <class 'NoneType'>",
        )),
        other => Err(vm.unknown(format!("inspect() of a '{other}'"))),
    }
}

/// A class of connections or results.
#[derive(Debug)]
struct EngineClass {
    name: &'static str,
    members: &'static [&'static str],
}

impl Object for EngineClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match (self.name, name) {
            (_, "__name__") => Some(Value::str(self.name)),
            ("Inspector", "from_engine") => Some(Value::native("from_engine", inspect)),
            _ => None,
        })
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        match self.name {
            "Inspector" => inspect(vm, args),
            name => Err(vm.unknown(format!("a {name} that is made by its class"))),
        }
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(match value {
            Value::Object(object) => self.members.contains(&object.class_name()),
            _ => false,
        }))
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<class 'sqlalchemy.engine.{}'>", self.name))
    }
}

/// A method of an object of the engine's.
type Method<T> = fn(&mut Vm<'_>, &Rc<T>, Args) -> Outcome<Value>;

/// A method by its name, as a function that knows its object.
fn bound<T: Object>(
    this: &Rc<T>,
    methods: &'static [(&'static str, Method<T>)],
    name: &str,
) -> Option<Value> {
    let (name, method) = methods.iter().find(|(known, _)| *known == name)?;
    let this = this.clone();
    Some(Value::native(name, move |vm, args| method(vm, &this, args)))
}
