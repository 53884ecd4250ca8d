//! Packages that many migrations use: what they make is known by name.

mod oslo;
mod postgresql_enum;

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
    ("sqlmodel.sql", |_, _| None),
];

/// A module of a package's.
pub(crate) fn module(name: &str) -> Option<Module> {
    let (name, find) = MODULES.iter().find(|(known, _)| *known == name)?;
    Some(Module::native(name, *find))
}

/// A module that is written in Python, for the evaluator.
pub(crate) struct PythonModule {
    /// What it is called, whichever of its names was asked for.
    pub(crate) name: &'static str,
    names: &'static [&'static str],
    pub(crate) text: &'static str,
}

const PYTHON_MODULES: &[PythonModule] = &[
    PythonModule {
        name: "citext",
        names: &[],
        text: include_str!("packages/source/citext.py"),
    },
    PythonModule {
        name: "oslo_db.sqlalchemy.types",
        names: &[],
        text: include_str!("packages/source/oslo_db_types.py"),
    },
    PythonModule {
        name: "pathlib",
        names: &[],
        text: include_str!("packages/source/pathlib.py"),
    },
    PythonModule {
        name: "sqlalchemy.ext.mutable",
        names: &[],
        text: include_str!("packages/source/mutable.py"),
    },
    PythonModule {
        name: "sqlalchemy_utils",
        names: &[
            // Both as they are imported, and as they are found behind `sqlalchemy_utils.types`.
            "sqlalchemy_utils.choice",
            "sqlalchemy_utils.encrypted",
            "sqlalchemy_utils.encrypted_type",
            "sqlalchemy_utils.json",
            "sqlalchemy_utils.types",
            "sqlalchemy_utils.types.choice",
            "sqlalchemy_utils.types.encrypted",
            "sqlalchemy_utils.types.encrypted.encrypted_type",
            "sqlalchemy_utils.types.json",
            "sqlalchemy_utils.types.uuid",
            "sqlalchemy_utils.uuid",
        ],
        text: include_str!("packages/source/sqlalchemy_utils.py"),
    },
    PythonModule {
        name: "sqlmodel",
        names: &[],
        text: include_str!("packages/source/sqlmodel.py"),
    },
    PythonModule {
        name: "sqlmodel.sql.sqltypes",
        names: &[],
        text: include_str!("packages/source/sqlmodel_types.py"),
    },
];

/// The module of that name that is written in Python.
pub(crate) fn python_module(name: &str) -> Option<&'static PythonModule> {
    PYTHON_MODULES
        .iter()
        .find(|module| module.name == name || module.names.contains(&name))
}

fn loguru(_module: &str, name: &str) -> Option<Value> {
    (name == "logger").then(|| Value::object(Logger))
}

/// A module below another one, as `from package import module` finds it.
fn below(name: &str, find: Find) -> Value {
    Value::object(Module::native(name, find))
}
