//! `table.c`: columns by their names.

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

use super::expr::Expr;

/// The columns of something, with what the program calls them.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<(Rc<str>, Rc<Expr>)>,
}

impl Columns {
    pub(crate) fn new(columns: Vec<(Rc<str>, Rc<Expr>)>) -> Self {
        Self { columns }
    }

    fn get(&self, name: &str) -> Option<Value> {
        let found = self.columns.iter().find(|(key, _)| &**key == name);
        found.map(|(_, column)| Value::Object(column.clone()))
    }

    fn keys(&self) -> Vec<Value> {
        self.columns
            .iter()
            .map(|(key, _)| Value::Str(key.clone()))
            .collect()
    }

    fn values(&self) -> Vec<Value> {
        self.columns
            .iter()
            .map(|(_, column)| Value::Object(column.clone()))
            .collect()
    }

    fn items(&self) -> Vec<Value> {
        let pairs = self.keys().into_iter().zip(self.values());
        pairs
            .map(|(key, column)| Value::tuple(vec![key, column]))
            .collect()
    }
}

impl Object for Columns {
    fn class_name(&self) -> &'static str {
        "ColumnCollection"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(column) = self.get(name) {
            return Ok(Some(column));
        }
        let list = |name: &'static str, make: fn(&Self) -> Vec<Value>| {
            let this = self.clone();
            Value::native(name, move |_, _: Args| Ok(Value::list(make(&this))))
        };
        Ok(match name {
            "keys" => Some(list("keys", Self::keys)),
            "values" => Some(list("values", Self::values)),
            "items" => Some(list("items", Self::items)),
            "get" => {
                let this = self.clone();
                Some(Value::native("get", move |vm, mut args| {
                    let key = args.need(vm, "key")?;
                    let default = args.take("default").unwrap_or(Value::None);
                    Ok(key.as_str().and_then(|key| this.get(key)).unwrap_or(default))
                }))
            }
            _ if name.starts_with("__") => None,
            _ => return Err(vm.raise("AttributeError", name)),
        })
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        let found = match key {
            Value::Int(at) => usize::try_from(*at)
                .ok()
                .and_then(|at| self.values().get(at).cloned()),
            Value::Str(name) => self.get(name),
            Value::Tuple(keys) => {
                let columns = keys.iter().map(|key| self.clone().item(vm, key));
                return columns.collect::<Outcome<_>>().map(Value::tuple);
            }
            _ => None,
        };
        match found {
            Some(column) => Ok(column),
            None => {
                let key = vm.text_of(key)?;
                Err(vm.raise("KeyError", key))
            }
        }
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.values())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.columns.len()))
    }

    fn contains(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        match value {
            Value::Str(name) => Ok(Some(self.get(name).is_some())),
            _ => Err(vm.raise("ArgumentError", "__contains__ requires a string argument")),
        }
    }
}
