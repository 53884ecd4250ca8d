//! Python's standard library, as far as migrations use it.

mod collections;
mod datetime;
mod decimal;
mod encoding;
mod enums;
mod files;
mod functools;
mod json;
mod literal;
mod logging;
mod misc;
mod random;
mod re;
mod textwrap;
mod typing;
mod url;
mod uuid;

use crate::value::{Module, Value};

pub(crate) use datetime::{Date, DateTime, Delta, Time, time_of_day};
pub(crate) use decimal::Decimal;
pub(crate) use enums::Member;
pub(crate) use files::open;
pub(crate) use functools::identity;
pub(crate) use json::{dump, parse};
pub(crate) use literal::{Plain, from_datum, plain};
pub(crate) use logging::Logger;
pub(crate) use typing::is_annotation;
pub(crate) use uuid::Uuid;

/// Finds a name in a module: `(module, name)`.
type Find = fn(&str, &str) -> Option<Value>;

const MODULES: &[(&str, Find)] = &[
    ("__future__", misc::future),
    ("abc", misc::abc),
    ("base64", encoding::base64),
    ("collections", collections::find),
    ("collections.abc", typing::find),
    ("contextlib", misc::contextlib),
    ("copy", misc::copy),
    ("datetime", datetime::find),
    ("decimal", decimal::find),
    ("enum", enums::find),
    ("functools", functools::find),
    ("hashlib", encoding::hashlib),
    ("importlib", misc::importlib),
    ("io", files::find),
    ("itertools", functools::itertools),
    ("json", json::find),
    ("logging", logging::find),
    ("math", misc::math),
    ("operator", functools::operator),
    ("os", misc::os),
    ("os.path", files::path),
    ("random", random::find),
    ("re", re::find),
    ("secrets", random::secrets),
    ("string", misc::string),
    ("sys", misc::sys),
    ("textwrap", textwrap::find),
    ("time", misc::time),
    ("types", typing::find),
    ("typing", typing::find),
    ("typing_extensions", typing::find),
    ("urllib", url::package),
    ("urllib.parse", url::find),
    ("uuid", uuid::find),
    ("warnings", misc::warnings),
];

/// A module of the standard library.
pub(crate) fn module(name: &str) -> Option<Module> {
    let (name, find) = MODULES.iter().find(|(known, _)| *known == name)?;
    Some(Module::native(name, *find))
}
