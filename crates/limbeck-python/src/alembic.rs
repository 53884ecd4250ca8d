//! Alembic, as far as migrations use it: `op` and `context`.

use crate::value::{Module, Value};

/// A module of Alembic's.
pub(crate) fn module(name: &str) -> Option<Module> {
    const MODULES: &[&str] = &["alembic", "alembic.op", "alembic.context"];
    MODULES.contains(&name).then(|| Module::native(name, find))
}

/// A name of one of its modules.
fn find(_module: &str, _name: &str) -> Option<Value> {
    None
}
