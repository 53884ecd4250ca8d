//! `functools`, `itertools` and `operator`.

use crate::value::{Args, Binary, Outcome, Value};
use crate::vm::{Iter, Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "partial" => Value::native("partial", |vm, mut args| {
            let function = args.need(vm, "func")?;
            Ok(Value::native("partial", move |vm, more| {
                let mut all = args.clone();
                all.positional.extend(more.positional);
                for (name, value) in more.keywords {
                    all.keywords.retain(|(known, _)| *known != name);
                    all.keywords.push((name, value));
                }
                vm.call(&function, all)
            }))
        }),
        "reduce" => Value::native("reduce", |vm, mut args| {
            let (function, values) = (args.need(vm, "function")?, args.need(vm, "iterable")?);
            let mut values = vm.iterate(&values)?.into_iter();
            let first = args.take("initial").or_else(|| values.next());
            let Some(mut result) = first else {
                return Err(vm.type_error("reduce() of empty iterable with no initial value"));
            };
            for value in values {
                result = vm.call(&function, Args::of([result, value]))?;
            }
            Ok(result)
        }),
        // What is remembered is computed again, which comes to the same.
        "lru_cache" | "cache" => Value::native("cache", |_, mut args| {
            Ok(match args.positional.pop_front() {
                Some(function @ (Value::Function(_) | Value::Native(_))) => function,
                _ => identity(),
            })
        }),
        "wraps" => Value::native("wraps", |_, _| Ok(identity())),
        _ => return None,
    })
}

/// A decorator that changes nothing.
pub(crate) fn identity() -> Value {
    Value::native("decorator", |vm, mut args| args.need(vm, "function"))
}

pub(super) fn itertools(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "chain" => Value::native("chain", |vm, mut args| chained(vm, args.rest())),
        "islice" => Value::native("islice", |vm, mut args| {
            let values = args.need(vm, "iterable")?;
            let bounds: Vec<usize> = args
                .rest()
                .iter()
                .map(|bound| {
                    as_int(bound)
                        .and_then(|bound| usize::try_from(bound).ok())
                        .unwrap_or(usize::MAX)
                })
                .collect();
            let (start, stop, step) = match bounds.as_slice() {
                [stop] => (0, *stop, 1),
                [start, stop] => (*start, *stop, 1),
                [start, stop, step] => (*start, *stop, (*step).max(1)),
                _ => return Err(vm.type_error("islice expected 2 to 4 arguments")),
            };
            // What is left stays in the iterator.
            if let Some(iterator) = values.downcast::<Iter>() {
                let mut taken = Vec::new();
                let mut at = 0;
                while at < stop {
                    let Some(value) = iterator.next() else { break };
                    if at >= start && (at - start) % step == 0 {
                        taken.push(value);
                    }
                    at += 1;
                }
                return Ok(Value::object(Iter::new(taken)));
            }
            let values = vm.iterate(&values)?.into_iter();
            Ok(Value::object(Iter::new(
                values.take(stop).skip(start).step_by(step).collect(),
            )))
        }),
        "product" => Value::native("product", |vm, mut args| {
            let mut rows = vec![Vec::new()];
            for values in args.rest() {
                let values = vm.iterate(&values)?;
                let longer = |row: &Vec<Value>| {
                    values
                        .iter()
                        .map(|value| [row.as_slice(), std::slice::from_ref(value)].concat())
                        .collect::<Vec<_>>()
                };
                rows = rows.iter().flat_map(longer).collect();
            }
            args.finish(vm, "product")?;
            Ok(Value::object(Iter::new(
                rows.into_iter().map(Value::tuple).collect(),
            )))
        }),
        "groupby" => Value::native("groupby", |vm, mut args| {
            let values = args.need(vm, "iterable")?;
            let key = args.take("key").filter(|key| !key.is_none());
            let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
            for value in vm.iterate(&values)? {
                let by = match &key {
                    Some(key) => vm.call(key, Args::of([value.clone()]))?,
                    None => value.clone(),
                };
                match groups.last_mut() {
                    Some((last, group)) if vm.equal(last, &by)? => group.push(value),
                    _ => groups.push((by, vec![value])),
                }
            }
            let groups = groups
                .into_iter()
                .map(|(key, group)| Value::tuple(vec![key, Value::object(Iter::new(group))]));
            Ok(Value::object(Iter::new(groups.collect())))
        }),
        _ => return None,
    })
}

fn chained(vm: &mut Vm<'_>, parts: Vec<Value>) -> Outcome<Value> {
    let mut values = Vec::new();
    for part in parts {
        values.extend(vm.iterate(&part)?);
    }
    Ok(Value::object(Iter::new(values)))
}

pub(super) fn operator(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "itemgetter" => Value::native("itemgetter", |vm, mut args| {
            let key = args.need(vm, "item")?;
            args.finish(vm, "itemgetter")?;
            Ok(Value::native("itemgetter", move |vm, mut args| {
                let value = args.need(vm, "obj")?;
                vm.item(&value, &key)
            }))
        }),
        "attrgetter" => Value::native("attrgetter", |vm, mut args| {
            let name = args.need(vm, "attr")?;
            args.finish(vm, "attrgetter")?;
            Ok(Value::native("attrgetter", move |vm, mut args| {
                let value = args.need(vm, "obj")?;
                vm.attribute(&value, name.as_str().unwrap_or_default())
            }))
        }),
        "add" => Value::native("add", |vm, mut args| {
            let (a, b) = (args.need(vm, "a")?, args.need(vm, "b")?);
            vm.binary(Binary::Add, &a, &b)
        }),
        _ => return None,
    })
}
