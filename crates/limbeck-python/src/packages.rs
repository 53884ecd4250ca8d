//! Packages that many migrations use: what they make is known by name.

mod oslo;
mod postgresql_enum;
mod types;

use crate::stdlib::Logger;
use crate::value::{Module, Value};

pub(crate) use postgresql_enum::sync_enum_values;

/// Finds a name in a module: `(module, name)`.
type Find = fn(&str, &str) -> Option<Value>;

const MODULES: &[(&str, Find)] = &[
    ("alembic_postgresql_enum", postgresql_enum::find),
    ("loguru", loguru),
    ("oslo_log", oslo::log),
    ("oslo_log.log", oslo::log),
    ("oslo_serialization", oslo::serialization),
    ("oslo_serialization.jsonutils", oslo::jsonutils),
    ("oslo_utils", oslo::utils),
    ("oslo_utils.timeutils", oslo::timeutils),
    ("oslo_utils.uuidutils", oslo::uuidutils),
    ("sqlalchemy_utils", types::sqlalchemy_utils),
    ("sqlalchemy_utils.types", types::sqlalchemy_utils),
    ("sqlalchemy_utils.types.uuid", types::sqlalchemy_utils),
    ("sqlalchemy_utils.types.json", types::sqlalchemy_utils),
    ("sqlalchemy_utils.types.choice", types::sqlalchemy_utils),
    ("sqlalchemy_utils.types.encrypted", types::sqlalchemy_utils),
    (
        "sqlalchemy_utils.types.encrypted.encrypted_type",
        types::sqlalchemy_utils,
    ),
    ("sqlmodel", types::sqlmodel),
    ("sqlmodel.sql", types::sqlmodel),
    ("sqlmodel.sql.sqltypes", types::sqlmodel),
];

/// A module of a package's.
pub(crate) fn module(name: &str) -> Option<Module> {
    let (name, find) = MODULES.iter().find(|(known, _)| *known == name)?;
    Some(Module::native(name, *find))
}

fn loguru(_module: &str, name: &str) -> Option<Value> {
    (name == "logger").then(|| Value::object(Logger))
}

/// A module below another one, as `from package import module` finds it.
fn below(name: &str, find: Find) -> Value {
    Value::object(Module::native(name, find))
}
