use std::rc::Rc;

use indexmap::IndexMap;

use super::{Outcome, Value};
use crate::vm::Vm;

/// A dictionary or a set: keys in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dict {
    entries: IndexMap<Key, (Value, Value)>,
}

/// What makes two keys one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    None,
    /// `True` is the same key as 1, and 1.0 too.
    Int(i128),
    Float(u64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Self>),
    /// An object whose value counts: a class's name, and that value.
    Value(&'static str, String),
    /// An object that is equal to itself only.
    Identity(usize),
}

impl Key {
    pub(crate) fn of(vm: &Vm<'_>, value: &Value) -> Outcome<Self> {
        Ok(match value {
            Value::None => Self::None,
            Value::Ellipsis => Self::Value("ellipsis", String::new()),
            Value::Bool(value) => Self::Int((*value).into()),
            Value::Int(value) => Self::Int(*value),
            #[allow(clippy::cast_possible_truncation)]
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e18 => Self::Int(*value as i128),
            Value::Float(value) => Self::Float(value.to_bits()),
            Value::Str(text) => Self::Str(text.clone()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Value::Tuple(values) => Self::Tuple(
                values
                    .iter()
                    .map(|value| Self::of(vm, value))
                    .collect::<Outcome<_>>()?,
            ),
            Value::List(_) | Value::Dict(_) | Value::Set(_) => {
                return Err(vm.type_error(format!("unhashable type: '{}'", value.type_name())));
            }
            Value::Function(function) => Self::Identity(Rc::as_ptr(function) as usize),
            Value::Method(function, _) => Self::Identity(Rc::as_ptr(function) as usize),
            Value::Native(native) => Self::Identity(Rc::as_ptr(native) as usize),
            Value::Class(class) => Self::Identity(Rc::as_ptr(class) as usize),
            Value::Instance(instance) => Self::Identity(Rc::as_ptr(instance) as usize),
            Value::Object(object) => object
                .key()
                .unwrap_or_else(|| Self::Identity(Rc::as_ptr(object).cast::<()>() as usize)),
        })
    }
}

impl Dict {
    pub(crate) fn get(&self, vm: &Vm<'_>, key: &Value) -> Outcome<Option<Value>> {
        Ok(self
            .entries
            .get(&Key::of(vm, key)?)
            .map(|(_, value)| value.clone()))
    }

    pub(crate) fn insert(&mut self, vm: &Vm<'_>, key: Value, value: Value) -> Outcome<()> {
        let at = Key::of(vm, &key)?;
        match self.entries.get_mut(&at) {
            // The first key stays, as in Python.
            Some(entry) => entry.1 = value,
            None => drop(self.entries.insert(at, (key, value))),
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, vm: &Vm<'_>, key: &Value) -> Outcome<Option<Value>> {
        Ok(self
            .entries
            .shift_remove(&Key::of(vm, key)?)
            .map(|(_, value)| value))
    }

    /// The value of a text.
    pub(crate) fn get_str(&self, key: &str) -> Option<&Value> {
        self.entries.get(&Key::Str(Rc::from(key))).map(|(_, value)| value)
    }

    pub(crate) fn insert_str(&mut self, key: &str, value: Value) {
        let text: Rc<str> = Rc::from(key);
        self.entries
            .insert(Key::Str(text.clone()), (Value::Str(text), value));
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> {
        self.entries.values().map(|(key, value)| (key, value))
    }

    pub(crate) fn pop_last(&mut self) -> Option<(Value, Value)> {
        self.entries.pop().map(|(_, entry)| entry)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
