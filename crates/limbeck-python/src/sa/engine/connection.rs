//! `op.get_bind()`.

use std::cell::Cell;
use std::rc::Rc;

use crate::value::{Args, Exception, Object, Outcome, Value};
use crate::vm::Vm;

use super::url::Url;
use super::{Method, bound, dialect, statement};

/// The connection of the migration: there is one.
#[derive(Debug)]
pub(crate) struct Connection;

const METHODS: &[(&str, Method<Connection>)] = &[
    ("execute", |vm, _, args| statement::execute(vm, args, "execute")),
    ("scalar", |vm, _, args| {
        let result = statement::execute(vm, args, "scalar")?;
        vm.call_method(&result, "scalar", Args::default())
    }),
    ("scalars", |vm, _, args| {
        let result = statement::execute(vm, args, "scalars")?;
        vm.call_method(&result, "scalars", Args::default())
    }),
    ("exec_driver_sql", |vm, _, mut args| {
        let sql = args.need(vm, "statement")?;
        let parameters = args.take("parameters").filter(|given| !given.is_none());
        args.keyword("execution_options");
        args.finish(vm, "exec_driver_sql")?;
        if parameters.is_some() {
            return Err(vm.unknown("exec_driver_sql() with parameters, whose form is the driver's"));
        }
        let sql = crate::sa::names::Name::of(vm, &sql)?;
        statement::run(vm, &sql.text, Vec::new())
    }),
    ("commit", |vm, _, args| {
        args.finish(vm, "commit")?;
        vm.autocommit(true)?;
        vm.autocommit(false)?;
        Ok(Value::None)
    }),
    ("rollback", |vm, _, _| {
        Err(vm.unknown("rollback() of the migration's own transaction"))
    }),
    ("begin", |vm, _, _| {
        Err(vm.raise(
            "InvalidRequestError",
            "This connection has already initialized a SQLAlchemy Transaction() object via begin() or autobegin; can't call \
             begin() here unless rollback() or commit() is called first.",
        ))
    }),
    ("begin_nested", |vm, _, args| {
        args.finish(vm, "begin_nested")?;
        vm.savepoints += 1;
        let name = format!("sa_savepoint_{}", vm.savepoints);
        vm.emit(&format!("SAVEPOINT {name}"))?;
        Ok(Value::object(Nested {
            name,
            active: Cell::new(true),
        }))
    }),
    ("in_transaction", |_, _, _| Ok(Value::Bool(true))),
    ("in_nested_transaction", |vm, _, _| {
        Err(vm.unknown("in_nested_transaction()"))
    }),
    // The connection is the migration's, and stays open.
    ("close", |_, _, _| Ok(Value::None)),
    ("execution_options", |vm, this, mut args| {
        if args.keyword("isolation_level").is_some() {
            return Err(vm.raise(
                "InvalidRequestError",
                "This connection has already initialized a SQLAlchemy Transaction() object via begin() or autobegin; \
                 isolation_level may not be altered unless rollback() or commit() is called first.",
            ));
        }
        Ok(Value::Object(this.clone()))
    }),
    ("get_bind", |_, this, _| Ok(Value::Object(this.clone()))),
];

impl Object for Connection {
    fn class_name(&self) -> &'static str {
        "Connection"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(method) = bound(&self, METHODS, name) {
            return Ok(Some(method));
        }
        Ok(match name {
            "dialect" => Some(dialect(vm)),
            "engine" => Some(Value::object(Engine)),
            "closed" | "invalidated" => Some(Value::Bool(false)),
            "connection" => return Err(vm.unknown("the driver's own connection")),
            _ => None,
        })
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }
}

/// The engine of the connection: what asks for another connection is not known.
#[derive(Debug)]
struct Engine;

impl Object for Engine {
    fn class_name(&self) -> &'static str {
        "Engine"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        match name {
            "dialect" => Ok(Some(dialect(vm))),
            "name" => Ok(Some(Value::str(vm.called.name()))),
            "url" if vm.settings.url.is_some() => {
                let url = vm.settings.url.clone().unwrap_or_default();
                Ok(Some(Value::object(Url(url))))
            }
            "connect" | "begin" | "url" | "raw_connection" => Err(vm.unknown(format!("engine.{name}"))),
            _ => Ok(None),
        }
    }
}

/// `with connection.begin_nested():`
#[derive(Debug)]
struct Nested {
    name: String,
    active: Cell<bool>,
}

const NESTED: &[(&str, Method<Nested>)] = &[
    ("commit", |vm, this, _| this.end(vm, false)),
    ("rollback", |vm, this, _| this.end(vm, true)),
    ("close", |vm, this, _| this.end(vm, true)),
];

impl Nested {
    fn end(&self, vm: &mut Vm<'_>, back: bool) -> Outcome<Value> {
        if self.active.replace(false) {
            let word = if back {
                "ROLLBACK TO SAVEPOINT"
            } else {
                "RELEASE SAVEPOINT"
            };
            vm.emit(&format!("{word} {}", self.name))?;
        }
        Ok(Value::None)
    }
}

impl Object for Nested {
    fn class_name(&self) -> &'static str {
        "NestedTransaction"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "is_active" | "is_valid" => Some(Value::Bool(self.active.get())),
            _ => bound(&self, NESTED, name),
        })
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn exit(self: Rc<Self>, vm: &mut Vm<'_>, error: Option<&Exception>) -> Outcome<bool> {
        self.end(vm, error.is_some())?;
        Ok(false)
    }
}
