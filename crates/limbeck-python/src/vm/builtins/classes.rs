//! Python's built-in classes, and what they make of values.

use std::rc::Rc;

use crate::value::{Args, Binary, Dict, Key, Object, Outcome, Value};
use crate::vm::Vm;
use crate::vm::iter::Iter;
use crate::vm::methods::pairs_of;
use crate::vm::operators::{as_float, as_int};

/// A built-in class.
#[derive(Debug)]
pub(crate) struct TypeObject {
    pub(crate) name: &'static str,
}

const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "set",
    "str",
    "tuple",
    "type",
    "NoneType",
];

/// A built-in class, by its name.
pub(crate) fn type_object(name: &str) -> Option<Value> {
    let name = TYPES.iter().find(|known| **known == name)?;
    Some(Value::object(TypeObject { name }))
}

impl Object for TypeObject {
    fn class_name(&self) -> &str {
        "type"
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("type", self.name.to_owned()))
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if matches!(name, "__name__" | "__qualname__") {
            return Ok(Some(Value::str(self.name)));
        }
        if self.name == "dict" && name == "fromkeys" {
            return Ok(Some(Value::native("fromkeys", |vm, mut args| {
                let keys = args.need(vm, "iterable")?;
                let value = args.take("value").unwrap_or(Value::None);
                let mut dict = Dict::default();
                for key in vm.iterate(&keys)? {
                    dict.insert(vm, key, value.clone())?;
                }
                Ok(Value::dict(dict))
            })));
        }
        // `str.lower` as a function.
        let class = self.name;
        let name = name.to_owned();
        let _ = vm;
        Ok(Some(Value::native("method", move |vm, mut args| {
            let this = args.need(vm, "self")?;
            if this.type_name() != class {
                return Err(vm.type_error(format!("descriptor '{name}' requires a '{class}' object")));
            }
            vm.call_method(&this, &name, args)
        })))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        convert(vm, self.name, args)
    }

    // `list[str]` in an annotation.
    fn item(self: Rc<Self>, _vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    // `str | None` in an annotation.
    fn binary(self: Rc<Self>, _: &mut Vm<'_>, op: Binary, _: &Value, _: bool) -> Outcome<Option<Value>> {
        Ok((op == Binary::BitOr).then(|| Value::Object(self)))
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let name = value.type_name();
        Ok(match self.name {
            "object" => Some(true),
            "int" => Some(matches!(value, Value::Int(_) | Value::Bool(_))),
            "set" | "frozenset" => Some(name == "set"),
            "type" => Some(matches!(value, Value::Class(_))),
            class => Some(name == class),
        })
    }

    // A class below `str` or `dict` is refused when an object of it is made; `object` says nothing.
    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<class '{}'>", self.name))
    }
}

fn convert(vm: &mut Vm<'_>, class: &str, mut args: Args) -> Outcome<Value> {
    if class == "dict" {
        let mut dict = Dict::default();
        let pairs = match args.positional.pop_front() {
            Some(from @ (Value::Dict(_) | Value::Object(_))) => match from.downcast::<Iter>() {
                Some(_) => pairs_of(vm, &from)?,
                None => vm.pairs(&from)?,
            },
            Some(from) => pairs_of(vm, &from)?,
            None => Vec::new(),
        };
        for (key, value) in pairs {
            dict.insert(vm, key, value)?;
        }
        for (key, value) in args.keywords {
            dict.insert_str(&key, value);
        }
        return Ok(Value::dict(dict));
    }
    let value = args.take("object");
    let more = args.take("base");
    args.finish(vm, class)?;
    if let Some(base) = &more {
        return based(vm, class, value.as_ref(), base);
    }
    let values = |vm: &mut Vm<'_>| match &value {
        Some(value) => vm.iterate(value),
        None => Ok(Vec::new()),
    };
    match class {
        "list" => Ok(Value::list(values(vm)?)),
        "tuple" => Ok(Value::tuple(values(vm)?)),
        "set" | "frozenset" => {
            let values = values(vm)?;
            vm.set_of(values)
        }
        "str" => match value {
            Some(value) => vm.text_of(&value).map(Value::str),
            None => Ok(Value::str("")),
        },
        "bool" => match value {
            Some(value) => vm.truth(&value).map(Value::Bool),
            None => Ok(Value::Bool(false)),
        },
        "int" => integer(vm, value),
        "float" => match value {
            None => Ok(Value::Float(0.0)),
            Some(Value::Str(text)) => match text.trim().parse() {
                Ok(number) => Ok(Value::Float(number)),
                Err(_) => Err(vm.value_error(format!(
                    "could not convert string to float: {}",
                    crate::vm::quoted(&text)
                ))),
            },
            Some(value) => match as_float(&value) {
                Some(number) => Ok(Value::Float(number)),
                None => Err(vm.unknown(format!("'float' of {}", value.type_name()))),
            },
        },
        "bytes" => match value {
            None => Ok(Value::Bytes(Rc::from([]))),
            Some(bytes @ Value::Bytes(_)) => Ok(bytes),
            Some(other) => Err(vm.unknown(format!("'bytes' of {}", other.type_name()))),
        },
        "type" => match value {
            Some(value) => vm.class_of(&value),
            None => Err(vm.type_error("type() takes 1 or 3 arguments")),
        },
        "object" => Err(vm.unknown("'object()'")),
        other => Err(vm.unknown(format!("'{other}()'"))),
    }
}

fn integer(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<Value> {
    match value {
        None => Ok(Value::Int(0)),
        Some(Value::Str(text)) => match text.trim().replace('_', "").parse() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => Err(vm.value_error(format!(
                "invalid literal for int() with base 10: {}",
                crate::vm::quoted(&text)
            ))),
        },
        #[allow(clippy::cast_possible_truncation)]
        Some(Value::Float(number)) if number.is_finite() => Ok(Value::Int(number as i128)),
        Some(value) => match as_int(&value) {
            Some(number) => Ok(Value::Int(number)),
            None if matches!(
                value,
                Value::None | Value::List(_) | Value::Dict(_) | Value::Tuple(_)
            ) =>
            {
                Err(vm.type_error(format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                    value.type_name()
                )))
            }
            None => Err(vm.unknown(format!("'int' of {}", value.type_name()))),
        },
    }
}

fn based(vm: &mut Vm<'_>, class: &str, value: Option<&Value>, base: &Value) -> Outcome<Value> {
    let (Some(Value::Str(text)), Some(base)) = (value, as_int(base)) else {
        return Err(vm.unknown(format!("'{class}' with two arguments")));
    };
    let radix = u32::try_from(base)
        .ok()
        .filter(|radix| (2..=36).contains(radix) && class == "int");
    let Some(radix) = radix else {
        return Err(vm.unknown(format!("'{class}' with two arguments")));
    };
    let digits = text
        .trim()
        .trim_start_matches("0x")
        .trim_start_matches("0b")
        .trim_start_matches("0o");
    match i128::from_str_radix(digits, radix) {
        Ok(number) => Ok(Value::Int(number)),
        Err(_) => Err(vm.value_error(format!(
            "invalid literal for int() with base {radix}: {}",
            crate::vm::quoted(text)
        ))),
    }
}
