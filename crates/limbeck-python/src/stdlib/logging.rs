//! `logging`, and what other packages log with: what is logged is said.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "getLogger" => Value::native("getLogger", |_, _| Ok(Value::object(Logger))),
        "basicConfig" | "captureWarnings" | "disable" => Value::native("basicConfig", |_, _| Ok(Value::None)),
        "DEBUG" => Value::Int(10),
        "INFO" => Value::Int(20),
        "WARNING" | "WARN" => Value::Int(30),
        "ERROR" => Value::Int(40),
        "CRITICAL" => Value::Int(50),
        "Logger" | "Formatter" | "Filter" => super::typing::annotation(),
        // Whatever is logged is said, by whom it may be.
        "StreamHandler" | "NullHandler" => Value::native("StreamHandler", |_, _| Ok(Value::object(Logger))),
        name => return log(name),
    })
}

/// A function that logs.
fn log(name: &str) -> Option<Value> {
    const LEVELS: [&str; 10] = [
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "critical",
        "exception",
        "log",
        "success",
        "trace",
    ];
    LEVELS.contains(&name).then(|| {
        Value::native("log", |vm, args| {
            let mut values: Vec<Value> = args.positional.into();
            if values.is_empty() {
                return Ok(Value::None);
            }
            let message = values.remove(0);
            // What can't be written is no reason to stop.
            let text = vm.text_of(&message).unwrap_or_default();
            let text = match values.is_empty() {
                true => text,
                false => vm
                    .binary(
                        crate::value::Binary::Mod,
                        &Value::str(&text),
                        &Value::tuple(values),
                    )
                    .ok()
                    .and_then(|text| text.as_str().map(str::to_owned))
                    .unwrap_or(text),
            };
            vm.say(text);
            Ok(Value::None)
        })
    })
}

/// A logger.
#[derive(Debug)]
pub(crate) struct Logger;

impl Object for Logger {
    fn class_name(&self) -> &str {
        "Logger"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "setLevel" | "addHandler" | "removeHandler" | "setFormatter" | "addFilter" | "close" => {
                Some(Value::native("setLevel", |_, _: Args| Ok(Value::None)))
            }
            "isEnabledFor" => Some(Value::native("isEnabledFor", |_, _| Ok(Value::Bool(true)))),
            "bind" | "opt" | "getChild" => Some(Value::native("bind", |_, _| Ok(Value::object(Self)))),
            "level" => Some(Value::Int(20)),
            "disabled" | "propagate" => Some(Value::Bool(false)),
            "handlers" => Some(Value::list(Vec::new())),
            name => log(name),
        })
    }
}
