//! A row of a result.

use std::rc::Rc;

use crate::sa::sql;
use crate::value::{Compare, Dict, Key, Object, Outcome, Value};
use crate::vm::{Slice, Vm};

use super::{Method, bound};

/// A row: a tuple whose values have names.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) keys: Rc<[Rc<str>]>,
    pub(super) values: Vec<Value>,
}

const METHODS: &[(&str, Method<Row>)] = &[
    ("_asdict", |_, this, _| Ok(Value::dict(this.dict()))),
    ("_tuple", |_, this, _| Ok(this.tuple())),
    ("tuple", |_, this, _| Ok(this.tuple())),
    ("count", |vm, this, args| {
        let method = vm.attribute(&this.tuple(), "count")?;
        vm.call(&method, args)
    }),
    ("index", |vm, this, args| {
        let method = vm.attribute(&this.tuple(), "index")?;
        vm.call(&method, args)
    }),
];

impl Row {
    fn get(&self, name: &str) -> Option<Value> {
        let at = self.keys.iter().position(|key| &**key == name)?;
        self.values.get(at).cloned()
    }

    fn dict(&self) -> Dict {
        let mut dict = Dict::default();
        for (key, value) in self.keys.iter().zip(&self.values) {
            dict.insert_str(key, value.clone());
        }
        dict
    }

    fn tuple(&self) -> Value {
        Value::tuple(self.values.clone())
    }
}

impl Object for Row {
    fn class_name(&self) -> &'static str {
        "Row"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        match name {
            "_mapping" => return Ok(Some(Value::object(RowMapping(self)))),
            "_fields" => {
                return Ok(Some(Value::tuple(
                    self.keys.iter().cloned().map(Value::Str).collect(),
                )));
            }
            "_t" | "t" => return Ok(Some(self.tuple())),
            _ => {}
        }
        if let Some(value) = self.get(name).or_else(|| bound(&self, METHODS, name)) {
            return Ok(Some(value));
        }
        if name.starts_with("__") {
            return Ok(None);
        }
        Err(vm.raise(
            "AttributeError",
            format!("Could not locate column in row for column '{name}'"),
        ))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        if !matches!(key, Value::Int(_) | Value::Bool(_)) && key.downcast::<Slice>().is_none() {
            let message = format!(
                "tuple indices must be integers or slices, not {}",
                key.type_name()
            );
            return Err(vm.type_error(message));
        }
        vm.item(&self.tuple(), key)
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.values.clone())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.values.len()))
    }

    fn truth(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<bool> {
        Ok(!self.values.is_empty())
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        let other = match other.downcast::<Self>() {
            Some(row) => row.tuple(),
            None => match other {
                Value::Tuple(_) => other.clone(),
                _ => return Ok(None),
            },
        };
        vm.compare(op, &self.tuple(), &other).map(Some)
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        vm.repr(&self.tuple())
    }
}

/// `row._mapping`: the same by names.
#[derive(Debug)]
pub(super) struct RowMapping(pub(super) Rc<Row>);

const MAPPING: &[(&str, Method<RowMapping>)] = &[
    ("keys", |_, this, _| Ok(Value::list(this.names()))),
    ("values", |_, this, _| Ok(Value::list(this.0.values.clone()))),
    ("items", |_, this, _| {
        let pairs = this.names().into_iter().zip(this.0.values.clone());
        Ok(Value::list(
            pairs.map(|(key, value)| Value::tuple(vec![key, value])).collect(),
        ))
    }),
    ("get", |vm, this, mut args| {
        let key = args.need(vm, "key")?;
        let default = args.take("default").unwrap_or(Value::None);
        Ok(this.get(&key).unwrap_or(default))
    }),
];

impl RowMapping {
    fn names(&self) -> Vec<Value> {
        self.0.keys.iter().cloned().map(Value::Str).collect()
    }

    /// By a name, or by a column of that name.
    fn get(&self, key: &Value) -> Option<Value> {
        match key {
            Value::Str(name) => self.0.get(name),
            _ => self.0.get(&sql::key(key)?),
        }
    }
}

impl Object for RowMapping {
    fn class_name(&self) -> &'static str {
        "RowMapping"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(bound(&self, MAPPING, name))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        match self.get(key) {
            Some(value) => Ok(value),
            None => {
                let key = vm.text_of(key)?;
                Err(vm.raise(
                    "NoSuchColumnError",
                    format!("Could not locate column in row for column '{key}'"),
                ))
            }
        }
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.names())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.0.values.len()))
    }

    fn contains(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(self.get(value).is_some()))
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _reflected: bool,
    ) -> Outcome<Option<Value>> {
        match other {
            Value::Dict(_) => vm.compare(op, &Value::dict(self.0.dict()), other).map(Some),
            _ => Ok(None),
        }
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        vm.repr(&Value::dict(self.0.dict()))
    }

    fn key(&self) -> Option<Key> {
        None
    }
}
