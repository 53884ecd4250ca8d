//! The connection: so far, only its dialect's name.

use std::rc::Rc;

use crate::value::{Object, Outcome, Value};
use crate::vm::Vm;

/// The connection of the migration.
#[derive(Debug)]
struct Connection;

impl Object for Connection {
    fn class_name(&self) -> &'static str {
        "Connection"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "dialect").then(|| dialect(vm)))
    }
}

/// A dialect.
#[derive(Debug)]
struct Dialect;

impl Object for Dialect {
    fn class_name(&self) -> &'static str {
        "Dialect"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "name").then(|| Value::str(vm.dialect.name())))
    }
}

/// `op.get_bind()`.
pub(crate) fn connection(_vm: &Vm<'_>) -> Value {
    Value::object(Connection)
}

/// `op.get_bind().dialect`.
pub(crate) fn dialect(_vm: &Vm<'_>) -> Value {
    Value::object(Dialect)
}
