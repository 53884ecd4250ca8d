//! Alembic, as far as migrations use it: `op` and `context`.

mod alter;
mod batch;
mod context;
mod op;
mod operation;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::value::{Module, Value};

/// What the directives of a program remember.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The types of their own that tables have made, by schema and name: no other table makes them again.
    pub(crate) types: HashSet<(Option<String>, String)>,
}

/// A module of Alembic's.
pub(crate) fn module(name: &str) -> Option<Module> {
    const MODULES: &[&str] = &["alembic", "alembic.op", "alembic.context"];
    MODULES.contains(&name).then(|| Module::native(name, find))
}

/// A name of one of its modules.
fn find(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("alembic", "op" | "context") => {
            let inner = format!("{module}.{name}");
            Some(Value::object(Module::native(&inner, find)))
        }
        // The one that limbeck does as.
        ("alembic", "__version__") => Some(Value::str("1.20.1")),
        ("alembic.op", name) => op::find(name),
        ("alembic.context", name) => context::find(name),
        _ => None,
    }
}
