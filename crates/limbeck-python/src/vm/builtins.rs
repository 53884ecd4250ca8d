//! Python's built-in names.

mod classes;

use std::rc::Rc;

use super::Vm;
use super::function::Kind;
use super::iter::Iter;
use super::operators::as_int;
use crate::value::{Args, Binary, Compare, Outcome, Value};

pub(crate) use classes::{TypeObject, type_object};

/// A built-in name.
pub(super) fn find(vm: &Vm<'_>, name: &str) -> Option<Value> {
    if name == "NotImplemented" {
        return Some(Value::Ellipsis);
    }
    if let Some(class) = type_object(name).filter(|_| name != "NoneType") {
        return Some(class);
    }
    let function = FUNCTIONS.iter().find(|(known, _)| *known == name);
    if let Some((name, call)) = function {
        return Some(Value::native(name, *call));
    }
    // SQLAlchemy's and Alembic's are no built-in names.
    let class = match name {
        "IOError" | "EnvironmentError" => "OSError",
        name => name,
    };
    super::exceptions::is_builtin(class)
        .then(|| vm.exceptions.class(class))
        .flatten()
}

/// Whether Python has a name that the evaluator has not.
pub(super) fn is_left_out(name: &str) -> bool {
    const NAMES: [&str; 32] = [
        "BaseExceptionGroup",
        "Ellipsis",
        "EncodingWarning",
        "ExceptionGroup",
        "StopAsyncIteration",
        "__builtins__",
        "__debug__",
        "__doc__",
        "__import__",
        "__loader__",
        "__package__",
        "__path__",
        "__spec__",
        "aiter",
        "anext",
        "ascii",
        "breakpoint",
        "bytearray",
        "compile",
        "complex",
        "delattr",
        "dir",
        "eval",
        "exec",
        "exit",
        "globals",
        "locals",
        "memoryview",
        "quit",
        "slice",
        "super",
        "vars",
    ];
    NAMES.contains(&name)
}

type Call = fn(&mut Vm<'_>, Args) -> Outcome<Value>;

/// A whole number in another base, as `hex()` and its like write it.
fn in_base(vm: &mut Vm<'_>, mut args: Args, write: fn(u128) -> String) -> Outcome<Value> {
    let value = args.need(vm, "number")?;
    let Some(number) = as_int(&value) else {
        let kind = value.type_name();
        return Err(vm.type_error(format!("'{kind}' object cannot be interpreted as an integer")));
    };
    let sign = if number < 0 { "-" } else { "" };
    Ok(Value::str(format!("{sign}{}", write(number.unsigned_abs()))))
}

const FUNCTIONS: &[(&str, Call)] = &[
    ("abs", |vm, mut args| {
        let value = args.need(vm, "x")?;
        match (&value, as_int(&value)) {
            (_, Some(number)) => Ok(Value::Int(number.abs())),
            (Value::Float(number), _) => Ok(Value::Float(number.abs())),
            _ => Err(vm.type_error("bad operand type for abs()")),
        }
    }),
    ("all", |vm, args| any_or_all(vm, args, false)),
    ("any", |vm, args| any_or_all(vm, args, true)),
    ("callable", |vm, mut args| {
        let value = args.need(vm, "obj")?;
        Ok(Value::Bool(matches!(
            value,
            Value::Function(_) | Value::Method(..) | Value::Native(_) | Value::Class(_)
        )))
    }),
    ("bin", |vm, args| {
        in_base(vm, args, |number| format!("{number:#b}"))
    }),
    ("hex", |vm, args| {
        in_base(vm, args, |number| format!("{number:#x}"))
    }),
    ("oct", |vm, args| {
        in_base(vm, args, |number| format!("{number:#o}"))
    }),
    ("pow", |vm, mut args| {
        let (base, exponent) = (args.need(vm, "base")?, args.need(vm, "exp")?);
        if args.take("mod").is_some_and(|modulus| !modulus.is_none()) {
            return Err(vm.unknown("pow() with a modulus"));
        }
        vm.binary(Binary::Pow, &base, &exponent)
    }),
    ("chr", |vm, mut args| {
        let value = args.need(vm, "i")?;
        let c = as_int(&value)
            .and_then(|value| u32::try_from(value).ok())
            .and_then(char::from_u32);
        c.map(|c| Value::str(c.to_string()))
            .ok_or_else(|| vm.value_error("chr() arg not in range(0x110000)"))
    }),
    ("classmethod", |vm, args| of_kind(vm, args, Kind::OfClass)),
    ("staticmethod", |vm, args| of_kind(vm, args, Kind::Static)),
    ("property", |vm, args| of_kind(vm, args, Kind::Property)),
    ("divmod", |vm, mut args| {
        let (a, b) = (args.need(vm, "a")?, args.need(vm, "b")?);
        let quotient = vm.binary(Binary::FloorDiv, &a, &b)?;
        let rest = vm.binary(Binary::Mod, &a, &b)?;
        Ok(Value::tuple(vec![quotient, rest]))
    }),
    ("enumerate", |vm, mut args| {
        let values = args.need(vm, "iterable")?;
        let start = args.take("start").as_ref().and_then(as_int).unwrap_or_default();
        let values = vm.iterate(&values)?;
        let numbered = (start..).zip(values);
        Ok(iterator(
            numbered
                .map(|(at, value)| Value::tuple(vec![Value::Int(at), value]))
                .collect(),
        ))
    }),
    ("filter", |vm, mut args| {
        let (function, values) = (args.need(vm, "function")?, args.need(vm, "iterable")?);
        let mut kept = Vec::new();
        for value in vm.iterate(&values)? {
            let answer = if function.is_none() {
                value.clone()
            } else {
                vm.call(&function, Args::of([value.clone()]))?
            };
            if vm.truth(&answer)? {
                kept.push(value);
            }
        }
        Ok(iterator(kept))
    }),
    ("format", |vm, mut args| {
        let value = args.need(vm, "value")?;
        let spec = args.take("format_spec");
        let spec = spec.as_ref().and_then(Value::as_str).unwrap_or_default();
        vm.format(&value, spec).map(Value::str)
    }),
    ("getattr", |vm, mut args| {
        let (value, name) = (args.need(vm, "object")?, args.need(vm, "name")?);
        let otherwise = args.take("default");
        let Some(name) = name.as_str() else {
            return Err(vm.type_error("getattr(): attribute name must be string"));
        };
        match (vm.find_attribute(&value, name)?, otherwise) {
            (Some(found), _) => Ok(found),
            // What the evaluator's own objects lack Python's may have.
            (None, Some(otherwise)) if !matches!(value, Value::Object(_)) => Ok(otherwise),
            (None, _) => vm.attribute(&value, name),
        }
    }),
    ("hasattr", |vm, mut args| {
        let (value, name) = (args.need(vm, "object")?, args.need(vm, "name")?);
        let found = vm.find_attribute(&value, name.as_str().unwrap_or_default())?;
        match (&found, &value) {
            (None, Value::Object(object)) => Err(vm.unknown(format!("'hasattr' of {}", object.class_name()))),
            (found, _) => Ok(Value::Bool(found.is_some())),
        }
    }),
    ("setattr", |vm, mut args| {
        let (object, name, value) = (
            args.need(vm, "object")?,
            args.need(vm, "name")?,
            args.need(vm, "value")?,
        );
        vm.set_attribute(&object, name.as_str().unwrap_or_default(), value)?;
        Ok(Value::None)
    }),
    ("hash", |vm, _| Err(vm.unknown("'hash()'"))),
    ("id", |vm, _| Err(vm.unknown("'id()'"))),
    ("input", |vm, _| Err(vm.unknown("'input()'"))),
    ("isinstance", |vm, mut args| {
        let (value, class) = (args.need(vm, "object")?, args.need(vm, "class")?);
        vm.is_instance(&value, &class).map(Value::Bool)
    }),
    ("issubclass", |vm, mut args| {
        let (class, other) = (args.need(vm, "class")?, args.need(vm, "other")?);
        match (&class, &other) {
            (Value::Class(class), Value::Class(other)) => Ok(Value::Bool(class.is_subclass(other))),
            _ => Err(vm.unknown("'issubclass' of these")),
        }
    }),
    ("iter", |vm, mut args| {
        let value = args.need(vm, "object")?;
        if value.downcast::<Iter>().is_some() {
            return Ok(value);
        }
        Ok(iterator(vm.iterate(&value)?))
    }),
    ("len", |vm, mut args| {
        let value = args.need(vm, "obj")?;
        let length = vm.length(&value)?;
        Ok(Value::Int(i128::try_from(length).unwrap_or_default()))
    }),
    ("map", |vm, mut args| {
        let function = args.need(vm, "function")?;
        let mut columns = Vec::new();
        for values in args.rest() {
            columns.push(vm.iterate(&values)?);
        }
        let mut results = Vec::new();
        for row in transposed(columns) {
            results.push(vm.call(&function, Args::of(row))?);
        }
        Ok(iterator(results))
    }),
    ("max", |vm, args| extreme(vm, args, Compare::Gt)),
    ("min", |vm, args| extreme(vm, args, Compare::Lt)),
    ("next", |vm, mut args| {
        let from = args.need(vm, "iterator")?;
        let otherwise = args.take("default");
        let Some(iterator) = from.downcast::<Iter>() else {
            return Err(vm.unknown(format!("'next' of {}", from.type_name())));
        };
        match iterator.next().or(otherwise) {
            Some(value) => Ok(value),
            None => Err(vm.raise("StopIteration", "")),
        }
    }),
    ("open", crate::stdlib::open),
    ("ord", |vm, mut args| {
        let value = args.need(vm, "c")?;
        let text = value.as_str().unwrap_or_default();
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => Ok(Value::Int(i128::from(u32::from(c)))),
            _ => Err(vm.type_error("ord() expected a character")),
        }
    }),
    // What migrations print is for whoever runs them.
    ("print", |vm, args| {
        let mut parts = Vec::new();
        for value in args.positional {
            parts.push(vm.text_of(&value)?);
        }
        vm.say(parts.join(" "));
        Ok(Value::None)
    }),
    ("range", range),
    ("repr", |vm, mut args| {
        let value = args.need(vm, "obj")?;
        vm.repr(&value).map(Value::str)
    }),
    ("reversed", |vm, mut args| {
        let values = args.need(vm, "sequence")?;
        let mut values = vm.iterate(&values)?;
        values.reverse();
        Ok(iterator(values))
    }),
    ("round", |vm, mut args| {
        let value = args.need(vm, "number")?;
        let digits = args.take("ndigits").filter(|digits| !digits.is_none());
        match (&value, digits) {
            (Value::Int(_), None) => Ok(value),
            #[allow(clippy::cast_possible_truncation)]
            (Value::Float(number), None) => Ok(Value::Int(number.round_ties_even() as i128)),
            (Value::Float(number), Some(digits)) => {
                let digits = as_int(&digits)
                    .and_then(|digits| usize::try_from(digits).ok())
                    .unwrap_or_default();
                let rounded = format!("{number:.*}", digits.min(300));
                Ok(Value::Float(rounded.parse().unwrap_or(*number)))
            }
            _ => Err(vm.unknown("this rounding")),
        }
    }),
    ("sorted", |vm, mut args| {
        let values = args.need(vm, "iterable")?;
        let values = vm.iterate(&values)?;
        vm.sorted(values, args).map(Value::list)
    }),
    ("sum", |vm, mut args| {
        let values = args.need(vm, "iterable")?;
        let mut sum = args.take("start").unwrap_or(Value::Int(0));
        for value in vm.iterate(&values)? {
            sum = vm.binary(Binary::Add, &sum, &value)?;
        }
        Ok(sum)
    }),
    ("zip", |vm, mut args| {
        if let Some(strict) = args.keyword("strict")
            && vm.truth(&strict)?
        {
            return Err(vm.unknown("'strict' of 'zip'"));
        }
        let mut columns = Vec::new();
        for values in args.rest() {
            columns.push(vm.iterate(&values)?);
        }
        Ok(iterator(
            transposed(columns).into_iter().map(Value::tuple).collect(),
        ))
    }),
];

fn iterator(values: Vec<Value>) -> Value {
    Value::object(Iter::new(values))
}

/// The rows of some columns, as many as the shortest has.
fn transposed(columns: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let length = columns.iter().map(Vec::len).min().unwrap_or_default();
    (0..length)
        .map(|at| columns.iter().map(|column| column[at].clone()).collect())
        .collect()
}

fn any_or_all(vm: &mut Vm<'_>, mut args: Args, any: bool) -> Outcome<Value> {
    let values = args.need(vm, "iterable")?;
    for value in vm.iterate(&values)? {
        if vm.truth(&value)? == any {
            return Ok(Value::Bool(any));
        }
    }
    Ok(Value::Bool(!any))
}

fn of_kind(vm: &mut Vm<'_>, mut args: Args, kind: Kind) -> Outcome<Value> {
    match args.need(vm, "function")? {
        Value::Function(function) => Ok(Value::Function(Rc::new(function.with_kind(kind)))),
        other => Err(vm.unknown(format!("this decorator of {}", other.type_name()))),
    }
}

fn extreme(vm: &mut Vm<'_>, mut args: Args, op: Compare) -> Outcome<Value> {
    let key = args.keyword("key").filter(|key| !key.is_none());
    let otherwise = args.keyword("default");
    let mut values = args.rest();
    if let [only] = values.as_slice() {
        values = vm.iterate(&only.clone())?;
    }
    let mut best: Option<(Value, Value)> = None;
    for value in values {
        let by = match &key {
            Some(key) => vm.call(key, Args::of([value.clone()]))?,
            None => value.clone(),
        };
        let better = match &best {
            None => true,
            Some((best, _)) => {
                let answer = vm.compare(op, &by, best)?;
                vm.truth(&answer)?
            }
        };
        if better {
            best = Some((by, value));
        }
    }
    match best.map(|(_, value)| value).or(otherwise) {
        Some(value) => Ok(value),
        None => Err(vm.value_error("max() iterable argument is empty")),
    }
}

fn range(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    const LONGEST: i128 = 10_000_000;
    let mut numbers = Vec::new();
    for value in args.rest() {
        match as_int(&value) {
            Some(number) => numbers.push(number),
            None => {
                return Err(vm.type_error(format!(
                    "'{}' object cannot be interpreted as an integer",
                    value.type_name()
                )));
            }
        }
    }
    args.finish(vm, "range")?;
    let (start, stop, step) = match numbers.as_slice() {
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        _ => return Err(vm.type_error("range expected 1 to 3 arguments")),
    };
    if step == 0 {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    if stop.saturating_sub(start).saturating_abs() / step.saturating_abs() > LONGEST {
        return Err(vm.unknown("so long a range"));
    }
    let mut values = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        values.push(Value::Int(at));
        at += step;
    }
    Ok(Value::tuple(values))
}
