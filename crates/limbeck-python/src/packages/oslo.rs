//! OpenStack's: loggers, JSON, UUIDs and the time.

use super::below;
use crate::stdlib::{DateTime, Logger, Uuid};
use crate::value::Value;

pub(super) fn log(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("oslo_log", "log") => Some(below("oslo_log.log", log)),
        // How the application logs.
        (_, "register_options" | "set_defaults" | "setup") => {
            Some(Value::native("log", |_, _| Ok(Value::None)))
        }
        (_, "getLogger") => Some(Value::native("getLogger", |_, _| Ok(Value::object(Logger)))),
        _ => None,
    }
}

pub(super) fn serialization(_module: &str, name: &str) -> Option<Value> {
    (name == "jsonutils").then(|| below("oslo_serialization.jsonutils", jsonutils))
}

pub(super) fn jsonutils(_module: &str, name: &str) -> Option<Value> {
    // What `json` has, for values that `json` takes; it refuses the others.
    crate::stdlib::module("json")?.get(name)
}

pub(super) fn utils(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "timeutils" => below("oslo_utils.timeutils", timeutils),
        "uuidutils" => below("oslo_utils.uuidutils", uuidutils),
        _ => return None,
    })
}

pub(super) fn timeutils(_module: &str, name: &str) -> Option<Value> {
    (name == "utcnow").then(|| Value::native("utcnow", |vm, _| DateTime::now(vm, None).map(Value::object)))
}

pub(super) fn uuidutils(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "generate_uuid" => Value::native("generate_uuid", |vm, mut args| {
            let dashed = match args.take("dashed") {
                Some(dashed) => vm.truth(&dashed)?,
                None => true,
            };
            let uuid = Uuid::random(vm)?;
            Ok(Value::str(if dashed {
                uuid.text()
            } else {
                format!("{:032x}", uuid.0)
            }))
        }),
        "is_uuid_like" => Value::native("is_uuid_like", |vm, mut args| {
            let value = args.need(vm, "val")?;
            Ok(Value::Bool(value.as_str().and_then(Uuid::parse).is_some()))
        }),
        _ => return None,
    })
}
