//! The modules that the evaluator knows.

use crate::value::Module;

/// A module, by its dotted name.
pub(crate) fn find(name: &str) -> Option<Module> {
    let first = name.split('.').next().unwrap_or(name);
    match first {
        "alembic" => crate::alembic::module(name),
        "sqlalchemy" => crate::sa::module(name),
        _ => crate::stdlib::module(name).or_else(|| crate::packages::module(name)),
    }
}
