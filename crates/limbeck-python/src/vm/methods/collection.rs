use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::Vm;
use super::super::operators::as_int;
use super::Method;
use crate::value::{Args, Binary, Compare, Dict, Outcome, Value};

pub(super) fn of_list(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "append" => ("append", |vm, this, mut args| {
            let value = args.need(vm, "object")?;
            list(this).borrow_mut().push(value);
            Ok(Value::None)
        }),
        "extend" => ("extend", |vm, this, mut args| {
            let values = args.need(vm, "iterable")?;
            let values = vm.iterate(&values)?;
            list(this).borrow_mut().extend(values);
            Ok(Value::None)
        }),
        "insert" => ("insert", |vm, this, mut args| {
            let at = args.need(vm, "index")?;
            let value = args.need(vm, "object")?;
            let length = list(this).borrow().len();
            let at = as_int(&at).unwrap_or_default();
            let at = if at < 0 {
                at + i128::try_from(length).unwrap_or_default()
            } else {
                at
            };
            let at = usize::try_from(at.max(0)).unwrap_or(length).min(length);
            list(this).borrow_mut().insert(at, value);
            Ok(Value::None)
        }),
        "pop" => ("pop", |vm, this, mut args| {
            let at = args.take("index").unwrap_or(Value::Int(-1));
            let value = vm.item(this, &at)?;
            vm.delete_item(this, &at)?;
            Ok(value)
        }),
        "remove" => ("remove", |vm, this, mut args| {
            let value = args.need(vm, "value")?;
            let values = list(this).borrow().clone();
            for (at, candidate) in values.iter().enumerate() {
                if vm.equal(candidate, &value)? {
                    list(this).borrow_mut().remove(at);
                    return Ok(Value::None);
                }
            }
            Err(vm.value_error("list.remove(x): x not in list"))
        }),
        "clear" => ("clear", |_, this, _| {
            list(this).borrow_mut().clear();
            Ok(Value::None)
        }),
        "copy" => ("copy", |_, this, _| Ok(Value::list(list(this).borrow().clone()))),
        "reverse" => ("reverse", |_, this, _| {
            list(this).borrow_mut().reverse();
            Ok(Value::None)
        }),
        "sort" => ("sort", |vm, this, args| {
            let values = list(this).borrow().clone();
            let sorted = vm.sorted(values, args)?;
            *list(this).borrow_mut() = sorted;
            Ok(Value::None)
        }),
        "index" => ("index", index),
        "count" => ("count", count),
        _ => return None,
    })
}

pub(super) fn of_tuple(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "index" => ("index", index),
        "count" => ("count", count),
        _ => return None,
    })
}

fn index(vm: &mut Vm<'_>, this: &Value, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "value")?;
    args.finish(vm, "index")?;
    for (at, candidate) in vm.iterate(this)?.iter().enumerate() {
        if vm.equal(candidate, &value)? {
            return Ok(Value::Int(i128::try_from(at).unwrap_or_default()));
        }
    }
    let text = vm.repr(&value)?;
    Err(vm.value_error(format!("{text} is not in {}", this.type_name())))
}

fn count(vm: &mut Vm<'_>, this: &Value, mut args: Args) -> Outcome<Value> {
    let value = args.need(vm, "value")?;
    let mut count = 0;
    for candidate in vm.iterate(this)? {
        count += i128::from(vm.equal(&candidate, &value)?);
    }
    Ok(Value::Int(count))
}

impl Vm<'_> {
    /// `sorted(values, key=…, reverse=…)`.
    pub(crate) fn sorted(&mut self, values: Vec<Value>, mut args: Args) -> Outcome<Vec<Value>> {
        let key = args.keyword("key").filter(|key| !key.is_none());
        let reverse = args.keyword("reverse");
        args.finish(self, "sorted")?;
        let mut keyed = Vec::with_capacity(values.len());
        for value in values {
            let by = match &key {
                Some(key) => self.call(key, Args::of([value.clone()]))?,
                None => value.clone(),
            };
            keyed.push((by, value));
        }
        let reverse = match reverse {
            Some(reverse) => self.truth(&reverse)?,
            None => false,
        };
        let mut failed = None;
        keyed.sort_by(|(a, _), (b, _)| {
            // Equal elements keep their order also backwards.
            let (a, b) = if reverse { (b, a) } else { (a, b) };
            match self.ordering(a, b) {
                Ok(ordering) => ordering,
                Err(error) => {
                    failed.get_or_insert(error);
                    Ordering::Equal
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(keyed.into_iter().map(|(_, value)| value).collect()),
        }
    }

    fn ordering(&mut self, a: &Value, b: &Value) -> Outcome<Ordering> {
        let less = self.compare(Compare::Lt, a, b)?;
        if self.truth(&less)? {
            return Ok(Ordering::Less);
        }
        let greater = self.compare(Compare::Gt, a, b)?;
        Ok(if self.truth(&greater)? {
            Ordering::Greater
        } else {
            Ordering::Equal
        })
    }
}

pub(super) fn of_dict(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "get" => ("get", |vm, this, mut args| {
            let key = args.need(vm, "key")?;
            let otherwise = args.take("default").unwrap_or(Value::None);
            args.finish(vm, "get")?;
            let found = dict(this).borrow().get(vm, &key)?;
            Ok(found.unwrap_or(otherwise))
        }),
        "setdefault" => ("setdefault", |vm, this, mut args| {
            let key = args.need(vm, "key")?;
            let otherwise = args.take("default").unwrap_or(Value::None);
            let found = dict(this).borrow().get(vm, &key)?;
            match found {
                Some(found) => Ok(found),
                None => {
                    dict(this).borrow_mut().insert(vm, key, otherwise.clone())?;
                    Ok(otherwise)
                }
            }
        }),
        "pop" => ("pop", |vm, this, mut args| {
            let key = args.need(vm, "key")?;
            let otherwise = args.take("default");
            let removed = dict(this).borrow_mut().remove(vm, &key)?;
            match removed.or(otherwise) {
                Some(value) => Ok(value),
                None => Err(vm.key_error(&key)?),
            }
        }),
        "popitem" => ("popitem", |vm, this, _| {
            let last = dict(this).borrow_mut().pop_last();
            match last {
                Some((key, value)) => Ok(Value::tuple(vec![key, value])),
                None => Err(vm.key_error(&Value::str("popitem(): dictionary is empty"))?),
            }
        }),
        "keys" => ("keys", |vm, this, _| Ok(Value::list(vm.iterate(this)?))),
        "values" => ("values", |_, this, _| {
            Ok(Value::list(
                dict(this)
                    .borrow()
                    .iter()
                    .map(|(_, value)| value.clone())
                    .collect(),
            ))
        }),
        "items" => ("items", |vm, this, _| {
            let pairs = vm.pairs(this)?.into_iter();
            Ok(Value::list(
                pairs.map(|(key, value)| Value::tuple(vec![key, value])).collect(),
            ))
        }),
        "update" => ("update", |vm, this, mut args| {
            let pairs = match args.take("") {
                Some(from @ (Value::Dict(_) | Value::Object(_))) => vm.pairs(&from)?,
                Some(from) => pairs_of(vm, &from)?,
                None => Vec::new(),
            };
            for (key, value) in pairs {
                dict(this).borrow_mut().insert(vm, key, value)?;
            }
            for (key, value) in args.keywords {
                dict(this).borrow_mut().insert_str(&key, value);
            }
            Ok(Value::None)
        }),
        "copy" => ("copy", |_, this, _| Ok(Value::dict(dict(this).borrow().clone()))),
        "clear" => ("clear", |_, this, _| {
            dict(this).borrow_mut().clear();
            Ok(Value::None)
        }),
        _ => return None,
    })
}

/// Pairs that stand in a list.
pub(crate) fn pairs_of(vm: &mut Vm<'_>, values: &Value) -> Outcome<Vec<(Value, Value)>> {
    let mut pairs = Vec::new();
    for pair in vm.iterate(values)? {
        match vm.iterate(&pair)?.as_slice() {
            [key, value] => pairs.push((key.clone(), value.clone())),
            _ => return Err(vm.value_error("dictionary update sequence element has not two elements")),
        }
    }
    Ok(pairs)
}

pub(super) fn of_set(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "add" => ("add", |vm, this, mut args| {
            let value = args.need(vm, "element")?;
            dict(this).borrow_mut().insert(vm, value, Value::None)?;
            Ok(Value::None)
        }),
        "discard" => ("discard", |vm, this, mut args| {
            let value = args.need(vm, "element")?;
            dict(this).borrow_mut().remove(vm, &value)?;
            Ok(Value::None)
        }),
        "remove" => ("remove", |vm, this, mut args| {
            let value = args.need(vm, "element")?;
            let removed = dict(this).borrow_mut().remove(vm, &value)?;
            match removed {
                Some(_) => Ok(Value::None),
                None => Err(vm.key_error(&value)?),
            }
        }),
        "update" => ("update", |vm, this, args| {
            for values in args.positional {
                for value in vm.iterate(&values)? {
                    dict(this).borrow_mut().insert(vm, value, Value::None)?;
                }
            }
            Ok(Value::None)
        }),
        "union" => ("union", |vm, this, args| combine(vm, this, args, Binary::BitOr)),
        "intersection" => ("intersection", |vm, this, args| {
            combine(vm, this, args, Binary::BitAnd)
        }),
        "difference" => ("difference", |vm, this, args| {
            combine(vm, this, args, Binary::Sub)
        }),
        "symmetric_difference" => ("symmetric_difference", |vm, this, args| {
            combine(vm, this, args, Binary::BitXor)
        }),
        "issubset" => ("issubset", |vm, this, mut args| {
            let other = args.need(vm, "other")?;
            let values = vm.iterate(this)?;
            all_in(vm, &values, &other)
        }),
        "issuperset" => ("issuperset", |vm, this, mut args| {
            let other = args.need(vm, "other")?;
            let values = vm.iterate(&other)?;
            all_in(vm, &values, this)
        }),
        "isdisjoint" => ("isdisjoint", |vm, this, mut args| {
            let other = args.need(vm, "other")?;
            for value in vm.iterate(&other)? {
                if vm.contains(this, &value)? {
                    return Ok(Value::Bool(false));
                }
            }
            Ok(Value::Bool(true))
        }),
        "copy" => ("copy", |_, this, _| Ok(Value::set(dict(this).borrow().clone()))),
        _ => return None,
    })
}

fn combine(vm: &mut Vm<'_>, this: &Value, args: Args, op: Binary) -> Outcome<Value> {
    let mut result = this.clone();
    for other in args.positional {
        let values = vm.iterate(&other)?;
        let other = vm.set_of(values)?;
        result = vm.binary(op, &result, &other)?;
    }
    Ok(result)
}

fn all_in(vm: &mut Vm<'_>, values: &[Value], container: &Value) -> Outcome<Value> {
    for value in values {
        if !vm.contains(container, value)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn list(this: &Value) -> &Rc<RefCell<Vec<Value>>> {
    match this {
        Value::List(list) => list,
        _ => unreachable!("the method was found for a list"),
    }
}

fn dict(this: &Value) -> &Rc<RefCell<Dict>> {
    match this {
        Value::Dict(dict) | Value::Set(dict) => dict,
        _ => unreachable!("the method was found for a dictionary or a set"),
    }
}
