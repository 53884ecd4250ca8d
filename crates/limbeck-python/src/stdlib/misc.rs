//! Small modules.

use std::rc::Rc;

use crate::value::{Args, Dict, Exception, Object, Outcome, Value};
use crate::vm::{Managed, Vm, as_float};

/// `__future__`: what it asks for is so already.
pub(super) fn future(_module: &str, _name: &str) -> Option<Value> {
    Some(Value::None)
}

pub(super) fn importlib(_module: &str, name: &str) -> Option<Value> {
    match name {
        "import_module" => Some(Value::native("import_module", |vm, mut args| {
            let name = args.need(vm, "name")?;
            args.finish(vm, "import_module")?;
            match name.as_str() {
                Some(name) if !name.starts_with('.') => vm.import_module(name),
                _ => Err(vm.unknown("a relative 'import_module'")),
            }
        })),
        _ => None,
    }
}

pub(super) fn abc(_module: &str, name: &str) -> Option<Value> {
    match name {
        "ABC" => crate::vm::type_object("object"),
        "ABCMeta" => Some(super::typing::annotation()),
        "abstractmethod" => Some(super::functools::identity()),
        _ => None,
    }
}

pub(super) fn contextlib(_module: &str, name: &str) -> Option<Value> {
    match name {
        "contextmanager" => Some(Value::native("contextmanager", |vm, mut args| {
            let Value::Function(function) = args.need(vm, "func")? else {
                return Err(vm.unknown("'contextmanager' of what is no function"));
            };
            Ok(Value::native("contextmanager", move |_, args| {
                let function = function.clone();
                Ok(Value::object(Managed { function, args }))
            }))
        })),
        "suppress" => Some(Value::native("suppress", |_, mut args| {
            Ok(Value::object(Suppress(Value::tuple(args.rest()))))
        })),
        "nullcontext" => Some(Value::native("nullcontext", |_, mut args| {
            Ok(Value::object(Nothing(
                args.take("enter_result").unwrap_or(Value::None),
            )))
        })),
        _ => None,
    }
}

/// `contextlib.suppress`.
#[derive(Debug)]
struct Suppress(Value);

impl Object for Suppress {
    fn class_name(&self) -> &str {
        "suppress"
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(Value::None)
    }

    fn exit(self: Rc<Self>, vm: &mut Vm<'_>, error: Option<&Exception>) -> Outcome<bool> {
        match error {
            Some(error) => vm.is_instance(&error.value, &self.0),
            None => Ok(false),
        }
    }
}

/// `contextlib.nullcontext`.
#[derive(Debug)]
struct Nothing(Value);

impl Object for Nothing {
    fn class_name(&self) -> &str {
        "nullcontext"
    }

    fn enter(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Value> {
        Ok(self.0.clone())
    }
}

pub(super) fn copy(_module: &str, name: &str) -> Option<Value> {
    let deep = match name {
        "copy" => false,
        "deepcopy" => true,
        _ => return None,
    };
    Some(Value::native("copy", move |vm, mut args| {
        let value = args.need(vm, "x")?;
        copied(vm, &value, deep)
    }))
}

fn copied(vm: &mut Vm<'_>, value: &Value, deep: bool) -> Outcome<Value> {
    let inner = |vm: &mut Vm<'_>, value: &Value| {
        if deep {
            copied(vm, value, true)
        } else {
            Ok(value.clone())
        }
    };
    Ok(match value {
        Value::List(_) => {
            let values = vm.iterate(value)?;
            Value::list(
                values
                    .iter()
                    .map(|value| inner(vm, value))
                    .collect::<Outcome<_>>()?,
            )
        }
        Value::Dict(_) => {
            let mut dict = Dict::default();
            for (key, value) in vm.pairs(value)? {
                let value = inner(vm, &value)?;
                dict.insert(vm, key, value)?;
            }
            Value::dict(dict)
        }
        Value::Set(set) => Value::set(set.borrow().clone()),
        Value::Instance(_) | Value::Object(_) => {
            return Err(vm.unknown(format!("a copy of a {}", value.type_name())));
        }
        other => other.clone(),
    })
}

pub(super) fn math(_module: &str, name: &str) -> Option<Value> {
    let test: Option<fn(f64) -> bool> = match name {
        "isfinite" => Some(f64::is_finite),
        "isinf" => Some(f64::is_infinite),
        "isnan" => Some(f64::is_nan),
        _ => None,
    };
    if let Some(test) = test {
        return Some(Value::native("math", move |vm, mut args| {
            let value = args.need(vm, "x")?;
            real(vm, &value).map(|number| Value::Bool(test(number)))
        }));
    }
    let function: fn(f64) -> f64 = match name {
        "pi" => return Some(Value::Float(std::f64::consts::PI)),
        "inf" => return Some(Value::Float(f64::INFINITY)),
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "sqrt" => f64::sqrt,
        _ => return None,
    };
    let whole = name != "sqrt";
    Some(Value::native("math", move |vm, mut args| {
        let value = args.need(vm, "x")?;
        let number = function(real(vm, &value)?);
        #[allow(clippy::cast_possible_truncation)]
        Ok(if whole {
            Value::Int(number as i128)
        } else {
            Value::Float(number)
        })
    }))
}

fn real(vm: &mut Vm<'_>, value: &Value) -> Outcome<f64> {
    as_float(value).ok_or_else(|| vm.type_error(format!("must be real number, not {}", value.type_name())))
}

pub(super) fn os(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "getenv" => Value::native("getenv", |vm, mut args| {
            let name = args.need(vm, "key")?;
            let otherwise = args.take("default").unwrap_or(Value::None);
            Ok(variable(vm, &name).unwrap_or(otherwise))
        }),
        "environ" => Value::object(Environment),
        "linesep" => Value::str("\n"),
        "sep" => Value::str("/"),
        _ => return None,
    })
}

fn variable(vm: &Vm<'_>, name: &Value) -> Option<Value> {
    let name = name.as_str()?;
    let found = vm.settings.environment.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| Value::str(value))
}

/// `os.environ`.
#[derive(Debug)]
struct Environment;

impl Object for Environment {
    fn class_name(&self) -> &str {
        "environ"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "get").then(|| {
            Value::native("get", |vm, mut args| {
                let name = args.need(vm, "key")?;
                let otherwise = args.take("default").unwrap_or(Value::None);
                Ok(variable(vm, &name).unwrap_or(otherwise))
            })
        }))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        match variable(vm, key) {
            Some(value) => Ok(value),
            None => Err(vm.key_error(key)?),
        }
    }

    fn contains(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(variable(vm, value).is_some()))
    }
}

pub(super) fn string(_module: &str, name: &str) -> Option<Value> {
    Some(Value::str(match name {
        "ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "digits" => "0123456789",
        "hexdigits" => "0123456789abcdefABCDEF",
        "punctuation" => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        _ => return None,
    }))
}

pub(super) fn sys(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "stdout" | "stderr" => Value::object(Stream),
        "maxsize" => Value::Int(i64::MAX.into()),
        // That of the language that the evaluator reads.
        "version_info" => Value::tuple([3, 13, 0].map(Value::Int).to_vec()),
        "platform" => Value::str("linux"),
        _ => return None,
    })
}

/// `sys.stdout`.
#[derive(Debug)]
struct Stream;

impl Object for Stream {
    fn class_name(&self) -> &str {
        "TextIOWrapper"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "write" => Some(Value::native("write", |vm, mut args| {
                let text = args.need(vm, "s")?;
                vm.say(text.as_str().unwrap_or_default().to_owned());
                Ok(Value::None)
            })),
            "flush" => Some(Value::native("flush", |_, _: Args| Ok(Value::None))),
            _ => None,
        })
    }
}

pub(super) fn time(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "time" | "monotonic" | "perf_counter" => Value::native("time", |vm, _| {
            if vm.offline {
                return Err(vm.needs_database("the time of the run".to_owned()));
            }
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            Ok(Value::Float(now.map(|now| now.as_secs_f64()).unwrap_or_default()))
        }),
        "time_ns" => Value::native("time_ns", |vm, _| {
            if vm.offline {
                return Err(vm.needs_database("the time of the run".to_owned()));
            }
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            Ok(Value::Int(
                i128::try_from(now.unwrap_or_default().as_nanos()).unwrap_or_default(),
            ))
        }),
        // Whatever is waited for is not the program's own.
        "sleep" => Value::native("sleep", |vm, mut args| {
            let seconds = args.need(vm, "seconds")?;
            const LONGEST: f64 = 60.0;
            let seconds = as_float(&seconds).unwrap_or_default().clamp(0.0, LONGEST);
            if !vm.offline {
                std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
            }
            Ok(Value::None)
        }),
        _ => return None,
    })
}

pub(super) fn warnings(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "warn" => Value::native("warn", |vm, mut args| {
            let message = args.need(vm, "message")?;
            let message = vm.text_of(&message)?;
            vm.say(message);
            Ok(Value::None)
        }),
        "simplefilter" | "filterwarnings" => Value::native("simplefilter", |_, _| Ok(Value::None)),
        "catch_warnings" => Value::native("catch_warnings", |_, _| Ok(Value::object(Nothing(Value::None)))),
        _ => return None,
    })
}
