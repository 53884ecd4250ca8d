//! SQLAlchemy, as far as migrations use it.

use crate::value::{Module, Value};

/// A module of SQLAlchemy's.
pub(crate) fn module(name: &str) -> Option<Module> {
    const MODULES: &[&str] = &["sqlalchemy"];
    MODULES.contains(&name).then(|| Module::native(name, find))
}

/// A name of one of its modules.
fn find(_module: &str, _name: &str) -> Option<Value> {
    None
}
