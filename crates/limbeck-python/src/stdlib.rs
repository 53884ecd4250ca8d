//! Python's standard library, as far as migrations use it.

use crate::value::{Module, Value};

/// A module of the standard library.
pub(crate) fn module(name: &str) -> Option<Module> {
    const MODULES: &[&str] = &["typing"];
    MODULES.contains(&name).then(|| Module::native(name, find))
}

/// A name of one of its modules.
fn find(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("typing", "TYPE_CHECKING") => Some(Value::Bool(false)),
        _ => None,
    }
}
