//! `collections`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::value::{Args, Dict, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        // Every dictionary keeps its order.
        "OrderedDict" => crate::vm::type_object("dict")?,
        "defaultdict" => Value::native("defaultdict", |_, mut args| {
            Ok(Value::object(DefaultDict {
                factory: args.take("default_factory").unwrap_or(Value::None),
                dict: Rc::default(),
            }))
        }),
        "Counter" => Value::native("Counter", |vm, mut args| {
            let counter = DefaultDict {
                factory: crate::vm::type_object("int").unwrap_or(Value::None),
                dict: Rc::default(),
            };
            if let Some(values) = args.take("iterable") {
                for value in vm.iterate(&values)? {
                    let count = counter.dict.borrow().get(vm, &value)?;
                    let count = count.as_ref().and_then(as_int).unwrap_or_default();
                    counter
                        .dict
                        .borrow_mut()
                        .insert(vm, value, Value::Int(count + 1))?;
                }
            }
            Ok(Value::object(counter))
        }),
        "namedtuple" => Value::native("namedtuple", |vm, mut args| {
            let name = args.need(vm, "typename")?;
            let fields = args.need(vm, "field_names")?;
            args.finish(vm, "namedtuple")?;
            let fields = match &fields {
                Value::Str(text) => text
                    .replace(',', " ")
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                fields => {
                    let fields = vm.iterate(fields)?;
                    fields
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect()
                }
            };
            Ok(Value::object(NamedTupleClass(Rc::new(Fields {
                name: name.as_str().unwrap_or_default().to_owned(),
                fields,
            }))))
        }),
        name => return super::typing::find("collections.abc", name),
    })
}

/// `collections.defaultdict`: a dictionary that makes what it lacks.
#[derive(Debug)]
struct DefaultDict {
    factory: Value,
    dict: Rc<RefCell<Dict>>,
}

impl DefaultDict {
    fn plain(&self) -> Value {
        Value::Dict(self.dict.clone())
    }
}

impl Object for DefaultDict {
    fn class_name(&self) -> &str {
        "defaultdict"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        vm.find_attribute(&self.plain(), name)
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        let found = self.dict.borrow().get(vm, key)?;
        if let Some(found) = found {
            return Ok(found);
        }
        if self.factory.is_none() {
            return Err(vm.key_error(key)?);
        }
        let made = vm.call(&self.factory, Args::default())?;
        self.dict.borrow_mut().insert(vm, key.clone(), made.clone())?;
        Ok(made)
    }

    fn set_item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value, value: &Value) -> Outcome<bool> {
        self.dict.borrow_mut().insert(vm, key.clone(), value.clone())?;
        Ok(true)
    }

    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        vm.iterate(&self.plain())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.dict.borrow().len()))
    }

    fn truth(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<bool> {
        Ok(self.dict.borrow().len() > 0)
    }

    fn contains(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        vm.contains(&self.plain(), value).map(Some)
    }
}

/// The fields of a named tuple.
#[derive(Debug)]
struct Fields {
    name: String,
    fields: Vec<String>,
}

#[derive(Debug)]
struct NamedTupleClass(Rc<Fields>);

impl Object for NamedTupleClass {
    fn class_name(&self) -> &str {
        "type"
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        let mut values = Vec::new();
        for field in &self.0.fields {
            values.push(args.need(vm, field)?);
        }
        args.finish(vm, &self.0.name)?;
        Ok(Value::object(NamedTuple {
            fields: self.0.clone(),
            values,
        }))
    }
}

#[derive(Debug)]
struct NamedTuple {
    fields: Rc<Fields>,
    values: Vec<Value>,
}

impl Object for NamedTuple {
    fn class_name(&self) -> &str {
        &self.fields.name
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        match self.fields.fields.iter().position(|field| field == name) {
            Some(at) => Ok(Some(self.values[at].clone())),
            None => Err(vm.unknown(format!("'{name}' of {}", self.fields.name))),
        }
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        vm.item(&Value::tuple(self.values.clone()), key)
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.values.clone())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.values.len()))
    }
}
